"""Every limit that docs/command-line.md states: what reaches it is taken, one more is refused.

The table of that page has to say what the constants in the code say.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import pytest
from corpus.instructions import draw_all

from asm_rv32.assembler import budget, expand
from asm_rv32.assembler.forms import Builder, Mode
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.assembler.reading import blocks, expressions, imports, lines, parser
from asm_rv32.assembler.reading.integers import BITS_LIMIT
from asm_rv32.basis import diagnostics
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.commands import calls
from asm_rv32.commands.cli import main
from asm_rv32.commands.console import INPUT_LIMIT, CommandError
from asm_rv32.formats import FORMATS, FormatError
from asm_rv32.formats.board import module as mpy_module
from asm_rv32.formats.board import mpy, romfs
from asm_rv32.formats.board.mpy import encode_uint
from asm_rv32.isa import image
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine import calling
from asm_rv32.machine.calling import Arguments
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings

HEAD = "@asm_rv32\ndef f():\n"
LONGEST_FORM = 12
MEBI = 1 << 20


def error_of(text: str) -> str | None:
    """The code of the first error, or None where the text assembles."""
    try:
        assemble(text)
    except AssemblyError as error:
        return error.diagnostics[0].code
    return None


def of_source(make: Callable[[int], str], limit: int, code: str) -> Callable[[], None]:
    """The check of a limit on a source: `make(n)` has n of what is limited."""

    def check() -> None:
        assert error_of(make(limit)) is None
        assert error_of(make(limit + 1)) == code

    return check


def statements(count: int) -> str:
    """So many, the head included, on lines short enough to be parsed once."""
    whole, rest = divmod(count - 1, 80)
    return HEAD + (" " + "pass;" * 79 + "pass\n") * whole + " pass\n" * rest


def tokens(count: int) -> str:
    """So many, of which the head takes five, on lines of a hundred."""
    whole, rest = divmod(count - 5 - 6, 100)
    line = " data(1" + ",1" * 48 + ")\n"
    return HEAD + line * whole + " ...\n" * rest + " data(1,1)\n"


def wide(count: int) -> str:
    """A line of so many tokens."""
    return HEAD + " data(1" + ",1" * ((count - 4) // 2) + "," * (count % 2) + ")\n"


def nested_blocks(count: int) -> str:
    """So many, the function's included."""
    heads = [" " * depth + "if 1:" for depth in range(1, count)]
    return HEAD + "\n".join([*heads, " " * count + "nop()\n"])


def nested_brackets(count: int) -> str:
    """So many, the call's included."""
    return HEAD + f" li(a0, {'(' * (count - 1)}1{')' * (count - 1)})\n"


def parameters(count: int) -> str:
    return f"@asm_rv32\ndef f({', '.join(f'p{i}' for i in range(count))}):\n nop()\n"


def large_file(tmp_path: Path, size: int) -> int:
    """Status of listing a ROMFS of nothing, in a partition of that size."""
    path = tmp_path / "partition.romfs"
    with open(path, "wb") as file:
        file.write(romfs.MAGIC + b"\0")
        file.truncate(size)
    return main(["romfs", "--list", str(path)])


def many_errors() -> None:
    """After so many nothing is read: the last of them says so."""

    def found(count: int) -> list[str]:
        with pytest.raises(AssemblyError) as caught:
            assemble(HEAD + " )\n" * count)
        return [diagnostic.code for diagnostic in caught.value.diagnostics]

    assert found(diagnostics.ERROR_LIMIT - 1) == ["syntax"] * (diagnostics.ERROR_LIMIT - 1)
    for more in (0, 1, 500):
        codes = found(diagnostics.ERROR_LIMIT + more)
        assert codes.count("syntax") == diagnostics.ERROR_LIMIT
        assert codes.count("too-many-errors") == 1 and len(codes) == diagnostics.ERROR_LIMIT + 1


def data() -> None:
    limit = budget.DATA_LIMIT
    assert error_of(f"{HEAD} space({limit})\n") is None
    assert error_of(f"{HEAD} space({limit + 1})\n") == "immediate-range"
    assert error_of(f"{HEAD} align({limit})\n") is None
    assert error_of(f"{HEAD} align({2 * limit})\n") == "immediate-range"
    other = "@asm_rv32\ndef g():\n data(1, 2)\n"
    assert error_of(f"{HEAD} space({limit - 1})\n{other}") is None
    assert error_of(f"{HEAD} space({limit})\n{other}") == "too-large"


