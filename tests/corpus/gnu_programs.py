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

    def __init__(self, choice: random.Random) -> None:
        self.choice = choice
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
            yield self.choice.choice([
                f".word {self.choice.getrandbits(32)}, -1, {self.choice.choice(self.constants)}",
                ".byte 1, 'x', 0x80, -3", r'.asciz "a\tb\"\\\101\x7e"', ".half 1, 0xffff",
                ".skip 5",
                ".p2align 2", ".fill 3, 2, 7", ".zero 20", ".rept 3; .byte 9; .endr",
                f".word . - {name}, 1f - {name}\n1: .word 2", ".float 1.5, -0.1", ".double 2.25",
                ".uleb128 300", ".dword 0x123456789abcdef0", ".ascii \"one\", \"two\"",
            ])  # fmt: skip

    def blocks_left(self) -> Iterator[str]:
        """The blocks that are not written yet."""
        while self.blocks:
            yield from self.block()
