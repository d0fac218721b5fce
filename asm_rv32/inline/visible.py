"""What names around a function object stand for in the assembler.

Input: a function's globals and closure. Output: integers; `Data` for what may lie in memory; a
`Reference` to a function or a block of data; a `Macro`; an `Extern`; a `Namespace` for a class or a
module.
Invariant: names are looked up when they are asked for: what they have then counts.
"""

from __future__ import annotations

import re
from array import array
from collections.abc import Iterable, Iterator, Mapping
from enum import Enum
from types import FunctionType, ModuleType

from asm_rv32.assembler.reading.program import (
    Data,
    Extern,
    Home,
    IntegerMember,
    Macro,
    Namespace,
    Reference,
)
from asm_rv32.assembler.reading.scopes import VALUES, Picked, Sight, Why
from asm_rv32.basis.diagnostics import Source, Span, did_you_mean
from asm_rv32.basis.records import Any


class Assembled:
    """An object that functions find under its name: a function, a block of data, a macro."""

    is_outdated = False
    """Whether its data has another size than it was assembled to: never."""

    @property
    def meant(self) -> Reference | Macro:
        """What it stands for."""
        raise NotImplementedError


class ModuleHome(Home):
    """The names of a module, for the data that they stand for."""

    def __init__(self, names: Mapping[str, object]) -> None:
        self.names = names
        self._named: dict[int, str] = {}
        """`id` of an object → the name that it had when there were `_count` names."""
        self._count = -1

    def meant(self, name: str, value: object) -> Any:
        """What an object stands for in the assembler; None for one of another type."""
        if isinstance(value, int):
            return IntegerMember(value) if isinstance(value, Enum) else int(value)
        if isinstance(value, (str, bytes, bytearray, array, list, tuple)):
            return Data(name, value, self, None, None)
        if isinstance(value, Assembled):
            return value.meant
        if isinstance(value, Extern):
            return value
        if isinstance(value, ModuleType):
            return Attributes("", value, ModuleHome(vars(value)))
        if isinstance(value, (type, Enum)):
            return Attributes(f"{name}.", value, self)
        return None

    def find(self, thing: object) -> Data | Reference | None:
        name = self._name_of(thing)
        found = self.meant(name, thing)
        if isinstance(found, Reference):
            return found
        return found if name and isinstance(found, Data) else None

    def _name_of(self, thing: object) -> str:
        """The first name of an object; "" for one without."""
        if self._count != len(self.names):
            self._count = len(self.names)
            self._named = {id(value): name for name, value in reversed([*self._objects()])}
        name = self._named.get(id(thing), "")
        try:
            return name if name and self._object(name) is thing else ""
        except KeyError:
            return ""

    def _object(self, name: str) -> object:
        return self.names[name]

    def _objects(self) -> Iterable[tuple[str, object]]:
        return self.names.items()

    @property
    def source(self) -> Source:
        """The text that gives names their values."""
        # With `tokenize` behind it, it costs more to load than all else here.
        import linecache

        path = str(self.names.get("__file__", ""))
        return Source(path, "".join(linecache.getlines(path)))

    def place_of(self, name: str) -> tuple[Source, Span]:
        """The line in which a name stands first."""
        source = self.source
        word = re.escape(re.split(r"[.[]", name)[0])
        found = re.search(rf"(?m)^[^\n#]*\b{word}\b.*$", source.text)
        return source, Span(*found.span()) if found else Span(0, 0)


class VisibleNames(Sight, ModuleHome):
    """What a function's body sees under a name, of its closure and global."""

    def __init__(self, function: FunctionType, source: Source) -> None:
        super().__init__(function.__globals__)
        self._closure = dict(zip(function.__code__.co_freevars, function.__closure__ or ()))
        self._source = source
        self._held: dict[str, object] = {}
        """The places that were found last: what lies there is one unit as long as it is held."""

    def __getitem__(self, name: str) -> Any:
        found = self.meant(name, self._object(name))
        if found is None:
            raise KeyError(name)
        return found

    def _object(self, name: str) -> object:
        if name not in self._closure:
            return self.names[name]
        try:
            return self._closure[name].cell_contents
        except ValueError:
            # A variable of the enclosing function that has no value yet.
            raise KeyError(name) from None

    def _objects(self) -> Iterable[tuple[str, object]]:
        for name in (*self._closure, *self.names):
            try:
                yield name, self._object(name)
            except KeyError:
                continue

    @property
    def source(self) -> Source:
        return self._source

    def pick(self, words: Iterable[str]) -> Picked:
        """What those words stand for that are integers, `Data` or `Namespace`s."""
        found = Picked(self)
        for word in words:
            value = self.get(word)
            if isinstance(value, VALUES):
                found[word] = value
        return found

    def knows(self, name: str, picked: Mapping[str, Any] = {}) -> bool:
        """Whether a name stands for a place, or the text gives it a meaning later on."""
        if super().knows(name, picked):
            return True
        word = re.escape(name.partition(".")[0])
        binding = (
            rf"(?m)^[ \t]*(?:(?:def|class)[ \t]+{word}\b|{word}[ \t]*[:=]"
            rf"|(?:from|import)\b[^\n]*\b{word}\b)"
        )
        return re.search(binding, self._source.text) is not None

    def place(self, name: str, picked: Mapping[str, Any] = {}) -> Any:
        from asm_rv32.inline.places import PLACES

        found = self._held[name] = PLACES.place(*self.meaning(name, picked))
        return found

    def why(self, name: str, source: Source) -> Why:
        """Why a name has no value."""
        from asm_rv32.assembler.reading.why import described, helps

        head, _, rest = name.partition(".")
        try:
            value = self._object(head)
        except KeyError:
            note = f"note: as the function is defined, nothing around it is called {head!r}"
            near = did_you_mean(head, self)
            return Why(False, (note, *(near or (f"help: {head} = 4 above the function",))))
        for part in rest.split(".") if rest else ():
            value = getattr(value, part, None)
        note = f"note: as the function is defined, it is {described(value)}"
        return Why(True, (note, *helps(name, value)))

    def __iter__(self) -> Iterator[str]:
        for name in {**self.names, **self._closure}:
            if name in self:
                yield name

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Attributes(Namespace):
    """Of a class, a module, or a member of an enum."""

    __slots__ = ("home", "owner", "prefix")

    def __init__(self, prefix: str, owner: object, home: ModuleHome) -> None:
        self.prefix = prefix
        """What stands in front of the names of data."""
        self.owner = owner
        self.home = home

    def find(self, name: str) -> Any:
        return self.home.meant(f"{self.prefix}{name}", getattr(self.owner, name, None))
