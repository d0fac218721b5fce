"""`asmrv32 board measure`: cycles of calls on a board that is connected, beside the model's."""

from __future__ import annotations

import argparse
from collections.abc import Iterator, Sequence

from asm_rv32.basis.records import TYPE_CHECKING, Any
from asm_rv32.commands import board_run
from asm_rv32.commands.console import DONE, USAGE, WRONG, CommandError, Console
from asm_rv32.commands.options import execution_error, settled

if TYPE_CHECKING:
    from asm_rv32.remote.calls import Asked, Side
    from asm_rv32.remote.measure import Conditions, Counts, Measured
    from asm_rv32.remote.session import Firmware

TITLE = "measure calls on the board at a port, beside what the model says of its core"
EXAMPLES = f"""\
examples:
  asmrv32 board measure gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0
  asmrv32 board measure gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0 --repeat 100 -f json

Cycles are those of the core's counter from the call to its return, less what the same takes around
a function that only returns; the model's are counted so, too. `cold` is a call after other code has
run, `warm` the one that follows it at once, with the buffers as they were. Shown is the least of
all repetitions, as an interrupt only adds, and how much more the most was.
The core is that of --core, of --board, or of the board that the firmware names. Where no counter of
it is known, calls are repeated until the firmware's clock can tell what one takes.

{board_run.ON_THE_BOARD}"""
REPETITIONS = 10


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    board_run.add_arguments(parser)
    add_counting(parser)
    parser.set_defaults(run=_run)


def add_counting(parser: argparse.ArgumentParser) -> None:
    """Which counter is read, and how often."""
    parser.add_argument(
        "--core", metavar="NAME",
        help="the board's core, one of `asmrv32 cores`: its counter is read, and its costs are the "
        "model's (default: the board's)",
    )  # fmt: skip
    parser.add_argument(
        "--repeat", type=int, metavar="N", default=REPETITIONS,
        help="measure so often (default: %(default)s)",
    )  # fmt: skip


def check_counting(arguments: argparse.Namespace) -> None:
    """Raise CommandError for what cannot be measured."""
    if not 1 <= arguments.repeat <= 10_000:
        raise CommandError("--repeat takes 1 to 10000", USAGE)


def _run(arguments: argparse.Namespace, console: Console) -> int:
    """Call and measure on the board, and show that beside the model."""
    check_counting(arguments)
    from asm_rv32.machine.errors import ExecutionError

    arguments = settled(arguments, arguments.file)
    with board_run.failures(arguments):
        calls = board_run.asked(arguments, console)
        try:
            ours = [board_run.on_pc_side(call) for call in calls]
        except ExecutionError as error:
            return execution_error(error, console)
        with console.progress(f"measuring on the board at {arguments.port}"):
            firmware, conditions, found = _on_board(arguments, calls, ours, console)
    if arguments.format == "json":
        import json

        console.print(json.dumps(_as_dict(arguments.port, firmware, conditions, found), indent=1))
    else:
        for line in _lines(firmware, conditions, found):
            console.print(line)
    return DONE if all(each.compared.is_same for each in found) else WRONG


def _on_board(
    arguments: argparse.Namespace, calls: Sequence[Asked], ours: Sequence[Side], console: Console
) -> tuple[Firmware, Conditions, list[Measured]]:
    from asm_rv32.remote.measure import measured

    with board_run.session_of(arguments) as session:
        firmware = session.firmware()
        conditions = conditions_of(arguments, firmware, console)
        models = [_model(call, conditions.core) for call in calls]
        found = measured(session, firmware, list(zip(calls, ours, models)), conditions)
        return firmware, conditions, list(found)


def conditions_of(
    arguments: argparse.Namespace, firmware: Firmware, console: Console
) -> Conditions:  # fmt: skip
    """How is measured: by the board that is named, else by that which the firmware names."""
    from asm_rv32.boards import load_board
    from asm_rv32.remote.calls import board_of
    from asm_rv32.remote.counter import counter_of
    from asm_rv32.remote.measure import Conditions

    told = board_of(firmware)
    board = arguments.board or told
    if told is not None and board != told:
        console.error(f"the firmware says that it runs on {told}, and not on {board}", "warning")
    core = arguments.core or (load_board(board).core if board is not None else None)
    return Conditions(board, core, counter_of(core), arguments.repeat)


def _model(call: Asked, core: str | None) -> Counts | None:
    """What a core's costs say; None where none are known of the core, or of an instruction."""
    from asm_rv32.cores import core_names
    from asm_rv32.remote.measure import model
    from asm_rv32.timing.model import TimingError

    if core not in core_names() or core is None:
        return None
    try:
        return model(call, core)
    except TimingError:
        return None


# ---------------------------------------------------------------- what is shown


def _lines(
    firmware: Firmware, conditions: Conditions, found: Sequence[Measured]
) -> Iterator[str]:  # fmt: skip
    yield firmware.text
    if conditions.counter is not None:
        yield f"{conditions.core}: {conditions.counter.title}; {conditions.repetitions} times each"
        yield from board_run.table(
            [("call", "cold", "warm", "most", "model cold", "model warm", "ns", "")],
            (_counted(conditions, each) for each in found),
        )
    else:
        core = conditions.core or "the core"
        yield f"no counter is known of {core}: by the firmware's clock of microseconds"
        yield from board_run.table(
            [("call", "ns", "to within", "model warm", "")], (_clocked(each) for each in found)
        )
    for each in found:
        yield from board_run.differences(each.compared)


def _same(each: Measured) -> str:
    return "same" if each.compared.is_same else "DIFFERS"


def _counted(conditions: Conditions, each: Measured) -> tuple[str, ...]:
    best, most = each.best, each.worst
    assert best is not None and most is not None
    model = ("-", "-") if each.model is None else tuple(map(str, each.model))
    time = f"{best.warm * 1e9 / conditions.clock:.1f}" if conditions.clock else "-"
    return (board_run.cut(each.compared.text), str(best.cold), str(best.warm),
            f"+{most.warm - best.warm}", *model, time, _same(each))  # fmt: skip


def _clocked(each: Measured) -> tuple[str, ...]:
    assert each.timed is not None
    model = "-" if each.model is None else str(each.model.warm)
    return (board_run.cut(each.compared.text), f"{each.timed.nanoseconds:.1f}",
            f"{each.timed.within:.1f}", model, _same(each))  # fmt: skip


def _as_dict(
    port: str, firmware: Firmware, conditions: Conditions, found: Sequence[Measured]
) -> dict[str, Any]:
    counter = conditions.counter
    whole = board_run.as_dict(port, firmware, [each.compared for each in found])
    whole["board"], whole["core"], whole["clock"] = conditions[0], conditions[1], conditions.clock
    whole["counter"] = None if counter is None else f"{counter.csr:#x}"
    for call, each in zip(whole["calls"], found):
        call["model"] = each.model and each.model._asdict()
        call["cycles"] = each.best and each.best._asdict()
        call["repetitions"] = [counts._asdict() for counts in each.counts]
        call["overhead"] = each.overhead and each.overhead._asdict()
        call["timed"] = each.timed and {
            **each.timed._asdict(), "nanoseconds": each.timed.nanoseconds,
            "within": each.timed.within,
        }  # fmt: skip
    return whole
