"""The raw REPL of a board's MicroPython, through mpremote: text to execute, and what it prints.

Input: a serial port and Python for the board. Output: what that printed, or a `BoardError` that
says what became of the board.
Invariant: every wait for the board ends at a deadline, whatever the board does.
"""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stdout
from time import monotonic
from typing import Any, NamedTuple, NoReturn, Self

from asm_rv32.basis.external import external

OUTPUT_LIMIT = 64 << 20
"""Bytes that one piece of Python may print."""
SHOWN_LIMIT = 300
"""So many of the last bytes of a board are shown in a message."""
_BAUD = 115_200
_POLL_SECONDS = 0.2
_PROMPTS = (b"\r\n>>> ", b"\r\n>")
_RESETS = (b"rst:0x", b"Guru Meditation", b"raw REPL; CTRL-B to exit", b"MicroPython v")
"""What a board prints when it starts again: ESP32's ROM, its panic handler, MicroPython."""

NO_PORT, SILENT, HUNG, RESET, LOST, MEMORY, REFUSED = KINDS = (
    "no-port", "board-silent", "board-hung", "board-reset", "board-lost", "board-memory",
    "board-refused",
)  # fmt: skip


class BoardError(Exception):
    """A board did not do what was asked; `kind` is one of KINDS, the text says more."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind
        self.message = message


class Bounded:
    """A serial port no wait of which lasts beyond a deadline, and which keeps what was read.

    mpremote itself waits for ever where a board says nothing.
    """

    def __init__(self, serial: Any, seconds: float) -> None:
        self._serial = serial
        self.read_so_far = bytearray()
        self.is_started = False
        """Whether the board is at work for us: then its banner tells that it started again."""
        self.deadline = monotonic() + seconds
        serial.timeout = _POLL_SECONDS
        serial.write_timeout = seconds

    def start(self, seconds: float) -> None:
        """A new step, which may last so long."""
        self.deadline = monotonic() + seconds
        self.read_so_far.clear()

    def _check(self) -> None:
        if monotonic() > self.deadline or len(self.read_so_far) > OUTPUT_LIMIT:
            raise TimeoutError
        printed = self.read_so_far
        if self.is_started and printed.endswith(_PROMPTS) and has_reset(printed):
            raise ConnectionResetError

    def read(self, size: int = 1) -> bytes:
        """So many bytes."""
        found = b""
        while len(found) < size:
            self._check()
            part = self._serial.read(size - len(found))
            self.read_so_far += part
            found += part
        return found

    def inWaiting(self) -> int:
        """How many bytes can be read at once; the name is pyserial's."""
        self._check()
        return int(self._serial.inWaiting())

    def write(self, data: bytes) -> int:
        """Send bytes."""
        self._check()
        return int(self._serial.write(data))

    def __getattr__(self, name: str) -> Any:
        return getattr(self._serial, name)

    def __setattr__(self, name: str, value: Any) -> None:
        if name in ("rts", "dtr"):
            setattr(self._serial, name, value)
        else:
            super().__setattr__(name, value)


def has_reset(printed: bytes | bytearray) -> bool:
    """Whether what a board printed is what it prints as it starts again."""
    return any(each in printed for each in _RESETS)


class Firmware(NamedTuple):
    """What a board says of the firmware that it runs."""

    name: str
    version: tuple[int, ...]
    machine: str
    """As `Raspberry Pi Pico 2 with RP2350-RISCV`."""
    build: str
    """As `RPI_PICO2-RISCV`; empty before MicroPython 1.25."""
    mpy: int
    """`sys.implementation._mpy`; 0 where no .mpy is loaded."""
    inline: bool
    """Whether it has the inline assembler."""

    @property
    def text(self) -> str:
        """The firmware in words."""
        version = ".".join(map(str, self.version[:3]))
        return f"{self.name} {version} on {self.machine}"


_PROBE = """\
import sys
try:
    exec("@micropython.asm_rv32\\ndef f(): pass")
    inline = True
except Exception:
    inline = False
own = sys.implementation
print(repr((own[0], tuple(i for i in own[1] if isinstance(i, int)), getattr(own, "_machine", ""),
    getattr(own, "_build", ""), getattr(own, "_mpy", 0), inline)))
del inline, own
"""


