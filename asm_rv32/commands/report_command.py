"""`asmrv32 report`: what calls cost on cores, beside what their alternatives cost."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable
from functools import partial

from asm_rv32.assembler.pipeline import Module
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import (
    DONE,
    STANDARD,
    USAGE,
    WRONG,
    CommandError,
    Console,
    in_colour,
    terminal_width,
)
from asm_rv32.commands.options import (
    add_assembly,
    add_devices,
    add_settings,
    assembled,
    execution_error,
    find_function,
    settings_of,
    settled,
)
from asm_rv32.formats.file_kinds import SOURCE
from asm_rv32.report.pricing import DEFAULT_CORE, PLACEMENTS

if TYPE_CHECKING:
    from asm_rv32.devices.waveform import Wave
    from asm_rv32.report.document import Compared, Document
    from asm_rv32.timing.model import Core

EXAMPLES = """\
  asmrv32 report gcd.py 'gcd(462, 1071)'
  asmrv32 report gcd.py 'gcd(462, 1071)' --core hazard3 --core ibex-small --placement both
  asmrv32 report gcd.py 'gcd(462, 1071)' --against uncompressed --against gcc:gcd.c:-Os
  asmrv32 report gcd.py 'gcd(462, 1071)' 'gcd(1, 1)' --core exact -o gcd.html
  asmrv32 report gcd.py 'gcd(1, 1)' sort.py 'sort_words(array("i", [3, 1, 2]), 3)' --against gcc
  asmrv32 report gcd.py 'gcd(462, 1071)' --max-cycles 400
  asmrv32 report led.py 'send(b"\\xff\\x80\\x00", 3)' --device gpio@esp32c3 --core esp32c3 \\
      --clock 160000000 --waveform led.vcd -o led.html
  asmrv32 report gcd.py 'gcd(462, 1071)' -f json -o baseline.json
  asmrv32 report gcd.py 'gcd(462, 1071)' --baseline baseline.json

--against takes
  uncompressed        the same source in 32-bit instructions
  micropython         the bytes that mpy-cross makes of the function
  FUNCTION            another function of the file, called with the same arguments
  gcc[:FILE.c[:FLAGS]]
                      the C function of the same name, compiled freestanding for rv32imc and run
                      on the same arguments; by default FILE.c stands beside FILE.py, and FLAGS
                      are -O2
  clang[:FILE.c[:FLAGS]]
                      the same by clang: that of the package ziglang, or the one on PATH
  viper[:FUNCTION]    mpy-cross's code of a @micropython.viper function of the file; its calls
                      into MicroPython's runtime are counted and named, and not priced. By
                      default FUNCTION is the called function's name with _viper

Every alternative must give the same result and leave the same in the buffers, else that is an
error. Cycles count from the first instruction up to and including the return; `cold` is the first
call and `warm` the second. A further FILE.py among the calls is where the calls after it are.
"""
FORMATS = {".txt": "text", ".json": "json", ".md": "markdown", ".html": "html", ".htm": "html"}
"""Suffix → format."""


class Asked(NamedTuple):
    """A call to report on."""

    text: str
    module: Module
    """The functions of the file that it is made in."""
    arguments: argparse.Namespace
    """The command's, settled for that file."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_assembly(parser)
    parser.add_argument(
        "calls", metavar="CALL", nargs="+", help="a call, its arguments literals as for run"
    )
    parser.add_argument(
        "--core", action="append", metavar="NAME,...", dest="cores", default=[],
        help="cores that `asmrv32 cores` lists, or exact: all of RV32IM that their RTL "
        "confirms; may be given several times (default: those that the functions' decorators "
        f"name, else {DEFAULT_CORE})",
    )  # fmt: skip
    parser.add_argument(
        "--against", action="append", metavar="ALTERNATIVE", default=[],
        help="compare with this, see below; may be given several times",
    )  # fmt: skip
    parser.add_argument(
        "-f", "--format", choices=tuple(dict.fromkeys(FORMATS.values())),
        help="by default what OUT's suffix says, else text",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="OUT", default=STANDARD,
        help="file to write (default: standard output)",
    )  # fmt: skip
    parser.add_argument(
        "--placement", choices=("0", "2", "both"), default="0",
        help="where code starts, modulo 4 (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--wait-states", type=int, metavar="N", default=0,
        help="of instruction memory, for cores that are known with any (default: 0)",
    )  # fmt: skip
    parser.add_argument(
        "--max-cycles", type=int, metavar="N", help="fail where a warm call takes more"
    )
    parser.add_argument(
        "--baseline",
        metavar="FILE.json",
        help="fail where a call takes more cycles, or a function more bytes, than in this report",
    )
    add_settings(parser)
    add_devices(parser)
    _add_waveform(parser)


