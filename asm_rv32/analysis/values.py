"""What a word is known to be: a sum of what came in, or only what it certainly is not.

Output: a value, its remainder modulo 4, and what holds of a value that is one of two.
Invariant: arithmetic is modulo 2**32 and exact where it gives a `Sum`; whatever an operation is
not known to give is a symbol of its own, of which only its operands' ignorance is known.
"""

from __future__ import annotations

from bisect import bisect_left
from functools import lru_cache

from asm_rv32.analysis.flow import ALL
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.operands import FLOAT, FRM, RA, SP
from asm_rv32.isa.words import OPERATIONS, WORD, signed

CODE = 0
"""Place of the symbol that stands for where the function's code begins."""
MADE = FRM + 1
"""Places from here on are of instructions; below, of registers."""


class Residue(NamedTuple):
    """A value is `low` more than a register held at the entry, modulo 1, 2 or 4; 1 says nothing."""

    modulus: int
    register: int
    """0 where no register is added."""
    low: int


UNKNOWN_RESIDUE = Residue(1, 0, 0)
_CONSTANT = tuple(Residue(4, 0, low) for low in range(4))


class Symbol(NamedTuple):
    """One word that is not known: a register's at the entry, the code's place, or one made."""

    place: int
    free: int
    """The registers on whose values at the entry it certainly does not depend."""
    residue: Residue
    of_stack: bool
    """Whether it was computed from an address in the stack."""
    loaded: bool


class Sum(NamedTuple):
    """Symbols, each so many times, plus a number; all modulo 2**32, numbers signed."""

    terms: tuple[tuple[Symbol, int], ...]
    """In order of place; no two of one symbol, none zero times."""
    number: int


class Vague(NamedTuple):
    """A word that differs from path to path, or of which nothing is known."""

    lost: int
    """The registers whose value at the entry it certainly is not, on some path; none: unknown."""
    residue: Residue
    overwritten: int
    """0, or how it was lost: one of the constants below, or one more than where a routine
    starts."""
    origin: int
    """The place in the code that it was counted from, where it was; else -1."""


Value = Sum | Vague
BY_CALL = -1
"""A function elsewhere may have overwritten it."""
ANYTHING = Vague(0, UNKNOWN_RESIDUE, 0, -1)
SOMETHING = Vague(ALL, UNKNOWN_RESIDUE, 0, -1)
CALLED = Vague(ALL, UNKNOWN_RESIDUE, BY_CALL, -1)
ZERO = Sum((), 0)


def _entry_symbol(register: int) -> Symbol:
    residue = Residue(4, register, 0)
    if register in (CODE, SP):
        residue = Residue(4, 0, 0)  # code stands at a multiple of 4, sp at one of 16
    elif register == RA:
        residue = Residue(2, 0, 0)
    elif register >= FLOAT:
        residue = UNKNOWN_RESIDUE
    return Symbol(register, ALL & ~(1 << register), residue, register == SP, False)


class _Entry(dict[int, Sum]):
    """Made where they are asked for: few functions have those of F."""

    def __missing__(self, register: int) -> Sum:
        found = self[register] = Sum(((_entry_symbol(register), 1),), 0)
        return found


ENTRY = _Entry({0: ZERO})
"""What the registers hold at the entry, by number."""
_OF_CODE = ((_entry_symbol(CODE), 1),)
_OF_STACK = ENTRY[SP].terms


@lru_cache(maxsize=4096)
def constant(word: int) -> Sum:
    """A known word, signed or not."""
    return Sum((), (word & WORD ^ 0x8000_0000) - 0x8000_0000)


def in_code(offset: int) -> Sum:
    """The address of an offset of the function."""
    return Sum(_OF_CODE, offset)


def code_offset(value: Value) -> int | None:
    """The offset whose address a value is."""
    return value.number if isinstance(value, Sum) and value.terms == _OF_CODE else None


