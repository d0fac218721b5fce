"""From the functions and data that a program needs to one run of bytes.

Input: `Unit`s whose forms are not chosen yet, the root first. Output: a `Linked`: what they and
all that they refer to become, laid out once and relaxed together.
Invariant: functions stand first, in the order in which they are found; data behind them, what can
be written last. What only another object has stays open, as a relocation.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from asm_rv32.assembler.dialects.job import Dialect, Job
from asm_rv32.assembler.encode import encode
from asm_rv32.assembler.forms import Mode
from asm_rv32.assembler.fragments import return_fragment
from asm_rv32.assembler.ir import HERE, Expansion, Fragment, Use
from asm_rv32.assembler.relax import Placed, misplaced, out_of_reach, relax
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span
from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.image import (
    MINUS_FIELD,
    PART_KINDS,
    PLUS_FIELD,
    Entry,
    Expanded,
    Image,
    Part,
    Relocation,
)

CODE_ALIGNMENT = 4
"""A function starts at a multiple of so many bytes: its cycles are those that it has alone."""


class Unit:
    """A function, or a block of data, read and not placed yet."""

    __slots__ = (
        "__weakref__",
        "alone",
        "expansion",
        "fragments",
        "image",
        "is_weak",
        "job",
        "kind",
        "name",
        "owner",
        "resolve",
        "said",
        "source",
        "span",
        "symbol",
        "thing",
        "uses",
    )

    def __init__(
        self, name: str, kind: str, source: Source, span: Span, expansion: Expansion
    ) -> None:
        self.name = name
        """Qualified."""
        self.symbol = ""
        """What linkers know it by; "" for its name."""
        self.is_weak = False
        """Whether a linker takes another object's in its place."""
        self.kind = kind
        """One of PART_KINDS."""
        self.source = source
        self.span = span
        self.expansion = expansion
        self.fragments: list[Fragment] = []
        """One for each item; which of their forms is taken is left open."""
        self.uses: list[Use] = []
        self.job: Reading | None = None
        """Of a function, what is to be done for it."""
        self.image: Image | None = None
        """Of a function that needs no other, what it becomes."""
        self.alone: Linked | None = None
        """The same, as it was laid out."""
        self.said: tuple[Diagnostic, ...] = ()
        """Notes and warnings."""
        self.resolve: Resolve = _nothing
        """What a name means where the unit stands; None where it is no place."""
        self.owner: Any = None
        """The object that keeps what calls leave in it, where there is one."""
        self.thing: Any = None
        """The Python object that it is, where there is one."""

    def __repr__(self) -> str:
        return f"Unit({self.name})"

    @property
    def alignment(self) -> int:
        """A power of two whose multiple it starts at."""
        wanted = (fragment.alignment for fragment in self.fragments)
        return max(CODE_ALIGNMENT, max(wanted, default=0))

    def place(self, use: Use) -> Place | None:
        """What a use of it stands for."""
        resolve: Resolve = use.resolve or self.resolve
        return resolve(use.name)

    def label(self, name: str) -> int | None:
        """The index of a label by its name."""
        labels = self.expansion.labels
        return next((at for at, each in enumerate(labels) if each.name == name), None)


class Reading(NamedTuple):
    """How a function's fragments go on."""

    job: Job
    dialect: Dialect
    """The one that it turned out to be in."""
    mode: Mode


def _nothing(name: str) -> None:
    """Nothing lies outside."""


class Place(NamedTuple):
    """What a use stands for."""

    unit: Unit | None
    label: int = -1
    """Index of a label in it; -1 for its start."""
    symbol: str = ""
    """Of what no unit here has."""


Resolve = Callable[[str], "Place | None"]
"""From a name as it is written, `table` or `rows.second`, to what it stands for."""


class Misfit(NamedTuple):
    """What is wrong with a program, and where."""

    diagnostic: Diagnostic
    source: Source


class Linked(NamedTuple):
    """A program laid out."""

    units: list[Unit]
    """In the order of their parts."""
    code: bytes
    entries: list[Entry]
    symbols: dict[str, int]
    parts: tuple[Part, ...]
    relocations: list[Relocation]
    isa: str
    wrong: list[Misfit]
    """Errors, and notes that come of where things stand."""
    expanded: list[Expanded]


