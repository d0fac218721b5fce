"""Memory-mapped devices in Python: what assembled code finds at a chip's addresses.

    with devices(Gpio("esp32c3"), core="esp32c3") as log:
        blink(5)
    log.accesses

The names in `__all__` are the interface. Each is loaded when it is first asked for: a call
without devices loads none of them.
"""

from __future__ import annotations

_HOMES = {
    "Access": "bus",
    "Bus": "bus",
    "devices": "bus",
    "Device": "device",
    "Recorder": "device",
    "Ram": "device",
    "Scripted": "device",
    "Edge": "gpio",
    "Gpio": "gpio",
    "Timer": "timer",
    "Uart": "uart",
}
"""Name → the module here that defines it."""

__all__ = [
    "Access",
    "Bus",
    "Device",
    "Edge",
    "Gpio",
    "Ram",
    "Recorder",
    "Scripted",
    "Timer",
    "Uart",
    "devices",
]

# Read by type checkers only.
TYPE_CHECKING = False
if TYPE_CHECKING:
    from asm_rv32.devices.bus import Access, Bus, devices
    from asm_rv32.devices.device import Device, Ram, Recorder, Scripted
    from asm_rv32.devices.gpio import Edge, Gpio
    from asm_rv32.devices.timer import Timer
    from asm_rv32.devices.uart import Uart


def __getattr__(name: str) -> object:
    from importlib import import_module

    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    found: object = getattr(import_module(f"asm_rv32.devices.{_HOMES[name]}"), name)
    globals()[name] = found
    return found


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
