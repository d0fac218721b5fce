"""`asmrv32 man`: manual pages of the commands, made from their parsers."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Iterator

from asm_rv32.basis import VERSION
from asm_rv32.basis.external import external
from asm_rv32.commands import COMMANDS, GROUPS
from asm_rv32.commands.console import DONE, STANDARD, Console

EXAMPLES = """\
  asmrv32 man -o ~/.local/share/man/man1     asmrv32.1 and a page for each command
  man asmrv32-compile
  asmrv32 man compile | man -l -             one page, at once

Written by argparse-manpage: pip install 'argparse-manpage>=4.6'
"""
ABOUT = "assemble, run, check and price RISC-V functions that are written inside Python"


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "name", metavar="COMMAND", nargs="?", choices=tuple(COMMANDS),
        help="print the page of this command alone",
    )  # fmt: skip
    parser.add_argument(
        "-o", "--output", metavar="DIR",
        help="the folder to write all pages into; without it one is printed",
    )  # fmt: skip


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Write the pages, or print one."""
    pages = dict(_pages())
    if arguments.output is None or arguments.output == STANDARD:
        console.print(pages[arguments.name or ""].rstrip("\n"))
        return DONE
    os.makedirs(arguments.output, exist_ok=True)
    chosen = pages if arguments.name is None else [arguments.name]
    for name in chosen:
        path = os.path.join(arguments.output, "-".join(filter(None, ("asmrv32", name))) + ".1")
        console.write(path, pages[name].encode())
        console.print(path)
    return DONE


def _pages() -> Iterator[tuple[str, str]]:
    """The name of a command, "" for the overview, and its page."""
    from asm_rv32.commands.cli import PROGRAM, whole_parser

    whole = whole_parser()
    (commands,) = (each for each in whole._actions if isinstance(each, argparse._SubParsersAction))
    overview = argparse.ArgumentParser(prog=PROGRAM, usage=whole.usage)
    overview.description = f"{ABOUT[0].upper()}{ABOUT[1:]}."
    sections = {}
    for group, listed in GROUPS.items():
        rows = [f".TP\n.BR {_roff(PROGRAM)}\\-{name} (1)\n{_roff(listed[name])}" for name in listed]
        sections[group] = "\n".join(rows)
    yield "", _page(overview, ABOUT, sections)
    for name, parser in commands.choices.items():
        examples = (parser.epilog or "").removeprefix("examples:\n")
        parser.epilog = None
        shown = {"examples": f".nf\n{_roff(examples)}\n.fi", "see also": _SEE}
        yield name, _page(parser, COMMANDS[name], shown)


def _page(parser: argparse.ArgumentParser, title: str, sections: dict[str, str]) -> str:
    manpage = external("argparse_manpage.manpage", "argparse-manpage>=4.6")
    parser._manpage = [  # type: ignore[attr-defined]
        {"heading": heading, "content": text} for heading, text in sections.items()
    ]
    # The packaged date, and not that of the day: the same program writes the same pages.
    page = manpage.Manpage(parser, {"project_name": "asm_rv32", "version": VERSION, "date": " "})
    page.manual, page.description = "asm_rv32", title
    page.prog = parser.prog.replace(" ", "-")
    head, _, body = str(page).partition("\n")
    # A suffix at the start of a line, `.mpy`, would be a request. Lines are not stretched.
    return f"{head}\n.ad l\n{_SUFFIX.sub(_GUARDED, body)}"


def _roff(text: str) -> str:
    """Text as it is, in a page."""
    lines = text.rstrip("\n").replace("\\", "\\e").replace("-", "\\-").split("\n")
    return "\n".join("\\&" + line if line[:1] in (".", "'") else line for line in lines)


_SEE = ".BR asmrv32 (1)"
_SUFFIX = re.compile(r"^\.(?!(?:[A-Z]{1,2}|nf|fi)\b)", re.MULTILINE)
_GUARDED = r"\\&."
