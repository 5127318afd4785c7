"""hwsim.provenance: what a result came from can be found and run again."""

import json
import re
import shlex

import pytest

from hwsim.provenance import describe_provenance
from hwsim.version import __version__


def test_the_command_can_be_run_again(monkeypatch: pytest.MonkeyPatch) -> None:
    words = ["simulate", "--model", "tiny", "--prompt", "The king's", "--out", "a run"]
    monkeypatch.setattr("sys.argv", ["/somewhere/hwsim", *words])
    assert shlex.split(str(describe_provenance(3)["command"])) == ["hwsim", *words]


def test_versions_hashes_and_seed_are_plain_data() -> None:
    provenance = json.loads(json.dumps(describe_provenance(3)))
    assert (provenance["hwsim"], provenance["seed"]) == (__version__, 3)
    assert provenance["packages"]["numpy"]
    assert set(provenance["sha256"]) == {"operations.csv", "memory.csv"}
    assert all(re.fullmatch("[0-9a-f]{64}", digest) for digest in provenance["sha256"].values())
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00", provenance["created"])
