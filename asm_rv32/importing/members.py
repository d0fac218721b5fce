"""Which members of an archive a program needs, as a linker takes them.

Input: the files of an archive, and names. Output: the files that have these, and what they need.
Invariant: of two files with one name the first is taken.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from asm_rv32.formats.elf_reader import SHN_UNDEF, STB_GLOBAL, STB_WEAK, STT_FUNC, ElfFile

Files = Sequence[tuple[str, ElfFile]]
"""Each with its name."""


def needed(files: Files, names: Iterable[str]) -> Files:
    """The files that define the names, and what these need, in their order.

    What no file has is left out. A name may also be a function's that only its own file knows.
    """
    homes: dict[str, int] = {}
    for number, (_, file) in enumerate(files):
        for name in _public(file, defined=True):
            homes.setdefault(name, number)
    own = {name: number for number, (_, file) in enumerate(files) for name in functions(file)}
    waiting = [homes.get(name, own.get(name)) for name in names]
    chosen: set[int] = set()
    while waiting:
        home = waiting.pop()
        if home is not None and home not in chosen:
            chosen.add(home)
            waiting += [homes.get(name) for name in _public(files[home][1], defined=False)]
    return [files[number] for number in sorted(chosen)]


def functions(file: ElfFile) -> list[str]:
    """The functions of a file, and what it shows others of code without saying what it is."""
    code = {section.number for section in file.sections if section.is_code}
    return [
        symbol.name for symbol in file.symbols
        if symbol.name and symbol.section in code
        and (symbol.kind == STT_FUNC or symbol.binding in (STB_GLOBAL, STB_WEAK))
    ]  # fmt: skip


def _public(file: ElfFile, *, defined: bool) -> Iterator[str]:
    """The names that a file has for others, or wants of them."""
    for symbol in file.symbols:
        is_public = symbol.name and symbol.binding in (STB_GLOBAL, STB_WEAK)
        if is_public and (symbol.section != SHN_UNDEF) == defined:
            yield symbol.name
