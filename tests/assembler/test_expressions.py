"""Integer expressions mean what Python means by them."""

from __future__ import annotations

import random

from asm_rv32.assembler.pipeline import assemble

BINARY = ("+", "-", "*", "//", "%", "&", "|", "^")
BOUNDED = (("<<", 33), (">>", 33), ("**", 4))
"""With what stands behind them at most: else Python would compute numbers without end."""
COMPARED = ("<", "<=", ">", ">=", "==", "!=")
LITERALS = ("0", "1", "2", "3", "7", "31", "0x7F", "0b1010", "0o17", "1_000", "True", "False")
NAMES = {"A": 5, "B": -3, "C": 0}
LOW, HIGH = -(1 << 31), (1 << 32) - 1
PER_FUNCTION = 50


def drawn(choice: random.Random, depth: int) -> str:
    """The text of an expression, in brackets or not as it comes."""
    if depth == 0:
        return choice.choice((*LITERALS, *NAMES))
    parts = [drawn(choice, choice.randrange(depth)) for _ in range(3)]
    kind = choice.randrange(9)
    if kind < 3:
        text = f"{parts[0]} {choice.choice(BINARY)} {parts[1]}"
    elif kind == 8:
        operator, most = choice.choice(BOUNDED)
        text = f"({parts[0]}) {operator} {choice.randint(0, most)}"
    elif kind == 3:
        text = f"{choice.choice('+-~')}{parts[0]}"
    elif kind == 4:
        operators = choice.sample(COMPARED, 2)
        text = f"{parts[0]} {operators[0]} {parts[1]}"
        text += f" {operators[1]} {parts[2]}" if choice.random() < 0.5 else ""
    elif kind == 5:
        text = f"{parts[0]} {choice.choice(('and', 'or'))} {parts[1]}"
    elif kind == 6:
        text = f"not {parts[0]}"
    else:
        text = f"{parts[0]} if {parts[1]} else {parts[2]}"
    return f"({text})" if choice.random() < 0.5 else text


def values(count: int) -> dict[str, int]:
    """Expressions whose value fits 32 bits, with the value that Python gives them."""
    choice = random.Random(30)
    found: dict[str, int] = {}
    while len(found) < count:
        text = drawn(choice, choice.randrange(1, 4))
        try:
            value = eval(text, dict(NAMES))
        except (ArithmeticError, ValueError, TypeError, SyntaxError, MemoryError):
            continue  # a division by zero, `~ not 1`
        if isinstance(value, int) and LOW <= value <= HIGH:
            found[text] = int(value)
    return found


def test_an_expression_has_the_value_that_python_gives_it() -> None:
    expected = values(4_000)
    texts = list(expected)
    assignments = "".join(f"    {name} = {value}\n" for name, value in NAMES.items())
    source = "".join(
        f"@asm_rv32\ndef f{at}():\n{assignments}"
        + "".join(f"    data(4, {text})\n" for text in texts[at : at + PER_FUNCTION])
        for at in range(0, len(texts), PER_FUNCTION)
    )
    functions = assemble(source).functions
    for at in range(0, len(texts), PER_FUNCTION):
        code = functions[f"f{at}"].code
        for number, text in enumerate(texts[at : at + PER_FUNCTION]):
            found = int.from_bytes(code[4 * number : 4 * number + 4], "little")
            assert found == expected[text] & 0xFFFFFFFF, text
