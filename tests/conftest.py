"""Options and fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpus import toolchain

from asm_rv32.basis.run_options import ENGINES
from asm_rv32.machine import engines


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--bless", action="store_true", help="rewrite what is expected word for word")
    parser.addoption(
        "--thorough", action="store_true", help="heavy tests that repeat themselves: all of them"
    )
    parser.addoption(
        "--engine", choices=ENGINES, help="run all calls that ask for no engine on this one alone"
    )


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out, and count as deselected, what only a thorough run repeats."""
    if config.getoption("--thorough"):
        return
    left_out = [item for item in items if item.get_closest_marker("thorough")]
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


def pytest_configure(config: pytest.Config) -> None:
    engines.PREFERRED = config.getoption("--engine") or engines.PREFERRED


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a tool by name; the test fails, with the install line, where it is missing."""

    def find(name: str) -> str:
        try:
            return toolchain.find(name)
        except toolchain.Missing as missing:
            pytest.fail(str(missing))

    return find
