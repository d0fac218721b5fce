"""The extensions beyond RV32IMC against assemblers that know them, and the words for mistakes."""

from __future__ import annotations

import itertools
import re
from collections import Counter

import pytest
from corpus.toolchain import gnu_assemble

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.operands import listed_registers, stack_space
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import DIRECTIVES, tables
from asm_rv32.isa.text import text

ISA = (
    "rv32imafc_zba_zbb_zbs_zbc_zbkb_zbkx_zknd_zkne_zknh_zksed_zksh_zawrs_zihintpause_zicbom_zicbop_"
    "zicboz_svinval_zicond_zcb_zcmp_zihintntl_zimop_zcmop_zabha_zacas_smrnmi"
)
SET = instruction_set(ISA)


def assembled(line: str, isa: str = ISA) -> str:
    image = assemble(f"@asm_rv32\ndef f():\n    {line}\n    nop()\n", isa=isa).functions["f"]
    (first, *_) = decode_all(image.code, instruction_set(isa))
    assert first.instruction is not None
    return text(first.instruction)


@pytest.mark.parametrize(
    ("line", "isa", "expected"),
    [
        ("flw(fa0, 124(a1))", "rv32imfc", "c_flw(fa0, 124(a1))"),
        ("flw(fa0, 128(a1))", "rv32imfc", "flw(fa0, 128(a1))"),
        ("flw(ft0, 0(a1))", "rv32imfc", "flw(ft0, 0(a1))"),
        ("flw(ft0, 252(sp))", "rv32imfc", "c_flwsp(ft0, 252)"),
        ("fsw(fs0, 4(a1))", "rv32imfc", "c_fsw(fs0, 4(a1))"),
        ("fsw(ft11, 8(sp))", "rv32imfc", "c_fswsp(ft11, 8)"),
        ("flw(fa0, 4(a1))", "rv32imf_zca", "flw(fa0, 4(a1))"),
        ("fadd_s(f10, f11, f12)", "rv32if", "fadd_s(fa0, fa1, fa2)"),
        ("fadd_s(fa0, fa1, fa2, dyn)", "rv32if", "fadd_s(fa0, fa1, fa2)"),
        ("fadd_s(fa0, fa1, fa2, rne)", "rv32if", "fadd_s(fa0, fa1, fa2, rne)"),
        ("fcvt_wu_s(a0, fa0, rtz)", "rv32if", "fcvt_wu_s(a0, fa0, rtz)"),
        ("fneg_s(fa0, fa1)", "rv32if", "fsgnjn_s(fa0, fa1, fa1)"),
        ("fabs_s(a0, a1)", "rv32i_zfinx", "fsgnjx_s(a0, a1, a1)"),
        ("fgt_s(a0, fa1, fa2)", "rv32if", "flt_s(a0, fa2, fa1)"),
        ("fmv_x_s(a0, fa1)", "rv32if", "fmv_x_w(a0, fa1)"),
        ("fsrm(a0, a1)", "rv32if", "csrrw(a0, a1, frm)"),
        ("fsflagsi(3)", "rv32i_zfinx", "csrrwi(zero, fflags, 3)"),
        ("lbu(a0, 3(a1))", "rv32imc_zcb", "c_lbu(a0, 3(a1))"),
        ("lbu(a0, 4(a1))", "rv32imc_zcb", "lbu(a0, 4(a1))"),
        ("lh(a0, 2(a1))", "rv32imc_zcb", "c_lh(a0, 2(a1))"),
        ("sh(a0, (a1))", "rv32imc_zcb", "c_sh(a0, 0(a1))"),
        ("mul(a0, a1, a0)", "rv32imc_zcb", "c_mul(a0, a1)"),
        ("mul(a0, a1, a0)", "rv32imc", "mul(a0, a1, a0)"),
        ("not_(a0, a0)", "rv32imc_zcb", "c_not(a0)"),
        ("zext_b(a0, a0)", "rv32imc_zcb", "c_zext_b(a0)"),
        ("sext_h(a0, a0)", "rv32imc_zcb_zbb", "c_sext_h(a0)"),
        ("sext_h(a0, a0)", "rv32imc_zbb", "sext_h(a0, a0)"),
        ("sext_h(a0, a0)", "rv32imc_zcb", "c_slli(a0, 16)"),
        ("zext_h(a0, a1)", "rv32imc_zbkb", "pack(a0, a1, zero)"),
        ("zext_h(a0, a1)", "rv32imc_zbb_zbkb", "zext_h(a0, a1)"),
        ("amoadd_w(a0, a1, (a2))", "rv32ia", "amoadd_w(a0, a1, 0(a2))"),
        ("cm_push({ra, s0 - s2}, 0)", ISA, "cm_push({ra, s0 - s2}, -16)"),
        ("cm_push({s1, ra, s0}, -32)", ISA, "cm_push({ra, s0 - s1}, -32)"),
        ("cm_pop({ra, s0 - s11}, 112)", ISA, "cm_pop({ra, s0 - s11}, 112)"),
    ],
)
def test_which_form_is_chosen(line: str, isa: str, expected: str) -> None:
    assert assembled(line, isa) == expected