def closure(roots: Iterable[Unit]) -> list[Unit]:
    """The units that roots need, themselves included: functions, data, what can be written."""
    found: dict[int, Unit] = {id(root): root for root in roots}
    queue = list(found.values())
    for unit in queue:
        for use in unit.uses:
            place = unit.place(use)
            other = place.unit if place else None
            if other is not None and id(other) not in found:
                found[id(other)] = other
                queue.append(other)
    return sorted(queue, key=lambda unit: PART_KINDS.index(unit.kind))


def link(roots: Iterable[Unit]) -> Linked:
    """The program of what the roots need; the first of them stands first."""
    units = closure(roots)
    if len(units) == 1 and not units[0].uses:
        return _alone(units[0])
    return _Program(units).linked()


class Contents(NamedTuple):
    """What a block of data holds wherever it lies."""

    data: bytes
    """0 in the place of what is not known of it."""
    open: list[int]
    """Offsets in the source of the numbers that are addresses, or distances to other blocks."""


def contents(unit: Unit) -> Contents:
    """What a block of data holds by itself."""
    chosen = _fresh(unit.fragments)
    meant: list[int] = list(range(len(unit.expansion.labels)))
    meant += [_own_label(unit, use) for use in unit.uses]
    labels = [*(label.item for label in unit.expansion.labels), 0]
    found = []
    for fragment in chosen:
        if fragment.target < 0:
            continue
        fragment.target = meant[fragment.target]
        fragment.origin = meant[fragment.origin] if fragment.origin >= 0 else -1
        if fragment.target < 0 or fragment.origin < 0:
            fragment.target = -1
            found.append(fragment.start)
    relax(chosen, labels)
    return Contents(encode(chosen, labels, False, False).code, found)


def _own_label(unit: Unit, use: Use) -> int:
    """The label that a use of a block's own name stands for, -1 for what lies outside of it.

    Behind its labels there is one of its start.
    """
    place = unit.resolve(use.name)
    if place is None or place.unit is not unit:
        return -1
    return place.label if place.label >= 0 else len(unit.expansion.labels)


def link_apart(groups: Iterable[list[Unit]], names: Mapping[int, str]) -> list[Linked]:
    """Each group laid out by itself: what it needs of the others is outside to it.

    `names`: the symbol of each unit, by its id. A label of one has the symbol's name in front:
    `rows.second`.
    """
    return [
        _alone(group[0])
        if len(group) == 1 and group[0].job is not None and not group[0].uses
        else _Program(group, names).linked()
        for group in groups
    ]


def _alone(unit: Unit) -> Linked:
    """A function that needs nothing else; it is the same each time."""
    if unit.alone is None:
        unit.alone = _laid_out(unit)
    return unit.alone


def _laid_out(unit: Unit) -> Linked:
    assert unit.job is not None
    job, dialect, mode = unit.job
    chosen = _fresh(unit.fragments)
    placed = Placed(unit.expansion, chosen, [label.item for label in unit.expansion.labels])
    _append_return(unit, chosen)
    wrong = [out_of_reach(fragment, placed) for fragment in relax(chosen, placed.labels)]
    dialect.finish(placed, job)
    wrong += dialect.check(placed)
    nops = job.instructions.compressed
    code, entries, relocations = encode(chosen, placed.labels, nops, not mode.board)
    wrong += misplaced(placed, job.instructions)
    symbols = {
        label.name: chosen[label.item].address if label.item < len(chosen) else len(code)
        for label in placed.expansion.labels
    }
    part = Part(unit.name, 0, len(code), unit.kind, unit.source, unit.span, symbols, _named(unit))
    misfits = [Misfit(each, unit.source) for each in wrong]
    expanded = list(_expanded(unit, chosen))
    return Linked([unit], code, entries, symbols, (part,), relocations, job.isa, misfits, expanded)


def _expanded(unit: Unit, placed: list[Fragment]) -> Iterator[Expanded]:
    """What came of the statements of macros."""
    if unit.expansion.uses_macros:
        for item, fragment in zip(unit.expansion.items, placed):
            inside = item.written.inside
            if inside is not None and fragment.size:
                name, span = inside.macro.name, item.written.span(inside.source)
                yield Expanded(fragment.address, fragment.size, name, inside.source, span)


