"""Plain data computed from files once and kept beside the byte code.

Input: the files that the data is derived from, and the function that computes it.
Output: that data, from a file while no input has changed since.
Invariant: only what `marshal` holds (numbers, text, tuples, lists, dicts) is kept, as with `.pyc`
files: beside them, or in the user's cache folder where the package is not to be written; where
neither can be, the data is computed at each start.
"""

from __future__ import annotations

import marshal
import os
import sys
from collections.abc import Callable, Iterable

from asm_rv32.records import Any

PACKAGE_FOLDER = os.path.join(os.path.dirname(__file__), "__pycache__")


def _folders() -> tuple[str, str]:
    cache = os.environ.get("XDG_CACHE_HOME") or os.path.join(os.path.expanduser("~"), ".cache")
    return PACKAGE_FOLDER, os.path.join(cache, "asm_rv32")


def derived(name: str, inputs: Iterable[str], compute: Callable[[], Any]) -> Any:
    """What `compute()` returns, kept under `name` until one of the files `inputs` changes."""
    stamps = [(path, *_stamp(path)) for path in (__file__, *inputs)]
    file_name = f"{name}.{sys.implementation.cache_tag}.marshal"
    for folder in _folders():
        try:
            with open(os.path.join(folder, file_name), "rb") as file:
                key, data = marshal.loads(file.read())
            if key == stamps:
                return data
        except (OSError, ValueError, EOFError, TypeError):
            continue
    data = compute()
    for folder in _folders():
        if _keep(os.path.join(folder, file_name), (stamps, data)):
            break
    return data


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _keep(path: str, value: Any) -> bool:
    unfinished = f"{path}.{os.getpid()}"
    try:
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(unfinished, "wb") as file:
            file.write(marshal.dumps(value))
        os.replace(unfinished, path)
    except OSError:
        return False
    return True
