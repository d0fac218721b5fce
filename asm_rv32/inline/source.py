"""The text that a function object was compiled from."""

from __future__ import annotations

from types import FunctionType

from asm_rv32.basis.diagnostics import AssemblyError, Diagnostic, Source, Span

HEADS = ("@", "def ", "def\t", "def\\", "async ")


def find_source(function: FunctionType) -> tuple[Source, int]:
    """The text that a function was compiled from, and the offset of its first decorator.

    Raises AssemblyError "source-unavailable" when there is none, or when the text has changed
    since: at the function's line there is then no function.
    """
    # With `tokenize` behind it, it costs more to load than all else here.
    import linecache

    code = function.__code__
    path, first = code.co_filename, code.co_firstlineno
    if code.co_name == "<lambda>":
        raise refusal(function, "not-a-function", "a lambda holds no statements; use def")
    linecache.checkcache(path)
    lines = linecache.getlines(path, function.__globals__)
    written = lines[first - 1] if 0 < first <= len(lines) else ""
    if not written.lstrip().startswith(HEADS):
        reason = "has changed since it was compiled" if lines else "cannot be found"
        raise refusal(function, "source-unavailable", f"its source text {reason}")
    source = Source(path, "".join(lines))
    return source, source.line_starts[first - 1] + len(written) - len(written.lstrip())


def refusal(function: FunctionType, code: str, message: str) -> AssemblyError:
    """That a function cannot be read, as an error that names its line."""
    path, line = function.__code__.co_filename, function.__code__.co_firstlineno
    # Empty lines up to the function's, so that the error names its line; a compiled line number
    # can be anything, hence the bound.
    blank = "\n" * (min(line, 1_000_000) - 1)
    help_ = "help: keep the function in a file, or give its text to asm_rv32.assemble(text)"
    span = Span(len(blank), len(blank))
    found = Diagnostic(code, f"{function.__qualname__}: {message}", span, (help_,))
    return AssemblyError([found], Source(path, blank))
