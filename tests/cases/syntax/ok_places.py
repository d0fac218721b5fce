# Functions are found wherever they stand.
import array


@micropython.asm_rv32
def qualified(a):
    addi(a0, a, 1)
    # run(1) -> 2


class Thing:
    """Methods and static methods."""

    @staticmethod
    @asm_rv32
    def static(a):
        addi(a0, a, 2)
        # run(1) -> 3

    @asm_rv32(compress=False)
    def method(self, a):
        addi(a0, a, 3)  # = 1385350067800000
        # run(0, 1) -> 4


if True:
    @other("x", [1, 2])
    @asm_rv32(isa="rv32i",
              compress=True)
    @another
    def in_a_block(a):
        addi(a0, a, 4)  # = 1305450067800000
        # run(1) -> 5


@not_ours
def python_function(x):
    while x: yield {"a": x}


@asm_rv32
def one_line(a): addi(a0, a, 1); addi(a0, a0, 1)  # = 050505058280 / 130515001305150067800000


@asm_rv32
def documented(
    a,  # the first
    b,
):
    """Its docstring,
    over lines."""
    # a comment
    add(
        a0,
        a,
        b,  # a comma at the end
    )
    ...
    nop() \
        ; ret()
    # run(1, 2) -> 3
