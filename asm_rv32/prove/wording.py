"""Terms as text, for people; as deep as one can read."""

from __future__ import annotations

from asm_rv32.isa.words import SIGN, WORD
from asm_rv32.prove.term import Term

DEPTH = 4
"""Operations within each other; what is deeper is an ellipsis."""
WIDTH = 6
"""Summands, and what else is put together; so is what is left of more."""
INFIX = {
    "shl": "<<", "shr": ">>", "sar": ">>s", "eq": "==", "ltu": "<", "lts": "<s", "quotient": "/",
    "remainder": "%", "&": "&", "|": "|", "*": "*",
}  # fmt: skip


def worded(term: Term, depth: int = DEPTH) -> str:
    """A term as an expression."""
    form, data = term.form, term.data
    if form == "constant":
        return number(data)
    if form == "unknown":
        return str(data[0])
    if form == "memory":
        return "memory"
    if not depth:
        return "…"
    inner = [worded(each, depth - 1) for each in term.operands]
    if form == "sum":
        constant, *factors = data
        parts = [_times(text, by) for text, by in zip(inner, factors)]
        return _together(" + ", [*parts, number(constant)] if constant else parts)
    if form == "xor":
        return _together(" ^ ", [*inner, number(data)] if data else inner)
    if form == "join":
        return _together(" | ", inner)
    if form == "piece":
        shift, mask = data
        moved = (
            inner[0] if not shift else f"({inner[0]} {'<<' if shift > 0 else '>>'} {abs(shift)})"
        )
        return f"({moved} & {number(mask)})"
    if form in INFIX and len(inner) == 2:
        return f"({inner[0]} {INFIX[form]} {inner[1]})"
    if form == "if":
        return f"({inner[1]} if {inner[0]} else {inner[2]})"
    name = {"extend": f"signed{data}", "load": f"load{data}"}.get(form, form)
    return f"{name}({', '.join(inner)})"


def number(value: int) -> str:
    """A word, as it is read best."""
    if value < 1024:
        return str(value)
    return str(value - (WORD + 1)) if value & SIGN and WORD - value < 1024 else hex(value)


def _times(text: str, factor: int) -> str:
    return text if factor == 1 else f"{number(factor)} * {text}"


def _together(sign: str, parts: list[str]) -> str:
    if len(parts) > WIDTH:
        parts = [*parts[: WIDTH - 2], "…", parts[-1]]
    return parts[0] if len(parts) == 1 else f"({sign.join(parts)})"
