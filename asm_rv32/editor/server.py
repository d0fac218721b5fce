"""The language server: what the other modules tell of a text, in the words of the protocol.

Input: a client's messages on standard input. Output: the answers on standard output.
Source: Language Server Protocol 3.17. Invariant: the only module that knows pygls, which is loaded
with it. Nothing of a file is executed, nothing is written.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from lsprotocol import types
from pygls import uris
from pygls.lsp.server import LanguageServer

from asm_rv32.basis import VERSION
from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Span
from asm_rv32.editor import navigation
from asm_rv32.editor.completion import CSR, DIRECTIVE, MNEMONIC, REGISTER, completions, detail
from asm_rv32.editor.document import PLAIN, Document, Project
from asm_rv32.editor.elsewhere import elsewhere
from asm_rv32.editor.hints import hints, lenses
from asm_rv32.editor.hover import hover, signatures
from asm_rv32.editor.mends import mends
from asm_rv32.editor.navigation import CannotRename
from asm_rv32.editor.outline import ALIAS, FUNCTION_NAME, LABEL, MACRO_NAME
from asm_rv32.editor.positions import UTF_16, Position, offset_of, span_range
from asm_rv32.editor.settings import EVERYTHING, shown

NAME = "asmrv32"
DELAY = 0.01
"""Seconds after a change in which further ones are waited for."""
SLOW, LONGEST_DELAY = 0.1, 2.0
"""Of a file that takes longer than the first, as long as it takes, at most the second."""
FIRST = "@asm_rv32\ndef first(a0):\n    lw(a0, 0(a0))\n    addi(a0, a0, 4096)\n"
RUN = "asmrv32.run"
"""The client's command that runs a function: its path and a call are the arguments."""
_WATCHED = types.FileSystemWatcher("**/*.toml")
_SEVERITIES = {
    "error": types.DiagnosticSeverity.Error,
    "warning": types.DiagnosticSeverity.Warning,
    "note": types.DiagnosticSeverity.Information,
}
_KINDS = {
    MNEMONIC: types.CompletionItemKind.Function,
    DIRECTIVE: types.CompletionItemKind.Keyword,
    REGISTER: types.CompletionItemKind.Variable,
    CSR: types.CompletionItemKind.Field,
    LABEL: types.CompletionItemKind.Reference,
    ALIAS: types.CompletionItemKind.Variable,
    FUNCTION_NAME: types.CompletionItemKind.Function,
    MACRO_NAME: types.CompletionItemKind.Snippet,
}

Projects = Callable[[str], Project]
"""What tells of a path how its project is assembled. Raises AssemblyError, ValueError, OSError."""


class _Asked(Protocol):
    """What a request has that asks about a place."""

    @property
    def text_document(self) -> types.TextDocumentIdentifier: ...
    @property
    def position(self) -> types.Position: ...


