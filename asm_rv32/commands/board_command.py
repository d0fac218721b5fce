"""`asmrv32 board`: the chips and boards that are known, and calls on one that is connected."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from asm_rv32.basis.diagnostics import or_meant
from asm_rv32.basis.records import Any
from asm_rv32.boards import Board, Erratum, Firmware, UnknownBoard, board_names, load_board
from asm_rv32.commands.console import DONE, USAGE, CommandError, Console
from asm_rv32.devices.blocks import named
from asm_rv32.isa.sets import isa_of_attribute

EXAMPLES = """\
  asmrv32 board list               each board: its ISA, its core, its clock
  asmrv32 board show esp32c3       its memory, registers, errata, firmware, and where that is from
  asmrv32 board show pico2 -f json
  asmrv32 board run gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0
                                   the call on the board that is connected, beside the PC
  asmrv32 board measure gcd.py 'gcd(462, 1071)' --port /dev/ttyACM0
                                   its cycles there, beside the model

A board is named with --board for compile, run, exec, report and lint, by @asm_rv32(board="...")
above a function, or for a project in pyproject.toml. `asmrv32 board run --help` and its like
explain more.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    from asm_rv32.commands import board_calibrate, board_measure, board_run

    actions = parser.add_subparsers(dest="action", metavar="ACTION", required=True)

    def action(name: str, title: str, examples: str = "") -> argparse.ArgumentParser:
        return actions.add_parser(
            name, help=title, description=f"{title[0].upper()}{title[1:]}.", allow_abbrev=False,
            formatter_class=parser.formatter_class, epilog=examples,
        )  # fmt: skip

    list_, show = action("list", "which boards there are"), action("show", "all of one board")
    show.add_argument("name", metavar="NAME", help="the board to show")
    for each in (list_, show):
        each.set_defaults(run=_show)
        _add_format(each)
    connected = {"run": board_run, "measure": board_measure, "calibrate": board_calibrate}
    for name, module in connected.items():
        each = action(name, module.TITLE, module.EXAMPLES)
        module.configure(each)
        _add_format(each)


def _add_format(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "-f", "--format", choices=("text", "json"), default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Do what the action says."""
    status: int = arguments.run(arguments, console)
    return status


def _show(arguments: argparse.Namespace, console: Console) -> int:
    """List the boards, or show one."""
    names = board_names() if arguments.action == "list" else (known_board(arguments.name),)
    boards = [load_board(name) for name in names]
    if arguments.format == "json":
        import json

        console.print(json.dumps({board.name: as_dict(board) for board in boards}, indent=2))
    elif arguments.action == "list":
        for line in _table(boards):
            console.print(line)
    else:
        for line in _lines(boards[0]):
            console.print(line)
    return DONE


def known_board(name: str) -> str:
    """A board's own name, of any that it has. Raises CommandError."""
    try:
        return load_board(name).name
    except UnknownBoard as error:
        near = or_meant(name, board_names())
        raise CommandError(f"{error}{near}", USAGE) from None


def _table(boards: list[Board]) -> Iterator[str]:
    width = max(len(board.name) for board in boards)
    titles = max(len(board.title) for board in boards)
    for board in boards:
        isa, _ = isa_of_attribute(board.isa)
        clock = f"{board.clock / 1e6:g} MHz" if board.clock else "-"
        yield f"{board.name:<{width}}  {board.title:<{titles}}  {clock:>8}  {isa}"


def _lines(board: Board) -> Iterator[str]:
    isa, unknown = isa_of_attribute(board.isa)
    yield f"{board.name}: {board.title}"
    if board.names:
        yield f"  also called  {', '.join(board.names)}"
    yield f"  ISA          {isa}"
    if unknown:
        yield f"               and {', '.join(unknown)}, not assembled here"
    yield f"  core         {board.core or 'none that is known'}"
    if board.clock:
        yield f"  clock        {board.clock / 1e6:g} MHz, {1e9 / board.clock:.4g} ns a cycle"
    if board.start is not None:
        takes = f", as a UF2 of family {board.uf2['family']:#x}" if board.uf2 else ""
        yield f"  programs     start at {board.start:#010x}{takes}"
    for each in board.firmware.values():
        yield f"  {each.name:<12} {_firmware(each)}"
    if board.memory:
        yield "  memory"
    for span in board.memory:
        last = span.base + span.size - 1
        yield f"    {span.base:#010x} to {last:#010x}  {span.access:<3}  {span.name}"
    if board.blocks:
        yield "  registers"
    devices = {block.name: f"{block.kind}@{name}" for name, block in named(board)}
    for block in board.blocks:
        shown = ", ".join(f"{each.name} {each.at:#x}" for each in block.registers)
        yield f"    {block.base:#010x}  {block.name}{': ' if shown else ''}{shown}"
        if block.name in devices:
            yield f"                  --device {devices[block.name]}"
    if board.stacked:
        yield f"  interrupts   stack {', '.join(board.stacked)} where {board.stacking}"
    if board.errata:
        yield "  errata"
    for erratum in board.errata:
        yield from _erratum(erratum)
    yield "  sources"
    for part, source in board.sources.items():
        if _has(board, part):
            yield f"    {part:<10} {source}"


def _has(board: Board, part: str) -> bool:
    """Whether a board has what a source is of."""
    return bool(board.stacked if part == "interrupt" else getattr(board, part, True))


def _firmware(found: Firmware) -> str:
    if found.native:
        return f"loads no native code: {found.native}"
    since = found.since.removeprefix(">")
    when = f"after {since}" if since != found.since else f"from {since} on"
    flags = f"; it takes files with {', '.join(found.flags)}" if found.flags else ""
    how = "has the inline assembler" if found.inline else "no inline assembler"
    return f"loads .mpy files with native code {when}, {how}{flags}; flash {found.file}"


def _erratum(erratum: Erratum) -> Iterator[str]:
    yield f"    {erratum.name}: {erratum.text}"
    yield f"      instead: {erratum.instead}"
    yield f"      {erratum.source}"


def as_dict(board: Board) -> dict[str, Any]:
    """A board as JSON has it."""
    isa, unknown = isa_of_attribute(board.isa)
    return {
        "title": board.title,
        "names": list(board.names),
        "isa": isa,
        "isa_of_the_chip": board.isa,
        "not_assembled_here": list(unknown),
        "core": board.core,
        "clock": board.clock,
        "start": board.start,
        "uf2": dict(board.uf2) if board.uf2 else None,
        "memory": [each._asdict() for each in board.memory],
        "blocks": [
            {**each._asdict(), "registers": {row.name: row.at for row in each.registers}}
            for each in board.blocks
        ],
        "firmware": {name: each._asdict() for name, each in board.firmware.items()},
        "stacked_by_interrupts": list(board.stacked),
        "errata": [each._asdict() for each in board.errata],
        "sources": dict(board.sources),
    }
