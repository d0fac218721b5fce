"""Every row of every extension against GNU's and LLVM's assemblers and disassemblers, both ways.

Of each row all words, or so many by chance: our text of it is the judge's, the judge's code of our
text is the word, and our own assembler makes it of our statement. known_differences.toml lists
what a judge refuses, and what it shows otherwise.
"""

from __future__ import annotations

import itertools
import re
import tomllib
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from corpus.instructions import batches, boundary_instructions, instructions_of
from corpus.judges import JUDGES, UNKNOWN_TO_ALL, Judge, gnu_line, ours_shown, theirs_shown

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.checking import validate
from asm_rv32.isa.decode import decode
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.sets import everything, instruction_set
from asm_rv32.isa.text import text

KNOWN = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())
SETS = {
    "widest": "rv32imafc_zba_zbb_zbs_zbc_zbkb_zbkx_zknd_zkne_zknh_zksed_zksh_zawrs_zihintpause_"
              "zicbom_zicbop_zicboz_svinval_zicond_zcb_zcmp_zihintntl_zimop_zcmop_zabha_zacas_smrnmi",
    "floats-in-integers": "rv32imac_zfinx",
    "CH32V003": "rv32imac_xw",
    "ESP32-P4": "rv32imac_zcb_zcmp_zcmt_xesploop",
    "RP2350": "rv32imac_zba_zbb_zbs_zcb_zcmp_xh3bextm_xh3power_xh3irq_xh3pmpm",
    "ULP of the ESP32-S3": "rv32imc_xpicorv32",
    "parts": "rv32i_zmmul_zaamo_zalrsc_zbkb_zbkc",
}  # fmt: skip
"""Extensions that can stand together, and as chips have them: all rows are in one of them."""
FEW, MANY, THOROUGH = 4, 60, 100_000
"""Words a row: in any run, in a heavy one, with --thorough."""


def new_rows() -> Iterator[tuple[str, set[Row]]]:
    """Each set, with the rows that no set before it has."""
    seen = set[tuple[object, ...]]()
    for name, isa in SETS.items():
        rows = {
            row for row in instruction_set(isa).encodings
            if (row.extension, row.name, row.mask, row.match) not in seen
        }  # fmt: skip
        seen |= {(row.extension, row.name, row.mask, row.match) for row in rows}
        yield name, rows


NEW = dict(new_rows())


def test_each_row_is_in_a_set() -> None:
    found = {(row.extension, row.name) for rows in NEW.values() for row in rows}
    assert found == {(row.extension, row.name) for row in everything().encodings}


def words(name: str, count: int) -> Iterator[Instruction]:
    """Of each row that is new in a set: its ends, and so many more."""
    instructions = instruction_set(SETS[name])
    for found in boundary_instructions(instructions):
        if found.row in NEW[name]:
            yield found
    for row in instructions.encodings:
        if row in NEW[name]:
            yield from instructions_of(row, count, 1)


def encoded(batch: list[Instruction]) -> bytes:
    return b"".join(row.encode(v).to_bytes(row.size, "little") for row, v in batch)


def with_options(batch: list[Instruction]) -> Iterator[str]:
    """What an assembler is to make each of, as it is."""
    for size, found in itertools.groupby(batch, lambda each: each.row.size):
        yield ".option rvc" if size == 2 else ".option norvc"
        yield from map(gnu_line, found)


def refused(judge: Judge) -> re.Pattern[str]:
    entries = KNOWN["as-refuses"].values() if judge.name == "gnu" else ()
    return re.compile("|".join(f"(?:{entry['line']})" for entry in entries) or "(?!)")


def shown_otherwise(judge: Judge) -> dict[str, dict[str, Any]]:
    """The known differences of what it shows, by name."""
    tool = {"gnu": "objdump", "llvm": "llvm-objdump"}[judge.name]
    return {
        f"{table}.{name}": entry for table in (f"{tool}-halfword", f"{tool}-word")
        for name, entry in KNOWN[table].items()
    }  # fmt: skip


def check_judge(judge: Judge, isa: str, batch: list[Instruction]) -> set[str]:
    """The judge's code of our text, and its text of our code: the known differences met."""
    code, left_out = encoded(batch), refused(judge)
    given = [each for each in batch if not left_out.match(gnu_line(each))]
    assert judge.assemble(with_options(given), instruction_set(isa)) == encoded(given)
    lines = judge.disassemble(code, instruction_set(isa))
    wrong, met = [], set[str]()
    for line, found in zip(lines, batch, strict=True):
        unknown = line.mnemonic[0] in ".<"
        theirs = None if unknown else theirs_shown(line, found)
        if theirs != ours_shown(found, line.address):
            shown = f"{line.mnemonic} {','.join(line.operands)}".strip()
            entries = {
                name for name, entry in shown_otherwise(judge).items()
                if line.word & entry["mask"] == entry["match"]
                and re.fullmatch(entry["shows"], shown)
            }  # fmt: skip
            met |= entries
            if not entries:
                wrong.append((found, line))
    assert not wrong, (len(wrong), wrong[:10])
    return met


