# Lines that are no statement.

@asm_rv32
def statements(a):
    while a:  # error[syntax]: 'while' is no statement of the assembler; it has calls, names, 'for' and 'if'; help: label(again) before it, and bnez(a0, again) or another branch after it
        nop()
    return a0  # error[syntax]: 'return' is no statement of the assembler; it has calls, names, 'for' and 'if'; help: ret(), the result being what a0 holds
    import os  # error[syntax]: 'import' is no statement of the assembler; it has calls, names, 'for' and 'if'; help: put it above the function
    a0 += 1  # error[syntax]: '=' cannot stand here; help: a name is given to a register or a constant once: acc = a2, N = 4
    nop  # error[syntax]: 'nop' is written as a call; help: nop()
    4  # error[syntax]: a statement is a call: an instruction or a directive with its operands
    add a0, a0, a1  # error[syntax]: 'a0' cannot stand here; help: add(a0, a0, a1)
    c.lw a0, 4(a1)  # error[syntax]: 'a0' cannot stand here; help: c_lw(a0, 4(a1))
    and a0, a0, a1  # error[syntax]: 'and' cannot stand here; help: and_(a0, a0, a1)
    again:  # error[syntax]: the end of the line cannot stand here; help: label(again)
    .word 1, 2  # error[syntax]: '.' cannot stand here; help: data(4, 1, 2)
    j .Lend  # error[syntax]: a statement is a call: an instruction or a directive with its operands
    j(.Lend)  # error[syntax]: '.' cannot stand here; help: a label is written as a bare name, without a dot or @ in it
    call(printf@plt)  # error[syntax]: '@' cannot stand here; help: a label is written as a bare name, without a dot or @ in it
    add(a0 a1)  # error[syntax]: 'a1' cannot stand here; help: expected '(', ')', ',', '='
    else:  # error[syntax]: 'else' without an 'if' before it
        nop()
    for i in 3:  # error[syntax]: a loop goes over range(...) with one to three constants; help: for i in range(4):
        nop()
    for i in range(1, 2, 0):  # error[expression]: a step of zero
        nop()
    for i in range(x):  # error[unknown-name]: 'x' has no value here; note: nothing in <string> above the function gives it a value; help: x = 4 above the function, or from MODULE import x
        nop()
    if y:  # error[unknown-name]: 'y' has no value here; note: nothing in <string> above the function gives it a value; help: y = 4 above the function, or from MODULE import y
        nop()
    def inner():  # error[syntax]: a function cannot stand inside an assembler function; help: put it beside this one; call(label) goes to a label of the same function
        nop()
    li(a0, $)  # error[syntax]: '$' cannot stand here
    data(1, "open)
    # ^ error[unclosed]: this string is not closed
        nop()  # error[indentation]: the indentation fits no enclosing block
    li(a0, ((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((((1)))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))))  # error[nesting]: brackets nest at most 195 deep


@asm_rv32
def open_bracket():
    add(a0, a0, a1
    # ^ error[unclosed]: this '(' is not closed