@pytest.mark.parametrize(
    ("line", "code", "words"),
    [
        ("cm_push({ra, s1}, -16)", "register-class", "without a gap"),
        ("cm_push({ra, s0 - s10}, -64)", "register-class", "without a gap"),
        ("cm_push({ra}, 16)", "immediate-range", "-16, -32, -48, -64"),
        ("cm_pop({ra, s0 - s3}, 24)", "immediate-range", "32, 48, 64, 80"),
        ("cm_mvsa01(s1, s1)", "register-class", "different"),
        ("cm_mva01s(s8, s1)", "register-class", "takes"),
        ("lr_w(a0, 4(a1))", "operand-kind", "takes 0 here"),
        ("lr_w(a0, a1)", "operand-kind", "memory operand"),
        ("rori(a0, a0, 32)", "immediate-range", "0..31"),
    ],
)
def test_what_is_wrong_is_said(line: str, code: str, words: str) -> None:
    with pytest.raises(AssemblyError) as caught:
        assembled(line)
    (found,) = caught.value.diagnostics
    assert (found.code, words in found.message) == (code, True), found.message


def test_an_extension_that_is_left_out_is_named() -> None:
    for line, isa, name in (
        ("sh1add(a0, a0, a0)", "rv32imc", "Zba"),
        ("c_sext_b(a0)", "rv32imc_zcb", "Zbb"),
        ("amoadd_w(a0, a1, (a2))", "rv32imc", "A"),
        ("sh1add(a0, a0, a0)", "rv32imc_zbkb", "Zba"),
        ("fadd_s(fa0, fa0, fa1)", "rv32imac_zicsr", "F"),
        ("c_flw(fa0, 0(a0))", "rv32imac_zfinx", "Zcf"),
        ("qk_c_lbu(a0, 0(a1))", "rv32imac_zcb_zcmp", "Xw"),
        ("c_lbu(a0, 0(a1))", "rv32imac_xw", "Zcb"),
    ):
        with pytest.raises(AssemblyError, match=rf"needs-extension.* {name}") as caught:
            assembled(line, isa)
        (note,) = caught.value.diagnostics[0].notes
        assert assembled(line, note.removeprefix('help: isa="').removesuffix('"'))


# ---- words of extensions that this assembler does not have

