"""The proofs of the AXI core around an array."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from rtl.proofs.axi.core import state_axi_outputs, state_handshakes
from rtl.proofs.axi.packets import state_packets
from rtl.proofs.axi.sender import state_sender
from rtl.proofs.harness import Proof
from rtl.proofs.sizes import SMALL, SMALL_TABLE


def list_axi_proofs() -> Iterator[Proof]:
    """Yield the proofs of packets, of what is sent, of handshakes and of outputs."""
    config = replace(SMALL_TABLE, token_depth=3)
    for stream in ("weights", "activations", "results"):
        yield Proof(
            name=f"packets, {stream}",
            claim="the last beat of a matmul is told",
            build=partial(state_packets, config, stream),
        )
    yield Proof(
        name="sender",
        claim="beats are sent once and in order; what is offered stays; packets are closed",
        build=partial(state_sender, 3),
    )
    yield Proof(
        name="handshakes",
        claim="what AXI offers stays until it is taken; a packet of the wrong length is flagged",
        build=partial(state_handshakes, SMALL),
    )
    yield Proof(
        name="AXI outputs",
        claim="no output of the AXI core depends on an input of the same cycle",
        build=partial(state_axi_outputs, SMALL),
        method="structure",
    )
