"""How long a proof may take, and who hears how far it has come.

Invariant: whoever may take long asks `left`; what ignores it is ended by `guarded`.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import NamedTuple


def _nobody(text: str) -> None:
    pass


class Watch(NamedTuple):
    """The end of a proof, and its ear."""

    deadline: float
    """Of time.monotonic."""
    say: Callable[[str], None] = _nobody
    """Told what is known so far, each time that it is more."""

    @property
    def left(self) -> float:
        """Seconds; 0 once it is over."""
        return max(0.0, self.deadline - time.monotonic())

    @property
    def is_over(self) -> bool:
        """Whether its time ran out."""
        return time.monotonic() > self.deadline


def watch(seconds: float, say: Callable[[str], None] = _nobody) -> Watch:
    """One that ends in so many seconds."""
    return Watch(time.monotonic() + seconds, say)
