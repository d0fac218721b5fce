"""A C function as an alternative: compiled by gcc or clang, linked flat, run in the same machine.

Input: a C file, flags, the function to compare with. Output: a `Variant`.
Invariants: the C function stands at the image's start, its code's lines are those of the C file;
nothing of the host's C library is used. What may be given to a compiler is the matter of
`importing.gcc`.
"""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from pathlib import Path

from asm_rv32.basis.binutils import ProgramError
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.importing import clang, gcc
from asm_rv32.importing.gcc import ISA
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.sets import IsaError, instruction_set, parse_isa
from asm_rv32.machine.memory import CODE
from asm_rv32.report.pricing import Measured
from asm_rv32.report.variants import Conditions, Variant, VariantError

if TYPE_CHECKING:
    from elftools.elf.elffile import ELFFile

FLAGS = "-O2"
FIXED = (
    f"-march={ISA}", "-mabi=ilp32", "-ffreestanding", "-fno-pic", "-mcmodel=medany",
    "-ffunction-sections", "-fdata-sections", "-fno-asynchronous-unwind-tables",
    "-msmall-data-limit=0", "-g",
)  # fmt: skip
"""What every compilation has: code alone, and the debug information that tells its lines."""

_SCRIPT = """\
ENTRY({name})
SECTIONS {{
  . = {base:#x};
  .first : {{ *(.text.{name}) }}
  .text : {{ *(.text .text.*) }}
  .data : {{ *(.rodata .rodata.* .srodata .srodata.* .data .data.* .sdata .sdata.*)
            *(.sbss .sbss.* .bss .bss.* COMMON) }}
  /DISCARD/ : {{ *(.comment .riscv.attributes .note.* .eh_frame*) }}
}}
"""
NO_LINE = Span(0, 0)


class _Linked(NamedTuple):
    """A C function in a flat image, and what its declaration says."""

    image: Image
    returns_something: bool
    parameters: int
    inputs: tuple[str, ...] = ()


class _Source(NamedTuple):
    """What is compiled again for each placement."""

    ours: Image
    path: str
    flags: list[str]
    compiler: Compiler


class _Section(NamedTuple):
    """A stretch of the flat image."""

    offset: int
    data: bytes
    is_code: bool


class Compiler(NamedTuple):
    """A program that makes objects of C, and takes flags as gcc does."""

    run: Callable[[Sequence[str]], str]
    """Runs it with arguments: what it prints. Raises ToolMissing, VariantError."""
    release: Callable[[], str]
    """Its name and version. Raises as `run`."""


class CVariant(Variant):
    """A C function; linked again for each placement."""

    def __init__(self, name: str, path: str, flags: str, ours: Image, compiler: Compiler) -> None:
        given = flags_of(flags)
        release = compiler.release()
        title = f"{ours.name} of {path}, {release} {flags}, freestanding, {_isa(given)}/ilp32"
        self._source = _Source(ours, path, given, compiler)
        self._linked = {0: _build(self._source, 0)}
        super().__init__(name, title, self._linked[0].image)
        self.has_result = self._linked[0].returns_something
        self.inputs = self._linked[0].inputs

    def measure(self, values: Sequence[object], placement: int, given: Conditions) -> Measured:
        """As the others; the code is linked for where it stands."""
        if placement not in self._linked:
            self._linked[placement] = _build(self._source, placement)
        self.image = self._linked[placement].image
        return super().measure(values, placement, given)


def c_variant(name: str, ours: Image, path: str, flags: str, compiler: str = "gcc") -> Variant:
    """The C function of the same name, by one of `COMPILERS`. Raises ToolMissing, VariantError."""
    return CVariant(name, path, flags or FLAGS, ours, COMPILERS[compiler])


def _run(program: str, arguments: Sequence[str]) -> str:
    try:
        return gcc.run(program, arguments)
    except gcc.GccError as error:
        raise VariantError(f"gcc: {error}") from None


def _run_clang(arguments: Sequence[str]) -> str:
    try:
        return clang.run(arguments)
    except ProgramError as error:
        raise VariantError(str(error)) from None


