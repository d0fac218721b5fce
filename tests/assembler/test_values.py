"""What names around a function stand for, read from the text, is what Python gives them."""

from __future__ import annotations

import copy
import random
from array import array
from typing import Any

import pytest

from asm_rv32.assembler.ir import Data, Namespace, Program
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.basis.diagnostics import Source

NAMES = ("A", "B", "C", "D", "E")
CLASSES = ("P", "Q")
HEAD = (
    "from array import array",
    "import array as arrays",
    "import enum",
    "from enum import Enum, IntEnum, IntFlag, auto",
)


def kept(value: Any) -> Any:
    """The value as it is now."""
    return copy.deepcopy(value) if isinstance(value, (list, bytearray, array, tuple)) else value


class Writer:
    """Writes modules, statement by statement, and has Python execute them."""

    def __init__(self, choice: random.Random) -> None:
        self.choice = choice
        self.lines: list[str] = []
        self.names: dict[str, Any] = {"asm_rv32": self.defined}
        self.snapshots: list[dict[str, Any]] = []
        self.functions = 0

    def defined(self, function: object) -> None:
        """Keep what the names stand for as an assembler function is defined."""
        snapshot = {name: kept(self.names[name]) for name in NAMES if name in self.names}
        for name in CLASSES:
            if name in self.names:
                owner = self.names[name]
                snapshot[name] = {
                    each: kept(getattr(owner, each, None)) for each in ("X", "Y", "Z")
                }
        self.snapshots.append(snapshot)

    def add(self, text: str) -> None:
        """Add a statement, unless Python refuses it."""
        try:
            self.run(text)
            self.lines.append(text)
        except Exception:
            # It may have done a part of its work.
            self.names = {"asm_rv32": self.defined}
            self.snapshots.clear()
            for line in self.lines:
                self.run(line)

    def run(self, text: str) -> None:
        exec(compile(text, "<module>", "exec", dont_inherit=True), self.names)

    def one(self, *texts: str) -> str:
        return self.choice.choice(texts)

    def name(self) -> str:
        return self.choice.choice(NAMES)

    def integer(self, depth: int = 2) -> str:
        if depth == 0:
            return self.one(str(self.choice.randrange(-3, 9)), self.name())
        inner = [self.integer(depth - 1) for _ in range(3)]
        return self.one(
            inner[0], f"{inner[0]} + {inner[1]}", f"({inner[0]} << 2)", f"-{inner[0]}",
            f"len({self.data(depth - 1)})", f"{self.name()}[{self.choice.randrange(-3, 3)}]",
            "ord('A')", f"{inner[0]} if {inner[1]} else {inner[2]}", f"max({inner[0]}, {inner[1]})",
            f"sum({self.name()})", f"int.from_bytes({self.name()}, 'little')", "0x10", "True",
            f"{self.choice.choice(CLASSES)}.{self.one('X', 'Y', 'Z')}", f"abs({inner[0]})",
            f"min({self.name()})", f"({inner[0]}) % 7", f"{self.choice.choice(CLASSES)}.X.value",
        )  # fmt: skip

    def data(self, depth: int = 2) -> str:
        if depth == 0:
            return self.one("[1, 2]", "b'ab'", "'xyz'", "(3,)", "bytearray(3)", self.name())
        inner, other = self.data(depth - 1), self.data(depth - 1)
        number = self.integer(depth - 1)
        return self.one(
            f"[{number}, {self.name()}, 4]", f"({number}, {number})", f"[0] * {number}",
            f"{inner} + {other}", f"{inner} * 2", f"list({inner})", f"tuple({inner})",
            f"bytes({inner})", f"bytearray({inner})", f"bytes(range({number}))", "'é' * 3",
            f"array('H', {inner})", f"arrays.array('i', {inner})", f"'{self.name()}'.encode()",
            f"list(range({number}))", "b'a' b'b'", inner, f"[*{inner}, 1]", "bytes.fromhex('0a0b')",
            f"({inner})", "'\\x41\\n'", "[]", "b''",
        )  # fmt: skip

    def value(self) -> str:
        return self.one(self.integer(), self.data(), self.name(), self.one("None", "1.5", "{}"))

    def statement(self) -> str:
        name, other, value = self.name(), self.name(), self.value()
        klass = self.choice.choice(CLASSES)
        members = "".join(
            f"    {each} = {self.one(self.integer(1), 'auto()', 'enum.auto()', self.data(0))}\n"
            for each in self.choice.sample(("X", "Y", "Z"), self.choice.randrange(1, 4))
        )
        bases = self.one("", "(IntEnum)", "(Enum)", "(IntFlag)", "(int, Enum)", "(enum.IntEnum)",
                         f"({self.choice.choice(CLASSES)})", "(object)", "(Other)")  # fmt: skip
        common = [f"{name} = {value}"] * 14 + [f"{name}: int = {value}", f"class {klass}{bases}:\n"
                                               f"{members}"] * 2  # fmt: skip
        return self.one(
            *common, f"{name} = {other} = {value}", f"{name}, {other} = {value}, {value}",
            f"{name}.append({value})", f"{name}[0] = {value}", f"{name} += {value}",
            f"del {name}[0]", f"del {name}", f"if {value}:\n    {name} = {value}",
            f"if {value}: {name} = {value}", f"for {name} in range(3):\n    pass",
            f"for i in range(2):\n    {name}.append(i)", f"while ({name} := {value}) and 0: pass",
            f"def change():\n    {name}.append(1)", "change()", f"id(1) and {name}.clear()",
            f"def assign():\n    global {name}\n    {name} = {value}", "assign()",
            f"def hide({name}):\n    {other} = {value}", f"{name} = {other}.copy()",
            f"try:\n    {name} = {value}\nexcept ValueError:\n    {name} = 3",
            f"{klass}.X = {value}", f"setattr({klass}, 'X', 5)", f"{name} = 1; {other} = {value}",
            "len = abs", "def bytes(x):\n    return x", f"{name} = len([{value}])",
            f"with open('/dev/null') as {name}:\n    pass", f"({name}) = {value}",
            f"[{name}, {other}] = {value}, {value}", f"{name} = ({other} := {value})",
            f"x = [{name} for {name} in range(3)]", f"{name}: int", f"x = {name}.pop",
            "x()", f"x = lambda: {name}.append(3)", f"class Other:\n    X = {value}",
            "class Other(type):\n    X = 4", f"async def {name}():\n    {other} = {value}",
            f"{name} = {value}  # {name} = 3", f"'''\n{name} = 5\n'''", f"repr({name})",
            f"def {name}():\n    {other} = 5", f"class {name}:\n    {other} = 5",
            f"{name} = sorted({value})", f"if __name__ == '__main__':\n    {name}.append(3)",
            f"if __name__ == '__main__':\n    {name} = 3\n    {other} = 4",
            f"{klass}.X.append({value})", f"{name} = {klass}.X", f"x = [{name}]", "x[0].append(1)",
            "for y in x: y.append(2)", "id(x.append) and x[0].clear()", f"x = ({name}, {other})",
            f"if {value}: x = {name}", "x += [1]", "x[0] = 4", f"{name}[0].append(3)",
            f"if 1:\n    {other} = [{name}]\n    {other}[0] += [1]", f"for {other} in {name}: pass",
            f"import enum as {name}", f"from enum import auto as {name}", f"{name} = x",
        )  # fmt: skip

    def function(self) -> None:
        words = "".join(f"    li(a0, {name})\n" for name in (*NAMES, *CLASSES))
        self.add(f"@asm_rv32\ndef f{self.functions}():\n{words}")
        self.functions += 1


