# Operands in GNU's order or spelling, in the place of others, and forms that come near.

@asm_rv32
def order(a):
    csrrw(a0, mstatus, a1)  # error[unknown-name]: 'mstatus' has no value here; 'csrrw' takes a register; help: csrrw(a0, a1, mstatus)
    csrrw(a0, 0x300, a1)  # error[operand-kind]: 'csrrw' takes a register here, got the number 768; help: csrrw(a0, a1, 0x300); help: accepted: csrrw(rd, rs1, csr: name or 0..4095)
    csrrwi(a0, 5, mstatus)  # error[unknown-name]: 'mstatus' has no value here; 'csrrwi' takes 0..31; help: csrrwi(a0, mstatus, 5)
    csrw(a0, mstatus)  # error[operand-kind]: 'csrw' takes a CSR's name or 0..4095 here, got register a0; help: csrw(mstatus, a0); help: accepted: csrw(csr: name or 0..4095, rs1)
    lw(a0, a1, 4)  # error[operand-count]: 'lw' takes 2 operands, got 3; help: lw(a0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): takes 2 operands; note: lw(rd: x1..x31, label): takes 2 operands
    lw(a0, a1, 4*2)  # error[operand-count]: 'lw' takes 2 operands, got 3; help: lw(a0, (4*2)(a1)); note: lw(rd, (-2048..2047)(rs1)): takes 2 operands; note: lw(rd: x1..x31, label): takes 2 operands
    sw(4(a0), a1)  # error[operand-kind]: 'sw' takes a register here, got a memory operand; help: sw(a1, 4(a0)); note: sw(rs2, (-2048..2047)(rs1)): operand 1 takes a register, got a memory operand; note: sw(rs2, label, rd: x1..x31): takes 3 operands
    lw(a0, a1(4))  # error[operand-kind]: 'lw' takes -2048..2047 here, got register a1; help: lw(a0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 2 takes -2048..2047, got register a1; note: lw(rd: x1..x31, label): operand 2 takes a label, got a memory operand
    lw(a0, 4((a1)))  # error[operand-kind]: 'lw' takes a register here, got a memory operand; help: lw(a0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 2 takes a register, got a memory operand; note: lw(rd: x1..x31, label): operand 2 takes a label, got a memory operand
    lw(a0, (4(a1))(a2))  # error[operand-kind]: 'lw' takes -2048..2047 here, got a memory operand; note: lw(rd, (-2048..2047)(rs1)): operand 2 takes -2048..2047, got a memory operand; note: lw(rd: x1..x31, label): operand 2 takes a label, got a memory operand
    addi(a0, 4, a1)  # error[operand-kind]: 'addi' takes a register here, got the number 4; help: addi(a0, a1, 4); help: accepted: addi(rd, rs1, -2048..2047)
    li(5, a0)  # error[operand-kind]: 'li' takes a register here, got the number 5; help: li(a0, 5); help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    beq(order_end, a0, a1)  # error[unknown-name]: 'order_end' has no value here; 'beq' takes a register; help: beq(a0, a1, order_end)
    jal(order_end, ra)  # error[unknown-name]: 'order_end' has no value here; 'jal' takes a register; help: jal(ra, order_end); note: jal(rd, label): operand 1 takes a register, got 'order_end'; note: jal(label): takes 1 operand
    add(a0, a1, (a2))  # error[operand-kind]: 'add' takes a register here, got a memory operand; help: add(a0, a1, a2); help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    jalr(a0, 4)  # error[operand-kind]: 'jalr' takes a memory operand here, got the number 4; help: jalr(4(a0)); note: jalr(rd, (-2048..2047)(rs1)): operand 2 takes a memory operand, got the number 4; note: jalr(rd, rs1, -2048..2047): takes 3 operands; note: jalr(rs1): takes 1 operand; note: jalr((-2048..2047)(rs1)): takes 1 operand
    label(order_end)


