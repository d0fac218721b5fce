"""Objects, archives and linked programs as source of this assembler: the list of stages.

Input: the bytes of a file. Output: the text of a Python file, or an `AssemblyError` with all that
has no form.
Invariant: what comes out has been assembled. Time and memory are bounded by the file's length.
"""

from __future__ import annotations

import os
from collections.abc import Sequence

from asm_rv32.assembler.budget import ITEM_LIMIT
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source
from asm_rv32.formats.archive import MAGIC, ArchiveError, members
from asm_rv32.formats.elf_reader import (
    SHF_EXECINSTR,
    SHF_MERGE,
    SHF_STRINGS,
    SHF_TLS,
    SHF_WRITE,
    ElfError,
    ElfFile,
    Section,
    read,
)
from asm_rv32.importing import items
from asm_rv32.importing.folding import Templates
from asm_rv32.importing.gnu import Options, no_such_function, python_file
from asm_rv32.importing.items import Item, Sections
from asm_rv32.importing.members import functions, needed
from asm_rv32.importing.object_code import CodeReader
from asm_rv32.importing.object_data import DataReader
from asm_rv32.importing.object_names import NOWHERE, Object, Objects
from asm_rv32.importing.python import Written
from asm_rv32.importing.statements import statements
from asm_rv32.importing.values import Number
from asm_rv32.isa.joined import joined_isa
from asm_rv32.isa.sets import extension_title

_ALONE = (
    ".eh_frame", ".gcc_except_table", ".init_array", ".fini_array", ".preinit_array", ".ctors",
    ".dtors",
)  # fmt: skip
"""Sections that only a C runtime or its unwinder reads."""


def import_object(path: str, data: bytes, options: Options) -> Written:
    """The Python file of an object, an archive or a program.

    Raises AssemblyError, NoSuchFunction; ElfError and ArchiveError for other files.
    """
    source = Source(path, "")
    objects = Objects()
    objects.guesses = options.guesses
    files, remarks = _files(os.path.basename(path), data, objects, options.functions)
    if (size := sum(map(_statements, files))) > ITEM_LIMIT:
        message = f"{size} instructions, places and names, more than {ITEM_LIMIT}"
        raise AssemblyError([Diagnostic("too-large", message, NOWHERE)], source)
    objects.contents = []
    found = object_sections(files, objects)
    source = Source(path, "\n".join(objects.contents))
    if objects.guessed:
        remarks.append(
            f"Numbers that are taken for addresses, since their values are some: {objects.guessed},"
        )
        remarks.append("each with a comment. `ld --emit-relocs` leaves nothing to guess.")
    templates = Templates(statements(Source(path, "")), found.isa)
    return python_file(source, found, remarks, templates, options.functions, {})


def _files(
    name: str, data: bytes, objects: Objects, wanted: Sequence[str]
) -> tuple[list[Object], list[str]]:
    """The objects in a file, of an archive those that the wanted functions need, and what is to be
    said of it."""
    remarks = []
    parts: list[tuple[str, ElfFile]] = []
    if data[: len(MAGIC)] != MAGIC and data[:7] != b"!<thin>":
        parts.append((name, read(data)))
    else:
        for member in members(data):
            try:
                parts.append((member.name, read(member.data)))
            except ElfError as error:
                remarks.append(f"Its member {_plain(member.name)} is left out: {error}.")
        if not parts:
            raise ArchiveError("an archive without an object for 32-bit RISC-V")
        if wanted:
            known = [each for _, file in parts for each in functions(file)]
            if missing := [each for each in wanted if each not in known]:
                raise no_such_function(missing[0], known)
            parts = [*needed(parts, wanted)]
    for unknown in dict.fromkeys(each for _, file in parts for each in file.unknown):
        title = extension_title(unknown)
        titled = f"{unknown} ({title})" if title else unknown
        remarks.append(
            f"It is for {titled}, which is not known here: what is of it stands as data."
        )
    return [Object(objects, member, file) for member, file in parts], remarks


def _plain(name: str) -> str:
    """A name as it may stand in a comment."""
    return "".join(c if c.isprintable() else "?" for c in name[:80])


def object_sections(files: list[Object], objects: Objects) -> Sections:
    """The sections of all, what they name being known before the first item is made."""
    readers = [
        (names, section, (CodeReader if section.is_code else DataReader)(names, section))
        for names in files
        for section in names.file.sections if section.size and not _is_left_out(names, section)
    ]  # fmt: skip
    found = []
    for names, section, reader in readers:
        name = objects.section_name(section.name[:200] or f"section {section.number}")
        place = objects.line(f"{names.name[:200]}: {section.name[:200]}")
        made = [Item(content, place, said, True, None) for content, said in reader.items()]
        kind = items.WRITABLE if section.flags & SHF_WRITE else items.DATA
        if section.flags & SHF_EXECINSTR:
            kind = items.CODE
        is_text = bool(section.flags & SHF_STRINGS)
        found.append(items.Section(name, kind, _entries(section), made, is_text))
    left_out = dict.fromkeys(
        section.name[:200] for names in files for section in names.file.sections
        if section.size and _is_left_out(names, section)
    )  # fmt: skip
    for name in left_out:
        space = Item(items.Space(Number(1, "1"), 0), NOWHERE, "", True, None)
        found.append(items.Section(objects.section_name(name), items.LEFT_OUT, 0, [space]))
    isa = joined_isa(names.file.isa for names in files)
    return Sections(found, objects.said, objects.constants, isa, objects.wrong)


def _statements(names: Object) -> int:
    """About how many statements a file becomes, at most."""
    file = names.file
    loaded = [section for section in file.sections if not _is_left_out(names, section)]
    return len(file.symbols) + sum(
        len(section.relocations) + len(section.data) // (2 if section.is_code else 16)
        for section in loaded
    )


def _entries(section: Section) -> int:
    """Bytes of each entry that a linker may take apart from others; else 0."""
    return max(section.entry_size, 1) if section.flags & SHF_MERGE else 0


def _is_left_out(names: Object, section: Section) -> bool:
    # A program copies its data of a thread to where the thread pointer is.
    if section.flags & SHF_TLS and not names.file.is_object:
        return True
    return section.name.startswith(_ALONE)
