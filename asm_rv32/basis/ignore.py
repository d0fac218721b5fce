"""Comments that silence findings: `# asm: ignore[code, code]` on the line of the finding.

Input: diagnostics and their source. Output: those that no comment takes away.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from asm_rv32.basis.diagnostics import Diagnostic, Source

COMMENT = re.compile(r"#\s*asm:\s*ignore\[([^\]\n]*)\]")


def heeded(diagnostics: Iterable[Diagnostic], source: Source) -> tuple[Diagnostic, ...]:
    """The diagnostics without those that a comment on one of their lines ignores."""
    return tuple(found for found in diagnostics if not _ignored(found, source))


def _ignored(found: Diagnostic, source: Source) -> bool:
    first = source.locate(found.span.start)[0]
    last = source.locate(max(found.span.start, found.span.end - 1))[0]
    return any(
        found.code in re.split(r"[\s,]+", codes)
        for line in range(first, last + 1)
        for codes in COMMENT.findall(source.line(line))
    )
