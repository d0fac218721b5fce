"""A C library whose members went through `import` and `-f o`, linked in place of the library.

The judges are gcc, which links, and qemu: a program that uses the library in many ways prints the
same with either. The sample is what this program needs of picolibc and of gcc's own library; with
`--thorough` every member of both goes through, and all are linked at once as well.
"""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest
from corpus import toolchain

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.formats import FORMATS
from asm_rv32.formats.archive import members
from asm_rv32.formats.elf_reader import SHN_UNDEF, STB_LOCAL, read
from asm_rv32.importing.gnu import Options
from asm_rv32.importing.objects import import_object

pytestmark = pytest.mark.heavy
PROGRAM = Path(__file__).parent / "library_program.c"
MACHINE = (f"{toolchain.GNU}gcc", "-march=rv32imac", "-mabi=ilp32")
LAYOUT = """\
SECTIONS {
    . = 0x10000;
    .text : { *(.text .text.*) *(.rodata .rodata.* .srodata .srodata.*) }
    . = ALIGN(0x1000);
    .tdata : { tdata_start = .; *(.tdata .tdata.*) tdata_end = .; }
    .tbss : { *(.tbss .tbss.*) }
    .data : { *(.data .data.*) __global_pointer$ = . + 0x800; *(.sdata .sdata.*) }
    .bss : { *(.sbss .sbss.* .bss .bss.* COMMON) . = ALIGN(16); thread = .; . += 0x1000;
        __heap_start = .; . += 0x10000; __heap_end = .; }
}
ENTRY(_start)
"""
WITHIN_BLOCKS = {"signgam", "_w", "_y", "_z"}
"""Symbols of picolibc that are labels within a block of data here, which a linker does not see."""


def link(folder: Path, out: str, *what: str) -> None:
    (folder / "layout.ld").write_text(LAYOUT)
    toolchain.run(
        *MACHINE, "-nostdlib", "-static", "-T", "layout.ld", "main.o", *what, "-o", out,
        folder=folder,
    )  # fmt: skip


def printed(folder: Path, name: str) -> str:
    qemu = toolchain.find("qemu-riscv32")
    done = subprocess.run([qemu, name], cwd=folder, capture_output=True, check=True, timeout=60)
    return done.stdout.decode()


def needed(map_: str) -> set[str]:
    """The members that a linker's map says are linked."""
    head = map_.partition("Archive member included")[2].partition("\n\n\n")[0]
    return set(re.findall(r"^\S*\.a\(([^)]*)\)", head, re.MULTILINE))


def rebuilt(archive: Path, folder: Path, only: set[str] | None) -> tuple[Path, int]:
    """The archive with each member imported and assembled again; and how many these are."""
    made, count = folder / f"ours_{archive.name}", 0
    objects = folder / archive.stem
    objects.mkdir()
    for number, member in enumerate(members(archive.read_bytes())):
        if only is not None and member.name not in only:
            continue
        text = import_object(member.name, member.data, Options()).text
        module = assemble(text, path=f"{member.name}.py")
        path = objects / f"{number}_{member.name}"
        path.write_bytes(FORMATS[".o"].write(module, function_sections=True))
        assert public(member.data) - WITHIN_BLOCKS == public(path.read_bytes()), member.name
        count += 1
    names = [str(path) for path in sorted(objects.iterdir())]
    toolchain.run(f"{toolchain.GNU}ar", "rcs", made.name, *names, folder=folder)
    return made, count


def public(data: bytes) -> set[str]:
    """The symbols that an object gives to others."""
    return {
        symbol.name
        for symbol in read(data).symbols
        if symbol.binding != STB_LOCAL and symbol.section != SHN_UNDEF
    }


def test_a_program_prints_the_same_with_the_library_that_went_through(
    request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    everything = request.config.getoption("--thorough")
    libraries = [toolchain.picolibc("rv32imac"), toolchain.libgcc()]
    include = libraries[0].parents[3] / "include"
    options = ("-O2", "-isystem", str(include), "-c", str(PROGRAM), "-o", "main.o")
    toolchain.run(*MACHINE, *options, folder=tmp_path)
    group = ("-Wl,--start-group", *map(str, libraries), "-Wl,--end-group", "-Wl,-Map=map")
    link(tmp_path, "theirs", *group)
    wanted = printed(tmp_path, "theirs")
    assert len(wanted.splitlines()) > 200

    only = None if everything else needed((tmp_path / "map").read_text())
    ours = [rebuilt(library, tmp_path, only) for library in libraries]
    paths = [str(path) for path, _ in ours]
    link(tmp_path, "ours", "-Wl,--start-group", *paths, "-Wl,--end-group")
    assert printed(tmp_path, "ours") == wanted
    if everything:
        whole = ("-Wl,--whole-archive", *paths, "-Wl,--unresolved-symbols=ignore-all")
        link(tmp_path, "whole", *whole)
        assert printed(tmp_path, "whole") == wanted
    counts = [count for _, count in ours]
    with capsys.disabled():
        print(f"\nmembers that went through: {counts[0]} of picolibc, {counts[1]} of libgcc")
    assert sum(counts) > 180