def stack_offset(value: Value) -> int | None:
    """How far above the entry's sp an address is."""
    return value.number if isinstance(value, Sum) and value.terms == _OF_STACK else None


def word_of(value: Value) -> int | None:
    """The word that a value is, unsigned, where that is known."""
    return value.number & WORD if isinstance(value, Sum) and not value.terms else None


def free_of(value: Value) -> int:
    """The registers on whose values at the entry it does not depend, on some path."""
    if isinstance(value, Vague):
        return value.lost
    free = ALL
    for symbol, _ in value.terms:
        free &= symbol.free
    return free


def lost_of(value: Value) -> int:
    """The registers whose value at the entry it certainly is not, on some path."""
    if isinstance(value, Vague):
        return value.lost
    lost = ALL
    for symbol, _ in value.terms:
        if symbol.place >= MADE:
            lost &= symbol.free
    register = came_from(value)
    return lost & ~(1 << register) if register else lost


def came_from(value: Value) -> int:
    """The register whose value at the entry it is; 0 for none."""
    if isinstance(value, Sum) and not value.number and len(value.terms) == 1:
        symbol, times = value.terms[0]
        if times == 1 and 0 < symbol.place < MADE:
            return symbol.place
    return 0


def is_of_stack(value: Value) -> bool:
    """Whether a value is computed from an address in the stack."""
    if isinstance(value, Sum):
        for symbol, _ in value.terms:
            if symbol.of_stack:
                return True
    return False


def is_unknown(value: Value) -> bool:
    """Whether nothing at all can be claimed of it."""
    if isinstance(value, Vague):
        return not value.lost
    return any(symbol.free == 0 and not symbol.loaded for symbol, _ in value.terms)


def origin_of(value: Value) -> int:
    """The offset of the function that an address is counted from; -1 where it is none."""
    if isinstance(value, Vague):
        return value.origin
    counted = any(symbol.place == CODE and times == 1 for symbol, times in value.terms)
    return value.number if counted and value.number >= 0 else -1


# ---- arithmetic


def added(value: Sum, number: int) -> Sum:
    """The sum plus a number."""
    if not number:
        return value
    return Sum(value[0], (value[1] + number & WORD ^ 0x8000_0000) - 0x8000_0000)


def combined(one: Sum, other: Sum, times: int) -> Sum:
    """One sum plus another so many times."""
    if not other.terms:
        return added(one, other.number * times)
    if not one.terms and times == 1:
        return added(other, one.number)
    more, number = other if times == 1 else multiplied(other, times)
    terms = list(one.terms)
    for term in more:
        symbol, count = term
        if not terms or terms[-1][0] < symbol:  # most were made later than all that stand there
            terms.append(term)
            continue
        at = bisect_left(terms, (symbol,))  # a symbol's place comes first
        if at == len(terms) or terms[at][0] != symbol:
            terms.insert(at, term)
            continue
        count = signed(terms[at][1] + count & WORD)
        terms[at : at + 1] = [(symbol, count)] if count else []
    return Sum(tuple(terms), signed(one.number + number & WORD))


def multiplied(value: Sum, times: int) -> Sum:
    """The sum so many times."""
    if times == 1:
        return value
    terms = [(symbol, signed(count * times & WORD)) for symbol, count in value.terms]
    number = signed(value.number * times & WORD)
    return Sum(tuple([term for term in terms if term[1]]), number)


# ---- remainders


def residue_of(value: Value) -> Residue:
    """What is known of a value modulo 4."""
    if isinstance(value, Vague):
        return value.residue
    terms, number = value
    if len(terms) == 1 and terms[0][1] == 1:
        found = terms[0][0].residue
        if not number & 3 or found.modulus == 1:
            return found
    return _of_sum(terms, number)


def _of_sum(terms: tuple[tuple[Symbol, int], ...], number: int) -> Residue:
    found = _CONSTANT[number & 3]
    for symbol, times in terms:
        found = _added(found, _multiplied(symbol.residue, times))
        if found is UNKNOWN_RESIDUE:
            break  # nothing that is added says more
    return found


