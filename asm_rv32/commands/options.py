"""Options and steps that several commands have in common."""

from __future__ import annotations

import argparse

from asm_rv32.assembler.dialects import DIALECTS, OWN
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span, or_meant
from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.basis.run_options import BOARD, CHECKS, LIMITS, RUN_OPTIONS, RunOption
from asm_rv32.commands.configuration import configuration
from asm_rv32.commands.console import ERROR_FORMATS, USAGE, WRONG, CommandError, Console
from asm_rv32.isa.sets import DEFAULT_ISA, IsaError, check_isa, instruction_set, known_isa

if TYPE_CHECKING:
    from collections.abc import Iterable

    from asm_rv32.isa.image import Image
    from asm_rv32.isa.own_tables import OwnTable
    from asm_rv32.machine.settings import Settings

LONG_SOURCE = 200_000
"""Characters; only a longer source can take so long that progress is shown."""


def isa_string(text: str) -> str:
    """An ISA string as an argument; extensions of one's own, x..., are looked up with their
    tables."""
    try:
        check_isa(text)
    except IsaError as error:
        raise argparse.ArgumentTypeError(str(error)) from None
    return text


def table_file(path: str) -> OwnTable:
    """A file of instructions of one's own as an argument. Raises AssemblyError, CommandError."""
    from asm_rv32.assembler.own import read

    try:
        return read(path)
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or error
        raise CommandError(f"cannot read {path}: {why}", code="file") from None


def add_isa(parser: argparse._ActionsContainer, default: str = DEFAULT_ISA) -> None:
    """`--isa`."""
    parser.add_argument(
        "--isa", type=isa_string, metavar="ISA",
        help=f"instructions to accept, as rv32imc_zba (default: pyproject.toml's, else {default})",
    )  # fmt: skip
    parser.add_argument(
        "--tables", action="append", metavar="FILE.toml", default=[],
        help="a file of instructions of one's own, which are accepted beside those of the ISA; may "
        "be given several times (docs/own-instructions.md)",
    )  # fmt: skip
    parser.set_defaults(default_isa=default)


def add_board(parser: argparse._ActionsContainer) -> None:
    """`--board`."""
    _add_run_option(parser, BOARD, type=board_name)


def board_name(text: str) -> str:
    """A board's own name, as an argument."""
    from asm_rv32.boards import UnknownBoard, load_board

    try:
        return load_board(text).name
    except UnknownBoard as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def add_portable(parser: argparse.ArgumentParser) -> None:
    """`--portable`."""
    parser.add_argument(
        "--portable", action="store_true",
        help=".mpy: put each function behind a stub of about 90 bytes, by which firmware without "
        "the inline assembler can call it, as every RISC-V ESP32's; without it, that crashes",
    )  # fmt: skip


def add_board_has(parser: argparse.ArgumentParser) -> None:
    """`--board-has`."""
    parser.add_argument(
        "--board-has", action="append", metavar="NAME", default=[],
        help=".mpy: an extension that the board is known to have, as xmine of one's own --tables; "
        "may be given several times",
    )  # fmt: skip


def add_error_format(parser: argparse._ActionsContainer) -> None:
    """`--error-format`."""
    parser.add_argument(
        "--error-format", choices=ERROR_FORMATS, default=ERROR_FORMATS[0],
        help="how mistakes are shown: text; json, an object a line; sarif, a log for code "
        "scanning; github, annotations of a workflow (default: text)",
    )  # fmt: skip


def add_assembly(parser: argparse.ArgumentParser) -> None:
    """The source file and how it is assembled."""
    parser.add_argument("file", metavar="FILE.py", help="Python source; - is standard input")
    add_choices(parser)


def add_choices(parser: argparse.ArgumentParser) -> None:
    """How sources are assembled, and how mistakes are shown."""
    group = parser.add_argument_group("how the source is assembled")
    add_isa(group)
    add_board(group)
    group.add_argument(
        "--no-compress", action="store_true", help="choose no 16-bit instructions by itself"
    )
    group.add_argument(
        "--dialect", choices=DIALECTS,
        help="micropython: accept and emit exactly what mpy-cross does (default: "
        f"pyproject.toml's, else {OWN})",
    )  # fmt: skip
    parser.set_defaults(default_dialect=OWN)
    add_error_format(group)


