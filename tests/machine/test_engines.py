"""Both engines give the same: results, memory, faults, counts; and ours needs nothing else."""

from __future__ import annotations

import random
import subprocess
import sys
from itertools import product
from pathlib import Path
from typing import Any

import pytest

from asm_rv32 import asm_rv32
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.run_options import ENGINES
from asm_rv32.cores import core_names
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.operands import A0, SP
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.words import OPERATIONS, arity
from asm_rv32.machine import emulator, own, run_program
from asm_rv32.machine.definedness import MISSING, Bits
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.translation import TESTS, TEXTS
from asm_rv32.report.pricing import cycles
from asm_rv32.timing import price
from asm_rv32.timing.model import TimingError

ISA = "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp"
SET = instruction_set(ISA)
ROWS = [
    row for row in SET.encodings
    if row.name not in ("mret", "sret")  # where to is the business of no function
]  # fmt: skip
EDGES = (0, 1, 2, 31, 32, 0x7F, 0x80, 0xFF, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000,
         0xFFFF_FFFF, 0x8000_0001, 0xFFFF_8000)  # fmt: skip
ORDERS = ("lts", "ges", "ltu", "geu")
ENDS = (0, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF)
"""The least and the greatest words, unsigned and signed."""
CSRS = (0x340, 0x341, 0xC00, 0xC02, 0xC80, 0xF14, 0x123)


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """Each test here names the engines that it is about."""


@pytest.mark.parametrize("engine", ENGINES)
def test_what_the_isa_lacks_and_the_hart_has_runs(engine: str) -> None:
    body = (
        "la(t0, place)",
        "li(t1, 0x80820505)",
        "sw(t1, 0(t0))",
        "fence_i()",
        "label(place)",
        "nop()",
    )  # over which it writes c_addi(a0, 1) and a return
    lines = "".join(f"    {line}\n" for line in body)
    image = assemble(f"@asm_rv32\ndef f(a):\n{lines}", isa="rv32im").functions["f"]
    assert emulator.run(image, (6,), Settings(engine=engine)).word == 7


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("name", "size"), [("sb", 1), ("sh", 2), ("sw", 4)])
def test_a_store_takes_the_low_bits_each_time(name: str, size: int, engine: str) -> None:
    body = ("li(t0, 4)", "label(again)", f"{name}(b, 0(a))", f"addi(a, a, {size})",
            "add(b, b, b)", "addi(t0, t0, -1)", "bnez(t0, again)")  # fmt: skip
    lines = "".join(f"    {line}\n" for line in body)
    image = assemble(f"@asm_rv32\ndef f(a, b):\n{lines}").functions["f"]
    buffer, word = bytearray(4 * size), 0x89AB_CDEF
    emulator.run(image, (buffer, word), Settings(engine=engine))
    expected = [(word << n) % (1 << 8 * size) for n in range(4)]
    assert buffer == b"".join(each.to_bytes(size, "little") for each in expected)


@pytest.mark.parametrize("name", [*TEXTS, *TESTS])
def test_a_text_means_what_the_operation_does(name: str) -> None:
    choose = random.Random(name)
    text = (TEXTS.get(name) or TESTS[name]).format(*"abc"[: arity(name)])
    for _ in range(300):
        words = [choose.choice((choose.choice(EDGES), choose.getrandbits(32))) for _ in "abc"]
        given = dict(zip("abc", words))
        found = eval(text, {}, given)
        assert found == OPERATIONS[name](*words[: arity(name)]), given


@pytest.mark.parametrize("name", MISSING)
def test_what_is_known_does_not_hang_on_bits_from_nowhere(name: str) -> None:
    choose, count = random.Random(name), arity(name)
    for _ in range(200):
        given = [
            Bits(
                choose.choice((choose.choice(EDGES), choose.getrandbits(32))),
                choose.choice((0, 0xFF00, choose.getrandbits(32))),
            )
            for _ in range(count)
        ]
        missing = MISSING[name](*given)
        filled = [each.word ^ each.missing & choose.getrandbits(32) for each in given]
        one, other = OPERATIONS[name](*(each.word for each in given)), OPERATIONS[name](*filled)
        assert (one ^ other) & ~missing == 0, given
        if name in ORDERS:  # what no filling changes is known
            ends = [
                [known | each.missing & filling for filling in ENDS]
                for each in given for known in (each.word & ~each.missing,)
            ]  # fmt: skip
            assert missing == (len({OPERATIONS[name](*each) for each in product(*ends)}) > 1), given
        if name in ("+", "-", "*"):  # what is below all of those bits is known
            lowest = min(
                (each.missing & -each.missing for each in given if each.missing), default=0
            )
            assert missing & (lowest - 1 if lowest else 0xFFFF_FFFF) == 0, given


