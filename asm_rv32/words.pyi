"""The words of the assembler, made from its tables by `asmrv32 stubs`: do not edit."""

from typing import Any, Never, Protocol, TypeAlias, overload

from asm_rv32 import const as const

Reg: TypeAlias = object
"""A register, or a parameter or an alias of one, which has a type of its own in Python."""
Mem: TypeAlias = object
"""A memory operand: `a1[4]`, of a parameter what Python's brackets give."""
Target: TypeAlias = object
"""A label as a string, or a function."""
Number: TypeAlias = int | str
"""An integer, or a character, which stands for its number."""

class Register:
    """A register: an operand, and with an offset in brackets the base of a memory operand."""

    def __getitem__(self, offset: Number, /) -> Memory: ...
    def __sub__(self, last: Register, /) -> Register: ...
    def __lt__(self, other: object, /) -> bool: ...

class Memory:
    """A memory operand, `a1[4]`."""

class Csr:
    """A control and status register; each has its number."""

class Mnemonic(Protocol):
    """The name of an instruction, as a macro takes it."""

    def __call__(self, *operands: Any, **named: Any) -> None: ...

class Word:
    """A word that instructions take: a rounding mode, a set of i, o, r, w."""


zero: Register
"""zero = x0: always 0"""

ra: Register
"""ra = x1: the return address"""

sp: Register
"""sp = x2: the stack pointer"""

gp: Register
"""gp = x3: the global pointer"""

tp: Register
"""tp = x4: the thread pointer"""

t0: Register
"""t0 = x5: a temporary, which a call may change"""

t1: Register
"""t1 = x6: a temporary, which a call may change"""

t2: Register
"""t2 = x7: a temporary, which a call may change"""

s0: Register
"""s0 = x8: saved: a function restores it"""

s1: Register
"""s1 = x9: saved: a function restores it"""

a0: Register
"""a0 = x10: the first argument, and the result"""

a1: Register
"""a1 = x11: an argument, which a call may change"""

a2: Register
"""a2 = x12: an argument, which a call may change"""

a3: Register
"""a3 = x13: an argument, which a call may change"""

a4: Register
"""a4 = x14: an argument, which a call may change"""

a5: Register
"""a5 = x15: an argument, which a call may change"""

a6: Register
"""a6 = x16: an argument, which a call may change"""

a7: Register
"""a7 = x17: an argument, which a call may change"""

s2: Register
"""s2 = x18: saved: a function restores it"""

s3: Register
"""s3 = x19: saved: a function restores it"""

s4: Register
"""s4 = x20: saved: a function restores it"""

s5: Register
"""s5 = x21: saved: a function restores it"""

s6: Register
"""s6 = x22: saved: a function restores it"""

s7: Register
"""s7 = x23: saved: a function restores it"""

s8: Register
"""s8 = x24: saved: a function restores it"""

s9: Register
"""s9 = x25: saved: a function restores it"""

s10: Register
"""s10 = x26: saved: a function restores it"""

s11: Register
"""s11 = x27: saved: a function restores it"""

t3: Register
"""t3 = x28: a temporary, which a call may change"""

t4: Register
"""t4 = x29: a temporary, which a call may change"""

t5: Register
"""t5 = x30: a temporary, which a call may change"""

t6: Register
"""t6 = x31: a temporary, which a call may change"""

x0: Register
"""zero = x0: always 0"""

x1: Register
"""ra = x1: the return address"""

x2: Register
"""sp = x2: the stack pointer"""

x3: Register
"""gp = x3: the global pointer"""

x4: Register
"""tp = x4: the thread pointer"""

x5: Register
"""t0 = x5: a temporary, which a call may change"""

x6: Register
"""t1 = x6: a temporary, which a call may change"""

x7: Register
"""t2 = x7: a temporary, which a call may change"""

x8: Register
"""s0 = x8: saved: a function restores it"""

x9: Register
"""s1 = x9: saved: a function restores it"""

x10: Register
"""a0 = x10: the first argument, and the result"""

x11: Register
"""a1 = x11: an argument, which a call may change"""

x12: Register
"""a2 = x12: an argument, which a call may change"""

x13: Register
"""a3 = x13: an argument, which a call may change"""

x14: Register
"""a4 = x14: an argument, which a call may change"""

x15: Register
"""a5 = x15: an argument, which a call may change"""

x16: Register
"""a6 = x16: an argument, which a call may change"""

x17: Register
"""a7 = x17: an argument, which a call may change"""

x18: Register
"""s2 = x18: saved: a function restores it"""

x19: Register
"""s3 = x19: saved: a function restores it"""

x20: Register
"""s4 = x20: saved: a function restores it"""

x21: Register
"""s5 = x21: saved: a function restores it"""

x22: Register
"""s6 = x22: saved: a function restores it"""

x23: Register
"""s7 = x23: saved: a function restores it"""

x24: Register
"""s8 = x24: saved: a function restores it"""

x25: Register
"""s9 = x25: saved: a function restores it"""

x26: Register
"""s10 = x26: saved: a function restores it"""

x27: Register
"""s11 = x27: saved: a function restores it"""

x28: Register
"""t3 = x28: a temporary, which a call may change"""

x29: Register
"""t4 = x29: a temporary, which a call may change"""

x30: Register
"""t5 = x30: a temporary, which a call may change"""

x31: Register
"""t6 = x31: a temporary, which a call may change"""

ft0: Register
"""ft0 = f0: a temporary, which a call may change"""

ft1: Register
"""ft1 = f1: a temporary, which a call may change"""

ft2: Register
"""ft2 = f2: a temporary, which a call may change"""

ft3: Register
"""ft3 = f3: a temporary, which a call may change"""

ft4: Register
"""ft4 = f4: a temporary, which a call may change"""

ft5: Register
"""ft5 = f5: a temporary, which a call may change"""

ft6: Register
"""ft6 = f6: a temporary, which a call may change"""

ft7: Register
"""ft7 = f7: a temporary, which a call may change"""

fs0: Register
"""fs0 = f8: saved: a function restores it"""

fs1: Register
"""fs1 = f9: saved: a function restores it"""

fa0: Register
"""fa0 = f10: the first argument, and the result"""

fa1: Register
"""fa1 = f11: an argument, which a call may change"""

fa2: Register
"""fa2 = f12: an argument, which a call may change"""

fa3: Register
"""fa3 = f13: an argument, which a call may change"""

fa4: Register
"""fa4 = f14: an argument, which a call may change"""

fa5: Register
"""fa5 = f15: an argument, which a call may change"""

fa6: Register
"""fa6 = f16: an argument, which a call may change"""

fa7: Register
"""fa7 = f17: an argument, which a call may change"""

fs2: Register
"""fs2 = f18: saved: a function restores it"""

fs3: Register
"""fs3 = f19: saved: a function restores it"""

fs4: Register
"""fs4 = f20: saved: a function restores it"""

fs5: Register
"""fs5 = f21: saved: a function restores it"""

fs6: Register
"""fs6 = f22: saved: a function restores it"""

fs7: Register
"""fs7 = f23: saved: a function restores it"""

fs8: Register
"""fs8 = f24: saved: a function restores it"""

fs9: Register
"""fs9 = f25: saved: a function restores it"""

fs10: Register
"""fs10 = f26: saved: a function restores it"""

fs11: Register
"""fs11 = f27: saved: a function restores it"""

ft8: Register
"""ft8 = f28: a temporary, which a call may change"""

ft9: Register
"""ft9 = f29: a temporary, which a call may change"""

ft10: Register
"""ft10 = f30: a temporary, which a call may change"""

ft11: Register
"""ft11 = f31: a temporary, which a call may change"""

f0: Register
"""ft0 = f0: a temporary, which a call may change"""

f1: Register
"""ft1 = f1: a temporary, which a call may change"""

f2: Register
"""ft2 = f2: a temporary, which a call may change"""

f3: Register
"""ft3 = f3: a temporary, which a call may change"""

f4: Register
"""ft4 = f4: a temporary, which a call may change"""

f5: Register
"""ft5 = f5: a temporary, which a call may change"""

f6: Register
"""ft6 = f6: a temporary, which a call may change"""

f7: Register
"""ft7 = f7: a temporary, which a call may change"""

f8: Register
"""fs0 = f8: saved: a function restores it"""

f9: Register
"""fs1 = f9: saved: a function restores it"""

f10: Register
"""fa0 = f10: the first argument, and the result"""

f11: Register
"""fa1 = f11: an argument, which a call may change"""

f12: Register
"""fa2 = f12: an argument, which a call may change"""

f13: Register
"""fa3 = f13: an argument, which a call may change"""

f14: Register
"""fa4 = f14: an argument, which a call may change"""

f15: Register
"""fa5 = f15: an argument, which a call may change"""

f16: Register
"""fa6 = f16: an argument, which a call may change"""

f17: Register
"""fa7 = f17: an argument, which a call may change"""

f18: Register
"""fs2 = f18: saved: a function restores it"""

f19: Register
"""fs3 = f19: saved: a function restores it"""

f20: Register
"""fs4 = f20: saved: a function restores it"""

f21: Register
"""fs5 = f21: saved: a function restores it"""

f22: Register
"""fs6 = f22: saved: a function restores it"""

f23: Register
"""fs7 = f23: saved: a function restores it"""

f24: Register
"""fs8 = f24: saved: a function restores it"""

f25: Register
"""fs9 = f25: saved: a function restores it"""

f26: Register
"""fs10 = f26: saved: a function restores it"""

f27: Register
"""fs11 = f27: saved: a function restores it"""

f28: Register
"""ft8 = f28: a temporary, which a call may change"""

f29: Register
"""ft9 = f29: a temporary, which a call may change"""

f30: Register
"""ft10 = f30: a temporary, which a call may change"""

f31: Register
"""ft11 = f31: a temporary, which a call may change"""

i: Word
"""of i, o, r, w"""

o: Word
"""of i, o, r, w"""

r: Word
"""of i, o, r, w"""

ir: Word
"""of i, o, r, w"""

ior: Word
"""of i, o, r, w"""

w: Word
"""of i, o, r, w"""

iw: Word
"""of i, o, r, w"""

ow: Word
"""of i, o, r, w"""

iow: Word
"""of i, o, r, w"""

rw: Word
"""of i, o, r, w"""

irw: Word
"""of i, o, r, w"""

orw: Word
"""of i, o, r, w"""

iorw: Word
"""of i, o, r, w"""

rne: Word
"""rounding mode"""

rtz: Word
"""rounding mode"""

rdn: Word
"""rounding mode"""

rup: Word
"""rounding mode"""

rmm: Word
"""rounding mode"""

