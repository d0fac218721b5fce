"""The log of accesses as text.

Input: a bus after its calls. Output: lines.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.devices.bus import Bus

_HEAD = "line  access   address     value       register"


def log_lines(bus: Bus) -> Iterator[str]:
    """A head and a line for each access, with its time where the board's clock is known."""
    counted = "cycle" if bus.cycles_of else "instructions"
    yield f"{counted:>12}  {'' if bus.nanoseconds(0) is None else '         ns  '}{_HEAD}"
    for access in bus.accesses:
        name = bus.register_name(access.address)
        after = bus.nanoseconds(access.cycle)
        time = "" if after is None else f"{after:>11.1f}  "
        what = f"{access.kind}{8 * access.size}"
        value = f"{access.value:#0{2 + 2 * access.size}x}"
        yield (
            f"{access.cycle:>12}  {time}{access.line or '':>4}  {what:<7}  {access.address:#010x}  "
            f"{value:<10}  {name}"
        ).rstrip()
