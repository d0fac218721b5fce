"""A proof in a process of its own: whatever a solver does, its time and its memory have an end.

Input: a `Question`. Output: its `Verdict`; undecided, with what was known by then, where time or
memory ran out, or the user did not want to wait.
Invariant: nothing that the process does outlives the call, nor the process that waits for it,
however that ends. A solver's own limits are asked for as well, but a solver looks at them only
between its steps, and one step may take minutes.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext, SpawnProcess
from typing import Any

from asm_rv32.prove.question import Question
from asm_rv32.prove.verdict import UNDECIDED, Verdict

MEMORY_LIMIT = 2_000_000_000
"""Bytes of address space that a proof may take, where the system can hold it to that."""
GRACE = 0.5
"""Seconds that a proof may take longer to say what it knows."""
START = 30.0
"""Seconds for the process to start, on a busy machine."""
STARTED = "it has begun"
INTERRUPTED = "it was interrupted"


def guarded(question: Question, timeout: float) -> Verdict:
    """What `functions.answer` says within so many seconds."""
    return Guard().answer(question, timeout)


class Guard:
    """Waits for proofs, each in a process of its own; several threads may ask it at once."""

    def __init__(self) -> None:
        self._halted = False
        self._running: set[SpawnProcess] = set()

    def halt(self) -> None:
        """End all proofs that are on their way, and begin no other; a signal's handler may."""
        self._halted = True
        for process in list(self._running):
            process.kill()

    def answer(self, question: Question, timeout: float) -> Verdict:
        """What `functions.answer` says within so many seconds; undecided once it is halted."""
        began = time.monotonic()
        context: SpawnContext = multiprocessing.get_context("spawn")
        ours, theirs = context.Pipe(duplex=False)
        process = context.Process(target=_work, args=(theirs, question, timeout), daemon=True)
        heard = ["it had not begun"]
        try:
            if not self._halted:
                process.start()
                self._running.add(process)
                if self._halted:
                    process.kill()
            theirs.close()
            verdict = _heard(ours, timeout, heard)
            if verdict is not None:
                return verdict
            reason = "its time ran out"
        except EOFError:
            reason = INTERRUPTED if self._halted else (
                f"the solver ended; a proof may take {MEMORY_LIMIT // 1_000_000:,} MB of memory"
            )  # fmt: skip
        except KeyboardInterrupt:
            reason = INTERRUPTED
        finally:
            self._running.discard(process)
            if process.pid is not None:
                process.kill()
                process.join()
            ours.close()
        seconds = time.monotonic() - began
        known = f"{reason}; until then: {heard[-1]}"
        return Verdict(UNDECIDED, question.assumptions(), None, seconds, known)


def _heard(ours: Connection, timeout: float, heard: list[str]) -> Verdict | None:
    """The verdict of the process, or None where it has none in time; what it tells until then goes
    to `heard`. Raises EOFError where it ends without one."""
    end = time.monotonic() + START
    while ours.poll(max(0.0, end - time.monotonic())):
        told: Any = ours.recv()
        if isinstance(told, Verdict):
            return told
        if told == STARTED:
            end = time.monotonic() + timeout + GRACE
        heard.append(told)
    return None


def _work(out: Connection, question: Question, timeout: float) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it comes to the whole group: ours is told
    _end_with_parent()
    _limit_memory()
    try:
        try:
            from asm_rv32.prove.functions import answer
            from asm_rv32.prove.watch import watch
        except Exception as error:  # what a solver raises whose library is missing is its own
            reason = f"the solver cannot be loaded: {error}"
            out.send(Verdict(UNDECIDED, question.assumptions(), reason=reason))
            return
        out.send(STARTED)
        out.send(answer(question, watch(timeout, out.send)))
    except BrokenPipeError:
        return  # nobody waits any more


def _end_with_parent() -> None:
    """End this process as soon as that which started it is no more, whatever ended it."""
    parent = multiprocessing.parent_process()
    if parent is None:
        return

    def wait() -> None:
        parent.join()
        os._exit(1)

    threading.Thread(target=wait, daemon=True).start()


def _limit_memory() -> None:
    try:
        import resource
    except ImportError:  # Windows
        return
    try:
        _, most = resource.getrlimit(resource.RLIMIT_AS)
        limit = MEMORY_LIMIT if most == resource.RLIM_INFINITY else min(most, MEMORY_LIMIT)
        resource.setrlimit(resource.RLIMIT_AS, (limit, most))
    except (OSError, ValueError):
        return
