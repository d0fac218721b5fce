"""`NamedTuple` and what else of `typing` is needed while running, without importing `typing`.

Type checkers see `typing` itself. Importing it, and what its NamedTuple does for each class, takes
a third of the time that assembling a small file takes altogether.
"""

from __future__ import annotations

from collections import namedtuple

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
else:
    Any = NoReturn = object

    class _NamedTupleMaker(type):
        """Turns a class body into a named tuple: its annotations are the fields, in order."""

        def __new__(cls, name, bases, body):
            fields = body.pop("__annotations__", {})
            defaults = [body.pop(field) for field in fields if field in body]
            made = namedtuple(name, fields, defaults=defaults, module=body["__module__"])
            made.__annotations__ = fields
            for attribute, value in body.items():
                if attribute != "__module__":
                    setattr(made, attribute, value)
            return made

    NamedTuple = type.__new__(_NamedTupleMaker, "NamedTuple", (), {"__module__": __name__})
