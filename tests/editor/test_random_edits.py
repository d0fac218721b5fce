"""A file that is edited at random: whatever it becomes, everything about it can be asked."""

from __future__ import annotations

import random
import resource
from pathlib import Path

import pytest
from corpus.mutations import PIECES

from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.editor import navigation
from asm_rv32.editor.completion import completions
from asm_rv32.editor.document import Document, Project
from asm_rv32.editor.elsewhere import elsewhere
from asm_rv32.editor.hints import hints, lenses
from asm_rv32.editor.hover import hover, signatures
from asm_rv32.editor.mends import mends
from asm_rv32.editor.navigation import CannotRename
from asm_rv32.editor.positions import offset_of, position
from asm_rv32.editor.spelling import SPELLINGS, respelled

TEXT = (Path(__file__).parents[2] / "examples" / "interpreter.py").read_text()
FRESH = 50
"""After so many edits the text starts anew: else little of it is left that means something."""
SAMPLE, ALL = 150, 10_000


def edited(text: str, choice: random.Random) -> str:
    """The text with something put in, taken out, or moved."""
    at = choice.randrange(len(text) + 1)
    end = min(len(text), at + choice.choice((0, 0, 1, 1, 2, 5, 40)))
    piece = choice.choice(PIECES) if choice.random() < 0.6 else text[end : end + 30]
    if choice.random() < 0.05:
        piece = choice.choice(("𝕏", "\r", "\f", "\0", "\ud800", "é", "\u2028", "\t"))
    return text[:at] + piece * choice.choice((0, 1, 1, 1)) + text[end:]


def ask(text: str, choice: random.Random) -> None:
    """Everything that an editor asks of a text, somewhere in it."""
    document = Document("edited.py", text, Project(core="ibex-small"))
    for found in document.diagnostics:
        assert 0 <= found.span.start <= found.span.end <= len(text) + 1
    at = choice.randrange(len(text) + 1)
    assert 0 <= offset_of(document.source, position(document.source, at)) <= len(text)
    for question in (
        hover,
        completions,
        signatures,
        navigation.definition,
        navigation.renamable,
        elsewhere,
    ):
        question(document, at)
    try:
        for span in navigation.renamed(document, at, "another"):
            assert span.end - span.start == len(text[slice(*span)]) > 0
    except CannotRename:
        pass
    navigation.symbols(document)
    list(lenses(document))
    near = Span(max(0, at - 200), at + 200)
    for hint in hints(document, near):
        assert hint.data and hint.text()
    for mend in mends(document, Span(at, at)):
        assert 0 <= mend.span.start <= mend.span.end <= len(text)
    for spelling in SPELLINGS if choice.random() < 0.2 else ():
        respelled(Source("edited.py", text), spelling)


@pytest.mark.heavy
def test_no_edit_is_too_much(request: pytest.FixtureRequest) -> None:
    count = ALL if request.config.getoption("--thorough") else SAMPLE
    choice, text, first = random.Random(1), TEXT, 0
    for turn in range(count):
        if turn % FRESH == 0:
            text = TEXT
        text = edited(text, choice)
        try:
            ask(text, choice)
        except Exception as error:
            raise AssertionError(f"turn {turn}: {text[:3000]!r}") from error
        if turn == count // 4:
            first = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    last = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{count} edits, {first >> 10} MiB after a quarter, {last >> 10} MiB at the end")
    assert last < 1.3 * first
