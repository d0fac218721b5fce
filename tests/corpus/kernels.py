"""Kernels with what is known of their arguments: the examples, and gcc's code of their twins.

Output: images, and the arguments of a question that is decided within seconds.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.prove.inputs import AnyArray, AnyWord
from asm_rv32.report.c_code import c_variant

EXAMPLES = Path(__file__).parent.parent.parent / "examples"
WORD = AnyWord()


def some_bytes(length: int) -> AnyArray:
    return AnyArray("B", length)


def some_words(length: int) -> AnyArray:
    return AnyArray("i", length)


class Kernel(NamedTuple):
    """A function of an example, or gcc's code of its twin."""

    file: str
    name: str
    arguments: tuple[Any, ...]

    def __str__(self) -> str:
        return f"{self.name}({', '.join(map(str, self.arguments))})"


KERNELS = (
    Kernel("reverse_bits", "reverse_bits", (WORD,)),
    Kernel("chacha20", "chacha20_block", (some_words(16), some_words(16))),
    Kernel("copy_memory", "copy_memory", (some_bytes(23), some_bytes(23), 23)),
    Kernel("checksums", "adler32", (some_bytes(76), 76)),
    Kernel("crc32", "crc32", (some_bytes(4), 4)),
    Kernel("crc32", "crc32_table", (some_bytes(2), 2)),
    Kernel("filters", "dot", (some_words(9), some_words(9), 9)),
    Kernel("gcd", "gcd", (AnyWord(0, 20), AnyWord(0, 20))),
    Kernel("isqrt", "isqrt", (WORD,)),
    Kernel("sums", "sum_words", (some_words(9), 9)),
    Kernel("sums", "sum_bytes", (some_bytes(9), 9)),
    Kernel("sort", "insertion_sort", (some_words(3), 3)),
)


@lru_cache
def module(file: str) -> Module:
    path = EXAMPLES / f"{file}.py"
    return assemble(path.read_text(), path=str(path))


@lru_cache
def ours(kernel: Kernel) -> Image:
    return module(kernel.file).functions[kernel.name]


@lru_cache
def by_gcc(kernel: Kernel, flags: str = "-O2") -> Image:
    """gcc's code of the C twin."""
    path = str(EXAMPLES / f"{kernel.file}.c")
    found: Any = c_variant("gcc", ours(kernel), path, flags)
    image: Image = found.image
    return image if found.has_result else image._replace(returns=NOTHING)


def images() -> Iterator[tuple[Kernel, Image]]:
    """All kernels, ours and gcc's."""
    for kernel in KERNELS:
        yield kernel, ours(kernel)
        yield kernel, by_gcc(kernel)


def mutant(image: Image, choice: random.Random) -> Image:
    """The function with a bit of an instruction changed, or two of them exchanged."""
    code = bytearray(image.code)
    starts = [entry.address for entry in image.entries if entry.is_code]
    at = choice.choice(starts) + choice.randrange(2)
    code[at] ^= 1 << choice.randrange(8)
    return image._replace(code=bytes(code))
