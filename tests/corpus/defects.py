"""Correct functions, and the mistakes that are seeded into them.

Input: the examples, gcc's programs and libgcc's functions. Output: `Sample`s that run, and for each
kind of mistake in `KINDS` the sample with one such mistake, where it applies.
Invariant: equal seeds give equal mistakes; what is changed is in the function's main routine.
"""

from __future__ import annotations

import random
import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.formats.board.lowering import lower
from asm_rv32.isa.sets import DEFAULT_ISA
from corpus import compiled
from corpus.example_inputs import INPUTS
from corpus.gcc_programs import body, label_name, parameters, programs

Inputs = Callable[[random.Random], tuple[Any, ...]]
Body = list[str]


class Sample(NamedTuple):
    """A function as statements, one a line, and what it can be called with."""

    name: str
    parameters: str
    body: Body
    first: int
    """The line at which its main routine starts; it goes on to `last`."""
    last: int
    inputs: Inputs | None
    """None where it calls what is not there, and so cannot run."""
    compress: bool
    """False where the compiler has chosen each form."""

    def text(self, body: Body | None = None, returns: str = "") -> str:
        """The source, or that of another body."""
        head = f"@asm_rv32\ndef {self.name}({self.parameters}){returns}:\n"
        return head + "".join(f"    {line}\n" for line in body or self.body)

    @property
    def main(self) -> Body:
        """The main routine."""
        return self.body[self.first : self.last]

    def changed(self, main: Body) -> Body:
        """The body with another main routine."""
        return [*self.body[: self.first], *main, *self.body[self.last :]]


class Mistake(NamedTuple):
    """A sample with one mistake, and the codes by which lint may name it."""

    text: str
    codes: frozenset[str]


RETURN = re.compile(r"(c_jr\(ra\)|jr\(ra\)|ret\(\))")
RESTORE = re.compile(r"(c_lwsp|lw)\((s[0-9]+|ra), ?([0-9]+)(\(sp\))?\)")
SAVE = re.compile(r"(c_swsp|sw)\((s[0-9]+), ?([0-9]+)(\(sp\))?\)")
PUSH = re.compile(r"(c_addi16sp\(sp, ?-|c_addi\(sp, ?-|addi\(sp, ?sp, ?-)[0-9]+\)")
POP = re.compile(r"(c_addi16sp\(sp, ?|c_addi\(sp, ?|addi\(sp, ?sp, ?)[0-9]+\)")
LOAD = re.compile(r"lw\((\w+), ?(-?[0-9]+)\((a[0-7])\)\)")


def _places(main: Body, pattern: re.Pattern[str]) -> list[int]:
    return [at for at, line in enumerate(main) if pattern.fullmatch(line)]


def _ahead(*lines: str) -> Callable[[Body, random.Random], Body | None]:
    return lambda main, choice: [*lines, *main]


def _at_one_of(
    places: Callable[[Body], list[int]], instead: Callable[[str], tuple[str, ...]]
) -> Callable[..., Body | None]:
    """Other statements in the place of one."""

    def change(main: Body, choice: random.Random) -> Body | None:
        found = places(main)
        if not found:
            return None
        at = choice.choice(found)
        return [*main[:at], *instead(main[at]), *main[at + 1 :]]

    return change


def _removed(pattern: re.Pattern[str], *instead: str) -> Callable[..., Body | None]:
    return _at_one_of(partial(_places, pattern=pattern), lambda line: instead)


def _restores(main: Body, wanted: str = "s") -> list[int]:
    """The loads of saved registers, or of `ra`, right before the stack is given back."""
    places = []
    for end in _places(main, POP):
        at = end - 1
        while at >= 0 and (found := RESTORE.fullmatch(main[at])):
            places += [at] if found[2][0] == wanted else []
            at -= 1
    return places


