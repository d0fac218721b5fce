"""`asmrv32 lsp`: the language server, which editors start themselves."""

from __future__ import annotations

import argparse
import gc
import os

from asm_rv32.basis.external import external
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.commands.configuration import configuration
from asm_rv32.commands.console import DONE, CommandError, Console
from asm_rv32.commands.options import table_file

if TYPE_CHECKING:
    from asm_rv32.editor.document import Project
    from asm_rv32.isa.own_tables import OwnTable

EXAMPLES = """\
  asmrv32 lsp                            on standard input and output, until the client leaves

An editor starts it for Python files, beside the server that it has for Python: docs/editors.md has
the settings of several. Files are read, never executed; each is assembled as its project's
pyproject.toml says.
"""


def configure(parser: argparse.ArgumentParser) -> None:
    """Add the arguments."""
    parser.add_argument(
        "--stdio", action="store_true", help="what the server does anyway; some editors say it"
    )


def run(arguments: argparse.Namespace, console: Console) -> int:
    """Serve a client. Raises ToolMissing."""
    external("pygls", "pygls")
    from asm_rv32.editor.server import serve

    gc.enable()  # the other commands end before anything is worth collecting
    serve(_Projects().of)
    return DONE


class _Projects:
    """What the projects of open files say, each file of tables read once as long as it is left."""

    def __init__(self) -> None:
        self._tables: dict[str, tuple[int, OwnTable]] = {}

    def of(self, path: str) -> Project:
        """The project of a source file. Raises AssemblyError, ValueError."""
        from asm_rv32.editor.document import PLAIN, Project

        try:
            found = configuration(path)
            tables = tuple(map(self._table, found.tables))
        except CommandError as error:
            raise ValueError(str(error)) from None
        return Project(
            found.isa, found.dialect or PLAIN.dialect, found.core, found.board, tables,
            found.ignore,
        )  # fmt: skip

    def _table(self, path: str) -> OwnTable:
        try:
            changed = os.stat(path).st_mtime_ns
        except OSError:
            changed = 0
        if self._tables.get(path, (None,))[0] != changed:
            self._tables[path] = changed, table_file(path)
        return self._tables[path][1]
