"""Run an Image on an engine: bounded, checked, and on copies of the caller's memory.

Input: an Image and Python arguments. Output: the `Outcome` of the call, or `ExecutionError`.
Invariant: the caller's buffers change after a call that returned, and at no other time.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from asm_rv32.analysis.flow import meaning
from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple, Self
from asm_rv32.basis.run_options import PYTHON
from asm_rv32.isa.image import Image
from asm_rv32.isa.sets import instruction_set
from asm_rv32.machine import engines
from asm_rv32.machine.calling import Arguments, check_count, result_of, with_floats
from asm_rv32.machine.engines import engine_for, make, sort_of
from asm_rv32.machine.errors import ExecutionError, Fault
from asm_rv32.machine.memory import CODE_LIMIT, Region
from asm_rv32.machine.settings import CSR_READS, DEFAULT_SETTINGS, Settings

if TYPE_CHECKING:
    from asm_rv32.machine.engine import Engine

SHORT = 20_000
"""Instructions: ours takes 2 ms for them, and unicorn is loaded in 40 or more."""
ENGINES_KEPT = 4
"""Of each sort, with what was laid out on them."""
CORES_KEPT = 64
"""Of so many programs it is remembered whether they touch registers of their core."""


class Held(NamedTuple):
    """What a program holds as a call begins, at the addresses of that call."""

    code: bytes
    """Its bytes, with what calls before left in its data."""
    addresses: Mapping[int, int] = {}
    """`id` of a function or of data that stands in it → its address."""


def code_address(settings: Settings) -> int:
    """Where the code of calls starts."""
    return settings.layout.code + settings.placement


def at_calls(image: Image, settings: Settings) -> Image:
    """The program where calls run it. Raises ExecutionError where it needs another object."""
    if not image.relocations:
        return image
    from asm_rv32.isa.placing import OpenSymbol, placed  # most stand wherever they are put

    try:
        return placed(image, code_address(settings))
    except OpenSymbol as error:
        message = f"{error} is in another object, and cannot be called or read here"
        raise ExecutionError(Fault("extern", message, None), image, {}) from None


class Outcome(NamedTuple):
    """What a call that returned left behind."""

    result: object
    word: int
    """a0, unsigned."""
    contents: tuple[bytes, ...]
    """The bytes of each of the call's regions, in the order of `Call.regions`."""
    changed: tuple[int, ...]
    """Indices of the regions that are not as they were."""
    code: bytes
    """The code with whatever the call stored into its data."""


class Call:
    """One call of an image, ready to run as often as wanted, each time from the same state.

    Public for pricing: on unicorn, hooks may be added to `uc` between `prepare` and `run`; they
    are the caller's to remove. No buffer of the Python caller changes before `write_back`.
    """

    def __init__(
        self, machine: Engine, image: Image, values: Sequence[object], settings: Settings,
        held: Held | None = None,
    ) -> None:  # fmt: skip
        self.image = image
        self.machine = machine
        self.held = held or Held(image.code)
        given = with_floats(values, image.parameters, image.floats)
        self.arguments = Arguments(given, image.parameters, self.held.addresses, settings.layout)
        self.before = self.arguments.contents()
        machine.lay_out(image, settings, self.arguments.regions, self.arguments.words)

    @property
    def uc(self) -> Any:
        """The unicorn machine."""
        machine: Any = self.machine
        return machine.uc

    @property
    def code_address(self) -> int:
        """Where the code starts."""
        return self.machine.judge.base

    @property
    def entry_address(self) -> int:
        """Where it is entered."""
        return self.machine.judge.entry

    @property
    def stop_address(self) -> int:
        """The return address: the run ends when the pc gets here."""
        return self.machine.judge.stop

    @property
    def regions(self) -> tuple[Region, ...]:
        """The memory that the arguments point into."""
        return self.arguments.regions

    def start(self) -> None:
        """Put the state at the start of the call in place."""
        self.machine.start(self.arguments.words, self.before, self.held.code)

    def run(self) -> Outcome:
        """Run from the start to the return. Raises ExecutionError."""
        machine = self.machine
        self.start()
        machine.run()
        return self._outcome()

    def _outcome(self) -> Outcome:
        machine = self.machine
        word = machine.registers[10]
        contents = tuple(
            machine.read(region) if region.writable else before
            for region, before in zip(self.regions, self.before)
        )
        changed = tuple(at for at, now in enumerate(contents) if now != self.before[at])
        try:
            result = result_of(word, self.image.returns, self.arguments)
        except KeyError:
            message = f"the result is to be an object, and {word:#010x} is none"
            fault = Fault("not-an-object", message, None)
            raise machine.judge.error(fault, machine.registers) from None
        code = machine.read(machine.judge.code) if machine.judge.code.writable else self.image.code
        return Outcome(result, word, contents, changed, code)

    def write_back(self, outcome: Outcome) -> None:
        """Let the caller's buffers have what the run left in them."""
        if outcome.changed:
            self.arguments.write_back(outcome.contents)

    def close(self) -> None:
        """Let go of the caller's buffers."""
        self.arguments.release()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exception: object) -> None:
        self.close()


