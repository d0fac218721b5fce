"""Mutants: `python -m mutants [NAME ...] [--count N] [--seed N] [--again]`.

A name is that of a module, of a folder or of a table, without its suffix, wherever it stands in the
package. As many mutants as `--count` says are spread evenly over the names, and in each over the
kinds of changes. Each runs in a private copy of the checkout; the first test that fails kills it.
Those that cannot be noticed stand in equivalent.toml, with the reason. `--again` tries those that
survived the last run. Status 1 where fewer than `--at-least` per cent of the others are killed.
"""

from __future__ import annotations

import argparse
import json
import random
import tempfile
import time
import tomllib
from collections import Counter
from pathlib import Path
from typing import NamedTuple

from mutants.checkout import ROOT, Checkout, tracked
from mutants.mutation import Mutant, is_read, mutants
from mutants.order import Map, measured

EQUIVALENT = Path(__file__).with_name("equivalent.toml")
SURVIVED = ROOT / "build" / "mutants" / "survived.json"
FIRST_SECONDS = 15
"""What the test files tried first may take together; the others run in a process of their own."""
SLACK = 60
"""Seconds that a run may take beyond three times what it takes without a change."""
DEFAULT = (
    "reading expand forms relax encode decode operands kinds match constants tables formats "
    "dialects timing cores encodings"
).split()
Chosen = tuple[str, str, Mutant]
"""Its target, as named; its file; the change."""


class Outcome(NamedTuple):
    target: str
    result: str
    """killed, survived or equivalent"""
    shown: str


class Known(dict[tuple[str, str, str], str]):
    """The mutants that nothing can notice, by file name and lines, and why."""

    def __init__(self) -> None:
        rows = (
            tomllib.loads(EQUIVALENT.read_text()).get("mutant", []) if EQUIVALENT.exists() else []
        )
        super().__init__({(row["in"], row["line"], row["becomes"]): row["reason"] for row in rows})

    def stale(self) -> list[str]:
        """Rows that are no mutant of any file any more."""
        named = {key[0] for key in self}
        found = set()
        for path in package_files():
            name = Path(path).name
            if name in named:
                text = (ROOT / path).read_text()
                found |= {(name, *mutant.shown(text)) for mutant in mutants(path, text)}
        return [f"{name}: {line}" for name, line, after in self if (name, line, after) not in found]


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


def survivors() -> list[Chosen]:
    """Those of the last run, found again by their lines."""
    wanted = [tuple(row) for row in json.loads(SURVIVED.read_text())]
    found = []
    for target, path, before, after in wanted:
        text = (ROOT / path).read_text()
        alike = [each for each in mutants(path, text) if each.shown(text) == (before, after)]
        found += [(target, path, each) for each in alike[:1]]
    return found


def judge(
    each: Chosen, checkout: Checkout, order: Map, known: Known, most: float
) -> tuple[str, str]:
    """What becomes of a mutant: killed, survived or equivalent; and by what, or why.

    Of the test files that run it, those are tried that take `most` seconds together.
    """
    target, path, mutant = each
    text = (ROOT / path).read_text()
    reason = known.get((Path(path).name, *mutant.shown(text)))
    if reason is not None:
        return "equivalent", reason
    running = order.order(path, mutant.lines, target)
    files = [name for at, name in enumerate(running) if order.seconds(running[: at + 1]) <= most]
    first: list[str] = []
    for name in files:
        if first and order.seconds([*first, name]) > FIRST_SECONDS:
            break
        first.append(name)
    checkout.write(path, mutant.apply(text))
    try:
        for part in (first, files[len(first) :]):
            if noticed := checkout.notices(part, SLACK + 3 * order.seconds(part)):
                order.noticed(noticed.partition("::")[0], target)
                return "killed", noticed
    finally:
        checkout.write(path, text)
    return "survived", f"{len(running)} test files run it, {len(files)} were tried"


def run(chosen: list[Chosen], options: argparse.Namespace) -> list[Outcome]:
    """Try mutants until the time is over; each is shown as it is judged."""
    begun = time.monotonic()
    known = Known()
    outcomes = []
    survived = []
    with tempfile.TemporaryDirectory(prefix="mutants-") as folder:
        checkout = Checkout(Path(folder), options.tiers)
        order = measured(checkout)
        for number, each in enumerate(chosen, 1):
            if time.monotonic() - begun > options.seconds:
                print(f"time is over after {number - 1} mutants")
                break
            target, path, mutant = each
            before, after = mutant.shown((ROOT / path).read_text())
            result, why = judge(each, checkout, order, known, options.each)
            shown = f"{path}:{mutant.lines[0]}: {mutant.kind}\n  - {before}\n  + {after}\n  {why}"
            print(f"{number}/{len(chosen)} {result}: {shown}", flush=True)
            outcomes.append(Outcome(target, result, shown))
            if result == "survived":
                survived.append((target, path, before, after))
            SURVIVED.write_text(json.dumps(survived, indent=1))
    return outcomes


def report(outcomes: list[Outcome]) -> float:
    """Print the listing and the table of targets; the per cent that was killed."""
    for result in ("equivalent", "survived"):
        listed = [outcome.shown for outcome in outcomes if outcome.result == result]
        if listed:
            print(f"\n== {result}\n" + "\n".join(listed))
    print(f"\n{'target':<12}{'mutants':>8}{'killed':>8}{'survived':>9}{'equivalent':>11}")
    targets = list(dict.fromkeys(outcome.target for outcome in outcomes))
    for target in [*targets, ""]:
        of = Counter(each.result for each in outcomes if target in ("", each.target))
        print(f"{target or 'all':<12}{of.total():>8}{of['killed']:>8}{of['survived']:>9}"
              f"{of['equivalent']:>11}{_share(of):>8.1f} %")  # fmt: skip
    return _share(Counter(each.result for each in outcomes))


def _share(of: Counter[str]) -> float:
    return 100 * of["killed"] / max(of["killed"] + of["survived"], 1)


def main() -> int:
    parser = argparse.ArgumentParser(prog="mutants", description=__doc__.partition("\n")[0])
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--count", type=int, default=300)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--again", action="store_true", help="those that survived the last run")
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
    chosen = survivors() if options.again else choose(targets, options.count, options.seed)
    return int(report(run(chosen, options)) < options.at_least)


if __name__ == "__main__":
    raise SystemExit(main())
