"""Limits that make a report fail: a number of cycles, or an earlier report.

Input: a document, and a limit or an earlier document. Output: what is too slow, a text each.
Invariant: only the function itself is held to limits, not what it is compared with.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.report.document import OURS, SCHEMA, Document


class BaselineError(ValueError):
    """A file that is no report."""


class _Figure(NamedTuple):
    """What a number of a report counts."""

    file: str
    """The last part of its path: a baseline may be made elsewhere."""
    what: str
    """A call as it was written, or a function's name."""
    where: str
    """The core of a call, and the placement."""
    unit: str
    """`cycles` cold or warm of a call, `bytes` of a function."""

    @property
    def place(self) -> str:
        """For messages."""
        shown = self.what if len(self.what) <= 60 else self.what[:57] + "..."
        return f"{shown} {self.where}"


def read(data: bytes) -> Document:
    """The report that a file holds. Raises BaselineError."""
    import json

    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"no JSON: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise BaselineError(f"no report: its schema is not {SCHEMA!r}; write one with -f json")
    try:
        for _, value in _figures(found):
            if type(value) is not int:
                raise TypeError("a figure that is no whole number")
    except (KeyError, TypeError, AttributeError, ValueError) as error:
        raise BaselineError(f"damaged: {error}") from None
    return found


def over_limit(found: Document, limit: int) -> list[str]:
    """The warm calls that take more than `limit` cycles."""
    return [
        f"{figure.place}: {value} cycles, more than {limit}"
        for figure, value in _figures(found)
        if figure.unit == "cycles warm" and value > limit
    ]


def over_baseline(found: Document, baseline: Document) -> list[str]:
    """What takes more cycles, cold or warm, or more bytes than in the baseline, or is not in it."""
    if found["wait_states"] != baseline.get("wait_states"):
        return ["the baseline was made with other wait states"]
    before = dict(_figures(baseline))
    wrong = []
    for figure, now in dict(_figures(found)).items():
        then = before.get(figure)
        if then is None:
            wrong.append(f"{figure.place}: not in the baseline")
        elif now > then:
            wrong.append(f"{figure.place}: {now} {figure.unit}, {then} in the baseline")
    return list(dict.fromkeys(wrong))


def _figures(found: Document) -> Iterator[tuple[_Figure, Any]]:
    for call in found["calls"]:
        file = os.path.basename(call["file"])
        for variant in call["variants"]:
            if variant["name"] != OURS:
                continue
            at = f"at {variant['placement']} modulo 4"
            yield _Figure(file, str(call["function"]), at, "bytes"), variant["bytes"]
            for cost in variant["costs"]:
                where = f"on {cost['core']} {at}"
                for kind in ("cold", "warm"):
                    yield _Figure(file, str(call["call"]), where, f"cycles {kind}"), cost[kind]
