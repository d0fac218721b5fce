"""`asmrv32 prove`: whether two functions do the same for every input."""

from __future__ import annotations

import argparse
import os
import re
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from asm_rv32.basis.external import ToolMissing
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
from asm_rv32.isa.image import NOTHING, Image

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.prove.question import Twin
    from asm_rv32.prove.verdict import Verdict

EXAMPLES = """\
  asmrv32 prove bits.py 'reverse(any)' --against gcc           the C twin, bits.c by gcc -O2
  asmrv32 prove sums.py 'sum_words(any("i", 64), 64)' --against slow_sum
  asmrv32 prove gcd.py 'gcd(any(0, 20), any(0, 20))' --against other.py:gcd
  asmrv32 prove mix.py 'mix(any, 3)' --against mix.c:mix -f json

In CALL `any` is any word, any(0, 20) any integer from 0 to 20, any("i", 100) an array of 100 items
of that type of which nothing is known; other arguments are what they say. Compared are the result,
the buffers, sp and the saved registers. A verdict says what it assumes; a counterexample is run
before it is shown. Exit status 0: equal; 1: different, or undecided.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument(
        "call", metavar="CALL", help="the function, with what is known of its input"
    )
    parser.add_argument(
        "--against", required=True, metavar="OTHER",
        help="a function of the file, FILE.py:NAME, FILE.c:NAME, gcc: the function of the same "
        "name in the C file beside it, or python: the file's Python function NAME_python",
    )  # fmt: skip
    parser.add_argument(
        "--timeout", type=float, default=60.0, metavar="SECONDS",
        help="how long to try (default: 60)",
    )  # fmt: skip
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text")
    add_settings(parser)


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Prove, and print the verdict."""
    if find_spec("z3") is None:
        raise ToolMissing("prove needs z3: pip install z3-solver")
    from asm_rv32.prove.inputs import any_of

    if not arguments.timeout > 0:
        raise CommandError("--timeout takes a number of seconds above 0", USAGE)
    call = parse_call(arguments.call, {"any": any_of})
    arguments = settled(arguments, arguments.file)
    module = assembled(arguments, console)
    image = find_function(module, call.name)
    if len(call.arguments) != len(image.parameters):
        raise CommandError(
            f"{call.name} takes {len(image.parameters)} arguments, and {arguments.call!r} has "
            f"{len(call.arguments)}", USAGE,
        )  # fmt: skip
    other = _other(arguments, image, module, console)

    from asm_rv32.prove.guarded import guarded
    from asm_rv32.prove.question import Question, Twin

    settings = settings_of(arguments, image)
    if isinstance(other, Twin):
        other = other._replace(stack=settings.stack)
    question = Question(image, other, call.arguments, settings)
    with console.progress(f"proving {call.name}"):
        found = guarded(question, arguments.timeout)
    if arguments.format == "json":
        console.print(_as_json(found, call.name))
    else:
        for line in _as_text(found, call.name, arguments):
            console.print(line)
    return DONE if found.verdict == "equal" else WRONG


def _other(
    arguments: argparse.Namespace, image: Image, module: Module, console: Console
) -> Image | Twin:
    """What the function is compared with. Raises CommandError, AssemblyError, ToolMissing."""
    asked: str = arguments.against
    path, colon, name = asked.rpartition(":")
    if asked == "gcc" or path.endswith(".c"):
        from asm_rv32.report.gcc import c_variant
        from asm_rv32.report.variants import VariantError

        beside = os.path.splitext(module.source.path)[0] + ".c"
        try:
            named = image._replace(name=name) if colon else image
            variant: Any = c_variant(asked, named, path or beside, "")
        except VariantError as error:
            raise CommandError(str(error), USAGE, "report") from None
        found: Image = variant.image
        return found if variant.has_result else found._replace(returns=NOTHING)
    if asked == "python":
        return _twin(f"{image.name}_python", module)
    if colon and path.endswith(".py"):
        elsewhere = argparse.Namespace(**{**vars(arguments), "file": path})
        module, asked = assembled(elsewhere, console), name
    if asked not in module.functions and _defines(module, asked):
        return _twin(asked, module)
    return find_function(module, asked)


def _defines(module: Module, name: str) -> bool:
    """Whether the file has a Python function of that name."""
    return (
        re.search(rf"^(def )?{re.escape(name)}( = |\()", module.source.text, re.MULTILINE)
        is not None
    )


def _twin(name: str, module: Module) -> Twin:
    from asm_rv32.prove.question import Twin

    if not _defines(module, name):
        raise CommandError(f"{module.source.path} has no Python function {name}", USAGE, "call")
    return Twin(name, module.source.text)


def _shown(found: Verdict, name: str) -> str | None:
    """The counterexample as a call."""
    if found.counterexample is None:
        return None
    values: Any = found.counterexample
    return f"{name}({', '.join(map(repr, values))})"


def _as_json(found: Verdict, name: str) -> str:
    import json

    return json.dumps({
        "verdict": found.verdict,
        "assumptions": list(found.assumptions),
        "counterexample": _shown(found, name),
        "seconds": round(found.seconds, 3),
        "reason": found.reason,
    })  # fmt: skip


def _as_text(found: Verdict, name: str, arguments: argparse.Namespace) -> list[str]:
    lines = []
    if found.verdict == "equal":
        lines.append("equal for every input" + (" for which:" if found.assumptions else ""))
    elif found.verdict == "differs":
        lines += [f"differs: {_shown(found, name)}", f"  {found.reason}"]
    else:
        lines.append(f"undecided: {found.reason}")
    if found.verdict != "differs":
        lines += [f"  {each}" for each in found.assumptions]
    return lines
