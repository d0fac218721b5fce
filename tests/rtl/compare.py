"""A model's prices against the trace of the RTL that ran the same program."""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.devices import Access, Device
from asm_rv32.timing import load_core, price_program
from asm_rv32.timing.clocked import run_program
from asm_rv32.timing.code import Code
from rtl.device_programs import DEVICE, SIZE
from rtl.programs import ENTRY, STOP_STORE
from rtl.simulators import Request

_PLAIN = ("alu", "alu_imm")
_MEMORY = 128 << 10


def compare(
    core: str, image: bytes, trace: Sequence[tuple[int, int]], *, every: bool
) -> tuple[int, list[str]]:
    """Instructions compared, and what differs.

    With `every`, each instruction's cycles must be those between it and the one before it in
    the trace. Without, the totals from one pair of adjacent plain ALU instructions to the next
    must agree: where a trace shows a jump's refill is a matter of the pipeline stage it watches.
    """
    memory = image.ljust(_MEMORY, b"\0")
    priced = list(price_program(memory, ENTRY, core=core, stop_store=STOP_STORE))
    trace = trace[: len(priced)]
    if [pc for _, pc in trace] != [pc for pc, _ in priced]:
        return len(priced), ["the RTL took another path"]
    model = load_core(core)
    code = Code(lambda at: int.from_bytes(memory[at : at + 2], "little"))

    def plain(pc: int) -> bool:
        return model.class_of(code.at(pc).name) in _PLAIN

    errors = []
    since, expected = 0, 0
    for index in range(1, len(trace)):
        before, (cycle, pc) = trace[index - 1][1], trace[index]
        expected += priced[index][1]
        adjacent = before + code.at(before).size == pc
        if every or (adjacent and plain(before) and plain(pc)):
            taken = cycle - trace[since][0]
            if taken != expected:
                start = trace[since][1]
                errors.append(f"{start:#x} to {pc:#x}: RTL {taken} cycles, model {expected}")
            since, expected = index, 0
    return len(priced), errors


class CycleCounter(Device):
    """As the testbench's: each word of it is the number of the cycle, from `origin`."""

    origin = 0

    def read(self, offset: int, size: int) -> int:
        return self.now + self.origin >> 8 * (offset & 3)


def accesses(core: str, image: bytes, origin: int) -> list[Access]:
    """The accesses of the device in a program's run on the model; `origin`: its first cycle."""
    device = CycleCounter(DEVICE, SIZE)
    device.origin = origin
    return run_program(
        image.ljust(_MEMORY, b"\0"), ENTRY, core=core, stop_store=STOP_STORE, devices=[device]
    ).accesses


def compare_requests(
    core: str, image: bytes, origin: int, found: Sequence[Request]
) -> tuple[int, list[str]]:
    """Accesses compared, and what differs: the cycle, the bytes, what is stored."""
    ours = accesses(core, image, origin)
    errors = [] if len(ours) == len(found) else [f"{len(found)} in the RTL, {len(ours)} here"]
    for mine, its in zip(ours, found):
        lane = mine.address & 3
        is_store = mine.kind == "store"
        expected = Request(
            mine.cycle + origin,
            mine.address & -4,
            ((1 << mine.size) - 1 << lane) if is_store else 0,
            (its.word & ~((1 << 8 * mine.size) - 1 << 8 * lane)) | mine.value << 8 * lane
            if is_store else its.word,
        )  # fmt: skip
        if expected != its:
            errors.append(f"RTL {its}, model {mine}")
    return len(ours), errors
