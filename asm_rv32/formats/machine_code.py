"""Machine code out of a file of any format that can hold it.

Input: the bytes of a .bin, .hex, .uf2, .elf, .o or .mpy file, of any origin.
Output: `Block`s of code. Invariant: a wrong file raises `InputError` and nothing else.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterator, Mapping

from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.isa.text import Stretch

if TYPE_CHECKING:
    from typing import TypeVar

    from asm_rv32.formats.board.bytecode import MpyFunction
    from asm_rv32.formats.board.mpy import Mpy
    from asm_rv32.formats.elf_reader import CodeSection
    from asm_rv32.isa.references import Reference

    _Value = TypeVar("_Value")

KINDS = ("bin", "hex", "uf2", "elf", "mpy")
_KIND_OF = {
    ".bin": "bin",
    ".hex": "hex",
    ".ihex": "hex",
    ".uf2": "uf2",
    ".elf": "elf",
    ".o": "elf",
    ".mpy": "mpy",
}


class InputError(ValueError):
    """The file is not what its kind demands."""


class Block(NamedTuple):
    """A stretch of code without gaps."""

    name: str
    """Of the function, where the file tells; else empty."""
    address: int
    code: bytes
    labels: dict[int, str]
    """Address → name."""
    stretches: tuple[Stretch, ...]
    isa: str | None
    """As the file tells; None where it does not."""
    parameters: int = 0
    returns: str = "int"
    is_bytecode: bool = False
    """True for a function of a .mpy file that has no machine code: it is known by name only."""
    references: Mapping[int, Reference] = {}
    """Address → what a linker fills in there."""
    notes: Mapping[int, str] = {}
    """Address → what it fills in and has no form, in words."""
    outside: Mapping[int, str] = {}
    """Address → name of places in other blocks, and of this one's start."""
    named: bool = False
    """Whether the name is one of a source already, and no other block's."""
    scope: str = ""
    """Digits that tell its addresses from those of other sections."""
    unknown: tuple[str, ...] = ()
    """Extensions that the file is for, and that are not known here."""


def kind_of(suffix: str, data: bytes) -> str | None:
    """What a file is, by the start of its bytes and its name's suffix; None where unclear."""
    if data[:4] == b"\x7fELF":
        return "elf"
    if data[:4] == b"UF2\n":
        return "uf2"
    found = _KIND_OF.get(suffix.lower())
    if found is None and data[:2] in (b"M\x06", b"C\x06"):
        return "mpy"
    return found


def blocks(data: bytes, kind: str) -> list[Block]:
    """The code in a file. Raises InputError."""
    if kind == "bin":
        return [_plain(0, data)] if data else []
    if kind == "hex":
        from asm_rv32.formats.intel_hex import HexError, read

        try:
            return [_plain(address, code) for address, code in read(data)]
        except HexError as error:
            raise InputError(str(error)) from None
    if kind == "uf2":
        return _of_uf2(data)
    return _of_elf(data) if kind == "elf" else _of_mpy(data)


def _plain(address: int, code: bytes) -> Block:
    return Block("", address, code, {}, (Stretch(0, len(code), True),), None)


