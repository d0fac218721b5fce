"""pytest under coverage: which test runs which line, and how long each takes.

`python -m coverage run recorder.py FILE [pytest's arguments]`: what is run from now on counts for
the test that runs it, whatever its parameters, and its seconds are written to FILE. Children are
told by the variable that pytest sets for them.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections import defaultdict
from collections.abc import Generator
from pathlib import Path

import pytest
from coverage import Coverage


class Recorder:
    """The plugin."""

    def __init__(self) -> None:
        self.seconds: defaultdict[str, float] = defaultdict(float)
        self.last = ""

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Generator[None, object, object]:
        name = item.nodeid.partition("[")[0]
        running = Coverage.current()
        if running and name != self.last:
            running.switch_context(name)
            self.last = name
        begun = used()
        try:
            return (yield)
        finally:
            self.seconds[name] += used() - begun


def used() -> float:
    """Seconds of processor that this process and its ended children took."""
    children = resource.getrusage(resource.RUSAGE_CHILDREN)
    return time.process_time() + children.ru_utime + children.ru_stime


if __name__ == "__main__":
    sys.path[0] = os.getcwd()
    recorder = Recorder()
    status = pytest.main(sys.argv[2:], plugins=[recorder])
    Path(sys.argv[1]).write_text(json.dumps(recorder.seconds))
    raise SystemExit(status)
