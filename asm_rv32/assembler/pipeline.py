"""From source text to images: the list of stages.

Input: the text of a Python file.
Output: a `Module` with one `Image` a function, or an `AssemblyError` with every mistake found.
Invariant: this is the only module that knows the order of the stages.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence

from asm_rv32.assembler.dialects import DIALECTS, OWN, find_dialect
from asm_rv32.assembler.dialects.job import Job
from asm_rv32.assembler.expand import Budget, parameter_registers
from asm_rv32.assembler.forms import fragments
from asm_rv32.assembler.ir import Wrong, is_error
from asm_rv32.assembler.link import Linked, Reading, Unit, closure, link
from asm_rv32.assembler.outside import Files, checked, no_instructions
from asm_rv32.assembler.reading.parser import parse, parse_function
from asm_rv32.assembler.reading.program import Data, FunctionSource, Macros, Program
from asm_rv32.assembler.reading.scopes import Sight
from asm_rv32.basis.diagnostics import (
    ERROR_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
    did_you_mean,
)
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.image import FUNCTION, HANDLER, NOTHING, STACKED, Contract, Image
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, common_isa, instruction_set, known_isa

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


class Options(NamedTuple):
    """How the functions are assembled whose decorators do not say it themselves."""

    isa: str | None = None
    """None: the board's, else DEFAULT_ISA."""
    dialect: str = OWN
    compress: bool = True
    tables: Sequence[OwnTable] = ()
    """Instructions of one's own, which every function has beside those of its ISA."""
    board: str | None = None
    interrupt: bool | str = False


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


def own_tables(
    tables: str | os.PathLike[str] | OwnTable | Iterable[str | os.PathLike[str] | OwnTable],
) -> tuple[OwnTable, ...]:
    """The tables in files, one or several. Raises AssemblyError, OSError."""
    if not tables:
        return ()
    from asm_rv32.assembler.own import opened

    return opened(tables)


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
        job = _job(function, program.source, options)
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


def _job(function: FunctionSource, source: Source, options: Options) -> Job | Diagnostic:
    """What there is to do for a function; what is wrong where its decorator asks for too much."""
    isa = function.options.get("isa", options.isa)
    board = function.options.get("board", options.board)
    # A block of data is this package's own, whatever the functions are written for.
    wanted = options.dialect if function.kind == FUNCTION else OWN
    name = str(function.options.get("dialect", wanted))
    dialect = find_dialect(name)
    if dialect is None:
        message = f"there is no dialect {name!r}; known: {', '.join(DIALECTS)}"
        return Diagnostic("decorator", message, function.name_span, did_you_mean(name, DIALECTS))
    try:
        chosen, on = (str(isa or DEFAULT_ISA), "") if board is None else _on_board(board, isa)
        if options.tables or "tables" in function.options:
            from asm_rv32.assembler.own import with_own  # few functions have any

            chosen = with_own(chosen, options.tables, function, source)
        instructions = instruction_set(chosen)
    except ValueError as error:
        code = "isa" if isinstance(error, IsaError) else "board"
        return Diagnostic(code, str(error), function.name_span)
    compress = bool(function.options.get("compress", options.compress))
    compress = compress and instructions.compressed
    asked = function.options.get("interrupt", options.interrupt)
    handler = (STACKED if asked == STACKED else HANDLER) if asked else ""
    wrong = _wrong_handler(function, asked, on, name)
    if handler and wrong:
        return Diagnostic("interrupt", wrong, function.name_span)
    return Job(function, source, dialect, chosen, instructions, compress, on, handler)


def _wrong_handler(function: FunctionSource, asked: object, board: str, dialect: str) -> str:
    """Why a function cannot be an interrupt handler."""
    if asked not in (True, STACKED):
        return f'interrupt takes True or "{STACKED}", got {asked!r}'
    if dialect != OWN:
        return f"only the dialect {OWN} has interrupt handlers"
    if function.parameters:
        return "an interrupt handler has no parameters: nobody passes it any"
    if asked == STACKED:
        from asm_rv32.boards import load_board

        if not board:
            return f'interrupt="{STACKED}" needs a board, whose hardware stacks registers'
        if not load_board(board).stacked:
            return f"the {load_board(board).title} stacks no registers by itself"
    return ""


def _on_board(board: object, isa: object) -> tuple[str, str]:
    """What of an ISA string a board has, without one all; and the board's own name.

    Raises UnknownBoard, IsaError.
    """
    from asm_rv32.boards import load_board  # few sources are for one

    known = load_board(str(board))
    has = known_isa(known.isa)
    return (has if isa is None else common_isa(str(isa), has)), known.name


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
