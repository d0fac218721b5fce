"""Directives of GNU as, each as what it does to the sections that are being built.

Input: a directive with its operands, and the `Builder`. Output: items, and what is said of symbols.
Source: Using as, 7 (Assembler Directives) and 9.41.2 (RISC-V Directives).
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from asm_rv32.importing.data_directives import DIRECTIVES
from asm_rv32.importing.instructions import written
from asm_rv32.importing.items import (
    CODE,
    DATA,
    LEFT_OUT,
    WRITABLE,
    Data,
    Mark,
    Remark,
    Section,
)
from asm_rv32.importing.operands import operand, parted
from asm_rv32.importing.values import (
    Name,
    Number,
    ValueFault,
    signed,
)
from asm_rv32.isa.decode import decode
from asm_rv32.isa.operands import Register, parse_bits
from asm_rv32.isa.sets import IsaError, instruction_set, known_isa, tables_of_own
from asm_rv32.isa.tables import known_extensions, tables

if TYPE_CHECKING:
    from asm_rv32.importing.sections import Builder

_BY_NAME = {
    ".text": CODE, ".init": CODE, ".fini": CODE, ".rodata": DATA, ".srodata": DATA,
    ".data": WRITABLE, ".sdata": WRITABLE, ".bss": WRITABLE, ".sbss": WRITABLE,
    ".tdata": WRITABLE, ".tbss": WRITABLE,
}  # fmt: skip
"""What a section holds whose flags are not given, by the beginning of its name."""
SECTIONS = (
    ".text", ".data", ".bss", ".rodata", ".section", ".pushsection", ".popsection", ".previous",
    ".subsection",
)  # fmt: skip
"""Directives that go on in another section."""
_STARTED = (".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors")
_SAYING = (
    ".file", ".ident", ".loc", ".loc_mark_labels", ".line", ".version", ".title", ".sbttl",
    ".eject", ".psize", ".list", ".nolist", ".extern", ".addrsig", ".addrsig_sym", ".variant_cc",
    ".gnu_attribute", ".hidden", ".protected", ".internal", ".local", ".set",
    ".bundle_align_mode", ".func", ".endfunc",
)  # fmt: skip
"""Directives that change no byte of what is loaded."""


def carry_out(builder: Builder, name: str, rest: str) -> None:
    """What a directive does. Raises ValueFault."""
    if name in _WORDS:
        _WORDS[name](builder, rest)
    elif name.startswith(".cfi_") or name in _SAYING:
        return
    else:
        mend = tables()["gnu"]["refused"].get(name)
        said = f"{name} has no form here" + (f": {mend}" if mend else "")
        builder.report(said, code="no-form")


def symbols(rest: str) -> list[str]:
    """The symbols that a directive names."""
    return [part.strip('"') for part in parted(rest)] or [""]


# ---- sections


def _switch(name: str) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        number = builder.number(rest) if rest.strip() else 0
        builder.switch(builder.section(name, _BY_NAME[name], part=number))

    return directive


def _subsection(builder: Builder, rest: str) -> None:
    known = builder.current
    number = builder.number(rest) if rest.strip() else 0
    builder.switch(builder.section(known.name, known.kind, known.mergeable, number))


def _named_section(builder: Builder, rest: str) -> Section:
    name, *more = parted(rest) or [""]
    name = name.strip('"')
    part = 0
    if more and re.match(r"[^\"@%]", more[0]):
        part = builder.number(more.pop(0))  # of .pushsection alone
    flags = more[0].strip('"') if more and more[0].startswith('"') else None
    kind = next(
        (kind for start, kind in _BY_NAME.items() if name == start or name.startswith(f"{start}.")),
        LEFT_OUT,
    )
    if flags is not None and name not in builder.sections:
        kind = LEFT_OUT if "a" not in flags else (
            CODE if "x" in flags else WRITABLE if "w" in flags else DATA)  # fmt: skip
    if name.startswith(_STARTED):
        builder.report(f"nothing here calls what {name} names", code="no-form")
    entries = "M" in (flags or "")
    return builder.section(name, kind, int(entries), part, entries and "S" in (flags or ""))


def _section(builder: Builder, rest: str) -> None:
    builder.switch(_named_section(builder, rest))


def _push(builder: Builder, rest: str) -> None:
    builder.stack.append((builder.current, builder.previous))
    builder.switch(_named_section(builder, rest))


def _pop(builder: Builder, rest: str) -> None:
    if not builder.stack:
        builder.report(".popsection stands without .pushsection")
    else:
        builder.current, builder.previous = builder.stack.pop()


def _previous(builder: Builder, rest: str) -> None:
    builder.switch(builder.previous)


def _common(builder: Builder, rest: str) -> None:
    name, *numbers = parted(rest)
    size, alignment = (*map(builder.number, numbers), 4)[:2] if numbers else (0, 4)
    builder.said.common[name.strip('"')] = (size, max(alignment, 1))


# ---- symbols, options


def _global(builder: Builder, rest: str) -> None:
    builder.said.globals.update(symbols(rest))


def _weak(builder: Builder, rest: str) -> None:
    builder.said.weak.update(symbols(rest))


def _size(builder: Builder, rest: str) -> None:
    """Where an object or a function ends: so many bytes on, or here."""
    name, _, size = rest.partition(",")
    name = name.strip().strip('"')
    if re.fullmatch(r"\s*\.\s*-.*", size, re.DOTALL):
        end = f".end.{builder.index}."
        builder.said.sized[name] = end
        builder.add(Mark(end), "")
    elif size.strip().isdecimal():
        builder.said.sized[name] = int(size)


def _type(builder: Builder, rest: str) -> None:
    name, *kind = re.split(r"[\s,]+", rest.strip())
    name = name.strip('"')
    word = kind[0].lstrip("@%#").strip('"').lower() if kind else ""
    if word in ("function", "stt_func"):
        builder.said.functions.add(name)
    elif word in ("object", "stt_object", "tls_object", "stt_tls"):
        builder.said.objects.add(name)
    elif word not in ("notype", "stt_notype"):
        builder.report(f"a symbol of type {word!r} has no form here", code="no-form")


def _attribute(builder: Builder, rest: str) -> None:
    key, *value = parted(rest)
    if key in ("arch", "5") and value:
        _architecture(builder, value[0].strip('"'))


def _architecture(builder: Builder, text: str) -> None:
    """The ISA of an arch string: its versions, and what is not known here, left out."""
    try:
        isa = known_isa(text)
    except IsaError:
        builder.report(f"{text[:40]!r} is not for RV32", code="no-form")
        return
    own = tables_of_own(builder.isa)
    if own is not None:
        from asm_rv32.isa.own_tables import with_tables  # few sources have any

        isa = with_tables(isa, own.own)
    builder.isa, builder.is_bound = isa, True
    builder.compress = instruction_set(isa).compressed


def _option(builder: Builder, rest: str) -> None:
    word, *more = [part.strip() for part in rest.split(",")]
    if word == "push":
        builder.options.append(builder.compress)
    elif word == "pop":
        if not builder.options:
            builder.report(".option pop stands without push")
        else:
            builder.compress = builder.options.pop()
    elif word in ("rvc", "norvc"):
        _compressed(builder, word == "rvc")
    elif word == "arch":
        for part in more:
            name = part[1:].lower()
            if part[:1] not in ("+", "-"):
                _architecture(builder, part)
            elif name in ("c", "zca"):
                _compressed(builder, part[0] == "+")
            elif part[0] == "+" and name in known_extensions():
                builder.needed[name] = None
    elif word not in ("relax", "norelax", "pic", "nopic", "csr-check", "no-csr-check"):
        builder.report(f".option {word} has no form here", code="no-form")


def _compressed(builder: Builder, is_on: bool) -> None:
    builder.compress = is_on
    if is_on:
        builder.needed["c"] = None


def _said(builder: Builder, rest: str) -> None:
    builder.add(Remark(rest.strip().strip('"')), "")


# ---- instructions by their fields


def _insn(builder: Builder, rest: str) -> None:
    """`.insn`: the word, as data."""
    form, _, more = rest.strip().partition(" ")
    formats = tables()["gnu"]["insn"]
    if form.lower() in formats:
        known = formats[form.lower()]
        operands = parted(more)
        if len(operands) > len(known["fields"]) and "longer" in known:
            known = formats[known["longer"]]
        if known.get("target"):
            _going(builder, known, operands)
            return
        size, word = known["size"], _fields(builder, known["fields"], operands)
    elif form.isalpha():
        builder.report(
            f".insn {form} has no form here", "help: .insn 0x… of its word", code="no-form"
        )
        return
    else:
        parts = [builder.number(part) for part in parted(rest)] or [0, 0, 0]
        word = parts[-1]
        size = parts[0] if len(parts) == 2 else 2 if word & 3 != 3 else 4
        if size not in (2, 4) or len(parts) > 2:
            builder.report("an instruction here has two or four bytes", code="no-form")
            return
    said = builder.statement.comment or f".insn {rest.strip()}"
    builder.add(Data(size, (Number(word, f"{word:#0{2 + 2 * size}x}"),)), said)


def _going(builder: Builder, known: dict[str, Any], operands: list[str]) -> None:
    """`.insn` of what goes to a label, as the instruction that it is."""
    instructions = builder.instructions()
    word = _fields(builder, known["fields"], operands[:-1])
    found = decode(word, instructions)
    if found is None or found.row.target < 0:
        message = "this is no instruction here that goes to a label"
        builder.report(message, "help: .insn 0x… of its word", code="no-form")
        return
    filled = {found.row.target: builder.expression(operands[-1])}
    before, builder.compress = builder.compress, known["size"] == 2
    builder.add(written(found, filled, False, instructions))
    builder.compress = before


def _fields(builder: Builder, fields: list[str], operands: list[str]) -> int:
    """The word whose fields the operands fill. Raises ValueFault."""
    flat: list[str] = []
    for part in operands:
        based = re.fullmatch(r"(.*)\(\s*(\w+)\s*\)", part)
        if based and isinstance(operand(based[2]), Register) and len(flat) + 2 <= len(fields):
            # The offset stands last where both are written alone.
            pair = [based[1] or "0", based[2]]
            flat += pair if "r " not in fields[len(flat)] else pair[::-1]
        else:
            flat.append(part)
    if len(flat) != len(fields):
        raise ValueFault(f"this format has {len(fields)} operands, here are {len(flat)}")
    word = 0
    opcodes = tables()["gnu"]["opcodes"]
    for field, part in zip(fields, flat):
        sort, _, bits = field.rpartition(" ") if field[:2] in ("r ", "c ") else ("", "", field)
        found = operand(part)
        if isinstance(found, Register):
            value = int(found) - (8 if sort == "c" else 0)
        elif isinstance(found, Name) and found.name in opcodes:
            value = opcodes[found.name]
        else:
            value = builder.number(part)
        scattered = parse_bits(bits)
        width = max(part.value_low + part.width for part in scattered)
        if not -(1 << (width - 1)) <= signed(value) < 1 << width:
            raise ValueFault(f"{part[:20]} does not fit {width} bits")
        for low, wide, at in scattered:
            word |= ((value >> low) & ((1 << wide) - 1)) << at
    return word


_WORDS: dict[str, Callable[[Builder, str], None]] = {
    **DIRECTIVES,
    ".text": _switch(".text"),
    ".data": _switch(".data"),
    ".bss": _switch(".bss"),
    ".rodata": _switch(".rodata"),
    ".section": _section,
    ".pushsection": _push,
    ".popsection": _pop,
    ".previous": _previous,
    ".subsection": _subsection,
    ".comm": _common,
    ".common": _common,
    ".lcomm": _common,
    ".globl": _global,
    ".global": _global,
    ".weak": _weak,
    ".type": _type,
    ".size": _size,
    ".attribute": _attribute,
    ".option": _option,
    ".insn": _insn,
    ".print": _said,
    ".warning": _said,
}