def random_values(choose: random.Random, row: Any) -> tuple[int, ...]:
    while True:
        values = []
        for kind in row.kinds:
            if kind.kind == "pcrel":
                values.append(row.size)
            elif kind.name == "csr":
                values.append(choose.choice(CSRS))
            elif isinstance(kind.values, (frozenset, tuple)):
                values.append(choose.choice(sorted(kind.values)))
            else:
                values.append(choose.choice([v for v in _some(choose, kind) if v in kind.values]))
        if row.accepts(tuple(values)):
            return tuple(values)


def _some(choose: random.Random, kind: Any) -> list[int]:
    found = [choose.randrange(kind.minimum, kind.maximum + 1) for _ in range(200)]
    return [*found, kind.minimum, kind.maximum]


def random_image(choose: random.Random, length: int) -> Image:
    """Instructions of every row, one after the other; a branch goes over the one behind it."""
    code, entries = bytearray(), []
    pending: tuple[Any, tuple[int, ...]] | None = None

    def add(row: Any, values: tuple[int, ...]) -> None:
        entries.append(Entry(len(code), row.size, Span(0, 1), True))
        code.extend(row.encode(values).to_bytes(row.size, "little"))

    for _ in range(length):
        row = choose.choice(ROWS)
        values = random_values(choose, row)
        found = Instruction(row, values).effects
        if SP_BIT & found.writes and not found.accesses:
            continue
        if found.target is not None and not any(kind.kind == "pcrel" for kind in row.kinds):
            continue  # into the middle of an instruction unicorn executes what is none
        bases = {access.base[0] for access in found.accesses if access.base}
        for base in bases - {0, SP}:
            if choose.random() < 0.97:
                # To the middle of the buffer, or near.
                addi = SET.row("addi")
                add(addi, (base, 31, choose.choice((0, 0, 0, 0, 0, 0, 2, 3))))
        if pending is not None:
            before, old = pending
            over = tuple(
                before.size + row.size if kind.kind == "pcrel" else value
                for kind, value in zip(before.kinds, old)
            )
            add(before, over)
            pending = None
        elif any(kind.kind == "pcrel" for kind in row.kinds):
            pending = row, values
            continue
        add(row, values)
    ret = SET.row("jalr")
    add(ret, (0, 30, 0))
    moves = [(31, A0, 0), (30, 1, 0)]
    head = b"".join(SET.row("addi").encode(each).to_bytes(4, "little") for each in moves)
    entries = [Entry(0, 4, Span(0, 1), True), Entry(4, 4, Span(0, 1), True),
               *(entry._replace(address=entry.address + 8) for entry in entries)]  # fmt: skip
    registers = tuple(range(A0, A0 + 8))
    return Image("f", "f", bytes(head + code), tuple(entries), {}, tuple("abcdefgh"), registers,
                 "uint", ISA, Span(0, 1), Source("f.py", "f"))  # fmt: skip


SP_BIT = 1 << SP


def outcome(image: Image, values: tuple[Any, ...], engine: str, **options: Any) -> Any:
    """All that a call leaves behind, or what it is stopped for."""
    settings = Settings(engine=engine, **{"sanitize": False, "misaligned": True, **options})
    buffer = bytearray(values[0]) if isinstance(values[0], bytes) else bytearray()
    first = buffer if isinstance(values[0], bytes) else values[0]
    try:
        done = emulator.run(image, (first, *values[1:]), settings)
    except ExecutionError as error:
        return error.code, error.pc, error.address, error.fault.message, error.registers
    return done.result, bytes(buffer), done.code


@pytest.mark.parametrize("seed", range(4))
def test_random_programs_leave_the_same(seed: int) -> None:
    choose = random.Random(seed)
    returned = 0
    for _ in range(60):
        image = random_image(choose, choose.choice((4, 10, 30)))
        words = (choose.choice((choose.choice(EDGES), choose.getrandbits(32))) for _ in range(7))
        values = (choose.randbytes(64), *words)
        options = {"misaligned": choose.random() < 0.8, "max_instructions": 2000}
        ours, theirs = (outcome(image, values, engine, **options) for engine in ENGINES)
        assert ours == theirs, image.code.hex()
        returned += len(ours) == 3
    assert 5 < returned < 55


