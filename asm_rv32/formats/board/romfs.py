"""ROMFS, MicroPython's read-only file system: built from a directory, listed from an image.

Input: a directory tree and a compiler for its .py files; or an image of any origin.
Output: an image, made by mpremote's own writer; or the tree that an image holds.
Invariants: the directory is only read, and one tree always gives the same image; a wrong image
raises `RomfsError`, in time and memory bounded by its length.
Source: MicroPython 1.29, extmod/vfs_rom.c; mpremote 1.29, mpremote/romfs.py.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path

from asm_rv32.basis.external import external
from asm_rv32.basis.records import Any, NamedTuple

MAGIC = b"\xd2\xcd\x31"
_PADDING, _VERBATIM, _POINTER, _DIRECTORY, _FILE = 1, 2, 3, 4, 5
_MAX_DEPTH = 50
_MAX_UINT = 0xFFFFFFFF
ENTRY_LIMIT = 1 << 18
"""An image has at most so many files and directories together."""
IMAGE_LIMIT = 256 << 20
"""Bytes of an image that is built: more than a board has, and no more than can be listed."""
_TOO_LARGE = f"the image is larger than {IMAGE_LIMIT >> 20} MiB"
_SKIPPED = ("__pycache__",)
"""What CPython leaves beside the sources; no board reads it."""

Compile = Callable[[Path, str], bytes]
"""A .py file and its path within the image → the bytes of its .mpy file."""


class RomfsError(ValueError):
    """An image is wrong, or a tree cannot become one; `offset` is the place in the image."""

    def __init__(self, message: str, offset: int | None = None) -> None:
        super().__init__(message if offset is None else f"{message} (at byte {offset})")
        self.message = message
        self.offset = offset


class File(NamedTuple):
    """A file of an image; its bytes are `image[offset : offset + size]`."""

    name: str
    offset: int
    size: int


class Directory(NamedTuple):
    """A directory of an image; the root has no name."""

    name: str
    entries: tuple[Directory | File, ...]

    @property
    def size(self) -> int:
        """Bytes of all files below it."""
        return sum(entry.size for entry in self.entries)


# ---------------------------------------------------------------- building


def build(root: Path, compile_file: Compile) -> bytes:
    """The image of a directory: each .py as the .mpy that `compile_file` gives, the rest as is.

    A .mpy beside the .py of its name is left out in favour of the freshly compiled one.
    Errors: RomfsError, ToolMissing (mpremote), OSError, and whatever `compile_file` raises.
    """
    writer = external("mpremote.romfs", "mpremote").VfsRomWriter()
    if not root.is_dir():
        raise RomfsError(f"{root} is not a directory")
    _Builder(root, writer, compile_file).add(root, "", 0)
    image: bytes = writer.finalise()
    if len(image) > IMAGE_LIMIT:
        raise RomfsError(f"{root}: {_TOO_LARGE}; leave something out")
    return image


def is_inside(path: str | Path, folder: Path) -> bool:
    """True for what lies in a folder, wherever links on the way to it lead."""
    real, within = os.path.realpath(path), os.path.realpath(folder)
    return os.path.commonpath((real, within)) == within


class _Builder:
    """An image that is written, and what there is room for."""

    def __init__(self, root: Path, writer: Any, compile_file: Compile) -> None:
        self.root = root
        self.writer = writer
        self.compile_file = compile_file
        self.entries = 0
        self.room = IMAGE_LIMIT

    def add(self, directory: Path, prefix: str, depth: int) -> None:
        """All that is in a directory, which is `prefix` within the image."""
        if depth > _MAX_DEPTH:
            raise RomfsError(f"{directory}: directories are nested more than {_MAX_DEPTH} deep")
        for path in sorted(directory.iterdir(), key=lambda path: path.name):
            name, inner = path.name, f"{prefix}{path.name}"
            self._check(path)
            if path.is_dir():
                if name not in _SKIPPED:
                    self.writer.opendir(name)
                    self.add(path, f"{inner}/", depth + 1)
                    self.writer.closedir()
            elif not path.is_file():
                raise RomfsError(f"{path} is neither a file nor a directory")
            elif path.suffix == ".py":
                self._file(path, f"{path.stem}.mpy", self.compile_file(path, inner))
            elif not (path.suffix == ".mpy" and path.with_suffix(".py").is_file()):
                with open(path, "rb") as file:
                    self._file(path, name, file.read(self.room + 1))

    def _check(self, path: Path) -> None:
        if not path.name.isascii():
            raise RomfsError(f"{path}: mpremote writes ASCII names only; rename it")
        if path.is_symlink() and not is_inside(path, self.root):
            # An image is given away: what a link took into it from elsewhere would be, too.
            target = os.path.realpath(path)
            raise RomfsError(f"{path} leads out of {self.root}, to {target}; put a copy there")
        self.entries += 1
        if self.entries > ENTRY_LIMIT:
            raise RomfsError(f"{path}: more than {ENTRY_LIMIT} files and directories")

    def _file(self, path: Path, name: str, data: bytes) -> None:
        self.room -= len(data)
        if self.room < 0:
            raise RomfsError(f"{path}: with it, {_TOO_LARGE}; leave it out")
        self.writer.mkfile(name, data)


def deploy(image: Path, device: str | None = None) -> int:
    """Have mpremote write an image file to a board's ROMFS; return mpremote's exit status.

    `device` is what mpremote's `connect` takes; None lets it find the board. mpremote is not looked
    for in the current directory; its output goes to the terminal. Errors: RomfsError for a name
    that mpremote takes for a directory.
    """
    import subprocess
    import sys

    external("mpremote", "mpremote")
    if image.suffix not in (".romfs", ".img"):
        raise RomfsError(f"{image}: mpremote deploys files named *.romfs or *.img")
    connect = [] if device is None else ["connect", device]
    command = [sys.executable, "-P", "-m", "mpremote", *connect, "romfs", "deploy", str(image)]
    return subprocess.run(command, check=False).returncode


# ---------------------------------------------------------------- reading


def read(image: bytes) -> Directory:
    """The tree of an image. Bytes behind its end are allowed: a partition is larger."""
    if image[:3] != MAGIC:
        raise RomfsError("not a ROMFS image: it does not start with d2 cd 31", 0)
    size, start = _uint(image, 3, len(image))
    if start + size > len(image):
        left = len(image) - start
        raise RomfsError(f"truncated: the image announces {size} bytes, {left} are there", 3)
    return Directory("", _Reader(image, start, start + size).entries(start, start + size, 0))


class _Reader:
    """An image whose payload, with all that pointers point to, lies between `base` and `top`."""

    def __init__(self, image: bytes, base: int, top: int) -> None:
        self.image = image
        self.base = base
        self.top = top
        self.count = 0

    def entries(self, at: int, end: int, depth: int) -> tuple[Directory | File, ...]:
        """The entries of a directory whose records stand at `at`..`end`."""
        if depth > _MAX_DEPTH:
            raise RomfsError(f"corrupt: directories are nested more than {_MAX_DEPTH} deep", at)
        image = self.image
        found: list[Directory | File] = []
        while at < end:
            kind, start, at = _record(image, at, end)
            if kind not in (_DIRECTORY, _FILE):
                continue
            self.count += 1
            if self.count > ENTRY_LIMIT:
                raise RomfsError(f"more than {ENTRY_LIMIT} files and directories", start)
            name, inner = _name(image, start, at)
            if kind == _DIRECTORY:
                found.append(Directory(name, self.entries(inner, at, depth + 1)))
            else:
                found.append(File(name, *_contents(image, inner, at, self.base, self.top)))
        return tuple(found)


def _record(image: bytes, at: int, end: int) -> tuple[int, int, int]:
    """A record's kind, the start of its payload and its end; kind 0 marks corruption."""
    kind, start = _uint(image, at, end)
    if kind == 0:
        raise RomfsError("corrupt: a record of kind 0", at)
    size, start = _uint(image, start, end)
    if size > end - start:
        raise RomfsError(f"corrupt: a record of {size} bytes where {end - start} are left", at)
    return kind, start, start + size


