"""Which engine runs a call, and one of that sort.

Input: the name that was asked for, if any. Output: an `Engine`.
Invariant: unicorn is imported when an engine of it is made, and not before.
"""

from __future__ import annotations

import gc
from functools import lru_cache

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.basis.run_options import PYTHON, UNICORN
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import instruction_set

if TYPE_CHECKING:
    from asm_rv32.machine.engine import Engine

PREFERRED: str | None = None
"""What runs all calls that ask for no engine; None: unicorn where it is installed, but for what is
over before (`emulator.run_alone`)."""


@lru_cache(maxsize=1)
def has_unicorn() -> bool:
    """Whether unicorn can be loaded here."""
    # What is loaded stays: searching it for garbage again and again takes a tenth of the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        import unicorn  # noqa: F401
    except ImportError:
        return False
    finally:
        if collecting:
            gc.enable()
    return True


def engine_name(asked: str | None) -> str:
    """The engine that runs a call: the one asked for, else unicorn where it is installed.

    Raises ValueError where unicorn is asked for and is not installed.
    """
    wanted = asked or PREFERRED or UNICORN
    if wanted == PYTHON or (asked is None and not has_unicorn()):
        return PYTHON
    if not has_unicorn():
        raise ValueError('engine="unicorn" needs the package unicorn: pip install unicorn')
    return UNICORN


def engine_for(image: Image, asked: str | None) -> str:
    """The engine that runs calls of an image: unicorn's place is taken by our own where the image
    has what unicorn would run as something else. Raises ValueError as `engine_name` does."""
    found = engine_name(asked)
    if found == UNICORN:
        from asm_rv32.machine.foreign import fits_unicorn

        return found if fits_unicorn(image) else PYTHON
    return found


def make(name: str, isa: str, *, observed: bool = False) -> Engine:
    """A new engine, by the name that `engine_for` gave, for code of an ISA or of one that is as
    `sort_of` says; `observed`: others look into its runs."""
    if name == PYTHON:
        from asm_rv32.machine.own import OwnEngine

        return OwnEngine()
    from asm_rv32.machine.hart import Machine

    return Machine(has_float=instruction_set(isa).has_fcsr, observed=observed)


def sort_of(name: str, isa: str) -> tuple[str, bool]:
    """What engines have in common that can run each other's code."""
    return name, name == UNICORN and instruction_set(isa).has_fcsr