dyn: Word
"""rounding mode"""

q0: Word
"""word out of a few"""

q1: Word
"""word out of a few"""

q2: Word
"""word out of a few"""

q3: Word
"""word out of a few"""

fflags: Csr
"""0x001"""

frm: Csr
"""0x002"""

fcsr: Csr
"""0x003"""

ssp: Csr
"""0x011"""

seed: Csr
"""0x015"""

jvt: Csr
"""0x017"""

vstart: Csr
"""0x008"""

vxsat: Csr
"""0x009"""

vxrm: Csr
"""0x00a"""

vcsr: Csr
"""0x00f"""

vl: Csr
"""0xc20"""

vtype: Csr
"""0xc21"""

vlenb: Csr
"""0xc22"""

cycle: Csr
"""0xc00"""

instret: Csr
"""0xc02"""

hpmcounter3: Csr
"""0xc03"""

hpmcounter4: Csr
"""0xc04"""

hpmcounter5: Csr
"""0xc05"""

hpmcounter6: Csr
"""0xc06"""

hpmcounter7: Csr
"""0xc07"""

hpmcounter8: Csr
"""0xc08"""

hpmcounter9: Csr
"""0xc09"""

hpmcounter10: Csr
"""0xc0a"""

hpmcounter11: Csr
"""0xc0b"""

hpmcounter12: Csr
"""0xc0c"""

hpmcounter13: Csr
"""0xc0d"""

hpmcounter14: Csr
"""0xc0e"""

hpmcounter15: Csr
"""0xc0f"""

hpmcounter16: Csr
"""0xc10"""

hpmcounter17: Csr
"""0xc11"""

hpmcounter18: Csr
"""0xc12"""

hpmcounter19: Csr
"""0xc13"""

hpmcounter20: Csr
"""0xc14"""

hpmcounter21: Csr
"""0xc15"""

hpmcounter22: Csr
"""0xc16"""

hpmcounter23: Csr
"""0xc17"""

hpmcounter24: Csr
"""0xc18"""

hpmcounter25: Csr
"""0xc19"""

hpmcounter26: Csr
"""0xc1a"""

hpmcounter27: Csr
"""0xc1b"""

hpmcounter28: Csr
"""0xc1c"""

hpmcounter29: Csr
"""0xc1d"""

hpmcounter30: Csr
"""0xc1e"""

hpmcounter31: Csr
"""0xc1f"""

cycleh: Csr
"""0xc80"""

timeh: Csr
"""0xc81"""

instreth: Csr
"""0xc82"""

hpmcounter3h: Csr
"""0xc83"""

hpmcounter4h: Csr
"""0xc84"""

hpmcounter5h: Csr
"""0xc85"""

hpmcounter6h: Csr
"""0xc86"""

hpmcounter7h: Csr
"""0xc87"""

hpmcounter8h: Csr
"""0xc88"""

hpmcounter9h: Csr
"""0xc89"""

hpmcounter10h: Csr
"""0xc8a"""

hpmcounter11h: Csr
"""0xc8b"""

hpmcounter12h: Csr
"""0xc8c"""

hpmcounter13h: Csr
"""0xc8d"""

hpmcounter14h: Csr
"""0xc8e"""

hpmcounter15h: Csr
"""0xc8f"""

hpmcounter16h: Csr
"""0xc90"""

hpmcounter17h: Csr
"""0xc91"""

hpmcounter18h: Csr
"""0xc92"""

hpmcounter19h: Csr
"""0xc93"""

hpmcounter20h: Csr
"""0xc94"""

hpmcounter21h: Csr
"""0xc95"""

hpmcounter22h: Csr
"""0xc96"""

hpmcounter23h: Csr
"""0xc97"""

hpmcounter24h: Csr
"""0xc98"""

hpmcounter25h: Csr
"""0xc99"""

hpmcounter26h: Csr
"""0xc9a"""

hpmcounter27h: Csr
"""0xc9b"""

hpmcounter28h: Csr
"""0xc9c"""

hpmcounter29h: Csr
"""0xc9d"""

hpmcounter30h: Csr
"""0xc9e"""

hpmcounter31h: Csr
"""0xc9f"""

sstatus: Csr
"""0x100"""

sie: Csr
"""0x104"""

stvec: Csr
"""0x105"""

scounteren: Csr
"""0x106"""

senvcfg: Csr
"""0x10a"""

sstateen0: Csr
"""0x10c"""

sstateen1: Csr
"""0x10d"""

sstateen2: Csr
"""0x10e"""

sstateen3: Csr
"""0x10f"""

sieh: Csr
"""0x114"""

scountinhibit: Csr
"""0x120"""

sscratch: Csr
"""0x140"""

sepc: Csr
"""0x141"""

scause: Csr
"""0x142"""

stval: Csr
"""0x143"""

sip: Csr
"""0x144"""

stimecmp: Csr
"""0x14d"""

sctrctl: Csr
"""0x14e"""

sctrstatus: Csr
"""0x14f"""

siselect: Csr
"""0x150"""

sireg: Csr
"""0x151"""

sireg2: Csr
"""0x152"""

sireg3: Csr
"""0x153"""

siph: Csr
"""0x154"""

sireg4: Csr
"""0x155"""

sireg5: Csr
"""0x156"""

sireg6: Csr
"""0x157"""

stopei: Csr
"""0x15c"""

stimecmph: Csr
"""0x15d"""

sctrdepth: Csr
"""0x15f"""

satp: Csr
"""0x180"""

srmcfg: Csr
"""0x181"""

scontext: Csr
"""0x5a8"""

scountovf: Csr
"""0xda0"""

stopi: Csr
"""0xdb0"""

vsstatus: Csr
"""0x200"""

vsie: Csr
"""0x204"""

vstvec: Csr
"""0x205"""

vsieh: Csr
"""0x214"""

vsscratch: Csr
"""0x240"""

vsepc: Csr
"""0x241"""

vscause: Csr
"""0x242"""

vstval: Csr
"""0x243"""

vsip: Csr
"""0x244"""

vstimecmp: Csr
"""0x24d"""

vsctrctl: Csr
"""0x24e"""

vsiselect: Csr
"""0x250"""

vsireg: Csr
"""0x251"""

vsireg2: Csr
"""0x252"""

vsireg3: Csr
"""0x253"""

vsiph: Csr
"""0x254"""

vsireg4: Csr
"""0x255"""

vsireg5: Csr
"""0x256"""

vsireg6: Csr
"""0x257"""

vstopei: Csr
"""0x25c"""

vstimecmph: Csr
"""0x25d"""

vsatp: Csr
"""0x280"""

hstatus: Csr
"""0x600"""

hedeleg: Csr
"""0x602"""

hideleg: Csr
"""0x603"""

hie: Csr
"""0x604"""

htimedelta: Csr
"""0x605"""

hcounteren: Csr
"""0x606"""

hgeie: Csr
"""0x607"""

hvien: Csr
"""0x608"""

hvictl: Csr
"""0x609"""

henvcfg: Csr
"""0x60a"""

hstateen0: Csr
"""0x60c"""

hstateen1: Csr
"""0x60d"""

hstateen2: Csr
"""0x60e"""

hstateen3: Csr
"""0x60f"""

hedelegh: Csr
"""0x612"""

hidelegh: Csr
"""0x613"""

htimedeltah: Csr
"""0x615"""

hvienh: Csr
"""0x618"""

henvcfgh: Csr
"""0x61a"""

hstateen0h: Csr
"""0x61c"""

hstateen1h: Csr
"""0x61d"""

hstateen2h: Csr
"""0x61e"""

hstateen3h: Csr
"""0x61f"""

htval: Csr
"""0x643"""

hip: Csr
"""0x644"""

hvip: Csr
"""0x645"""

hviprio1: Csr
"""0x646"""

hviprio2: Csr
"""0x647"""

htinst: Csr
"""0x64a"""

hviph: Csr
"""0x655"""

hviprio1h: Csr
"""0x656"""

hviprio2h: Csr
"""0x657"""

hgatp: Csr
"""0x680"""

hcontext: Csr
"""0x6a8"""

hgeip: Csr
"""0xe12"""

vstopi: Csr
"""0xeb0"""

mvendorid: Csr
"""0xf11"""

marchid: Csr
"""0xf12"""

mimpid: Csr
"""0xf13"""

mhartid: Csr
"""0xf14"""

mconfigptr: Csr
"""0xf15"""

mstatus: Csr
"""0x300"""

misa: Csr
"""0x301"""

medeleg: Csr
"""0x302"""

mideleg: Csr
"""0x303"""

mie: Csr
"""0x304"""

mtvec: Csr
"""0x305"""

mcounteren: Csr
"""0x306"""

mvien: Csr
"""0x308"""

mvip: Csr
"""0x309"""

menvcfg: Csr
"""0x30a"""

mstateen0: Csr
"""0x30c"""

mstateen1: Csr
"""0x30d"""

mstateen2: Csr
"""0x30e"""

mstateen3: Csr
"""0x30f"""

mstatush: Csr
"""0x310"""

medelegh: Csr
"""0x312"""

midelegh: Csr
"""0x313"""

mieh: Csr
"""0x314"""

mvienh: Csr
"""0x318"""

mviph: Csr
"""0x319"""

menvcfgh: Csr
"""0x31a"""

mstateen0h: Csr
"""0x31c"""

mstateen1h: Csr
"""0x31d"""

mstateen2h: Csr
"""0x31e"""

mstateen3h: Csr
"""0x31f"""

mcountinhibit: Csr
"""0x320"""

mcyclecfg: Csr
"""0x321"""

minstretcfg: Csr
"""0x322"""

mhpmevent3: Csr
"""0x323"""

mhpmevent4: Csr
"""0x324"""

mhpmevent5: Csr
"""0x325"""

mhpmevent6: Csr
"""0x326"""

mhpmevent7: Csr
"""0x327"""

mhpmevent8: Csr
"""0x328"""

mhpmevent9: Csr
"""0x329"""

mhpmevent10: Csr
"""0x32a"""

mhpmevent11: Csr
"""0x32b"""

mhpmevent12: Csr
"""0x32c"""

mhpmevent13: Csr
"""0x32d"""

mhpmevent14: Csr
"""0x32e"""

mhpmevent15: Csr
"""0x32f"""

mhpmevent16: Csr
"""0x330"""

mhpmevent17: Csr
"""0x331"""

mhpmevent18: Csr
"""0x332"""

mhpmevent19: Csr
"""0x333"""

mhpmevent20: Csr
"""0x334"""

mhpmevent21: Csr
"""0x335"""

mhpmevent22: Csr
"""0x336"""

