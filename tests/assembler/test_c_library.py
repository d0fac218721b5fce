"""gcc's code of a whole C library, rewritten as our source: the same bytes, and no longer.

The everyday tier takes the compiler's own library, libgcc; the heavy tier the C library too.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import pytest
from corpus import toolchain, translator

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.sets import instruction_set


def known() -> set[str]:
    return set(instruction_set().mnemonics)


def libgcc() -> Path:
    done = toolchain.run(
        f"{toolchain.GNU}gcc", "-march=rv32imac", "-mabi=ilp32", "-print-libgcc-file-name",
        folder=Path("."),
    )  # fmt: skip
    return Path(done.stdout.strip())


def picolibc() -> Path:
    return toolchain.picolibc("rv32imac")


LIBRARIES = [
    pytest.param(libgcc, 20_000, id="libgcc"),
    pytest.param(picolibc, 100_000, id="picolibc", marks=pytest.mark.heavy),
]


@lru_cache
def sections(path: Path) -> list[translator.Section]:
    return translator.read_sections(path)


@pytest.mark.parametrize(("library", "least"), LIBRARIES)
def test_written_out_it_gives_the_compilers_bytes(library: Callable[[], Path], least: int) -> None:
    found = sections(library())
    text = []
    for section in found:
        body = "\n ".join(translator.explicit(section, known()))
        text.append(f"@asm_rv32\ndef s{section.number}():\n {body}\n")
    images = assemble("".join(text), compress=False).functions
    for section in found:
        code = images[f"s{section.number}"].code
        assert code[: len(section.code)] == section.code, section.name
        assert len(code) - len(section.code) in (0, 4), section.name
    assert sum(len(section.lines) for section in found) > least


@pytest.mark.parametrize(("library", "least"), LIBRARIES)
def test_as_one_function_it_is_no_longer_than_other_assemblers_make_it(
    library: Callable[[], Path], least: int, capsys: pytest.CaptureFixture[str]
) -> None:
    items = list(translator.plain(sections(library()), known()))
    body = "\n ".join(item.python() for item in items)
    ours = len(assemble(f"@asm_rv32\ndef f():\n {body}\n").functions["f"].code)
    lines = [item.gnu() for item in items]
    llvm = len(toolchain.llvm_assemble(lines))
    code, refused = toolchain.gnu_assemble(lines, "rv32imc_zicsr_zifencei")
    assert not refused
    count = sum(not item.label for item in items)
    with capsys.disabled():
        print(f"\n{count} instructions: {ours} bytes; LLVM {llvm}, GNU as {len(code)}")
    assert count > least * 0.9
    assert ours <= llvm
    assert ours <= len(code)