def _of_uf2(data: bytes) -> list[Block]:
    from asm_rv32.boards import board_names, load_board
    from asm_rv32.formats.uf2 import Uf2Error, image_def_in, read
    from asm_rv32.isa.sets import known_isa

    try:
        found = read(data)
    except Uf2Error as error:
        raise InputError(str(error)) from None
    boards = [board for board in map(load_board, board_names()) if board.uf2]
    isa_of = {board.uf2["family"]: known_isa(board.isa) for board in boards if board.uf2}
    blocks = []
    for address, code, family in (each for each in found if each[1]):
        block = _plain(address, code)._replace(isa=isa_of.get(family or 0))
        told = image_def_in(code) or range(0)
        end = max(told.stop, -(-len(code.rstrip(b"\0")) // 4) * 4)  # the last block is filled up
        parts = (
            Stretch(0, told.start, True), Stretch(told.start, told.stop, False),
            Stretch(told.stop, end, True), Stretch(end, len(code), False),
        )  # fmt: skip
        blocks.append(block._replace(stretches=tuple(each for each in parts if each[0] < each[1])))
    return blocks


def _of_elf(data: bytes) -> list[Block]:
    from asm_rv32.formats.elf_reader import ElfError
    from asm_rv32.formats.object_code import Outside, code_sections

    try:
        found = code_sections(data)
    except ElfError as error:
        raise InputError(str(error)) from None
    outside = Outside(found)
    return [
        block._replace(scope="" if outside.together or not number else str(number))
        for number, section in enumerate(found)
        for block in _functions(section, outside.of(section))
    ]


def _functions(section: CodeSection, outside: Mapping[int, str]) -> list[Block]:
    """The section cut at its functions, so that each can be read by itself."""
    end = section.address + len(section.code)
    cuts = sorted({section.address, *(at for at in section.functions if at < end)})
    symbols = sorted(section.symbols.items())
    references = sorted(section.references.items())
    notes = sorted(section.notes.items())
    stretch = 0
    found = []
    for start, stop in zip(cuts, [*cuts[1:], end]):
        code = section.code[start - section.address : stop - section.address]
        size = section.functions.get(start)
        if size and size < len(code) < size + 4 and not any(code[size:]):
            # What aligns the next function is no part of this one.
            code = code[:size]
        if not code:
            continue
        low = start - section.address
        while section.stretches[stretch].end <= low:
            stretch += 1
        stretches = []
        for at in range(stretch, len(section.stretches)):
            first, last, is_code = section.stretches[at]
            if first - low >= len(code):
                break
            stretches.append(Stretch(max(first - low, 0), min(last - low, len(code)), is_code))
        labels = _between(symbols, start, stop + 1)
        if start in section.functions:
            labels.pop(start, None)
        if stop in section.functions:
            labels.pop(stop, None)
        found.append(
            Block(
                section.names[start], start, code, labels, tuple(stretches), section.isa,
                references=_between(references, start, stop), notes=_between(notes, start, stop),
                outside=outside, named=True, unknown=section.unknown,
            )
        )  # fmt: skip
    return found


def _between(items: list[tuple[int, _Value]], start: int, stop: int) -> dict[int, _Value]:
    """The items of the addresses from `start` to before `stop`."""
    return dict(items[bisect_left(items, (start,)) : bisect_left(items, (stop,))])


def _of_mpy(data: bytes) -> list[Block]:
    from asm_rv32.formats.board.bytecode import functions
    from asm_rv32.formats.board.mpy import ARCH_FLAGS, MpyError, read, require_rv32

    try:
        mpy = read(data)
        require_rv32(mpy)
        every = functions(mpy)
    except MpyError as error:
        raise InputError(str(error)) from None
    needed = [name for name, flag in ARCH_FLAGS.items() if mpy.arch_flags & flag]
    isa = "_".join([DEFAULT_ISA, *needed]) if needed else None
    return [block._replace(isa=isa) for found in every for block in _of_code_object(mpy, found)]


def _of_code_object(mpy: Mpy, found: MpyFunction) -> Iterator[Block]:
    """The function; a portable one as its stub and the code behind that."""
    from asm_rv32.formats.board.portable import stub_of

    code = found.raw.machine_code
    stub = stub_of(found.raw, mpy)
    if stub is None:
        yield _plain(0, code)._replace(
            name=found.name,
            parameters=found.raw.n_args,
            returns=found.returns or "int",
            is_bytecode=found.raw.kind == "bytecode",
        )
        return
    size = len(stub.code)
    yield _plain(0, stub.code)._replace(
        name=f"{found.name}.stub", labels={size: "code"}, parameters=4, returns="object"
    )
    yield _plain(size, code[size:])._replace(
        name=found.name, parameters=stub.n_args, returns=stub.returns
    )
