"""A proof in a process of its own: whatever a solver does, its time and its memory have an end.

Input: a `Question`. Output: its `Verdict`; undecided, with what was known by then, where time or
memory ran out, or the user did not want to wait.
Invariant: nothing that the process does outlives the call. A solver's own limits are asked for as
well, but a solver looks at them only between its steps, and one step may take minutes.
"""

from __future__ import annotations

import multiprocessing
import signal
import time
from multiprocessing.connection import Connection
from multiprocessing.context import SpawnContext
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


def guarded(question: Question, timeout: float) -> Verdict:
    """What `functions.answer` says within so many seconds."""
    began = time.monotonic()
    context: SpawnContext = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_work, args=(theirs, question, timeout), daemon=True)
    known = STARTED
    end = began + START
    try:
        process.start()
        theirs.close()
        while ours.poll(max(0.0, end - time.monotonic())):
            told: Any = ours.recv()
            if isinstance(told, Verdict):
                return told
            if told == STARTED:
                end = time.monotonic() + timeout + GRACE
            known = told
        reason = "its time ran out"
    except EOFError:
        reason = f"the solver ended; a proof may take {MEMORY_LIMIT // 1_000_000:,} MB of memory"
    except KeyboardInterrupt:
        reason = "it was interrupted"
    finally:
        if process.pid is not None:
            process.kill()
            process.join()
        ours.close()
    assumptions = question.assumptions()
    return Verdict(
        UNDECIDED, assumptions, None, time.monotonic() - began, f"{reason}; until then: {known}"
    )


def _work(out: Connection, question: Question, timeout: float) -> None:
    """What the process does."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # it comes to the whole group: ours is told
    _limit_memory()
    from asm_rv32.prove.functions import answer
    from asm_rv32.prove.watch import watch

    try:
        out.send(STARTED)
        out.send(answer(question, watch(timeout, out.send)))
    except BrokenPipeError:
        return  # nobody waits any more


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