def data_around() -> None:
    def length(size: int) -> bytes:
        text = f"N = bytes({size})\n@asm_rv32\ndef f():\n data(4, len(N))\n"
        return assemble(text).functions["f"].code[:4]

    limit = budget.DATA_LIMIT
    assert int.from_bytes(length(limit), "little") == limit
    with pytest.raises(AssemblyError, match="'N' has no value here"):
        length(limit + 1)


def code_size() -> None:
    """No statement has a longer form, whatever its operands are."""
    choice = random.Random(1)
    longest = 0
    for isa in ("rv32e", "rv32i", "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"):
        instructions = instruction_set(isa)
        for compress in (False, True):
            builder = Builder(instructions, Mode(compress=compress))
            for mnemonic in instructions.mnemonics:
                for row in instructions.rows(mnemonic):
                    for _ in range(20):
                        forms = builder.forms(row, draw_all(row, choice))
                        longest = max(longest, forms[-1].size)
    assert longest == LONGEST_FORM


def register_arguments() -> None:
    assert error_of(parameters(expand.PARAMETER_LIMIT)) is None
    assert error_of(parameters(expand.PARAMETER_LIMIT + 1)) == "too-many-parameters"
    FORMATS[".mpy"].write(assemble(parameters(mpy_module.MAX_ARGS)))
    with pytest.raises(FormatError, match=f"at most {mpy_module.MAX_ARGS}"):
        FORMATS[".mpy"].write(assemble(parameters(mpy_module.MAX_ARGS + 1)))


def integers() -> None:
    bits = BITS_LIMIT
    for largest in (
        f"0x{'f' * (bits // 4)}",
        f"(1 << {bits - 1})",
        f"2**{bits - 1}",
        f"-(2**{bits - 1})",
    ):
        assert error_of(f"{HEAD} li(a0, {largest} >> {bits})\n") is None
        assert error_of(f"{HEAD} li(a0, {largest} * 2 >> {bits})\n") == "expression"
    assert error_of(f"{HEAD} li(a0, 0x1{'0' * (bits // 4)} >> {bits})\n") == "expression"


def python_part() -> None:
    limit = mpy_module.PYTHON_LIMIT
    rest = limit - len("#@asm_rv32def f(): pass")

    def module(size: int) -> Module:
        return assemble(f"#{'c' * size}\n@asm_rv32\ndef f():\n" + " nop();nop()\n" * 999)

    FORMATS[".mpy"].write(module(rest))
    with pytest.raises(FormatError, match=f"more than {limit}"):
        FORMATS[".mpy"].write(module(rest + 1))


def entries_of_mpy() -> None:
    def file(constants: int) -> bytes:
        code = b"\0\0\0\x51\x63"
        head = b"M\x06\0\x1f\1" + encode_uint(constants) + b"\2a\0"
        return head + b"\1" * constants + encode_uint(len(code) << 3) + code

    mpy.read(file(mpy.ENTRY_LIMIT - 1))
    with pytest.raises(mpy.MpyError, match=f"more than {mpy.ENTRY_LIMIT}"):
        mpy.read(file(mpy.ENTRY_LIMIT))


def entries_of_romfs() -> None:
    def image(files: int) -> bytes:
        payload = b"\5\5\1f\2\1\0" * files
        return romfs.MAGIC + encode_uint(len(payload)) + payload

    romfs.read(image(romfs.ENTRY_LIMIT))
    with pytest.raises(romfs.RomfsError, match=f"more than {romfs.ENTRY_LIMIT}"):
        romfs.read(image(romfs.ENTRY_LIMIT + 1))


def texts_of_calls() -> None:
    limit = calls.TEXT_LIMIT
    calls.parse_call(f"f('{'x' * (limit - 5)}')")
    with pytest.raises(CommandError, match=f"longer than {limit}"):
        calls.parse_call(f"f('{'x' * (limit - 4)}')")


def regions_of_arguments() -> None:
    deep: list[Any] = []
    for _ in range(calling.REGION_LIMIT - 1):
        deep = [deep]
    Arguments([deep]).release()
    for values in ([[deep]], [deep, "text"], [[str(n) for n in range(calling.REGION_LIMIT)]]):
        with pytest.raises(MemoryError, match="more than 1000 texts, buffers and lists"):
            Arguments(values)


