"""Several harts on shared memory, interleaved as one likes, so that a race shows and comes again.

Input: for each hart the calls that it makes, one after the other. Output: `Interleaving`s: what the
calls gave and left in memory, and the choices that lead there again.
Invariants: one instruction is executed at a time, and sees all that those before it did: this is
sequential consistency, which a hart in order has with memory that answers in order, as both Hazard3
of an RP2350; that a `fence` is missing never shows. The caller's buffers do not change.

A buffer that stands in calls of several harts is shared, at one address; a hart's stack is its own,
and so is what a program holds, which is as it was assembled at the start of each call. Another hart
can come in between ahead of each instruction that accesses memory; what lies between two of these
touches nothing that others see.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from random import Random

from asm_rv32.basis.records import Any, NamedTuple
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ReservedMode
from asm_rv32.machine.calling import Arguments, check_count, result_of, with_floats
from asm_rv32.machine.emulator import at_calls
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import GAP
from asm_rv32.machine.own import OwnEngine
from asm_rv32.machine.own_state import Returned, Stopped
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.translation import Site

A0 = 10
MAX_INSTRUCTIONS = 100_000
"""Of one call, by default."""


class Interleaving(NamedTuple):
    """One order in which the harts went on."""

    choices: tuple[int, ...]
    """The hart of each turn: with `Harts.run(choices=…)` the same happens again."""
    results: tuple[tuple[object, ...], ...]
    """Of each hart, of the calls that returned."""
    memory: Callable[[object], bytes]
    """From a buffer that stands in a call to what it holds in the end. Raises KeyError."""
    stuck: tuple[int, ...]
    """Harts that wait for what nobody stores any more."""
    error: ExecutionError | None
    """What ended it, where a call failed."""


class Harts:
    """The calls of several harts, to be interleaved as often as one likes."""

    def __init__(
        self, calls: Sequence[Sequence[Sequence[Any]]], *, max_instructions: int = MAX_INSTRUCTIONS
    ) -> None:
        """`calls`: for each hart its calls, each a function, or its Image, and its arguments.

        `max_instructions` of a call. Raises TypeError for a wrong number of arguments, ValueError.
        """
        settings = Settings(max_instructions=max_instructions, sanitize=False)
        settings.check()
        images: dict[int, Image] = {}
        wanted = [
            [(_image(function, settings, images), values) for function, *values in hart]
            for hart in calls
        ]
        self._values: list[object] = []
        for image, values in (each for hart in wanted for each in hart):
            check_count(image.qualified_name, image.parameters, len(values))
            self._values += with_floats(values, image.parameters, image.floats)
        self._arguments = Arguments(self._values, layout=settings.layout)
        self._contents = self._arguments.contents()
        self._shared = _Shared(self._arguments)
        words = iter(self._arguments.words)
        self._harts = [
            _Hart(number, [_Call(image, [next(words) for _ in values]) for image, values in hart],
                  settings, self._shared)
            for number, hart in enumerate(wanted)
        ]  # fmt: skip
        self._arguments.release()

    def run(self, *, seed: int = 0, choices: Sequence[int] | None = None) -> Interleaving:
        """Interleave at random, from a seed; or as `choices` say, and behind their end with as few
        changes as there can be. A choice that cannot be made counts as none."""
        if choices is None:
            random = Random(seed)
            return self._interleave(lambda current, able: random.choice(able))
        following = iter(choices)

        def chosen(current: int, able: list[int]) -> int:
            found = next(following, current)
            return found if found in able else able[0]

        return self._interleave(chosen)

    def every(self, *, preemptions: int = 2) -> Iterator[Interleaving]:
        """Every interleaving in which harts that could go on are interrupted at most so often
        altogether. With more than two or three these are many."""
        trail: list[_Turn] = []
        while True:
            bounded = _Bounded(trail, preemptions)
            yield self._interleave(bounded.choose)
            trail = bounded.trail
            while trail and trail[-1].at + 1 == len(trail[-1].options):
                trail.pop()
            if not trail:
                return
            trail[-1].at += 1

    def _interleave(self, choose: Callable[[int, list[int]], int]) -> Interleaving:
        self._shared.start(self._contents)
        choices: list[int] = []
        error, current = None, -1
        try:
            for hart in self._harts:
                hart.start()
            while able := [hart.number for hart in self._harts if hart.can_go_on]:
                current = choose(current, able)
                choices.append(current)
                self._harts[current].turn()
        except ExecutionError as found:
            error = found
        stuck = () if error else tuple(each.number for each in self._harts if not each.is_done)
        memory = {at: bytes(data) for at, data in self._shared.data.items()}
        results = tuple(tuple(hart.results) for hart in self._harts)
        return Interleaving(tuple(choices), results, self._reader(memory), stuck, error)

    def _reader(self, memory: dict[int, bytes]) -> Callable[[object], bytes]:
        def read(value: object) -> bytes:
            at = next((at for at, each in enumerate(self._values) if each is value), None)
            if at is None:
                raise KeyError("no call has this buffer")
            word = self._arguments.words[at]
            size = memoryview(value).nbytes  # type: ignore[arg-type]
            first = max((each for each in memory if each <= word), default=word)
            return memory[first][word - first :][:size]

        return read


class _Call(NamedTuple):
    """A call with its arguments as words."""

    image: Image
    words: list[int]


def _image(function: Any, settings: Settings, found: dict[int, Image]) -> Image:
    """The function as harts execute it, one object of each."""
    image = getattr(function, "image", function)
    if not isinstance(image, Image):
        raise TypeError(f"a hart calls assembler functions, got a {type(function).__name__}")
    if id(image) not in found:
        found[id(image)] = at_calls(image, settings)
    return found[id(image)]


class _Turn:
    """A choice among harts that could go on."""

    __slots__ = ("at", "options")

    def __init__(self, options: list[int]) -> None:
        self.options = options
        self.at = 0


class _Bounded:
    """Chooses as a trail says, and behind its end the first of what is allowed."""

    def __init__(self, trail: list[_Turn], preemptions: int) -> None:
        self.trail, self._left, self._at = trail, preemptions, 0

    def choose(self, current: int, able: list[int]) -> int:
        if self._at == len(self.trail):
            others = [each for each in able if each != current]
            if current in able:
                others = [current, *(others if self._left else ())]
            self.trail.append(_Turn(others))
        turn = self.trail[self._at]
        self._at += 1
        found = turn.options[turn.at]
        self._left -= current in able and found != current
        return found


class _Shared:
    """The memory that all harts see, and the reservations on it."""

    def __init__(self, arguments: Arguments) -> None:
        self.arguments = arguments
        self.data = {region.address: bytearray(region.size) for region in arguments.regions}
        """The first address of a region → its bytes."""
        self.engines: list[_HartEngine] = []
        self.stores = 0
        """So many there were."""

    def start(self, contents: Sequence[bytes]) -> None:
        """Put what the buffers hold at first in place."""
        for data, content in zip(self.data.values(), contents):
            data[:] = content
        self.stores = 0

    def stored(self, by: _HartEngine, address: int, size: int) -> None:
        """A hart stores: what another has reserved of it is reserved no more (Unprivileged ISA,
        13.2)."""
        self.stores += 1
        for engine in self.engines:
            held = engine.reserved
            if engine is not by and held is not None and held[0] - size < address < held[0] + 4:
                engine.reserved = None


class _HartEngine(OwnEngine):
    """Our own engine on memory that others change, too."""

    def __init__(self, image: Image, settings: Settings, shared: _Shared, number: int) -> None:
        """`number`: of the hart, whose stack is apart from those of others."""
        super().__init__()
        self._shared = shared
        self._looking: dict[int, bool] = {}
        shared.engines.append(self)
        self.lay_out(image, settings, shared.arguments.regions)
        stack = self.judge.stack
        self.judge.stack = stack._replace(address=stack.address + number * (stack.size + GAP))
        self.provide_memory()

    def provide_memory(self) -> bool:
        changed = super().provide_memory()
        for region in self.judge.buffers:
            if self._shared.data.get(region.address) is not self.data[region.address]:
                self.data[region.address] = self._shared.data[region.address]
                changed = True
        return changed

    def store(self, site: Site, address: int, value: int) -> None:
        super().store(site, address, value)
        self._shared.stored(self, address, site.size)

    def _remember(self, number: int, site: Site, address: int) -> None:
        if not (site.is_store or site.stores_too):  # every store is told to the others
            super()._remember(number, site, address)

    def begin(self, words: Sequence[int]) -> int:
        """Put a call in place; where it starts."""
        contents = [bytes(self.data[region.address]) for region in self.judge.buffers]
        self.start(words, contents, self.judge.image.code)
        return self.judge.entry

    def looks_out(self, pc: int) -> bool:
        """Whether the instruction at an address does what others may see, or sees what they do."""
        if pc not in self._looking:
            found = self.fetch(pc)
            self._looking[pc] = found is None or bool(
                found.effects.accesses or found.effects.outside
            )
        return self._looking[pc]

    def failed(self, stopped: Stopped | None) -> ExecutionError:
        """The fault that ended a call; None: it rounds by a mode that is reserved."""
        fault = self._reserved_mode() if stopped is None else stopped.fault
        return self.judge.error(fault, self.registers)


class _Hart:
    """The calls of one hart, and how far it is."""

    def __init__(
        self, number: int, calls: Sequence[_Call], settings: Settings, shared: _Shared
    ) -> None:
        self.number = number
        self._calls, self._settings, self._shared = calls, settings, shared
        self._engines: dict[int, _HartEngine] = {}
        self.results: list[object] = []

    @property
    def is_done(self) -> bool:
        """Whether all of its calls have returned."""
        return len(self.results) == len(self._calls)

    @property
    def can_go_on(self) -> bool:
        """Whether it is not done, and does not wait for another to store something."""
        return not self.is_done and self._waiting != self._shared.stores

    def start(self) -> None:
        """Go to the first instruction that looks out."""
        self.results = []
        self._waiting, self._seen_at = -1, -1
        self._seen: dict[int, tuple[int, ...]] = {}
        self._call()
        self._advance()

    def turn(self) -> None:
        """Execute the instruction that looks out, and on to the next one."""
        self._step()
        self._advance()
        if not self.is_done:
            self._notice_waiting()

    def _call(self) -> None:
        if self.is_done:
            return
        image, words = self._calls[len(self.results)]
        engine = self._engines.get(id(image))
        if engine is None:
            engine = _HartEngine(image, self._settings, self._shared, self.number)
            self._engines[id(image)] = engine
        self._engine = engine
        self._pc = engine.begin(words)

    def _step(self) -> None:
        engine = self._engine
        try:
            self._pc = engine.stretch(self._pc, 1)
            engine.arrive(self._pc)
        except Returned:
            word, kind = engine.registers[A0], engine.judge.image.returns
            self.results.append(result_of(word, kind, self._shared.arguments))
            self._call()
        except Stopped as stopped:
            raise engine.failed(stopped) from None
        except ReservedMode:
            raise engine.failed(None) from None

    def _advance(self) -> None:
        while not self.is_done and not self._engine.looks_out(self._pc):
            self._step()

    def _notice_waiting(self) -> None:
        """A hart waits that is where it was, with the registers that it had, and nobody has stored
        anything since."""
        stores = self._shared.stores
        if self._seen_at != stores:
            self._seen_at, self._seen = stores, {self._pc: ()}
            return
        before = self._seen.get(self._pc)
        if before is None:
            self._seen[self._pc] = ()
            return
        now = tuple(self._engine.registers[number] for number in range(32))
        if before == now:
            self._waiting = stores
        self._seen[self._pc] = now
