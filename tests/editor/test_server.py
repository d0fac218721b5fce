"""The language server as a client meets it: pygls's own client, over standard input and output."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from corpus.mutations import mutated
from lsprotocol import types
from pygls.lsp.client import LanguageClient

from asm_rv32.commands.cli import main

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "examples").rglob("*.py"))
BROKEN = range(20)
TICKS = os.sysconf("SC_CLK_TCK")


class Client:
    """A client that has a server, and the diagnostics that it was sent."""

    def __init__(self) -> None:
        self.talk = LanguageClient("test", "1")
        self.said: asyncio.Queue[types.PublishDiagnosticsParams] = asyncio.Queue()
        self.watched: asyncio.Queue[Any] = asyncio.Queue()
        self.version = 0

        @self.talk.feature(types.TEXT_DOCUMENT_PUBLISH_DIAGNOSTICS)
        def published(params: types.PublishDiagnosticsParams) -> None:
            self.said.put_nowait(params)

        @self.talk.feature(types.CLIENT_REGISTER_CAPABILITY)
        def registered(params: types.RegistrationParams) -> None:
            self.watched.put_nowait(params.registrations[0].register_options)

    async def start(self, **options: Any) -> types.InitializeResult:
        await self.talk.start_io(sys.executable, "-m", "asm_rv32", "lsp", cwd=str(ROOT))
        capabilities = types.ClientCapabilities(
            general=options.pop("general", None), workspace=options.pop("workspace", None)
        )
        found = await self.talk.initialize_async(
            types.InitializeParams(
                capabilities=capabilities, root_uri=ROOT.as_uri(), initialization_options=options
            )
        )
        self.talk.initialized(types.InitializedParams())
        return found

    async def opened(self, path: Path, text: str) -> types.PublishDiagnosticsParams:
        item = types.TextDocumentItem(path.as_uri(), "python", 1, text)
        self.talk.text_document_did_open(types.DidOpenTextDocumentParams(item))
        return await asyncio.wait_for(self.said.get(), 60)

    async def changed(self, path: Path, text: str) -> types.PublishDiagnosticsParams:
        self.version += 1
        where = types.VersionedTextDocumentIdentifier(version=self.version, uri=path.as_uri())
        whole = types.TextDocumentContentChangeWholeDocument(text)
        self.talk.text_document_did_change(types.DidChangeTextDocumentParams(where, [whole]))
        return await asyncio.wait_for(self.said.get(), 60)

    async def stop(self) -> None:
        await self.talk.shutdown_async(None)
        self.talk.exit(None)
        await self.talk.stop()

    @property
    def cpu(self) -> float:
        """Seconds of processor time that the server has taken."""
        fields = Path(f"/proc/{self.talk._server.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def served(use: Callable[[Client], Awaitable[None]], **options: Any) -> None:
    """Do something with a client of a fresh server."""

    async def whole() -> None:
        client = Client()
        await client.start(**options)
        await use(client)
        await client.stop()

    asyncio.run(whole())


def places(said: types.PublishDiagnosticsParams) -> list[tuple[str, int, int]]:
    return sorted(
        (str(each.code), each.range.start.line + 1, each.range.start.character + 1)
        for each in said.diagnostics
    )


def shown_by_lint(path: Path, capsys: pytest.CaptureFixture[str]) -> list[tuple[str, int, int]]:
    main(["lint", str(path), "--error-format", "json"])
    found = map(json.loads, capsys.readouterr().err.splitlines())
    return sorted((each["code"], each["line"], each["column"]) for each in found)


@pytest.mark.heavy
def test_a_client_sees_what_lint_shows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    files = list(EXAMPLES)
    for seed in BROKEN:
        path = tmp_path / f"broken{seed}.py"
        path.write_text(mutated(seed))
        files.append(path)
    errors = 0

    async def use(client: Client) -> None:
        nonlocal errors
        for path in files:
            said = await client.opened(path, path.read_text())
            # A file without a decorator of ours is none of the server's business.
            wanted = shown_by_lint(path, capsys) if "asm_" in path.read_text() else []
            found = places(said)
            if any(each.severity == types.DiagnosticSeverity.Error for each in said.diagnostics):
                errors += 1
                assert set(wanted) <= set(found), path
            else:
                assert found == wanted, path

    served(use)
    assert errors >= len(BROKEN) // 2


TEXT = (
    '@asm_rv32\ndef f(a):\n    """𝕏𝕏"""; addi(a, a, 5000)\n    mv(s0, a)\n    j(end); label(end)\n'
)


@pytest.mark.heavy
@pytest.mark.parametrize(("encoding", "column"), [("utf-16", 27), ("utf-32", 25), ("utf-8", 31)])
def test_what_a_client_asks_is_answered(tmp_path: Path, encoding: str, column: int) -> None:
    path = tmp_path / "f.py"
    document = types.TextDocumentIdentifier(path.as_uri())

    async def use(client: Client) -> None:
        talk = client.talk
        said = await client.opened(path, TEXT)
        (wrong,) = (each for each in said.diagnostics if each.code == "immediate-range")
        assert wrong.range.start.character == column
        context = types.CodeActionContext([wrong])
        actions = await talk.text_document_code_action_async(
            types.CodeActionParams(document, wrong.range, context)
        )
        assert actions[0].edit.changes[path.as_uri()][0].new_text.startswith("li(t0, 5000)")
        said = await client.changed(path, TEXT.replace("5000", "50"))
        assert [each.code for each in said.diagnostics] == ["saved-register"]
        at = types.Position(2, wrong.range.start.character - 8)
        hover = await talk.text_document_hover_async(types.HoverParams(document, at))
        assert "addi(rd, rs1, imm12)" in hover.contents.value
        end = types.Position(4, 7)
        renamed = await talk.text_document_rename_async(
            types.RenameParams(document, end, new_name="out")
        )
        assert len(renamed.changes[path.as_uri()]) == 2
        found = await talk.text_document_definition_async(types.DefinitionParams(document, end))
        assert found.range.start == types.Position(4, 18)
        path.touch()
        (tmp_path / "other.py").write_text("LIMIT = 4\n")
        text = f"{TEXT}    li(t0, LIMIT)\nfrom other import LIMIT\n"
        await client.changed(path, text.replace("5000", "50"))
        found = await talk.text_document_definition_async(
            types.DefinitionParams(document, types.Position(5, 13))
        )
        assert found.uri == (tmp_path / "other.py").as_uri()
        await client.changed(path, TEXT.replace("5000", "50"))
        listed = await talk.text_document_completion_async(types.CompletionParams(document, end))
        assert "end" in {each.label for each in listed.items}
        signed = await talk.text_document_signature_help_async(
            types.SignatureHelpParams(document, at := types.Position(3, 11))
        )
        assert signed.active_parameter == 1, at
        (symbol,) = await talk.text_document_document_symbol_async(
            types.DocumentSymbolParams(document)
        )
        assert [each.name for each in symbol.children] == ["end"]
        whole = types.Range(types.Position(0, 0), types.Position(9, 0))
        hints = await talk.text_document_inlay_hint_async(types.InlayHintParams(document, whole))
        assert [each.label for each in hints] == ["0:  13 05 25 03", "4:  2a 84", "6:  09 a0"]
        lenses = await talk.text_document_code_lens_async(types.CodeLensParams(document))
        assert [each.command.command for each in lenses] == ["", "asmrv32.run"]

    general = types.GeneralClientCapabilities(position_encodings=[encoding])
    served(use, general=general, codeLenses=True)


@pytest.mark.heavy
def test_settings_and_projects_that_change_are_shown(tmp_path: Path) -> None:
    """The client is told to ask again, and watches projects, which no editor opens as Python."""
    path, project = tmp_path / "f.py", tmp_path / "pyproject.toml"
    document = types.TextDocumentIdentifier(path.as_uri())
    whole = types.Range(types.Position(0, 0), types.Position(9, 0))

    async def use(client: Client) -> None:
        talk = client.talk
        again: asyncio.Queue[str] = asyncio.Queue()
        talk.feature(types.WORKSPACE_CODE_LENS_REFRESH)(lambda *_: again.put_nowait("lenses"))
        talk.feature(types.WORKSPACE_INLAY_HINT_REFRESH)(lambda *_: again.put_nowait("hints"))

        async def shown() -> list[str]:
            for _ in range(2):
                await asyncio.wait_for(again.get(), 60)
            lenses = await talk.text_document_code_lens_async(types.CodeLensParams(document))
            hints = await talk.text_document_inlay_hint_async(
                types.InlayHintParams(document, whole)
            )
            return [each.command.title for each in lenses] + [each.label for each in hints]

        watched = await asyncio.wait_for(client.watched.get(), 60)
        assert [each["globPattern"] for each in watched["watchers"]] == ["**/*.toml"]
        await client.opened(path, "@asm_rv32\ndef f(a):\n    add(a, a, a)\n")
        settings = {"asmrv32": {"codeLenses": {"size": False, "run": True}}}
        talk.workspace_did_change_configuration(types.DidChangeConfigurationParams(settings))
        assert await shown() == ["run", "0:  2a 95"]
        project.write_text('[tool.asm_rv32]\nisa = "rv32i"\ncore = "ibex-small"\n')
        event = types.FileEvent(project.as_uri(), types.FileChangeType.Created)
        talk.workspace_did_change_watched_files(types.DidChangeWatchedFilesParams([event]))
        assert await shown() == ["run", "0:  33 05 a5 00  1 cycle"]

    able = types.WorkspaceClientCapabilities(
        did_change_watched_files=types.DidChangeWatchedFilesClientCapabilities(True),
        code_lens=types.CodeLensWorkspaceClientCapabilities(refresh_support=True),
        inlay_hint=types.InlayHintWorkspaceClientCapabilities(refresh_support=True),
    )
    served(use, workspace=able)


@pytest.mark.heavy
def test_a_change_in_500_lines_takes_little(request: pytest.FixtureRequest) -> None:
    """The time of a processor, so that others who work on the machine do not count; with
    `--thorough` and nobody else, that of the clock, too."""
    text = (ROOT / "examples" / "interpreter.py").read_text()
    start = text.index("@asm_rv32")
    one = text[start : text.index("@asm_rv32", start + 1)]
    number = 0
    while text.count("\n") < 500:
        number += 1
        text += "\n\n" + one.replace("skip", f"skip{number}")
    path = ROOT / "examples" / "long.py"

    async def use(client: Client) -> None:
        await client.opened(path, text)
        before, clocks = client.cpu, []
        for turn in range(10):
            begin = time.monotonic()
            wrong = text.replace("addi(at, at, 1)", f"addi(at, at, {5000 + turn})", 1)
            said = await client.changed(path, wrong)
            clocks.append(time.monotonic() - begin)
            assert [each.code for each in said.diagnostics] == ["immediate-range"]
        assert (client.cpu - before) / 10 < 0.150
        if request.config.getoption("--thorough"):
            print(sorted(clocks))
            assert sorted(clocks)[5] < 0.150

    served(use)


def test_other_commands_load_no_editor() -> None:
    program = (
        "import sys; from asm_rv32.commands.cli import main; main(['isa', 'addi']);"
        "import asm_rv32; asm_rv32.asm_rv32;"
        "sys.exit(str([n for n in sys.modules if 'editor' in n or n.startswith('pygls')] or ''))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (1, "\n"), done.stderr


def test_a_missing_package_is_named() -> None:
    program = (
        "import sys; sys.modules['pygls'] = None; from asm_rv32.commands.cli import main;"
        "sys.exit(main(['lsp']))"
    )
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True)
    assert done.returncode == 2
    assert "pip install" in done.stderr and "pygls" in done.stderr
