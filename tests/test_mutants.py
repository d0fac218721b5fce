"""The mutants of `make mutants`: what is changed, and that a choice is the same each time."""

from __future__ import annotations

import pytest
from mutants.__main__ import DEFAULT, Known, choose, files_of
from mutants.mutation import is_read, mutants

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


def test_a_mutant_keeps_all_but_its_place() -> None:
    [mutant] = [each for each in mutants("m.py", MODULE) if each.new == "pass" and "+=" in
                each.shown(MODULE)[0]]  # fmt: skip
    assert mutant.apply(MODULE) == MODULE.replace("b += each << 1", "pass")
    assert mutant.lines == (10, 10)


def test_what_cannot_be_read_is_no_mutant() -> None:
    assert not is_read("m.py", "a +") and not is_read("t.toml", "a = ")
    assert is_read("m.py", "a = 1") and is_read("t.toml", "a = 1")


def test_a_choice_is_the_same_each_time_and_even() -> None:
    first = choose(DEFAULT, 60, 1)
    assert first == choose(DEFAULT, 60, 1) != choose(DEFAULT, 60, 2)
    assert [target for target, _, _ in first[: len(DEFAULT)]] == DEFAULT
    assert len({(path, mutant) for _, path, mutant in first}) == 60


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
