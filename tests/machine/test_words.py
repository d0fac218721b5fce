"""What stops a run, in words: said.txt has a program for each fault, and what is said of it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.machine.emulator import run
from asm_rv32.machine.errors import FAULTS, ExecutionError
from asm_rv32.machine.settings import Settings

SAID = Path(__file__).with_name("said.txt")
ISA = "rv32imac_zicsr_zifencei_zicboz_smrnmi_svinval_zfinx_xesploop_xh3power"
STRICT = {"sanitize": True}
PROGRAMS: list[tuple[str, tuple[Any, ...], dict[str, Any]]] = [
    ("lw(a0, 12(a))", (bytes(12),), {}),
    ("lw(a0, 0(zero))", (), {}),
    ("li(t0, 0x60004000); sw(zero, 4(t0))", (), {"board": "esp32c3"}),
    ("li(t0, 0x3fc80000); lw(t0, 0(t0))", (), {"board": "esp32c3"}),
    ("li(t0, 0x20000000); lw(t0, 0(t0))", (), {"board": "esp32c3"}),
    ("li(t0, 0x60004000); sw(zero, 4(t0))", (), {}),
    ("addi(t0, sp, -1024); label(top); addi(t0, t0, -1024); sw(zero, 0(t0)); j(top)", (), {}),
    ("sb(zero, 1(a))", (b"ab",), {}),
    ("lh(a0, 1(a))", (bytes(4),), {"misaligned": False}),
    ("sw(a0, 2(a))", (bytearray(8),), {"core": "hazard3"}),
    ("la(t0, here); sw(zero, 0(t0)); label(here); nop()", (), {}),
    ("sw(zero, -4(sp))", (), STRICT),
    ("lb(a0, -1(sp))", (), STRICT),
    ("addi(sp, sp, -16); sh(zero, 8(sp)); lw(t0, 8(sp)); addi(sp, sp, 16); beqz(t0, over); nop(); "
     "label(over)", (), STRICT),
    ("addi(sp, sp, -16); lw(a0, 12(sp)); addi(sp, sp, 16)", (), STRICT),
    ("j(over); label(over); data(4, 0x00000013)", (), STRICT),
    ("la(t0, into); addi(t0, t0, 2); jr(t0); label(into); lui(t0, 0x1000)", (), {}),
    ("la(t0, over); addi(t0, t0, 1); li(t1, 0x80000000); add(t0, t0, t1); jr(t0); label(over)",
     (), {}),
    ("jr(a)", (bytes(4),), {}),
    ("la(t0, over); addi(t0, t0, 2); jr(t0); label(over)", (), {"isa": "rv32i"}),
    ("li(t0, 64); jr(t0)", (), {}),
    ("addi(sp, sp, -16); lw(t0, 8(sp)); jr(zero)", (), STRICT),
    ("mv(s0, a); mv(s3, a)", (1,), STRICT),
    ("mv(s11, a)", (1,), STRICT),
    ("addi(sp, sp, -16)", (), STRICT),
    ("addi(sp, sp, 32)", (), STRICT),
    ("c_unimp()", (), {}),
    ("unimp()", (), {}),
    ("data(4, 0xffffffff)", (), {}),
    ("fsrmi(5); fadd_s(t0, t1, t2, dyn)", (), {}),
    ("csrr(t0, 0x5c0)", (), {}),
    ("csrw(cycle, t0)", (), {}),
    ("csrr(t0, cycle)", (), {"core": "esp32c3"}),
    ("cbo_zero(0(a))", (bytearray(64),), {}),
    ("mnret()", (), {}),
    ("dret()", (), {}),
    ("hinval_gvma(t0, t1)", (), {}),
    ("ecall()", (), {}),
    ("ebreak()", (), {}),
    ("wfi()", (), {}),
    ("h3_block()", (), {}),
    ("li(t0, 3); esp_lp_setup(0, t0, 4); nop()", (), {}),
    ("label(top); j(top)", (), {"max_instructions": 100}),
]  # fmt: skip

ELSEWHERE = {
    "time-limit", "timing-contract", "endless-poll", "not-an-object", "interrupted-register"
}  # fmt: skip
"""What takes more than a function to show."""


def said(body: str, values: tuple[Any, ...], settings: dict[str, Any]) -> str:
    """The program, and what stops it."""
    parameters = ", ".join("abcd"[: len(values)])
    lines = "".join(f"    {line}\n" for line in body.split("; "))
    isa = settings.get("isa", ISA)
    image = assemble(f"@asm_rv32(isa={isa!r})\ndef f({parameters}):\n{lines}").functions["f"]
    options = "".join(f"  {name}={value!r}" for name, value in settings.items())
    with pytest.raises(ExecutionError) as caught:
        run(image, values, Settings(**{key: settings[key] for key in settings if key != "isa"}))
    assert caught.value.code in FAULTS
    told = [caught.value.fault.message, *caught.value.fault.notes]
    return "\n".join([f"{body}{options}", f"  {caught.value.code}", *(f"  {n}" for n in told), ""])


@pytest.mark.parametrize("code", FAULTS)
def test_what_a_code_means_is_what_the_page_has(code: str) -> None:
    page = (Path(__file__).parents[2] / "docs" / "diagnostics.md").read_text()
    assert f"\n| `{code}` | {FAULTS[code]} |" in page


def test_a_run_is_stopped_in_these_words(request: pytest.FixtureRequest) -> None:
    written = "\n".join(said(*each) for each in PROGRAMS)
    if request.config.getoption("--bless"):
        SAID.write_text(written)
    assert written == SAID.read_text()
    codes = {text.split("\n")[1].strip() for text in written.split("\n\n")}
    assert codes | ELSEWHERE == {*FAULTS} and not codes & ELSEWHERE
