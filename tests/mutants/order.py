"""Which tests run a line, and how long they take.

Each test file is run once by itself under coverage, its children too, with nothing kept from
before. A test that finds in a cache what another test of its file has put there does not run those
lines itself: so the tests that run a line come first, and then the files of theirs as a whole.
The result is kept in build/mutants/ until the test file changes. Of a source that has changed it
only tells who runs it at all.
Seconds are those of the processor, which are the same whatever else a machine is doing.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from mutants.checkout import NOTHING_TO_RUN, ROOT, Checkout, test_files, tracked

KEPT = ROOT / "build" / "mutants" / "map.json"
LONGEST_FILE = 1_800
"""Seconds for a test file under coverage."""
LEAST = 0.3
"""Seconds that a test takes at least, with the file that it is read from."""
FIRST = 4.0
"""What a test that looks at all is worth: few others notice more in a second."""
RECORDER = Path(__file__).with_name("recorder.py")
WHOLE = {
    "encodings": (
        "tests/test_docs.py::test_the_generated_pages_are_current",
        "tests/isa/test_tables.py::test_every_isa_is_valid",
    ),
    "cores": ("tests/timing/test_core_figures.py::test_it_takes_what_the_documents_say",),
}
"""Folder of tables → the tests that look at every row of each: which run a row, no line tells."""


class Run(NamedTuple):
    """What is known of a test, under its name without parameters, or of a test file."""

    seconds: float
    lines: dict[str, int] | None
    """By file, the lines that it runs as bits; None where it may run anything."""

    def reaches(self, path: str, wanted: int) -> bool:
        """Whether it runs one of these lines. A table is data: it is taken for read by all."""
        if self.lines is None or not path.endswith(".py"):
            return True
        return bool(self.lines.get(path, 0) & wanted)


class Map:
    """The test files and their tests, and those most likely to notice a mutant first."""

    def __init__(self, files: dict[str, Run], tests: dict[str, Run]) -> None:
        self.files = files
        self.tests = tests
        self._tries: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._kills: defaultdict[str, Counter[str]] = defaultdict(Counter)
        self._all = {**files, **tests}
        self._total = {
            name: sum(lines.bit_count() for lines in (run.lines or {}).values()) or 1
            for name, run in self._all.items()
        }

    def order(self, path: str, lines: tuple[int, int], like: Sequence[str]) -> list[str]:
        """The tests that run a line of these, the ones that tell most in a second first.

        They are followed by their files, where there are tests in these that do not run it.
        `like` names what the mutant is like: the file, its folder, the sort of change.
        """
        wanted = (2 << lines[1]) - (1 << lines[0])
        found = []
        for runs in (self.tests, self.files):
            chosen = [name for name, run in runs.items() if run.reaches(path, wanted)]
            found.append(sorted(chosen, key=lambda name: -self._worth(name, path, like)))
        tests, files = found
        whole = Counter(map(_file, self.tests)) - Counter(map(_file, tests))
        return [*tests, *(name for name in files if whole[name] or self.files[name].lines is None)]

    def _worth(self, name: str, path: str, like: Sequence[str]) -> float:
        """How likely a test is to notice a mutant, for the time that it takes.

        That is how often it noticed those like it, of the times that it was tried; one that was
        tried on few is taken for as good as it is close to the file.
        """
        words = {part.removesuffix("s") for part in Path(path).with_suffix("").parts}
        named = words & {part.removesuffix("s") for part in Path(_file(name)).stem.split("_")}
        named |= {each for each in _tables_in(_file(name)) if each == path}
        readers = _readers(path)
        near = 1 + 4 * any(_imports(_file(name), each) for each in readers) + 8 * bool(named)
        run = self._all[name]
        if path.endswith(".toml") and name in WHOLE.get(Path(path).parent.name, ()):
            return FIRST
        of_readers = sum((run.lines or {}).get(each, 0).bit_count() for each in readers)
        share = of_readers / self._total[name]
        close = 0.005 * near * near * (1 if run.lines is not None else 0.3) + share
        kills = sum(self._kills[each][name] for each in like)
        tries = sum(self._tries[each][name] for each in like)
        return (close + kills) / (1 + tries) / (run.seconds + LEAST)

    def noticed(self, name: str, before: Iterable[str], like: Sequence[str]) -> None:
        """Remember that a test noticed a mutant, and that those tried before it did not."""
        test = name.partition("[")[0]
        for each in like:
            self._kills[each].update({test, _file(test)})
            self._tries[each].update({test, _file(test), *before})

    def seconds(self, names: list[str]) -> float:
        """How long these tests or files take."""
        return sum(self._all[name].seconds for name in names)


def _file(name: str) -> str:
    """The file of a test; a file itself."""
    return name.partition("::")[0]


def measured(checkout: Checkout) -> Map:
    """The map of the unchanged copy, without the test files that fail in it: they tell nothing."""
    kept = json.loads(KEPT.read_text()) if KEPT.exists() else {}
    files: dict[str, Run] = {}
    tests: dict[str, Run] = {}
    for name in test_files():
        if kept.get(name, {}).get("key") != _hash(name):
            kept[name] = _measure(checkout, name)
            KEPT.parent.mkdir(parents=True, exist_ok=True)
            KEPT.write_text(json.dumps(kept))
        row = kept[name]
        same = {path for path, was in row["sources"].items() if was == _hash(path)}
        read = {
            test: Run(seconds, lines and _bits(lines, same))
            for test, (seconds, lines) in row["tests"].items()
        }
        if read:
            files[name] = read.pop("")
            tests |= read
    return Map(files, tests)


def _bits(lines: dict[str, str], same: set[str]) -> dict[str, int]:
    """All bits are set of a file that has changed since."""
    return {path: int(bits, 16) if path in same else -1 for path, bits in lines.items()}


@cache
def _readers(path: str) -> tuple[str, ...]:
    """A module itself; of a table, the modules that name it or its folder, in quotes."""
    if path.endswith(".py"):
        return (path,)
    words = [f'"{word}"' for word in (Path(path).stem, Path(path).parent.name)]
    modules = [name for name in tracked() if name.startswith("asm_rv32/") and name.endswith(".py")]
    texts = {name: (ROOT / name).read_text() for name in modules}
    return tuple(name for name, text in texts.items() if any(word in text for word in words))


@cache
def _tables_in(name: str) -> tuple[str, ...]:
    """The tables whose names stand in a test file, as words or in the name of an ISA."""
    text = (ROOT / name).read_text()
    tables = [path for path in tracked() if path.endswith(".toml") and "/" in path]
    words = {*re.findall(r"[a-z0-9]+(?:-[a-z0-9]+)*", text)}
    return tuple(path for path in tables if Path(path).stem in words)


@cache
def _imports(name: str, path: str) -> bool:
    """Whether a test file imports a module, or the package around it, by its name."""
    module = path.removesuffix(".py").replace("/", ".")
    found = re.findall(r"^\s*(?:from|import) ([\w.]+)", (ROOT / name).read_text(), re.MULTILINE)
    package = module.rpartition(".")[0]
    near = {module, package} if "." in package else {module}
    return any(each in near for each in found)


@cache
def _hash(name: str) -> str:
    path = ROOT / name
    return hashlib.sha256(path.read_bytes()).hexdigest()[:16] if path.exists() else ""


def _measure(checkout: Checkout, name: str) -> dict[str, Any]:
    """The row of a test file: of each test, and under "" of the file, its seconds and its lines.

    With what it is true for: the hash of the test file, and those of the sources that it runs.
    """
    folder = checkout.folder / "coverage"
    folder.mkdir(exist_ok=True)
    settings, times = folder / "settings", folder / "times"
    settings.write_text(
        f"[run]\nsource = {checkout.tree}\nomit = {checkout.tree}/tests/*\nparallel = true\n"
        f"patch = subprocess, _exit\ndata_file = {folder}/data\n"
        "context = ${PYTEST_CURRENT_TEST}\n"
    )
    recorded = ("-m", "coverage", "run", f"--rcfile={settings}", str(RECORDER), str(times))
    checkout.forget()
    done = checkout.run(checkout.pytest([name], recorded), LONGEST_FILE)
    lines = _lines(checkout.tree, folder)
    if done.status == NOTHING_TO_RUN:
        return _row(_hash(name), {})
    whole = done.status == 0 and "Trace function changed" not in done.said
    if done.status != 0:
        checkout.forget()
        done = checkout.run(checkout.pytest([name]), LONGEST_FILE)
    if done.status != 0:
        print(f"{name} is left out: it fails without any change\n{done.said[-4000:]}", flush=True)
        return _row("", {})
    print(f"{name}: {done.seconds:.1f} s" + ("" if whole else ", may run anything"), flush=True)
    if not whole:
        return _row(_hash(name), {"": (done.seconds, None)})
    seconds = {**json.loads(times.read_text()), "": done.seconds}
    # What is run while a file is read, and by its children, counts for each of its tests.
    always = lines.get("", {})
    tests: dict[str, tuple[float, dict[str, str] | None]] = {
        test: (taken, _hex(_union(always, lines.get(test, {})))) for test, taken in seconds.items()
    }
    tests[""] = (done.seconds, _hex(_union(*lines.values())))
    return _row(_hash(name), tests)


def _row(key: str, tests: dict[str, tuple[float, dict[str, str] | None]]) -> dict[str, Any]:
    runs = tests[""][1] if tests else None
    return {"key": key, "sources": {path: _hash(path) for path in runs or ()}, "tests": tests}


def _union(*runs: dict[str, int]) -> dict[str, int]:
    total: dict[str, int] = {}
    for run in runs:
        for path, bits in run.items():
            total[path] = total.get(path, 0) | bits
    return total


def _hex(lines: dict[str, int]) -> dict[str, str]:
    return {path: hex(bits) for path, bits in lines.items()}


def _lines(tree: Path, folder: Path) -> dict[str, dict[str, int]]:
    """By test, and under "" outside of tests: by file, the lines as bits."""
    from coverage import CoverageData

    found: dict[str, dict[str, int]] = {}
    for path in folder.glob("data.*"):
        data = CoverageData(str(path))
        data.read()
        for name in data.measured_files():
            relative = str(Path(name).relative_to(tree))
            for line, contexts in data.contexts_by_lineno(name).items():
                for context in contexts:
                    test = re.split(r"\[| \(", context)[0]
                    of = found.setdefault(test, {})
                    of[relative] = of.get(relative, 0) | 1 << line
        path.unlink()
    return found
