"""A function that is called again with other buffers: as if it had not been called before."""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings

SETTINGS = Settings(sanitize=False)
"""The same for all calls: with others, an engine starts anew."""
BUFFERS: tuple[tuple[Any, ...], ...] = (
    (bytes(4), bytearray(4)), (bytearray(8), bytes(4)), (bytearray(4), bytearray(8)),
    (bytearray(5000), bytearray(4)), (bytes(8), b"12345678"), (bytearray(4), bytes(4)),
    (bytearray(8), bytearray(8)),
)  # fmt: skip
ACCESSES = ["lw(t0, 4(a))", "sw(zero, 0(a))", "sb(a, 4(b))", "lb(a0, 5(b))", "lh(a0, 6(a))"]


def function(access: str) -> Image:
    # The stack is touched so that it is not a buffer that was seen last.
    text = f"@asm_rv32\ndef f(a, b):\n    sw(a0, -4(sp))\n    {access}\n    mv(a0, zero)\n"
    return assemble(text).functions["f"]


def outcome(image: Image, values: tuple[Any, ...]) -> tuple[Any, ...]:
    """What a call leaves, or what stops it."""
    given = [type(value)(value) for value in values]
    try:
        return run(image, given, SETTINGS).word, given
    except ExecutionError as error:
        return error.code, error.address, error.fault.message


@pytest.mark.parametrize("access", ACCESSES)
def test_the_buffers_of_a_call_before_are_forgotten(access: str) -> None:
    alone = [outcome(function(access), values) for values in BUFFERS]
    assert len({each[0] for each in alone}) > 1
    image = function(access)
    for one, other in itertools.product(range(len(BUFFERS)), repeat=2):
        assert outcome(image, BUFFERS[one]) == alone[one]
        assert outcome(image, BUFFERS[other]) == alone[other]
