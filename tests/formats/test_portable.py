"""Portable .mpy files: their structure, the stub that they hold, what reads them."""

from __future__ import annotations

import random
from pathlib import Path

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.commands.cli import main
from asm_rv32.formats import FORMATS
from asm_rv32.formats.board.bytecode import functions
from asm_rv32.formats.board.mpy import RESULTS, Constant, Mpy, RawCode, read, write
from asm_rv32.formats.board.portable import behind_stubs, stub, stub_of
from asm_rv32.formats.machine_code import InputError, blocks
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.text import Stretch, disassemble, with_targets

PURE = """\
@asm_rv32
def none() -> bool:
    li(a0, 1)
@asm_rv32
def table(index):
    la(t0, values)
    slli(t1, index, 2)
    add(t0, t0, t1)
    lw(a0, 0(t0))
    ret()
    align(4)
    label(values)
    data(4, 10, -20, 30, 0x7fffffff)
@asm_rv32
def nothing(a, b) -> None:
    sw(b, 0(a))
@asm_rv32
def same(a, b, c) -> object:
    mv(a0, c)
@asm_rv32
def total(a, b, c, d) -> uint:
    add(a0, a, b)
    add(a0, a0, c)
    add(a0, a0, d)
"""
MIXED = (
    "import micropython\nBIG = 1 << 40\nclass C:\n"
    "    @micropython.asm_rv32\n    def m(a0, a1) -> object:\n        mv(a0, a1)\n"
    "def f():\n    @micropython.asm_rv32\n    def inner():\n        nop()\n    return inner, 2.5\n"
    "@micropython.viper\ndef v(x: int) -> int:\n    return x\n"
)


def compiled(source: str, **options: bool) -> Mpy:
    return read(FORMATS[".mpy"].write(assemble(source, path="m.py"), **options))


@pytest.mark.parametrize("source", [PURE, MIXED])
def test_each_assembler_function_is_viper_code_and_ends_in_its_own(source: str) -> None:
    usual, portable = compiled(source), compiled(source, portable=True)
    images = iter(assemble(source).functions.values())
    assert read(write(portable)) == portable
    assert portable.qstrs == usual.qstrs
    assert portable.constants.count(Constant("fun_table")) == 1
    assert portable.constants[: len(usual.constants)] == usual.constants
    for before, after in zip(functions(usual), functions(portable), strict=True):
        assert before.name.replace("<asm>", "<viper>") == after.name
        if before.raw.kind != "asm":
            assert after.raw._replace(offset=0, children=()) == before.raw._replace(
                offset=0, children=()
            )
            continue
        found = stub_of(after.raw, portable)
        assert found is not None
        assert (after.raw.kind, after.raw.scope_flags) == ("viper", 0)
        assert len(found.code) % 4 == 0
        assert after.raw.code == found.code + before.raw.code
        image = next(images)
        assert (found.n_args, found.returns) == (len(image.parameters), image.returns)
    assert next(images, None) is None


def test_what_has_no_assembler_function_stays_as_it_is() -> None:
    for source in ("X = 1\n", "@micropython.viper\ndef v(x: int) -> int:\n    return x\n"):
        assert compiled(source, portable=True) == compiled(source)


def test_functions_alone() -> None:
    module = assemble(PURE, path="m.py")
    one = module._replace(functions={"total": module.functions["total"]})
    mpy = read(FORMATS[".mpy"].write(one, whole=False, portable=True))
    (found,) = functions(mpy)
    assert stub_of(found.raw, mpy) == stub(4, "uint", 0)


def test_the_size_of_each_stub() -> None:
    """object, bool, int, uint, None; docs/micropython.md tells of these numbers."""
    assert RESULTS == ("object", "bool", "int", "uint", "None")
    assert [[len(stub(n, kind, 0).code) for kind in RESULTS] for n in range(5)] == [
        [32, 40, 40, 40, 36],
        [72, 80, 80, 80, 76],
        [80, 88, 88, 88, 84],
        [88, 96, 96, 96, 92],
        [96, 104, 104, 104, 100],
    ]
    assert [len(stub(2, "int", index).code) for index in (31, 32, 511, 512)] == [88, 92, 92, 96]


def test_stubs_are_told_apart() -> None:
    for index in (0, 40, 600):
        every = {stub(n, kind, index).code for n in range(5) for kind in RESULTS}
        assert len(every) == 5 * len(RESULTS)
        assert not any(a != b and a.startswith(b) for a in every for b in every)


