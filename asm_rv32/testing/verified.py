"""Verification as tests: an item for each assembler function of a file, held against objdump."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from asm_rv32.basis.diagnostics import AssemblyError

if TYPE_CHECKING:
    from asm_rv32.isa.image import Image

MENTIONED = b"asm_rv32"
"""What a file with assembler functions has in it, be it in a decorator or an import."""
SHOWN = 20
"""Disagreements shown of a function."""


class VerifiedFile(pytest.File):
    """A Python file, read and never imported, whose assembler functions are verified."""

    @classmethod
    def of(cls, path: Path, parent: pytest.Collector) -> VerifiedFile | None:
        """The file, if it can have assembler functions."""
        if MENTIONED not in path.read_bytes():
            return None
        found: VerifiedFile = cls.from_parent(parent, path=path, name=f"{path.name}[verify]")
        return found

    def collect(self) -> Iterator[pytest.Item]:
        """An item a function. Raises AssemblyError, which pytest shows as it stands."""
        from asm_rv32.assembler.pipeline import assemble
        from asm_rv32.commands.configuration import configuration
        from asm_rv32.verify import to_check

        asked = configuration(str(self.path))
        given = {name: value for name in ("isa", "dialect") if (value := getattr(asked, name))}
        text = self.path.read_bytes().decode("utf-8")
        module = assemble(text, path=str(self.path), **given)
        for name, image in to_check(module).items():
            item: pytest.Item = Verified.from_parent(self, name=name, image=image)
            yield item

    def repr_failure(
        self, excinfo: pytest.ExceptionInfo[BaseException], style: object = None
    ) -> str:
        """The diagnostics of a file that does not assemble, without a traceback."""
        if isinstance(excinfo.value, AssemblyError):
            return excinfo.value.render()
        return str(super().repr_failure(excinfo))


class Verified(pytest.Item):
    """Whether objdump reads a function's bytes as what its source says."""

    def __init__(self, *, image: Image, **rest: object) -> None:
        super().__init__(**rest)  # type: ignore[arg-type]
        self.image = image

    def runtest(self) -> None:
        """Compare, instruction by instruction."""
        from asm_rv32.basis.binutils import ProgramError
        from asm_rv32.verify import objdump

        try:
            outcome = objdump.check({self.name: self.image})
        except ProgramError as error:
            pytest.fail(str(error), pytrace=False)
        found = [f"{self.name}+{each.address:#x}: {each.ours}; objdump: {each.theirs}"
                 for each in outcome.findings]  # fmt: skip
        if len(found) > SHOWN:
            found[SHOWN:] = [f"{len(found) - SHOWN} more"]
        if found:
            pytest.fail("\n".join(found), pytrace=False)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where the function stands."""
        line = self.image.source.locate(self.image.span.start)[0]
        return self.path, line - 1, f"verify {self.name}"
