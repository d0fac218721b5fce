"""What can be wrong with an input, where, and how it is shown.

Input: findings of any stage, as `Diagnostic`s over one `Source`.
Output: the text `path:line:column: severity[code]: message` with the excerpt and a caret, or
the `AssemblyError` that carries all of them.
Invariant: a code stands in `CODES`, is kebab-case and never changes its meaning.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from itertools import islice

from asm_rv32.basis.records import Any, NamedTuple

CODES: dict[str, str] = {
    # reading
    "syntax": "the text is not a statement of the assembler",
    "unclosed": "a bracket or a string is opened and never closed",
    "indentation": "the indentation fits no enclosing block",
    "nesting": "blocks or brackets are nested too deeply",
    "too-large": "the input, or what it expands to, exceeds a stated limit",
    "too-many-errors": "so much is wrong that reading stops",
    "encoding": "the file is not UTF-8 text, or holds what is no character",
    "not-a-function": "the decorator stands above something that is not a plain function",
    "not-python": "Python itself cannot read the text around the assembler functions",
    "outside-function": "a statement of the assembler stands outside of every function",
    "no-function": "the file holds no assembler function",
    "source-unavailable": "Python cannot find the text of the decorated function",
    # the head of a function
    "parameter": "a parameter is not a plain name, or stands twice",
    "too-many-parameters": "a function has more parameters than registers carry",
    "annotation": "a result annotation is not int, uint, bool, float, object or None",
    "macro": "a macro is defined wrongly, or uses itself without end",
    "decorator": "an argument of the decorator is not known or has the wrong type",
    "board": "a board is named that is not known",
    "interrupt": "a function cannot be an interrupt handler",
    "isa": "an ISA string is malformed, or names what is not known",
    "tables": "a table of instructions of one's own is wrong, or goes with no others",
    # names and values
    "unknown-mnemonic": "no instruction, pseudo-instruction or directive has that name",
    "needs-extension": "the instruction belongs to an extension that the ISA leaves out",
    "foreign-instruction": "the instruction belongs to an extension that there is not here",
    "not-in-dialect": "the chosen dialect does not know, or gets wrong, what is written",
    "operand-count": "an instruction has too few or too many operands",
    "operand-kind": "an operand is of another kind than the instruction takes",
    "register-class": "the operand is a register, but not one that the instruction can name",
    "immediate-range": "an immediate lies outside what its field holds",
    "immediate-alignment": "an immediate is not a multiple of what its field counts in",
    "immediate-zero": "an immediate must not be zero",
    "unknown-name": "a name has no value here",
    "unknown-csr": "no control and status register has that name",
    "name-clash": "a name is given to two things, or hides a register",
    "constant": "an expression has no constant integer value",
    "expression": "an expression cannot be computed: division by zero, or out of bounds",
    "directive": "a directive is used wrongly",
    # labels and layout
    "unknown-label": "a branch, jump or address names a label that the function lacks",
    "duplicate-label": "a label stands twice in one scope",
    "target-range": "a target lies out of reach of the instruction as it is written",
    "target-alignment": "a target lies at an address at which no instruction can stand",
    # importing
    "no-form": "what a source of another assembler says has no form here",
    # warnings and notes
    "as-written": "the function counts its own bytes and is assembled without shortening",
    "far-jump-scratch": "a jump is so long that it goes through a scratch register",
    "timing-contract": "code takes more cycles, or fewer, than `within` lets it",
    "faster": "other code does the same in fewer cycles",
    "spelling": "a statement is not in the spelling that was asked for",
    # lint
    "saved-register": "a register that belongs to the caller is overwritten and not restored",
    "return-address": "ra is overwritten, and a return goes through it",
    "return-by-call": "a return is written as a call, or goes beside its place",
    "stack-pointer": "sp is not what it was at the start when the function returns",
    "stack-access": "memory below sp, or above the function's frame, is touched",
    "unwritten-register": "a register is read that nothing wrote",
    "unwritten-stack": "a load from the stack finds what nothing stored there",
    "lost-in-call": "a register is read that a call may have overwritten",
    "unreachable": "control never comes to an instruction",
    "falls-into-data": "control runs into data",
    "endless-loop": "a loop has no way out and no effect",
    "misaligned-address": "a constant address is no multiple of what is accessed there",
    "result-unset": "the function says that it has a result, and does not set a0",
    "missing-fence-i": "code is overwritten and not fetched anew",
    "interrupted-register": "an interrupt handler changes a register of what it interrupts",
    "handler-returns": "an interrupt handler returns as from a call",
    "erratum": "the board's hardware does otherwise here than the manual says",
    "missing-csr": "the chosen core lacks a control and status register",
    "read-only-csr": "a control and status register that cannot be written is written",
    "retired-csr": "a control and status register has a name that no manual has any more",
    "unused-label": "nothing uses a label",
    "hint": "the encoding is a HINT: it changes nothing",
}

SEVERITIES = ("error", "warning", "note")
DIAGNOSTIC_LIMIT = 100
"""One run shows at most this many diagnostics of a file, then says how many it left out."""
ERROR_LIMIT = 1000
"""After so many errors a file is not read further."""


_CONTROLS = dict.fromkeys(
    (
        *(code for code in range(32) if chr(code) not in "\t\n"), *range(127, 160),
        0x061C, 0x200E, 0x200F, *range(0x2028, 0x202F), *range(0x2066, 0x206A),
    ),
    "\ufffd",
)  # fmt: skip
"""What moves a terminal's cursor, changes its state, or the order of what is shown: controls, ends
of lines other than one, marks of direction (Unicode, UAX #9)."""


def harmless(text: str) -> str:
    """A text for people, whatever its letters: each that controls how others show is replaced."""
    return text.translate(_CONTROLS)


class Span(NamedTuple):
    """A stretch of a source's text: character offsets, the end exclusive."""

    start: int
    end: int


class Source:
    """A text with the path under which it is reported; finds lines and columns lazily."""

    __slots__ = ("_starts", "path", "text")

    def __init__(self, path: str, text: str) -> None:
        self.path = path
        # To Python a carriage return alone ends a line, too; offsets stay what they are.
        if "\r" in text:
            text = "\r\n".join([part.replace("\r", "\n") for part in text.split("\r\n")])
        self.text = text
        self._starts: Sequence[int] | None = None

    def __repr__(self) -> str:
        return f"Source({self.path!r}, {len(self.text)} characters)"

    @property
    def line_starts(self) -> Sequence[int]:
        """Offset of the first character of every line."""
        if self._starts is None:
            from array import array  # a list takes ten times the memory

            starts, find, at = array("I", (0,)), self.text.find, 0
            while (at := find("\n", at) + 1) > 0:
                starts.append(at)
            self._starts = starts
        return self._starts

    def locate(self, offset: int) -> tuple[int, int]:
        """Line and column, both counted from 1, the column in characters."""
        starts = self.line_starts
        line = bisect_right(starts, offset)
        return line, offset - starts[line - 1] + 1

    def line(self, number: int) -> str:
        """The text of a line, counted from 1, without its end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Help(str):
    """A `help:` note that says what to write, for whoever writes it."""

    wrong: str
    """The word in whose place; empty: in place of the whole statement."""
    choices: tuple[str, ...]
    """Each of them does, the likeliest first."""

    def __new__(cls, text: str, choices: Iterable[str], wrong: str = "") -> Help:
        made = super().__new__(cls, text)
        made.choices, made.wrong = tuple(choices), wrong
        return made

    def __reduce__(self) -> tuple[Any, ...]:
        return Help, (str(self), self.choices, self.wrong)


class Accepted(str):
    """A `help:` note that tells a form of an instruction: it says nothing of what is wrong."""


Finding = dict[str, Any]
"""A diagnostic, or what a command has to say, as plain data."""


class Diagnostic(NamedTuple):
    """One finding: what, where, and what else helps (`help: ...` or `note: ...` lines)."""

    code: str
    message: str
    span: Span
    notes: tuple[str, ...] = ()
    severity: str = "error"

    def as_dict(self, source: Source) -> Finding:
        """The diagnostic as plain data, for `--error-format json`."""
        line, column = source.locate(self.span.start)
        end_line, end_column = source.locate(self.span.end)
        return {
            "path": source.path,
            "line": line,
            "column": column,
            "end_line": end_line,
            "end_column": end_column,
            "severity": self.severity,
            "code": self.code,
            "message": self.message,
            "notes": list(self.notes),
        }

    @property
    def in_a_line(self) -> str:
        """The message, and what its notes say."""
        return "; ".join((self.message, *(note.partition(": ")[2] for note in self.notes)))

    def render(self, source: Source) -> str:
        """The diagnostic as harmless text: place, message, excerpt with caret, notes."""
        line, column = source.locate(self.span.start)
        head = f"{source.path}:{line}:{column}: {self.severity}[{self.code}]: {self.message}"
        return harmless(
            "\n".join([head, *_excerpt(source, self.span), *(f"  {note}" for note in self.notes)])
        )


def warning(code: str, message: str, span: Span, *notes: str) -> Diagnostic:
    """What is to be looked at, and stops nothing."""
    return Diagnostic(code, message, span, notes, "warning")


EXCERPT_WIDTH = 160


def _excerpt(source: Source, span: Span) -> list[str]:
    line, column = source.locate(span.start)
    text = source.line(line)
    if not text.strip():
        return []
    width = max(1, min(span.end - span.start, len(text) - column + 1))
    first = max(0, column - 1 - EXCERPT_WIDTH // 2) if len(text) > EXCERPT_WIDTH else 0
    shown = text[first : first + EXCERPT_WIDTH]
    width = max(1, min(width, len(shown) - (column - 1 - first)))
    # Tabs are kept ahead of the caret, so that it stands right at whatever width they have.
    lead = "".join("\t" if character == "\t" else " " for character in shown[: column - 1 - first])
    number = f"{line:5d}"
    return [f"{number} | {shown}", f"{' ' * len(number)} | {lead}{'^' * width}"]


class ToolMissing(RuntimeError):
    """A tool that the task needs is not installed; the text names it and how to install it."""


class AssemblyError(SyntaxError):
    """The input is wrong: carries every error found, in source order.

    As a `SyntaxError` it names file, line, column and text of the first error, so that
    interpreters and editors show it as they show their own.
    """

    def __init__(self, diagnostics: Iterable[Diagnostic], source: Source) -> None:
        self.source = source
        self.diagnostics = in_order(diagnostics)
        first = next(d for d in self.diagnostics if d.severity == "error")
        line, column = source.locate(first.span.start)
        end_line, end_column = source.locate(first.span.end)
        if end_line != line:
            end_line, end_column = line, len(source.line(line)) + 1
        message = f"[{first.code}] {first.message}"
        errors = sum(d.severity == "error" for d in self.diagnostics)
        if errors > 1:
            message += f" (and {errors - 1} more)"
        text = harmless(source.line(line)) + "\n"
        super().__init__(harmless(message), (source.path, line, column, text, end_line, end_column))
        for note in first.notes:
            self.add_note(harmless(note))

    def render(self) -> str:
        """All diagnostics as text, at most `DIAGNOSTIC_LIMIT` of them."""
        return render_all(self.diagnostics, self.source)

    def __reduce__(self) -> tuple[Any, ...]:
        return (type(self), (self.diagnostics, self.source))


def in_order(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """The diagnostics by place, each once."""
    # What is wrong in a macro is the same at each use: the first is told.
    once: dict[tuple[object, ...], Diagnostic] = {}
    for each in diagnostics:
        once.setdefault((each.span, each.code, each.message, each.severity), each)
    return tuple(sorted(once.values(), key=lambda d: (d.span.start, d.code)))


def render_all(diagnostics: Iterable[Diagnostic], source: Source) -> str:
    """All diagnostics as text, at most `DIAGNOSTIC_LIMIT`, with a count of those left out."""
    ordered = in_order(diagnostics)
    texts = [d.render(source) for d in ordered[:DIAGNOSTIC_LIMIT]]
    if len(ordered) > DIAGNOSTIC_LIMIT:
        texts.append(f"{source.path}: {len(ordered) - DIAGNOSTIC_LIMIT} more not shown")
    return "\n".join(texts)


CANDIDATE_LIMIT = 500
"""So many known words are compared with one that is not: all mnemonics, but not all labels."""
LONGEST_WORD = 80
"""So much of a word is compared."""
SUGGESTIONS = 8
"""At most so many words are suggested."""


def did_you_mean(word: str, known: Iterable[str]) -> tuple[str, ...]:
    """A `help:` note that names the nearest known words, or nothing."""
    return suggestion(word, nearest(word, known))


def suggestion(word: str, words: list[str]) -> tuple[str, ...]:
    """A `help:` note that names words that may be meant by one; nothing where there are none."""
    if not words:
        return ()
    return (Help(f"help: {_meant(words)}", words, word),)


def or_meant(word: str, known: Iterable[str]) -> str:
    """`; did you mean 'a' or 'b'?` behind a message that has no notes, or nothing."""
    words = nearest(word, known)
    return f"; {_meant(words)}" if words else ""


def _meant(words: list[str]) -> str:
    return f"did you mean {any_of(list(map(repr, words)))}?"


def any_of(texts: list[str]) -> str:
    """`a, b or c`, of one text or more."""
    *others, last = texts
    return f"{', '.join(others)} or {last}" if others else last


def nearest(word: str, known: Iterable[str]) -> list[str]:
    """The known words that are near, nearest first.

    Near is what two letters, inserted or left out, or a third of both words, make alike.
    """
    word = word[:LONGEST_WORD]
    places: dict[str, int] = {}
    for at, letter in enumerate(word):
        places[letter] = places.get(letter, 0) | 1 << at
    every = (1 << len(word)) - 1
    found = []
    for name in dict.fromkeys(islice(known, CANDIDATE_LIMIT)):
        letters = len(word) + len(name)
        limit = max(2, letters // 3)
        if abs(len(name) - len(word)) > limit:
            continue
        # The longest common subsequence, a row of its table as the bits of a number (Hyyrö,
        # Bit-Parallel LCS-length Computation Revisited, 2004): a bit is 0 where it grows.
        row = every
        for letter in name:
            alike = row & places.get(letter, 0)
            row = (row + alike) | (row - alike)
        common = len(word) - (row & every).bit_count()
        distance = letters - 2 * common
        if common and distance <= limit:
            found.append((distance, name))
    enough = max(2, min(found)[0] + 1) if found else 0
    return [name for distance, name in sorted(found)[:SUGGESTIONS] if distance <= enough]
