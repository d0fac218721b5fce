# Lines with too much or too little in them, and what could stand there.

@asm_rv32
def unfinished(a):
    if a  # error[syntax]: the end of the line cannot stand here; help: expected ':'
    for i in range(2)  # error[syntax]: the end of the line cannot stand here; help: expected ':'
    for i range(2):  # error[syntax]: 'range' cannot stand here; help: expected 'in'
    for 4 in range(2):  # error[syntax]: '4' cannot stand here; help: expected a name
    N = (1 if 2)  # error[syntax]: ')' cannot stand here; help: expected 'else'
    N: 4 = 4 = 4  # error[syntax]: '=' cannot stand here; help: a name is given to a register or a constant once: acc = a2, N = 4
    N: 4  # error[syntax]: the end of the line cannot stand here; help: expected '='
    add(a0, a0, )  # error[operand-count]: 'add' takes 3 operands, got 2; help: add(a0, a0, a0); help: accepted: add(rd, rs1, rs2)
    add(a0 a1)  # error[syntax]: 'a1' cannot stand here; help: expected '(', ')', ',', '='
    li(a0, -)  # error[syntax]: ')' cannot stand here
    li a0, 1)  # error[syntax]: 'a0' cannot stand here; help: expected '(', ':', '=', the end of the line
    li(a0, 1))  # error[syntax]: ')' cannot stand here; help: expected the end of the line
    nop() nop()  # error[syntax]: 'nop' cannot stand here


@asm_rv32
def of_a_number(4):  # error[syntax]: '4' cannot stand here; help: expected ')', a name
    nop()


@asm_rv32
def of_a_result(a) int:  # error[syntax]: 'int' cannot stand here; help: expected '->', ':'
    nop()
