"""From source text to images: the list of stages.

Input: the text of a Python file.
Output: a `Module` with one `Image` a function, or an `AssemblyError` with every mistake found.
Invariant: this is the only module that knows the order of the stages.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping

from asm_rv32.assembler.budget import Budget
from asm_rv32.assembler.dialects import OWN
from asm_rv32.assembler.dialects.job import Job
from asm_rv32.assembler.expand import parameter_registers
from asm_rv32.assembler.fragments import fragments
from asm_rv32.assembler.ir import Wrong, is_error
from asm_rv32.assembler.link import Linked, Reading, Unit, closure, link
from asm_rv32.assembler.options import Options, job_of, own_tables
from asm_rv32.assembler.outside import Files, checked, no_instructions
from asm_rv32.assembler.reading.parser import parse, parse_function
from asm_rv32.assembler.reading.program import Data, Macros, Program
from asm_rv32.assembler.reading.scopes import Sight
from asm_rv32.basis.diagnostics import (
    ERROR_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
)
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.image import FUNCTION, NOTHING, Contract, Image
from asm_rv32.isa.sets import IsaError

if TYPE_CHECKING:
    import os

    from asm_rv32.isa.own_tables import OwnTable


class Functions(Mapping[str, Image]):
    """Qualified name → image, in source order; each is linked when it is first asked for.

    Of functions with one name, the first has it and those after carry their number: `f`, `f#2`.
    """

    def __init__(self, units: Mapping[str, Unit], images: Mapping[str, Image] = {}) -> None:
        self.units = units
        self._images = dict(images)

    def __getitem__(self, name: str) -> Image:
        found = self._images.get(name)
        if found is None:
            found = self._images[name] = linked_image([self.units[name]])
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(self.units)

    def __len__(self) -> int:
        return len(self.units)

    def only(self, names: Iterable[str]) -> Functions:
        """Those with these names, in this order."""
        chosen = list(names)
        known = {name: image for name, image in self._images.items() if name in chosen}
        return Functions({name: self.units[name] for name in chosen}, known)


class Module(NamedTuple):
    """The assembler functions of a file."""

    functions: Functions
    """Each with all that it calls and reads."""
    source: Source
    diagnostics: tuple[Diagnostic, ...]
    """Warnings and notes of all functions."""
    blocks: Mapping[str, Unit] = {}
    """The file's own blocks of data by their qualified names, in source order."""
    listed: frozenset[str] | None = None
    """What its `__all__` lists; None where it has none."""

    def is_public(self, unit: Unit) -> bool:
        """Whether other files may name a function or a block: it is of this file, and `__all__`
        does not leave it out."""
        if unit.source.path != self.source.path:
            return False
        return self.listed is None or unit.name.partition(".")[0] in self.listed

    @property
    def is_linked(self) -> bool:
        """Whether one of the functions needs others, or data."""
        return any(unit.uses for unit in self.functions.units.values())

    def copies_exceed(self, limit: int) -> bool:
        """Whether the functions, each with what it needs, have more than `limit` instructions and
        pieces of data; found without linking them, and without counting on past the limit."""
        left = limit
        for unit in self.functions.units.values():
            left -= sum(len(each.fragments) for each in closure([unit]))
            if left < 0:
                return True
        return False

    def program(self) -> Image:
        """All functions and what they need, once, the first function in front."""
        if len(self.functions) == 1:
            return next(iter(self.functions.values()))  # laid out already
        return linked_image(list(self.functions.units.values()))

    def placed(self, program: Image) -> dict[str, Image]:
        """Each function where it lies in the program, with its own entries of it alone."""
        parts = {(id(part.source), part.span): part for part in program.parts}
        starts = [entry.address for entry in program.entries]
        found = {}
        for name, unit in self.functions.units.items():
            part = parts[id(unit.source), unit.span]
            first = bisect_left(starts, part.address)
            last = bisect_left(starts, part.address + part.size)
            image = program._replace(entries=program.entries[first:last], entry=part.address)
            found[name] = _headed(image, unit)
        return found


class Around(NamedTuple):
    """What a function sees of the Python objects around it, as the decorator finds them."""

    names: Sight
    macros: Macros


def assemble(
    source: str,
    *,
    path: str = "<string>",
    isa: str | None = None,
    dialect: str = OWN,
    compress: bool = True,
    tables: str | os.PathLike[str] | OwnTable | Iterable[str | os.PathLike[str] | OwnTable] = (),
    board: str | None = None,
) -> Module:
    """Assemble every decorated function of a Python file, without executing any of it.

    A function's own decorator arguments take precedence over `isa`, `dialect`, `compress` and
    `board`. `isa`: the instructions to accept, by default rv32imc, or all that the board has.
    `board`: one of `asmrv32 board list`; an instruction that it lacks is an error. `tables`: files
    of instructions of one's own, for every function. Raises AssemblyError with all diagnostics,
    OSError for a file of `tables` that cannot be read.
    """
    program, diagnostics = parse(Source(path, source))
    return _module(program, diagnostics, Options(isa, dialect, compress, own_tables(tables), board))