COMPILERS = {
    "gcc": Compiler(
        lambda arguments: _run("gcc", arguments),
        lambda: "gcc " + _run("gcc", ["-dumpfullversion"]).strip(),
    ),
    "clang": Compiler(_run_clang, clang.release),
}
"""Name in `--against` → what compiles there. What is not C, gcc's binutils and library, links."""


def flags_of(text: str) -> list[str]:
    """The flags that a text lists, as a shell reads it. Raises VariantError."""
    try:
        return gcc.flags_of(text)
    except gcc.GccError as error:
        raise VariantError(f"gcc: {error}") from None


def _isa(flags: Sequence[str]) -> str:
    """The ISA that the flags ask for: the last has it."""
    isa = next((flag[7:] for flag in reversed(flags) if flag.startswith("-march=")), ISA)
    try:
        parse_isa(isa)
    except IsaError as error:
        raise VariantError(f"gcc: {error}") from None
    return isa


def _build(given: _Source, placement: int) -> _Linked:
    ours, path, flags, compiler = given
    if not os.path.isfile(path):
        raise VariantError(f"gcc: there is no file {path}")
    name, base = ours.name, CODE + placement
    if not name.isidentifier() or not name.isascii():
        raise VariantError(f"gcc: {name!r} is no name in C")
    with tempfile.TemporaryDirectory(prefix="asm_rv32-") as directory:
        folder = Path(directory)
        # gcc looks for a precompiled header, whose bytes it trusts, in place of the first one only.
        (folder / "first.h").touch()
        (folder / "flat.ld").write_text(_SCRIPT.format(name=name, base=base))
        compiled, rule, memory, linked = (
            str(folder / name) for name in ("function.o", "function.d", "memory.o", "linked.elf")
        )
        after = ["-idirafter", gcc.FREESTANDING, "-include", str(folder / "first.h")]
        # Behind a dot or a slash, no name is an option or a file of options.
        source = ["-x", "c", "-c", os.path.join(os.curdir, path)]
        compiler.run([*FIXED, *after, *flags, "-MD", "-MF", rule, *source, "-o", compiled])
        plain = ["-O2", "-fno-tree-loop-distribute-patterns", "-g0"]
        _run("gcc", [*FIXED, *after, *plain, "-c", gcc.MEMORY, "-o", memory])
        _run("ar", ["rcs", str(folder / "libmemory.a"), memory])
        libgcc = _run("gcc", ["-march=rv32imac", "-mabi=ilp32", "-print-libgcc-file-name"]).strip()
        _run(
            "ld",
            ["-m", "elf32lriscv", "--gc-sections", "--no-relax", "-T", str(folder / "flat.ld"),
             "-L", directory, compiled, "--start-group", "-lmemory", libgcc, "--end-group",
             "-o", linked],
        )  # fmt: skip
        with open(linked, "rb") as file:
            built = _read(file, ours, path, base, _isa(flags))
        return built._replace(inputs=_prerequisites(Path(rule).read_text("utf-8", "replace")))


def _prerequisites(rule: str) -> tuple[str, ...]:
    """The files that a rule for make names, written as gcc does: the C file and its headers."""
    names = re.split(r"(?<!\\)\s+", rule.replace("\\\n", " ").partition(": ")[2])
    return tuple(re.sub(r"\\([ #])", r"\1", name).replace("$$", "$") for name in names if name)


