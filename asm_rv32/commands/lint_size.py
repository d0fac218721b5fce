"""`asmrv32 lint --size`: what keeps instructions long, and what does the same in fewer bytes."""

from __future__ import annotations

import argparse
from collections.abc import Iterator
from importlib.util import find_spec

from asm_rv32.analysis.lint.size import report
from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.console import Console
from asm_rv32.commands.options import assemble_source

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image

INSTALL = "pip install z3-solver"


def sizes(path: str, arguments: argparse.Namespace, console: Console) -> None:
    """Print what is said of a file, or write what is shorter into it. Raises AssemblyError."""
    can_prove = find_spec("z3") is not None
    if arguments.fix and not can_prove:
        raise ToolMissing(f"--size --fix writes what z3 has proved: {INSTALL}")
    if arguments.fix:
        _shortened(path, arguments, console)
        return
    module = assemble_source(console.as_source(path, console.read(path)), arguments)
    if not can_prove:
        console.print(f"{path}: what is shorter is looked for where z3 can prove it: {INSTALL}")
    with console.progress(f"looking for what is shorter in {path}"):
        for image in module.functions.values():
            for line in report(image, _shorter(image) if can_prove else ()):
                console.print(line)


def _shorter(image: Image) -> Iterator[tuple[str, int]]:
    from asm_rv32.improve.shorter import shorter, told  # without z3 nothing is proved

    for found in shorter(image):
        yield told(found), found.replacement.saves


def _shortened(path: str, arguments: argparse.Namespace, console: Console) -> None:
    from asm_rv32.improve.shorter import shorten

    data = console.read(path)
    source = console.as_source(path, data)
    with console.progress(f"looking for what is shorter in {path}"):
        after, done = shorten(source, lambda text: assemble_source(text, arguments))
    if done:
        console.rewrite(path, data, after)
    for line in done:
        console.print(line)
