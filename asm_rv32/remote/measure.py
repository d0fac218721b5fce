"""Cycles of calls on a board, by its core's counter, beside the model's.

Input: calls that the PC made. Output: the counts of each repetition, less what counting takes, and
what the model says of the same.
Invariant: what is measured and what is priced are both what a call takes beyond the call of a
function that only returns.

Where no counter is known, calls are repeated until the firmware's clock of microseconds can tell
how long they take, less as many calls of a function that only returns.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from typing import Any, NamedTuple

from asm_rv32.boards import load_board
from asm_rv32.formats.board.module import MachineFunction, machine_function
from asm_rv32.isa.image import Image
from asm_rv32.remote.calls import Asked, Compared, Loaded, Side, compare
from asm_rv32.remote.counter import BUFFERS, COPIES, COUNTS, Counter, around, returning
from asm_rv32.remote.script import Arguments, Buffer
from asm_rv32.remote.session import REFUSED, BoardError, Firmware, Session

CLOCK_MICROSECONDS = 20_000
"""Calls are repeated until they take so long, where there is no counter."""
REPETITIONS_LIMIT = 1 << 20
ROUNDS = 5
_AGENT = f"""\
def word(value, kept):
    if isinstance(value, (list, tuple)):
        value = array("I", [word(each, kept) for each in value])
        kept.append(value)
    if isinstance(value, (array, bytearray, bytes, str)):
        return address(value)
    return int(value or 0) & 0xffffffff

def frame_of(given, buffers):
    kept = []
    words = [word(each, kept) for each in given]
    words += [0] * ({COPIES} - len(words)) + [len(buffers)] + [0] * ({BUFFERS} - {COPIES} - 1)
    for value, size in buffers:
        kept.append(bytes(seen(value, size)))
        words += [address(value), address(kept[-1]), size]
    return array("I", words), kept

def count(function, frame, times):
    for _ in range(times):
        function(frame)
        print(frame[{COUNTS}], frame[{COUNTS + 1}])

def clock(function, nothing, given):
    import time
    def taken(function, times):
        start = time.ticks_us()
        for _ in range(times):
            function(*given)
        return time.ticks_diff(time.ticks_us(), start)
    times = 1
    while taken(function, times) < {CLOCK_MICROSECONDS} and times < {REPETITIONS_LIMIT}:
        times *= 2
    print([times] + [[taken(each, times) for _ in range({ROUNDS})] for each in (function, nothing)])
"""


class Conditions(NamedTuple):
    """How calls are measured."""

    board: str | None
    """One of `asmrv32 board list`, whose clock is meant."""
    core: str | None
    """Whose counter is read, and whose costs are the model's."""
    counter: Counter | None
    repetitions: int

    @property
    def clock(self) -> int | None:
        """Of the processor, in Hz."""
        return None if self.board is None else load_board(self.board).clock


class Counts(NamedTuple):
    """Cycles of the first call and of the second that follows at once, or what a model says."""

    cold: int
    warm: int


def least(counts: Sequence[Counts]) -> Counts:
    """Of some the least."""
    return Counts(min(each.cold for each in counts), min(each.warm for each in counts))


