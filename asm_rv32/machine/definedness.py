"""Which bits come from what nothing stored, and where that matters: as valgrind's memcheck has it.

Input: our own engine, stopped at a load of a part of the stack that nothing stored. Output: the
address from which it can go on as before; or what it raises, `unwritten-stack` among it.
Invariant: a bit counts as coming from nowhere only where its value can depend on such a bit, but
for sums, products and what has no rule here, where all that may depend on it does.

To load such bits, to move them, to compute with them and to store them in the stack is no fault.
To branch on one is, to address or to jump by one, to store a value of nothing else elsewhere, and
to return one. What the registers hold at the start of a call counts as stored.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.isa.effects import writes_csr
from asm_rv32.isa.meaning import Place, System
from asm_rv32.isa.operands import A0, ALL_NAMES
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.words import BY_BYTE, MOVING, OPERATIONS, RAISED, SIGN, WORD
from asm_rv32.machine.errors import faults
from asm_rv32.machine.faults import Unwritten
from asm_rv32.machine.own_state import Stopped, Unstored
from asm_rv32.machine.settings import CSR_READS
from asm_rv32.machine.translation import Meaning, Site

if TYPE_CHECKING:
    from asm_rv32.machine.own import OwnEngine


class Bits(NamedTuple):
    """A word, and those of its bits that come from nowhere."""

    word: int
    missing: int = 0
    origin: Unwritten | None = None


def _smeared(mask: int) -> int:
    """From the lowest bit of a mask all to the left."""
    return (mask | -mask) & WORD


def _either(a: Bits, b: Bits) -> int:
    return _smeared(a.missing | b.missing)


def _compared(a: Bits, b: Bits) -> int:
    """1 where bits from nowhere decide, 0 where others differ already."""
    known = ~(a.missing | b.missing)
    return int((a.word ^ b.word) & known == 0)


def _ordered(a: Bits, b: Bits, flipped: int = 0) -> int:
    """1 where bits from nowhere decide, 0 where the greatest of one is less than the least other.

    `flipped`: the sign bit, for signed words.
    """
    one, other = a.word ^ flipped, b.word ^ flipped
    is_less = one | a.missing < other & ~b.missing
    return int(not is_less and one & ~a.missing < other | b.missing)


def _alike(name: str) -> Callable[[Bits], int]:
    """Of an operation that moves bits, or copies them."""
    return lambda a: OPERATIONS[name](a.missing)


def _permuted(name: str, a: Bits, b: Bits) -> int:
    return WORD if b.missing else OPERATIONS[name](a.missing, b.word)


def _shifted(name: str, a: Bits, b: Bits) -> int:
    return WORD if b.missing else OPERATIONS[name](a.missing, b.word)


def _chosen(condition: Bits, a: Bits, b: Bits) -> int:
    if condition.missing:
        return a.missing | b.missing | a.word ^ b.word
    return a.missing if condition.word else b.missing


MISSING: dict[str, Any] = {
    "&": lambda a, b: a.missing & (b.word | b.missing) | b.missing & (a.word | a.missing),
    "|": lambda a, b: a.missing & (~b.word | b.missing) | b.missing & (~a.word | a.missing),
    "^": lambda a, b: a.missing | b.missing,
    "+": _either,
    "-": _either,
    "*": _either,
    "shl": lambda a, b: _shifted("shl", a, b),
    "shr": lambda a, b: _shifted("shr", a, b),
    "sar": lambda a, b: _shifted("sar", a, b),
    "eq": _compared,
    "ne": _compared,
    "lts": lambda a, b: _ordered(a, b, SIGN),
    "ges": lambda a, b: _ordered(a, b, SIGN),
    "ltu": _ordered,
    "geu": _ordered,
    "if": _chosen,
    "carryless": _either,
    "permute4": lambda a, b: _permuted("permute4", a, b),
    "permute8": lambda a, b: _permuted("permute8", a, b),
    **{name: _alike(name) for name in ("signed8", "signed16", "or_combine", *MOVING)},
    **dict.fromkeys(BY_BYTE, lambda a: 255 if a.missing & 255 else 0),
}
"""Operation → the bits of its result that come from nowhere, where an operand has some."""


class Careful(Reading):
    """Goes on with a call instruction by instruction where bits from nowhere are touched."""

    def __init__(self, engine: OwnEngine) -> None:
        self.engine = engine
        self.judge = engine.judge
        self.held: dict[int, Bits] = {}
        """The registers that hold bits from nowhere."""
        self.writers: dict[int, int] = {}
        """Register → the address of the instruction that gave it such bits."""
        self.site = Site(0, 0)
        self.found: Meaning
        self.following = 0

    def run(self, pc: int) -> int:
        """Go on at `pc` until no register holds such bits; where control goes then.

        Raises Stopped, Returned.
        """
        engine = self.engine
        pc = self.step(pc)
        while self.held:
            if pc == self.judge.stop:
                self.check_return()
            block = engine.missing(pc)
            if engine.touched(pc) & sum(1 << number for number in self.held):
                pc = self.step(pc)
                continue
            try:
                following = block()
            except Unstored as found:
                engine.count(found.site.before)
                following = self.step(found.site.pc)
            pc = following if following >= 0 else self.step(~following)
        return pc

    def step(self, pc: int) -> int:
        """Execute one instruction; where control goes on."""
        engine = self.engine
        engine.missing(pc)
        found = engine.fetch(pc)
        if found is None:
            return self.replaced(pc)
        engine.provide(pc)
        self.found = found
        self.site = Site(pc, 0).under(found.effects)
        self.following = (pc + found.size) & WORD
        engine.registers.pc = pc
        perform(found.steps, self)
        engine.count(1, pc)
        return self.following

    def replaced(self, pc: int) -> int:
        """Execute what the settings have in an instruction's place: what it changes is defined."""
        before = {number: self.engine.registers[number] for number in self.held}
        following = self.engine.missing(pc)()
        for number, word in before.items():
            if self.engine.registers[number] != word:
                del self.held[number]
        return following

    # ---- where it matters

    def use(self, what: str, value: Bits, pc: int | None = None) -> None:
        """Stop where a value has bits from nowhere; `what` it is, at `pc` or here."""
        if not value.missing or value.origin is None:
            return
        offset = (self.site.pc if pc is None else pc) - self.judge.base
        line = self.judge.image.line_at(value.origin.pc - self.judge.base)
        fault = faults.unwritten(what, value.origin, offset, line, self.judge.stack)
        if not self.judge.lets_pass(fault):
            raise Stopped(fault)

    def check_return(self) -> None:
        """The result, and what the caller relies on, at the return."""
        kept = self.judge.checks.kept if self.judge.checks else ()
        for number in (A0, *kept):
            if number in self.held:
                name = "the result" if number == A0 else f"{ALL_NAMES[number]} at the return"
                self.use(name, self.held[number], self.writers[number])

    # ---- the reading

    def constant(self, word: int) -> Bits:
        return Bits(word)

    def place(self, distance: int) -> Bits:
        return Bits((self.site.pc + distance) & WORD)

    def read(self, number: int) -> Bits:
        return self.held.get(number) or Bits(self.engine.registers[number])

    def write(self, number: int, value: Bits) -> None:
        self.engine.registers[number] = value.word
        self.engine.mark(number, self.site.pc)
        if value.missing:
            self.held[number] = value
            self.writers[number] = self.site.pc
        else:
            self.held.pop(number, None)

    def operation(self, name: str, operands: tuple[Bits, ...]) -> Bits:
        word = OPERATIONS[name](*[operand.word for operand in operands])
        origin = next((each.origin for each in operands if each.missing), None)
        if origin is None or name.startswith(RAISED):
            return Bits(word)  # of the flags nothing is claimed
        rule = MISSING.get(name)
        return Bits(word, WORD if rule is None else rule(*operands) & WORD, origin)

    def load(self, size: int, address: Bits) -> Bits:
        self.use("the address of this load", address)
        site = self.site._replace(size=size)
        region = self.engine.checked(site, address.word)
        word = self.engine.raw_load(region, address.word, size)
        shadow = self.engine.shadow
        if region is not self.judge.stack or shadow is None:
            return Bits(word)
        at = address.word - region.address
        origin = Unwritten(site.pc, address.word, size, shadow.unwritten(at, size))
        if not origin.missing or self._ignored(origin):
            return Bits(word)
        return Bits(word, shadow.mask(at, size), origin)

    def _ignored(self, origin: Unwritten) -> bool:
        offset = origin.pc - self.judge.base
        return self.judge.lets_pass(
            faults.unwritten("", origin, offset, None, self.judge.stack)
        )  # fmt: skip

    def store(self, size: int, address: Bits, value: Bits) -> None:
        self.use("the address of this store", address)
        site = self.site._replace(size=size, is_store=True)
        region = self.engine.checked(site, address.word)
        every = (1 << 8 * size) - 1
        in_stack = region is self.judge.stack and self.engine.shadow is not None
        if not in_stack and value.missing & every == every:
            # Of a part, a compiler copies padding, or puts a bit-field in its place.
            self.use("what is stored here", value)
        self.engine.store(site, address.word, value.word)
        if in_stack and self.engine.shadow is not None:
            self.engine.shadow.put(address.word - region.address, size, value.missing)

    def system(self, name: str, operands: tuple[Bits, ...]) -> Bits:
        if name not in CSR_READS:
            self.use("the address of this access", operands[0])
        if name == "load_reserved":
            found = self.load(4, operands[0])
            self.engine.reserve(operands[0].word, found.word)
            return found
        if name == "store_conditional":
            self.use("what is stored here", operands[1])
        words = tuple(operand.word for operand in operands)
        outside = self.found.effects.outside
        system = next(each for each in outside if each.name == name)
        assert isinstance(system, System)
        writes = writes_csr(system) is not None
        return Bits(self.engine.system(self.site, name, words, self.engine.executed(), writes))

    def goto(self, target: Bits, condition: Bits | None) -> None:
        if condition is not None:
            self.use("this branch", condition)
            if not condition.word:
                return
        self.use("the target of this jump", target)
        if not isinstance(self.found.effects.target, Place):
            self.engine.judge_jump(self.site, target.word)
        self.following = target.word

    def act(self, name: str, operands: tuple[Bits, ...]) -> None:
        self.following = self.engine.act(self.site, name, self.following)
