"""What names around a function stand for, read from the text, is what Python gives them."""

from __future__ import annotations

import copy
import random
from array import array
from typing import Any

import pytest

from asm_rv32.assembler.data import layout
from asm_rv32.assembler.ir import DataError
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.assembler.reading.parser import parse
from asm_rv32.assembler.reading.program import Data, Namespace, Program, Reference
from asm_rv32.basis.diagnostics import AssemblyError, Source

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


# ---- what is read, and what is not


def named(text: str, name: str = "N") -> Any:
    """What a name stands for in a function below the text."""
    found = read(f"{text}\n@asm_rv32\ndef f():\n    li(a0, {name})\n").functions[0].names.get(name)
    return found.value if isinstance(found, Data) else found


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("def f(M):\n    pass\nN = 3", 3), ("N = 4; M = 5", 4), ("N: int = 4", 4),
        ("if x:\n    M = 4\nN = 5", 5), ("N = 4\nN: int", 4), ("N = const(4) + 1", 5),
        ("try:\n    from micropython import const\nexcept ImportError:\n    const = int\n"
         "N = const(5)", 5),
        ("N = [1]\nprint(N)", [1]), ("N = [1]\nassert N[0] == 1", [1]), ("M = [1]\nN = M", [1]),
        ("N = [1]\ndef g():\n    N.append(2)", [1]), ("N = bytearray(2)\nM = N[0]", bytearray(2)),
        ("N = [1]\nif __name__ == '__main__':\n    N.append(3)\n    N = 5", [1]),
        ("N = b'ab'\nsend(N)", b"ab"), ("N = 4\nsend(N)", 4), ("N = range(3)", None),
        ("@asm_rv32\ndef g():\n    pass\nN = len(g)", None), ("N = len([1, g])", None),
        ("N = [f'x']", None), ("N = None", None), ("N = 1.5", None), ("N = {1: 2}", None),
        ("N = [1]\nN.append(2)", None), ("N = [1]\nM = N\nM.append(2)", None),
        ("N = [1]\ndef g():\n    N.append(2)\ng()", None), ("N = [1]\nsend(N)", None),
        ("N = 1\nif x:\n    N = 2", None), ("N = 1\nif x: N = 2", None), ("N = M = 1", None),
        ("N = 1\nM, N = 2, 3", None), ("N = 1\nfor N in x:\n    pass", None),
        ("N = 1\ndel N", None), ("N = 1\ndef g():\n    global N\n    N = 2", None),
        ("N = 1\nfrom x import *", None), ("len = abs\nN = len('ab')", None),
        ("N = bytes(1 << 30)", None), ("N = [0] * (1 << 30)", None), ("N = 'x' * (1 << 30)", None),
        ("N = list(range(1 << 40))", None), ("N = bytes('x', 'idna')", None),
        ("M = [1]\nN = [M, M]\nM.append(2)", None), ("N = [1]\nif x: M = N\nM.append(2)", None),
    ],
)  # fmt: skip
def test_values_of_names(text: str, value: object) -> None:
    found = named(text)
    assert found == value
    assert type(found) is type(value)


def test_a_function_inside_another_sees_what_python_lets_it_see() -> None:
    text = (
        "N = 1\nM = 2\nK = 3\ndef outer(N):\n    M = 5\n    if x:\n        K = 6\n"
        "    @asm_rv32\n    def f():\n        li(a0, N + M + K)\n"
        "class C:\n    M = 7\n    @asm_rv32\n    def g():\n        li(a0, M)\n"
    )
    inside, method = read(text).functions
    assert dict(inside.names) == {"M": 5}
    assert dict(method.names) == {"M": 2}


def test_long_chains_and_many_names_take_no_stack_and_little_time() -> None:
    chain = "".join(f"N{at + 1} = N{at} + [{at}]\n" for at in range(900))
    assert named(f"N0 = []\n{chain}", "N900") == [*range(900)]
    assert named("N0 = [1]\n" + "".join(f"N{at + 1} = N{at}\n" for at in range(3000)), "N3000")
    stars = "from a import *\nN = 1\n"
    assert named(stars * 60) == 1
    assert named(stars * 70) is None
    doubled = "".join(f"N{at + 1} = N{at} + N{at}\n" for at in range(60))
    assert named(f"N0 = [1]\n{doubled}", "N60") is None


