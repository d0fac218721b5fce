"""Is a function in the dialect of MicroPython's own assembler, and what would that make of it?

Input: a function as written and as expanded. Output: `Finding`s, and the operations as that
assembler reads them. Invariant: what it takes and where it goes wrong is data, in
`encodings/micropython.toml`; a function without a finding gets the same bytes from both.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from functools import cache, lru_cache

from asm_rv32.decode import decode
from asm_rv32.diagnostics import Diagnostic, Source, Span
from asm_rv32.disassembly import text as instruction_text
from asm_rv32.image import NOTHING
from asm_rv32.ir import (
    Expansion,
    For,
    Fragment,
    FunctionSource,
    If,
    Operation,
    Statement,
    Written,
)
from asm_rv32.isa.kinds import Adjustment, Csr
from asm_rv32.match import fit, flat, plans
from asm_rv32.operands import (
    A0,
    ABI_NAMES,
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
from asm_rv32.records import Any, NamedTuple
from asm_rv32.syntax.expressions import ExpressionError, evaluate
from asm_rv32.syntax.grammar import TREES, Node
from asm_rv32.syntax.lines import LogicalLine, logical_lines
from asm_rv32.tables import (
    Instruction,
    InstructionSet,
    Row,
    lower_part,
    python_name,
    tables,
    upper_part,
)

WORD = 1 << 32


class Finding(NamedTuple):
    """Something that is not in the dialect."""

    sort: str
    """`word`: there is no way to say it there; `refused`: it can be said, and is refused;
    `fault`: it is taken, and assembled to something else."""
    diagnostic: Diagnostic


@cache
def _data() -> Any:
    return tables()["micropython"]


@cache
def _words(extensions: tuple[str, ...]) -> frozenset[str]:
    """The mnemonics that the dialect has with these tables."""
    words = _data()["words"]
    chosen = ("rv32imc", *(name for name in extensions if name in words))
    return frozenset(word for name in chosen for word in words[name].split())


def release() -> str:
    """The release of mpy-cross that all this is about."""
    return f"mpy-cross {_data()['release']}"


# ---- constants


def constants(source: Source, span: Span) -> dict[str, int]:
    """The names in `span` that MicroPython's parser replaces: `NAME = const(integer)` ahead of it.

    Wherever that stands, in a function too. A name assigned without `const` has no value there.
    """
    known = _constants(source)
    found = {}
    # Looked up by the words that stand there: a file may hold a constant for each function.
    for word in set(_WORD.findall(source.text, span.start, span.end)) if known else ():
        starts, values = known.get(word, _NOWHERE)
        at = bisect_left(starts, span.start)
        if at:
            found[word] = values[at - 1]
    return found


_WORD = re.compile(r"\w+")
_NOWHERE: tuple[list[int], list[int]] = ([], [])


@lru_cache(maxsize=4)
def _constants(source: Source) -> dict[str, tuple[list[int], list[int]]]:
    """Name → the offsets, ascending, at which it is given a value, and the values."""
    found: dict[str, int] = {}
    listed: dict[str, tuple[list[int], list[int]]] = {}
    for line in logical_lines(source.text) if "const" in source.text else ():
        tokens = line.tokens
        if "const" not in tokens or len(tokens) < 5 or tokens[1] not in ("=", ":"):
            continue
        tree = TREES[line.shape]
        if isinstance(tree, Node) and tree.kind == "line":
            _constant(tree.parts[0], line, found)
            if tokens[0] in found:
                starts, values = listed.setdefault(tokens[0], ([], []))
                starts.append(line.start)
                values.append(found[tokens[0]])
    return listed


def _constant(statement: Node, line: LogicalLine, found: dict[str, int]) -> None:
    if statement.kind not in ("assign", "assign_annotated"):
        return
    call = statement.parts[-1]
    if call.kind == "call" and line.tokens[call.first] == "const" and len(call.parts) == 2:
        try:
            value = evaluate(call.parts[1], line.tokens, found)
        except ExpressionError:
            return
        if type(value) is int:
            found[line.tokens[0]] = value


# ---- the function as written


def head_findings(
    function: FunctionSource, source: Source, instructions: InstructionSet
) -> Iterator[Finding]:
    """What is wrong with the parameters, the annotation and the statements of a function."""
    missing = [table for table in ("rv32m", "rv32c") if table not in instructions.extensions]
    if missing:
        letters = " and ".join(table[-1].upper() for table in missing)
        yield _word(
            f"{release()} assembles for rv32imc, and this ISA has no {letters}",
            function.name_span,
            'help: isa="rv32imc"',
        )
    limit = _data()["parameters"]
    for index, parameter in enumerate(function.parameters):
        if index >= limit:
            yield _word(
                f"{release()} takes up to {limit} parameters",
                parameter.span,
                "help: pass one array, and load its items from it: lw(t0, 0(a0))",
            )
            break
        if REGISTER_NAMES.get(parameter.name) != A0 + index:
            wanted = ABI_NAMES[A0 + index]
            yield _word(
                f"{release()} has this parameter named {wanted}", parameter.span, f"help: {wanted}"
            )
    start = source.text.rfind("\n", 0, function.name_span.start) + 1
    line = next(logical_lines(source.text, start), None)
    if line is not None:
        yield from _annotations(line, function)
    for statement in function.body:
        yield from _statement(statement, source)


def _annotations(line: LogicalLine, function: FunctionSource) -> Iterator[Finding]:
    tokens = line.tokens
    end = tokens.index("->") if "->" in tokens else len(tokens)
    if end < len(tokens):
        if function.returns == NOTHING:
            yield _word(
                f"{release()} knows no function that returns nothing",
                function.name_span,
                "help: leave '-> None' out; the result is then the word in a0, an int",
            )
            return
        annotation = [token for token in tokens[end + 1 :] if token not in "()"]
        if annotation[1:2] != [":"] or not annotation[0].isidentifier():
            yield _word(
                f"{release()} takes a bare name as the annotation of a result",
                function.name_span,
                f"help: -> {function.returns}",
            )
    depth = 0
    for token in tokens[:end]:
        depth += (token == "(") - (token == ")")
        if token == ":" and depth:
            yield _word(f"{release()} takes no annotated parameter", function.name_span)
            return


def _statement(statement: Statement, source: Source) -> Iterator[Finding]:
    if isinstance(statement, For):
        yield _word(f"{release()} has no loops", statement.head.span(source), "help: write it out")
    elif isinstance(statement, If):
        condition = statement.branches[0][0]
        if condition is not None:
            yield _word(f"{release()} has no 'if'", condition.span(source))
    elif statement.node.kind not in ("expression",):
        yield _word(
            f"{release()} gives no names in a function",
            statement.span(source),
            "help: NAME = const(value) above the function",
        )
    elif ";" in statement.tokens:
        yield _word(f"{release()} takes one statement a line", statement.span(source))


def _word(message: str, span: Span, *notes: str) -> Finding:
    return Finding("word", Diagnostic("not-in-dialect", message, span, notes))


# ---- the operations


def read(
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
    return expansion._replace(items=items), reader.findings


class _Reader:
    def __init__(
        self, source: Source, instructions: InstructionSet, names: Mapping[str, int]
    ) -> None:
        self.source = source
        self.instructions = instructions
        self.names = names
        self.words = _words(instructions.extensions)
        self.findings: list[Finding] = []

    def _report(
        self, sort: str, message: str, written: Written, node: Node | None, *notes: str
    ) -> None:
        diagnostic = Diagnostic("not-in-dialect", message, written.span(self.source, node), notes)
        self.findings.append(Finding(sort, diagnostic))

    def directive(self, item: Any) -> Any:
        written = item.written
        name = written.tokens[written.node.first]
        if name == "space":
            zeros = ", ".join(["0"] * min(item.size, 8))
            self._report("word", f"{release()} has no 'space'", written, None,
                         f"help: data(1, {zeros})")  # fmt: skip
        for node in written.node.parts[1:]:
            self._constant_expression(node, written)
        return item

    # ---- spelling

    def _constant_expression(self, node: Node, written: Written) -> bool:
        """Report a spelling of a number that MicroPython's parser does not compute."""
        wrong = self._not_computed(node, written)
        if wrong is None:
            return True
        bad, why, *notes = wrong
        self._report("word", f"{release()} takes an integer here: {why}", written, bad, *notes)
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
            elif kind == "binary" and written.tokens[node.parts[1].first] != "/":
                stack += (node.parts[0], node.parts[2])
            else:
                return node, "its parser does not compute this"
        return None

    def _memory(self, node: Node, written: Written) -> bool:
        """Report a spelling of `offset(base)` that MicroPython does not know."""
        call = node = node.bare
        if node.kind == "unary" and written.tokens[node.first] in "+-":
            call = node.parts[1]
        if call.kind != "call":
            self._report("word", f"{release()} takes offset(register) here", written, node,
                         "help: write the offset, 0 included: 0(a1), -4(a1)")  # fmt: skip
            return False
        return self._constant_expression(call.parts[0], written)

    def _register_list(self, node: Node, written: Written) -> bool:
        parts = node.parts if node.kind == "set" else ()
        names = [REGISTER_NAMES.get(written.tokens[part.first]) for part in parts]
        rest = parts[1:]
        plain = names[:1] == [1] and len(rest) <= 1
        if plain and rest and rest[0].kind == "binary":
            plain = written.tokens[rest[0].last] not in ("s0", "x8")
        elif plain and rest:
            plain = names[1] == 8
        if not plain:
            self._report("word", f"{release()} takes a list of registers here", written, node,
                         "help: {ra}, {ra, s0} or {ra, s0 - s3}")  # fmt: skip
        return plain

    # ---- one operation

    def operation(self, item: Operation) -> Operation:
        mnemonic, operands, written, _ = item
        rows = self.instructions.rows(mnemonic)
        if mnemonic not in self.words:
            if rows:
                name = python_name(mnemonic)
                self._report("word", f"{release()} knows no {name!r}", written,
                             written.node.parts[0], *_other_words(rows[0]))  # fmt: skip
            return item
        if not rows:
            return item  # a word of its, but the ISA lacks it: that is reported with all others
        row, nodes = rows[0], written.node.parts[1:]
        syntax = row.syntaxes[0]
        shape = shape_of(operands)
        if shape != syntax.shape:
            if any(shape == other.shape for any_row in rows for other in any_row.syntaxes):
                self._report("word", f"{release()} takes {_form(row)}", written, None)
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
            if number is not None:
                self._report("word", f"{release()} knows no names of CSRs", written, node,
                             f"help: {number:#x}")  # fmt: skip
        elif type(operand) is int and not kind.is_register and not kind.is_target:
            is_read = self._constant_expression(node, written)
            return self._number(operand, row, kind, item, node) if is_read else operand
        return operand

    def _number(self, value: int, row: Row, kind: OperandKind, item: Operation, node: Node) -> int:
        """The value that an immediate is read as; reports where that is refused or wrong."""
        if isinstance(kind, Adjustment):
            return self._adjustment(value, kind, item, node)
        takes = _data()["takes"].get(row.name, {}).get(kind.name)
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
            if kind.normalize(kept) != kind.normalize(value) and kept in kind.values:
                self._fault(item, node, f"with {kept} in this place")
                return kept
            if kind.normalize(kept) != kind.normalize(value):
                spelled = kind.normalize(kept) & keeps
                self._fault(item, node, f"with {spelled:#x} in this place")
                return spelled
        elif kind.normalize(value) in kind.values:
            message = f"{release()} refuses {value}: it takes {takes['low']}..{takes['high']} here"
            self._report("refused", message, item.written, node)
        return value

    def _adjustment(self, value: int, kind: Adjustment, item: Operation, node: Node) -> int:
        extra = kind.sign * value
        limit = _data()["adjustments"]["high"]
        if extra % 16 or not 0 <= extra <= limit:
            extras = [kind.sign * more for more in (16, 32, 48)]
            message = (
                f"{release()} takes 0, {extras[0]}, {extras[1]} or {extras[2]} here: what exceeds "
                "the space of the registers"
            )
            self._report("refused", message, item.written, node)
        elif extra:
            self._fault(item, node, "with 0 in this place: the adjustment is dropped")
        return 0

    def _fault(self, item: Operation, node: Node | None, instead: str) -> None:
        written = item.written
        name = written.tokens[written.node.first]
        self._report("fault", f"{release()} assembles this {name!r} wrongly, {instead}", written,
                     node)  # fmt: skip

    def _whole(self, item: Operation, read: Operation, row: Row) -> Operation:
        """What can be told only from all operands together."""
        mnemonic, operands = read.mnemonic, read.operands
        bits = _data()["register_bits"].get(mnemonic)
        if bits:
            return self._masked(item, read, bits)
        if mnemonic == "li" and len(operands) == 2:
            return self._constant(item, read)
        if mnemonic in _data()["distinct"]["names"].split() and operands[0] == operands[1]:
            message = f"{release()} takes two different registers"
            self._report("refused", message, item.written, None)
            return read
        instead = _data()["from_zero"].get(mnemonic)
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
        if register != SP or type(value) is not int or -2048 <= value <= 2047:
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
        hints = _data()["hints"]
        if read.mnemonic in hints["fault"].split() and 0 not in read.operands[:1]:
            self._fault(read, None, "as a HINT: the manual has no such shift")
        elif read.mnemonic not in hints["taken"].split():
            message = f"{release()} refuses this, which the manual calls a HINT"
            self._report("refused", message, read.written, None)


