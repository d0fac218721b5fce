"""`asmrv32 prove`: whether two functions do the same for every input."""

from __future__ import annotations

import argparse
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec

from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import (
    add_assembly,
    add_settings,
    assembled,
    find_function,
    settings_of,
    settled,
)

if TYPE_CHECKING:
    from asm_rv32.prove.guarded import Guard

EXAMPLES = """\
  asmrv32 prove bits.py 'reverse(any)' --against gcc           the C twin, bits.c by gcc -O2
  asmrv32 prove bits.py 'reverse(any)' --against 'clang::-O3'  the same by clang -O3
  asmrv32 prove sums.py 'sum_words(any("i", 64), 64)' --against slow_sum
  asmrv32 prove sums.py 'sum_words(any("i", count), any)' --against gcc        for every count
  asmrv32 prove gcd.py 'gcd(any(0, 20), any(0, 20))' --against other.py:gcd
  asmrv32 prove mix.py 'mix(any, 3)' --against mix.c:mix -f json
  asmrv32 prove --all *.py                all that have a Python twin, as their files' comments ask:
                                          # prove: mix(any, 3)
  asmrv32 prove --all *.py --against gcc --jobs 4

In CALL `any` is any word, any(0, 20) any integer from 0 to 20, any("i", 100) an array of 100 items
of that type of which nothing is known, any("i", count) one of as many as the parameter count says,
for every count; other arguments are what they say. Compared are the result,
the buffers, sp and the saved registers. A verdict says what it assumes; a counterexample is run
before it is shown, and is a test to paste. Exit status 0: equal, with --all all of them; 1:
different, or undecided. Ctrl-C and SIGTERM end the proofs, and what is known by then is shown.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument(
        "call", metavar="CALL", nargs="*",
        help="the function, with what is known of its input; with --all instead: more files",
    )  # fmt: skip
    parser.add_argument(
        "--against", metavar="OTHER",
        help="a function of the file, FILE.py:NAME, FILE.c:NAME, gcc or clang: the function of the "
        "same name in the C file beside it, also gcc:FILE.c:FLAGS, or python: the file's Python "
        "function NAME_python; with --all a compiler or python (default then: python)",
    )  # fmt: skip
    parser.add_argument(
        "--all", action="store_true",
        help="every function of the files that has a twin, for the inputs that comments "
        "`# prove: CALL` of its file say, else for any words",
    )  # fmt: skip
    parser.add_argument(
        "--jobs", type=int, default=-1, metavar="N",
        help="with --all: proofs at a time (default: as many as there are processors)",
    )  # fmt: skip
    parser.add_argument(
        "--cluster",
        metavar="ADDRESS",
        help="with --all: prove on the workers of the Dask scheduler there, tcp://host:8786",
    )
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS",
        help="how long to try, each (default: 60)",
    )  # fmt: skip
    parser.add_argument(
        "--may-alias", action="store_true",
        help="arrays of unknown items need not be disjoint: try all ways, too, that two of them "
        "overlap by whole items; against Python, that they are the same",
    )  # fmt: skip
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")
    add_settings(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prove, and print the verdict, or those of all."""
    if find_spec("z3") is None:
        raise ToolMissing("prove needs z3: pip install z3-solver")
    from asm_rv32.prove.guarded import Guard

    if not arguments.timeout > 0:
        raise CommandError("--timeout takes a number of seconds above 0", USAGE)
    guard = Guard()
    with _halted_by_signals(guard):
        if arguments.all:
            from asm_rv32.commands.prove_all import prove_all

            arguments.against = arguments.against or "python"
            return prove_all(arguments, [arguments.file, *arguments.call], console, guard)
        return _prove(arguments, console, guard)


@contextmanager
def _halted_by_signals(guard: Guard) -> Iterator[None]:
    """Ctrl-C and SIGTERM end the proofs, not the command: it still says what is known."""
    asked = (signal.SIGINT, signal.SIGTERM)
    try:
        before = [signal.signal(each, lambda number, frame: guard.halt()) for each in asked]
    except ValueError:  # not in the main thread, which alone has handlers
        yield
        return
    try:
        yield
    finally:
        for number, handler in zip(asked, before):
            signal.signal(number, handler)


def _prove(arguments: argparse.Namespace, console: Console, guard: Guard) -> int:
    """One proof."""
    from asm_rv32.commands.twins import arguments_of, other_side
    from asm_rv32.commands.verdicts import as_json, as_text
    from asm_rv32.prove.inputs import any_of
    from asm_rv32.prove.question import Question

    if len(arguments.call) != 1 or arguments.against is None:
        raise CommandError("a proof takes FILE.py, one CALL and --against OTHER; or --all", USAGE)
    [text] = arguments.call
    call = parse_call(text, {"any": any_of})
    arguments = settled(arguments, arguments.file)
    module = assembled(arguments, console)
    image = find_function(module, call.name)
    values = arguments_of(call, {call.name: image})
    other = other_side(arguments.against, image, module, arguments, console)
    settings = settings_of(arguments, image)
    with console.progress(f"proving {call.name}"):
        question = Question(image, other, values, settings, arguments.may_alias)
        found = guard.answer(question, arguments.timeout)
    if arguments.format == "json":
        console.print(as_json(found, call.name))
    else:
        for line in as_text(found, call.name):
            console.print(line)
    return DONE if found.verdict == "equal" else WRONG
