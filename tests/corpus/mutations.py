"""Mutated sources: legal programs of the assembler, broken in every way that a file can be.

Input: a seed. Output: a text. Invariant: equal seeds give equal texts, of bounded length.
"""

from __future__ import annotations

import random

SEEDS = (
    '''@asm_rv32
def first(a, b) -> uint:
    """Words of explanation."""
    N = const(4)
    acc = t0
    li(acc, 0)
    for i in range(N):
        label(again)
        lw(t1, (4*i)(a))
        add(acc, acc, t1)
        bnez(t2, again)
    if N > 3 and not N == 5:
        mv(a0, acc)
    elif N == 2:
        nop()
    else:
        ebreak()
    ret()
''',
    """SIZE = 8
class Outer:
    @staticmethod
    @micropython.asm_rv32(isa="rv32imc", compress=False)
    def inner(a0, a1) -> int:
        la(a0, table)
        j(done)
        align(4)
        label(table)
        data(4, 1, 2, hi(0x12345678), lo(-1))
        data(1, b"text", 'more', 0xff)
        space(SIZE * 2)
        align(2); label(done); c_jr(ra)
""",
    """@asm_rv32
def second(x: int, y=3, *z):
    fence(rw, w); fence_i()
    csrrw(a0, a1, mscratch)
    csrr(t0, 0xc00)
    sw(a0, -8(sp)); sw(a1, (a2))
    c_addi16sp(16)
    addi(a0, a0, 5000)
    beq(a0, a1, nowhere)
    lui(a0, 0xfffff)
    li(a0, 0b101 << (3 + 1) ^ ~7)
""",
)
PIECES = (
    "(", ")", "[", "]", "{", "}", ",", ":", ";", "=", "==", "->", "@", ".", "...", "+", "-", "*",
    "**", "/", "//", "%", "<<", ">>", "&", "|", "^", "~", "not ", "and ", "or ", " if ", " else ",
    "for ", " in ", "range(", "lambda ", "while ", "def ", "class ", "async ", "return ", "import ",
    "\n", "\r\n", "\r", "\f", "\v", "\t", "    ", "\\\n", "\\", "#", "'", '"', "'''", '"""', "\0",
    "\ufeff", "\u2028", "\x85", "é", "٣", "ª", "𝒂", "🙂", "\ud800", "²", "x0", "x32", "zero",
    "a0", "sp", "fp", "0", "-1", "0x", "0xg", "1e9", "1_000", "1__0", "007", "1.5", "2j", "0b2",
    "9" * 400, "0x" + "f" * 300, "1 << 999999999", "2**99999", "1//0", "5%0", "-1<<-1",
    "label(", "data(", "space(", "align(", "space(1<<40)", "align(3)", "data(4, 1<<32)",
    "range(10**12)", "range(1,2,0)", "@asm_rv32\n", "@asm_rv32(isa='rv64')\n", "const(",
    "hi(", "lo(", "rb'\\xff'", "f'{a}'", "b'é'", "'\\N{DASH}'", "'\\ud800'", "*a", "**k", "a.b.c",
    "a[0]", "{ra, s0 - s3}", "None", "True", "(4)(a1)", "4(a1)(a2)", "-8(sp)", "self", "_", "__x__",
)  # fmt: skip


def mutated(seed: int) -> str:
    """A text that was a program before it was changed in a few places."""
    choice = random.Random(seed)
    text = choice.choice(SEEDS)
    for _ in range(choice.choice((1, 1, 2, 3, 5, 12))):
        at, to = sorted(choice.randrange(len(text) + 1) for _ in range(2))
        to = min(to, at + choice.choice((0, 1, 4, 30, 200)))
        kind = choice.randrange(8)
        if kind < 3:
            text = text[:at] + choice.choice(PIECES) + text[at:]
        elif kind == 3:
            text = text[:at] + text[to:]
        elif kind == 4:
            text = text[:at] + choice.choice(PIECES) + text[to:]
        elif kind == 5:
            text = text[:at] + text[at:to] * choice.choice((2, 3, 40)) + text[to:]
        elif kind == 6:
            other = choice.choice(SEEDS)
            start = choice.randrange(len(other))
            text = text[:at] + other[start : start + 60] + text[to:]
        else:
            lines = text.split("\n")
            first = choice.randrange(len(lines))
            lines.insert(choice.randrange(len(lines)), lines.pop(first))
            text = "\n".join(lines)
        text = text[:20_000]
    return text


def _deep(opening: str, inner: str, closing: str, depth: int) -> str:
    return f"@asm_rv32\ndef f():\n    li(a0, {opening * depth}{inner}{closing * depth})\n"


