"""What assembled code may not do: every fault, its place, and what its text says."""

from __future__ import annotations

import copy
import pickle
import re
import sys
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.machine.emulator import Held, run
from asm_rv32.machine.errors import FAULTS, ExecutionError
from asm_rv32.machine.memory import BUFFERS, PAGE, STACK, STOP
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.state import Memory, Registers

from . import gnu


def fault(text: str, *values: object, isa: str = "rv32imac", **settings: Any) -> ExecutionError:
    image = gnu.image(text, "abcdefgh"[: len(values)], isa=isa)
    with pytest.raises(ExecutionError) as caught:
        run(image, values, Settings(**settings))
    assert caught.value.code in FAULTS
    return caught.value


@pytest.mark.parametrize("size", [1, 2, 3, 4, 5, 8, 100, PAGE - 1, PAGE, PAGE + 3])
@pytest.mark.parametrize("width", [1, 2, 4])
@pytest.mark.parametrize("is_store", [False, True])
@pytest.mark.parametrize("misaligned", [False, True])
def test_an_access_is_judged_to_the_byte(
    size: int, width: int, is_store: bool, misaligned: bool
) -> None:
    name = {1: "b", 2: "h", 4: "w"}[width]
    text = f"add a0,a0,a1\n{'s' if is_store else 'l'}{name} a2,0(a0)\nret"
    image = gnu.image(text, ["data", "offset"])
    settings = Settings(misaligned=misaligned)
    for at in (-PAGE, -5, -4, -2, -1, 0, *range(max(0, size - 5), size + 5), size + PAGE):
        inside = at >= 0 and at + width <= size
        aligned = misaligned or at % width == 0
        values = (bytearray(size), at)
        if inside and aligned:
            run(image, values, settings)
            continue
        with pytest.raises(ExecutionError) as caught:
            run(image, values, settings)
        wanted = "misaligned-access" if inside else "wild-access"
        assert (caught.value.code, caught.value.address) == (wanted, BUFFERS + at)
        assert caught.value.line == 2


@pytest.mark.parametrize("value", [b"abcd", "abcd", [1, 2], (1, 2), memoryview(b"abcd")])
def test_a_store_into_what_is_fixed_is_refused(value: object) -> None:
    error = fault("nop\nsb a0,1(a0)\nret", value)
    assert (error.code, error.line) == ("read-only-store", 2)
    assert "argument 'a'" in str(error)


@pytest.mark.parametrize("stack", [16, 8192, 5008])
def test_the_stack_is_as_long_as_was_asked(stack: int) -> None:
    down = f"li t0,{stack}\nsub t1,sp,t0\nsw t0,{{}}(t1)\nret"
    run(gnu.image(down.format(0)), (), Settings(stack=stack, sanitize=False))
    error = fault(down.format(-4), stack=stack)
    assert (error.code, error.address) == ("wild-access", STACK - 4)
    assert f"below the {stack} bytes of the stack" in str(error)
    assert fault("sw zero,0(sp)\nret", stack=stack).code == "wild-access"


def test_a_stack_starts_empty_each_time() -> None:
    image = gnu.image("lw a0,-8(sp)\nli a1,5\nsw a1,-8(sp)\nret")
    settings = Settings(sanitize=False)
    assert [run(image, (), settings).result for _ in range(3)] == [0, 0, 0]


def test_endless_recursion_runs_out_of_stack() -> None:
    error = fault("1: addi sp,sp,-16\nsw ra,12(sp)\njal 1b\nret")
    assert (error.code, error.line) == ("wild-access", 2)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("0", ""),
        ("0x700000", ""),
        (hex(STOP + 2), ""),
        (hex(BUFFERS), "into argument 'a'"),
        (hex(STACK), "into the stack"),
    ],
)
def test_a_jump_out_of_the_code_is_blamed_on_the_jump(target: str, words: str) -> None:
    error = fault(f"nop\nli a1,{target}\njr a1\nret", bytearray(4))
    assert (error.code, error.line, error.address) == ("wild-jump", 3, int(target, 0))
    assert words in str(error)


def test_a_function_without_a_return_runs_past_its_end() -> None:
    error = fault("nop\nmv a1,a0")
    assert (error.code, error.line) == ("wild-jump", 2)
    assert "a return is missing" in str(error)