mhpmevent23: Csr
"""0x337"""

mhpmevent24: Csr
"""0x338"""

mhpmevent25: Csr
"""0x339"""

mhpmevent26: Csr
"""0x33a"""

mhpmevent27: Csr
"""0x33b"""

mhpmevent28: Csr
"""0x33c"""

mhpmevent29: Csr
"""0x33d"""

mhpmevent30: Csr
"""0x33e"""

mhpmevent31: Csr
"""0x33f"""

mscratch: Csr
"""0x340"""

mepc: Csr
"""0x341"""

mcause: Csr
"""0x342"""

mtval: Csr
"""0x343"""

mip: Csr
"""0x344"""

mtinst: Csr
"""0x34a"""

mtval2: Csr
"""0x34b"""

mctrctl: Csr
"""0x34e"""

miselect: Csr
"""0x350"""

mireg: Csr
"""0x351"""

mireg2: Csr
"""0x352"""

mireg3: Csr
"""0x353"""

miph: Csr
"""0x354"""

mireg4: Csr
"""0x355"""

mireg5: Csr
"""0x356"""

mireg6: Csr
"""0x357"""

mtopei: Csr
"""0x35c"""

pmpcfg0: Csr
"""0x3a0"""

pmpcfg1: Csr
"""0x3a1"""

pmpcfg2: Csr
"""0x3a2"""

pmpcfg3: Csr
"""0x3a3"""

pmpcfg4: Csr
"""0x3a4"""

pmpcfg5: Csr
"""0x3a5"""

pmpcfg6: Csr
"""0x3a6"""

pmpcfg7: Csr
"""0x3a7"""

pmpcfg8: Csr
"""0x3a8"""

pmpcfg9: Csr
"""0x3a9"""

pmpcfg10: Csr
"""0x3aa"""

pmpcfg11: Csr
"""0x3ab"""

pmpcfg12: Csr
"""0x3ac"""

pmpcfg13: Csr
"""0x3ad"""

pmpcfg14: Csr
"""0x3ae"""

pmpcfg15: Csr
"""0x3af"""

pmpaddr0: Csr
"""0x3b0"""

pmpaddr1: Csr
"""0x3b1"""

pmpaddr2: Csr
"""0x3b2"""

pmpaddr3: Csr
"""0x3b3"""

pmpaddr4: Csr
"""0x3b4"""

pmpaddr5: Csr
"""0x3b5"""

pmpaddr6: Csr
"""0x3b6"""

pmpaddr7: Csr
"""0x3b7"""

pmpaddr8: Csr
"""0x3b8"""

pmpaddr9: Csr
"""0x3b9"""

pmpaddr10: Csr
"""0x3ba"""

pmpaddr11: Csr
"""0x3bb"""

pmpaddr12: Csr
"""0x3bc"""

pmpaddr13: Csr
"""0x3bd"""

pmpaddr14: Csr
"""0x3be"""

pmpaddr15: Csr
"""0x3bf"""

pmpaddr16: Csr
"""0x3c0"""

pmpaddr17: Csr
"""0x3c1"""

pmpaddr18: Csr
"""0x3c2"""

pmpaddr19: Csr
"""0x3c3"""

pmpaddr20: Csr
"""0x3c4"""

pmpaddr21: Csr
"""0x3c5"""

pmpaddr22: Csr
"""0x3c6"""

pmpaddr23: Csr
"""0x3c7"""

pmpaddr24: Csr
"""0x3c8"""

pmpaddr25: Csr
"""0x3c9"""

pmpaddr26: Csr
"""0x3ca"""

pmpaddr27: Csr
"""0x3cb"""

pmpaddr28: Csr
"""0x3cc"""

pmpaddr29: Csr
"""0x3cd"""

pmpaddr30: Csr
"""0x3ce"""

pmpaddr31: Csr
"""0x3cf"""

pmpaddr32: Csr
"""0x3d0"""

pmpaddr33: Csr
"""0x3d1"""

pmpaddr34: Csr
"""0x3d2"""

pmpaddr35: Csr
"""0x3d3"""

pmpaddr36: Csr
"""0x3d4"""

pmpaddr37: Csr
"""0x3d5"""

pmpaddr38: Csr
"""0x3d6"""

pmpaddr39: Csr
"""0x3d7"""

pmpaddr40: Csr
"""0x3d8"""

pmpaddr41: Csr
"""0x3d9"""

pmpaddr42: Csr
"""0x3da"""

pmpaddr43: Csr
"""0x3db"""

pmpaddr44: Csr
"""0x3dc"""

pmpaddr45: Csr
"""0x3dd"""

pmpaddr46: Csr
"""0x3de"""

pmpaddr47: Csr
"""0x3df"""

pmpaddr48: Csr
"""0x3e0"""

pmpaddr49: Csr
"""0x3e1"""

pmpaddr50: Csr
"""0x3e2"""

pmpaddr51: Csr
"""0x3e3"""

pmpaddr52: Csr
"""0x3e4"""

pmpaddr53: Csr
"""0x3e5"""

pmpaddr54: Csr
"""0x3e6"""

pmpaddr55: Csr
"""0x3e7"""

pmpaddr56: Csr
"""0x3e8"""

pmpaddr57: Csr
"""0x3e9"""

pmpaddr58: Csr
"""0x3ea"""

pmpaddr59: Csr
"""0x3eb"""

pmpaddr60: Csr
"""0x3ec"""

pmpaddr61: Csr
"""0x3ed"""

pmpaddr62: Csr
"""0x3ee"""

pmpaddr63: Csr
"""0x3ef"""

mcyclecfgh: Csr
"""0x721"""

minstretcfgh: Csr
"""0x722"""

mhpmevent3h: Csr
"""0x723"""

mhpmevent4h: Csr
"""0x724"""

mhpmevent5h: Csr
"""0x725"""

mhpmevent6h: Csr
"""0x726"""

mhpmevent7h: Csr
"""0x727"""

mhpmevent8h: Csr
"""0x728"""

mhpmevent9h: Csr
"""0x729"""

mhpmevent10h: Csr
"""0x72a"""

mhpmevent11h: Csr
"""0x72b"""

mhpmevent12h: Csr
"""0x72c"""

mhpmevent13h: Csr
"""0x72d"""

mhpmevent14h: Csr
"""0x72e"""

mhpmevent15h: Csr
"""0x72f"""

mhpmevent16h: Csr
"""0x730"""

mhpmevent17h: Csr
"""0x731"""

mhpmevent18h: Csr
"""0x732"""

mhpmevent19h: Csr
"""0x733"""

mhpmevent20h: Csr
"""0x734"""

mhpmevent21h: Csr
"""0x735"""

mhpmevent22h: Csr
"""0x736"""

mhpmevent23h: Csr
"""0x737"""

mhpmevent24h: Csr
"""0x738"""

mhpmevent25h: Csr
"""0x739"""

mhpmevent26h: Csr
"""0x73a"""

mhpmevent27h: Csr
"""0x73b"""

mhpmevent28h: Csr
"""0x73c"""

mhpmevent29h: Csr
"""0x73d"""

mhpmevent30h: Csr
"""0x73e"""

mhpmevent31h: Csr
"""0x73f"""

mnscratch: Csr
"""0x740"""

mnepc: Csr
"""0x741"""

mncause: Csr
"""0x742"""

mnstatus: Csr
"""0x744"""

mseccfg: Csr
"""0x747"""

mseccfgh: Csr
"""0x757"""

mcycle: Csr
"""0xb00"""

minstret: Csr
"""0xb02"""

mhpmcounter3: Csr
"""0xb03"""

mhpmcounter4: Csr
"""0xb04"""

mhpmcounter5: Csr
"""0xb05"""

mhpmcounter6: Csr
"""0xb06"""

mhpmcounter7: Csr
"""0xb07"""

mhpmcounter8: Csr
"""0xb08"""

mhpmcounter9: Csr
"""0xb09"""

mhpmcounter10: Csr
"""0xb0a"""

mhpmcounter11: Csr
"""0xb0b"""

mhpmcounter12: Csr
"""0xb0c"""

mhpmcounter13: Csr
"""0xb0d"""

mhpmcounter14: Csr
"""0xb0e"""

mhpmcounter15: Csr
"""0xb0f"""

mhpmcounter16: Csr
"""0xb10"""

mhpmcounter17: Csr
"""0xb11"""

mhpmcounter18: Csr
"""0xb12"""

mhpmcounter19: Csr
"""0xb13"""

mhpmcounter20: Csr
"""0xb14"""

mhpmcounter21: Csr
"""0xb15"""

mhpmcounter22: Csr
"""0xb16"""

mhpmcounter23: Csr
"""0xb17"""

mhpmcounter24: Csr
"""0xb18"""

mhpmcounter25: Csr
"""0xb19"""

mhpmcounter26: Csr
"""0xb1a"""

mhpmcounter27: Csr
"""0xb1b"""

mhpmcounter28: Csr
"""0xb1c"""

mhpmcounter29: Csr
"""0xb1d"""

mhpmcounter30: Csr
"""0xb1e"""

mhpmcounter31: Csr
"""0xb1f"""

mcycleh: Csr
"""0xb80"""

minstreth: Csr
"""0xb82"""

mhpmcounter3h: Csr
"""0xb83"""

mhpmcounter4h: Csr
"""0xb84"""

mhpmcounter5h: Csr
"""0xb85"""

mhpmcounter6h: Csr
"""0xb86"""

mhpmcounter7h: Csr
"""0xb87"""

mhpmcounter8h: Csr
"""0xb88"""

mhpmcounter9h: Csr
"""0xb89"""

mhpmcounter10h: Csr
"""0xb8a"""

mhpmcounter11h: Csr
"""0xb8b"""

mhpmcounter12h: Csr
"""0xb8c"""

mhpmcounter13h: Csr
"""0xb8d"""

mhpmcounter14h: Csr
"""0xb8e"""

mhpmcounter15h: Csr
"""0xb8f"""

mhpmcounter16h: Csr
"""0xb90"""

mhpmcounter17h: Csr
"""0xb91"""

mhpmcounter18h: Csr
"""0xb92"""

mhpmcounter19h: Csr
"""0xb93"""

mhpmcounter20h: Csr
"""0xb94"""

mhpmcounter21h: Csr
"""0xb95"""

mhpmcounter22h: Csr
"""0xb96"""

mhpmcounter23h: Csr
"""0xb97"""

mhpmcounter24h: Csr
"""0xb98"""

mhpmcounter25h: Csr
"""0xb99"""

mhpmcounter26h: Csr
"""0xb9a"""

mhpmcounter27h: Csr
"""0xb9b"""

