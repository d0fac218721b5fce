"""Control and status registers that a core lacks.

Input: a `Flow` and the name of a core of `csr_of_cores.toml`. Output: warnings.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import Any

from asm_rv32.diagnostics import Diagnostic
from asm_rv32.disassembly import csr_names
from asm_rv32.flow import Flow


@cache
def _table() -> dict[str, Any]:
    import tomllib
    from importlib import resources

    text = (resources.files("asm_rv32.lint") / "csr_of_cores.toml").read_text("utf-8")
    return tomllib.loads(text)


def known_cores() -> tuple[str, ...]:
    """The cores whose registers are known."""
    return tuple(_table())


def _holds(items: list[Any], number: int) -> bool:
    return any(
        item == number if isinstance(item, int) else item[0] <= number <= item[1] for item in items
    )


def missing(flow: Flow, core: str) -> Iterator[Diagnostic]:
    """A warning for each access to a register that the core does not have."""
    row = _table()[core]
    for node in flow.nodes:
        found = node.effect
        if not found.name.startswith("csrr") or found.control == "end":
            continue
        number = found.immediate
        lacks = not _holds(row["only"], number) if "only" in row else _holds(row["lacks"], number)
        if not lacks:
            continue
        name = csr_names().get(number)
        shown = f"{number:#x} ({name})" if name else f"{number:#x}"
        instead = row.get("instead", {}).get(name or "")
        help_ = (f"help: {instead}",) if instead else ()
        yield Diagnostic(
            "missing-csr",
            f"{row['title']} has no control and status register {shown}: this traps there",
            node.span,
            (*help_, f"note: {row['source']}"),
            "warning",
        )
