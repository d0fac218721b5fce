"""A function as the lines that can be moved about: its statements, and what each of them became.

Input: a module and the name of a function in it. Output: a `Function` with its `Stretch`es.
Invariant: a statement here has its lines for itself, and is assembled once: what stands in a macro
or is repeated is in no stretch. A stretch is broken by whatever else stands between statements,
but for comments and empty lines, which belong to the statement behind them.
"""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING

from asm_rv32.analysis.flow import ALL, Flow, Node, control_flow
from asm_rv32.analysis.lint.fix import counts_bytes
from asm_rv32.analysis.lint.places import trimmed
from asm_rv32.analysis.live import live_ahead, live_behind
from asm_rv32.assembler.ir import Operation
from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.edits import indentation_of
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import BRANCH, JUMP, NEXT
from asm_rv32.isa.operands import LabelSum, Memory, Register, Value, spelled
from asm_rv32.isa.tables import python_name

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping, Sequence

    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.assembler.reading.program import Written
    from asm_rv32.basis.diagnostics import Source


class Statement(NamedTuple):
    """A label or an instruction on lines of its own."""

    line: int
    """Its first line, from 1; comments that belong to it stand in the lines from `start` on."""
    last: int
    start: int
    span: Span
    nodes: tuple[Node, ...]
    """What it became; of a label, nothing."""
    address: int
    """Of its first instruction, or of what stands behind a label."""
    label: str
    """The label that it is, else empty."""
    operation: Operation | None
    operands: tuple[str, ...]
    """As they are written."""

    @property
    def is_plain(self) -> bool:
        """Whether control goes on behind it, and it touches nothing but registers and memory."""
        return bool(self.nodes) and all(
            node.effects.control == NEXT and not node.effects.outside for node in self.nodes
        )

    @property
    def node(self) -> Node | None:
        """What it became, if that is one instruction."""
        return self.nodes[0] if len(self.nodes) == 1 else None

    @property
    def is_branch(self) -> bool:
        """Whether it is a branch to a known place, and nothing else."""
        node = self.node
        return node is not None and node.effects.control == BRANCH and node.target >= 0

    @property
    def is_jump(self) -> bool:
        """Whether it is a jump to a known place, and nothing else."""
        node = self.node
        return node is not None and node.effects.control == JUMP and node.target >= 0

    @property
    def reads(self) -> int:
        """Registers that it reads before it writes them."""
        reads = written = 0
        for node in self.nodes:
            reads |= node.effects.reads & ~written
            written |= node.effects.writes
        return reads

    @property
    def writes(self) -> int:
        """Registers that it writes."""
        found = 0
        for node in self.nodes:
            found |= node.effects.writes
        return found

    @property
    def has_accesses(self) -> bool:
        """Whether it touches memory."""
        return any(node.effects.accesses for node in self.nodes)

    @property
    def stores(self) -> bool:
        """Whether it changes memory."""
        return any(each.stores for node in self.nodes for each in node.effects.accesses)

    @property
    def target(self) -> str:
        """The label that a branch or a jump names."""
        return self.operands[-1].strip("\"'") if self.operands else ""

    def said(self, operands: Mapping[int, str] | None = None, mnemonic: str = "") -> str:
        """Its text, with some of its operands as they are given here."""
        assert self.operation is not None
        given = operands or {}
        shown = [given.get(at, text) for at, text in enumerate(self.operands)]
        return f"{python_name(mnemonic or self.operation.mnemonic)}({', '.join(shown)})"


Stretch = tuple["Statement", ...]


class Function:
    """One function of a module."""

    def __init__(self, module: Module, name: str, buffers: Collection[int] = ()) -> None:
        """`buffers`: the registers of the parameters for which calls pass buffers."""
        self.name = name
        self.buffers = buffers
        self.module = module
        self.unit = module.functions.units[name]
        self.image = module.functions[name]
        self.source: Source = self.unit.source

    @cached_property
    def flow(self) -> Flow:
        """Its flow, with that of what it needs."""
        return control_flow(self.image)

    @cached_property
    def memory(self) -> set[int]:
        """The registers that hold a buffer's address all through the function."""
        own = [node.effects for node in self.flow.nodes if node.address in self.own]
        if any(each.links for each in own):
            return set()
        return {at for at in self.buffers if not any(each.writes >> at & 1 for each in own)}

    @cached_property
    def live(self) -> list[int]:
        """For each node the registers that are read behind it."""
        return live_behind(self.flow)

    @cached_property
    def own(self) -> range:
        """Its own addresses."""
        part = self.image.part_at(self.image.entry)
        if part is None:
            return range(len(self.image.code))
        return range(part.address, part.address + part.size)

    def live_at(self, address: int) -> int:
        """The registers that may be read from an address on; all, where no instruction is."""
        at = self.flow.node_at.get(address)
        return ALL if at is None else live_ahead(self.flow.nodes[at], self.live[at])

    def live_behind(self, node: Node) -> int:
        """The registers that may be read behind an instruction."""
        return self.live[self.flow.node_at[node.address]]

    @cached_property
    def nodes_of(self) -> dict[int, list[Node]]:
        """Offset of a statement in the text → its instructions."""
        found: dict[int, list[Node]] = {}
        for node in self.flow.nodes:
            if node.address in self.own:
                found.setdefault(node.span.start, []).append(node)
        return found

    @cached_property
    def labels(self) -> Mapping[str, int]:
        """Its labels, by their names."""
        return self.image.labels

    @cached_property
    def register_names(self) -> dict[int, str]:
        """Register → how the function calls it, where it has a name of its own."""
        found: dict[int, str] = {}
        for stretch in self.stretches:
            for statement in stretch:
                for register, name in named_registers(statement).items():
                    if name != str(Register(register)):
                        found.setdefault(register, name)
        return found

    def named(self, register: int, stretch: Iterable[Statement] = ()) -> str:
        """A register as it is called in a stretch, else by the manual."""
        for statement in stretch:
            found = named_registers(statement).get(register)
            if found is not None:
                return found
        return str(Register(register))

    @cached_property
    def stretches(self) -> list[Stretch]:
        """What can be moved about, in order."""
        return list(_Reader(self).stretches())


