"""Images made by GNU as, so that the machine is tested apart from our own assembler.

Input: assembly text of GNU as. Output: an Image whose entries are as's own listing.
"""

from __future__ import annotations

import re
import tempfile
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path

from corpus import toolchain

from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.isa.image import Entry, Image

LISTED = re.compile(r"^ *(\d+) ([0-9a-f]{4,}) ([0-9A-F]+)(?:\s|$)")
MORE = re.compile(r"^ *(\d+)      +([0-9A-F]+)(?:\s|$)")


@lru_cache(maxsize=1024)
def assemble(text: str, march: str) -> tuple[bytes, str]:
    """The text section placed at 0, and as's listing."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "x.s").write_text(text + "\n")
        gas = (f"{toolchain.GNU}as", f"-march={march}", "-mabi=ilp32", "-al")
        listing = toolchain.run(*gas, "x.s", "-o", "x.o", folder=folder).stdout
        link = (f"{toolchain.GNU}ld", "-melf32lriscv", "-Ttext=0", "-e0", "--no-relax")
        toolchain.run(*link, "x.o", "-o", "x.elf", folder=folder)
        return toolchain.text_section(folder, "x.elf"), listing


def image(
    text: str,
    parameters: Sequence[str] = (),
    *,
    returns: str = "int",
    isa: str = "rv32imac",
    name: str = "function",
) -> Image:
    """The Image of a text; `.word` and its like are data, every other line is code."""
    code, listing = assemble(text, isa + "_zicsr_zifencei")
    source = Source(f"{name}.s", text)
    sizes: dict[int, int] = {}
    starts: dict[int, int] = {}
    for row in listing.splitlines():
        if found := LISTED.match(row):
            line = int(found[1])
            starts.setdefault(line, int(found[2], 16))
            sizes[line] = sizes.get(line, 0) + len(found[3]) // 2
        elif found := MORE.match(row):
            sizes[int(found[1])] += len(found[2]) // 2
    entries = []
    for line, start in starts.items():
        written = source.line(line)
        begin = source.line_starts[line - 1] + len(written) - len(written.lstrip())
        span = Span(begin, source.line_starts[line - 1] + len(written))
        is_code = not re.search(r"\.(word|half|byte|space|string|align)", written)
        at, end = start, start + sizes[line]
        while at < end:
            size = (4 if code[at] & 3 == 3 else 2) if is_code else end - at
            entries.append(Entry(at, size, span, is_code))
            at += size
    assert sum(entry.size for entry in entries) == len(code), listing
    registers = tuple(range(10, 10 + len(parameters)))
    return Image(
        name=name,
        qualified_name=name,
        code=code,
        entries=tuple(entries),
        symbols={},
        parameters=tuple(parameters),
        registers=registers,
        returns=returns,
        isa=isa,
        span=Span(0, len(text)),
        source=source,
    )