_free: dict[tuple[str, bool], list[Engine]] = {}


def prepare(
    image: Image,
    values: Sequence[object],
    settings: Settings = DEFAULT_SETTINGS,
    held: Held | None = None,
) -> Call:
    """A call on an engine of its own, for hooks of one's own; close it, or use it in a `with`.

    Raises TypeError where the number of arguments does not match, ValueError for a setting.
    """
    machine = make(_engine_for(image, settings), image.isa, observed=True)
    return prepare_on(machine, image, values, settings, held)


def run(
    image: Image,
    values: Sequence[object],
    settings: Settings = DEFAULT_SETTINGS,
    held: Held | None = None,
) -> Outcome:
    """Call an image and write the caller's buffers back. Raises ExecutionError, TypeError.

    `held`: what it holds at the start, where that is not what it was assembled to.
    """
    return _run_on(_engine_for(image, settings), image, values, settings, held)


def run_alone(image: Image, values: Sequence[object], settings: Settings) -> Outcome:
    """As `run`, for one of few calls in a process: if it is short, and asks for no engine, it is
    over on our own before unicorn would be loaded."""
    if (settings.engine or engines.PREFERRED) is None:
        short = settings._replace(max_instructions=min(settings.max_instructions, SHORT))
        try:
            return _run_on(PYTHON, image, values, short, None)
        except ExecutionError as error:
            if error.code != "instruction-limit":
                raise  # it is as unicorn would have it, and nothing has changed
    return run(image, values, settings)


def _run_on(
    name: str, image: Image, values: Sequence[object], settings: Settings, held: Held | None
) -> Outcome:
    """As `run`, on an engine of that name."""
    # An engine costs ten calls to make. One that failed is not used again.
    free = _free.setdefault(sort_of(name, image.isa), [])
    machine = _taken(free, image) or make(name, image.isa)
    with prepare_on(machine, image, values, settings, held) as call:
        outcome = call.run()
        call.write_back(outcome)
    if len(free) < ENGINES_KEPT:
        free.append(machine)
    return outcome


class Touched(NamedTuple):
    """What the control and status registers that code touches are on a core."""

    own: bool
    """One is another there than in unicorn's machine, or only one of the two has it."""
    cycles: bool
    """One counts cycles."""


_touched: dict[tuple[str, str, bytes], Touched] = {}


def _engine_for(image: Image, settings: Settings) -> str:
    """The engine of a call: ours, where it is a matter of the chosen core's registers, or of an
    interrupt's."""
    name = engine_for(image, settings.engine)
    if image.handler:
        return PYTHON  # to what it returns, unicorn's machine is not told
    if settings.core is None or name == PYTHON:
        return name
    return PYTHON if touched_registers(settings.core, image).own else name


def is_clocked(image: Image, settings: Settings) -> bool:
    """Whether calls run beside a clock (`timing.clocked`): they find devices, or the code reads how
    many cycles have gone by on the core."""
    if settings.bus is not None:
        return True
    return settings.core is not None and touched_registers(settings.core, image).cycles


def touched_registers(core: str, image: Image) -> Touched:
    """What the control and status registers that the code touches are on a core."""
    key = core, image.isa, image.code
    if key not in _touched:
        if len(_touched) >= CORES_KEPT:
            _touched.clear()
        _touched[key] = _touches(image, core)
    return _touched[key]


def _touches(image: Image, core: str) -> Touched:
    instructions, registers = instruction_set(image.isa), None
    found_own = found_cycles = False
    for address, size, _, is_code in image.entries:
        word = int.from_bytes(image.code[address : address + size], "little")
        found = meaning(word, instructions) if is_code else None
        for each in found.effects.outside if found else ():
            if each.name in CSR_READS:
                from asm_rv32.machine.csr import ControlRegisters  # few functions have such

                registers = registers or ControlRegisters(core)
                number: int = each.operands[0].value  # type: ignore[union-attr]
                found_own |= registers.is_own(number)
                found_cycles |= registers.counts_cycles(number)
    return Touched(found_own, found_cycles)


def _taken(free: list[Engine], image: Image) -> Engine | None:
    """An engine on which the image is laid out already, else the one longest not used."""
    at = next((at for at, each in enumerate(free) if each.judge.image is image), 0)
    try:
        return free.pop(at)
    except IndexError:  # there is none, or another thread took it
        return None


def prepare_on(
    machine: Engine, image: Image, values: Sequence[object], settings: Settings, held: Held | None
) -> Call:
    """As `prepare`, on an engine that is given."""
    check_count(image.qualified_name, image.parameters, len(values))
    settings.check()
    if len(image.code) > CODE_LIMIT:
        raise ValueError(f"{len(image.code)} bytes of code; {CODE_LIMIT} can be run")
    image = at_calls(image, settings)
    return Call(machine, image, values, settings, held)
