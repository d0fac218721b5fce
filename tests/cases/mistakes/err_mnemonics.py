# Names of instructions, and their operands.

@asm_rv32
def names(a):
    nonsense(a0)  # error[unknown-mnemonic]: 'nonsense' is no instruction, pseudo-instruction or directive
    mov(a0, a1)  # error[unknown-mnemonic]: 'mov' is no instruction, pseudo-instruction or directive; help: here that is mv(rd, rs) or li(rd, number)
    mov.n(a0, a1)  # error[unknown-mnemonic]: 'mov.n' is no instruction, pseudo-instruction or directive; help: here that is mv(rd, rs)
    subi(a0, a1, 3)  # error[unknown-mnemonic]: 'subi' is no instruction, pseudo-instruction or directive; help: here that is addi(rd, rs, -number)
    adi(a0, a0, 1)  # error[unknown-mnemonic]: 'adi' is no instruction, pseudo-instruction or directive; help: did you mean 'addi', 'andi', 'add', 'and_' or 'div'?
    and_(a0, a0, a1)
    xor_(a0, a0, a1)  # error[unknown-mnemonic]: 'xor_' is no instruction, pseudo-instruction or directive; help: did you mean 'xor', 'or_' or 'xori'?
    ADD(a0, a0, a1)  # error[unknown-mnemonic]: 'ADD' is no instruction, pseudo-instruction or directive; help: write add(...)
    sh1add(a0, a0, a1)  # error[needs-extension]: 'sh1add' needs the extension Zba (address generation); help: isa="rv32imc_zba"
    c_lbu(a0, 0(a1))  # error[needs-extension]: 'c_lbu' needs the extension Zcb (further compressed instructions); help: isa="rv32imc_zcb"
    c_lbu(a0, 4)  # error[needs-extension]: 'c_lbu' needs the extension Zcb (further compressed instructions); help: isa="rv32imc_zcb"
    addw(a0, a0, a1)  # error[foreign-instruction]: 'addw' belongs to RV64I (the 64-bit base), which is not assembled here; help: add(...) does that on the 32 bits of a register
    ld(a0, 0(a1))  # error[foreign-instruction]: 'ld' belongs to RV64I (the 64-bit base) or Zilsd (loads and stores of register pairs), which is not assembled here; help: here that is lw(rd, offset(rs)); lw(rd2, offset2(rs))
    flh(ft0, 0(a1))  # error[foreign-instruction]: 'flh' belongs to Zfh (half-precision floating point) or Zfhmin (half-precision loads, stores, moves and conversions) or Zfbfmin (BF16 conversions), which is not assembled here; note: the extensions here are M, A, F, C, Zicsr, Zifencei, Zba, Zbb, Zbs, Zicond, Zbc, Zbkb, Zbkx, Zknd, Zkne, Zknh, Zksed, Zksh, Zawrs, Zabha, Zacas, Zihintpause, Zihintntl, Zicbom, Zicbop, Zicboz, Zimop, Zcmop, Svinval, Smrnmi, Zcb, Zcmp, Zcmt, Xw, Xh3bextm, Xh3power, Xpicorv32, Xesploop, Zcf, Zfinx, Xh3irq, Xh3pmpm
    fadd_s(a0, a1, a2)  # error[needs-extension]: 'fadd_s' needs the extension F (single-precision floating point); help: isa="rv32imfc"
    amoadd_d_aqrl(a0, a1, 0(a2))  # error[foreign-instruction]: 'amoadd_d_aqrl' belongs to RV64A (64-bit atomic instructions), which is not assembled here; note: the extensions here are M, A, F, C, Zicsr, Zifencei, Zba, Zbb, Zbs, Zicond, Zbc, Zbkb, Zbkx, Zknd, Zkne, Zknh, Zksed, Zksh, Zawrs, Zabha, Zacas, Zihintpause, Zihintntl, Zicbom, Zicbop, Zicboz, Zimop, Zcmop, Svinval, Smrnmi, Zcb, Zcmp, Zcmt, Xw, Xh3bextm, Xh3power, Xpicorv32, Xesploop, Zcf, Zfinx, Xh3irq, Xh3pmpm
    vlseg2e8_v(v0, (a0))  # error[foreign-instruction]: 'vlseg2e8_v' belongs to V (vectors), which is not assembled here; note: the extensions here are M, A, F, C, Zicsr, Zifencei, Zba, Zbb, Zbs, Zicond, Zbc, Zbkb, Zbkx, Zknd, Zkne, Zknh, Zksed, Zksh, Zawrs, Zabha, Zacas, Zihintpause, Zihintntl, Zicbom, Zicbop, Zicboz, Zimop, Zcmop, Svinval, Smrnmi, Zcb, Zcmp, Zcmt, Xw, Xh3bextm, Xh3power, Xpicorv32, Xesploop, Zcf, Zfinx, Xh3irq, Xh3pmpm
    c.addi(a0, 1)  # error[unknown-mnemonic]: 'c.addi' is no instruction, pseudo-instruction or directive; help: write c_addi(...)
    add.uw(a0, a0, a1)  # error[foreign-instruction]: 'add.uw' belongs to RV64Zba (64-bit address generation), which is not assembled here; help: add(...) does that on the 32 bits of a register
    lw.aq(a0, 0(a1))  # error[unknown-mnemonic]: 'lw.aq' is no instruction, pseudo-instruction or directive
    data.word(4, 1)  # error[unknown-mnemonic]: 'data.word' is no instruction, pseudo-instruction or directive
    fadd.s(fa0, fa1, fa2)  # error[needs-extension]: 'fadd.s' needs the extension F (single-precision floating point); help: isa="rv32imfc"
    C.LW(a0, 0(a1))  # error[unknown-mnemonic]: 'C.LW' is no instruction, pseudo-instruction or directive; help: write c_lw(...)
    asm.add(a0, a0, a1)  # error[unknown-mnemonic]: 'asm.add' is no instruction, pseudo-instruction or directive; help: did you mean 'c_add'?
    nop0(a0)  # error[unknown-mnemonic]: 'nop0' is no instruction, pseudo-instruction or directive; help: did you mean 'nop'?
    flw(a0, 0(a1))  # error[needs-extension]: 'flw' needs the extension F (single-precision floating point); help: isa="rv32imfc"


