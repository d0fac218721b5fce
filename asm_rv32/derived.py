"""Plain data computed from files once and kept beside the byte code.

Input: the files that the data is derived from, and the function that computes it.
Output: that data, from `__pycache__` while no input has changed since.
Invariant: only what `marshal` holds (numbers, text, tuples, lists, dicts) is kept, as with `.pyc`
files; where the folder cannot be written, the data is computed at each start.
"""

from __future__ import annotations

import marshal
import os
import sys
from typing import Any, Callable, Iterable

FOLDER = os.path.join(os.path.dirname(__file__), "__pycache__")


def derived(name: str, inputs: Iterable[str], compute: Callable[[], Any]) -> Any:
    """What `compute()` returns, kept under `name` until one of the files `inputs` changes."""
    stamps = [(path, *_stamp(path)) for path in (__file__, *inputs)]
    kept = os.path.join(FOLDER, f"{name}.{sys.implementation.cache_tag}.marshal")
    try:
        with open(kept, "rb") as file:
            key, data = marshal.load(file)
        if key == stamps:
            return data
    except (OSError, ValueError, EOFError, TypeError):
        pass
    data = compute()
    _keep(kept, (stamps, data))
    return data


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _keep(path: str, value: Any) -> None:
    if sys.dont_write_bytecode:
        return
    unfinished = f"{path}.{os.getpid()}"
    try:
        os.makedirs(FOLDER, exist_ok=True)
        with open(unfinished, "wb") as file:
            marshal.dump(value, file)
        os.replace(unfinished, path)
    except OSError:
        pass
