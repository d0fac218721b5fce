"""Which test files run a line, and how long they take.

Each file is run once by itself under coverage, its children too, with nothing kept from before: so
whatever it calls only the first time, or only through a cache, counts as run by it. The result is
kept in build/mutants/ for as long as neither the sources nor the test file change.
"""

from __future__ import annotations

import hashlib
import json
import re
import time
from collections import Counter
from functools import cache
from pathlib import Path
from typing import NamedTuple

from mutants.checkout import NOTHING_TO_RUN, ROOT, Checkout, test_files, tracked

KEPT = ROOT / "build" / "mutants" / "map.json"
LONGEST_FILE = 1_800
"""Seconds for a test file under coverage."""


class Seen(NamedTuple):
    """What is known of a test file."""

    seconds: float
    lines: dict[str, list[int]] | None
    """By file; None where it could not be found out: it may run anything."""


class Map:
    """The test files, and those most likely to notice a mutant first."""

    def __init__(self, seen: dict[str, Seen]) -> None:
        self.seen = seen
        self._kills: dict[str, Counter[str]] = {}
        self._runs = {
            name: {path: frozenset(lines) for path, lines in (found.lines or {}).items()}
            for name, found in seen.items()
        }

    def order(self, path: str, lines: tuple[int, int], target: str) -> list[str]:
        """The test files that run a line of these, the ones that tell most in a second first.

        A table is data: whatever reads it is taken for a test of it.
        """
        wanted = set(range(lines[0], lines[1] + 1))
        chosen = [
            name
            for name, found in self.seen.items()
            if found.lines is None
            or not path.endswith(".py")
            or wanted & self._runs[name].get(path, frozenset())
        ]
        return sorted(chosen, key=lambda name: -self._worth(name, path, target))

    def _worth(self, name: str, path: str, target: str) -> float:
        """Kills so far, and how close the test file is to the file, for the time it takes."""
        kills = self._kills.get(target, Counter())[name]
        elsewhere = sum(counter[name] for counter in self._kills.values())
        words = {part.removesuffix("s") for part in Path(path).with_suffix("").parts}
        named = words & {part.removesuffix("s") for part in Path(name).stem.split("_")}
        near = 1 + 4 * any(_imports(name, module) for module in _readers(path)) + 8 * bool(named)
        runs = self._runs[name]
        share = len(runs.get(path, ())) / sum(map(len, runs.values())) if runs else 0
        told = 0.1 * near * (1 if runs else 0.3) + share + kills + 0.2 * elsewhere
        return told / (self.seen[name].seconds + 3)

    def noticed(self, name: str, target: str) -> None:
        """Remember that a test file noticed a mutant: it is sooner tried again."""
        self._kills.setdefault(target, Counter())[name] += 1

    def seconds(self, names: list[str]) -> float:
        """How long these files take."""
        return sum(self.seen[name].seconds for name in names)


def measured(checkout: Checkout) -> Map:
    """The map of the unchanged copy; a test file that fails in it ends the program."""
    sources = _hash(
        [name for name in tracked() if name.endswith(".py") and not name.startswith("tests/")]
    )
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    seen = {}
    for name in test_files():
        key = f"{sources} {_hash([name])}"
        row = kept.get(name)
        if row is None or row["key"] != key:
            found = _measure(checkout, name)
            row = {"key": key, "seconds": found.seconds, "lines": found.lines}
            kept[name] = row
            KEPT.parent.mkdir(parents=True, exist_ok=True)
            KEPT.write_text(json.dumps(kept))
        seen[name] = Seen(row["seconds"], row["lines"])
    return Map({name: found for name, found in seen.items() if found.seconds})


@cache
def _readers(path: str) -> tuple[str, ...]:
    """A module itself; of a table, the modules that name its folder."""
    if path.endswith(".py"):
        return (path,)
    folder = f'"{Path(path).parent.name}"'
    modules = [name for name in tracked() if name.endswith(".py") and not name.startswith("tests/")]
    return tuple(name for name in modules if folder in (ROOT / name).read_text())


@cache
def _imports(name: str, path: str) -> bool:
    """Whether a test file imports a module, or the package around it, by its name."""
    module = path.removesuffix(".py").replace("/", ".")
    found = re.findall(r"^\s*(?:from|import) ([\w.]+)", (ROOT / name).read_text(), re.MULTILINE)
    package = module.rpartition(".")[0]
    near = {module, package} if "." in package else {module}
    return any(each in near for each in found)


def _hash(names: list[str]) -> str:
    total = hashlib.sha256()
    for name in sorted(names):
        total.update(name.encode() + b"\0" + (ROOT / name).read_bytes())
    return total.hexdigest()[:16]


def _measure(checkout: Checkout, name: str) -> Seen:
    folder = checkout.folder / "coverage"
    folder.mkdir(exist_ok=True)
    settings = folder / "settings"
    settings.write_text(
        f"[run]\nsource = {checkout.tree}\nomit = {checkout.tree}/tests/*\nparallel = true\n"
        f"patch = subprocess, _exit\ndata_file = {folder}/data\n"
    )
    under_coverage = ("-m", "coverage", "run", f"--rcfile={settings}", "-m", "pytest")
    status, said, seconds = _timed(checkout, checkout.pytest([name], under_coverage))
    lines = _lines(checkout.tree, folder)
    if status == NOTHING_TO_RUN:
        return Seen(0, {})
    whole = status == 0 and "Trace function changed" not in said
    if status != 0:
        status, said, seconds = _timed(checkout, checkout.pytest([name]))
    if status != 0:
        raise SystemExit(f"{name} fails in a copy without any change:\n{said[-4000:]}")
    print(f"{name}: {seconds:.1f} s" + ("" if whole else ", may run anything"), flush=True)
    return Seen(seconds, lines if whole else None)


def _timed(checkout: Checkout, command: list[str]) -> tuple[int | None, str, float]:
    checkout.forget()
    begun = time.monotonic()
    status, said = checkout.run(command, LONGEST_FILE)
    return status, said, time.monotonic() - begun


def _lines(tree: Path, folder: Path) -> dict[str, list[int]]:
    from coverage import CoverageData

    found: dict[str, set[int]] = {}
    for path in folder.glob("data.*"):
        data = CoverageData(str(path))
        data.read()
        for name in data.measured_files():
            relative = str(Path(name).relative_to(tree))
            found.setdefault(relative, set()).update(data.lines(name) or ())
        path.unlink()
    return {name: sorted(lines) for name, lines in found.items()}
