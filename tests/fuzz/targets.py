"""What is fuzzed: each target takes any bytes, and lets pass only the error that is documented.

Invariant: a target is a function of its bytes alone. The limits on what a source expands to are
lowered, so that an input that reaches them takes milliseconds: a slow input is then a finding.
"""

from __future__ import annotations

import tempfile
from argparse import Namespace
from collections.abc import Callable
from pathlib import Path

from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.lint.fix import mend
from asm_rv32.assembler import budget
from asm_rv32.assembler.dialects import DIALECTS
from asm_rv32.assembler.pipeline import Module, assemble
from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.commands import disasm_command, romfs_command
from asm_rv32.commands.calls import parse_call
from asm_rv32.commands.console import CommandError, Console
from asm_rv32.formats import FORMATS, FormatError
from asm_rv32.formats.archive import ArchiveError
from asm_rv32.formats.elf_reader import ElfError
from asm_rv32.formats.file_kinds import ROMFS, refusal
from asm_rv32.formats.machine_code import Block, InputError, blocks
from asm_rv32.importing import statements
from asm_rv32.importing.c_source import import_c
from asm_rv32.importing.gcc import GccError
from asm_rv32.importing.gnu import Options as Wanted
from asm_rv32.importing.gnu import import_gnu
from asm_rv32.importing.objects import import_object
from asm_rv32.isa.sets import DEFAULT_ISA
from asm_rv32.isa.text import SYNTAXES
from fuzz.invariants import check_diagnostics, check_error, check_image

ISAS = (
    DEFAULT_ISA, "rv32i", "rv32im_zba_zbb", "rv32imac", "rv32imac_zbb_zcb_zcmp", "rv32e",
    "rv32imc_zba_zbb_zbs", "rv32emc_zicond",
)  # fmt: skip
C_FLAGS = (("-O2",), ("-O0",), ("-Os", "-g"), ("-O3", "-funroll-loops"))
CORES = (None, "hazard3", "esp32c3", "ibex")
ITEM_LIMIT, DATA_LIMIT = 5_000, 1 << 16
"""What a function expands to, while fuzzing."""
READABLE = (".bin", ".hex", ".elf", ".o", ".mpy")


def lower_limits() -> None:
    """Lower the limits on what a function expands to."""
    budget.ITEM_LIMIT, budget.DATA_LIMIT = ITEM_LIMIT, DATA_LIMIT
    statements.STATEMENT_LIMIT, statements.TEXT_LIMIT = ITEM_LIMIT, 16 * DATA_LIMIT


class Options(Namespace):
    """How a source is assembled, from one byte ahead of it."""

    def __init__(self, byte: int) -> None:
        super().__init__(
            compress=bool(byte & 1),
            dialect=DIALECTS[byte >> 1 & 1],
            isa=ISAS[byte >> 2 & 7],
            core=CORES[byte >> 5 & 3],
        )

    def assemble(self, text: str) -> Module:
        """The text, assembled so."""
        return assemble(
            text, path="fuzzed.py", isa=self.isa, dialect=self.dialect, compress=self.compress
        )


def _split(data: bytes) -> tuple[Options, str]:
    """Options, and the text behind their byte. What is no UTF-8 becomes lone surrogates."""
    return Options(data[0] if data else 1), data[1:].decode("utf-8", "surrogateescape")


def source(data: bytes) -> None:
    """Parser, assembler, lint, and every writer with its reader."""
    options, text = _split(data)
    try:
        module = options.assemble(text)
    except AssemblyError as error:
        check_error(error)
        return
    for image in module.functions.values():
        check_image(image)
        check_diagnostics(lint(image, options.core), text)
    if module.functions:
        _written(module)


def _written(module: Module) -> None:
    """Every format takes the module or says why not; what has a reader reads the same back."""
    for suffix, known in FORMATS.items():
        options = {"debug": True} if "debug" in known.options else {}
        try:
            data = known.write(module, whole=False, **options)
        except (FormatError, AssemblyError):
            continue
        if suffix in READABLE and any(image.code for image in module.functions.values()):
            kind = {".o": "elf"}.get(suffix, suffix[1:])
            read = b"".join(block.code for block in blocks(data, kind))
            # What functions need of one another is there once, and between them as it is reached;
            # what holds addresses hangs on where it stands.
            alone = [
                image for image in module.functions.values()
                if not image.parts[1:] and not image.relocations
            ]  # fmt: skip
            assert all(image.code in read for image in alone), suffix


