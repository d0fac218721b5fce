"""The mutants of `make mutants`: what is changed, the same each time, and by whom it is judged."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from mutants import __main__ as command
from mutants import checkout
from mutants.__main__ import DEFAULT, Known, choose, files_of, fresh, last_run
from mutants.mutation import is_read, mutants
from mutants.order import WHOLE, Map, Run

MODULE = '''
"""Not this."""
from functools import lru_cache
@lru_cache(maxsize=4)
def f(a: "int", b=-1) -> "str":
    """Nor this."""
    if a < b and not b:
        raise ValueError(f"{a} of {2}")
    for each in [c for c in a if c]:
        b += each << 1
        continue
    return a if b else "ü" * 2
'''
HEAD = 'def f(a: "int", b={}) -> "str":'
RESULT = 'return a if b else "ü" * 2'
CHANGED = {
    *((HEAD.format("-1"), HEAD.format(after)) for after in ("(1)", "-(2)", "-(0)")),
    *(("if a < b and not b:", after) for after in (
        "if (not (a < b and (not b))):", "if (a < b or not b):", "if (a <= b) and not b:",
        "if a < b and (b):",
    )),
    ('raise ValueError(f"{a} of {2}")', "pass"),
    ("for each in [c for c in a if c]:", "for each in [c for c in a if (not c)]:"),
    *(("b += each << 1", after) for after in (
        "pass", "b -= each << 1", "b += (each >> 1)", "b += each << (2)", "b += each << (0)",
    )),
    ("continue", "pass"),
    *((RESULT, after) for after in (
        "return None", 'return a if (not b) else "ü" * 2', "return a if b else ('ü' + 2)",
        "return a if b else ('x') * 2", 'return a if b else "ü" * (3)',
        'return a if b else "ü" * (1)',
    )),
}  # fmt: skip
TABLE = """# 1 true
[first]  # 2
add = { fixed = "6..0=0x33", hint = true, at = 9 }
sub = { fixed = "6..1=0x33" }
"""
FIELDS = {
    ('"6..0=0x33", hint = true, at = 9', '"7..0=0x33", hint = true, at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..1=0x33", hint = true, at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..0=0x34", hint = true, at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..1=0x33", hint = true, at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..0=0x33", hint = false, at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..0=0x33", hint = true, at = 10'),
    ('"6..0=0x33", hint = true, at = 9', '"6..0=0x33", at = 9'),
    ('"6..0=0x33", hint = true, at = 9', '"6..0=0x33", hint = true'),
}
ROW = (
    """add = { syntax = "rd, rs1", base = ["sub rd, rd", "not rd"], does = "{}", title = "A, b" }"""
)
MEANINGS = {
    "rd = signed(rs1) >> ~rs2": {
        "rd = (rs1) >> ~rs2", "rd = signed(rs1) >> rs2", "rd = signed(rs1) << ~rs2",
        "rd = ~rs2 >> signed(rs1)",
    },
    "store8(rs1 + at, rs2)": {
        "(rs1 + at, rs2)", "store8(rs1 - at, rs2)", "store8(rs1 + rs2, at)",
    },
    "rd = rs1 == rs1": {"rd = rs1 != rs1"},
}  # fmt: skip


def changes(name: str, text: str) -> list[tuple[str, str]]:
    found = mutants(name, text)
    assert all(each.apply(text) != text for each in found)
    return [each.shown(text) for each in found if is_read(name, each.apply(text))]


def test_operators_constants_statements_and_conditions_of_a_module() -> None:
    assert set(changes("m.py", MODULE)) == CHANGED


def test_fields_of_a_table() -> None:
    found = changes("t.toml", TABLE)
    assert {(f"add = {{ fixed = {before} }}", f"add = {{ fixed = {after} }}")
            for before, after in FIELDS} <= set(found)  # fmt: skip
    dropped = [after for before, after in found if before.startswith("add") and "sub" in after]
    assert dropped == ['sub = { fixed = "6..1=0x33" }']


@pytest.mark.parametrize("does", MEANINGS)
def test_operators_functions_and_order_in_a_text(does: str) -> None:
    text = ROW.replace("{}", does)
    found = {after for _, after in changes("t.toml", text) if does not in after and "does" in after}
    assert found == {ROW.replace("{}", after) for after in MEANINGS[does]}
    others = {after for _, after in changes("t.toml", text) if does in after and "title" in after}
    assert others >= {
        text.replace("rd, rs1", "rs1, rd"), text.replace('"sub rd, rd", ', ""),
        text.replace("sub rd, rd", "not rd"),
    }  # fmt: skip
    assert all("A, b" in after for after in others)


def test_a_mutant_keeps_all_but_its_place() -> None:
    [mutant] = [each for each in mutants("m.py", MODULE) if each.new == "pass" and "+=" in
                each.shown(MODULE)[0]]  # fmt: skip
    assert mutant.apply(MODULE) == MODULE.replace("b += each << 1", "pass")
    assert mutant.lines == (10, 10)


def test_what_cannot_be_read_is_no_mutant() -> None:
    assert not is_read("m.py", "a +") and not is_read("t.toml", "a = ")
    assert is_read("m.py", "a = 1") and is_read("t.toml", "a = 1")


def test_a_choice_is_the_same_each_time_and_even() -> None:
    some = DEFAULT[:3]
    first = choose(some, 20, 1)
    assert first == choose(some, 20, 1) != choose(some, 20, 2)
    assert [target for target, _, _ in first[: len(some)]] == some
    assert len({(path, mutant) for _, path, mutant in first}) == 20


def test_a_name_that_nothing_has_is_refused() -> None:
    assert all("cores" in path for path in files_of("cores"))
    with pytest.raises(SystemExit, match="'nowhere'"):
        files_of("nowhere")


def test_each_mutant_called_equivalent_can_still_be_made() -> None:
    known = Known()
    assert known.stale() == []
    assert all(reason.strip() for reason in known.values())
    for (name, _, _), _ in known.items():
        assert name.endswith((".py", ".toml"))


def test_the_last_run_is_gone_on_with(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is killed stays so; what was not judged comes before what survived."""
    kept = tmp_path / "outcomes.json"
    monkeypatch.setattr(command, "OUTCOMES", kept)
    survived, unjudged, killed, changed = fresh(choose(["relax", "cores"], 4, 1))
    killed = killed._replace(result="killed", why="a test")
    rows = [
        survived._replace(result="survived"), unjudged, killed,
        changed._replace(before="no line of any file"),
    ]  # fmt: skip
    kept.write_text(json.dumps(rows))
    assert last_run() == [killed, unjudged, rows[0]]


