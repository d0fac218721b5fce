"""What a target starts from: inputs that are right, and the words that its inputs are made of.

Input: a target's name. Output: files' bytes, and a dictionary as libFuzzer reads it.
Invariant: both come from the repository's own sources, tables and writers.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus.gnu_programs import Program
from corpus.instructions import python_text, random_instructions
from corpus.mutations import PIECES, SEEDS

from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.assembler.reading.lines import KINDS
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.basis.external import external
from asm_rv32.formats import FORMATS, FormatError
from asm_rv32.formats.board.merge import cross_compile
from asm_rv32.formats.board.mpy import STATIC_QSTRS
from asm_rv32.isa.operands import REGISTER_NAMES
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import DIRECTIVES, tables
from fuzz.targets import ISAS

ROOT = Path(__file__).parents[2]
CALLS = (
    "f()", "f(1, -2, 0x10, True, None)", "a.b.f('text', b'bytes', 1.5)", "f(bytearray(16), 4)",
    "f(array('i', [1, 2, 3]), array.array('H', range(4)))", "f(bytes([1, 2]), [0] * 8, (1 << 31))",
    "f(bytearray(b'abc'), range(1, 10, 2), 'x' * 100)", "f([[1, 2], (3,)] * 2)",
    "f(bytearray('text', 'utf-8'))",
)  # fmt: skip
BYTECODE = """
import array
class A:
    def m(self, x, *y, k=1, **z):
        def inner():
            return [x for _ in y if z]
        return inner
@micropython.native
def n(a, b=(1, 2.5, 3j, b"b", "s", ..., 1 << 80)):
    return lambda: a
@micropython.viper
def v(p: ptr32, n: int) -> int:
    return p[n]
"""


def sources() -> Iterator[str]:
    """Texts in the assembler's language, right and wrong."""
    yield from SEEDS
    for folder in ("examples", "tests/cases"):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield path.read_text()
    for number, isa in enumerate(ISAS):
        lines = [
            "    " + python_text(each, "near")
            for each in random_instructions(instruction_set(isa), 30, number)
        ]
        yield "\n".join(["@asm_rv32", "def f():", "    label(near)", *lines, ""])


def modules() -> Iterator[Module]:
    """What assembles of these."""
    for text in sources():
        try:
            module = assemble(text)
        except AssemblyError:
            continue
        if module.functions:
            yield module


def written(*suffixes: str) -> Iterator[bytes]:
    """The modules as files."""
    for module in modules():
        for suffix in suffixes:
            try:
                yield FORMATS[suffix].write(module, whole=False)
            except FormatError:
                continue


def _images() -> Iterator[bytes]:
    writer = external("mpremote.romfs", "mpremote").VfsRomWriter()
    writer.mkfile("a.mpy", b"M\x06\x00\x1f")
    writer.opendir("lib")
    writer.mkfile("large", bytes(1000))
    writer.opendir("inner")
    writer.closedir()
    writer.closedir()
    yield writer.finalise()


def _optioned(texts: Iterable[str]) -> Iterator[bytes]:
    """Each text behind two different bytes of options."""
    for number, text in enumerate(texts):
        for options in {1, number & 0xFF}:
            yield bytes([options]) + text.encode()


def seeds(target: str) -> Iterator[bytes]:
    """The inputs that a target starts from."""
    if target in ("source", "lint-fix"):
        yield from _optioned(sources())
    elif target == "mpy":
        yield from written(".mpy")
        yield cross_compile(BYTECODE, "bytecode.py")
    elif target in ("elf", "import-object"):
        yield from written(".elf", ".o")
    elif target == "hex":
        yield from written(".hex")
    elif target == "uf2":
        module = assemble("@asm_rv32\ndef f():\n    j(f)\n    space(400)\n", board="rp2350")
        yield FORMATS[".uf2"].write(module, stack_pointer=0x20080000)
    elif target == "bin":
        yield from written(".bin")
        yield random.Random(1).randbytes(1000)
    elif target == "romfs":
        yield from _images()
    elif target == "gnu":
        yield from _optioned("\n".join(Program(random.Random(n)).lines()) for n in range(20))
    elif target == "call":
        yield from (text.encode() for text in CALLS)


def words(target: str) -> list[bytes]:
    """The words of a target's language."""
    found: list[str | bytes] = []
    if target in ("source", "lint-fix"):
        found += [
            *KINDS,
            *PIECES,
            *DIRECTIVES,
            *REGISTER_NAMES,
            *instruction_set(ISAS[0]).csr_numbers,
        ]
        for isa in ISAS:
            found += [f"{name}(" for name in instruction_set(isa).mnemonic_of]
        found += [
            "@asm_rv32(isa='",
            "compress=False",
            "dialect='micropython'",
            "-> uint",
            "# asm: ignore[",
        ]
    elif target == "call":
        found += [
            "bytearray(",
            "bytes(",
            "array('i', ",
            "range(",
            "[",
            "* 9999",
            "<< 64",
            "'hex'",
            *PIECES,
        ]
    elif target == "gnu":
        directives = {**tables()["directives"]["statements"], **tables()["directives"]["left_out"]}
        found += [*(f".{name} " for name in directives), *REGISTER_NAMES, *tables()["gnu"]["forms"]]
        found += [
            ".macro m a, b=1\n", ".endm\n", "\\a", "\\@", ".rept 3\n", ".endr\n",
            ".irp x, 1, 2\n", ".if 1\n", ".else\n", ".endif\n", "1:", "1b", "1f", "%hi(",
            "%pcrel_lo(", ".pushsection x", ".popsection", ".option norvc\n",
            ".insn r 0x33, 0, 0, ", "%function", "0f1.5",
        ]  # fmt: skip
    elif target == "mpy":
        found += [b"M\x06", b"\x2f\x1f", *STATIC_QSTRS]
    elif target in ("elf", "import-object"):
        found += [
            b"\x7fELF\x01\x01\x01",
            b"\xf3\x00",
            ".text",
            ".symtab",
            ".riscv.attributes",
            "$x",
            "$d",
        ]
    elif target == "hex":
        found += [":00000001FF", ":02000004", ":02000002", ":04000003", ":04000005", "\r\n"]
    encoded = [
        word if isinstance(word, bytes) else word.encode("utf-8", "surrogatepass") for word in found
    ]
    return [word for word in dict.fromkeys(encoded) if 0 < len(word) <= 64]


def dictionary(target: str) -> str:
    """The words as libFuzzer reads them: one in quotes on a line, all bytes as numbers."""
    return "".join(
        '"' + "".join(f"\\x{byte:02x}" for byte in word) + '"\n' for word in words(target)
    )
