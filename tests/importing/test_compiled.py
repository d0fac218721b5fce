"""gcc's assembly text of whole C files, imported: each function is what GNU as makes of it.

Calls and addresses, which a linker fills in, are compared by what they refer to.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus import likeness, toolchain
from corpus.tiers import heavy_after

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import Source
from asm_rv32.importing.gnu import import_gnu

SHAPES = Path(__file__).parent / "shapes.c"
PROGRAMS = Path(__file__).parents[1] / "corpus" / "programs.c"
LEVELS = heavy_after(2, ("-O2", "-Os", "-O1", "-O3"))
WAYS = (
    (), ("-mcmodel=medany",), ("-g",), ("-ffunction-sections", "-fdata-sections"),
    ("-msave-restore",), ("-march=rv32im",), ("-fno-section-anchors", "-msmall-data-limit=0"),
)  # fmt: skip


def compiled(path: Path, folder: Path, *flags: str) -> str:
    toolchain.run(
        f"{toolchain.GNU}gcc", "-march=rv32imc", "-mabi=ilp32", "-ffreestanding", *flags, "-S",
        str(path), "-o", "made.s", folder=folder,
    )  # fmt: skip
    return (folder / "made.s").read_text()


def check(text: str, folder: Path, least: int) -> None:
    functions = assemble(import_gnu(Source("made.s", text)).text).functions
    march = "rv32im" if "c2p0" not in text else toolchain.MARCH
    found = likeness.compared(functions, likeness.assembled(text, folder, march), {})
    assert [each for each in found if each.difference] == []
    assert sum(each.smaller for each in found) == 0
    assert len(found) >= least


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize(("path", "least"), [(PROGRAMS, 47), (SHAPES, 21)])
def test_every_function_is_what_gnu_makes_of_it(
    path: Path, least: int, level: str, tmp_path: Path
) -> None:
    check(compiled(path, tmp_path, level), tmp_path, least)


@pytest.mark.parametrize("way", WAYS, ids=" ".join)
def test_so_it_is_however_gcc_is_told_to_lay_it_out(way: tuple[str, ...], tmp_path: Path) -> None:
    check(compiled(SHAPES, tmp_path, "-O2", *way), tmp_path, 21)


def test_parameters_are_what_is_read_before_it_is_written(tmp_path: Path) -> None:
    written = import_gnu(Source("made.s", compiled(SHAPES, tmp_path, "-Os"))).text
    for head in (
        "bits(a0)", "noisy()", "apply(a0, a1)", "ackermann(a0, a1)",
        "shift(a0, a1, a2)", "sort(a0, a1)", "is_odd(a0)", "check(a0)",
        "many(a0, a1, a2, a3, a4, a5, a6, a7)",
    ):  # fmt: skip
        assert f"\ndef {head}:\n" in written, head