def test_the_limit_is_exact_on_both() -> None:
    text = "@asm_rv32\ndef f(a, n):\n    label(loop)\n    addi(n, n, -1)\n    bnez(n, loop)\n"
    image = assemble(text).functions["f"]
    for limit in range(1, 25):
        ours, theirs = (outcome(image, (b"", 10), e, max_instructions=limit) for e in ENGINES)
        assert ours == theirs
        assert (ours[0] == "instruction-limit") == (limit < 21)


@pytest.mark.parametrize("name", ENGINES)
def test_setting_no_bit_of_what_is_read_only_is_refused_all_the_same(name: str) -> None:
    """By the register's number and not by what it holds (Zicsr, 6.1)."""
    image = assemble("@asm_rv32\ndef f(n):\n    nop()\n    csrrs(t0, n, 0xC00)\n").functions["f"]
    found = outcome(image, (0,), name)
    assert found[:2] == ("illegal-instruction", 2)
    assert "CSR 0xc00" in found[3]


REGISTERS = [
    0x2FF, *range(0x300, 0x30A), 0x310, 0x312, *range(0x31F, 0x326), *range(0x33E, 0x347),
    *range(0x39F, 0x3A6), *range(0x3AF, 0x3B2), *range(0x3BF, 0x3C1), *range(0xAFF, 0xB05),
    *range(0xB1E, 0xB22), *range(0xB7F, 0xB85), *range(0xB9E, 0xBA2), *range(0xBFF, 0xC05),
    *range(0xC1E, 0xC22), *range(0xC7F, 0xC85), *range(0xC9E, 0xCA2), *range(0xF10, 0xF17),
]  # fmt: skip
"""Numbers of control and status registers that unicorn's hart has, and those beside them."""


@pytest.mark.parametrize("word", [0xFFFF_FFFC, 3])
@pytest.mark.parametrize("access", ["csrr(a0, {})", "csrw({}, a); csrr(a0, {})"])
def test_both_engines_have_the_same_registers(access: str, word: int) -> None:
    is_read = "csrw" not in access
    for number in REGISTERS:
        if 0xB00 <= number < 0xCA0 and not is_read:
            continue  # counters count on
        lines = access.format(hex(number), hex(number)).replace("; ", "\n    ")
        image = assemble(f"@asm_rv32\ndef f(a):\n    {lines}\n").functions["f"]
        found = [outcome(image, (word,), engine)[:2] for engine in ENGINES]
        if is_read and 0xB00 <= number < 0xCA0:
            found = [each[:1] if isinstance(each[0], str) else () for each in found]
        assert found[0] == found[1], hex(number)


COUNTS = """
@asm_rv32
def f(n):
    rdinstret(t0)
    label(loop)
    addi(n, n, -1)
    rdcycle(t1)
    bnez(n, loop)
    rdinstret(a0)
    sub(a0, a0, t0)
    rdcycleh(t2)
    add(a0, a0, t2)
    slli(t1, t1, 16)
    add(a0, a0, t1)
"""


def test_the_counters_count_alike() -> None:
    image = assemble(COUNTS).functions["f"]
    found = [emulator.run(image, (7,), Settings(engine=engine)).result for engine in ENGINES]
    assert found == [22 + (20 << 16)] * 2


MAKES_CODE = """
@asm_rv32
def f(a, n):
    la(t0, place)
    li(t2, 0)
    label(loop)
    slli(t1, n, 20)
    addi(t1, t1, 0x393)
    sw(t1, 0(t0))
    fence_i()
    label(place)
    data(4, 0x393)
    add(t2, t2, t2)
    add(t2, t2, t2)
    add(t2, t2, t2)
    add(t2, t2, t2)
    add(t2, t2, t2)
    addi(n, n, -1)
    bnez(n, loop)
    mv(a0, t2)
"""


def test_code_that_replaces_itself_runs_as_it_stands() -> None:
    """The instruction at `place` becomes `li t2, n`, once in each turn."""
    image = assemble(MAKES_CODE, isa="rv32im", compress=False).functions["f"]
    found = [emulator.run(image, (0, 5), Settings(engine=engine)).result for engine in ENGINES]
    assert found == [32, 32]


PATCHED = """
@asm_rv32
def f(a, n):
    la(t0, place)
    li(t1, 0x00250513)
    li(t2, 0)
    j(loop)
    {filled}
    label(loop)
    call(inner)
    {store}
    addi(t2, t2, 1)
    blt(t2, n, loop)
    lw(ra, -4(sp))
    ret()
    label(inner)
    label(place)
    addi(a0, a0, 1)
    ret()
    fence_i()
"""


