"""What we execute ourselves: against qemu where it knows the extension, against sequences of
plain instructions that mean the same where it does not."""

from __future__ import annotations

import random
import subprocess
from pathlib import Path

import pytest
from corpus.toolchain import GNU, run

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine import emulator
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.foreign import BY_UNICORN
from asm_rv32.machine.semantics import execution
from asm_rv32.machine.settings import Settings

ISA = "rv32imc_zba_zbb_zbs_zicond_zcb_zcmp_zbkb_zbc_zbkx_zkn_zks"
SET = instruction_set(ISA)
EDGES = (0, 1, 2, 31, 32, 127, 128, 255, 256, 0x7FFF, 0x8000, 0x7FFF_FFFF, 0x8000_0000,
         0xFFFF_FFFF, 0x0080_FF01, 0xFFFF_8000)  # fmt: skip
A0, A1 = 10, 11
BYTE = 2
"""Of those that take the number of a byte."""


class Words(dict[int, int]):
    """Registers without a machine."""

    def __missing__(self, number: int) -> int:
        return 0


def result(mnemonic: str, a: int, b: int) -> int:
    """rd of an instruction with rs1 = a and rs2, or the immediate, = b."""
    row = SET.row(mnemonic)
    registers = Words({A0: a, A1: b})
    last = A1 if len(row.kinds) > 2 and row.kinds[2].kind == "reg" else b
    values = (A0, A0, last, BYTE)[: len(row.kinds)]
    execution(Instruction(row, values))(registers, None)  # type: ignore[arg-type]
    return registers[A0]


def cases(mnemonic: str, count: int = 60) -> list[tuple[int, int]]:
    choice = random.Random(mnemonic)
    row = SET.row(mnemonic)
    shift = row.kinds[min(len(row.kinds), 3) - 1].kind == "uint"
    found = []
    for _ in range(count):
        a, b = (choice.choice((choice.choice(EDGES), choice.getrandbits(32))) for _ in range(2))
        found.append((a, b % 32 if shift else b))
    return found


def test_every_row_has_a_meaning() -> None:
    for row in SET.encodings:
        if row.extension not in BY_UNICORN:
            values = tuple(next(v for v in range(64) if v in kind.values) for kind in row.kinds)
            values = values if row.accepts(values) else (8, 9)
            assert callable(execution(Instruction(row, values))), row


def test_zba_zbb_and_zbs_against_qemu(tmp_path: Path) -> None:
    names = [row.name for row in SET.encodings if row.extension in ("zba", "zbb", "zbs")]
    checks = [(name, a, b) for name in names for a, b in cases(name)]
    lines = [".globl _start", "_start:", "la s0, out"]
    for name, a, b in checks:
        row = SET.row(name)
        last = "" if len(row.kinds) == 2 else f",{'t1' if row.kinds[2].kind == 'reg' else b}"
        lines += [f"li t0,{a}", f"li t1,{b}", f"{name} t2,t0{last}", "sw t2,(s0)", "addi s0,s0,4"]
    size = 4 * len(checks)
    lines += ["li a0,1", "la a1,out", f"li a2,{size}", "li a7,64", "ecall", "li a0,0", "li a7,93"]
    lines += ["ecall", ".bss", f"out: .space {size}"]
    (tmp_path / "x.s").write_text("\n".join(lines) + "\n")
    march = "-march=rv32imac_zba_zbb_zbs"
    run(f"{GNU}as", march, "-mabi=ilp32", "x.s", "-o", "x.o", folder=tmp_path)
    run(f"{GNU}ld", "-melf32lriscv", "--no-relax", "x.o", "-o", "x.elf", folder=tmp_path)
    try:
        cpu = "rv32,zba=true,zbb=true,zbs=true"
        command = ["qemu-riscv32", "-cpu", cpu, "x.elf"]
        out = subprocess.run(command, cwd=tmp_path, capture_output=True, check=True).stdout
    except FileNotFoundError:
        pytest.fail("qemu-riscv32 is missing: apt-get install qemu-user")
    assert len(out) == size
    for index, check in enumerate(checks):
        theirs = int.from_bytes(out[4 * index : 4 * index + 4], "little")
        assert result(*check) == theirs, check


def call(body: str, *values: object, isa: str = ISA, parameters: str = "a0, a1") -> object:
    source = f"@asm_rv32\ndef f({parameters}) -> uint:\n" + "".join(
        f"    {line.strip()}\n" for line in body.strip().splitlines()
    )
    # What is compared keeps to no calling convention.
    settings = Settings(sanitize=False)
    return emulator.run(assemble(source, isa=isa).functions["f"], values, settings).result


COMPUTING = [row.name for row in SET.encodings if row.extension not in BY_UNICORN and row.size == 4]


@pytest.mark.parametrize("mnemonic", COMPUTING)
def test_the_machine_executes_it(mnemonic: str) -> None:
    row = SET.row(mnemonic)
    for a, b in cases(mnemonic, 12):
        last = "" if len(row.kinds) == 2 else f", {'a1' if row.kinds[2].kind == 'reg' else b}"
        last += f", {BYTE}" * (len(row.kinds) > 3)
        line = f"{mnemonic.replace('.', '_')}(a0, a0{last})"
        assert call(line, a, b) == result(mnemonic, a, b), (line, a, b)