class Timed(NamedTuple):
    """What the clock of microseconds says."""

    repetitions: int
    microseconds: tuple[int, ...]
    """Of so many calls, each round."""
    nothing: tuple[int, ...]
    """Of as many calls of a function that only returns."""

    @property
    def nanoseconds(self) -> float:
        """Of one call beyond one of a function that only returns; the least of all rounds."""
        return (min(self.microseconds) - min(self.nothing)) * 1000 / self.repetitions

    @property
    def within(self) -> float:
        """How far off that can be: what the clock can tell apart, and what rounds differ by."""
        spread = sum(sorted(each)[len(each) // 2] - min(each)
                     for each in (self.microseconds, self.nothing))  # fmt: skip
        return (2 + spread) * 1000 / self.repetitions


class Measured(NamedTuple):
    """A call on the board, and the model's word on it."""

    compared: Compared
    counts: tuple[Counts, ...]
    """Of each repetition, less what counting takes; empty without a counter."""
    overhead: Counts | None
    """What counting takes by itself."""
    timed: Timed | None
    model: Counts | None
    """None where no costs are known of the core."""

    @property
    def best(self) -> Counts | None:
        """The least of all repetitions: an interrupt only adds."""
        return least(self.counts) if self.counts else None

    @property
    def worst(self) -> Counts | None:
        """The most."""
        if not self.counts:
            return None
        return Counts(
            max(each.cold for each in self.counts), max(each.warm for each in self.counts)
        )


def model(asked: Asked, core: str) -> Counts:
    """What a core's costs say of a call beyond one that only returns. Raises TimingError."""
    ours, nothing = (
        _priced(image, values, asked, core)
        for image, values in ((asked.image, asked.values()), (returning(), ()))
    )
    return Counts(ours.cold - nothing.cold, ours.warm - nothing.warm)


def _priced(image: Image, values: Sequence[Any], asked: Asked, core: str) -> Counts:
    from asm_rv32.report.pricing import measure

    price = measure(image, values, [core], settings=asked.settings).prices[0]
    return Counts(price.cold.cycles, price.warm.cycles)


def measured(
    session: Session, firmware: Firmware,
    calls: Sequence[tuple[Asked, Side, Counts | None]], conditions: Conditions,
) -> Iterator[Measured]:  # fmt: skip
    """Measure calls on the board, of which it is known what the PC and the model make of them.

    Raises BoardError, MpyError.
    """
    images = {id(each.image): each.image for each, _, _ in calls}
    boards = [board for each, _, _ in calls for board in each.boards]
    functions = [made for image in images.values() for made in _pair(image, conditions.counter)]
    if conditions.counter is not None:
        functions.append(around(conditions.counter, None))
    loaded = Loaded(session, firmware, functions, boards)
    session.execute(_AGENT, "what measures")
    for asked, side, priced in calls:
        at = 2 * list(images).index(id(asked.image))
        found = compare(loaded, at, asked, side)
        with _arguments(loaded, asked) as made:
            if conditions.counter is None:
                timed = _clock(session, made, asked, at)
                yield Measured(found, (), None, timed, priced)
                continue
            buffers = made.buffers if found.before != found.pc.buffers else []
            texts = [_frame(made, buffers)]
            texts += [f"count(m.f{number}, frame, {conditions.repetitions})"
                      for number in (at + 1, len(functions) - 1)]  # fmt: skip
            ours, nothings = _count(session, asked, texts, conditions.repetitions)
        nothing = least(nothings)
        counts = [Counts(each.cold - nothing.cold, each.warm - nothing.warm) for each in ours]
        yield Measured(found, tuple(counts), nothing, None, priced)


def _pair(image: Image, counter: Counter | None) -> tuple[MachineFunction, MachineFunction]:
    """A function, and what counts its cycles; without a counter, one that only returns, with as
    many parameters."""
    plain = machine_function(image)
    if counter is None:
        return plain, machine_function(returning())._replace(n_args=plain.n_args)
    return plain, around(counter, plain)


def _arguments(loaded: Loaded, asked: Asked) -> AbstractContextManager[Arguments]:
    return loaded.arguments(asked.values(), asked.image, _doing(asked))


def _doing(asked: Asked) -> str:
    return f"measuring {asked.text[:60]}"


def _frame(made: Arguments, buffers: Sequence[Buffer]) -> str:
    """What makes a frame on the board, for a call whose buffers are to be as they were each
    time."""
    listed = ", ".join(f"({each.variable}, {each.size})" for each in buffers if each.size)
    return f"frame, kept = frame_of([{', '.join(made.given)}], [{listed}])"


def _count(
    session: Session, asked: Asked, texts: Sequence[str], times: int
) -> tuple[list[Counts], list[Counts]]:
    """Counts of both calls for each repetition, of each of two functions; the frame goes."""
    printed = session.execute("\n".join([*texts, "del frame, kept"]), _doing(asked))
    try:
        found = [Counts(*map(int, line.split())) for line in printed.splitlines()]
        if len(found) != 2 * times:
            raise ValueError
    except (ValueError, TypeError):
        message = f"the board answers {_doing(asked)} with {printed[:80]!r}"
        raise BoardError(REFUSED, message) from None
    return found[:times], found[times:]


def _clock(session: Session, made: Arguments, asked: Asked, at: int) -> Timed:
    given = ", ".join(made.given)
    try:
        printed = session.execute(f"clock(m.f{at}, m.f{at + 1}, [{given}])", _doing(asked))
    except BoardError as error:
        if "'time'" not in error.message:
            raise
        message = (
            "this firmware has no module time, and no counter is known of the core: name one "
            "of `asmrv32 cores` with --core"
        )
        raise BoardError(REFUSED, message) from None
    try:
        repetitions, *rounds = ast.literal_eval(printed)
        return Timed(repetitions, *map(tuple, rounds))
    except (ValueError, SyntaxError, TypeError):
        message = f"the board answers {_doing(asked)} with {printed[:80]!r}"
        raise BoardError(REFUSED, message) from None