class Session:
    """A board whose raw REPL is open."""

    def __init__(self, port: str, seconds: float) -> None:
        """Open a port, interrupt what runs there and start MicroPython anew, without main.py.

        `seconds` bounds each step. Raises BoardError; ToolMissing without mpremote.
        """
        self.port, self.seconds = port, seconds
        module = external("mpremote.transport_serial", "mpremote")
        errors = external("mpremote.transport", "mpremote")
        self._error, self._refused = errors.TransportError, errors.TransportExecError
        try:
            self._transport = module.SerialTransport(port, baudrate=_BAUD)
        except (self._error, OSError) as error:
            message = f"{port} cannot be opened: {error}; mpremote connect list shows the ports"
            raise BoardError(NO_PORT, message) from None
        self._serial = self._transport.serial = Bounded(self._transport.serial, seconds)
        with self._step("start", SILENT):
            self._transport.enter_raw_repl(soft_reset=True)
        self._serial.is_started = True

    def execute(self, text: str, doing: str) -> str:
        """What Python on the board prints. `doing`: in words, for messages. Raises BoardError."""
        with self._step(doing, HUNG):
            printed, refused = self._transport.exec_raw(text, timeout=None)
        if refused:
            self._refuse(refused.decode("utf-8", "replace").replace("\r\n", "\n"), doing)
        return str(printed.decode("utf-8", "replace").replace("\r\n", "\n"))

    def firmware(self) -> Firmware:
        """What the board runs."""
        import ast

        printed = self.execute(_PROBE, "telling its firmware")
        try:
            return Firmware(*ast.literal_eval(printed.strip()))
        except (ValueError, SyntaxError, TypeError):
            message = f"the board at {self.port} does not tell its firmware, but {printed[:80]!r}"
            raise BoardError(REFUSED, message) from None

    def _refuse(self, traceback: str, doing: str) -> NoReturn:
        last = traceback.strip().rpartition("\n")[2]
        if last.startswith("MemoryError"):
            message = f"the board's memory does not suffice for {doing}: {last}"
            raise BoardError(MEMORY, message)
        raise BoardError(REFUSED, f"the board refuses {doing}: {last}")

    @contextmanager
    def _step(self, doing: str, silent: str) -> Iterator[None]:
        """Something that the board is asked for; what becomes of it, if it fails."""
        self._serial.start(self.seconds)
        try:
            # mpremote prints what it did not expect.
            with redirect_stdout(io.StringIO()):
                yield
        except TimeoutError:
            if has_reset(self._serial.read_so_far) and silent != SILENT:
                self._fail(RESET, doing)
            self._fail(silent, doing)
        except ConnectionResetError:
            self._fail(RESET, doing)
        except OSError as error:  # of pyserial all are
            if "timeout" in str(error).lower():
                self._fail(silent, doing)
            self._fail(LOST, doing)
        except self._error as error:
            message = f"the board at {self.port} answers otherwise than MicroPython: {error}"
            raise BoardError(SILENT, message + self._printed()) from None

    def _fail(self, kind: str, doing: str) -> NoReturn:
        within = f"within {self.seconds:g} s"
        message = {
            SILENT: f"the board at {self.port} answers nothing {within}: does it run MicroPython, "
            "and does nothing else use its port?",
            HUNG: f"the board does not come to an end of {doing} {within}; reset it",
            RESET: f"the board started again during {doing}",
            LOST: f"the board at {self.port} went away during {doing}: it was reset, or unplugged",
        }[kind]
        raise BoardError(kind, message + self._printed()) from None

    def _printed(self) -> str:
        printed = bytes(self._serial.read_so_far)
        if self._serial.is_started:  # what is ahead of the last ^D belongs to the protocol
            printed = printed.rpartition(b"\x04")[2] if b"\x04" in printed else b""
        last = printed[-SHOWN_LIMIT:].decode("utf-8", "replace").strip()
        return f"; it printed: {last!r}" if last else ""

    def close(self) -> None:
        """Give the board back at its prompt."""
        try:
            self._serial.start(1)
            self._transport.exit_raw_repl()
        except (OSError, self._error):
            pass  # it went away, or does not listen; this was said
        try:
            self._transport.close()
        except OSError:
            pass

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()
