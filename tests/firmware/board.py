"""A MicroPython board in QEMU: files put on it, scripts run on it, what they printed.

Input: scripts, files (path → bytes) and a ROMFS image. Output: the scripts' standard output.
Invariant: every run starts a fresh board and ends within its time, whatever the board does.
"""

from __future__ import annotations

import base64
import os
import re
import selectors
import shutil
import subprocess
import time
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple, Self

from qemu_firmware import INSTALL, FirmwareError

QEMU = "qemu-system-riscv32"
_COMMAND = (QEMU, "-bios", "none", "-cpu", "rv32", "-machine", "virt", "-semihosting", "-display",
            "none")  # fmt: skip
_CHUNK = 768
_FILE_SYSTEM = """
import io, sys, vfs
class Files:
    def __init__(self, files): self.files = files
    def mount(self, readonly, mkfs): pass
    def umount(self): pass
    def stat(self, path):
        path = path.strip("/")
        if path in self.files:
            return (0x8000, 0, 0, 0, 0, 0, len(self.files[path]), 0, 0, 0)
        if path == "" or any(name.startswith(path + "/") for name in self.files):
            return (0x4000, 0, 0, 0, 0, 0, 0, 0, 0, 0)
        raise OSError(2)
    def open(self, path, mode):
        return io.BytesIO(self.files[path.strip("/")])
"""


class BoardError(AssertionError):
    """The script raised an exception on the board; the text is the board's traceback."""


class BoardTimeout(AssertionError):
    """The board did not answer in time; the text holds what it printed until then."""


class Port:
    """A board that keeps running, with its serial port at a pseudo-terminal."""

    def __init__(self, firmware: Path, *options: str) -> None:
        """`options`: more of QEMU's."""
        _require_qemu()
        self.process = subprocess.Popen(
            [*_COMMAND, "-monitor", "none", "-serial", "pty", *options, "-kernel", str(firmware)],
            stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        found = re.search(r"/dev/pts/\d+", line)
        assert found is not None, line
        self.name = found[0]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.process.kill()
        self.process.communicate()


class Board(NamedTuple):
    """Firmware that is started anew for each run."""

    firmware: Path

    def run(
        self,
        *scripts: str,
        files: Mapping[str, bytes] | None = None,
        romfs: bytes | None = None,
        seconds: float = 60,
    ) -> str:
        """Run scripts one after the other and return what they printed, with "\\n" as line end.

        `files` appear under /files, the ROMFS image under /rom2; both are on sys.path, and
        the image's bytes are the scripts' `image`. `seconds` bounds the whole run.
        Errors: BoardError, BoardTimeout.
        """
        _require_qemu()
        with subprocess.Popen(
            [*_COMMAND, "-monitor", "null", "-serial", "stdio", "-kernel", str(self.firmware)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            try:
                session = _Session(process, time.monotonic() + seconds)
                session.enter_raw_repl()
                for command_text in _uploads(files or {}, romfs):
                    session.execute(command_text)
                return "".join([session.execute(script) for script in scripts])
            except BrokenPipeError:
                raise BoardTimeout("the board stopped") from None
            finally:
                process.kill()


def _require_qemu() -> None:
    if shutil.which(QEMU) is None:
        raise FirmwareError(f"needs {QEMU}; install with: {INSTALL}")


def _uploads(files: Mapping[str, bytes], romfs: bytes | None) -> list[str]:
    """Commands that build the file systems, each short enough for the board's line buffer."""
    commands = [_FILE_SYSTEM, "import binascii; content = {}"]
    contents = [(repr(path), data) for path, data in files.items()]
    if romfs is not None:
        contents.append(("None", romfs))
    for key, data in contents:
        commands.append("part = bytearray()")
        for at in range(0, len(data), _CHUNK):
            text = base64.b64encode(data[at : at + _CHUNK]).decode()
            commands.append(f"part.extend(binascii.a2b_base64('{text}'))")
        commands.append(f"content[{key}] = bytes(part); del part")
    commands.append("vfs.mount(Files(content), '/files'); sys.path.append('/files')")
    if romfs is not None:
        commands.append("image = content.pop(None)")
        commands.append("vfs.mount(vfs.VfsRom(memoryview(image)), '/rom2')")
        commands.append("sys.path.append('/rom2')")
    return commands


class _Session:
    """The raw REPL of a running board."""

    def __init__(self, process: subprocess.Popen[bytes], deadline: float) -> None:
        assert process.stdin is not None and process.stdout is not None
        self.stdin, self.stdout = process.stdin, process.stdout
        os.set_blocking(self.stdin.fileno(), False)
        self.deadline = deadline
        self.pending = b""

    def enter_raw_repl(self) -> None:
        self.send(b"\r\x01")
        self.read_until(b"raw REPL; CTRL-B to exit\r\n>")

    def execute(self, script: str) -> str:
        self.send(script.encode() + b"\x04")
        self.read_until(b"OK")
        output = self.read_until(b"\x04")
        error = self.read_until(b"\x04>")
        if error:
            raise BoardError(f"{error.decode(errors='replace')}\nafter printing: {output!r}")
        return output.decode().replace("\r\n", "\n")

    def send(self, data: bytes) -> None:
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdin, selectors.EVENT_WRITE)
            while data:
                self.wait(selector)
                data = data[os.write(self.stdin.fileno(), data) :]

    def wait(self, selector: selectors.BaseSelector) -> None:
        if not selector.select(max(0.0, self.deadline - time.monotonic())):
            raise BoardTimeout(f"no answer in time; printed: {self.pending[-500:]!r}")

    def read_until(self, end: bytes) -> bytes:
        with selectors.DefaultSelector() as selector:
            selector.register(self.stdout, selectors.EVENT_READ)
            while end not in self.pending:
                self.wait(selector)
                data = os.read(self.stdout.fileno(), 65536)
                if not data:
                    raise BoardTimeout(f"the board stopped; printed: {self.pending[-500:]!r}")
                self.pending += data
        before, _, self.pending = self.pending.partition(end)
        return before