def _form(row: Row) -> str:
    from asm_rv32.mismatch import written_form

    return written_form(python_name(row.name), row, row.syntaxes[0])


def _other_words(row: Row) -> tuple[str, ...]:
    """How to say a pseudo-instruction with the words that there are."""
    written = row.data.get("expands", ())
    steps = [written] if isinstance(written, str) else list(written)
    if not steps or steps == ["constant"] or row.size == 2:
        return ()
    texts = []
    for step in steps:
        name, _, operands = step.partition(" ")
        texts.append(f"{python_name(name)}({operands})")
    return (f"help: {'; '.join(texts)}",)


# ---- the layout


def forward_reach(kind: OperandKind) -> int:
    """The last offset in a function at which a jump to a label further down is taken.

    The first pass does not know such a label and checks the distance to the function's start in
    its place (py/emitinlinerv32.c reads the offset behind the last label, which is 0). So the
    label may be near, and is out of reach all the same.
    """
    return -kind.minimum


LABELS_A_BLOCK = 4
"""Labels whose offsets fill a block of MicroPython's heap, on a board as on a PC."""


def reads_past_its_labels(count: int) -> bool:
    """True where MicroPython's first pass may refuse any jump ahead, for want of a zero.

    The offset that it reads behind that of the last label is 0 only where the labels do not fill
    whole blocks of memory; else it is whatever lies there.
    """
    return count > 0 and count % LABELS_A_BLOCK == 0


