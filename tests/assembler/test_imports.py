"""Names that other files of a project give: read where they stand, never executed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.assembler.reading import imports
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.assembler.reading.program import Data
from asm_rv32.basis.diagnostics import AssemblyError, Source

FILES = {
    "pkg/__init__.py": "from .sub import K\nTOP = 1\n",
    "pkg/sub.py": "from ..other import N as UP\nfrom . import deep\nK = deep.D + 1\nL = [K, K]\n",
    "pkg/deep/__init__.py": "D = 40\n",
    "pkg/deep/inner.py": "from ..sub import K as AGAIN\nfrom . import D\nE = AGAIN + D\n",
    "other.py": "N = 7\nimport circle\nT = (1, 2)\nclass Pin:\n    OUT = 3\nX = open\n_H = 5\n",
    "circle.py": "from other import N\nM = 30\nFROM = N + M\n",
    "star.py": "from other import *\nfrom pkg.sub import L\n",
}
MAIN = """
import other, pkg.sub, pkg.deep.inner as inner
import pkg.deep.inner
from other import N, T as TUPLE
from pkg import K, sub
from circle import M
from star import *

@asm_rv32
def f():
    data(4, N, other.N, TUPLE[1], len(other.T), K, sub.K, pkg.sub.K, pkg.TOP, inner.E)
    data(4, pkg.deep.inner.AGAIN, M, other.circle.M, Pin.OUT, other.Pin.OUT, *L, *other.T)
"""


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "project"
    for name, text in FILES.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


def words(text: str, path: Path) -> list[int]:
    path.write_text(text)
    code = assemble(text, path=str(path)).functions["f"].code
    return [int.from_bytes(code[at : at + 4], "little") for at in range(0, len(code) - 2, 4)]


def test_names_of_other_files_have_the_values_that_python_gives_them(project: Path) -> None:
    expressions = MAIN.partition("data(4, ")[2].replace("    data(4, ", "").replace(")\n", ", ")
    imported = MAIN.partition("@asm_rv32")[0].replace("from ..other", "from other")
    sub = project / "pkg" / "sub.py"
    sub.write_text(sub.read_text().replace("..other", "other"))
    done = subprocess.run(
        [sys.executable, "-c", f"{imported}\nprint([{expressions}])"],
        cwd=project, capture_output=True, text=True, check=True,
    )  # fmt: skip
    assert str(words(MAIN, project / "main.py")) == done.stdout.strip()


def seen(text: str, path: Path, name: str = "N") -> Any:
    path.write_text(text)
    program, _ = parse(Source(str(path), f"{text}\n@asm_rv32\ndef f():\n    li(a0, {name})\n"))
    found = program.functions[0].names.get(name)
    return found.value if isinstance(found, Data) else found


def test_nothing_outside_of_the_project_is_read(project: Path, tmp_path: Path) -> None:
    (tmp_path / "secret.py").write_text("N = 4\n")
    (project / "linked.py").symlink_to(tmp_path / "secret.py")
    main = project / "main.py"
    for text in (
        "from secret import N", "from ..secret import N", "from ...secret import N",
        "from linked import N", "from . import nothing as N", "from asm_rv32 import VERSION as N",
        "from pkg.. import N",
    ):  # fmt: skip
        assert seen(text, main) is None, text
    assert seen("from .other import N", main) == 7
    assert seen("from . import other\nN = other.N", main) == 7
    inner = project / "pkg" / "inside.py"
    assert seen("from ..other import N", inner) == 7
    assert seen("from other import N", inner) == 7
    assert seen("from ...secret import N", inner) is None


def test_a_text_that_is_no_file_imports_nothing(project: Path) -> None:
    text = "from other import N\n@asm_rv32\ndef f():\n    li(a0, N)\n"
    with pytest.raises(AssemblyError):
        assemble(text)
    with pytest.raises(AssemblyError):
        assemble(text, path=str(project / "nowhere.py"))


def test_files_are_bounded(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(40):
        (project / f"m{number}.py").write_text(f"from m{number + 1} import N\nM = {number}\n")
    (project / "m40.py").write_text("N = 4\nM = 40\n")
    main = project / "main.py"
    assert seen("from m35 import N", main) == 4
    assert seen("from m0 import N", main) is None  # so many that wait for one another
    many = "".join(f"from m{number} import M as M{number}\n" for number in range(40))
    total = "N = " + " + ".join(f"M{number}" for number in range(40))
    assert seen(many + total, main) == sum(range(40))
    monkeypatch.setattr(imports, "FILE_LIMIT", 30)
    assert seen(many + total, main) is None
    monkeypatch.undo()
    monkeypatch.setattr(imports, "TEXT_LIMIT", 1000)
    (project / "long.py").write_text("N = 4\n" + "#" * 1000)
    assert seen("from long import N", main) is None


def test_what_cannot_be_read_has_no_names(project: Path) -> None:
    (project / "binary.py").write_bytes(b"N = 4\n\xff\xfe")
    (project / "folder.py").mkdir()
    main = project / "main.py"
    assert seen("from binary import N", main) is None
    assert seen("from folder import N", main) is None
    (project / "wrong.py").write_text("N = 4\n@asm_rv32\ndef f(:\n  lw a0, 4(\n M = 5\n")
    assert seen("from wrong import N", main) == 4


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("from missing import N", "imports it from 'missing', which is looked for in"),
        ("from other import X as N", "in "),
        ("from other import NONE as N", "which gives 'NONE' no value"),
        ("import other as N", "help: N.NAME is what NAME is there"),
        ("from other import T as N", "has there a tuple of 2 items"),
    ],
)
def test_an_error_tells_the_file(project: Path, text: str, words: str) -> None:
    path = project / "main.py"
    path.write_text(text)
    with pytest.raises(AssemblyError) as caught:
        assemble(f"{text}\n@asm_rv32\ndef f():\n    addi(a0, a0, N)\n", path=str(path))
    (found,) = caught.value.diagnostics
    assert words in " ".join(found.notes)