def check_ours(isa: str, batch: list[Instruction]) -> None:
    """What is decoded is what was encoded, and so is our statement of it.

    Statements with a label are compared in test_against_gnu.py: they say no distance."""
    instructions = instruction_set(isa)
    for found in batch:
        assert decode(found.row.encode(found.values), instructions) == found
    given = [each for each in batch if each.row.target < 0]
    body = "".join(f" {text(each)}\n" for each in given)
    image = assemble(f"@asm_rv32\ndef f():\n{body} nop()\n", isa=isa, compress=False).functions["f"]
    assert image.code.startswith(encoded(given))


def check(name: str, judges: Iterable[Judge], count: int) -> tuple[Counter[Row], set[str]]:
    """How many words of each row were compared, and the known differences met."""
    compared, met = Counter[Row](), set[str]()
    for batch in batches(words(name, count)):
        check_ours(SETS[name], batch)
        compared.update(found.row for found in batch)
        for judge in judges:
            if known := [found for found in batch if judge.knows(found.row)]:
                met |= check_judge(judge, SETS[name], known)
    return compared, met


@pytest.mark.parametrize("name", SETS)
def test_gnu_has_the_same_words(name: str) -> None:
    compared, _ = check(name, [JUDGES["gnu"]], FEW)
    assert set(compared) == NEW[name]


@pytest.mark.heavy
@pytest.mark.parametrize("name", SETS)
def test_both_have_the_same_words(name: str, pytestconfig: pytest.Config) -> None:
    """With --thorough 100,000 of each row that has as many."""
    count = THOROUGH if pytestconfig.getoption("--thorough") else MANY
    compared, met = check(name, JUDGES.values(), count)
    assert set(compared) == NEW[name]
    if name == "widest":
        # A difference that is gone must leave the list; test_halfwords.py goes through objdump's.
        listed = {entry for judge in JUDGES.values() for entry in shown_otherwise(judge)}
        assert {entry for entry in listed if not entry.startswith("objdump-half")} <= met


def words_by_llvm() -> Iterator[tuple[str, int, str]]:
    """Extension, word, line."""
    extension = ""
    for line in (Path(__file__).parent / "words_by_llvm.txt").read_text().splitlines()[1:]:
        if line[0] != " ":
            extension = line
        else:
            word, written = line.split(maxsplit=1)
            yield extension, int(word, 16), written


def decoded(name: str) -> list[tuple[Instruction, str]]:
    """What the words are that are new in a set, each with its line."""
    instructions = instruction_set(SETS[name])
    extensions = {row.extension for row in NEW[name]}
    found = [(decode(word, instructions), extension, line)
             for extension, word, line in words_by_llvm() if extension in extensions]  # fmt: skip
    assert all(each and each.row.extension == extension for each, extension, _ in found), found
    return [(each, line) for each, _, line in found if each]


def test_what_gnu_lacks_is_as_llvm_has_it() -> None:
    met = Counter[tuple[str, str]]()
    for name in SETS:
        given = decoded(name)
        assert [gnu_line(found) for found, _ in given] == [line for _, line in given]
        check_ours(SETS[name], [found for found, _ in given])
        met.update((found.row.extension, found.row.name) for found, _ in given)
    # Those of parts of A are A's, which GNU has.
    lacking = {
        (row.extension, row.name) for row in everything().encodings
        if JUDGES["llvm"].knows(row) > JUDGES["gnu"].knows(row)
        and row.extension not in ("zaamo", "zalrsc")
    }  # fmt: skip
    assert met.keys() == lacking


@pytest.mark.heavy
def test_llvm_has_these_words() -> None:
    for name, isa in SETS.items():
        for size in (2, 4):
            given = [(found, line) for found, line in decoded(name) if found.row.size == size]
            lines = [".option rvc" if size == 2 else ".option norvc", *(line for _, line in given)]
            code = JUDGES["llvm"].assemble(lines, instruction_set(isa))
            assert code == encoded([found for found, _ in given])


def test_only_rows_that_makers_added_have_no_judge() -> None:
    alone = {row.extension for row in everything().encodings
             if not any(judge.knows(row) for judge in JUDGES.values())}  # fmt: skip
    assert alone == UNKNOWN_TO_ALL


@pytest.mark.parametrize("isa", [*SETS.values(), "rv32ic_zcb", "rv32ic_zcb_zbb", "rv32ec_zcmp"])
def test_a_halfword_that_is_decoded_is_encoded_again(isa: str) -> None:
    instructions = instruction_set(isa)
    validate(instructions)
    for word in range(1 << 16):
        found = decode(word, instructions) if word & 3 != 3 else None
        assert found is None or found.row.encode(found.values) == word
