"""Rows that have a word in common are told from those that have none."""

from __future__ import annotations

import random
from typing import NamedTuple

import pytest

from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa import checking
from asm_rv32.isa.own_tables import read_table, with_tables


class Drawn(NamedTuple):
    """A row with one operand, of `width` bits from bit 7 on."""

    operand: str
    width: int
    fields: frozenset[int]
    """What these bits can be."""
    fixed: int
    """What stands in the bits from there up to bit 11."""

    @property
    def text(self) -> str:
        above = f" 11..{7 + self.width}={self.fixed}" if self.width < 5 else ""
        return f'fixed = "31..12=5{above} 6..0=0x0b", does = "goto pc"'

    @property
    def words(self) -> set[int]:
        return {each | self.fixed << self.width for each in self.fields}


def drawn(choose: random.Random) -> Drawn:
    width = choose.choice((5, 5, 3, 2))
    size, fixed = 1 << width, choose.randrange(1 << (5 - width))
    fields = set(range(size))
    bits = f"{6 + width}:7"
    sort = choose.choice(("uint", "int", "even", "only", "holds", "reg", "freg", "held"))
    if sort == "only":
        some = choose.sample(range(size), choose.choice((1, size // 2)))
        return Drawn(
            f'kind = "uint", bits = "{bits}", only = {some}', width, frozenset(some), fixed
        )
    if sort == "even":
        bits, sort = f"{bits}[{width}:1]", "uint"
    operand = f'kind = "{sort}", bits = "{bits}"'
    if sort in ("holds", "held"):
        held = choose.sample(range(32), size)
        kind = "uint" if sort == "holds" else "reg"
        return Drawn(f'kind = "{kind}", bits = "{bits}", holds = {held}', width, frozenset(fields),
                     fixed)  # fmt: skip
    if sort in ("reg", "freg"):
        letter, first = sort[0].replace("r", "x"), choose.choice((0, 8)) if width < 5 else 0
        without = choose.sample(range(size), choose.randrange(size // 2))
        operand += f', base = "{letter}{first}"'
        if without and letter == "x":
            fields -= {*without}
            operand += f', except = "{" ".join(f"x{first + each}" for each in without)}"'
    elif choose.random() < 0.5:
        operand += ", nonzero = true"
        fields -= {0}
    return Drawn(operand, width, frozenset(fields), fixed)


def said_of(rows: list[Drawn]) -> str:
    text = "[operands]\n" + "".join(f"o{at} = {{ {row.operand} }}\n" for at, row in enumerate(rows))
    text += "[instructions]\n"
    text += "".join(f'r{at} = {{ syntax = "o{at}", {row.text} }}\n' for at, row in enumerate(rows))
    try:
        with_tables("rv32imf", [read_table("chip.toml", text.encode())])
    except AssemblyError as error:
        return "\n".join(each.message for each in error.diagnostics)
    return ""


@pytest.mark.parametrize("seed", range(6))
def test_two_rows_have_a_word_in_common_or_none(seed: int) -> None:
    choose = random.Random(seed)
    for _ in range(12):
        rows = [drawn(choose), drawn(choose)]
        expected = "r1: a word of it is one of 'r0' (xchip), too"
        assert said_of(rows) == (expected if rows[0].words & rows[1].words else ""), rows


def test_of_too_many_values_all_bits_are_taken_to_be_possible(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    odd = Drawn('kind = "uint", bits = "11:7", only = [1]', 5, frozenset({1}), 0)
    even = Drawn('kind = "uint", bits = "11:7", only = [2]', 5, frozenset({2}), 0)
    assert not said_of([odd, even])
    monkeypatch.setattr(checking, "MANY", 0)
    checking._fields.cache_clear()
    assert said_of([even, odd])
    checking._fields.cache_clear()
