"""Whether pairs of terms are equal for all values of their unknowns.

Input: pairs of terms, by name. Output: a `Decision`; where they differ, with values of the unknowns
for which they do, computed again without the solver.
What is asked in turn: their forms, those of memories by bytes; the sampled inputs; what each bit of
the unknowns changes; their forms in each case, where the cases are few; z3, for a moment, as they
are; a sweep; z3, for all the time that is left.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import z3

from asm_rv32.prove.affine import affine
from asm_rv32.prove.cases import same_in_each_case
from asm_rv32.prove.solver import Reader
from asm_rv32.prove.sweep import Pair, Sweep
from asm_rv32.prove.term import SAMPLES, Contents, Term, evaluate, within
from asm_rv32.prove.terms import Terms
from asm_rv32.prove.verdict import DIFFERS, EQUAL, UNDECIDED
from asm_rv32.prove.watch import Watch, watch

MOMENT = 1.0
"""Seconds' work for a pair as it is, before anything else is tried."""
PLAIN = 4_000
"""Terms within a pair up to which it is put to z3 as it is."""
SWEEPING = 0.8
"""Of the time that is left, for the sweep."""
SHOWN = 3
"""Pairs that are shown where they are not decided."""


class Decision(NamedTuple):
    """What is known of pairs of terms."""

    verdict: str
    values: Mapping[Term, Any] = {}
    """Of the unknowns, and of what memory holds at first; for DIFFERS."""
    reason: str = ""
    stuck: tuple[Pair, ...] = ()
    """Pairs of which it is not known whether they are equal."""


def decide(terms: Terms, named: Mapping[str, Pair], limits: Watch) -> Decision:
    """Whether all pairs are equal."""
    left = {name: pair for name, pair in named.items() if pair[0] is not pair[1]}
    for name, (one, other) in left.items():
        for at in range(SAMPLES):
            if one.samples[at] != other.samples[at]:
                inner = within((one, other))
                values = {each: each.samples[at] for each in inner if not each.operands}
                return Decision(DIFFERS, values, f"{name} differs")

    def say() -> None:
        limits.say(f"{len(named) - len(left)} of {len(named)} values are the same")

    say()
    for engine in (_byte_by_byte, _bit_by_bit, _case_by_case, _plainly, _swept, _at_last):
        found = engine(terms, left, limits)
        if found is not None:
            return found
        if not left:
            return Decision(EQUAL)
        say()
    reason = "its time ran out" if limits.is_over else "z3 found neither proof nor counterexample"
    names = ", ".join([*left][:SHOWN]) + (", …" if len(left) > SHOWN else "")
    return Decision(UNDECIDED, {}, f"{reason} for {names}", tuple(left.values())[:SHOWN])


def _byte_by_byte(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Compare memories after stores of single bytes, whatever was stored at once."""
    for name, pair in list(left.items()):
        if all(each.form == "store" for each in pair):
            one, other = (terms.in_bytes(each) for each in pair)
            left[name] = one, other
            if one is other:
                del left[name]
    return None


def _bit_by_bit(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Compare what each bit of the unknowns changes, where that is the same for all inputs."""
    for name, (one, other) in list(left.items()):
        known = affine((one, other))
        if one in known and known[one] == known.get(other):
            del left[name]
    return None


def _case_by_case(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Compare forms for each value of what has few values."""
    for name in same_in_each_case(terms, left, limits):
        del left[name]
    return None


def _plainly(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Ask for each pair as it is, as long as that has an answer."""
    for name, pair in list(left.items()):
        if len(within(pair)) > PLAIN:
            return None
        found = _asked(name, pair, watch(limits.left / 4), MOMENT)
        if found == z3.unknown:
            return None
        if isinstance(found, Decision):
            return found
        del left[name]
    return None


def _swept(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Put together what is the same within, from the inputs up."""
    swept = Sweep(terms, watch(SWEEPING * limits.left)).run(list(left.values()))
    for name, pair in zip(list(left), swept):
        if pair[0] is pair[1]:
            del left[name]
        else:
            left[name] = pair
    return None


def _at_last(terms: Terms, left: dict[str, Pair], limits: Watch) -> Decision | None:
    """Ask for each pair that is left, with all the time there is."""
    for name, pair in list(left.items()):
        if not limits.left:
            return None
        found = _asked(name, pair, limits)
        if isinstance(found, Decision):
            return found
        if found == z3.unsat:
            del left[name]
    return None


def _asked(
    name: str, pair: Pair, limits: Watch, work: float | None = None
) -> Decision | z3.CheckSatResult:
    """What z3 says of a pair as it is; a model is taken only where it is one."""
    reader = Reader(asked=pair)
    differ = reader.word(pair[0]) != reader.word(pair[1])
    solver = reader.solver(limits.left, work)
    solver.add(differ)
    answer = solver.check()
    if answer != z3.sat:
        return answer
    values = _of_model(solver.model(), reader, pair)
    if values[pair[0]] == values[pair[1]]:
        return z3.unknown
    first = {term: value for term, value in values.items() if not term.operands}
    return Decision(DIFFERS, first, f"{name} differs")


def _of_model(model: z3.ModelRef, reader: Reader, pair: Pair) -> dict[Term, Any]:
    """The values of all terms within a pair, out of those that a model has for the unknowns."""
    values: dict[Term, Any] = {}
    for term in within(pair):
        if term.form == "unknown":
            # What is beyond its bits, the model is free to choose.
            found = model.eval(reader.word(term), model_completion=True).as_long()
            values[term] = found & term.ones
        elif term.form == "memory":
            values[term] = _Modelled(model, reader.word(term))
        elif term.form == "constant":
            values[term] = term.data
        else:
            values[term] = evaluate(term, [values[each] for each in term.operands])
    return values


class _Modelled(Contents):
    """Memory as a model of z3's has it at the start."""

    __slots__ = ("_array", "_model")

    def __init__(
        self, model: z3.ModelRef, array: Any, stored: dict[int, int] | None = None
    ) -> None:
        super().__init__(0, stored)
        self._model = model
        self._array = array

    def first(self, address: int) -> int:
        word = z3.BitVecVal(address, 32)
        return int(self._model.eval(z3.Select(self._array, word), model_completion=True).as_long())

    def with_stored(self, stored: dict[int, int]) -> Contents:
        return _Modelled(self._model, self._array, stored)
