"""From source text to images: the list of stages.

Input: the text of a Python file.
Output: a `Module` with one `Image` a function, or an `AssemblyError` with every mistake found.
Invariant: this is the only module that knows the order of the stages.
"""

from __future__ import annotations

from asm_rv32.assembler.dialects import DIALECTS, OWN, find_dialect
from asm_rv32.assembler.dialects.job import Job
from asm_rv32.assembler.encode import encode
from asm_rv32.assembler.expand import Budget, parameter_registers
from asm_rv32.assembler.forms import fragments, return_fragment
from asm_rv32.assembler.ir import FunctionSource, Program, Wrong, is_error
from asm_rv32.assembler.placement import Placed, misplaced, out_of_reach
from asm_rv32.assembler.reading.parser import parse, parse_function
from asm_rv32.assembler.reading.scopes import Sight
from asm_rv32.assembler.relax import relax
from asm_rv32.basis.diagnostics import (
    ERROR_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    did_you_mean,
)
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, instruction_set


class Module(NamedTuple):
    """The assembler functions of a file."""

    functions: dict[str, Image]
    """Qualified name → image, in source order; of functions with one name, the first has it and
    those after carry their number: `f`, `f#2`."""
    source: Source
    diagnostics: tuple[Diagnostic, ...]
    """Warnings and notes of all functions."""


class Options(NamedTuple):
    """How the functions are assembled whose decorators do not say it themselves."""

    isa: str = DEFAULT_ISA
    dialect: str = OWN
    compress: bool = True


def assemble(
    source: str,
    *,
    path: str = "<string>",
    isa: str = DEFAULT_ISA,
    dialect: str = OWN,
    compress: bool = True,
) -> Module:
    """Assemble every decorated function of a Python file, without executing any of it.

    A function's own decorator arguments take precedence over `isa`, `dialect` and `compress`.
    Raises AssemblyError with all diagnostics.
    """
    program, diagnostics = parse(Source(path, source))
    return _module(program, diagnostics, Options(isa, dialect, compress))


def assemble_function(source: Source, offset: int, names: Sight, options: Options) -> Image:
    """Assemble the one function whose first decorator stands at the line from `offset` on.

    `names` is what it sees, as `FunctionSource.names` has it. Raises AssemblyError with
    all diagnostics.
    """
    program, diagnostics = parse_function(source, offset, names)
    functions = tuple(function._replace(options={}) for function in program.functions)
    module = _module(program._replace(functions=functions), diagnostics, options)
    return next(iter(module.functions.values()))


def assemble_again(image: Image, *, dialect: str, compress: bool) -> Image:
    """The function of an image once more, from its source and for its ISA, in another way.

    Raises AssemblyError.
    """
    program, diagnostics = parse(image.source)
    functions = tuple(
        function._replace(options={})
        for function in program.functions
        if function.span == image.span
    )
    found = [each for each in diagnostics if image.span.start <= each.span.start < image.span.end]
    options = Options(image.isa, dialect, compress)
    module = _module(program._replace(functions=functions), found, options)
    return next(iter(module.functions.values()))


def _module(program: Program, found: list[Diagnostic], options: Options) -> Module:
    """The functions of a program, one after the other; `found` is what parsing found wrong.

    Raises AssemblyError.
    """
    images: dict[str, Image] = {}
    taken: dict[str, int] = {}
    budget = Budget()
    found = list(found)
    for function in program.functions:
        job = _job(function, program.source, options)
        image = None
        if isinstance(job, Diagnostic):
            found.append(job)
        else:
            image, wrong = _assembled(job, budget)
            found += _explained(wrong, job)
        if len(found) >= ERROR_LIMIT or budget.is_exceeded:
            break
        if image is not None:
            name = function.qualified_name
            number = taken[name] = taken.get(name, 0) + 1
            images[name if number == 1 else f"{name}#{number}"] = image
    if any(map(is_error, found)):
        raise AssemblyError(found, program.source)
    return Module(images, program.source, tuple(found))


def _job(function: FunctionSource, source: Source, options: Options) -> Job | Diagnostic:
    """What there is to do for a function; what is wrong where its decorator asks for too much."""
    isa = str(function.options.get("isa", options.isa))
    name = str(function.options.get("dialect", options.dialect))
    dialect = find_dialect(name)
    if dialect is None:
        message = f"there is no dialect {name!r}; known: {', '.join(DIALECTS)}"
        return Diagnostic("decorator", message, function.name_span, did_you_mean(name, DIALECTS))
    try:
        instructions = instruction_set(isa)
    except IsaError as error:
        return Diagnostic("isa", str(error), function.name_span)
    compress = bool(function.options.get("compress", options.compress))
    compress = compress and instructions.compressed
    return Job(function, source, dialect, isa, instructions, compress)


def _assembled(job: Job, budget: Budget) -> tuple[Image | None, list[Wrong]]:
    """The stages, in their order: the image, and what they found wrong."""
    instructions = job.instructions
    dialect, expansion, wrong = job.dialect.read(job, budget)
    mode, notes = dialect.mode(job, expansion)
    chosen, unfit = fragments(expansion, instructions, mode)
    wrong = [*wrong, *notes, *unfit]
    if any(map(is_error, wrong)):
        return None, wrong
    if dialect.needs_return(expansion, chosen):
        end = job.function.span.end
        chosen.append(return_fragment(instructions, mode, end - 1, end))
    placed = Placed(expansion, chosen, [label.item for label in expansion.labels])
    wrong += [out_of_reach(fragment, placed) for fragment in relax(chosen, placed.labels)]
    dialect.finish(placed, job)
    wrong += dialect.check(placed)
    nops = instructions.compressed and mode.compress
    code, entries = encode(chosen, placed.labels, nops, not mode.board)
    wrong += misplaced(placed, instructions)
    if any(map(is_error, wrong)):
        return None, wrong
    said = tuple(each for each in wrong if isinstance(each, Diagnostic))
    return _image(job, placed, code, entries, said), wrong


def _image(
    job: Job, placed: Placed, code: bytes, entries: list[Entry], said: tuple[Diagnostic, ...]
) -> Image:
    function, chosen = job.function, placed.fragments
    return Image(
        function.name,
        function.qualified_name,
        code,
        tuple(entries),
        {
            label.name: chosen[label.item].address if label.item < len(chosen) else len(code)
            for label in placed.expansion.labels
        },
        tuple(parameter.name for parameter in function.parameters),
        parameter_registers(function),
        function.returns,
        job.isa,
        function.span,
        job.source,
        said,
        function.options,
    )


def _explained(wrong: list[Wrong], job: Job) -> list[Diagnostic]:
    """All that is wrong in words; explainers are loaded only for what needs them."""
    plain = [each for each in wrong if isinstance(each, Diagnostic)]
    if len(plain) == len(wrong):
        return plain
    from asm_rv32.assembler.explain import explain

    return explain(wrong, job.source, job.instructions, job.function.names.sight)
