"""What shells complete, as bash and fish do it; manual pages, as groff reads them."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest
from corpus.shell import Shell

from asm_rv32.commands import COMMANDS
from asm_rv32.commands.completion_command import SHELLS
from asm_rv32.cores import core_names

pytestmark = pytest.mark.heavy
BASH = """\
source asmrv32.bash
COMP_LINE="$1" COMP_POINT=${#1} COMP_WORDS=($1)
[[ "$1" == *" " ]] && COMP_WORDS+=("")
COMP_CWORD=$((${#COMP_WORDS[@]} - 1))
$(complete -p asmrv32 | sed 's/.*-F \\([^ ]*\\).*/\\1/') asmrv32 "${COMP_WORDS[-1]}" x
printf '%s\\n' "${COMPREPLY[@]}"
"""
FISH = "source asmrv32.fish; complete -C $argv[1]"
LINES = {
    "asmrv32 ": set(COMMANDS),
    "asmrv32 re": {"report"},
    "asmrv32 run gcd.py --core ": set(core_names()),
    "asmrv32 compile g": {"gcd.py"},
    "asmrv32 compile gcd.py -f m": {"mpy", "micropython"},
    "asmrv32 board show ch32v0": {"ch32v003"},
    "asmrv32 run --isa rv32imc_zico": {"rv32imc_zicond"},
    "asmrv32 isa sh3a": {"sh3add"},
}
"""What is typed → what completes its last word."""


def program(name: str) -> str:
    path = shutil.which(name)
    if path is None:
        pytest.fail(f"{name} is missing: apt-get install {name}")
    return path


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("gcd.py", "")
    for name in SHELLS:
        done = made("completion", name)
        assert not done.stderr
        made.write(f"asmrv32.{name}", done.stdout)
    return made


def completed(*command: str, folder: Path) -> set[str]:
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=60)
    assert not done.stderr
    return {line.partition("\t")[0].strip() for line in done.stdout.splitlines()}


def test_shells_complete_names(shell: Shell, tmp_path: Path) -> None:
    for line, wanted in LINES.items():
        assert completed(program("bash"), "-c", BASH, "bash", line, folder=tmp_path) == wanted
        assert completed(program("fish"), "-c", FISH, line, folder=tmp_path) == wanted
    assert completed(program("zsh"), "-n", "asmrv32.zsh", folder=tmp_path) == set()
    assert "ch32v003" in (tmp_path / "asmrv32.zsh").read_text()


def test_manual_pages_are_right_and_say_what_help_says(tmp_path: Path) -> None:
    shell = Shell(tmp_path)
    pages = shell("man", "-o", ".").stdout.split()
    assert len(pages) == 1 + len(COMMANDS)
    for page in pages:
        done = subprocess.run(
            [program("groff"), "-man", "-Tascii", "-P-cbou", "-ww", page],
            cwd=tmp_path, capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        assert done.returncode == 0 and not done.stderr
        assert "DESCRIPTION" in done.stdout
    shown = shell("man", "compile").stdout
    assert shown == (tmp_path / "asmrv32-compile.1").read_text()
    assert "asmrv32 compile fir.py \\-o fir.bin" in shown and "\n\\&.mpy: " in shown