def test_the_return_page_is_not_memory() -> None:
    assert fault("lw a0,0(ra)\nret").code == "wild-access"
    assert fault("sw a0,0(ra)\nret").code == "wild-access"


def test_the_code_can_be_read_to_its_last_byte_and_no_further() -> None:
    text = "1: auipc a0,0\nlbu a0,{}(a0)\nret\n.word 0x4d000000"
    assert run(gnu.image(text.format(15), isa="rv32im"), ()).result == 77
    assert fault(text.format(16), isa="rv32im").code == "wild-access"
    assert fault(text.format(-1), isa="rv32im").code == "wild-access"


COUNT_UP = "1: auipc a1,0\nlw a0,20(a1)\naddi a0,a0,1\nsw a0,20(a1)\nret\n.word 41"


def test_data_in_the_code_may_be_stored_into() -> None:
    image = gnu.image(COUNT_UP, isa="rv32im")
    outcome = run(image, ())
    assert outcome.result == 42
    assert outcome.code != image.code
    # It starts anew, unless what it left is given to the next call.
    assert run(image, ()).result == 42
    assert run(image, (), held=Held(outcome.code)).result == 43


def test_instructions_may_be_stored_into_only_with_a_fence_i() -> None:
    text = "auipc a1,0\nli a2,{word}\nsw a2,{at}(a1)\n{fence}li a0,1\nret\n.word 0"
    word = 0x00900513  # li a0,9
    stores = text.format(word=word, at=16, fence="")
    assert fault(stores, isa="rv32im").code == "read-only-store"
    fenced = text.format(word=word, at=20, fence="fence.i\n")
    assert run(gnu.image(fenced, isa="rv32im"), ()).result == 9


def test_the_limit_is_exact() -> None:
    image = gnu.image("nop\nnop\nret")
    run(image, (), Settings(max_instructions=3))
    assert fault("nop\nnop\nret", max_instructions=2).code == "instruction-limit"


@pytest.mark.parametrize("name", ["lr.w a0,(a1)", "amoadd.w a0,a0,(a1)"])
def test_an_atomic_access_is_aligned_in_any_case(name: str) -> None:
    error = fault(f"addi a1,a0,2\n{name}\nret", bytearray(8), misaligned=True)
    assert (error.code, error.address) == ("misaligned-access", BUFFERS + 2)


def test_the_registers_are_those_before_the_instruction() -> None:
    error = fault("li a1,7\nli a2,8\nlw a1,0(a2)\nli a1,9\nret")
    assert (error.registers["a1"], error.registers["a2"]) == (7, 8)
    assert list(error.registers)[:3] == ["zero", "ra", "sp"]


def test_the_text_holds_place_message_excerpt_and_registers() -> None:
    text = str(fault("  li a1,7\n  sw a1,4(a0)  # beyond\n  ret", bytearray(4)))
    lines = text.splitlines()
    assert lines[0].startswith("function.s:2:3: error[wild-access]: store of 4 bytes at 0x40000004")
    assert "right past the end of argument 'a' (bytearray, 4 bytes)" in lines[0]
    assert "sw a1,4(a0)" in lines[1]
    assert lines[2].index("^") == lines[1].index("sw")
    assert re.search(r"a1 00000007", text)


def test_an_execution_error_can_be_copied_and_pickled() -> None:
    error = fault("nop\nebreak")
    for other in (copy.copy(error), pickle.loads(pickle.dumps(error))):
        assert (str(other), other.pc, other.line) == (str(error), 2, 2)


@pytest.mark.parametrize("last", [".half 0", "ecall", ".word 0xffffffff", "lw a0,0(x0)"])
def test_the_limit_comes_before_what_would_stop_the_run(engine: str, last: str) -> None:
    image = gnu.image(f"nop\nnop\n{last}\nret")
    for limit in (2, 3):
        with pytest.raises(ExecutionError) as caught:
            run(image, (), Settings(max_instructions=limit, engine=engine))
        assert (caught.value.code == "instruction-limit") == (limit == 2), limit
        assert caught.value.pc == 4