@pytest.mark.parametrize(
    "store", ["sw(t1, 0(t0))", "sh(t1, 0(t0)); srli(t3, t1, 16); sh(t3, 2(t0))"]
)
@pytest.mark.parametrize("filled", [0, 1, 2, 15, 16, 17, 29, 31])
def test_what_has_run_and_is_replaced_is_run_anew(filled: int, store: str) -> None:
    """Also without a fence; wherever it lies: what is translated is told by lines of 64 bytes."""
    body = PATCHED.format(filled="\n    ".join(["c_nop()"] * filled) or "c_nop()",
                          store="\n    ".join(store.split("; ")))  # fmt: skip
    text = body.replace("    la(t0, place)", "    sw(ra, -4(sp))\n    la(t0, place)", 1)
    image = assemble(text, isa="rv32imc", compress=False).functions["f"]
    for engine in ENGINES:
        assert outcome(image, (10, 3), engine)[0] == 10 + 1 + 2 + 2


def test_a_reservation_holds_for_its_address_alone() -> None:
    body = ["lr_w(t0, (a))", "sc_w(t1, b, (a))", "sc_w(t2, b, (a))", "lr_w(t0, (a))",
            "addi(a, a, 4)", "sc_w(t3, b, (a))", "slli(t2, t2, 1)", "slli(t3, t3, 2)",
            "or_(a0, t1, t2)", "or_(a0, a0, t3)"]  # fmt: skip
    text = "@asm_rv32\ndef f(a, b):\n" + "".join(f"    {line}\n" for line in body)
    image = assemble(text, isa="rv32ima").functions["f"]
    for engine in ENGINES:
        assert outcome(image, (bytes(8), 9), engine)[:2] == (6, b"\t" + bytes(7))


def test_a_conditional_store_fails_with_1_where_the_word_has_changed() -> None:
    text = """@asm_rv32
def f(a, b):
    lr_w(t0, (a))
    addi(t0, t0, 1)
    sw(t0, 0(a))
    sc_w(a0, b, (a))
"""
    image = assemble(text, isa="rv32ima").functions["f"]
    for engine in ENGINES:
        assert outcome(image, (bytes(4), 9), engine)[:2] == (1, b"\x01" + bytes(3))


PROGRAM = """
@asm_rv32
def f():
    li(a0, 100)
    lui(a3, 1)
    label(loop)
    sh1add(a1, a0, a1)
    sw(a1, 0(a3))
    lw(a2, 0(a3))
    rdinstret(a4)
    addi(a0, a0, -1)
    bnez(a0, loop)
    lui(a5, 0x80000)
    sb(a1, 3(a5))
    j(loop)
"""


@pytest.mark.parametrize("base", [0, 0x2000_0000, 0x2000_0010])
def test_a_whole_program(base: int) -> None:
    isa = "rv32imc_zba"
    text = PROGRAM.replace("lui(a3, 1)", f"lui(a3, {base + 0x1000 >> 12})")
    memory = assemble(text, isa=isa).functions["f"].code.ljust(0x40, b"\0")
    ours, theirs = (
        run_program(memory, base, base=base, isa=isa, engine=engine, stop_store=0x8000_0000)
        for engine in ENGINES
    )
    assert ours == theirs
    assert ours.registers[11] == ours.registers[12] == 10100
    assert (ours.instructions, ours.memory) == (2 + 6 * 100 + 2, memory)
    for limits in ({"max_instructions": 50}, {"stop_store": 0x9000_0000}):
        said = set()
        for engine in ENGINES:
            asked: dict[str, Any] = {"stop_store": 0x8000_0000, **limits}
            with pytest.raises(ExecutionError) as caught:
                run_program(memory, base, base=base, isa=isa, engine=engine, **asked)
            said.add((caught.value.code, caught.value.pc, caught.value.fault.message))
        assert len(said) == 1


def test_a_program_ends_with_a_store_of_any_size_into_the_word() -> None:
    for store, at in (("sb", 3), ("sh", 2), ("sw", 0)):
        text = f"@asm_rv32\ndef f():\n    lui(a5, 0x80000)\n    {store}(a5, {at}(a5))\n"
        code = assemble(text).functions["f"].code
        for engine in ENGINES:
            final = run_program(code, 0, isa="rv32imc", engine=engine, stop_store=0x8000_0000)
            assert (final.instructions, final.registers[15]) == (2, 0x8000_0000)