def _blocks(depth: int) -> str:
    lines = [f"{'  ' * level}for i{level} in range(2):" for level in range(1, depth + 1)]
    return "\n".join(["@asm_rv32", "def f():", *lines, f"{'  ' * (depth + 1)}nop()"])


HEAD = "@asm_rv32\ndef f():\n"
EXTREMES: dict[str, str] = {
    "nothing": "",
    "no function": "x = 1\n",
    "brackets": _deep("(", "1", ")", 50_000),
    "open brackets": _deep("(", "1", "", 50_000),
    "open brackets, each on a line": HEAD + "    li(a0,\n" * 2_500,
    "lists": _deep("[", "1", "]", 5_000),
    "minus signs": _deep("-", "1", "", 20_000),
    "complements": _deep("~", "1", "", 5_000),
    "nots": _deep("not ", "1", "", 5_000),
    "a long sum": _deep("1 + ", "1", "", 5_000),
    "a long power": _deep("1 ** ", "1", "", 5_000),
    "a growing power": _deep("9 ** ", "9", "", 20),
    "long conditions": _deep("1 if 1 else ", "1", "", 3_000),
    "long comparisons": _deep("1 < ", "2", "", 3_000),
    "long shifts": _deep("1 << 1000 << ", "1", "", 2_000),
    "many operands": HEAD + "    add(" + "a0, " * 2_500 + ")\n",
    "many parameters": "@asm_rv32\ndef f(" + ", ".join(f"p{i}" for i in range(5_000)) + "):\n",
    "many blocks": _blocks(20), "too many blocks": _blocks(60), "indentation": _blocks(3_000),
    "an endless loop": HEAD + " for i in range(10**15):\n  nop()\n",
    "an empty endless loop": HEAD + " for i in range(10**15):\n  pass\n",
    "nested loops": HEAD + " for i in range(10**6):\n  for j in range(10**6):\n   N = i\n",
    "a loop of wrong bodies": HEAD + " for i in range(10**9):\n  addi(a0, a0, 5000)\n",
    "huge space": HEAD + " space(1 << 62)\n",
    "much space": HEAD + " space(16000000)\n" * 1_000,
    "many alignments": HEAD + " nop()\n align(16777216)\n" * 1_000,
    "data in a loop": HEAD + " for i in range(400000):\n  data(1, b'" + "x" * 200 + "')\n",
    "a long line": HEAD + " " + "nop(); " * 1_500 + "\n",
    "a long name": HEAD + " " + "n" * 300_000 + "(a0)\n",
    "a long string": HEAD + " data(1, '" + "s" * 300_000 + "')\n",
    "a string never closed": HEAD + " data(1, '''" + "s\n" * 20_000,
    "strings never closed": HEAD + ' data(1, "\n' * 1_500,
    "three quotes, many": HEAD + ' data(1, """a\n' * 2_500,
    "backslashes": HEAD + " nop()" + "\\\n" * 20_000,
    "carriage returns": "@asm_rv32\rdef f():\r nop()\r",
    "form feeds": "\f@asm_rv32\n\fdef f():\n\f    nop()\n \f ret()\n",
    "nul bytes": "@asm_rv32\0\ndef f():\n nop()\0\n",
    "lone surrogates": HEAD + " data(1, '\ud800')\n \udfff()\n",
    "many mistakes": HEAD + " nonsense(1)\n" * 8_000,
    "many functions": HEAD + " nop()\n" * 2_000,
    "many decorators": "@asm_rv32\n" * 5_000 + "def f():\n nop()\n",
    "many labels": HEAD + "".join(f" label(l{i})\n" for i in range(7_500)),
    "many unknown labels": HEAD
    + "".join(f" label(l{i})\n j(m{i})\n" for i in range(250)),
    "many constants": "".join(f"N{i} = {i}\n{HEAD} nop()\n" for i in range(500)),
    "tabs": HEAD + "\t" * 100_000 + "nop()\n",
    "comments": "#" * 300_000 + "\n" + "# a\n" * 100_000,
    "semicolons": HEAD + " nop()" + ";" * 50_000,
    "decimal digits": HEAD + " li(a0, " + "9" * 300_000 + ")\n",
    "hexadecimal digits": HEAD + " li(a0, 0x" + "f" * 300_000 + ")\n",
    "unicode digits": HEAD + " li(a0, ٣٤)\n",
    "unicode names": "@asm_rv32\ndef ƒ(ａ０):\n mv(a0, ａ０)\n label(ｘ)\n j(x)\n",
    "a deep qualified name": "".join(f"{' ' * i}class C{i}:\n" for i in range(300))
    + " " * 300 + "@asm_rv32\n" + " " * 300 + "def f():\n" + " " * 301 + "nop()\n",
}  # fmt: skip