mhpmcounter28h: Csr
"""0xb9c"""

mhpmcounter29h: Csr
"""0xb9d"""

mhpmcounter30h: Csr
"""0xb9e"""

mhpmcounter31h: Csr
"""0xb9f"""

mtopi: Csr
"""0xfb0"""

tselect: Csr
"""0x7a0"""

tdata1: Csr
"""0x7a1"""

tdata2: Csr
"""0x7a2"""

tdata3: Csr
"""0x7a3"""

tinfo: Csr
"""0x7a4"""

tcontrol: Csr
"""0x7a5"""

mcontext: Csr
"""0x7a8"""

mscontext: Csr
"""0x7aa"""

dcsr: Csr
"""0x7b0"""

dpc: Csr
"""0x7b1"""

dscratch0: Csr
"""0x7b2"""

dscratch1: Csr
"""0x7b3"""

mcontrol: Csr
"""0x7a1"""

mcontrol6: Csr
"""0x7a1"""

icount: Csr
"""0x7a1"""

itrigger: Csr
"""0x7a1"""

etrigger: Csr
"""0x7a1"""

tmexttrigger: Csr
"""0x7a1"""

textra32: Csr
"""0x7a3"""

textra64: Csr
"""0x7a3"""

ustatus: Csr
"""0x000"""

uie: Csr
"""0x004"""

utvec: Csr
"""0x005"""

uscratch: Csr
"""0x040"""

uepc: Csr
"""0x041"""

ucause: Csr
"""0x042"""

utval: Csr
"""0x043"""

uip: Csr
"""0x044"""

sedeleg: Csr
"""0x102"""

sideleg: Csr
"""0x103"""

ubadaddr: Csr
"""0x043"""

sbadaddr: Csr
"""0x143"""

mbadaddr: Csr
"""0x343"""

sptbr: Csr
"""0x180"""

dscratch: Csr
"""0x7b2"""

mucounteren: Csr
"""0x320"""

mscounteren: Csr
"""0x321"""

mhcounteren: Csr
"""0x322"""

mbase: Csr
"""0x380"""

mbound: Csr
"""0x381"""

mibase: Csr
"""0x382"""

mibound: Csr
"""0x383"""

mdbase: Csr
"""0x384"""

mdbound: Csr
"""0x385"""

msleep: Csr
"""0xbf0"""

irq_mask: Csr
"""0x1010"""

loop0_start_addr: Csr
"""0x7c6"""

loop0_end_addr: Csr
"""0x7c7"""

loop0_count: Csr
"""0x7c8"""

loop1_start_addr: Csr
"""0x7c9"""

loop1_end_addr: Csr
"""0x7ca"""

loop1_count: Csr
"""0x7cb"""

hwlp_state: Csr
"""0x7f1"""

meiea: Csr
"""0xbe0"""

meipa: Csr
"""0xbe1"""

meifa: Csr
"""0xbe2"""

meipra: Csr
"""0xbe3"""

meinext: Csr
"""0xbe4"""

meicontext: Csr
"""0xbe5"""

pmpcfgm0: Csr
"""0xbd0"""

def address_of(label: object, /) -> int:
    """The address of a label, data or a function, in sums."""

def hi(value: object, /) -> int:
    """The upper 20 bits, as `lui` takes them, of a number or an address."""

def lo(value: object, /) -> int:
    """The lower 12 bits, sign-extended, of a number or an address."""

def pcrel_hi(label: object, /) -> int:
    """The upper 20 bits of the distance, as `auipc` takes them."""

def pcrel_lo(label: object, /) -> int:
    """The lower 12 bits of the distance that an `auipc` began."""

def label(name: str, /) -> None:
    """Gives this place a name, to which branches, jumps and addresses go."""

def align(multiple: int, /) -> None:
    """Fills up to the next address that is a multiple of a power of two."""

def data(size: int, /, *values: object) -> None:
    """Integers of 1, 2 or 4 bytes each, little-endian, strings, and addresses and distances of labels."""

def space(size: int, /) -> None:
    """So many bytes that are zero."""

def within(start: str, end: str, /, *, at_most: int = ..., at_least: int = ..., exactly: int = ..., at_most_ns: int = ..., at_least_ns: int = ..., exactly_ns: int = ..., clock: int = ..., core: str = ..., measured: bool = ...) -> None:
    """Demands that the code between two labels takes at most so many cycles on every path."""

def compress(on: bool, /) -> None:
    """With False, what follows gets no 16-bit forms; with True, again those that the function has."""

def lui(rd: Reg, imm20: Number, /) -> None:
    """rd = imm20 << 12"""

def auipc(rd: Reg, imm20: Number, /) -> None:
    """rd = pc + (imm20 << 12)"""

@overload
def jal(rd: Reg, jump21: Target, /) -> None:
    """rd = next; goto jump21"""

@overload
def jal(jump21: Target, /) -> None:
    """rd = next; goto jump21"""

@overload
def jalr(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """to = rs1 + imm12; rd = next; goto to & ~1"""

@overload
def jalr(rd: Reg, rs1: Mem, /) -> None:
    """to = rs1 + imm12; rd = next; goto to & ~1"""

@overload
def jalr(rs1: Reg, /) -> None:
    """to = rs1 + imm12; rd = next; goto to & ~1"""

def beq(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 == rs2"""

def bne(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 != rs2"""

def blt(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) < signed(rs2)"""

def bge(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) >= signed(rs2)"""

def bltu(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 < rs2"""

def bgeu(rs1: Reg, rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 >= rs2"""

def lb(rd: Reg, rs1: Reg, /) -> None:
    """rd = signed8(load8(rs1 + imm12))"""

def lh(rd: Reg, rs1: Reg, /) -> None:
    """rd = signed16(load16(rs1 + imm12))"""

def lw(rd: Reg, rs1: Reg, /) -> None:
    """rd = load32(rs1 + imm12)"""

def lbu(rd: Reg, rs1: Reg, /) -> None:
    """rd = load8(rs1 + imm12)"""

def lhu(rd: Reg, rs1: Reg, /) -> None:
    """rd = load16(rs1 + imm12)"""

@overload
def sb(rs2: Reg, rs1: Mem, /) -> None:
    """store8(rs1 + store12, rs2)"""

@overload
def sb(rs2: Reg, symbol: Target, rd_nz: Reg, /) -> None:
    """store8(rs1 + store12, rs2)"""

@overload
def sh(rs2: Reg, rs1: Mem, /) -> None:
    """store16(rs1 + store12, rs2)"""

@overload
def sh(rs2: Reg, symbol: Target, rd_nz: Reg, /) -> None:
    """store16(rs1 + store12, rs2)"""

@overload
def sw(rs2: Reg, rs1: Mem, /) -> None:
    """store32(rs1 + store12, rs2)"""

@overload
def sw(rs2: Reg, symbol: Target, rd_nz: Reg, /) -> None:
    """store32(rs1 + store12, rs2)"""

def addi(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = rs1 + imm12"""

def slti(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = signed(rs1) < signed(imm12)"""

def sltiu(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = rs1 < imm12"""

def xori(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = rs1 ^ imm12"""

def ori(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = rs1 | imm12"""

def andi(rd: Reg, rs1: Reg, imm12: Number, /) -> None:
    """rd = rs1 & imm12"""

def slli(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 << shamt5"""

def srli(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 >> shamt5"""

def srai(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = signed(rs1) >> shamt5"""

def add(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 + rs2"""

def sub(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 - rs2"""

def sll(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << rs2"""

def slt(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = signed(rs1) < signed(rs2)"""

def sltu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 < rs2"""

def xor(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 ^ rs2"""

def srl(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 >> rs2"""

def sra(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = signed(rs1) >> rs2"""

def or_(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 | rs2"""

def and_(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 & rs2"""

@overload
def fence(pred: Reg, succ: Reg, /) -> None:
    """fence(pred, succ)"""

@overload
def fence() -> None:
    """fence(pred, succ)"""

def fence_tso() -> None:
    """fence(3, 3)"""

def ecall() -> None:
    """ecall()"""

def ebreak() -> None:
    """ebreak()"""

def mret() -> None:
    """trap_return()"""

def sret() -> None:
    """trap_return()"""

def dret() -> None:
    """debug_return()"""

def wfi() -> None:
    """wait()"""

@overload
def sfence_vma(rs1: Reg, rs2: Reg, /) -> None:
    """invalidate_translations(rs1, rs2)"""

@overload
def sfence_vma(rs1: Reg, /) -> None:
    """invalidate_translations(rs1, rs2)"""

@overload
def sfence_vma() -> None:
    """invalidate_translations(rs1, rs2)"""

def mul(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 * rs2"""

def mulh(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = high(signed(rs1), signed(rs2))"""

def mulhsu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = high(signed(rs1), rs2)"""

def mulhu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = high(rs1, rs2)"""

def div(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = quotient(signed(rs1), signed(rs2))"""

def divu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = quotient(rs1, rs2)"""

def rem(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = remainder(signed(rs1), signed(rs2))"""

def remu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = remainder(rs1, rs2)"""

def lr_w(rd: Reg, rs1: Mem, /) -> None:
    """rd = load_reserved(rs1)"""

def lr_w_rl(rd: Reg, rs1: Mem, /) -> None:
    """rd = load_reserved(rs1)"""

def lr_w_aq(rd: Reg, rs1: Mem, /) -> None:
    """rd = load_reserved(rs1)"""

def lr_w_aqrl(rd: Reg, rs1: Mem, /) -> None:
    """rd = load_reserved(rs1)"""

def sc_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """rd = store_conditional(rs1, rs2)"""

def sc_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """rd = store_conditional(rs1, rs2)"""

def sc_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """rd = store_conditional(rs1, rs2)"""

def sc_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """rd = store_conditional(rs1, rs2)"""

def amoswap_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2); rd = old"""

def amoswap_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2); rd = old"""

def amoswap_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2); rd = old"""

def amoswap_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2); rd = old"""

def amoadd_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old + rs2); rd = old"""

def amoadd_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old + rs2); rd = old"""

def amoadd_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old + rs2); rd = old"""

def amoadd_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old + rs2); rd = old"""

def amoxor_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old ^ rs2); rd = old"""

def amoxor_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old ^ rs2); rd = old"""

def amoxor_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old ^ rs2); rd = old"""

def amoxor_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old ^ rs2); rd = old"""

def amoand_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old & rs2); rd = old"""

def amoand_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old & rs2); rd = old"""

def amoand_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old & rs2); rd = old"""

def amoand_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old & rs2); rd = old"""

def amoor_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old | rs2); rd = old"""

def amoor_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old | rs2); rd = old"""

def amoor_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old | rs2); rd = old"""

def amoor_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old | rs2); rd = old"""

def amomin_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if signed(old) < signed(rs2) else rs2); rd = old"""

def amomin_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if signed(old) < signed(rs2) else rs2); rd = old"""

def amomin_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if signed(old) < signed(rs2) else rs2); rd = old"""

def amomin_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if signed(old) < signed(rs2) else rs2); rd = old"""

def amomax_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if signed(old) < signed(rs2) else old); rd = old"""

def amomax_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if signed(old) < signed(rs2) else old); rd = old"""

def amomax_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if signed(old) < signed(rs2) else old); rd = old"""

def amomax_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if signed(old) < signed(rs2) else old); rd = old"""