def _name(image: bytes, at: int, end: int) -> tuple[str, int]:
    size, start = _uint(image, at, end)
    if size > end - start:
        raise RomfsError(f"corrupt: a name of {size} bytes where {end - start} are left", at)
    try:
        return image[start : start + size].decode(), start + size
    except UnicodeDecodeError:
        raise RomfsError("corrupt: a name is not UTF-8", start) from None


def _contents(image: bytes, at: int, end: int, base: int, top: int) -> tuple[int, int]:
    """Offset and size of a file's bytes: the first data record of the file counts."""
    while at < end:
        kind, start, after = _record(image, at, end)
        if kind == _VERBATIM:
            return start, after - start
        if kind == _POINTER:
            size, next_at = _uint(image, start, after)
            offset, _ = _uint(image, next_at, after)
            if size > top - base or offset > top - base - size:
                raise RomfsError("corrupt: a file's data lies outside the image", at)
            return base + offset, size
        at = after
    raise RomfsError("corrupt: a file without data", end)


def _uint(image: bytes, at: int, end: int) -> tuple[int, int]:
    """A number of seven bits a byte, the highest first, and where it ends."""
    start, value = at, 0
    while at < end:
        value = value << 7 | image[at] & 0x7F
        if value > _MAX_UINT:
            raise RomfsError("corrupt: a number exceeds 32 bits", start)
        at += 1
        if not image[at - 1] & 0x80:
            return value, at
    raise RomfsError("truncated: a number runs into the end", start)


def listing(root: Directory, total: int) -> str:
    """The tree as text, a line an entry: size in bytes, indented name; `total`: of the image."""
    lines = [f"{total:9d}  /"]
    lines += (f"{size:9d}  {'  ' * depth}{name}" for depth, name, size in _lines(root, 1))
    return "\n".join(lines)


def _lines(directory: Directory, depth: int) -> Iterator[tuple[int, str, int]]:
    for entry in directory.entries:
        # A hostile name must not reach a terminal as control characters.
        name = entry.name
        if not name.isprintable():
            name = name.encode("unicode_escape").decode()
        if isinstance(entry, Directory):
            yield depth, f"{name}/", entry.size
            yield from _lines(entry, depth + 1)
        else:
            yield depth, name, entry.size
