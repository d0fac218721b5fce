"""From the steps of instructions to Python source: one function for a stretch of code.

Input: where the stretch starts, and the instructions of the code. Output: a `Block`, the text of a
function that executes them and gives the address where control goes on.
Invariant: the text is made of the steps alone: register numbers, constants and the operations of
`isa.words`. Nothing of a source, and no name of a label or of a function, is ever part of it.

A stretch goes on through jumps and past branches that are not taken; it ends where control leaves
it, and at its own start it is a loop, whose registers are local variables. The registers are
global variables of the text, `r1` to `r31` and behind them those of F; a function counts what it
has executed off `left`, and where less is left than it may need, it gives the complement of its
address and does nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from types import CodeType

from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.effects import Access, Effects
from asm_rv32.isa.effects import effects as effects_of
from asm_rv32.isa.meaning import (
    IDLE,
    Act,
    Constant,
    Expression,
    Goto,
    Let,
    Load,
    Local,
    Operation,
    Place,
    Read,
    Steps,
    Store,
    System,
    Write,
    within,
)
from asm_rv32.isa.operands import FFLAGS, FRM, SP
from asm_rv32.isa.words import SIGN, WORD
from asm_rv32.machine.judge import atomic, executable

SHARED = 1 << SP | 1 << FFLAGS | 1 << FRM
"""What a loop, too, has as global variables: others look at it, or change it."""
LENGTH = 64
"""Instructions of a stretch."""
BEYOND = 1 << 40
"""An index that no memory has: a misaligned access is seen to as one out of bounds is."""

SIGNED = f"(({{}} ^ {SIGN}) - {SIGN})"
TEXTS = {
    "+": f"({{}} + {{}} & {WORD})",
    "-": f"({{}} - {{}} & {WORD})",
    "&": "({} & {})",
    "|": "({} | {})",
    "^": "({} ^ {})",
    "shl": f"({{}} << ({{}} & 31) & {WORD})",
    "shr": "({} >> ({} & 31))",
    "sar": f"((({{}} ^ {SIGN}) - {SIGN}) >> ({{}} & 31) & {WORD})",
    "*": f"({{}} * {{}} & {WORD})",
    "high": "({} * {} >> 32)",
    "signed_high": f"({SIGNED} * {SIGNED} >> 32 & {WORD})",
    "mixed_high": f"({SIGNED} * {{}} >> 32 & {WORD})",
    "if": "({1} if {0} else {2})",
    "leading_zeros": "(32 - {}.bit_length())",
    "count_ones": "{}.bit_count()",
}
"""Operation → its text, where it is shorter than a call of `words.OPERATIONS`; operands are names
or stand in brackets."""
TESTS = {
    "eq": "{} == {}",
    "ne": "{} != {}",
    "ltu": "{} < {}",
    "geu": "{} >= {}",
    "lts": f"({{}} ^ {SIGN}) < ({{}} ^ {SIGN})",
    "ges": f"({{}} ^ {SIGN}) >= ({{}} ^ {SIGN})",
}
"""Comparison → its text as a condition."""
EXTENDING = {("signed8", 1), ("signed16", 2)}
"""Operation and the bytes of the load in it that a view of signed items does at once."""


class Meaning(NamedTuple):
    """What stands at an address, ready to be executed."""

    size: int
    word: int
    steps: Steps
    effects: Effects


class Site(NamedTuple):
    """Where an instruction needs more than registers: an access, a CSR, an end."""

    pc: int
    before: int
    """How many instructions of the function come before it."""
    size: int = 0
    offset: int = 0
    """What the address is from the register or value that it is computed from, signed."""
    is_store: bool = False
    is_signed: bool = False
    aligned: bool = False
    """Whether the access has to be aligned on any core."""
    stores_too: bool = False
    """Whether a load is of an instruction that stores there, too: it faults as that store does."""
    moves_sp: bool = False
    """Whether the instruction itself sets sp: what it stores below sp is to lie above."""

    def under(self, effects: Effects) -> Site:
        """With the rules that its instruction is under."""
        access = atomic(effects)
        return self._replace(
            aligned=access is not None,
            stores_too=access is not None and access.stores,
            moves_sp=bool(effects.writes >> SP & 1),
        )


class Block(NamedTuple):
    """One function's text."""

    text: str
    length: int
    """It executes at most so many instructions."""
    touched: int
    """The registers that it reads or writes, as a set of bits."""
    words: tuple[tuple[int, int], ...]
    """The address and the word of each of its instructions."""
    operations: frozenset[str]
    """Those of `words.OPERATIONS` that it calls, `op_...` in its text."""