def amominu_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if old < rs2 else rs2); rd = old"""

def amominu_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if old < rs2 else rs2); rd = old"""

def amominu_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if old < rs2 else rs2); rd = old"""

def amominu_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, old if old < rs2 else rs2); rd = old"""

def amomaxu_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old < rs2 else old); rd = old"""

def amomaxu_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old < rs2 else old); rd = old"""

def amomaxu_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old < rs2 else old); rd = old"""

def amomaxu_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old < rs2 else old); rd = old"""

@overload
def flw(frd: Reg, rs1: Mem, /) -> None:
    """frd = load32(rs1 + imm12)"""

@overload
def flw(frd: Reg, symbol: Target, rd_nz: Reg, /) -> None:
    """frd = load32(rs1 + imm12)"""

@overload
def fsw(frs2: Reg, rs1: Mem, /) -> None:
    """store32(rs1 + store12, frs2)"""

@overload
def fsw(frs2: Reg, symbol: Target, rd_nz: Reg, /) -> None:
    """store32(rs1 + store12, frs2)"""

@overload
def fadd_s(frd: Reg, frs1: Reg, frs2: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_add(frs1, frs2, rm)); frd = f32_add(frs1, frs2, rm)"""

@overload
def fadd_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_add(frs1, frs2, rm)); frd = f32_add(frs1, frs2, rm)"""

@overload
def fsub_s(frd: Reg, frs1: Reg, frs2: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_add(frs1, frs2 ^ 0x80000000, rm)); frd = f32_add(frs1, frs2 ^ 0x80000000, rm)"""

@overload
def fsub_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_add(frs1, frs2 ^ 0x80000000, rm)); frd = f32_add(frs1, frs2 ^ 0x80000000, rm)"""

@overload
def fmul_s(frd: Reg, frs1: Reg, frs2: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_mul(frs1, frs2, rm)); frd = f32_mul(frs1, frs2, rm)"""

@overload
def fmul_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_mul(frs1, frs2, rm)); frd = f32_mul(frs1, frs2, rm)"""

@overload
def fdiv_s(frd: Reg, frs1: Reg, frs2: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_div(frs1, frs2, rm)); frd = f32_div(frs1, frs2, rm)"""

@overload
def fdiv_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_div(frs1, frs2, rm)); frd = f32_div(frs1, frs2, rm)"""

@overload
def fsqrt_s(frd: Reg, frs1: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_sqrt(frs1, rm)); frd = f32_sqrt(frs1, rm)"""

@overload
def fsqrt_s(frd: Reg, frs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_sqrt(frs1, rm)); frd = f32_sqrt(frs1, rm)"""

@overload
def fmadd_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1, frs2, frs3, rm)); frd = f32_fma(frs1, frs2, frs3, rm)"""

@overload
def fmadd_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1, frs2, frs3, rm)); frd = f32_fma(frs1, frs2, frs3, rm)"""

@overload
def fmsub_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1, frs2, frs3 ^ 0x80000000, rm)); frd = f32_fma(frs1, frs2, frs3 ^ 0x80000000, rm)"""

@overload
def fmsub_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1, frs2, frs3 ^ 0x80000000, rm)); frd = f32_fma(frs1, frs2, frs3 ^ 0x80000000, rm)"""

@overload
def fnmsub_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1 ^ 0x80000000, frs2, frs3, rm)); frd = f32_fma(frs1 ^ 0x80000000, frs2, frs3, rm)"""

@overload
def fnmsub_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1 ^ 0x80000000, frs2, frs3, rm)); frd = f32_fma(frs1 ^ 0x80000000, frs2, frs3, rm)"""

@overload
def fnmadd_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1 ^ 0x80000000, frs2, frs3 ^ 0x80000000, rm)); frd = f32_fma(frs1 ^ 0x80000000, frs2, frs3 ^ 0x80000000, rm)"""

@overload
def fnmadd_s(frd: Reg, frs1: Reg, frs2: Reg, frs3: Reg, /) -> None:
    """fflags = fflags | raised(f32_fma(frs1 ^ 0x80000000, frs2, frs3 ^ 0x80000000, rm)); frd = f32_fma(frs1 ^ 0x80000000, frs2, frs3 ^ 0x80000000, rm)"""

def fsgnj_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """frd = frs1 & 0x7fffffff | frs2 & 0x80000000"""

def fsgnjn_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """frd = frs1 & 0x7fffffff | ~frs2 & 0x80000000"""

def fsgnjx_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """frd = frs1 ^ frs2 & 0x80000000"""

def fmin_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_min(frs1, frs2)); frd = f32_min(frs1, frs2)"""

def fmax_s(frd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_max(frs1, frs2)); frd = f32_max(frs1, frs2)"""

def feq_s(rd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_eq(frs1, frs2)); rd = f32_eq(frs1, frs2)"""

def flt_s(rd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_lt(frs1, frs2)); rd = f32_lt(frs1, frs2)"""

def fle_s(rd: Reg, frs1: Reg, frs2: Reg, /) -> None:
    """fflags = fflags | raised(f32_le(frs1, frs2)); rd = f32_le(frs1, frs2)"""

def fclass_s(rd: Reg, frs1: Reg, /) -> None:
    """rd = f32_class(frs1)"""

@overload
def fcvt_w_s(rd: Reg, frs1: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_to_signed(frs1, rm)); rd = f32_to_signed(frs1, rm)"""

@overload
def fcvt_w_s(rd: Reg, frs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_to_signed(frs1, rm)); rd = f32_to_signed(frs1, rm)"""

@overload
def fcvt_wu_s(rd: Reg, frs1: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_to_unsigned(frs1, rm)); rd = f32_to_unsigned(frs1, rm)"""

@overload
def fcvt_wu_s(rd: Reg, frs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_to_unsigned(frs1, rm)); rd = f32_to_unsigned(frs1, rm)"""

@overload
def fcvt_s_w(frd: Reg, rs1: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_from_signed(rs1, rm)); frd = f32_from_signed(rs1, rm)"""

@overload
def fcvt_s_w(frd: Reg, rs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_from_signed(rs1, rm)); frd = f32_from_signed(rs1, rm)"""

@overload
def fcvt_s_wu(frd: Reg, rs1: Reg, rm: Word | str, /) -> None:
    """fflags = fflags | raised(f32_from_unsigned(rs1, rm)); frd = f32_from_unsigned(rs1, rm)"""

@overload
def fcvt_s_wu(frd: Reg, rs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_from_unsigned(rs1, rm)); frd = f32_from_unsigned(rs1, rm)"""

def fmv_x_w(rd: Reg, frs1: Reg, /) -> None:
    """rd = frs1"""

def fmv_w_x(frd: Reg, rs1: Reg, /) -> None:
    """frd = rs1"""

def fmv_s(frd: Reg, frs1: Reg, /) -> None:
    """frd = frs1 & 0x7fffffff | frs1 & 0x80000000"""

def fneg_s(frd: Reg, frs1: Reg, /) -> None:
    """frd = frs1 & 0x7fffffff | ~frs1 & 0x80000000"""

def fabs_s(frd: Reg, frs1: Reg, /) -> None:
    """frd = frs1 ^ frs1 & 0x80000000"""

def fgt_s(rd: Reg, frs2: Reg, frs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_lt(frs1, frs2)); rd = f32_lt(frs1, frs2)"""

def fge_s(rd: Reg, frs2: Reg, frs1: Reg, /) -> None:
    """fflags = fflags | raised(f32_le(frs1, frs2)); rd = f32_le(frs1, frs2)"""

def fmv_x_s(rd: Reg, frs1: Reg, /) -> None:
    """rd = frs1"""

def fmv_s_x(frd: Reg, rs1: Reg, /) -> None:
    """frd = rs1"""

def frcsr(rd: Reg, /) -> None:
    """rd = set_csr(3, 0)"""

def frrm(rd: Reg, /) -> None:
    """rd = set_csr(2, 0)"""

def frflags(rd: Reg, /) -> None:
    """rd = set_csr(1, 0)"""

@overload
def fscsr(rs1: Reg, /) -> None:
    """swap_csr(3, rs1)"""

@overload
def fscsr(rd: Reg, rs1: Reg, /) -> None:
    """swap_csr(3, rs1)"""

@overload
def fsrm(rs1: Reg, /) -> None:
    """swap_csr(2, rs1)"""

@overload
def fsrm(rd: Reg, rs1: Reg, /) -> None:
    """swap_csr(2, rs1)"""

@overload
def fsflags(rs1: Reg, /) -> None:
    """swap_csr(1, rs1)"""

@overload
def fsflags(rd: Reg, rs1: Reg, /) -> None:
    """swap_csr(1, rs1)"""

@overload
def fsrmi(zimm5: Number, /) -> None:
    """swap_csr(2, zimm5)"""

@overload
def fsrmi(rd: Reg, zimm5: Number, /) -> None:
    """swap_csr(2, zimm5)"""

@overload
def fsflagsi(zimm5: Number, /) -> None:
    """swap_csr(1, zimm5)"""

@overload
def fsflagsi(rd: Reg, zimm5: Number, /) -> None:
    """swap_csr(1, zimm5)"""

@overload
def c_nop() -> None:
    """nothing"""

@overload
def c_nop(imm6nz: Number, /) -> None:
    """nothing"""

@overload
def c_addi4spn(rd_c: Reg, uimm10x4nz: Number, /) -> None:
    """rd_c = sp + uimm10x4nz"""

@overload
def c_addi4spn(rd_c: Reg, operand: Reg, uimm10x4nz: Number, /) -> None:
    """rd_c = sp + uimm10x4nz"""

def c_li(rd_nz: Reg, imm6: Number, /) -> None:
    """rd_nz = imm6"""

def c_mv(rd_nz: Reg, rs2_nz: Reg, /) -> None:
    """rd_nz = rs2_nz"""

def c_addi(rd_nz: Reg, imm6nz: Reg, /) -> None:
    """rd_nz = rd_nz + imm6nz"""

@overload
def c_addi16sp(imm10x16nz: Number, /) -> None:
    """sp = sp + imm10x16nz"""

@overload
def c_addi16sp(operand: Reg, imm10x16nz: Number, /) -> None:
    """sp = sp + imm10x16nz"""

def c_lui(rd_nz2: Reg, upper6nz: Number, /) -> None:
    """rd_nz2 = upper6nz << 12"""

def c_slli(rd_nz: Reg, uimm5nz: Reg, /) -> None:
    """rd_nz = rd_nz << uimm5nz"""

def c_srli(rd_rs1_c: Reg, uimm5nz: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c >> uimm5nz"""

