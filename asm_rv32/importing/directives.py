"""Directives of GNU as, each as what it does to the sections that are being built.

Input: a directive with its operands, and the `Builder`. Output: items, and what is said of symbols.
Source: Using as, 7 (Assembler Directives) and 9.41.2 (RISC-V Directives).
"""

from __future__ import annotations

import re
import struct
from collections.abc import Callable
from typing import TYPE_CHECKING

from asm_rv32.importing.items import (
    CODE,
    DATA,
    LEFT_OUT,
    WRITABLE,
    Align,
    Data,
    Mark,
    Origin,
    Remark,
    Section,
    Space,
)
from asm_rv32.importing.operands import operand, parted
from asm_rv32.importing.values import (
    Expression,
    Name,
    Number,
    Sum,
    ValueFault,
    constant,
    names,
    parse_all,
    reduce,
    signed,
)
from asm_rv32.isa.operands import Register, parse_bits
from asm_rv32.isa.sets import IsaError, instruction_set, known_isa, tables_of_own
from asm_rv32.isa.tables import known_extensions, tables

if TYPE_CHECKING:
    from asm_rv32.importing.sections import Builder

BYTES_OF = {
    ".byte": 1, ".dc.b": 1, ".half": 2, ".hword": 2, ".short": 2, ".2byte": 2, ".dc.w": 2,
    ".dc": 2,
    ".word": 4, ".long": 4, ".int": 4, ".4byte": 4, ".dc.a": 4, ".dc.l": 4, ".quad": 8,
    ".dword": 8, ".8byte": 8,
}  # fmt: skip
_FLOATS = {".float": "<f", ".single": "<f", ".double": "<d"}
_STRING = re.compile(r'\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ESCAPE = re.compile(r"\\(?:([0-7]{1,3})|[xX]([0-9a-fA-F]+)|(.))", re.DOTALL)
_CONTROLS = {"b": 8, "t": 9, "n": 10, "f": 12, "r": 13}
_BY_NAME = {
    ".text": CODE, ".init": CODE, ".fini": CODE, ".rodata": DATA, ".srodata": DATA,
    ".data": WRITABLE, ".sdata": WRITABLE, ".bss": WRITABLE, ".sbss": WRITABLE,
    ".tdata": WRITABLE, ".tbss": WRITABLE,
}  # fmt: skip
"""What a section holds whose flags are not given, by the beginning of its name."""
SECTIONS = (
    ".text", ".data", ".bss", ".rodata", ".section", ".pushsection", ".popsection", ".previous",
)  # fmt: skip
"""Directives that go on in another section."""
_STARTED = (".init_array", ".fini_array", ".preinit_array", ".ctors", ".dtors")
_SAYING = (
    ".file", ".ident", ".loc", ".loc_mark_labels", ".line", ".version", ".title", ".sbttl",
    ".eject", ".psize", ".list", ".nolist", ".extern", ".addrsig", ".addrsig_sym", ".variant_cc",
    ".noaltmacro", ".gnu_attribute", ".hidden", ".protected", ".internal", ".local", ".set",
    ".bundle_align_mode", ".func", ".endfunc",
)  # fmt: skip
"""Directives that change no byte of what is loaded."""
_FILL_LIMIT = 16 << 20


def carry_out(builder: Builder, name: str, rest: str) -> None:
    """What a directive does. Raises ValueFault."""
    if name in BYTES_OF:
        _data(builder, BYTES_OF[name], rest)
    elif name in _FLOATS:
        _floats(builder, _FLOATS[name], rest)
    elif name in _WORDS:
        _WORDS[name](builder, rest)
    elif name.startswith(".cfi_") or name in _SAYING:
        return
    else:
        known = f"{name} has no form here"
        builder.report(known, code="no-form")


def symbols(rest: str) -> list[str]:
    """The symbols that a directive names."""
    return [part.strip('"') for part in parted(rest)] or [""]


# ---- data


def _data(builder: Builder, size: int, rest: str) -> None:
    values: list[Expression | bytes] = []
    comment: str | None = None
    for part in parted(rest):
        found = parse_all(part or "0")
        if "." in names(found):
            # The place is that of the value itself.
            if values:
                builder.add(Data(min(size, 4), tuple(values)), "")
                values = []
            builder.hidden.pop(builder.index, None)
        resolved = builder.present(found)
        values += [resolved] if size < 8 else _halves(resolved)
    builder.add(Data(min(size, 4), tuple(values)), comment)


def _halves(found: Expression) -> list[Expression]:
    """A number of eight bytes, or an address, as two words."""
    total = reduce(found, lambda name: Sum(0, ((name, 1),)))
    if [factor for _, factor in total.terms] == [1]:
        return [found, Number(0, "0")]
    if total.terms:
        raise ValueFault("eight bytes are a number or an address here, no distance: write .word")
    value = constant(total) % (1 << 64)
    return [Number(half, f"{half:#x}") for half in (value % (1 << 32), value >> 32)]


def _floats(builder: Builder, form: str, rest: str) -> None:
    values: list[Expression | bytes] = []
    for part in parted(rest):
        text = re.sub(r"^0[a-zA-Z](?=[-+.\d])", "", part)
        try:
            packed = struct.pack(form, float(text))
        except (ValueError, OverflowError):
            raise ValueFault(f"{part[:20]!r} is no such number") from None
        words = [int.from_bytes(packed[at : at + 4], "little") for at in range(0, len(packed), 4)]
        values += [Number(word, f"{word:#010x}") for word in words]
    said = builder.statement.comment or rest.strip()
    builder.add(Data(4, tuple(values)), said)


def string(text: str) -> bytes:
    """The bytes of strings, one behind the other or parted by blanks. Raises ValueFault."""
    found, at = b"", 0
    while at < len(text):
        match = _STRING.match(text, at)
        if match is None:
            raise ValueFault(f"{text[at:].strip()[:20]!r} is no string")
        found += _unescaped(match[1])
        at = match.end()
    return found


def _unescaped(text: str) -> bytes:
    parts, at = b"", 0
    for match in _ESCAPE.finditer(text):
        parts += text[at : match.start()].encode()
        octal, hexadecimal, other = match.groups()
        if octal:
            parts += bytes([int(octal, 8) & 0xFF])
        elif hexadecimal:
            parts += bytes([int(hexadecimal[-2:], 16)])
        elif other in _CONTROLS:
            parts += bytes([_CONTROLS[other]])
        else:
            parts += other.encode()
        at = match.end()
    return parts + text[at:].encode()


def _strings(end: bytes) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        values = tuple(string(part) + end for part in parted(rest))
        builder.add(Data(1, values))

    return directive


def _leb(is_signed: bool) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        values: list[Expression | bytes] = []
        for part in parted(rest):
            value = builder.number(part)
            more = True
            while more:
                byte, value = value & 0x7F, value >> 7
                last = value in ((0 if not byte & 0x40 else -1,) if is_signed else (0,))
                more = not last and len(values) < _FILL_LIMIT
                byte |= 0x80 if more else 0
                values.append(Number(byte, f"{byte:#04x}"))
        builder.add(Data(1, tuple(values)), builder.statement.comment or rest.strip())

    return directive


def _space(builder: Builder, rest: str) -> None:
    size, *fill = parted(rest) or ["0"]
    value = builder.number(fill[0]) & 0xFF if fill and fill[0] else 0
    builder.add(Space(builder.expression(size), value))


def _fill(builder: Builder, rest: str) -> None:
    given = [builder.number(part) for part in parted(rest)]
    count, size, value = (*given, *(0, 1, 0)[len(given) :])[:3]
    size = min(size, 8)
    if count <= 0 or size <= 0:
        return
    if value == 0:
        builder.add(Space(Number(count * size, str(count * size)), 0))
        return
    if count * size > _FILL_LIMIT:
        raise ValueFault(f"more than {_FILL_LIMIT} bytes")
    value &= 0xFFFF_FFFF
    if size in (1, 2, 4):
        value %= 1 << 8 * size
        builder.add(Data(size, (Number(value, str(value)),) * count))
    else:
        builder.add(Data(1, (value.to_bytes(max(size, 4), "little")[:size] * count,)))


def _align(is_power: bool) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        parts = [*parted(rest), "", "", ""][:3]
        number = builder.number(parts[0] or "0")
        if is_power and not 0 <= number <= 16:
            raise ValueFault(f"an alignment is 2 to the power of 0 to 16, not {number}")
        multiple = 1 << number if is_power else max(number, 1)
        if multiple & (multiple - 1):
            raise ValueFault(f"an alignment is a power of two, not {multiple}")
        fill = builder.number(parts[1]) & 0xFF if parts[1] else None
        limit = builder.number(parts[2]) if parts[2] else 0
        if limit and limit >= multiple - 1:
            limit = 0
        if multiple > 1:
            builder.add(Align(multiple, fill, limit))
        elif builder.statement.comment:
            builder.add(Remark(builder.statement.comment), "")

    return directive


def _origin(builder: Builder, rest: str) -> None:
    place = builder.expression(parted(rest)[0] if rest.strip() else "0")
    stands = any(not isinstance(item.content, (Mark, Remark)) for item in builder.current.items)
    if stands or not isinstance(place, Number) or place.value:
        builder.add(Origin(place))


# ---- sections


def _switch(name: str) -> Callable[[Builder, str], None]:
    def directive(builder: Builder, rest: str) -> None:
        if rest.strip() not in ("", "0"):
            builder.report("a subsection has no form here", code="no-form")
        builder.switch(builder.section(name, _BY_NAME[name]))

    return directive


def _named_section(builder: Builder, rest: str) -> Section:
    name, *more = parted(rest) or [""]
    name = name.strip('"')
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
    return builder.section(name, kind, int("M" in (flags or "")))


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
        builder.compress = word == "rvc"
    elif word == "arch":
        for part in more:
            name = part[1:].lower()
            if part[:1] not in ("+", "-"):
                _architecture(builder, part)
            elif name in ("c", "zca"):
                builder.compress = part[0] == "+"
            elif part[0] == "+" and name in known_extensions():
                builder.needed[name] = None
    elif word not in ("relax", "norelax", "pic", "nopic", "csr-check", "no-csr-check"):
        builder.report(f".option {word} has no form here", code="no-form")


def _said(builder: Builder, rest: str) -> None:
    builder.add(Remark(rest.strip().strip('"')), "")


# ---- instructions by their fields


def _insn(builder: Builder, rest: str) -> None:
    """`.insn`: the word, as data."""
    form, _, more = rest.strip().partition(" ")
    formats = tables()["gnu"]["insn"]
    if form.lower() in formats:
        known = formats[form.lower()]
        size, word = known["size"], _fields(builder, known["fields"], more)
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


def _fields(builder: Builder, fields: list[str], text: str) -> int:
    """The word whose fields the operands fill. Raises ValueFault."""
    flat: list[str] = []
    for part in parted(text):
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
    ".ascii": _strings(b""),
    ".asciz": _strings(b"\0"),
    ".string": _strings(b"\0"),
    ".zero": _space,
    ".skip": _space,
    ".space": _space,
    ".fill": _fill,
    ".org": _origin,
    ".uleb128": _leb(False),
    ".sleb128": _leb(True),
    ".align": _align(True),
    ".p2align": _align(True),
    ".balign": _align(False),
    ".text": _switch(".text"),
    ".data": _switch(".data"),
    ".bss": _switch(".bss"),
    ".rodata": _switch(".rodata"),
    ".section": _section,
    ".pushsection": _push,
    ".popsection": _pop,
    ".previous": _previous,
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