HANDLED = """
@asm_rv32(isa="rv32ima_zba", compress=False)
def f():
    la(t0, handler)
    csrw(mtvec, t0)
    lui(s0, 0x80001)
    {statement}
    j(done)
    align(4)
    label(handler)
    csrr(a0, mcause)
    csrr(a1, mepc)
    csrr(a2, mtval)
    csrr(a3, mstatus)
    rdinstret(a4)
    la(t0, back)
    csrw(mepc, t0)
    csrw(mstatus, a3)
    mret()
    label(back)
    lui(a5, 0x80000)
    sw(a1, 0(a5))
    label(done)
    ebreak()
"""
AT = "label(at); "
USER = "csrw(mstatus, zero); la(t1, user); csrw(mepc, t1); mret(); label(user); " + AT
TRAPS: dict[str, tuple[int, str, int]] = {
    AT + "lw(s1, 4(s0))": (5, "", 0x8000_1004),
    AT + "sh(s1, 2(s0))": (7, "", 0x8000_1002),
    AT + "jr(s0)": (1, "", 0x8000_1000),
    AT + "ecall()": (11, "", 0),
    "j(at); " + AT + "ebreak()": (3, "at", 0),
    AT + "data(4, 0xffffffff)": (2, "", 0xFFFF_FFFF),
    "nop(); " + AT + "data(2, 0, 0)": (2, "", 0),
    AT + "csrr(s1, 0x7c0)": (2, "", 0x7C00_24F3),
    AT + "csrw(0xc00, s1)": (2, "", 0xC004_9073),
    "addi(s0, t0, 2); " + AT + "lr_w(s1, 0(s0))": (4, "handler", 2),
    "addi(s0, t0, 1); " + AT + "amoadd_w(s1, s1, 0(s0))": (6, "handler", 1),
    "li(s0, 2); " + AT + "jalr(s1, s0, 4)": (0, "", 6),
    AT + "data(4, 0x006004ef)": (0, "at", 6),
    AT + "data(4, 0x0060006f)": (0, "at", 6),
    "nop(); " + AT + "data(4, 0x00000363)": (0, "at", 6),
    "sh2add(s1, s0, s0); " + AT + "lw(s2, 4(s1))": (5, "", 0x8000_5004),
    USER + "ecall()": (8, "", 0),
    USER + "mret()": (2, "", 0x3020_0073),
    USER + "csrr(s1, mepc)": (2, "", 0x3410_24F3),
    USER + "rdcycle(s1)": (2, "", 0xC000_24F3),
    # Of the counters mcounteren lets user mode read some: cycle is bit 0, instret bit 2.
    USER.replace("csrw(mstatus", "li(t1, 1); csrw(mcounteren, t1); csrw(mstatus").replace(
        AT, "rdcycle(s2); " + AT
    )
    + "rdinstret(s2)": (2, "", 0xC020_2973),
    USER.replace("csrw(mstatus", "li(t1, 4); csrw(mcounteren, t1); csrw(mstatus").replace(
        AT, "rdinstret(s2); " + AT
    )
    + "rdcycle(s2)": (2, "", 0xC000_2973),
}
"""Statement → mcause, and mtval: a number, from a label on where one is named."""


@pytest.mark.parametrize("statement", TRAPS)
def test_a_program_handles_its_exceptions(statement: str) -> None:
    lines = "\n    ".join(statement.split("; "))
    image = assemble(HANDLED.format(statement=lines)).functions["f"]
    ours, theirs = (
        run_program(image.code, 0, isa="rv32ima_zba", engine=engine, stop_store=0x8000_0000)
        for engine in ENGINES
    )
    assert ours == theirs
    cause, label, number = TRAPS[statement]
    at, value = image.symbols["at"], image.symbols.get(label, 0) + number
    assert ours.registers[10:13] == (cause, value if cause == 1 else at, value)
    assert ours.registers[13] == (0 if "label(user)" in statement else 0x1800)
    assert ours.registers[9] == (0x8000_5000 if "sh2add" in statement else 0)


