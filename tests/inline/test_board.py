"""What scripts find of a board: memory, pins and structures, on the devices that calls find."""

from __future__ import annotations

from pathlib import Path

from corpus.shell import Shell

HEAD = """
import machine, uctypes, utime, time
from machine import Pin, mem8, mem16, mem32

@micropython.asm_rv32
def load(a0):
    lw(a0, 0(a0))

def refused(kind, call):
    try:
        call()
    except kind as error:
        print(error)
"""
GPIO = 0x60004000


def script(text: str, tmp_path: Path, *options: str) -> list[str]:
    """What a script prints, in a process of its own as a user's."""
    shell = Shell(tmp_path)
    shell.write("main.py", HEAD + text)
    done = shell("exec", *options, "main.py")
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


def test_memory_is_that_of_the_devices(tmp_path: Path) -> None:
    text = """
mem32[0x50000000] = 0x12345678
mem8[0x50000001] = -1
mem16[0x50000006] = 0xABCD
print(hex(mem32[0x50000000]), hex(mem16[0x50000004 + 2]), load(0x50000000) == 0x1234FF78)
refused(ValueError, lambda: mem32[0x50000002])
refused(ValueError, lambda: mem32[0x50000008])
"""
    assert script(text, tmp_path, "--device", "ram@0x50000000+8") == [
        "0x1234ff78 0xabcd True",
        "address 50000002 is not aligned to 4 bytes",
        "there is no device at 0x50000008; name one with --device, or make the access within "
        "`with devices(...)`",
    ]


def test_pins_are_those_of_the_gpio(tmp_path: Path) -> None:
    text = f"""
led = Pin(5, Pin.OUT, value=1)
print(led.value(), hex(load({GPIO + 4})), hex(load({GPIO + 0x20})))
led.toggle()
print(led(), load({GPIO + 0x3C}))
line = Pin(8, Pin.OPEN_DRAIN, value=1)
print(line.value(), Pin(9, Pin.IN, Pin.PULL_UP).value(), Pin(10, Pin.IN).value())
refused(ValueError, lambda: Pin(22, Pin.IN))
refused(AttributeError, lambda: led.irq)
"""
    assert script(text, tmp_path, "--device", "gpio@esp32c3") == [
        "1 0x20 0x20", "0 0", "1 1 0", "GPIO of the ESP32-C3 has pins 0 to 21, got 22",
        "'Pin' has no 'irq' on a PC; it has init, value, on, off, toggle",
    ]  # fmt: skip


def test_what_needs_no_device(tmp_path: Path) -> None:
    text = """
state = machine.disable_irq()
machine.enable_irq(state)
machine.freq(80_000_000)
print(state, machine.freq(), utime.ticks_diff(utime.ticks_ms(), time.ticks_ms()) <= 0)
pin = Pin(3, Pin.OUT)
pin.on()
print(pin.value())
refused(AttributeError, lambda: machine.SPI)
refused(NotImplementedError, lambda: uctypes.struct(0, {"a": (0, 4)}))
"""
    assert script(text, tmp_path) == [
        "1 80000000 True", "1",
        "module 'machine' has no 'SPI' on a PC; it has Pin, disable_irq, enable_irq, freq, mem16, "
        "mem32, mem8",
        "uctypes.struct has no 'a': arrays, pointers and structures on a PC; it has numbers",
    ]  # fmt: skip


def test_structures_have_numbers_and_bit_fields(tmp_path: Path) -> None:
    text = """
at = uctypes.struct(0x50000000, {
    "word": uctypes.UINT32 | 0, "low": uctypes.INT8 | 1,
    "bits": uctypes.BFUINT32 | 0 | 4 << uctypes.BF_POS | 8 << uctypes.BF_LEN,
    "sign": uctypes.BFINT16 | 2 | 12 << uctypes.BF_POS | 4 << uctypes.BF_LEN,
})
at.word = 0x80FEDCBA
print(at.low, hex(at.bits), at.sign)
at.bits, at.sign = 0x55, 7
print(hex(at.word))
refused(AttributeError, lambda: at.high)
"""
    assert script(text, tmp_path, "--device", "ram@0x50000000+4") == [
        "-36 0xcb -8", "0x70fed55a", "there is no field 'high'; there are word, low, bits, sign",
    ]  # fmt: skip
