"""Devices in calls: what they are asked, when, and what a loop that waits for them in vain is."""

# The bodies are assembler, in which names are registers and mnemonics.
# ruff: noqa: F821

from __future__ import annotations

import random
from array import array

import pytest

from asm_rv32 import AsmFunction, ExecutionError, asm_rv32
from asm_rv32.boards import ROLES, board_names, load_board
from asm_rv32.devices import (
    Device,
    Gpio,
    Ram,
    Recorder,
    Scripted,
    Timer,
    Uart,
    devices,
)  # fmt: skip
from asm_rv32.devices.blocks import blocks
from asm_rv32.devices.log import log_lines
from asm_rv32.devices.notation import device_of
from asm_rv32.devices.waveform import wave_of

BASE = 0x60004000


@asm_rv32
def blink(count):
    lui(t0, 0x60004)
    li(t1, 1)
    label(loop)
    sw(t1, 8(t0))
    sw(t1, 12(t0))
    addi(count, count, -1)
    bnez(count, loop)


@asm_rv32
def wait(mask):
    lui(t0, 0x60004)
    label(loop)
    lw(t1, 0x3C(t0))
    and_(t1, t1, mask)
    beqz(t1, loop)
    mv(a0, t1)


@asm_rv32
def store(address, value, size):
    li(t0, 2)
    beq(size, t0, half)
    bltu(size, t0, byte)
    sw(value, 0(address))
    ret()
    label(half)
    sh(value, 0(address))
    ret()
    label(byte)
    sb(value, 0(address))


@asm_rv32
def load(address, size) -> uint:
    li(t0, 2)
    beq(size, t0, half)
    bltu(size, t0, byte)
    lw(a0, 0(address))
    ret()
    label(half)
    lhu(a0, 0(address))
    ret()
    label(byte)
    lbu(a0, 0(address))


@asm_rv32
def copy(source, target, words):
    label(loop)
    lw(t0, 0(source))
    sw(t0, 0(target))
    addi(source, source, 4)
    addi(target, target, 4)
    addi(words, words, -1)
    bnez(words, loop)


def line(function: AsmFunction, text: str) -> int:
    """The line of a function's source in which a text stands."""
    lines = function.image.source.text.splitlines()
    return next(at for at, each in enumerate(lines, 1) if text in each)


def test_the_log_has_every_access_in_order() -> None:
    with devices(Recorder(BASE, 0x1000), core="ibex-small") as log:
        blink(2)
    first, second = line(blink, "sw(t1, 8(t0))"), line(blink, "sw(t1, 12(t0))")
    # lui and li take a cycle each, a store two, the taken branch three, and one more as it goes to
    # an instruction that lies across two words.
    assert log.accesses == [
        (2, first, "store", BASE + 8, 4, 1),
        (4, second, "store", BASE + 12, 4, 1),
        (11, first, "store", BASE + 8, 4, 1),
        (13, second, "store", BASE + 12, 4, 1),
    ]


@pytest.mark.parametrize("core", ["picorv32", "ibex-small", "cv32e40p", "hazard3", "esp32c3"])
def test_time_is_that_of_the_price_and_goes_on(core: str) -> None:
    # On unicorn, from memory to memory; here, from device to device.
    words = bytearray(48)
    found = copy.cycles(words, bytearray(48), 12, core=core)
    with devices(Ram(BASE, 48), Ram(BASE + 0x100, 48), core=core) as log:
        priced = copy.cycles(BASE, BASE + 0x100, 12)
        assert priced._replace(result=None) == found._replace(result=None)
        assert not log.accesses and not log.time
        copy(BASE, BASE + 0x100, 12)
        # What an empty pipeline waits for is charged to the jump before it, if there is any.
        assert abs(log.time - found.cold) <= 2
        before, half = log.time, len(log.accesses)
        copy(BASE, BASE + 0x100, 12)
        assert abs(log.time - before - found.warm) <= 2
    assert log.accesses[half].cycle > log.accesses[half - 1].cycle


