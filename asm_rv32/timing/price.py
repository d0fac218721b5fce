"""In: a path as `trace` records it, and a core.  Out: what each instruction on it cost.

The path is walked through an automaton that is built as it is walked: a node is a block, the
state of the core on entry and the operands read so far; an edge is what came next, and holds
what that block cost. A block is priced once for each edge, so a long loop is only counted.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator, Mapping, Sequence

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.machine.engines import has_unicorn
from asm_rv32.machine.foreign import goes_beyond
from asm_rv32.timing.code import Code
from asm_rv32.timing.cost import Cost, Split
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, load_core, operand_cycles
from asm_rv32.timing.table import TableEngine
from asm_rv32.timing.trace import Recorder

__all__ = ["CallPrice", "PcCost", "Priced", "price_call", "price_program"]

_MAX_CALL = 100_000_000
_PAGE = 4096
_PROGRAM_SPACE = 128 << 10  # bytes that a bare program has at least


class PcCost(NamedTuple):
    """All executions of the instruction at one address."""

    executions: int
    split: Split
    reasons: Mapping[str, int]  # why it cost more than its class -> executions


class Priced(NamedTuple):
    """A run on one core. `cycles` is `split.total`."""

    core: Core
    cycles: int
    instructions: int
    split: Split
    by_pc: Mapping[int, PcCost]


class CallPrice(NamedTuple):
    """The same call twice on one core: on a cold core, then again."""

    cold: Priced
    warm: Priced


class _Edge:
    """What followed a node: how often, where it leads, what the node's block cost."""

    __slots__ = ("costs", "count", "node")

    def __init__(self, node: _Node, costs: tuple[tuple[int, Cost], ...]) -> None:
        self.count = 0
        self.node = node
        self.costs = costs


class _Node(dict[int, _Edge]):
    """Token -> edge; an edge is made when it is first asked for."""

    __slots__ = ("block", "operands", "state", "walk")

    def __init__(self, walk: _Walk, state: Any, block: int, operands: tuple[int, ...]) -> None:
        super().__init__()
        self.walk = walk
        self.state = state
        self.block = block
        self.operands = operands

    def __missing__(self, token: int) -> _Edge:
        edge = self[token] = self.walk.edge(self, token)
        return edge


class _Walk:
    """One core's automaton over the blocks of one recorder; it outlives a single walk."""

    def __init__(self, recorder: Recorder, index: int, wait_states: int) -> None:
        core = recorder.cores[index]
        if wait_states and not core.wait_states:
            raise TimingError(f"core '{core.name}' is only known with zero wait states")
        self.recorder = recorder
        self.index = index
        self.core = core
        self.engine: FrontendEngine | TableEngine = (
            FrontendEngine(core, wait_states)
            if core.engine == "frontend"
            else TableEngine(core, recorder.code)
        )
        self._nodes: dict[tuple[Any, int, tuple[int, ...]], _Node] = {}
        self.node: _Node | None = None
        self.start: Any = None  # the state in which the next walk begins

    def _intern(self, state: Any, block: int, operands: tuple[int, ...]) -> _Node:
        key = (state, block, operands)
        node = self._nodes.get(key)
        if node is None:
            node = self._nodes[key] = _Node(self, state, block, operands)
        return node

    def edge(self, node: _Node, token: int) -> _Edge:
        if token < 0:
            return _Edge(self._intern(node.state, node.block, (*node.operands, token)), ())
        costs, state = self.price_block(node, self.recorder.blocks[node.block], token)
        return _Edge(self._intern(state, token, ()), costs)

    def price_block(
        self, node: _Node, ops: Sequence[Op], next_pc: int
    ) -> tuple[tuple[tuple[int, Cost], ...], Any]:
        core, step, state = self.core, self.engine.step, node.state
        operands = iter(node.operands)
        costs = []
        for op in ops:
            value = -1
            if self.recorder.needs(op):
                value = self.recorder.operands[~next(operands)][self.index]
            after = next_pc if op is ops[-1] else op.pc + op.size
            taken = False
            if op.is_branch:
                taken = bool(value) if value >= 0 else after != op.pc + op.size
                base = core.cycles[core.class_of(op.name)]
            else:
                base = value if value >= 0 else operand_cycles(core, op, 0, 0)
            cost, state = step(state, op, base, taken, after)
            costs.append((op.pc, cost))
        return tuple(costs), state

    def follow(self, tokens: Sequence[int]) -> None:
        """Count the edges that `tokens` take, from where the last piece ended."""
        node = self.node
        if node is None:
            node = self._intern(self.start, tokens[0], ())
            tokens = tokens[1:]
        for token in tokens:
            edge = node[token]
            edge.count += 1
            node = edge.node
        self.node = node

    def finish(self, stop: int) -> tuple[tuple[tuple[int, Cost], ...], Any]:
        """The costs of the last block, which ended at `stop`, and the state after it."""
        node = self.node
        assert node is not None
        ops = self.recorder.blocks[node.block]
        if node.block < stop <= ops[-1].pc:
            ops = tuple([op for op in ops if op.pc < stop])
        self.node = None
        return self.price_block(node, ops, stop)

    def take(self, tail: tuple[tuple[int, Cost], ...]) -> Priced:
        """The sums of what was followed and of the last block; counting starts anew."""
        found = [(tail, 1)]
        for node in self._nodes.values():
            for edge in node.values():
                if edge.count:
                    found.append((edge.costs, edge.count))
                    edge.count = 0
        return summed(self.core, found)


