"""`[tool.asm_rv32]` in pyproject.toml: where it is found, what heeds it, what is wrong in it."""

from __future__ import annotations

import json
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest
from corpus.shell import Shell
from hypothesis import given
from hypothesis import strategies as st

from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.toml_text import place_of
from asm_rv32.commands import configuration as module
from asm_rv32.commands.configuration import (
    Configuration,
    ConfigurationError,
    configuration,
)

ZBA = '[tool.asm_rv32]\nisa = "rv32imc_zba"\n'
SH1ADD = "@micropython.asm_rv32\ndef f(a, b):\n    sh1add(a0, a, b)\n"
MISALIGNED = """\
@micropython.asm_rv32
def f(a):
    lw(a0, 1(a))
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    (tmp_path / "inner").mkdir()
    return Shell(tmp_path)


# ---------------------------------------------------------------- where it is found


def test_it_is_the_nearest_file_with_the_table(shell: Shell) -> None:
    inner = shell.folder / "inner" / "deep"
    inner.mkdir()
    source = str(inner / "x.py")
    assert configuration(source) == Configuration()
    outer = shell.write("pyproject.toml", ZBA)
    assert configuration(source) == Configuration(str(outer), "rv32imc_zba")
    # A file without the table hides nothing, whatever it mentions.
    (inner / "pyproject.toml").write_text('[project]\ndependencies = [\n"asm_rv32>=1",\n]\n')
    assert configuration(source).path == str(outer)
    near = shell.write("inner/pyproject.toml", '[tool.asm_rv32]\ndialect = "micropython"\n')
    assert configuration(source) == Configuration(str(near), None, "micropython")
    # What is no file is none.
    (inner / "pyproject.toml").unlink()
    (inner / "pyproject.toml").mkdir()
    assert configuration(source).path == str(near)


@pytest.mark.parametrize(
    "text",
    [
        ZBA,
        '[ tool . "asm_rv32" ]\r\nisa = "rv32imc_zba"\r\n',
        '[tool]\nasm_rv32.isa = "rv32imc_zba"\n',
        'tool.asm_rv32 = { isa = "rv32imc_zba" }\n',
        '[tool]\n  asm_rv32 = { isa = "rv32imc_zba" }\n',
        "['tool'.'asm_rv32']\nisa = 'rv32imc_zba'\n",
    ],
)
def test_the_table_is_found_however_it_is_written(text: str, shell: Shell) -> None:
    path = shell.write("pyproject.toml", text)
    assert configuration(str(shell.folder / "x.py")) == Configuration(str(path), "rv32imc_zba")


def test_standard_input_has_the_current_directorys(shell: Shell) -> None:
    shell.write("pyproject.toml", ZBA)
    done = shell("compile", "-", "-f", "json", "-o", "-", given=SH1ADD)
    assert done.returncode == 0 and json.loads(done.stdout)["functions"]["f"]["size"] == 6


def test_a_file_without_the_table_is_not_read_as_toml(shell: Shell) -> None:
    shell.write("pyproject.toml", "[project]\nthis is no TOML\n")
    shell.write("x.py", SH1ADD.replace("sh1add", "add"))
    script = (
        "import sys; from asm_rv32.commands.cli import main; "
        "status = main(['compile', 'x.py', '-o', 'x.bin']); print(status, 'tomllib' in sys.modules)"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=shell.folder, capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "0 False"


# ---------------------------------------------------------------- who heeds it


def test_every_command_that_assembles_takes_the_isa(shell: Shell) -> None:
    shell.write("x.py", SH1ADD)
    (shell.folder / "app").mkdir()
    shell.write("app/x.py", SH1ADD)
    script = SH1ADD + "print(f(1, 2))\n"
    shell.write("script.py", script)
    commands = [
        ["compile", "x.py", "-o", "x.bin"], ["run", "x.py", "f(1, 2)"], ["verify", "x.py"],
        ["lint", "x.py"], ["report", "x.py", "f(1, 2)", "--core", "hazard3"],
        ["romfs", "app", "-o", "x.romfs"], ["isa", "sh1add"],
    ]  # fmt: skip
    assert shell(*commands[0]).returncode == 1
    shell.write("pyproject.toml", ZBA)
    for command in commands:
        done = shell(*command)
        assert done.returncode == 0, (command, done.stderr)
    assert shell("compile", "x.py", "--isa", "rv32imc").returncode == 1
    assert "sh1add(a0, a0, a1)" in shell("disasm", "x.bin").stdout
    assert shell("exec", "script.py").stdout == "4\n"
    shell.write("pyproject.toml", '[tool.asm_rv32]\nisa = "rv32imc"\n')
    assert "sh1add" in shell("exec", "script.py").stderr
    assert "sh1add" not in shell("disasm", "x.bin").stdout


def test_the_dialect_is_taken_and_an_option_wins(shell: Shell) -> None:
    shell.write("x.py", "@micropython.asm_rv32\ndef f():\n    li(a0, 4)\n    ret()\n")
    size = {}
    for text in ("", '[tool.asm_rv32]\ndialect = "micropython"\n'):
        shell.write("pyproject.toml", text)
        for option in ((), ("--dialect", "asm_rv32")):
            done = shell("compile", "x.py", "-f", "binary", "-o", "x.bin", *option)
            size[bool(text), bool(option)] = (done.returncode, bool(done.stderr))
    # A board's assembler has no `ret`.
    assert size == {
        (False, False): (0, False), (False, True): (0, False),
        (True, False): (1, True), (True, True): (0, False),
    }  # fmt: skip


def test_the_core_says_what_traps_unless_decorator_or_option_do(shell: Shell) -> None:
    shell.write("x.py", MISALIGNED)
    decorated = MISALIGNED.replace("asm_rv32", 'asm_rv32(core="hazard3")')
    shell.write("decorated.py", decorated)
    shell.write("script.py", f"{MISALIGNED}print(f(b'abcdefgh'))\n")
    loaded = f"{int.from_bytes(b'bcde', 'little')}\n"
    call = "f(b'abcdefgh')"
    assert shell("run", "x.py", call).returncode == 1
    shell.write("pyproject.toml", '[tool.asm_rv32]\ncore = "ibex-small"\n')
    assert shell("run", "x.py", call).stdout == loaded
    assert shell("run", "x.py", call, "--core", "hazard3").returncode == 1
    assert shell("run", "decorated.py", call).returncode == 1
    assert shell("exec", "script.py").stdout == loaded


def test_reports_are_of_the_core_unless_decorator_or_option_name_one(shell: Shell) -> None:
    source = "@micropython.asm_rv32{}\ndef f(a):\n    mul(a0, a, a)\n"
    shell.write("x.py", source.format(""))
    shell.write("decorated.py", source.format('(core="ibex-small")'))
    shell.write("inner/x.py", source.format(""))
    shell.write("pyproject.toml", '[tool.asm_rv32]\ncore = "picorv32"\n')
    shell.write("inner/pyproject.toml", '[tool.asm_rv32]\ncore = "cv32e40p"\n')

    def cores(*arguments: str) -> list[str]:
        done = shell("report", *arguments, "-f", "json")
        assert done.returncode == 0, done.stderr
        return list(json.loads(done.stdout)["cores"])

    assert cores("x.py", "f(1)") == ["picorv32"]
    assert cores("decorated.py", "f(1)") == ["ibex-small"]
    assert cores("x.py", "f(1)", "--core", "hazard3") == ["hazard3"]
    assert cores("x.py", "f(1)", "inner/x.py", "f(1)") == ["picorv32", "cv32e40p"]


def test_lint_knows_the_core_and_what_is_ignored(shell: Shell) -> None:
    shell.write("x.py", "@micropython.asm_rv32\ndef f():\n    label(x)\n    csrr(a0, cycle)\n")
    shell.write("inner/x.py", (shell.folder / "x.py").read_text())

    def codes(*arguments: str) -> set[str]:
        done = shell("lint", *arguments, "--error-format", "json")
        return {json.loads(line)["code"] for line in done.stderr.splitlines()}

    assert codes("x.py") == {"unused-label"}
    shell.write("pyproject.toml", '[tool.asm_rv32]\ncore = "esp32c3"\nlint.ignore = ["hint"]\n')
    both = {"unused-label", "missing-csr"}
    assert codes("x.py") == both
    assert codes("x.py", "--core", "hazard3") == {"unused-label"}
    shell.write("inner/pyproject.toml", '[tool.asm_rv32.lint]\nignore = ["unused-label"]\n')
    assert codes("inner/x.py") == set()
    assert codes("inner/x.py", "--ignore", "hint") == {"unused-label"}
    assert codes("inner/x.py", "x.py") == both
    assert not shell("compile", "inner/x.py", "-o", "x.bin").stderr
    assert "unused-label" in shell("compile", "x.py", "-o", "x.bin").stderr


def test_a_core_of_which_the_costs_are_not_known_is_no_hindrance(shell: Shell) -> None:
    from asm_rv32.cores import core_names, described

    shell.write("x.py", SH1ADD.replace("sh1add", "add"))
    for name in sorted({*described()} - {*core_names()}):
        shell.write("pyproject.toml", f'[tool.asm_rv32]\ncore = "{name}"\n')
        assert shell("run", "x.py", "f(1, 2)").stdout == "3\n"
        done = shell("report", "x.py", "f(1, 2)")
        assert done.returncode == 2 and f"there is no core '{name}'" in done.stderr


def test_the_decorator_reads_no_file(shell: Shell) -> None:
    shell.write("pyproject.toml", ZBA)
    shell.write("x.py", f"from asm_rv32 import micropython\n{SH1ADD}")
    done = subprocess.run(
        [sys.executable, "x.py"], cwd=shell.folder, capture_output=True, text=True, check=False
    )
    assert "needs-extension" in done.stderr


# ---------------------------------------------------------------- what is wrong


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ('[tool.asm_rv32]\ncor = "hazard3"\n', "2:1", "did you mean 'core'?"),
        ('[tool.asm_rv32]\nisa = "rv64"\n', "2:8", "rv64"),
        ("[tool.asm_rv32]\nisa = 5\n", "2:1", "'isa' takes a string, got an integer"),
        ("[tool.asm_rv32]\nisa = true\n", "2:1", "got a boolean"),
        ("[tool.asm_rv32]\ncore = 2020-01-01\n", "2:1", "got a date or a time"),
        ('[tool.asm_rv32]\ncore = "hazzard3"\n', "2:9", "did you mean 'hazard3'?"),
        ('[tool.asm_rv32]\ndialect = "micro"\n', "2:12", "there is no dialect 'micro'"),
        ('[tool.asm_rv32]\ntables = ["../x.toml"]\n', "2:12", "outside of this folder"),
        ("[tool.asm_rv32]\ntables = 5\n", "2:1", "a list of paths, got an integer"),
        ('[tool.asm_rv32]\nboard = "rp2351"\n', "2:10", "there is no board 'rp2351'; known: ch32v"),
        ('[tool.asm_rv32.lin]\nignore = ["hint"]\n', "1:2", "did you mean 'lint'?"),
        ('[tool.asm_rv32.lint]\nignor = ["hint"]\n', "2:1", "did you mean 'ignore'?"),
        ('[tool.asm_rv32.lint]\nignore = "hint"\n', "2:1", "takes a list of codes, got a string"),
        ("[tool.asm_rv32.lint]\nignore = [5]\n", "2:1", "takes strings, got an integer"),
        ('[tool.asm_rv32.lint]\nignore = [\n  "hint",\n  "hin",\n]\n', "4:4", "'hint'"),
        ("[tool.asm_rv32]\nlint = 5\n", "2:1", "[tool.asm_rv32.lint] is a table of ignore"),
        ("[[tool.asm_rv32]]\nisa = 'rv32i'\n", "1:3", "[tool.asm_rv32] is a table of isa, "),
        ('[tool.asm_rv32]\nisa = "rv32i\n', "2:13", "this is no TOML: "),
        ("[tool.asm_rv32]\nisa", "2:4", "this is no TOML: "),
        ("[tool.asm_rv32]\nx = " + "[" * 100_000, "1:1", "nested too deeply"),
    ],
)
def test_a_mistake_has_its_place_and_its_mend(
    text: str, place: str, said: str, shell: Shell
) -> None:
    path = shell.write("pyproject.toml", text)
    with pytest.raises(ConfigurationError) as caught:
        configuration(str(shell.folder / "x.py"))
    shown = caught.value.render()
    assert shown.startswith(f"{path}:{place}: error[configuration]: ")
    assert said in shown and shown.count("error[") == 1


def test_a_mistake_ends_a_command_once_and_before_it_writes(shell: Shell) -> None:
    shell.write("x.py", SH1ADD)
    path = shell.write("pyproject.toml", "[tool.asm_rv32]\nisa = 5\n")
    for arguments in (("compile", "x.py"), ("lint", "x.py", "x.py"), ("--version", "-v")):
        done = shell(*arguments)
        assert done.returncode == 2
        assert done.stderr.startswith(f"{path}:2:1: error[configuration]: ")
        assert done.stderr.count("error[") == 1
    assert "x.mpy" not in shell.names()


def test_all_mistakes_are_shown_at_once(shell: Shell) -> None:
    shell.write(
        "pyproject.toml", '[tool.asm_rv32]\nisa = 1\ncore = 2\nlint.ignore = ["a"]\nx = 1\n'
    )
    with pytest.raises(ConfigurationError) as caught:
        configuration(str(shell.folder / "x.py"))
    lines = [caught.value.source.locate(each.span.start)[0] for each in caught.value.diagnostics]
    assert lines == [2, 3, 4, 5]


def test_what_is_no_text_or_too_large_or_unreadable_is_said(shell: Shell) -> None:
    shell.write("x.py", SH1ADD)
    path = shell.write("pyproject.toml", b"# \xc3\xa4\n[tool.asm_rv32]\nisa = '\xff'\n")
    done = shell("compile", "x.py")
    assert done.returncode == 2
    assert done.stderr.startswith(f"{path}:3:8: error[configuration]: the file is no UTF-8")
    path.write_bytes(b"#" * (module.SIZE_LIMIT + 1))
    done = shell("compile", "x.py")
    assert done.returncode == 1 and "is larger than 1 MiB" in done.stderr
    path.unlink()
    path.symlink_to("pyproject.toml")
    done = shell("compile", "x.py")
    assert done.returncode == 1 and f"cannot read {path}: " in done.stderr


KEYS = st.sampled_from(["isa", "core", "tool", "a b", "lint"])


@given(st.dictionaries(KEYS, st.dictionaries(KEYS, st.text("#[]='\"\n x", max_size=9))), st.data())
def test_a_place_is_that_of_its_key(tables: dict[str, dict[str, str]], data: st.DataObject) -> None:
    """Whatever stands in strings and comments around it."""
    long = data.draw(st.booleans())
    text = "# [isa] # core = 1\n"
    starts = {}
    for table, keys in tables.items():
        text += f"[ {json.dumps(table)} ]\n"
        for key, value in keys.items():
            written = json.dumps(value)
            if long:
                written = f'""\n{written}""'.replace('\n"', '"\n').replace("\\n", "\n")
            starts[table, key] = len(text)
            text += f"{json.dumps(key)} = {written} # lint = 5\n"
    assert tomllib.loads(text) == tables
    for at, start in starts.items():
        assert place_of(at, text) == Span(start, start + len(json.dumps(at[1])))


# ---------------------------------------------------------------- what is shown of it


def test_the_verbose_version_shows_what_a_result_depends_on(shell: Shell) -> None:
    import asm_rv32

    first = f"asmrv32 {asm_rv32.__version__}\n"
    done = shell("-V", "-v")
    assert done.returncode == 0 and not done.stderr and done.stdout.startswith(first)
    shown = dict(line.split(maxsplit=1) for line in done.stdout.splitlines()[1:])
    assert sys.executable in shown["python"]
    assert shown["engines"] == "unicorn, python (default: unicorn)"
    assert shown["configuration"] == "no pyproject.toml with [tool.asm_rv32] here or above"
    assert {"lark", "unicorn", "pyelftools", "as", "objdump", "gcc"} <= {*shown}
    path = shell.write("pyproject.toml", f'{ZBA}lint.ignore = ["hint", "unreachable"]\n')
    lines = shell("--version", "--verbose").stdout.splitlines()[-3:]
    assert [line.strip() for line in lines] == [
        f"configuration  {path}", 'isa = "rv32imc_zba"', 'lint.ignore = ["hint", "unreachable"]',
    ]  # fmt: skip
    nowhere = shell("-V", "-v", PATH="").stdout
    assert "not found as any of riscv64-unknown-elf-as, " in nowhere
    assert shell("-v").returncode == 2
