"""The functions of examples/pins, through `report --waveform`: an independent reader of the file,
and a decoder of each protocol that gets the data back from the levels and their times alone."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from vcdvcd import VCDVCD

from asm_rv32.commands.cli import main

EXAMPLES = Path(__file__).parents[2] / "examples" / "pins"
Levels = list[tuple[float, int]]
"""Nanosecond, and the level from then on."""
Report = Callable[..., dict[str, Levels]]


@pytest.fixture
def pins(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Report:
    """Pin → its levels, after a call."""

    def report(name: str, call: str, device: str, core: str, clock: int) -> dict[str, Levels]:
        out = tmp_path / "out.vcd"
        arguments = ["report", str(EXAMPLES / name), call, "--device", device, "--core", core]
        assert main([*arguments, "--clock", str(clock), "--waveform", str(out)]) == 0
        capsys.readouterr()
        found = VCDVCD(str(out))
        scale = float(found.timescale["timescale"]) * 1e9
        return {
            signal.rpartition(".")[2]: [
                (time * scale, int(level)) for time, level in found[signal].tv
            ]
            for signal in found.signals
        }

    return report


def level_at(levels: Levels, time: float) -> int:
    return next(level for since, level in reversed(levels) if since <= time)


def pulses(levels: Levels) -> list[tuple[float, float, float]]:
    """When each goes up, how long it is high, and how long low until the next."""
    ups = [time for (_, before), (time, level) in pairwise(levels) if level and not before]
    downs = [time for (_, before), (time, level) in pairwise(levels) if before and not level]
    lows = [after - down for down, after in zip(downs, ups[1:])] + [float("inf")]
    return [(up, down - up, low) for up, down, low in zip(ups, downs, lows)]


def literal(data: bytes) -> str:
    return f"{data!r}, {len(data)}"


# ---- WS2812

TOLERANCE = 150
HIGH, LOW = {0: 400, 1: 800}, {0: 850, 1: 450}
"""WS2812B datasheet, data transfer time: T0H and T1H, T0L and T1L, to 150 ns."""
BOARDS = [
    ("ws2812_esp32c3(0x60004000, 32", "gpio@esp32c3", "esp32c3", 160_000_000, "GPIO5"),
    ("ws2812_rp2350(0xd0000000, 32", "gpio@rp2350", "hazard3", 150_000_000, "GPIO5"),
]  # fmt: skip


def led_bits(levels: Levels) -> tuple[list[int], list[str]]:
    """The bits, and what is out of the tolerances, by the number of the bit."""
    bits, wrong = [], []
    for number, (_, high, low) in enumerate(pulses(levels)):
        bit = int(high > 600)
        bits.append(bit)
        if abs(high - HIGH[bit]) > TOLERANCE:
            wrong.append(f"bit {number}: {high:.1f} ns high, {HIGH[bit]} for {bit}")
        if low != float("inf") and abs(low - LOW[bit]) > TOLERANCE:
            wrong.append(f"bit {number}: {low:.1f} ns low, {LOW[bit]} behind {bit}")
    return bits, wrong


def bits_to_bytes(bits: Sequence[int]) -> bytes:
    assert len(bits) % 8 == 0
    return bytes(
        int("".join(map(str, bits[at : at + 8])), 2) for at in range(0, len(bits), 8)
    )  # fmt: skip


@pytest.mark.parametrize(("call", "device", "core", "clock", "pin"), BOARDS)
def test_a_light_strip_gets_its_colours(
    call: str, device: str, core: str, clock: int, pin: str, pins: Report
) -> None:
    data = Random(core).randbytes(12) + b"\x00\xff\xaa"
    found = pins("ws2812.py", f"{call}, {literal(data)})", device, core, clock)
    assert set(found) == {pin}
    bits, wrong = led_bits(found[pin])
    assert bits_to_bytes(bits) == data
    assert not wrong


def test_a_strip_at_another_clock_is_told_which_bit_is_out(pins: Report) -> None:
    call, device, core, _, pin = BOARDS[0]
    found = pins("ws2812.py", f"{call}, {literal(b'@')})", device, core, 110_000_000)
    _, wrong = led_bits(found[pin])
    assert wrong[:2] == [
        "bit 0: 1090.9 ns low, 850 behind 0", "bit 1: 1090.9 ns high, 800 for 1",
    ]  # fmt: skip


def test_a_run_says_which_bit_is_out(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The last of a byte, behind which the loop takes longer."""
    text, path = (EXAMPLES / "ws2812.py").read_text(), tmp_path / "slow.py"
    path.write_text(text.replace("15, 15, 13", "15, 15, 22"))
    call = f"ws2812_esp32c3(0x60004000, 32, {literal(bytes([15, 240]))})"
    assert main(["report", str(path), call, "--device", "gpio@esp32c3"]) == 1
    assert "1000 ns (160 cycles); esp32c3 took 161 cycles in pass 8" in capsys.readouterr().err


