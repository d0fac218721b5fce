"""What MicroPython's module of this name offers to code with assembler functions in it.

`from asm_rv32 import micropython` lets a file written for a board run on the host unchanged:
`@micropython.asm_rv32` assembles and runs in the emulator, and the other code emitters, which
change how a function is compiled but not what it means, leave it to CPython.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from asm_rv32.function import asm_rv32, const

__all__ = ["asm_rv32", "bytecode", "const", "native", "ptr8", "ptr16", "ptr32", "viper"]

Function = TypeVar("Function", bound=Callable[..., Any])


class ptr8:
    """The annotation of a viper function's parameter that points to bytes."""


class ptr16:
    """The annotation of a viper function's parameter that points to halfwords."""


class ptr32:
    """The annotation of a viper function's parameter that points to words."""


def bytecode(function: Function) -> Function:
    """The function as it is: on a board, compiled to bytecode."""
    return function


def native(function: Function) -> Function:
    """The function as it is: on a board, compiled to machine code of the same meaning."""
    return function


def viper(function: Function) -> Function:
    """The function as it is: on a board, compiled with machine integers for its numbers.

    Code that needs viper's own types (`ptr8`, `ptr32`, wrap-around) does not run on the host.
    """
    return function
