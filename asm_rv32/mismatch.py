"""Why an instruction's operands fit none of its forms, in words that help.

Input: an `Operation` that no row accepts.
Output: one `Diagnostic` for its first wrong operand, with the accepted forms and a mend.
Invariant: ranges, registers and forms are computed from the tables.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.diagnostics import Diagnostic, Source, did_you_mean
from asm_rv32.ir import LabelScope, Memory, Operation, RegisterSet, Symbol, Value
from asm_rv32.match import LETTERS, operand_number, register_list
from asm_rv32.operands import (
    ABI_NAMES,
    REGISTER_NAMES,
    OperandKind,
    Register,
    stack_space,
)
from asm_rv32.records import Any, NamedTuple
from asm_rv32.syntax.expressions import describe
from asm_rv32.syntax.grammar import Node
from asm_rv32.tables import (
    EXTENSION_FILES,
    InstructionSet,
    Row,
    Syntax,
    instruction_set,
    known_extensions,
    python_name,
    tables,
)

KIND_WORDS = {
    "reg": "a register", "int": "an integer", "uint": "an integer", "pcrel": "a label",
    "csr": "a CSR", "ioset": "a set of i, o, r, w", "reglist": "a set of registers",
    "push": "a stack adjustment", "pop": "a stack adjustment",
}  # fmt: skip


class _Wrong(NamedTuple):
    """The first operand of a form that does not fit."""

    position: int
    code: str
    message: str
    notes: tuple[str, ...]
    node: Node | None


def explain(item: Operation, source: Source, instructions: InstructionSet) -> Diagnostic:
    """The diagnostic for an operation that no row of its mnemonic accepts."""
    mnemonic, operands, written, _ = item
    name = written.tokens[written.node.first]
    head = written.span(source, written.node.parts[0])
    rows = instructions.rows(mnemonic)
    if not rows:
        return _unknown(name, item, head, instructions)
    forms = tuple(dict.fromkeys(
        written_form(name, row, syntax) for row in rows for syntax in row.syntaxes
    ))  # fmt: skip
    accepted = tuple(f"help: accepted: {form}" for form in forms)
    counts = sorted({len(syntax.shape) for row in rows for syntax in row.syntaxes})
    if len(operands) not in counts:
        wanted = " or ".join(map(str, counts))
        plural = "" if counts == [1] else "s"
        message = f"{name!r} takes {wanted} operand{plural}, got {len(operands)}"
        notes = _count_mend(name, operands, instructions)
        return Diagnostic("operand-count", message, written.span(source), notes + accepted)
    mismatches = _mismatches(name, item, instructions, rows)
    wrong = max(mismatches, key=lambda candidate: candidate.position, default=None)
    if wrong is None:
        message = f"the registers of {name!r} must be different ones"
        return Diagnostic("register-class", message, written.span(source))
    span = written.span(source, wrong.node) if wrong.node else written.span(source)
    notes = wrong.notes if wrong.code not in ("operand-kind",) else wrong.notes + accepted
    return Diagnostic(wrong.code, wrong.message, span, notes)


def _unknown(name: str, item: Operation, span: Any, instructions: InstructionSet) -> Diagnostic:
    everything = instruction_set("_".join(["rv32i", *known_extensions()]))
    mnemonic = everything.mnemonic_of.get(name)
    if mnemonic:
        home = next(file for file in EXTENSION_FILES if mnemonic in tables().get(file, ()))
        if home in instructions.extensions:
            # The row is there, but what it shortens belongs to another extension.
            home = tables()[home][mnemonic]["needs"]
        extension = home.removeprefix("rv32")
        isa = instructions.base + "..." + ("_" if extension[0] == "z" else "") + extension
        spelled = extension.upper() if len(extension) == 1 else extension.capitalize()
        message = f"{name!r} needs the extension {spelled}"
        return Diagnostic("needs-extension", message, span, (f'help: isa="{isa}"',))
    message = f"{name!r} is no instruction, pseudo-instruction or directive"
    for spelling in (name + "_", name.lower(), "c_" + name.removeprefix("c.")):
        if spelling != name and spelling in instructions.mnemonic_of:
            return Diagnostic("unknown-mnemonic", message, span, (f"help: write {spelling}(...)",))
    known = [*instructions.mnemonic_of, "label", "align", "data", "space"]
    return Diagnostic("unknown-mnemonic", message, span, did_you_mean(name, known))


def written_form(name: str, row: Row, syntax: Syntax) -> str:
    """A form as it is written, with the ranges of its operands: `addi(rd, rs1, -2048..2047)`."""
    texts: list[str] = []
    slots = iter(syntax.slots)
    for letter in syntax.shape:
        first = _slot_text(row, next(slots))
        if letter == "m":
            first = f"({first})" if ".." in first else first
            texts.append(f"{first}({_slot_text(row, next(slots))})")
        else:
            texts.append(first)
    return f"{name}({', '.join(texts)})"


def _slot_text(row: Row, slot: tuple[int, int]) -> str:
    variable, literal = slot
    if variable < 0:
        return str(literal)
    kind = row.kinds[variable]
    if kind.kind == "reg":
        field = row.variables[variable].partition("_")[0]
        return field if kind.accepted == "any register" else f"{field}: {kind.accepted}"
    if kind.kind in ("int", "uint"):
        return kind.accepted
    return _SLOT_WORDS[kind.kind]


_SLOT_WORDS = {
    "pcrel": "label", "csr": "csr", "ioset": "iorw", "reglist": "{ra, s0 - s11}",
    "push": "-adjustment", "pop": "adjustment",
}  # fmt: skip


def _count_mend(name: str, operands: tuple[Value, ...], instructions: InstructionSet
                ) -> tuple[str, ...]:  # fmt: skip
    texts = [operand_text(operand) for operand in operands]
    shapes = {s.shape for row in instructions.rows(instructions.mnemonic_of.get(name, name))
              for s in row.syntaxes}  # fmt: skip
    if "pm" in shapes and len(operands) == 3:
        numbers = [t for t, o in zip(texts[1:], operands[1:]) if type(o) is int]
        bases = [t for t, o in zip(texts[1:], operands[1:]) if isinstance(o, Register)]
        if len(numbers) == len(bases) == 1:
            return (f"help: {name}({texts[0]}, {numbers[0]}({bases[0]}))",)
    return ()


def operand_text(value: Value) -> str:
    """An operand as it would be written."""
    if isinstance(value, Memory):
        return f"{operand_text(value.offset)}({operand_text(value.base)})"
    if isinstance(value, RegisterSet):
        return "{" + ", ".join(ABI_NAMES[number] for number in value.registers) + "}"
    return repr(value) if isinstance(value, bytes) else str(value)


def _mismatches(
    name: str, item: Operation, instructions: InstructionSet, rows: tuple[Row, ...]
) -> Iterator[_Wrong]:
    for row in rows:
        for syntax in row.syntaxes:
            if len(syntax.shape) == len(item.operands):
                wrong = _first_wrong(name, item, instructions, row, syntax)
                if wrong is not None:
                    yield wrong


def _first_wrong(
    name: str, item: Operation, instructions: InstructionSet, row: Row, syntax: Syntax
) -> _Wrong | None:
    slots = iter(syntax.slots)
    nodes = item.written.node.parts[1:]
    for position, (letter, operand, node) in enumerate(zip(syntax.shape, item.operands, nodes)):
        if letter == "m":
            offset, base = next(slots), next(slots)
            if not isinstance(operand, Memory):
                return _no_memory(name, position, row, item, operand, node, instructions)
            parts = [(offset, operand.offset), (base, operand.base)]
        else:
            parts = [(next(slots), operand)]
        for slot, value in parts:
            wrong = _wrong_value(name, position, row, slot, value, item, node, instructions)
            if wrong is not None:
                return wrong
    return None


def _no_memory(
    name: str, position: int, row: Row, item: Operation, operand: Value, node: Node,
    instructions: InstructionSet,
) -> _Wrong:  # fmt: skip
    before = "".join(operand_text(value) + ", " for value in item.operands[:position])
    notes: tuple[str, ...] = ()
    if isinstance(operand, Register):
        notes = (f"help: {name}({before}0({operand}))",)
    elif type(operand) is int:
        notes = (f"help: {name}({before}{operand}(a1))",)
    message = f"{name!r} takes a memory operand here, got {describe(operand)}"
    return _Wrong(position, "operand-kind", message, notes, node)


def _wrong_value(
    name: str, position: int, row: Row, slot: tuple[int, int], value: Value, item: Operation,
    node: Node, instructions: InstructionSet,
) -> _Wrong | None:  # fmt: skip
    variable, literal = slot
    if variable < 0:
        if value == literal and (type(value) is Register) == (type(literal) is Register):
            return None
        message = f"{name!r} takes {literal} here, got {describe(value)}"
        return _Wrong(position, "operand-kind", message, (), node)
    kind = row.kinds[variable]
    letter = LETTERS[type(value)]
    if kind.kind == "pcrel":
        return _wrong_target(name, position, value, item, node)
    number = operand_number(instructions, kind, letter, value, item, position)
    if number is not None and number in kind.values:
        return None
    if isinstance(value, Symbol) and kind.kind not in ("csr", "ioset"):
        return _no_value(position, value, kind, item, node)
    if number is None:
        return _wrong_kind(name, position, kind, value, item, node, instructions)
    return _out_of_range(name, position, row, kind, value, number, item, node, instructions)


def _wrong_target(
    name: str, position: int, value: Value, item: Operation, node: Node
) -> _Wrong | None:
    text = item.written.tokens[node.first] if node.kind == "name" else ""
    if text and item.scope.find(text) is not None:
        return None
    if isinstance(value, Symbol):
        message = f"there is no label {str(value)!r} in this function"
        notes = did_you_mean(value, _labels(item.scope))
        return _Wrong(position, "unknown-label", message, notes, node)
    message = f"{name!r} takes a label as its target, got {describe(value)}"
    notes = ("help: put label(there) at the target and write its name",)
    return _Wrong(position, "operand-kind", message, notes, node)


def _labels(scope: LabelScope | None) -> Iterator[str]:
    while scope is not None:
        yield from scope.labels
        scope = scope.outer


def _no_value(
    position: int, value: Symbol, kind: OperandKind, item: Operation, node: Node
) -> _Wrong:
    what = KIND_WORDS[kind.kind]
    message = f"{str(value)!r} has no value here; {what} is needed"
    notes = did_you_mean(value, REGISTER_NAMES) if kind.kind == "reg" else ()
    if value == "fp":
        notes = ("help: the frame pointer is s0",)
    if item.scope.find(value) is not None:
        notes = ("note: it is a label; only branches, jumps and la take labels",)
    return _Wrong(position, "unknown-name", message, notes, node)


def _wrong_kind(
    name: str, position: int, kind: OperandKind, value: Value, item: Operation, node: Node,
    instructions: InstructionSet,
) -> _Wrong:  # fmt: skip
    if kind.kind == "csr" and isinstance(value, Symbol):
        notes = did_you_mean(value, instructions.csr_numbers)
        message = f"there is no CSR {str(value)!r}"
        return _Wrong(position, "unknown-csr", message, notes, node)
    if isinstance(value, RegisterSet):
        message = f"{name!r} takes ra, then s0 and up without a gap, got {operand_text(value)}"
        notes = ("note: a list can end in s9 or s11, not in s10",)
        return _Wrong(position, "register-class", message, notes, node)
    message = f"{name!r} takes {KIND_WORDS[kind.kind]} here, got {describe(value)}"
    notes = ()
    if kind.kind == "reg" and type(value) is int:
        notes = _immediate_twin(item, instructions)
    elif isinstance(value, Memory) and kind.kind == "reg":
        notes = (f"help: {operand_text(value.base)}",)
    return _Wrong(position, "operand-kind", message, notes, node)


def _immediate_twin(item: Operation, instructions: InstructionSet) -> tuple[str, ...]:
    """`addi` for an `add` that was given a number."""
    twin = python_name(item.mnemonic + "i")
    texts = ", ".join(operand_text(operand) for operand in item.operands)
    if item.mnemonic == "sub" and type(item.operands[-1]) is int:
        rest = ", ".join(operand_text(operand) for operand in item.operands[:-1])
        return (f"help: addi({rest}, {-item.operands[-1]})",)
    return (f"help: {twin}({texts})",) if twin in instructions.mnemonic_of else ()


def _out_of_range(
    name: str, position: int, row: Row, kind: OperandKind, value: Value, number: int,
    item: Operation, node: Node, instructions: InstructionSet,
) -> _Wrong:  # fmt: skip
    accepted = kind.accepted if kind.kind not in ("push", "pop") else _adjustments(kind, item)
    if kind.kind == "reg":
        message = f"{name!r} takes {accepted} here, got {operand_text(value)}"
        if kind.accepted == "x8..x15":
            message = (
                f"{name!r} takes one of s0, s1, a0..a5 (x8..x15) here, got {operand_text(value)}"
            )
        mend: tuple[str, ...] = ()
        if row.size == 2 and row.expansion:
            mend = (f"help: {python_name(row.expansion[0].row.name)}(...) takes any register",)
        return _Wrong(position, "register-class", message, mend, node)
    message = f"{name!r} takes {accepted} here, got {operand_text(value)}"
    if kind.nonzero and number == 0:
        return _Wrong(position, "immediate-zero", message, (), node)
    within = kind.minimum <= number <= kind.maximum and kind.kind in ("int", "uint")
    if within and number % kind.unit:
        low = number - number % kind.unit
        near = [str(value) for value in (low, low + kind.unit) if value in kind.values]
        notes = (f"help: {' and '.join(near)} {'are' if len(near) > 1 else 'is'} the nearest",)
        return _Wrong(position, "immediate-alignment", message, notes, node)
    return _Wrong(position, "immediate-range", message, _range_mend(item, instructions), node)


def _adjustments(kind: OperandKind, item: Operation) -> str:
    """The stack adjustments that fit the register list beside them."""
    listed = item.operands[0]
    number = register_list(listed.registers) if isinstance(listed, RegisterSet) else None
    sign = -1 if kind.kind == "push" else 1
    if number is None:
        return "a multiple of 16"
    space = stack_space(number)
    return ", ".join(str(sign * (space + extra)) for extra in range(0, kind.maximum + 1, 16))


def _range_mend(item: Operation, instructions: InstructionSet) -> tuple[str, ...]:
    """How to reach a value that the immediate cannot hold."""
    plain = item.mnemonic.removesuffix("i")
    operands = item.operands
    if plain != item.mnemonic and instructions.rows(plain) and len(operands) == 3:
        value = operands[2]
        if type(value) is int and -(1 << 31) <= value < 1 << 32 and plain[:2] not in ("sl", "sr"):
            rest = ", ".join(operand_text(operand) for operand in operands[:2])
            return (f"help: li(t0, {value}); {python_name(plain)}({rest}, t0)",)
    if len(operands) == 2 and isinstance(operands[1], Memory):
        offset, base = operands[1]
        if type(offset) is int and -(1 << 31) <= offset < 1 << 32 and item.mnemonic[:2] != "c.":
            text = f"{python_name(item.mnemonic)}({operand_text(operands[0])}, 0(t0))"
            return (f"help: li(t0, {offset}); add(t0, t0, {operand_text(base)}); {text}",)
    return ()
