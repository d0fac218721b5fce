"""Findings as other programs read them: lines of JSON, GitHub's workflow commands, SARIF 2.1.0.

Input: findings as plain data, `Diagnostic.as_dict`'s; one that concerns no place in a file has only
severity, code, message and notes; a code stands in CODES, FAULTS or COMMAND_CODES. Output: text.
Invariant: what a hostile source holds cannot end a line or a value before its time.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.basis.diagnostics import Finding

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/os/schemas/sarif-schema-2.1.0.json"
COMMAND_CODES: dict[str, str] = {
    "command": "a command is used wrongly",
    "configuration": "pyproject.toml has a key or a value that is not known",
    "call": "a call's arguments are not what the function takes",
    "file": "a file cannot be read or written, or is damaged",
    "file-kind": "a file is of another kind than the command takes",
    "format": "the format that is to be written cannot hold what is in the file",
    "unflagged-extension": "a .mpy uses an extension that firmware cannot see in it",
    "romfs": "an image of a read-only file system is damaged, or cannot be built",
    "report": "an alternative does not do the same, or a call cannot be priced",
    "no-port": "a board's serial port cannot be opened",
    "board-silent": "a board answers nothing, or otherwise than MicroPython does",
    "board-hung": "a board does not come to an end of a call",
    "board-reset": "a board started again during a call",
    "board-lost": "a board went away during a call",
    "board-memory": "a board's memory does not suffice for a call",
    "board-refused": "a board loads no code of this kind, or raised an exception",
    "baseline": "the file that a report is held against is no report",
    "too-slow": "a call takes more cycles, or a function more bytes, than it may",
    "tool": "a tool that was run failed",
    "tool-missing": "a tool that the task needs is not installed",
}
"""Codes of what concerns a command, and mostly no place in a source."""
LEVELS = {"error": "error", "warning": "warning", "note": "notice"}
"""Severity → GitHub's command."""


def json_line(finding: Finding) -> str:
    """One JSON object on a line."""
    import json

    return json.dumps(finding)


def github(finding: Finding) -> str:
    """A workflow command, which GitHub shows at the line in a pull request.

    Source: GitHub's documentation, Workflow commands for GitHub Actions; what is escaped: its
    toolkit, packages/core/src/command.ts.
    """
    properties = {"title": f"asmrv32 {finding['code']}"}
    names = {"path": "file", "line": "line", "column": "col",
             "end_line": "endLine", "end_column": "endColumn"}  # fmt: skip
    for ours, theirs in names.items():
        if finding.get(ours) is not None:
            properties[theirs] = str(finding[ours])
    listed = ",".join(
        f"{name}={_escaped(value).replace(':', '%3A').replace(',', '%2C')}"
        for name, value in properties.items()
    )
    return f"::{LEVELS[finding['severity']]} {listed}::{_escaped(_text(finding))}"


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _text(finding: Finding) -> str:
    return "\n".join([finding["message"], *finding["notes"]])


def sarif(findings: Sequence[Finding]) -> str:
    """One SARIF log of a run, for code scanning services and editors; columns in characters."""
    import json

    from asm_rv32.basis import VERSION
    from asm_rv32.basis.diagnostics import CODES
    from asm_rv32.machine.errors import FAULTS

    meanings = {**CODES, **FAULTS, **COMMAND_CODES}
    codes = {code: at for at, code in enumerate(meanings)}
    # All of them, whatever was found: a service lists what a tool looks for.
    rules = [
        {
            "id": code,
            "shortDescription": {"text": meaning},
            "fullDescription": {"text": f"{meaning[0].upper()}{meaning[1:]}."},
            "help": {"text": f"{code}: {meaning}. All codes: docs/diagnostics.md"},
        }
        for code, meaning in meanings.items()
    ]
    log = {
        "$schema": SCHEMA,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {"driver": {"name": "asmrv32", "version": VERSION, "rules": rules}},
                "columnKind": "unicodeCodePoints",
                "results": [_result(finding, codes) for finding in findings],
            }
        ],
    }
    return json.dumps(log, indent=2)


def _result(finding: Finding, codes: dict[str, int]) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": finding["code"],
        "ruleIndex": codes[finding["code"]],
        "level": finding["severity"],
        "message": {"text": _text(finding)},
    }
    if "path" in finding:
        names = {"line": "startLine", "column": "startColumn",
                 "end_line": "endLine", "end_column": "endColumn"}  # fmt: skip
        region = {
            theirs: finding[ours] for ours, theirs in names.items() if finding.get(ours) is not None
        }
        place: dict[str, object] = {"artifactLocation": {"uri": _uri(finding["path"])}}
        if region:
            place["region"] = region
        result["locations"] = [{"physicalLocation": place}]
    return result


def _uri(path: str) -> str:
    """The path as a URI: relative where it is, so that it is found in any checkout."""
    import os
    from urllib.parse import quote

    text = quote(path.replace(os.sep, "/"))
    return f"file://{text}" if os.path.isabs(path) else text
