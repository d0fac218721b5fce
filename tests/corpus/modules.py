"""A file as a module of Python's, wherever it lies."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType


def module_at(path: Path, name: str = "") -> ModuleType:
    """The module that a file is, executed anew; by its own name, or by another."""
    specification = importlib.util.spec_from_file_location(name or path.stem, path)
    assert specification is not None and specification.loader is not None
    module = importlib.util.module_from_spec(specification)
    specification.loader.exec_module(module)
    return module


def module_of(text: str, path: Path) -> ModuleType:
    """A text as a module, in a file that is written."""
    path.write_text(text)
    return module_at(path)
