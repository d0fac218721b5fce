"""A function that is called again: unicorn keeps what it has translated, and nobody can tell."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.hart import Machine
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings

from .choice import preferred


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[str]:
    """What is tested here is about unicorn."""
    yield from preferred("unicorn")


@pytest.fixture
def given(monkeypatch: pytest.MonkeyPatch) -> list[bytes]:
    """The codes that a machine was given to translate."""
    found: list[bytes] = []
    give = Machine._give

    def counted(machine: Machine, code: bytes) -> None:
        found.append(code)
        give(machine, code)

    monkeypatch.setattr(Machine, "_give", counted)
    monkeypatch.setattr(emulator, "_free", {})
    return found


def function(*lines: str, isa: str = "rv32imc") -> Image:
    body = "".join(f"    {line}\n" for line in lines)
    return assemble(f"@asm_rv32\ndef f(a, b):\n{body}", isa=isa).functions["f"]


def words(
    image: Image, *calls: tuple[Any, ...], settings: Settings = DEFAULT_SETTINGS
) -> list[int]:
    """The results of calls, one after the other."""
    return [emulator.run(image, call, settings).word for call in calls]


SUM = ("li(t0, 0)", "label(again)", "lw(t1, 0(a))", "add(t0, t0, t1)", "addi(a, a, 4)",
       "addi(b, b, -1)", "bnez(b, again)", "mv(a0, t0)")  # fmt: skip


def test_code_that_is_called_again_is_not_translated_again(given: list[bytes]) -> None:
    image = function("label(again)", "add(a, a, b)", "addi(b, b, -1)", "bnez(b, again)")
    assert words(image, (0, 3), (1, 4), (0, 100)) == [6, 11, 5050]
    assert len(given) == 1


def test_instructions_that_unicorn_lacks_are_not_either(given: list[bytes]) -> None:
    image = function("sh2add(a0, a, b)", isa="rv32imc_zba")
    assert words(image, (1, 2), (3, 4), (5, 6)) == [6, 16, 26]
    assert len(given) == 1


def test_other_buffers_and_other_alignment_are_noticed(given: list[bytes]) -> None:
    """The bytes behind a buffer are watched, and each access where it may be misaligned."""
    image = function(*SUM)
    few, many = bytearray(b"\1\0\0\0"), bytearray(b"\1\0\0\0" * 8)
    assert words(image, (few, 1), (few, 1), (many, 8), (few, 1)) == [1, 1, 8, 1]
    assert len(given) == 3
    for count, buffer in ((2, few), (9, many), (2, few)):
        with pytest.raises(ExecutionError, match="wild-access"):
            words(image, (buffer, count))
    image = function("add(a, a, b)", "lw(a0, 0(a))")
    assert words(image, (many, 0), (many, 4)) == [1, 1]
    for _ in range(2):
        with pytest.raises(ExecutionError, match="misaligned"):
            words(image, (many, 1))
        assert words(image, (many, 4)) == [1]


def test_code_that_a_call_changes_is_taken_anew(given: list[bytes]) -> None:
    image = function("la(t0, held)", "lw(t1, 0(t0))", "add(t1, t1, a)", "sw(t1, 0(t0))",
                     "mv(a0, t1)", "ret()", "align(4)", "label(held)", "data(4, 5)")  # fmt: skip
    assert words(image, (1, 0), (1, 0), (2, 0)) == [6, 6, 7]
    code = emulator.run(image, (1, 0)).code
    assert emulator.run(image, (1, 0), held=emulator.Held(code)).word == 7


def test_hooks_of_others_see_each_run(given: list[bytes]) -> None:
    import unicorn

    image = function("add(a0, a, b)")
    seen: list[int] = []
    with emulator.prepare(image, (1, 2)) as call:
        assert call.run().word == 3
        call.uc.hook_add(unicorn.UC_HOOK_CODE, lambda uc, at, size, data: seen.append(at))
        assert call.run().word == 3
    assert call.code_address in seen


def test_a_limit_holds_in_each_call(given: list[bytes]) -> None:
    image = function("label(again)", "addi(a, a, -1)", "bnez(a, again)")
    limited = Settings(max_instructions=100)
    assert words(image, (10, 0), (40, 0), settings=limited) == [0, 0]
    for _ in range(2):
        with pytest.raises(ExecutionError, match="100 instructions"):
            words(image, (60, 0), settings=limited)
    assert words(image, (10, 0), settings=limited) == [0]
