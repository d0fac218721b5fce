"""Emulation that a signal's handler can end, Ctrl-C's among them.

Input: a unicorn machine, where to start and to stop, and a count of instructions. Output: none.
Invariant: what a handler raises while the machine runs ends it, and is raised here.
"""

from __future__ import annotations

import sys
from threading import get_ident, main_thread

from asm_rv32.basis.records import Any


def emulate(uc: Any, begin: int, until: int, count: int) -> None:
    """`emu_start`. Raises UcError, what a hook raises, and what a signal's handler raises.

    Python runs handlers of signals where a function begins, so mostly as unicorn calls a hook:
    before the hook's own code, where the binding catches nothing. ctypes hands what is raised
    there to `sys.unraisablehook`, and the machine would go on without the hook.
    """
    if get_ident() != main_thread().ident:  # no other thread runs handlers
        uc.emu_start(begin, until, count=count)
        return
    raised: list[BaseException] = []
    before = sys.unraisablehook

    def keep(unraisable: Any) -> None:
        trace = unraisable.exc_traceback
        where = trace.tb_frame.f_globals.get("__name__", "") if trace else ""
        if where.partition(".")[0] == "unicorn" and unraisable.exc_value is not None:
            raised.append(unraisable.exc_value)
            uc.emu_stop()
        else:
            before(unraisable)

    sys.unraisablehook = keep
    try:
        uc.emu_start(begin, until, count=count)
    finally:
        sys.unraisablehook = before
        if raised:
            raise raised[0]