@pytest.mark.parametrize("limit", [1, 2, 3, 4])
def test_semantics_load_store_and_count_as_an_instruction(engine: str, limit: int) -> None:
    def add_up(registers: Registers, memory: Memory) -> None:
        registers[11] = sum(memory.load(registers[10] + at, size) for at, size in PARTS)
        memory.store(registers[10] + 1, 1, 0x1FF)
        memory.store(registers[10] + 2, 2, registers[11])
        registers[0] = 5

    image = gnu.image("nop\nnop\nadd a0,a1,x0\nret", ["a"])
    words = bytearray(b"\x81\x82\x83\x84")
    settings = Settings(semantics={2: add_up}, max_instructions=limit, engine=engine)
    if limit < 4:
        with pytest.raises(ExecutionError) as caught:
            run(image, (words,), settings)
        assert (caught.value.code, caught.value.pc) == (
            "instruction-limit",
            (0, 2, 4, 8)[limit],
        )
        return
    total = 0x8483_8281 + 0x8281 + 0x8483 + 0x83 & 0xFFFF_FFFF
    assert run(image, (words,), settings).word == total
    assert words == bytes([0x81, 0xFF, total & 0xFF, total >> 8 & 0xFF])


PARTS = ((0, 4), (0, 2), (2, 2), (2, 1))
"""Offsets and sizes."""


@pytest.mark.parametrize(("size", "at"), [(4, 4), (4, -1), (2, 3), (1, 4), (4, 2)])
def test_semantics_load_what_the_call_has(size: int, at: int, engine: str) -> None:
    def load(registers: Registers, memory: Memory) -> None:
        registers[10] = memory.load(registers[10] + at, size)

    image = gnu.image("nop\nnop\nret", ["a"])
    with pytest.raises(ExecutionError) as caught:
        run(image, (bytearray(4),), Settings(semantics={2: load}, engine=engine))
    assert (caught.value.code, caught.value.pc) == ("wild-access", 2)
    assert f"load of {size} byte" in caught.value.fault.message


def test_semantics_are_under_the_same_checks() -> None:
    def store_past(registers: Registers, memory: Memory) -> None:
        memory.store(registers[10] + 4, 4, 1)

    def jump_away(registers: Registers, memory: Memory) -> int:
        return 0x1234

    def jump_back(registers: Registers, memory: Memory) -> int:
        return registers[1]

    image = gnu.image("nop\nnop\nret", ["a"])
    for semantics, code in ((store_past, "wild-access"), (jump_away, "wild-jump")):
        with pytest.raises(ExecutionError) as caught:
            run(image, (bytearray(4),), Settings(semantics={2: semantics}))
        assert (caught.value.code, caught.value.pc) == (code, 2)
    assert run(image, (5,), Settings(semantics={0: jump_back})).result == 5


@pytest.mark.parametrize(
    "settings",
    [
        {"stack": 0},
        {"stack": 8193},
        {"stack": 1 << 40},
        {"max_instructions": 0},
        {"max_seconds": 0},
        {"max_seconds": 1 << 31},
        {"placement": 1},
    ],
)
def test_a_setting_out_of_its_bounds_is_refused(settings: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        run(gnu.image("ret"), (), Settings(**settings))


def test_too_many_buffers_are_refused() -> None:
    with pytest.raises(MemoryError):
        run(gnu.image("ret", ["a"]), ([str(number) for number in range(100_000)],))


def test_a_store_into_data_costs_alike_in_long_code() -> None:
    def calls(instructions: int) -> int:
        """Python functions that are entered, generators again each time, over 50 stores."""
        lines = [
            "la(a2, kept)", "li(a3, 50)", "label(again)", "sw(a3, 0(a2))", "addi(a3, a3, -1)",
            "bnez(a3, again)", "ret()", *["nop()"] * instructions, "align(4)", "label(kept)",
            "data(4, 7)",
        ]  # fmt: skip
        source = "@asm_rv32\ndef f():\n" + "".join(f"    {line}\n" for line in lines)
        image = assemble(source).functions["f"]
        run(image, ())
        entered = 0

        def count(frame: Any, event: str, argument: Any) -> None:
            nonlocal entered
            entered += event == "call"

        sys.setprofile(count)
        try:
            run(image, ())
        finally:
            sys.setprofile(None)
        return entered

    # An entry is looked for by halving.
    assert calls(2000) < calls(20) + 50 * 4 * 8
