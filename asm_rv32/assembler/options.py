"""How functions are assembled: what their decorators say, and whoever assembles them.

Input: a function as written, and `Options`. Output: a `Job`, or what is wrong with what is asked.
Invariant: what a decorator says itself comes first.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from asm_rv32.assembler.dialects import DIALECTS, OWN, find_dialect
from asm_rv32.assembler.dialects.job import Job
from asm_rv32.assembler.reading.program import FunctionSource
from asm_rv32.basis.diagnostics import Diagnostic, Source, did_you_mean
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.image import FUNCTION, HANDLER, STACKED
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, common_isa, instruction_set, known_isa

if TYPE_CHECKING:
    import os

    from asm_rv32.isa.own_tables import OwnTable


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


def own_tables(
    tables: str | os.PathLike[str] | OwnTable | Iterable[str | os.PathLike[str] | OwnTable],
) -> tuple[OwnTable, ...]:
    """The tables in files, one or several. Raises AssemblyError, OSError."""
    if not tables:
        return ()
    from asm_rv32.assembler.own import opened

    return opened(tables)


def job_of(function: FunctionSource, source: Source, options: Options) -> Job | Diagnostic:
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
    if on:  # whoever named it: statements may hang on it, as times on its clock
        function = function._replace(options={**function.options, "board": on})
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
