"""Logical lines: a text cut as Python's tokenizer cuts it.

Input: the text of a Python file, from some offset on.
Output: `LogicalLine`s, blank ones left out, each with its tokens and their kinds.
Invariant: a bracket, a string or a backslash carries a logical line over line ends; offsets of
tokens are found again when a diagnostic needs them, not kept.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from asm_rv32.basis.derived import derived_pattern
from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.records import NamedTuple

# A token with whatever separates it from the next one, comments included; a comment is itself a
# token where it stands first in a line. A string that is not closed on its line is a token of its
# own, as is any character that no token begins with.
TOKEN = derived_pattern(
    "token",
    r"""(?:\\\r?\n[ \t\f]*+)?+
    ([^\W\d]\w*+(?!['"])
    |\d\w*+(?:\.\w*+)?
    |[(),]
    |[rRbBuUfF]{0,2}(?:'''(?:[^'\\]++|\\.|'(?!''))*+(?:'''|\Z)
        |\"\"\"(?:[^"\\]++|\\.|"(?!""))*+(?:\"\"\"|\Z)
        |'(?:[^'\\\n]++|\\.)*+'?|"(?:[^"\\\n]++|\\.)*+"?)
    |\.\d\w*
    |\*\*|//|<<|>>|[<>=!:]=|->|\.\.\.
    |\#[^\n]*+
    |[^ \t\f\r\n\#])
    (?:[ \t\f\r\n]++|\\\r?\n|\#[^\n]*+)*+""",
    re.VERBOSE | re.DOTALL,
    __file__,
)

KINDS = {
    "for": "FOR", "in": "IN", "if": "IF", "elif": "ELIF", "else": "ELSE", "def": "DEF",
    "pass": "PASS", "not": "NOT", "and": "AND", "or": "OR",
    "(": "LPAR", ")": "RPAR", "[": "LSQB", "]": "RSQB", "{": "LBRACE", "}": "RBRACE",
    ",": "COMMA", ":": "COLON", ";": "SEMI", "=": "EQUAL", "->": "ARROW", "@": "AT", ".": "DOT",
    "...": "ELLIPSIS", "|": "BIT_OR", "^": "BIT_XOR", "&": "BIT_AND", "<<": "SHIFT", ">>": "SHIFT",
    "+": "ADD", "-": "ADD", "*": "MUL", "//": "MUL", "%": "MUL", "/": "MUL", "**": "POW",
    "~": "TILDE", "==": "COMPARE", "!=": "COMPARE", "<": "COMPARE", "<=": "COMPARE",
    ">": "COMPARE", ">=": "COMPARE",
}  # fmt: skip
KEYWORDS = (
    "as assert async await break class continue del except finally from global import is lambda "
    "nonlocal raise return try while with yield"
).split()
"""Words of Python that are no names, and begin or join nothing of the assembler's language."""
TERMINALS = ("NAME", "NUMBER", "STRING", *dict.fromkeys(KINDS.values()))
LETTER = {terminal: chr(ord("0") + index) for index, terminal in enumerate(TERMINALS)}
"""A terminal as one character, so that the kinds of a line's tokens are a string."""
TERMINAL = {letter: terminal for terminal, letter in LETTER.items()}
UNKNOWN, OPEN_STRING = "!", '"'

WORDS_KEPT = 100_000
LONGEST_KEPT = 200
"""So many distinct tokens, and none longer, are remembered with their kind."""
TOKEN_LIMIT = 1 << 18
"""A logical line with more tokens is not parsed."""
PASTED_LIMIT = 200
"""So much of a line in GNU's syntax is shown in ours."""
UNCLOSED_LIMIT = 16
"""After so many brackets that nothing closes, lines are no longer joined: each costs a read."""
DEPTH_LIMIT = 195
"""Brackets nested deeper than this are refused."""


class _Letters(dict[str, str]):
    """Token → the letter of its kind."""

    def __missing__(self, token: str) -> str:
        letter = _letter(token)
        if len(token) <= LONGEST_KEPT:
            if len(self) > WORDS_KEPT:
                self.clear()
                self.update(FIXED_LETTERS)
            self[token] = letter
        return letter


def _letter(token: str) -> str:
    if token[-1] in "'\"" or token.lstrip("rRbBuUfF")[:1] in ("'", '"'):
        return LETTER["STRING"] if _is_closed(token) else OPEN_STRING
    if token[0].isdecimal() or (token[0] == "." and len(token) > 1):
        return LETTER["NUMBER"]
    return LETTER["NAME"] if token.isidentifier() else UNKNOWN


def _is_closed(token: str) -> bool:
    body = token.lstrip("rRbBuUfF")
    quote = body[:3] if body[:3] in ("'''", '"""') else body[0]
    return len(body) >= 2 * len(quote) and body.endswith(quote)


FIXED_LETTERS = {token: LETTER[terminal] for token, terminal in KINDS.items()}
FIXED_LETTERS.update(dict.fromkeys(KEYWORDS, UNKNOWN))
LETTERS = _Letters(FIXED_LETTERS)


class LogicalLine(NamedTuple):
    """One logical line; `start` and `end` are offsets of its first and behind its last token."""

    start: int
    end: int
    indent: int
    """Width of the white space in front, a tab reaching to the next multiple of 8; it counts
    anew from a form feed on."""
    tokens: list[str]
    shape: str
    """A letter a token: its kind."""


def token_spans(text: str, start: int, end: int) -> list[Span]:
    """Where each token of the line from `start` to `end` stands."""
    return [Span(*match.span(1)) for match in TOKEN.finditer(text, start, end)]


# A line may hold any number of things that are to be placed: it is cut up once for all of them.
kept_spans = lru_cache(maxsize=1)(token_spans)


def token_span(text: str, line: LogicalLine, first: int, last: int | None = None) -> Span:
    """Where tokens of a line stand, by their indices; behind its end, where there is none."""
    if len(line.shape) > TOKEN_LIMIT:
        return Span(line.start, line.start + 1)
    spans = kept_spans(text, line.start, line.end)
    if first >= len(spans):
        return Span(spans[-1].end, spans[-1].end + 1)
    return Span(spans[first].start, spans[last if last is not None else first].end)


class _Balance(dict[str, int]):
    """Shape → brackets left open, or -1 where an open string stands at its end."""

    def __missing__(self, shape: str) -> int:
        if len(self) > WORDS_KEPT or len(shape) > LONGEST_KEPT:
            self.clear()
        depth = 0
        for letter in shape:
            terminal = TERMINAL.get(letter, letter)
            depth += terminal in ("LPAR", "LSQB", "LBRACE")
            depth -= terminal in ("RPAR", "RSQB", "RBRACE") and depth > 0
        if shape.endswith(OPEN_STRING):
            depth = -1
        self[shape] = depth
        return depth


_balance = _Balance()
_CONTINUATION = r"#[^\n]*(?=\n)|\\\r?\n"
_find_tokens = TOKEN.findall


def logical_lines(text: str, at: int = 0) -> Iterator[LogicalLine]:
    """The logical lines of `text` from offset `at`, the start of a line, on."""
    length = len(text)
    unclosed = 0
    find = text.find
    letters, balance, find_tokens = LETTERS, _balance, _find_tokens
    while at < length:
        end = find("\n", at) + 1 or length
        tokens = find_tokens(text, at, end)
        if not tokens or tokens[0][0] == "#":
            at = end
            continue
        shape = "".join([letters[token] for token in tokens])
        if balance[shape] or text.startswith("\\", end - 2):
            joined = _join(text, at) if unclosed < UNCLOSED_LIMIT else None
            if joined is not None:
                end, tokens, shape = joined
            else:
                unclosed += 1
        start = find(tokens[0], at)  # only white space stands before the first token
        width = start - at
        if width and ("\t" in (blank := text[at:start]) or "\f" in blank):
            width = len(blank.rpartition("\f")[2].expandtabs())
        yield LogicalLine(start, end, width, tokens, shape)
        at = end


def _join(text: str, at: int) -> tuple[int, list[str], str] | None:
    """The logical line from `at` on, whose first physical line leaves something open.

    None where the text or TOKEN_LIMIT ends before all is closed: then the first physical line is
    taken alone, so that one forgotten bracket does not swallow the rest of the file.
    """
    tokens: list[str] = []
    letters: list[str] = []
    depth = last = 0
    for match in TOKEN.finditer(text, at):
        token = match[1]
        start = match.start(1)
        if depth == 0 and tokens and "\n" in text[last:start] and not _continued(text, last, start):
            return _line_end(text, last), tokens, "".join(letters)
        if len(tokens) > TOKEN_LIMIT:
            return None
        tokens.append(token)
        letters.append(LETTERS[token])
        terminal = TERMINAL.get(letters[-1], "")
        depth += terminal in ("LPAR", "LSQB", "LBRACE")
        depth -= terminal in ("RPAR", "RSQB", "RBRACE") and depth > 0
        last = match.end(1)
    return (len(text), tokens, "".join(letters)) if depth == 0 else None


def _continued(text: str, last: int, start: int) -> bool:
    """True where the line ends between two tokens are all taken back by backslashes."""
    between = text[last:start]
    return "\\" in between and "\n" not in re.sub(_CONTINUATION, "", between)


def _line_end(text: str, at: int) -> int:
    return text.find("\n", at) + 1 or len(text)