def _add_waveform(parser: argparse.ArgumentParser) -> None:
    """What to show of pins."""
    parser.add_argument(
        "--waveform", metavar="OUT.vcd",
        help="write what the pins of a gpio device do in the first call, on the one core chosen",
    )  # fmt: skip
    parser.add_argument(
        "--pin", action="append", dest="pins", default=[], metavar="PIN",
        help="show this pin, by number or as the chip names it (default: all that change)",
    )  # fmt: skip
    parser.add_argument(
        "--clock", type=int, metavar="HZ", help="of the core, to show times in nanoseconds"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Measure, write the report, and check limits."""
    from asm_rv32.basis.diagnostics import ToolMissing
    from asm_rv32.machine.errors import ExecutionError
    from asm_rv32.report.variants import VariantError
    from asm_rv32.timing.model import TimingError

    form = arguments.format or FORMATS.get(os.path.splitext(arguments.output)[1], "text")
    try:
        render = _renderer(form, arguments.output, console)
        baseline = _baseline(arguments.baseline, console) if arguments.baseline else None
        found, waves = _document(arguments, console)
        text = render(found)
    except ToolMissing as error:
        raise CommandError(str(error), USAGE, "tool-missing") from None
    except ExecutionError as error:
        return execution_error(error, console)
    except (VariantError, TimingError) as error:
        raise CommandError(str(error), WRONG, "report") from None
    if arguments.output == STANDARD:
        console.print(text, styled=form == "text")  # what is shown in colour is harmless
    else:
        console.write(arguments.output, text.encode())
    if arguments.waveform:
        from asm_rv32.devices.waveform import vcd

        console.write(arguments.waveform, vcd(waves[0]).encode())
    return _check(found, arguments.max_cycles, baseline, console)


def _renderer(form: str, output: str, console: Console) -> Callable[[Document], str]:
    if form == "json":
        return _json
    if form == "markdown":
        from asm_rv32.report.text import markdown

        return markdown
    if form == "html":
        from asm_rv32.report.page import prepare

        return prepare()
    import sys

    from asm_rv32.basis.diagnostics import ToolMissing
    from asm_rv32.basis.external import external
    from asm_rv32.report.text import plain

    if output != STANDARD or not in_colour(sys.stdout):
        return partial(plain, width=terminal_width() if output == STANDARD else None)
    try:
        external("rich", "rich")
    except ToolMissing as error:
        console.error(f"plain tables: {error}")
        return partial(plain, width=terminal_width())
    from asm_rv32.report.terminal import terminal

    return terminal


def _json(found: Document) -> str:
    import json

    return json.dumps(found, indent=1) + "\n"


def _baseline(path: str, console: Console) -> Document:
    from asm_rv32.formats.file_kinds import JSON
    from asm_rv32.report.baseline import BaselineError, read

    data = console.read(path)
    console.require(path, data, JSON)
    try:
        return read(data)
    except BaselineError as error:
        raise CommandError(f"{path}: {error}", WRONG, "baseline") from None


def _document(arguments: argparse.Namespace, console: Console) -> tuple[Document, tuple[Wave, ...]]:
    """The report, and the waves of its first call, a core each."""
    from asm_rv32.report.document import document
    from asm_rv32.timing.model import load_core

    placements = PLACEMENTS if arguments.placement == "both" else (int(arguments.placement),)
    if not 0 <= arguments.wait_states <= 100:
        raise CommandError("--wait-states takes 0 to 100", USAGE)
    calls = _calls(arguments, console)
    names = _cores(arguments.cores or _chosen(calls, console))
    _check_waveform(arguments, names, len(calls))
    compared = []
    for call in calls:
        with console.progress(f"pricing {call.text[:60]}"):
            compared.append(_compare(call, names, placements, console))
    cores = [load_core(name) for name in names]
    try:
        waves = [_waves(call, cores, arguments) for call in compared]
    except ValueError as error:
        raise CommandError(str(error), USAGE) from None
    return document(compared, cores, arguments.wait_states, waves), waves[0]


def _check_waveform(arguments: argparse.Namespace, cores: tuple[str, ...], calls: int) -> None:
    if arguments.clock is not None and not 1 <= arguments.clock <= 10**12:
        raise CommandError("--clock takes 1 to 1000000000000 hertz", USAGE)
    if (arguments.waveform or arguments.pins) and not arguments.device:
        raise CommandError("pins need a device: --device gpio@BLOCK", USAGE)
    if arguments.waveform and (len(cores), calls) != (1, 1):
        raise CommandError("--waveform is of one call on one core", USAGE)


def _waves(
    call: Compared, cores: list[Core], arguments: argparse.Namespace
) -> tuple[Wave, ...]:  # fmt: skip
    """What the pins do in the first call, on each core. Raises ValueError for an unknown pin."""
    buses = call.runs[0][1].buses
    if not buses:
        return ()
    from asm_rv32.devices.waveform import wave_of

    return tuple(
        wave_of(bus, core.name, arguments.clock, arguments.pins) for bus, core in zip(buses, cores)
    )  # fmt: skip


def _calls(arguments: argparse.Namespace, console: Console) -> list[Asked]:
    """The calls, each with the functions of the file that it is made in."""
    found = []
    settled_for = _of_file(arguments, arguments.file)
    module = assembled(settled_for, console)
    for text in arguments.calls:
        if text.endswith(".py"):
            settled_for = _of_file(arguments, text)
            module = assembled(settled_for, console)
        else:
            console.require(text, b"", SOURCE)
            found.append(Asked(text, module, settled_for))
    if not found:
        raise CommandError("there is no call to report on", USAGE)
    return found


def _of_file(arguments: argparse.Namespace, path: str) -> argparse.Namespace:
    """The arguments for the calls of functions of a file."""
    found = settled(arguments, path)
    found.file = path
    if arguments.cores:
        found.configuration = found.configuration._replace(core=None)
    return found


def _chosen(calls: list[Asked], console: Console) -> list[str]:
    """The cores that the called functions' decorators name; for one that names none, its board's,
    its project's, else the default.

    A call is read once more when it is made: its arguments can be large.
    """
    from asm_rv32.boards import load_board

    found = []
    for call in calls:
        image = find_function(call.module, parse_call(call.text).name)
        core = image.options.get("core")
        board = load_board(image.board) if image.board else None
        if board is not None and core is None and board.core is None:
            console.error(
                f"nobody has said what instructions cost on {board.title}: priced on "
                f"{board.priced_on}; a core that is like it can be named with --core"
            )
        default = board.priced_on if board else call.arguments.configuration.core or DEFAULT_CORE
        found.append(str(core or default))
    return found


def _cores(asked: list[str]) -> tuple[str, ...]:
    from asm_rv32.basis.diagnostics import or_meant
    from asm_rv32.cores import core_names
    from asm_rv32.timing.model import exact_cores

    known = core_names()
    chosen: dict[str, None] = {}
    for name in ",".join(asked).split(","):
        if name == "exact":
            chosen.update((core.name, None) for core in exact_cores("rv32im"))
        elif name in known:
            chosen[name] = None
        else:
            near = or_meant(name, known)
            listed = ", ".join(known)
            raise CommandError(f"there is no core {name!r}{near}; known: {listed}", USAGE)
    return tuple(chosen)


def _compare(
    asked: Asked, cores: tuple[str, ...], placements: tuple[int, ...], console: Console
) -> Compared:
    from asm_rv32.report.comparison import KINDS, alternative, compare
    from asm_rv32.report.variants import Conditions

    text, module, arguments = asked
    call = parse_call(text)
    image = find_function(module, call.name)
    settings = settings_of(arguments, image)
    given = Conditions(cores, settings, arguments.wait_states)
    against = arguments.against
    for other in against:
        if other.partition(":")[0] not in KINDS:
            find_function(module, other)
    others = [alternative(other, image, module) for other in dict.fromkeys(against)]
    for path in (path for each in others for path in each.inputs):
        console.took(path)
    try:
        return compare(text, image, call.arguments, others, placements, given, console.error)
    except (TypeError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(str(error), USAGE, "call") from None


def _check(found: Document, limit: int | None, baseline: Document | None, console: Console) -> int:
    from asm_rv32.report.baseline import over_baseline, over_limit

    wrong = [] if limit is None else over_limit(found, limit)
    if baseline is not None:
        wrong += over_baseline(found, baseline)
    for message in wrong:
        finding = {"severity": "error", "code": "too-slow", "message": message, "notes": []}
        console.find(finding, f"error[too-slow]: {message}")
    return WRONG if wrong else DONE
