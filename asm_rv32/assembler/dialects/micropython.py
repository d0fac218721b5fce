"""What MicroPython's own assembler takes, and what is not in its dialect.

Input: `encodings/micropython.toml`; a function that is placed; instructions.
Output: `Finding`s, and which instructions, jumps and labels it has a way to say.
Invariant: what it takes and where it goes wrong is data; a function without a finding gets the same
bytes from both assemblers.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

from asm_rv32.assembler.ir import Fragment
from asm_rv32.basis.diagnostics import Diagnostic, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.operands import OperandKind
from asm_rv32.isa.rows import Instruction, Row
from asm_rv32.isa.tables import python_name, tables

NO_WORD, REFUSED, FAULT, UNSURE = range(4)
"""There is no way to say it there; it can be said, and is refused; it is taken, and assembled to
something else; it may be refused."""


class Finding(NamedTuple):
    """Something that is not in the dialect."""

    sort: int
    """NO_WORD, REFUSED, FAULT or UNSURE."""
    diagnostic: Diagnostic


@cache
def facts() -> Any:
    return tables()["micropython"]


@cache
def words(extensions: tuple[str, ...]) -> frozenset[str]:
    """The mnemonics that the dialect has with these tables."""
    known = facts()["words"]
    chosen = ("rv32imc", *(name for name in extensions if name in known))
    return frozenset(word for name in chosen for word in known[name].split())


def release() -> str:
    """The release of mpy-cross that all this is about."""
    return f"mpy-cross {facts()['release']}"


def no_word(message: str, span: Span, *notes: str) -> Finding:
    """A finding that there is no way to say something."""
    return Finding(NO_WORD, Diagnostic("not-in-dialect", message, span, notes))


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
            yield Finding(UNSURE, Diagnostic("not-in-dialect", message, span, notes, "warning"))
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
                REFUSED,
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
    data = facts()
    if row.name not in words(()) or (row.hint and row.name not in data["hints"]["taken"].split()):
        return False
    bits = data["register_bits"].get(row.name)
    if bits and any(value >= 8 + (1 << bits) for value in values):
        return False
    for kind, value in zip(row.kinds, values):
        takes = data["takes"].get(row.name, {}).get(kind.name)
        if takes and not takes["low"] <= value <= takes["high"]:
            return False
    return True
