"""A trace for a debugger: gdb's remote protocol, forward and back.

Input: packets of a debugger. Output: the answers.
Invariant: what a packet says is bounded and numbers alone; a trace is a record, so what would
change registers or memory is refused.
Source: GDB's manual, appendix "GDB Remote Serial Protocol".
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping

from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.stepping.trace import State, Trace

PACKET = 0x4000
"""Bytes that a packet holds at most, as each side is told."""
BREAKS = 10_000
"""So many breakpoints are kept."""
TRAP, REFUSED, UNKNOWN = "T05", "E01", ""
INTERRUPT = b"\x03"
PC = len(ABI_NAMES)
"""The number that gdb gives pc."""
CSR = 65
"""The number that it gives the control and status register 0 (gdb/riscv-tdep.h)."""
_TARGET = """\
<?xml version="1.0"?><!DOCTYPE target SYSTEM "gdb-target.dtd">
<target version="1.0"><architecture>riscv:rv32</architecture>
<feature name="org.gnu.gdb.riscv.cpu">{registers}</feature>{more}</target>"""
_CSRS = '<feature name="org.gnu.gdb.riscv.csr">{}</feature>'


def target(csrs: Mapping[int, str]) -> str:
    """What registers there are, in gdb's words. `csrs`: the names of those that were named."""
    kinds = {"ra": "code_ptr", "sp": "data_ptr"}
    rows = [
        f'<reg name="{name}" bitsize="32" regnum="{number}" type="{kinds.get(name, "int")}"/>'
        for number, name in enumerate(ABI_NAMES)
    ]
    rows.append(f'<reg name="pc" bitsize="32" regnum="{PC}" type="code_ptr"/>')
    more = [
        f'<reg name="{name}" bitsize="32" regnum="{CSR + number}" type="int"/>'
        for number, name in csrs.items()
    ]
    return _TARGET.format(registers="".join(rows), more=_CSRS.format("".join(more)) if more else "")


class Remote:
    """Answers packets; knows the position and the breakpoints."""

    def __init__(self, trace: Trace, offset: int = 0) -> None:
        """`offset`: where the code is, less where the debugger's file has it."""
        self.trace = trace
        self.state: State = trace.state()
        self._csrs = trace.csrs
        self.offset = offset
        self.breaks: set[int] = set()
        self.is_over = False
        """Whether the debugger has left."""
        self.acknowledges = True
        """Whether each packet is to be acknowledged."""
        self._fixed = {
            "?": TRAP,
            "qSupported": f"PacketSize={PACKET:x};QStartNoAckMode+;swbreak+;hwbreak+;ReverseStep+;"
            "ReverseContinue+;qXfer:features:read+",
            "qAttached": "1",
            "qC": "QC1",
            "qfThreadInfo": "m1",
            "qsThreadInfo": "l",
            "qOffsets": f"Text={offset:x};Data={offset:x};Bss={offset:x}",
        }
        self._by_letter: dict[str, Callable[[str], str]] = {
            "g": lambda rest: "".join(map(self._register, range(PC + 1))),
            "p": lambda rest: self._register(int(rest, 16)),
            "m": self._memory,
            "s": lambda rest: self._go(1, alone=True),
            "c": lambda rest: self._go(1),
            "b": self._back,
            "Z": lambda rest: self._break(rest, self.breaks.add),
            "z": lambda rest: self._break(rest, self.breaks.discard),
            "H": lambda rest: "OK",
            "T": lambda rest: "OK",
            "D": self._leave,
            "k": self._leave,
            **dict.fromkeys("GPMX", lambda rest: REFUSED),
        }

    def answer(self, packet: str) -> str:
        """The answer to a packet; an empty one to what is not known."""
        name = packet.split(":", 1)[0].split(",", 1)[0]
        if name == "QStartNoAckMode":
            self.acknowledges = False
            return "OK"
        if name in self._fixed:
            return self._fixed[name]
        if packet.startswith("qXfer:features:read:target.xml:"):
            names = {number: self.trace.names[at] for number, at in self._csrs.items()}
            return _part(target(names), packet.rpartition(":")[2])
        do = self._by_letter.get(packet[:1])
        if do is None:
            return UNKNOWN
        try:
            return do(packet[1:])
        except (ValueError, LookupError):
            return REFUSED

    def _register(self, number: int) -> str:
        places = {PC: -1, **{CSR + csr: at for csr, at in self._csrs.items()}}
        place = number if 0 <= number < PC else places[number]
        word = self.state.address if place < 0 else self.state.registers[place]
        return word.to_bytes(4, "little").hex()

    def _memory(self, rest: str) -> str:
        address, size = (int(text, 16) for text in rest.split(","))
        return self.state.read(address, min(size, PACKET // 2)).hex()

    def _break(self, rest: str, change: Callable[[int], None]) -> str:
        kind, address, *_ = rest.split(",")
        if kind not in ("0", "1"):
            return UNKNOWN
        if len(self.breaks) >= BREAKS:
            return REFUSED
        change(int(address, 16))
        return "OK"

    def _back(self, rest: str) -> str:
        if rest not in ("s", "c"):
            return UNKNOWN
        return self._go(-1, alone=rest == "s")

    def _go(self, direction: int, alone: bool = False) -> str:
        """On, or back, by one instruction or to a breakpoint; why it stops."""
        trace, position = self.trace, self.state.position
        end = trace.end if direction > 0 else trace.first
        if position == end:
            return f"{TRAP}replaylog:{'end' if direction > 0 else 'begin'};"
        if alone:
            self.state.go(position + direction)
            return TRAP
        found = trace.nearest(self.breaks, position, direction)
        self.state.go(end if found is None else found)
        if found is None:
            return f"{TRAP}replaylog:{'end' if direction > 0 else 'begin'};"
        return f"{TRAP}swbreak:;"

    def _leave(self, rest: str) -> str:
        self.is_over = True
        return "OK"


def _part(text: str, where: str) -> str:
    """Of a longer text the part that is asked for, as `qXfer` gives it."""
    try:
        start, size = (int(each, 16) for each in where.split(","))
    except ValueError:
        return REFUSED
    found = text[start : start + size]
    return ("m" if start + size < len(text) else "l") + found


def serve(remote: Remote, connection: socket.socket) -> None:
    """Answer a debugger until it leaves."""
    waiting = b""
    while not remote.is_over:
        more = connection.recv(PACKET)
        if not more:
            return
        waiting = (waiting + more).replace(INTERRUPT, b"")
        while (found := _first(waiting)) is not None:
            packet, waiting = found
            acknowledged = b"+" * remote.acknowledges
            connection.sendall(acknowledged + _framed(remote.answer(packet)))
        if len(waiting) > 4 * PACKET:
            return


def _first(data: bytes) -> tuple[str, bytes] | None:
    """The first whole packet, and what is behind it."""
    start = data.find(b"$")
    end = data.find(b"#", start + 1)
    if start < 0 or end < 0 or len(data) < end + 3:
        return None
    return data[start + 1 : end].decode("latin-1"), data[end + 3 :]


def _framed(text: str) -> bytes:
    data = text.encode("latin-1")
    return b"$" + data + f"#{sum(data) & 0xFF:02x}".encode()