def _saves(main: Body) -> list[int]:
    """The only stores of saved registers to the places that they are restored from."""
    if not _places(main, POP):
        return []
    stored = [found.groups()[1:3] for line in main if (found := SAVE.fullmatch(line))]
    loaded = {found.groups()[1:3] for line in main if (found := RESTORE.fullmatch(line))}
    return [
        at
        for at in _places(main, SAVE)
        if (found := SAVE.fullmatch(main[at])) and found.groups()[1:3] in loaded
        and [place for _, place in stored].count(found[3]) == 1
    ]  # fmt: skip


def _left_out(line: str) -> tuple[str, ...]:
    return ()


def _on_one_path(line: str) -> tuple[str, ...]:
    return ("beqz(a0, over)", line, "label(over)")


def _overwritten(line: str) -> tuple[str, ...]:
    """Another register stored behind it where a saved one stands."""
    found = SAVE.fullmatch(line)
    assert found is not None
    return (line, f"sw(a0, {found[3]}(sp))")


def _odd_offset(line: str) -> tuple[str, ...]:
    found = LOAD.fullmatch(line)
    assert found is not None
    return (f"lw({found[1]}, {int(found[2]) + 1}({found[3]}))",)


def _swapped(main: Body, choice: random.Random) -> Body | None:
    """Two registers, each restored from the place of the other."""
    restores = _restores(main)
    places = [at for at in restores if at + 1 in restores]
    if not places:
        return None
    at = choice.choice(places)
    first, second = (RESTORE.fullmatch(line) for line in main[at : at + 2])
    assert first and second
    swapped = (first[0].replace(first[2], second[2]), second[0].replace(second[2], first[2]))
    return [*main[:at], *swapped, *main[at + 2 :]]


def _in_place_of_the_end(*lines: str) -> Callable[..., Body | None]:
    """Lines in place of the return that the text ends with."""

    def replace(main: Body, choice: random.Random) -> Body | None:
        return [*main[:-1], *lines] if RETURN.fullmatch(main[-1]) else None

    return replace


def _behind_the_end(main: Body, choice: random.Random) -> Body | None:
    return [*main, "li(a0, 1)", "ret()"] if RETURN.fullmatch(main[-1]) else None


def _result_left_in_a_temporary(main: Body, choice: random.Random) -> Body | None:
    if any(re.search(r"\bt6\b|\b(jal|call|tail|c_jal|c_jalr|jalr)\(", line) for line in main):
        return None
    return ["mv(t6, a0)", *(re.sub(r"\ba0\b", "t6", line) for line in main)]


def _calling(ahead: Body, routines: Body, behind: Body) -> Callable[..., Body | None]:
    """A call of a routine ahead of all else, between these statements; and the routines."""

    def change(main: Body, choice: random.Random) -> Body | None:
        call = ["addi(sp, sp, -16)", "sw(ra, 12(sp))", *ahead, "call(extra)", *behind,
                "lw(ra, 12(sp))", "addi(sp, sp, 16)"]  # fmt: skip
        return [*call, *main, *routines] if RETURN.fullmatch(main[-1]) else None

    return change


ENTER = ("addi(sp, sp, -16)", "sw(ra, 8(sp))")
LEAVE = ("lw(ra, 8(sp))", "addi(sp, sp, 16)", "ret()")
NAMES = ("extra", "other", "third")


def _chain(*last: str) -> Body:
    """Three routines, each calling the next; the last one does this."""
    calls = [
        line for name, to in pairwise(NAMES)
        for line in (f"label({name})", *ENTER, f"call({to})", *LEAVE)
    ]  # fmt: skip
    return [*calls, "label(third)", *last, "ret()"]


def _ending_in_each_other(*last: str) -> Body:
    """Two routines that go round by jumps, as often as t2 says, before one does this."""
    return [
        "label(extra)", "addi(t2, t2, -1)", "bgtz(t2, other)", "j(done)", "label(other)",
        "addi(t2, t2, -1)", "bgtz(t2, extra)", "label(done)", *last, "ret()",
    ]  # fmt: skip


def _calling_each_other(leave: tuple[str, ...], *last: str) -> Body:
    """Two routines that call each other, as often as t2 says; one does this, one ends so."""
    return [
        "label(extra)", "blez(t2, done)", *ENTER, "addi(t2, t2, -1)", "call(other)", *leave,
        "label(other)", "blez(t2, done)", *ENTER, "addi(t2, t2, -1)", "call(extra)", *LEAVE,
        "label(done)", *last, "ret()",
    ]  # fmt: skip