def c_srai(rd_rs1_c: Reg, uimm5nz: Reg, /) -> None:
    """rd_rs1_c = signed(rd_rs1_c) >> uimm5nz"""

def c_andi(rd_rs1_c: Reg, imm6: Number, /) -> None:
    """rd_rs1_c = rd_rs1_c & imm6"""

def c_sub(rd_rs1_c: Reg, rs2_p: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c - rs2_p"""

def c_xor(rd_rs1_c: Reg, rs2_p: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c ^ rs2_p"""

def c_or(rd_rs1_c: Reg, rs2_p: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c | rs2_p"""

def c_and(rd_rs1_c: Reg, rs2_p: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c & rs2_p"""

def c_add(rd_nz: Reg, rs2_nz: Reg, /) -> None:
    """rd_nz = rd_nz + rs2_nz"""

def c_lw(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load32(rs1_c + uimm7x4)"""

def c_sw(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store32(rs1_c + uimm7x4, rs2_p)"""

def c_lwsp(rd_nz: Reg, lwsp8x4: Reg, /) -> None:
    """rd_nz = load32(sp + lwsp8x4)"""

def c_swsp(rs2_c: Reg, swsp8x4: Reg, /) -> None:
    """store32(sp + swsp8x4, rs2_c)"""

def c_j(jump12: Target, /) -> None:
    """goto jump12"""

def c_jal(jump12: Target, /) -> None:
    """ra = next; goto jump12"""

def c_jr(rs1_nz: Reg, /) -> None:
    """to = rs1_nz; goto to & ~1"""

def c_jalr(rs1_nz: Reg, /) -> None:
    """to = rs1_nz; ra = next; goto to & ~1"""

def c_beqz(rs1_c: Reg, branch9: Target, /) -> None:
    """goto branch9 if rs1_c == 0"""

def c_bnez(rs1_c: Reg, branch9: Target, /) -> None:
    """goto branch9 if rs1_c != 0"""

def c_ebreak() -> None:
    """ebreak()"""

def c_unimp() -> None:
    """swap_csr(3072, 0)"""

def csrrw(rd: Reg, rs1: Reg, csr: Csr | Number, /) -> None:
    """rd = swap_csr(csr, rs1)"""

def csrrs(rd: Reg, rs1: Reg, csr: Csr | Number, /) -> None:
    """rd = set_csr(csr, rs1)"""

def csrrc(rd: Reg, rs1: Reg, csr: Csr | Number, /) -> None:
    """rd = clear_csr(csr, rs1)"""

def csrrwi(rd: Reg, csr: Csr | Number, zimm5: Number, /) -> None:
    """rd = swap_csr(csr, zimm5)"""

def csrrsi(rd: Reg, csr: Csr | Number, zimm5: Number, /) -> None:
    """rd = set_csr(csr, zimm5)"""

def csrrci(rd: Reg, csr: Csr | Number, zimm5: Number, /) -> None:
    """rd = clear_csr(csr, zimm5)"""

def fence_i() -> None:
    """fence_i()"""

def sh1add(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = (rs1 << 1) + rs2"""

def sh2add(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = (rs1 << 2) + rs2"""

def sh3add(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = (rs1 << 3) + rs2"""

def andn(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 & ~rs2"""

def orn(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 | ~rs2"""

def xnor(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = ~(rs1 ^ rs2)"""

def clz(rd: Reg, rs1: Reg, /) -> None:
    """rd = leading_zeros(rs1)"""

def ctz(rd: Reg, rs1: Reg, /) -> None:
    """rd = trailing_zeros(rs1)"""

def cpop(rd: Reg, rs1: Reg, /) -> None:
    """rd = count_ones(rs1)"""

def minu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 if rs1 < rs2 else rs2"""

def maxu(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs2 if rs1 < rs2 else rs1"""

def sext_b(rd: Reg, rs1: Reg, /) -> None:
    """rd = signed8(rs1)"""

def sext_h(rd: Reg, rs1: Reg, /) -> None:
    """rd = signed16(rs1)"""

def zext_h(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 & 0xffff"""

def rol(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << rs2 | rs1 >> -rs2"""

def ror(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 >> rs2 | rs1 << -rs2"""

def rori(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 >> shamt5 | rs1 << -shamt5"""

def orc_b(rd: Reg, rs1: Reg, /) -> None:
    """rd = or_combine(rs1)"""

def rev8(rd: Reg, rs1: Reg, /) -> None:
    """rd = reverse_bytes(rs1)"""

def bclr(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 & ~(1 << rs2)"""

def bext(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 >> rs2 & 1"""

def binv(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 ^ 1 << rs2"""

def bset(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 | 1 << rs2"""

def bclri(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 & ~(1 << shamt5)"""

def bexti(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 >> shamt5 & 1"""

def binvi(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 ^ 1 << shamt5"""

def bseti(rd: Reg, rs1: Reg, shamt5: Number, /) -> None:
    """rd = rs1 | 1 << shamt5"""

def czero_eqz(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0 if rs2 == 0 else rs1"""

def czero_nez(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0 if rs2 != 0 else rs1"""

def clmul(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = carryless(rs1, rs2)"""

def clmulr(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = carryless_high(rs1, rs2) << 1 | carryless(rs1, rs2) >> 31"""

def clmulh(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = carryless_high(rs1, rs2)"""

def pack(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 & 0xffff | rs2 << 16"""

def packh(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 & 255 | (rs2 & 255) << 8"""

def brev8(rd: Reg, rs1: Reg, /) -> None:
    """rd = reverse_bytes(reverse_bits(rs1))"""

def unzip(rd: Reg, rs1: Reg, /) -> None:
    """rd = deinterleave(rs1)"""

def xperm4(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = permute4(rs1, rs2)"""

def xperm8(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = permute8(rs1, rs2)"""

def aes32dsi(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """t = aes_inverse_sbox(rs2 >> 8 * bs); rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def aes32dsmi(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """s = aes_inverse_sbox(rs2 >> 8 * bs); twice = s << 1 ^ 0x11b * (s >> 7); four = twice << 1 ^ 0x11b * (twice >> 7); eight = four << 1 ^ 0x11b * (four >> 7); nine = eight ^ s; t = eight ^ four ^ twice | nine << 8 | (nine ^ four) << 16 | (nine ^ twice) << 24; rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def aes32esi(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """t = aes_sbox(rs2 >> 8 * bs); rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def aes32esmi(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """s = aes_sbox(rs2 >> 8 * bs); twice = s << 1 ^ 0x11b * (s >> 7); t = twice | s << 8 | s << 16 | (s ^ twice) << 24; rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def sha256sum0(rd: Reg, rs1: Reg, /) -> None:
    """rd = (rs1 >> 2 | rs1 << 30) ^ (rs1 >> 13 | rs1 << 19) ^ (rs1 >> 22 | rs1 << 10)"""

def sha256sum1(rd: Reg, rs1: Reg, /) -> None:
    """rd = (rs1 >> 6 | rs1 << 26) ^ (rs1 >> 11 | rs1 << 21) ^ (rs1 >> 25 | rs1 << 7)"""

def sha256sig0(rd: Reg, rs1: Reg, /) -> None:
    """rd = (rs1 >> 7 | rs1 << 25) ^ (rs1 >> 18 | rs1 << 14) ^ rs1 >> 3"""

def sha256sig1(rd: Reg, rs1: Reg, /) -> None:
    """rd = (rs1 >> 17 | rs1 << 15) ^ (rs1 >> 19 | rs1 << 13) ^ rs1 >> 10"""

def sha512sum0r(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << 25 ^ rs1 << 30 ^ rs1 >> 28 ^ rs2 >> 7 ^ rs2 >> 2 ^ rs2 << 4"""

def sha512sum1r(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << 23 ^ rs1 >> 14 ^ rs1 >> 18 ^ rs2 >> 9 ^ rs2 << 18 ^ rs2 << 14"""

def sha512sig0l(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 >> 1 ^ rs1 >> 7 ^ rs1 >> 8 ^ rs2 << 31 ^ rs2 << 25 ^ rs2 << 24"""

def sha512sig1l(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << 3 ^ rs1 >> 6 ^ rs1 >> 19 ^ rs2 >> 29 ^ rs2 << 26 ^ rs2 << 13"""

def sha512sig0h(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 >> 1 ^ rs1 >> 7 ^ rs1 >> 8 ^ rs2 << 31 ^ rs2 << 24"""

def sha512sig1h(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = rs1 << 3 ^ rs1 >> 6 ^ rs1 >> 19 ^ rs2 >> 29 ^ rs2 << 13"""

def sm4ed(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """s = sm4_sbox(rs2 >> 8 * bs); t = s ^ s << 8 ^ s << 2 ^ s << 18 ^ s << 26 ^ s << 10 & 0x30000; rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def sm4ks(rd: Reg, rs1: Reg, rs2: Reg, bs: Number, /) -> None:
    """s = sm4_sbox(rs2 >> 8 * bs); t = s ^ s << 29 ^ s << 7 & 0x7f00 ^ (s & 1) << 23 ^ s << 13 & 0x1f0000; rd = rs1 ^ (t << 8 * bs | t >> -8 * bs)"""

def sm3p0(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 ^ (rs1 << 9 | rs1 >> 23) ^ (rs1 << 17 | rs1 >> 15)"""

def sm3p1(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 ^ (rs1 << 15 | rs1 >> 17) ^ (rs1 << 23 | rs1 >> 9)"""

def wrs_nto() -> None:
    """stall()"""

def wrs_sto() -> None:
    """stall()"""

def amoswap_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2); rd = signed8(old)"""

def amoswap_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2); rd = signed8(old)"""

def amoswap_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2); rd = signed8(old)"""

def amoswap_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2); rd = signed8(old)"""

def amoadd_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old + rs2); rd = signed8(old)"""

def amoadd_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old + rs2); rd = signed8(old)"""

def amoadd_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old + rs2); rd = signed8(old)"""

def amoadd_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old + rs2); rd = signed8(old)"""

def amoxor_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old ^ rs2); rd = signed8(old)"""

def amoxor_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old ^ rs2); rd = signed8(old)"""

def amoxor_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old ^ rs2); rd = signed8(old)"""

def amoxor_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old ^ rs2); rd = signed8(old)"""

def amoand_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old & rs2); rd = signed8(old)"""

def amoand_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old & rs2); rd = signed8(old)"""

def amoand_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old & rs2); rd = signed8(old)"""

def amoand_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old & rs2); rd = signed8(old)"""

def amoor_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old | rs2); rd = signed8(old)"""

def amoor_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old | rs2); rd = signed8(old)"""

def amoor_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old | rs2); rd = signed8(old)"""

def amoor_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old | rs2); rd = signed8(old)"""

def amomin_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if signed(signed8(old)) < signed(signed8(rs2)) else rs2); rd = signed8(old)"""

def amomin_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if signed(signed8(old)) < signed(signed8(rs2)) else rs2); rd = signed8(old)"""

def amomin_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if signed(signed8(old)) < signed(signed8(rs2)) else rs2); rd = signed8(old)"""

def amomin_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if signed(signed8(old)) < signed(signed8(rs2)) else rs2); rd = signed8(old)"""

def amomax_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if signed(signed8(old)) < signed(signed8(rs2)) else old); rd = signed8(old)"""

def amomax_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if signed(signed8(old)) < signed(signed8(rs2)) else old); rd = signed8(old)"""

def amomax_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if signed(signed8(old)) < signed(signed8(rs2)) else old); rd = signed8(old)"""

def amomax_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if signed(signed8(old)) < signed(signed8(rs2)) else old); rd = signed8(old)"""

def amominu_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if old < rs2 & 0xff else rs2); rd = signed8(old)"""

def amominu_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if old < rs2 & 0xff else rs2); rd = signed8(old)"""

def amominu_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if old < rs2 & 0xff else rs2); rd = signed8(old)"""

def amominu_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, old if old < rs2 & 0xff else rs2); rd = signed8(old)"""

def amomaxu_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old < rs2 & 0xff else old); rd = signed8(old)"""

def amomaxu_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old < rs2 & 0xff else old); rd = signed8(old)"""

def amomaxu_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old < rs2 & 0xff else old); rd = signed8(old)"""

def amomaxu_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old < rs2 & 0xff else old); rd = signed8(old)"""

def amoswap_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2); rd = signed16(old)"""

def amoswap_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2); rd = signed16(old)"""

def amoswap_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2); rd = signed16(old)"""

def amoswap_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2); rd = signed16(old)"""

def amoadd_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old + rs2); rd = signed16(old)"""

def amoadd_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old + rs2); rd = signed16(old)"""

def amoadd_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old + rs2); rd = signed16(old)"""

def amoadd_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old + rs2); rd = signed16(old)"""

def amoxor_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old ^ rs2); rd = signed16(old)"""

def amoxor_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old ^ rs2); rd = signed16(old)"""

def amoxor_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old ^ rs2); rd = signed16(old)"""