@asm_rv32
def operands(a):
    add(a0, a0)  # error[operand-count]: 'add' takes 3 operands, got 2; help: add(a0, a0, a0); help: accepted: add(rd, rs1, rs2)
    ret(a0)  # error[operand-count]: 'ret' takes 0 operands, got 1; help: ret(); help: accepted: ret()
    lw(a0, a1, 4)  # error[operand-count]: 'lw' takes 2 operands, got 3; help: lw(a0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): takes 2 operands; note: lw(rd: x1..x31, label): takes 2 operands
    add(a0, a1, 4)  # error[operand-kind]: 'add' takes a register here, got the number 4; help: addi(a0, a1, 4); help: accepted: add(rd, rs1, rs2)
    addi(a0, a1, a2)  # error[operand-kind]: 'addi' takes -2048..2047 here, got register a2; help: add(a0, a1, a2); help: accepted: addi(rd, rs1, -2048..2047)
    addi(a0, 4, a1)  # error[operand-kind]: 'addi' takes a register here, got the number 4; help: addi(a0, a1, 4); help: accepted: addi(rd, rs1, -2048..2047)
    lw(a0, a1)  # error[operand-kind]: 'lw' takes a memory operand here, got register a1; help: lw(a0, 0(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 2 takes a memory operand, got register a1; note: lw(rd: x1..x31, label): operand 2 takes a label, got register a1
    lw(a0, 4)  # error[operand-kind]: 'lw' takes a memory operand here, got the number 4; help: lw(a0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 2 takes a memory operand, got the number 4; note: lw(rd: x1..x31, label): operand 2 takes a label, got the number 4
    lw(4, 0(a1))  # error[operand-kind]: 'lw' takes a register here, got the number 4; help: li(t0, 0); add(t0, t0, a1); lw(t0, 4(a1)); note: lw(rd, (-2048..2047)(rs1)): operand 1 takes a register, got the number 4; note: lw(rd: x1..x31, label): operand 1 takes a register of x1..x31, got the number 4
    add(a0, a1, 4(a2))  # error[operand-kind]: 'add' takes a register here, got a memory operand; help: lw(t0, 4(a2)); add(a0, a1, t0); help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    beq(a0, a1, 8)  # error[operand-kind]: 'beq' takes a label as its target, got the number 8; help: put label(there) at the target and write its name; note: a label may be -4096..4094 by 2 bytes away; the default dialect goes further by a longer sequence; help: accepted: beq(rs1, rs2, label)
    j(a0)  # error[operand-kind]: 'j' takes a label as its target, got register a0; help: put label(there) at the target and write its name; note: a label may be -1048576..1048574 by 2 bytes away; the default dialect goes further by a longer sequence; help: accepted: j(label)
    add(a0, a1, "text")  # error[operand-kind]: 'add' takes a register here, got a string; help: accepted: add(rd, rs1, rs2); note: there is addi(rd, rs1, -2048..2047), too
    c_mv(a0, zero)  # error[register-class]: 'c_mv' takes a register of x1..x31 here, got zero; help: mv(a0, zero); note: c_mv(rd: x1..x31, rs2: x1..x31): operand 2 takes a register of x1..x31, got zero; note: c_mv(zero, rs2: x1..x31): operand 1 takes zero, got register a0
    c_sub(t0, a0)  # error[register-class]: 'c_sub' takes one of s0, s1, a0..a5 (x8..x15) here, got t0; help: sub(t0, t0, a0)
    c_lw(a0, 0(t0))  # error[register-class]: 'c_lw' takes one of s0, s1, a0..a5 (x8..x15) here, got t0; help: lw(a0, 0(t0))
    add(a0, a1, fp)  # error[unknown-name]: 'fp' has no value here; 'add' takes a register; help: the frame pointer is s0; note: there is addi(rd, rs1, -2048..2047), too
    add(a0, a1, a9)  # error[unknown-name]: 'a9' has no value here; 'add' takes a register; note: registers are zero, ra, sp, gp, tp, t0..t6, s0..s11, a0..a7, and x0..x31; note: there is addi(rd, rs1, -2048..2047), too
    addi(a0, a1, WIDTH)  # error[unknown-name]: 'WIDTH' has no value here; 'addi' takes -2048..2047; note: nothing in <string> above the function gives it a value; help: WIDTH = 4 above the function, or from MODULE import WIDTH
    csrr(a0, nosuch)  # error[unknown-csr]: there is no CSR 'nosuch'; 'csrr' takes a CSR's name or 0..4095
    csrr(a0, mstatu)  # error[unknown-csr]: there is no CSR 'mstatu'; 'csrr' takes a CSR's name or 0..4095; help: did you mean 'mstatus', 'mnstatus' or 'mstatush'?


