"""`asmrv32 lint`: what hardware would punish, and why instructions are as long as they are."""

from __future__ import annotations

import argparse

from asm_rv32.analysis.lint import lint_all
from asm_rv32.basis.diagnostics import CODES, AssemblyError, Source, or_meant
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.configuration import Configuration
from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_choices, assemble_source, settled

SPELLINGS = ("plain", "checkers")

if TYPE_CHECKING:
    from asm_rv32.basis.diagnostics import Diagnostic

EXAMPLES = """\
  asmrv32 lint fir.py                    status 1 where there is something to say
  asmrv32 lint *.py --error-format sarif 2> lint.sarif
  asmrv32 lint fir.py --ignore hint,unused-label
  asmrv32 lint fir.py --core esp32c3     its control and status registers, too
  asmrv32 lint fir.py --board esp32c5    and its errata
  asmrv32 lint fir.py --fix              save and restore what is clobbered, in the file itself
  asmrv32 lint fir.py --size             what keeps instructions at four bytes, and what is shorter
  asmrv32 lint fir.py --size --fix       write what is shorter, and is proved to do the same
  asmrv32 lint fir.py --speed            what would be faster, and is proved to do the same
  asmrv32 lint fir.py --speed --core hazard3,cv32e40p --fix
                                         write it, where that is faster on these two
  asmrv32 lint fir.py --spelling checkers --fix
                                         a1[4] for 4(a1), labels as strings, words imported

A comment  # asm: ignore[CODE]  takes the warnings of its line away. Files are read, never executed.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "files", metavar="FILE.py", nargs="+", help="Python source; - is standard input"
    )
    parser.add_argument(
        "--core", metavar="NAME",
        help="check against this core's control and status registers; with --speed, NAME,... are "
        "the cores that count (default: all whose costs are exact, and none may be slower)",
    )  # fmt: skip
    parser.add_argument(
        "--ignore", type=_codes, metavar="CODE,...",
        help="do not warn of these, as a comment on every line would (default: pyproject.toml's)",
    )  # fmt: skip
    parser.add_argument(
        "--fix", action="store_true", help="mend in the file what can be mended safely"
    )
    task = parser.add_mutually_exclusive_group()
    task.add_argument(
        "--size", action="store_true",
        help="explain each instruction of four bytes instead, and look for what is shorter; each "
        "suggestion is proved to do the same",
    )  # fmt: skip
    task.add_argument(
        "--speed", action="store_true",
        help="look for what is faster instead; each suggestion is proved to do the same",
    )  # fmt: skip
    parser.add_argument("-f", "--format", choices=("text", "json"), default="text",
                        help="json: with --speed, one object a suggestion")  # fmt: skip
    parser.add_argument(
        "--spelling", choices=SPELLINGS,
        help="warn of what is not written as MicroPython has it (plain), or as Python's type "
        "checkers take it (checkers); with --fix, write it so, and nothing else",
    )  # fmt: skip
    add_choices(parser)


def _codes(text: str) -> list[str]:
    """Codes of diagnostics as an argument."""
    codes = text.split(",")
    for code in codes:
        if code not in CODES:
            near = or_meant(code, CODES)
            raise argparse.ArgumentTypeError(f"there is no code {code!r}{near}")
    return codes


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Check every file; status 1 where anything is found."""
    if arguments.core is not None and not arguments.speed:
        from asm_rv32.analysis.lint.csr import known_cores

        if arguments.core not in known_cores():
            known = ", ".join(known_cores())
            raise CommandError(
                f"nothing is known of the registers of {arguments.core!r}; known: {known}", USAGE
            )
    if arguments.fix and STANDARD in arguments.files:
        raise CommandError("--fix changes files; standard input is none", USAGE)
    status = DONE
    for path in arguments.files:
        asked = settled(arguments, path)
        if arguments.ignore is not None:
            asked.configuration = asked.configuration._replace(ignore=tuple(arguments.ignore))
        try:
            if arguments.size:
                from asm_rv32.commands.lint_size import sizes

                sizes(path, asked, console)
                continue
            if arguments.speed:
                from asm_rv32.commands.lint_speed import speed

                status = max(status, speed(path, asked, console))
                continue
            status = max(status, _file(path, asked, console))
        except AssemblyError as error:
            console.report(error.diagnostics, error.source)
            status = WRONG
    return status


def _file(path: str, arguments: argparse.Namespace, console: Console) -> int:
    data = console.read(path)
    source = console.as_source(path, data)
    if arguments.fix and arguments.spelling:
        source = _respelled(path, data, source, arguments.spelling, console)
    elif arguments.fix:
        source = _mended(path, data, source, arguments, console)
    module = assemble_source(source, arguments)
    found: list[Diagnostic] = list(module.diagnostics)
    core = arguments.core or _core_of(arguments.configuration)
    for said in lint_all(module, core).values():
        found += said
    if arguments.spelling:
        from asm_rv32.editor.spelling import findings

        found += findings(source, arguments.spelling)
    found = arguments.configuration.heeded(found)
    console.report(found, source)
    return WRONG if any(each.severity == "warning" for each in found) else DONE


def _core_of(configuration: Configuration) -> str | None:
    """The project's core, where its registers are known."""
    if configuration.core is None:
        return None
    from asm_rv32.analysis.lint.csr import known_cores

    return configuration.core if configuration.core in known_cores() else None


def _respelled(path: str, data: bytes, source: Source, spelling: str, console: Console) -> Source:
    """The source of a file that holds `data` in a spelling, once it is in the file."""
    from asm_rv32.editor.spelling import respelled

    text = respelled(source, spelling)
    if text == source.text:
        return source
    after = Source(source.path, text)
    console.rewrite(path, data, after)
    console.print(f"{path}: in the spelling {spelling!r}")
    return after


def _mended(
    path: str, data: bytes, source: Source, arguments: argparse.Namespace, console: Console
) -> Source:
    """The mended source of a file that holds `data`, once it is in the file."""
    from asm_rv32.analysis.lint.fix import mend

    mended, done = mend(source, lambda text: assemble_source(text, arguments))
    if done:
        console.rewrite(path, data, mended)
        for line in done:
            console.print(line)
    return mended