def arguments_of_calls() -> None:
    limit = calls.SIZE_LIMIT
    for argument in ("bytearray({})", "bytes({})", "b'x' * {}", "range({})", "[0] * {}"):
        (value,) = calls.parse_call(f"f({argument.format(limit)})").arguments
        assert len(value) == limit
        for more in (argument.format(limit + 1), f"{argument.format(limit)}, b'x' * 1"):
            with pytest.raises(CommandError, match=f"more than {limit}"):
                calls.parse_call(f"f({more})")


class Limit(NamedTuple):
    """A row of the table in the docs, and its check."""

    what: str
    most: str
    check: Callable[[], None] | None
    """None where the check takes fixtures: then it is a test of its own."""
    heavy: bool = False


LIMITS = (
    Limit("an input file", f"{INPUT_LIMIT // MEBI} MiB", None),
    Limit(
        "a source", f"{parser.SOURCE_LIMIT // MEBI} Mi characters",
        of_source(lambda n: "#" * (n - 1) + "\n", parser.SOURCE_LIMIT, "too-large"),
    ),
    Limit(
        "statements in the assembler functions of a file, heads of blocks included",
        f"{blocks.STATEMENT_LIMIT:,}",
        of_source(statements, blocks.STATEMENT_LIMIT, "too-large"),
    ),
    Limit(
        "their tokens", f"{blocks.WORD_LIMIT:,}",
        of_source(tokens, blocks.WORD_LIMIT, "too-large"), heavy=True,
    ),
    Limit(
        "statements that they expand to, each repetition of a loop counting as one more",
        f"{budget.ITEM_LIMIT:,}",
        of_source(
            lambda n: f"{HEAD} label(l); nop(); data(1, 2)\n for i in range({n - 3}): pass\n",
            budget.ITEM_LIMIT, "too-large",
        ),
    ),
    Limit("their `data` and `space`, and each `align`", f"{budget.DATA_LIMIT // MEBI} MiB", data),
    Limit(
        "data that is built to know the values of names around them",
        f"{budget.DATA_LIMIT // MEBI} MiB", data_around,
    ),
    Limit(
        "other files of a project that are read for names",
        f"{imports.FILE_LIMIT - 1}, {imports.TEXT_LIMIT // MEBI} MiB", None,
    ),
    Limit("code that a statement becomes", f"{LONGEST_FORM} bytes", code_size),
    Limit(
        "parameters", f"{expand.PARAMETER_LIMIT}; {mpy_module.MAX_ARGS} on a board",
        register_arguments,
    ),
    Limit(
        "nested blocks, the function's included", f"{blocks.BLOCK_DEPTH_LIMIT}",
        of_source(nested_blocks, blocks.BLOCK_DEPTH_LIMIT, "nesting"),
    ),
    Limit(
        "nested brackets", f"{lines.DEPTH_LIMIT}",
        of_source(nested_brackets, lines.DEPTH_LIMIT, "nesting"),
    ),
    Limit(
        "tokens of a line", f"{lines.TOKEN_LIMIT:,}",
        of_source(wide, lines.TOKEN_LIMIT, "too-large"), heavy=True,
    ),
    Limit("an integer, intermediate results included", f"{BITS_LIMIT} bits", integers),
    Limit(
        "a string, its quotes included", f"{expressions.TEXT_LIMIT // MEBI} Mi characters",
        of_source(
            lambda n: f"{HEAD} data(1, '{'s' * (n - 2)}')\n", expressions.TEXT_LIMIT, "too-large"
        ),
    ),
    Limit(
        "the name of a label", f"{image.NAME_LIMIT} characters",
        of_source(lambda n: f"{HEAD} label({'n' * n})\n", image.NAME_LIMIT, "too-large"),
    ),
    Limit(
        "the name of a function, with those of the classes and functions around it",
        f"{image.NAME_LIMIT} characters",
        of_source(
            lambda n: f"class {'C' * (n - 100)}:\n @asm_rv32\n def {'f' * 100}(): nop()\n",
            image.NAME_LIMIT, "too-large",
        ),
    ),
    Limit("errors before reading stops", f"{diagnostics.ERROR_LIMIT:,}", many_errors),
    Limit(
        "a .mpy's source, without the bodies of its assembler functions",
        f"{mpy_module.PYTHON_LIMIT // MEBI} Mi characters", python_part,
    ),
    Limit(
        "strings, constants and functions of a .mpy that is read", f"{mpy.ENTRY_LIMIT:,}",
        entries_of_mpy,
    ),
    Limit(
        "files and directories of a ROMFS", f"{romfs.ENTRY_LIMIT:,}",
        entries_of_romfs, heavy=True,
    ),
    Limit("a ROMFS that is built", f"{romfs.IMAGE_LIMIT // MEBI} MiB", None),
    Limit("the text of a call", f"{calls.TEXT_LIMIT // MEBI} Mi characters", texts_of_calls),
    Limit(
        "bytes and items of its arguments, together", f"{calls.SIZE_LIMIT // MEBI} Mi",
        arguments_of_calls,
    ),
    Limit(
        "texts, buffers and lists in its arguments", f"{calling.REGION_LIMIT:,}",
        regions_of_arguments,
    ),
    Limit(
        "instructions of a call",
        f"{DEFAULT_SETTINGS.max_instructions // 10**6} million, or what `--max-instructions` says",
        None,
    ),
    Limit(
        "time of a call", f"{DEFAULT_SETTINGS.max_seconds} seconds, or what `--max-seconds` says",
        None,
    ),
    Limit(
        "stack of a call", f"{DEFAULT_SETTINGS.stack // 1024} KiB, or what `--stack` says", None
    ),
)  # fmt: skip


