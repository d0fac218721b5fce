"""What commands read and print, and how files come and go. No other module prints.

Input: paths and texts of a command. Output: standard output, standard error, files.
Invariants: an output file is replaced whole or not at all, and no file that the command read is;
a mistake of the user becomes a message and an exit status, never a traceback.
"""

from __future__ import annotations

import os
import stat
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Iterable

from asm_rv32.basis.diagnostics import (
    DIAGNOSTIC_LIMIT,
    Diagnostic,
    Finding,
    Source,
    harmless,
    in_order,
)
from asm_rv32.basis.files import replace
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.formats.file_kinds import SOURCE, FileKind, refusal

if TYPE_CHECKING:
    from contextlib import AbstractContextManager

DONE, WRONG, USAGE = 0, 1, 2
"""Exit statuses: done; the input is wrong or a check failed; wrong usage or a missing tool."""
ERROR_FORMATS = ("text", "json", "sarif", "github")
INPUT_LIMIT = 256 << 20
"""Bytes; a larger input is refused, so that a device file cannot fill the memory."""
STANDARD = "-"
_COLOURS = {"error": "31;1", "warning": "33;1", "note": "36;1"}


class CommandError(Exception):
    """Ends a command with a message and an exit status."""

    def __init__(self, message: str, status: int = WRONG, code: str = "command") -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.code = code


