"""Random sources for GNU as, made from the tables: what people write, thrown together.

Input: a source of chance. Output: lines.
Invariant: GNU as takes them, and leaves nothing to chance: no value hangs on where code lies.
"""

from __future__ import annotations

import random
from collections.abc import Iterator

from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from corpus.instructions import draw_all, gnu_text

ISA = "rv32imac"
REGISTERS = ["a0", "a1", "a5", "s1", "t2", "t6", "fp", "x9", "ra"]
LEFT_OUT = ("auipc", "fence")
"""What makes a function count its own bytes, and what GNU as takes only in part."""


class Program:
    """A source that is being made."""

    def __init__(self, choice: random.Random, wide: bool = False) -> None:
        """`wide`: with what people write less often, too."""
        self.choice = choice
        self.wide = wide
        self.rows = [
            row for row in instruction_set(ISA).encodings
            if row.target < 0 and not row.hint and row.name not in LEFT_OUT
        ]  # fmt: skip
        self.functions = [f"f{number}" for number in range(choice.randrange(2, 6))]
        self.data = [f"data.{number}" for number in range(choice.randrange(1, 5))]
        self.blocks = list(self.data)
        """Those that are not written yet."""
        self.constants = [f"C{number}" for number in range(choice.randrange(1, 5))]
        self.macros: dict[str, str] = {}
        """Name → the sorts of its parameters: r, a register; i, a small number."""
        self.rvc = True
        self.pushed = 0

    def lines(self) -> list[str]:
        """All of it."""
        found = ["# made by chance"]
        for number, name in enumerate(self.constants):
            value = self.choice.choice(
                [str(self.choice.randrange(12)), "0x7", "'\\t'", "1 << 3", "~3 & 15"]
            )
            before = f"{self.constants[number - 1]} / 2 + " if number else ""
            form = self.choice.choice([".equ {}, {}", ".set {}, {}", "{} = {}"])
            found.append(form.format(name, before + value) + self.comment())
        for number in range(self.choice.randrange(4)):
            found += self.macro(f"mac{number}")
        if self.wide:
            found += self.wide_macros()
        for name in self.functions:
            found += self.function(name)
            if self.choice.random() < 0.4:
                found += self.block()
        found += self.blocks_left()
        return found

    def comment(self) -> str:
        """A comment, or none."""
        return self.choice.choice(["", "", "  # why", "  /* so */"])

    def instruction(self) -> str:
        """An instruction of the ISA without a label."""
        while True:
            row = self.choice.choice(self.rows)
            if row.size == 2 and not self.rvc:
                continue
            text = gnu_text(Instruction(row, draw_all(row, self.choice)), "")
            if "zero" not in text:
                return text

    def plain(self, register: str = "", number: str = "") -> str:
        """A pseudo-instruction or an alias, with these for its operands."""

        def r() -> str:
            return register or self.choice.choice(REGISTERS)

        def i() -> str:
            return number or self.choice.choice([*self.constants, "3", "0x10", "'\\n", "4 * 2 + 1"])

        return self.choice.choice([
            f"mv {r()}, {r()}", f"li {r()}, {i()}", f"add {r()}, {r()}, {i()}",
            f"and {r()}, {r()}, {i()}", f"lw {r()}, ({r()})", f"sw {r()}, {i()}*4({r()})",
            f"csrr {r()}, mscratch", f"csrw mscratch, {i()}", f"csrrw {r()}, mepc, {r()}",
            f"sltu {r()}, {r()}, {i()}", f"not {r()}, {r()}", f"seqz {r()}, {r()}", "nop",
            f"jalr {r()}", f"li {r()}, -2048", f"neg {r()}, {r()}", f"sll {r()}, {r()}, {i()}",
            f"amoadd.w {r()}, {r()}, ({r()})", f"lbu {r()}, {i()}(sp)", "ecall", "fence rw, w",
        ])  # fmt: skip

    def macro(self, name: str) -> Iterator[str]:
        """The definition of a macro."""
        sorts = "".join(self.choice.choice("ri") for _ in range(self.choice.randrange(4)))
        parameters = [f"p{number}" for number in range(len(sorts))]
        defaults = [
            f"{parameter}=2" if sort == "i" and "r" not in sorts[at:] else parameter
            for at, (parameter, sort) in enumerate(zip(parameters, sorts))
        ]
        yield f".macro {name} {', '.join(defaults)}{self.comment()}"
        registers = [f"\\{p}" for p, sort in zip(parameters, sorts) if sort == "r"]
        numbers = [f"\\{p}" for p, sort in zip(parameters, sorts) if sort == "i"]
        label = self.choice.choice(["1", r".Lin\@", ""])
        if label:
            yield f"{label}:"
        for _ in range(self.choice.randrange(1, 4)):
            register = self.choice.choice([*registers, ""])
            number = self.choice.choice([*numbers, ""])
            yield f"  {self.plain(register, number)}{self.comment()}"
        if numbers and self.choice.random() < 0.3:
            yield f".if {numbers[0]} > 3"
            yield f"  {self.plain()}"
            yield ".endif"
        if label:
            yield f"  bnez a0, {'1b' if label == '1' else label}"
        yield ".endm"
        self.macros[name] = sorts

    def use(self, name: str) -> str:
        """A use of a macro."""
        given = [
            self.choice.choice(REGISTERS) if sort == "r"
            else self.choice.choice(["1", "0x7", "(2+3)", *self.constants])
            for sort in self.macros[name]
        ]  # fmt: skip
        return f"{name} {', '.join(given)}"

    def function(self, name: str) -> Iterator[str]:
        """A function."""
        yield self.choice.choice([".text", '.section .text.hot, "ax", @progbits', ".text"])
        yield f".globl {name}"
        yield f".type {name}, @function"
        yield f"{name}:{self.comment()}"
        labels = [f".L{name}_{number}" for number in range(3)]
        waiting = list(labels)
        for _ in range(self.choice.randrange(3, 14)):
            yield from self.piece(labels, waiting)
        yield from (f"{label}: nop" for label in waiting)
        if not self.rvc:
            self.rvc = True
            yield ".option rvc"
        yield self.choice.choice(
            ["ret", f"tail {self.choice.choice(self.functions)}", "ret", "nop"]
        )
        if self.choice.random() < 0.5:
            yield f".size {name}, . - {name}"

    def piece(self, labels: list[str], waiting: list[str]) -> Iterator[str]:
        """A few lines of a function."""
        if self.wide and self.choice.random() < 0.4:
            yield from self.wide_piece(labels)
            return
        kind = self.choice.randrange(10)
        if kind < 3:
            yield f"  {self.instruction()}{self.comment()}"
        elif kind < 5:
            yield f"  {self.plain()}; {self.plain()}"
        elif kind == 5:
            if waiting and self.choice.random() < 0.6:
                yield f"{waiting.pop()}:"
            branch = self.choice.choice(["beqz a0,", "bne s1, t2,", "bltu a0, a1,", "j"])
            yield f"  {branch} {self.choice.choice(labels)}"
        elif kind == 6:
            yield f"  call {self.choice.choice(self.functions)}"
            place = self.choice.choice(self.data)
            yield f"  {self.choice.choice(['la', 'lla'])} a2, {place} + {self.choice.choice('048')}"
        elif kind == 7 and self.macros:
            yield f"  {self.use(self.choice.choice(list(self.macros)))}{self.comment()}"
        elif kind == 8:
            yield self.choice.choice([f".rept {self.choice.randrange(4)}", ".irp r, a0, s1"])
            yield f"  {self.plain()}"
            yield "2: bnez a1, 2b"
            yield ".endr"
        else:
            self.rvc = not self.rvc
            yield f".option {'rvc' if self.rvc else 'norvc'}"

    def block(self) -> Iterator[str]:
        """A block of data."""
        if not self.blocks:
            return
        name = self.blocks.pop()
        yield self.choice.choice([".data", ".section .rodata", '.section .sdata, "aw"'])
        yield ".balign 4"
        yield f"{name}:"
        for _ in range(self.choice.randrange(1, 6)):
            if self.wide and self.choice.random() < 0.5:
                yield from self.wide_data(name)
                continue
            yield self.choice.choice([
                f".word {self.choice.getrandbits(32)}, -1, {self.choice.choice(self.constants)}",
                ".byte 1, 'x', 0x80, -3", r'.asciz "a\tb\"\\\101\x7e"', ".half 1, 0xffff",
                ".skip 5",
                ".p2align 2", ".fill 3, 2, 7", ".zero 20", ".rept 3; .byte 9; .endr",
                f".word . - {name}, 1f - {name}\n1: .word 2", ".float 1.5, -0.1", ".double 2.25",
                ".uleb128 300", ".dword 0x123456789abcdef0", ".ascii \"one\", \"two\"",
            ])  # fmt: skip

    # ---- what people write less often

    def wide_macros(self) -> Iterator[str]:
        """Macros that use each other, themselves, lists of arguments and conditions."""
        yield ".macro each op, regs:vararg"
        yield "  .irp r, \\regs"
        yield "  \\op \\r, \\r, \\r"
        yield "  .endr"
        yield ".endm"
        yield ".macro down n"
        yield f"  {self.plain(number=chr(92) + 'n')}"
        yield "  .if \\n > 1"
        yield "  down (\\n-1)"
        yield "  .endif"
        yield ".endm"
        yield ".macro outer reg:req, n=3, text"
        yield "  .ifb \\text"
        yield "  down \\n"
        yield "  .else"
        yield "  each \\text, \\reg, \\reg"
        yield "  .endif"
        yield "7: bnez \\reg, 7b"
        yield "  beqz \\reg, 8f"
        yield "  addi \\reg, \\reg, \\n"
        yield "8:"
        yield ".endm"
        yield ".macro named prefix, n"
        yield ".L\\prefix\\()_\\n\\()_\\@: addi a0, a0, \\n"
        yield "  bnez a0, .L\\prefix\\()_\\n\\()_\\@"
        yield ".endm"
        yield ".altmacro"
        yield ".macro other reg, n, text"
        yield "  LOCAL here"
        yield f"here: {self.plain('reg', 'n')}"
        yield "  bnez reg, here"
        yield "  .ifc <text>, <a,b>"
        yield "  nop"
        yield "  .endif"
        yield ".endm"
        yield ".noaltmacro"
        yield ".set counter, 0"

    def fresh(self) -> str:
        """A label that is no other."""
        self.pushed += 1
        return f"pushed.{self.pushed}"

    def condition(self) -> str:
        """What a `.if` asks."""
        constant = self.choice.choice(self.constants)
        return self.choice.choice([
            f".if {constant} > 3", f".if {constant}", f".ifdef {constant}", ".ifndef nowhere",
            ".ifc abc, abc", '.ifeqs "a", "b"', f".ifeq {constant}", f".ifne {constant} - 1",
            f".ifge {constant} - 2", f".iflt {constant}", f".if {constant} == 3 || 1 > 2",
        ])  # fmt: skip

    def conditional(self, *inner: str) -> Iterator[str]:
        """Lines that stand there or not."""
        yield f"  {self.condition()}"
        yield from inner
        if self.choice.random() < 0.4:
            yield f"  .elseif {self.choice.choice(self.constants)} < 5"
            yield f"  {self.plain()}"
        if self.choice.random() < 0.6:
            yield "  .else"
            yield f"  {self.plain()}"
        yield "  .endif"

    def wide_piece(self, labels: list[str]) -> Iterator[str]:
        """A few lines of a function."""
        register, other = self.choice.choice(REGISTERS), self.choice.choice(REGISTERS)
        place = self.choice.choice(self.data)
        constant = self.choice.choice(self.constants)
        yield from self.choice.choice([
            lambda: [f"  each add, {register}, {other}, a3"],
            lambda: [f"  outer {register}", f"  outer {register}, 2, sub"],
            lambda: [f"  outer text=xor, reg={register}", f"  down {self.choice.randrange(1, 6)}"],
            lambda: [f"  named x, {self.choice.randrange(9)}", "  named y, 3"],
            lambda: self.conditional(f"  {self.plain()}", *self.conditional(f"  {self.plain()}")),
            lambda: [
                ".rept 3", "  .set counter, counter + 2", f"  li {register}, counter",
                "  .rept 2", f"  addi {register}, {other}, counter * 3", "  .endr", ".endr",
            ],
            lambda: [".irpc c, 0157", f"  xori {register}, {other}, 0x1\\c", ".endr"],
            lambda: [
                ".irp r, a0, s1, t2", "  .irp n, 1, 2", "  slli \\r, \\r, \\n", "  .endr", ".endr",
            ],
            lambda: ["6:", f"  addi {register}, {register}, -1", f"  bgtz {register}, 6b",
                     f"  blez {register}, 6f", f"  {self.plain()}", "6: nop"],
            lambda: [f"  bgt {register}, {other}, {self.choice.choice(labels)}",
                     f"  bleu {other}, {register}, {self.choice.choice(labels)}"],
            lambda: [f"  lui {register}, %hi({place} + 4)",
                     f"  lw a0, %lo({place} + 4)({register})",
                     f"  sb a1, %lo({place})({register})"],
            lambda: ["9:", f"  auipc {register}, %pcrel_hi({place})",
                     f"  lw a0, %pcrel_lo(9b)({register})"],
            lambda: [f"  lw {register}, {place}", f"  sw {register}, {place} + 8, t0"],
            lambda: [".pushsection .rodata", f"{self.fresh()}: .4byte {constant}", ".popsection"],
            lambda: [".option push", ".option norvc", f"  {self.plain()}", ".option pop"],
            lambda: [f"  li {register}, ({constant} << 3) | 0x{self.choice.getrandbits(31):x}"],
            lambda: [f"  addi {register}, {other}, ~{constant} & 0x7f"],
            lambda: [".altmacro", f"  other {register}, %{constant} + 1, <a, b>",
                     f"  other {other}, 2", ".noaltmacro"],
            lambda: [".pushsection .rodata, 2", f"{self.fresh()}: .byte 1", ".popsection"],
            lambda: ["  fence", "  fence.i", "  fence.tso", "  wfi", "  mret", "  sret"],
            lambda: [f"  csrrs {register}, mtvec, {other}", f"  csrci 0x305, {constant} & 31",
                     f"  rdcycle {register}", f"  csrs mie, {other}"],
            lambda: [f"  lr.w.aq {register}, ({other})", f"  sc.w.rl a0, {register}, ({other})",
                     f"  amomaxu.w.aqrl a1, {register}, ({other})"],
            lambda: [f"  jal {self.choice.choice(self.functions)}", f"  jalr ra, {register}, 0",
                     f"  jr {register}", f"  jalr zero, 8({other})"],
        ])()  # fmt: skip

    def wide_data(self, name: str) -> Iterator[str]:
        """A few lines of a block of data."""
        constant = self.choice.choice(self.constants)
        yield from self.choice.choice([
            [f".set counter, {self.choice.randrange(9)}", ".rept 4", ".byte counter, counter * 2",
             ".set counter, counter + 1", ".endr"],
            [".irp n, 1, 0x20, -3", ".half \\n, \\n + 1", ".endr"],
            [".irpc c, 1a9", ".byte 0x\\c, '\\c'", ".endr"],
            [self.condition(), ".word 1", ".else", ".half 2", ".endif"],
            [".quad 0x123456789a, -2", ".sleb128 -300", ".sleb128 -65", ".uleb128 128"],
            [".string \"a\\n\\033[0m\\x7f\\\\\"", '.ascii "x" "y", "z"', ".asciz \"\""],
            [f".org {name} + 64", ".byte 1"] if self.choice.random() < 0.1 else [".byte 1"],
            [".balign 8, 0xaa", ".p2align 3", ".align 2"],
            [f".space 3, {constant} & 0xff", ".skip 2", ".fill 2, 8, 0x11223344", ".fill 3"],
            [f"1: .word 1b - {name}, 2f - 1b, (2f - 1b) / 2 + 1", "2: .byte 2f - 2b", "2:"],
            [f".4byte {constant} == 3, !{constant}, -{constant} % 7, {constant} << 4 | 1"],
            [f".word {self.choice.choice(self.functions)}, {name} + 4, {name} - 4 + 8"],
            [".dc.b 1, 2", ".dc.w 3", ".dc.l 4", ".2byte 5, 6", ".long 'A'", ".int 0b101"],
            [f".dword . - {name}, 1f - {name}", "1: .quad 1b - 2f, 7", "2:"],
            [".octa 0x1234567890abcdef01, -3", ".dcb.w 2, 5", ".ds.l 1", ".dcb.b 3, 9"],
            ['.ascii "two', 'lines"', '.string16 "ab"', '.string32 "c"', ".uleb128 -2"],
            [".balign 2", ".balignw 4, 0x1234", ".balign 4", ".p2alignl 3, 0x5a5a5a5a", ".byte 1"],
            [".single 0.5, -1e10", ".double -0.0", ".float 3"],
            ['.macro row a, b=7', '.word \\a, \\b', '.endm', 'row 1', 'row 2, 3', '.purgem row'],
        ])  # fmt: skip

    def blocks_left(self) -> Iterator[str]:
        """The blocks that are not written yet."""
        while self.blocks:
            yield from self.block()
