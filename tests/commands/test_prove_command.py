"""`asmrv32 prove` as a user gives it."""

from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from corpus.shell import Shell

from asm_rv32.commands import prove_command
from asm_rv32.commands.cli import main

SOURCE = """\
@asm_rv32
def twice(a) -> uint:
    slli(a0, a, 1)
    ret()

@asm_rv32
def doubled(a) -> uint:
    add(a0, a, a)
    ret()

@asm_rv32
def wrong(a) -> uint:
    li(t0, 1000)
    slli(t1, a, 1)
    bne(a, t0, done)
    li(t1, 0)
    label(done)
    mv(a0, t1)
    ret()

@asm_rv32
def hard(a, b) -> uint:
    mulhu(a0, a, b)
    ret()

@asm_rv32
def harder(a, b) -> uint:
    srli(t0, a, 16)
    slli(a, a, 16)
    srli(a, a, 16)
    srli(t1, b, 16)
    slli(b, b, 16)
    srli(b, b, 16)
    mul(t2, a, b)
    srli(t2, t2, 16)
    mul(t3, t0, b)
    add(t3, t3, t2)
    slli(t4, t3, 16)
    srli(t4, t4, 16)
    srli(t3, t3, 16)
    mul(t5, a, t1)
    add(t5, t5, t4)
    srli(t5, t5, 16)
    mul(a0, t0, t1)
    add(a0, a0, t3)
    add(a0, a0, t5)
    ret()

def twice_python(a):
    return 2 * a
"""

TEST = """\
from f import twice


def test_twice_is_wrong():
    assert twice(1000) == 0
"""


@pytest.fixture
def shell(tmp_path: Path) -> Shell:
    found = Shell(tmp_path)
    found.write("f.py", SOURCE)
    found.write("f.c", "unsigned twice(unsigned a) { return a + a; }\n")
    found.write("g.c", "unsigned twice(unsigned a) { return 2 * a; }\n")
    return found


@pytest.mark.parametrize(
    "other",
    [
        "doubled",
        "gcc",
        "gcc:g.c",
        "gcc::-O3 -funroll-loops",
        "python",
        "f.py:doubled",
        "f.py:twice_python",
        "f.c:twice",
    ],
)
def test_equal(other: str, shell: Shell) -> None:
    done = shell("prove", "f.py", "twice(any)", "--against", other)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("equal for every input")


@pytest.mark.heavy
@pytest.mark.parametrize("other", ["clang", "clang:g.c", "clang::-O3 -funroll-loops"])
def test_equal_to_what_clang_makes(other: str, shell: Shell) -> None:
    test_equal(other, shell)


def test_flags_are_the_compilers(shell: Shell) -> None:
    shell.write("g.c", "unsigned twice(unsigned a) { return FACTOR * a; }\n")
    for factor, verdict in ((2, "equal"), (3, "differs")):
        other = f"gcc:g.c:-O2 -DFACTOR={factor}"
        done = shell("prove", "f.py", "twice(any)", "--against", other)
        assert done.stdout.startswith(verdict), done


def test_a_counterexample(shell: Shell) -> None:
    done = shell("prove", "f.py", "twice(any)", "--against", "wrong")
    assert done.returncode == 1
    first = "differs: twice(1000)\n  twice gives 2000 and wrong gives 0\n\n"
    assert done.stdout == first + TEST


def test_json(shell: Shell) -> None:
    done = shell("prove", "f.py", "twice(any(0, 5000))", "--against", "wrong", "-f", "json")
    found = json.loads(done.stdout)
    assert found.pop("seconds") >= 0
    assert found == {
        "verdict": "differs", "assumptions": ["argument 1 is from 0 to 5000"],
        "counterexample": "twice(1000)", "reason": "twice gives 2000 and wrong gives 0",
        "test": TEST,
    }  # fmt: skip


def test_a_bound_is_said(shell: Shell) -> None:
    done = shell("prove", "f.py", "twice(any(0, 999))", "--against", "wrong")
    assert done.returncode == 0
    assert done.stdout == "equal for every input for which:\n  argument 1 is from 0 to 999\n"


def test_a_time_limit(shell: Shell) -> None:
    began = time.monotonic()
    done = shell("prove", "f.py", "hard(any, any)", "--against", "harder", "--timeout", "1")
    assert done.returncode == 1 and done.stdout.startswith("undecided: its time ran out")
    assert time.monotonic() - began < 40


def begun(shell: Shell, *arguments: str) -> subprocess.Popen[str]:
    """A command whose proof is on its way."""
    process = subprocess.Popen(
        [sys.executable, "-m", "asm_rv32", "prove", *arguments], cwd=shell.folder,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
    )  # fmt: skip
    assert process.stderr is not None
    process.stderr.readline()  # the first line of progress
    return process


def children(number: int) -> set[int]:
    """The processes that a process has started, and those that they have."""
    found = set()
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(path.read_text().rpartition(")")[2].split()[1])
        except (OSError, IndexError):
            continue
        if parent == number:
            child = int(path.parent.name)
            found |= {child, *children(child)}
    return found


