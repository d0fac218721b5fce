"""GNU assembly as source of this assembler: the list of stages.

Input: the text of a .s file. Output: the text of a Python file, or `ImportFailed` with every
mistake found.
Invariant: this is the only module that knows the order of the stages.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import NamedTuple

from asm_rv32.basis.diagnostics import AssemblyError, Source, did_you_mean
from asm_rv32.importing.items import Remark, Sections
from asm_rv32.importing.parameters import parameter_counts
from asm_rv32.importing.python import Chosen, Written, write
from asm_rv32.importing.sections import sections
from asm_rv32.importing.statements import statements
from asm_rv32.importing.units import Units, references, units
from asm_rv32.isa.sets import DEFAULT_ISA


class NoSuchFunction(LookupError):
    """A function that was asked for is not there; the text says which are."""


class Options(NamedTuple):
    """How a source is read, and what of it is wanted."""

    isa: str = DEFAULT_ISA
    functions: Sequence[str] = ()
    """Symbols; none for all."""


def import_gnu(source: Source, options: Options | None = None) -> Written:
    """The Python file of a source. Raises AssemblyError, NoSuchFunction."""
    options = options or Options()
    program = statements(source)
    found = sections(program, options.isa)
    remarks = _remarks(found)
    parted = units(found)
    wrong = [*found.wrong, *parted.wrong]
    chosen = Chosen(_wanted(parted, options.functions), parameter_counts(parted))
    name = os.path.basename(source.path)
    constants = {
        name: value for name, value in program.symbols.written.items() if name in found.constants
    }
    written = write(f"Imported from {name}.", remarks, found, parted, chosen, constants)
    wrong += written.wrong
    if wrong:
        raise AssemblyError(wrong, source)
    return written


def _remarks(found: Sections) -> list[str]:
    """Take off the comments that stand ahead of everything."""
    lines: list[str] = []
    items = found.sections[0].items
    while items and isinstance(items[0].content, Remark):
        lines += items.pop(0).content.text.split("\n")  # type: ignore[union-attr]
    return lines


def _wanted(parted: Units, functions: Sequence[str]) -> list[int]:
    """The units that are asked for, and what they need, in order."""
    if not functions:
        return list(range(len(parted.units)))
    waiting = []
    for name in functions:
        home = parted.home.get(name)
        if home is None:
            known = [unit.symbol for unit in parted.units if unit.is_code and unit.symbol]
            near = "".join(note.replace("help:", ";") for note in did_you_mean(name, known))
            raise NoSuchFunction(f"no function {name!r}{near}; it has: {', '.join(known)}")
        waiting.append(home)
    found: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index in found:
            continue
        found.add(index)
        for item in parted.units[index].items:
            waiting += [parted.home[name] for name in references(item) if name in parted.home]
    return sorted(found)


