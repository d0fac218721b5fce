"""`asmrv32 lint --speed`: what would be faster, proved to do the same and priced."""

from __future__ import annotations

import argparse
import json
import re
from codecs import BOM_UTF8
from collections.abc import Iterator, Sequence
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from asm_rv32.basis.diagnostics import Diagnostic, Source
from asm_rv32.basis.external import ToolMissing
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import assemble_source

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.improve.suggestion import Suggestion

CALL = re.compile(r"^[ \t]*# try:[ \t]*(.*?)[ \t]*$", re.MULTILINE)
"""A comment that says with which arguments a function is priced."""


def speed(path: str, arguments: argparse.Namespace, console: Console) -> int:
    """Show or write what is faster in a file; status 1 where there is something that is left."""
    if find_spec("z3") is None:
        raise ToolMissing("lint --speed needs z3: pip install z3-solver")
    from asm_rv32.improve.suggestion import edited

    data = console.read(path)
    source = console.as_source(path, data)
    cores = _cores(arguments)
    first = source
    found = 0
    for name, calls in _functions(source, arguments):
        doing = f"looking for what is faster in {name}"
        with console.progress(doing):
            suggestion = _suggestion(source, name, arguments, cores, calls)
        if suggestion is None:
            continue
        if arguments.fix:
            source = Source(source.path, edited(source, suggestion.edits))
            console.print(f"{path}: {name}: {', '.join(suggestion.messages)}; {_saved(suggestion)}")
        else:
            found += 1
            _show(suggestion, source, arguments, console)
    if source is not first:
        mark = BOM_UTF8 if data.startswith(BOM_UTF8) else b""
        console.rewrite(path, data, mark + source.text.encode("utf-8"))
    return WRONG if found else DONE


def _cores(arguments: argparse.Namespace) -> list[str]:
    """The cores that count; none: all that are exact. Raises CommandError."""
    from asm_rv32.timing import core_names

    named = arguments.core.split(",") if arguments.core else []
    if not named and arguments.board is not None:
        from asm_rv32.boards import load_board

        board = load_board(arguments.board)
        if board.core is None:
            raise CommandError(f"what {board.title} takes in cycles is not known", USAGE)
        named = [board.core]
    elif not named and arguments.configuration.core in core_names():
        named = [arguments.configuration.core]
    for name in named:
        if name not in core_names():
            known = ", ".join(core_names())
            raise CommandError(f"no core '{name}'; known are {known}", USAGE)
    return named


def _functions(
    source: Source, arguments: argparse.Namespace
) -> Iterator[tuple[str, list[list[Any]]]]:
    """The functions of a file, and the calls that its comments have of them."""
    module = assemble_source(source, arguments)
    calls: dict[str, list[list[Any]]] = {}
    for match in CALL.finditer(source.text):
        line = source.locate(match.start(1))[0]
        try:
            call = parse_call(match[1])
        except CommandError as error:
            raise CommandError(f"{source.path}:{line}: {error.message}", USAGE) from None
        if call.name not in module.functions:
            raise CommandError(f"{source.path}:{line}: there is no function {call.name!r}", USAGE)
        wanted = len(module.functions[call.name].parameters)
        if len(call.arguments) != wanted:
            raise CommandError(
                f"{source.path}:{line}: {call.name} takes {wanted} arguments", USAGE
            )  # fmt: skip
        calls.setdefault(call.name, []).append(call.arguments)
    for name in module.functions:
        yield name, calls.get(name, [])


def _suggestion(
    source: Source, name: str, arguments: argparse.Namespace, cores: Sequence[str],
    calls: list[list[Any]],
) -> Suggestion | None:  # fmt: skip
    from asm_rv32.improve.search import Search, suggestion
    from asm_rv32.machine.errors import ExecutionError

    def assembled(text: Source) -> Module:
        return assemble_source(text, arguments)

    try:
        return suggestion(Search(source, name, assembled, cores, calls))
    except ExecutionError as error:
        raise CommandError(f"{source.path}: {name}: {error}", code="call") from None


def _saved(suggestion: Suggestion) -> str:
    """What is saved, a core each."""
    return ", ".join(
        f"{core} {before} → {after} (-{100 * (before - after) / before:.1f} %)"
        for core, (before, after) in suggestion.cycles.items()
        if before
    )


def _show(
    suggestion: Suggestion, source: Source, arguments: argparse.Namespace, console: Console
) -> None:
    if arguments.format == "json":
        line, column = source.locate(suggestion.span.start)
        console.print(json.dumps({
            "path": source.path, "line": line, "column": column,
            "function": suggestion.function,
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
        }))  # fmt: skip
        return
    kept = [(after / before) for before, after in suggestion.cycles.values() if before]
    share = 100 * (1 - sum(kept) / len(kept))
    notes = [f"note: {each}" for each in suggestion.messages]
    notes += [f"note: cycles of {_calls(suggestion)}: {_saved(suggestion)}"]
    notes += [f"note: proved: {suggestion.proof[0]}", *(f"note: {e}" for e in suggestion.proof[1:])]
    notes += ["help: --fix writes this:", *_difference(source, suggestion)]
    message = f"{suggestion.function} can do the same in {share:.1f} % fewer cycles"
    found = Diagnostic("faster", message, suggestion.span, tuple(notes), "warning")
    console.report(arguments.configuration.heeded([found]), source)


def _calls(suggestion: Suggestion) -> str:
    return " and ".join(suggestion.calls)


def _difference(source: Source, suggestion: Suggestion) -> Iterator[str]:
    """The lines that go, and those that come."""
    for edit in suggestion.edits:
        for at in range(edit.line, edit.line + edit.taken):
            yield f"- {source.line(at)}"
        for line in edit.lines:
            yield f"+ {line}"
