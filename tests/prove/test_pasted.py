"""A counterexample as a test: it fails for the function, and holds for the other one."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from typing import Any

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.prove.functions import compare
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.prove.question import Twin

SOURCE = """\
from asm_rv32 import asm_rv32, uint


@asm_rv32
def fill(words, count, value) -> uint:
    slli(count, count, 2)
    add(t0, words, count)
    label(again)
    beq(words, t0, done)
    sw(value, 0(words))
    addi(words, words, 4)
    j(again)
    label(done)
    li(a0, 1)


@asm_rv32
def one_less(words, count, value) -> uint:
    slli(count, count, 2)
    add(t0, words, count)
    addi(words, words, 4)
    label(again)
    beq(words, t0, done)
    sw(value, 0(words))
    addi(words, words, 4)
    j(again)
    label(done)
    li(a0, 1)


@asm_rv32
def careless(words, count, value) -> uint:
    li(s1, 3)
    li(a0, 1)


@asm_rv32
def negative(words, count, value):
    li(a0, -1)


def fill_python(words, count, value):
    for at in range(count):
        words[at] = value - (value == 77)
    return 1
"""
PAIRS = [
    ("fill", "one_less"), ("one_less", "fill"), ("fill", "careless"), ("careless", "fill"),
    ("negative", "fill"), ("fill", "fill_python"),
]  # fmt: skip


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_counterexample_is_a_test(
    one: str, other: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "pasted_kernels.py").write_text(SOURCE)
    monkeypatch.syspath_prepend(str(tmp_path))
    module = assemble(SOURCE, path=str(tmp_path / "pasted_kernels.py"))
    twin: Any = module.functions.get(other) or Twin(other, SOURCE)
    values = [AnyArray("I", 5), 3, AnyWord()]
    found = compare(module.functions[one], twin, values)
    assert found.verdict == "differs" and found.test is not None, found
    try:
        functions = importlib.import_module("pasted_kernels")
        names: dict[str, Any] = {}
        exec(found.test, names)
        test = names[f"test_{one}_is_{other}"]
        with pytest.raises((AssertionError, ExecutionError, pytest.fail.Exception)):
            test()
        names[one] = getattr(functions, other)
        test()
    finally:
        sys.modules.pop("pasted_kernels", None)
