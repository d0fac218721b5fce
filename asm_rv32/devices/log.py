"""The log of accesses as text.

Input: a bus after its calls. Output: lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.devices.blocks import Block
from asm_rv32.devices.bus import Bus


def log_lines(bus: Bus, core: str | None) -> Iterator[str]:
    """A head and a line for each access; `core`: whose cycles they are, None where instructions."""
    counted = "cycle" if core else "instructions"
    yield f"{counted:>12}  line  access   address     value       register"
    for access in bus.accesses:
        name = register_name(bus, access.address)
        what = f"{access.kind}{8 * access.size}"
        value = f"{access.value:#0{2 + 2 * access.size}x}"
        yield (
            f"{access.cycle:>12}  {access.line or '':>4}  {what:<7}  {access.address:#010x}  "
            f"{value:<10}  {name}"
        ).rstrip()


def register_name(bus: Bus, address: int) -> str:
    """What is at an address: a register, else the device."""
    device = bus.device_at(address)
    block: Block | None = getattr(device, "block", None)
    register = block.register_at(address - device.base) if block is not None else None
    return register.name if register is not None else device.name
