"""What an editor asks the server to show.

Input: the client's `initializationOptions`, or its settings `asmrv32` when they change, as plain
data. Output: `Shown`. What is not known in them is left as it is.
"""

from __future__ import annotations

from typing import Any, NamedTuple

from asm_rv32.editor.hints import PARTS


class Shown(NamedTuple):
    """What stands beside and above the lines."""

    hints: tuple[str, ...] = PARTS
    """Which parts of an inlay hint; none: there are no hints."""
    size: bool = True
    """A lens with the size of each function."""
    run: bool = False
    """A lens that asks the client for its command `asmrv32.run`, which not every client has."""


EVERYTHING = Shown()


def shown(settings: Any, before: Shown = EVERYTHING) -> Shown:
    """What settings ask for; `before` where they say nothing.

        {"inlayHints": {"address": true, "bytes": true, "cycles": false},
         "codeLenses": {"size": true, "run": true}}

    Either is also `false` or `true` for all of it.
    """
    if not isinstance(settings, dict):
        return before
    inner = settings.get("asmrv32")
    if isinstance(inner, dict):
        settings = inner
    hints = _chosen(
        settings.get("inlayHints"), dict.fromkeys(PARTS, False) | dict.fromkeys(before.hints, True)
    )
    lenses = _chosen(settings.get("codeLenses"), {"size": before.size, "run": before.run})
    return Shown(tuple(part for part in PARTS if hints[part]), lenses["size"], lenses["run"])


def _chosen(asked: Any, before: dict[str, bool]) -> dict[str, bool]:
    if isinstance(asked, bool):
        return dict.fromkeys(before, asked)
    if not isinstance(asked, dict):
        return before
    given = {name: value for name, value in asked.items() if isinstance(value, bool)}
    return {name: given.get(name, value) for name, value in before.items()}
