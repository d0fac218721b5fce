"""Findings in other programs' formats: read back by programs that are not ours."""

from __future__ import annotations

import ast
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as some
from sarif_pydantic import Sarif

import asm_rv32
from asm_rv32.basis.diagnostics import CODES
from asm_rv32.commands.findings import COMMAND_CODES, github, sarif
from asm_rv32.machine.errors import FAULTS

WRONG = """# é
@asm_rv32
def wrong(a):
    addi(a0, a, 4096)
    mv(s0, b)
"""
CLOBBERS = "@asm_rv32\ndef clobbers(a):\n    mv(s0, a)\n"
FORMATS = ("json", "sarif", "github")


def command(*arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "asm_rv32", *arguments],
        cwd=folder, capture_output=True, text=True, check=False,
    )  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "wrong.py").write_text(WRONG)
    (tmp_path / "clobbers.py").write_text(CLOBBERS)
    (tmp_path / "a b").mkdir()
    (tmp_path / "a b" / "ü.py").write_text(CLOBBERS)
    return tmp_path


WORKFLOW = re.compile(r"::(error|warning|notice) ([^:\n]*)::(.*)")


def read_workflow(text: str) -> list[dict[str, str]]:
    """As GitHub's runner reads workflow commands: properties, then the message."""
    found = []
    for line in text.splitlines():
        parts = WORKFLOW.fullmatch(line)
        assert parts is not None, line
        listed = dict(each.split("=", 1) for each in parts[2].split(","))
        for name in listed:
            listed[name] = _plain(listed[name].replace("%3A", ":").replace("%2C", ","))
        found.append({"": parts[1], **listed, "message": _plain(parts[3])})
    return found


def _plain(text: str) -> str:
    return text.replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")


def test_the_same_is_found_in_every_format(folder: Path) -> None:
    given = ("lint", "wrong.py", "clobbers.py", "a b/ü.py")
    plain = command(*given, folder=folder)
    done = {name: command(*given, "--error-format", name, folder=folder) for name in FORMATS}
    assert {each.returncode for each in (plain, *done.values())} == {1}
    lines = [json.loads(line) for line in done["json"].stderr.splitlines()]
    places = [(each["path"], each["line"], each["column"], each["code"]) for each in lines]
    assert [place for place in places if place[0] == "wrong.py"] == [
        ("wrong.py", 4, 17, "immediate-range"),
        ("wrong.py", 5, 12, "unknown-name"),
    ]
    assert len(places) == 4

    read = read_workflow(done["github"].stderr)
    assert places == [
        (each["file"], int(each["line"]), int(each["col"]), each["title"].removeprefix("asmrv32 "))
        for each in read
    ]
    assert [each["message"].split("\n")[0] for each in read] == [each["message"] for each in lines]
    assert [each[""] for each in read] == ["error", "error", "warning", "warning"]

    log = Sarif.model_validate_json(done["sarif"].stderr)
    (run,) = log.runs
    assert run.results is not None and run.tool.driver.rules is not None
    seen = []
    for result in run.results:
        assert result.locations is not None
        place = result.locations[0].physical_location
        assert place is not None and place.region is not None and place.artifact_location
        seen.append(
            (place.artifact_location.uri, place.region.start_line, place.region.start_column,
             result.rule_id)
        )  # fmt: skip
    assert seen == [(path.replace(" ", "%20").replace("ü", "%C3%BC"), *rest)
                    for path, *rest in places]  # fmt: skip
    assert_rules_are_all(log)
    rules = [rule.id for rule in run.tool.driver.rules]
    for result in run.results:
        assert result.rule_index is not None and rules[result.rule_index] == result.rule_id


def assert_rules_are_all(log: Sarif) -> None:
    """Every code is a rule with its meaning: a service shows what a tool looks for."""
    known = {**CODES, **FAULTS, **COMMAND_CODES}
    rules = log.runs[0].tool.driver.rules
    assert rules is not None and [rule.id for rule in rules] == list(known)
    for rule in rules:
        for text in (rule.short_description, rule.full_description, rule.help):
            assert text is not None and known[rule.id][1:] in text.text


def test_every_code_that_a_command_gives_is_known() -> None:
    given: dict[str, Path] = {}
    for path in Path(asm_rv32.__file__).parent.rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text())):
            if isinstance(node, ast.Call) and ast.unparse(node.func) == "CommandError":
                named = [word.value for word in node.keywords if word.arg == "code"]
                found = [*node.args[2:], *named]
            elif isinstance(node, ast.Dict):
                pairs = zip(node.keys, node.values)
                found = [value for key, value in pairs if ast.unparse(key or value) == "'code'"]
            else:
                continue
            given.update((word.value, path) for word in found if isinstance(word, ast.Constant))
    assert set(given) <= {*CODES, *COMMAND_CODES}, given
    assert {"file", "call", "too-slow", "unflagged-extension"} <= set(given)


@pytest.mark.parametrize(
    ("arguments", "code", "status"),
    [
        (("compile", "absent.py"), "file", 1),
        (("run", "clobbers.py", "clobbers(3)"), "saved-register", 1),
        (("run", "clobbers.py", "clobber(3)"), "command", 2),
        (("disasm", "clobbers.py"), "file-kind", 2),
        (("lint", "clobbers.py", "--core", "z80"), "command", 2),
    ],
)
def test_what_ends_a_command_is_a_finding_too(
    folder: Path, arguments: tuple[str, ...], code: str, status: int
) -> None:
    for name in FORMATS:
        done = command(*arguments, "--error-format", name, folder=folder)
        assert done.returncode == status, done.stderr
        if name == "json":
            (found,) = [json.loads(line)["code"] for line in done.stderr.splitlines()]
        elif name == "github":
            (found,) = [each["title"].split()[1] for each in read_workflow(done.stderr)]
        else:
            run = Sarif.model_validate_json(done.stderr).runs[0]
            (found,) = [result.rule_id for result in run.results or ()]
        assert found == code


def test_a_log_of_nothing_is_a_log(folder: Path) -> None:
    (folder / "good.py").write_text("@asm_rv32\ndef good(a):\n    addi(a0, a, 1)\n")
    done = command("lint", "good.py", "--error-format", "sarif", folder=folder)
    assert done.returncode == 0
    log = Sarif.model_validate_json(done.stderr)
    assert log.runs[0].results == []
    assert_rules_are_all(log)


findings = some.fixed_dictionaries(
    {
        "severity": some.sampled_from(["error", "warning", "note"]),
        "code": some.sampled_from([*CODES, *FAULTS, *COMMAND_CODES]),
        "message": some.text(),
        "notes": some.lists(some.text(), max_size=3),
    },
    optional={"path": some.text(min_size=1), "line": some.integers(1, 99)},
)


@given(findings)
def test_no_text_ends_a_workflow_command(finding: dict[str, Any]) -> None:
    text = github(finding)
    assert "\n" not in text and "\r" not in text
    parts = re.fullmatch(r"::(\w+) (.*?)::(.*)", text, re.DOTALL)
    assert parts is not None
    assert _plain(parts[3]) == "\n".join([finding["message"], *finding["notes"]])
    listed = dict(each.split("=", 1) for each in parts[2].split(","))
    if "path" in finding:
        plain = listed["file"].replace("%3A", ":").replace("%2C", ",")
        assert _plain(plain) == finding["path"]


@given(some.lists(findings, max_size=4))
def test_any_finding_is_valid_sarif(found: list[dict[str, Any]]) -> None:
    log = Sarif.model_validate_json(sarif(found))
    assert [result.rule_id for result in log.runs[0].results or ()] == [
        finding["code"] for finding in found
    ]
