"""What attributes of a class, and members of an enum, stand for.

Input: the scope of its body, and what its bases mean. Output: a `Namespace`.
Invariant: as Python has it, or nothing; a class that does more than to give names values has none.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.assembler.reading.program import IntegerMember, Namespace
from asm_rv32.assembler.reading.scopes import Assigned, Binding, Scope, Visible
from asm_rv32.basis.records import Any

_ENUMS = {"Enum": False, "IntEnum": True, "Flag": False, "IntFlag": True}
"""Whose members are integers."""
_FLAGS = ("Flag", "IntFlag")
_PLAIN = ("__doc__", "__slots__", "__str__", "__repr__", "_order_", "__module__", "__order__")
"""Names with underscores that change no member."""


def bases(tokens: list[str], decorators: list[list[str]]) -> tuple[str, ...] | None:
    """What a class inherits from, by its head; None where more is said of it."""
    if any(decorator[1:] not in (["unique"], ["enum", ".", "unique"])
           for decorator in decorators):  # fmt: skip
        return None
    if tokens[2:] == [":"]:
        return ()
    if (
        len(tokens) < 5
        or tokens[2] != "("
        or tokens[-2:] != [")", ":"]
        or "=" in tokens
        or "(" in tokens[3:]
    ):
        return None
    return tuple(base for base in "".join(tokens[3:-2]).split(",") if base)


class Attributes(Namespace):
    """Of a plain class."""

    __slots__ = ("base", "visible")

    def __init__(self, visible: Visible, base: Namespace | None) -> None:
        self.visible = visible
        self.base = base

    def find(self, name: str) -> Any:
        if name.startswith("__"):
            return None
        if name in self.visible:
            return self.visible.known(name)
        return self.base.find(name) if self.base else None


class Member(Namespace):
    """Of an enum whose members are no integers."""

    __slots__ = ("number",)

    def __init__(self, number: int) -> None:
        self.number = number

    def find(self, name: str) -> Any:
        return self.number if name == "value" else None


class Members(Namespace):
    """Of an enum."""

    __slots__ = ("members",)

    def __init__(self, members: Mapping[str, Namespace]) -> None:
        self.members = members

    def find(self, name: str) -> Any:
        return self.members.get(name)


def namespace_of(scope: Scope, seen: Mapping[str, Any], visible: Visible) -> Namespace | None:
    """What the attributes of a class stand for; None where that is not plain to see.

    `seen`: what the names of its bases mean, and enum's; `visible`: the names of its body.
    """
    bases = [base for base in scope.bases or () if base != "object" or base in seen]
    enums = [sort for sort in (_enum(base, seen) for base in bases) if sort]
    if enums:
        rest = [base for base in bases if not _enum(base, seen)]
        if len(enums) > 1 or rest not in ([], ["int"]) or "int" in seen:
            return None
        return _members(scope, seen, enums[0], bool(rest) or _ENUMS[enums[0]])
    if len(bases) > 1:
        return None
    base: Any = None
    if bases:
        found = seen.get(bases[0])
        base = found.value() if isinstance(found, Binding) else None
        if not isinstance(base, Attributes) or "__init_subclass__" in base.visible:
            return None
    return Attributes(visible, base)


def _enum(name: str, seen: Mapping[str, Any]) -> str:
    """Enum's name for what a base is called; "" for another one."""
    head, _, attribute = name.partition(".")
    found = seen.get(head)
    if not isinstance(found, Binding) or found.module != "enum":
        return ""
    asked = found.asked or attribute
    return asked if asked in _ENUMS else ""


def _members(
    scope: Scope, seen: Mapping[str, Any], sort: str, are_integers: bool
) -> Namespace | None:
    members: dict[str, Namespace] = {}
    values: list[int] | None = []
    for name, given in scope.names.items():
        if name.startswith("_"):
            if name not in _PLAIN:
                return None
            continue
        value = given
        if isinstance(given, Binding):
            is_auto = isinstance(given, Assigned) and _is_auto(given, seen)
            value = _following(values, sort in _FLAGS) if is_auto else given.value()
        if not isinstance(value, int):
            values = None  # an `auto()` behind it goes on from what is not known
            continue
        if values is not None:
            values.append(value)
        members[name] = IntegerMember(value) if are_integers else Member(value)
    return Members(members)


def _is_auto(given: Assigned, seen: Mapping[str, Any]) -> bool:
    """True of `NAME = auto()`."""
    assert given.line is not None
    call = given.line.tokens[2:]
    if call not in (["auto", "(", ")"], ["enum", ".", "auto", "(", ")"]):
        return False
    found = seen.get(call[0])
    return isinstance(found, Binding) and found.module == "enum"


def _following(values: list[int] | None, is_flag: bool) -> int | None:
    """The value that `auto()` gives behind these; None where versions of Python differ."""
    if values is None:
        return None
    if not values:
        return 1
    if is_flag:
        return 1 << max(values).bit_length() if min(values) >= 0 else None
    return values[-1] + 1 if values[-1] == max(values) else None