def label_findings(fragments: Sequence[Fragment], labels: Sequence[int]) -> Iterator[Finding]:
    """A warning at the first jump ahead that may be refused because of the number of labels."""
    if not reads_past_its_labels(len(labels)):
        return
    for index, fragment in enumerate(fragments):
        if fragment.target >= 0 and labels[fragment.target] > index > min(labels):
            message = (
                f"{release()} may refuse this as out of range: with {len(labels)} labels it reads "
                "past the end of its table of labels"
            )
            span = Span(fragment.start, fragment.end)
            notes = ("help: a number of labels that is no multiple of 4: label(one_more)",)
            yield Finding("unsure", Diagnostic("not-in-dialect", message, span, notes, "warning"))
            return


def layout_findings(fragments: Sequence[Fragment], labels: Sequence[int]) -> Iterator[Finding]:
    """Jumps ahead that stand too far from the start of the function, once all is placed."""
    for index, fragment in enumerate(fragments):
        if fragment.target < 0 or labels[fragment.target] <= index:
            continue
        piece = fragment.form.pieces[0]
        if piece.part:
            continue
        last = forward_reach(piece.row.kinds[piece.target])
        if fragment.address > last:
            name = python_name(piece.row.name)
            yield Finding(
                "refused",
                Diagnostic(
                    "not-in-dialect",
                    f"{release()} refuses {name!r} to a label further down at offset "
                    f"{fragment.address}: up to {last} it takes one, however near the label is",
                    Span(fragment.start, fragment.end),
                    (f"help: {_longer(piece.row)}",),
                ),
            )


def _longer(row: Row) -> str:
    if row.size == 2:
        return f"{row.expansion[0].row.name} reaches further"
    return "jump back to the label, or over a jal"


# ---- machine code


def speaks(instruction: Instruction) -> bool:
    """True where every MicroPython with the inline assembler gives an instruction these bytes.

    The words for Zba and Zcmp are left out: they came later, and need a flag.
    """
    row, values = instruction
    data = _data()
    if row.name not in _words(()) or (row.hint and row.name not in data["hints"]["taken"].split()):
        return False
    bits = data["register_bits"].get(row.name)
    if bits and any(value >= 8 + (1 << bits) for value in values):
        return False
    for kind, value in zip(row.kinds, values):
        takes = data["takes"].get(row.name, {}).get(kind.name)
        if takes and not takes["low"] <= value <= takes["high"]:
            return False
    return True
