"""`asmrv32 prove --all`: every function of some files against its twin."""

from __future__ import annotations

import argparse
import time
from collections import Counter
from collections.abc import Iterator
from importlib.util import find_spec

from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.commands.calls import of_comments, parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import assembled, require_functions, settings_of, settled
from asm_rv32.commands.twins import arguments_of, has_twin, other_side
from asm_rv32.commands.verdicts import as_json, as_rows
from asm_rv32.prove.batch import ClusterError, answers, answers_of_cluster
from asm_rv32.prove.inputs import any_of
from asm_rv32.prove.question import Question
from asm_rv32.report.comparison import C_COMPILERS

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.prove.guarded import Guard
    from asm_rv32.prove.verdict import Verdict

TWINS = ("python", *C_COMPILERS)
"""What `--against` may begin with."""


class Asked(NamedTuple):
    """One proof that is asked for."""

    path: str
    call: str
    question: Question


def prove_all(
    arguments: argparse.Namespace, paths: list[str], console: Console, guard: Guard
) -> int:
    """Prove, print a row as soon as it is known, and a line of what came of all; the exit status:
    0 where all are equal."""
    _check(arguments)
    began = time.monotonic()
    asked: list[Asked] = []
    alone: list[str] = []
    for path in paths:
        some, without = _of_file(arguments, path, console)
        asked += some
        alone += without
    if not asked:
        raise CommandError(f"no function has a {arguments.against} twin", USAGE, "call")
    counts: Counter[str] = Counter()
    shown = ""
    with console.progress(lambda: f"proved {counts.total()} of {len(asked)}"):
        for one, found in zip(asked, _answers(asked, arguments, guard)):
            counts[found.verdict] += 1
            name = one.question.one.name
            if arguments.format == "json":
                said = {"file": one.path, "function": name, "call": one.call}
                console.print(as_json(found, name, said))
                continue
            if one.path != shown:
                shown = one.path
                console.print(f"{shown}:")
            for line in as_rows(found, name, one.call):
                console.print(line)
    if arguments.format == "text":
        for line in _summary(counts, alone, time.monotonic() - began):
            console.print(line)
    return DONE if counts["equal"] == len(asked) else WRONG


def _check(arguments: argparse.Namespace) -> None:
    """Raise CommandError or ToolMissing for what does not go with --all."""
    if arguments.against.partition(":")[0] not in TWINS:
        raise CommandError(f"--all takes --against {' or '.join(TWINS)}", USAGE)
    if arguments.jobs == 0 or arguments.jobs < -1:
        raise CommandError("--jobs takes a number above 0, or -1 for all processors", USAGE)
    if find_spec("joblib") is None:
        raise ToolMissing("prove --all needs joblib: pip install joblib")
    if arguments.cluster is not None and find_spec("distributed") is None:
        raise ToolMissing("--cluster needs Dask: pip install distributed")


def _of_file(
    arguments: argparse.Namespace, path: str, console: Console
) -> tuple[list[Asked], list[str]]:
    """What is asked of a file, and the functions that have no twin."""
    given = settled(argparse.Namespace(**{**vars(arguments), "file": path}), path)
    module = assembled(given, console)
    require_functions(module)
    calls = _calls(module)
    asked, alone = [], []
    for name, image in module.functions.items():
        if not has_twin(given.against, image, module):
            alone.append(name)
            continue
        settings = settings_of(given, image)
        other = other_side(given.against, image, module, given, console)
        for values in calls.get(name) or [[any_of()] * len(image.parameters)]:
            question = Question(image, other, values, settings, given.may_alias)
            asked.append(Asked(path, question.call(), question))
    return asked, alone


def _calls(module: Module) -> dict[str, list[list[object]]]:
    """The calls of the file's comments, by function. Raises CommandError, with the place."""

    def read(text: str) -> tuple[str, list[object]]:
        call = parse_call(text, {"any": any_of})
        return call.name, arguments_of(call, module.functions)

    found: dict[str, list[list[object]]] = {}
    for name, values in of_comments(module.source, "prove", read):
        found.setdefault(name, []).append(values)
    return found


def _answers(asked: list[Asked], arguments: argparse.Namespace, guard: Guard) -> Iterator[Verdict]:
    questions = [each.question for each in asked]
    if arguments.cluster is None:
        yield from answers(questions, arguments.timeout, arguments.jobs, guard)
        return
    try:
        yield from answers_of_cluster(questions, arguments.timeout, arguments.cluster)
    except ClusterError as error:
        raise CommandError(str(error), USAGE, "tool-missing") from None


def _summary(counts: Counter[str], alone: list[str], seconds: float) -> list[str]:
    others = "".join(
        f", {counts[each]} {said}"
        for each, said in (("differs", "different"), ("undecided", "undecided")) if counts[each]
    )  # fmt: skip
    lines = [f"{counts['equal']} of {counts.total()} equal{others}, in {seconds:.1f} s"]
    if alone:
        lines.append(f"without a twin: {', '.join(alone)}")
    return lines