class Server(LanguageServer):
    """The open files, each with what is known of its newest text."""

    def __init__(self, projects: Projects) -> None:
        super().__init__(
            NAME, VERSION, text_document_sync_kind=types.TextDocumentSyncKind.Full, max_workers=1
        )
        self.projects = projects
        self.shown = EVERYTHING
        self.documents: dict[str, Document] = {}
        self.waiting: dict[str, asyncio.TimerHandle] = {}
        self.told: set[str] = set()
        """What was said of projects that cannot be read: each is said once."""
        self.took: dict[str, float] = {}
        """Seconds that the last diagnostics took."""

    @property
    def encoding(self) -> str:
        """What columns are counted in."""
        agreed = self.server_capabilities.position_encoding
        return UTF_16 if agreed is None else str(getattr(agreed, "value", agreed))

    def document(self, uri: str) -> Document:
        """The file as it stands now."""
        text = self.workspace.get_text_document(uri).source
        found = self.documents.get(uri)
        if found is None or found.text != text:
            path = uris.to_fs_path(uri) or uri
            found = self.documents[uri] = Document(path, text, self._project(path))
        return found

    def _project(self, path: str) -> Project:
        try:
            return self.projects(path)
        except AssemblyError as error:
            said = str(error.render())
        except (ValueError, OSError) as error:
            said = str(error)
        if said not in self.told:
            self.told.add(said)
            message = types.ShowMessageParams(types.MessageType.Warning, said)
            self.window_show_message(message)
        return PLAIN

    # ---- diagnostics

    def changed(self, uri: str) -> None:
        """Say what is wrong with a file, once nothing more comes for a moment."""
        if uri in self.waiting:
            self.waiting[uri].cancel()
        took = self.took.get(uri, 0.0)
        delay = DELAY if took < SLOW else min(took, LONGEST_DELAY)
        loop = asyncio.get_running_loop()
        self.waiting[uri] = loop.call_later(delay, self.publish, uri)

    def publish(self, uri: str) -> None:
        """Say what is wrong with a file."""
        self.waiting.pop(uri, None)
        start = time.monotonic()
        document = self.document(uri)
        found = [self._diagnostic(document, each) for each in document.diagnostics]
        self.took[uri] = time.monotonic() - start
        version = self.workspace.get_text_document(uri).version
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=found, version=version)
        )

    def watching(self) -> None:
        """Ask to be told of projects and tables, which no editor opens as Python."""
        workspace = self.client_capabilities.workspace
        able = workspace and workspace.did_change_watched_files
        if able and able.dynamic_registration:
            options = types.DidChangeWatchedFilesRegistrationOptions([_WATCHED])
            method = types.WORKSPACE_DID_CHANGE_WATCHED_FILES
            registration = types.Registration(method, method, options)
            self.client_register_capability(types.RegistrationParams([registration]))

    def renewed(self) -> None:
        """Have all that is shown asked for again, by a client that can."""
        workspace = self.client_capabilities.workspace
        for able, refresh in (
            (workspace and workspace.code_lens, self.workspace_code_lens_refresh),
            (workspace and workspace.inlay_hint, self.workspace_inlay_hint_refresh),
        ):
            if able and able.refresh_support:
                refresh(None)

    def outdated(self) -> None:
        """Read every file again: another one, or a project, is no longer what it was."""
        self.documents.clear()
        for uri in [*self.workspace.text_documents]:
            self.changed(uri)
        self.renewed()

    def closed(self, uri: str) -> None:
        """Forget a file."""
        if uri in self.waiting:
            self.waiting.pop(uri).cancel()
        self.documents.pop(uri, None)
        self.took.pop(uri, None)
        self.text_document_publish_diagnostics(
            types.PublishDiagnosticsParams(uri=uri, diagnostics=[])
        )

    def _diagnostic(self, document: Document, found: Diagnostic) -> types.Diagnostic:
        unneeded = found.code in ("unused-label", "unreachable")
        return types.Diagnostic(
            range=self.range(document, found.span),
            message="\n".join((found.message, *found.notes)),
            severity=_SEVERITIES[found.severity],
            code=found.code,
            source=NAME,
            tags=[types.DiagnosticTag.Unnecessary] if unneeded else None,
        )

    # ---- places

    def range(self, document: Document, span: Span) -> types.Range:
        """A span in the protocol's words."""
        start, end = span_range(document.source, span, self.encoding)
        return types.Range(types.Position(*start), types.Position(*end))

    def offset(self, document: Document, at: types.Position) -> int:
        """The offset of a place."""
        return offset_of(document.source, Position(at.line, at.character), self.encoding)

    def at(self, params: _Asked) -> tuple[Document, int]:
        """The file and the offset that a request asks about."""
        document = self.document(params.text_document.uri)
        return document, self.offset(document, params.position)

    def span(self, document: Document, asked: types.Range) -> Span:
        """The span of a range."""
        return Span(self.offset(document, asked.start), self.offset(document, asked.end))


