"""What a target starts from: inputs that are right, and the words that its inputs are made of.

Input: a target's name. Output: files' bytes, and a dictionary as libFuzzer reads it.
Invariant: both come from the repository's own sources, tables and writers.
"""

from __future__ import annotations

import random
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

from corpus import toolchain
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
C_TEXTS = (
    "int f(int a) { return a * 5 + 1; }\n",
    "static int n; extern int other(int);\nint f(int a) { n++; return other(a) + n; }\n",
    'const char t[] = "text"; char *g = (char *)t + 1;\nint f(int i) { return g[i]; }\n',
    "int f(int a) { switch (a) { case 0: return 3; case 1: return 9; case 2: return 4;"
    " case 3: return a << 4; case 4: return -a; case 5: return 77; } return 0; }\n",
    "long long f(long long a, long long b) { return a / b; }\n",
    "double f(double a, float b) { return a * b; }\n",
    "_Thread_local int n; int x __attribute__((weak)); extern int w __attribute__((weak));\n"
    "int f(void) { return n + x + (int)&w; }\n",
    "static int a(int n) { return n + 1; } static int b(int n) { return n - 1; }\n"
    "int (*const both[2])(int) = {a, b};\nint f(int i) { return both[i & 1](i); }\n",
    "struct s { char c; short h; int n[9]; } x = {1, 2, {3}}, y;\nvoid f(void) { y = x; }\n",
    "int f(int n) { return n ? n * f(n - 1) : 1; }\n",
    'int v __attribute__((section(".mine"))) = 7;\n'
    'int f(void) { int r; __asm__ volatile("lw %0, v" : "=r"(r)); return r; }\n',
    "#define TWICE(x) ((x) + (x))\nint f(int n) { return TWICE(TWICE(n)); }\n",
)
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


def compiled(folder: Path) -> Iterator[bytes]:
    """What gcc, ar and ld make of small C: objects, archives and programs."""

    def run(name: str, *arguments: str) -> bytes:
        toolchain.run(f"{toolchain.GNU}{name}", *arguments, folder=folder)
        return (folder / "made").read_bytes()

    gcc = ("gcc", "-march=rv32imac", "-mabi=ilp32", "-ffreestanding")
    for text in C_TEXTS:
        (folder / "one.c").write_text(text)
        for flags in (("-Os",), ("-O1", "-fpic", "-g"), ("-O2", "-fdata-sections", "-mno-relax")):
            yield run(*gcc, *flags, "-c", "one.c", "-o", "made")
        run(*gcc, "-Os", "-c", "one.c", "-o", "made")
        (folder / "made").rename(folder / "one.o")
        yield run("ar", "rcs", "made", "one.o")
        (folder / "made").unlink()
        link = ("-Os", "-nostdlib", "-static", "-Wl,-N,--unresolved-symbols=ignore-all")
        for more in ("-Wl,--emit-relocs", "-s"):
            yield run(*gcc, *link, more, "one.c", "-o", "made", "-lgcc")


def c_texts() -> Iterator[bytes]:
    """C sources, each behind two bytes of options."""
    for number, text in enumerate(C_TEXTS):
        yield bytes([1, number]) + text.encode()


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
        with tempfile.TemporaryDirectory() as folder:
            yield from compiled(Path(folder))
    elif target == "c":
        yield from c_texts()
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
            ".insn r 0x33, 0, 0, ", ".insn sb 0x63, 0, a0, a1, ", ".insn cj 1, 5, ", "%function",
            "0f1.5",
        ]  # fmt: skip
    elif target == "c":
        found += [
            "int ", "char ", "long long ", "double ", "static ", "extern ", "const ", "volatile ",
            "_Thread_local ", "struct s {", "union u {", "switch (a) {", "case 1:", "goto l;", "l:",
            "&&l", "__asm__(\"", "__attribute__((", "weak", "alias(\"f\")", "section(\".x\")",
            "aligned(64)", "noreturn", "constructor", "__builtin_trap()", "[1 << 20]", "#define ",
            "#include ", "/dev/zero", "memcpy(a, b, n)", "* 1.5", "/ 3LL", "/* ",
        ]  # fmt: skip
    elif target == "mpy":
        found += [b"M\x06", b"\x2f\x1f", *STATIC_QSTRS]
    elif target in ("elf", "import-object"):
        found += [
            b"\x7fELF\x01\x01\x01",
            b"\xf3\x00",
            ".text",
            ".symtab",
            ".rela.text",
            ".strtab",
            ".rodata.str1.4",
            "!<arch>\n",
            "`\n",
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
