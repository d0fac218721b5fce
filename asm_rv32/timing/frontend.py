"""Hazard3: instruction fetch stepped cycle by cycle, the pipeline behind it by rules.

In: an instruction, its outcome, the state when the one before it left decode.
Out: what it cost and the state when it leaves decode itself.

The registers stepped are those of the processor: fetch address, two-entry prefetch queue,
three-halfword instruction buffer, one-entry branch target buffer.  Facts: Hazard3
documentation and RTL (github Wren6991/Hazard3, hdl/hazard3_frontend.v and hazard3_core.v).
"""

from __future__ import annotations

from asm_rv32.basis.records import NamedTuple
from asm_rv32.timing.cost import Cost
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError

__all__ = ["FrontendEngine"]

_QUEUE_DEPTH = 2
_BOTH = 3  # both halfwords of a fetched word


class _State(NamedTuple):
    fetch_address: int
    buffer: tuple[bool, ...] = ()  # a halfword each: is it part of a predicted-taken branch
    queue: tuple[tuple[int, int], ...] = ()  # a word each: valid halfwords, predicted halfwords
    pending: int = 0  # fetches asked for and not yet answered
    discard: int = 0  # answers still to come that a jump made useless
    hold: bool = False  # the address phase waits for the bus
    bus: int = 0  # cycles left of the data phase in progress, this one included
    next_valid: int = _BOTH  # halfwords that count of the word whose address is next
    data_valid: int = _BOTH  # and of the word whose data is next
    data_predicted: int = 0
    overhang: bool = False  # the word before held the first half of a predicted branch
    target: tuple[int, int, int] | None = None  # branch target buffer: branch, its size, target
    loaded: int = 0  # register that is written one cycle late
    behind: str = ""  # class of what left in the cycle before, where one after it may have to wait
    refilled: bool = False  # the first cycle without an instruction was charged to the jump


class FrontendEngine:
    """Steps a fetch unit; costs of the pipeline behind it come from the core's table."""

    def __init__(self, core: Core, wait_states: int = 0) -> None:
        self.core = core
        self.wait_states = wait_states
        self._apart = {(before, after): hazard.reason for hazard in core.hazards
                       for before in hazard.producer for after in hazard.consumer}  # fmt: skip
        self._kept = {before for before, _ in self._apart}

    def cold(self, entry: int) -> _State:
        """The state of a core that has just jumped to `entry`, its branch buffer empty."""
        return self._jumped(entry, None)

    def warm(self, state: _State, entry: int) -> _State:
        """The state after `state` when a jump to `entry` has just left decode."""
        return self._jumped(entry, state.target)

    def _jumped(self, entry: int, target: tuple[int, int, int] | None) -> _State:
        return _State(
            fetch_address=(entry & ~3) + 4,
            target=target,
            pending=1,
            bus=self.wait_states + 1,
            data_valid=_BOTH if not entry & 2 else 2,
            refilled=True,
        )

    def step(
        self, state: _State, op: Op, base: int, taken: bool, next_pc: int
    ) -> tuple[Cost, _State]:
        """Let `op` leave decode; `base` is the cycles of its class and operands.

        A branch's `taken` is its condition; `next_pc` is where a jump goes.
        """
        kind = self.core.class_of(op.name)
        busy, halfwords = base, op.size >> 1
        stalled = starved = waited = 0
        why = ""
        s = state
        while True:  # each cycle fetches, waits for what then is there, or is one of `base`
            use, redirect, destination, target = 0, False, 0, s.target
            if len(s.buffer) < halfwords:
                starved += 1
            elif (s.loaded or s.behind) and (reason := self._waits(op, kind, s)):
                stalled += 1
                why = reason
            elif busy > 1:
                busy -= 1
            else:
                redirect, destination, target = _leaving(op, kind, s, taken, next_pc)
                if redirect and s.hold:
                    waited += 1
                else:
                    use = halfwords
            s = self._cycle(s, use, redirect, destination)
            if target is not s.target:
                s = s._replace(target=target)
            if use:
                break
        s = s._replace(
            loaded=op.rd if kind in self.core.late else 0,
            behind=kind if kind in self._kept else "",
            refilled=redirect,
        )
        fetch = starved + waited - (1 if state.refilled and starved else 0)
        cost = Cost.of(
            cycles=base + stalled + starved + waited,
            category=self.core.category_of(kind),
            base=base + (1 if redirect else 0),
            stalls=stalled,
            fetch=fetch,
            waits=stalled + starved + waited,
            reason=_reason(why, fetch, kind == "branch" and redirect, taken),
        )
        return cost, s

    def _waits(self, op: Op, kind: str, s: _State) -> str:
        """Why decode waits: for a register that arrives only at the end of this cycle, or for what
        left in the one before; empty where it does not.

        A store's data is taken one stage later. A CSR number's low bits pass for rs2, and what is
        stored there as an immediate for rs1.
        """
        first = op.rs1 or (op.second if kind == "csr" else 0)
        second = op.imm & 31 if kind == "csr" else op.rs2
        if s.loaded and (first == s.loaded or (second == s.loaded and kind != "store")):
            return "waits for the load before it"
        return self._apart.get((s.behind, kind), "")

    def _cycle(self, s: _State, use: int, redirect: bool, destination: int) -> _State:
        """One clock edge of the fetch unit while decode consumes `use` halfwords."""
        ready = s.bus <= 1  # the bus takes an address
        answered = s.bus == 1
        jumps = redirect and not s.hold
        kept, queue = _moved_on(s, use, answered and not s.discard)
        full = len(s.queue) == _QUEUE_DEPTH or bool(s.queue and s.pending) or s.pending > 1
        asks = s.hold or redirect or not full
        accepted = asks and ready

        address, next_valid = s.fetch_address, s.next_valid
        data_valid, data_predicted, overhang = s.data_valid, s.data_predicted, s.overhang
        if jumps:
            kept, queue = (), ()
            address = (destination & ~3) + (4 if ready else 0)
            arrives = _BOTH if not destination & 2 else 2
            next_valid, data_valid = (_BOTH, arrives) if ready else (arrives, data_valid)
            data_predicted, overhang = 0, False
        elif accepted:
            address, next_valid, data_valid, data_predicted, overhang = _next_fetch(s)

        pending = s.pending + (asks and not s.hold) - answered
        discard = s.discard - (1 if s.discard and answered else 0)
        if jumps:
            discard = s.pending - answered
        bus = s.bus - 1 if s.bus > 1 else (self.wait_states + 1 if accepted else 0)
        return _State(
            fetch_address=address,
            buffer=kept,
            queue=queue,
            pending=pending,
            discard=discard,
            hold=asks and not ready,
            bus=bus,
            next_valid=next_valid,
            data_valid=data_valid,
            data_predicted=data_predicted,
            overhang=overhang,
            target=s.target,
            refilled=s.refilled,
        )


