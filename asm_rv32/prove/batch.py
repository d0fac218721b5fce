"""Many proofs at once, by joblib: on the processors of this machine, or on those of a cluster.

Input: questions. Output: their verdicts, in their order, each as soon as it and those before it are
there. Here each proof is a process of its own already, so threads do to wait for them.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from multiprocessing import current_process
from typing import Any

from asm_rv32.prove.guarded import Guard, guarded
from asm_rv32.prove.question import Question
from asm_rv32.prove.verdict import Verdict

REACHING = 10
"""Seconds for a cluster to answer."""


class ClusterError(Exception):
    """A cluster that cannot be used, in words for the user."""


def answers(
    questions: Sequence[Question], timeout: float, jobs: int, guard: Guard
) -> Iterator[Verdict]:
    """The verdicts, of `jobs` proofs at a time; -1 stands for as many as there are processors.
    `timeout`: seconds for each. What is left once `guard` is halted is undecided."""
    from joblib import Parallel, delayed

    parallel: Any = Parallel(n_jobs=jobs, backend="threading", return_as="generator")
    found: Iterator[Verdict] = parallel(
        delayed(guard.answer)(question, timeout) for question in questions
    )
    return found


def answers_of_cluster(
    questions: Sequence[Question], timeout: float, address: str
) -> Iterator[Verdict]:
    """The verdicts, from the workers of the Dask scheduler at an address, `tcp://host:port`.

    Raises ClusterError where that cannot be reached, or its workers may start no process.
    """
    import distributed
    from joblib import Parallel, delayed, parallel_config

    try:
        connect: Any = distributed.Client
        client = connect(address, timeout=REACHING)
    except (OSError, ValueError, TypeError) as error:
        raise ClusterError(f"there is no Dask scheduler at {address}: {error}") from None
    with client, parallel_config(backend="dask"):
        parallel: Any = Parallel(return_as="generator")
        yield from parallel(delayed(_at_worker)(question, timeout) for question in questions)


def _at_worker(question: Question, timeout: float) -> Verdict:
    if current_process().daemon:
        raise ClusterError(
            "its workers may start no process, as a proof does: start them with "
            "DASK_DISTRIBUTED__WORKER__DAEMON=False in their environment"
        )
    return guarded(question, timeout)
