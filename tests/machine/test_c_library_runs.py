"""gcc's code of programs and of the C library that they use, run with every check.

What is correct is not stopped, and computes what qemu computes.
"""

from __future__ import annotations

import random
import re
import struct
import subprocess
from pathlib import Path

import pytest
from corpus import toolchain

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.commands.cli import main
from asm_rv32.machine.emulator import run
from asm_rv32.machine.memory import CODE

pytestmark = pytest.mark.heavy
SOURCE = Path(__file__).parent.parent / "corpus" / "library_calls.c"
NAMES = re.findall(r"^int (\w+)\(", SOURCE.read_text(), re.MULTILINE)
CALLS = 3
# All in one piece, what is called first: the code, and the constants that it reads.
LAYOUT = """\
SECTIONS {{
    . = {base:#x};
    .text : {{ *(.text.{first}) *(.text .text.*) *(.rodata .rodata.* .srodata .srodata.*)
              *(.sdata .sdata.* .data .data.*) }}
    .bss : {{ *(.bss .bss.* .sbss .sbss.* .tbss* .tdata*) }}
}}
"""
# For Linux: what each call returns, on standard output.
START = """\
int {name}(int, int, int);
static int results[{count}];
static long call(long number, long first, void *second, long third) {{
    register long a7 __asm__("a7") = number, a0 __asm__("a0") = first, a2 __asm__("a2") = third;
    register void *a1 __asm__("a1") = second;
    __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a7) : "memory");
    return a0;
}}
void _start(void) {{
    {calls}
    call(64, 1, results, sizeof results);
    call(93, 0, 0, 0);
}}
"""


@pytest.fixture(scope="module", autouse=True)
def engine() -> None:
    """These take long: on the engine that is preferred alone, or that `--engine` names."""


def linked(first: str, base: int, folder: Path, *arguments: str) -> bytes:
    """The code of x.elf, of one function and all that it uses."""
    (folder / "layout.ld").write_text(LAYOUT.format(base=base, first=first))
    toolchain.run(
        f"{toolchain.GNU}gcc", "--specs=picolibc.specs", "-mabi=ilp32", "-nostartfiles", "-static",
        "-ffunction-sections", "-Wl,--gc-sections,--no-relax", f"-Wl,-e,{first}",
        "-T", "layout.ld", str(SOURCE), *arguments, "-lm", "-o", "x.elf", folder=folder,
    )  # fmt: skip
    return toolchain.text_section(folder, "x.elf")


def under_qemu(name: str, values: list[tuple[int, ...]], folder: Path, *flags: str) -> list[int]:
    calls = " ".join(
        f"results[{number}] = {name}({', '.join(map(str, each))});"
        for number, each in enumerate(values)
    )
    (folder / "start.c").write_text(START.format(name=name, count=len(values), calls=calls))
    linked("_start", 0x10000, folder, *flags, "start.c")
    qemu = toolchain.find("qemu-riscv32")
    done = subprocess.run([qemu, "x.elf"], cwd=folder, check=True, capture_output=True, timeout=60)
    return list(struct.unpack(f"<{len(values)}i", done.stdout))


@pytest.mark.parametrize("level", ["-O0", "-O2", "-Os"])
@pytest.mark.parametrize("march", ["rv32im", "rv32imac"])
@pytest.mark.parametrize("name", NAMES)
def test_correct_code_is_not_stopped(
    name: str, march: str, level: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    toolchain.picolibc(march)
    flags = (level, f"-march={march}")
    code = linked(name, CODE, tmp_path, *flags)
    assert main(["disasm", str(tmp_path / "x.bin"), "--isa", "rv32imac"]) == 0
    source = capsys.readouterr().out.replace("f_0000()", "f_0000(a, b, c)")
    image = assemble(source, isa="rv32imac", compress=False).functions["f_0000"]
    assert image.code[: len(code)] == code
    choice = random.Random(name)
    values = [tuple(choice.getrandbits(31) for _ in range(3)) for _ in range(CALLS)]
    found = [run(image, each).result for each in values]
    assert found == under_qemu(name, values, tmp_path, *flags)
