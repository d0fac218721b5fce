"""The path of a run: priced in pieces as in one, on both engines alike; what ends it before its
end."""

from __future__ import annotations

import tomllib
from importlib import resources
from pathlib import Path
from typing import Any

import pytest
from unicorn.unicorn import UcError

from asm_rv32 import ExecutionError, assemble
from asm_rv32.machine.foreign import goes_beyond
from asm_rv32.machine.settings import Settings
from asm_rv32.report.pricing import measure
from asm_rv32.timing import TimingError, load_core, own_trace, price_program, trace
from asm_rv32.timing.model import Core, build_core

STOP = 0x8000_0000
PROGRAM = """
    li(a0, 9)
    label(again)
    addi(a1, a1, 3)
    sll(a2, a1, a0)
    c_not(a4)
    andi(a3, a2, 8)
    beqz(a3, even)
    bltu(a3, a1, even)
    c_not(a4)
    label(even)
    addi(a0, a0, -1)
    bnez(a0, again)
    lui(a5, 0x80000)
    sw(a0, 0(a5))
"""
STOPS = "    lui(a5, 0x80000)\n    sw(a0, 0(a5))\n"
BEYOND = "rv32imac_zcb_zcmt"


def program(body: str, isa: str = BEYOND) -> bytes:
    return assemble(f"@asm_rv32(isa='{isa}')\ndef f():\n{body}").functions["f"].code


def priced(code: bytes, core: str, **more: Any) -> list[tuple[int, int]]:
    return list(price_program(code, 0, core=core, stop_store=STOP, **more))


@pytest.mark.parametrize("core", ["hazard3", "picorv32", "ibex-small", "e31"])
@pytest.mark.parametrize("pieces", [1, 2, 3, 7])
def test_a_path_in_pieces_costs_what_it_costs_in_one(
    core: str, pieces: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    body = PROGRAM.replace("sw(a0, 0(a5))", "mv(a0, a4)")
    call = assemble(f"@asm_rv32(isa='rv32imac_zcb')\ndef f():\n{body}").functions["f"]
    code = program(PROGRAM)
    assert goes_beyond(BEYOND)

    def all_of_it() -> tuple[object, ...]:
        calls = [
            measure(call, (), [core], settings=Settings(engine=engine)).prices
            for engine in ("unicorn", "python")
        ]
        assert calls[0] == calls[1]
        return calls[0], priced(code, core), priced(code, core, isa=BEYOND)

    whole = all_of_it()
    assert whole[1] == whole[2]
    monkeypatch.setattr(trace, "_CHUNK", pieces)
    monkeypatch.setattr(own_trace, "_CHUNK", pieces)
    assert all_of_it() == whole


def test_what_ends_a_program_that_is_priced_on_our_engine_is_said() -> None:
    code = program("    label(up)\n    nop()\n    j(up)\n")
    with pytest.raises(TimingError, match=r"^still running after 101 .* sets the limit\) at 0x0$"):
        priced(code, "hazard3", isa=BEYOND, max_instructions=101)
    code = program("    lui(s0, 0x90000)\n    nop()\n    c_lbu(a0, 1(s0))\n")
    with pytest.raises(ExecutionError, match="load of 1 byte at 0x90000001") as caught:
        priced(code, "hazard3", isa=BEYOND)
    assert (caught.value.pc, caught.value.code) == (6, "wild-access")
    assert caught.value.registers["s0"] == 0x9000_0000


def test_what_ends_a_program_that_is_priced_on_unicorn_is_said() -> None:
    for lines in ("c_lbu(a0, 1(s0))", "lw(a0, 4(s0))", "c_sh(a0, 2(s0))"):
        code = program(f"    lui(s0, 0x90000)\n    nop()\n    {lines}\n")
        with pytest.raises(UcError, match=r"UC_ERR_(READ|WRITE)_UNMAPPED"):
            priced(code, "hazard3")
    for isa in (None, BEYOND):
        code = program("    nop()\n    nop()\n    data(4, 0xffffffff)\n")
        with pytest.raises(TimingError, match=r"^no instruction that can be priced at 0x4$"):
            priced(code, "hazard3", isa=isa)


def core_with(**keys: object) -> Core:
    """e31, but for some keys."""
    text = (resources.files("asm_rv32.cores") / "e31.toml").read_text("utf-8")
    return build_core("e31", tomllib.loads(text) | keys)


BEHIND = ["add(a2, a1, a0)", "add(a2, a0, a1)", "add(a2, a1, a1)", "add(a1, a0, a0)",
          "add(a1, a1, a0)", "add(a2, a0, a0)"]  # fmt: skip
WAITS = {"rs1": {0, 2, 4}, "rs2": {1, 2}, "any": {0, 1, 2, 4}, "rd": {3}, "none": {*range(6)}}


@pytest.mark.parametrize("operand", WAITS)
@pytest.mark.parametrize("cycles", [1, 3])
def test_which_operands_wait(operand: str, cycles: int) -> None:
    """For what the instruction before writes into a1."""
    hazard = {"producer": "mul", "consumer": "alu", "operand": operand, "cycles": cycles,
              "reason": "for the product"}  # fmt: skip
    core = core_with(hazards=[hazard])
    for at, line in enumerate(BEHIND):
        code = program(
            f"    mul(a1, a0, a0)\n    {line}\n    lui(a5, 0x80000)\n    sw(a0, 0(a5))\n"
        )
        found = [each for _, each in price_program(code, 0, core=core, stop_store=STOP)]
        usual = load_core("e31").cycles["alu"]
        assert found[1] == usual + (cycles if at in WAITS[operand] else 0), line


def test_an_instruction_may_take_as_long_as_it_says(tmp_path: Path) -> None:
    path = tmp_path / "chip.toml"
    path.write_text('[instructions]\nslow = { syntax = "rd, rs1", does = "rd = rs1", timing = '
                    '{ hazard3 = 5000 }, fixed = "31..20=0 14..12=0 6..0=0x0b" }')  # fmt: skip
    text = "@asm_rv32\ndef f(a):\n    addi(a0, a, 1)\n    {}(a0, a0)\n    addi(a0, a0, 1)\n"
    slow, usual = (
        measure(assemble(text.format(name), tables=path).functions["f"], (3,), ["hazard3"])
        for name in ("slow", "not_")
    )
    assert slow.prices[0].warm.cycles == usual.prices[0].warm.cycles + 4999
