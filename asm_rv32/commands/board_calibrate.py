"""`asmrv32 board calibrate`: what instructions cost on a board, beside a core's file."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.commands import board_measure, board_run
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import add_board, add_error_format

if TYPE_CHECKING:
    from asm_rv32.remote.calibrate import Cost
    from asm_rv32.remote.measure import Conditions
    from asm_rv32.remote.session import Firmware

TITLE = "measure what instructions cost on the board at a port, and hold a core's file against it"
EXAMPLES = """\
examples:
  asmrv32 board calibrate --port /dev/ttyACM0
  asmrv32 board calibrate --port /dev/ttyACM0 --core hazard3 -o mine.toml

For each class of instructions two kernels are measured, the same statements more and less often;
the difference is what an instruction takes. The file that -o writes is that of a core which is as
the other, but for what the board contradicts; in asm_rv32/cores/ it is a core as all others are.

Exit status: 0 where the board bears the file out, or OUT was written; 1 where it contradicts it.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    board_run.add_port(parser)
    add_board(parser)
    board_measure.add_counting(parser)
    parser.add_argument("-o", "--output", metavar="OUT.toml", help="core file to write")
    add_error_format(parser)
    parser.set_defaults(run=_run)


def _run(arguments: argparse.Namespace, console: Console) -> int:
    """Measure, show, and write the file where one is asked for."""
    from asm_rv32.remote.calibrate import core_file

    board_measure.check_counting(arguments)
    arguments.file = arguments.port
    with (
        board_run.failures(arguments),
        console.progress(f"measuring on the board at {arguments.port}"),
    ):
        firmware, conditions, found = _on_board(arguments, console)
    assert conditions.core is not None
    if arguments.format == "json":
        import json

        console.print(json.dumps(_as_dict(firmware, conditions, found), indent=1))
    else:
        for line in _lines(firmware, conditions, found):
            console.print(line)
    if arguments.output:
        console.write(arguments.output, core_file(conditions.core, firmware, found).encode())
        return DONE
    return DONE if all(each.is_same for each in found) else WRONG


def _on_board(
    arguments: argparse.Namespace, console: Console
) -> tuple[Firmware, Conditions, list[Cost]]:
    from asm_rv32.cores import core_names
    from asm_rv32.machine import emulator
    from asm_rv32.remote.calibrate import costs

    with board_run.session_of(arguments) as session:
        firmware = session.firmware()
        conditions = board_measure.conditions_of(arguments, firmware, console)
        if conditions.core not in core_names() or conditions.counter is None:
            core = conditions.core or "the core"
            message = f"no counter, or no costs, are known of {core}: name a core with --core"
            raise CommandError(message, USAGE)
        return firmware, conditions, costs(session, firmware, conditions, emulator.run)


def _lines(firmware: Firmware, conditions: Conditions, found: Sequence[Cost]) -> Iterator[str]:
    assert conditions.counter is not None
    yield firmware.text
    yield f"{conditions.core}: {conditions.counter.title}; {conditions.repetitions} times each"
    yield from board_run.table([("class", "board", "model", "")], map(_row, found))


def _row(each: Cost) -> tuple[str, ...]:
    verdict = "same" if each.is_same else f"DIFFERS: {each.fitted}, not {each.told}"
    return each.name, f"{each.board:.2f}", f"{each.model:.2f}", verdict


def _as_dict(
    firmware: Firmware, conditions: Conditions, found: Sequence[Cost]
) -> dict[str, Any]:  # fmt: skip
    return {
        "firmware": board_run.firmware_dict(firmware),
        "core": conditions.core,
        "same": all(each.is_same for each in found),
        "costs": [
            {**each._asdict(), "same": each.is_same, "fitted": each.fitted} for each in found
        ],
    }
