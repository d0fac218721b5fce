"""Every example's .mpy on the firmware gives what the host gives.

Tried on the calls that its docstring shows and on random ones from tests/test_examples.py.
"""

from __future__ import annotations

import ast
import random
import re
from array import array
from collections.abc import Mapping
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from board import Board
from test_examples import EXAMPLES, INPUTS

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.commands.calls import parse_call
from asm_rv32.formats.board.merge import compile_mpy
from asm_rv32.formats.board.module import machine_function
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.machine import emulator

_TRIALS = 12
_SHOWN = re.compile(r"asmrv32 run examples/(\w+)\.py '(.+)'")
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
        if len(buffer) and 0 <= offset <= size:
            text = "buffer %d + %d" % (number, offset)
    written = [bytes(b) for b in buffers if isinstance(b, (array, bytearray))]
    print(text, [b.hex() if b else "" for b in written])
"""


class Call(NamedTuple):
    """A call of an example's function."""

    function: str
    arguments: tuple[Any, ...]

    @property
    def on_board(self) -> str:
        """The call as a line of a script."""
        return f"show(m.{', '.join([self.function, *map(repr, self.arguments)])})"

    @property
    def text(self) -> str:
        """The call as a command takes it."""
        return f"{self.function}({', '.join(map(repr, self.arguments))})"


def _on_host(images: Mapping[str, Image], call: Call) -> str:
    """The line that the board's `show` prints."""
    with emulator.prepare(images[call.function], call.arguments) as prepared:
        outcome = prepared.run()
        prepared.write_back(outcome)
        result = repr(outcome.result)
        for number, region in enumerate(prepared.regions):
            if outcome.result is None:
                break
            if region.address <= outcome.word <= region.address + region.size:
                # The board has an empty array's items nowhere: at address 0.
                place = f"buffer {number} + {outcome.word - region.address}"
                result = place if region.size else "0"
    buffers = [bytes(value) for value in call.arguments if isinstance(value, (array, bytearray))]
    return f"{result} {[buffer.hex() for buffer in buffers]}"


ON_BOARDS = sorted(path for path in EXAMPLES.glob("*.py") if path.stem != "floats")
"""MicroPython hands no float to machine code."""


@pytest.mark.parametrize("path", ON_BOARDS, ids=lambda path: path.stem)
def test_example(board: Board, path: Path) -> None:
    source = path.read_text()
    given = [machine_function(image) for image in assemble(source).functions.values()]
    check_example(board, path, compile_mpy(source, given, source_name=path.name))


def check_example(board: Board, path: Path, mpy: bytes) -> None:
    """Make the calls of an example's .mpy on the board and on the host."""
    images, calls = example_calls(path)
    scripts = [_SHOW, f"import {path.stem} as m", *(call.on_board for call in calls)]
    printed = board.run(*scripts, files={f"{path.stem}.mpy": mpy})
    assert len(printed.split("\n")[:-1]) == len(calls)
    for call, line in zip(calls, printed.split("\n")):
        wanted = _on_host(images, call)
        if wanted.startswith("None "):  # a board may give what a0 holds
            line = wanted[:5] + line[line.index("[") :]
        assert line == wanted, call.text


def example_calls(path: Path, trials: int = _TRIALS) -> tuple[dict[str, Image], list[Call]]:
    """The functions of an example that the board's core can run, and calls of them: those that its
    docstring shows, and so many random ones of each."""
    source = path.read_text()
    every = assemble(source, path=str(path)).functions
    # The board's core has no other extensions.
    images = {name: image for name, image in every.items() if image.isa == DEFAULT_ISA}
    shown = _SHOWN.findall(ast.get_docstring(ast.parse(source)) or "")
    assert shown, f"{path.name}: its docstring shows no call, as asmrv32 run examples/... '...'"
    assert {stem for stem, _ in shown} == {path.stem}
    calls = [Call(*parse_call(text)) for _, text in shown]
    calls = [call for call in calls if call.function in images]
    chance = random.Random(path.stem)
    calls += [Call(name, INPUTS[name](chance)) for name in images for _ in range(trials)]
    return images, calls
