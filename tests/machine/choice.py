"""Which engine runs the calls of a test that ask for none."""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.machine import engines


def preferred(name: str) -> Iterator[str]:
    """For a fixture: this engine, while it lasts."""
    before, engines.PREFERRED = engines.PREFERRED, name
    yield name
    engines.PREFERRED = before