def _synchronize(server: Server) -> None:
    @server.feature(types.INITIALIZE)
    def initialize(params: types.InitializeParams) -> None:
        server.shown = shown(params.initialization_options)

    @server.feature(types.INITIALIZED)
    def initialized(params: types.InitializedParams) -> None:
        server.watching()
        # What the first file would wait for is loaded meanwhile.
        _ = Document("first.py", FIRST).diagnostics

    @server.feature(types.TEXT_DOCUMENT_DID_OPEN)
    def opened(params: types.DidOpenTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_CHANGE)
    def changed(params: types.DidChangeTextDocumentParams) -> None:
        server.changed(params.text_document.uri)

    @server.feature(types.TEXT_DOCUMENT_DID_SAVE)
    def saved(params: types.DidSaveTextDocumentParams) -> None:
        server.outdated()

    @server.feature(types.WORKSPACE_DID_CHANGE_WATCHED_FILES)
    def watched(params: types.DidChangeWatchedFilesParams) -> None:
        server.outdated()

    @server.feature(types.TEXT_DOCUMENT_DID_CLOSE)
    def closed(params: types.DidCloseTextDocumentParams) -> None:
        server.closed(params.text_document.uri)

    @server.feature(types.WORKSPACE_DID_CHANGE_CONFIGURATION)
    def configured(params: types.DidChangeConfigurationParams) -> None:
        server.shown = shown(params.settings, server.shown)
        server.renewed()


def _tell(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_HOVER)
    def hovered(params: types.HoverParams) -> types.Hover | None:
        document, offset = server.at(params)
        found = hover(document, offset)
        if found is None:
            return None
        text = types.MarkupContent(types.MarkupKind.Markdown, found.text)
        return types.Hover(text, server.range(document, found.span))


def _complete(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_COMPLETION, types.CompletionOptions(resolve_provider=True))
    def completed(params: types.CompletionParams) -> types.CompletionList:
        document, offset = server.at(params)
        items = [
            types.CompletionItem(
                label=each.word, detail=each.detail or None, kind=_KINDS.get(each.sort),
                sort_text=f"{int(not each.fits)}{each.sort}{each.word}",
                data=params.text_document.uri if each.sort == MNEMONIC else None,
            )
            for each in completions(document, offset)
        ]  # fmt: skip
        return types.CompletionList(is_incomplete=False, items=items)

    @server.feature(types.COMPLETION_ITEM_RESOLVE)
    def resolved(item: types.CompletionItem) -> types.CompletionItem:
        document = server.documents.get(item.data) if isinstance(item.data, str) else None
        if document is not None:
            instructions = document.instructions(None)
            if item.label in instructions.mnemonic_of:
                item.detail = detail(item.label, instructions)
        return item


def _annotate(server: Server) -> None:
    @server.feature(
        types.TEXT_DOCUMENT_SIGNATURE_HELP,
        types.SignatureHelpOptions(trigger_characters=["(", ","]),
    )
    def signed(params: types.SignatureHelpParams) -> types.SignatureHelp | None:
        found = signatures(*server.at(params))
        if found is None:
            return None
        forms = [
            types.SignatureInformation(label=form, documentation=does, parameters=_parameters(form))
            for form, does in found.forms
        ]
        return types.SignatureHelp(forms, found.chosen, found.operand)

    @server.feature(types.TEXT_DOCUMENT_INLAY_HINT)
    def hinted(params: types.InlayHintParams) -> list[types.InlayHint]:
        if not server.shown.hints:
            return []
        document = server.document(params.text_document.uri)
        found = []
        for each in hints(document, server.span(document, params.range)):
            if text := each.text(server.shown.hints):
                place = server.range(document, Span(each.end, each.end)).start
                found.append(types.InlayHint(place, text, padding_left=True))
        return found

    @server.feature(types.TEXT_DOCUMENT_CODE_LENS)
    def lensed(params: types.CodeLensParams) -> list[types.CodeLens]:
        document = server.document(params.text_document.uri)
        found = []
        for each in lenses(document):
            place = server.range(document, each.span)
            if server.shown.size:
                found.append(types.CodeLens(place, types.Command(each.text, "")))
            if server.shown.run and each.call:
                command = types.Command("run", RUN, arguments=[document.source.path, each.call])
                found.append(types.CodeLens(place, command))
        return found


