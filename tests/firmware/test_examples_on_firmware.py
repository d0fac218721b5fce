"""Every example's .mpy on the firmware: the calls of its docstring give what the host gives."""

from __future__ import annotations

import ast
import re
from array import array
from pathlib import Path

import pytest
from board import Board

from asm_rv32.assembler import assemble
from asm_rv32.formats.mpy_merge import compile_mpy
from asm_rv32.formats.mpy_module import machine_function
from asm_rv32.machine import emulator

EXAMPLES = Path(__file__).parents[2] / "examples"
_CALL = re.compile(r"asmrv32 run examples/(\w+)\.py '(.+)'")
_MAKERS = {"array": array, "bytearray": bytearray, "bytes": bytes}


def _value(node: ast.expr) -> object:
    """An argument as `asmrv32 run` takes it: a literal, or an array or buffer made of literals."""
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return _MAKERS[node.func.id](*(ast.literal_eval(argument) for argument in node.args))
    return ast.literal_eval(node)


def _on_host(source: str, path: Path, calls: list[str]) -> list[str]:
    functions = assemble(source, path=str(path)).functions
    lines = []
    for text in calls:
        node = ast.parse(text, mode="eval").body
        assert isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
        values = [_value(argument) for argument in node.args]
        with emulator.prepare(functions[node.func.id], values) as call:
            outcome = call.run()
            call.write_back(outcome)
            result = repr(outcome.result)
            for number, region in enumerate(call.regions):
                if region.address <= outcome.word <= region.address + region.size:
                    result = f"buffer {number} + {outcome.word - region.address}"
        buffers = [bytes(value) for value in values if isinstance(value, (array, bytearray))]
        lines.append(f"{result} {[buffer.hex() for buffer in buffers]}")
    return lines


_SHOW = """\
from array import array
from uctypes import addressof
def show(f, *args):
    result = f(*args)
    buffers = [a for a in args if isinstance(a, (array, bytearray, bytes, str))]
    text = repr(result)
    for number, buffer in enumerate(buffers):
        # An address differs from the host's; where it points to does not.
        size = len(bytes(buffer, "utf8") + b"0" if isinstance(buffer, str) else bytes(buffer))
        offset = result - addressof(buffer) & 0xffffffff if isinstance(result, int) else -1
        if 0 <= offset <= size:
            text = "buffer %d + %d" % (number, offset)
    print(text, [bytes(b).hex() for b in buffers if isinstance(b, (array, bytearray))])
"""


def _board_script(name: str, functions: list[str], calls: list[str]) -> str:
    lines = [_SHOW, f"import {name} as m", *(f"m.{function}" for function in functions)]
    for call in calls:
        function, _, arguments = call.partition("(")
        lines.append(f"show(m.{function}, {arguments}".replace(", )", ")"))
    return "\n".join(lines)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_example(board: Board, path: Path) -> None:
    source = path.read_text()
    images = assemble(source, path=str(path)).functions
    given = [machine_function(image) for image in images.values()]
    mpy = compile_mpy(source, given, source_name=path.name)
    shown = _CALL.findall(ast.get_docstring(ast.parse(source)) or "")
    assert shown, f"{path.name}: its docstring shows no call, as asmrv32 run examples/... '...'"
    assert {name for name, _ in shown} == {path.stem}
    calls = [call for _, call in shown]
    plain = [name for name in images if name.isidentifier()]
    printed = board.run(_board_script(path.stem, plain, calls), files={f"{path.stem}.mpy": mpy})
    assert printed.split("\n")[:-1] == _on_host(source, path, calls)
