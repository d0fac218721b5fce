"""What a name means that is no label of the function it stands in: places outside.

Input: the functions and data of a file, or how to find a name's object. Output: `Place`s, and what
is wrong with a name that stands for none.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping

from asm_rv32.assembler.ir import Expansion, Macros, Operation, Program
from asm_rv32.assembler.link import Place, Resolve, Unit
from asm_rv32.basis.diagnostics import Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import Any, NamedTuple


class Outside:
    """The functions and blocks of data of a file, by the names under which they are seen."""

    def __init__(self, program: Program) -> None:
        self._names = {function.qualified_name for function in program.functions}
        self._last = {name.rpartition(".")[2] for name in self._names}
        self.units: dict[str, Unit] = {}
        """Qualified name → unit, once they are read."""

    def knows(self, name: str) -> bool:
        """Whether a name may stand for a place outside; `name` can have dots."""
        return any(part in self._last for part in name.split("."))

    def seen_from(self, unit: Unit) -> Resolve:
        """What a name means in a function, by Python's scoping."""

        def resolve(name: str) -> Place | None:
            for scope in _scopes(unit.name):
                found = self._unit(scope + name)
                if found is not None:
                    return Place(found)
                head, _, label = name.rpartition(".")
                found = self._unit(scope + head) if head else None
                if found is not None:
                    return place_of(found, label)
            return None

        return resolve

    def _unit(self, name: str) -> Unit | None:
        """The unit of a qualified name; of several with one name Python has the last."""
        found = self.units.get(name)
        number = 2
        while found is not None and (again := self.units.get(f"{name}#{number}")) is not None:
            found, number = again, number + 1
        return found


def place_of(unit: Unit, label: str) -> Place | None:
    """A label of a unit by its name; None where it has none of that name."""
    at = unit.label(label)
    return None if at is None else Place(unit, at)


def _scopes(qualified_name: str) -> Iterator[str]:
    """What stands in front of the names that a function sees, innermost first: not the classes."""
    head = qualified_name.rpartition(".")[0]
    while head:
        if head.endswith("<locals>"):
            yield f"{head}."
        head = head.rpartition(".")[0]
    yield ""


class Around(NamedTuple):
    """What a function sees of the Python objects around it, as the decorator finds them."""

    names: Mapping[str, Any]
    """Integers."""
    macros: Macros
    resolve: Resolve
    """Asked when the function is linked, and for names without another meaning when it is read."""

    def knows(self, source: Source) -> Callable[[str], bool]:
        """Whether a name may stand for a place outside, where the source is this one."""
        return lambda name: may_mean(name, self.resolve, source)


def may_mean(name: str, resolve: Resolve, source: Source) -> bool:
    """Whether a name stands for a place outside, or the source gives it a meaning later on."""
    if resolve(name) is not None:
        return True
    word = re.escape(name.partition(".")[0])
    binding = (
        rf"(?m)^[ \t]*(?:(?:def|class)[ \t]+{word}\b|{word}[ \t]*[:=]"
        rf"|(?:from|import)\b[^\n]*\b{word}\b)"
    )
    return re.search(binding, source.text) is not None


def unresolved(unit: Unit) -> Iterator[Diagnostic]:
    """The uses that stand for nothing, as errors."""
    for each in unit.uses:
        if unit.place(each) is None:
            labels = [label.name for label in unit.expansion.labels]
            message = f"{each.name!r} is no label here, and no function or data outside"
            yield Diagnostic("unknown-label", message, Span(each.start, each.end),
                             did_you_mean(each.name, labels))  # fmt: skip


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
