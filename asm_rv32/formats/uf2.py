"""UF2: a whole program in blocks that a chip's boot loader takes from a USB drive.

Input: functions with code in front that starts them, for a board whose boot loader takes UF2; or
the bytes of a file of any origin. Output: a file; or its stretches of bytes.
Invariants: every block carries 256 bytes for a multiple of 256; reading back what was written gives
the same bytes; a wrong file raises `Uf2Error` with the block.
Sources: Microsoft, USB Flashing Format, README of github microsoft/uf2; RP2350 datasheet, sections
5.5.3 (families), 5.9.1 (blocks), 5.9.3 (items), 5.9.5 (what an image needs at the least), erratum
RP2350-E10; picotool, elf2uf2/elf2uf2.cpp, gen_abs_block; pico-sdk, boot/uf2.h.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.boards import Board, load_board
from asm_rv32.formats import FormatError
from asm_rv32.formats.joined import joined
from asm_rv32.formats.layout import program
from asm_rv32.isa.image import WRITABLE

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

BLOCK = 512
PAYLOAD = 256
_HEAD = struct.Struct("<8I")
_MAGIC = 0x0A324655, 0x9E5D5157
_LAST_MAGIC = struct.pack("<I", 0x0AB16F30)
_ROOM = 476
"""Bytes of a block's data."""
NOT_FLASH, CONTAINER, HAS_FAMILY, HAS_TAGS = 0x1, 0x1000, 0x2000, 0x8000
_ABSOLUTE = 0xE48BFF57
"""The family of what goes to an address in flash, whatever partitions there are."""
_FILLER = b"\xef" * PAYLOAD
_NOT_MEANT = struct.pack("<I", 0x9957E304)
"""The tag of a block whose bytes nobody wants."""
_MARKERS = 0xFFFFDED3, 0xAB123579
_IMAGE_TYPE, _ENTRY_POINT, _LAST = 0x42, 0x44, 0xFF
_SEARCHED = 4096
"""Bytes from the start of an image in which a boot ROM looks for a block."""


class Uf2Error(ValueError):
    """A file is not UF2; the text names the block, counted from 0."""


