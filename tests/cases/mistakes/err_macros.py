# A mistake in a macro stands in its line, once, with the line of its first use.


@asm_macro
def swap(a, b):
    xor(a, a, b)  # error[operand-kind]: 'xor' takes a register here, got the number 4; help: xori(a, a, b); help: accepted: xor(rd, rs1, rs2); note: in swap, used in line 38
    nonsense(a)  # error[unknown-mnemonic]: 'nonsense' is no instruction, pseudo-instruction or directive; note: in swap, used in line 37
    addi(a, b, LARGE)  # error[operand-kind]: 'addi' takes a register here, got the number 4; help: accepted: addi(rd, rs1, -2048..2047); note: in swap, used in line 38
    # ^ error[unknown-name]: 'LARGE' has no value here; 'addi' takes -2048..2047; note: line 32 makes it a str of 4 characters; help: LARGE[0] is an item, len(LARGE) their number; note: in swap, used in line 37


@asm_macro
def outer(r):
    middle(r)


@asm_macro
def middle(r, n=missing):
    addi(r, r, n)  # error[unknown-name]: 'missing' has no value here; 'addi' takes -2048..2047; note: in middle, used in line 14; note: in outer, used in line 39


@asm_macro
def jumps(r, top):
    bnez(r, top)  # error[operand-kind]: 'bnez' takes a register here, got a memory operand; help: accepted: bnez(rs1, label); note: in jumps, used in line 42
    # ^ error[unknown-label]: there is no label 'nowhere' in this function; help: label(nowhere) makes one; a function elsewhere is called by its address, jalr(register); note: in jumps, used in line 41
    j(done)  # error[unknown-label]: there is no label 'done' in this macro; help: make it a parameter of jumps: a macro does not see the labels where it is used; note: in jumps, used in line 41
    label(r)  # error[directive]: a label is a bare name, and this parameter is given none; note: in jumps, used in line 42
    label(again)
    label(again)  # error[duplicate-label]: the label 'again' stands twice; note: it stands first in line 28; note: in jumps, used in line 41


LARGE = "text"


@asm_rv32
def uses(x):
    swap(x, t0)
    swap(x, 4)
    outer(x)
    label(done)
    jumps(x, nowhere)
    jumps(4(x), done)
    swap(x)  # error[operand-count]: 'swap' takes 2 operands; there is none for b; help: swap(a, b)
    swap(x, x, x)  # error[operand-count]: 'swap' takes 2 operands, got 3; help: swap(a, b)
    middle()  # error[operand-count]: 'middle' takes 1 to 2 operands; there is none for r; help: middle(r, n=...)
    swap(x, c=x)  # error[operand-count]: 'swap' has no parameter 'c'; help: swap(a, b)
    swap(x, b=x, a=x)  # error[operand-count]: 'a' is given twice; help: swap(a, b)
    swap(b=x, x)  # error[operand-count]: an operand without a name stands behind one with a name; help: swap(a, b)
    swap(*x)  # error[operand-count]: a macro's operands are written one by one; help: swap(a, b)
    swop(x, t0)  # error[unknown-mnemonic]: 'swop' is no instruction, directive or macro; help: did you mean 'swap'?
    mv(a0, swap)  # error[unknown-name]: 'swap' has no value here; 'mv' takes a register; help: did you mean 'sp'?
    swap(x, 1 // 0)  # error[expression]: a division by zero
    swap.me(x)  # error[unknown-mnemonic]: 'swap.me' is no instruction, directive or macro; help: did you mean 'swap'?
    swap  # error[syntax]: 'swap' is written as a call; help: swap(a, b)


@asm_macro
def itself(r):
    mv(a0, r)
    itself(r)  # error[macro]: 'itself' uses itself without end; note: in itself, used in line 80


@asm_macro
def ping(r):
    pong(r)


@asm_macro
def pong(r):
    ping(r)  # error[macro]: 'ping' uses itself without end, by way of pong; note: in pong, used in line 65; note: in ping, used in line 81


@asm_macro
def deeper(n):
    deeper(n + 1)  # error[nesting]: macros and blocks are expanded at most 64 deep; note: in deeper, used in line 75; note: in deeper, used in line 75; note: in deeper, used in line 75; note: in deeper, used in line 75; note: in deeper, used in line 75; note: and 58 more; note: in deeper, used in line 82


@asm_rv32
def circles(x):
    itself(x)
    ping(x)
    deeper(1)


@asm_macro
def orders(x, y):
    if x < y:  # error[constant]: a register is compared with registers, by == or !=; note: in orders, used in line 93
        nop()


@asm_rv32
def ordered(x):
    orders(x, x)
    if x == 10:  # error[constant]: a register is compared with registers, by == or !=
        nop()


@asm_macro
def add(x, y):  # error[macro]: 'add' is a word of the assembler and keeps its meaning; help: give the macro another name
    mv(x, y)


@asm_macro
def align(x):  # error[macro]: 'align' is a word of the assembler and keeps its meaning; help: give the macro another name
    mv(x, y)


@asm_macro
def sp(x):  # error[macro]: 'sp' is a register and keeps its meaning; help: give the macro another name
    mv(x, y)


@asm_macro
def heads(a0):  # error[name-clash]: 'a0' is a register and keeps its meaning; help: a register is given at each use
    mv(a0, a1)


@asm_macro
def twice(x, x):  # error[parameter]: the parameter 'x' stands twice
    mv(x, x)


@asm_macro
def starred(*x):  # error[parameter]: a macro has no starred parameter
    mv(x, x)


@asm_macro(isa="rv32i")  # error[decorator]: the decorator takes no arguments
def arguments(x):
    mv(x, x)


@asm_rv32
@asm_macro  # error[decorator]: a 'def' is a function or a macro: asm_rv32 stands above it, too
def both(x):
    mv(x, x)


@asm_macro
def unused(x):
    while x:  # error[syntax]: 'while' is no statement of the assembler; it has calls, names, 'for' and 'if'; help: label(again) before it, and bnez(a0, again) or another branch after it
        pass


@asm_macro
class Thing:  # error[not-a-function]: the decorator stands above a class; it takes a plain 'def'
    pass


@asm_marco  # error[decorator]: there is no decorator 'asm_marco'; help: asm_macro
def misspelt(x):
    mv(x, x)


swap(a0, a1)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: swap(a0, a1), indented
