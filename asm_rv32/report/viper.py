"""A `@micropython.viper` function as an alternative: mpy-cross's machine code, run on the host.

Input: a function of the file. Output: a `Variant`.
Invariants: only the viper code is priced; what it calls of MicroPython's runtime is done by
stand-ins in Python, counted and named. A runtime function that has none is an error.

Sources: MicroPython 1.29, py/nativeglue.h (the table), py/objfun.c (the call), py/emitnative.c.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence

from asm_rv32.assembler.pipeline import Module
from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.board.bytecode import functions as functions_of
from asm_rv32.formats.board.merge import cross_compile, stub_source
from asm_rv32.formats.board.module import machine_function
from asm_rv32.formats.board.mpy import Constant, MpyError, RawCode, read
from asm_rv32.isa.decode import decode_all
from asm_rv32.isa.image import Entry, Image
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import tables
from asm_rv32.machine.calling import WORD, signed
from asm_rv32.machine.memory import CODE, OBJECTS
from asm_rv32.machine.settings import Semantics
from asm_rv32.report.pricing import Measured, measure
from asm_rv32.report.variants import Conditions, Variant, VariantError

if TYPE_CHECKING:
    from asm_rv32.machine.state import Memory, Registers
    from asm_rv32.timing.price import Priced

ISA = "rv32imc"
RUNTIME: Sequence[str] = tables()["micropython"]["runtime"]["functions"].split()
"""The entries of mp_fun_table that compiled functions use, in order; the first three are data."""
CONSTANTS = 3
NONE = OBJECTS - 2
"""Stands for the object None: a word that no computation and no argument has by chance."""
FALSE, TRUE = 0, 1
"""The objects False and True, as the native values that they are converted to."""
JUMP_OVER = 0x0040_006F
"""jal zero, 4: stands where the call enters; its place is taken by what lays out arguments."""
RETURN = b"\x82\x80"
A0, RA = 10, 1


class _Flat(NamedTuple):
    """Viper code with a stand-in for everything that it reaches."""

    image: Image
    semantics: dict[int, Semantics]
    priced: range


class _Calls(Counter[str]):
    """Runtime function → how often it was called."""


class ViperVariant(Variant):
    """Viper code; laid out again for each placement."""

    def __init__(
        self, name: str, title: str, raw: RawCode, constants: Sequence[Constant], ours: Image,
        at: Span,
    ) -> None:  # fmt: skip
        self._made = raw, constants, ours, at
        self._calls = _Calls()
        self._flat = _flat(*self._made, CODE, self._calls)
        super().__init__(name, title, self._flat.image)

    def measure(self, values: Sequence[object], placement: int, given: Conditions) -> Measured:
        """Run the call twice, as `pricing.measure` does, with the runtime's stand-ins."""
        self._flat = flat = _flat(*self._made, CODE + placement, self._calls)
        settings = given.settings._replace(semantics=flat.semantics)
        self._calls.clear()
        found = measure(
            flat.image, values, given.cores,
            placement=placement, wait_states=given.wait_states, settings=settings,
            priced=flat.priced,
        )  # fmt: skip
        # It ran once for the result and once for the price.
        self.runtime_calls = {name: n // 2 for name, n in self._calls.items()}
        self.has_result = found.word != NONE
        start = flat.priced.start
        entries = tuple(
            entry._replace(address=entry.address - start)
            for entry in flat.image.entries
            if entry.address in flat.priced
        )
        code = flat.image.code[start : flat.priced.stop]
        prices = [
            price._replace(cold=_from(price.cold, start), warm=_from(price.warm, start))
            for price in found.prices
        ]
        image = flat.image._replace(code=code, entries=entries, symbols={})
        return found._replace(image=image, prices=tuple(prices))


def viper_variant(name: str, ours: Image, module: Module, function: str) -> Variant:
    """The viper function of that name. Raises VariantError, ToolMissing."""
    source = module.source.text
    machine = [machine_function(image) for image in module.functions.values()]
    try:
        mpy = read(cross_compile(stub_source(source, machine), module.source.path))
        known = {found.name: found.raw for found in functions_of(mpy)}
    except MpyError as error:
        raise VariantError(f"{name}: {error}") from None
    raw = known.get(function)
    if raw is None or raw.kind != "viper":
        vipers = ", ".join(found for found, raw in known.items() if raw.kind == "viper") or "none"
        raise VariantError(
            f"{name}: {module.source.path} has no function {function} with @micropython.viper; "
            f"it has: {vipers}"
        )
    title = f"{function} of the same file, as mpy-cross compiles viper code"
    at = _place(module.source, function)
    return ViperVariant(name, title, raw, mpy.constants, ours, at)


def _place(source: Source, function: str) -> Span:
    """The line of the function's def: viper code says nothing of its lines."""
    found = re.search(rf"^[ \t]*(def[ \t]+{re.escape(function)}\b)", source.text, re.MULTILINE)
    return Span(found.start(1), found.end(1)) if found else Span(0, 0)


def _from(price: Priced, start: int) -> Priced:
    return price._replace(by_pc={pc - start: cost for pc, cost in price.by_pc.items()})


def _flat(
    raw: RawCode,
    constants: Sequence[Constant],
    ours: Image,
    at: Span,
    base: int,
    calls: _Calls,
) -> _Flat:
    """Entry, viper code, a return for each runtime function, and the data between them."""
    code = bytearray(JUMP_OVER.to_bytes(4, "little"))
    priced = range(len(code), len(code) + len(raw.code))
    code += raw.code
    code += bytes(len(code) % 2)
    runtime = len(code)
    code += RETURN * len(RUNTIME)
    code += bytes(-(base + len(code)) % 4)
    data = len(code)

    def put(*words: int) -> int:
        """Append words; the address of the first."""
        address = base + len(code)
        for word in words:
            code.extend((word & WORD).to_bytes(4, "little"))
        return address

    entries = [base + runtime + 2 * number for number in range(len(RUNTIME))]
    table = put(NONE, FALSE, TRUE, *entries[CONSTANTS:])
    objects = []
    for constant in constants:
        objects.append(table if constant.kind == "fun_table" else _object(constant, code, base))
    # mp_module_context_t: type, globals, table of strings, table of objects.
    context = put(0, 0, put(0), put(*objects))
    # mp_obj_fun_bc_t: type, context, children, code.
    function = put(0, context, 0, 0)
    arguments = put(*[0] * max(1, len(ours.parameters)))

    semantics: dict[int, Semantics] = {
        0: _entering(len(ours.parameters), function, arguments, base + priced.start)
    }
    for number, called in enumerate(RUNTIME[CONSTANTS:], CONSTANTS):
        semantics[runtime + 2 * number] = _stand_in(called, calls)
    spans = _entries(bytes(code), at, (priced.stop, runtime, data))
    image = Image(
        ours.name, ours.name, bytes(code), tuple(spans), {}, ours.parameters,
        tuple(range(A0, A0 + len(ours.parameters))), ours.returns, ISA, at, ours.source,
    )  # fmt: skip
    return _Flat(image, semantics, priced)


def _entering(count: int, function: int, arguments: int, start: int) -> Semantics:
    """What lays out so many arguments as words at an address, and calls an object of a function
    whose code starts at another."""

    def enter(registers: Registers, memory: Memory) -> int:
        for number in range(count):
            memory.store(arguments + 4 * number, 4, registers[A0 + number])
        for register, word in enumerate((function, count, 0, arguments), A0):
            registers[register] = word
        return start

    return enter


def _entries(code: bytes, at: Span, places: tuple[int, int, int]) -> list[Entry]:
    """Instructions and data, in order; `places`: the offsets at which viper's code ends, and
    those of the runtime's functions and of the data."""
    stop, runtime, data = places
    returned = runtime + len(RETURN) * len(RUNTIME)
    found = [
        Entry(each.address + start, each.size, at, each.instruction is not None)
        for start, end in ((0, stop), (runtime, returned))
        for each in decode_all(code[start:end], instruction_set(ISA))
    ]
    gaps = [(stop, runtime), (returned, data), (data, len(code))]
    found += [Entry(start, end - start, at, False) for start, end in gaps if end > start]
    return sorted(found)


def _object(constant: Constant, code: bytearray, base: int) -> int:
    """The word that stands for a constant: an int itself, the address of bytes."""
    if constant.kind == "int":
        return int(constant.data)
    if constant.kind in ("str", "bytes"):
        address = base + len(code)
        code += constant.data + bytes(4 - len(constant.data) % 4)
        return address
    return {"False": FALSE, "True": TRUE}.get(constant.kind, NONE)


def _stand_in(name: str, calls: _Calls) -> Semantics:
    act = STAND_INS.get(name)

    def called(registers: Registers, memory: Memory) -> int:
        calls[name] += 1
        if act is None:
            raise VariantError(f"viper: the code calls {name} of the runtime; it has no stand-in")
        registers[A0] = act(signed(registers[A0]), signed(registers[A0 + 1]))
        return registers[RA]

    return called


def _floor_divide(dividend: int, divisor: int) -> int:
    if divisor == 0:
        raise VariantError("viper: the code divides by zero")
    return dividend // divisor


def _modulo(dividend: int, divisor: int) -> int:
    if divisor == 0:
        raise VariantError("viper: the code divides by zero")
    return dividend % divisor


STAND_INS: Mapping[str, Callable[[int, int], int]] = {
    # An argument and a constant are passed as the word that they are converted to.
    "native_from_obj": lambda value, kind: value,
    "native_to_obj": lambda value, kind: value,
    "small_int_floor_divide": _floor_divide,
    "small_int_modulo": _modulo,
}
