"""`NamedTuple` and what else of `typing` is needed while running, without importing `typing`.

It is for every module that a command or a decorator may have to wait for.

Type checkers see `typing` itself. Importing it, and what its NamedTuple and that of `collections`
do for each class, takes a third of the time that assembling a small file takes altogether: they
compile a constructor for every class, where one for each number of fields will do. A record of more
fields than there are constructors is a class of its own.
"""

from __future__ import annotations

TYPE_CHECKING = False

if TYPE_CHECKING:
    from typing import Any as Any
    from typing import ClassVar as ClassVar
    from typing import Generic as Generic
    from typing import NamedTuple as NamedTuple
    from typing import NoReturn as NoReturn
    from typing import ParamSpec as ParamSpec
    from typing import Protocol as Protocol
    from typing import Self as Self
    from typing import TypeVar as TypeVar
    from typing import overload as overload
else:
    from _collections import _tuplegetter
    from types import FunctionType

    Any = ClassVar = NoReturn = Protocol = Self = object

    def TypeVar(name, bound=None):
        """Stands for a type in signatures, which nobody reads while running."""
        return name

    ParamSpec = TypeVar

    class Generic:
        """A base whose parameters mean nothing while running."""

        def __class_getitem__(cls, parameters):
            return cls

    def overload(function):
        """A signature among several; the function itself comes behind them."""
        return function

    new = tuple.__new__
    _CONSTRUCTORS = (
        lambda _cls: new(_cls),
        lambda _cls, a: new(_cls, (a,)),
        lambda _cls, a, b: new(_cls, (a, b)),
        lambda _cls, a, b, c: new(_cls, (a, b, c)),
        lambda _cls, a, b, c, d: new(_cls, (a, b, c, d)),
        lambda _cls, a, b, c, d, e: new(_cls, (a, b, c, d, e)),
        lambda _cls, a, b, c, d, e, f: new(_cls, (a, b, c, d, e, f)),
        lambda _cls, a, b, c, d, e, f, g: new(_cls, (a, b, c, d, e, f, g)),
        lambda _cls, a, b, c, d, e, f, g, h: new(_cls, (a, b, c, d, e, f, g, h)),
        lambda _cls, a, b, c, d, e, f, g, h, i: new(_cls, (a, b, c, d, e, f, g, h, i)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j: new(_cls, (a, b, c, d, e, f, g, h, i, j)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k: new(_cls, (a, b, c, d, e, f, g, h, i, j, k)),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t)
        ),
        lambda _cls, a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u: new(
            _cls, (a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q, r, s, t, u)
        ),
    )
    """One for each number of fields; the parameters are named by the class."""

    def _make(cls, values):
        return tuple.__new__(cls, values)

    def _asdict(self):
        return dict(zip(self._fields, self))

    def _replace(self, /, **changes):
        made = tuple.__new__(type(self), map(changes.pop, self._fields, self))
        if changes:
            raise TypeError(f"unexpected field names: {[*changes]}")
        return made

    def _arguments(self):
        return tuple(self)

    def _repr(self):
        shown = ", ".join(f"{field}={value!r}" for field, value in zip(self._fields, self))
        return f"{type(self).__name__}({shown})"

    _COMMON = {
        "__slots__": (), "__repr__": _repr, "__getnewargs__": _arguments, "_asdict": _asdict,
        "_make": classmethod(_make), "_replace": _replace,
    }  # fmt: skip
    """What every named tuple has, as `collections.namedtuple` gives it: each has it of its own, as
    a class is made the sooner the fewer classes are above it."""
    _GETTERS = [_tuplegetter(number, "") for number in range(len(_CONSTRUCTORS))]

    def _constructor(name, fields, defaults):
        code = _CONSTRUCTORS[len(fields)].__code__
        named = code.replace(co_name=f"{name}.__new__", co_varnames=("_cls", *fields))
        return FunctionType(named, {"new": tuple.__new__}, "__new__", defaults)

    class _NamedTupleMaker(type):
        """Turns a class body into a named tuple: its annotations are the fields, in order."""

        def __new__(cls, name, bases, body):
            fields = tuple(body.pop("__annotations__", ()))
            defaults = tuple([body.pop(field) for field in fields if field in body])
            members = _COMMON | body
            members.update(zip(fields, _GETTERS))
            members["_fields"] = members["__match_args__"] = fields
            members["__new__"] = _constructor(name, fields, defaults)
            return type(name, (tuple,), members)

    NamedTuple = type.__new__(_NamedTupleMaker, "NamedTuple", (), {"__module__": __name__})
