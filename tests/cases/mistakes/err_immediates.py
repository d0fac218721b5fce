# Immediates out of range, not a multiple, zero.

@asm_rv32
def immediates(a):
    addi(a0, a0, 4096)  # error[immediate-range]: 'addi' takes -2048..2047 here, got 4096; help: li(t0, 4096); add(a0, a0, t0)
    addi(a0, a0, -2049)  # error[immediate-range]: 'addi' takes -2048..2047 here, got -2049; help: li(t0, -2049); add(a0, a0, t0)
    lw(a0, 2048(a1))  # error[immediate-range]: 'lw' takes -2048..2047 here, got 2048; help: li(t0, 2048); add(t0, t0, a1); lw(a0, 0(t0)); note: lw(rd, (-2048..2047)(rs1)): operand 2 takes -2048..2047, got 2048; note: lw(rd: x1..x31, label): operand 2 takes a label, got a memory operand
    slli(a0, a0, 32)  # error[immediate-range]: 'slli' takes 0..31 here, got 32
    slli(a0, a0, -1)  # error[immediate-range]: 'slli' takes 0..31 here, got -1
    lui(a0, 0x100000)  # error[immediate-range]: 'lui' takes -524288..524287 or 0..0xfffff here, got 1048576; help: lui(a0, 0x100)
    li(a0, 1 << 32)  # error[immediate-range]: 'li' takes -2147483648..2147483647 or 0..0xffffffff here, got 4294967296
    csrwi(mstatus, 32)  # error[immediate-range]: 'csrwi' takes 0..31 here, got 32; help: li(t0, 32); csrw(mstatus, t0)
    csrr(a0, 4096)  # error[immediate-range]: 'csrr' takes a CSR's name or 0..4095 here, got 4096
    c_addi(a0, 32)  # error[immediate-range]: 'c_addi' takes -32..31 here, got 32; help: addi(a0, a0, 32); note: c_addi(rd: x1..x31, -32..31, not 0): operand 2 takes -32..31, not 0, got 32; note: c_addi(rd: x1..x31, 0): operand 2 takes 0, got the number 32; note: c_addi(zero, 0): operand 1 takes zero, got register a0
    c_lw(a0, 128(a1))  # error[immediate-range]: 'c_lw' takes 0..124 by 4 here, got 128; help: lw(a0, 128(a1))
    c_lui(a0, 32)  # error[immediate-range]: 'c_lui' takes -32..31 or 0xfffe0..0xfffff, not 0 here, got 32; help: lui(a0, 32); note: c_lui(rd: x1, x3..x31, -32..31 or 0xfffe0..0xfffff, not 0): operand 2 takes -32..31 or 0xfffe0..0xfffff, not 0, got 32; note: c_lui(zero, -32..31 or 0xfffe0..0xfffff, not 0): operand 1 takes zero, got register a0
    c_lw(a0, 2(a1))  # error[immediate-alignment]: 'c_lw' takes 0..124 by 4 here, got 2; help: 0 and 4 are the nearest; help: lw(a0, 2(a1))
    c_addi16sp(8)  # error[immediate-alignment]: 'c_addi16sp' takes -512..496 by 16, not 0 here, got 8; help: 16 is the nearest; help: addi(sp, sp, 8); note: c_addi16sp(-512..496 by 16, not 0): operand 1 takes -512..496 by 16, not 0, got 8; note: c_addi16sp(sp, -512..496 by 16, not 0): takes 2 operands
    c_addi4spn(a0, 2)  # error[immediate-alignment]: 'c_addi4spn' takes 4..1020 by 4 here, got 2; help: 4 is the nearest; help: addi(a0, sp, 2); note: c_addi4spn(rd: x8..x15, 4..1020 by 4): operand 2 takes 4..1020 by 4, got 2; note: c_addi4spn(rd: x8..x15, sp, 4..1020 by 4): takes 3 operands
    c_addi16sp(0)  # error[immediate-zero]: 'c_addi16sp' takes -512..496 by 16, not 0 here, got 0; help: addi(sp, sp, 0); note: c_addi16sp(-512..496 by 16, not 0): operand 1 takes -512..496 by 16, not 0, got 0; note: c_addi16sp(sp, -512..496 by 16, not 0): takes 2 operands
    c_addi4spn(a0, 0)  # error[immediate-zero]: 'c_addi4spn' takes 4..1020 by 4 here, got 0; help: addi(a0, sp, 0); note: c_addi4spn(rd: x8..x15, 4..1020 by 4): operand 2 takes 4..1020 by 4, got 0; note: c_addi4spn(rd: x8..x15, sp, 4..1020 by 4): takes 3 operands
    c_lui(a0, 0)  # error[immediate-zero]: 'c_lui' takes -32..31 or 0xfffe0..0xfffff, not 0 here, got 0; help: lui(a0, 0); note: c_lui(rd: x1, x3..x31, -32..31 or 0xfffe0..0xfffff, not 0): operand 2 takes -32..31 or 0xfffe0..0xfffff, not 0, got 0; note: c_lui(zero, -32..31 or 0xfffe0..0xfffff, not 0): operand 1 takes zero, got register a0
    data(1, 256)  # error[immediate-range]: data of size 1 takes -128..255, got 256; help: data(2, ...) holds it
    data(2, -32769)  # error[immediate-range]: data of size 2 takes -32768..65535, got -32769; help: data(4, ...) holds it
    space(-1)  # error[immediate-range]: space takes 0..16777216, got -1


@asm_rv32
def nothing_at_all(a):
    auipc()  # error[operand-count]: 'auipc' takes 2 operands, got 0; help: accepted: auipc(rd, -524288..524287 or 0..0xfffff)