def _moved_on(
    s: _State, use: int, fresh: bool
) -> tuple[tuple[bool, ...], tuple[tuple[int, int], ...]]:
    """Buffer and queue once decode has consumed `use` halfwords; `fresh`: a word arrives."""
    kept = s.buffer[use:]
    valid, predicted = s.queue[0] if s.queue else (s.data_valid, s.data_predicted)
    room = len(kept) <= (1 if valid == _BOTH else 2)
    if room and (s.queue or fresh):
        if valid == _BOTH:
            kept += (bool(predicted & 1), bool(predicted & 2))
        else:
            kept += (bool(predicted & (1 if valid & 1 else 2)),)
    queue = s.queue[1:] if room else s.queue
    if fresh and not (room and not s.queue):
        queue += ((s.data_valid, s.data_predicted),)
    return kept, queue


def _leaving(
    op: Op, kind: str, s: _State, taken: bool, next_pc: int
) -> tuple[bool, int, tuple[int, int, int] | None]:
    """Whether fetch has to go elsewhere once `op` leaves decode, to where, and what the branch
    target buffer holds then. Raises TimingError."""
    predicted = s.buffer[0]
    if op.size == 4 and predicted != s.buffer[1]:
        raise TimingError(
            f"the code at {op.pc:#x} was fetched as half of a predicted branch;"
            " overlapping instructions cannot be priced"
        )
    behind = op.pc + op.size
    if kind == "branch":
        if predicted and not taken:
            return True, behind, None
        if taken and not predicted:
            learns = op.imm < 0
            return True, next_pc, (op.pc, op.size, next_pc) if learns else s.target
        return False, behind, s.target
    if op.is_jump:
        return True, next_pc, s.target
    if kind == "fence_i":
        return True, behind, None
    return False, behind, s.target


def _next_fetch(s: _State) -> tuple[int, int, int, int, bool]:
    """What an accepted address phase makes of the state: `fetch_address`, `next_valid`,
    `data_valid`, `data_predicted` and `overhang`, as the branch target buffer has them."""
    address, next_valid = s.fetch_address, s.next_valid
    hit = hangs = here = False
    source = size = target = 0
    if s.target is not None:
        source, size, target = s.target
        here = source >> 2 == address >> 2
        hangs = size == 4 and bool(source & 2)
        beyond = size == 2 and not source & 2 and not next_valid & 1
        hit = (here and not hangs and not beyond) or s.overhang
    ends_early = hit and bool(source & 2) == (size == 4)
    data_valid = next_valid & (1 if ends_early else _BOTH)
    next_valid = 2 if hit and target & 2 else _BOTH
    if here:
        data_predicted = 2 if source & 2 else 3 if size == 4 else 1
    else:
        data_predicted = 1 if s.overhang else 0
    return (
        target & ~3 if hit else address + 4, next_valid, data_valid, data_predicted, here and hangs
    )  # fmt: skip


def _reason(why: str, fetch: int, redirected: bool, taken: bool) -> str:
    reasons = [why] if why else []
    if redirected:
        reasons.append("taken, not predicted" if taken else "predicted taken, fell through")
    if fetch:
        reasons.append("waits for fetch")
    return ", ".join(reasons)
