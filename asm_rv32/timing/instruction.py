"""In: code bytes at an address.  Out: the `Op` found there, as the engines see it.

A compressed instruction is its expansion with size 2; no engine knows compressed names.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

__all__ = ["Op", "decode_op"]

_BRANCHES = ("beq", "bne", "", "", "blt", "bge", "bltu", "bgeu")
_LOADS = ("lb", "lh", "lw", "", "lbu", "lhu", "", "")
_STORES = ("sb", "sh", "sw")
_IMMEDIATE = ("addi", "slli", "slti", "sltiu", "xori", "srli", "ori", "andi")
_REGISTER = ("add", "sll", "slt", "sltu", "xor", "srl", "or", "and")
_MULDIV = ("mul", "mulh", "mulhsu", "mulhu", "div", "divu", "rem", "remu")
_CSR = ("", "csrrw", "csrrs", "csrrc", "", "csrrwi", "csrrsi", "csrrci")


class Op(NamedTuple):
    """One instruction at its place: registers are numbers (0 where there is none)."""

    pc: int
    size: int  # bytes: 2 or 4
    name: str  # mnemonic of the base instruction, after expansion
    rd: int
    rs1: int
    rs2: int
    imm: int  # signed; byte offset of a branch, jump, load or store; a shift amount; a CSR number


def _signed(value: int, bits: int) -> int:
    return value - ((value >> (bits - 1) & 1) << bits)


def _full(pc: int, w: int) -> Op | None:
    opcode, funct3, funct7 = w & 0x7F, w >> 12 & 7, w >> 25
    rd, rs1, rs2 = w >> 7 & 31, w >> 15 & 31, w >> 20 & 31
    imm_i = _signed(w >> 20, 12)
    name = ""
    if opcode == 0x37 or opcode == 0x17:
        return Op(pc, 4, "lui" if opcode == 0x37 else "auipc", rd, 0, 0, w >> 12)
    if opcode == 0x6F:
        imm = (w >> 31) << 20 | (w >> 12 & 255) << 12 | (w >> 20 & 1) << 11 | (w >> 21 & 1023) << 1
        return Op(pc, 4, "jal", rd, 0, 0, _signed(imm, 21))
    if opcode == 0x67 and funct3 == 0:
        return Op(pc, 4, "jalr", rd, rs1, 0, imm_i)
    if opcode == 0x63:
        imm = (w >> 31) << 12 | (w >> 7 & 1) << 11 | (w >> 25 & 63) << 5 | (w >> 8 & 15) << 1
        name = _BRANCHES[funct3]
        return Op(pc, 4, name, 0, rs1, rs2, _signed(imm, 13)) if name else None
    if opcode == 0x03:
        name = _LOADS[funct3]
        return Op(pc, 4, name, rd, rs1, 0, imm_i) if name else None
    if opcode == 0x23 and funct3 < 3:
        return Op(pc, 4, _STORES[funct3], 0, rs1, rs2, _signed(funct7 << 5 | rd, 12))
    if opcode == 0x13:
        name = _IMMEDIATE[funct3]
        if funct3 in (1, 5):
            if funct7 == 0x20 and funct3 == 5:
                name = "srai"
            elif funct7:
                return None
            imm_i = rs2
        return Op(pc, 4, name, rd, rs1, 0, imm_i)
    if opcode == 0x33:
        if funct7 == 1:
            name = _MULDIV[funct3]
        elif funct7 == 0:
            name = _REGISTER[funct3]
        elif funct7 == 0x20 and funct3 in (0, 5):
            name = "sra" if funct3 else "sub"
        return Op(pc, 4, name, rd, rs1, rs2, 0) if name else None
    if opcode == 0x0F:
        return Op(pc, 4, "fence.i" if funct3 == 1 else "fence", 0, 0, 0, 0)
    if opcode == 0x73:
        if funct3 & 3:
            register = 0 if funct3 & 4 else rs1
            return Op(pc, 4, _CSR[funct3], rd, register, 0, w >> 20)
        name = {0: "ecall", 1: "ebreak", 0x302: "mret", 0x105: "wfi"}.get(w >> 20, "")
        return Op(pc, 4, name, 0, 0, 0, 0) if name else None
    return None


def _compressed(pc: int, h: int) -> Op | None:
    quadrant, funct3 = h & 3, h >> 13
    rd, rs2 = h >> 7 & 31, h >> 2 & 31
    low, high = (h >> 2 & 7) + 8, (h >> 7 & 7) + 8
    imm6 = _signed((h >> 12 & 1) << 5 | rs2, 6)
    if quadrant == 0:
        if funct3 == 0:
            imm = (h >> 11 & 3) << 4 | (h >> 7 & 15) << 6 | (h >> 6 & 1) << 2 | (h >> 5 & 1) << 3
            return Op(pc, 2, "addi", low, 2, 0, imm) if imm else None
        imm = (h >> 10 & 7) << 3 | (h >> 6 & 1) << 2 | (h >> 5 & 1) << 6
        if funct3 == 2:
            return Op(pc, 2, "lw", low, high, 0, imm)
        return Op(pc, 2, "sw", 0, high, low, imm) if funct3 == 6 else None
    if quadrant == 1:
        if funct3 == 0:
            return Op(pc, 2, "addi", rd, rd, 0, imm6)
        if funct3 in (1, 5):
            imm = (
                (h >> 12 & 1) << 11 | (h >> 11 & 1) << 4 | (h >> 9 & 3) << 8 | (h >> 8 & 1) << 10
                | (h >> 7 & 1) << 6 | (h >> 6 & 1) << 7 | (h >> 3 & 7) << 1 | (h >> 2 & 1) << 5
            )  # fmt: skip
            return Op(pc, 2, "jal", 1 if funct3 == 1 else 0, 0, 0, _signed(imm, 12))
        if funct3 == 2:
            return Op(pc, 2, "addi", rd, 0, 0, imm6)
        if funct3 == 3:
            return Op(pc, 2, "addi", 2, 2, 0, 0) if rd == 2 else Op(pc, 2, "lui", rd, 0, 0, imm6)
        if funct3 == 4:
            kind = h >> 10 & 3
            if kind == 3:
                name = ("sub", "xor", "or", "and")[h >> 5 & 3]
                return None if h >> 12 & 1 else Op(pc, 2, name, high, high, low, 0)
            amount = imm6 if kind == 2 else imm6 & 63
            return Op(pc, 2, ("srli", "srai", "andi")[kind], high, high, 0, amount)
        imm = (
            (h >> 12 & 1) << 8 | (h >> 10 & 3) << 3 | (h >> 5 & 3) << 6
            | (h >> 3 & 3) << 1 | (h >> 2 & 1) << 5
        )  # fmt: skip
        return Op(pc, 2, "bne" if funct3 == 7 else "beq", 0, high, 0, _signed(imm, 9))
    if funct3 == 0:
        return Op(pc, 2, "slli", rd, rd, 0, imm6 & 63)
    if funct3 == 2:
        return Op(pc, 2, "lw", rd, 2, 0, 0)
    if funct3 == 6:
        return Op(pc, 2, "sw", 0, 2, rs2, 0)
    if funct3 == 4:
        link = h >> 12 & 1
        if rs2:
            return Op(pc, 2, "add", rd, rd if link else 0, rs2, 0)
        if rd:
            return Op(pc, 2, "jalr", link, rd, 0, 0)
        return Op(pc, 2, "ebreak", 0, 0, 0, 0) if link else None
    return None


def decode_op(pc: int, fetch: Callable[[int], int]) -> Op | None:
    """The instruction at `pc`, or None where none of RV32IMC and Zicsr is there.

    `fetch(address)` returns the 16-bit halfword at `address`.
    """
    low = fetch(pc)
    if low & 3 != 3:
        return _compressed(pc, low)
    return _full(pc, low | fetch(pc + 2) << 16)