def write(
    module: Module, whole: bool, base: int | None = None, stack_pointer: int | None = None
) -> bytes:
    """The program from the address `base` on, by default where the board's programs start.

    `stack_pointer`: what sp is at its entry, the first function. Raises FormatError.
    """
    board = _board_of(module)
    assert board.uf2 is not None
    if stack_pointer is None:
        raise FormatError("a UF2 is a whole program: name --entry and --stack-pointer")
    start = board.start if base is None else base
    if start is None or start % PAYLOAD:
        raise FormatError(f"a UF2 starts at a multiple of {PAYLOAD}: name one with --base")
    ahead = 4 * len(_image_def(board, 0, 0))
    entry = start

    def placed(alignment: int) -> int:
        nonlocal entry
        entry = start + -(-ahead // alignment) * alignment
        return entry

    area = program(module, placed)
    head = struct.pack(f"<{ahead // 4}I", *_image_def(board, entry, stack_pointer))
    image = head.ljust(entry - start, b"\0") + area.code
    memory = board.memory_at(start)
    if memory is None or start + len(image) > memory.base + memory.size:
        raise FormatError(
            f"{board.title} has no memory for {len(image)} bytes at {start:#x}; name other with "
            "--base"
        )
    if area.kind == WRITABLE and "w" not in memory.access:
        raise FormatError(
            f"it has data that code stores to, and {memory.name} of {board.title} takes no stores; "
            "name memory that does with --base"
        )
    blocks = [*_blocks(image, start, board.uf2["family"])]
    absolute = board.uf2.get("absolute")
    if absolute is not None and memory.holds(absolute):
        blocks.insert(0, _block_ahead(absolute))
    return b"".join(blocks)


def _board_of(module: Module) -> Board:
    """The board that all functions are for. Raises FormatError."""
    names = {image.board for image in module.functions.values() if image.board}
    boards = [load_board(name) for name in sorted(names)]
    if len(boards) != 1 or boards[0].uf2 is None:
        what = " and ".join(board.title for board in boards)
        said = f"{what} takes none" if boards else "a UF2 says which chip it is for"
        raise FormatError(f"{said}: name one that takes UF2, as --board rp2350")
    return boards[0]


def _image_def(board: Board, entry: int, stack_pointer: int) -> tuple[int, ...]:
    """The words by which a boot ROM knows an image, and where it begins."""
    assert board.uf2 is not None
    items = (1 << 8 | _IMAGE_TYPE | board.uf2["image"] << 16, 3 << 8 | _ENTRY_POINT,
             entry, stack_pointer)  # fmt: skip
    here = 0  # relative: the next block of the loop is this one
    return _MARKERS[0], *items, len(items) << 8 | _LAST, here, _MARKERS[1]


def _blocks(image: bytes, start: int, family: int) -> Iterator[bytes]:
    count = -(-len(image) // PAYLOAD)
    for number in range(count):
        at = number * PAYLOAD
        head = _HEAD.pack(*_MAGIC, HAS_FAMILY, start + at, PAYLOAD, number, count, family)
        data = image[at : at + PAYLOAD].ljust(_ROOM, b"\0")
        yield head + data + _LAST_MAGIC


def _block_ahead(address: int) -> bytes:
    """What has to come before a program for flash, or a boot ROM that found a partition table takes
    none (RP2350-E10): the first of two blocks of the absolute family, without the other.
    """
    flags = HAS_FAMILY | HAS_TAGS
    head = _HEAD.pack(*_MAGIC, flags, address, PAYLOAD, 0, 2, _ABSOLUTE)
    return head + (_FILLER + _NOT_MEANT).ljust(_ROOM, b"\0") + _LAST_MAGIC


def read(data: bytes) -> list[tuple[int, bytes, int | None]]:
    """The bytes of a file in stretches without gaps, each with its address and the family that
    it is for, in ascending order of families and addresses; what is not for flash or memory, or
    only there to come first, is left out. Raises Uf2Error.
    """
    if not data or len(data) % BLOCK:
        raise Uf2Error(f"{len(data)} bytes are no whole number of blocks of {BLOCK}")
    pieces: dict[int | None, list[tuple[int, bytes]]] = {}
    for number, at in enumerate(range(0, len(data), BLOCK)):
        block = data[at : at + BLOCK]
        *magic, flags, address, size, _, _, family = _HEAD.unpack_from(block)
        if tuple(magic) != _MAGIC or block[-4:] != _LAST_MAGIC:
            raise Uf2Error(f"block {number}: not a block of a UF2 file")
        if flags & CONTAINER:
            raise Uf2Error(f"block {number}: it holds a file, not a program")
        if size > _ROOM or address + size > 1 << 32:
            raise Uf2Error(f"block {number}: {size} bytes at {address:#x}")
        owner = family if flags & HAS_FAMILY else None
        code = block[_HEAD.size : _HEAD.size + size]
        if not flags & NOT_FLASH and (owner, code) != (_ABSOLUTE, _FILLER):
            pieces.setdefault(owner, []).append((address, code))
    try:
        return [
            (at, stretch, family)
            for family in sorted(pieces, key=lambda each: each or 0)
            for at, stretch in joined(pieces[family])
        ]
    except ValueError as error:
        raise Uf2Error(str(error)) from None


def image_def_in(code: bytes) -> range | None:
    """Where in an image the words are by which a boot ROM knows it; None without."""
    for at in range(0, min(len(code), _SEARCHED) - 3, 4):
        if int.from_bytes(code[at : at + 4], "little") == _MARKERS[0]:
            for end in range(at + 4, min(len(code), at + _SEARCHED), 4):
                if int.from_bytes(code[end : end + 4], "little") == _MARKERS[1]:
                    return range(at, end + 4)
    return None
