"""`--device`, `--log`, `--waveform`, `--pin`, `--clock`: what they show, and what they refuse."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import vcdvcd
from corpus.shell import Done, Shell

from asm_rv32.commands.cli import main

SCHEMA = json.loads((Path(__file__).parents[2] / "docs" / "report.schema.json").read_text())
SOURCE = """\
@asm_rv32
def blink(n):
    lui(t0, 0x60004)
    li(t1, 2)
    label(loop)
    sw(t1, 8(t0))
    sw(t1, 12(t0))
    addi(n, n, -1)
    bnez(n, loop)

@asm_rv32
def wait(address):
    label(loop)
    lbu(t1, 0(address))
    beqz(t1, loop)
    mv(a0, t1)
"""
BLINK = ("blink.py", "blink(2)", "--device", "gpio@0x60004000")


class Here(Shell):
    """Runs commands in this process."""

    def __init__(self, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
        super().__init__(folder)
        self._capsys = capsys

    def __call__(self, *arguments: str, given: str | None = None, **environment: str) -> Done:
        status = main(list(arguments))
        said = self._capsys.readouterr()
        return Done(arguments, status, said.out, said.err)


@pytest.fixture
def shell(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> Shell:
    monkeypatch.chdir(tmp_path)
    made = Here(tmp_path, capsys)
    made.write("blink.py", SOURCE)
    return made


def test_the_log(shell: Shell) -> None:
    done = shell("run", *BLINK, "--log", "--core", "ibex-small")
    assert done.stdout.splitlines() == [
        "0",
        "       cycle  line  access   address     value       register",
        "           2     6  store32  0x60004008  0x00000002  GPIO.OUT_W1TS",
        "           4     7  store32  0x6000400c  0x00000002  GPIO.OUT_W1TC",
        "          11     6  store32  0x60004008  0x00000002  GPIO.OUT_W1TS",
        "          13     7  store32  0x6000400c  0x00000002  GPIO.OUT_W1TC",
    ]
    done = shell("run", *BLINK, "--log")
    assert done.stdout.splitlines()[1].split()[0] == "instructions"
    assert not shell("run", *BLINK).stdout.splitlines()[1:]


def test_a_board_is_enough(shell: Shell) -> None:
    done = shell("run", "blink.py", "blink(1)", "--board", "esp32c3", "--device", "gpio", "--log")
    assert done.stdout.splitlines()[1:] == [
        "       cycle           ns  line  access   address     value       register",
        "           2         12.5     6  store32  0x60004008  0x00000002  GPIO.OUT_W1TS",
        "           3         18.8     7  store32  0x6000400c  0x00000002  GPIO.OUT_W1TC",
    ]
    board = ("--board", "esp32c3", "--device", "gpio")
    asked = shell("report", "blink.py", "blink(1)", *board, "-f", "json")
    [wave] = json.loads(asked.stdout)["calls"][0]["waveforms"]
    assert (wave["core"], wave["clock"]) == ("esp32c3", 160_000_000)
    asked = shell("report", "blink.py", "blink(1)", *board, "--clock", "80000000", "-f", "json")
    assert json.loads(asked.stdout)["calls"][0]["waveforms"][0]["clock"] == 80_000_000
    script = "from machine import freq, mem32\nprint(freq())\nmem32[0x60004008] = 1\n"
    shell.write("main.py", script)
    done = shell("exec", *board, "--log", "main.py")
    assert done.stdout.splitlines()[0] == "160000000"
    assert done.stdout.splitlines()[-1].endswith("GPIO.OUT_W1TS")


def test_the_log_is_shown_of_a_run_that_fails(shell: Shell) -> None:
    device = ("--device", "scripted@0x5000+8:4=0/0/0")
    done = shell("run", "blink.py", "wait(0x5004)", *device, "--log")
    assert done.returncode == 1 and "error[endless-poll]" in done.stderr
    assert len(done.stdout.splitlines()) == 1 + 3
    device = ("--device", "scripted@0x5000+8:4=0/0/7")
    assert shell("run", "blink.py", "wait(0x5004)", *device).stdout == "7\n"


def test_a_missing_device_is_named(shell: Shell) -> None:
    done = shell("run", "blink.py", "blink(2)")
    assert done.returncode == 1
    assert "or add --device gpio@esp32c3" in done.stderr


def test_pins_that_are_driven_from_outside(shell: Shell) -> None:
    """On the board of the decorator, whose ISA is meant, too; the waveform shows them."""
    shell.write(
        "edges.py",
        """\
@asm_rv32(board="rp2350")
def edges(pin, count):
    li(t0, 0xd0000000)
    li(a2, 0)
    label(again)
    lw(t1, 4(t0))
    bext(t1, t1, pin)
    beq(t1, a2, again)
    mv(a2, t1)
    addi(count, count, -1)
    bnez(count, again)
    lw(a0, 4(t0))
