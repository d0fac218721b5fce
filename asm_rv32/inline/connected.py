"""The functions under the decorator that need others, or data, which they may share."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import count
from weakref import WeakValueDictionary

from asm_rv32.basis.records import Any

_functions: WeakValueDictionary[int, Any] = WeakValueDictionary()
_number = count()


def connect(function: Any) -> None:
    """Note an AsmFunction, as it is defined."""
    _functions[next(_number)] = function


def connected() -> Iterator[Any]:
    """Those that are still there, in the order of their definition."""
    for number in sorted(_functions):
        function = _functions.get(number)
        if function is not None:
            yield function