def _added(one: Residue, other: Residue) -> Residue:
    modulus = min(one.modulus, other.modulus)
    if one.register and other.register:
        return UNKNOWN_RESIDUE
    return _residue(modulus, one.register or other.register, one.low + other.low)


def _multiplied(one: Residue, times: int) -> Residue:
    if times == 1:
        return one
    if one.register:
        # What a register held counts no more where it is multiplied by enough.
        return _residue(_common(4, times), 0, one.low * times)
    return _residue(min(4, one.modulus * _common(4, times)), 0, one.low * times)


def _common(modulus: int, number: int) -> int:
    """The greatest common divisor of a power of two and a number."""
    either = modulus | number
    return either & -either


def _residue(modulus: int, register: int, low: int) -> Residue:
    if modulus == 1:
        return UNKNOWN_RESIDUE
    if modulus == 4 and not register:
        return _CONSTANT[low & 3]
    return Residue(modulus, register, low % modulus)


_BY_LOW_BITS = frozenset(("+", "-", "*", "&", "|", "^", "shl"))
"""Operations whose low bits follow from their operands' low bits, and from a known amount."""


def residue_after(name: str, operands: tuple[Value, ...]) -> Residue:
    """What is known modulo 4 of an operation's result."""
    if len(operands) != 2 or name not in _BY_LOW_BITS:
        return UNKNOWN_RESIDUE
    one = residue_of(operands[0])
    if name == "shl":
        amount = word_of(operands[1])
        return UNKNOWN_RESIDUE if amount is None else _multiplied(one, 1 << (amount & 31))
    if one.modulus == 1 and name != "&":
        return UNKNOWN_RESIDUE
    other = residue_of(operands[1])
    if name == "&":
        zeros = [each for each in (one, other) if not each.register and not each.low]
        if zeros:
            return max(zeros)  # low bits that are zero stay so
    if name == "+":
        return _added(one, other)
    if name == "-" and other.register in (0, one.register):
        register = 0 if other.register else one.register
        return _residue(min(one.modulus, other.modulus), register, one.low - other.low)
    if not one.register and not other.register:
        low = OPERATIONS[name](one.low, other.low)
        return _residue(min(one.modulus, other.modulus), 0, low)
    return UNKNOWN_RESIDUE


# ---- one of two


def join(ours: Value, theirs: Value) -> Value:
    """What holds of a value that is one of two; `ours` itself where that says no more."""
    if ours is theirs or ours == theirs:
        return ours
    if isinstance(ours, Vague):
        if _says_least(ours, isinstance(theirs, Vague)):
            return ours
    elif isinstance(theirs, Vague) and _says_least(theirs, False):
        return theirs
    one, other = residue_of(ours), residue_of(theirs)
    residue = UNKNOWN_RESIDUE
    if one.modulus == 1 or other.modulus == 1:
        pass
    elif one.register == other.register:
        modulus = _common(min(one.modulus, other.modulus), one.low - other.low)
        residue = _residue(modulus, one.register, one.low)
    overwritten = 0
    for value in (ours, theirs):
        if isinstance(value, Vague) and value.overwritten:
            overwritten = value.overwritten
            break
    origins = [at for value in (ours, theirs) if (at := origin_of(value)) >= 0]
    origin = min(origins) if len(origins) == 2 else -1
    return Vague(lost_of(ours) | lost_of(theirs), residue, overwritten, origin)


def _says_least(value: Vague, is_other_vague: bool) -> bool:
    """Whether nothing more can be lost: only a vague value can tell how it was."""
    is_told = bool(value.overwritten) or not is_other_vague
    return is_told and value.lost == ALL and value.residue.modulus == 1 and value.origin < 0


def blurred(value: Value) -> Vague:
    """A value whose symbols stand for other words than when it was computed."""
    return Vague(lost_of(value), residue_of(value), 0, origin_of(value))