""",
    )
    device = ("--device", "gpio:3=0/1@100/0@0x100/1@900,4=1")
    assert shell("run", "edges.py", "edges(3, 3)", *device).stdout == "24\n"
    told = shell("run", "edges.py", "edges(3, 4)", *device)
    assert "endless-poll" in told.stderr and "gpio@BLOCK:PIN=0/1@CYCLE" in told.stderr
    shell("report", "edges.py", "edges(3, 3)", *device, "--waveform", "edges.vcd")
    assert vcdvcd.VCDVCD("edges.vcd")["pins.GPIO3"].tv == [
        (0, "0"), *((round(cycle * 1e6 / 150), level) for cycle, level in
                    [(100, "1"), (256, "0"), (900, "1")]),
    ]  # fmt: skip


def test_a_report_with_pins(shell: Shell) -> None:
    cores = ("--core", "ibex-small", "--core", "picorv32")
    done = shell("report", *BLINK, *cores, "-f", "json", "--pin", "1", "--pin", "GPIO2")
    found = json.loads(done.stdout)
    jsonschema.validate(found, SCHEMA)
    first, second = found["calls"][0]["waveforms"]
    assert first["pins"] == [
        {"name": "GPIO1", "start": 0, "edges": [[2, 1], [4, 0], [11, 1], [13, 0]]},
        {"name": "GPIO2", "start": 0, "edges": []},
    ]
    assert first["core"] == "ibex-small" and second["cycles"] > first["cycles"]
    cold = found["calls"][0]["variants"][0]["costs"][0]["cold"]
    assert first["cycles"] == cold


def test_a_waveform_is_the_same_with_other_output(shell: Shell, tmp_path: Path) -> None:
    asked = ("report", *BLINK, "--core", "ibex-small", "--waveform", "out.vcd")
    shell(*asked, "--clock", "1000000000")
    timed = (tmp_path / "out.vcd").read_text()
    assert "$timescale 1 ps $end" in timed and "\n#11000\n1!\n" in timed
    shell(*asked)
    assert "$timescale 1 ns $end" in (tmp_path / "out.vcd").read_text()
    assert "\n#11\n1!\n" in (tmp_path / "out.vcd").read_text()


OTHERS = """
@asm_rv32
def blink_slowly(n):
    lui(t0, 0x60004)
    li(t1, 2)
    label(loop)
    sw(t1, 8(t0))
    nop()
    sw(t1, 12(t0))
    addi(n, n, -1)
    bnez(n, loop)

@asm_rv32
def blink_another(n):
    lui(t0, 0x60004)
    li(t1, 2)
    label(loop)
    sw(t1, 8(t0))
    sh(t1, 12(t0))
    addi(n, n, -1)
    bnez(n, loop)
"""


def test_alternatives_do_the_same_to_devices(shell: Shell) -> None:
    shell.write("blink.py", SOURCE + OTHERS)
    assert shell("report", *BLINK, "--against", "blink_slowly").returncode == 0
    done = shell("report", *BLINK, "--against", "blink_another")
    assert done.returncode == 1
    assert (
        "blink_another stores 0x2 in 2 bytes at 0x6000400c as the store number 2 to a device, "
        "blink stores 0x2 in 4 bytes"
    ) in done.stderr


CONTRACT = """
@asm_rv32
def f(a):
    within(up, down, at_most=1)
    label(up)
    addi(a, a, 1)
    addi(a, a, 1)
    label(down)
    addi(a, a, 1)
"""


def test_what_a_contract_forbids_is_not_written(shell: Shell) -> None:
    shell.write("f.py", CONTRACT)
    assert shell("compile", "f.py", "-o", "f.bin").returncode == 0  # on no core
    assert not shell("lint", "f.py").stdout
    shell.write("pyproject.toml", '[tool.asm_rv32]\ncore = "hazard3"\n')
    done = shell("compile", "f.py", "-o", "g.bin")
    assert done.returncode == 1 and "error[timing-contract]" in done.stderr
    assert "hazard3 takes 3 cycles" in done.stderr
    assert "g.bin" not in shell.names() and "f.bin" in shell.names()
    shell.write("f.py", CONTRACT.replace("=1", "=3"))
    assert shell("compile", "f.py", "-o", "g.bin").returncode == 0
    assert shell("report", "f.py", "f(1)", "--core", "hazard3").returncode == 0
    shell.write("f.py", CONTRACT.replace("=1", "=1, measured=True"))
    assert shell("compile", "f.py", "-o", "g.bin").returncode == 0
    done = shell("report", "f.py", "f(1)")
    assert done.returncode == 1 and "hazard3 took 3 cycles" in done.stderr


REFUSED = [
    ("run blink.py blink(1) --log", "name one with --device"),
    ("run blink.py blink(1) --device gpio@z80", "esp32c3 (0x60004000)"),
    ("run blink.py blink(1) --device pins", "write gpio@BLOCK"),
    ("run blink.py blink(1) --device ram@0+8 --device ram@4+8", "overlap"),
    ("report blink.py blink(1) --waveform x.vcd", "pins need a device"),
    ("report blink.py blink(1) --pin 2", "pins need a device"),
    ("report blink.py blink(1) --device gpio@esp32c3 --pin 99", "no device has a pin '99'"),
    ("report blink.py blink(1) --device gpio@esp32c3 --clock 0", "--clock takes 1"),
    ("report blink.py blink(1) blink(2) --device gpio@esp32c3 --waveform x.vcd", "one call"),
]  # fmt: skip


@pytest.mark.parametrize(("words", "message"), REFUSED)
def test_what_cannot_be_is_refused(words: str, message: str, shell: Shell) -> None:
    done = shell(*words.split())
    assert done.returncode == 2 and not done.stdout
    assert message in done.stderr
