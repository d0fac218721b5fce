"""How the tests here run: on each engine in turn; properties by the same examples each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from asm_rv32.machine.settings import ENGINES

from .choice import preferred

# The first example of a test waits for GNU as, which is no fault of what is tested.
settings.register_profile("machine", deadline=None, derandomize=True)
settings.load_profile("machine")


@pytest.fixture(params=ENGINES, scope="module", autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What runs a call that asks for no engine; a module about one of them overrides it."""
    only = request.config.getoption("--engine")
    if only and only != request.param:
        pytest.skip(f"--engine {only}")
    yield from preferred(request.param)
