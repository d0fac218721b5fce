"""The files that a GNU source includes, in the places where it does.

Input: the text of a source. Output: the text with them, and with a preprocessor's markers of what
comes from where.
Invariants: only files are read that `.include` names beside the source, in the folders that are
given, or from the current one. How deep they go and how long they are is bounded; what cannot be
read stays as it is written, and is refused where it is carried out.
Source: Using as, 7.47 (.include) and 2.5 (-I).
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Sequence

from asm_rv32.importing.lines import MARKER

WORD = ".include"
DEPTH_LIMIT = 30
"""Files within each other."""
SIZE_LIMIT = 16 << 20
"""Characters of all of them."""
_INCLUDE = re.compile(r'\s*\.include\s+"([^"\n]+)"', re.IGNORECASE)


def spliced(text: str, path: str, folders: Sequence[str]) -> str:
    """The text of a source with the files that it includes; `path` is what markers call it."""
    if WORD not in text.lower():
        return text
    lines = _Splicing(folders).lines(text, path, 0)
    return "\n".join([_marker(1, path), *lines])


class _Splicing:
    def __init__(self, folders: Sequence[str]) -> None:
        self.folders = folders
        self.size = 0

    def lines(self, text: str, path: str, depth: int) -> Iterator[str]:
        """The lines of a text, with those of others in their places."""
        name, number = path, 0
        for line in text.split("\n"):
            number += 1
            if marker := MARKER.match(line):
                name, number = marker[2], int(marker[1][:9]) - 1
            found = _INCLUDE.match(line)
            inner = self.read(found[1], path) if found and depth < DEPTH_LIMIT else None
            if found is None or inner is None:
                yield line
                continue
            where, content = inner
            yield _marker(1, where)
            yield from self.lines(content, where, depth + 1)
            yield _marker(number, name)
            # What stands behind the file's name keeps its place.
            yield " " * found.end() + line[found.end() :]

    def read(self, name: str, path: str) -> tuple[str, str] | None:
        """The path and the text of a file; None where it cannot be had."""
        if os.path.isabs(name):
            return None
        for folder in (os.path.dirname(path), *self.folders, os.curdir):
            where = os.path.join(folder, name)
            try:
                if not os.path.isfile(where) or self.size + os.path.getsize(where) > SIZE_LIMIT:
                    continue
                with open(where, encoding="utf-8", errors="replace") as file:
                    content = file.read()
            except (OSError, ValueError):
                continue
            self.size += len(content)
            return where, content
        return None


def _marker(line: int, path: str) -> str:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'# {line} "{quoted}"'