LISTING = """\
   0  0111      c_addi(sp, -32)
   2  06ce      c_swsp(ra, 28)
   4  22cc      c_swsp(s0, 24)
   6  26ca      c_swsp(s1, 20)
   8  b684      c_mv(s1, a3)
   a  4041      c_lw(s0, 4(a0))
   c  4044      c_lw(s0, 12(s0))
   e  0040      c_lw(s0, 0(s0))
  10  2e85      c_mv(a0, a1)
  12  b285      c_mv(a1, a2)
  14  37060400  lui(a2, 0x40)
  18  1106      c_addi(a2, 4)
  1a  8322040b  lw(t0, 176(s0))
  1e  8292      c_jalr(t0)
  20  c840      c_lw(a0, 4(s1))
  22  3128      c_jal(L_003e)
  24  2ac2      c_swsp(a0, 4)
  26  8840      c_lw(a0, 0(s1))
  28  1928      c_jal(L_003e)
  2a  9245      c_lwsp(a1, 4)
  2c  3520      c_jal(code)
  2e  8d45      c_li(a1, 3)
  30  1048      c_lw(a2, 16(s0))
  32  0296      c_jalr(a2)
  34  f240      c_lwsp(ra, 28)
  36  6244      c_lwsp(s0, 24)
  38  d244      c_lwsp(s1, 20)
  3a  0561      c_addi16sp(32)
  3c  8280      c_jr(ra)
L_003e:
  3e  aa85      c_mv(a1, a0)
  40  0585      c_srai(a0, 1)
  42  8589      c_andi(a1, 1)
  44  89e9      c_bnez(a1, L_0056)
  46  0605      c_slli(a0, 1)
  48  0c40      c_lw(a1, 0(s0))
  4a  6305b500  beq(a0, a1, L_0054)
  4e  9145      c_li(a1, 4)
  50  5044      c_lw(a2, 12(s0))
  52  0286      c_jr(a2)
L_0054:
  54  0145      c_li(a0, 0)
L_0056:
  56  8280      c_jr(ra)
"""


def test_the_stub_s_listing() -> None:
    code = stub(2, "uint", 0).code
    instructions = instruction_set("rv32imc")
    labels = with_targets(code, instructions, {len(code): "code"}, (Stretch(0, len(code), True),))
    shown = ""
    for line in disassemble(code, instructions, labels):
        shown += f"{labels[line.address]}:\n" if line.address in labels else ""
        shown += f"{line.address:4x}  {line.data.hex():8}  {line.text}\n"
    assert shown == LISTING


def test_disasm_shows_stub_and_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """What it shows of the code assembles to the file's bytes again, and so does the stub."""
    monkeypatch.chdir(tmp_path)
    Path("m.py").write_text(PURE)
    assert main(["compile", "m.py", "--portable"]) == 0
    sizes = [line.split()[-4:] for line in capsys.readouterr().out.splitlines()]
    assert sizes == [[size, "bytes", "of", "stub"] for size in ("40", "80", "84", "88", "104")]
    assert main(["disasm", "m.mpy"]) == 0
    text = capsys.readouterr().out
    again = assemble(text, compress=False).functions
    mpy = read(Path("m.mpy").read_bytes())
    codes = {found.name: found.raw.code for found in functions(mpy)}
    assert list(again) == [name for known in codes for name in (f"{known}_stub", known)]
    usual = assemble(PURE).functions
    for name, code in codes.items():
        assert again[name].code == usual[name].code
        assert again[name].returns == usual[name].returns
        assert len(again[name].parameters) == len(usual[name].parameters)
        assert (again[f"{name}_stub"].code + again[name].code).startswith(code[:30])
    assert main(["disasm", "m.mpy", "--syntax", "gnu"]) == 0
    assert "total_stub:" in capsys.readouterr().out


def test_portable_goes_with_a_mpy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("m.py").write_text(PURE)
    assert main(["compile", "m.py", "--portable", "-f", "mpy", "-o", "other"]) == 0
    assert main(["compile", "m.py", "--portable", "-o", "m.bin"]) == 2
    assert "--portable goes with a .mpy alone" in capsys.readouterr().err
    assert Path("other").exists() and not Path("m.bin").exists()


def test_code_that_is_no_portable_function() -> None:
    mpy = compiled(PURE, portable=True)
    for code in (b"", b"\x82\x80", stub(2, "int", 0).code[:-1], stub(2, "int", 1).code):
        assert stub_of(RawCode("viper", code), mpy) is None
    whole = RawCode("viper", stub(2, "int", 0).code)
    assert stub_of(whole, mpy) == stub(2, "int", 0)
    assert stub_of(whole._replace(kind="asm"), mpy) is None
    assert stub_of(whole, mpy._replace(constants=())) is None
    assert behind_stubs(mpy) == mpy


@pytest.mark.parametrize("seed", range(4))
def test_corrupt_files_end_in_a_listing_or_an_error(seed: int) -> None:
    rng = random.Random(seed)
    data = FORMATS[".mpy"].write(assemble(PURE, path="m.py"), portable=True)
    listed = 0
    for _ in range(150):
        mutant = bytearray(data)
        for _ in range(rng.choice((1, 1, 2, 10))):
            at = rng.randrange(len(mutant))
            mutant[at : at + rng.choice((0, 1, 1, 1, 3))] = rng.randbytes(rng.choice((1, 1, 1, 4)))
        try:
            found = blocks(bytes(mutant), "mpy")
        except InputError as error:
            assert str(error)
            continue
        listed += 1
        for block in found:
            list(disassemble(block.code, instruction_set("rv32imc"), block.labels))
    assert listed
    for length in range(len(data)):
        with pytest.raises(InputError):
            blocks(data[:length], "mpy")