# How many each has in riscv-opcodes (c1d9bdf), with the pseudo-instructions of its own that GNU as
# or the manual add: one that is lost is noticed, as GNU as notices one that is wrong.
COUNTS = """
RV64I:14 RV64M:5 RV64A:11 RV64C:7 RV64F:4 RV64D:6 RV64Q:6 RV64Zfh:4 RV64Zba:6 RV64Zbb:6 RV64Zbkb:1
RV64Zcb:2 RV64Zknd:5 RV64Zkne:4 RV64Zknh:4 RV64Zacas:1 RV64H:3 RV128C:3 Zilsd:2 Zclsd:4
Zcd:4 Zicfilp:1 Zicfiss:7 D:31 Q:33
Zfh:37 Zfhmin:10 Zfbfmin:6 Zfa:31 V:409 Zvbb:16 Zvbc:4 Zvfbfmin:2 Zvfbfwma:2 Zvkg:2 Zvkned:11
Zvknha:3 Zvksed:3 Zvksh:2 H:12 Ssctr:1
"""
# What GNU as 2.40 does not know, as riscv-opcodes spells it.
NEWER = {
    "RV64Q": "fmvh.x.q fmvp.q.x", "RV64Zcb": "c.zext.w c.sext.w", "RV64Zacas": "amocas.q",
    "Zicfilp": "lpad",
    "Zicfiss": "ssrdp ssamoswap.{w d} {- c.}ss{push popchk}", "Zfbfmin": "fcvt.bf16.s fcvt.s.bf16",
    "Zfa": "fli.{s d q h} f{minm maxm round roundnx leq ltq}.{s d q h} fcvtmod.w.d fmvh.x.d "
           "fmvp.d.x",
    "Zvbb": "vandn.{vv vx} v{brev brev8 rev8 clz ctz cpop}.v vrol.{vv vx} v{ror wsll}.{vv vx vi}",
    "Zvbc": "vclmul{- h}.{vv vx}", "Zvfbfmin": "vfncvtbf16.f.f.w vfwcvtbf16.f.f.v",
    "Zvfbfwma": "vfwmaccbf16.{vv vf}", "Zvkg": "vgmul.vv vghsh.vv",
    "Zvkned": "vaes{df dm ef em}.{vv vs} vaesz.vs vaeskf{1 2}.vi",
    "Zvknha": "vsha2{ms ch cl}.vv", "Zvksed": "vsm4k.vi vsm4r.{vv vs}",
    "Zvksh": "vsm3c.vi vsm3me.vv", "Ssctr": "sctrclr",
}  # fmt: skip
# Where GNU as names what an extension consists of, or stands in.
OTHERWISE = {
    "Zcd": "d", "Zfh": "zfhmin", "Zfbfmin": "zfhmin", "Zclsd": "c", "Zilsd": "i",
    "Zba": "i",
}  # fmt: skip


def spelled(text: str) -> set[str]:
    """The words of a text in which `{a b}` stands for each of its parts, a dash for nothing."""
    found = set()
    for word in re.findall(r"(?:\{[^}]*\}|\S)+", text):
        pieces = re.findall(r"\{[^}]*\}|[^{]+", word)
        choices = [piece.strip("{}").split() for piece in pieces]
        found |= {"".join(chosen).replace("-", "") for chosen in itertools.product(*choices)}
    return found


def foreign() -> list[tuple[str, str]]:
    """Extension and word, of those that are not had here."""
    rows = tables()["extensions"].items()
    return [(name, word) for name, row in rows for word in row.get("words", "").split()]


def test_each_foreign_extension_has_as_many_words_as_in_riscv_opcodes() -> None:
    expected = dict(each.split(":") for each in COUNTS.split())
    found = Counter(name for name, _ in foreign())
    assert found == {name: int(count) for name, count in expected.items()}
    assert len(set(foreign())) == len(foreign())


def test_gnu_as_has_the_words_in_the_same_extensions() -> None:
    """Given a word alone, it names the extension that is missing, or asks for operands."""
    words = foreign()
    messages: dict[int, list[str]] = {}
    for march in ("rv32i", "rv64i"):
        for refused in gnu_assemble([word for _, word in words], march)[1]:
            messages.setdefault(refused.line, []).append(refused.message)
    unknown: dict[str, set[str]] = {}
    for number, (name, word) in enumerate(words):
        said = " ".join(messages.get(number, ["illegal operands"]))
        named = set(re.findall(r"`(\w+)'", said.replace(f"`{word}'", "")))
        if "illegal operands" in said:
            named.add("i")
        known = re.sub("^RV(64|128)", "", name)
        if named:
            assert {known.lower(), OTHERWISE.get(known)} & named, (name, word, said)
        else:
            unknown.setdefault(name, set()).add(word)
    assert unknown == {name: spelled(text) for name, text in NEWER.items()}


