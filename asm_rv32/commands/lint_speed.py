"""`asmrv32 lint --speed`: what would be faster, proved to do the same and priced."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from importlib.util import find_spec

from asm_rv32.basis.diagnostics import Diagnostic, Source, ToolMissing
from asm_rv32.basis.ignore import heeded
from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.commands.calls import of_comments, parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import assemble_source

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.basis.edits import Edit
    from asm_rv32.improve.suggestion import Suggestion

Given = tuple[str, list[Any]]
"""A call as it is written, and its arguments."""


def speed(path: str, arguments: argparse.Namespace, console: Console) -> int:
    """Show or write what is faster in a file; status 1 where there is something that is left."""
    if find_spec("z3") is None:
        raise ToolMissing("lint --speed needs z3: pip install z3-solver")
    from asm_rv32.basis.edits import edited

    data = console.read(path)
    source = console.as_source(path, data)
    cores = _cores(arguments)
    module = assemble_source(source, arguments)
    edits: list[Edit] = []
    found = 0
    for name, calls in _functions(module, source):
        doing = f"looking for what is faster in {name}"
        with console.progress(doing):
            suggestion = _suggestion(module, name, arguments, cores, calls)
        if suggestion is None:
            continue
        said = _diagnostic(suggestion, source)
        if not arguments.configuration.heeded(heeded([said], source)):
            continue
        if arguments.fix:
            edits += suggestion.edits
            console.print(f"{path}: {name}: {', '.join(suggestion.rewrites)}")
            for line in _saved(suggestion):
                console.print(f"  {line}")
        else:
            found += 1
            if arguments.format == "json":
                console.print(json.dumps(_as_plain(suggestion, source)))
            else:
                console.report([said], source)
    if edits:
        console.rewrite(path, data, Source(source.path, edited(source, edits)))
    return WRONG if found else DONE


def _cores(arguments: argparse.Namespace) -> list[str]:
    """The cores that count; none: all that are exact. Raises CommandError."""
    from asm_rv32.timing import TimingError, core_names, load_core

    named = arguments.core.split(",") if arguments.core else []
    if not named and arguments.board is not None:
        from asm_rv32.boards import load_board

        board = load_board(arguments.board)
        if board.core is None:
            raise CommandError(f"what {board.title} takes in cycles is not known", USAGE)
        named = [board.core]
    elif not named and arguments.configuration.core in core_names():
        named = [arguments.configuration.core]
    try:
        for name in named:
            load_core(name)
    except TimingError as error:
        raise CommandError(str(error), USAGE) from None
    return named


def _functions(module: Module, source: Source) -> Iterator[tuple[str, list[Given]]]:
    """The functions of a file, and the calls that its comments have of them."""

    def read(text: str) -> tuple[str, Given]:
        call = parse_call(text)
        if call.name not in module.functions:
            raise CommandError(f"there is no function {call.name!r}", USAGE)
        wanted = len(module.functions[call.name].parameters)
        if len(call.arguments) != wanted:
            raise CommandError(f"{call.name} takes {wanted} arguments", USAGE)
        return call.name, (text, call.arguments)

    calls: dict[str, list[Given]] = {}
    for name, given in of_comments(source, "try", read):
        calls.setdefault(name, []).append(given)
    for name in module.functions:
        yield name, calls.get(name, [])


def _suggestion(
    module: Module, name: str, arguments: argparse.Namespace, cores: Sequence[str],
    calls: list[Given],
) -> Suggestion | None:  # fmt: skip
    from asm_rv32.improve.search import Search, suggestion
    from asm_rv32.machine.errors import ExecutionError

    def assembled(text: Source) -> Module:
        return assemble_source(text, arguments)

    try:
        search = Search(module, name, assembled, cores, [values for _, values in calls])
        found = suggestion(search)
    except ExecutionError as error:
        raise CommandError(f"{module.source.path}: {name}: {error}", code="call") from None
    if found is None or not calls:
        return found
    return replace(found, calls=tuple(text for text, _ in calls))


def _saved(suggestion: Suggestion) -> list[str]:
    """What is saved, a core each."""
    return [
        f"{core}: {before:,} cycles before, {after:,} after ({100 * (after / before - 1):.1f} %)"
        for core, (before, after) in suggestion.cycles.items()
        if before
    ]


def _as_plain(suggestion: Suggestion, source: Source) -> dict[str, object]:
    """A suggestion as plain data."""
    line, column = source.locate(suggestion.span.start)
    return {
        "path": source.path, "line": line, "column": column, "function": suggestion.function,
        "rewrites": list(suggestion.rewrites),
        "why": list(suggestion.messages),
        "cycles": {
            core: {"before": before, "after": after}
            for core, (before, after) in suggestion.cycles.items()
        },
        "calls": list(suggestion.calls),
        "proof": list(suggestion.proof),
        "edits": [
            {"line": each.line, "taken": each.taken, "lines": list(each.lines)}
            for each in suggestion.edits
        ],
    }  # fmt: skip


def _diagnostic(suggestion: Suggestion, source: Source) -> Diagnostic:
    """A suggestion as lint tells what it finds."""
    kept = [after / before for before, after in suggestion.cycles.values() if before]
    share = 100 * (1 - sum(kept) / len(kept))
    notes = [f"note: {each}" for each in suggestion.messages]
    notes.append(f"note: priced with {_calls(suggestion)}")
    notes += [f"note: {each}" for each in _saved(suggestion)]
    notes += [f"note: {each}" for each in suggestion.proof]
    notes += ["help: --fix writes this:", *_difference(source, suggestion)]
    cores = "" if len(kept) == 1 else f", on average over {len(kept)} cores"
    message = f"{suggestion.function} can do the same in {share:.1f} % fewer cycles{cores}"
    return Diagnostic("faster", message, suggestion.span, tuple(notes), "warning")


def _calls(suggestion: Suggestion) -> str:
    if not suggestion.calls:
        return "every way through each of its blocks, for no call of it is known: # try: CALL"
    return " and ".join(suggestion.calls)


def _difference(source: Source, suggestion: Suggestion) -> Iterator[str]:
    """The lines that go, those that come, and those between."""
    at = min(each.line for each in suggestion.edits)
    for edit in suggestion.edits:
        yield from (f"  {source.line(line)}" for line in range(at, edit.line))
        at = edit.line + edit.taken
        yield from (f"- {source.line(line)}" for line in range(edit.line, at))
        yield from (f"+ {line}" for line in edit.lines)