def written(seed: int) -> Writer:
    choice = random.Random(seed)
    writer = Writer(choice)
    for line in HEAD:
        writer.add(line)
    for _ in range(choice.randrange(2, 14)):
        writer.add(writer.statement())
        if choice.random() < 0.3:
            writer.function()
    writer.function()
    return writer


def differences(found: Any, expected: Any, name: str) -> list[str]:
    """What is read that Python does not have."""
    if isinstance(found, Data):
        found = found.value
    if isinstance(found, Namespace) and isinstance(expected, dict):
        return [
            difference for each, value in expected.items()
            for difference in differences(found.find(each), value, f"{name}.{each}")
        ]  # fmt: skip
    if found is None:
        return []
    if isinstance(found, Namespace):
        found, expected = found.find("value"), getattr(expected, "value", None)
    same = found == expected
    if not isinstance(found, int):
        same = same and type(found) is type(expected)
    return [] if same else [f"{name}: read {found!r}, Python has {expected!r}"]


def read(text: str) -> Program:
    return parse(Source("<module>", text))[0]


@pytest.mark.parametrize("block", range(8))
def test_a_name_has_the_value_that_python_gives_it_or_none(block: int) -> None:
    known = all_of_them = 0
    for seed in range(150 * block, 150 * block + 150):
        writer = written(seed)
        text = "\n".join(writer.lines) + "\n"
        functions = read(text).functions
        assert len(functions) == len(writer.snapshots), text
        for function, snapshot in zip(functions, writer.snapshots):
            for name in (*NAMES, *CLASSES):
                found = function.names.get(name)
                wrong = differences(found, snapshot.get(name, ...), name)
                assert not wrong, (seed, function.name, wrong, text)
                known += found is not None
                all_of_them += isinstance(
                    snapshot.get(name), (int, str, bytes, bytearray, array, list, tuple)
                )
    assert known > all_of_them * 0.5