def test_an_extension_that_is_like_another_lacks_words_of_it() -> None:
    rows = tables()["extensions"]
    words = {name: set(row.get("words", "").split()) for name, row in rows.items()}
    words["F"] = set(tables()["rv32f"])
    for name, row in rows.items():
        if "like" in row:
            lacking = set(row["without"].split())
            assert lacking and lacking < words[row["like"]], name
            assert lacking == {word for word in words[row["like"]] if re.match(
                r"f([ls][whdq]|mv\.(x\.[wsh]|[wsh]\.x))$", word)}, name  # fmt: skip


def test_register_lists() -> None:
    assert [len(listed_registers(number)) for number in range(4, 16)] == [*range(1, 12), 13]
    assert [stack_space(number) for number in (4, 7, 8, 11, 12, 14, 15)] == [
        16, 16, 32, 32, 48, 48, 64,
    ]  # fmt: skip


def test_labels_are_not_confused_by_extensions() -> None:
    assert assembled("sh1add(a0, a1, a2)") == "sh1add(a0, a1, a2)"


def test_what_does_the_same_as_a_word_of_other_assemblers_is_accepted() -> None:
    stand_ins = {
        "rd": "a0", "rd2": "a3", "rs": "a1", "rs1": "a1", "rs2": "a2", "rs3": "a3", "number": "3",
        "offset": "4", "offset2": "8",
    }  # fmt: skip
    for word, statements in tables()["elsewhere"].items():
        assert word not in SET.mnemonic_of, word
        for statement in statements:
            written = re.sub(r"\b\w+\b", lambda found: stand_ins.get(found[0], found[0]), statement)
            assemble(f"@asm_rv32\ndef f():\n    label(label)\n    {written}\n")


STRINGS = ("ascii", "asciz", "string")
NAMING = ("set", "equ", "equiv")
FILLING = ("align", "p2align", "balign", "skip", "space", "zero")


@pytest.mark.parametrize("word", tables()["directives"]["statements"])
def test_what_a_directive_of_gnu_as_is_here_makes_the_same(word: str) -> None:
    operands = ["1", "2"]
    if word in STRINGS:
        operands = ['"ab"', '"c"']
    elif word in NAMING:
        operands = ["NAME", "3"]
    elif word in FILLING:
        operands = ["4"]
    theirs, refused = gnu_assemble([".byte 7", f".{word} {', '.join(operands)}"], "rv32imc")
    assert not refused
    listed = ", ".join(operands)
    ways = [f".{word} {listed}"]
    if word.isidentifier():  # else it reads as a number
        ways += [f".{word}({listed})", f"{word} {listed}"]
        ways += [f"{word}({listed})"] * (word not in DIRECTIVES)
    for written in ways:
        with pytest.raises(AssemblyError) as caught:
            assemble(f"@asm_rv32\ndef f():\n    {written}\n")
        (found,) = caught.value.diagnostics
        (mend,) = found.notes
        body = f"    data(1, 7)\n    {mend.removeprefix('help: ')}\n    label(end)\n"
        image = assemble(f"@asm_rv32\ndef f():\n{body}").functions["f"]
        end = image.symbols["end"]
        assert end + end % 2 == len(theirs)  # it fills up the section
        if word not in ("align", "p2align", "balign"):
            assert image.code[:end] == theirs[:end]


@pytest.mark.parametrize("word", tables()["directives"]["left_out"])
@pytest.mark.parametrize("written", [".{} f", "{}(f)", ".{}"])
def test_what_is_left_out_of_a_directive_of_gnu_as_has_its_reason(word: str, written: str) -> None:
    if word in ("data", "global") and "(" in written:
        return  # the one is a directive here, the other a word of Python
    with pytest.raises(AssemblyError) as caught:
        assemble(f"@asm_rv32\ndef f():\n    {written.format(word)}\n")
    (found,) = caught.value.diagnostics
    assert found.notes == (f"help: leave it out: {tables()['directives']['left_out'][word]}",)
