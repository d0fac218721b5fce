# Statements of a function that stand too far to the left, and what else only assembler means.

import array

@asm_rv32
def a_label_outside(n):
    li(t0, 0)
label(loop)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: label(loop), indented
    add(t0, t0, n)
    addi(n, n, -1)
    bnez(n, loop)
    mv(a0, nobody)  # error[unknown-name]: 'nobody' has no value here; 'mv' takes a register; note: nothing in <string> above the function gives it a value; help: nobody = 4 above the function, or from MODULE import nobody


@asm_rv32
def a_colon(n):
    li(t0, 0)
again:  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: label(again), indented
    addi(t0, t0, 1)


@asm_rv32
def the_last_one():
    li(a0, 0)
ret()  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: ret(), indented
ret  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: ret(), indented
lw(a0, 4(a1)); nop()  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: lw(a0, 4(a1)); nop(), indented
ldr(a0, 4(a1))  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: ldr(a0, 4(a1)), indented
.word 1, 2  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: data(4, 1, 2), indented
.globl start  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: leave it out: every function can be called from outside
add a0, a0, a1  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: add(a0, a0, a1), indented
c.addi a0, 1  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: c_addi(a0, 1), indented
word 3  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: data(4, 3), indented
1:  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: label(again), indented
for index in range(4):
    addi(a0, a0, 1)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: addi(a0, a0, 1), indented


class Methods:
    @asm_rv32
    def inner(self):
        li(a0, 0)
    label(end)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: label(end), indented
        addi(a0, a0, 1)
  nop()  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: nop(), indented


def around():
    @asm_rv32
    def inner():
        li(a0, 0)
    nop()  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: nop(), indented


@asm_rv32
def div(a, b):
    rem(a0, a, b)
div(a0, a0, a1)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: div(a0, a0, a1), indented


@asm_rv  # error[decorator]: there is no decorator 'asm_rv'; help: asm_rv32
def misspelt():
    nop()


@micropython.asm_rv64(isa="rv64")  # error[decorator]: there is no decorator 'asm_rv64'; help: asm_rv32
def misspelt_too():
    nop()


# A name that the file gives a meaning is Python's.

def align(text):
    return text


align("left")
data = array.array("i", [1])
space(data)  # error[outside-function]: this is a statement of the assembler, and stands outside of the function; help: space(data), indented
