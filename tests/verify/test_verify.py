"""What `verify` finds: nothing in right code, every way of being wrong, missing tools."""

from __future__ import annotations

import os
import random
import re
import tomllib
from collections.abc import Callable
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis import binutils
from asm_rv32.basis.diagnostics import Source, Span, ToolMissing
from asm_rv32.commands.cli import main
from asm_rv32.formats import elf
from asm_rv32.formats.gnu_limits import refused_texts, unknown_extensions
from asm_rv32.isa.decode import decode
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.tables import known_extensions
from asm_rv32.isa.text import text
from asm_rv32.verify import gas, known_differences, mpy_cross, objdump

ISAS = (
    "rv32imc",
    "rv32imac_zba_zbb_zbs_zicond_zcb_zcmp_zbkb_zbc_zbkx_zkn_zks_zawrs_zihintpause_zihintntl_zicbom_"
    "zicbop_zicboz_svinval_zimop_zcmop_zabha_zacas_smrnmi",
)
EXAMPLES = Path(__file__).parents[2] / "examples"
NEWER = tomllib.loads((Path(__file__).parents[1] / "known_differences.toml").read_text())["csr"]


@pytest.fixture(autouse=True)
def binutils_are_there(tool: Callable[[str], str]) -> None:
    """Fail with the install line where they are missing."""
    tool("riscv64-unknown-elf-objdump")
    tool("riscv64-unknown-elf-as")


def image_of(words: list[int], isa: str) -> Image:
    code = bytearray()
    entries = []
    for word in words:
        size = 2 if word & 3 != 3 else 4
        entries.append(Entry(len(code), size, Span(0, 0), True))
        code += word.to_bytes(size, "little")
    return Image(
        "f", "f", bytes(code), tuple(entries), {}, (), (), "int", isa, Span(0, 0), Source("x", "")
    )  # fmt: skip


def many_words(instructions: InstructionSet, samples: int) -> list[int]:
    choose = random.Random(7)
    words = [word for word in range(1 << 16) if word & 3 != 3 and decode(word, instructions)]
    for row in instructions.encodings:
        if row.size == 4:
            for _ in range(samples):
                word = choose.getrandbits(32) & ~row.mask | row.match
                if decode(word, instructions):
                    words.append(word)
    # Every CSR, by name or number.
    return [*words, *(number << 20 | 0x1073 for number in range(4096))]


@pytest.mark.parametrize("check", [objdump.check, gas.check], ids=["objdump", "gas"])
@pytest.mark.parametrize("isa", ISAS)
def test_every_instruction_agrees(isa: str, check: Callable[..., objdump.Outcome]) -> None:
    instructions = instruction_set(isa)
    words = many_words(instructions, 25)
    outcome = check({"f": image_of(words, isa)})
    assert outcome.findings == []
    # What a tool does not know is counted, and is little.
    unknown = sum(
        found is not None and found.row.extension in unknown_extensions()
        for found in (decode(word, instructions) for word in words)
    )
    assert unknown <= outcome.unchecked["f"] < unknown + 0.05 * len(words)


@pytest.mark.parametrize("path", sorted(EXAMPLES.glob("*.py")), ids=lambda path: path.stem)
def test_the_examples_agree(path: Path) -> None:
    module = assemble(path.read_text(encoding="utf-8"), path=str(path))
    for check in (objdump.check, gas.check):
        assert check(module.functions).findings == []


def test_functions_with_data_and_odd_ends_agree() -> None:
    source = """
@asm_rv32
def f():
    j(end)
    data(1, 1, 2, 3)
    space(50)
    align(4)
    label(end)
    ret()
    data(1, 7)

@asm_rv32
def g():
    label(back)
    j(back)
"""
    for compress in (True, False):
        module = assemble(source, compress=compress)
        for check in (objdump.check, gas.check):
            outcome = check(module.functions)
            assert outcome.findings == [] and set(outcome.unchecked.values()) == {0}


def test_long_functions_agree() -> None:
    """Branches and jumps of every reach far behind the first 64 KiB."""
    choose = random.Random(3)
    source = ["@asm_rv32", "def f(a, b):"]
    for number in range(24_000):
        source.append(f"    label(l{number})")
        near = min(23_999, max(0, number + choose.randrange(-400, 400)))
        source.append(f"    {choose.choice(('beq(a, b', 'beqz(a', 'j(', 'addi(a, a, 99)'))}")
        if source[-1].endswith("("):
            source[-1] += f"l{near})"
        elif not source[-1].endswith(")"):
            source[-1] += f", l{near})"
    module = assemble("\n".join([*source, ""]))
    assert len(module.functions["f"].code) > 70_000
    for check in (objdump.check, gas.check):
        assert check(module.functions).findings == []


def test_code_that_is_no_instruction_is_found() -> None:
    image = image_of([0x00150513, 0x0000000B, 0x8082], "rv32imc")
    (found,) = objdump.check({"f": image}).findings
    assert (found.function, found.address, found.ours) == ("f", 4, "no instruction")


def test_entries_out_of_step_are_found() -> None:
    image = image_of([0x00150513, 0x00150513], "rv32imc")
    shifted = image._replace(entries=(Entry(2, 4, Span(0, 0), True),))
    (found,) = objdump.check({"f": shifted}).findings
    assert found.theirs == "no instruction starts here"