def test_without_a_core_a_cycle_is_an_instruction() -> None:
    with devices(Recorder(BASE, 0x1000)) as log:
        blink(1)
    assert [access.cycle for access in log.accesses] == [2, 3]
    assert log.time == 7


def test_the_core_of_a_decorator_counts() -> None:
    function = asm_rv32(core="picorv32")(blink.__wrapped__)
    times = []
    for chosen in (None, "picorv32", "hazard3"):
        with devices(Recorder(BASE, 0x1000), core=chosen) as log:
            function(3)
        times.append(log.time)
    assert times[0] == times[1] != times[2]


def test_scripts_are_lists_or_functions_of_the_cycle() -> None:
    with devices(Scripted(BASE, 0x1000, {0x3C: [0, 4, 0, 8]}), core="hazard3") as log:
        assert wait(4) == 4
        assert wait(8) == 8
        assert [access.value for access in log.accesses] == [0, 4, 0, 8]
    with devices(
        Scripted(BASE, 0x1000, {0x3C: lambda cycle: cycle // 100}), core="cv32e40p"
    ) as log:
        assert wait(2) == 2
        assert log.accesses[-1].cycle >= 200 > log.accesses[-2].cycle


def test_a_device_of_ones_own() -> None:
    class Counter(Device):
        seen: list[tuple[int, int, int, int]]

        def read(self, offset: int, size: int) -> int:
            return -1

        def write(self, offset: int, size: int, value: int) -> None:
            self.seen.append((self.now, offset, size, value))

    counter = Counter(BASE, 8)
    counter.seen = []
    with devices(counter) as log:
        for size in (1, 2, 4):
            assert load(BASE + 4, size) == (1 << 8 * size) - 1
            store(BASE + 4, -2, size)
    assert [(each[1:]) for each in counter.seen] == [
        (4, 1, 0xFE),
        (4, 2, 0xFFFE),
        (4, 4, 0xFFFFFFFE),
    ]
    assert [each[0] for each in counter.seen] == [access.cycle for access in log.accesses[1::2]]


@pytest.mark.parametrize("seed", range(3))
def test_a_random_mix_is_as_in_memory(seed: int) -> None:
    choose = random.Random(seed)
    content = choose.randbytes(64)
    expected = bytearray(content)
    ram = Ram(0x50000000, 64, content)
    with devices(ram):
        for _ in range(40):
            size = choose.choice((1, 2, 4))
            at = choose.randrange(64 // size) * size
            if choose.random() < 0.5:
                value = choose.getrandbits(32)
                store(ram.base + at, value, size)
                expected[at : at + size] = value.to_bytes(4, "little")[:size]
            else:
                found = load(ram.base + at, size)
                assert found == int.from_bytes(expected[at : at + size], "little")
    assert ram.content == expected


@pytest.mark.parametrize("base", [0x0, 0x10000000, 0x20000000, 0x30000000, 0x40000000, 0x78000000])
def test_memory_of_calls_gets_out_of_the_way(base: int) -> None:
    data = bytearray(b"from the caller!")
    with devices(Ram(base, 16), Ram(0xF0000000, 16)) as log:
        copy(data, base, 4)
        copy(base, 0xF0000000, 4)
        copy(0xF0000000, data, 1)
    assert log.devices[0].content == log.devices[1].content == data  # type: ignore[attr-defined]


def test_devices_that_cannot_be() -> None:
    with pytest.raises(ValueError, match="overlap"), devices(Ram(0, 8), Recorder(7, 1)):
        pass
    with pytest.raises(ValueError, match="no core 'z80'"), devices(core="z80"):
        pass
    with pytest.raises(ValueError, match="not within the 32 bits"):
        Ram(0xFFFFFFFF, 2)
    with pytest.raises(ValueError, match="leave no room"), devices(Recorder(0, 1 << 32)):
        blink(1)


@asm_rv32
def timed(address):
    csrr(t0, mcycle)
    csrr(t1, minstret)
    sw(t0, 0(address))
    nop()
    csrr(t2, mcycle)
    csrr(t3, minstret)
    sub(t2, t2, t0)
    sub(t3, t3, t1)
    sh(t2, 4(address))
    sh(t3, 6(address))


def test_counters_count_cycles_of_the_core() -> None:
    found = []
    for core in ("ibex-small", None):
        with devices(Ram(0x50000000, 8), core=core) as log:
            timed(0x50000000)
        first, cycles, instructions = (access.value for access in log.accesses)
        found.append((cycles, instructions))
        # The counter is read in the instruction two before the store's.
        assert log.accesses[0].cycle - first == 2
    assert found == [(5, 4), (4, 4)]  # a store takes two
    with devices(Ram(0x50000000, 8), core="hazard3") as log:
        timed(0x50000000)  # whose counters stand still until mcountinhibit lets them
    assert [access.value for access in log.accesses] == [0, 0, 0]


# ---- what stops a run


def fault(call: object, *values: int) -> ExecutionError:
    with pytest.raises(ExecutionError) as caught:
        call(*values)  # type: ignore[operator]
    return caught.value


@asm_rv32
def patient(pin, left) -> uint:
    label(again)
    lw(t1, 0x3C(pin))
    bnez(t1, out)
    lw(t2, 0(left))
    addi(t2, t2, -1)
    sw(t2, 0(left))
    beqz(t2, out)
    li(t2, 0)
    j(again)
    label(out)
    mv(a0, t1)


@asm_rv32
def counting(pin, left) -> uint:
    csrw(mscratch, left)
    label(again)
    lw(t1, 0x3C(pin))
    bnez(t1, out)
    csrr(t2, mscratch)
    addi(t2, t2, -1)
    csrw(mscratch, t2)
    beqz(t2, out)
    li(t2, 0)
    j(again)
    label(out)
    mv(a0, t1)


def test_a_loop_that_counts_outside_of_registers_ends() -> None:
    """In memory, or in a register of the hart: something changes, though no register does."""
    left = array("I", [50])
    with devices(Scripted(BASE, 0x1000, {0x3C: [0]}), core="ibex-small"):
        assert patient(BASE, left) == 0 and left[0] == 0
        assert counting(BASE, 50) == 0


def test_a_loop_that_nothing_can_end_is_told() -> None:
    for device in (Scripted(BASE, 0x1000, {0x3C: [1, 0]}), Recorder(BASE, 0x1000), Gpio("esp32c3")):
        with devices(device, core="ibex-small"):
            found = fault(wait, 2)
        assert found.code == "endless-poll" and found.line == line(wait, "lw(t1, 0x3C(t0))")


def test_what_may_still_change_is_waited_for() -> None:
    # By its edges, by a function, and by the loop's own count.
    for device in (
        Gpio("esp32c3", inputs={1: [(0, 0), (500, 1)]}),
        Gpio("esp32c3", inputs={1: lambda cycle: int(cycle > 700)}),
        Scripted(BASE, 0x1000, {0x3C: [0] * 50 + [2]}),
    ):
        with devices(device, core="ibex-small"):
            assert wait(2) == 2

    @asm_rv32
    def bounded(count):
        lui(t0, 0x60004)
        label(loop)
        lw(t1, 0(t0))
        bnez(t1, out)
        addi(count, count, -1)
        bnez(count, loop)
        label(out)

    @asm_rv32
    def kept(address, other):
        label(loop)
        lw(t1, 0(other))
        addi(t1, t1, -1)
        sw(t1, 0(other))
        lw(t1, 0(address))
        lw(t1, 0(other))
        bnez(t1, loop)

    with devices(Recorder(BASE, 0x1000)) as log:
        bounded(100)
        kept(BASE, bytearray(b"\x09\0\0\0"))
    assert len(log.accesses) == 109


def test_accesses_at_the_end_of_a_device_are_refused() -> None:
    with devices(Ram(0x50000000, 6)) as log:
        assert "across the end of device Ram" in str(fault(load, 0x50000004, 4))
        assert "2 bytes past the end of device Ram" in str(fault(load, 0x50000008, 4))
        assert fault(load, 0x50000002, 4).code == "misaligned-access"
    assert not log.accesses
    with devices(Ram(0x50000000, 8)):
        function = asm_rv32(misaligned=True)(load.__wrapped__)
        assert fault(function, 0x50000001, 2).code == "misaligned-access"


def test_a_missing_device_is_named() -> None:
    text = str(fault(blink, 1))
    assert "on the ESP32-C3 or the ESP32-C2 that is GPIO.OUT_W1TS" in text
    assert '`with devices(Gpio("esp32c3")):`, or add --device gpio@esp32c3' in text
    assert "help" not in str(fault(store, 0x50000000, 0, 4))


def test_a_register_that_is_not_kept_is_found_where_devices_answer() -> None:
    @asm_rv32
    def spoilt():
        lui(t0, 0x60004)
        lw(s1, 0(t0))
        beqz(s1, out)
        addi(s1, s1, 1)
        label(out)

    with devices(Scripted(BASE, 0x1000, {0: [5, 0]}), core="picorv32"):
        found = fault(spoilt)
    assert found.code == "saved-register" and found.line == line(spoilt, "addi(s1, s1, 1)")


def test_a_load_of_what_nothing_stored_goes_on_with_care() -> None:
    @asm_rv32
    def padded():
        addi(sp, sp, -16)
        sb(zero, 0(sp))
        lw(t1, 0(sp))
        andi(t1, t1, 0xFF)
        lui(t0, 0x60004)
        sw(t1, 4(t0))
        lw(a0, 0(t0))
        addi(sp, sp, 16)

    times = []
    for sanitize in (True, False):
        function = asm_rv32(sanitize=sanitize)(padded.__wrapped__)
        with devices(Scripted(BASE, 0x1000, {0: [7]}), core="picorv32") as log:
            assert function() == 7
        times.append((log.accesses, log.time))
    assert times[0] == times[1]


# ---- chips' blocks


def test_every_block_has_what_its_kind_needs() -> None:
    found = dict(blocks())
    assert len(found) == len([*blocks()]) > 50
    for name, block in found.items():
        assert device_of(f"{block.kind}@{name}").block == block  # type: ignore[attr-defined]
        roles = {role for register in block.registers for role in register.roles}
        assert roles and roles <= ROLES[block.kind]
        assert (block.pins > 0 and "{}" in block.pin) == (block.kind == "gpio")
    # A chip with pins can be given them.
    assert {
        name for name in board_names() if "gpio" in {b.kind for b in load_board(name).blocks}
    } == set(board_names()) - {"generic", "qemu-virt"}


STEPS = [
    ("esp32c3", 0x04, 0b1010, "out"), ("esp32c3", 0x08, 0b0101, "out"),
    ("esp32c3", 0x0C, 0b0011, "out"), ("esp32c3", 0x24, 1 << 9, "enable"),
    ("rp2350", 0x18, 1 << 25, "out"), ("rp2350", 0x28, 3 << 24, "out"),
    ("rp2350", 0x1C, 1 << 2, "out"), ("rp2350", 0x38, 1, "enable"),
    ("ch32v003-gpiod", 0x10, 1 << 4, "out"), ("ch32v003-gpiod", 0x10, 1 << 20 | 1, "out"),
    ("ch32v003-gpiod", 0x14, 1, "out"), ("ch32v003-gpiod", 0x0C, 0x1FF, "out"),
    ("esp32p4", 0x14, 1 << 3, "out"), ("esp32c6", 0x14, 1, "out"), ("esp32c5", 0x38, 2, "enable"),
    ("esp32s3-ulp", 0x04, 1 << 10, "out"), ("ch32x035", 0x10, 1 << 17 | 1 << 15, "out"),
    ("ch32x035", 0x20, 1 << 4, "out"), ("ch32x035", 0x20, 1 << 20, "out"),
    ("ch32v203-gpiob", 0x10, 1 << 15, "out"),
]  # fmt: skip
LATCHES = [
    0b1010, 0b1111, 0b1100, 1 << 9, 1 << 25, 1 << 24, 1 << 24 | 1 << 34, 1, 1 << 4, 1, 0, 0xFF,
    1 << 35, 0, 2, 1, 1 << 15, 1 << 20 | 1 << 15, 1 << 15, 1 << 15,
]  # fmt: skip


def test_registers_set_clear_and_toggle() -> None:
    pins = {name: Gpio(name) for name, *_ in STEPS}
    for (name, offset, value, latch), expected in zip(STEPS, LATCHES):
        device = pins[name]
        with devices(device):
            store(device.base + offset, value, 4)
        assert getattr(device, latch) == expected, (name, offset)


def test_edges_are_changes_of_level() -> None:
    pins = Gpio("esp32c3", pull_ups=[8])
    with devices(pins, core="ibex-small") as log:
        for offset, value in ((8, 2), (8, 2), (0x0C, 2), (0x24, 1 << 8), (0x28, 1 << 8)):
            store(BASE + offset, value, 4)
    assert [edge[1:] for edge in pins.edges] == [(1, 1), (1, 0), (8, 0), (8, 1)]
    cycles = [access.cycle for access in log.accesses]
    assert [edge.cycle for edge in pins.edges] == [cycles[0], *cycles[2:]]


def test_a_pulled_up_line_is_low_where_either_side_pulls() -> None:
    pins = Gpio("esp32c3", inputs={8: [(0, 1), (1000, 0)], 3: 1}, pull_ups=[8])
    with devices(pins) as log:
        assert load(BASE + 0x3C, 4) == 1 << 8 | 1 << 3
        store(BASE + 0x24, 1 << 8, 4)
        assert load(BASE + 0x3C, 4) == 1 << 3
        store(BASE + 0x28, 1 << 8, 4)
        log.time = 1000
        assert load(BASE + 0x3C, 4) == 1 << 3


@asm_rv32
def echo(data, status, count):
    label(loop)
    lbu(t0, 0(status))
    andi(t0, t0, 1)
    beqz(t0, loop)
    lbu(t1, 0(data))
    label(full)
    lbu(t0, 0(status))
    andi(t0, t0, 32)
    beqz(t0, full)
    sb(t1, 0(data))
    addi(count, count, -1)
    bnez(count, loop)


def test_a_serial_port_sends_and_receives() -> None:
    port = Uart("virt-uart", receives=b"hello", byte_cycles=87)
    with devices(port, core="ibex-small") as log:
        echo(port.base, port.base + 5, 5)
        assert port.sent == b"hello" and log.time > 4 * 87
        assert fault(echo, port.base, port.base + 5, 1).code == "endless-poll"


@pytest.mark.parametrize(
    "name", ["virt-mtime", "rp2350-timer0", "rp2350-mtimer", "ch32v003-systick"]
)
def test_timers_count_cycles(name: str) -> None:
    timer = Timer(name, cycles=4)
    low = next(r.at for r in timer.block.registers if "low" in r.roles)
    with devices(timer, core="picorv32") as log:
        for _ in range(5):
            assert load(timer.base + low, 4) == log.accesses[-1].cycle // 4
        store(timer.base + low, 1000, 4)
        assert load(timer.base + low, 4) - 1000 == (
            log.accesses[-1].cycle // 4 - log.accesses[-2].cycle // 4
        )


@pytest.mark.parametrize(
    "text",
    ["gpio@", "gpio@z80", "ram@0x1000", "ram@0+0", "recorder@1+2:0=1", "x@0+1", "scripted@0+8:1=2",
             "scripted@0+8:0=z", "timer@0x123", "gpio@esp32c3:4", "gpio@esp32c3:4=2",
             "gpio@esp32c3:4=0/1", "gpio@esp32c3:400=1", "gpio@esp32c3:4=0/1@9/0@9",
             "uart@esp32c3-uart0:4=1"],
)  # fmt: skip
def test_a_device_that_no_text_names_is_an_error(text: str) -> None:
    with pytest.raises(
        ValueError, match=r"write|known are|multiple|not within|is no (OFFSET|PIN)|has pins|order"
    ):
        device_of(text)


# ---- the board of a call


@asm_rv32
def counted():
    csrr(t0, 0x7E2)
    nop()
    csrr(a0, 0x7E2)
    sub(a0, a0, t0)


@asm_rv32
def shifted(words):
    li(t0, 7)
    sw(t0, 1(words))


@pytest.mark.parametrize("device", [Recorder(BASE, 0x1000), Gpio("esp32c3")])
def test_a_board_is_a_core_names_and_a_clock(device: Device) -> None:
    with devices(device, board="ESP32_GENERIC_C3") as log:
        blink(1)
    assert (log.board, log.cycles_of) == ("esp32c3", "esp32c3")
    times = [access.cycle * 6.25 for access in log.accesses]
    head, *lines = log_lines(log)
    assert head.split()[:2] == ["cycle", "ns"]
    found = [line.split() for line in lines]
    assert [float(each[1]) for each in found] == pytest.approx(times, abs=0.06)
    assert [each[-1] for each in found] == ["GPIO.OUT_W1TS", "GPIO.OUT_W1TC"]
    assert wave_of(log, "esp32c3", None).clock == 160_000_000
    assert wave_of(log, "esp32c3", 8).clock == 8
    assert wave_of(log, "hazard3", None).clock is None


def test_a_board_beside_a_core_has_no_time() -> None:
    with devices(Recorder(BASE, 0x1000), core="picorv32", board="esp32c3") as log:
        blink(1)
    assert log.cycles_of == "picorv32" and log.nanoseconds(1) is None
    assert "GPIO.OUT_W1TC" in [*log_lines(log)][-1]


def test_the_board_of_a_decorator_names_and_times() -> None:
    function = asm_rv32(board="esp32c3")(blink.__wrapped__)
    with devices(Recorder(BASE, 0x1000)) as log:
        assert log.nanoseconds(1) is None and log.register_name(BASE + 8) == "Recorder"
        function(1)
        assert log.nanoseconds(1) == 6.25 and log.register_name(BASE + 8) == "GPIO.OUT_W1TS"
    with devices(Recorder(BASE, 0x1000), board="rp2350") as log:
        function(1)
        assert log.cycles_of == "hazard3" and log.register_name(BASE + 8) == "Recorder"


def test_registers_of_a_call_are_those_of_its_board() -> None:
    with devices(board="esp32c3"):
        assert counted() == 2
    with devices(board="rp2350"):
        assert fault(counted).code == "illegal-instruction"
    for board, allowed in (("esp32c3", True), ("rp2350", False)):
        with devices(board=board):
            words = bytearray(8)
            if allowed:
                shifted(words)
                assert words == bytes([0, 7, 0, 0, 0, 0, 0, 0])
            else:
                assert fault(shifted, words).code == "misaligned-access"
    with pytest.raises(ValueError, match="there is no board 'z80'"), devices(board="z80"):
        pass


def test_a_wild_access_says_which_device_is_missing_on_the_board() -> None:
    notes = {}
    for board in ("esp32c5", "esp32c3", None):
        with devices(Ram(0x5000, 4), board=board):
            for address in (0x60091038, 0x60007010, 0x600B4404):
                notes[board, address] = fault(store, address, 1, 4).fault.notes
    [told] = notes["esp32c5", 0x60091038]
    assert told == (
        "help: on the ESP32-C5 that is GPIO.ENABLE_W1TS; call it within `with "
        'devices(Gpio("esp32c5")):`, or add --device gpio@esp32c5'
    )
    [told] = notes["esp32c5", 0x60007010]
    assert "LEDC+0x10" in told and "add --device recorder@0x60007000+0x1000" in told
    assert notes["esp32c3", 0x60091038] == ("note: on the ESP32-C3 that is in the peripherals",)
    assert notes[None, 0x600B4404] == notes[None, 0x60007010] == ()


def test_blocks_of_a_board_have_short_names() -> None:
    assert device_of("uart@UART1", "esp32c3").base == 0x60010000
    assert device_of("gpio", "ch32v203").name == "GPIOA of the CH32V203"
    assert device_of("gpio@gpioe", "ch32v307").name == "GPIOE of the CH32V307"
    with pytest.raises(ValueError, match="no timer '' of the ESP32-C3; known are none"):
        device_of("timer", "esp32c3")
    with pytest.raises(ValueError, match="write gpio@BLOCK"):
        device_of("gpio")
