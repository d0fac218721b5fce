"""What GNU as and objdump do not know of the instructions here: gnu_limits.toml, for release 2.40.

Input: an instruction and its text. Output: whether GNU as takes it.
"""

from __future__ import annotations

import os
import re
from functools import lru_cache

from asm_rv32.basis.records import Any
from asm_rv32.isa.rows import Instruction


@lru_cache(maxsize=1)
def _limits() -> dict[str, Any]:
    import tomllib

    path = os.path.join(os.path.dirname(__file__), "gnu_limits.toml")
    with open(path, "rb") as file:
        return tomllib.load(file)


def unknown_extensions() -> list[str]:
    """The table files of extensions that they lack."""
    found: list[str] = _limits()["unknown"]
    return found


def is_unknown_to_gnu(extension: str) -> bool:
    """Whether they lack an extension, by its table file; they have none of makers', x...."""
    return extension[0] == "x" or extension in unknown_extensions()


def refused_texts() -> list[str]:
    """Regular expressions for what GNU as refuses of extensions that it has."""
    found: list[str] = _limits()["refused"]
    return found


def is_refused(instruction: Instruction, written: str) -> bool:
    """True where GNU as is known to refuse an instruction as it is written."""
    return is_unknown_to_gnu(instruction.row.extension) or any(
        re.fullmatch(refused, written) for refused in refused_texts()
    )