@pytest.mark.parametrize(("mnemonic", "branch"), [("czero.eqz", "bnez"), ("czero.nez", "beqz")])
def test_zicond_against_a_branch(mnemonic: str, branch: str) -> None:
    plain = f"{branch}(a1, over)\nli(a0, 0)\nlabel(over)"
    for a, b in [*cases(mnemonic, 30), (5, 0), (0, 0), (7, 1)]:
        assert result(mnemonic, a, b) == call(plain, a, b, isa="rv32imc")


ZCB = {
    "c_lbu(a0, 3(a1))": "lbu(a0, 3(a1))",
    "c_lhu(a0, 2(a1))": "lhu(a0, 2(a1))",
    "c_lh(a0, 2(a1))": "lh(a0, 2(a1))",
    "c_sb(a0, 1(a1))\nlw(a0, 0(a1))": "sb(a0, 1(a1))\nlw(a0, 0(a1))",
    "c_sh(a0, 2(a1))\nlw(a0, 0(a1))": "sh(a0, 2(a1))\nlw(a0, 0(a1))",
    "c_zext_b(a0)": "andi(a0, a0, 255)",
    "c_sext_b(a0)": "slli(a0, a0, 24)\nsrai(a0, a0, 24)",
    "c_zext_h(a0)": "slli(a0, a0, 16)\nsrli(a0, a0, 16)",
    "c_sext_h(a0)": "slli(a0, a0, 16)\nsrai(a0, a0, 16)",
    "c_not(a0)": "xori(a0, a0, -1)",
    "li(a2, 77)\nc_mul(a0, a2)": "li(a2, 77)\nmul(a0, a0, a2)",
}


@pytest.mark.parametrize("short", ZCB)
def test_zcb_against_what_it_shortens(short: str) -> None:
    choice = random.Random(short)
    for _ in range(10):
        word, memory = choice.getrandbits(32), choice.randbytes(4)
        plain = call(ZCB[short], word, bytearray(memory), isa="rv32imc")
        assert call(short, word, bytearray(memory)) == plain


def saved(last: int) -> str:
    return {-1: "ra", 0: "ra, s0"}.get(last, f"ra, s0 - s{last}")


LISTS = [*range(-1, 10), 11]


def plain_push(last: int, size: int) -> str:
    names = ["ra", *(f"s{number}" for number in range(last + 1))]
    stores = [f"sw({name}, {-4 * at}(sp))" for at, name in enumerate(reversed(names), 1)]
    return "\n".join([*stores, f"addi(sp, sp, {-size})"])


def plain_pop(last: int, size: int) -> str:
    names = ["ra", *(f"s{number}" for number in range(last + 1))]
    loads = [f"lw({name}, {size - 4 * at}(sp))" for at, name in enumerate(reversed(names), 1)]
    return "\n".join([*loads, f"addi(sp, sp, {size})"])


def frame(push: str, middle: str, pop: str) -> str:
    """Fill the saved registers, push, read all of the stack's words, spoil, pop, and sum up."""
    fill = "\n".join(f"li(s{number}, {0x0101_0101 * (number + 1)})" for number in range(12))
    words = "\n".join(
        f"lw(t0, {-4 * at}(t2))\nmul(a0, a0, t3)\nadd(a0, a0, t0)" for at in range(1, 15)
    )
    sums = "\n".join(f"mul(a0, a0, t3)\nadd(a0, a0, s{number})" for number in range(12))
    return "\n".join(
        ["mv(t4, ra)", "li(t3, 31)", "mv(t2, sp)", fill, push, words, middle, pop, sums,
         "sub(t2, t2, sp)", "add(a0, a0, t2)", "sub(t4, t4, ra)", "add(a0, a0, t4)",
         "add(ra, ra, t4)"]
    )  # fmt: skip


@pytest.mark.parametrize("last", LISTS)
@pytest.mark.parametrize("extra", [0, 48])
def test_push_and_pop_against_loads_and_stores(last: int, extra: int) -> None:
    size = (4 * (last + 2) + 15) // 16 * 16 + extra
    spoil = "\n".join(f"li(s{number}, 5)" for number in range(12))
    listed = "{" + saved(last) + "}"
    ours = frame(f"cm_push({listed}, {-size})", spoil, f"cm_pop({listed}, {size})")
    plain = frame(plain_push(last, size), spoil, plain_pop(last, size))
    assert call(ours, 1, 2) == call(plain, 1, 2, isa="rv32imc")


@pytest.mark.parametrize(("mnemonic", "expected"), [("cm_popret", 42), ("cm_popretz", 0)])
def test_a_pop_that_returns(mnemonic: str, expected: int) -> None:
    body = f"cm_push({{ra, s0 - s3}}, -48)\nli(ra, 3)\nli(a0, 42)\n{mnemonic}({{ra, s0 - s3}}, 48)"
    assert call(body, 1, 2) == expected


def test_double_moves() -> None:
    assert call("cm_mvsa01(s1, s7)\nli(a0, 0)\nli(a1, 0)\ncm_mva01s(s7, s1)\nslli(a0, a0, 4)\n"
                "add(a0, a0, a1)", 3, 5) == 5 * 16 + 3  # fmt: skip


def test_a_push_below_the_stack_is_a_fault() -> None:
    line = "label(again)\ncm_push({ra, s0 - s11}, -112)\nj(again)"
    with pytest.raises(ExecutionError) as caught:
        call(line, 1, 2)
    assert (caught.value.code, caught.value.line) == ("wild-access", 4)


def test_a_store_into_bytes_is_a_fault() -> None:
    with pytest.raises(ExecutionError, match="read-only"):
        call("c_sb(a0, 0(a1))", 1, b"text")