FILES = {
    "tests/test_docs.py": Run(8, {"m.py": 0b1110}),
    "tests/test_sdist.py": Run(9, {"m.py": 0b0100}),
    "tests/test_wheel.py": Run(1, {"m.py": 0b0010}),
    "tests/test_layering.py": Run(30, None),
}
TESTS = {
    "tests/test_docs.py::test_slow": Run(5, {"m.py": 0b0110}),
    "tests/test_docs.py::test_quick": Run(1, {"m.py": 0b1100}),
    "tests/test_docs.py::test_other": Run(1, {"m.py": 0b1000, "n.py": 0b0100}),
    "tests/test_sdist.py::test_it": Run(7, {"m.py": 0b0100}),
    "tests/test_wheel.py::test_other": Run(1, {"m.py": 0b0010}),
}


def test_who_runs_a_line_judges_its_mutants_quick_ones_first() -> None:
    """The others of a file come last: they may find in a cache what the line has computed."""
    order = Map(FILES, TESTS)
    tests = ["docs.py::test_quick", "docs.py::test_slow", "sdist.py::test_it"]
    expected = [f"tests/test_{name}" for name in (*tests, "docs.py", "layering.py")]
    assert order.order("m.py", (2, 2), ["m"]) == expected
    assert order.order("n.py", (1, 2), ["n"])[0] == "tests/test_docs.py::test_other"
    assert set(order.order("t.toml", (1, 1), ["t"])) == {*TESTS, "tests/test_layering.py"}


def test_who_noticed_mutants_like_it_and_was_not_tried_in_vain_comes_first() -> None:
    order = Map(FILES, TESTS)
    slow, quick = "tests/test_sdist.py::test_it", "tests/test_docs.py::test_quick"
    first = order.order("m.py", (2, 2), ["m", "operator"])
    assert first.index(quick) < first.index(slow)
    for _ in range(10):
        order.noticed(f"{slow}[1]", [quick, "tests/test_docs.py::test_slow"], ["m", "constant"])
    assert order.order("m.py", (2, 2), ["m", "operator"])[0] == slow
    assert order.order("m.py", (2, 2), ["n", "operator"]) == first


def test_what_looks_at_every_row_judges_tables_first() -> None:
    for folder, whole in WHOLE.items():
        for name in whole:
            file, _, test = name.partition("::")
            assert f"\ndef {test}(" in (checkout.ROOT / file).read_text()
            order = Map(FILES, TESTS | {name: Run(50, {"m.py": 1})})
            assert order.order(f"{folder}/a.toml", (1, 1), ["t"])[0] == name
            assert order.order("other/a.toml", (1, 1), ["t"])[0] != name


def test_a_run_that_waits_for_what_never_comes_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checkout, "STILL", 0.1)
    command = [sys.executable, "-c", "import time; print(1); time.sleep(1000)"]
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, start_new_session=True
    ) as waiting:
        with pytest.raises(subprocess.TimeoutExpired):
            checkout._said(waiting, 1000)
        waiting.kill()
