"""The firmware tier: marked `firmware`, with a board in QEMU as fixture `board`."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).parent))

from board import Board
from qemu_firmware import FirmwareError, firmware


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if Path(__file__).parent in item.path.parents:
            item.add_marker("firmware")


@pytest.fixture(scope="session")
def board() -> Board:
    """Firmware that is built on first use; a missing tool is a failure that names it."""
    try:
        return Board(firmware())
    except FirmwareError as error:
        pytest.fail(str(error))
