"""Greatest common divisor, by Euclid's algorithm.

    asmrv32 run examples/gcd.py 'gcd(462, 1071)'
"""

from asm_rv32 import asm_rv32, uint
from asm_rv32.words import a0, beqz, bnez, label, mv, remu, ret


@asm_rv32
def gcd(a: int, b: int) -> uint:
    """The greatest common divisor of two unsigned words; gcd(0, 0) is 0."""
    # Two divisions a round: the operands change places without being moved.
    beqz(b, "done")
    label("again")
    remu(a, a, b)
    beqz(a, "other")
    remu(b, b, a)
    bnez(b, "again")
    ret()
    label("other")
    mv(a0, b)
    label("done")
    ret()


# prove: gcd(any(0, 64), any(0, 64))
def gcd_python(a: int, b: int) -> int:
    from math import gcd

    return gcd(a & 0xFFFFFFFF, b & 0xFFFFFFFF)