OVERWRITES = ("slli(t6, a0, 1)", "add(t5, t6, a0)")
VALUE, USE = ["li(t2, 3)", "addi(t6, a0, 3)"], ["xor(t5, t6, a0)"]
ROUTINES: dict[str, tuple[Body, Body, Body]] = {
    "by a routine": (VALUE, ["label(extra)", *OVERWRITES, "ret()"], USE),
    "three calls away": (VALUE, _chain(*OVERWRITES), USE),
    "by routines that end in each other": (VALUE, _ending_in_each_other(*OVERWRITES), USE),
    "by mutual recursion": (VALUE, _calling_each_other(LEAVE, *OVERWRITES), USE),
}
COUNT = ["li(t2, 3)"]
LOST = ("addi(sp, sp, 16)", "ret()")


class Kind(NamedTuple):
    """How a mistake is made, and by which codes lint finds it."""

    make: Callable[[Body, random.Random], Body | None]
    codes: frozenset[str]
    returns: str = ""


def _kind(make: Callable[..., Body | None], *codes: str, returns: str = "") -> Kind:
    return Kind(make, frozenset(codes), returns)


KINDS: dict[str, Kind] = {
    "saved register clobbered": _kind(_ahead("addi(s10, a0, 7)"), "saved-register"),
    "gp or tp clobbered": _kind(_ahead("addi(tp, a0, 7)"), "saved-register"),
    "saved register not restored": _kind(_at_one_of(_restores, _left_out), "saved-register"),
    "saved register not saved": _kind(_at_one_of(_saves, _left_out), "saved-register"),
    "restored on one path": _kind(_at_one_of(_restores, _on_one_path), "saved-register"),
    "saved on one path": _kind(_at_one_of(_saves, _on_one_path), "saved-register"),
    "restores swapped": _kind(_swapped, "saved-register"),
    "saved place overwritten": _kind(_at_one_of(_saves, _overwritten), "saved-register"),
    "ra not restored": _kind(
        _at_one_of(partial(_restores, wanted="r"), _left_out), "return-address"
    ),
    "ra overwritten by a call": _kind(_ahead("jal(ra, over)", "label(over)"), "return-address"),
    "ra overwritten by a move": _kind(_ahead("mv(ra, a0)"), "return-address"),
    "sp not given back": _kind(_removed(POP), "stack-pointer", "saved-register"),
    "sp not taken": _kind(_removed(PUSH), "stack-pointer", "stack-access"),
    "sp moved": _kind(_ahead("addi(sp, sp, -16)"), "stack-pointer"),
    "store below sp": _kind(_ahead("sw(a0, -16(sp))"), "stack-access"),
    "load above the frame": _kind(_ahead("lw(t6, 4(sp))"), "stack-access"),
    "register never written": _kind(_ahead("add(t6, t5, t4)"), "unwritten-register"),
    "stack never written": _kind(
        _ahead("addi(sp, sp, -16)", "lw(t6, 8(sp))", "addi(sp, sp, 16)", "beqz(t6, over)",
               "label(over)"),
        "unwritten-stack",
    ),
    "code behind the end": _kind(_behind_the_end, "unreachable"),
    "data in the way": _kind(_ahead("data(4, 0)"), "falls-into-data"),
    "data in place of the return": _kind(_in_place_of_the_end("nop()", "data(4, 0)"),
                                         "falls-into-data"),
    "jump to data": _kind(
        _ahead("la(t6, table)", "jr(t6)", "align(4)", "label(table)", "data(4, 0, 0x8067)"),
        "falls-into-data",
    ),
    "jump to itself": _kind(_ahead("label(hang)", "j(hang)"), "endless-loop"),
    "loop that nothing ends": _kind(
        _ahead("li(t6, 1)", "label(hang)", "addi(t5, t6, 1)", "bnez(t6, hang)"), "endless-loop"
    ),
    "misaligned constant": _kind(
        _ahead("li(t6, 0x40000001)", "sw(zero, 0(t6))"), "misaligned-address"
    ),
    "misaligned pointer": _kind(
        _at_one_of(partial(_places, pattern=LOAD), _odd_offset), "misaligned-address"
    ),
    "result not set": _kind(_result_left_in_a_temporary, "result-unset", returns=" -> int"),
    "no fence_i": _kind(
        _ahead("la(t6, patched)", "li(t5, 0x13)", "align(4)", "label(patched)", "sw(t5, 0(t6))"),
        "missing-fence-i",
    ),
    "counter that the core lacks": _kind(_ahead("rdcycle(t6)"), "missing-csr"),
    "return by a call": _kind(_removed(RETURN, "jalr(ra)"), "return-by-call"),
    "return beside its place": _kind(_removed(RETURN, "jr(ra, 4)"), "return-by-call"),
    "label not used": _kind(_ahead("label(unused)"), "unused-label"),
    "hint": _kind(_ahead("add(zero, a0, a0)"), "hint"),
    **{
        f"value overwritten {how}": _kind(_calling(*parts), "lost-in-call")
        for how, parts in ROUTINES.items()
    },
    "ra not saved in a routine": _kind(
        _calling([], ["label(extra)", "call(other)", "ret()", "label(other)", "ret()"], []),
        "return-address",
    ),
    "ra not restored in recursion": _kind(
        _calling(COUNT, _calling_each_other(LOST, "nop()"), []), "return-address"
    ),
    "read in a routine, not written": _kind(
        _calling([], _chain("add(t5, t4, t4)"), []), "unwritten-register"
    ),
    "read in mutual recursion": _kind(
        _calling(COUNT, _calling_each_other(LEAVE, "add(t5, t4, t4)"), []), "unwritten-register"
    ),
    "stack never written in a routine": _kind(
        _calling([], ["label(extra)", "addi(sp, sp, -16)", "lw(t6, 8(sp))", "beqz(t6, over)",
                      "label(over)", "addi(sp, sp, 16)", "ret()"], []),
        "unwritten-stack",
    ),
    "sp left elsewhere by a routine": _kind(
        _calling([], ["label(extra)", "addi(sp, sp, -16)", "ret()"], []), "stack-pointer",
        "return-address", "saved-register",
    ),
    "branch that is always taken": _kind(
        _ahead("li(t6, 5)", "label(hang)", "addi(t6, t6, -1)", "beq(zero, zero, hang)"),
        "endless-loop",
    ),
    "condition that never changes": _kind(
        _ahead("li(t6, 3)", "li(t5, 4)", "label(hang)", "addi(t4, t6, 1)", "bltu(t6, t5, hang)"),
        "endless-loop",
    ),
    "condition that never changes within a loop": _kind(
        _ahead("li(t6, 3)", "label(round)", "addi(t5, t6, 1)", "label(hang)", "add(t4, t5, t5)",
               "bne(t5, sp, hang)", "addi(t6, t6, -1)", "bnez(t6, round)"),
        "endless-loop",
    ),
    "read past a buffer": _kind(_ahead("add(t6, a0, a1)", "lb(t6, 3(t6))")),
}  # fmt: skip
"""What is wrong → how it is made. The last is made where the first two arguments are a buffer and
its length in bytes."""
OVERRUN = "read past a buffer"


