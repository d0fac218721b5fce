"""Our disassembly assembled by GNU as, and the bytes compared.

Input: images. Output: a `Finding` for each instruction that GNU as encodes otherwise.
Invariant: every instruction goes through text; only data, and the instructions that
gnu_limits.toml says GNU as does not know, are passed as numbers.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping

from asm_rv32.basis import binutils
from asm_rv32.formats.elf import isa_names
from asm_rv32.formats.gnu_limits import is_refused, unknown_extensions
from asm_rv32.formats.layout import layout
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import data_text, target, text
from asm_rv32.verify import Finding, Outcome

_ANCHOR_DISTANCE = 1024


def check(functions: Mapping[str, Image]) -> Outcome:
    """Every disagreement. Raises ToolMissing, ProgramError."""
    unchecked = dict.fromkeys(functions, 0)
    lines = [".option norelax"]
    for number, (name, image) in enumerate(functions.items()):
        lines += _source(name, image, number, unchecked)
    theirs = assembled("\n".join([*lines, ""]), functions)
    _, offsets = layout(functions)
    findings = []
    for name, image in functions.items():
        start = offsets[name]
        instructions = instruction_set(image.isa)
        for entry in image.entries:
            at = start + entry.address
            own = image.code[entry.address : entry.address + entry.size]
            if theirs[at : at + entry.size] != own:
                found = decode(int.from_bytes(own, "little"), instructions)
                shown = "data" if found is None else text(found, entry.address, syntax="gnu")
                other = theirs[at : at + entry.size].hex()
                findings.append(Finding(name, entry.address, f"{own.hex()}: {shown}", other))
    return Outcome(findings, unchecked)


def assembled(source: str, functions: Mapping[str, Image]) -> bytes:
    """What GNU as makes of a source. Raises ToolMissing, ProgramError."""
    from tempfile import TemporaryDirectory

    from asm_rv32.formats.elf_reader import ElfError, sections

    march = isa_names([image.isa for image in functions.values()], unknown_extensions())
    abi = "ilp32e" if march.startswith("rv32e") else "ilp32"
    with TemporaryDirectory(prefix="asmrv32-") as folder:
        path, out = os.path.join(folder, "code.s"), os.path.join(folder, "code.o")
        with open(path, "w", encoding="utf-8") as file:
            file.write(source)
        binutils.run("as", [f"-march={march}", f"-mabi={abi}", "-o", out, path])
        try:
            with open(out, "rb") as made:
                return next((found.code for found in sections(made.read())), b"")
        except (OSError, ElfError) as error:
            raise binutils.ProgramError(f"as: its output cannot be read: {error}") from None


def _source(name: str, image: Image, number: int, unchecked: dict[str, int]) -> Iterator[str]:
    """The function in GNU's syntax.

    A target is written as a distance from an anchor, a label behind which nothing is left to be
    laid out: with labels in front of it GNU as takes the longer of two forms where the shorter
    only just reaches. The distance must fit 16 bits, hence an anchor every kilobyte.
    """
    instructions = instruction_set(image.isa)
    yield ".balign 4, 0"
    width, anchor = 0, -_ANCHOR_DISTANCE
    for address, size, _, is_code in image.entries:
        if address - anchor >= _ANCHOR_DISTANCE:
            anchor = address
            yield f".L{number}_{anchor:x}:"
        raw = image.code[address : address + size]
        found = decode(int.from_bytes(raw, "little"), instructions) if is_code else None
        if found is None:
            yield data_text(raw, "gnu")
            continue
        if size != width:
            width = size
            # The choice of the size is ours: GNU as shall neither shorten nor refuse.
            yield ".option rvc" if size == 2 else ".option norvc"
        to = target(found, address)
        labels = {} if to is None else {to: f".L{number}_{anchor:x}{_distance(anchor, to):+d}"}
        written = text(found, address, labels, "gnu")
        if is_refused(found, written):
            unchecked[name] += 1
            yield data_text(raw, "gnu")
        else:
            yield written


def _distance(start: int, end: int) -> int:
    """Between two addresses, which may lie on both sides of 0."""
    return (end - start + (1 << 31)) % (1 << 32) - (1 << 31)