def amoxor_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old ^ rs2); rd = signed16(old)"""

def amoand_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old & rs2); rd = signed16(old)"""

def amoand_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old & rs2); rd = signed16(old)"""

def amoand_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old & rs2); rd = signed16(old)"""

def amoand_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old & rs2); rd = signed16(old)"""

def amoor_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old | rs2); rd = signed16(old)"""

def amoor_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old | rs2); rd = signed16(old)"""

def amoor_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old | rs2); rd = signed16(old)"""

def amoor_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old | rs2); rd = signed16(old)"""

def amomin_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if signed(signed16(old)) < signed(signed16(rs2)) else rs2); rd = signed16(old)"""

def amomin_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if signed(signed16(old)) < signed(signed16(rs2)) else rs2); rd = signed16(old)"""

def amomin_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if signed(signed16(old)) < signed(signed16(rs2)) else rs2); rd = signed16(old)"""

def amomin_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if signed(signed16(old)) < signed(signed16(rs2)) else rs2); rd = signed16(old)"""

def amomax_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if signed(signed16(old)) < signed(signed16(rs2)) else old); rd = signed16(old)"""

def amomax_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if signed(signed16(old)) < signed(signed16(rs2)) else old); rd = signed16(old)"""

def amomax_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if signed(signed16(old)) < signed(signed16(rs2)) else old); rd = signed16(old)"""

def amomax_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if signed(signed16(old)) < signed(signed16(rs2)) else old); rd = signed16(old)"""

def amominu_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if old < rs2 & 0xffff else rs2); rd = signed16(old)"""

def amominu_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if old < rs2 & 0xffff else rs2); rd = signed16(old)"""

def amominu_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if old < rs2 & 0xffff else rs2); rd = signed16(old)"""

def amominu_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, old if old < rs2 & 0xffff else rs2); rd = signed16(old)"""

def amomaxu_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old < rs2 & 0xffff else old); rd = signed16(old)"""

def amomaxu_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old < rs2 & 0xffff else old); rd = signed16(old)"""

def amomaxu_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old < rs2 & 0xffff else old); rd = signed16(old)"""

def amomaxu_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old < rs2 & 0xffff else old); rd = signed16(old)"""

def amocas_w(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old == rd else old); rd = old"""

def amocas_w_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old == rd else old); rd = old"""

def amocas_w_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old == rd else old); rd = old"""

def amocas_w_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load32(rs1); store32(rs1, rs2 if old == rd else old); rd = old"""

def amocas_d(rd_pair: Reg, rs2_pair: Reg, rs1: Mem, /) -> None:
    """low = load32(rs1); more = load32(rs1 + 4); same = (low ^ rd_pair | more ^ upper(rd_pair)) == 0; store32(rs1, rs2_pair if same else low); store32(rs1 + 4, upper(rs2_pair) if same else more); rd_pair = low; upper(rd_pair) = more"""

def amocas_d_rl(rd_pair: Reg, rs2_pair: Reg, rs1: Mem, /) -> None:
    """low = load32(rs1); more = load32(rs1 + 4); same = (low ^ rd_pair | more ^ upper(rd_pair)) == 0; store32(rs1, rs2_pair if same else low); store32(rs1 + 4, upper(rs2_pair) if same else more); rd_pair = low; upper(rd_pair) = more"""

def amocas_d_aq(rd_pair: Reg, rs2_pair: Reg, rs1: Mem, /) -> None:
    """low = load32(rs1); more = load32(rs1 + 4); same = (low ^ rd_pair | more ^ upper(rd_pair)) == 0; store32(rs1, rs2_pair if same else low); store32(rs1 + 4, upper(rs2_pair) if same else more); rd_pair = low; upper(rd_pair) = more"""

def amocas_d_aqrl(rd_pair: Reg, rs2_pair: Reg, rs1: Mem, /) -> None:
    """low = load32(rs1); more = load32(rs1 + 4); same = (low ^ rd_pair | more ^ upper(rd_pair)) == 0; store32(rs1, rs2_pair if same else low); store32(rs1 + 4, upper(rs2_pair) if same else more); rd_pair = low; upper(rd_pair) = more"""

def amocas_b(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old == rd & 0xff else old); rd = signed8(old)"""

def amocas_b_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old == rd & 0xff else old); rd = signed8(old)"""

def amocas_b_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old == rd & 0xff else old); rd = signed8(old)"""

def amocas_b_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load8(rs1); store8(rs1, rs2 if old == rd & 0xff else old); rd = signed8(old)"""

def amocas_h(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old == rd & 0xffff else old); rd = signed16(old)"""

def amocas_h_rl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old == rd & 0xffff else old); rd = signed16(old)"""

def amocas_h_aq(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old == rd & 0xffff else old); rd = signed16(old)"""

def amocas_h_aqrl(rd: Reg, rs2: Reg, rs1: Mem, /) -> None:
    """old = load16(rs1); store16(rs1, rs2 if old == rd & 0xffff else old); rd = signed16(old)"""

def pause() -> None:
    """fence(1, 0)"""

def ntl_p1() -> None:
    """nothing"""

def ntl_pall() -> None:
    """nothing"""

def ntl_s1() -> None:
    """nothing"""

def ntl_all() -> None:
    """nothing"""

def c_ntl_p1() -> None:
    """nothing"""

def c_ntl_pall() -> None:
    """nothing"""

def c_ntl_s1() -> None:
    """nothing"""

def c_ntl_all() -> None:
    """nothing"""

def cbo_inval(rs1: Mem, /) -> None:
    """invalidate_block(rs1)"""

def cbo_clean(rs1: Mem, /) -> None:
    """clean_block(rs1)"""

def cbo_flush(rs1: Mem, /) -> None:
    """flush_block(rs1)"""

def prefetch_i(rs1: Mem, /) -> None:
    """prefetch(rs1 + imm12x32)"""

def prefetch_r(rs1: Mem, /) -> None:
    """prefetch(rs1 + imm12x32)"""

def prefetch_w(rs1: Mem, /) -> None:
    """prefetch(rs1 + imm12x32)"""

def cbo_zero(rs1: Mem, /) -> None:
    """zero_block(rs1)"""