@pytest.mark.parametrize(
    ("word", "other"),
    [
        (0x00150513, 0x00250513),
        (0x00150513, 0x001505B3),
        (0x00B50463, 0x00B50663),
        (0x30059573, 0x30159573),
        (0x0FF0000F, 0x0F30000F),
        (0x00452503, 0x00452583),
    ],
)
def test_another_operand_or_mnemonic_is_a_difference(word: int, other: int) -> None:
    """objdump's own text of one instruction, held against another instruction."""
    instructions = instruction_set()
    ours = decode(word, instructions)
    raw = word.to_bytes(4, "little")
    (theirs,) = objdump.disassembled(elf.disassembled({"f": image_of([other], "rv32imc")})).values()
    assert objdump.compare(ours, raw, theirs._replace(data=raw), 0, instructions) is not None
    (same,) = objdump.disassembled(elf.disassembled({"f": image_of([word], "rv32imc")})).values()
    assert objdump.compare(ours, raw, same, 0, instructions) is None


def differing_words() -> list[tuple[int, str]]:
    instructions = instruction_set()
    found: dict[str, int] = {}
    for word in many_words(instructions, 400):
        instruction = decode(word, instructions)
        assert instruction is not None
        own = text(instruction, syntax="gnu")
        for known in known_differences()["difference"]:
            if re.fullmatch(known["ours"], own):
                found.setdefault(known["ours"], word)
    return [(found[known["ours"]], known["objdump"]) for known in known_differences()["difference"]]


def test_each_known_difference_still_differs() -> None:
    instructions = instruction_set()
    for word, _ in differing_words():
        image = image_of([word], "rv32imc")
        (shown,) = objdump.disassembled(elf.disassembled({"f": image})).values()
        ours = decode(word, instructions)
        assert ours is not None
        assert not objdump.agrees(ours, shown.text, 0, instructions)
        assert objdump.compare(ours, image.code, shown, 0, instructions) is None


def test_each_extension_that_is_said_to_be_unknown_is_unknown() -> None:
    makers = [name for name in known_extensions() if name[0] == "x"]
    for unknown in (*unknown_extensions(), *makers):
        isa = f"{ISAS[0]}_{unknown}"
        instructions = instruction_set(isa)
        rows = (row for row in instructions.encodings if row.extension == unknown)
        found = [each for row in rows if (each := decode(row.match, instructions))]
        assert found or unknown in ("xh3irq", "xh3pmpm"), unknown
        for instruction in found:
            word = instruction.row.encode(instruction.values)
            image = image_of([word], isa)
            assert objdump.check({"f": image}).unchecked == {"f": 1}, instruction.row.name
            with pytest.raises(binutils.ProgramError):
                gas.assembled(f"{text(instruction, syntax='gnu')}\n", {"f": image})


@pytest.mark.parametrize(
    "line",
    [
        *("fence 0,w", "fence w,0", "c.slli a0,0", "c.srli a0,0"),
        *(f"csrrw a0,{name},a1" for row in NEWER.values() for name in row.get("newer", {})),
    ],
)
def test_each_line_that_gnu_as_is_said_to_refuse_is_refused(line: str) -> None:
    assert any(re.fullmatch(refused, line) for refused in refused_texts())
    with pytest.raises(binutils.ProgramError, match=r"illegal operands|unknown CSR"):
        gas.assembled(f"{line}\n", {"f": image_of([0x8082], "rv32imc")})


def test_mpy_cross_agrees_and_disagrees() -> None:
    source = "@micropython.asm_rv32\ndef f(a0, a1):\n    add(a0, a0, a1)\n    li(a1, 0x12345)\n"
    module = assemble(source, dialect="micropython")
    assert mpy_cross.check(module.functions).findings == []
    image = module.functions["f"]
    wrong = image._replace(code=image.code[:4] + b"\x01\x00" + image.code[6:])
    (found,) = mpy_cross.check({"f": wrong}).findings
    assert (found.address, found.ours[:4]) == (4, "0100")


def test_a_missing_tool_is_named_with_the_way_to_install_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("PATH", "/nonexistent")
    for check in (objdump.check, gas.check):
        with pytest.raises(ToolMissing, match=r"is not installed; install it with: apt-get"):
            check({"f": image_of([0x8082], "rv32imc")})


def tools_that(answer: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Have a shell's line stand for every program of binutils."""
    for name in ("objdump", "as"):
        path = folder / f"riscv64-unknown-elf-{name}"
        path.write_text(f"#!/bin/sh\n{answer}\n")
        path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}{os.pathsep}{os.environ['PATH']}")


@pytest.mark.parametrize(
    "answer",
    [
        "exit 0",
        r"printf 'garbage\377\000\n\n'",
        r"printf '   0:\tabc\tret\n'",
        r"printf '   0:\t    \tret\n'",
        "head -c 100000 /dev/urandom",
        "kill -9 $$",
        'for last; do :; done; head -c 1000 /dev/zero > "$last"',
    ],
)
def test_a_tool_that_prints_nothing_or_garbage_is_an_error(
    answer: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tools_that(answer, tmp_path, monkeypatch)
    for check in (objdump.check, gas.check):
        with pytest.raises(binutils.ProgramError, match=r"objdump|as"):
            check({"f": image_of([0x8082], "rv32imc")})


def test_other_bytes_than_those_of_the_file_are_a_finding_of_every_function(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    tools_that(r"printf '   0:\t8082  \tret\n'", tmp_path, monkeypatch)
    images = {name: image_of([0x8082], "rv32imc") for name in "fg"}
    found = objdump.check(images)
    assert [finding.function for finding in found.findings] == ["f", "g"]
    assert found.unchecked == {"f": 0, "g": 0}
    path = tmp_path / "two.py"
    path.write_text("@asm_rv32\ndef f():\n    ret()\n\n@asm_rv32\ndef g():\n    ret()\n")
    (tmp_path / "riscv64-unknown-elf-as").unlink()
    assert main(["verify", str(path)]) == 1
    assert "g+0x0: the code; objdump: other bytes" in capsys.readouterr().out
