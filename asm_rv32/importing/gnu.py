"""GNU assembly as source of this assembler: the list of stages.

Input: the text of a source. Output: the text of a Python file, or an `AssemblyError` with every
mistake found.
Invariant: this is the only module that knows the order of the stages. What comes out has been
assembled.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import NamedTuple

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span, or_meant
from asm_rv32.importing.folding import Templates
from asm_rv32.importing.gcc import GccError, preprocessed
from asm_rv32.importing.including import Files, spliced
from asm_rv32.importing.items import Remark, Sections
from asm_rv32.importing.joining import references
from asm_rv32.importing.parameters import Parameters
from asm_rv32.importing.places import Origin
from asm_rv32.importing.python import Chosen, Constant, Written, write
from asm_rv32.importing.sections import sections
from asm_rv32.importing.statements import Program, statements
from asm_rv32.importing.units import Units, units
from asm_rv32.importing.values import Number
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, known_isa, tables_of_own

SHOWN = 40
"""Functions that a message lists."""


class NoSuchFunction(LookupError):
    """A function that was asked for is not there; the text says which are."""


class Options(NamedTuple):
    """How a source is read, and what of it is wanted."""

    isa: str = DEFAULT_ISA
    functions: Sequence[str] = ()
    """Symbols; none for all."""
    is_bound: bool = False
    """Whether `isa` is all that instructions may be of; else what they need comes beside it."""
    guesses: bool = True
    """Whether a number in a linked program that only its value says to be an address is one."""

    def for_gcc(self, flags: Sequence[str]) -> Options:
        """The same with the ISA that flags for gcc name, if they do. Raises GccError."""
        named = [flag for flag in flags if flag.startswith("-march=")]
        if not named:
            return self
        try:
            return self._replace(isa=known_isa(named[-1].removeprefix("-march=")), is_bound=True)
        except IsaError as error:
            raise GccError(f"{named[-1]}: {error}") from None


def import_preprocessed(source: Source, options: Options, flags: Sequence[str]) -> Written:
    """The Python file of a source that the preprocessor of gcc has to read first.

    Raises AssemblyError, NoSuchFunction, ToolMissing, GccError.
    """
    options = options.for_gcc(flags)
    text = preprocessed(source.path, options.isa, flags)
    folders = [flag.removeprefix("-I") for flag in flags if flag.startswith("-I")]
    return _import_made(source, text, folders, options)


def import_gnu(source: Source, options: Options | None = None) -> Written:
    """The Python file of a source. Raises AssemblyError, NoSuchFunction."""
    return _import_made(source, source.text, (), options or Options())


def _import_made(source: Source, text: str, folders: Sequence[str], options: Options) -> Written:
    """The Python file of what a preprocessor made of a source, or of the source itself, with the
    files that it includes; mistakes are told where the source has them."""
    path = os.path.join(os.curdir, source.path)
    files = Files(path, folders)
    text = spliced(text, files)
    if text is source.text:
        return import_statements(source, statements(source, files=files), options)
    made = Source(source.path, text)
    program = statements(made, path, files)
    try:
        return import_statements(made, program, options)
    except AssemblyError as error:
        origin = Origin(made, program.markers, path, source)
        raise AssemblyError(map(origin.of, error.diagnostics), source) from None


def import_statements(
    source: Source,
    program: Program,
    options: Options,
    complete: Callable[[Sections], Sections] | None = None,
    declared: Mapping[str, int] | None = None,
) -> Written:
    """The Python file of a source that is read; `complete` adds what else belongs to it.

    `declared`: symbol → how many registers its function takes, whether it reads them.

    Raises AssemblyError, NoSuchFunction.
    """
    found = sections(program, options.isa, options.is_bound)
    if complete is not None:
        found = complete(found)
    remarks = _remarks(found)
    constants = {
        name: Constant(*written)
        for name, written in program.symbols.written.items()
        if name in found.constants
    }
    constants |= {
        name: Constant(Number(0, "0"), "weak, and not defined here")
        for name in found.constants
        if name not in constants
    }
    templates = Templates(program, options.isa)
    return python_file(source, found, remarks, templates, options.functions, constants, declared)


def python_file(
    source: Source,
    found: Sections,
    remarks: list[str],
    templates: Templates,
    functions: Sequence[str],
    constants: dict[str, Constant],
    declared: Mapping[str, int] | None = None,
) -> Written:
    """The Python file of sections, whatever they were read from; it has been assembled.

    Raises AssemblyError, NoSuchFunction.
    """
    parted = units(found)
    chosen = Chosen(wanted(parted, functions), Parameters(parted, declared), templates)
    title = f"Imported from {os.path.basename(source.path)}."
    written = write(title, remarks, found, parted, chosen, constants)
    wrong = [*found.wrong, *parted.wrong, *written.wrong]
    if not wrong:
        wrong = list(misfits(written, found.isa))
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


def no_such_function(name: str, known: Sequence[str]) -> NoSuchFunction:
    """What is said of a function that is not among those of a file."""
    near = or_meant(name, known)
    more = f", and {len(known) - SHOWN} more" if len(known) > SHOWN else ""
    return NoSuchFunction(f"no function {name!r}{near}; it has: {', '.join(known[:SHOWN])}{more}")


def wanted(parted: Units, functions: Sequence[str]) -> list[int]:
    """The units that are asked for, and what they need, in order."""
    if not functions:
        return list(range(len(parted.units)))
    waiting = []
    for name in functions:
        home = parted.home.get(name)
        if home is None:
            known = [unit.symbol for unit in parted.units if unit.is_code and unit.symbol]
            raise no_such_function(name, known)
        waiting.append(home)
    found: set[int] = set()
    while waiting:
        index = waiting.pop()
        if index in found:
            continue
        found.add(index)
        for item in parted.units[index].items:
            for name in references(item):
                home = parted.home.get(parted.first(name))
                waiting += [home] if home is not None else []
    return sorted(found)


def misfits(written: Written, isa: str) -> Iterator[Diagnostic]:
    """What the assembler finds wrong with the file, where the source has it; `isa` is the whole
    source's."""
    own = tables_of_own(isa)
    try:
        assemble(written.text, tables=() if own is None else own.own)
    except AssemblyError as error:
        for found in error.diagnostics:
            if found.severity == "error":
                line = error.source.locate(found.span.start)[0]
                note = f"note: as {error.source.line(line).strip()[:200]}"
                place = written.places[line - 1] if line <= len(written.places) else None
                yield found._replace(span=place or Span(0, 1), notes=(*found.notes, note))
