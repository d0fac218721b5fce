"""Whatever bytes run, the call ends, and ends as a result or as an ExecutionError."""

from __future__ import annotations

import random

import pytest
from corpus.tiers import heavy_after

from asm_rv32.basis.diagnostics import Span
from asm_rv32.isa.image import Entry, Image
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings

from . import gnu

OPCODES = (0x03, 0x0F, 0x13, 0x17, 0x23, 0x2F, 0x33, 0x37, 0x63, 0x67, 0x6F, 0x73)
LIMIT = 20_000


def random_image(choose: random.Random) -> Image:
    """Random bytes, most words of them with the opcode of some instruction."""
    size = choose.choice((2, 4, 8, 16, 40, 100, 400))
    code = bytearray(choose.randbytes(size))
    for at in range(0, size - 3, 4):
        if choose.random() < 0.6:
            code[at] = code[at] & 0x80 | choose.choice(OPCODES)
    if choose.random() < 0.3:
        code[-2:] = b"\x82\x80"  # c.jr ra
    entries = []
    at = 0
    while at < size:
        length = min(4 if code[at] & 3 == 3 else 2, size - at)
        entries.append(Entry(at, length, Span(0, 3), choose.random() < 0.97))
        at += length
    return gnu.image("ret", ["a", "b"])._replace(
        code=bytes(code), entries=tuple(entries), isa=choose.choice(("rv32im", "rv32imc"))
    )


@pytest.mark.parametrize("seed", heavy_after(2, range(4)))
def test_random_code_ends_in_a_result_or_an_execution_error(seed: int) -> None:
    choose = random.Random(seed)
    settings = (
        Settings(max_instructions=LIMIT),
        Settings(max_instructions=LIMIT, misaligned=True),
        Settings(max_instructions=LIMIT, placement=2),
    )
    for _ in range(200):
        image = random_image(choose)
        buffer = bytearray(choose.randbytes(choose.randrange(64)))
        before = bytes(buffer)
        other = choose.choice((b"abc", 5, -1, buffer, "text", [1, 2]))
        try:
            run(image, (buffer, other), choose.choice(settings))
        except ExecutionError as error:
            assert error.pc is None or 0 <= error.pc < len(image.code)
            assert buffer == before
            assert len(error.registers) == 32
        assert len(buffer) == len(before)
