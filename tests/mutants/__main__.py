"""Mutants: `python -m mutants [NAME ...] [--count N] [--seed N] [--again]`.

A name is that of a module, of a folder or of a table, without its suffix, wherever it stands in the
package. As many mutants as `--count` says are spread evenly over the names, and in each over the
kinds of changes. Each runs in a private copy of the checkout; the first test that fails kills it.
Those that cannot be noticed stand in equivalent.toml, with the reason. What becomes of each is kept
as it is judged: `--again` goes on with the last run, with those that it did not come to and then
those that survived it. Status 1 where fewer than `--at-least` per cent of the others are killed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import tomllib
from collections import Counter
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path
from typing import NamedTuple

from mutants.checkout import NO_END, ROOT, Checkout, tracked
from mutants.mutation import Mutant, is_read, mutants
from mutants.order import Map, measured

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
OUTCOMES = ROOT / "build" / "mutants" / "outcomes.json"
FIRST_SECONDS = 5
"""What the tests tried first may take together; the others run in processes of their own."""
SLACK = 20
"""Seconds that a run may take beyond three times what it takes without a change."""
DEFAULT = (
    "reading expand forms fragments relax encode decode operands kinds match constants tables "
    "formats dialects timing cores encodings"
).split()
Chosen = tuple[str, str, Mutant]
"""Its target, as named; its file; the change."""


class Outcome(NamedTuple):
    """What became of a mutant."""

    target: str
    path: str
    before: str
    after: str
    """Its lines: `Mutant.shown`."""
    result: str = ""
    """killed, survived or equivalent; empty where it was not judged"""
    why: str = ""
    """The test that noticed it, or the reason, or how many were tried; with its place and kind."""

    def by(self) -> str:
        """The test that noticed it."""
        return self.why.split(": ", 2)[-1]

    def __str__(self) -> str:
        return f"{self.path}:{self.why}\n  - {self.before}\n  + {self.after}"


class Known(dict[tuple[str, str, str], str]):
    """The mutants that nothing can notice, by file name and lines, and why.

    Those of a bound are all that change a number of its line.
    """

    def __init__(self) -> None:
        read = tomllib.loads(EQUIVALENT.read_text()) if EQUIVALENT.exists() else {}
        rows = read.get("mutant", [])
        super().__init__({(row["in"], row["line"], row["becomes"]): row["reason"] for row in rows})
        self.bounds = {(row["in"], row["line"]): row["reason"] for row in read.get("bound", [])}
        self.update(
            {each: self.bounds[each[:2]] for each, kind in _shown({name for name, _ in self.bounds})
             if kind == "constant" and each[:2] in self.bounds}
        )  # fmt: skip

    def stale(self) -> list[str]:
        """Rows that are no mutant of any file any more."""
        found = {each for each, _ in _shown({name for name, *_ in self})}
        left = [each[:2] for each in self if each not in found]
        left += [each for each in self.bounds if each not in {key[:2] for key in self}]
        return [f"{name}: {line}" for name, line in left]


def _shown(names: set[str]) -> Iterator[tuple[tuple[str, str, str], str]]:
    """The mutants of the files with these names, as `Known` has them, and their kinds."""
    for path in package_files():
        if (name := Path(path).name) in names:
            text = (ROOT / path).read_text()
            for mutant in mutants(path, text):
                yield (name, *mutant.shown(text)), mutant.kind


def package_files() -> list[str]:
    """The modules and tables of the package."""
    return [name for name in tracked()
            if "/" in name and not name.startswith(("tests/", "docs/", "examples/", "benchmarks/"))
            and name.endswith((".py", ".toml"))]  # fmt: skip


def files_of(target: str) -> list[str]:
    """The files that a name or a path stands for. Raises SystemExit where there are none."""
    found = [
        path for path in package_files()
        if target in (path, *Path(path).parts, Path(path).stem)
    ]  # fmt: skip
    if not found:
        raise SystemExit(f"no module, folder or table is called {target!r}")
    return found


def choose(targets: list[str], count: int, seed: int) -> list[Chosen]:
    """So many mutants, the same for the same files and seed, in turn from each target."""
    pools: dict[str, dict[str, list[Chosen]]] = {}
    generator = random.Random(seed)
    for target in targets:
        pool = pools[target] = {}
        for path in files_of(target):
            for mutant in mutants(path, (ROOT / path).read_text()):
                pool.setdefault(mutant.kind, []).append((target, path, mutant))
        for kind in pool.values():
            generator.shuffle(kind)
    chosen: list[Chosen] = []
    seen: set[tuple[str, Mutant]] = set()
    while len(chosen) < count and any(pools.values()):
        for target in targets:
            found = _draw(pools[target], generator, seen)
            if found and len(chosen) < count:
                chosen.append(found)
    return chosen


def _draw(
    pool: dict[str, list[Chosen]], generator: random.Random, seen: set[tuple[str, Mutant]]
) -> Chosen | None:
    """One mutant of a random kind, taken out of the pool; None where there is none left."""
    while pool:
        kind = generator.choice(sorted(pool))
        target, path, mutant = pool[kind].pop()
        if not pool[kind]:
            del pool[kind]
        text = (ROOT / path).read_text()
        if (path, mutant) not in seen and is_read(path, mutant.apply(text)):
            seen.add((path, mutant))
            return target, path, mutant
    return None


def fresh(chosen: list[Chosen]) -> list[Outcome]:
    """None of them is judged yet."""
    return [
        Outcome(target, path, *mutant.shown((ROOT / path).read_text()))
        for target, path, mutant in chosen
    ]


def last_run() -> list[Outcome]:
    """That of the last run, of those that can still be made; killed ones first, survivors last."""
    read = [Outcome(*row) for row in json.loads(OUTCOMES.read_text())] if OUTCOMES.exists() else []
    found = [each for each in read if _made(each)]
    return sorted(
        found, key=lambda each: ["killed", "equivalent", "", "survived"].index(each.result)
    )


def _made(outcome: Outcome) -> Mutant | None:
    """The mutant, found by its lines; None where the file has no such line any more."""
    path = ROOT / outcome.path
    text = path.read_text() if path.exists() else ""
    lines = (outcome.before, outcome.after)
    return next((each for each in mutants(outcome.path, text) if each.shown(text) == lines), None)


def judge(
    each: Chosen, checkout: Checkout, order: Map, known: Known, most: float
) -> tuple[str, str]:
    """What becomes of a mutant: killed, survived or equivalent; and by what, or why.

    Of the tests that run it, so many are tried as begin within `most` seconds.
    """
    _, path, mutant = each
    text = (ROOT / path).read_text()
    reason = known.get((Path(path).name, *mutant.shown(text)))
    if reason is not None:
        return "equivalent", reason
    like = _like(each)
    running = order.order(path, mutant.lines, like)
    tried = [name for at, name in enumerate(running) if order.seconds(running[:at]) < most]
    checkout.write(path, mutant.apply(text))
    passed: list[str] = []
    try:
        for part in _parts(tried, order):
            most_of_part = SLACK + 3 * order.seconds(part)
            if noticed := checkout.notices(part, most_of_part):
                _doubt(noticed, part, most_of_part, checkout, (path, text))
                order.noticed(noticed, [*passed, *_before(noticed, part)], like)
                return "killed", noticed
            passed += part
    finally:
        checkout.write(path, text)
    return "survived", f"{len(running)} tests and files run it, {len(tried)} were tried"


def _like(each: Chosen) -> tuple[str, str, str]:
    """What it shares with others: those are noticed by the same tests."""
    target, path, mutant = each
    return target, f"{target} {mutant.key or mutant.kind}", path


def _before(noticed: str, part: list[str]) -> list[str]:
    """The tests of a part that passed before the one that noticed."""
    by = {noticed.partition("[")[0], noticed.partition("::")[0]}
    return list(takewhile(lambda name: name not in by, part))


def _doubt(
    noticed: str, part: list[str], seconds: float, checkout: Checkout, unchanged: tuple[str, str]
) -> None:
    """Where no test failed, but their run, see that it ends well without the change.

    What is installed may have changed meanwhile. Raises SystemExit.
    """
    if noticed.startswith(("tests/", NO_END)):
        return
    checkout.write(*unchanged)
    if again := checkout.notices(part, seconds):
        raise SystemExit(f"the tests end in the same way without a change: {again}")


def _parts(names: list[str], order: Map) -> list[list[str]]:
    """The same in their order, for one process each: each part may take longer than those before.

    What a mutant lets run on is stopped by the limit of its part: the first are short.
    """
    parts: list[list[str]] = [[]]
    most: float = FIRST_SECONDS
    for name in names:
        if parts[-1] and order.seconds([*parts[-1], name]) > most:
            parts.append([])
            most *= 3
        parts[-1].append(name)
    return parts


def run(
    outcomes: list[Outcome], earlier: list[Outcome], options: argparse.Namespace
) -> list[Outcome]:
    """Judge those that are not killed until the time is over; each is shown and kept at once.

    The tests that noticed those of an earlier run are tried the sooner.
    """
    begun = time.monotonic()
    known = Known()
    judged = list(outcomes)
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checkout = Checkout(Path(folder), options.tiers)
        order = measured(checkout)
        for each in earlier:
            if each.result == "killed" and (mutant := _made(each)):
                order.noticed(each.by(), (), _like((each.target, each.path, mutant)))
        for at, each in enumerate(outcomes):
            mutant = _made(each)
            if each.result == "killed" or mutant is None:
                continue
            if time.monotonic() - begun > options.seconds:
                print(f"time is over before the mutant {at + 1}")
                break
            chosen = (each.target, each.path, mutant)
            result, why = judge(chosen, checkout, order, known, options.each)
            why = f"{mutant.lines[0]}: {mutant.kind}: {why}"
            judged[at] = each._replace(result=result, why=why)
            print(f"{at + 1}/{len(outcomes)} {result}: {judged[at]}", flush=True)
            OUTCOMES.write_text(json.dumps(judged, indent=1))
    return judged


def report(outcomes: list[Outcome]) -> float:
    """Print the listing and the table of targets; the per cent that was killed."""
    for result in ("equivalent", "survived"):
        listed = [str(outcome) for outcome in outcomes if outcome.result == result]
        if listed:
            print(f"\n== {result}\n" + "\n".join(listed))
    print(f"\n{'target':<12}{'judged':>8}{'killed':>8}{'survived':>9}{'equivalent':>11}")
    judged = [outcome for outcome in outcomes if outcome.result]
    targets = list(dict.fromkeys(outcome.target for outcome in judged))
    for target in [*targets, ""]:
        of = Counter(each.result for each in judged if target in ("", each.target))
        print(f"{target or 'all':<12}{of.total():>8}{of['killed']:>8}{of['survived']:>9}"
              f"{of['equivalent']:>11}{_share(of):>8.1f} %")  # fmt: skip
    return _share(Counter(each.result for each in judged))


def _share(of: Counter[str]) -> float:
    return 100 * of["killed"] / max(of["killed"] + of["survived"], 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="go on with the last run")
    parser.add_argument(
        "--seconds", type=float, default=float("inf"), help="begin none after these"
    )
    parser.add_argument("--each", type=float, default=float("inf"), metavar="SECONDS",
                        help="of tests, for a mutant")  # fmt: skip
    parser.add_argument("--at-least", type=float, default=95, metavar="PERCENT")
    parser.add_argument("--tiers", default="", help="marks of the tests that are left out")
    options = parser.parse_args()
    if stale := Known().stale():
        print("equivalent.toml: no mutant any more:\n  " + "\n  ".join(stale))
        return 2
    targets = options.names or DEFAULT
    again = options.again
    earlier = last_run()
    outcomes = earlier if again else fresh(choose(targets, options.count, options.seed))
    return int(report(run(outcomes, earlier, options)) < options.at_least)


if __name__ == "__main__":
    raise SystemExit(main())