class Console:
    """Where a command's texts and files go."""

    def __init__(self, error_format: str = "text") -> None:
        """`error_format` is one of ERROR_FORMATS."""
        self._format = error_format
        self._findings: list[Finding] = []
        """What a format that is one document holds in the end."""
        self._inputs: set[str | tuple[int, int]] = set()
        """The files that were read: each by its real path, and by device and inode."""
        for stream in (sys.stdout, sys.stderr):
            if stream is not None and hasattr(stream, "reconfigure"):
                # A terminal that lacks a character gets its number, not a UnicodeEncodeError.
                stream.reconfigure(errors="backslashreplace")

    # ---- texts

    def print(self, text: str, *, styled: bool = False) -> None:
        """A line, or several, of the command's result; `styled` where it holds colours of ours."""
        if sys.stdout is None:
            raise CommandError("standard output is closed")
        text = text if styled else harmless(text)
        sys.stdout.write(text if text.endswith("\n") else text + "\n")

    def error(self, text: str, severity: str = "note", code: str = "command") -> None:
        """A line for the user, beside the result, that concerns no place in a file."""
        self.find({"severity": severity, "code": code, "message": text, "notes": []}, text)

    def find(self, finding: Finding, text: str) -> None:
        """A finding on standard error, in the format that was asked for; `text` is it in words."""
        if self._format == "text":
            self._write(harmless(text))
        elif self._format == "sarif":
            self._findings.append(finding)
        else:
            from asm_rv32.commands.findings import github, json_line

            self._write(json_line(finding) if self._format == "json" else harmless(github(finding)))

    def report(self, diagnostics: Iterable[Diagnostic], source: Source) -> None:
        """Diagnostics in source order, at most DIAGNOSTIC_LIMIT."""
        ordered = in_order(diagnostics)
        for diagnostic in ordered[:DIAGNOSTIC_LIMIT]:
            if self._format == "text":
                self._write(self._coloured(diagnostic.render(source), diagnostic))
            else:
                self.find(diagnostic.as_dict(source), "")
        if len(ordered) > DIAGNOSTIC_LIMIT:
            self.error(f"{source.path}: {len(ordered) - DIAGNOSTIC_LIMIT} more not shown")

    def fail(self, error: CommandError, command: str) -> int:
        """Show the error that ended a command; its exit status."""
        finding = {"severity": "error", "code": error.code, "message": error.message, "notes": []}
        self.find(finding, f"{command}: error: {error.message}")
        return error.status

    def close(self) -> None:
        """Write what is one document; to be called when all is found."""
        if self._format == "sarif":
            from asm_rv32.commands.findings import sarif

            self._write(sarif(self._findings))

    def _write(self, text: str) -> None:
        if sys.stderr is not None:
            sys.stderr.write(text + "\n")

    def _coloured(self, text: str, diagnostic: Diagnostic) -> str:
        if not in_colour(sys.stderr):
            return text
        mark = f"{diagnostic.severity}[{diagnostic.code}]:"
        return text.replace(mark, f"\x1b[{_COLOURS[diagnostic.severity]}m{mark}\x1b[0m", 1)

    # ---- files

    def read(self, path: str) -> bytes:
        """All bytes of a file; `-` is standard input."""
        try:
            self.took("/dev/stdin" if path == STANDARD else path)
            if path == STANDARD:
                if sys.stdin is None:
                    raise CommandError("standard input is closed")
                data = sys.stdin.buffer.read(INPUT_LIMIT + 1)
            else:
                with open(path, "rb") as file:
                    data = file.read(INPUT_LIMIT + 1)
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot read {path}: {_reason(error)}", code="file") from None
        if len(data) > INPUT_LIMIT:
            raise CommandError(f"{path} is larger than {INPUT_LIMIT >> 20} MiB", code="too-large")
        return data

    def require(self, path: str, data: bytes, *wanted: FileKind) -> None:
        """Raise CommandError where a file that was read is plainly of none of these kinds."""
        why = refusal(path, data, *wanted)
        if why is not None:
            raise CommandError(why, USAGE, "file-kind")

    def read_source(self, path: str, kind: FileKind = SOURCE) -> Source:
        """The text of a source file, as `as_source` reads it."""
        return self.as_source(path, self.read(path), kind)

    def as_source(self, path: str, data: bytes, kind: FileKind = SOURCE) -> Source:
        """The text that these bytes of a file are. Reports what is not UTF-8 with its place, and
        what is plainly of another kind."""
        from asm_rv32.basis.diagnostics import AssemblyError, Span

        self.require(path, data, kind)
        shown = "<stdin>" if path == STANDARD else path
        data = data.removeprefix(BOM_UTF8)
        try:
            text = data.decode()
        except UnicodeDecodeError as error:
            good = data[: error.start].decode("utf-8", "replace")
            source = Source(shown, good + data[error.start :].decode("utf-8", "replace"))
            message = f"byte {data[error.start]:#04x} is no UTF-8: {error.reason}"
            note = "help: save the file as UTF-8"
            span = Span(len(good), len(good) + 1)
            raise AssemblyError([Diagnostic("encoding", message, span, (note,))], source) from None
        return Source(shown, text)

    def write(self, path: str, data: bytes) -> None:
        """Replace a file by these bytes, whole or not at all; `-` is standard output."""
        if path == STANDARD:
            if sys.stdout is None:
                raise CommandError("standard output is closed")
            sys.stdout.flush()
            sys.stdout.buffer.write(data)
            sys.stdout.buffer.flush()
            return
        if self._is_input(path):
            message = f"{path} is one of the files that were read; choose another output"
            raise CommandError(message, USAGE)
        _replace(path, data)

    def rewrite(self, path: str, before: bytes, source: Source) -> None:
        """Put a source into the file that was read as `before`, with a byte order mark where there
        was one; unless it holds something else by now."""
        if self.read(path) != before:
            message = f"{path} has changed since it was read, and is left so; start again"
            raise CommandError(message, code="file")
        mark = BOM_UTF8 if before.startswith(BOM_UTF8) else b""
        _replace(path, mark + source.text.encode("utf-8"))

    def took(self, path: str) -> None:
        """Note a file that is read, also one that only a tool reads: it is not written over."""
        found = _identity(path)
        if found is not None:
            self._inputs |= {found, os.path.realpath(path)}

    def _is_input(self, path: str) -> bool:
        # By its path, too: an editor may have put another file there meanwhile.
        found = _identity(path)
        return found is not None and not self._inputs.isdisjoint({found, os.path.realpath(path)})

    # ---- waiting

    def progress(self, doing: str | Callable[[], str]) -> AbstractContextManager[None]:
        """While it lasts, say on standard error what is being done, once that takes long."""
        from asm_rv32.commands.progress import progress

        return progress(doing, self.error if self._format == "text" else None)


def in_colour(stream: object) -> bool:
    """True where the stream is a terminal and the user has not asked for plain text."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def terminal_width() -> int | None:
    """Characters of a line of standard output; None where it is no terminal."""
    if not sys.stdout.isatty():
        return None
    from shutil import get_terminal_size

    return get_terminal_size().columns


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _replace(path: str, data: bytes) -> None:
    try:
        replace(path, data)
    except (OSError, ValueError) as error:
        raise CommandError(f"cannot write {path}: {_reason(error)}", code="file") from None


def _identity(path: str) -> tuple[int, int] | None:
    """Device and inode of a regular file, which two names of it share."""
    try:
        status = os.stat(path)
    except (OSError, ValueError):
        return None
    return (status.st_dev, status.st_ino) if stat.S_ISREG(status.st_mode) else None
