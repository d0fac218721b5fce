"""Options and fixtures that several test modules share."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from corpus import toolchain


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption(
        "--bless", action="store_true", help="rewrite the golden expectations of tests/cases"
    )


@pytest.fixture(scope="session")
def tool() -> Callable[[str], str]:
    """The path of a tool by name; the test fails, with the install line, where it is missing."""

    def find(name: str) -> str:
        try:
            return toolchain.find(name)
        except toolchain.Missing as missing:
            pytest.fail(str(missing))

    return find