def examine(
    source: str,
    *,
    path: str = "<string>",
    isa: str | None = None,
    dialect: str = OWN,
    tables: Iterable[OwnTable] = (),
    board: str | None = None,
) -> Module:
    """What there is of a file, right or wrong: the functions without a mistake of their own, and
    everything that `assemble` says of the file, which of mistakes raises nothing.

    A function that needs a wrong one has no image: asking for it raises AssemblyError.
    """
    program, found = parse(Source(path, source))
    options = Options(isa, dialect, True, own_tables(tables), board)
    read = _read_program(program, found, options)
    if any(map(is_error, read.said)):
        return Module(Functions(read.functions, read.images), program.source, tuple(read.said))
    try:
        return _checked(program, read)
    except AssemblyError as error:
        said = error.diagnostics
        if error.source is not program.source:
            at = f"{error.source.path}:{error.source.locate(said[0].span.start)[0]}"
            said = (said[0]._replace(message=f"{at}: {said[0].message}", span=Span(0, 0)),)
        return Module(Functions(read.functions, read.images), program.source, said)


def read_function(
    source: Source, offset: int, decorator: str, around: Around, options: Options,
    named: Mapping[str, object] = {},
) -> Unit:  # fmt: skip
    """The one function, or block of data, whose first decorator stands at the line from `offset`;
    `named`: those of the decorator's arguments that are not in `options`.

    Raises AssemblyError with every mistake that shows before it is linked with others.
    """
    program, diagnostics = parse_function(source, offset, decorator, around.names)
    functions = tuple(
        function._replace(options=dict(named), macros=around.macros)
        for function in program.functions
    )
    read = _read_all(program._replace(functions=functions), diagnostics, options)
    _right(read, source)
    (unit,) = read.units.values()
    unit.image = read.images.get(unit.name)
    return unit


def assemble_again(image: Image, *, dialect: str, compress: bool) -> Image:
    """The function of an image once more, from its source and for its ISA, in another way.

    Raises AssemblyError.
    """
    program, diagnostics = parse(image.source)
    functions = tuple(
        function._replace(options={})
        for function in program.functions
        if function.span == image.span or image.parts[1:]
    )
    found = [each for each in diagnostics if image.span.start <= each.span.start < image.span.end]
    options = Options(image.isa, dialect, compress, board=image.board or None)
    module = _module(program._replace(functions=functions), found, options)
    return next(
        module.functions[name]
        for name, unit in module.functions.units.items()
        if unit.span == image.span
    )


class _Read(NamedTuple):
    """The functions of a source, each read; those that need nothing else are linked already."""

    units: dict[str, Unit]
    images: dict[str, Image]
    said: list[Diagnostic]

    @property
    def functions(self) -> dict[str, Unit]:
        """Those units that are no data."""
        return {name: unit for name, unit in self.units.items() if unit.kind == FUNCTION}


def _module(program: Program, found: list[Diagnostic], options: Options) -> Module:
    """The functions of a program; `found` is what parsing found wrong. Raises AssemblyError."""
    return _checked(program, _right(_read_program(program, found, options), program.source))


def _read_program(program: Program, found: list[Diagnostic], options: Options) -> _Read:
    """Every function and block of data of a program, each by itself."""
    if not program.functions and any(map(is_error, found)):
        # A text that is not looked into: it is too long, or no text.
        return _Read({}, {}, found)

    def units_of(other: Program) -> dict[str, Unit]:
        return _right(_read_all(other, list(other.wrong), options), other.source).units

    files = Files(units_of)
    if program.functions:
        program.names.world.place_by(files)
    read = _read_all(program, found, options)
    files.add(program, read.units)
    return read


def _right(read: _Read, source: Source) -> _Read:
    """What was read of a source, once nothing of it is wrong. Raises AssemblyError."""
    if any(map(is_error, read.said)):
        raise AssemblyError(read.said, source)
    return read


def _checked(program: Program, read: _Read) -> Module:
    """The functions of a program in which each is right by itself. Raises AssemblyError."""
    said, functions = list(read.said), read.functions
    elsewhere: list[AssemblyError] = []
    for unit, wrong in checked(read.units.values()):
        if unit.source is program.source:
            said += wrong
        elif wrong:
            elsewhere.append(AssemblyError(wrong, unit.source))
    if any(map(is_error, said)):
        raise AssemblyError(said, program.source)
    for error in elsewhere:
        raise error
    if len(read.images) < len(functions):
        # What is wrong with the layout of any of them shows where all are laid out.
        said += linked_image(list(functions.values())).diagnostics
    blocks = {name: unit for name, unit in read.units.items() if unit.kind != FUNCTION}
    listed = _listed(program)
    return Module(Functions(functions, read.images), program.source, tuple(said), blocks, listed)


def _listed(program: Program) -> frozenset[str] | None:
    """The names in a file's `__all__`, if it has one that is seen here."""
    found = program.names.get("__all__")
    if not isinstance(found, Data) or not isinstance(found.value, (list, tuple)):
        return None
    return frozenset(name for name in found.value if isinstance(name, str))


