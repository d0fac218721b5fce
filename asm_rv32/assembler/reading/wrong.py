"""Why a line is no line of the language, in words that help.

Input: a `LogicalLine` that the grammar does not know, and the `Mismatch`.
Output: one `Diagnostic`, with what does the same here where the line is Python's or GNU's.
"""

from __future__ import annotations

from asm_rv32.assembler.reading.gnu import CLOSING, OPENING, as_in_gnu
from asm_rv32.assembler.reading.grammar import Mismatch
from asm_rv32.assembler.reading.lines import (
    DEPTH_LIMIT,
    OPEN_STRING,
    TERMINAL,
    TOKEN_LIMIT,
    LogicalLine,
    token_span,
)
from asm_rv32.basis.diagnostics import Diagnostic

_PLAIN_WORDS = {
    "NAME": "a name", "NUMBER": "a number", "STRING": "a string", "LPAR": "'('", "RPAR": "')'",
    "COMMA": "','", "COLON": "':'", "EQUAL": "'='", "IN": "'in'", "LBRACE": "'{'",
    "ARROW": "'->'", "ELSE": "'else'", "the end of the line": "the end of the line",
}  # fmt: skip
_INSTEAD = {
    "while": "label(again) before it, and bnez(a0, again) or another branch after it",
    "return": "ret(), the result being what a0 holds", "import": "put it above the function",
    "from": "put it above the function", "break": "j(label)", "continue": "j(label)",
}  # fmt: skip
"""What does here what a statement of Python does."""
_PYTHON_STATEMENTS = {
    word: f"'{word}' is no statement of the assembler; it has calls, names, 'for' and 'if'"
    for word in (
        "while return import from class try with raise del global nonlocal assert async await "
        "lambda yield break continue except finally match"
    ).split()
}


def explain(text: str, line: LogicalLine, wrong: Mismatch) -> Diagnostic:
    """The diagnostic for a line of `text` that the grammar does not know."""
    return _unfinished(text, line, wrong) or _misplaced(text, line, wrong)


def _unfinished(text: str, line: LogicalLine, wrong: Mismatch) -> Diagnostic | None:
    """The diagnostic for a line that is too long, not closed, or nested too deeply."""
    tokens = line.tokens

    def found(code: str, message: str, at: int) -> Diagnostic:
        return Diagnostic(code, message, token_span(text, line, at))

    if "fewer words" in wrong.expected:
        return found("too-large", f"a line has at most {TOKEN_LIMIT} words and signs", 0)
    if OPEN_STRING in line.shape:
        return found("unclosed", "this string is not closed", line.shape.index(OPEN_STRING))
    opened: list[int] = []
    for index, letter in enumerate(line.shape):
        terminal = TERMINAL.get(letter, "")
        if terminal in OPENING:
            opened.append(index)
            if len(opened) > DEPTH_LIMIT:
                return found("nesting", f"brackets nest at most {DEPTH_LIMIT} deep", index)
        elif terminal in CLOSING and opened:
            opened.pop()
    if opened:
        return found("unclosed", f"this {tokens[opened[-1]]!r} is not closed", opened[-1])
    if "less nesting" in wrong.expected:
        at = min(wrong.token, len(tokens) - 1)
        return found("nesting", "this expression is nested too deeply", at)
    return None


def _misplaced(text: str, line: LogicalLine, wrong: Mismatch) -> Diagnostic:
    """The diagnostic for a line with a word or a sign where none such can stand."""
    tokens = line.tokens
    index = wrong.token
    statement = _PYTHON_STATEMENTS.get(tokens[0])
    if statement:
        instead = _INSTEAD.get(tokens[0])
        notes = (f"help: {instead}",) if instead else ()
        return Diagnostic("syntax", statement, token_span(text, line, 0), notes)
    found = repr(tokens[index]) if index < len(tokens) else "the end of the line"
    wanted = [_PLAIN_WORDS[word] for word in wrong.expected if word in _PLAIN_WORDS]
    notes = (f"help: expected {', '.join(sorted(wanted))}",) if 0 < len(wanted) < 5 else ()
    if found[1:-1] in ("and", "or", "not"):
        notes = (f"help: the instruction is spelled {found[1:-1]}_, as Python has the word",)
    if found[1:-1] in ("=", ":", "+", "-", "*", "|", "&") and "=" in tokens:
        notes = ("help: a name is given to a register or a constant once: acc = a2, N = 4",)
    if 0 < index < len(tokens) and tokens[index] in ("@", "."):
        notes = ("help: a label is written as a bare name, without a dot or @ in it",)
    statement = as_in_gnu(text, line, index)
    if statement:
        notes = (f"help: {statement}",)
    message = f"{found} cannot stand here"
    return Diagnostic("syntax", message, token_span(text, line, index), notes)