def settled(arguments: argparse.Namespace, path: str) -> argparse.Namespace:
    """The arguments for a source file: what was not given is as its project's pyproject.toml
    says, else the default. Raises ConfigurationError, CommandError, AssemblyError.

    `configuration` is what the project says; for `core` a function's decorator goes before it.
    `tables` are those of the project, then those given.
    """
    found = configuration(path)
    values = dict(vars(arguments))
    takes_board = "board" in values
    if values.get("board") is not None:
        # Who names a board means its ISA and its core, whatever the project is for.
        found = found._replace(isa=None, core=None)
    elif takes_board:
        values["board"] = found.board
    board = values["board"] if takes_board else found.board
    if takes_board and (board is not None or values["default_isa"] == DEFAULT_ISA):
        values["default_isa"] = None  # that of the board: the one named here, or in a decorator
    elif board is not None:
        values["default_isa"] = isa_of_board(board)
    for name in ("isa", "dialect"):
        if values.get(name, "") is None:
            values[name] = getattr(found, name) or values[f"default_{name}"]
    named = [*found.tables, *values.get("tables", ())]
    values["tables"] = tuple([table_file(path) for path in dict.fromkeys(named)])
    if values.get("isa") is not None:
        values["isa"] = own_isa(values["isa"], values["tables"])
    return argparse.Namespace(**{**values, "configuration": found})


def own_isa(isa: str, tables: Iterable[OwnTable]) -> str:
    """The ISA string with tables of one's own. Raises AssemblyError, CommandError."""
    try:
        if tables:
            from asm_rv32.isa.own_tables import with_tables

            return with_tables(isa, tables)
        instruction_set(isa)  # kept for the functions of the file
    except IsaError as error:
        raise CommandError(str(error), USAGE) from None
    return isa


def isa_of_board(board: str) -> str:
    """What of a board's ISA is known here."""
    from asm_rv32.boards import load_board

    return known_isa(load_board(board).isa)


def add_settings(parser: argparse.ArgumentParser) -> None:
    """How far a call may go; what is not given is the decorator's."""
    group = parser.add_argument_group("how a call is run")
    for option in LIMITS:
        _add_run_option(group, option)


def add_checks(parser: argparse.ArgumentParser) -> None:
    """What runs a call, and what it is held to beyond its settings."""
    group = parser.add_argument_group("what runs a call, and what that is held to")
    for option in CHECKS:
        _add_run_option(group, option)


def _add_run_option(parser: argparse._ActionsContainer, option: RunOption, **given: Any) -> None:
    """`--NAME`, or `--no-NAME`; `given`: what `add_argument` is given beside what the row says."""
    name = option.name.replace("_", "-")
    if option.type is bool:
        given["action"] = f"store_{not option.default}".lower()
        name = f"no-{name}" if option.default else name
    elif option.choices:
        given["choices"] = option.choices
    else:
        given = {"type": option.type, "metavar": option.metavar, **given}
    words = option.help.format(default=option.default)
    parser.add_argument(f"--{name}", dest=option.name, default=None, help=words, **given)


def add_devices(parser: argparse.ArgumentParser, *, log: bool = False) -> None:
    """What stands in the memory map beside memory; `log`: and the log of its accesses."""
    group = parser.add_argument_group("what stands beside memory")
    group.add_argument(
        "--device", action="append", default=[], metavar="KIND@WHERE",
        help="let calls find a device: gpio@esp32c3, uart@virt-uart, timer@0xe000f000, with "
        "--board gpio or uart@uart1, recorder@0x60004000+0x1000, ram@ADDRESS+SIZE, "
        "scripted@ADDRESS+SIZE:0x3c=0/0/1, gpio@esp32c3:4=0/1@160 (pin 4 rises at cycle 160); "
        "cycles are those of --core, or of the function's decorator or board, else instructions",
    )  # fmt: skip
    if log:
        group.add_argument(
            "--log", action="store_true",
            help="print each access of a device: the cycle at which it leaves the core, line, "
            "address, value",
        )  # fmt: skip


