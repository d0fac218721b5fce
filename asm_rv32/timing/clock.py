"""The cycle of a run while it runs: a core's model, stepped along with the instructions.

Input: a core, and the instructions as our own engine executes them. Output: the cycle at which
each access leaves the core, and that at the end.
Invariant: what is counted is what `timing.price` counts: the same engines price the same
instructions, each in the state that the ones before it left.

A stretch of code is priced once for each state that the core is in as it begins, and each place
where control goes on; so a long loop costs a look-up a stretch.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from asm_rv32.basis.records import Any
from asm_rv32.machine.state import Registers
from asm_rv32.timing.code import Code
from asm_rv32.timing.contracts import Watch
from asm_rv32.timing.cost import Cost
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.instruction import Op
from asm_rv32.timing.model import Core, TimingError, operand_cycles, reads_operands
from asm_rv32.timing.price import Priced, summed
from asm_rv32.timing.table import TableEngine
from asm_rv32.timing.trace import outcome_of


class _Edge:
    """What a stretch cost, where it led, and how often."""

    __slots__ = ("costs", "count", "cycles", "node")

    def __init__(self, node: _Node, costs: tuple[tuple[int, Cost], ...]) -> None:
        self.node = node
        self.costs = costs
        self.cycles = sum(cost.cycles for _, cost in costs)
        self.count = 0


class _Node:
    """A state of the core, with what was priced from it."""

    __slots__ = ("edges", "requests", "state")

    def __init__(self, state: Any) -> None:
        self.state = state
        self.edges: dict[tuple[int, int, int, int], _Edge] = {}
        """Stretch, its length, the operand of its first instruction, what follows → its cost."""
        self.requests: dict[tuple[int, int, int], int] = {}
        """Stretch, length, operand → cycles until the access of its first instruction."""


class CoreClock:
    """A `machine.port.Clock` of a core."""

    def __init__(
        self,
        core: Core,
        fetch: Callable[[int], int],
        registers: Registers,
        wait_states: int = 0,
        isa: str | None = None,
    ) -> None:
        """`fetch(address)` returns the 16-bit halfword at an address; `isa`: as for `Code`."""
        self.core = core
        self.cycle = 0
        """At the start of what was entered last."""
        self._fetch = fetch
        self._registers = registers
        self._wait_states = wait_states
        self._isa = isa
        self._node: _Node
        self._entered: tuple[int, int, int] | None = None
        self.watch: Watch | None = None
        self._nodes: dict[Any, _Node] = {}
        self._gone: list[tuple[tuple[tuple[int, Cost], ...], int]] = []
        """What was executed of code that has changed since."""
        self.code_changed()

    def start(self, entry: int, cycle: int = 0, state: Any = None) -> None:
        """A call begins at `entry`: on a core that is cold, or in the state after another call."""
        self.cycle = cycle
        engine = self._engine
        self._node = self._intern(
            engine.cold(entry) if state is None else engine.warm(state, entry)
        )

    @property
    def state(self) -> Any:
        """Of the core, at the end of what was entered last."""
        return self._node.state

    def price(self) -> Priced:
        """What all that was executed cost."""
        return summed(self.core, [*self._gone, *self._counted()])

    def _counted(self) -> Iterator[tuple[tuple[tuple[int, Cost], ...], int]]:
        edges = (edge for node in self._nodes.values() for edge in node.edges.values())
        return ((edge.costs, edge.count) for edge in edges if edge.count)

    def code_changed(self) -> None:
        self._gone += self._counted()
        self._code = Code(self._fetch, self._isa)
        self._engine: FrontendEngine | TableEngine = (
            FrontendEngine(self.core, self._wait_states)
            if self.core.engine == "frontend"
            else TableEngine(self.core, self._code)
        )
        self._nodes = {}
        self._observed: dict[int, Op | None] = {}
        if hasattr(self, "_node"):
            self._node = self._intern(self._node.state)

    def _intern(self, state: Any) -> _Node:
        node = self._nodes.get(state)
        if node is None:
            node = self._nodes[state] = _Node(state)
        return node

    def observes(self, pc: int) -> bool:
        if self.watch is not None and pc in self.watch.places:
            return True
        try:
            return self._operand_of(pc) is not None
        except TimingError:
            return True  # and it is told when it is executed

    def _operand_of(self, pc: int) -> Op | None:
        """The instruction at an address, if its cost depends on what it reads from registers."""
        try:
            return self._observed[pc]
        except KeyError:
            op = self._code.at(pc)
            # Where a branch goes tells whether it is taken, but not of this:
            needs = op.imm == op.size if op.is_branch else reads_operands(self.core, op)
            return self._observed.setdefault(pc, op if needs else None)

    def enter(self, pc: int, length: int) -> None:
        if self._entered is not None:
            self._settle(pc)
            self._entered = None
        if self.watch is not None and pc in self.watch.places:
            self.watch.arrive(pc, self.cycle)
        op = self._operand_of(pc)
        self._entered = pc, length, -1 if op is None else self._operand(op)

    def _operand(self, op: Op) -> int:
        """Whether a branch is taken, else the cycles of an instruction."""
        rs1, rs2 = self._registers[op.rs1], self._registers[op.rs2]
        if op.is_branch:
            return int(outcome_of(op)({op.rs1: rs1, op.rs2: rs2}, None, {}))
        return operand_cycles(self.core, op, rs1, rs2)

    def size_at(self, pc: int) -> int:
        """Bytes of the instruction at an address."""
        return self._code.at(pc).size

    def undo(self) -> None:
        self._entered = None

    def cut(self, length: int) -> None:
        """Of what was entered last only so many instructions are executed."""
        if self._entered is not None:
            self._entered = self._entered[0], length, self._entered[2]

    def finish(self, pc: int) -> int:
        if self._entered is not None:
            self._settle(pc)
            self._entered = None
        return self.cycle

    def request(self) -> int:
        assert self._entered is not None
        found = self._node.requests.get(self._entered)
        if found is None:
            pc, _, operand = self._entered
            op = self._code.at(pc)
            kind = self.core.class_of(op.name)
            cost, _ = self._engine.step(
                self._node.state, op, self._base(op, operand), False, op.pc + op.size
            )
            found = cost.waits + self.core.request.get(kind, 0)
            self._node.requests[self._entered] = found
        return self.cycle + found

    def _settle(self, following: int) -> _Edge:
        """What was entered last is executed, and control goes on there; what it cost."""
        assert self._entered is not None
        key = (*self._entered, following)
        edge = self._node.edges.get(key)
        if edge is None:
            edge = self._node.edges[key] = self._priced(*key)
        edge.count += 1
        self.cycle += edge.cycles
        self._node = edge.node
        return edge

    def _priced(self, pc: int, length: int, operand: int, following: int) -> _Edge:
        state, costs = self._node.state, []
        for left in range(length, 0, -1):
            op = self._code.at(pc)
            at, pc = pc, pc + op.size
            after = pc if left > 1 else following
            if op.is_branch:
                taken = bool(operand) if operand >= 0 else after != pc
            else:
                taken = False
            cost, state = self._engine.step(state, op, self._base(op, operand), taken, after)
            costs.append((at, cost))
            operand = -1
        return _Edge(self._intern(state), tuple(costs))

    def _base(self, op: Op, operand: int) -> int:
        if op.is_branch:
            return self.core.cycles[self.core.class_of(op.name)]
        return operand if operand >= 0 else operand_cycles(self.core, op, 0, 0)
