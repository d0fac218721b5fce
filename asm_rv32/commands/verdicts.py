"""Verdicts of proofs as text and JSON."""

from __future__ import annotations

import json
from textwrap import wrap

from asm_rv32.basis.records import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from asm_rv32.prove.verdict import Verdict

LENGTH = 400
"""Characters of what stands below a row of a table."""
INDENT = " " * 21


def counterexample(found: Verdict, name: str) -> str | None:
    """The input for which they differ, as a call."""
    if found.counterexample is None:
        return None
    values: Any = found.counterexample
    call = f"{name}({', '.join(map(repr, values))})"
    [memory] = {each.memory for each in values if hasattr(each, "memory")} or [None]
    return f"{call}, memory = memoryview({bytearray(memory)})" if memory else call


def as_json(found: Verdict, name: str, more: dict[str, str] | None = None) -> str:
    """An object on one line; `more` stands ahead of what the verdict says."""
    return json.dumps({
        **(more or {}),
        "verdict": found.verdict,
        "assumptions": list(found.assumptions),
        "counterexample": counterexample(found, name),
        "test": found.test,
        "seconds": round(found.seconds, 3),
        "reason": found.reason,
    })  # fmt: skip


def as_text(found: Verdict, name: str) -> list[str]:
    """Lines: the verdict, what it assumes, and the test that shows a difference."""
    if found.verdict == "differs":
        lines = [f"differs: {counterexample(found, name)}", f"  {found.reason}"]
        return [*lines, "", *found.test.splitlines()] if found.test else lines
    if found.verdict == "equal":
        first = "equal for every input" + (" for which:" if found.assumptions else "")
    else:
        first = f"undecided: {found.reason}"
    return [first, *(f"  {each}" for each in found.assumptions)]


def as_rows(found: Verdict, name: str, call: str) -> list[str]:
    """A row of a table of proofs, and below it what it assumes or where the two differ."""
    lines = [f"{found.verdict:<9} {found.seconds:7.2f} s  {call}"]
    if found.verdict == "differs":
        said = [f"{counterexample(found, name)}: {found.reason}"]
    else:
        said = [found.reason] if found.reason else []
        said += ["; ".join(found.assumptions)] if found.assumptions else []
    return lines + [row for each in said for row in _wrapped(each)]


def _wrapped(text: str) -> list[str]:
    """Rows below a verdict; what is very long is cut."""
    return wrap(
        text if len(text) <= LENGTH else f"{text[:LENGTH]}...", 100,
        initial_indent=INDENT, subsequent_indent=INDENT, break_on_hyphens=False,
    )  # fmt: skip
