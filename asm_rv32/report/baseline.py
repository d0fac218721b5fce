"""Limits that make a report fail: a number of cycles, or an earlier report.

Input: a document, and a limit or an earlier document. Output: what is too slow, a text each.
Invariant: only the function itself is held to limits, not what it is compared with.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from asm_rv32.report.document import OURS, SCHEMA, Document

Key = tuple[str, str, int]
"""A call's text, a core's name, a placement."""


class BaselineError(ValueError):
    """A file that is no report."""


def read(data: bytes) -> Document:
    """The report that a file holds. Raises BaselineError."""
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise BaselineError(f"no JSON: {error}") from None
    if not isinstance(found, dict) or found.get("schema") != SCHEMA:
        raise BaselineError(f"no report: its schema is not {SCHEMA!r}; write one with -f json")
    try:
        for key, cold, warm in _costs(found):
            if tuple(map(type, key)) != (str, str, int):
                raise TypeError("a call, a core and a placement that are none")
            if type(cold) is not int or type(warm) is not int:
                raise TypeError("cycles that are no whole numbers")
    except (KeyError, TypeError, AttributeError) as error:
        raise BaselineError(f"damaged: {error}") from None
    return found


def over_limit(found: Document, limit: int) -> list[str]:
    """The warm calls that take more than `limit` cycles."""
    return [
        f"{_place(key)}: {warm} cycles, more than {limit}"
        for key, _, warm in _costs(found)
        if warm > limit
    ]


def over_baseline(found: Document, baseline: Document) -> list[str]:
    """The calls that take more cycles, cold or warm, than in the baseline, or are not in it."""
    before = {key: (cold, warm) for key, cold, warm in _costs(baseline)}
    if found["wait_states"] != baseline.get("wait_states"):
        return ["the baseline was made with other wait states"]
    wrong = []
    for key, cold, warm in _costs(found):
        if key not in before:
            wrong.append(f"{_place(key)}: not in the baseline")
            continue
        for kind, now, then in zip(("cold", "warm"), (cold, warm), before[key]):
            if now > then:
                wrong.append(f"{_place(key)}: {now} cycles {kind}, {then} in the baseline")
    return wrong


def _costs(found: Document) -> Iterator[tuple[Key, Any, Any]]:
    for call in found["calls"]:
        for variant in call["variants"]:
            if variant["name"] == OURS:
                for cost in variant["costs"]:
                    key = call["call"], cost["core"], variant["placement"]
                    yield key, cost["cold"], cost["warm"]


def _place(key: Key) -> str:
    call, core, placement = key
    shown = call if len(call) <= 60 else call[:57] + "..."
    return f"{shown} on {core} at {placement} modulo 4"
