"""Why a name has no value: where it was looked for, what is there, and how to give it one.

Input: a name, with its dots, and what the function sees that it stands in. Output: notes.
Invariant: loaded for a source with a mistake only.
"""

from __future__ import annotations

import os
from array import array

from asm_rv32.assembler.reading.program import Data, Namespace, Reference
from asm_rv32.assembler.reading.scopes import (
    Assigned,
    Binding,
    Unknown,
    Visible,
    Why,
    is_data,
)
from asm_rv32.basis.diagnostics import Source, did_you_mean
from asm_rv32.basis.records import Any

UNKNOWN = {
    "def": "makes a function of it",
    "class": "makes a class of it, under a condition or in a loop",
    "parameter": "has it as a parameter of the function around",
    "for": "gives it a value for each turn of a loop",
    "with": "gives it a value as it is executed",
    "except": "gives it a value as it is executed",
    "case": "gives it a value as it is executed",
    "type": "makes a type of it",
    "del": "deletes it",
    "global": "lets a function give it another value",
    "nonlocal": "lets a function give it another value",
    "import": "imports it under a condition",
    "*": "may give it another meaning: the module is not in the project",
    "=": "gives it a value under a condition, in a loop, or together with other names",
    ":=": "gives it a value as it is executed",
}
"""What a line does to a name, by the sort of what is not known."""


_ITEMS: dict[type, str] = {str: "characters", bytes: "bytes", bytearray: "bytes"}


def why(name: str, visible: Visible, source: Source) -> Why:
    """Why a name has no value."""
    head, _, rest = name.partition(".")
    found = visible.get(head)
    if found is None:
        return Why(False, _nowhere(head, visible, source))
    return Why(True, tuple(_reason(name, rest, found, visible, source)))


def _nowhere(name: str, visible: Visible, source: Source) -> tuple[str, ...]:
    near = did_you_mean(name, visible)
    place = "the function" if len(visible.scopes) < 2 else "the function and in those around it"
    return (
        f"note: nothing in {os.path.basename(source.path)} above {place} gives it a value",
        *(near or (f"help: {name} = 4 above the function, or from MODULE import {name}",)),
    )


def _line(source: Source, given: Any) -> str:
    return f"line {source.locate(given.line.start)[0]}" if given.line else "a line"


def _reason(name: str, rest: str, found: Any, visible: Visible, source: Source) -> list[str]:
    head = name.partition(".")[0]
    if isinstance(found, Unknown):
        notes = [f"note: {_line(source, found)} {UNKNOWN[found.sort]}"]
        return [*notes, f"help: {head} = 4, once, outside of conditions, loops and functions"]
    if isinstance(found, Binding):
        if found.module:
            return _of_import(name, rest, found, source)
        if isinstance(found, Assigned):
            return _of_assignment(head, found, visible, source)
        return _of_class(name, rest, found, source)
    if isinstance(found, Reference):
        return [f"note: {head!r} is a function: la(rd, {head}) makes its address"]
    return [f"note: {head!r} is an integer, without attributes"] if rest else []


def _of_assignment(name: str, found: Assigned, visible: Visible, source: Source) -> list[str]:
    line = _line(source, found)
    value = found.value()
    if value is None and found.error is not None:
        reason = found.error.message
        return [
            f"note: {line} gives it a value that is not computed here: {reason}",
            f"help: {name} = 4, or another constant expression",
        ]
    if not found.keeps(value, visible.is_nested):
        changer = found.group.changer
        by = f"line {source.locate(changer.start)[0]}" if changer else "a function that is called"
        return [
            f"note: {line} gives it a value, which {by} may change",
            "help: change it in a function that runs later, or make it a tuple or bytes",
        ]
    return _of_data(name, value, f"{line} makes it")


def _of_data(name: str, value: Any, what: str) -> list[str]:
    value = value.value if isinstance(value, Data) else value
    return [f"note: {what} {described(value)}", *helps(name, value)]


def described(value: Any) -> str:
    """What a name of Python's has, in words."""
    sort = type(value).__name__
    article = "an" if sort[0] in "aeiou" else "a"
    size = f" of {len(value)} {_ITEMS.get(type(value), 'items')}" if is_data(value) else ""
    return f"{article} {sort}{size}"


def helps(name: str, value: Any) -> tuple[str, ...]:
    """How to get an integer from what a name has."""
    if isinstance(value, str) and len(value) == 1:
        return (f"help: ord({name}) is the character's number",)
    if isinstance(value, (str, bytes, bytearray, array, list, tuple, range)):
        return (f"help: {name}[0] is an item, len({name}) their number",)
    return ()


def _of_class(name: str, rest: str, found: Binding, source: Source) -> list[str]:
    value = found.value()
    line = _line(source, found)
    if value is None:
        return [
            f"note: the class of {line} inherits, is decorated or changed, so that its attributes "
            "may be others than it says",
            "help: a plain class, or an enum.IntEnum, gives constants names",
        ]
    return _of_attribute(name, rest, value, f"the class of {line}")


def _of_attribute(name: str, rest: str, owner: Namespace, what: str) -> list[str]:
    if not rest:
        return [f"note: it is {what}", f"help: {name}.NAME is an attribute"]
    inner, _, further = rest.partition(".")
    value = owner.find(inner)
    if value is None:
        near = did_you_mean(inner, owner.names())
        return [f"note: {what} has no {inner!r} with a value that is known without executing it",
                *near]  # fmt: skip
    if isinstance(value, Namespace):
        if not further and value.find("value") is not None:
            return ["note: it is a member of an enum, and no integer", f"help: {name}.value"]
        return _of_attribute(name, further, value, f"{inner!r} of {what}")
    if further:
        return [f"note: {inner!r} of {what} has no attributes here"]
    return _of_data(name, value, f"{what} has there")


def _of_import(name: str, rest: str, found: Binding, source: Source) -> list[str]:
    from asm_rv32.assembler.reading.imports import Module, imported, project_of

    line = _line(source, found)
    world = found.world  # type: ignore[attr-defined]
    project = project_of(world)
    path = project.find(found.module, world.source.path)
    if path is None:
        folders = " and ".join(os.path.relpath(root) for root in project.roots)
        where = f"in {folders}" if folders else "nowhere: the text is no file"
        return [
            f"note: {line} imports it from {found.module!r}, which is looked for {where}",
            "help: what is read stands in the file's folder or in its package, as text",
        ]
    shown = os.path.relpath(path)
    asked = ".".join(part for part in (found.asked, rest) if part)
    module = Module(path, project, world)
    value = imported(found.module, "", world).find(asked.partition(".")[0]) if asked else None
    if value is not None:
        return _of_attribute(name, asked, module, shown)
    if not asked:
        return [f"note: it is the file {shown}", f"help: {name}.NAME is what NAME is there"]
    program = module.program()
    if program is None:
        return [f"note: {line} imports it from {shown}, which cannot be read, or imports this file"]
    inner = program.names.why(asked, program.source)
    if not inner.is_bound:
        return [f"note: {line} imports it from {shown}, which gives {asked!r} no value"]
    notes = [note.replace("note: ", f"note: in {shown}, ", 1) for note in inner.notes]
    return [f"note: {line} imports it from {shown}", *notes]