def summed(core: Core, found: Iterable[tuple[Sequence[tuple[int, Cost]], int]]) -> Priced:
    """The sums of stretches: what their instructions cost, and how often."""
    sums: dict[int, tuple[list[int], dict[str, int]]] = {}
    for costs, times in found:
        _add(sums, costs, times)
    by_pc = {
        pc: PcCost(numbers[0], Split(*numbers[1:]), reasons)
        for pc, (numbers, reasons) in sorted(sums.items())
    }
    total = Split()
    for cost in by_pc.values():
        total = total.plus(cost.split)
    instructions = sum(cost.executions for cost in by_pc.values())
    return Priced(core, total.total, instructions, total, by_pc)


def _add(
    sums: dict[int, tuple[list[int], dict[str, int]]],
    costs: Sequence[tuple[int, Cost]],
    times: int,
) -> None:
    for pc, cost in costs:
        numbers, reasons = sums.setdefault(pc, ([0] * 6, {}))
        numbers[0] += times
        for index, cycles in enumerate(cost.split, 1):
            numbers[index] += times * cycles
        if cost.reason:
            reasons[cost.reason] = reasons.get(cost.reason, 0) + times


def _bare_machine(memory: bytes, base: int, stop_store: int) -> Any:
    from asm_rv32.machine.unicorn_state import new_hart

    uc = new_hart(has_float=False)
    first, last = base & -_PAGE, base + max(len(memory), _PROGRAM_SPACE)
    size = -(-(last - first) // _PAGE) * _PAGE
    uc.mem_map(first, size)
    if not first <= stop_store < first + size:
        uc.mem_map(stop_store & -_PAGE, _PAGE)
    uc.mem_write(base, memory)
    return uc


def price_program(
    memory: bytes,
    entry: int,
    *,
    base: int = 0,
    core: str | Core,
    stop_store: int,
    max_instructions: int = 3_000_000,
    wait_states: int = 0,
    isa: str | None = None,
) -> Iterator[tuple[int, int]]:
    """Run a bare program and yield (pc, cycles) for each executed instruction in order.

    `memory` lies at `base`, with zeros behind it up to 128 KiB; registers are 0 and the core is
    cold. `isa` says what instructions there are, as for `Code`. The run ends with the store
    to the word at `stop_store`, which is yielded. `cycles` is the time since the instruction
    before it. Raises TimingError for code that cannot be priced and for a run that does not
    end within `max_instructions`, unicorn.UcError for a fault.
    """

    def fetch(address: int) -> int:
        at = address - base
        return int.from_bytes(memory[at : at + 2], "little") if at >= 0 else 0

    tokens: list[int] = []
    loaded = load_core(core) if isinstance(core, str) else core
    if has_unicorn() and not (isa and goes_beyond(isa)):
        uc = _bare_machine(memory, base, stop_store)
        recorder = Recorder(uc, Code(fetch, isa), [loaded], tokens.extend)
    else:
        from asm_rv32.timing.own_trace import OwnRecorder, program

        own = program(memory, base, entry, stop_store, max_instructions, isa)
        recorder = OwnRecorder(own, Code(fetch, isa), [loaded], tokens.extend)
    stop = recorder.run(entry, end=None, stop_store=stop_store, limit=max_instructions)
    walk = _Walk(recorder, 0, wait_states)
    node = walk._intern(walk.engine.cold(entry), tokens[0], ())
    for token in tokens[1:]:
        edge = node[token]
        for pc, cost in edge.costs:
            yield pc, cost.cycles
        node = edge.node
    walk.node = node
    for pc, cost in walk.finish(stop)[0]:
        yield pc, cost.cycles


def price_call(
    uc: Any,
    start: int,
    end: int,
    *,
    cores: Sequence[str | Core],
    wait_states: int = 0,
    helped: Iterable[int] = (),
    max_instructions: int = _MAX_CALL,
    recorder_of: type[Recorder] = Recorder,
    isa: str | None = None,
) -> list[CallPrice]:
    """Run the prepared unicorn machine `uc` once from `start` to `end` and price it on `cores`;
    or another engine, of which `recorder_of` keeps the path.

    The caller has mapped code, stack and buffers, set the registers, and put `end` in ra.
    Cycles count from the first instruction up to and including the return, in place: a first
    instruction that lies across two words pays for that. `end` is a multiple of 4. `isa` says what
    instructions there are, as for `Code`. `helped` are the addresses of instructions that hooks of
    the caller execute; what else unicorn lacks is executed here. The warm call is the same run
    again: same inputs, same path. Raises TimingError and unicorn.UcError as `price_program` does;
    the machine keeps what the run did to it.
    """

    def fetch(address: int) -> int:
        return int.from_bytes(uc.mem_read(address, 2), "little")

    loaded = [load_core(core) if isinstance(core, str) else core for core in cores]
    code = Code(fetch, isa)
    pieces: list[array[int]] = []  # kept for the warm call, eight bytes a block

    def sink(tokens: list[int]) -> None:
        pieces.append(array("q", tokens))
        for walk in walks:
            walk.follow(tokens)

    recorder = recorder_of(uc, code, loaded, sink, helped)
    walks = [_Walk(recorder, index, wait_states) for index in range(len(loaded))]
    for walk in walks:
        walk.start = walk.engine.cold(start)
    stop = recorder.run(start, end=end, stop_store=None, limit=max_instructions)
    return [_twice(walk, start, stop, pieces) for walk in walks]


def _twice(walk: _Walk, start: int, stop: int, pieces: Iterable[Sequence[int]]) -> CallPrice:
    """The price of what a walk has followed, and of the same path once more."""
    tail, state = walk.finish(stop)
    cold = walk.take(tail)
    walk.start = walk.engine.warm(state, start)
    for piece in pieces:
        walk.follow(piece)
    return CallPrice(cold, walk.take(walk.finish(stop)[0]))