# ---- SPI, I2C, a serial line, infrared


def test_spi_in_mode_0(pins: Report) -> None:
    data = Random("spi").randbytes(9)
    found = pins(
        "spi.py", f"spi_write({literal(data)})", "gpio@esp32c3", "esp32c3", 160_000_000
    )  # fmt: skip
    ups = [up for up, _, _ in pulses(found["GPIO6"])]
    assert bits_to_bytes([level_at(found["GPIO7"], up) for up in ups]) == data
    # Data stands a while before and behind the edge at which it is taken.
    changes = [time for time, _ in found["GPIO7"][1:]]
    assert min(abs(up - change) for up in ups for change in changes) >= 15


def test_i2c(tmp_path: Path) -> None:
    from asm_rv32.devices import Gpio, devices
    from asm_rv32.devices.waveform import vcd, wave_of

    data = b"\x78\x00\xa5\xff"
    namespace: dict[str, object] = {}
    source = EXAMPLES / "i2c.py"
    exec(compile(source.read_text(), str(source), "exec"), namespace)
    write = namespace["i2c_write"]
    gpio = Gpio("esp32c3", pull_ups=[8, 9], inputs={8: 1})
    with devices(gpio, core="esp32c3") as log:
        assert write(data, len(data)) == len(data)  # type: ignore[operator]  # nobody is there
    out = tmp_path / "i2c.vcd"
    out.write_text(vcd(wave_of(log, "esp32c3", 160_000_000)))
    found = VCDVCD(str(out))
    line = {name.rpartition(".")[2]: [(t / 1000, int(v)) for t, v in found[name].tv]
            for name in found.signals}  # fmt: skip
    clock, wire = line["GPIO9"], line["GPIO8"]
    steady = [(time, level) for time, level in wire[1:] if level_at(clock, time)]
    assert [level for _, level in steady] == [0, 1]  # a start and a stop, and no change else
    ups = [up for up, _, _ in pulses(clock) if steady[0][0] < up < steady[1][0]]
    bits = [level_at(wire, up) for up in ups][: 9 * len(data)]
    sent = [bit for at, bit in enumerate(bits) if at % 9 != 8]
    assert bits_to_bytes(sent) == data
    periods = [later - up for up, later in pairwise(ups)]
    assert 400_000 / 1.2 <= 1e9 / min(periods) <= 400_000
    gpio = Gpio("esp32c3", pull_ups=[8, 9], inputs={8: 0})
    with devices(gpio, core="esp32c3"):
        assert write(data, len(data)) == 0  # type: ignore[operator]


def test_a_serial_line(pins: Report) -> None:
    data = Random("uart").randbytes(7) + b"U"
    found = pins(
        "uart.py", f"uart_write({literal(data)})", "gpio@rp2350", "hazard3", 150_000_000
    )["GPIO0"]  # fmt: skip
    width = 1e9 / 115_200
    # From an idle line on each byte is found by the edge of its start bit.
    time, received = found[1][0], bytearray()
    while (start := next((at for at, level in found if at > time and not level), None)) is not None:
        bits = [level_at(found, start + (number + 0.5) * width) for number in range(10)]
        assert (bits[0], bits[9]) == (0, 1)
        received.append(int("".join(map(str, bits[8:0:-1])), 2))
        time = start + 9.5 * width
    assert received == data
    shortest = min(later - at for (at, _), (later, _) in pairwise(found[2:]))
    assert abs(shortest - width) < 0.01 * width


def test_an_infrared_remote_control(pins: Report) -> None:
    found = pins(
        "infrared.py", "nec(0x59, 0x16)", "gpio@ch32v003-gpioc", "ch32v003", 24_000_000
    )["PC4"]  # fmt: skip
    periods = pulses(found)
    carrier = [high + low for _, high, low in periods if high + low < 50_000]
    assert all(abs(1e9 / each - 38_000) < 400 for each in carrier)
    marks: list[list[float]] = []  # where each begins, and where it ends
    for up, high, _ in periods:
        if not marks or up - marks[-1][1] > 50_000:
            marks.append([up, up])
        marks[-1][1] = up + high
    lengths = [end - start for start, end in marks]
    spaces = [later[0] - mark[1] for mark, later in pairwise(marks)]
    assert abs(lengths[0] / 9e6 - 1) < 0.05 and abs(spaces[0] / 4.5e6 - 1) < 0.05
    assert all(abs(each / 562_500 - 1) < 0.1 for each in lengths[1:]) and len(lengths) == 34
    word = sum(int(space > 1_100_000) << at for at, space in enumerate(spaces[1:]))
    assert word.to_bytes(4, "little") == bytes([0x59, 0x59 ^ 255, 0x16, 0x16 ^ 255])
