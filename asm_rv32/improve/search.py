"""From a function to what makes it faster: rewrites tried, proved and priced.

Input: a source and how it is assembled. Output: `Suggestion`s, at most one a function.
Invariant: what is suggested is proved, saves cycles on the cores that were asked for, and costs
more on no exact core but where certain cores alone count.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from difflib import SequenceMatcher
from itertools import islice
from types import NoneType
from typing import TYPE_CHECKING, Any

from asm_rv32.basis.diagnostics import AssemblyError, Source
from asm_rv32.basis.edits import Edit, edited
from asm_rv32.basis.records import NamedTuple
from asm_rv32.improve import align, exchange, hoist, pointers, reorder, rotate, unroll
from asm_rv32.improve.excerpt import excerpt
from asm_rv32.improve.loops import loops
from asm_rv32.improve.paths import Paths
from asm_rv32.improve.places import Unproved, counts_distances
from asm_rv32.improve.price import cycles, made_up
from asm_rv32.improve.simulation import same
from asm_rv32.improve.statements import Function, is_bound
from asm_rv32.improve.suggestion import Candidate, Suggestion
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.prove.watch import watch
from asm_rv32.timing.model import TimingError, exact_cores, load_core

if TYPE_CHECKING:
    from asm_rv32.assembler.pipeline import Module

Assemble = Callable[[Source], "Module"]
TIMES = (2, 4, 8)
"""So many turns of a loop in one are tried."""
Rewrite = Callable[[Function], Iterator[Candidate]]
PREPARING: tuple[Rewrite, ...] = (rotate.candidates, pointers.candidates, hoist.candidates)
"""Rewrites that make others possible, each as often as it finds something."""
MOST = 12
"""So many steps prepare a function."""
TRIED = 6
"""Orders of a block that are priced."""
WORTH = 0.002
"""The part of all cycles for which it is worth a line to have a loop begin at a whole word."""
PATIENCE = 60_000
"""Instructions of all texts of a function that are tried."""
PROVED = (
    "proved equal for every input, however often its loops turn, wherever its pointers point; "
    "assumed: what it loads and stores is memory, and holds none of its code",
)
"""What `simulation.same` shows."""
WORSE = 9.0
"""The score of what cannot be compared."""
Prices = dict[str, tuple[int, ...]]
TIMEOUT = 30.0
"""Seconds for one proof."""


class Step(NamedTuple):
    """A text of a function, and how it came about."""

    function: Function
    before: Step | None = None
    candidate: Candidate | None = None

    @property
    def way(self) -> list[Step]:
        """All steps to here, without the first, which is the text as it was."""
        return [*self.before.way, self] if self.before is not None else []


class Search:
    """The search for what makes one function of a source faster."""

    def __init__(
        self, module: Module, name: str, assemble: Assemble, cores: Sequence[str] = (),
        calls: Sequence[Sequence[Any]] = (),
    ) -> None:  # fmt: skip
        """`cores`: those that count; by default every exact one. Raises ExecutionError where one
        of `calls` does not return."""
        self.name = name
        self.assemble = assemble
        wanted = [load_core(each) for each in cores] or list(exact_cores())
        self.buffers = buffers(module.functions[name].registers, calls)
        self.function = self._alone(module)
        self.calls = calls or made_up(self.function.image)
        self.left = PATIENCE
        """Instructions of texts that may still be tried."""
        self.whys: list[str] = []
        self.keeps_size = counts_distances(self.function)
        self._paths = Paths()
        self._priced: dict[str, Prices | None] = {}
        self._shown: dict[tuple[str, str], bool] = {}
        self.cores = wanted
        first = self._price(self.function)
        self.cores = [core for core in wanted if core.name in first]
        self.before = {core.name: first[core.name] for core in self.cores}

    def _alone(self, module: Module) -> Function:
        """The function in as much of its source as it needs."""
        whole = self._read(module)
        try:
            found = self._read(self.assemble(excerpt(module, self.name)))
        except (AssemblyError, KeyError):
            return whole
        return found if found.image.code == whole.image.code else whole

    def _read(self, module: Module) -> Function:
        return Function(module, self.name, self.buffers)

    # ---- what a text costs

    def priced(self, function: Function) -> Prices | None:
        """Core → cycles, a number each of what is priced; None where it does not return."""
        text = function.source.text
        if text not in self._priced:
            try:
                self._priced[text] = self._price(function)
            except ExecutionError:
                self._priced[text] = None
        return self._priced[text]

    def _price(self, function: Function) -> Prices:
        if self.calls:
            found = cycles(function.image, self.calls, [core.name for core in self.cores])
            return {core: (spent,) for core, spent in found.items()}
        prices = {}
        for core in self.cores:
            try:
                prices[core.name] = self._paths.cycles(function, core)
            except TimingError:
                continue
        return {core: spent for core, spent in prices.items() if spent}

    def score(self, function: Function) -> float:
        """What part of its cycles is left, on average; more than 1 where a core is slower."""
        priced = self.priced(function)
        if priced is None or not self.before:
            return WORSE
        parts = []
        for core, before in self.before.items():
            after = priced.get(core, ())
            if len(after) != len(before):
                return WORSE
            if any(more > less for more, less in zip(after, before)):
                return 1 + sum(after) / sum(before)
            parts.append(sum(after) / sum(before))
        return sum(parts) / len(parts)

    # ---- steps

    def step(self, step: Step, candidate: Candidate) -> Step | None:
        """The function with a candidate's edits; None where it does not assemble."""
        text = edited(step.function.source, candidate.edits)
        path = step.function.source.path
        try:
            function = self._read(self.assemble(Source(path, text)))
        except (AssemblyError, KeyError):
            return None
        self.left -= len(function.image.entries)
        if self.keeps_size and len(function.image.code) != len(step.function.image.code):
            return None
        return Step(function, step, candidate)

    def best(self) -> Step:
        """The text that costs least, each step to which is proved; the first one, where there is
        none."""
        first = Step(self.function)
        if not self.before or is_bound(self.function):
            return first
        found = [self.tuned(each) for each in self.shapes(first)]
        return min([first, *found], key=lambda each: self.score(each.function))

    def shapes(self, first: Step) -> Iterator[Step]:
        """The function with its loops as they are, and in other forms."""
        yield first
        exchanged = self.exchanged(first)
        if exchanged is not first:
            yield exchanged
        if not self.calls:
            return  # what other forms of loops cost cannot be told from their blocks
        start = self.prepared(exchanged)
        if start is not exchanged:
            yield start
        for times in TIMES:
            if self.left <= 0:
                return
            step = start
            done: set[str] = set()
            while True:
                more = next(self.unrolled(step, times, done), None)
                if more is None:
                    break
                step = more
            if step is not start:
                yield step

    def exchanged(self, step: Step) -> Step:
        """The function with its idioms in their fastest ways."""
        return self.kept(step, lambda each: islice(exchange.candidates(each, self.cores), TRIED))

    def prepared(self, step: Step) -> Step:
        """The function with its loops in forms in which more can be done."""
        for rewrite in PREPARING:
            after: Step | None = step
            while after is not None:
                step = after
                after = None
                if len(step.way) < MOST:
                    after = self.shown(step, rewrite(step.function))
        return step

    def shown(self, step: Step, candidates: Iterable[Candidate]) -> Step | None:
        """The function with the first candidate that is proved."""
        for each in candidates:
            after = self.step(step, each)
            if after is not None and self.is_shown(after):
                return after
        return None

    def unrolled(self, step: Step, times: int, done: set[str]) -> Iterator[Step]:
        """The function with one more loop unrolled."""
        for loop in loops(step.function):
            if loop.head.label in done:
                continue
            done.add(loop.head.label)
            candidate = unroll.candidate(step.function, loop, times)
            after = self.shown(step, [candidate] if candidate is not None else [])
            if after is not None:
                done |= set(after.function.labels) - set(step.function.labels)
                yield after

    def tuned(self, step: Step) -> Step:
        """A shape with its blocks in the best order, and its loops at whole words."""
        number, blocks = 0, list(reorder.blocks(step.function))
        while self.left > 0 and number < len(blocks):
            options = reorder.of_block(step.function, *blocks[number], self.cores)
            after = self.cheapest(step, islice(options, TRIED))
            if after is not step:
                step, blocks = after, list(reorder.blocks(after.function))
            number += 1
        return self.kept(step, align.candidates, WORTH)

    def kept(self, step: Step, rewrite: Rewrite, worth: float = 0) -> Step:
        """The function with a rewrite wherever that saves at least this part of its cycles."""
        while True:
            after = self.cheapest(step, rewrite(step.function))
            if after is step or self.score(step.function) - self.score(after.function) < worth:
                return step
            step = after

    def cheapest(self, step: Step, candidates: Iterable[Candidate]) -> Step:
        """The function with that candidate which costs least and is proved, or as it is."""
        tried = (self.step(step, each) for each in candidates if self.left > 0)
        found = [step, *filter(None, tried)]
        found.sort(key=lambda each: self.score(each.function))
        return next(each for each in found if each is step or self.is_shown(each))

    # ---- proofs

    def is_shown(self, step: Step) -> bool:
        """Whether a step does the same as the one before it; why not goes to `whys`."""
        assert step.before is not None and step.candidate is not None
        old, new, candidate = step.before.function, step.function, step.candidate
        key = old.source.text, new.source.text
        if key not in self._shown:
            try:
                same(old, new, candidate.edits, candidate.relations, watch(TIMEOUT))
                self._shown[key] = True
            except Unproved as error:
                self.whys.append(f"{candidate.rewrite}: {error}")
                self._shown[key] = False
        return self._shown[key]


