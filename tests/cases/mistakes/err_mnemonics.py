# Names of instructions, and their operands.

@asm_rv32
def names(a):
    nonsense(a0)  # error[unknown-mnemonic]: 'nonsense' is no instruction, pseudo-instruction or directive
    adi(a0, a0, 1)  # error[unknown-mnemonic]: 'adi' is no instruction, pseudo-instruction or directive; help: did you mean 'andi' or 'addi' or 'div'?
    and_(a0, a0, a1)
    xor_(a0, a0, a1)  # error[unknown-mnemonic]: 'xor_' is no instruction, pseudo-instruction or directive; help: did you mean 'xor' or 'or_' or 'xori'?
    ADD(a0, a0, a1)  # error[unknown-mnemonic]: 'ADD' is no instruction, pseudo-instruction or directive; help: write add(...)
    sh1add(a0, a0, a1)  # error[needs-extension]: 'sh1add' needs the extension Zba; help: isa="rv32i..._zba"
    c_lbu(a0, 0(a1))  # error[needs-extension]: 'c_lbu' needs the extension Zcb; help: isa="rv32i..._zcb"
    flw(a0, 0(a1))  # error[unknown-mnemonic]: 'flw' is no instruction, pseudo-instruction or directive; help: did you mean 'lw'?


@asm_rv32
def operands(a):
    add(a0, a0)  # error[operand-count]: 'add' takes 3 operands, got 2; help: accepted: add(rd, rs1, rs2)
    ret(a0)  # error[operand-count]: 'ret' takes 0 operands, got 1; help: accepted: ret()
    lw(a0, a1, 4)  # error[operand-count]: 'lw' takes 2 operands, got 3; help: lw(a0, 4(a1)); help: accepted: lw(rd, (-2048..2047)(rs1))
    add(a0, a1, 4)  # error[operand-kind]: 'add' takes a register here, got the number 4; help: addi(a0, a1, 4); help: accepted: add(rd, rs1, rs2)
    addi(a0, a1, a2)  # error[operand-kind]: 'addi' takes an integer here, got register a2; help: accepted: addi(rd, rs1, -2048..2047)
    addi(a0, 4, a1)  # error[operand-kind]: 'addi' takes a register here, got the number 4; help: accepted: addi(rd, rs1, -2048..2047)
    lw(a0, a1)  # error[operand-kind]: 'lw' takes a memory operand here, got register a1; help: lw(a0, 0(a1)); help: accepted: lw(rd, (-2048..2047)(rs1))
    lw(a0, 4)  # error[operand-kind]: 'lw' takes a memory operand here, got the number 4; help: lw(a0, 4(a1)); help: accepted: lw(rd, (-2048..2047)(rs1))
    lw(4, 0(a1))  # error[operand-kind]: 'lw' takes a register here, got the number 4; help: accepted: lw(rd, (-2048..2047)(rs1))
    add(a0, a1, 4(a2))  # error[operand-kind]: 'add' takes a register here, got a memory operand; help: a2; help: accepted: add(rd, rs1, rs2)
    beq(a0, a1, 8)  # error[operand-kind]: 'beq' takes a label as its target, got the number 8; help: put label(there) at the target and write its name; help: accepted: beq(rs1, rs2, label)
    j(a0)  # error[operand-kind]: 'j' takes a label as its target, got register a0; help: put label(there) at the target and write its name; help: accepted: j(label)
    add(a0, a1, "text")  # error[operand-kind]: 'add' takes a register here, got a string; help: accepted: add(rd, rs1, rs2)
    c_mv(a0, zero)  # error[register-class]: 'c_mv' takes x1..x31 here, got zero; help: add(...) takes any register
    c_sub(t0, a0)  # error[register-class]: 'c_sub' takes one of s0, s1, a0..a5 (x8..x15) here, got t0; help: sub(...) takes any register
    c_lw(a0, 0(t0))  # error[register-class]: 'c_lw' takes one of s0, s1, a0..a5 (x8..x15) here, got t0; help: lw(...) takes any register
    add(a0, a1, fp)  # error[unknown-name]: 'fp' has no value here; a register is needed; help: the frame pointer is s0
    add(a0, a1, a9)  # error[unknown-name]: 'a9' has no value here; a register is needed
    addi(a0, a1, WIDTH)  # error[unknown-name]: 'WIDTH' has no value here; an integer is needed
    csrr(a0, nosuch)  # error[unknown-csr]: there is no CSR 'nosuch'
    csrr(a0, mstatu)  # error[unknown-csr]: there is no CSR 'mstatu'; help: did you mean 'mstatus' or 'mstatush' or 'mnstatus'?


@asm_rv32(isa="rv32e")
def sixteen_registers():
    li(s6, 513)  # error[register-class]: 'li' takes x0..x15 here, got s6
    la(a6, x)  # error[register-class]: 'la' takes x0..x15 here, got a6
    mv(a0, s2)  # error[register-class]: 'mv' takes x0..x15 here, got s2
    label(x)
