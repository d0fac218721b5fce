"""The operations of a function as MicroPython's own assembler reads them.

Input: an `Expansion`. Output: one with the operations that are assembled there, and `Finding`s.
Invariant: where it reads an operand otherwise than we do there is a finding.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.assembler.dialects.micropython import (
    FAULT,
    NO_WORD,
    REFUSED,
    Finding,
    facts,
    release,
    words,
)
from asm_rv32.assembler.ir import Expansion, Number, Operation
from asm_rv32.assembler.match import fit, flat, plans
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.program import Written
from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.basis.records import Any
from asm_rv32.isa.decode import decode
from asm_rv32.isa.kinds import Adjustment, Csr
from asm_rv32.isa.operands import (
    REGISTER_NAMES,
    SP,
    ZERO,
    Memory,
    OperandKind,
    Register,
    RegisterSet,
    Symbol,
    Value,
    shape_of,
    spelled,
)
from asm_rv32.isa.rows import Row, lower_part, upper_part
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.text import text as instruction_text
from asm_rv32.isa.wording import written_form

WORD = 1 << 32


def read_as_board(
    expansion: Expansion,
    source: Source,
    instructions: InstructionSet,
    names: Mapping[str, int],
) -> tuple[Expansion, list[Finding]]:
    """The operations with their operands as MicroPython's assembler reads them, and findings.

    `names` are the constants. Where there is a fault the operation is the one that is assembled
    there instead.
    """
    reader = _Reader(source, instructions, names)
    items = [
        reader.operation(item) if type(item) is Operation else reader.directive(item)
        for item in expansion.items
    ]
    words = [each.written for each in expansion.contracts]
    for written in (*words, *(each.written for each in expansion.switches)):
        reader.report_word(written)
    return expansion._replace(items=items), reader.findings


class _Reader:
    def __init__(
        self, source: Source, instructions: InstructionSet, names: Mapping[str, int]
    ) -> None:
        self.source = source
        self.instructions = instructions
        self.names = names
        self.words = words(instructions.extensions)
        self.findings: list[Finding] = []

    def _report(
        self, sort: int, message: str, written: Written, node: Node | None, *notes: str
    ) -> None:
        notes += written.notes(self.source)
        diagnostic = Diagnostic("not-in-dialect", message, written.span(self.source, node), notes)
        self.findings.append(Finding(sort, diagnostic))

    def directive(self, item: Any) -> Any:
        written = item.written
        name = written.tokens[written.node.first]
        if name == "space":
            zeros = ", ".join(["0"] * min(item.size, 8))
            self._report(NO_WORD, f"{release()} has no 'space'", written, None,
                         f"help: data(1, {zeros})")  # fmt: skip
        if type(item) is Number:
            self._report(NO_WORD, f"{release()} takes integers here, no labels", written, item.node)
            return item
        for node in written.node.parts[1:]:
            self._constant_expression(node, written)
        return item

    def report_word(self, written: Written) -> None:
        name = written.tokens[written.node.first]
        self._report(NO_WORD, f"{release()} has no {name!r}", written, None)

    # ---- spelling: a macro is expanded to plain numbers and registers before

    def _constant_expression(self, node: Node, written: Written) -> bool:
        """Report a spelling of a number that MicroPython's parser does not compute."""
        wrong = None if written.inside else self._not_computed(node, written)
        if wrong is None:
            return True
        bad, why, *notes = wrong
        self._report(NO_WORD, f"{release()} takes an integer here: {why}", written, bad, *notes)
        return False

    def _not_computed(self, node: Node, written: Written) -> tuple[Any, ...] | None:
        stack = [node]
        while stack:
            node = stack.pop()
            kind = node.kind
            token = written.tokens[node.first]
            if kind == "number":
                continue
            if kind == "name":
                if token not in self.names:
                    return node, f"{token!r} is no constant there", f"help: {token} = const(...)"
                continue
            if kind in ("group", "and", "or"):
                stack += node.parts
            elif kind == "unary":
                stack.append(node.parts[1])
            elif kind == "binary":
                stack += (node.parts[0], node.parts[2])
            else:
                return node, "its parser does not compute this"
        return None

    def _memory(self, node: Node, written: Written) -> bool:
        """Report a spelling of `offset(base)` that MicroPython does not know."""
        if written.inside:
            return True
        call = node = node.bare
        if node.kind == "unary" and written.tokens[node.first] in "+-":
            call = node.parts[1]
        if call.kind != "call":
            self._report(NO_WORD, f"{release()} takes offset(register) here", written, node,
                         "help: write the offset, 0 included: 0(a1), -4(a1)")  # fmt: skip
            return False
        return self._constant_expression(call.parts[0], written)

    def _register_list(self, node: Node, written: Written) -> bool:
        if written.inside:
            return True
        parts = node.parts if node.kind == "set" else ()
        names = [REGISTER_NAMES.get(written.tokens[part.first]) for part in parts]
        rest = parts[1:]
        plain = names[:1] == [1] and len(rest) <= 1
        if plain and rest and rest[0].kind == "binary":
            plain = written.tokens[rest[0].last] not in ("s0", "x8")
        elif plain and rest:
            plain = names[1] == 8
        if not plain:
            self._report(NO_WORD, f"{release()} takes a list of registers here", written, node,
                         "help: {ra}, {ra, s0} or {ra, s0 - s3}")  # fmt: skip
        return plain

    # ---- one operation

    def operation(self, item: Operation) -> Operation:
        mnemonic, operands, written, _ = item
        rows = self.instructions.rows(mnemonic)
        if mnemonic not in self.words:
            if rows:
                name = python_name(mnemonic)
                self._report(NO_WORD, f"{release()} knows no {name!r}", written,
                             written.node.parts[0], *_other_words(rows[0]))  # fmt: skip
            return item
        if not rows:
            return item  # a word of its, but the ISA lacks it: that is reported with all others
        row, nodes = rows[0], written.node.parts[1:]
        syntax = row.syntaxes[0]
        shape = shape_of(operands)
        if shape != syntax.shape:
            if any(shape == other.shape for any_row in rows for other in any_row.syntaxes):
                form = written_form(python_name(row.name), row, syntax)
                self._report(NO_WORD, f"{release()} takes {form}", written, None)
            return item
        read: list[Value] = []
        for slots, operand, node in zip(syntax.operands(), operands, nodes):
            kind = row.kinds[slots[0].variable]
            if len(slots) == 2:
                offset, base = operand  # type: ignore[misc]
                if type(offset) is int and self._memory(node, written):
                    offset = self._number(offset, row, kind, item, node)
                read.append(Memory(offset, base))  # type: ignore[arg-type]
            else:
                read.append(self._operand(operand, row, kind, item, node))
        return self._whole(item, item._replace(operands=tuple(read)), row)

    def _operand(
        self, operand: Value, row: Row, kind: OperandKind, item: Operation, node: Node
    ) -> Value:
        written = item.written
        if isinstance(operand, RegisterSet):
            self._register_list(node, written)
        elif isinstance(operand, Symbol) and isinstance(kind, Csr):
            number = self.instructions.csr_numbers.get(operand)
            if number is not None and not written.inside:
                self._report(NO_WORD, f"{release()} knows no names of CSRs", written, node,
                             f"help: {number:#x}")  # fmt: skip
        elif isinstance(operand, Symbol) and node.kind == "string" and not written.inside:
            self._report(NO_WORD, f"{release()} takes a bare name here", written, node,
                         f"help: {operand}")  # fmt: skip
        elif type(operand) is int and not kind.is_register and not kind.is_target:
            is_read = self._constant_expression(node, written)
            return self._number(operand, row, kind, item, node) if is_read else operand
        return operand

    def _number(self, value: int, row: Row, kind: OperandKind, item: Operation, node: Node) -> int:
        """The value that an immediate is read as; reports where that is refused or wrong."""
        if isinstance(kind, Adjustment):
            return self._adjustment(value, kind, item, node)
        takes = facts()["takes"].get(row.name, {}).get(kind.name)
        if kind.signed or takes:
            # Signed fields, and li, look at the low 32 bits only.
            value = (value + WORD // 2) % WORD - WORD // 2
        elif value % (1 << 64) in kind.values:
            # mpy-cross has 64-bit words on a PC; a board would look at 32.
            value %= 1 << 64
        if not takes:
            return value
        keeps: int = takes["keeps"]
        kept = value & keeps
        if takes["low"] <= value <= takes["high"] and value % kind.unit == 0:
            if kind.normalize(kept) != kind.normalize(value):
                shown = kept if kept in kind.values else hex(kept)
                self._fault(item, node, f"with {shown} in this place")
                return kept
        elif kind.normalize(value) in kind.values:
            message = f"{release()} refuses {value}: it takes {takes['low']}..{takes['high']} here"
            self._report(REFUSED, message, item.written, node)
        return value

    def _adjustment(self, value: int, kind: Adjustment, item: Operation, node: Node) -> int:
        extra = kind.sign * value
        limit = facts()["adjustments"]["high"]
        if extra % 16 or not 0 <= extra <= limit:
            extras = [kind.sign * more for more in (16, 32, 48)]
            message = (
                f"{release()} takes 0, {extras[0]}, {extras[1]} or {extras[2]} here: what exceeds "
                "the space of the registers"
            )
            self._report(REFUSED, message, item.written, node)
        elif extra:
            self._fault(item, node, "with 0 in this place: the adjustment is dropped")
        return 0

    def _fault(self, item: Operation, node: Node | None, instead: str) -> None:
        written = item.written
        name = written.tokens[written.node.first]
        self._report(FAULT, f"{release()} assembles this {name!r} wrongly, {instead}", written,
                     node)  # fmt: skip

    def _whole(self, item: Operation, read: Operation, row: Row) -> Operation:
        """What can be told only from all operands together."""
        mnemonic, operands = read.mnemonic, read.operands
        bits = facts()["register_bits"].get(mnemonic)
        if bits:
            return self._masked(item, read, bits)
        if mnemonic == "li" and len(operands) == 2:
            return self._constant(item, read)
        if mnemonic in facts()["distinct"]["names"].split() and operands[0] == operands[1]:
            message = f"{release()} takes two different registers"
            self._report(REFUSED, message, item.written, None)
            return read
        instead = facts()["from_zero"].get(mnemonic)
        if instead and operands[1:] == (ZERO,):
            self._fault(item, None, f"as {python_name(instead)}({spelled(operands[0])})")
            if operands[0] != ZERO:
                return read._replace(mnemonic=instead, operands=operands[:1])
            return read
        letters, values = flat(operands)
        for plan in plans(self.instructions, mnemonic, letters):
            if fit(plan, self.instructions, values, read) is not None:
                if plan.row.hint:
                    self._hint(read, plan.row)
                break
        return read

    def _masked(self, item: Operation, read: Operation, bits: int) -> Operation:
        masked = tuple(
            Register(8 + (operand - 8) % (1 << bits))
            if isinstance(operand, Register) and operand in range(8, 16)
            else operand
            for operand in read.operands
        )
        both = all(isinstance(o, Register) and o in range(8, 16) for o in read.operands)
        if masked == read.operands or not both:
            return read
        name = python_name(read.mnemonic)
        texts = ", ".join(spelled(operand) for operand in masked)
        self._fault(item, None, f"as {name}({texts})")
        return read._replace(operands=masked)

    def _constant(self, item: Operation, read: Operation) -> Operation:
        register, value = read.operands
        if register != SP or type(value) is not int:
            return read
        upper = upper_part(value)
        if upper == 0 or not -16 <= upper <= 15:
            return read
        # c.lui into sp is the encoding of c.addi16sp.
        word = self.instructions.row("c.lui").encode((SP, upper))
        instead = decode(word, self.instructions)
        assert instead is not None
        rest = f" and addi(sp, sp, {lower_part(value)})" if lower_part(value) else ""
        self._fault(item, None, f"as {instruction_text(instead)}{rest}")
        return read

    def _hint(self, read: Operation, row: Row) -> None:
        hints = facts()["hints"]
        if read.mnemonic in hints["fault"].split() and 0 not in read.operands[:1]:
            self._fault(read, None, "as a HINT: the manual has no such shift")
        elif read.mnemonic not in hints["taken"].split():
            message = f"{release()} refuses this, which the manual calls a HINT"
            self._report(REFUSED, message, read.written, None)


def _other_words(row: Row) -> tuple[str, ...]:
    """How to say a pseudo-instruction with the words that there are."""
    written = row.data.get("expands", ())
    steps = [written] if isinstance(written, str) else list(written)
    if not steps or steps == ["constant"] or row.size == 2:
        return ()
    targets = {name for name, kind in zip(row.variables, row.kinds) if kind.is_target}
    texts = []
    for step in steps:
        name, _, operands = step.partition(" ")
        shown = ["label" if each in targets else each for each in operands.split(", ")]
        texts.append(f"{python_name(name)}({', '.join(shown)})")
    return (f"help: {'; '.join(texts)}",)
