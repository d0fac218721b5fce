"""From what a name means to a place in programs: functions and data outside of a function.

Input: `Reference`s, `Data` and `Extern`s, as names around a function mean them. Output: `Place`s,
and what is wrong with a name that stands for none.
Invariant: of each function and of each piece of data there is one unit.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, MutableMapping

from asm_rv32.assembler.ir import NOWHERE, DataError, Expansion, Form, Fragment, Operation, Use
from asm_rv32.assembler.link import Place, Unit
from asm_rv32.assembler.reading.program import Data, Extern, Program, Reference
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.isa.image import DATA, WRITABLE

if TYPE_CHECKING:
    from asm_rv32.assembler.data import Layout


class Places:
    """The places of all that names of a program mean."""

    def __init__(self, data: MutableMapping[object, Unit]) -> None:
        """`data`: what a value is known by → its unit."""
        self._data = data

    def unit(self, reference: Reference) -> Unit | None:
        """The unit of a function or of a block of data."""
        raise NotImplementedError

    def source(self, data: Data) -> tuple[Source, Span]:
        """Where data is given its name."""
        assert data.source is not None
        return data.source, data.span or Span(0, 0)

    def place(self, meant: object, label: str = "") -> Place | None:
        """The place of what a name means, or of a label there; None where it is no place.

        Raises DataError, and AssemblyError for what is wrong with another file.
        """
        if isinstance(meant, Reference):
            unit = self.unit(meant)
            if unit is None or not label:
                return Place(unit) if unit is not None else None
            return place_of(unit, label)
        if label:
            return None
        if isinstance(meant, Extern):
            return Place(None, symbol=meant.symbol)
        return Place(self._of_data(meant)) if isinstance(meant, Data) else None

    def _of_data(self, data: Data) -> Unit:
        """The unit of data, made when it is first asked for. Raises DataError."""
        key = _key(data.value)
        found = self._data.get(key)
        if found is None or not self.fits(found, data.value):
            from asm_rv32.assembler.data import layout  # only a program with data waits for it

            found = self._data[key] = self.made(data, layout(data))
        return found

    def fits(self, unit: Unit, value: Any) -> bool:
        """Whether a value still is what its unit was made of."""
        return True

    def made(self, data: Data, laid_out: Layout) -> Unit:
        """A new unit of data."""
        source, span = self.source(data)
        kind = WRITABLE if laid_out.writable else DATA
        unit = Unit(data.name, kind, source, span, Expansion([], []))
        alignment = Fragment((), span.start, span.end, alignment=laid_out.item_size)
        unit.fragments = [alignment] if laid_out.item_size > WORD_ALIGNMENT else []
        meant: dict[str, Any] = {}
        held: dict[str, Place | None] = {}
        at = 0
        for offset, reference in laid_out.references:
            _add_bytes(unit, laid_out.content[at:offset])
            number = Fragment((_ADDRESS,), span.start, span.end, len(unit.uses))
            number.origin = NOWHERE
            unit.fragments.append(number)
            name = f"{data.name}[{offset // _ADDRESS.size}]"
            meant[name] = reference
            unit.uses.append(Use(name, span.start, span.end))
            at = offset + _ADDRESS.size
        _add_bytes(unit, laid_out.content[at:])

        def resolve(name: str) -> Place | None:
            held[name] = self.place(meant[name])
            return held[name]

        unit.resolve = resolve
        return unit


_ADDRESS = Form(4, (), -(1 << 31), (1 << 32) - 1, field=4)
WORD_ALIGNMENT = 4
"""A unit starts at a multiple of so many bytes at least."""


def _add_bytes(unit: Unit, content: bytes) -> None:
    if content:
        form = Form(len(content), (), data=content)
        unit.fragments.append(Fragment((form,), *unit.span))


def _key(value: Any) -> object:
    """What is the same of data that is one place: what cannot change is, where it is equal."""
    is_plain = isinstance(value, (str, bytes))
    if is_plain or (isinstance(value, tuple) and all(type(item) is int for item in value)):
        return type(value), value
    return id(value)


class Files(Places):
    """Of the functions, blocks and data of a file and of those that it imports."""

    def __init__(self, read: Callable[[Program], Mapping[str, Unit]]) -> None:
        """`read` reads the functions of another file. Raises AssemblyError."""
        super().__init__({})
        self._read = read
        self._units: dict[int, Mapping[str, Unit]] = {}
        """By the `id` of a file's source, which stays."""
        self._sources: list[Source] = []

    def add(self, program: Program, units: Mapping[str, Unit]) -> None:
        """Let these be the units of a file, by their qualified names."""
        self._sources.append(program.source)
        self._units[id(program.source)] = units

    def unit(self, reference: Reference) -> Unit | None:
        program: Program = reference.target.program  # type: ignore[attr-defined]
        if id(program.source) not in self._units:
            self.add(program, self._read(program))
        units = self._units[id(program.source)]
        name = reference.name
        found = units.get(name)
        number = 2
        # Of several with one name Python has the last.
        while found is not None and (again := units.get(f"{name}#{number}")) is not None:
            found, number = again, number + 1
        return found


def place_of(unit: Unit, label: str) -> Place | None:
    """A label of a unit by its name; None where it has none of that name."""
    at = unit.label(label)
    return None if at is None else Place(unit, at)


def unresolved(unit: Unit) -> Iterator[Diagnostic]:
    """The uses that stand for nothing, as errors."""
    for each in unit.uses:
        span = Span(each.start, each.end)
        try:
            if unit.place(each) is None:
                labels = [label.name for label in unit.expansion.labels]
                message = f"{each.name!r} is no label here, and no function or data outside"
                yield Diagnostic("unknown-label", message, span, did_you_mean(each.name, labels))
        except DataError as error:
            message = f"{each.name!r} cannot lie in memory: {error.message}"
            yield Diagnostic("constant", message, span, error.notes)


def checked(roots: Iterable[Unit]) -> Iterator[tuple[Unit, list[Diagnostic]]]:
    """The units that roots need, and what is wrong with the names in each."""
    queue = list(roots)
    seen = set(map(id, queue))
    for unit in queue:
        wrong = list(unresolved(unit))
        yield unit, wrong
        for use in () if wrong else unit.uses:
            place = unit.place(use)
            other = place.unit if place else None
            if other is not None and id(other) not in seen:
                seen.add(id(other))
                queue.append(other)


def no_instructions(expansion: Expansion, source: Source) -> list[Diagnostic]:
    """Instructions in a block of data, as errors."""
    return [
        Diagnostic(
            "syntax", "a block of data holds directives, and this is an instruction",
            item.written.span(source),
            ("help: data(4, ...), space(16), align(4), label(here)", *item.written.notes(source)),
        )
        for item in expansion.items if isinstance(item, Operation)
    ]  # fmt: skip