def lint_fix(data: bytes) -> None:
    """What `lint --fix` makes of a text that assembles assembles, and has less to warn of."""
    options, text = _split(data)
    before = Source("fuzzed.py", text)
    try:
        after, done = mend(before, lambda changed: options.assemble(changed.text))
    except AssemblyError as error:
        assert error.source.text == before.text
        return
    changes = [each for each in done if ": not aligned: " not in each]
    assert (after.text != before.text) == bool(changes)
    if changes:
        assert _warnings(options, after.text) < _warnings(options, text)


def _warnings(options: Options, text: str) -> int:
    return sum(len(lint(image)) for image in options.assemble(text).functions.values())


class _Files(Console):
    """A console whose every file holds the same bytes, and which keeps what is printed."""

    def __init__(self, data: bytes) -> None:
        super().__init__()
        self.data = data
        self.printed: list[str] = []

    def read(self, path: str) -> bytes:
        return self.data

    def print(self, text: str) -> None:
        self.printed.append(text)

    def error(self, text: str) -> None:
        raise AssertionError(f"unexpected: {text}")


def _disassembler(kind: str) -> Callable[[bytes], None]:
    """`asmrv32 disasm` in both syntaxes; ours assembles again to the same code."""

    def disassemble(data: bytes) -> None:
        try:
            found = [block for block in blocks(data, kind) if not block.is_bytecode]
        except InputError:
            return
        for syntax in SYNTAXES:
            console = _Files(data)
            options = Namespace(
                file=f"fuzzed.{kind}", format=kind, syntax=syntax, isa=None, tables=()
            )
            try:
                disasm_command.run(options, console)
            except CommandError as error:
                assert error.status == 1
                return
            # What names other functions, or what a linker fills in, is no code by itself.
            if syntax == SYNTAXES[0] and (kind != "elf" or _is_alone(found)):
                text = "\n".join(console.printed) + "\n"
                _assembles_again(text, [block.code for block in found])

    return disassemble


def _is_alone(found: list[Block]) -> bool:
    return len(found) == 1 and not found[0].references and not found[0].notes


def imported_object(data: bytes) -> None:
    """`asmrv32 import` of an object, a program or an archive: what comes out has been assembled."""
    try:
        import_object("fuzzed.o", data, Wanted())
    except AssemblyError as error:
        check_diagnostics(error.diagnostics, error.source.text)
    except (ElfError, ArchiveError) as error:
        assert str(error)


def _assembles_again(text: str, codes: list[bytes]) -> None:
    images = list(assemble(text, compress=False).functions.values())
    assert len(images) == len(codes)
    for image, code in zip(images, codes):
        # A return is appended where control would run off the end.
        assert image.code.startswith(code) and len(image.code) - len(code) in (0, 4)


def romfs(data: bytes) -> None:
    """`asmrv32 romfs --list`."""
    try:
        romfs_command.run(
            Namespace(
                image="fuzzed.romfs", directory=None, output=None, deploy=False, portable=False
            ),
            _Files(data),
        )
    except CommandError as error:
        # A file that is plainly of another kind is a mistake of whoever names it.
        assert error.status == (1 if refusal("fuzzed.romfs", data, ROMFS) is None else 2)


def call(data: bytes) -> None:
    """A call's text: values, or a message that says what is wrong."""
    text = data.decode("utf-8", "surrogateescape")
    try:
        parse_call(text)
    except CommandError as error:
        assert error.status == 2
        assert error.message


def gnu(data: bytes) -> None:
    """A source of GNU as is imported and assembles again, or its mistakes are told."""
    options = Options(data[0] if data else 0)
    text = Source("fuzzed.s", data[1:].decode("utf-8", "replace"))
    try:
        written = import_gnu(text, Wanted(options.isa))
    except AssemblyError as error:
        check_error(error)
        return
    assemble(written.text)


def c(data: bytes) -> None:
    """A C source is imported as gcc compiles it, or its mistakes are told."""
    options = Options(data[0] if data else 0)
    flags = C_FLAGS[data[1] % len(C_FLAGS)] if data[1:] else C_FLAGS[0]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder, "fuzzed.c")
        path.write_bytes(data[2:])
        try:
            import_c(str(path), Wanted(options.isa), flags)
        except AssemblyError as error:
            check_diagnostics(error.diagnostics, error.source.text)
        except GccError as error:
            assert str(error)


TARGETS: dict[str, Callable[[bytes], None]] = {
    "source": source,
    "mpy": _disassembler("mpy"),
    "elf": _disassembler("elf"),
    "import-object": imported_object,
    "hex": _disassembler("hex"),
    "uf2": _disassembler("uf2"),
    "bin": _disassembler("bin"),
    "romfs": romfs,
    "call": call,
    "lint-fix": lint_fix,
    "gnu": gnu,
    "c": c,
}
