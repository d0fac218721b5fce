"""The assembler's words as names that Python knows: `from asm_rv32.words import a0, lw, label`.

They are there for editors and type checkers, which read `words.pyi`: the decorators read a
function's text and never run its body. To Python each is a `Word`, of tables of one's own, too.
`import *` gives those of every extension, but for names that Python has itself. `const` is the
package's, which Python calls, too.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Word:
    """A word of the assembler, which means something in a decorated function alone."""

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def __call__(self, *operands: object, **named: object) -> None:
        raise TypeError(f"{self.name} is a word of the assembler, for functions under @asm_rv32")

    def __repr__(self) -> str:
        return self.name


def __getattr__(name: str) -> Any:
    if name == "__all__":
        from asm_rv32.editor.stubs import star_names

        return star_names()
    if name == "const":
        from asm_rv32.inline.function import const

        return const
    if name.startswith("__"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return Word(name)