@lru_cache(maxsize=20_000)
def meaning(word: int, isa: str) -> Meaning | None:
    """What a word does, as an instruction of the ISA or of the hart; None for what is none."""
    found = executable(word, isa)
    if found is None:
        return None
    size, steps = found.row.size, found.steps
    return Meaning(size, word, steps, effects_of(steps, size))


@lru_cache(maxsize=4096)
def compiled(text: str) -> CodeType:
    """The code of a function's text."""
    return compile(text, "<translation>", "exec")


class Ahead(NamedTuple):
    """What a translation has to know of the code and of the call."""

    fetch: Callable[[int], Meaning | None]
    """From an address to what is executed there; None where the stretch has to end."""
    watched_jumps: Callable[[int], bool]
    """Whether the target of a computed jump at an address has to be judged."""
    aligned: bool
    """Whether every access is known to be aligned."""
    marked: int
    """The registers whose last writer is to be kept in `last`, as a set of bits."""


class Translator:
    """Makes the text of one function; `sites` and what stands in them are the engine's."""

    def __init__(self, ahead: Ahead, sites: list[Site]) -> None:
        self.ahead = ahead
        self.sites = sites

    def block(self, start: int, length: int = LENGTH) -> Block:
        """The function for the code at `start`, of at most `length` instructions; there is one."""
        stretch = list(self._stretch(start, length))
        touched = 0
        for _, found in stretch:
            touched |= found.effects.reads | found.effects.writes
        is_loop = length == LENGTH and any(_target(pc, found) == start for pc, found in stretch)
        function = _Function(self, start, stretch, is_loop)
        text = function.text()
        words = tuple((pc, found.word) for pc, found in stretch)
        return Block(text, len(stretch), touched, words, frozenset(function.operations))

    def _stretch(self, start: int, length: int) -> Iterator[tuple[int, Meaning]]:
        pc = start
        seen: set[int] = set()
        while len(seen) < length and pc not in seen:
            found = self.ahead.fetch(pc)
            if found is None:
                return
            seen.add(pc)
            yield pc, found
            goto = _goto(found)
            target = _target(pc, found)
            if _ends(found) or (goto is not None and (target is None or target == start)):
                return
            always = goto is not None and goto.condition is None
            pc = target if always and target is not None else pc + found.size


def _goto(found: Meaning) -> Goto | None:
    last = found.steps[-1] if found.steps else None
    return last if isinstance(last, Goto) else None


def _target(pc: int, found: Meaning) -> int | None:
    """The address of a branch or jump by distance."""
    goto = _goto(found)
    if goto is None or not isinstance(goto.target, Place):
        return None
    return (pc + goto.target.distance) & WORD


def _ends(found: Meaning) -> bool:
    """Whether it does what ends a stretch, whatever comes behind."""
    return any(isinstance(step, Act) and step.name not in IDLE for step in found.steps)


