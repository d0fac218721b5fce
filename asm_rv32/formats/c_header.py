"""A C header: a prototype for each function, to go with the object file of the same source.

Input: functions. Output: the text of a header for C99 and C++ and later.
Invariants: it compiles without a warning of -Wall and -Wextra, whatever the functions are called
and their docstrings say; a prototype names the symbol that the object file has.
Source: C17 6.4.1 and 7.1.3; C++20 5.11; GCC manual, "Controlling Names Used in Assembler Code".
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Iterator

from asm_rv32.assembler.dialects.job import Job
from asm_rv32.basis.diagnostics import Source, Span, harmless
from asm_rv32.basis.records import TYPE_CHECKING
from asm_rv32.isa.image import FLOAT

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

RESULTS = {
    "int": "int32_t", "uint": "uint32_t", "bool": "bool", "None": "void", "object": "uintptr_t",
    "float": "float",
}  # fmt: skip
"""What a function returns → its type in C."""
PARAMETER = "int32_t"
"""The type of a parameter: a word, where the source says no more; an address is to be cast. A float
arrives in an integer register, too, as C has it with -mabi=ilp32."""
_RESERVED = frozenset(
    """
    alignas alignof and and_eq asm auto bitand bitor bool break case catch char char8_t char16_t
    char32_t class co_await co_return co_yield compl concept const const_cast consteval constexpr
    constinit continue decltype default delete do double dynamic_cast else enum explicit export
    extern false float for friend goto if inline int long mutable namespace new noexcept not
    not_eq nullptr operator or or_eq private protected public register reinterpret_cast requires
    restrict return short signed sizeof static static_assert static_cast struct switch template
    this thread_local throw true try typedef typeid typename typeof typeof_unqual union unsigned
    using virtual void volatile wchar_t while xor xor_eq
    main linux unix
    """.split()
)
"""Keywords of C and C++, what `main` must be, and macros of compilers without a `_` in front."""
_RESERVED_FORMS = re.compile(r"_[_A-Z].*|u?int\w*_t|[A-Z]\w*_(?:MAX|MIN|WIDTH|C)")
"""What belongs to the implementation and to <stdint.h>."""
_SYMBOL = re.compile(r"[\w.$]+")
"""What an assembler takes for a symbol without quotes."""
_OPENING = """\
#include <stdbool.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A function of ours may have the name of one that the compiler knows, and be another. */
#if defined(__clang__)
#pragma clang diagnostic push
#pragma clang diagnostic ignored "-Wincompatible-library-redeclaration"
#elif defined(__GNUC__)
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wbuiltin-declaration-mismatch"
#endif
"""
_CLOSING = """\
#if defined(__clang__)
#pragma clang diagnostic pop
#elif defined(__GNUC__)
#pragma GCC diagnostic pop
#endif

#ifdef __cplusplus
}
#endif
"""


def write(module: Module, whole: bool) -> bytes:
    """The header."""
    file = os.path.basename(module.source.path)
    guard = f"ASMRV32_{re.sub(r'[^A-Z0-9]+', '_', file.removesuffix('.py').upper()).strip('_')}_H"
    lines = [*_comment([f"The functions of {file}, by asmrv32."])]
    lines += [f"#ifndef {guard}", f"#define {guard}", "", _OPENING]
    units = {unit.symbol or name: unit for name, unit in module.functions.units.items()}
    names = c_names(units)
    for symbol, unit in units.items():
        if unit.job is not None and module.is_public(unit):
            lines += [*_declared(symbol, unit.job.job, names.get(symbol)), ""]
    lines += [_CLOSING, "#endif"]
    return ("\n".join(lines) + "\n").encode()


def c_names(symbols: Iterable[str]) -> dict[str, str]:
    """Symbol → the name that C has for it; those that no name can stand for are left out.

    A symbol that is a name in C and C++ keeps it.
    """
    found: dict[str, str] = {}
    others = []
    for symbol in symbols:
        if _is_name(symbol):
            found[symbol] = symbol
        elif _SYMBOL.fullmatch(symbol):
            others.append(symbol)
    taken = set(found)
    for symbol in others:
        found[symbol] = _free(symbol, taken)
    return found


def _is_name(word: str) -> bool:
    return (
        re.fullmatch(r"[A-Za-z_]\w*", word, re.ASCII) is not None
        and word not in _RESERVED
        and not _RESERVED_FORMS.fullmatch(word)
    )


def _free(word: str, taken: set[str]) -> str:
    """A name in C like this word that is not taken; it is then."""
    plain = re.sub(r"[^\x00-\x7f]", lambda m: f"_u{ord(m[0]):04x}", word)
    plain = re.sub(r"\W", "_", plain)
    name = plain if _is_name(plain) else f"{plain}_" if _is_name(f"{plain}_") else f"f_{plain}_"
    while name in taken:
        name += "_"
    taken.add(name)
    return name


def _declared(symbol: str, job: Job, name: str | None) -> Iterator[str]:
    """A function's comment and its prototype."""
    words = [parameter.name for parameter in job.function.parameters]
    head = f"{symbol}({', '.join(words)})"
    if name is None:
        yield from _comment([f"{head}: C has no way to name this symbol."])
        return
    if name != symbol:
        head += f", in C {name}"
    documentation = docstring(job.source, job.function.span)
    yield from _comment([head, *(["", *documentation.splitlines()] if documentation else [])])
    taken: set[str] = set()
    parameters = [
        f"{RESULTS[FLOAT] if each.is_float else PARAMETER} {_parameter(each.name, taken)}"
        for each in job.function.parameters
    ]
    label = f' __asm__("{symbol}")' if name != symbol else ""
    yield f"{RESULTS[job.function.returns]} {name}({', '.join(parameters) or 'void'}){label};"


def _parameter(word: str, taken: set[str]) -> str:
    if _is_name(word) and word not in taken:
        taken.add(word)
        return word
    return _free(word, taken)


def _comment(lines: list[str]) -> Iterator[str]:
    """Lines of text as a comment, which nothing in them ends or makes doubtful."""
    safe = []
    for line in lines:
        line = harmless(line).replace("\t", "    ").replace("??/", "? ?/")
        # Every slash keeps away from a star.
        safe.append(re.sub(r"/(?=\*)", "/ ", re.sub(r"\*(?=/)", "* ", line)).rstrip())
    if len(safe) == 1:
        yield f"/* {safe[0]} */"
        return
    yield f"/* {safe[0]}"
    for line in safe[1:]:
        yield f" * {line}".rstrip()
    yield " */"


def docstring(source: Source, span: Span) -> str:
    """The documentation of the function that stands there, its indentation removed.

    Empty where it has none.
    """
    import ast
    import tokenize
    from inspect import cleandoc
    from io import StringIO

    text = StringIO(source.text[span.start : span.end])
    skipped: tuple[int, ...] = (tokenize.NL, tokenize.COMMENT, tokenize.INDENT, tokenize.NEWLINE)
    depth, in_head, after = 0, False, False
    found: list[object] = []
    try:
        for token in tokenize.generate_tokens(text.readline):
            depth += (token.string in ("(", "[", "{")) - (token.string in (")", "]", "}"))
            in_head = in_head or (token.string == "def" and depth == 0)
            if after and token.type == tokenize.STRING:
                found.append(ast.literal_eval(token.string))
            elif after and (found or token.type not in skipped):
                break
            after = after or (in_head and depth == 0 and token.string == ":")
    except (SyntaxError, tokenize.TokenError, ValueError, RecursionError):
        return ""  # what stands there is no Python
    return cleandoc("".join(map(str, found))) if all(isinstance(s, str) for s in found) else ""
