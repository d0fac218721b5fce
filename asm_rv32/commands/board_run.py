"""`asmrv32 board run` and `measure`: calls on a board that is connected, beside the PC."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from functools import partial

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
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

if TYPE_CHECKING:
    from asm_rv32.remote.calls import Asked, Compared, Side
    from asm_rv32.remote.session import Firmware, Session

TITLE = "make calls on the board at a port, and compare what they leave with the PC"
ON_THE_BOARD = """\
The board runs MicroPython for RV32, with the inline assembler or without. The functions that are
called go into its RAM as a .mpy; nothing is written to its flash. What it ran is stopped, and it is
left at its prompt. A call that the PC refuses is not made on the board.

Exit status: 0 where all is the same; 1 where something differs, or the board answers nothing,
hangs, starts again or lacks the memory; 2 without mpremote: pip install 'mpremote>=1.25'.
"""
EXAMPLES = f"""\
examples:
  asmrv32 board run gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0
  asmrv32 board run sort.py 'insertion_sort(array("i", [3, 1, 2]), 3)' --port COM3 -f json

{ON_THE_BOARD}"""
TIMEOUT = 10.0
SHOWN_BYTES = 16
"""So many bytes of a buffer are shown from the first that differs."""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    add_arguments(parser)
    parser.set_defaults(run=_run)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """What is called, and where."""
    add_assembly(parser)
    parser.add_argument(
        "calls", metavar="CALL", nargs="+", help="a call, its arguments literals as for run"
    )
    add_port(parser)
    add_settings(parser)
    add_devices(parser)


def add_port(parser: argparse.ArgumentParser) -> None:
    """Where the board is."""
    parser.add_argument(
        "--port", required=True, metavar="PORT",
        help="the board's serial port, as /dev/ttyACM0 or COM3; mpremote connect list shows them",
    )  # fmt: skip
    parser.add_argument(
        "--timeout", type=_seconds, metavar="SECONDS", default=TIMEOUT,
        help="what the board gets for starting, and for each call (default: %(default)g)",
    )  # fmt: skip


def _seconds(text: str) -> float:
    try:
        value = float(text)
    except ValueError:
        value = 0.0
    if not 0.1 <= value <= 86_400:
        raise argparse.ArgumentTypeError(f"{text!r} is no number of seconds from 0.1 to 86400")
    return value


def _run(arguments: argparse.Namespace, console: Console) -> int:
    """Call on both sides, and show where they differ."""
    from asm_rv32.machine.errors import ExecutionError

    arguments = settled(arguments, arguments.file)
    with failures(arguments):
        calls = asked(arguments, console)
        try:
            ours = [on_pc_side(call) for call in calls]
        except ExecutionError as error:
            return execution_error(error, console)
        with console.progress(f"calling on the board at {arguments.port}"):
            firmware, found = _on_board(arguments, calls, ours)
    if arguments.format == "json":
        import json

        console.print(json.dumps(as_dict(arguments.port, firmware, found), indent=1))
    else:
        for line in _lines(firmware, found):
            console.print(line)
    return DONE if all(each.is_same for each in found) else WRONG


@contextmanager
def failures(arguments: argparse.Namespace) -> Iterator[None]:
    """Tell what becomes of a board, or of a file for it, as a command does. Raises CommandError."""
    from asm_rv32.formats.board.mpy import MpyError
    from asm_rv32.remote.session import BoardError

    try:
        yield
    except BoardError as error:
        raise CommandError(error.message, WRONG, error.kind) from None
    except MpyError as error:
        raise CommandError(f"{arguments.file}: {error}", WRONG, "format") from None


def asked(arguments: argparse.Namespace, console: Console) -> list[Asked]:
    """The calls, each with the function that it is of. Raises AssemblyError, CommandError."""
    from asm_rv32.remote.calls import Asked

    module = assembled(arguments, console)
    found = []
    for text in arguments.calls:
        image = find_function(module, parse_call(text).name)
        settings = settings_of(arguments, image)
        found.append(Asked(text, image, settings, partial(_arguments, text)))
    return found


def _arguments(text: str) -> list[Any]:
    return parse_call(text).arguments


def on_pc_side(call: Asked) -> Side:
    """What the PC makes of a call. Raises ExecutionError, CommandError."""
    from asm_rv32.commands.run_command import engine_of
    from asm_rv32.remote.calls import on_pc

    try:
        return on_pc(call, engine_of(call.image, call.settings))
    except (TypeError, ValueError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(f"{call.text}: {error}", USAGE, "call") from None


def _on_board(
    arguments: argparse.Namespace, calls: Sequence[Asked], ours: Sequence[Side]
) -> tuple[Firmware, list[Compared]]:
    from asm_rv32.remote.calls import compared

    with session_of(arguments) as session:
        firmware = session.firmware()
        return firmware, list(compared(session, firmware, calls, ours))


def session_of(arguments: argparse.Namespace) -> Session:
    """The board at the port. Raises BoardError."""
    from asm_rv32.remote.session import Session

    return Session(arguments.port, arguments.timeout)


# ---------------------------------------------------------------- what is shown


def _lines(firmware: Firmware, found: Sequence[Compared]) -> Iterator[str]:
    yield firmware.text
    yield from table([("call", "board", "PC", "")], map(_row, found))
    for each in found:
        yield from differences(each)


def _row(each: Compared) -> tuple[str, ...]:
    board, pc = (_result(each, side) for side in (each.board, each.pc))
    return cut(each.text), board, pc, "same" if each.is_same else "DIFFERS"


def table(head: Sequence[tuple[str, ...]], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """Rows below a head, in columns."""
    every = [*head, *rows]
    widths = [max(map(len, column)) for column in zip(*every)]
    for row in every:
        yield "  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip()


def differences(each: Compared) -> Iterator[str]:
    """Where buffers differ, a line each."""
    for at in each.different:
        yield f"{cut(each.text)}: {each.names[at]} {_difference(each, at)}"


def cut(text: str) -> str:
    """A text that fits into a table."""
    return text if len(text) <= 50 else f"{text[:47]}..."


def _result(each: Compared, side: Side) -> str:
    if not each.has_result:
        return "-"
    if side.place is not None and each.board.result != each.pc.result:
        return f"argument {side.place[0]} + {side.place[1]}"
    return cut(repr(side.result))


def _difference(each: Compared, index: int) -> str:
    ours, theirs = each.pc.buffers[index], each.board.buffers[index]
    at = next(at for at in range(len(ours)) if ours[at] != theirs[at])
    board, pc = (side[at : at + SHOWN_BYTES].hex(" ") for side in (theirs, ours))
    return f"from byte {at} on: {board} on the board, {pc} on the PC"


def firmware_dict(firmware: Firmware) -> dict[str, Any]:
    """A firmware as JSON has it."""
    return {
        "name": firmware.name,
        "version": list(firmware.version[:3]),
        "machine": firmware.machine,
        "build": firmware.build,
        "inline_assembler": firmware.inline,
    }


def as_dict(port: str, firmware: Firmware, found: Sequence[Compared]) -> dict[str, Any]:
    return {
        "port": port,
        "firmware": firmware_dict(firmware),
        "same": all(each.is_same for each in found),
        "calls": [
            {
                "call": each.text,
                "same": each.is_same,
                "board": _side(each, each.board),
                "pc": _side(each, each.pc),
            }
            for each in found
        ],
    }


def _side(each: Compared, side: Side) -> dict[str, Any]:
    result = side.result if isinstance(side.result, (int, str, type(None))) else repr(side.result)
    return {
        "result": result if each.has_result else None,
        "place": None if side.place is None else {"argument": side.place[0], "at": side.place[1]},
        "buffers": {name: data.hex() for name, data in zip(each.names, side.buffers)},
    }
