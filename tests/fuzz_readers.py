"""Mutated checkpoints, thousands of them, in a process whose memory and time are bounded.

python tests/fuzz_readers.py KIND COUNT FOLDER

reads COUNT mutations of a file of KIND: each must be read, or refused in one line. Prints how many
were read and how many refused. Linux only, as it limits its address space.
"""

import json
import resource
import shutil
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parents[1]))

from random_checkpoint import RandomCheckpoint, byte_alphabet, write_safetensors
from random_gguf import convert_tensors, describe, write_gguf

from workloads.checkpoint import read_checkpoint
from workloads.errors import InputError
from workloads.model import Model

MEMORY = 256 << 20  # bytes above what the process has when it begins: the files have 40 kB
SECONDS = 20  # for one file, on a loaded machine
GOLDEN = Path(__file__).with_name("golden")
SMALL: dict[str, Any] = {"layers": 1, "hidden": 8, "intermediate": 8}
CHUNKS = (
    b"[" * 9,
    b"9" * 30,
    b'"a":{',
    b"null,",
    b"-",
    b"\xff" * 8,
    b"\0" * 8,
    b"1e999",
    b"\x7f" * 8,
)


def make_packed(folder: Path) -> Path:
    return RandomCheckpoint(**SMALL).write(folder)


def make_masters(folder: Path) -> Path:
    source = RandomCheckpoint(**SMALL, family="1bitLLM", mode="unsaid", activation="silu")
    return source.write(folder)


def make_shards(folder: Path) -> Path:
    source = RandomCheckpoint(**SMALL)
    source.write(folder)
    (folder / "model.safetensors").unlink()
    names = list(source.tensors)
    shards = {"a.safetensors": names[:5], "b.safetensors": names[5:]}
    for shard, held in shards.items():
        write_safetensors(folder / shard, {name: source.tensors[name] for name in held})
    places = {name: shard for shard, held in shards.items() for name in held}
    (folder / "model.safetensors.index.json").write_text(json.dumps({"weight_map": places}))
    return folder


def make_sentencepiece(folder: Path) -> Path:
    RandomCheckpoint(**SMALL, vocab=400).write(folder)
    (folder / "tokenizer.json").unlink()
    shutil.copyfile(GOLDEN / "sentencepiece.model", folder / "tokenizer.model")
    return folder


def make_olmo(folder: Path) -> Path:
    shutil.copytree(GOLDEN / "olmo", folder, dirs_exist_ok=True)
    shutil.copyfile(make_packed(folder / "aside") / "tokenizer.json", folder / "tokenizer.json")
    return folder


def make_gguf(folder: Path) -> Path:
    source = RandomCheckpoint(layers=1, hidden=256, intermediate=256, head_dim=64, vocab=259)
    vocabulary = {
        "tokenizer.ggml.model": "gpt2",
        "tokenizer.ggml.tokens": [*byte_alphabet(), "<begin>", "<end>", "ab"],
        "tokenizer.ggml.token_type": [1] * 256 + [3, 3, 1],
        "tokenizer.ggml.merges": ["a b"],
        "tokenizer.ggml.bos_token_id": 256,
    }
    folder.mkdir(parents=True, exist_ok=True)
    tensors = convert_tensors(source, "bitnet-b1.58", "TQ2_0")
    metadata = describe(source, "bitnet-b1.58") | vocabulary
    return write_gguf(folder / "a.gguf", metadata, tensors)


# kind -> what makes the checkpoint, and the file of it that is mutated
KINDS: dict[str, tuple[Callable[[Path], Path], str]] = {
    "config.json": (make_packed, "config.json"),
    "config.json of masters": (make_masters, "config.json"),
    "config.json of OLMo": (make_olmo, "config.json"),
    "packed weights": (make_packed, "model.safetensors"),
    "masters": (make_masters, "model.safetensors"),
    "index of shards": (make_shards, "model.safetensors.index.json"),
    "shard": (make_shards, "b.safetensors"),
    "tokenizer.json": (make_packed, "tokenizer.json"),
    "tokenizer.model": (make_sentencepiece, "tokenizer.model"),
    "GGUF": (make_gguf, "a.gguf"),
}


def mutate(data: bytes, rng: np.random.Generator) -> bytes:
    """Change one or two places, mostly in the first 2 kB, where headers are."""
    mutated = bytearray(data)
    for _ in range(rng.integers(1, 3)):
        size = max(len(mutated), 1)
        at = int(rng.integers(min(size, 2000) if rng.random() < 0.7 else size))
        length = int(rng.integers(1, 40))
        kind = rng.integers(6)
        if kind == 0 and mutated:
            mutated[at] ^= 1 << int(rng.integers(8))
        elif kind == 1 and mutated:
            mutated[at] = int(rng.integers(256))
        elif kind == 2:
            del mutated[at : at + length]
        elif kind == 3:
            mutated[at:at] = mutated[at : at + length]
        elif kind == 4:
            chunk = CHUNKS[int(rng.integers(len(CHUNKS)))]
            mutated[at : at + len(chunk) * int(rng.integers(2))] = chunk
        elif rng.random() < 0.3:
            del mutated[at:]
    return bytes(mutated)


def read(path: Path) -> None:
    """Read a checkpoint and use all of it."""
    model = Model(read_checkpoint(path))
    tokens = [token % model.shape.vocab for token in model.tokenizer.encode("abc")[:3]]
    model.logits(model.forward(tokens, model.create_cache(4)))


def main(kind: str, count: int, folder: Path) -> None:
    make, name = KINDS[kind]
    path = make(folder)
    target = path if path.is_file() else path / name
    whole = target.read_bytes()
    read(path)  # compiles and loads everything, so that memory is counted from here
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + MEMORY, used + MEMORY))
    rng = np.random.default_rng(0)
    refused = 0
    for _ in range(count):
        data = mutate(whole, rng)
        target.write_bytes(data)
        signal.alarm(SECONDS)  # ends the process
        try:
            read(path)
        except InputError as error:
            if "\n" in str(error):
                raise
            refused += 1
        except BaseException:
            (folder / "bad").write_bytes(data)
            raise
        signal.alarm(0)
    print(json.dumps({"read": count - refused, "refused": refused}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
