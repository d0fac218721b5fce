# Labels, targets and directives.
# The label stands in another line than it has columns in front of it: a note names the line.

@asm_rv32
def labels(a):
    label(here)
    label(here)  # error[duplicate-label]: the label 'here' stands twice; note: it stands first in line 6
    j(nowhere)  # error[unknown-label]: there is no label 'nowhere' in this function; help: did you mean 'here'?
    beqz(a, her)  # error[unknown-label]: there is no label 'her' in this function; help: did you mean 'here'?
    for i in range(2):
        label(inside)
    j(inside)  # error[unknown-label]: there is no label 'inside' in this function; help: label(inside) makes one; a function elsewhere is called by its address, jalr(register)
    call(elsewhere)  # error[unknown-label]: there is no label 'elsewhere' in this function; help: label(elsewhere) makes one; a function elsewhere is called by its address, jalr(register); note: call(label): operand 1 takes a label, got 'elsewhere'; note: call(rd, label): takes 2 operands
    beq(a, here)  # error[operand-count]: 'beq' takes 3 operands, got 2; help: beqz(a, here); help: accepted: beq(rs1, rs2, label)
    bgtu(a, here)  # error[operand-count]: 'bgtu' takes 3 operands, got 2; help: accepted: bgtu(rs2, rs1, label)
    addi(a0, a0, here)  # error[unknown-name]: 'here' has no value here; 'addi' takes -2048..2047; note: it is a label; only branches, jumps and la take labels
    label(a0)  # error[name-clash]: 'a0' is a register
    label(3)  # error[directive]: label takes one bare name; help: label(loop)
    label()  # error[directive]: label takes one bare name; help: label(loop)
    compress()  # error[directive]: compress takes True or False; help: compress(False) ahead of what keeps four bytes, compress(True) behind it
    compress(2)  # error[directive]: compress takes True or False; help: compress(False) ahead of what keeps four bytes, compress(True) behind it
    data(4)  # error[directive]: data takes a size and one value or more; help: data(4, 1, 2, 3), data(1, b'text')
    data(3, 1)  # error[directive]: data has sizes 1, 2 and 4, not 3; help: data(4, ...) holds words, data(1, ...) bytes and strings
    align(3)  # error[directive]: align takes a power of two, got 3; help: align(4)
    align(1, 2)  # error[operand-count]: align takes one operand; help: align(4)
    space(a0)  # error[constant]: an integer is needed here, not register a0
    here = 4  # error[name-clash]: 'here' is already a label


@asm_rv32
def too_far():
    c_beqz(a0, there)  # error[target-range]: the target is +4100 bytes away; 'c.beqz' reaches -256..+254; help: without c_, beqz is assembled as short as its target allows
    c_j(there)  # error[target-range]: the target is +4098 bytes away; 'c.j' reaches -2048..+2046; help: without c_, j is assembled as short as its target allows
    space(4096)
    label(there)
    ret()


@asm_rv32
def crooked():
    space(1)
    nop()  # error[target-alignment]: an instruction would stand at offset 0x1; help: align(2) in front of it
