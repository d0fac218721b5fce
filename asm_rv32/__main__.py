"""`python -m asm_rv32` is `asmrv32`.

Python has found this package, in the current directory first. What the package then loads is not
looked for there, but where the program `asmrv32` stands.
"""

from __future__ import annotations

import os
import sys


def _leave_current_directory() -> None:
    try:
        here = os.getcwd()
    except OSError:
        here = ""  # it is gone
    if sys.path[:1] == [here]:
        sys.path[0] = os.path.dirname(sys.executable)


if __name__ == "__main__":
    _leave_current_directory()

    from asm_rv32.commands import entry

    entry()
