"""The text of one function and of what it needs, so that a try costs what the function is long.

Input: a module and the name of a function in it. Output: a Source.
Invariant: lines keep their numbers: what is left out is empty lines, so edits of an excerpt are
edits of the whole.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from asm_rv32.basis.diagnostics import Source

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def excerpt(module: Module, name: str) -> Source:
    """The source of a module without the functions and blocks of data that one does not need."""
    source, image = module.source, module.functions[name]
    needed = {part.span for part in image.parts if part.source is source}
    found: list[str] = []
    at = 0
    units = [*module.functions.units.values(), *module.blocks.values()]
    for span in sorted({unit.span for unit in units if unit.source is source} - needed):
        if span.start >= at:
            gone = source.text.count("\n", span.start, span.end)
            found += [source.text[at : span.start], "\n" * gone]
            at = span.end
    return Source(source.path, "".join([*found, source.text[at:]]))
