"""The files that a GNU source names, and those that it includes in the places where it does.

Input: the text of a source. Output: the text with them, and with a preprocessor's markers of what
comes from where; the bytes of others.
Invariants: no file is read that lies elsewhere than `Files` says. How deep they go and how long
they are is bounded; what cannot be read stays as it is written, and is refused where it is carried
out.
Source: Using as, 7.46 (.incbin), 7.47 (.include) and 2.5 (-I).
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
"""Bytes of all of them."""
_INCLUDE = re.compile(r'\s*\.include\s+"([^"\n]+)"', re.IGNORECASE)


class Files:
    """What a source may read: files below its folder, below those that are given, or below the
    current one. Their names are relative, to the file that names them or to one of these folders.
    """

    def __init__(self, path: str, folders: Sequence[str]) -> None:
        """`path`: of the source, as markers call it."""
        self.path = path
        self.folders = [*folders, os.curdir]
        self.size = 0

    def read(self, name: str, beside: str = "") -> tuple[str, bytes] | None:
        """The path and the bytes of a file that one `beside` it names; None where it cannot be
        had."""
        if os.path.isabs(name):
            return None
        for folder in (os.path.dirname(beside or self.path), *self.folders):
            where = os.path.join(folder, name)
            try:
                if not os.path.isfile(where) or not self.is_within(where):
                    continue
                if self.size + os.path.getsize(where) > SIZE_LIMIT:
                    continue
                with open(where, "rb") as file:
                    content = file.read()
            except (OSError, ValueError):
                continue
            self.size += len(content)
            return where, content
        return None

    def is_within(self, path: str) -> bool:
        """Whether a file lies below one of the folders, links followed."""
        real = os.path.realpath(path)
        roots = (os.path.realpath(each or os.curdir) for each in
                 (os.path.dirname(self.path), *self.folders))  # fmt: skip
        return any(real.startswith(os.path.join(root, "")) for root in roots)


def spliced(text: str, files: Files) -> str:
    """The text of a source with the files that it includes."""
    if WORD not in text.lower():
        return text
    return "\n".join([_marker(1, files.path), *_lines(text, files.path, files, 0)])


def _lines(text: str, path: str, files: Files, depth: int) -> Iterator[str]:
    """The lines of a text, with those of others in their places."""
    name, number = path, 0
    for line in text.split("\n"):
        number += 1
        if marker := MARKER.match(line):
            name, number = marker[2], int(marker[1][:9]) - 1
        found = _INCLUDE.match(line)
        inner = files.read(found[1], path) if found and depth < DEPTH_LIMIT else None
        if found is None or inner is None:
            yield line
            continue
        where, content = inner
        yield _marker(1, where)
        included = content.decode(errors="replace").replace("\r\n", "\n")
        yield from _lines(included, where, files, depth + 1)
        yield _marker(number, name)
        # What stands behind the file's name keeps its place.
        yield " " * found.end() + line[found.end() :]


def _marker(line: int, path: str) -> str:
    quoted = path.replace("\\", "\\\\").replace('"', '\\"')
    return f'# {line} "{quoted}"'
