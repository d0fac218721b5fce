"""UF2 files: read by another reader, by one written here from its description, and by a boot ROM's
rules; run from the entry that they name; hostile ones."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from adafruit_uf2 import uf2conv
from corpus.shell import Shell
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.boards import load_board
from asm_rv32.formats.machine_code import InputError, blocks
from asm_rv32.formats.uf2 import Uf2Error, image_def_in, read
from asm_rv32.machine import run_program

SOURCE = """
@asm_rv32
def main():
    li(a0, 0)
    li(a1, 300)
    lw(t1, table)
    label(loop)
    add(a0, a0, a1)
    addi(a1, a1, -1)
    bnez(a1, loop)
    add(a0, a0, t1)
    lui(t0, 0x2000f)
    sw(a0, 0(t0))

@asm_data
def table():
    data(4, *([7] * 200))
"""
STORES = """
@asm_rv32
def main():
    sw(ra, state, t0)

@asm_data(writable=True)
def state():
    data(4, 0)
"""
RISCV, ABSOLUTE = 0xE48BFF5A, 0xE48BFF57
STOP = 0x2000F000
RESET = ("--board", "rp2350", "--entry", "main", "--stack-pointer", "0x20080000")


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    made = Shell(tmp_path)
    made.write("app.py", SOURCE)
    made.write("stores.py", STORES)
    return made


def fields(data: bytes) -> list[tuple[tuple[int, ...], bytes]]:
    """Flags, address, size, number, count and family of each block, and its data."""
    assert len(data) % 512 == 0
    found = []
    for at in range(0, len(data), 512):
        words = struct.unpack_from("<8I", data, at)
        assert data[at : at + 4] == b"UF2\n" and words[1] == 0x9E5D5157
        assert struct.unpack_from("<I", data, at + 508) == (0x0AB16F30,)
        found.append((words[2:], data[at + 32 : at + 32 + words[4]]))
    return found


@pytest.mark.parametrize("base", [0x10000000, 0x20000000, 0x20001100])
def test_a_program_is_read_back_and_runs(
    base: int, shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given_base = () if base == 0x10000000 else ("--base", hex(base))
    assert shell("compile", "app.py", "-o", "app.uf2", *RESET, *given_base).returncode == 0
    data = (tmp_path / "app.uf2").read_bytes()
    found = fields(data)
    if base == 0x10000000:  # RP2350-E10: to flash, with or without partitions
        ahead = data[:512]
        assert found.pop(0) == ((0xA000, 0x10FFFF00, 256, 0, 2, ABSOLUTE), b"\xef" * 256)
        assert ahead[288:292] == bytes.fromhex("04e35799") and not any(ahead[292:508])
    count = len(found)
    assert count > 3 and [each for each, _ in found] == [
        (0x2000, base + 256 * number, 256, number, count, RISCV) for number in range(count)
    ]
    image = b"".join(part for _, part in found)
    monkeypatch.setattr(uf2conv, "familyid", RISCV)  # as its option --family does
    assert uf2conv.is_uf2(data) and uf2conv.convert_from_uf2(data) == image
    assert read(data) == [(base, image, RISCV)]

    # What the boot ROM looks for, as the RP2350 datasheet has it, section 5.9.
    words = struct.unpack("<8I", image[:32])
    assert words[0] == 0xFFFFDED3 and words[7] == 0xAB123579 and words[6] == 0
    assert words[1] == 0x1101 << 16 | 1 << 8 | 0x42  # one word: an executable, RISC-V, RP2350
    assert words[2] == 3 << 8 | 0x44 and words[3:5] == (base + 32, 0x20080000)
    assert words[5] == 4 << 8 | 0xFF  # the last: so many words of items
    assert image_def_in(image) == range(32)

    shell("compile", "app.py", "-o", "app.bin", *RESET, "--base", hex(base + 32))
    code = (tmp_path / "app.bin").read_bytes()
    assert image[32:].rstrip(b"\0") == code.rstrip(b"\0")
    ended = run_program(
        image, words[3], base=base, isa="rv32imac", engine="python", stop_store=STOP
    )
    assert ended.registers[10] == 300 * 301 // 2 + 7 and ended.registers[2] == 0x20080000


def test_disasm_reads_it(shell: Shell) -> None:
    shell("compile", "app.py", "-o", "app.uf2", *RESET)
    text = shell("disasm", "app.uf2").stdout
    head = text.splitlines()
    assert "zcmp" in head[0] and "0xffffded3, 0x11010142" in head[2]
    assert "lui(sp, 0x20080)" in text and "c_unimp" not in text
    assert "def f_10000000()" in text


REFUSED = [
    (("compile", "app.py", "-o", "x.uf2"), "a UF2 says which chip it is for"),
    (("compile", "app.py", "-o", "x.uf2", "--board", "esp32c3"), "ESP32-C3 takes none"),
    (("compile", "app.py", "-o", "x.uf2", "--board", "rp2350"), "name --entry and --stack-pointer"),
    (("compile", "app.py", "-o", "x.uf2", *RESET, "--base", "0x20000004"), "a multiple of 256"),
    (("compile", "app.py", "-o", "x.uf2", *RESET, "--base", "0x60000000"), "no memory for"),
    (("compile", "app.py", "-o", "x.uf2", *RESET, "--base", "0x20081f00"), "no memory for"),
    (("compile", "stores.py", "-o", "x.uf2", *RESET), "data that code stores to"),
]


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_cannot_be_is_refused(words: tuple[str, ...], message: str, shell: Shell) -> None:
    done = shell(*words)
    assert done.returncode and message in done.stderr and "x.uf2" not in shell.names()


def test_data_that_is_stored_to_lies_in_memory(shell: Shell) -> None:
    done = shell("compile", "stores.py", "-o", "x.uf2", *RESET, "--base", "0x20000000")
    assert done.returncode == 0


def test_a_whole_program_starts_where_its_board_does(shell: Shell, tmp_path: Path) -> None:
    """In every format that has addresses."""
    for board, start in (("rp2350", 0x1000), ("qemu-virt", 0x8000)):
        reset = ("--board", board, *RESET[2:])
        shell("compile", "app.py", "-o", "app.hex", *reset)
        text = (tmp_path / "app.hex").read_text()
        assert text.startswith(f":02000004{start:04X}"), board
        assert load_board(board).start == start << 16


def block(flags: int = 0x2000, address: int = 0, size: int = 256, family: int = 1) -> bytes:
    head = struct.pack("<8I", 0x0A324655, 0x9E5D5157, flags, address, size, 0, 1, family)
    return head.ljust(508, b"\x5a") + struct.pack("<I", 0x0AB16F30)


@pytest.mark.parametrize(("data", "message"), [
    (b"", "no whole number of blocks"), (block()[:-1], "no whole number of blocks"),
    (block() + bytes(512), "block 1: not a block"), (block()[:-4] + bytes(4), "not a block"),
    (block(flags=0x1000), "it holds a file"), (block(size=477), "477 bytes at 0x0"),
    (block(address=0xFFFFFFFF), "256 bytes at 0xffffffff"),
    (block() + block(address=255), "two records hold the byte at 0xff"),
])  # fmt: skip
def test_a_wrong_file_is_told(data: bytes, message: str) -> None:
    with pytest.raises(Uf2Error, match=message):
        read(data)


def test_pieces_are_joined_in_order_by_family() -> None:
    data = block(address=256) + block(flags=1) + block() + block(family=2) + block(0, 512, 4)
    assert [(at, len(code), family) for at, code, family in read(data)] == [
        (512, 4, None), (0, 512, 1), (0, 256, 2),
    ]  # fmt: skip


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 511), st.integers(0, 255)), max_size=6))
def test_a_damaged_file_is_told_or_read(changes: list[tuple[int, int]]) -> None:
    data = bytearray(block(family=RISCV) + block(address=256, family=RISCV))
    for at, value in changes:
        data[at] = value
    try:
        found = blocks(bytes(data), "uf2")
    except InputError:
        return
    assert all(each.stretches and each.stretches[-1].end == len(each.code) for each in found
               if each.code)  # fmt: skip
