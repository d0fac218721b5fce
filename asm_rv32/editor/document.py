"""A file as it stands in an editor, and all that can be told of it at once.

Input: its text, and what its project says of how it is assembled. Output: `Document`: its outline,
the functions that have no mistake, and what is wrong.
Invariant: nothing is executed or imported. Whatever the text is, there is a document.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cached_property
from typing import NamedTuple

from asm_rv32.analysis.lint import lint, lint_all
from asm_rv32.assembler.pipeline import Module, examine
from asm_rv32.basis.diagnostics import (
    DIAGNOSTIC_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
    in_order,
)
from asm_rv32.editor.outline import Block, Outline, outline
from asm_rv32.isa.image import Image
from asm_rv32.isa.own_tables import OwnTable, with_tables
from asm_rv32.isa.sets import DEFAULT_ISA, InstructionSet, IsaError, instruction_set, known_isa


class Project(NamedTuple):
    """How the files of a project are assembled and checked."""

    isa: str | None = None
    dialect: str = "asm_rv32"
    core: str | None = None
    board: str | None = None
    tables: tuple[OwnTable, ...] = ()
    ignore: tuple[str, ...] = ()
    """Codes of findings to leave out."""

    @property
    def whole_isa(self) -> str:
        """The ISA string with the project's own instructions. Raises IsaError."""
        isa = self.isa or DEFAULT_ISA
        if self.isa is None and self.board is not None:
            from asm_rv32.boards import load_board

            isa = known_isa(load_board(self.board).isa)
        return with_tables(isa, self.tables) if self.tables else isa

    @property
    def known_core(self) -> str | None:
        """The core that cycles are told for, where its costs are known."""
        from asm_rv32.cores import core_names

        core = self.core
        if core is None and self.board is not None:
            from asm_rv32.boards import load_board

            core = load_board(self.board).core
        return core if core in core_names() else None


PLAIN = Project()


class Document:
    """A file, and what is told of it; all of it is found when it is first asked for."""

    def __init__(self, path: str, text: str, project: Project = PLAIN) -> None:
        self.text = text
        self.source = Source(path, text)
        self.project = project

    @cached_property
    def outline(self) -> Outline:
        """Where its words stand."""
        return outline(self.source)

    @cached_property
    def is_ours(self) -> bool:
        """Whether there is anything of the assembler in it."""
        return "asm_" in self.source.text

    @cached_property
    def module(self) -> Module | None:
        """Its functions without mistakes; None where nothing can be read."""
        try:
            return examine(
                self.source.text, path=self.source.path, isa=self.project.isa,
                dialect=self.project.dialect, tables=self.project.tables, board=self.project.board,
            )  # fmt: skip
        except AssemblyError as error:
            self._refused = error.diagnostics
        except (RecursionError, MemoryError):
            self._refused = (Diagnostic("too-large", "the file needs too much memory", Span(0, 1)),)
        return None

    @cached_property
    def images(self) -> Mapping[str, Image]:
        """The functions that have machine code, by name."""
        found = {}
        for name in self.module.functions if self.module is not None else ():
            try:
                found[name] = self.module.functions[name]  # type: ignore[union-attr]
            except (AssemblyError, RecursionError, MemoryError):
                continue
        return found

    @cached_property
    def mistakes(self) -> tuple[Diagnostic, ...]:
        """What assembling says, in the order of the text."""
        if not self.is_ours:
            return ()
        module = self.module
        said = self._refused if module is None else module.diagnostics
        # An error that another file has blames no place here.
        return in_order(said)[:DIAGNOSTIC_LIMIT]

    @cached_property
    def warnings(self) -> Mapping[str, tuple[Diagnostic, ...]]:
        """What lint finds in each function that has machine code."""
        if self.module is None:
            return {}
        if not any(each.severity == "error" for each in self.module.diagnostics):
            try:
                return lint_all(self.module, self.project.core)
            except (AssemblyError, RecursionError, MemoryError):
                return {}
        return {name: lint(image, self.project.core) for name, image in self.images.items()}

    @cached_property
    def diagnostics(self) -> tuple[Diagnostic, ...]:
        """Mistakes and warnings but for those that the project leaves out."""
        found = [*self.mistakes, *(each for said in self.warnings.values() for each in said)]
        ignored = self.project.ignore
        kept = (each for each in found if each.severity == "error" or each.code not in ignored)
        return in_order(kept)[:DIAGNOSTIC_LIMIT]

    def instructions(self, block: Block | None) -> InstructionSet:
        """The instructions that a block may use: those of its decorator, else of the project."""
        module = self.module
        if block is not None and module is not None:
            for unit in module.functions.units.values():
                if block.span.start <= unit.span.start < block.span.end and unit.job is not None:
                    return unit.job.job.instructions
        for isa in (*_isa_of(block), self.project.whole_isa):
            try:
                return instruction_set(isa)
            except IsaError:
                continue
        return instruction_set()

    def image_of(self, block: Block) -> Image | None:
        """The machine code of a block, if it has any."""
        for image in self.images.values():
            if block.span.start <= image.span.start < block.span.end:
                return image
        return None


def _isa_of(block: Block | None) -> Iterator[str]:
    """The ISA string in a block's decorator, if one stands there."""
    import re

    found = re.search(r"""\bisa\s*=\s*["']([^"']*)["']""", block.decorator) if block else None
    if found:
        yield found[1]
