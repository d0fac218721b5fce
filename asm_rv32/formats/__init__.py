"""File formats of assembled functions: one dict from suffix to writer.

Input: a `Module`. Output: the bytes of a file.
Invariant: a writer's module is loaded when it is first asked for.
"""

from __future__ import annotations

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module


class Format(NamedTuple):
    """A way to write functions to a file."""

    name: str
    """What `--format` takes, beside the suffix."""
    module: str
    """The module in this package whose `function` writes it."""
    title: str
    binary: bool = True
    """False where a person can read the file on a terminal."""
    function: str = "write"
    options: tuple[str, ...] = ()
    """What it can be asked for that not every format has."""
    once: bool = True
    """Whether a file holds each function and block of data once; else each function with what it
    needs of them."""
    board: bool = False
    """Whether Python on a board calls the functions, as far as it can."""
    data_alone: bool = False
    """Whether a file may hold blocks of data and no function."""

    def write(self, module: Module, *, whole: bool = True, **options: Any) -> bytes:
        """The file. `whole` is False where the module's functions are a selection of its source's.

        Raises FormatError for what the format cannot hold, ToolMissing.
        """
        if not self.once:
            _require_few_copies(module)
        writer = getattr(
            __import__(f"{__name__}.{self.module}", fromlist=[self.function]), self.function
        )
        data: bytes = writer(module, whole, **options)
        return data


class FormatError(ValueError):
    """The functions cannot be written in a format; the text says why and what helps."""


COPIES_LIMIT = 1 << 20
"""Where each function comes with what it needs, there are at most so many instructions and pieces
of data, all functions together: of functions that all need one another they are the square."""


def _require_few_copies(module: Module) -> None:
    """Raise FormatError where too much would be written again and again."""
    from asm_rv32.assembler.pipeline import Functions

    if not isinstance(module.functions, Functions) or not module.is_linked:
        return  # there are no copies, or they are made already
    if module.copies_exceed(COPIES_LIMIT):
        raise FormatError(
            f"each function comes with what it calls and reads: more than {COPIES_LIMIT} "
            "instructions in all. Take fewer functions, --function, or another format: a .o "
            "or .elf holds the program once"
        )


FORMATS: dict[str, Format] = {
    ".mpy": Format(
        "mpy",
        "board.file",
        "MicroPython module, to import on a board",
        options=("portable", "firmware", "mpy_cross", "board_has"),
        once=False,
        board=True,
    ),
    ".bin": Format("binary", "binary", "machine code alone", options=("base",)),
    ".hex": Format("hex", "intel_hex", "Intel hex records", False, options=("base",)),
    ".uf2": Format(
        "uf2",
        "uf2",
        "a whole program, to drop on a board's drive",
        options=("base", "stack_pointer"),
    ),
    ".lst": Format("listing", "listing", "address, bytes, disassembly, source line", False),
    ".json": Format("json", "json_format", "everything, for other programs", False, once=False),
    ".py": Format(
        "micropython",
        "board.source",
        "plain source for a board's own assembler",
        False,
        once=False,
        board=True,
    ),
    ".elf": Format(
        "elf", "elf", "ELF executable for debuggers and emulators", options=("debug", "base")
    ),
    ".o": Format(
        "object",
        "elf",
        "ELF object for a linker",
        True,
        "write_object",
        options=("debug", "function_sections"),
        data_alone=True,
    ),
    ".s": Format(
        "gnu", "gnu_source", "source for GNU as, of the same program", False, data_alone=True
    ),
    ".h": Format("header", "c_header", "C header with a prototype for each function", False),
}
"""Suffix → writer, the first being what `compile` writes by default."""


def find_format(name: str) -> str | None:
    """The suffix of the format of that name or suffix, the dot optional; None where unknown."""
    wanted = name.lower()
    for suffix, known in FORMATS.items():
        if wanted in (known.name, suffix, suffix[1:]):
            return suffix
    return None
