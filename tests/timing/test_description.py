"""A core in words: what is told of it is what it costs; docs/core-list.md holds all of the text."""

from __future__ import annotations

import json

import pytest

from asm_rv32.commands.cli import main
from asm_rv32.timing import core_names, load_core


def said(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    assert main(["cores", *arguments]) == 0
    return capsys.readouterr().out


@pytest.mark.parametrize("name", core_names())
def test_each_instruction_stands_beside_what_its_class_costs(
    name: str, capsys: pytest.CaptureFixture[str]
) -> None:
    core = load_core(name)
    lines = said(capsys, name).splitlines()
    first = lines.index("  cycles") + 1
    told = {}
    for line in lines[first:]:
        if not line.startswith("    "):
            break
        kind, *words = line.split(":")[0].split()
        if words[-1] == "taken":
            assert int(kind) == core.cycles["taken"]
            continue
        told[kind] = int(words[0])
        assert {core.class_of(mnemonic) for mnemonic in words[1:]} == {kind}
    assert told == {kind: cycles for kind, cycles in core.cycles.items() if kind != "taken"}
    if core.hazards:
        first = lines.index("  cycles more, of what follows") + 1
        for line, hazard in zip(lines[first:], core.hazards, strict=False):
            assert f"  {hazard.cycles:+d}  " in line and line.endswith(f": {hazard.reason}")


def test_several_are_told_in_the_order_asked_for(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys, "picorv32", "hazard3")
    assert [line.split(":")[0] for line in told.splitlines() if line[:1].strip()] == [
        "picorv32", "hazard3",
    ]  # fmt: skip
    assert "    div        19  div rem: 1 more where a signed dividend is below zero\n" in told
    assert list(json.loads(said(capsys, "hazard3", "-f", "json"))) == ["hazard3"]


def test_without_a_name_costs_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    told = said(capsys)
    assert told.count("  validation ") == len(core_names()) and "  cycles\n" not in told


def test_a_core_that_is_not_known_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cores", "hazard4"]) == 2
    assert "no core 'hazard4'; known are ch32v003, cv32e40p," in capsys.readouterr().err
