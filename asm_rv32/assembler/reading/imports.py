"""Other files of a project, for the names that a file imports.

Input: a module's name as an import writes it, and the file that imports it. Output: its names.
Invariant: files of the project alone are read, none of them is executed: those in the folder of
the file that is assembled, in the root of its package, and below these. Their number and size are
bounded; a circle of imports ends where a file is still being read.
"""

from __future__ import annotations

import os
from collections.abc import Iterable

from asm_rv32.assembler.reading.program import Namespace, Program
from asm_rv32.assembler.reading.scopes import World
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import Any

FILE_LIMIT = 256
"""So many files of a project are read."""
TEXT_LIMIT = 16 << 20
"""They have at most so many bytes altogether."""
DEPTH_LIMIT = 20
"""So often a name that is imported may be imported itself."""


class Project:
    """The files around the one that is assembled."""

    def __init__(self, home: World) -> None:
        self.home = home
        """Of the file that is assembled."""
        self.programs: dict[str, Program | None] = {}
        """Path → what was read; None while it is read, of what cannot be, and of the file that is
        assembled."""
        self.left = TEXT_LIMIT
        self.depth = 0
        self.roots: list[str] = []
        self.path = path = home.source.path
        if os.path.isfile(path):
            self.path = path = os.path.realpath(path)
            self.programs[path] = None
            folder = os.path.dirname(path)
            self.roots = list(dict.fromkeys((folder, _package_root(folder))))

    def find(self, module: str, importer: str) -> str | None:
        """The file, or the folder, that a module's name stands for in the file `importer`."""
        name = module.lstrip(".")
        level = len(module) - len(name)
        parts = name.split(".") if name else []
        folders = self.roots
        if level:
            folder = os.path.dirname(os.path.realpath(importer))
            for _ in range(level - 1):
                folder = os.path.dirname(folder)
            folders = [folder]
        for folder in folders:
            found = self.inside(os.path.join(folder, *parts))
            if found is not None:
                return found
        return None

    def inside(self, base: str) -> str | None:
        """`base.py`, or the folder `base`, where it stands in the project."""
        for path in (f"{base}.py", base):
            if os.path.isdir(path) if path == base else os.path.isfile(path):
                real = os.path.realpath(path)
                if any(os.path.commonpath((root, real)) == root for root in self.roots):
                    return real
        return None

    def program(self, path: str, world: World) -> Program | None:
        """A file as it is read; None where it is being read, or cannot be."""
        if path == self.path:
            return self.home.program  # type: ignore[no-any-return]
        if path in self.programs:
            return self.programs[path]
        if len(self.programs) >= FILE_LIMIT:
            return None
        self.programs[path] = None
        try:
            size = os.path.getsize(path)
            if size > self.left:
                return None
            self.left -= size
            with open(path, encoding="utf-8") as file:
                text = file.read(size)
        except (OSError, ValueError):
            return None
        self.programs[path] = world.read(Source(path, text), self)
        return self.programs[path]


def _package_root(folder: str) -> str:
    """The folder in which the package stands that a folder belongs to; itself for none."""
    while os.path.isfile(os.path.join(folder, "__init__.py")):
        above = os.path.dirname(folder)
        if above == folder:
            break
        folder = above
    return folder


class Module(Namespace):
    """A file of a project, or a package."""

    __slots__ = ("path", "project", "world")

    def __init__(self, path: str, project: Project, world: World) -> None:
        self.path = path
        self.project = project
        self.world = world

    def program(self) -> Program | None:
        """What is read of it."""
        path = self.path
        if not path.endswith(".py"):
            path = os.path.join(path, "__init__.py")
            if not os.path.isfile(path):
                return None
        return self.project.program(path, self.world)

    def find(self, name: str) -> Any:
        program = self.program()
        value = program.names.get(name) if program else None
        if value is None and not self.path.endswith(".py"):
            inner = self.project.inside(os.path.join(self.path, name))
            return Module(inner, self.project, self.world) if inner else None
        return value

    def names(self) -> Iterable[str]:
        """The names that `from module import *` binds."""
        program = self.program()
        return [name for name in program.names if name[0] != "_"] if program else ()


def project_of(world: World) -> Project:
    """The project that a file belongs to."""
    if world.project is None:
        world.project = Project(world)
    project: Project = world.project
    return project


def imported(module: str, asked: str, world: World) -> Any:
    """What `from module import asked`, or `import module`, gives; None where it is not there."""
    project = project_of(world)
    path = project.find(module, world.source.path)
    if path is None:
        return None
    found = Module(path, project, world)
    if not asked:
        return found
    if project.depth >= DEPTH_LIMIT:
        return None
    project.depth += 1
    try:
        return found.find(asked)
    finally:
        project.depth -= 1