@asm_rv32
def twins(a):
    add(a0, a1, 5000)  # error[operand-kind]: 'add' takes a register here, got the number 5000; help: li(t0, 5000); add(a0, a1, t0); help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    sll(a0, a1, 32)  # error[operand-kind]: 'sll' takes a register here, got the number 32; help: accepted: sll(rd, rs1, rs2); note: there is slli(rd, rs1, 0..31), too
    sltu(a0, a1, 1)  # error[operand-kind]: 'sltu' takes a register here, got the number 1; help: sltiu(a0, a1, 1); help: accepted: sltu(rd, rs1, rs2)
    sub(a0, a1, 4)  # error[operand-kind]: 'sub' takes a register here, got the number 4; help: addi(a0, a1, -4); help: accepted: sub(rd, rs1, rs2)
    csrrwi(a0, mstatus, a1)  # error[operand-kind]: 'csrrwi' takes 0..31 here, got register a1; help: csrrw(a0, a1, mstatus); help: accepted: csrrwi(rd, csr: name or 0..4095, 0..31)
    csrrw(a0, 5, mstatus)  # error[operand-kind]: 'csrrw' takes a register here, got the number 5; help: csrrwi(a0, mstatus, 5); help: accepted: csrrw(rd, rs1, csr: name or 0..4095)
    add(a0, a1)  # error[operand-count]: 'add' takes 3 operands, got 2; help: add(a0, a0, a1); help: accepted: add(rd, rs1, rs2)
    add(a0, a1, a2, a3)  # error[operand-count]: 'add' takes 3 operands, got 4; help: add(a0, a1, a2); help: accepted: add(rd, rs1, rs2)
    add(a0, a1, t0, 5000)  # error[operand-count]: 'add' takes 3 operands, got 4; help: add(a0, a1, t0); help: accepted: add(rd, rs1, rs2)
    addi(t0, a1, 5000)  # error[immediate-range]: 'addi' takes -2048..2047 here, got 5000; help: li(t1, 5000); add(t0, a1, t1)
    add(a0, a1, 4(a2))  # error[operand-kind]: 'add' takes a register here, got a memory operand; help: lw(t0, 4(a2)); add(a0, a1, t0); help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    add(a0, a1, 5000(a2))  # error[operand-kind]: 'add' takes a register here, got a memory operand; help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    sw(4, 0(a1))  # error[operand-kind]: 'sw' takes a register here, got the number 4; help: li(t0, 4); sw(t0, 0(a1)); note: sw(rs2, (-2048..2047)(rs1)): operand 1 takes a register, got the number 4; note: sw(rs2, label, rd: x1..x31): takes 3 operands
    lw(4, 0(a1))  # error[operand-kind]: 'lw' takes a register here, got the number 4; help: li(t0, 0); add(t0, t0, a1); lw(t0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 1 takes a register, got the number 4; note: lw(rd: x1..x31, label): operand 1 takes a register of x1..x31, got the number 4
    la(a0, 0x40000000)  # error[operand-kind]: 'la' takes a label as its target, got the number 1073741824; help: put label(there) at the target and write its name; note: a label may be -2147483648..2147483647 bytes away; help: li(a0, 0x40000000); help: accepted: la(rd, label)
    lui(a0, 0x12345000)  # error[immediate-range]: 'lui' takes -524288..524287 or 0..0xfffff here, got 305418240; help: lui(a0, 0x12345)
    add(a0, a1, foo)  # error[unknown-name]: 'foo' has no value here; 'add' takes a register; note: there is addi(rd, rs1, -2048..2047), too


@asm_rv32
def spelling(a):
    addi(a0, a0, %lo(foo))  # error[unknown-name]: '%lo(foo)' has no value here; 'addi' takes -2048..2047; help: of a number, lo(foo); of a label, la(rd, label) makes the address
    addi(a0, a0, %pcrel_lo(foo))  # error[unknown-name]: '%pcrel_lo(foo)' has no value here; 'addi' takes -2048..2047; help: there is no linker; la(rd, label) makes an address
    lw(a0, %lo(foo)(a1))  # error[unknown-name]: '%lo(foo)' has no value here; 'lw' takes -2048..2047; help: of a number, lo(foo); of a label, la(rd, label) makes the address; note: lw(rd, (-2048..2047)(rs1)): operand 2 takes -2048..2047, got '%lo(foo)'; note: lw(rd: x1..x31, label): operand 2 takes a label, got a memory operand
    add(a0, a1, a2, %tprel_add(foo))  # error[operand-count]: 'add' takes 3 operands, got 4; help: there is no linker; la(rd, label) makes an address; help: add(a0, a1, a2); help: accepted: add(rd, rs1, rs2)
    j(1f)  # error[operand-kind]: 'j' takes a label as its target, got the name '1f'; note: labels have names here: label(again); help: put label(there) at the target and write its name; note: a label may be -1048576..1048574 by 2 bytes away; the default dialect goes further by a longer sequence; help: accepted: j(label)
    bnez(a0, 1b)  # error[operand-kind]: 'bnez' takes a label as its target, got the name '1b'; note: labels have names here: label(again); help: put label(there) at the target and write its name; note: a label may be -4096..4094 by 2 bytes away; the default dialect goes further by a longer sequence; help: accepted: bnez(rs1, label)
    addi(a0, ft0, 1)  # error[unknown-name]: 'ft0' has no value here; 'addi' takes a register; note: there are the integer registers only, x0..x31
    addi(A0, a0, 1)  # error[unknown-name]: 'A0' has no value here; 'addi' takes a register; help: a0
    addi(x32, a0, 1)  # error[unknown-name]: 'x32' has no value here; 'addi' takes a register; note: registers are zero, ra, sp, gp, tp, t0..t6, s0..s11, a0..a7, and x0..x31
    la(a0, foo+4)  # error[unknown-name]: 'foo' has no value here; note: nothing in <string> above the function gives it a value; help: foo = 4 above the function, or from MODULE import foo; help: accepted: la(rd, label); help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    fence(1, rw)  # error[operand-kind]: 'fence' takes a set of i, o, r, w, or 0 here, got the number 1; note: fence(iorw, iorw): operand 1 takes a set of i, o, r, w, or 0, got the number 1; note: fence(): takes 0 operands
    fence(rwx, rw)  # error[operand-kind]: 'fence' takes a set of i, o, r, w, or 0 here, got the name 'rwx'; note: fence(iorw, iorw): operand 1 takes a set of i, o, r, w, or 0, got the name 'rwx'; note: fence(): takes 0 operands
    fence(rw, rr)  # error[operand-kind]: 'fence' takes a set of i, o, r, w, or 0 here, got the name 'rr'; note: fence(iorw, iorw): operand 2 takes a set of i, o, r, w, or 0, got the name 'rr'; note: fence(): takes 0 operands


