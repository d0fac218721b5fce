"""`asmrv32 cores`: the processors whose cycles can be counted, and how far that can be trusted."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from asm_rv32.commands.console import DONE, USAGE, CommandError, Console
from asm_rv32.cores import core_names
from asm_rv32.timing.model import Core, TimingError, load_core

EXAMPLES = """\
  asmrv32 cores               each core, its configuration, source and validation
  asmrv32 cores hazard3       also what each class of instruction costs on it, and its registers
  asmrv32 cores -f json

A core is exact where it was compared with its RTL instruction by instruction. One that is "not
RTL-checked" rests on the documents it names: take its figures as an estimate.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "cores", nargs="*", metavar="CORE", help="all that is known of it (default: list all)"
    )
    parser.add_argument(
        "-f", "--format", choices=("text", "json"), default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List all cores, or tell all of some."""
    try:
        cores = [load_core(name) for name in arguments.cores] or listed()
    except TimingError as error:
        raise CommandError(str(error), USAGE) from None
    if arguments.format == "json":
        import json

        from asm_rv32.report.document import core_as_dict

        console.print(json.dumps({core.name: core_as_dict(core) for core in cores}, indent=2))
    else:
        whole = bool(arguments.cores)
        console.print("\n".join(line for core in cores for line in told(core, whole)))
    return DONE


def listed() -> list[Core]:
    """All cores, those first that are exact."""
    return sorted(map(load_core, core_names()), key=lambda core: not core.is_exact)


def told(core: Core, whole: bool) -> Iterator[str]:
    """What is told of a core; `whole`: its costs and registers, too."""
    from asm_rv32.report.document import trust

    yield f"{core.name}: {core.title}"
    yield f"  configuration  {core.configuration}"
    yield f"  memory         {core.memory}"
    yield f"  source         {core.source}"
    access = "a trap" if core.traps_misaligned else "carried out"
    yield f"  misaligned     {access} ({core.misaligned_source})"
    yield f"  validation     {trust(core)}"
    if whole:
        from asm_rv32.timing.description import described

        yield from described(core.name)
    yield ""
