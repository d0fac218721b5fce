"""What holds of every result, whatever the text was."""

from __future__ import annotations

from collections.abc import Iterable

from asm_rv32.basis.diagnostics import CODES, SEVERITIES, AssemblyError, Diagnostic
from asm_rv32.isa.image import Image


def check_error(error: AssemblyError) -> None:
    """An error has diagnostics in order, each with its place, and can be shown."""
    assert any(found.severity == "error" for found in error.diagnostics)
    check_diagnostics(error.diagnostics, error.source.text)
    for found in error.diagnostics:
        place = found.as_dict(error.source)
        assert 1 <= place["line"] <= error.source.text.count("\n") + 1
        assert place["column"] >= 1
    places = [found.span.start for found in error.diagnostics]
    assert places == sorted(places)
    assert error.render().startswith(f"{error.source.path}:")
    assert error.lineno is not None
    assert str(error)


def check_diagnostics(diagnostics: Iterable[Diagnostic], text: str) -> None:
    """Each has a known code, words, and a place within the text or just behind it."""
    for found in diagnostics:
        assert found.code in CODES
        assert found.severity in SEVERITIES
        assert found.message
        assert 0 <= found.span.start <= found.span.end <= len(text) + 1


def check_image(image: Image) -> None:
    """The entries tile the code, the labels stand in it, and nothing found is an error."""
    position = 0
    for entry in image.entries:
        assert entry.address == position
        position += entry.size
    assert position == len(image.code)
    assert all(0 <= offset <= len(image.code) for offset in image.symbols.values())
    assert all(found.severity != "error" for found in image.diagnostics)
    check_diagnostics(image.diagnostics, image.source.text)
