"""The case files of tests/cases: source with the expectation on its line.

    # = 0145                     the bytes of the line's statements, with compression on and off
    # = 0145 / 13050500          with compression, and without
    # run(3, 4) -> 7             what the function around gives, executed
    # run(bytearray(2)) -> 0 => bytearray(b"ab")      and what it leaves in its buffers
    # error[code]: words         a diagnostic on this line, whose message or notes hold the words
    # ^ error[code]: words       the same, on the line above
    # options: isa=rv32im dialect=micropython         first line: arguments of assemble

An `ok_` file assembles, an `err_` file does not; the diagnostics of both are listed completely.
`pytest --bless` rewrites the bytes, and the words of diagnostics.
"""

from __future__ import annotations

import ast
import re
from array import array
from bisect import bisect_right
from pathlib import Path
from typing import NamedTuple

import pytest

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import CODES, AssemblyError, Diagnostic, Source
from asm_rv32.isa.image import Image
from asm_rv32.machine import emulator

CASES = Path(__file__).parents[1] / "cases"
FILES = sorted(CASES.rglob("*.py"))
BYTES = re.compile(r"# = ?([0-9a-f]*)(?: / ([0-9a-f]*))?(?=\s*$|\s+#)")
RUN = re.compile(r"# run\((.*)\) -> (.*?)(?: => (.*))?$")
FOUND = re.compile(r"# (\^ )?(error|warning|note)\[([a-z-]+)\](?:: ?(.*))?$")
LINT = list(CODES)[list(CODES).index("saved-register") :]
# These come about only where a file or a function object is read, or code that is right is
# looked through: their tests are elsewhere.
ELSEWHERE = {
    "encoding", "no-form", "no-function", "source-unavailable", "tables", "timing-contract",
    "spelling", "faster",
    "too-many-errors", *LINT,
}  # fmt: skip


class Outcome(NamedTuple):
    """What became of a case: its images, or nothing, and its diagnostics."""

    images: dict[str, Image]
    diagnostics: tuple[Diagnostic, ...]
    source: Source


def options(text: str) -> dict[str, str]:
    found = re.match(r"# options: (.*)", text)
    return dict(item.split("=") for item in found[1].split()) if found else {}


def outcome(text: str, compress: bool) -> Outcome:
    try:
        module = assemble(text, compress=compress, **options(text))  # type: ignore[arg-type]
    except AssemblyError as error:
        return Outcome({}, error.diagnostics, error.source)
    return Outcome(module.functions, module.diagnostics, module.source)


def line_bytes(found: Outcome) -> dict[int, str]:
    """Line → the bytes of what stands on it, in hexadecimal."""
    lines: dict[int, str] = {}
    for image in found.images.values():
        for entry in image.entries:
            line = found.source.locate(entry.span.start)[0]
            code = image.code[entry.address : entry.address + entry.size]
            lines[line] = lines.get(line, "") + code.hex()
    return lines


def argument(text: str) -> object:
    """A literal, bytearray(...) or array(...)."""
    node = ast.parse(text.strip(), mode="eval").body
    return _argument(node)


def _argument(node: ast.expr) -> object:
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        values = [ast.literal_eval(value) for value in node.args]
        return {"bytearray": bytearray, "array": array}[node.func.id](*values)
    return ast.literal_eval(node)


def arguments(text: str) -> list[object]:
    call = ast.parse(f"f({text})", mode="eval").body
    assert isinstance(call, ast.Call)
    return [_argument(node) for node in call.args]


def check_runs(lines: list[str], found: Outcome) -> None:
    starts = [found.source.locate(image.span.start)[0] for image in found.images.values()]
    images = list(found.images.values())
    for number, line in enumerate(lines, 1):
        if wanted := RUN.search(line):
            image = images[bisect_right(starts, number) - 1]
            values = arguments(wanted[1])
            result = emulator.run(image, values).result
            assert repr(result) == repr(argument(wanted[2])), f"line {number}: {result!r}"
            if wanted[3]:
                buffers = [value for value in values if isinstance(value, bytearray | array)]
                assert buffers == arguments(wanted[3]), f"line {number}"