def is_there(number: int) -> bool:
    try:
        return Path(f"/proc/{number}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


HARD = ("f.py", "hard(any, any)", "--against", "harder")


def test_an_interrupt_gives_what_is_known(shell: Shell) -> None:
    process = begun(shell, *HARD)
    process.send_signal(signal.SIGINT)
    out, error = process.communicate(timeout=60)
    assert process.returncode == 1 and "Traceback" not in error, error
    assert out.startswith("undecided: it was interrupted; until then: "), out


@pytest.mark.heavy
@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGKILL])
def test_no_proof_outlives_its_command(number: signal.Signals, shell: Shell) -> None:
    shell.write("all.py", ALL)
    process = begun(shell, "--all", "all.py", "--jobs", "2")
    started = children(process.pid)
    assert started
    process.send_signal(number)
    out, error = process.communicate(timeout=60)
    if number != signal.SIGKILL:
        assert process.returncode == 1 and "Traceback" not in error, error
        assert "it was interrupted; until then: " in out, out
        # What was decided by then is shown, too, and every proof has its row.
        assert len(re.findall(r"^(?:equal|differs|undecided) ", out, re.MULTILINE)) == 3, out
        assert re.search(r"^[01] of 3 equal, .*[1-3] undecided, in ", out, re.MULTILINE), out
    until = time.monotonic() + 10
    while any(map(is_there, started)):
        assert time.monotonic() < until, started
        time.sleep(0.1)


# ---- all functions of files

ALL = (
    SOURCE
    + """
# prove: harder(any, any)
def harder_python(a, b):
    return a * b >> 32

# prove: hard(any, 3)
def hard_python(a, b):
    return (a >> 1) * (b >> 1) >> 30
"""
)


def test_all_that_have_a_twin(shell: Shell) -> None:
    calls = "# prove: wrong(any(5, 7))\n# prove: wrong(any)\nwrong_python = twice_python\n"
    shell.write("f.py", SOURCE + calls)
    done = shell("prove", "--all", "f.py", "--jobs", "2")
    assert done.returncode == 1
    assert all(line.startswith("proved ") for line in done.stderr.splitlines())
    assert (
        re.sub(r"[0-9]+[.][0-9]+ s", "T s", done.stdout)
        == """\
f.py:
equal        T s  twice(any)
                     the result is that of Python modulo 2**32
equal        T s  wrong(any(5, 7))
                     argument 1 is from 5 to 7; the result is that of Python modulo 2**32
differs      T s  wrong(any)
                     wrong(1000): wrong gives 0 and wrong_python gives 2000
2 of 3 equal, 1 different, in T s
without a twin: doubled, hard, harder
"""
    )


@pytest.mark.heavy
@pytest.mark.parametrize("compiler", ["gcc", "clang::-Os"])
def test_all_as_json_against_a_compiler(compiler: str, shell: Shell) -> None:
    done = shell("prove", "--all", "f.py", "--against", compiler, "-f", "json")
    assert done.returncode == 0
    [found] = map(json.loads, done.stdout.splitlines())
    assert [found[each] for each in ("file", "function", "call", "verdict", "test")] == [
        "f.py", "twice", "twice(any)", "equal", None,
    ]  # fmt: skip


@pytest.mark.heavy
def test_all_on_a_cluster(shell: Shell) -> None:
    import dask
    from distributed import LocalCluster

    settings = {"distributed.worker.daemon": False}
    with dask.config.set(settings), LocalCluster(
        n_workers=2, threads_per_worker=1, dashboard_address=None
    ) as cluster:  # fmt: skip
        done = shell("prove", "--all", "f.py", "--cluster", cluster.scheduler_address)
    assert done.returncode == 0, done.stderr
    assert "1 of 1 equal" in done.stdout


@pytest.mark.parametrize(("arguments", "said"), [
    (["twice(any)", "--against", "none"], "none"),
    (["twice(any, 1)", "--against", "doubled"], "takes 1 arguments"),
    (["twice(any(3, 1))", "--against", "doubled"], "the lower one first"),
    (['twice(any("B", many))', "--against", "doubled"], "many in any(\"B\", many) is none of its"),
    (['hard(any("B", 0 * b), any)', "--against", "harder"], "a length takes numbers from 1"),
    (['hard(any("B", b), any("B", a))', "--against", "harder"], "stands for no count"),
    (['hard(any("B", b), any(-1, 5))', "--against", "harder"], "stands for no count"),
    (['hard(any("I", b), any(0x40000000, 0x50000000))', "--against", "harder"], "no count"),
    (["twice(any)", "--against", "none.c:twice"], "there is no file none.c"),
    (["doubled(any)", "--against", "python"], "no Python function doubled_python"),
    (["twice(any)", "--against", "doubled", "--timeout", "0"], "above 0"),
    (["twice", "--against", "doubled"], "no call"),
    (["twice(any)"], "--against OTHER"),
    (["twice(any)", "--against", "gcc:none.c"], "there is no file none.c"),
    (["twice(any)", "--against", "gcc::-O9 --"], "gcc"),
    (["--all", "--against", "doubled"], "--against python or gcc or clang"),
    (["--all", "--jobs", "0"], "above 0"),
])  # fmt: skip
def test_mistakes(arguments: list[str], said: str, shell: Shell) -> None:
    done = shell("prove", "f.py", *arguments)
    assert done.returncode in (1, 2) and said in done.stderr, done.stderr
    assert not done.stdout


def test_without_a_solver(
    shell: Shell, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(prove_command, "find_spec", lambda name: None)
    path = str(shell.folder / "f.py")
    assert main(["prove", path, "twice(any)", "--against", "doubled"]) == 2
    assert "prove needs z3: pip install z3-solver" in capsys.readouterr().err
