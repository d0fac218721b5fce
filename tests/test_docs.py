"""Every command and output that README.md and docs/ show is executed and compared.

In the text, `<!-- file: NAME -->` ahead of a block of code writes it to NAME; a `console` block
holds commands after `$ ` and what each prints; a `pycon` block is a session of Python.
`pytest --bless` writes the outputs anew.
"""

from __future__ import annotations

import code
import contextlib
import io
import os
import re
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from corpus.modules import module_at

from asm_rv32.basis.diagnostics import CODES
from asm_rv32.commands.findings import COMMAND_CODES

ROOT = Path(__file__).parent.parent
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").glob("*.md"))]
BLOCK = re.compile(
    r"(?:<!-- file: (?P<file>\S+) -->\n)?^```(?P<language>\w+)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
LINK = re.compile(r"\]\((?!\w+:)([^)#]+)[^)]*\)")


def console(text: str, folder: Path) -> str:
    """The block with each command's output as it is now."""
    environment = dict(os.environ, NO_COLOR="1", COLUMNS="100")
    environment.pop("CI", None)  # where it is set, pytest cuts no line of its summary
    environment["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{environment['PATH']}"
    shown = []
    for command in re.findall(r"^\$ (.*)$", text, re.MULTILINE):
        done = subprocess.run(
            command,
            shell=True,
            cwd=folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stdout, done.stdout
        # What is said while a command takes long hangs on the machine.
        output = re.sub(r"^\w+ing .*: \d+ s\n", "", done.stdout, flags=re.MULTILINE)
        shown.append(f"$ {command}\n{output}")
    return "".join(shown)


def session(text: str) -> str:
    """A block of prompts and results with the results as they are now."""
    interpreter = code.InteractiveConsole()
    shown = io.StringIO()
    for line in text.splitlines():
        if not line.startswith((">>> ", "... ")):
            continue
        shown.write(line + "\n")
        with contextlib.redirect_stdout(shown), contextlib.redirect_stderr(shown):
            interpreter.push(line[4:])
    return shown.getvalue()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_shown_is_what_happens(
    page: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    shutil.copytree(ROOT / "examples", tmp_path / "examples")
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(tmp_path)
    text = page.read_text()
    now = text
    for block in BLOCK.finditer(text):
        written = block["text"]
        if block["file"]:
            (tmp_path / block["file"]).write_text(written)
        if block["language"] == "console":
            now = now.replace(written, console(written, tmp_path), 1)
        elif block["language"] == "pycon":
            now = now.replace(written, session(written), 1)
    if request.config.getoption("--bless"):
        page.write_text(now)
    assert now == page.read_text()


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_what_is_named_exists(page: Path) -> None:
    text = page.read_text()
    for target in LINK.findall(text):
        assert (page.parent / target).exists(), target
    makefile = (ROOT / "Makefile").read_text()
    for target in re.findall(r"^make (\S+)$", text, re.MULTILINE):
        assert re.search(rf"^{target}:", makefile, re.MULTILINE), target


def test_the_quick_start_is_two_commands_each_on_its_line() -> None:
    lines = (ROOT / "README.md").read_text().splitlines()
    assert [line for line in lines if line.startswith("make ")] == ["make demo", "make test"]


def test_the_generated_pages_are_current(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(ROOT / "docs")
    generate = module_at(ROOT / "docs" / "generate.py")
    for name in generate.PAGES:
        assert (ROOT / "docs" / name).read_text() == generate.text_of(name), "make docs"


def test_every_code_is_kebab_case() -> None:
    assert all(re.fullmatch(r"[a-z]+(-[a-z]+)*", name) for name in (*CODES, *COMMAND_CODES))


def test_what_pip_is_told_to_install_is_what_the_package_asks_for() -> None:
    """The package is on no index: its own name after `pip install` would find nothing."""
    metadata = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    extras = metadata["optional-dependencies"]
    wheel = f"dist/{metadata['name']}-{metadata['version']}-py3-none-any.whl"
    known = {each for extra in extras.values() for each in extra}
    known |= {f"{place}[all]" for place in (".", wheel)}
    assert metadata["name"] + f"[{','.join(name for name in extras if name != 'all')}]" in known
    told = [
        line for page in PAGES for line in re.findall(r"pip install\s'(.+?)'", page.read_text())
    ]
    assert told and set(told) <= known
