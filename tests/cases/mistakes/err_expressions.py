# Expressions that have no value.

@asm_rv32
def expressions(a):
    li(a0, 1 // 0)  # error[expression]: a division by zero
    li(a0, 5 % 0)  # error[expression]: a division by zero
    li(a0, 1 << -1)  # error[expression]: a shift by a negative number
    li(a0, 1 << 99999)  # error[expression]: a number here has more than 1024 bits
    li(a0, 2 ** -1)  # error[expression]: a negative power is not an integer
    li(a0, 9 ** 9 ** 9)  # error[expression]: a number here has more than 1024 bits
    li(a0, 1.5)  # error[constant]: '1.5' is not an integer; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, 1 / 2)  # error[constant]: '/' gives no integer; help: write '//'; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, 08)  # error[constant]: '08' is not an integer; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, a1 + 1)  # error[constant]: register a1 is not a constant; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, x + 1)  # error[unknown-name]: 'x' has no value here; note: nothing in <string> above the function gives it a value; help: x = 4 above the function, or from MODULE import x; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, f(3))  # error[constant]: f is no function of the assembler; help: a constant expression knows const, address_of, hi, lo, pcrel_hi, pcrel_lo; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, a.b)  # error[constant]: an attribute is not an operand; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    lw(a0, [a1, 4])  # error[constant]: a list is not an operand; help: memory is written 4(a1); help: accepted: lw(rd, (-2048..2047)(rs1)); help: accepted: lw(rd: x1..x31, label)
    lw(a0, [a1])  # error[constant]: a list is not an operand; help: memory is written 0(a1); help: accepted: lw(rd, (-2048..2047)(rs1)); help: accepted: lw(rd: x1..x31, label)
    li(a0, [1])  # error[constant]: a list is not an operand; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, hi(1, 2))  # error[operand-count]: hi() takes one operand
    li(a0, f"x")  # error[constant]: an f-string is not a constant; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    lw(a0, 4(a1) + 4)  # error[constant]: a memory operand cannot be computed with; help: put the whole offset in brackets: (4*i)(a1); help: accepted: lw(rd, (-2048..2047)(rs1)); help: accepted: lw(rd: x1..x31, label)
    li(*args)  # error[constant]: a starred expression is not an operand; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(rd=a0)  # error[constant]: a keyword argument is not an operand; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    N = nothing  # error[unknown-name]: 'nothing' has no value here; help: a name stands for a register or an integer
    N = {a0, a1}  # error[constant]: a set of registers cannot be given a name; help: a name stands for a register or an integer
    N = 4(a1)  # error[constant]: a memory operand cannot be given a name; help: a name stands for a register or an integer
    N = "text"  # error[constant]: a string cannot be given a name; help: a name stands for a register or an integer
    t0 = 4  # error[name-clash]: 't0' is a register and keeps its meaning
    li(a0, 0xfffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff)  # error[expression]: a number here has more than 1024 bits


@asm_rv32
def no_integers(a):
    label(there)
    data(4, a0)  # error[constant]: an integer is needed here, not register a0
    data(4, a)  # error[constant]: an integer is needed here, not register a0
    data(1, 1, (a0))  # error[constant]: an integer is needed here, not a memory operand
    data(a0, 1)  # error[constant]: an integer is needed here, not register a0
    data(4, there)
    space(a0)  # error[constant]: an integer is needed here, not register a0
    align(a0)  # error[constant]: an integer is needed here, not register a0
    li(a1, a0 + 1)  # error[constant]: register a0 is not a constant; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    for i in range(a0):  # error[constant]: an integer is needed here, not register a0
        nop()
    True = 1  # error[name-clash]: 'True' is a word of Python and keeps its meaning
    __debug__ = 1  # error[name-clash]: '__debug__' is a word of Python and keeps its meaning
    None = t0  # error[name-clash]: 'None' is a word of Python and keeps its meaning
    for False in range(2):  # error[name-clash]: 'False' is a word of Python and keeps its meaning
        nop()
    data(1, 'a' b'b')  # error[constant]: not a string: Python joins no text with bytes
    data(1, '\ud800')  # error[constant]: not a string: 'utf-8' codec can't encode character '\ud800' in position 0: surrogates not allowed


@asm_rv32
def addresses(a):
    li(a0, address_of(4))  # error[constant]: address_of() takes a label; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    li(a0, address_of("no label"))  # error[constant]: an integer is needed here, not a string; help: accepted: li(rd, -2147483648..2147483647 or 0..0xffffffff)
    lw(a0, a[1, 2])  # error[constant]: a tuple is not an operand; help: accepted: lw(rd, (-2048..2047)(rs1)); help: accepted: lw(rd: x1..x31, label)