def test_the_docs_state_these_limits_and_no_others() -> None:
    page = (Path(__file__).parents[2] / "docs" / "command-line.md").read_text()
    table = page.partition("\n## Limits\n")[2].partition("\n## ")[0]
    stated = re.findall(r"^\| ([^-|].*?) \| (.*?) \|$", table, re.MULTILINE)
    assert stated == [("what", "at most"), *((limit.what, limit.most) for limit in LIMITS)]


@pytest.mark.parametrize(
    "limit",
    [
        pytest.param(limit, id=limit.what, marks=[pytest.mark.heavy] if limit.heavy else [])
        for limit in LIMITS
        if limit.check
    ],
)
def test_what_reaches_a_limit_is_taken_and_more_is_not(limit: Limit) -> None:
    assert limit.check is not None
    limit.check()


def test_an_input_file(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert large_file(tmp_path, INPUT_LIMIT) == 0
    assert large_file(tmp_path, INPUT_LIMIT + 1) == 1
    assert f"is larger than {INPUT_LIMIT >> 20} MiB" in capsys.readouterr().err


@pytest.mark.parametrize("laps", [1, 1000, 100_000])
def test_instructions_of_a_call(laps: int) -> None:
    body = " label(top)\n addi(n, n, -1)\n bnez(n, top)\n ret()\n"
    image = assemble(f"@asm_rv32\ndef f(n):\n{body}").functions["f"]
    run(image, (laps,), Settings(max_instructions=2 * laps + 1))
    with pytest.raises(ExecutionError, match="instructions"):
        run(image, (laps,), Settings(max_instructions=2 * laps))


@pytest.mark.parametrize("size", [16, DEFAULT_SETTINGS.stack, 1 << 20])
def test_stack_of_a_call(size: int) -> None:
    body = " sub(sp, sp, size); sw(zero, 0(sp)); add(sp, sp, size)\n"
    image = assemble(f"@asm_rv32\ndef f(size):\n{body}").functions["f"]
    run(image, (size,), Settings(stack=size))
    with pytest.raises(ExecutionError):
        run(image, (size + 16,), Settings(stack=size))


@pytest.mark.parametrize(
    ("home", "name", "function", "each", "between"),
    [
        (blocks, "STATEMENT_LIMIT", " nop()\n nop()\n", 3, 0),
        (blocks, "STATEMENT_LIMIT", " if 1:\n  nop()\n for i in range(2): nop()\n", 5, 0),
        (blocks, "WORD_LIMIT", " li(a0, 1); nop()\n", 15, 0),
        (budget, "ITEM_LIMIT", " label(l)\n nop()\n data(1, 2)\n", 3, budget.FUNCTION_COST),
        (budget, "ITEM_LIMIT", " for i in range(3): nop()\n", 6, budget.FUNCTION_COST),
        (budget, "DATA_LIMIT", " data(4, 1)\n space(2)\n align(2)\n", 8, 0),
    ],
)
def test_the_functions_of_a_file_share_a_limit(
    home: ModuleType,
    name: str,
    function: str,
    each: int,
    between: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = "".join(f"@asm_rv32\ndef f{number}():\n{function}" for number in range(4))
    most = 4 * each + 3 * between
    monkeypatch.setattr(home, name, most)
    assert error_of(text) is None
    monkeypatch.setattr(home, name, most - 1)
    assert error_of(text) == "too-large"
    assert error_of(text[: text.index("@asm_rv32\ndef f3")]) is None
