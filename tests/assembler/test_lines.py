"""Logical lines: what the cutter drops and joins, compared with Python's own tokenizer."""

from __future__ import annotations

import io
import tokenize

import pytest

from asm_rv32.assembler.reading import lines
from asm_rv32.assembler.reading.lines import logical_lines

LAYOUT = {tokenize.COMMENT, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.ENDMARKER}


def python_lines(text: str) -> list[list[str]]:
    """The tokens of each logical line, as the standard library finds them."""
    lines: list[list[str]] = [[]]
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.NEWLINE:
            lines.append([])
        elif token.type not in LAYOUT:
            lines[-1].append(token.string)
    return [line for line in lines if line]


@pytest.mark.parametrize(
    "text",
    [
        "add(a0, a1, a2)  # a comment of several words\n",
        "# one line\n   # and another\n\nnop()\n",
        "nop()# no space before\n#none after\n",
        "data(1,  # first\n     # between\n     2)  # last\nnop()\n",
        "x = '# not a comment'  # a comment\n",
        "x = 1 + \\\n    2  # continued\ny = 3\n",
        'x = """one\n# two\n"""  # three\nnop()\n',
        "nop()  # the file ends here",
        "nop()   \n   \n\t# tab\nnop()",
    ],
)
def test_comments_and_joins_are_those_of_python(text: str) -> None:
    assert [line.tokens for line in logical_lines(text)] == python_lines(text)


def test_long_runs_of_blanks_take_linear_time() -> None:
    blanks = " " * 300_000
    text = f"nop(){blanks}\n{blanks}# {blanks}\n{blanks}\nnop()\n"
    assert [line.tokens for line in logical_lines(text)] == [["nop", "(", ")"]] * 2


def test_only_what_leaves_something_open_is_read_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """A line that is whole as it stands, as almost all are, is cut once."""
    read_on: list[int] = []
    monkeypatch.setattr(lines, "_join", lambda text, at: read_on.append(at))
    whole = ["f(a, (b), [c], {d: (1)})", "'('", "f() # (", ")", "](x)", r"'\n'", "f()#\\ "]
    assert len(list(logical_lines("\n".join(whole) + "\n"))) == len(whole)
    assert read_on == []
    for text in ("f(\n", "[(]\n", "f(')'\n", "'''\n", 'f"""(\n', "a \\\n", "a(b))(\n"):
        list(logical_lines(text))
        assert read_on.pop() == 0 and not read_on, text
