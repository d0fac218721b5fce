"""A row added to the tables, with nothing else: all that reads rows knows the instruction."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent
WORD = 0xFFFF_FFFF


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The tables of the package, an extension more in them."""
    folder = tmp_path_factory.mktemp("tables") / "encodings"
    shutil.copytree(HERE.parents[1] / "encodings", folder)
    shutil.copy(HERE / "zmine.toml", folder)
    with (folder / "extensions.toml").open("a") as file:
        file.write('\nZmine = { title = "instructions of one\'s own" }\n')
    return folder


@pytest.fixture(scope="module")
def found(tables: Path) -> dict[str, Any]:
    done = subprocess.run(
        [sys.executable, HERE / "added_rows.py", tables], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_it_computes_on_both_engines_what_it_says(found: dict[str, Any]) -> None:
    # n counts down while the loop runs: 3 * 3 - 5 * 2 + 70000 * 1, and the sum of magnitudes.
    total, sizes = 9 - 10 + 70000, 3 + 5 + 70000
    word = 0x3344 | (sizes >> 8 & 0xFFFF) << 16
    loaded = int.from_bytes(word.to_bytes(4, "little"), "big")
    result = (total if total & 1 else total + 100) ^ loaded
    assert found["unicorn"] == found["python"] == [result & WORD, word, -5]


def test_it_reaches_further_by_the_sequence_that_it_names(found: dict[str, Any]) -> None:
    assert found["far"] == [[0, 1], [0, 1]]


def test_it_is_listed_as_it_was_written(found: dict[str, Any]) -> None:
    texts = " ".join(" ".join(line) for line in found["listing"])
    for text in ("mine_next(t1, a0)", "mine_mac(t0, t1, a1)", "mine_put(t2, 2(a2))",
                 "mine_load(t1, 0(a2))", "mine_odd(t0, zero, odd)"):  # fmt: skip
        assert text in texts


def test_lint_follows_what_it_does(found: dict[str, Any]) -> None:
    assert found["lint"] == []
    assert found["careless"] == ["saved-register", "unwritten-register"]


def test_its_base_sequence_is_proved(found: dict[str, Any]) -> None:
    assert found["proved"] is True


def test_the_reference_tells_it(found: dict[str, Any]) -> None:
    assert found["told"]["mine.mac"] == "rd = rd + rs1 * rs2"
    assert found["told"]["mine.odd"] == "goto branch13 if (rs1 + rs2) & 1"


@pytest.mark.parametrize(
    ("row", "why"),
    [
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b" }', "does not say"),
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b", does = "rd = rs2" }', "rs2"),
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b", does = "rd = rs1 +" }',
         "malformed at column"),
        ('{ syntax = "rd, imm12(rs1)", fixed = "14..12=5 6..0=0x0b", does = "imm12 = rs1" }',
         "no register"),
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b", does = "rd = signed(rs1)" }',
         "says nothing here"),
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b", does = "goto rs1; rd = 0" }',
         "behind a goto"),
        ('{ syntax = "rd, rs1", fixed = "31..20=2 14..12=3 6..0=0x0b", does = "rd = clmul(rs1)" }',
         "not known"),
        ('{ syntax = "rd, rs1, rs2", fixed = "31..25=0 14..12=0 6..0=0x0b", does = "rd = rs1" }',
         "decode the same word"),
    ],
)  # fmt: skip
def test_a_row_that_does_not_fit_is_refused(
    row: str, why: str, tables: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "encodings"
    shutil.copytree(tables, folder)
    with (folder / "zmine.toml").open("a") as file:
        file.write(f'\n"mine.wrong" = {row}\n')
    done = subprocess.run(
        [sys.executable, HERE / "added_rows.py", folder], capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode and why in done.stderr.splitlines()[-1], done.stderr
