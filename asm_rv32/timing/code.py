"""In: a way to read code.  Out: the instructions in it, decoded once each."""

from __future__ import annotations

from collections.abc import Callable

from asm_rv32.isa.sets import instruction_set, widest_isa
from asm_rv32.timing.instruction import Op, decode_op
from asm_rv32.timing.model import TimingError

__all__ = ["Code"]


class Code:
    """Code that does not change while it is priced.

    `fetch(address)` returns the 16-bit halfword at an even address; `isa` says what instructions
    there are, by default as many as can stand together.
    """

    def __init__(self, fetch: Callable[[int], int], isa: str | None = None) -> None:
        self._fetch = fetch
        self._instructions = instruction_set(isa or widest_isa())
        self._ops: dict[int, Op] = {}

    def at(self, pc: int) -> Op:
        """The instruction at `pc`. Raises TimingError where there is none that is known."""
        op = self._ops.get(pc)
        if op is None:
            op = decode_op(pc, self._fetch, self._instructions)
            if op is None:
                raise TimingError(f"no instruction that can be priced at {pc:#x}")
            self._ops[pc] = op
        return op

    def straddles(self, pc: int) -> bool:
        """Whether a 32-bit instruction lies at `pc`, across two words."""
        return bool(pc & 2) and self._fetch(pc) & 3 == 3

    def block(self, pc: int, end: int, ends: Callable[[Op], bool]) -> tuple[Op, ...]:
        """The instructions from `pc` up to `end`, or to the first that `ends` is true of."""
        ops: list[Op] = []
        while pc < end and not (ops and ends(ops[-1])):
            op = self.at(pc)
            ops.append(op)
            pc += op.size
        return tuple(ops)