# ---- as it lies in memory


def laid_out(text: str, name: str = "N") -> Any:
    return layout(read(text).names[name])


def test_data_lies_in_memory_as_the_calling_convention_has_it() -> None:
    assert laid_out("N = 'hé'")[:3] == (b"h\xc3\xa9\0", (), 1)
    assert laid_out("N = b'ab'") == (b"ab", (), 1, False)
    assert laid_out("N = bytearray(2)") == (b"\0\0", (), 1, True)
    assert laid_out("from array import array\nN = array('h', [-1, 2])") == (
        b"\xff\xff\2\0", (), 2, True,
    )  # fmt: skip
    assert laid_out("N = [1, -1, 0xFFFFFFFF]") == (
        b"\1\0\0\0" + 8 * b"\xff", (), 4, False,
    )  # fmt: skip
    assert laid_out("N = ()") == (b"", (), 4, False)


def test_items_are_functions_and_other_data_too() -> None:
    text = (
        "ROW = [1, 2]\n@asm_rv32\ndef f():\n    pass\nclass C:\n    @asm_rv32\n    def g():\n"
        "        pass\nN = [f, ROW, 'text', 5, C.g, ROW]\nM = N\n"
    )
    names = read(text).names
    content, references, _, _ = layout(names["N"])
    assert content == 12 * b"\0" + b"\5\0\0\0" + 8 * b"\0"
    (_, f), (_, row), (_, literal), (_, g), (_, again) = references
    assert [offset for offset, _ in references] == [0, 4, 8, 16, 20]
    assert (f, g) == (Reference("f", names.world), Reference("C.g", names.world))
    assert row is again is names["ROW"]
    assert (literal.name, literal.value) == ("N[2]", "text")
    assert names["M"] is names["N"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("N = [1, [2]]", "item 1 is a list without a name of its own"),
        ("N = [(1,)] * 2", "item 0 is a tuple without a name of its own"),
        ("N = [1 << 32]", "item 0, 4294967296, does not fit into a word"),
        ("N = [range(3)]", "item 0 is range"),
    ],
)
def test_what_cannot_lie_in_memory_is_told(text: str, message: str) -> None:
    with pytest.raises(DataError) as caught:
        laid_out(text)
    assert caught.value.message == message
    assert all(note.startswith("help: ") for note in caught.value.notes)


# ---- why there is no value


def notes(text: str, operand: str = "N") -> str:
    """What is said of a function below the text in which a name is asked for its value."""
    with pytest.raises(AssemblyError) as caught:
        assemble(f"{text}\n@asm_rv32\ndef f():\n    addi(a0, a0, {operand})\n")
    (found,) = caught.value.diagnostics
    return " ".join((found.message, *found.notes))


@pytest.mark.parametrize(
    ("text", "operand", "words"),
    [
        ("M = 4", "N", "nothing in <string> above the function gives it a value"),
        ("NAMED = 4", "NAMEX", "did you mean 'NAMED'?"),
        ("\nN = compute()", "N", "line 2 gives it a value that is not computed here: compute()"),
        ("N = bytes(1 << 30)", "len(N)", "more than 16777216 bytes of data"),
        ("if x:\n    N = 3", "N", "line 2 gives it a value under a condition, in a loop"),
        ("def N():\n    pass", "N", "line 1 makes a function of it"),
        ("N = [1]\nN.append(3)", "N[0]", "line 1 gives it a value, which line 2 may change"),
        ("N = [1, 2]", "N", "line 1 makes it a list of 2 items help: N[0] is an item, len(N)"),
        ("N = 'x'", "N", "help: ord(N)"),
        ("class N(Base):\n    A = 4", "N.A", "the class of line 1 inherits"),
        ("class N:\n    A = 4", "N.B", "the class of line 1 has no 'B'"),
        ("from enum import Enum\nclass N(Enum):\n    A = 4", "N.A", "help: N.A.value"),
        ("from other import N", "N", "line 1 imports it from 'other', which is looked for nowhere"),
        ("import other", "other.N", "line 1 imports it from 'other'"),
    ],
)
def test_an_error_says_where_a_name_was_looked_for(text: str, operand: str, words: str) -> None:
    assert words in notes(text, operand)
