"""Fuzz: `python -m fuzz [TARGET ...] [--seconds N]`, or `--replay FILE` for what was found.

What is kept between runs stands in build/fuzz/TARGET/: `corpus`, the inputs that reached something
new, and `findings`. The seconds are split over the targets. Status 1 where anything was found.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
from pathlib import Path

from fuzz.seeds import ROOT, dictionary, seeds
from fuzz.targets import TARGETS, lower_limits

FOLDER = ROOT / "build" / "fuzz"
LONGEST = 4_096
"""Bytes of an input."""
SLOWEST = 20
"""Seconds for an input; more is a finding."""
MEMORY = 2_048
"""Megabytes of the process; more is a finding. The instrumented package takes some 300."""
_PROGRESS = re.compile(r"^#(\d+)\s+DONE\s+cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)


def fuzz(target: str, seconds: int, folder: Path) -> bool:
    """Fuzz a target so long; prints what came of it. False where there is a finding."""
    home = folder / target
    for name in ("corpus", "seeds", "findings"):
        (home / name).mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds(target)):
        if len(seed) <= LONGEST:
            (home / "seeds" / f"{number:04d}").write_bytes(seed)
    (home / "dictionary").write_text(dictionary(target) or "# none\n")
    command = [
        sys.executable, "-m", "fuzz.worker", target, f"-max_total_time={seconds}",
        f"-max_len={LONGEST}", f"-timeout={SLOWEST}", f"-rss_limit_mb={MEMORY}",
        f"-dict={home / 'dictionary'}", f"-artifact_prefix={home / 'findings'}/",
        str(home / "corpus"), str(home / "seeds"),
    ]  # fmt: skip
    with open(home / "log", "w") as log:
        status = subprocess.run(command, stderr=log, stdout=log, check=False).returncode
    said = (home / "log").read_text(errors="replace")
    done = _PROGRESS.findall(said)
    if status == 0 and done:
        runs, coverage, features, kept = done[-1]
        print(f"{target}: {runs} inputs, {coverage} edges, {features} features, {kept} kept")
        return True
    print(f"{target}: status {status}; the end of {home / 'log'}:")
    print("\n".join(said.splitlines()[-40:]))
    return False


def replay(target: str, path: Path) -> None:
    """Run a target on a file, without fuzzing; what was found is raised."""
    lower_limits()
    TARGETS[target](path.read_bytes())


def main() -> int:
    """Fuzz the targets one after the other, or replay what was found."""
    parser = argparse.ArgumentParser(prog="python -m fuzz", description=__doc__)
    parser.add_argument("targets", metavar="TARGET", nargs="*", help=", ".join(TARGETS))
    parser.add_argument("--seconds", type=int, default=600, help="for all together (600)")
    parser.add_argument("--folder", type=Path, default=FOLDER, help=f"({FOLDER})")
    parser.add_argument("--replay", type=Path, metavar="FILE", help="one input of one target")
    options = parser.parse_args()
    targets = options.targets or list(TARGETS)
    unknown = [target for target in targets if target not in TARGETS]
    if unknown:
        parser.error(f"no target {', '.join(unknown)}; known: {', '.join(TARGETS)}")
    if options.replay:
        replay(targets[0], options.replay)
        return 0
    share = max(1, options.seconds // len(targets))
    failed = [target for target in targets if not fuzz(target, share, options.folder)]
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
