"""Devices as a command line names them.

Input: `KIND@WHERE`, as `gpio@esp32c3`, `uart@0x10000000` or `recorder@0x60004000+0x1000`, and
behind a colon what it answers.
Output: a `Device`; ValueError with what can be written.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from asm_rv32.boards import Block
from asm_rv32.devices.blocks import block_of
from asm_rv32.devices.device import Device, Ram, Recorder, Scripted
from asm_rv32.devices.gpio import Gpio
from asm_rv32.devices.timer import Timer
from asm_rv32.devices.uart import Uart

FORMS = (
    "gpio@BLOCK, uart@BLOCK, timer@BLOCK (BLOCK: a name as esp32c3 or rp2350-uart0, an address, "
    "or with --board the name alone; gpio by itself: its first), "
    "gpio@BLOCK:PIN=LEVEL/LEVEL@CYCLE...,PIN=... (what drives pins from outside), "
    "recorder@ADDRESS+SIZE, ram@ADDRESS+SIZE, "
    "scripted@ADDRESS+SIZE:OFFSET=VALUE/VALUE...,OFFSET=..."
)
_NUMBER = r"0[xX][0-9a-fA-F]{1,8}|[0-9]{1,10}"
_STRETCH = re.compile(rf"({_NUMBER})\+({_NUMBER})")
_SCRIPT = re.compile(rf"({_NUMBER})=((?:{_NUMBER})(?:/(?:{_NUMBER}))*)")
_EDGES = re.compile(rf"({_NUMBER})=([01])((?:/[01]@(?:{_NUMBER}))*)")
_BLOCKS: dict[str, Callable[[Block], Device]] = {"gpio": Gpio, "uart": Uart, "timer": Timer}
_STRETCHES: dict[str, type[Device]] = {"recorder": Recorder, "ram": Ram}


def device_of(text: str, board: str | None = None) -> Device:
    """The device that a text names; `board`: the one that is chosen, whose blocks have short names.
    Raises ValueError."""
    head, _, script = text.partition(":")
    kind, at, where = head.partition("@")
    if script and kind not in ("scripted", "gpio"):
        raise ValueError(f"device {text!r}: only `scripted` and `gpio` take values; write {FORMS}")
    if kind in _BLOCKS and (at or board):
        place = int(where, 0) if re.fullmatch(_NUMBER, where) else where
        block = block_of(kind, place, board)
        return Gpio(block, inputs=_inputs(text, script)) if script else _BLOCKS[kind](block)
    stretch = _STRETCH.fullmatch(where)
    if stretch is None or kind not in (*_STRETCHES, "scripted"):
        raise ValueError(f"device {text!r}: write {FORMS}")
    base, size = int(stretch[1], 0), int(stretch[2], 0)
    if kind == "scripted":
        return Scripted(base, size, _reads(text, script))
    return _STRETCHES[kind](base, size)


def _inputs(text: str, script: str) -> dict[int, list[tuple[int, int]]]:
    found = {}
    for part in script.split(","):
        edges = _EDGES.fullmatch(part)
        if edges is None:
            raise ValueError(f"device {text!r}: {part!r} is no PIN=LEVEL/LEVEL@CYCLE...")
        pairs = [each.split("@") for each in edges[3].split("/")[1:]]
        found[int(edges[1], 0)] = [
            (0, int(edges[2])), *((int(cycle, 0), int(level)) for level, cycle in pairs)
        ]  # fmt: skip
    return found


def _reads(text: str, script: str) -> dict[int, list[int]]:
    found = {}
    for part in script.split(",") if script else ():
        values = _SCRIPT.fullmatch(part)
        if values is None:
            raise ValueError(f"device {text!r}: {part!r} is no OFFSET=VALUE/VALUE...")
        found[int(values[1], 0)] = [int(value, 0) for value in values[2].split("/")]
    return found