def _with_devices(arguments: argparse.Namespace, settings: Settings) -> Settings:
    """The settings with the devices that were asked for, where a command takes any. Raises
    CommandError."""
    if not getattr(arguments, "device", None):
        if getattr(arguments, "log", False):
            raise CommandError("--log shows accesses of devices: name one with --device", USAGE)
        return settings
    from asm_rv32.devices import Bus
    from asm_rv32.devices.notation import device_of

    try:
        bus = Bus([device_of(text, settings.board) for text in arguments.device])
        bus.cycles_of, bus.registers_of = settings.core, settings.board
        found = settings._replace(bus=bus)
        assert found.layout
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    return found


def show_log(arguments: argparse.Namespace, settings: Settings, console: Console) -> None:
    """The accesses of devices, one a line, if they were asked for."""
    if not arguments.log or settings.bus is None:
        return
    from asm_rv32.devices.log import log_lines

    for line in log_lines(settings.bus):
        console.print(line)


def settings_of(arguments: argparse.Namespace, image: Image | None = None) -> Settings:
    """The conditions that the arguments ask for, else an image's decorator, else the project; and
    the devices.

    Raises CommandError.
    """
    from asm_rv32.machine.settings import settings_for

    given = {name: getattr(arguments, name, None) for name in RUN_OPTIONS}
    own = dict(image.options) if image else {}
    core = None if "board" in own else _costed(arguments.configuration.core)
    board = (image.board if image else "") or getattr(arguments, "board", None)
    asked = {"core": core, **own, "board": board}
    if given["core"] is not None:
        asked.pop("misaligned", None)  # the core's then
    asked.update((name, value) for name, value in given.items() if value is not None)
    try:
        found = settings_for(asked)
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    return _with_devices(arguments, found)


def _costed(core: str | None) -> Any:
    """A project's core where it is known how it runs; of some only the registers are."""
    if core is None:
        return None
    from asm_rv32.cores import core_names

    return core if core in core_names() else None


def execution_error(error: Any, console: Console) -> int:
    """Show what ended a run; the exit status. `error` is an ExecutionError."""
    finding = {
        "path": error.image.source.path,
        "line": error.line,
        "severity": "error",
        "code": error.code,
        "message": error.fault.message,
        "function": error.image.qualified_name,
        "pc": error.pc,
        "address": error.address,
        "registers": error.registers,
        "notes": list(error.fault.notes),
    }
    console.find(finding, str(error))
    return WRONG


def assembled(arguments: argparse.Namespace, console: Console) -> Module:
    """The functions of the file that the settled arguments name; warnings and notes are shown."""
    source = console.read_source(arguments.file)
    if len(source.text) < LONG_SOURCE:
        module = assemble_source(source, arguments)
    else:
        with console.progress(f"assembling {source.path}"):
            module = assemble_source(source, arguments)
    if module.diagnostics:
        console.report(arguments.configuration.heeded(module.diagnostics), module.source)
    return module


def assemble_source(source: Source, arguments: argparse.Namespace) -> Module:
    """The functions of a source, as the settled arguments say. Raises AssemblyError."""
    return assemble(
        source.text,
        path=source.path,
        isa=arguments.isa,
        dialect=arguments.dialect,
        compress=not arguments.no_compress,
        tables=arguments.tables,
        board=arguments.board,
    )


def require_functions(module: Module) -> None:
    """Raise AssemblyError where the file holds no assembler function."""
    if not module.functions:
        raise AssemblyError([no_function(module)], module.source)


def no_function(module: Module, severity: str = "error") -> Diagnostic:
    """That the file holds no assembler function."""
    message = "there is no assembler function in this file"
    note = "help: write @micropython.asm_rv32 on the line above a function's def"
    return Diagnostic("no-function", message, Span(0, 0), (note,), severity)


def find_function(module: Module, name: str) -> Image:
    """The function of that name. Raises CommandError, which lists those there are."""
    require_functions(module)
    if name not in module.functions:
        known = ", ".join(module.functions)
        near = or_meant(name, module.functions)
        message = f"{module.source.path} has no function {name!r}{near}; it has: {known}"
        raise CommandError(message, USAGE)
    return module.functions[name]