def _parameters(form: str) -> list[types.ParameterInformation]:
    inner = form[form.index("(") + 1 : -1]
    return [types.ParameterInformation(each.strip()) for each in inner.split(", ") if each]


def _navigate(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_DEFINITION)
    def defined(params: types.DefinitionParams) -> types.Location | None:
        document, offset = server.at(params)
        there = elsewhere(document, offset)
        if there is not None:
            uri = uris.from_fs_path(there.document.source.path)
            return types.Location(uri or "", server.range(*there))
        found = navigation.definition(document, offset)
        if found is None:
            return None
        return types.Location(params.text_document.uri, server.range(document, found))

    @server.feature(types.TEXT_DOCUMENT_REFERENCES)
    def referred(params: types.ReferenceParams) -> list[types.Location]:
        document, offset = server.at(params)
        try:
            found = navigation.references(document, offset)
        except CannotRename:
            return []
        return [types.Location(params.text_document.uri, server.range(document, each))
                for each in found]  # fmt: skip

    @server.feature(types.TEXT_DOCUMENT_DOCUMENT_SYMBOL)
    def listed(params: types.DocumentSymbolParams) -> list[types.DocumentSymbol]:
        document = server.document(params.text_document.uri)
        return [_symbol(server, document, each) for each in navigation.symbols(document)]


def _change(server: Server) -> None:
    @server.feature(types.TEXT_DOCUMENT_PREPARE_RENAME)
    def prepared(params: types.PrepareRenameParams) -> types.Range | None:
        document, offset = server.at(params)
        found = navigation.renamable(document, offset)
        return server.range(document, found) if found is not None else None

    @server.feature(types.TEXT_DOCUMENT_RENAME, types.RenameOptions(prepare_provider=True))
    def renamed(params: types.RenameParams) -> types.WorkspaceEdit | None:
        document, offset = server.at(params)
        try:
            places = navigation.renamed(document, offset, params.new_name)
        except CannotRename as error:
            message = types.ShowMessageParams(types.MessageType.Warning, str(error))
            server.window_show_message(message)
            return None
        edits = [types.TextEdit(server.range(document, each), params.new_name) for each in places]
        return types.WorkspaceEdit(changes={params.text_document.uri: edits})

    @server.feature(
        types.TEXT_DOCUMENT_CODE_ACTION,
        types.CodeActionOptions(code_action_kinds=[types.CodeActionKind.QuickFix]),
    )
    def acted(params: types.CodeActionParams) -> list[types.CodeAction]:
        uri = params.text_document.uri
        document = server.document(uri)
        found = []
        for each in mends(document, server.span(document, params.range)):
            edit = types.TextEdit(server.range(document, each.span), each.text)
            mended = [given for given in params.context.diagnostics if given.code in each.codes]
            found.append(
                types.CodeAction(
                    title=each.title, kind=types.CodeActionKind.QuickFix, diagnostics=mended,
                    edit=types.WorkspaceEdit(changes={uri: [edit]}),
                )
            )  # fmt: skip
        return found


def _symbol(server: Server, document: Document, found: navigation.Symbol) -> types.DocumentSymbol:
    block = found.block
    end = block.span.start + len(document.source.text[slice(*block.span)].rstrip())
    labels = [
        types.DocumentSymbol(
            name=each.name, kind=types.SymbolKind.Key, range=server.range(document, each.span),
            selection_range=server.range(document, each.span),
        )
        for each in found.labels
    ]  # fmt: skip
    return types.DocumentSymbol(
        name=block.name, detail=block.sort, kind=types.SymbolKind.Function, children=labels,
        range=server.range(document, Span(block.span.start, end)),
        selection_range=server.range(document, block.name_span),
    )  # fmt: skip


def serve(projects: Projects) -> None:
    """Talk with a client on standard input and output until it leaves."""
    server = Server(projects)
    for register in (_synchronize, _tell, _complete, _annotate, _navigate, _change):
        register(server)
    server.start_io()
