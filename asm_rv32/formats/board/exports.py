"""Which functions of a program Python on a board gets to see.

Input: a module. Output: names of its functions.
Invariant: a function that is not seen is carried by one that is.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.board.host import Hidden
from asm_rv32.formats.board.module import MAX_ARGS, too_many_parameters
from asm_rv32.isa.image import Image

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


def exported(module: Module) -> list[str]:
    """The functions but for interrupt handlers, and for those that other functions call and no
    board can: of too many parameters."""
    handlers = any(image.handler for image in module.functions.values())
    functions = {n: i for n, i in module.functions.items() if not i.handler} if handlers else (
        module.functions
    )  # fmt: skip
    called = [image for image in functions.values() if len(image.parameters) <= MAX_ARGS]
    if len(called) == len(functions):
        return list(functions)
    carried = {(part.source.path, part.span) for image in called for part in image.parts[1:]}
    return [
        name for name, image in functions.items()
        if len(image.parameters) <= MAX_ARGS or (image.source.path, image.span) not in carried
    ]  # fmt: skip


def hidden_function(image: Image) -> Hidden:
    """A function that is not exported."""
    span, locate = image.span, image.source.locate
    first, last = locate(span.start)[0], locate(max(span.start, span.end - 1))[0]
    refusal = too_many_parameters(image.name, len(image.parameters))
    if image.handler:
        refusal = f"{image.name}() is an interrupt handler, which Python cannot call"
    return Hidden(image.name, None, first, last, refusal=refusal)