@asm_rv32(isa="rv32imac_zcb_zcmp")
def forms(a):
    jalr(a0, a1, 4096)  # error[immediate-range]: 'jalr' takes -2048..2047 here, got 4096; help: li(t0, 4096); add(t0, t0, a1); jalr(a0, 0(t0)); note: jalr(rd, rs1, -2048..2047): operand 3 takes -2048..2047, got 4096; note: jalr(rd, (-2048..2047)(rs1)): takes 2 operands; note: jalr(rs1): takes 1 operand; note: jalr((-2048..2047)(rs1)): takes 1 operand
    jalr()  # error[operand-count]: 'jalr' takes 1 or 2 or 3 operands, got 0; note: jalr(rd, rs1, -2048..2047): takes 3 operands; note: jalr(rd, (-2048..2047)(rs1)): takes 2 operands; note: jalr(rs1): takes 1 operand; note: jalr((-2048..2047)(rs1)): takes 1 operand
    c_li(zero, 32)  # error[immediate-range]: 'c_li' takes -32..31 here, got 32; help: li(zero, 32); note: c_li(zero, -32..31): operand 2 takes -32..31, got 32; note: c_li(rd: x1..x31, -32..31): operand 1 takes a register of x1..x31, got zero
    c_slli(a0, 32)  # error[immediate-range]: 'c_slli' takes 0..31 here, got 32; note: c_slli(rd: x1..x31, 1..31): operand 2 takes 1..31, got 32; note: c_slli(rd, 0): operand 2 takes 0, got the number 32; note: c_slli(zero, 1..31): operand 1 takes zero, got register a0
    c_add(ra, ra, a0)  # error[operand-count]: 'c_add' takes 2 operands, got 3; help: add(ra, ra, a0); note: c_add(rd: x1..x31, rs2: x1..x31): takes 2 operands; note: c_add(zero, rs2: x1..x31): takes 2 operands
    c_addi4spn(s4, sp, 12)  # error[register-class]: 'c_addi4spn' takes one of s0, s1, a0..a5 (x8..x15) here, got s4; help: addi(s4, sp, 12); note: c_addi4spn(rd: x8..x15, sp, 4..1020 by 4): operand 1 takes one of s0, s1, a0..a5 (x8..x15), got s4; note: c_addi4spn(rd: x8..x15, 4..1020 by 4): takes 2 operands
    c_addi16sp(t0, 16)  # error[operand-kind]: 'c_addi16sp' takes sp here, got register t0; note: c_addi16sp(sp, -512..496 by 16, not 0): operand 1 takes sp, got register t0; note: c_addi16sp(-512..496 by 16, not 0): takes 1 operand
    c_lbu(a0, 4(a1))  # error[immediate-range]: 'c_lbu' takes 0..3 here, got 4; help: lbu(a0, 4(a1))
    c_beqz(t0, forms_end)  # error[register-class]: 'c_beqz' takes one of s0, s1, a0..a5 (x8..x15) here, got t0; help: beqz(t0, forms_end)
    lr_w(a0, a1)  # error[operand-kind]: 'lr_w' takes a memory operand here, got register a1; help: lr_w(a0, 0(a1)); help: accepted: lr_w(rd, 0(rs1))
    lr_w(a0, 4(a1))  # error[operand-kind]: 'lr_w' takes 0 here, got the number 4; help: li(t0, 4); add(t0, t0, a1); lr_w(a0, 0(t0)); help: accepted: lr_w(rd, 0(rs1))
    amoadd_w(a0, (a1), a2)  # error[operand-kind]: 'amoadd_w' takes a register here, got a memory operand; help: amoadd_w(a0, a2, (a1)); help: accepted: amoadd_w(rd, rs2, 0(rs1))
    cm_push(ra, -16)  # error[operand-kind]: 'cm_push' takes a set of ra, then s0 and up without a gap here, got register ra; help: cm_push({ra}, -16); help: accepted: cm_push({ra, s0 - s11}, -adjustment)
    cm_push({ra, s0, t1}, -16)  # error[register-class]: 'cm_push' takes a set of ra, then s0 and up without a gap here, got t1; note: a set can end in s9 or s11, not in s10
    cm_pop({s0}, 16)  # error[register-class]: 'cm_pop' takes a set of ra, then s0 and up without a gap here, got s0; note: a set can end in s9 or s11, not in s10
    cm_pop({ra, s0 - f8}, 16)  # error[operand-kind]: a range goes between two registers; help: accepted: cm_pop({ra, s0 - s11}, adjustment)
    cm_mvsa01(s1, s1)  # error[register-class]: the registers of 'cm_mvsa01' must be different ones
    label(forms_end)


