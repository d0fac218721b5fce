"""Run an Image under unicorn: bounded, checked, and on copies of the caller's memory.

Input: an Image and Python arguments. Output: the `Outcome` of the call, or `ExecutionError`.
Invariant: the caller's buffers change after a call that returned, and at no other time.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Self

from asm_rv32.image import Image
from asm_rv32.machine.calling import Arguments, check_count, result_of
from asm_rv32.machine.errors import ExecutionError, Fault
from asm_rv32.machine.hart import Machine
from asm_rv32.machine.memory import CODE_LIMIT, STOP, Region
from asm_rv32.machine.settings import DEFAULT_SETTINGS, Settings
from asm_rv32.operands import ABI_NAMES

MACHINES_KEPT = 4


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

    Public for pricing: hooks may be added to `uc` between `prepare` and `run`; they are the
    caller's to remove. No buffer of the Python caller changes before `write_back`.
    """

    def __init__(
        self, machine: Machine, image: Image, values: Sequence[object], settings: Settings
    ) -> None:
        self.image = image
        self.machine = machine
        self.arguments = Arguments(values, image.parameters)
        self.before = self.arguments.contents()
        machine.lay_out(image, settings, self.arguments.regions, self.arguments.words)

    @property
    def uc(self) -> Any:
        return self.machine.uc

    @property
    def code_address(self) -> int:
        """Where the code starts, which is where it is entered."""
        return self.machine.base

    @property
    def stop_address(self) -> int:
        """The return address: the run ends when the pc gets here."""
        return STOP

    @property
    def regions(self) -> tuple[Region, ...]:
        """The memory that the arguments point into."""
        return self.arguments.regions

    def run(self, code: bytes | None = None) -> Outcome:
        """Run from the start to the return; `code` is the image's, with data that calls left.

        Raises ExecutionError.
        """
        machine, image = self.machine, self.image
        machine.start(self.arguments.words, self.before, image.code if code is None else code)
        machine.run()
        return self._outcome()

    def _outcome(self) -> Outcome:
        machine, uc = self.machine, self.machine.uc
        word = machine.registers[10]
        contents = tuple(
            bytes(uc.mem_read(region.address, region.size)) if region.writable else before
            for region, before in zip(self.regions, self.before)
        )
        changed = tuple(at for at, now in enumerate(contents) if now != self.before[at])
        try:
            result = result_of(word, self.image.returns, self.arguments)
        except KeyError:
            message = f"the result is to be an object, and {word:#010x} is none"
            registers = {name: machine.registers[at] for at, name in enumerate(ABI_NAMES)}
            fault = Fault("not-an-object", message, None)
            raise ExecutionError(fault, self.image, registers) from None
        return Outcome(result, word, contents, changed, machine.code_now())

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


_free_machines: list[Machine] = []


def prepare(image: Image, values: Sequence[object], settings: Settings = DEFAULT_SETTINGS) -> Call:
    """A call on a machine of its own, for hooks of one's own; close it, or use it in a `with`.

    Raises TypeError where the number of arguments does not match, ValueError for a setting.
    """
    return _prepare(Machine(observed=True), image, values, settings)


def run(
    image: Image,
    values: Sequence[object],
    settings: Settings = DEFAULT_SETTINGS,
    *,
    code: bytes | None = None,
) -> Outcome:
    """Call an image and write the caller's buffers back. Raises ExecutionError, TypeError."""
    # A machine costs ten calls to make. One that failed is not used again.
    machine = _free_machines.pop() if _free_machines else Machine()
    with _prepare(machine, image, values, settings) as call:
        outcome = call.run(code)
        call.write_back(outcome)
    if len(_free_machines) < MACHINES_KEPT:
        _free_machines.append(machine)
    return outcome


def _prepare(machine: Machine, image: Image, values: Sequence[object], settings: Settings) -> Call:
    check_count(image.qualified_name, image.parameters, len(values))
    settings.check()
    if len(image.code) > CODE_LIMIT:
        raise ValueError(f"{len(image.code)} bytes of code; {CODE_LIMIT} can be run")
    return Call(machine, image, values, settings)