def _read_all(program: Program, found: list[Diagnostic], options: Options) -> _Read:
    """Every function and block of data of a file that can be read, and what is said of all."""
    read = _Read({}, {}, list(found))
    taken: dict[str, int] = {}
    budget = Budget()
    for function in program.functions:
        job = job_of(function, program.source, options)
        unit = None
        if isinstance(job, Diagnostic):
            read.said.append(job)
        else:
            unit, wrong = _unit(job, budget)
            read.said.extend(_explained(wrong, job))
        if len(read.said) >= ERROR_LIMIT or budget.is_exceeded:
            break
        if unit is None:
            continue
        name = function.qualified_name
        number = taken[name] = taken.get(name, 0) + 1
        name = name if number == 1 else f"{name}#{number}"
        read.units[name] = unit
        if unit.kind == FUNCTION and not unit.uses:
            linked = link([unit])
            layout = [each.diagnostic for each in linked.wrong]
            read.said.extend(layout)
            if not any(map(is_error, layout)):
                read.images[name] = _image(unit, linked)
    return read


def _unit(job: Job, budget: Budget) -> tuple[Unit | None, list[Wrong]]:
    """The stages of one function, in their order, up to where it is linked with others."""
    dialect, expansion, wrong = job.dialect.read(job, budget)
    mode, notes = dialect.mode(job, expansion)
    chosen, uses, unfit = fragments(expansion, job.instructions, mode, job.function.names.knows)
    wrong = [*wrong, *notes, *unfit]
    if job.function.kind != FUNCTION:
        wrong += no_instructions(expansion, job.source)
    if any(map(is_error, wrong)):
        return None, wrong
    unit = Unit(
        job.function.qualified_name, job.function.kind, job.source, job.function.span, expansion
    )
    unit.fragments, unit.uses = chosen, uses
    unit.resolve = job.function.names.place
    unit.symbol = str(job.function.options.get("symbol", ""))
    unit.is_weak = bool(job.function.options.get("weak", False))
    if unit.kind == FUNCTION:
        unit.job = Reading(job, dialect, mode)
    unit.said = tuple(each for each in wrong if isinstance(each, Diagnostic))
    return unit, wrong


def linked_image(roots: list[Unit], root: Unit | None = None) -> Image:
    """The image of a program, entered at the first of the roots, or at the one named.

    Raises AssemblyError with names in it that stand for nothing, or with what is wrong with its
    layout.
    """
    root = root or roots[0]
    for unit, wrong in checked(roots):
        if wrong:
            raise AssemblyError(wrong, unit.source)
    try:
        linked = link(roots)
    except IsaError as error:
        found = Diagnostic("isa", f"what is linked together: {error}", root.span)
        raise AssemblyError([found], root.source) from None
    errors = [each for each in linked.wrong if is_error(each.diagnostic)]
    if errors:
        source = errors[0].source
        raise AssemblyError([each.diagnostic for each in errors if each.source is source], source)
    entry = next(part.address for part, unit in zip(linked.parts, linked.units) if unit is root)
    return _image(root, linked)._replace(entry=entry)


def _image(root: Unit, linked: Linked) -> Image:
    image = Image(
        "", "", linked.code, tuple(linked.entries), linked.symbols, (), (), "", linked.isa,
        root.span, root.source, parts=linked.parts, relocations=tuple(linked.relocations),
        expanded=tuple(linked.expanded), contracts=tuple(_contracts(linked)),
    )  # fmt: skip
    own = tuple(each.diagnostic for each in linked.wrong if each.source is root.source)
    return _headed(image, root, own)


def _headed(image: Image, root: Unit, wrong: tuple[Diagnostic, ...] = ()) -> Image:
    """The image, entered at a function: `wrong` is what is to be said of it beside its own."""
    assert root.job is not None
    function = root.job.job.function
    return image._replace(
        name=function.name,
        qualified_name=function.qualified_name,
        parameters=tuple(parameter.name for parameter in function.parameters),
        registers=parameter_registers(function),
        returns=NOTHING if root.job.job.handler else function.returns,
        span=root.span,
        source=root.source,
        diagnostics=(*root.said, *wrong),
        options=function.options,
        floats=tuple(at for at, each in enumerate(function.parameters) if each.is_float),
        board=root.job.job.board,
        handler=root.job.job.handler,
    )


def _contracts(linked: Linked) -> Iterator[Contract]:
    for part, unit in zip(linked.parts, linked.units):
        for each in unit.expansion.contracts:
            labels = unit.expansion.labels
            start, end = (
                part.labels[labels[each.scope.find(name) or 0].name]
                for name in (each.start, each.end)
            )
            text = f"from {each.start} to {each.end}: {each.text}"
            span = each.written.span(unit.source)
            yield Contract(
                start, end, each.low, each.high, each.core, text, each.measured, unit.source, span
            )  # fmt: skip


def _explained(wrong: list[Wrong], job: Job) -> list[Diagnostic]:
    """All that is wrong in words; explainers are loaded only for what needs them."""
    plain = [each for each in wrong if isinstance(each, Diagnostic)]
    if len(plain) == len(wrong):
        return plain
    from asm_rv32.assembler.explain import explain

    return explain(wrong, job.source, job.instructions, job.function.names.sight, job.board)
