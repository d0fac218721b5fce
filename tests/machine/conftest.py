"""How the tests here run: on each engine in turn; properties by the same examples each time."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import settings

from asm_rv32.basis.run_options import ENGINES

from .choice import preferred

# The first example of a test waits for GNU as, which is no fault of what is tested.
settings.register_profile("machine", deadline=None, derandomize=True)
settings.load_profile("machine")


@pytest.fixture(params=ENGINES, scope="module", autouse=True)
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """What runs a call that asks for no engine; a module about one of them overrides it."""
    yield from preferred(request.param)


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """With `--engine`, only what runs on that one."""
    only = config.getoption("--engine")
    if only:
        items[:] = [item for item in items if _engine_of(item) in (None, only)]


def _engine_of(item: pytest.Item) -> object:
    """The engine that a test is run on in turn, if it is."""
    return item.callspec.params.get("engine") if hasattr(item, "callspec") else None
