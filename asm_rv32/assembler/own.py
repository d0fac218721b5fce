"""Instructions of one's own for a function: which files its decorator and its caller name.

Input: paths, and a function's `tables=`. Output: an ISA string that brings the tables along.
Invariant: a source names files of its own folder and below alone, none by a link that leads out of
there; what a caller names is the caller's matter.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence

from asm_rv32.assembler.reading.program import FunctionSource
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source
from asm_rv32.cores import core_names
from asm_rv32.isa.own_tables import SUFFIX, OwnTable, own_table, tables_error, with_tables

Named = str | os.PathLike[str] | OwnTable


def opened(tables: Named | Iterable[Named]) -> tuple[OwnTable, ...]:
    """The tables in files, one or several. Raises AssemblyError, OSError."""
    every = [tables] if isinstance(tables, (str, os.PathLike, OwnTable)) else list(tables)
    return tuple(each if isinstance(each, OwnTable) else read(each) for each in every)


def read(path: str | os.PathLike[str], shown: str | None = None) -> OwnTable:
    """The table in a file, whose cores are known; `shown`: what it is called in messages.

    Raises AssemblyError with all that is wrong in it, OSError.
    """
    found = own_table(path, shown)
    wrong = [
        (f"there is no core {core!r}; known: {', '.join(core_names())}",
         ("instructions", name), "")
        for name, row in found.timed() if isinstance(row["timing"], dict)
        for core in row["timing"] if core not in core_names()
    ]  # fmt: skip
    if wrong:
        raise tables_error(found.source, wrong)
    return found


def with_own(isa: str, tables: Sequence[OwnTable], function: FunctionSource, source: Source) -> str:
    """The ISA of a function with tables that are given, and with that of its decorator.

    Raises AssemblyError, IsaError.
    """
    found = list(tables)
    if "tables" in function.options:
        found.append(_beside(str(function.options["tables"]), function, source))
    return with_tables(isa, found)


def _beside(name: str, function: FunctionSource, source: Source) -> OwnTable:
    """The table that a source names, relative to its folder."""
    wrong = path = ""
    if os.path.isabs(name) or not name.endswith(SUFFIX) or "\0" in name:
        wrong = f"tables takes the path of a {SUFFIX} file from the source's folder, got {name!r}"
    else:
        folder = os.path.realpath(os.path.dirname(source.path))
        path = os.path.realpath(os.path.join(folder, name))
        if os.path.commonpath((folder, path)) != folder:
            wrong = f"tables names {name!r}, which is outside of the source's folder"
    if not wrong:
        try:
            return read(path, os.path.join(os.path.dirname(source.path), name))
        except OSError as error:
            wrong = f"cannot read {name}: {error.strerror or error}"
    raise AssemblyError([Diagnostic("decorator", wrong, function.name_span)], source)