@asm_rv32(isa="rv32e")
def sixteen_registers():
    li(s6, 513)  # error[register-class]: 'li' takes a register of x0..x15 here, got s6
    la(a6, x)  # error[register-class]: 'la' takes a register of x0..x15 here, got a6
    mv(a0, s2)  # error[register-class]: 'mv' takes a register of x0..x15 here, got s2
    label(x)


@asm_rv32
def words_of_gnu():
    ld(a0, 0(a1))  # error[foreign-instruction]: 'ld' belongs to RV64I (the 64-bit base) or Zilsd (loads and stores of register pairs), which is not assembled here; help: here that is lw(rd, offset(rs)); lw(rd2, offset2(rs))
    sd(a0, 0(a1))  # error[foreign-instruction]: 'sd' belongs to RV64I (the 64-bit base) or Zilsd (loads and stores of register pairs), which is not assembled here; help: here that is sw(rs2, offset(rs1)); sw(rs3, offset2(rs1))
    sext_w(a0, a1)  # error[foreign-instruction]: 'sext_w' belongs to RV64I (the 64-bit base), which is not assembled here; help: here that is mv(rd, rs)
    sext.w(a0, a1)  # error[foreign-instruction]: 'sext.w' belongs to RV64I (the 64-bit base), which is not assembled here; help: here that is mv(rd, rs)
    zext_w(a0, a1)  # error[foreign-instruction]: 'zext_w' belongs to RV64Zba (64-bit address generation), which is not assembled here; help: here that is mv(rd, rs)
    word(1, 2)  # error[unknown-mnemonic]: 'word' is no instruction, pseudo-instruction or directive; help: data(4, 1, 2)
    asciz("abc")  # error[unknown-mnemonic]: 'asciz' is no instruction, pseudo-instruction or directive; help: data(1, "abc", 0)
    set(N, 4)  # error[unknown-mnemonic]: 'set' is no instruction, pseudo-instruction or directive; help: N = 4
    globl(f)  # error[unknown-mnemonic]: 'globl' is no instruction, pseudo-instruction or directive; help: leave it out: every function can be called from outside
    .asciz "a", "b"  # error[syntax]: '.' cannot stand here; help: data(1, "a", 0, "b", 0)
    .set N, 4  # error[syntax]: '.' cannot stand here; help: N = 4
    .globl f  # error[syntax]: '.' cannot stand here; help: leave it out: every function can be called from outside
    .word(1, 2)  # error[syntax]: '.' cannot stand here; help: data(4, 1, 2)
    word 1, 2  # error[syntax]: '1' cannot stand here; help: data(4, 1, 2)
    .cfi_startproc  # error[syntax]: '.' cannot stand here
