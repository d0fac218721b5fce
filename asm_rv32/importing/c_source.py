"""C as source of this assembler: what gcc makes of it, and what that calls of gcc's library.

Input: the path of a C file, and flags for gcc. Output: the text of a Python file.
Invariant: gcc is run by `importing.gcc` alone. What neither the file nor gcc's library has stays an
`extern`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.formats.archive import ArchiveError, members
from asm_rv32.formats.elf_reader import ElfError, read
from asm_rv32.importing import gcc
from asm_rv32.importing.gnu import Options, import_statements
from asm_rv32.importing.items import LEFT_OUT, Mark, Sections
from asm_rv32.importing.joining import references
from asm_rv32.importing.members import Files, needed
from asm_rv32.importing.object_names import Object, Objects
from asm_rv32.importing.objects import object_sections
from asm_rv32.importing.parameters import Parameters
from asm_rv32.importing.python import Written
from asm_rv32.importing.sections import sections
from asm_rv32.importing.statements import statements
from asm_rv32.importing.units import units
from asm_rv32.isa.joined import joined_isa

DEFAULT = ("-O2",)
"""What gcc is given where nothing is."""
_OF_C = re.compile(r"# [^\n]*?:\d+: (.*)")
_COMMENT = re.compile(r"\s*#.*")


def import_c(path: str, options: Options, flags: Sequence[str]) -> Written:
    """The Python file of a C source.

    Raises AssemblyError, NoSuchFunction, ToolMissing, GccError.
    """
    flags = gcc.checked(flags) or DEFAULT
    options = options.for_gcc(flags)
    isa = options.isa
    text = "\n".join(readable(gcc.compiled(path, isa, flags)))
    source = Source(path, text + "\n")
    try:
        return import_statements(
            source, statements(source), options, lambda found: completed(found, isa),
            declared(path, isa, flags),
        )  # fmt: skip
    except AssemblyError as error:
        # The places are those of gcc's assembly, which nobody has seen.
        source = Source(f"{path}, as gcc compiles it", error.source.text)
        raise AssemblyError(error.diagnostics, source) from None


def declared(path: str, isa: str, flags: Sequence[str]) -> dict[str, int]:
    """Symbol → how many registers the function's parameters take, of all that gcc can tell of.

    Without optimisation, gcc stores each parameter where the function begins, unused ones too.
    """
    try:
        text = gcc.compiled(path, isa, [*flags, "-O0", "-w"])
        found = units(sections(statements(Source(path, text)), isa, True))
    except (AssemblyError, gcc.GccError):
        return {}  # there is inline assembly that needs constants
    known = Parameters(found)
    return {unit.symbol: known.of(index) for index, unit in enumerate(found.units) if unit.is_code}


def readable(text: str) -> Iterator[str]:
    """gcc's assembly without its remarks, each line of C as a comment where it begins."""
    last = ""
    for line in text.splitlines():
        if line.startswith("#"):
            of_c = _OF_C.fullmatch(line)
            if of_c and of_c[1].strip() != last:
                last = of_c[1].strip()
                yield f"# {last}"
        elif line.startswith("\t") and line[1:2] not in (".", ""):
            yield _COMMENT.sub("", line)
        else:
            if line[:1] not in ("\t", "", "."):
                last = ""
            yield line


# ---- what is called of gcc's library


def completed(found: Sections, isa: str) -> Sections:
    """The same with those functions of gcc's library that something in it needs."""
    undefined = _undefined(found)
    files = _needed_files(undefined, isa) if undefined else ()
    if not files:
        return found
    objects = Objects()
    for section in found.sections:
        objects.section_name(section.name)
        for item in section.items:
            if isinstance(item.content, Mark):
                objects.own_name(item.content.name)
    of_library = object_sections([Object(objects, name, file) for name, file in files], objects)
    # What the library has is the file's own: other files bring it along as well.
    private = of_library.said._replace(globals=set(), weak=set())
    said = type(found.said)(
        *(one | other for one, other in zip(found.said, private))  # type: ignore[operator]
    )
    loaded = [section for section in of_library.sections if section.kind != LEFT_OUT]
    return Sections(
        [*found.sections, *loaded],
        said,
        {**found.constants, **of_library.constants},
        joined_isa([found.isa, of_library.isa]),
        [*found.wrong, *of_library.wrong],
    )


def _undefined(found: Sections) -> set[str]:
    """The names that are used and stand nowhere."""
    used: set[str] = set()
    marks: set[str] = set()
    for section in found.sections:
        for item in section.items:
            used.update(references(item))
            if isinstance(item.content, Mark):
                marks.add(item.content.name)
    return used - marks - found.said.common.keys() - found.constants.keys()


def _needed_files(names: set[str], isa: str) -> Files:
    """The members of gcc's library that have what is needed, and what these need."""
    try:
        files = [(member.name, read(member.data)) for member in members(gcc.library(isa))]
        files.append(("memory.o", read(gcc.memory_object(isa, ["-Os"]))))
    except (ElfError, ArchiveError) as error:
        raise gcc.GccError(f"its library is {error}") from None
    return needed(files, sorted(names))
