"""`asmrv32 cores`: the processors whose cycles can be counted, and how far that can be trusted."""

from __future__ import annotations

import argparse
from collections.abc import Iterator

from asm_rv32.commands.console import DONE, Console
from asm_rv32.cores import core_names
from asm_rv32.timing.model import Core, load_core

EXAMPLES = """\
  asmrv32 cores               each core, its configuration, source and validation
  asmrv32 cores -f json

A core is exact where it was compared with its RTL instruction by instruction. One that is "not
RTL-checked" rests on the documents it names: take its figures as an estimate.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "-f", "--format", choices=("text", "json"), default="text", help="(default: text)"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """List all cores."""
    cores = [load_core(name) for name in core_names()]
    cores.sort(key=lambda core: not core.is_exact)
    if arguments.format == "json":
        import json

        from asm_rv32.report.document import core_as_dict

        console.print(json.dumps({core.name: core_as_dict(core) for core in cores}, indent=2))
    else:
        console.print("\n".join(line for core in cores for line in _lines(core)))
    return DONE


def _lines(core: Core) -> Iterator[str]:
    from asm_rv32.report.document import trust

    yield f"{core.name}: {core.title}"
    yield f"  configuration  {core.configuration}"
    yield f"  memory         {core.memory}"
    yield f"  source         {core.source}"
    access = "a trap" if core.traps_misaligned else "carried out"
    yield f"  misaligned     {access} ({core.misaligned_source})"
    yield f"  validation     {trust(core)}"
    yield ""
