"""Wrong statements made from the tables: refused where LLVM refuses them, and told as much.

Every row has each operand beyond its range, off its unit, of another class and of another kind,
one too few and one too many. known_differences.toml lists what only one side refuses; each entry
must still differ.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from corpus import toolchain
from corpus.refusals import Refusal, llvm_refusals, wanted
from corpus.wrong_statements import LABEL, Wrong, right_statements, wrong_statements

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import known_extensions, python_name, tables

ISA = "rv32imac_zba_zbb_zbs"
KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())
BATCH = 500
"""Fewer than the errors after which a file is not read further."""


class Ours:
    """What we say of statements: a diagnostic of each that is refused, and its columns."""

    def __init__(self, statements: list[str], isa: str) -> None:
        self.found: dict[int, Diagnostic] = {}
        self.columns: dict[int, tuple[int, int]] = {}
        for first in range(0, len(statements), BATCH):
            self._read(first, statements[first : first + BATCH], isa)

    def _read(self, first: int, statements: list[str], isa: str) -> None:
        head = f"@asm_rv32\ndef f():\n label({LABEL})\n"
        body = "".join(f" {statement}\n" for statement in statements)
        try:
            assemble(head + body, isa=isa)
        except AssemblyError as error:
            for found in error.diagnostics:
                line, column = error.source.locate(found.span.start)
                if found.severity == "error":
                    at = first + line - 4
                    # Both counted from the start of the statement.
                    self.columns[at] = column - 2, column - 2 + found.span.end - found.span.start
                    self.found.setdefault(at, found)

    def words(self, at: int) -> str:
        """The message with its notes."""
        return "; ".join((self.found[at].message, *self.found[at].notes))


@cache
def compared() -> tuple[list[Wrong], Ours, dict[int, Refusal]]:
    wrong = list(wrong_statements(instruction_set(ISA), 1))
    theirs = llvm_refusals([each.gnu for each in wrong])
    return wrong, Ours([each.ours for each in wrong], ISA), theirs


def both() -> Iterator[tuple[int, Wrong, Refusal]]:
    """The statements that both refuse."""
    wrong, ours, theirs = compared()
    for at, each in enumerate(wrong):
        if at in ours.found and at in theirs:
            yield at, each, theirs[at]


def operand_at(text: str, column: int) -> int:
    """The operand of a line or statement that a column stands in; -1 where it is none."""
    depth = operand = 0
    start = re.match(r"[\w.]+[ (]?", text)
    assert start is not None
    if column < start.end():
        return -1
    for letter in text[start.end() : column]:
        depth += (letter in "({") - (letter in ")}")
        operand += letter == "," and depth == 0
    return operand


def test_the_same_statements_are_refused() -> None:
    wrong, ours, theirs = compared()
    assert len(wrong) > 2500
    assert len(theirs) > 2400
    used = set()
    for section, here, there in (
        ("llvm-takes", ours.found, theirs),
        ("llvm-refuses", theirs, ours.found),
    ):
        for at, each in enumerate(wrong):
            if at in here and at not in there:
                entries = [
                    name for name, entry in KNOWN[section].items()
                    if re.fullmatch(entry["line"], each.gnu)
                ]  # fmt: skip
                assert entries, (section, each, ours.found.get(at), theirs.get(at))
                used.update((section, name) for name in entries)
    listed = {
        (section, name) for section in ("llvm-takes", "llvm-refuses") for name in KNOWN[section]
    }
    assert used == listed


def test_what_is_taken_all_the_same_is_right() -> None:
    """A change may hit on another form of the mnemonic; few do."""
    wrong, ours, theirs = compared()
    taken = [each for at, each in enumerate(wrong) if at not in ours.found and at not in theirs]
    assert len(taken) < 25, taken


def test_the_place_is_llvms_operand() -> None:
    count = 0
    _, ours, _ = compared()
    for at, each, their in both():
        operand = operand_at(each.gnu, their.column)
        # Where operands are too few, both point at the whole, or at its end.
        if operand < 0 or each.what == "one too few" or operand != each.gnu_operand:
            continue
        if each.what == "one too many" and ours.found[at].code != "operand-count":
            # Another form has as many, and other operands are wrong with that.
            continue
        start, end = ours.columns[at]
        places = {operand_at(each.ours, start), operand_at(each.ours, end - 1)}
        assert each.our_operand in places, (each, their, ours.words(at))
        count += 1
    assert count > 2000


def test_every_limit_that_llvm_names_is_named() -> None:
    count = others = 0
    _, ours, _ = compared()
    for at, each, their in both():
        missing = [p.pattern for p in wanted(their.message) if not p.search(ours.words(at))]
        if missing and any(re.fullmatch(e["line"], each.gnu) for e in KNOWN["llvm-reads"].values()):
            others += 1
            continue
        assert not missing, (each, their, missing, ours.words(at))
        count += 1
    assert count > 2000
    assert others == len(KNOWN["llvm-reads"])


def test_every_mend_assembles() -> None:
    _, ours, _ = compared()
    mends = {
        note.removeprefix("help: ")
        for found in ours.found.values() for note in found.notes
        if re.fullmatch(r"help: \w+\(.*\)", note)
    }  # fmt: skip
    assert len(mends) > 1000
    # Compressed branches to one label cannot all be near it.
    found = Ours(sorted(mends), ISA).found.values()
    assert {each.code for each in found} <= {"target-range"}


def test_extensions_left_out_are_named() -> None:
    right = list(right_statements(instruction_set(ISA), 2))
    theirs = llvm_refusals([each.gnu for each in right], "")
    ours = Ours([each.ours for each in right], "rv32i")
    assert set(ours.found) <= set(theirs)
    more = {right[at].gnu.strip() for at in set(theirs) - set(ours.found)}
    assert more == {entry["line"] for entry in KNOWN["llvm-needs"].values()}
    assert len(ours.found) > 100
    for at, found in ours.found.items():
        assert found.code == "needs-extension"
        for phrase in wanted(theirs[at].message):
            assert phrase.search(ours.words(at)), (right[at], theirs[at], ours.words(at))


def test_every_extension_has_a_title() -> None:
    titles = {extension.lower() for extension in tables()["extensions"]}
    assert set(known_extensions()) <= titles


# ---- the words of extensions that are not assembled here


def foreign() -> Iterator[tuple[str, str]]:
    """Every mnemonic that the table lists, with its extension."""
    for extension, row in tables()["extensions"].items():
        source = tables()["extensions"][row["like"]] if "like" in row else row
        for word in source.get("words", "").split():
            if word not in row.get("without", "").split():
                yield word, extension


def test_foreign_instructions_are_named_with_their_extension() -> None:
    homes: dict[str, set[str]] = {}
    for word, extension in foreign():
        homes.setdefault(word, set()).add(extension)
    assert len(homes) > 700
    words = sorted(homes)
    ours = Ours([f"{python_name(word)}()" for word in words], ISA)
    for at, word in enumerate(words):
        assert ours.found[at].code == "foreign-instruction", word
        for extension in homes[word]:
            assert f"{extension} (" in ours.found[at].message, word


# Extensions that stand for another one, or for two of them.
WHOLES = {
    "Zcf": {"C", "F"}, "Zcd": {"C", "D"}, "RV128C": {"C"},
    "V": {"Zve32x", "Zve32f", "Zve64x", "Zve64f", "Zve64d"},
}  # fmt: skip


def test_as_requires_the_extensions_that_are_named() -> None:
    words: dict[str, set[str]] = {}
    for word, extension in foreign():
        words.setdefault(word, set()).update({extension, *WHOLES.get(extension, ())})
    lines = sorted(words)
    _, refused = toolchain.gnu_assemble(lines, "rv32i")
    checked = 0
    for at, message in refused:
        _, _, extensions = message.partition("', extension ")
        if extensions:
            named = {extension.capitalize() for extension in re.findall(r"`(\w+)'", extensions)}
            assert named & words[lines[at]], (lines[at], message)
            checked += 1
    assert checked > 500


@pytest.mark.parametrize("base", ["rv32", "rv64"])
def test_as_has_the_words_of_64_bits_for_rv64_only(base: str) -> None:
    wide = sorted({word for word, extension in foreign() if extension.startswith("RV64")})
    march = f"{base}imafdqc_h_zfh_zba_zbb_zbkb_zknd_zkne_zknh"
    lines = [
        word for word in wide if not {"Zilsd", "Zclsd"} & {e for w, e in foreign() if w == word}
    ]
    _, refused = toolchain.gnu_assemble(lines, march)
    unknown = {lines[at] for at, message in refused if "unrecognized opcode" in message}
    newer = {"amocas.q", "c.zext.w", "c.sext.w", "fmvh.x.q", "fmvp.q.x"}
    assert unknown == (set(lines) if base == "rv32" else newer & set(lines))
