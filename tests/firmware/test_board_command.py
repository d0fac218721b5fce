"""`asmrv32 board run` and `measure` on real firmware, over a pseudo-terminal with mpremote."""

from __future__ import annotations

import json
import re
import signal
import tomllib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from board import Board, Port
from mpremote.transport_serial import SerialTransport
from test_examples_on_firmware import ON_BOARDS, example_calls

from asm_rv32.commands.cli import main
from asm_rv32.commands.findings import COMMAND_CODES
from asm_rv32.cores import core_table
from asm_rv32.remote.session import KINDS
from asm_rv32.report.pricing import measure
from asm_rv32.timing.model import build_core

# 0x100000 is QEMU's test device: what is stored there ends the machine or starts it again.
SOURCE = """\
@asm_rv32
def test_device(value):
    li(t0, 0x100000)
    sw(value, 0(t0))
    li(a0, 1)

@asm_rv32
def poll():
    li(t0, 0x100000)
    label(again)
    lw(a0, 0(t0))
    beqz(a0, again)

@asm_rv32
def peek(words):
    li(t0, 0x100000)
    lw(t1, 0(t0))
    sw(t1, 4(words))
    mv(a0, t1)

@asm_rv32
def nothing(words) -> None:
    mv(a0, sp)

@asm_rv32
def is_set(word) -> bool:
    andi(a0, word, 2)

@asm_rv32
def first(words) -> uint:
    lw(a0, 0(words))

@asm_rv32
def turns(count) -> None:
    label(again)
    addi(count, count, -1)
    bnez(count, again)
"""
DEVICE = ("--device", "scripted@0x100000+0x1000:0x0=1")


@pytest.fixture(scope="module")
def ports() -> Iterator[Ports]:
    with ExitStack() as stack:
        yield Ports(stack)


class Ports:
    """Boards that are started when they are first asked for, and run while they are used."""

    def __init__(self, stack: ExitStack) -> None:
        self._stack = stack
        self._started: dict[tuple[Path, tuple[str, ...]], Port] = {}

    @contextmanager
    def __call__(self, board: Board, *options: str) -> Iterator[Port]:
        key = board.firmware, options
        if key not in self._started:
            self._started[key] = self._stack.enter_context(Port(board.firmware, *options))
        port = self._started[key]
        # A board at its prompt takes all of a processor's time.
        port.process.send_signal(signal.SIGCONT)
        try:
            yield port
        finally:
            port.process.send_signal(signal.SIGSTOP)


@pytest.fixture
def port(ports: Ports, board: Board) -> Iterator[Port]:
    with ports(board) as found:
        yield found


@pytest.fixture
def stock_port(ports: Ports, stock_board: Board) -> Iterator[Port]:
    with ports(stock_board) as found:
        yield found


@pytest.fixture
def counting_port(ports: Ports, board: Board) -> Iterator[Port]:
    """A board whose counter of cycles counts instructions."""
    with ports(board, "-icount", "shift=0") as found:
        yield found


@pytest.fixture
def source(tmp_path: Path) -> str:
    path = tmp_path / "source.py"
    path.write_text(SOURCE)
    return str(path)


def board_command(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, str, str]:
    """The exit status of `asmrv32 board` and what it printed on both streams."""
    capsys.readouterr()
    try:
        status = main(["board", *arguments])
    except SystemExit as ended:
        status = int(str(ended.code))
    output, errors = capsys.readouterr()
    return status, output, re.sub(r"\w+ on the board at /dev/pts/\d+: .*\n", "", errors)


def as_json(capsys: pytest.CaptureFixture[str], *arguments: str) -> tuple[int, Any]:
    status, output, errors = board_command(capsys, *arguments, "-f", "json")
    assert not errors
    return status, json.loads(output)


@pytest.mark.parametrize("path", ON_BOARDS, ids=lambda path: path.stem)
def test_every_example(port: Port, capsys: pytest.CaptureFixture[str], path: Path) -> None:
    _, calls = example_calls(path, trials=0)
    texts = [call.text for call in calls]
    status, found = as_json(capsys, "run", str(path), *texts, "--port", port.name)
    assert [each["call"] for each in found["calls"]] == texts
    for each in found["calls"]:
        assert each["same"] and each["board"]["buffers"] == each["pc"]["buffers"]
        assert each["board"]["result"] == each["pc"]["result"] or each["board"]["place"]
    assert status == 0


