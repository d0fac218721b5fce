"""What pyright, mypy and ruff say of the spelling for checkers: nothing that is false."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError, Source
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
BLOCK = re.compile(r"<!-- file: (\S+\.py) -->\n```python\n(.*?)```", re.DOTALL)
ON_A_BOARD = re.compile(r"^(import micropython|from machine import)", re.MULTILINE)
"""What only a board has; its stubs are not ours."""


def checked(*command: str | Path, folder: Path, **environment: str) -> str:
    done = subprocess.run(
        [sys.executable, "-m", *map(str, command)],
        cwd=folder, capture_output=True, text=True, timeout=300, check=False,
        env={**os.environ, **environment},
    )  # fmt: skip
    return done.stdout + done.stderr


def is_right(text: str) -> bool:
    try:
        assemble(text)
    except AssemblyError:
        return False
    return ON_A_BOARD.search(text) is None


def pages() -> Iterator[dict[str, str]]:
    """Of each page the code, respelt, but for what it shows to be wrong."""
    for page in sorted([*(ROOT / "docs").glob("*.md"), ROOT / "README.md"]):
        files = dict(BLOCK.findall(page.read_text()))
        yield {
            name: respelled(Source(name, text), CHECKED)
            for name, text in files.items()
            if is_right(text)
        }


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A user's project: the sample, what is wrong, the examples as they are, and the docs' code, in
    as few folders as have no file twice. There types are left out: it is not checked strictly."""
    top = tmp_path_factory.mktemp("project")
    text = SAMPLE.read_text()
    head = text[: text.index("@asm_data")]
    body = "".join(f"    {line}\n" for line in WRONG if line[0].islower() and "TOTAL" not in line)
    calls = "".join(f"{line}\n" for line in WRONG if "sum_words" in line)
    names = "from sample import TOTAL, sum_words\n\n\n"
    (top / "sample.py").write_text(text)
    (top / "wrong.py").write_text(f"{head}{names}def wrong() -> None:\n{body}\n\n{calls}")
    left_out = shutil.ignore_patterns("*.c", "__pycache__")
    shutil.copytree(ROOT / "examples", top / "examples", ignore=left_out)
    own = str(top / "examples" / "own")
    assert main(["stubs", "--tables", f"{own}/dot4.toml", "-o", own]) == 0
    folders: list[dict[str, str]] = []
    for files in pages():
        place = next((each for each in folders if not each.keys() & files.keys()), {})
        if not place:
            folders.append(place)
        place.update(files)
    for number, each in enumerate(folders):
        (top / f"docs{number}").mkdir()
        for name, text in each.items():
            (top / f"docs{number}" / name).write_text(text)
    return top


def lines_of(report: str, name: str, mark: str) -> set[int]:
    """The lines of a file that a checker complains of."""
    found = set()
    for line in report.splitlines():
        path, _, rest = line.strip().partition(f"{name}:")
        if rest and mark in rest and path.rpartition("/")[2] == "":
            found.add(int(rest.split(":")[0]))
    return found


def check_report(report: str, project: Path) -> None:
    """All of what is wrong is told, and nothing of what is not."""
    lines = (project / "wrong.py").read_text().splitlines()
    blamed = {at for at, line in enumerate(lines, 1) if line.strip() in WRONG}
    assert lines_of(report, "wrong.py", "error") >= blamed, report
    others = [line for line in report.splitlines() if " error: " in line or " - error" in line]
    assert [line for line in others if "wrong.py:" not in line] == []


@pytest.mark.heavy
def test_pyright_finds_what_is_wrong_and_nothing_else(project: Path) -> None:
    settings = {
        "typeCheckingMode": "basic", "extraPaths": [str(ROOT)],
        "strict": ["*.py", "examples"],
    }  # fmt: skip
    (project / "pyrightconfig.json").write_text(json.dumps(settings))
    check_report(
        checked("pyright", "--pythonpath", sys.executable, "-p", project, folder=project), project
    )


@pytest.mark.heavy
def test_mypy_finds_what_is_wrong_and_nothing_else(project: Path) -> None:
    reports = []
    for folder in (project, *sorted(project.glob("docs*")), *sorted(project.glob("examples/**"))):
        files = [path for path in sorted(folder.glob("*.py")) if path.name != "asm_words.py"]
        options = () if folder.name.startswith("docs") else ("--strict",)
        reports.append(
            checked("mypy", *options, "--cache-dir", project / "cache", *files,
                    folder=folder, MYPYPATH=f"{ROOT}:{folder}")
        )  # fmt: skip
        assert "Found" in reports[-1] or "Success" in reports[-1], reports[-1]
    check_report("".join(reports), project)


@pytest.mark.heavy
def test_ruff_finds_nothing(project: Path) -> None:
    report = checked("ruff", "check", "--isolated", "--exclude", "wrong.py", ".", folder=project)
    assert "All checks passed" in report, report


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
        "from asm_rv32 import const\n"
        "from asm_rv32.words import *\n"
        "assert const(4) == 4\n"
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
