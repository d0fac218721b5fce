"""Commands as a user gives them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

Done = subprocess.CompletedProcess[str]


class Shell:
    """Runs commands in a folder of their own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __call__(self, *arguments: str, given: str | None = None, **environment: str) -> Done:
        done = subprocess.run(
            [sys.executable, "-m", "asm_rv32", *arguments], cwd=self.folder, input=given,
            capture_output=True, text=True, env={**os.environ, **environment}, check=False,
        )  # fmt: skip
        assert "Traceback" not in done.stderr, done.stderr
        return done

    def write(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def names(self) -> set[str]:
        return {path.name for path in self.folder.iterdir()}
