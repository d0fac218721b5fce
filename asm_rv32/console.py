"""What commands read and print, and how files come and go. No other module prints.

Input: paths and texts of a command. Output: standard output, standard error, files.
Invariants: an output file is replaced whole or not at all; a mistake of the user becomes a
message and an exit status, never a traceback.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager

from asm_rv32.diagnostics import DIAGNOSTIC_LIMIT, Diagnostic, Source, harmless, in_order
from asm_rv32.findings import Finding, github, json_line, sarif
from asm_rv32.records import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import BinaryIO

DONE, WRONG, USAGE = 0, 1, 2
"""Exit statuses: done; the input is wrong or a check failed; wrong usage or a missing tool."""
INPUT_LIMIT = 256 << 20
"""Bytes; a larger input is refused, so that a device file cannot fill the memory."""
PROGRESS_SECONDS = 2.0
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
        elif self._format == "json":
            self._write(json_line(finding))
        elif self._format == "github":
            self._write(harmless(github(finding)))
        else:
            self._findings.append(finding)

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

    def read_source(self, path: str) -> Source:
        """The text of a source file. Reports bytes that are not UTF-8 with their place."""
        from asm_rv32.diagnostics import AssemblyError, Span

        data = self.read(path)
        shown = "<stdin>" if path == STANDARD else path
        try:
            text = data.decode("utf-8-sig")
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
        try:
            _replace(path, data)
        except (OSError, ValueError) as error:
            raise CommandError(f"cannot write {path}: {_reason(error)}", code="file") from None

    # ---- waiting

    @contextmanager
    def progress(self, doing: str) -> Iterator[None]:
        """While it lasts, say on standard error what is being done, once that takes long."""
        import threading

        if self._format != "text":
            yield
            return
        done = threading.Event()

        def tell() -> None:
            seconds = 0.0
            while not done.wait(PROGRESS_SECONDS):
                seconds += PROGRESS_SECONDS
                self.error(f"{doing}: {seconds:.0f} s")

        thread = threading.Thread(target=tell, daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()


def in_colour(stream: object) -> bool:
    """True where the stream is a terminal and the user has not asked for plain text."""
    if os.environ.get("NO_COLOR") or os.environ.get("TERM") == "dumb":
        return False
    isatty = getattr(stream, "isatty", None)
    return bool(isatty and isatty())


def _reason(error: Exception) -> str:
    return getattr(error, "strerror", None) or str(error)


def _replace(path: str, data: bytes) -> None:
    import stat

    target = os.path.realpath(path)
    mode = 0o666
    try:
        status = os.stat(target)
    except FileNotFoundError:
        pass
    else:
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(0, "Is a directory")
        if not stat.S_ISREG(status.st_mode):
            # A device or a pipe takes bytes; replacing it by a file would be wrong.
            with open(target, "wb") as file:
                file.write(data)
            return
        mode = stat.S_IMODE(status.st_mode)
    unfinished = os.path.join(os.path.dirname(target), f".asmrv32-{os.getpid()}.tmp")
    try:
        with _create(unfinished, mode) as file:
            file.write(data)
        os.replace(unfinished, target)
    except BaseException:
        if os.path.exists(unfinished):
            os.unlink(unfinished)
        raise


def _create(path: str, mode: int) -> BinaryIO:
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode), "wb")