LACKING: dict[str, Any] = {
    "la(s0, at); c_lbu(a0, 1(s0)); c_lh(a2, 2(s0)); c_sb(a0, 2(s0)); c_sh(a2, 0(s0)); "
    "lw(a3, 0(s0))": 9,
    "la(sp, top); li(ra, 5); li(s0, 7); cm_push({ra, s0 - s1}, -16); li(s0, 0); lw(a0, 8(sp)); "
    "cm_pop({ra, s0 - s1}, 16)": 10,
    "la(s0, at); li(a1, 5); amoadd_b(a0, a1, 0(s0)); amoswap_h(a2, a1, 0(s0)); lw(a3, 0(s0))": 8,
    "lui(s0, 0x80000); c_sb(s0, 0(s0))": 2,
    "lui(s0, 0x80000); c_sh(s0, 2(s0))": 2,
    "lui(s0, 0x80000); c_sb(s0, 3(s0)); nop()": 2,
    "fsrmi(4); fadd_s(a0, a1, a2, dyn)": 4,
    "lui(s0, 0x90000); c_lbu(a0, 0(s0))": "load of 1 byte at 0x90000000",
    "lui(s0, 0x90000); c_sb(a0, 1(s0))": "store of 1 byte at 0x90000001",
    "lui(sp, 0x90000); cm_push({ra}, -16)": "store of 4 bytes at 0x8ffffffc",
    "la(s0, at); addi(s0, s0, 1); amoadd_h(a0, a1, 0(s0))": "which is not a multiple of 2",
    "fsrmi(5); fadd_s(a0, a1, a2, dyn)": "frm holds no rounding mode",
}  # fmt: skip
"""A program with what unicorn lacks, and how many instructions it is, or what stops it."""


@pytest.mark.parametrize("body", LACKING)
def test_a_program_with_what_unicorn_lacks_ends_alike(body: str) -> None:
    isa = "rv32imac_zba_zcb_zcmp_zabha_zfinx"
    text = "".join(f"    {line}\n" for line in body.split("; "))
    text += "    lui(a5, 0x80000)\n    sw(a0, 0(a5))\n    align(4)\n    label(at)\n"
    text += "    data(4, 0x83828180, 0x87868584)\n    space(64)\n    label(top)\n    data(4, 1)\n"
    text += "    label(last)\n    sh1add(a0, a1, a2)\n"
    image = assemble(f"@asm_rv32(isa='{isa}')\ndef f():\n{text}").functions["f"]
    ends: list[tuple[object, ...]] = []
    for engine in ENGINES:
        try:
            final = run_program(image.code, 0, isa=isa, engine=engine, stop_store=0x8000_0000)
            ends.append((final.instructions, final))
        except ExecutionError as error:
            ends.append((error.fault.message, error.code, error.pc, error.address))
    assert ends[0] == ends[1]
    found, expected = ends[0][0], LACKING[body]
    assert expected in found if isinstance(found, str) else expected == found


def test_a_program_is_within_the_address_space() -> None:
    for base in (-4096, (1 << 32) - 4096):
        with pytest.raises(ValueError, match=f"5000 bytes at {base:#x} are not within 32 bits"):
            run_program(bytes(5000), base, base=base, isa="rv32imc", stop_store=0)


STATUS = """
@asm_rv32(isa="rv32im", compress=False)
def f():
    la(t0, handler)
    csrw(mtvec, t0)
    li(t1, {status})
    csrw(mstatus, t1)
    {mode}
    ecall()
    align(4)
    label(handler)
    csrr(a0, mstatus)
    la(t1, back)
    csrw(mepc, t1)
    csrr(t1, mcause)
    addi(t1, t1, -8)
    bnez(t1, go)
    li(t1, 0x1800)
    csrs(mstatus, t1)
    label(go)
    mret()
    label(back)
    csrr(a1, mstatus)
    lui(a5, 0x80000)
    sw(a0, 0(a5))
"""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(
    ("status", "to_user", "within", "behind"),
    [
        (0x0, False, 0x1800, 0x80), (0x8, False, 0x1880, 0x88), (0x80, False, 0x1800, 0x80),
        (0x88, False, 0x1880, 0x88), (0x80, True, 0x80, 0x88), (0x0, True, 0x0, 0x80),
        (0x22, False, 0x1822, 0xA2),
    ],
)  # fmt: skip
def test_a_trap_keeps_whether_interrupts_are_let_through(
    status: int, to_user: bool, within: int, behind: int, engine: str
) -> None:
    """MIE, MPIE and MPP: privileged manual, 3.1.6.1."""
    mode = "la(t1, user); csrw(mepc, t1); mret(); label(user)" if to_user else "nop()"
    text = STATUS.format(status=status, mode="\n    ".join(mode.split("; ")))
    code = assemble(text).functions["f"].code
    final = run_program(code, 0, isa="rv32im", engine=engine, stop_store=0x8000_0000)
    assert final.registers[10:12] == (within, behind)


