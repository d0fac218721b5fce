"""One call of a function and of its alternatives, measured and held to be the same.

Input: a function's image, arguments, what to compare with. Output: a `Compared`.
Invariant: at each placement the function itself comes first, and every alternative after it.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence

from asm_rv32.assembler.pipeline import Module
from asm_rv32.formats.file_kinds import C_SOURCE, GNU_SOURCE, refusal
from asm_rv32.isa.image import Image
from asm_rv32.report import variants
from asm_rv32.report.document import OURS, Compared
from asm_rv32.report.pricing import Measured
from asm_rv32.report.variants import Conditions, Variant, VariantError, check_same

C_COMPILERS = ("gcc", "clang")
KINDS = (*C_COMPILERS, "viper", "uncompressed", "micropython")
"""What an alternative's text begins with, where it is no function of the file."""


def alternative(asked: str, image: Image, module: Module) -> Variant:
    """What `--against` asks for. Raises VariantError, ToolMissing, KeyError for no function."""
    kind, _, rest = asked.partition(":")
    if kind in C_COMPILERS:
        from asm_rv32.report.c_code import c_variant

        path, _, flags = rest.partition(":")
        why = refusal(path, b"", C_SOURCE, GNU_SOURCE)
        if why is not None:
            raise VariantError(f"{asked}: {why}")
        return c_variant(asked, image, path or _beside(module.source.path), flags, kind)
    if kind == "viper":
        from asm_rv32.report.viper import viper_variant

        return viper_variant(asked, image, module, rest or f"{image.name}_viper")
    if asked == "uncompressed":
        return variants.uncompressed(image)
    if asked == "micropython":
        return variants.micropython(image)
    return variants.function(asked, module.functions[asked])


def _beside(path: str) -> str:
    return os.path.splitext(path)[0] + ".c"


def compare(
    text: str,
    image: Image,
    values: Sequence[object],
    others: Sequence[Variant],
    placements: Sequence[int],
    given: Conditions,
    note: Callable[[str], None],
) -> Compared:
    """Measure a call, written as `text`, at each placement.

    A placement but the first at which the code's own data is misaligned is left out, and `note`
    is told. Raises VariantError where an alternative does something else, and as `measure` does.
    """
    from asm_rv32.machine.errors import ExecutionError

    own = Variant(OURS, "as assembled", image)
    runs: list[tuple[Variant, Measured]] = []
    for placement in placements:
        try:
            mine = own.measure(values, placement, given)
            row = [(own, mine)]
            for other in others:
                its = other.measure(values, placement, given)
                check_same(mine, its, other)
                row.append((other, its))
        except ExecutionError as error:
            if not runs or error.code != "misaligned-access":
                raise
            # Words of data in its code are aligned only where the code is.
            note(f"{image.qualified_name}: not at {placement} modulo 4: {error.fault.message}")
        else:
            runs += row
    return Compared(image.source.path, text, image.qualified_name, runs)
