"""gdb's remote protocol: answers against the trace, and gdb itself."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import pytest
from corpus.toolchain import run
from hypothesis import given, settings
from hypothesis import strategies as st

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.stepping.recording import trace
from asm_rv32.stepping.remote import CSR, PC, Remote
from asm_rv32.stepping.trace import Trace

SOURCE = """\
@asm_rv32
def total(words, count):
    li(t0, 0)
    label(again)
    lw(t1, 0(words))
    add(t0, t0, t1)
    addi(words, words, 4)
    addi(count, count, -1)
    bnez(count, again)
    mv(a0, t0)
    tail(double)


@asm_rv32
def double(n):
    slli(a0, n, 1)
    csrw(mscratch, a0)
"""


def recorded() -> Trace:
    image = assemble(SOURCE, path="total.py").functions["total"]
    data = b"".join(word.to_bytes(4, "little") for word in (5, 6, 7))
    return trace(image, [data, 3])


def word(answer: str) -> int:
    return int.from_bytes(bytes.fromhex(answer), "little")


def test_packets_are_answered_from_the_trace() -> None:
    found = recorded()
    remote, state = Remote(found), found.state()
    assert remote.answer("bs") == "T05replaylog:begin;"
    for _ in range(found.end):
        assert word(remote.answer(f"p{PC:x}")) == state.address
        registers = remote.answer("g")
        assert [word(registers[at : at + 8]) for at in range(0, 256, 8)] == state.registers[:32]
        csr = word(remote.answer(f"p{CSR + 0x340:x}"))
        assert csr == state.registers[found.names.index("mscratch")] == state["mscratch"]
        assert remote.answer("m40000000,c") == state.read(0x4000_0000, 12).hex()
        assert remote.answer("s") == "T05"
        state.forward()
    assert remote.answer("s") == "T05replaylog:end;"
    place = found.places("again")[0]
    assert remote.answer(f"Z0,{place:x},2") == "OK"
    assert remote.answer("bc") == "T05swbreak:;"
    assert remote.state.position == found.previous_at("again")
    assert remote.answer("c") == "T05replaylog:end;"
    assert remote.answer(f"z0,{place:x},2") == "OK"
    assert remote.answer("bc") == "T05replaylog:begin;"
    assert [
        remote.answer(each)
        for each in ("m0,4", "p21", f"p{CSR:x}", "P0=1", "M40000000,1:00", "Z0,x,2")
    ] == (["E01"] * 6)
    assert [remote.answer(each) for each in ("vMustReplyEmpty", "Z2,10,4", "", "b", "qZ")] == [
        ""
    ] * 5


@given(st.text(st.characters(max_codepoint=255), max_size=40))
@settings(max_examples=50)
def test_no_packet_does_harm(packet: str) -> None:
    for each in (
        packet,
        *(letter + packet for letter in "mpZb"),
        f"qXfer:features:read:target.xml:{packet}",
    ):
        assert re.fullmatch(r"[ -~\n]*", Remote(RECORDED).answer(each))


RECORDED = recorded()
ASKED = (
    "break total.py:9", "continue", "print/d $t0", "delete", "stepi", "print $a1", "reverse-stepi",
    "info symbol $pc", "x/3dw 0x40000000", "break double", "continue", "print n",
    "stepi", "print $mscratch", "stepi", "print $mscratch", "step", "backtrace", "set $a0 = 5",
    "delete", "reverse-continue", "print $pc", "kill",
)  # fmt: skip
SAID = (
    "Breakpoint 1, total (words=", "at total.py:9", "$1 = 5", "$2 = 2", "total", "5", "6", "7",
    "Breakpoint 2, double (n=18) at total.py:16", "$3 = 18", "$4 = 0", "$5 = 36",
    "#0  0x20000000", "Could not write", "No more reverse-execution history", "total.py:3",
)  # fmt: skip


@pytest.mark.heavy
def test_gdb_goes_forward_and_back(tmp_path: Path) -> None:
    (tmp_path / "total.py").write_text(SOURCE)
    command = [sys.executable, "-m", "asm_rv32", "gdb", "total.py",
               "total(array('i', [5, 6, 7]), 3)", "--elf", "total.elf", "--port", "0"]  # fmt: skip
    server = subprocess.Popen(command, cwd=tmp_path, stderr=subprocess.PIPE, text=True)
    try:
        assert server.stderr is not None
        line = server.stderr.readline()
        place = re.search(r"target remote ([\d.:]+)", line)
        assert place is not None, line
        asked = [word for each in (f"target remote {place[1]}", *ASKED) for word in ("-ex", each)]
        done = run("gdb-multiarch", "-nx", "-batch", *asked, "total.elf", folder=tmp_path)
        assert server.wait(30) == 0
    finally:
        server.kill()
    assert "packet error" not in done.stdout
    said, at = done.stdout + done.stderr, 0
    for each in SAID:
        if each.startswith(("Could not", "No more")):
            assert each in said, said
            continue
        at = said.find(each, at)
        assert at >= 0, (each, said)
