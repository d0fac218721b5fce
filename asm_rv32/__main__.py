"""The program `asmrv32`, which `python -m asm_rv32` is, too.

`python -m` finds this package, in the current directory first. What the package then loads is not
looked for there, but where the program `asmrv32` stands.
"""

from __future__ import annotations

import gc
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn


def entry() -> NoReturn:
    """The command line, and then the end of the process.

    Python would take the interpreter apart first, a sixth of the time of a short command; and
    search for cycles among the modules while they are loaded, a twentieth.
    """
    gc.disable()
    from asm_rv32.commands.cli import main

    status = main()
    if sys.argv[1:2] == ["exec"]:
        # The script may have asked for something to be done at the end.
        sys.exit(status)
    for stream in (sys.stdout, sys.stderr):
        if stream is not None:
            stream.flush()
    os._exit(status)


def _leave_current_directory() -> None:
    try:
        here = os.getcwd()
    except OSError:
        here = ""  # it is gone
    if sys.path[:1] == [here]:
        sys.path[0] = os.path.dirname(sys.executable)


if __name__ == "__main__":
    _leave_current_directory()
    entry()