HELD: list[tuple[str, str, tuple[int, ...], int]] = [
    ("rv32im", "mepc", (-1,), 0xFFFF_FFFC), ("rv32imc", "mepc", (-1,), 0xFFFF_FFFE),
    ("rv32ec", "mepc", (-1, 0), 0), ("rv32im", "mtvec", (-1,), 0xFFFF_FFFC),
    ("rv32im", "misa", (0,), 0x4010_1100), ("rv32imac_zba", "misa", (-1,), 0x4010_1105),
    ("rv32ec", "misa", (0,), 0x4010_0014),
    *(("rv32imc", name, (-1,), 0xFFFF_FFFF) for name in "mscratch mcause mtval mcounteren".split()),
    # 01 and 10 are modes that there are not: MPP stays what it was.
    ("rv32im", "mstatus", (0x1800, 0x800), 0x1800), ("rv32im", "mstatus", (0, 0x1000), 0),
    ("rv32im", "mstatus", (0x1800, 0x1008), 0x1808), ("rv32im", "mstatus", (0x800, 0x1800), 0x1800),
    ("rv32im", "mstatus", (0x1800, 0x80), 0x80),
]  # fmt: skip
"""ISA, register, what is written into it, and what it holds then: privileged manual, 3.1."""


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("isa", "name", "written", "held"), HELD)
def test_what_a_program_can_write_into_its_registers(
    isa: str, name: str, written: tuple[int, ...], held: int, engine: str
) -> None:
    body = "".join(f"    li(t0, {word})\n    csrw({name}, t0)\n" for word in written)
    body += f"    csrr(a0, {name})\n    lui(a5, 0x80000)\n    sw(a0, 0(a5))\n"
    code = assemble(f"@asm_rv32(isa='{isa}')\ndef f():\n{body}").functions["f"].code
    final = run_program(code, 0, isa=isa, engine=engine, stop_store=0x8000_0000)
    assert final.registers[10] == held


def test_an_exception_that_no_handler_can_take_ends_the_program() -> None:
    for handler in ("li(t0, 0)", "lui(t0, 0x90000)", "la(t0, loops)"):
        text = f"@asm_rv32\ndef f():\n    {handler}\n    csrw(mtvec, t0)\n    ecall()\n"
        code = assemble(text + "    align(4)\n    label(loops)\n    ebreak()\n").functions["f"].code
        said = set()
        for engine in ENGINES:
            with pytest.raises(ExecutionError) as caught:
                run_program(code, 0, isa="rv32imc", engine=engine, stop_store=0x8000_0000)
            said.add((caught.value.code, caught.value.pc, caught.value.fault.message))
        assert len(said) == 1
        assert said.pop()[2].startswith("ebreak" if "loops" in handler else "ecall")


WITHOUT = """
import sys
sys.modules["unicorn"] = None
from asm_rv32 import asm_rv32, ExecutionError
from asm_rv32.commands.cli import main
from asm_rv32.machine import run_program

@asm_rv32(isa="rv32imc_zba")
def total(a, n):
    li(t0, 0)
    label(loop)
    lw(t1, 0(a))
    sh1add(t0, t1, t0)
    addi(a, a, 4)
    addi(n, n, -1)
    bnez(n, loop)
    mv(a0, t0)

from array import array
assert total(array("i", [1, 2, 3]), 3) == 12
try:
    total(array("i", [1, 2, 3]), 4)
except ExecutionError as error:
    assert (error.code, error.line) == ("wild-access", 12), error
else:
    raise AssertionError
path = sys.argv[1]
assert main(["run", path, "f(20, 22)"]) == 0
assert main(["run", "--engine", "python", path, "f(20, 22)"]) == 0
assert main(["run", "--engine", "unicorn", path, "f(20, 22)"]) == 2
assert main(["lint", path]) == 0
assert main(["exec", "--engine", "python", "script.py"]) == 0
assert total.cycles(array("i", [1, 2, 3]), 3).instructions == 18
assert not any(name.startswith("unicorn.") for name in sys.modules)
"""


