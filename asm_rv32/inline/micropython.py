"""What MicroPython's module of this name offers, for code with assembler functions in it.

`from asm_rv32 import micropython` lets a file written for a board run on the host unchanged:
`@micropython.asm_rv32` assembles and runs in the emulator, `viper` functions compute with machine
integers, and what asks about the board's memory answers for a board that has nothing to tell.
`@micropython.asm_data` and `@micropython.asm_macro` are this package's own; in a .mpy file they
are left out.
"""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.basis.records import Any, TypeVar
from asm_rv32.formats.board.viper import ptr8, ptr16, ptr32, uint, viper
from asm_rv32.inline.data import asm_data
from asm_rv32.inline.function import asm_rv32, const
from asm_rv32.inline.macro import asm_macro

__all__ = [
    "alloc_emergency_exception_buf",
    "asm_data",
    "asm_macro",
    "asm_rv32",
    "bytecode",
    "const",
    "heap_lock",
    "heap_locked",
    "heap_unlock",
    "kbd_intr",
    "mem_current",
    "mem_info",
    "mem_peak",
    "mem_total",
    "native",
    "opt_level",
    "ptr8",
    "ptr16",
    "ptr32",
    "qstr_info",
    "schedule",
    "stack_use",
    "uint",
    "viper",
]

Function = TypeVar("Function", bound=Callable[..., Any])
_state = {"opt_level": 0, "heap_locks": 0}


def bytecode(function: Function) -> Function:
    """The function as it is: on a board, compiled to bytecode."""
    return function


def native(function: Function) -> Function:
    """The function as it is: on a board, compiled to machine code of the same meaning."""
    return function


def opt_level(level: int | None = None) -> int | None:
    """Without an argument the level last set; with one, sets it, which changes nothing here."""
    if level is None:
        return _state["opt_level"]
    _state["opt_level"] = level
    return None


def mem_info(verbose: object = None) -> None:
    """Nothing: on a board, prints how much memory is used."""


def qstr_info(verbose: object = None) -> None:
    """Nothing: on a board, prints how many strings are interned."""


def mem_current() -> int:
    """0: on a board, bytes of memory in use."""
    return 0


def mem_total() -> int:
    """0: on a board, bytes allocated so far."""
    return 0


def mem_peak() -> int:
    """0: on a board, the most bytes that were in use."""
    return 0


def stack_use() -> int:
    """0: on a board, bytes of stack in use."""
    return 0


def heap_lock() -> int:
    """How deep the heap is locked now; memory can be allocated here all the same."""
    _state["heap_locks"] += 1
    return _state["heap_locks"]


def heap_unlock() -> int:
    """How deep the heap is still locked."""
    _state["heap_locks"] = max(0, _state["heap_locks"] - 1)
    return _state["heap_locks"]


def heap_locked() -> int:
    """How deep the heap is locked."""
    return _state["heap_locks"]


def kbd_intr(character: int) -> None:
    """Nothing: on a board, says which character interrupts the program."""


def alloc_emergency_exception_buf(size: int) -> None:
    """Nothing: on a board, sets memory aside for exceptions in interrupts."""


def schedule(function: Callable[[Any], object], argument: Any) -> None:
    """Call the function at once: there is no interrupt that it would have to wait for."""
    function(argument)
