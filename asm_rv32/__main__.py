"""`python -m asm_rv32` is `asmrv32`."""

from __future__ import annotations

import sys

from asm_rv32.cli import main

if __name__ == "__main__":
    sys.exit(main())
