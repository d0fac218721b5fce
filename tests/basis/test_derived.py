"""Data that is kept between runs: believed where it is whole and the user's, else made anew."""

from __future__ import annotations

import os
import pwd
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from test_files import full_disk

from asm_rv32.basis import derived as module
from asm_rv32.basis.derived import derived, derived_parts

DATA = {"add": (0x33, "rd, rs1, rs2"), "sub": (0x40000033, [1, 2.5, None])}


class Cache:
    """The data under a name, and how often it had to be computed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.computed = 0

    def __call__(self) -> Any:
        return derived("data", [__file__], self._compute)

    def _compute(self) -> Any:
        self.computed += 1
        return DATA

    @property
    def file(self) -> Path:
        (file,) = self.folder.iterdir()
        return file


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Cache:
    """A cache beside a package that nobody may write."""
    monkeypatch.setattr(module, "PACKAGE_FOLDER", "/dev/null/__pycache__")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return Cache(tmp_path / "cache" / "asm_rv32")


def test_what_is_kept_is_not_computed_again(cache: Cache) -> None:
    assert [cache() for _ in range(3)] == [DATA] * 3
    assert cache.computed == 1


def test_a_corrupt_file_is_made_anew(cache: Cache) -> None:
    cache()
    good = cache.file.read_bytes()
    damaged = [good[:at] + bytes((byte ^ 0x20,)) + good[at + 1 :] for at, byte in enumerate(good)]
    damaged += [good[:at] for at in range(len(good))] + [good + b"\0", b"\xff" * 100]
    for number, data in enumerate(damaged, 2):
        cache.file.write_bytes(data)
        assert cache() == DATA
        assert (cache.computed, cache.file.read_bytes()) == (number, good)


def test_a_damaged_part_is_made_anew(cache: Cache) -> None:
    def parts() -> dict[str, Any]:
        return derived_parts("parts", [__file__], cache._compute)

    assert {name: parts()[name] for name in DATA} == DATA
    good = cache.file.read_bytes()
    for at in range(len(good)):
        cache.file.write_bytes(good[:at] + bytes((good[at] ^ 0x20,)) + good[at + 1 :])
        damaged = parts()
        assert {name: damaged[name] for name in DATA} == DATA
    assert cache.computed == 1 + len(good)


def _of_another_user(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "_trusted", lambda: (os.geteuid() + 1,))


def _writable_by_group(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.file.chmod(0o664)


def _writable_by_all(cache: Cache, monkeypatch: pytest.MonkeyPatch) -> None:
    cache.file.chmod(0o646)


@pytest.mark.parametrize("make", [_of_another_user, _writable_by_group, _writable_by_all])
def test_what_others_may_have_written_is_not_read(
    make: Callable[[Cache, pytest.MonkeyPatch], None], cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache()
    make(cache, monkeypatch)
    assert cache() == DATA
    assert cache.computed == 2


def test_a_folder_of_another_user_is_left_alone(
    cache: Cache, monkeypatch: pytest.MonkeyPatch
) -> None:
    cache.folder.mkdir(parents=True)
    _of_another_user(cache, monkeypatch)
    assert cache() == DATA
    assert not list(cache.folder.iterdir())


def test_relative_places_are_none(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The current directory is anyone's."""

    def unknown(_: int) -> None:
        raise KeyError

    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(pwd, "getpwuid", unknown)
    for environment in (
        {"XDG_CACHE_HOME": "cache"}, {"XDG_CACHE_HOME": "cache", "HOME": "home"}, {},
        {"HOME": "home"}, {"HOME": "~"},
    ):  # fmt: skip
        for name in ("XDG_CACHE_HOME", "HOME"):
            monkeypatch.delenv(name, raising=False)
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        assert cache() == DATA
        assert not list(tmp_path.iterdir()), environment
    assert cache.computed == 5


def test_a_relative_cache_folder_is_as_none(
    cache: Cache, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CACHE_HOME", "cache")
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    cache()
    assert [path.name for path in tmp_path.iterdir()] == ["home"]
    assert len(list((tmp_path / "home" / ".cache" / "asm_rv32").iterdir())) == 1


def test_a_full_disk_leaves_nothing_behind(cache: Cache) -> None:
    with full_disk(10):
        assert cache() == DATA
    assert not list(cache.folder.iterdir())


def test_it_is_for_its_user_to_write_and_for_all_to_read(cache: Cache) -> None:
    old = os.umask(0)
    try:
        cache()
    finally:
        os.umask(old)
    assert cache.file.stat().st_mode & 0o777 == 0o644
