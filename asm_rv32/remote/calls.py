"""Calls on a board, beside the same calls on the PC.

Input: images and the arguments of calls. Output: what each side left, and whether that is the same.
Invariant: only functions that run to their end on the PC are called on the board.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from asm_rv32.boards import UnknownBoard, load_board
from asm_rv32.formats.board.merge import functions_only
from asm_rv32.formats.board.module import MachineFunction, machine_function
from asm_rv32.formats.board.target import target_for
from asm_rv32.isa.image import NOTHING, Image
from asm_rv32.machine.calling import Arguments as OnPc
from asm_rv32.machine.emulator import Outcome
from asm_rv32.machine.settings import Settings
from asm_rv32.remote.script import AGENT, Arguments, data_text, together
from asm_rv32.remote.session import REFUSED, BoardError, Firmware, Session

_RV32 = 11
"""MP_NATIVE_ARCH_RV32IMC (MicroPython, py/persistentcode.h)."""
_MPY_VERSION = 6
_ARCHITECTURES = (
    "no native code", "x86", "x64", "armv6", "armv6m", "armv7m", "armv7em", "armv7emsp",
    "armv7emdp", "xtensa", "xtensawin", "rv32imc", "rv64imc",
)  # fmt: skip

Run = Callable[[Image, Sequence[Any], Settings], Outcome]
"""Makes a call on the PC and writes its buffers back."""


class Asked(NamedTuple):
    """A call that is to be made on both sides."""

    text: str
    image: Image
    settings: Settings
    values: Callable[[], list[Any]]
    """Its arguments, made anew."""

    @property
    def boards(self) -> tuple[str, ...]:
        """The board that the function is for, if any."""
        return (self.image.board,) if self.image.board else ()


class Side(NamedTuple):
    """What a call left on one side."""

    result: object
    buffers: tuple[bytes, ...]
    place: tuple[int, int] | None
    """Where the result is an address in one of the arguments: which, and how far behind its
    start."""


class Compared(NamedTuple):
    """A call on both sides."""

    text: str
    names: tuple[str, ...]
    """Of the buffers."""
    before: tuple[bytes, ...]
    """What they held."""
    pc: Side
    board: Side
    has_result: bool

    @property
    def result_is_same(self) -> bool:
        """Whether the results are equal, or addresses of the same place."""
        if not self.has_result or self.pc.result == self.board.result:
            return True
        return self.pc.place is not None and self.pc.place == self.board.place

    @property
    def different(self) -> tuple[int, ...]:
        """Indices of the buffers that are not the same."""
        both = zip(self.pc.buffers, self.board.buffers)
        return tuple(at for at, (ours, theirs) in enumerate(both) if ours != theirs)

    @property
    def is_same(self) -> bool:
        """Whether the board did as the PC did."""
        return self.result_is_same and not self.different


def on_pc(asked: Asked, run: Run) -> Side:
    """What the PC makes of a call. Raises as `run` does."""
    values = asked.values()
    laid_out = OnPc(values, asked.image.parameters, {}, asked.settings.layout)
    words = laid_out.words
    laid_out.release()
    outcome = run(asked.image, values, asked.settings)
    made = Arguments(values, asked.image.parameters, "")
    spans = [(index, words[index], _size(values[index])) for index, _ in made.placed]
    buffers = tuple(each.bytes for each in made.buffers)
    return Side(outcome.result, buffers, _place(outcome.word, spans))


def _size(value: Any) -> int:
    """The bytes of an argument that has an address."""
    return len(value.encode()) + 1 if isinstance(value, str) else memoryview(value).nbytes


def _place(word: object, spans: Sequence[tuple[int, int, int]]) -> tuple[int, int] | None:
    if not isinstance(word, int):
        return None
    word &= 0xFFFF_FFFF
    return next(
        ((index, word - start) for index, start, size in spans if start <= word <= start + size),
        None,
    )


def require_rv32(firmware: Firmware) -> None:
    """Raise BoardError where the firmware loads none of our code."""
    version, architecture = firmware.mpy & 0xFF, firmware.mpy >> 10 & 15
    if firmware.name != "micropython":
        why = "board run and measure speak to MicroPython"
    elif not firmware.mpy:
        why = "it loads no .mpy files"
    elif version != _MPY_VERSION:
        why = f"it loads .mpy files of version {version}, and these are of version {_MPY_VERSION}"
    elif architecture != _RV32:
        known = _ARCHITECTURES[architecture : architecture + 1] or (str(architecture),)
        why = f"it loads .mpy files with {known[0]}, not with rv32imc; " + (
            "an RP2350 takes the RISCV variant of the firmware" if 3 <= architecture <= 8
            else "this processor is no RV32"
        )  # fmt: skip
    else:
        return
    raise BoardError(REFUSED, f"the board runs {firmware.text}: {why}")


def board_of(firmware: Firmware) -> str | None:
    """The board of `asmrv32 board list` that a firmware says it runs on; None for any other."""
    chip = firmware.machine.rpartition(" with ")[2]
    for name in (firmware.build, firmware.build.partition("-")[0], chip, chip.partition("-")[0]):
        try:
            return load_board(name).name
        except UnknownBoard:
            continue
    return None


class Loaded:
    """Functions on a board, in its RAM."""

    def __init__(
        self, session: Session, firmware: Firmware, functions: Sequence[MachineFunction],
        boards: Sequence[str] = (),
    ) -> None:  # fmt: skip
        """Load functions. `boards`: those that they are for. Raises BoardError, MpyError."""
        require_rv32(firmware)
        self._session = session
        renamed = [each._replace(name=f"f{at}") for at, each in enumerate(functions)]
        target = target_for("", boards, portable=not firmware.inline)
        data = functions_only(renamed, source_name="asm_rv32", target=target)
        self.size = len(data)
        doing = f"loading {len(data)} bytes of machine code"
        for text in together((AGENT, *data_text("mpy", data), "m = load(mpy); del mpy")):
            session.execute(text, doing)

    def call(self, number: int, asked: Asked) -> tuple[Arguments, Side]:
        """Call a function; its arguments, as they were, and what it left. Raises BoardError."""
        doing = f"the call {_short(asked.text)}"
        values = asked.values()
        with self.arguments(values, asked.image, doing) as made:
            printed = self._session.execute(made.call(f"m.f{number}"), doing)
        try:
            answer = made.answer(printed)
        except ValueError as error:
            message = f"the board answers {doing} with {str(error)!r}"
            raise BoardError(REFUSED, message) from None
        spans = [
            (index, address, _size(values[index]))
            for (index, _), address in zip(made.placed, answer.addresses)
        ]
        return made, Side(answer.result, answer.contents, _place(answer.result, spans))

    def arguments(self, values: Sequence[Any], image: Image, doing: str) -> _Standing:
        """The arguments of a call, which stand on the board within a `with`."""
        return _Standing(self._session, Arguments(values, image.parameters, "v"), doing)


class _Standing:
    """Arguments that stand on a board."""

    def __init__(self, session: Session, made: Arguments, doing: str) -> None:
        self._session, self._made = session, made
        self._doing = f"the arguments of {doing}"

    def __enter__(self) -> Arguments:
        for text in together(self._made.pieces):
            self._session.execute(text, self._doing)
        return self._made

    def __exit__(self, kind: object, *rest: object) -> None:
        if kind is None and self._made.variables:
            self._session.execute(f"del {', '.join(self._made.variables)}", self._doing)


def _short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:60]}..."


def compared(
    session: Session, firmware: Firmware, calls: Sequence[Asked], ours: Sequence[Side]
) -> Iterator[Compared]:
    """Make calls on the board that the PC made. Raises BoardError, MpyError."""
    images = {id(each.image): each.image for each in calls}
    boards = [board for each in calls for board in each.boards]
    functions = [machine_function(image) for image in images.values()]
    loaded = Loaded(session, firmware, functions, boards)
    for asked, side in zip(calls, ours):
        yield compare(loaded, list(images).index(id(asked.image)), asked, side)


def compare(loaded: Loaded, number: int, asked: Asked, ours: Side) -> Compared:
    """Make a call of a loaded function that the PC made. Raises BoardError."""
    made, theirs = loaded.call(number, asked)
    return Compared(
        asked.text, tuple(each.name for each in made.buffers),
        tuple(each.bytes for each in made.buffers), ours, theirs, asked.image.returns != NOTHING,
    )  # fmt: skip