def _named(unit: Unit) -> frozenset[str]:
    """The labels of a unit that a statement of its own refers to."""
    labels = unit.expansion.labels
    used = {index for f in unit.fragments for index in (f.target, f.origin)}
    for each in unit.expansion.contracts:
        used.update(each.scope.find(name) or 0 for name in (each.start, each.end))
    return frozenset(labels[at].name for at in used if 0 <= at < len(labels))


def _fresh(fragments: list[Fragment]) -> list[Fragment]:
    return [fragment.copy() for fragment in fragments]


def _append_return(unit: Unit, chosen: list[Fragment]) -> None:
    if unit.job is not None and unit.job.dialect.needs_return(unit.expansion, chosen):
        end = unit.span.end
        instructions, handler = unit.job.job.instructions, bool(unit.job.job.handler)
        chosen.append(return_fragment(instructions, unit.job.mode, end - 1, end, handler))


class _Program:
    """Units whose fragments and labels are put one behind the other."""

    def __init__(self, units: list[Unit], names: Mapping[int, str] = {}) -> None:
        self.units = units
        self.names = names
        """The symbols of units elsewhere, by their ids."""
        self.distances: dict[int, list[tuple[str, int, str, int]]] = {}
        """Fragment, a number → both ends of the distance that it is: kind of its relocation, label
        here or -1, symbol elsewhere, bytes to add."""
        self.severed: list[Misfit] = []
        """Distances between places that are laid out apart."""
        self.fragments: list[Fragment] = []
        self.labels: list[int] = []
        """Of each unit its start, then its labels, then its end."""
        self.starts: list[int] = []
        """Of each unit, the index of its first label here."""
        self.outside: dict[int, tuple[str, int]] = {}
        self._number = {id(unit): at for at, unit in enumerate(units)}
        first = 0
        for unit in units:
            self.starts.append(first)
            first += len(unit.expansion.labels) + 2
        for unit in units:
            self._add(unit)

    def _add(self, unit: Unit) -> None:
        chosen = _fresh(unit.fragments)
        _append_return(unit, chosen)
        labels = [label.item for label in unit.expansion.labels]
        if unit.job is not None:
            # Whether an appended return can be reached hangs on sizes modulo 2 alone, which no
            # choice of forms changes.
            _place_roughly(chosen)
            unit.job.dialect.finish(Placed(unit.expansion, chosen, labels), unit.job.job)
        start = unit.span.start
        self.fragments.append(Fragment((), start, start, alignment=unit.alignment))
        base = len(self.fragments)
        own = self.starts[self._number[id(unit)]] + 1
        meant = [own + at for at in range(len(labels))]
        meant += [self._place(unit, use) for use in unit.uses]
        for fragment in chosen:
            self._direct(fragment, unit, meant)
            self.fragments.append(fragment)
        self.labels.append(base)
        self.labels += [base + item for item in labels]
        self.labels.append(len(self.fragments))

    def _place(self, unit: Unit, use: Use) -> int:
        """The label here of what a use stands for; -1 where no unit has it."""
        place = unit.place(use)
        if place is None or id(place.unit) not in self._number:
            return -1
        return self.starts[self._number[id(place.unit)]] + 1 + place.label

    def _symbol(self, unit: Unit, use: Use) -> str:
        """The symbol of what no unit here has."""
        place = unit.place(use)
        if place is None or place.unit is None:
            return place.symbol if place else ""
        name = self.names[id(place.unit)]
        return name if place.label < 0 else (
            f"{name}.{place.unit.expansion.labels[place.label].name}"
        )  # fmt: skip

    def _direct(self, fragment: Fragment, unit: Unit, meant: list[int]) -> None:
        """Let a fragment count from and to labels of the program."""
        if fragment.origin >= 0:
            if _is_severed(fragment, unit, meant):
                if self.names and fragment.form.field:
                    self._distance(fragment, unit, meant)
                    return
                message = "the distance between places that are laid out apart is not known"
                found = Diagnostic("constant", message, Span(fragment.start, fragment.end))
                self.severed.append(Misfit(found, unit.source))
            fragment.origin = meant[fragment.origin]
        if fragment.target < 0:
            return
        to = meant[fragment.target]
        if to < 0:
            use = unit.uses[fragment.target - len(unit.expansion.labels)]
            self.outside[len(self.fragments)] = (self._symbol(unit, use), fragment.addend)
            fragment.choose(len(fragment.forms) - 1)
        fragment.target = to

    def _distance(self, fragment: Fragment, unit: Unit, meant: list[int]) -> None:
        """Leave a number among data to the linker, which knows where its ends are."""
        ends = []
        for kind, at in ((PLUS_FIELD, fragment.target), (MINUS_FIELD, fragment.origin)):
            use = at - len(unit.expansion.labels)
            symbol = self._symbol(unit, unit.uses[use]) if meant[at] < 0 else ""
            ends.append((kind, meant[at], symbol, fragment.addend if kind == PLUS_FIELD else 0))
        self.distances[len(self.fragments)] = ends
        fragment.target, fragment.origin = -1, HERE

    def linked(self) -> Linked:
        """Laid out, relaxed and encoded."""
        from asm_rv32.isa.joined import joined_isa  # most functions need no others

        jobs = [unit.job for unit in self.units if unit.job is not None]
        far = {id(each) for each in relax(self.fragments, self.labels)}
        nops = any(each.job.instructions.compressed for each in jobs)
        code, entries, relocations = encode(self.fragments, self.labels, nops, True, self.outside)
        ends = [*(each.address for each in self.fragments), len(code)]
        for index, found in self.distances.items():
            address, size = self.fragments[index].address, self.fragments[index].form.field
            for kind, label, symbol, addend in found:
                at = ends[self.labels[label]] if label >= 0 else 0
                relocations.append(Relocation(address, kind, symbol, at + addend, size))
        relocations.sort(key=lambda each: each.address)
        wrong = self.severed
        parts: list[Part] = []
        symbols: dict[str, int] = {}
        expanded: list[Expanded] = []
        for unit, first in zip(self.units, self.starts):
            start, end = self.labels[first], self.labels[first + len(unit.expansion.labels) + 1]
            wrong += [Misfit(each, unit.source) for each in self._wrong(unit, start, end, far)]
            size = ends[end] - ends[start]
            labels = {
                label.name: ends[self.labels[first + 1 + at]]
                for at, label in enumerate(unit.expansion.labels)
            }
            head = (unit.name, ends[start], size, unit.kind, unit.source, unit.span)
            parts.append(Part(*head, labels, _named(unit)))
            expanded += _expanded(unit, self.fragments[start:end])
            symbols.setdefault(unit.name, ends[start])
            prefix = f"{unit.name}." if parts[1:] else ""
            for name, address in labels.items():
                symbols.setdefault(prefix + name, address)
        isa = joined_isa(each.job.isa for each in jobs)
        return Linked(
            self.units, code, entries, symbols, tuple(parts), relocations, isa, wrong, expanded
        )

    def _wrong(self, unit: Unit, start: int, end: int, far: set[int]) -> list[Diagnostic]:
        """What is wrong with where a unit's fragments stand."""
        own = self.fragments[start:end]
        everywhere = Placed(unit.expansion, self.fragments, self.labels)
        found = [out_of_reach(each, everywhere) for each in own if id(each) in far]
        if unit.job is not None:
            found += misplaced(Placed(unit.expansion, own, []), unit.job.job.instructions)
        return found


def _is_severed(fragment: Fragment, unit: Unit, meant: list[int]) -> bool:
    """Whether a fragment counts a distance of which one end is outside: not so what completes an
    upper part, at which it counts from there."""
    if meant[fragment.origin] < 0 or meant[fragment.target] >= 0:
        return meant[fragment.origin] < 0
    at = _item(unit, fragment.origin)
    upper = unit.fragments[at] if 0 <= at < len(unit.fragments) else fragment
    return upper.origin != HERE or upper.target != fragment.target


def _item(unit: Unit, at: int) -> int:
    """The item of a unit in front of which a label of its own, or its start, stands; -1 of what
    another unit has. `at`: of its labels, and of its uses behind them."""
    labels = unit.expansion.labels
    if at < len(labels):
        return labels[at].item
    place = unit.place(unit.uses[at - len(labels)])
    if place is None or place.unit is not unit:
        return -1
    return labels[place.label].item if place.label >= 0 else 0


def _place_roughly(fragments: list[Fragment]) -> None:
    """Addresses from the sizes as they are, enough for what hangs on them modulo 2."""
    at = 0
    for fragment in fragments:
        fragment.address = at
        at += -at % fragment.alignment if fragment.alignment else fragment.size