def mop_r_0(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_1(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_2(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_3(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_4(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_5(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_6(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_7(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_8(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_9(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_10(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_11(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_12(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_13(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_14(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_15(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_16(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_17(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_18(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_19(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_20(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_21(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_22(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_23(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_24(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_25(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_26(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_27(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_28(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_29(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_30(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_r_31(rd: Reg, rs1: Reg, /) -> None:
    """rd = 0"""

def mop_rr_0(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_1(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_2(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_3(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_4(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_5(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_6(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def mop_rr_7(rd: Reg, rs1: Reg, rs2: Reg, /) -> None:
    """rd = 0"""

def c_mop_1() -> None:
    """nothing"""

def c_mop_3() -> None:
    """nothing"""

def c_mop_5() -> None:
    """nothing"""

def c_mop_7() -> None:
    """nothing"""

def c_mop_9() -> None:
    """nothing"""

def c_mop_11() -> None:
    """nothing"""

def c_mop_13() -> None:
    """nothing"""

def c_mop_15() -> None:
    """nothing"""

def sinval_vma(rs1: Reg, rs2: Reg, /) -> None:
    """invalidate_translations(rs1, rs2)"""

def sfence_w_inval() -> None:
    """order_translations()"""

def sfence_inval_ir() -> None:
    """order_translations()"""

def hinval_vvma(rs1: Reg, rs2: Reg, /) -> None:
    """invalidate_guest_translations(rs1, rs2)"""

def hinval_gvma(rs1: Reg, rs2: Reg, /) -> None:
    """invalidate_guest_translations(rs1, rs2)"""

def mnret() -> None:
    """nmi_return()"""

def c_lbu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load8(rs1_c + zcb2)"""

def c_lhu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load16(rs1_c + zcb2x2)"""

def c_lh(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = signed16(load16(rs1_c + zcb2x2))"""

def c_sb(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store8(rs1_c + zcb2, rs2_p)"""

def c_sh(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store16(rs1_c + zcb2x2, rs2_p)"""

def c_zext_b(rd_rs1_c: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c & 255"""

def c_sext_b(rd_rs1_c: Reg, /) -> None:
    """rd_rs1_c = signed8(rd_rs1_c)"""

def c_zext_h(rd_rs1_c: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c & 0xffff"""

def c_sext_h(rd_rs1_c: Reg, /) -> None:
    """rd_rs1_c = signed16(rd_rs1_c)"""

def c_not(rd_rs1_c: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c ^ -1"""

def c_mul(rd_rs1_c: Reg, rs2_p: Reg, /) -> None:
    """rd_rs1_c = rd_rs1_c * rs2_p"""

def cm_push(reglist: Reg, push: Number, /) -> None:
    """push(reglist, push)"""

def cm_pop(reglist: Reg, pop: Number, /) -> None:
    """pop(reglist, pop)"""

def cm_popret(reglist: Reg, pop: Number, /) -> None:
    """pop(reglist, pop); goto ra & ~1"""

def cm_popretz(reglist: Reg, pop: Number, /) -> None:
    """pop(reglist, pop); a0 = 0; goto ra & ~1"""

def cm_mva01s(r1s: Reg, r2s: Reg, /) -> None:
    """a0 = r1s; a1 = r2s"""

def cm_mvsa01(r1s: Reg, r2s: Reg, /) -> None:
    """r1s = a0; r2s = a1"""

def cm_jt(jt5: Number, /) -> None:
    """goto load32((set_csr(0x17, 0) & ~63) + (jt5 << 2)) & ~1"""

def cm_jalt(jalt8: Number, /) -> None:
    """to = load32((set_csr(0x17, 0) & ~63) + (jalt8 << 2)); ra = next; goto to & ~1"""

def qk_c_lbu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load8(rs1_c + xw5)"""

def qk_c_sb(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store8(rs1_c + xw5, rs2_p)"""

def qk_c_lhu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load16(rs1_c + xw6x2)"""

def qk_c_sh(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store16(rs1_c + xw6x2, rs2_p)"""

def qk_c_lbusp(rd_c: Reg, memory: Mem, /) -> None:
    """rd_c = load8(sp + xwsp4)"""

def qk_c_sbsp(rs2_p: Reg, memory: Mem, /) -> None:
    """store8(sp + xwsp4, rs2_p)"""

def qk_c_lhusp(rd_c: Reg, memory: Mem, /) -> None:
    """rd_c = load16(sp + xwsp5x2)"""

def qk_c_shsp(rs2_p: Reg, memory: Mem, /) -> None:
    """store16(sp + xwsp5x2, rs2_p)"""

def xw_c_lbu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load8(rs1_c + xw5)"""

def xw_c_sb(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store8(rs1_c + xw5, rs2_p)"""

def xw_c_lhu(rd_c: Reg, rs1_c: Mem, /) -> None:
    """rd_c = load16(rs1_c + xw6x2)"""

def xw_c_sh(rs2_p: Reg, rs1_c: Mem, /) -> None:
    """store16(rs1_c + xw6x2, rs2_p)"""

def xw_c_lbusp(rd_c: Reg, memory: Mem, /) -> None:
    """rd_c = load8(sp + xwsp4)"""

def xw_c_sbsp(rs2_p: Reg, memory: Mem, /) -> None:
    """store8(sp + xwsp4, rs2_p)"""

def xw_c_lhusp(rd_c: Reg, memory: Mem, /) -> None:
    """rd_c = load16(sp + xwsp5x2)"""

def xw_c_shsp(rs2_p: Reg, memory: Mem, /) -> None:
    """store16(sp + xwsp5x2, rs2_p)"""

def h3_bextm(rd: Reg, rs1: Reg, rs2: Reg, h3size: Number, /) -> None:
    """rd = rs1 >> rs2 & ~(-1 << h3size)"""

def h3_bextmi(rd: Reg, rs1: Reg, shamt5: Number, h3size: Number, /) -> None:
    """rd = rs1 >> shamt5 & ~(-1 << h3size)"""

def h3_block() -> None:
    """block()"""

def h3_unblock() -> None:
    """signal()"""

def getq(rd: Reg, qs: Word | str, /) -> None:
    """rd = set_csr(0x1000 + qs, 0)"""

def setq(qd: Word | str, rs1: Reg, /) -> None:
    """zero = swap_csr(0x1000 + qd, rs1)"""

def retirq() -> Never:
    """goto set_csr(0x1000, 0) & ~1"""

def maskirq(rd: Reg, rs1: Reg, /) -> None:
    """rd = swap_csr(0x1010, rs1)"""

def waitirq(rd: Reg, /) -> None:
    """rd = device(0)"""

def timer(rd: Reg, rs1: Reg, /) -> None:
    """rd = device(rs1)"""

def esp_lp_setupi(loop_id: Number, loop_count: Number, loop_offset9: Number, /) -> None:
    """loop(loop_count, loop_offset9)"""

def esp_lp_setup(loop_id: Number, rs1: Reg, loop_offset12: Number, /) -> None:
    """loop(rs1, loop_offset12)"""

def esp_lp_starti(loop_id: Number, loop_offset12: Number, /) -> None:
    """loop(loop_id, loop_offset12)"""

def esp_lp_endi(loop_id: Number, loop_offset12: Number, /) -> None:
    """loop(loop_id, loop_offset12)"""

def esp_lp_counti(loop_id: Number, loop_count: Number, /) -> None:
    """loop(loop_id, loop_count)"""

def esp_lp_count(loop_id: Number, rs1: Reg, /) -> None:
    """loop(loop_id, rs1)"""

def c_flw(frd_c: Reg, rs1_c: Mem, /) -> None:
    """frd_c = load32(rs1_c + uimm7x4)"""

def c_fsw(frs2_p: Reg, rs1_c: Mem, /) -> None:
    """store32(rs1_c + uimm7x4, frs2_p)"""

def c_flwsp(frd: Reg, lwsp8x4: Reg, /) -> None:
    """frd = load32(sp + lwsp8x4)"""

def c_fswsp(frs2_c: Reg, swsp8x4: Reg, /) -> None:
    """store32(sp + swsp8x4, frs2_c)"""

def nop() -> None:
    """nothing"""

def li(rd: Reg, value32: Number, /) -> None:
    """the fewest bytes that give the value"""

def la(rd: Reg, symbol: Target, /) -> None:
    """rd = symbol"""

def lla(rd: Reg, symbol: Target, /) -> None:
    """rd = symbol"""

def mv(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1"""

def not_(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 ^ -1"""

def neg(rd: Reg, rs2: Reg, /) -> None:
    """rd = 0 - rs2"""

def seqz(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 < 1"""

def snez(rd: Reg, rs2: Reg, /) -> None:
    """rd = 0 < rs2"""

def sltz(rd: Reg, rs1: Reg, /) -> None:
    """rd = signed(rs1) < signed(0)"""

def sgtz(rd: Reg, rs2: Reg, /) -> None:
    """rd = signed(0) < signed(rs2)"""

def sgt(rd: Reg, rs2: Reg, rs1: Reg, /) -> None:
    """rd = signed(rs1) < signed(rs2)"""

def sgtu(rd: Reg, rs2: Reg, rs1: Reg, /) -> None:
    """rd = rs1 < rs2"""

def zext_b(rd: Reg, rs1: Reg, /) -> None:
    """rd = rs1 & 255"""

def beqz(rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 == 0"""

def bnez(rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 != 0"""

def blez(rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(0) >= signed(rs2)"""

def bgez(rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) >= signed(0)"""

def bltz(rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) < signed(0)"""

def bgtz(rs2: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(0) < signed(rs2)"""

def bgt(rs2: Reg, rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) < signed(rs2)"""

def ble(rs2: Reg, rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if signed(rs1) >= signed(rs2)"""

def bgtu(rs2: Reg, rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 < rs2"""

def bleu(rs2: Reg, rs1: Reg, branch13: Target, /) -> None:
    """goto branch13 if rs1 >= rs2"""

def j(jump21: Target, /) -> None:
    """goto jump21"""

@overload
def call(jump21: Target, /) -> None:
    """ra = next; goto jump21"""

@overload
def call(rd: Reg, jump21: Target, /) -> None:
    """ra = next; goto jump21"""

def tail(jump21: Target, /) -> None:
    """goto jump21"""

@overload
def jr(rs1: Reg, /) -> None:
    """to = rs1 + imm12; goto to & ~1"""

@overload
def jr(rs1: Reg, imm12: Number, /) -> None:
    """to = rs1 + imm12; goto to & ~1"""

def ret() -> Never:
    """to = ra; goto to & ~1"""

def unimp() -> None:
    """swap_csr(3072, 0)"""

def rdcycle(rd: Reg, /) -> None:
    """rd = set_csr(3072, 0)"""

def rdcycleh(rd: Reg, /) -> None:
    """rd = set_csr(3200, 0)"""

def rdtime(rd: Reg, /) -> None:
    """rd = set_csr(3073, 0)"""

def rdtimeh(rd: Reg, /) -> None:
    """rd = set_csr(3201, 0)"""

def rdinstret(rd: Reg, /) -> None:
    """rd = set_csr(3074, 0)"""

def rdinstreth(rd: Reg, /) -> None:
    """rd = set_csr(3202, 0)"""

def csrr(rd: Reg, csr: Csr | Number, /) -> None:
    """rd = set_csr(csr, 0)"""

def csrw(csr: Csr | Number, rs1: Reg, /) -> None:
    """swap_csr(csr, rs1)"""

def csrs(csr: Csr | Number, rs1: Reg, /) -> None:
    """set_csr(csr, rs1)"""

def csrc(csr: Csr | Number, rs1: Reg, /) -> None:
    """clear_csr(csr, rs1)"""

def csrwi(csr: Csr | Number, zimm5: Number, /) -> None:
    """swap_csr(csr, zimm5)"""

def csrsi(csr: Csr | Number, zimm5: Number, /) -> None:
    """set_csr(csr, zimm5)"""

def csrci(csr: Csr | Number, zimm5: Number, /) -> None:
    """clear_csr(csr, zimm5)"""
