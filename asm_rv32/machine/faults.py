"""The faults of a run, in words: what was done, where, what it missed, and what helps.

Input: addresses, sizes and registers. Output: `Fault`s; offsets count from the start of the code.
Invariant: no machine is needed to make one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import System
from asm_rv32.isa.operands import ALL_NAMES, FRM
from asm_rv32.isa.rows import Instruction
from asm_rv32.machine.errors import (
    BREAKPOINT,
    ECALL,
    FETCH,
    ILLEGAL,
    LOAD,
    MISALIGNED_FETCH,
    MISALIGNED_LOAD,
    MISALIGNED_STORE,
    STORE,
    Fault,
)
from asm_rv32.machine.memory import GAP, Region, nearest
from asm_rv32.machine.settings import CSR_READS

if TYPE_CHECKING:
    from asm_rv32.boards import Block, Board
    from asm_rv32.devices import Device


def _access(size: int, is_store: bool) -> str:
    return f"{'store' if is_store else 'load'} of {size} byte{'s' * (size != 1)}"


def outside(
    regions: Sequence[Region], stack: Region, address: int, size: int, is_store: bool, offset: int
) -> Fault:
    """An access that no region holds."""
    near = nearest(regions, address, size)
    if stack.address - GAP <= address < stack.address:
        near = f", below the {stack.size} bytes of the stack"
    message = f"{_access(size, is_store)} at {address:#010x}{near}"
    cause = STORE if is_store else LOAD
    return Fault("wild-access", message, offset, address, cause=cause, value=address)


def endless_poll(device: Device, address: int, offset: int) -> Fault:
    """A loop that loads from a device, and neither that nor anything else changes."""
    message = (
        f"a loop that nothing ends: it loads from {address:#010x}, device {device.name}, which "
        "reads the same from now on, and nothing else changes either"
    )
    help_ = f"help: let the device answer what the loop waits for, as with {device.script}"
    return Fault("endless-poll", message, offset, address, (help_,))


def on_board(fault: Fault, board: str | None) -> Fault:
    """A wild access with what the board, or without one any, has at its address, and which device
    answers there."""
    assert fault.address is not None
    from asm_rv32.boards import load_board  # reads files, for a mistake
    from asm_rv32.devices.blocks import alike

    found = alike(fault.address, board)
    if found:
        titles = " or the ".join(known.title for known, _ in found)
        note = _missing_device(*found[0], titles, fault.address)
    elif board is None:
        return fault
    else:
        known = load_board(board)
        memory = known.memory_at(fault.address)
        note = f"note: nothing is known to answer there on the {known.title}"
        if memory is not None:
            note = f"note: on the {known.title} that is in the {memory.name}"
    return fault._replace(notes=(*fault.notes, note))


def _missing_device(board: Board, block: Block, titles: str, address: int) -> str:
    """How a call finds a device in the place of a block of registers."""
    from asm_rv32.devices.blocks import named

    if block.kind:
        name = next(name for name, each in named(board, block.kind) if each == block)
        made, option = f'{block.kind.title()}("{name}")', f"{block.kind}@{name}"
    else:
        made = f"Recorder({block.base:#x}, {block.size:#x})"
        option = f"recorder@{block.base:#x}+{block.size:#x}"
    return (
        f"help: on the {titles} that is {block.name_at(address)}; call it within `with "
        f"devices({made}):`, or add --device {option}"
    )


def read_only(region: Region, address: int, size: int, offset: int) -> Fault:
    """A store into what may only be read."""
    message = f"{_access(size, True)} at {address:#010x}, into {region.name}, which is read-only"
    return Fault("read-only-store", message, offset, address)


def misaligned(address: int, size: int, is_store: bool, offset: int, core: str | None) -> Fault:
    """An access at an odd address; `core` is the one that traps it, if any was chosen."""
    traps = f": {core} traps" if core else ""
    message = (
        f"{_access(size, is_store)} at {address:#010x}, which is not a multiple of {size}{traps}"
    )
    help_ = "help: load and store single bytes, or let it pass: misaligned=True"
    cause = MISALIGNED_STORE if is_store else MISALIGNED_LOAD
    return Fault("misaligned-access", message, offset, address, (help_,), cause, address)


def misaligned_device(name: str, address: int, size: int, is_store: bool, offset: int) -> Fault:
    """An access at an odd address of a device, which no core may hand on as one."""
    message = f"{_access(size, is_store)} at {address:#010x}, {name}, not a multiple of {size}"
    return Fault("misaligned-access", message, offset, address)


def into_instruction(image: Image, address: int, offset: int) -> Fault:
    """A store into an instruction of a function that has no fence_i."""
    message = f"store at {address:#010x}, into an instruction of {image.name}, which has no fence_i"
    return Fault("read-only-store", message, offset, address)


def into_fixed_data(name: str, address: int, offset: int) -> Fault:
    """A store into data of the program that may only be read."""
    message = f"store at {address:#010x}, into {name}, which is read-only"
    note = "help: a bytearray or an array can be written, and a block with writable=True"
    return Fault("read-only-store", message, offset, address, (note,))


def below_sp(address: int, size: int, is_store: bool, offset: int, sp: int) -> Fault:
    """An access of the stack where nothing is safe."""
    message = (
        f"{_access(size, is_store)} at {address:#010x}, {sp - address} bytes below sp, which an "
        "interrupt may overwrite at any time"
    )
    help_ = "help: move sp down first, addi(sp, sp, -16), and back at the end"
    return Fault("stack-access", message, offset, address, (help_,))


class Unwritten(NamedTuple):
    """A load from the stack of what nothing stored."""

    pc: int
    address: int
    size: int
    missing: int
    """How many of the bytes nothing stored, or only a part of."""


def unwritten(what: str, load: Unwritten, offset: int, line: int | None, stack: Region) -> Fault:
    """A use of what nothing stored, at `offset`; it was loaded in `line`."""
    part = "" if load.missing == load.size else f", {load.missing} of them,"
    message = (
        f"{what} depends on a {_access(load.size, False)}{part} that nothing stored, in line "
        f"{line}, from the stack at {load.address:#010x}, {stack.end - load.address} bytes below "
        "its start"
    )
    help_ = "help: store there first, or load from where it was stored"
    return Fault("unwritten-stack", message, offset, load.address, (help_,))


def data_executed(address: int, offset: int) -> Fault:
    """Execution that comes to data."""
    message = f"execution comes to data, at {address:#010x}"
    help_ = "help: ret() or j(LABEL) in front of the data"
    return Fault("falls-into-data", message, offset, address, (help_,))


def jump_into_instruction(target: int, offset: int, line: int | None) -> Fault:
    """A jump between the halves of an instruction, which stands in `line`."""
    message = f"a jump to {target:#010x}, into the middle of the instruction of line {line}"
    return Fault("wild-jump", message, offset, target)


def odd_target(target: int, offset: int) -> Fault:
    """A jump to where an ISA without C has no instructions."""
    message = f"a jump to {target:#010x}: without C, instructions stand at multiples of 4"
    return Fault(
        "misaligned-instruction", message, offset, target, cause=MISALIGNED_FETCH, value=target
    )


def out_of_the_function(
    regions: Sequence[Region], code: Region, target: int, offset: int | None
) -> Fault:
    """Execution that goes on outside of the code; `offset`: what led there, where it is known."""
    if target == code.end and offset is not None:
        message = "execution runs past the end of the function: a return is missing"
        return Fault("wild-jump", message, offset, target, cause=FETCH, value=target)
    into = next((region for region in regions if region.holds(target, 1)), None)
    place = f", into {into.name}" if into else nearest(regions, target, 1)
    message = f"execution leaves the function for {target:#010x}{place}"
    return Fault("wild-jump", message, offset, target, cause=FETCH, value=target)


def cut_off(code: Region, address: int, offset: int) -> Fault:
    """An instruction of which only the first half lies in memory."""
    message = f"the instruction at {address:#010x} reaches past the end of {code.name}"
    return Fault("wild-jump", message, offset, address, cause=FETCH, value=code.end)


def lopsided(now: int, start: int, offset: int | None) -> Fault:
    """A return with another sp than at the start; `offset`: the last to change it."""
    off = now - start
    message = (
        f"sp is {abs(off)} bytes {'below' if off < 0 else 'above'} where it was at the start when "
        "the function returns; it was last changed here"
    )
    help_ = "help: give back as much as was taken from sp, on every path"
    return Fault("stack-pointer", message, offset, now, (help_,))


def not_restored(
    changed: Sequence[int], now: int, start: int, offset: int | None, handler: bool = False
) -> Fault:
    """A return with other saved registers than at the start; the first is described. `handler`: of
    an interrupt handler, which saves all that it changes."""
    first, *others = (ALL_NAMES[number] for number in changed)
    also = f" (so are {', '.join(others)})" if others else ""
    message = (
        f"{first} belongs to {'what is interrupted' if handler else 'the caller'} and is not "
        f"restored{also}: {now:#010x} at the return, "
        f"{start:#010x} at the start; it was last written here"
    )
    help_ = (
        f"help: save {first} on the stack at the start and restore it before the return, or take "
        "one of t0 to t6 or a0 to a7"
    )
    if handler:
        help_ = f"help: save {first} on the stack at the start and restore it before the mret"
        return Fault("interrupted-register", message, offset, None, (help_,))
    return Fault("saved-register", message, offset, None, (help_,))


_NOT_HERE = {
    "zero_block": "how large the block of a cache is that this clears, the machine has not settled",
    "invalidate_guest_translations": "there is no hypervisor, nor a guest of one",
    "nmi_return": "this returns from a non-maskable interrupt, and there was none",
    "debug_return": "this returns from Debug Mode, and there is no debugger",
}
"""Act → why no machine here has it."""


def refused_instruction(word: int, found: Instruction | None, offset: int) -> Fault:
    """An exception that no access of memory explains, at a word of 2 or 4 bytes and the
    instruction that it is, if it is any."""
    length = 4 if word & 3 == 3 else 2
    shown = word if length == 4 else word & 0xFFFF
    message = f"{shown:#0{2 + 2 * length}x} is no instruction here"
    notes: tuple[str, ...] = ()
    if found and found.effects.reads >> FRM & 1:
        message = f"frm holds no rounding mode, and '{found.row.name}' is to round as it says"
        notes = (
            "help: fsrmi(0) rounds to nearest; or name a mode, as in fadd_s(fa0, fa0, fa1, rne)",
        )
    for each in found.effects.outside if found else ():
        if each.name == "ecall":
            return environment_call(offset)
        if each.name in _NOT_HERE:
            message, notes = _NOT_HERE[each.name], ()
        elif isinstance(each, System) and each.name in CSR_READS:
            csr = each.operands[0].value  # type: ignore[union-attr]
            message = f"CSR {csr:#x} is not one that the machine has, or it is read-only"
            notes = ()
    return Fault("illegal-instruction", message, offset, None, notes, ILLEGAL, shown)


def missing_register(core: str, csr: int, offset: int) -> Fault:
    """An access to a control and status register that the chosen core lacks."""
    from asm_rv32.analysis.lint.csr import missing  # few runs need its tables

    message, notes = missing(core, csr)
    return Fault("illegal-instruction", message, offset, None, notes, ILLEGAL)


def environment_call(offset: int) -> Fault:
    """An ecall."""
    return Fault("environment-call", "ecall: there is no system to call", offset, cause=ECALL)


def breakpoint_(offset: int) -> Fault:
    """An ebreak."""
    return Fault("environment-call", "ebreak: there is no debugger", offset, cause=BREAKPOINT)


def endless_wait(offset: int) -> Fault:
    """A wfi."""
    return Fault("endless-wait", "wfi waits for an interrupt; none comes", offset)


def endless_block(offset: int) -> Fault:
    """A wait for another processor."""
    message = "this waits until another processor goes on or an interrupt comes; none does"
    return Fault("endless-wait", message, offset)


def not_emulated(offset: int) -> Fault:
    """What a meaning leaves to hardware."""
    message = "what this instruction does hangs on hardware that the emulator has not"
    return Fault("not-emulated", message, offset)


def instruction_limit(limit: int, offset: int | None) -> Fault:
    """As many instructions as a call may execute, and no return."""
    message = f"still running after {limit} instructions (max_instructions sets the limit)"
    return Fault("instruction-limit", message, offset)


def time_limit(seconds: int, offset: int | None) -> Fault:
    """As long as a call may take, and no return."""
    message = f"still running after {seconds} seconds (max_seconds sets the limit)"
    return Fault("time-limit", message, offset)


ACT_FAULTS: dict[str, Callable[[int], Fault]] = {
    "ecall": environment_call,
    "ebreak": breakpoint_,
    "wait": endless_wait,
    "block": endless_block,
    "loop": not_emulated,
}
"""One of `meaning.ACTS` that no machine here goes on from → its fault, from its offset."""
