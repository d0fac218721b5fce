"""Why a name is no mnemonic here: the extension that has it, or what does the same, or is near it.

Input: a name as it was written, and an `InstructionSet` without it.
Output: one `Diagnostic`.
Invariant: what extensions are called, and what those have that there is no file of, is data, in
`encodings/extensions.toml`; what other assemblers call things, in `encodings/elsewhere.toml`.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from asm_rv32.basis.diagnostics import Diagnostic, Span, any_of, nearest, suggestion
from asm_rv32.basis.records import Any
from asm_rv32.isa.sets import InstructionSet, everything
from asm_rv32.isa.tables import (
    DIRECTIVES,
    extension_files,
    implied_extensions,
    known_extensions,
    python_name,
    rivals_of,
    tables,
)

_VARIANT = re.compile(r"_(?:aq|rl|aqrl)$|(?<=[sxl])seg[2-8](?=ei?\d)")
"""What a word can have that stands in the table without it."""


def directive(word: str, operands: Sequence[str] = ()) -> str:
    """What a directive of GNU as, without its dot, is here with these operands; "" for none."""
    rows = tables()["directives"]
    if word in rows["left_out"]:
        return f"leave it out: {rows['left_out'][word]}"
    name, value = operands if len(operands) == 2 else ("NAME", "VALUE")
    operands = operands or ("...",)
    return str(rows["statements"].get(word, "")).format(
        operands=", ".join(operands),
        terminated=", ".join(f"{operand}, 0" for operand in operands),
        name=name,
        value=value,
    )


def unknown_mnemonic(
    name: str, span: Span, instructions: InstructionSet, operands: Sequence[str] = ()
) -> Diagnostic:
    """The diagnostic for a name that no instruction of the set has; `operands` as written."""
    spelled = python_name(name.lower().replace(".", "_"))
    if instructions.rows(instructions.mnemonic_of.get(spelled, "")):
        return _no_mnemonic(name, span, (f"help: write {spelled}(...)",))
    whole = everything()
    if spelled in whole.mnemonic_of:
        return _left_out(name, whole.mnemonic_of[spelled], span, instructions)
    homes = tuple(_elsewhere(spelled))
    if homes:
        return _beyond(name, spelled, homes, span, instructions)
    for nearby in (spelled + "_", "c_" + spelled):
        if nearby in instructions.mnemonic_of:
            return _no_mnemonic(name, span, (f"help: write {nearby}(...)",))
    if instead := _instead(spelled):
        return _no_mnemonic(name, span, (instead,))
    if instead := directive(spelled, operands):
        return _no_mnemonic(name, span, (f"help: {instead}",))
    # `and_` is as near as `and`.
    known = {word.rstrip("_"): word for word in (*instructions.mnemonic_of, *DIRECTIVES)}
    near = [known[word] for word in nearest(spelled, known)]
    return _no_mnemonic(name, span, suggestion(name, near))


def _instead(spelled: str) -> str:
    """A `help:` note with the statements that do what a word of another assembler does, or ""."""
    statements = tables()["elsewhere"].get(spelled)
    return f"help: here that is {any_of(statements)}" if statements else ""


def _no_mnemonic(name: str, span: Span, notes: tuple[str, ...]) -> Diagnostic:
    message = f"{name!r} is no instruction, pseudo-instruction or directive"
    return Diagnostic("unknown-mnemonic", message, span, notes)


def _left_out(name: str, mnemonic: str, span: Span, instructions: InstructionSet) -> Diagnostic:
    home = next(file for file in extension_files().values() if mnemonic in tables()[file])
    row: Any = tables()[home][mnemonic]
    # What a row shortens may belong to an extension of its own.
    needs = row.get("needs", home) if isinstance(row, dict) else home
    message, isa = missing(name, (home, needs), instructions)
    return Diagnostic("needs-extension", message, span, (f'help: isa="{isa}"',))


def missing(name: str, files: tuple[str, str], instructions: InstructionSet) -> tuple[str, str]:
    """What is said of a word of these tables, which a set leaves out; the ISA string with them."""
    wanted = [file for file in files if file not in instructions.extensions]
    called = " and ".join(_titled(_name(file)) for file in dict.fromkeys(wanted))
    return f"{name!r} needs the extension {called}", _isa_with(wanted, instructions)


def _isa_with(wanted: list[str], instructions: InstructionSet) -> str:
    """The ISA string that selects these tables, and those that a set has beside them, but for what
    they exclude: `rv32imc_zba`."""
    implied, files = implied_extensions(), {*instructions.extensions, *wanted}
    new = {name for name, file in extension_files().items() if file in wanted}
    new |= {each for name in new for each in implied.get(name, ())}
    rivals = {rival for name in new for rival in rivals_of(name)}
    unnamed = rivals | {"", "i", *implied["i"]}
    chosen = [name for name, file in extension_files().items()
              if file in files and name not in unnamed and "." not in name]  # fmt: skip
    letters = "".join(name for name in chosen if len(name) == 1)
    return "_".join([instructions.base + letters, *(name for name in chosen if len(name) > 1)])


def _name(file: str) -> str:
    """The extension of a table's file as the manuals spell it: `rv32m` → `M`."""
    return file.removeprefix("rv32").capitalize()


def _titled(extension: str) -> str:
    """An extension and what it is: `Zba (address generation)`."""
    return f"{extension} ({tables()['extensions'][extension]['title']})"


def _elsewhere(spelled: str) -> Iterator[str]:
    """The extensions without a file here that have a mnemonic, given in Python's spelling."""
    spellings = {spelled, _VARIANT.sub("", spelled)}
    named = tables()["extensions"]
    for extension, row in named.items():
        words = named[row.get("like", extension)].get("words", "").split()
        left_out = row.get("without", "").split()
        if any(python_name(word) in spellings for word in words if word not in left_out):
            yield extension


def _beyond(
    name: str, spelled: str, homes: tuple[str, ...], span: Span, instructions: InstructionSet
) -> Diagnostic:
    """The diagnostic for an instruction of an extension that there is no file of."""
    narrow = _on_32_bits(spelled, instructions)
    if narrow and any(home.startswith("RV64") for home in homes):
        note = f"help: {narrow}(...) does that on the 32 bits of a register"
    elif instead := _instead(spelled):
        note = instead
    else:
        note = f"note: the extensions here are {', '.join(map(_name, known_extensions()))}"
    message = f"{name!r} belongs to {' or '.join(map(_titled, homes))}, which is not assembled here"
    return Diagnostic("foreign-instruction", message, span, (note,))


def _on_32_bits(spelled: str, instructions: InstructionSet) -> str:
    """What does on RV32 what an RV64 instruction does on 32 bits: `add` for `addw`."""
    for tail, instead in (("wu", "w"), ("_uw", ""), ("w", "")):
        narrow = spelled.removesuffix(tail) + instead
        if spelled.endswith(tail) and narrow in instructions.mnemonic_of:
            return narrow
    return ""
