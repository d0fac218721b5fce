"""The extension of VS Code is of one mind with the server."""

from __future__ import annotations

import json
from pathlib import Path

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
