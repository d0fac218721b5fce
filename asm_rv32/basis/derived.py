"""Plain data computed from files once and kept beside the byte code.

Input: the files that the data is derived from, and the function that computes it.
Output: that data, from a file while no input has changed since.
Invariants: only what `marshal` holds (numbers, text, tuples, lists, dicts) is kept, as with `.pyc`
files: beside them, or in the user's cache folder where the package is not to be written; where
neither can be, the data is computed at each start. What is kept is believed where it is whole, and
where nobody but the user or the package's owner, who has the package's code as well, can have
written it.
"""

from __future__ import annotations

import marshal
import os
import re
import stat
import sys
from _imp import source_hash  # importlib.util has it, and loads much for it
from collections.abc import Callable, Iterable, Iterator

from asm_rv32.basis.records import Any

PACKAGE_FOLDER = os.path.join(os.path.dirname(__file__), "__pycache__")
_CHECKSUM = 8
"""Bytes in front of all else: its hash, the one of `.pyc` files that are checked by it."""
_HEAD = 16
"""Bytes in front of the data: that, and how long the data is; bytes may stand behind."""
_KEY = 0
_MODE = 0o644
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH


def _folders() -> Iterator[str]:
    """Where the data may be kept, the best place first."""
    cache = os.environ.get("XDG_CACHE_HOME", "")
    if not os.path.isabs(cache):
        # So says the XDG base directory specification of a relative one.
        cache = os.path.join(os.path.expanduser("~"), ".cache")
    for folder in (PACKAGE_FOLDER, os.path.join(cache, "asm_rv32")):
        # `~` stays where there is neither HOME nor an entry for the user.
        if os.path.isabs(folder):
            yield folder


Places = dict[str, tuple[int, int, bytes]]
"""Name of a part → where it begins and ends in what is kept, and its checksum."""


class Parts(dict[str, Any]):
    """Data by name; each part is checked, and taken out of what is kept, when it is first asked
    for."""

    def __init__(self, places: Places, packed: bytes, compute: Callable[[], Any]) -> None:
        """`compute` gives the places and the bytes anew where these are damaged."""
        self._places = places
        self._packed = packed
        self._compute = compute

    def __missing__(self, name: str) -> Any:
        first, end, checksum = self._places[name]
        packed = self._packed[first:end]
        if _checksum(packed) != checksum:
            self._places, self._packed = self._compute()
            first, end, _ = self._places[name]
            packed = self._packed[first:end]
        part = self[name] = marshal.loads(packed)
        return part

    def names(self) -> tuple[str, ...]:
        """Of all that is kept, in order."""
        return tuple(self._places)


def derived_parts(name: str, inputs: Iterable[str], compute: Callable[[], dict[str, Any]]) -> Parts:
    """As `derived`, for data of which hardly anybody needs all: that would take a while."""

    def packed() -> tuple[Places, bytes]:
        places, found = {}, b""
        for part, value in compute().items():
            dumped = marshal.dumps(value)
            places[part] = len(found), len(found) + len(dumped), _checksum(dumped)
            found += dumped
        return places, found

    return Parts(*_derived(name, inputs, packed), packed)


def derived_tables(name: str, folder: str) -> Parts:
    """The TOML files of a folder, by their names without suffix; parsed anew where one changes."""

    def parsed() -> dict[str, Any]:
        import tomllib

        found = {}
        for name, path in files.items():
            with open(path, "rb") as file:
                found[name] = tomllib.load(file)
        return found

    listed = [each for each in os.listdir(folder) if each.endswith(".toml")]
    names = sorted(each.removesuffix(".toml") for each in listed)
    files = {name: os.path.join(folder, f"{name}.toml") for name in names}
    return derived_parts(name, files.values(), parsed)


def derived_pattern(name: str, pattern: str, flags: int, home: str) -> re.Pattern[str]:
    """`re.compile(pattern, flags)`, for a long pattern without named groups in the module `home`.

    To compile it takes as long as all else that is done to a small file. What `re` makes of it is
    numbers, which it gives to `_sre.compile`; that checks them. They hang on the version of `_sre`.
    """
    try:
        import _sre  # type: ignore[import-not-found]
        from re import _compiler, _parser  # type: ignore[attr-defined]

        def compiled() -> tuple[int, list[int], int]:
            parsed = _parser.parse(pattern, flags)
            code = _compiler._code(parsed, flags)
            return (
                int(flags | parsed.state.flags),
                [int(each) for each in code],
                parsed.state.groups,
            )

        every, code, groups = derived(f"{name}-{_sre.MAGIC}", [home], compiled)
        found: re.Pattern[str] = _sre.compile(
            pattern, every, code, groups - 1, {}, (None,) * groups
        )
        return found
    except (ImportError, AttributeError, TypeError, RuntimeError):
        return re.compile(pattern, flags)  # another Python, whose `re` is made otherwise


def derived(name: str, inputs: Iterable[str], compute: Callable[[], Any]) -> Any:
    """What `compute()` returns, kept under `name` until one of the files `inputs` changes."""
    return _derived(name, inputs, lambda: (compute(), b""))[0]


def _derived(
    name: str, inputs: Iterable[str], compute: Callable[[], tuple[Any, bytes]]
) -> tuple[Any, bytes]:
    """As `derived`, with bytes beside the data, which are not looked at."""
    stamps = [(path, *_stamp(path)) for path in (__file__, *inputs)]
    file_name = f"{name}.{sys.implementation.cache_tag}.marshal"
    for folder in _folders():
        try:
            (key, data, size), more = _load(folder, file_name)
            if key == stamps and size == len(more):
                return data, more
        except (OSError, ValueError, EOFError, TypeError):
            continue
    data, more = compute()
    for folder in _folders():
        try:
            _keep(folder, file_name, (stamps, data, len(more)), more)
        except OSError:
            continue
        break
    return data, more


def _stamp(path: str) -> tuple[int, int]:
    status = os.stat(path)
    return status.st_mtime_ns, status.st_size


def _load(folder: str, name: str) -> tuple[Any, bytes]:
    """What is kept in a file, and the bytes behind it.

    Raises OSError, and what marshal does, where there is nothing.
    """
    _require_trusted(os.stat(folder))
    with open(os.path.join(folder, name), "rb") as file:
        status = os.fstat(file.fileno())
        _require_trusted(status)
        if status.st_mode & _OTHERS_WRITE:
            raise PermissionError
        data = file.read()
    end = _HEAD + int.from_bytes(data[_CHECKSUM:_HEAD], "little")
    if data[:_CHECKSUM] != _checksum(data[_CHECKSUM:end]):
        raise ValueError
    return marshal.loads(data[_HEAD:end]), data[end:]


def _keep(folder: str, name: str, value: Any, more: bytes) -> None:
    from asm_rv32.basis.files import put  # what is kept already has no need of it

    os.makedirs(folder, exist_ok=True)
    _require_trusted(os.stat(folder))
    data = marshal.dumps(value)
    data = len(data).to_bytes(_HEAD - _CHECKSUM, "little") + data
    put(os.path.join(folder, name), _checksum(data) + data + more, _MODE)


def _checksum(data: bytes) -> bytes:
    return source_hash(_KEY, data)


def _require_trusted(status: os.stat_result) -> None:
    if status.st_uid not in _trusted():
        raise PermissionError


def _trusted() -> tuple[int, ...]:
    """The user, and who has the package: their numbers."""
    return os.geteuid(), os.stat(__file__).st_uid
