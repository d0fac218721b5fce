"""The members of an archive, as `ar` makes them.

Input: the bytes of a file. Output: its members with their names.
Invariant: an archive that is damaged raises `ArchiveError`; a member's bytes are taken once.
Source: System V ABI, "Archive File"; GNU binutils for names longer than 15 characters.
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple

MAGIC = b"!<arch>\n"
_THIN = b"!<thin>\n"
_HEADER = 60
_END = b"`\n"
_INDEXES = ("/", "/SYM64/", "__.SYMDEF")
"""Names of the tables of symbols."""


class ArchiveError(ValueError):
    """The file is no archive, or a damaged one."""


class Member(NamedTuple):
    """A file in an archive."""

    name: str
    data: bytes


def members(data: bytes) -> list[Member]:
    """The members in their order, without tables. Raises ArchiveError."""
    if data[: len(_THIN)] == _THIN:
        raise ArchiveError("a thin archive: it names its members' files, and does not hold them")
    if data[: len(MAGIC)] != MAGIC:
        raise ArchiveError("not an archive")
    found: list[Member] = []
    long_names = b""
    at = len(MAGIC)
    while at < len(data):
        header = data[at : at + _HEADER]
        size = _number(header[48:58])
        if len(header) < _HEADER or header[58:] != _END or size is None:
            raise ArchiveError("a damaged archive: a member's header has no sense")
        at += _HEADER
        if at + size > len(data):
            raise ArchiveError("a damaged archive: a member ends behind the file")
        content = data[at : at + size]
        name = header[:16].decode("utf-8", "replace").rstrip()
        at += size + size % 2
        if name == "//":
            long_names = content
        elif name not in _INDEXES:
            found.append(Member(_name(name, long_names), content))
    return found


def _number(digits: bytes) -> int | None:
    text = digits.strip()
    return int(text) if text.isdigit() else None


def _name(name: str, long_names: bytes) -> str:
    if name[:1] == "/" and name[1:].isdecimal():
        start = int(name[1:])
        end = long_names.find(b"\n", start)
        raw = long_names[start : end if end >= 0 else len(long_names)][:255]
        name = raw.decode("utf-8", "replace")
    return name.rstrip("/")