def test_without_the_inline_assembler(
    stock_port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    calls = ["is_set(2)", "is_set(5)", 'first(array("I", [1 << 31]))', "nothing(bytearray(5))"]
    status, found = as_json(capsys, "run", source, *calls, "--port", stock_port.name)
    assert status == 0 and found["firmware"]["inline_assembler"] is False
    results = [each["board"]["result"] for each in found["calls"]]
    assert results == [True, False, 1 << 31, None]


def test_what_differs_is_shown(port: Port, capsys: pytest.CaptureFixture[str], source: str) -> None:
    """The board's device reads 0, and the PC's was told to read 1."""
    calls = ["peek(array('I', [7, 7]))", "is_set(2)"]
    status, output, _ = board_command(capsys, "run", source, *calls, "--port", port.name, *DEVICE)
    assert status == 1
    assert output.splitlines()[1:] == [
        "call                      board  PC",
        "peek(array('I', [7, 7]))  0      1     DIFFERS",
        "is_set(2)                 True   True  same",
        "peek(array('I', [7, 7])): words from byte 4 on: 00 00 00 00 on the board, 01 00 00 00 on "
        "the PC",
    ]


def test_nothing_stays_on_the_board(
    port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """Asked for at the same prompt: the board is not started again in between."""
    look = "import sys, os, vfs; print(sys.path, list(sys.modules), vfs.mount(), os.listdir('/'))"

    def looked() -> bytes:
        transport = SerialTransport(port.name)
        transport.enter_raw_repl(soft_reset=False)
        found: bytes = transport.exec(look)
        transport.exit_raw_repl()
        transport.close()
        return found

    before = looked()
    assert b"''" in before
    assert board_command(capsys, "run", source, "is_set(2)", "--port", port.name)[0] == 0
    assert looked() == before


@pytest.mark.parametrize(
    "call, code, said",
    [
        ("test_device(0x5555)", "board-lost", "went away during the call"),
        ("test_device(0x7777)", "board-reset", "started again during the call"),
        ("poll()", "board-hung", "does not come to an end of the call poll() within 4 s; reset it"),
    ],
)
def test_a_call_that_ends_the_board(
    board: Board, capsys: pytest.CaptureFixture[str], source: str, call: str, code: str, said: str
) -> None:
    with Port(board.firmware) as port:
        options = ("--port", port.name, "--timeout", "4", "--error-format", "json", *DEVICE)
        status, output, errors = board_command(capsys, "run", source, call, *options)
    found = json.loads(errors)
    assert (status, output, found["code"]) == (1, "", code)
    assert said in found["message"]


def test_a_board_that_says_nothing(
    board: Board, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    with Port(board.firmware, "-S") as port:  # its processor stands still
        options = ("--port", port.name, "--timeout", "1")
        status, _, errors = board_command(capsys, "run", source, "is_set(2)", *options)
    assert status == 1 and "answers nothing within 1 s: does it run MicroPython" in errors


def test_too_little_memory(port: Port, capsys: pytest.CaptureFixture[str], source: str) -> None:
    call = "first(bytearray(1 << 20))"
    status, _, errors = board_command(capsys, "run", source, call, "--port", port.name)
    assert status == 1 and "the board's memory does not suffice for the arguments" in errors
    # The board is as good as before.
    assert board_command(capsys, "run", source, "is_set(2)", "--port", port.name)[0] == 0


def test_what_the_pc_refuses_is_not_called(
    port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    status, output, errors = board_command(capsys, "run", source, "poll()", "--port", port.name)
    assert (status, output) == (1, "") and "error[wild-access]" in errors
    status, _, errors = board_command(capsys, "run", source, "is_set()", "--port", port.name)
    assert status == 2 and "missing 1 required positional argument" in errors


def test_every_way_to_fail_has_its_code() -> None:
    assert set(KINDS) <= set(COMMAND_CODES)


def test_a_port_that_is_none(capsys: pytest.CaptureFixture[str], source: str) -> None:
    status, _, errors = board_command(capsys, "run", source, "is_set(2)", "--port", "/dev/none")
    assert status == 1 and "/dev/none cannot be opened" in errors


MEASURED = {"gcd": 2, "sort": 1}


@pytest.mark.parametrize("stem", MEASURED)
def test_counts_are_those_of_the_call_alone(
    counting_port: Port, capsys: pytest.CaptureFixture[str], stem: str
) -> None:
    """QEMU's machine counts instructions, so the counts are known: those that the PC executes, but
    for the return, which calling nothing has, too."""
    path = next(path for path in ON_BOARDS if path.stem == stem)
    images, calls = example_calls(path, trials=MEASURED[stem])
    texts = [call.text for call in calls]
    options = ("--core", "hazard3", "--repeat", "2", "--port", counting_port.name)
    status, found = as_json(capsys, "measure", str(path), *texts, *options)
    assert (status, found["counter"]) == (0, "0xb00")
    for call, each in zip(calls, found["calls"]):
        price = measure(images[call.function], call.arguments, ["hazard3"]).prices[0]
        assert each["cycles"] == dict.fromkeys(("cold", "warm"), price.warm.instructions - 1)
        nothing = 2  # cycles of a call that returns at once, on Hazard3
        assert each["model"]["warm"] == price.warm.cycles - nothing


def test_a_table_of_cycles(
    counting_port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    options = ("--core", "hazard3", "--repeat", "3", "--port", counting_port.name)
    calls = ("is_set(2)", "first(b'abcd')", "first((bytearray(b'ab'),))")
    status, output, _ = board_command(capsys, "measure", source, *calls, *options)
    assert output.splitlines()[1] == "hazard3: CSR 0xb00, let run by 0x320; 3 times each"
    head = re.split("  +", output.splitlines()[2])
    assert head == ["call", "cold", "warm", "most", "model cold", "model warm", "ns"]
    assert output.splitlines()[3].split() == "is_set(2) 1 1 +0 1 1 - same".split()
    assert output.splitlines()[4].split()[1:] == "1 1 +0 1 1 - same".split()
    # An address is another on the board, and no argument of the call's own.
    assert status == 1 and output.splitlines()[5].endswith("DIFFERS")


def test_a_core_is_held_against_the_board(
    counting_port: Port, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Every instruction takes one of what QEMU's machine counts."""
    path = tmp_path / "mine.toml"
    options = ("--core", "hazard3", "--repeat", "1", "--port", counting_port.name)
    status, found = as_json(capsys, "calibrate", *options, "-o", str(path))
    assert (status, found["same"]) == (0, False)
    costs = {each["name"]: each for each in found["costs"]}
    assert len(costs) >= 14 and {each["board"] for each in costs.values()} == {1.0}
    differing = {name: (each["model"], each["fitted"]) for name, each in costs.items()
                 if not each["same"]}  # fmt: skip
    assert differing == {"div": (19, 1), "divu": (19, 1), "jal": (2, 1)}
    written = tomllib.loads(path.read_text())
    assert written["extends"] == "hazard3" and "not checked against RTL" in written["source"]
    parent = core_table(written.pop("extends"))
    cycles = {**parent["cycles"], **written["cycles"]}
    core = build_core("mine", {**parent, **written, "cycles": cycles})
    assert core.cycles["div"] == 1 and core.cycles["load"] == 1


def test_by_the_clock_of_the_firmware(
    stock_port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """A hundred times the turns take some hundred times as long."""
    calls = ("turns(100000)", "turns(10000000)")
    status, found = as_json(capsys, "measure", source, *calls, "--port", stock_port.name)
    assert (status, found["counter"]) == (0, None)
    short, long = (each["timed"] for each in found["calls"])
    assert short["repetitions"] > long["repetitions"] >= 1
    assert 10 < long["nanoseconds"] / short["nanoseconds"] < 1000
    assert all(each["cycles"] is None and each["timed"]["within"] > 0 for each in found["calls"])


def test_without_counter_and_clock(
    port: Port, capsys: pytest.CaptureFixture[str], source: str
) -> None:
    """QEMU's machine is of no core, and its firmware has no module time."""
    status, _, errors = board_command(capsys, "measure", source, "is_set(2)", "--port", port.name)
    assert status == 1 and "has no module time, and no counter is known of the core" in errors
