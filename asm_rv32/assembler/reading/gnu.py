"""A line in the syntax of GNU as, in ours.

Input: a `LogicalLine` that the grammar does not know. Output: a statement, or nothing.
"""

from __future__ import annotations

from asm_rv32.assembler.foreign import directive
from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.lines import LETTER, PASTED_LIMIT, TERMINAL, LogicalLine, kept_spans

OPENING = ("LPAR", "LSQB", "LBRACE")
CLOSING = ("RPAR", "RSQB", "RBRACE")


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
        statement = directive(word, operands) if operands is not None else ""
        if statement or dotted:
            return statement
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
        depth += (terminal in OPENING) - (terminal in CLOSING)
        if terminal == "COMMA" and not depth:
            found.append(text[start : spans[at].start].strip())
            start = spans[at].end
    return [*found, text[start : spans[last - 1].end].strip()]