def seeded(sample: Sample) -> Iterator[tuple[str, Mistake]]:
    """Each kind of mistake in the sample, where it applies."""
    for name, kind in KINDS.items():
        if name == OVERRUN and not _takes_a_buffer(sample):
            continue
        main = kind.make(sample.main, random.Random(f"{sample.name} {name}"))
        if main is not None:
            yield name, Mistake(sample.text(sample.changed(main), kind.returns), kind.codes)


def _takes_a_buffer(sample: Sample) -> bool:
    values = sample.inputs(random.Random(0)) if sample.inputs else ()
    return len(values) > 1 and isinstance(values[0], (bytes, bytearray)) and type(values[1]) is int


# ---- the correct functions


def example_samples(folder: Path) -> Iterator[Sample]:
    """The functions of the examples, as plain statements."""
    for path in sorted(folder.glob("*.py")):
        for image in assemble(path.read_text(), path=str(path)).functions.values():
            if len(image.parts) > 1 or image.isa != DEFAULT_ISA:
                # Seeds are in words of the usual ISA; and lowered into one function, what only a
                # table names would be called by nothing.
                continue
            lines = lower(image).partition(":\n")[2].rstrip().splitlines()
            # What MicroPython has no words for stands in a comment.
            body = [re.sub(r"data\(.*?\)  # (?=[a-z])", "", line.strip()) for line in lines]
            body = _with_used_labels(body)
            returns = [at for at, line in enumerate(body) if RETURN.fullmatch(line)]
            last = returns[-1] + 1 if returns and body[-1].startswith("data") else len(body)
            if not RETURN.fullmatch(body[last - 1]):
                body.insert(last, "ret()")
                last += 1
            parameters = ", ".join(f"a{number}" for number in range(len(image.parameters)))
            yield Sample(image.name, parameters, body, 0, last, INPUTS[image.name], True)


