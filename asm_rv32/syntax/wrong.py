"""Why a line is no line of the language, in words that help.

Input: a `LogicalLine` that the grammar does not know, and the `Mismatch`.
Output: one `Diagnostic`, with what does the same here where the line is Python's or GNU's.
"""

from __future__ import annotations

from asm_rv32.diagnostics import Diagnostic
from asm_rv32.extensions import directive
from asm_rv32.syntax.grammar import TREES, Mismatch, Node
from asm_rv32.syntax.lines import (
    DEPTH_LIMIT,
    LETTER,
    OPEN_STRING,
    TERMINAL,
    TOKEN_LIMIT,
    LogicalLine,
    kept_spans,
    token_span,
)

PASTED_LIMIT = 200
"""So much of a line in GNU's syntax is shown in ours."""
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
_OPENING = ("LPAR", "LSQB", "LBRACE")
_CLOSING = ("RPAR", "RSQB", "RBRACE")


def explain(text: str, line: LogicalLine, wrong: Mismatch) -> Diagnostic:
    """The diagnostic for a line of `text` that the grammar does not know."""
    return _unfinished(text, line, wrong) or _misplaced(text, line, wrong)


def _unfinished(text: str, line: LogicalLine, wrong: Mismatch) -> Diagnostic | None:
    """The diagnostic for a line that is too long, not closed, or nested too deeply."""
    tokens = line.tokens

    def found(code: str, message: str, at: int) -> Diagnostic:
        return Diagnostic(code, message, token_span(text, line, at))

    if len(line.shape) > TOKEN_LIMIT:
        return found("too-large", f"a line has at most {TOKEN_LIMIT} words and signs", 0)
    if OPEN_STRING in line.shape:
        return found("unclosed", "this string is not closed", line.shape.index(OPEN_STRING))
    opened: list[int] = []
    for index, letter in enumerate(line.shape):
        terminal = TERMINAL.get(letter, "")
        if terminal in _OPENING:
            opened.append(index)
            if len(opened) > DEPTH_LIMIT:
                return found("nesting", f"brackets nest at most {DEPTH_LIMIT} deep", index)
        elif terminal in _CLOSING and opened:
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
        mend = (f"help: {instead}",) if instead else ()
        return Diagnostic("syntax", statement, token_span(text, line, 0), mend)
    found = repr(tokens[index]) if index < len(tokens) else "the end of the line"
    wanted = [_PLAIN_WORDS[word] for word in wrong.expected if word in _PLAIN_WORDS]
    notes: tuple[str, ...] = ()
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


def as_in_gnu(text: str, line: LogicalLine, index: int) -> str:
    """What a line in GNU's syntax is here, or ""; `index` is the token that cannot stand there."""
    tokens = line.tokens
    if tokens[-1] == ":" and len(tokens) == 2:
        return f"label({tokens[0] if tokens[0].isidentifier() else 'again'})"
    # `.2byte` is one word, as `.5` is.
    dotted = tokens[0][0] == "." and tokens[0] != "..."
    word = "".join(tokens[: 1 + (tokens[0] == ".")])[dotted:]
    if dotted or index == 1:
        operands = _operands(text, line, 1 + (tokens[0] == "."))
        mend = directive(word, operands) if operands is not None else ""
        if mend or dotted:
            return mend
    # `lw a0, 4(a1)`, `c.addi a0, 1`, and `and a0, a0, a1`, which Python stops at at once.
    first = max(index, 1)
    name = "".join(tokens[:first]).replace(".", "_")
    statement = LETTER["NAME"] + LETTER["LPAR"] + line.shape[first:] + LETTER["RPAR"]
    if first < len(tokens) and name.isidentifier() and isinstance(TREES[statement], Node):
        operands = _operands(text, line, first)
        name += "_" * (name in ("and", "or", "not"))
        return f"{name}({', '.join(operands)})" if operands is not None else ""
    return ""


def _operands(text: str, line: LogicalLine, first: int) -> list[str] | None:
    """The operands from a token on, in brackets or not; None where they are not to be shown."""
    spans = kept_spans(text, line.start, line.end)
    last = len(spans)
    if line.tokens[first : first + 1] == ["("] and line.tokens[-1] == ")":
        first, last = first + 1, last - 1
    if first >= last:
        return []
    written = text[spans[first].start : spans[last - 1].end]
    if "\n" in written or len(written) > PASTED_LIMIT:
        return None
    found, depth, start = [], 0, spans[first].start
    for at in range(first, last):
        terminal = TERMINAL.get(line.shape[at], "")
        depth += (terminal in _OPENING) - (terminal in _CLOSING)
        if terminal == "COMMA" and not depth:
            found.append(text[start : spans[at].start].strip())
            start = spans[at].end
    return [*found, text[start : spans[last - 1].end].strip()]