def check_bytes(lines: list[str], outcomes: dict[bool, Outcome]) -> None:
    found = {compress: line_bytes(outcomes[compress]) for compress in outcomes}
    for number, line in enumerate(lines, 1):
        if wanted := BYTES.search(line):
            compressed = wanted[1]
            plain = compressed if wanted[2] is None else wanted[2]
            assert found[True].get(number, "") == compressed, f"line {number}"
            assert found[False].get(number, "") == plain, f"line {number}"


def check_diagnostics(lines: list[str], found: Outcome) -> None:
    left = [(found.source.locate(d.span.start)[0], d) for d in found.diagnostics]
    for number, line in enumerate(lines, 1):
        if wanted := FOUND.search(line):
            at = number - bool(wanted[1])
            for place, diagnostic in left:
                words = "; ".join((diagnostic.message, *diagnostic.notes))
                if (place, diagnostic.severity, diagnostic.code) == (at, wanted[2], wanted[3]) and (
                    wanted[4] or ""
                ) in words:
                    left.remove((place, diagnostic))
                    break
            else:
                raise AssertionError(f"line {at}: no {wanted[0]}; there are {left}")
    assert not left, left


def bless(path: Path, outcomes: dict[bool, Outcome]) -> None:
    found = {compress: line_bytes(outcomes[compress]) for compress in outcomes}
    by_line: dict[int, list[Diagnostic]] = {}
    for diagnostic in outcomes[True].diagnostics:
        line = outcomes[True].source.locate(diagnostic.span.start)[0]
        by_line.setdefault(line, []).append(diagnostic)
    lines = path.read_text().splitlines()
    for number, line in enumerate(lines, 1):
        if BYTES.search(line):
            compressed, plain = (found[mode].get(number, "") for mode in (True, False))
            written = compressed if compressed == plain else f"{compressed} / {plain}"
            lines[number - 1] = BYTES.sub(f"# = {written}", line)
        if wanted := FOUND.search(line):
            at = number - bool(wanted[1])
            if by_line.get(at):
                diagnostic = by_line[at].pop(0)
                words = "; ".join((diagnostic.message, *diagnostic.notes))
                text = f"# {wanted[1] or ''}{diagnostic.severity}[{diagnostic.code}]: {words}"
                written = lines[number - 1]
                lines[number - 1] = written[: written.rindex("# ")] + text
    path.write_text("\n".join(lines) + "\n")


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(CASES))[:-3])
def test_case(path: Path, request: pytest.FixtureRequest) -> None:
    outcomes = {mode: outcome(path.read_text(), mode) for mode in (True, False)}
    if request.config.getoption("--bless"):
        bless(path, outcomes)
    lines = path.read_text().splitlines()
    for found in outcomes.values():
        failed = any(diagnostic.severity == "error" for diagnostic in found.diagnostics)
        assert failed == path.name.startswith("err_"), found.diagnostics
        check_diagnostics(lines, found)
        check_runs(lines, found)
    check_bytes(lines, outcomes)


def test_every_file_says_what_is_expected_of_it() -> None:
    assert len(FILES) > 15
    for path in FILES:
        assert path.name.startswith(("ok_", "err_")), path
        text = path.read_text()
        patterns = (FOUND,) if path.name.startswith("err_") else (BYTES, RUN)
        assert any(p.search(line) for p in patterns for line in text.splitlines()), path


def test_every_code_is_produced_by_some_case() -> None:
    lines = (line for path in FILES for line in path.read_text().splitlines())
    produced = {wanted[3] for line in lines if (wanted := FOUND.search(line))}
    assert produced | ELSEWHERE == set(CODES)
