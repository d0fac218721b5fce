"""What pyright, mypy and ruff say of the spelling for checkers: nothing that is false."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from asm_rv32.basis.diagnostics import Source
from asm_rv32.commands.cli import main
from asm_rv32.editor.spelling import CHECKED, respelled
from asm_rv32.editor.stubs import star_names, stub
from asm_rv32.isa.sets import instruction_set

ROOT = Path(__file__).parents[2]
SAMPLE = Path(__file__).with_name("sample.py")
WRONG = {
    "add(a0, a1)": "three operands",
    "addi(a0, a0, a1)": "a register where a number stands",
    "mv(a0, t0, t1)": "two operands",
    "label(loop)": "a bare name",
    "sum_words(TOTAL)": "one argument of two",
    "TEXT: str = sum_words(array('i'), 0)": "an int as a str",
}
"""A line, and what is wrong with it."""
SUMS = 4
"""Sums of labels in examples/interpreter.py, for which there is one spelling alone."""


def checked(*command: str | Path, folder: Path) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
    )  # fmt: skip
    return done.stdout + done.stderr


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A folder with the sample, with what is wrong, and with examples in the other spelling."""
    text = SAMPLE.read_text()
    (tmp_path / "sample.py").write_text(text)
    head = text[: text.index("@asm_data")]
    body = "".join(f"    {line}\n" for line in WRONG if line[0].islower() and "TOTAL" not in line)
    calls = "".join(f"{line}\n" for line in WRONG if "sum_words" in line)
    names = "from sample import TOTAL, sum_words\n\n\n"
    (tmp_path / "wrong.py").write_text(f"{head}{names}def wrong() -> None:\n{body}\n\n{calls}")
    for path in sorted((ROOT / "examples").glob("*.py")):
        text = respelled(Source(path.name, path.read_text()), CHECKED)
        (tmp_path / f"example_{path.name}").write_text(text)
    settings = {
        "typeCheckingMode": "basic", "extraPaths": [str(ROOT)], "strict": ["sample.py", "wrong.py"],
        "pythonPath": sys.executable,
    }  # fmt: skip
    (tmp_path / "pyrightconfig.json").write_text(json.dumps(settings))
    (tmp_path / "mypy.ini").write_text(f"[mypy]\nmypy_path = {ROOT}\n")
    return tmp_path


def lines_of(report: str, name: str, mark: str) -> set[int]:
    """The lines of a file that a checker complains of."""
    found = set()
    for line in report.splitlines():
        path, _, rest = line.strip().partition(f"{name}:")
        if rest and mark in rest and path.rpartition("/")[2] == "":
            found.add(int(rest.split(":")[0]))
    return found


def blamed(project: Path) -> set[int]:
    """The lines of wrong.py that have to be blamed."""
    lines = (project / "wrong.py").read_text().splitlines()
    return {at for at, line in enumerate(lines, 1) if line.strip() in WRONG}


@pytest.mark.heavy
def test_pyright_finds_what_is_wrong_and_nothing_else(project: Path) -> None:
    report = checked("pyright", "-p", project, folder=project)
    assert not lines_of(report, "sample.py", "error"), report
    assert lines_of(report, "wrong.py", "error") >= blamed(project), report
    rules = [line.rpartition("(")[2] for line in report.splitlines() if "example_" in line]
    assert rules.count("reportUndefinedVariable)") == SUMS, report
    assert "reportCallIssue)" not in rules, report


@pytest.mark.heavy
def test_mypy_finds_what_is_wrong_and_nothing_else(project: Path) -> None:
    report = checked("mypy", "--strict", "sample.py", "wrong.py", folder=project)
    assert not lines_of(report, "sample.py", "error"), report
    assert lines_of(report, "wrong.py", "error") >= blamed(project), report


@pytest.mark.heavy
def test_ruff_finds_nothing(project: Path) -> None:
    assert "All checks passed" in checked("ruff", "check", "--isolated", SAMPLE, folder=project)
    files = sorted(project.glob("example_*.py"))
    report = checked("ruff", "check", "--isolated", "--output-format", "concise", *files,
                     folder=project)  # fmt: skip
    assert report.count(" F821 ") == SUMS, report


def test_star_names_hide_nothing_of_pythons() -> None:
    names = star_names()
    assert {"a0", "lw", "label", "mcycle", "hi"} <= set(names)
    assert not {"min", "max", "time", "zip"} & set(names)
    assert len(names) == len(set(names))


def test_a_stub_has_the_words_of_its_set() -> None:
    text = stub(instruction_set("rv32i"))
    assert "def addi(rd: Reg, rs1: Reg, imm12: Number, /) -> None:" in text
    assert "def ret() -> Never:" in text
    assert "def mul(" not in text


def test_the_words_are_there_for_python_alone() -> None:
    program = (
        "from asm_rv32.words import *\n"
        "import sys\n"
        "from asm_rv32.words import mine, max as largest\n"
        "assert repr(mine) == 'mine' and max(1, 2) == 2\n"
        "try:\n    lw(t0, 0)\nexcept TypeError as error:\n    print(error)\n"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.stderr == "" and done.stdout.startswith("lw is a word of the assembler")


def test_a_projects_own_words_are_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    shutil.copy(ROOT / "examples" / "own" / "dot4.toml", tmp_path)
    (tmp_path / "pyproject.toml").write_text('[tool.asm_rv32]\ntables = ["dot4.toml"]\n')
    monkeypatch.chdir(tmp_path)
    assert main(["stubs", "-o", "."]) == 0
    assert capsys.readouterr().out == "./asm_words.pyi\n./asm_words.py\n"
    assert "def dot4_swap(rd: Reg, rs1: Reg, /) -> None:" in Path("asm_words.pyi").read_text()
    source = (
        "from asm_rv32 import asm_rv32\nfrom asm_words import a0, dot4_swap, mcycle\n\n\n"
        '@asm_rv32\ndef f(n):\n    dot4_swap(a0, n)\n    csrr(a0, mcycle)\n    csrr(a0, "mcycle")\n'
    )
    Path("own.py").write_text(source)
    assert main(["compile", "own.py", "-o", "own.bin"]) == 0