def named_registers(statement: Statement) -> dict[int, str]:
    """Register → how a statement calls it."""
    if statement.operation is None:
        return {}
    return {
        int(value): text
        for value, text in zip(statement.operation.operands, statement.operands)
        if isinstance(value, Register) and text.isidentifier()
    }


class _Reader:
    """Reads the stretches of a function."""

    def __init__(self, function: Function) -> None:
        self.function = function
        self.source = function.source
        expansion = function.unit.expansion
        self.items: dict[int, list[Written]] = {}
        """Line → what stands in it; a repeated statement, each time."""
        self.operations: dict[int, Operation] = {}
        self.label_of: dict[int, tuple[str, int]] = {}
        for item in expansion.items:
            self._add(item.written)
            if isinstance(item, Operation):
                self.operations[item.written.start] = item
        for label in expansion.labels:
            self._add(label.written)
            self.label_of[label.written.start] = (label.name, label.item)

    def _add(self, written: Written) -> None:
        line = self.source.locate(written.start)[0]
        self.items.setdefault(line, []).append(written)

    def stretches(self) -> Iterable[Stretch]:
        """All of them."""
        first = self.source.locate(self.function.unit.span.start)[0]
        last = self.source.locate(max(0, self.function.unit.span.end - 1))[0]
        found: list[Statement] = []
        start = line = first
        while line <= last:
            text = self.source.line(line).strip()
            if not text or text.startswith("#"):
                line += 1
                continue
            statement = self._statement(line, start)
            if statement is None or (found and not self._fits(found[-1], statement)):
                if found:
                    yield tuple(found)
                found = []
                if statement is not None and start == statement.start:
                    statement = statement._replace(start=statement.line)
            if statement is not None:
                found.append(statement)
                line = statement.last
            line += 1
            start = line
        if found:
            yield tuple(found)

    def _fits(self, before: Statement, statement: Statement) -> bool:
        """Whether both stand in one block, and control may go from one to the other."""
        indents = [indentation_of(self.source, each.line) for each in (before, statement)]
        return indents[0] == indents[1]

    def _statement(self, line: int, start: int) -> Statement | None:
        """What stands alone in a line; None for anything else."""
        items = self.items.get(line, [])
        if len(items) != 1 or items[0].inside is not None:
            return None
        written = items[0]
        span = trimmed(self.source, Span(written.start, written.end))
        last, end = self.source.locate(span.end)
        behind = self.source.line(last)[end - 1 :].strip()
        head = self.source.line(line)[: self.source.locate(span.start)[1] - 1]
        if head.strip() or (behind and not behind.startswith("#")):
            return None
        if written.start in self.label_of:
            name = self.label_of[written.start][0]
            address = self.function.labels.get(name)
            if address is None:
                return None
            return Statement(line, last, start, span, (), address, name, None, ())
        operation = self.operations.get(written.start)
        nodes = self.function.nodes_of.get(written.start, [])
        if operation is None or not nodes:
            return None
        texts = tuple(
            " ".join(written.text(self.source, part).split()) for part in written.node.parts[1:]
        )
        if len(texts) != len(operation.operands):
            return None
        address = nodes[0].address
        return Statement(line, last, start, span, tuple(nodes), address, "", operation, texts)


def with_registers(
    statement: Statement, given: Mapping[int, int], names: Mapping[int, str]
) -> dict[int, str]:
    """Operands' texts where those at some positions name other registers: position → register."""
    assert statement.operation is not None
    found = {}
    for at, register in given.items():
        value = statement.operation.operands[at]
        name = names.get(register) or str(Register(register))
        if isinstance(value, Memory):
            found[at] = f"{_offset(statement, at, value)}({name})"
        else:
            found[at] = name
    return found


def _offset(statement: Statement, at: int, value: Memory) -> str:
    """The offset of a memory operand as it is written, or its number."""
    text = statement.operands[at]
    if text.endswith(")") and text.count("(") == 1 and not text.startswith("("):
        return text.partition("(")[0]
    return spelled(value.offset)


def refers_to_place(operands: Sequence[Value]) -> bool:
    """Whether a value hangs on where something is placed."""
    return any(
        isinstance(each, (str, LabelSum))
        or (isinstance(each, Memory) and isinstance(each.offset, LabelSum))
        for each in operands
    )


def is_bound(function: Function) -> bool:
    """Whether it is as it is for a reason that is not what it computes: how long it takes is said,
    or it counts its own bytes."""
    return bool(function.image.contracts) or counts_bytes(function.flow) or function.flow.undecoded
