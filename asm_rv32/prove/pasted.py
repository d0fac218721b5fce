"""A counterexample as a test for pytest, ready to paste into a file beside the function's.

Input: the function, the arguments, what both sides gave. Output: the test's text; it fails for the
function, and holds for one that does what the other did.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Mapping, Sequence
from itertools import groupby
from pathlib import PurePath
from typing import Any, NamedTuple

from asm_rv32.isa.image import FLOAT, NOTHING, Image
from asm_rv32.machine.calling import float_of, signed
from asm_rv32.prove.overlaps import Part


class Outcome(NamedTuple):
    """What a function gives for the arguments."""

    word: int | None
    """The result; None where it gives nothing, or stops."""
    stops: bool
    """Whether it ends in an error."""
    buffers: Mapping[int, bytes]
    """Afterwards: number of an argument that is a buffer → its bytes."""


def pasted(image: Image, values: Sequence[Any], other: str, wanted: Outcome) -> str | None:
    """The test that holds `image` to what the function named `other` gives; None where its file
    has no name to import it by."""
    module = PurePath(image.source.path).stem
    if not module.isidentifier():
        return None
    names: list[str] = []
    given: list[str] = []
    checks: list[str] = []
    for at, (parameter, value) in enumerate(zip(image.parameters, values)):
        if not isinstance(value, (array, bytearray, Part)):
            given.append(repr(value))
            continue
        given.append(parameter)
        left = wanted.buffers.get(at, b"")
        if isinstance(value, Part):
            line = f"    memory = memoryview({written(bytearray(value.memory))})"
            names += [] if line in names else [line]
        made = _quoted(repr(value)) if isinstance(value, Part) else written(value)
        names.append(f"    {parameter} = {made}")
        code = getattr(value, "typecode", None)
        content = array(code, left) if code else bytearray(left)
        checks.append(f"    assert {parameter} == {written(content)}")
    call = f"{image.name}({', '.join(given)})"
    if wanted.stops:
        body = ["    with pytest.raises(ExecutionError):", f"        {call}"]
    else:
        result = _result(image.returns, wanted.word)
        body = [f"    {call}" if result is None else f"    assert {call} == {result}", *checks]
    title = re.sub(r"\W", "_", f"test_{image.name}_is_{other}")
    lines = [*_imports(body, names, image.name, module), "", "", f"def {title}():", *names, *body]
    return "\n".join(lines) + "\n"


def _imports(body: list[str], names: list[str], function: str, module: str) -> list[str]:
    lines = [*names, *body]
    found = ["from array import array", ""] if any(" array(" in each for each in lines) else []
    if any("pytest" in each for each in body):
        found += ["import pytest", "from asm_rv32 import ExecutionError"]
    return [*found, f"from {module} import {function}"]


def _result(returns: str, word: int | None) -> str | None:
    """The result as the call gives it; None where that is nothing, or no number."""
    if word is None or returns in (NOTHING, "object"):
        return None
    if returns == "bool":
        return repr(word != 0)
    if returns == FLOAT:
        found = float_of(word)
        return repr(found) if found == found else None
    return str(word if returns == "uint" else signed(word))


def written(value: array[Any] | bytearray) -> str:
    """An array as an expression; what is the same over and over stands once."""
    runs = [(item, len(list(some))) for item, some in groupby(value)]
    if len(runs) * 2 > len(value):
        return _quoted(repr(value)) if isinstance(value, array) else repr(value)
    parts = [f"[{item}]" + (f" * {many}" if many > 1 else "") for item, many in runs]
    inner = " + ".join(parts)
    return (
        f'array("{value.typecode}", {inner})' if isinstance(value, array) else f"bytearray({inner})"
    )


def _quoted(text: str) -> str:
    """Python that holds no text but type codes, with the quotes that formatters want."""
    return text.replace("'", '"')
