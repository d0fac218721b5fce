# The head of a function, and its decorator.

@asm_rv32
def nine(a, b, c, d, e, f, g, h, i):  # error[too-many-parameters]: 9 parameters, but arguments arrive in the 8 registers a0 to a7; help: pass one array, and load its items from it: lw(t0, 0(a0))
    nop()


@asm_rv32
def default(a=1):  # error[parameter]: an assembler function has no default value
    nop()


@asm_rv32
def starred(*a):  # error[parameter]: an assembler function has no starred parameter
    nop()


@asm_rv32
def twice(a, a):  # error[parameter]: the parameter 'a' stands twice
    nop()


@asm_rv32
def other_register(a1):  # error[name-clash]: parameter 'a1' arrives in a0; help: name it a0, or anything but a register
    nop()


@asm_rv32
def result() -> complex:  # error[annotation]: the result is annotated 'complex'; accepted: bool, float, int, None, object, uint
    nop()


@asm_rv32(isa="rv64imc")
def unknown_isa():  # error[isa]: ISA 'rv64imc' does not begin with rv32i or rv32e
    nop()


@asm_rv32(isa="rv32imc_znothing")
def unknown_extension():  # error[isa]: ISA 'rv32imc_znothing' names 'znothing'; known after rv32i or rv32e: m, a, f, c, zicsr, zifencei, zba, zbb, zbs, zicond, zbc, zbkb, zbkx, zknd, zkne, zknh, zksed, zksh, zawrs, zabha, zacas, zihintpause, zihintntl, zicbom, zicbop, zicboz, zimop, zcmop, svinval, smrnmi, zcb, zcmp, zcmt, xw, xh3bextm, xh3power, xpicorv32, xesploop, zcf, zfinx, xh3irq, xh3pmpm, b, zca, zkn, zks, zk, zkr, zkt, xwchc, zicntr, zihpm, zbkc, zmmul, zaamo, zalrsc
    nop()


@asm_rv32(isa="rv32imd")
def no_such_extension():  # error[isa]: ISA 'rv32imd' names 'd' (double-precision floating point); known after rv32i or rv32e: m, a, f, c, zicsr, zifencei, zba, zbb, zbs, zicond, zbc, zbkb, zbkx, zknd, zkne, zknh, zksed, zksh, zawrs, zabha, zacas, zihintpause, zihintntl, zicbom, zicbop, zicboz, zimop, zcmop, svinval, smrnmi, zcb, zcmp, zcmt, xw, xh3bextm, xh3power, xpicorv32, xesploop, zcf, zfinx, xh3irq, xh3pmpm, b, zca, zkn, zks, zk, zkr, zkt, xwchc, zicntr, zihpm, zbkc, zmmul, zaamo, zalrsc
    nop()


@asm_rv32(board="rp2351")
def unknown_board():  # error[board]: there is no board 'rp2351'; known: ch32v003, ch32v203, ch32v307, ch32x035, esp32c2, esp32c3, esp32c5, esp32c6, esp32c61, esp32h2, esp32p4, esp32p4-v3, esp32s2-ulp, esp32s3-ulp, esp32s31, generic, qemu-virt, rp2350
    nop()


@asm_rv32(interrupt=True)
def handler(a):  # error[interrupt]: an interrupt handler has no parameters: nobody passes it any
    nop()


@asm_rv32(dialect="micropyton")
def misspelt_dialect():  # error[decorator]: there is no dialect 'micropyton'; known: asm_rv32, micropython; help: did you mean 'micropython'?
    nop()


@asm_rv32(compres=False)  # error[decorator]: the decorator takes isa, compress, dialect, stack, max_instructions, max_seconds, misaligned, sanitize, core, engine, board, interrupt, symbol, weak, tables by keyword; help: did you mean 'compress'?
def misspelt_option():
    nop()


@asm_rv32(shape="round")  # error[decorator]: the decorator takes isa, compress, dialect, stack, max_instructions, max_seconds, misaligned, sanitize, core, engine, board, interrupt, symbol, weak, tables by keyword
def unknown_option():
    nop()


@asm_rv32(compress="yes")  # error[decorator]: compress takes a literal bool here; help: compress=True
def wrong_option():
    nop()


@asm_rv32(dialect="klingon")
def unknown_dialect():  # error[decorator]: there is no dialect 'klingon'; known: asm_rv32, micropython
    nop()


@asm_rv32
class Thing:  # error[not-a-function]: the decorator stands above a class; it takes a plain 'def'
    pass


@asm_rv32
async def later():  # error[not-a-function]: the decorator stands above an async function; it takes a plain 'def'
    nop()


@asm_rv32  # error[not-a-function]: no function follows the decorator
