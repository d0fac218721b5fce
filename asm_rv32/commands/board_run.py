"""`asmrv32 board run` and `measure`: calls on a board that is connected, beside the PC."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

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
    with_devices,
)

if TYPE_CHECKING:
    from asm_rv32.remote.calls import Asked, Compared, Side
    from asm_rv32.remote.session import Firmware, Session

ACTIONS = {
    "run": "make calls on the board at a port, and compare what they leave with the PC",
}
_ON_THE_BOARD = """\
The board runs MicroPython for RV32, with the inline assembler or without. The functions that are
called go into its RAM as a .mpy; nothing is written to its flash. What it ran is stopped, and it is
left at its prompt. A call that the PC refuses is not made on the board.

Exit status: 0 where all is the same; 1 where something differs, or the board answers nothing,
hangs, starts again or lacks the memory; 2 without mpremote: pip install 'asm_rv32[board]'.
"""
EXAMPLES = {
    "run": f"""\
examples:
  asmrv32 board run gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0
  asmrv32 board run sort.py 'sort_words(array("i", [3, 1, 2]), 3)' 'sort_words(array("i", []), 0)' \\
      --port COM3 -f json

{_ON_THE_BOARD}""",
}
TIMEOUT = 10.0
SHOWN_BYTES = 16
"""So many bytes of a buffer are shown from the first that differs."""


def configure(parser: argparse.ArgumentParser, action: str) -> None:
    """Add the arguments of one of ACTIONS."""
    add_assembly(parser)
    parser.add_argument(
        "calls", metavar="CALL", nargs="+", help="a call, its arguments literals as for run"
    )
    parser.add_argument(
        "--port", required=True, metavar="PORT",
        help="the board's serial port, as /dev/ttyACM0 or COM3; mpremote connect list shows them",
    )  # fmt: skip
    parser.add_argument(
        "--timeout",
        type=_seconds,
        metavar="SECONDS",
        default=TIMEOUT,
        help="what the board gets for starting, and for each call (default: %(default)g)",
    )
    add_settings(parser)
    add_devices(parser)
    parser.set_defaults(run=_run)


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
    from asm_rv32.remote.session import BoardError

    arguments = settled(arguments, arguments.file)
    try:
        calls = _asked(arguments, console)
        ours = [_on_pc(call) for call in calls]
        with console.progress(f"calling on the board at {arguments.port}"):
            firmware, found = _on_board(arguments, calls, ours)
    except ExecutionError as error:
        return execution_error(error, console)
    except BoardError as error:
        raise CommandError(error.message, WRONG, error.kind) from None
    if arguments.format == "json":
        import json

        console.print(json.dumps(_as_dict(arguments.port, firmware, found), indent=1))
    else:
        for line in _lines(firmware, found):
            console.print(line)
    return DONE if all(each.is_same for each in found) else WRONG


def _asked(arguments: argparse.Namespace, console: Console) -> list[Asked]:
    """The calls, each with the function that it is of."""
    from asm_rv32.remote.calls import Asked

    module = assembled(arguments, console)
    found = []
    for text in arguments.calls:
        image = find_function(module, parse_call(text).name)
        settings = with_devices(arguments, settings_of(arguments, image))
        found.append(Asked(text, image, settings, lambda text=text: parse_call(text).arguments))
    return found


def _on_pc(call: Asked) -> Side:
    """What the PC makes of a call. Raises ExecutionError, CommandError."""
    from asm_rv32.commands.run_command import engine_of
    from asm_rv32.remote.calls import on_pc

    try:
        return on_pc(call, engine_of(call.settings))
    except (TypeError, ValueError, BufferError, MemoryError, OverflowError) as error:
        raise CommandError(f"{call.text}: {error}", USAGE, "call") from None


def _on_board(
    arguments: argparse.Namespace, calls: Sequence[Asked], ours: Sequence[Side]
) -> tuple[Firmware, list[Compared]]:
    from asm_rv32.formats.board.mpy import MpyError
    from asm_rv32.remote.calls import compared

    try:
        with _session(arguments) as session:
            firmware = session.firmware()
            return firmware, list(compared(session, firmware, calls, ours))
    except MpyError as error:
        raise CommandError(f"{arguments.file}: {error}", WRONG, "format") from None


def _session(arguments: argparse.Namespace) -> Session:
    from asm_rv32.remote.session import Session

    return Session(arguments.port, arguments.timeout)


# ---------------------------------------------------------------- what is shown


def _lines(firmware: Firmware, found: Sequence[Compared]) -> Iterator[str]:
    yield firmware.text
    texts = [_cut(each.text) for each in found]
    rows = [("call", "board", "PC", "")]
    for each, text in zip(found, texts):
        board, pc = (_result(each, side) for side in (each.board, each.pc))
        rows.append((text, board, pc, "same" if each.is_same else "DIFFERS"))
    widths = [max(len(row[at]) for row in rows) for at in range(3)]
    for row in rows:
        cells = [cell.ljust(width) for cell, width in zip(row, widths)]
        yield "  ".join([*cells, row[3]]).rstrip()
    for each, text in zip(found, texts):
        for at in each.different:
            yield f"{text}: {each.names[at]} {_difference(each, at)}"


def _cut(text: str) -> str:
    return text if len(text) <= 50 else f"{text[:47]}..."


def _result(each: Compared, side: Side) -> str:
    if not each.has_result:
        return "-"
    if side.place is not None and each.board.result != each.pc.result:
        return f"argument {side.place[0]} + {side.place[1]}"
    return _cut(repr(side.result))


def _difference(each: Compared, index: int) -> str:
    ours, theirs = each.pc.buffers[index], each.board.buffers[index]
    at = next(at for at in range(len(ours)) if ours[at] != theirs[at])
    board, pc = (side[at : at + SHOWN_BYTES].hex(" ") for side in (theirs, ours))
    return f"from byte {at} on: {board} on the board, {pc} on the PC"


def _as_dict(port: str, firmware: Firmware, found: Sequence[Compared]) -> dict[str, Any]:
    return {
        "port": port,
        "firmware": {
            "name": firmware.name,
            "version": list(firmware.version[:3]),
            "machine": firmware.machine,
            "build": firmware.build,
            "inline_assembler": firmware.inline,
        },
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