@asm_rv32
def another_order_and_out_of_bounds(a):
    csrrs(a0, mstatusx, a0)  # error[unknown-csr]: there is no CSR 'mstatusx'; 'csrrs' takes a CSR's name or 0..4095; help: did you mean 'mstatus', 'mnstatus' or 'mstatush'?; note: the order is csrrs(rd, rs1, csr: name or 0..4095)
    csrrw(a0, 4096, a1)  # error[immediate-range]: 'csrrw' takes a CSR's name or 0..4095 here, got 4096; note: the order is csrrw(rd, rs1, csr: name or 0..4095)
    csrr(4096, a0)  # error[immediate-range]: 'csrr' takes a CSR's name or 0..4095 here, got 4096; note: the order is csrr(rd, csr: name or 0..4095)


@asm_rv32
def words_of_gnu(a, b):
    label(there)
    lw(t0, there)
    sw(t0, there)  # error[operand-kind]: 'sw' takes a memory operand here, got the name 'there'; help: la(t1, there); sw(t0, 0(t1)); note: sw(rs2, (-2048..2047)(rs1)): operand 2 takes a memory operand, got the name 'there'; note: sw(rs2, label, rd: x1..x31): takes 3 operands
    sb(0, 0(a0))  # error[operand-kind]: 'sb' takes a register here, got the number 0; help: sb(zero, 0(a0)); note: sb(rs2, (-2048..2047)(rs1)): operand 1 takes a register, got the number 0; note: sb(rs2, label, rd: x1..x31): takes 3 operands
    sb(0, 4000(a0))  # error[operand-kind]: 'sb' takes a register here, got the number 0; help: li(t0, 4000); add(t0, t0, a0); sb(zero, 0(t0)); note: sb(rs2, (-2048..2047)(rs1)): operand 1 takes a register, got the number 0; note: sb(rs2, label, rd: x1..x31): takes 3 operands
    lw(0, 4(a1))  # error[operand-kind]: 'lw' takes a register here, got the number 0; help: lw(zero, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 1 takes a register, got the number 0; note: lw(rd: x1..x31, label): operand 1 takes a register of x1..x31, got the number 0
    beq(a0, 0, there)  # error[operand-kind]: 'beq' takes a register here, got the number 0; help: beq(a0, zero, there); help: accepted: beq(rs1, rs2, label)
    jalr(0, a1, 0)  # error[operand-kind]: 'jalr' takes a register here, got the number 0; help: jalr(zero, a1, 0); note: jalr(rd, rs1, -2048..2047): operand 1 takes a register, got the number 0; note: jalr(rd, (-2048..2047)(rs1)): takes 2 operands; note: jalr(rs1): takes 1 operand; note: jalr((-2048..2047)(rs1)): takes 1 operand
    jal(0, there)  # error[operand-kind]: 'jal' takes a register here, got the number 0; help: jal(zero, there); note: jal(rd, label): operand 1 takes a register, got the number 0; note: jal(label): takes 1 operand
    mul(0, 0, 0)  # error[operand-kind]: 'mul' takes a register here, got the number 0; help: mul(zero, zero, zero); help: accepted: mul(rd, rs1, rs2)
    csrw(mstatus, 0)  # error[operand-kind]: 'csrw' takes a register here, got the number 0; help: csrwi(mstatus, 0); help: accepted: csrw(csr: name or 0..4095, rs1)
    str(r3, [r7, 0])  # error[constant]: a list is not an operand; help: here that is sw(rs2, offset(rs1))
    str(a3, [a1, 0])  # error[constant]: a list is not an operand; help: memory is written 0(a1); help: here that is sw(rs2, offset(rs1))
    ldr(r3, [r7])  # error[constant]: a list is not an operand; help: here that is lw(rd, offset(rs))
    nonsense(r3, [r7])  # error[constant]: a list is not an operand
