"""Equality of machine code, proved for every input: terms in normal form, sweeping, z3.

`equal` compares two blocks, `compare` two functions; both need z3, `pip install z3-solver`.
"""

from __future__ import annotations

_HOMES = {
    "equal": "asm_rv32.prove.blocks",
    "compare": "asm_rv32.prove.functions",
    "any_of": "asm_rv32.prove.inputs",
    "Verdict": "asm_rv32.prove.verdict",
}
"""Name → the module that defines it; the solver is loaded where it is asked for."""

TYPE_CHECKING = False
if TYPE_CHECKING:
    from asm_rv32.prove.blocks import equal
    from asm_rv32.prove.functions import compare
    from asm_rv32.prove.inputs import any_of
    from asm_rv32.prove.verdict import Verdict

__all__ = ["Verdict", "any_of", "compare", "equal"]


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