def buffers(registers: Sequence[int], calls: Sequence[Sequence[Any]]) -> list[int]:
    """The registers of the parameters for which every call passes a buffer."""
    passed = zip(registers, zip(*calls))
    scalars = (int, float, NoneType)
    return [at for at, values in passed if not any(isinstance(v, scalars) for v in values)]


def suggestion(search: Search) -> Suggestion | None:
    """What there is to suggest of a function; None where nothing is."""
    step = search.best()
    if not step.way:
        return None
    after = search.priced(step.function) or {}
    candidates = [each.candidate for each in step.way if each.candidate is not None]
    told = dict.fromkeys((each.rewrite, each.message) for each in candidates)
    return Suggestion(
        search.name,
        tuple(dict.fromkeys(name for name, _ in told)),
        candidates[0].span,
        tuple(f"{name}: {why}" for name, why in told),
        tuple(changes(search.function, step.function)),
        PROVED,
        {core: (sum(before), sum(after[core])) for core, before in search.before.items()},
        tuple(shown_call(search.name, values) for values in search.calls),
    )


def changes(old: Function, new: Function) -> Iterator[Edit]:
    """The edits from one text of a function to another."""
    first, last = (old.source.locate(at)[0] for at in (old.unit.span.start, old.unit.span.end))
    ours, theirs = (each.source.text.splitlines() for each in (old, new))
    more = len(theirs) - len(ours)
    ours, theirs = ours[first - 1 : last], theirs[first - 1 : last + more]
    for tag, at, end, other, last in SequenceMatcher(None, ours, theirs, False).get_opcodes():
        if tag != "equal":
            yield Edit(first + at, end - at, tuple(theirs[other:last]))


def shown_call(name: str, values: Sequence[Any]) -> str:
    """A call as text, its long arguments shortened."""
    shown = [
        f"{type(each).__name__} of {len(each)}" if isinstance(each, bytearray) else repr(each)
        for each in values
    ]
    return f"{name}({', '.join(shown)})"