def _with_used_labels(body: Sequence[str]) -> Body:
    """The statements without labels that nothing names."""
    named = Counter(re.findall(r"\w+", " ".join(body)))
    return [line for line in body if line[:6] != "label(" or named[line[6:-1]] > 1]


def _with_called_functions(body: Sequence[str]) -> Body:
    """The statements without functions that nothing calls; each starts at an `align`."""
    starts = [0, *(at for at, line in enumerate(body) if line[:6] == "align("), len(body)]
    text = " ".join(body)
    return [
        line
        for first, last in pairwise(starts)
        for line in body[first:last]
        if not (found := re.match(r"label\((L_[a-z]\w*)\)", body[min(first + 1, last - 1)]))
        or len(re.findall(rf"\b{found[1]}\b", text)) > 1
    ]


def words(choice: random.Random, count: int) -> tuple[int, ...]:
    """So many words, small ones among them."""
    edges = (0, 1, -1, 2, 7, 31, 100, 1 << 15, (1 << 31) - 1, -(1 << 31))
    return tuple(
        choice.choice(edges) if choice.random() < 0.3 else choice.getrandbits(32) - (1 << 31)
        for _ in range(count)
    )


def buffer(choice: random.Random) -> tuple[bytearray, int]:
    """Bytes, a multiple of four, and how many."""
    length = choice.randrange(4, 200, 4)
    return bytearray(choice.getrandbits(choice.choice((2, 8))) for _ in range(length)), length


def gcc_samples(level: str, folder: Path) -> Iterator[Sample]:
    """gcc's programs at a level of optimisation."""
    for program in programs():
        lines = _with_used_labels(_with_called_functions(body(program, level, folder)))
        first = lines.index(f"label({label_name(program.name)})") + 1
        # Another function, or data, starts at an `align`.
        last = next((at for at in range(first, len(lines)) if lines[at][:6] == "align("),
                    len(lines))  # fmt: skip
        inputs = partial(words, count=3) if program.takes == "words" else buffer
        yield Sample(program.name, parameters(program), lines, first, last, inputs, True)


ELSEWHERE = re.compile(
    r".*[ ,(-][0-9]*\((?!sp\)|ra\))[a-z0-9]+\)|unimp|(c_)?ebreak|"
    r"(jalr|c_jalr|c_jr|jr)\((?!ra|zero, ?0\(ra)"
)
"""An address that a linker fills in, memory other than the stack, a trap, a jump to a table."""


def libgcc_samples() -> Iterator[Sample]:
    """Functions of libgcc; those that compute with numbers alone can run."""
    registers = [f"a{number}" for number in range(8)]
    for name, lines in compiled.libgcc().items():
        runs = not any(ELSEWHERE.match(line) for line in lines)
        inputs = partial(words, count=8) if runs else None
        plain = re.sub(r"\W", "_", name)
        yield Sample(plain, ", ".join(registers), lines, 0, len(lines), inputs, False)
