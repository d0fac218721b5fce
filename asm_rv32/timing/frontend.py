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
_LIMIT = 1000  # cycles one instruction may wait for fetch before the model is at fault


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
        return self._jump(_State(fetch_address=entry & ~3), entry)

    def warm(self, state: _State, entry: int) -> _State:
        """The state after `state` when a jump to `entry` has just left decode."""
        return self._jump(_State(fetch_address=entry & ~3, target=state.target), entry)

    def _jump(self, state: _State, entry: int) -> _State:
        return state._replace(
            fetch_address=(entry & ~3) + 4,
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
        core = self.core
        kind = core.class_of(op.name)
        busy = base
        halfwords = op.size >> 1
        branch = kind == "branch"
        stalled = starved = waited = 0
        why = ""
        s = state
        for _ in range(_LIMIT):
            level = len(s.buffer)
            ready = s.bus <= 1  # the bus takes an address
            answered = s.bus == 1
            redirect = leaves = flush_target = set_target = False
            destination = op.pc + op.size
            if level < halfwords:
                starved += 1
            elif (s.loaded or s.behind) and (reason := self._waits(op, kind, s)):
                stalled += 1
                why = reason
            elif busy > 1:
                busy -= 1
            else:
                predicted = s.buffer[0]
                leaves = True
                if halfwords == 2 and predicted != s.buffer[1]:
                    raise TimingError(
                        f"the code at {op.pc:#x} was fetched as half of a predicted branch;"
                        " overlapping instructions cannot be priced"
                    )
                if branch:
                    redirect = taken != predicted
                    flush_target = predicted and redirect
                    set_target = taken and not predicted and op.imm < 0
                    if taken:
                        destination = next_pc
                elif op.is_jump:
                    redirect, destination = True, next_pc
                elif kind == "fence_i":
                    redirect = flush_target = True
                if redirect and s.hold:
                    leaves = False
                    waited += 1
            jumps = redirect and not s.hold
            s = self._cycle(
                s, halfwords if leaves else 0, redirect, jumps, destination, ready, answered
            )
            if flush_target:
                s = s._replace(target=None)
            elif set_target:
                s = s._replace(target=(op.pc, op.size, destination))
            if leaves:
                break
            if s.loaded or s.behind:
                s = s._replace(loaded=0, behind="")
        else:
            raise TimingError(f"the instruction at {op.pc:#x} was never fetched")
        s = s._replace(
            loaded=op.rd if kind in core.late else 0,
            behind=kind if kind in self._kept else "",
            refilled=redirect,
        )
        fetch = starved + waited - (1 if state.refilled and starved else 0)
        cost = Cost.of(
            cycles=base + stalled + starved + waited,
            category=core.category_of(kind),
            base=base + (1 if redirect else 0),
            stalls=stalled,
            fetch=fetch,
            waits=stalled + starved + waited,
            reason=_reason(why, fetch, branch and redirect, taken),
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

    def _cycle(
        self,
        s: _State,
        use: int,
        redirect: bool,
        jumps: bool,
        destination: int,
        ready: bool,
        answered: bool,
    ) -> _State:
        """One clock edge of the fetch unit while decode consumes `use` halfwords."""
        kept = s.buffer[use:]
        fresh = answered and not s.discard
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
            hit, hangs, source, size, target = False, False, 0, 0, 0
            here = False
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
            overhang = here and hangs
            address = target & ~3 if hit else address + 4

        pending = s.pending + (asks and not s.hold) - answered
        discard = s.discard - (1 if s.discard and answered else 0)
        if jumps:
            discard = s.pending - answered
        bus = s.bus - 1 if s.bus > 1 else (self.wait_states + 1 if accepted else 0)
        return s._replace(
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
        )


def _reason(why: str, fetch: int, redirected: bool, taken: bool) -> str:
    reasons = [why] if why else []
    if redirected:
        reasons.append("taken, not predicted" if taken else "predicted taken, fell through")
    if fetch:
        reasons.append("waits for fetch")
    return ", ".join(reasons)
