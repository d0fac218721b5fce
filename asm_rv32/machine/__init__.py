"""Run an Image: the engines, the calling convention, the memory around a call.

Importing this package loads nothing heavy; an engine is loaded where it runs something.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asm_rv32.machine.bare import Final as Final
    from asm_rv32.machine.program import run_program as run_program

__all__ = ["Final", "run_program"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from asm_rv32.machine import program

    return getattr(program, name)