def test_without_unicorn_calls_run_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "f.py").write_text("@asm_rv32\ndef f(a, b):\n    add(a0, a, b)\n")
    (tmp_path / "without.py").write_text(WITHOUT)
    script = "import micropython\n@micropython.asm_rv32\ndef f(a, b):\n    add(a0, a0, a1)\n"
    (tmp_path / "script.py").write_text(f"{script}print(f(40, 3))\n")
    done = subprocess.run(
        [sys.executable, "without.py", "f.py"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout == "42\n42\n43\n"
    assert "pip install unicorn" in done.stderr


def test_a_function_asks_for_its_engine() -> None:
    @asm_rv32(engine="python")
    def ours(a):  # type: ignore[no-untyped-def]
        addi(a0, a, 1)  # noqa: F821

    assert ours(41) == 42
    assert ours.settings.engine == "python"
    with pytest.raises(ValueError, match="engine takes unicorn or python"):
        asm_rv32(engine="qemu")


PRICED = """
@asm_rv32
def f(a, n):
    li(t0, 0)
    label(loop)
    lw(t1, 0(a))
    sh1add(t0, t1, t0)
    divu(t2, t0, n)
    andi(t3, n, 1)
    beqz(t3, even)
    jal(half)
    label(even)
    addi(n, n, -1)
    bnez(n, loop)
    lw(ra, 4(a))
    mv(a0, t0)
    j(out)
    label(half)
    srli(t0, t0, 1)
    ret()
    label(out)
    nop()
"""


@pytest.mark.parametrize("core", core_names())
def test_both_price_alike(core: str) -> None:
    isa = "rv32imc_zba" if core == "hazard3" else "rv32imc"
    text = PRICED if core == "hazard3" else PRICED.replace("sh1add(", "add(")
    text = text.replace("    li(t0, 0)", "    sw(ra, 4(a))\n    li(t0, 0)")
    image = assemble(text, isa=isa).functions["f"]
    found: list[Any] = []
    for engine in ENGINES:
        settings = Settings(engine=engine)
        try:
            found.append(cycles(image, (bytearray(8), 9), core, settings=settings))
        except TimingError as error:  # a core without a divider
            found.append(str(error))
    assert found[0] == found[1]
    assert core != "hazard3" or found[0].instructions > 80


def test_code_that_goes_on_replacing_itself_takes_bounded_memory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(own, "SITES_KEPT", 50)
    machine = own.OwnEngine()
    image = assemble(MAKES_CODE, isa="rv32im", compress=False).functions["f"]
    machine.lay_out(image, Settings(), (), (0, 500))
    machine.start((0, 500), (), image.code)
    machine.run()
    assert machine.registers[A0] == 32
    assert len(machine._sites) < 100


def test_a_program_is_priced_alike_without_unicorn(monkeypatch: pytest.MonkeyPatch) -> None:
    text = PROGRAM.replace("sh1add(", "add(").replace(
        "    rdinstret(a4)\n", "    div(a4, a0, a2)\n"
    )
    code = assemble(text, isa="rv32im", compress=False).functions["f"].code
    for core in ("picorv32", "hazard3"):
        priced = []
        for available in (True, False):
            monkeypatch.setattr(price, "has_unicorn", lambda: available)  # noqa: B023
            found = price.price_program(code, 0, core=core, stop_store=0x8000_0000)
            priced.append(list(found))
        assert priced[0] == priced[1]
        assert len(priced[0]) == 2 + 6 * 100 + 2


ALONE = """
import sys
from asm_rv32.commands.cli import main
print(main(["run", "bump.py", *sys.argv[1:]]), "unicorn" in sys.modules)
"""
BUMP = """
@asm_rv32
def bump(a, rounds):
    lw(t0, 0(a))
    label(loop)
    addi(t0, t0, 1)
    sw(t0, 0(a))
    addi(rounds, rounds, -1)
    bnez(rounds, loop)
    mv(a0, t0)
"""


@pytest.mark.parametrize(
    ("arguments", "printed", "said"),
    [
        (['bump(array("i", [7]), 3)'], "10\na = array('i', [10])\n0 False\n", ""),
        (['bump(array("i", [7]), 30_000)'], "30007\na = array('i', [30007])\n0 True\n", ""),
        (['bump(array("i", []), 3)'], "1 False\n", "wild-access"),
        (["--max-instructions", "9", "bump(bytearray(4), 9)"], "1 True\n", "after 9 instructions"),
    ],
    ids=["short", "long", "a fault", "a limit"],
)
def test_a_short_run_is_over_before_unicorn_is_loaded(
    arguments: list[str], printed: str, said: str, tmp_path: Path
) -> None:
    (tmp_path / "alone.py").write_text(ALONE)
    (tmp_path / "bump.py").write_text(BUMP)
    done = subprocess.run(
        [sys.executable, "alone.py", *arguments], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=120,
    )  # fmt: skip
    assert done.stdout == printed, done.stderr
    assert said in done.stderr
