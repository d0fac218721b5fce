"""Which of the values that a test repeats itself for belong to which tier."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pytest


def heavy_after(count: int, values: Iterable[Any]) -> list[Any]:
    """The values as parameters: the first so many for the everyday suite, the rest heavy."""
    return [
        value if at < count else pytest.param(value, marks=pytest.mark.heavy)
        for at, value in enumerate(values)
    ]
