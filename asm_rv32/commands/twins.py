"""What a function is proved equal to: another function, C by gcc or clang, a Python function."""

from __future__ import annotations

import argparse
import os
import re
from collections.abc import Mapping

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.commands.calls import Call
from asm_rv32.commands.console import USAGE, CommandError, Console
from asm_rv32.commands.options import assembled, find_function, settings_of
from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.prove.inputs import tied
from asm_rv32.report.comparison import C_COMPILERS

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module
    from asm_rv32.prove.question import Twin


def arguments_of(call: Call, functions: Mapping[str, Image]) -> list[Any]:
    """The arguments of a call of one of some functions. Raises CommandError."""
    if call.name not in functions:
        raise CommandError(f"there is no function {call.name!r}; there is: {', '.join(functions)}")
    image = functions[call.name]
    parameters = image.parameters
    if len(call.arguments) != len(parameters):
        raise CommandError(
            f"{call.name} takes {len(parameters)} arguments, and the call has "
            f"{len(call.arguments)}", USAGE,
        )  # fmt: skip
    try:
        return tied(call.arguments, parameters, image.floats)
    except ValueError as error:
        raise CommandError(f"{call.name}: {error}", USAGE) from None


def other_side(
    asked: str, image: Image, module: Module, arguments: argparse.Namespace, console: Console
) -> Image | Twin:
    """What `--against` names. Raises CommandError, AssemblyError, ToolMissing."""
    compiled = _compiled(asked, module)
    if compiled is not None:
        return _by_compiler(asked, compiled, image)
    if asked == "python":
        return _twin(f"{image.name}_python", module, image, arguments)
    path, colon, name = asked.rpartition(":")
    if colon and path.endswith(".py"):
        elsewhere = argparse.Namespace(**{**vars(arguments), "file": path})
        module, asked = assembled(elsewhere, console), name
    if asked not in module.functions and _defines(module, asked):
        return _twin(asked, module, image, arguments)
    return find_function(module, asked)


def has_twin(asked: str, image: Image, module: Module) -> bool:
    """Whether there is the function that `python` or a compiler stands for."""
    compiled = _compiled(asked, module)
    if compiled is None:
        return _defines(module, f"{image.name}_python")
    try:
        with open(compiled.path, encoding="utf-8", errors="replace") as file:
            return re.search(rf"\b{re.escape(image.name)}\s*\(", file.read()) is not None
    except (OSError, ValueError):
        return False


class _Compiled(NamedTuple):
    """A C function that is asked for."""

    compiler: str
    path: str
    flags: str = ""
    name: str = ""
    """Empty: that of the function that it is held against."""


def _compiled(asked: str, module: Module) -> _Compiled | None:
    """What `gcc`, `clang::-O3` or `FILE.c:NAME` stand for; None for what is no C."""
    kind, _, rest = asked.partition(":")
    if kind in C_COMPILERS:
        path, _, flags = rest.partition(":")
        return _Compiled(kind, path or _beside(module), flags)
    path, _, name = asked.rpartition(":")
    return _Compiled(C_COMPILERS[0], path, name=name) if path.endswith(".c") else None


def _beside(module: Module) -> str:
    """The C file beside a source."""
    return os.path.splitext(module.source.path)[0] + ".c"


def _by_compiler(asked: str, compiled: _Compiled, image: Image) -> Image:
    from asm_rv32.isa.sets import instruction_set
    from asm_rv32.report.c_code import FLAGS, c_variant
    from asm_rv32.report.variants import VariantError

    named = image._replace(name=compiled.name or image.name)
    flags = compiled.flags or FLAGS
    if instruction_set(image.isa).has_fcsr:
        flags = f"-march={image.isa} -ffp-contract=off {flags}"
    try:
        variant: Any = c_variant(asked, named, compiled.path, flags, compiled.compiler)
    except VariantError as error:
        raise CommandError(str(error), USAGE, "report") from None
    found: Image = variant.image
    return found if variant.has_result else found._replace(returns=NOTHING)


def _defines(module: Module, name: str) -> bool:
    """Whether the file has a Python function of that name."""
    pattern = rf"^(def )?([\w.]+ = )*{re.escape(name)}( = |\()"
    return re.search(pattern, module.source.text, re.MULTILINE) is not None


def _twin(name: str, module: Module, image: Image, arguments: argparse.Namespace) -> Twin:
    """A Python function, on a stack as that of the function that it is held against."""
    from asm_rv32.prove.question import Twin

    if not _defines(module, name):
        raise CommandError(f"{module.source.path} has no Python function {name}", USAGE, "call")
    return Twin(name, module.source.text, settings_of(arguments, image).stack)
