"""`python -m asm_rv32` is `asmrv32`."""

from __future__ import annotations

from asm_rv32.cli import entry

if __name__ == "__main__":
    entry()
