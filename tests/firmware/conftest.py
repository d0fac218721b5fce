"""The firmware tier: marked `firmware`, with boards in QEMU as fixtures.

`board` has the inline assembler, `stock_board` none, and `every_board` is one after the other.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from board import Board
from qemu_firmware import WITH_ASSEMBLER, WITHOUT_ASSEMBLER, FirmwareError, firmware


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    here = str(Path(__file__).parent)
    for item in items:
        if str(item.path).startswith(here):
            item.add_marker("firmware")


@pytest.fixture(scope="session")
def board() -> Board:
    """Firmware that is built on first use; a missing tool is a failure that names it."""
    return _board(WITH_ASSEMBLER)


@pytest.fixture(scope="session")
def stock_board() -> Board:
    """Firmware as that of a RISC-V ESP32: it loads native code and has no inline assembler."""
    return _board(WITHOUT_ASSEMBLER)


@pytest.fixture(scope="session", params=[WITH_ASSEMBLER, WITHOUT_ASSEMBLER])
def every_board(request: pytest.FixtureRequest) -> Board:
    """Both."""
    return _board(request.param)


def _board(variant: str) -> Board:
    try:
        return Board(firmware(variant))
    except FirmwareError as error:
        pytest.fail(str(error))
