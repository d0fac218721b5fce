"""What is said while a command takes long."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

SECONDS = 2.0
"""From one line to the next."""


@contextmanager
def progress(doing: str | Callable[[], str], tell: Callable[[str], None] | None) -> Iterator[None]:
    """While it lasts, `tell` now and then what is being done, asked anew where it is a function;
    None tells nobody."""
    if tell is None:
        yield
        return
    done = threading.Event()

    def wait() -> None:
        seconds = 0.0
        while not done.wait(SECONDS):
            seconds += SECONDS
            said = doing if isinstance(doing, str) else doing()
            tell(f"{said}: {seconds:.0f} s")

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    try:
        yield
    finally:
        done.set()
        thread.join()