def _read(file: Any, ours: Image, path: str, base: int, isa: str) -> _Linked:
    from elftools.common.exceptions import DWARFError, ELFError
    from elftools.elf.elffile import ELFFile

    try:
        elf = ELFFile(file)
        symbol = _symbols(elf).get_symbol_by_name(ours.name)
        if not symbol or symbol[0]["st_info"]["type"] != "STT_FUNC":
            raise VariantError(f"gcc: {path} has no function {ours.name}")
        if symbol[0]["st_value"] != base:
            raise VariantError(f"gcc: {ours.name} cannot stand at {base % 4} modulo 4")
        sections = _sections(elf, base)
        lines = _lines(elf, path, base, sum(len(section.data) for section in sections))
        declared = _declaration(elf, ours.name)
    except (
        ELFError, DWARFError, AttributeError, LookupError, TypeError, AssertionError,
        UnicodeDecodeError, OverflowError,
    ) as error:  # fmt: skip
        raise VariantError(f"gcc: its output cannot be read: {error}") from None
    if declared is None or declared[1] != len(ours.parameters):
        taken = "?" if declared is None else declared[1]
        raise VariantError(
            f"gcc: {ours.name} of {path} takes {taken} parameters, {ours.qualified_name} takes "
            f"{len(ours.parameters)}"
        )
    source = Source(path, Path(path).read_text("utf-8", "replace"))
    code, entries = _laid_out(sections, source, lines, isa)
    image = Image(
        ours.name,
        ours.name,
        code,
        tuple(entries),
        {ours.name: 0},
        ours.parameters,
        tuple(range(10, 10 + len(ours.parameters))),
        ours.returns,
        isa,
        Span(0, 0),
        source,
    )
    return _Linked(image, *declared)


def _laid_out(
    sections: Sequence[_Section], source: Source, lines: Mapping[int, int], isa: str
) -> tuple[bytes, list[Entry]]:
    """The bytes of all sections, and their instructions with the lines that they come from."""
    code = b""
    entries: list[Entry] = []
    for section in sections:
        if section.offset > len(code):
            entries.append(Entry(len(code), section.offset - len(code), NO_LINE, False))
            code += bytes(section.offset - len(code))
        if not section.is_code:
            entries.append(Entry(section.offset, len(section.data), NO_LINE, False))
        else:
            for found in decode_all(section.data, instruction_set(isa)):
                at = section.offset + found.address
                span = _span(source, lines.get(at))
                entries.append(Entry(at, found.size, span, found.instruction is not None))
        code += section.data
    return code, entries


def _symbols(elf: ELFFile) -> Any:
    return elf.get_section_by_name(".symtab")


def _sections(elf: ELFFile, base: int) -> list[_Section]:
    """What the script puts behind each other, without what is empty."""
    found = []
    for name in (".first", ".text", ".data"):
        section = elf.get_section_by_name(name)
        if section is not None and section["sh_size"]:
            empty = section["sh_type"] == "SHT_NOBITS"
            data = bytes(section["sh_size"]) if empty else section.data()
            found.append(_Section(section["sh_addr"] - base, data, name != ".data"))
    return found


def _span(source: Source, line: int | None) -> Span:
    if line is None or not 0 < line <= len(source.line_starts):
        return NO_LINE
    start = source.line_starts[line - 1]
    return Span(start, start + 1)


def _lines(elf: ELFFile, path: str, base: int, size: int) -> dict[int, int]:
    """Offset of each instruction → its line of the C file itself, from the line table."""
    found: dict[int, int] = {}
    name = os.fsencode(os.path.basename(path))
    for unit in elf.get_dwarf_info().iter_CUs():
        program = elf.get_dwarf_info().line_program_for_CU(unit)
        if program is None:
            continue
        # Files have numbers from 1 up to DWARF 4, and from 0 in DWARF 5.
        files = enumerate(program["file_entry"], program["version"] < 5)
        own = {number for number, file in files if os.path.basename(file.name) == name}
        states = [entry.state for entry in program.get_entries() if entry.state is not None]
        for state, after in pairwise(states):
            if state.end_sequence or state.address == after.address:
                continue
            first, last = state.address - base, min(after.address - base, size)
            line = state.line if state.file in own else None
            for offset in range(max(first, 0), last, 2):
                if line:
                    found[offset] = line
    return found


def _declaration(elf: ELFFile, name: str) -> tuple[bool, int] | None:
    """Whether the function returns anything, and how many parameters it has."""
    for unit in elf.get_dwarf_info().iter_CUs():
        for entry in unit.get_top_DIE().iter_children():
            called = entry.attributes.get("DW_AT_name")
            if entry.tag != "DW_TAG_subprogram" or called is None:
                continue
            if called.value.decode() == name and "DW_AT_low_pc" in entry.attributes:
                parameters = [
                    child
                    for child in entry.iter_children()
                    if child.tag == "DW_TAG_formal_parameter"
                ]
                return "DW_AT_type" in entry.attributes, len(parameters)
    return None