class _Function:
    """The lines of one function."""

    def __init__(
        self, whole: Translator, start: int, stretch: list[tuple[int, Meaning]], is_loop: bool
    ) -> None:
        self.whole = whole
        self.start = start
        self.stretch = stretch
        self.is_loop = is_loop
        self.lines: list[str] = []
        self.operations: set[str] = set()
        self.names = 0
        self.pc = 0
        self.index = 0
        self.effects: Effects
        self.written = 0
        self.touched = 0

    def text(self) -> str:
        for index, (pc, found) in enumerate(self.stretch):
            self.index, self.pc, self.effects = index, pc, found.effects
            self.touched |= found.effects.reads | found.effects.writes
            self.written |= found.effects.writes
            following = self.stretch[self.index + 1 : self.index + 2]
            self._instruction(found, following[0][0] if following else None)
        return "\n".join((self._loop if self.is_loop else self._plain)()) + "\n"

    def _plain(self) -> Iterator[str]:
        yield "def block():"
        yield f"  global left, at, before, last{self._listed(self.written)}"
        yield f"  if left < {len(self.stretch)}: return {~self.start}"
        yield from (f"  {line}" for line in self.lines)

    def _loop(self) -> Iterator[str]:
        yield "def block():"
        yield f"  global left, at, before, last{self._listed(self.written)}"
        yield "  n = left"
        yield from (f"  x{n} = r{n}" for n in _numbers(self.touched & ~SHARED))
        back = [f"r{n} = x{n}" for n in _numbers(self.written & ~SHARED)]
        yield "  try:"
        yield f"    while n >= {len(self.stretch)}:"
        yield from (f"      {line}" for line in self.lines)
        yield f"    else: pc = {~self.start}"
        yield "  finally:"
        yield from (f"    {line}" for line in (*back, "left = n"))
        yield "  return pc"

    def _listed(self, numbers: int) -> str:
        return "".join(f", r{n}" for n in _numbers(numbers))

    # ---- instructions

    def _instruction(self, found: Meaning, following: int | None) -> None:
        behind = self.pc + found.size
        if found.effects.reads >> FRM & 1:
            # where no rounding mode is found
            self.lines.append(f"at, before = {self.pc}, {self.index}")
        access = atomic(found.effects)
        if access is not None and access.size > 4:
            self._require_aligned(access)
        target = self._judged_first(found)
        for step in found.steps:
            if target is not None and isinstance(step, (Write, Goto)):
                self._judge(self._value(target))
                target = None
            if isinstance(step, Write):
                value = self._value(step.value)
                if step.number:
                    self.lines.append(f"{self._register(step.number)} = {value}")
                    if self.whole.ahead.marked >> step.number & 1:
                        self.lines.append(f"last = {self.pc}")
            elif isinstance(step, Let):
                self.lines.append(f"v_{step.name} = {self._value(step.value)}")
            elif isinstance(step, Store):
                self._store(step)
            elif isinstance(step, Act):
                if step.name not in IDLE:
                    site = self._site()
                    self.lines.append(f"pc = act({site}, {step.name!r}, {behind})")
                    self._leave("pc")
                    return
            else:
                self._go(step, following)
        if following is None and not (found.steps and _always(found.steps[-1])):
            self.lines.append(f"at = {self.pc}")
            self._leave(str(behind))

    def _require_aligned(self, access: Access) -> None:
        """Stop where an access of two words is not one of eight bytes."""
        base, offset = self._place(access.address)
        address = f"({base} + {offset} & {WORD})"
        site = self._site(access.size)
        self.lines.append(f"if {address} & {access.size - 1}: load({site}, {address})")

    def _go(self, step: Goto, following: int | None) -> None:
        indent = ""
        if step.condition is not None:
            self.lines.append(f"if {self._test(step.condition)}:")
            indent = "  "
        elif isinstance(step.target, Place) and self._address(step.target) == following:
            return
        if not isinstance(step.target, Place):
            self.lines.append(f"{indent}pc = {self._value(step.target)}")
            if self.whole.ahead.watched_jumps(self.pc):
                self._judge("pc", indent)
            self.lines.append(f"{indent}at = {self.pc}")
            self._leave("pc", indent)
            return
        target = self._address(step.target)
        if indent and target & 2 and self.whole.ahead.watched_jumps(self.pc):
            self._judge(str(target), indent)
        if self.is_loop and target == self.start:
            self.lines += [f"{indent}n -= {self.index + 1}", f"{indent}continue"]
            return
        self.lines.append(f"{indent}at = {self.pc}")
        self._leave(str(target), indent)

    def _judged_first(self, found: Meaning) -> Expression | None:
        """The target of a jump that has to be judged ahead of what the jump writes: one that may
        trap, and hangs on no register any more."""
        goto = _goto(found)
        if goto is None or goto.condition or not self.whole.ahead.watched_jumps(self.pc):
            return None
        may_trap = not isinstance(goto.target, Place) or self._address(goto.target) & 2
        hangs = any(isinstance(each, (Read, Load)) for each in (goto.target, *within(goto.target)))
        return goto.target if may_trap and not hangs else None

    def _judge(self, target: str, indent: str = "") -> None:
        self.lines.append(f"{indent}jump({self._site()}, {target})")

    def _leave(self, pc: str, indent: str = "") -> None:
        done = self.index + 1
        if self.is_loop:
            self.lines.append(f"{indent}n -= {done}")
            if pc != "pc":
                self.lines.append(f"{indent}pc = {pc}")
            self.lines.append(f"{indent}break")
        else:
            self.lines += [f"{indent}left -= {done}", f"{indent}return {pc}"]

    def _address(self, place: Place) -> int:
        return (self.pc + place.distance) & WORD

    def _register(self, number: int) -> str:
        return f"x{number:d}" if self.is_loop and not SHARED >> number & 1 else f"r{number:d}"

    # ---- values; each is a name, a number or stands in brackets

    def _value(self, expression: Expression) -> str:
        if isinstance(expression, Constant):
            return str(expression.value)
        if isinstance(expression, Read):
            return self._register(expression.number)
        if isinstance(expression, Place):
            return str(self._address(expression))
        if isinstance(expression, Local):
            return f"v_{expression.name}"
        if isinstance(expression, Load):
            return self._load(expression, False)
        if isinstance(expression, System):
            return self._system(expression)
        name, operands = expression
        inner = operands[0]
        if isinstance(inner, Load) and (name, inner.size) in EXTENDING:
            return f"({self._load(inner, True)} & {WORD})"
        if name in TESTS:
            return f"(1 if {self._test(expression)} else 0)"
        if name == "if":
            condition, *values = operands
            texts = [self._value(value) for value in values]
            return TEXTS[name].format(f"({self._test(condition)})", *texts)
        texts = [self._value(operand) for operand in operands]
        if name in TEXTS:
            return TEXTS[name].format(*(f"({each})" if each.isdigit() else each for each in texts))
        self.operations.add(name)
        return f"op_{name}({', '.join(texts)})"

    def _test(self, expression: Expression) -> str:
        if isinstance(expression, Operation) and expression.name in TESTS:
            return TESTS[expression.name].format(*map(self._value, expression.operands))
        return self._value(expression)

    def _name(self) -> str:
        self.names += 1
        return f"t{self.names}"

    def _kept(self, text: str) -> str:
        """A name for a value, which is then computed once."""
        if text.isidentifier() or text.isdigit():
            return text
        name = self._name()
        self.lines.append(f"{name} = {text}")
        return name

    # ---- what needs more than registers

    def _site(self, size: int = 0, offset: int = 0, **more: bool) -> int:
        site = Site(self.pc, self.index, size, offset, **more)
        self.whole.sites.append(site.under(self.effects))
        return len(self.whole.sites) - 1

    def _place(self, address: Expression) -> tuple[str, int]:
        """The text of an address but for a constant in it, and that, signed."""
        if isinstance(address, Operation) and address.name == "+":
            base, more = address.operands
            if isinstance(more, Constant):
                return self._kept(self._value(base)), (more.value ^ SIGN) - SIGN
        return self._kept(self._value(address)), 0

    def _item(self, site: int, base: str, size: int) -> str:
        index = f"{base} + k{site} & {WORD}"
        if size == 1:
            return f"w{site}[{index}]"
        shift = size >> 1
        if self.whole.ahead.aligned:
            return f"w{site}[({index}) >> {shift}]"
        return f"w{site}[i >> {shift} if not (i := {index}) & {size - 1} else {BEYOND}]"

    def _load(self, load: Load, is_signed: bool) -> str:
        base, offset = self._place(load.address)
        site = self._site(load.size, offset, is_signed=is_signed)
        name = self._name()
        self.lines += [
            f"try: {name} = {self._item(site, base, load.size)}",
            f"except IndexError: {name} = load({site}, {base} + {offset} & {WORD})",
        ]
        return name

    def _store(self, store: Store) -> None:
        base, offset = self._place(store.address)
        value = self._kept(self._value(store.value))
        site = self._site(store.size, offset, is_store=True)
        low = value if store.size == 4 else f"{value} & {(1 << 8 * store.size) - 1}"
        self.lines += [
            f"try: {self._item(site, base, store.size)} = {low}",
            f"except IndexError: store({site}, {base} + {offset} & {WORD}, {value})",
        ]

    def _system(self, found: System) -> str:
        values = [self._kept(self._value(operand)) for operand in found.operands]
        site = self._site(4)
        name = self._name()
        executed = f"given - {'n' if self.is_loop else 'left'} + {self.index}"
        operands = "".join(f"{value}, " for value in values)
        self.lines.append(
            f"{name} = system({site}, {found.name!r}, ({operands}), {executed}, {_writes(found)})"
        )
        return name


def _writes(found: System) -> bool:
    """Whether a CSR is written: setting or clearing no bit writes none (Zicsr)."""
    return found.name == "swap_csr" or found.operands[-1] != Constant(0)


def _always(step: object) -> bool:
    return isinstance(step, Goto) and step.condition is None


def _numbers(mask: int) -> list[int]:
    return [number for number in range(1, mask.bit_length()) if mask >> number & 1]
