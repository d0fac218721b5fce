"""What the page and the terminal show of a trace, as dicts, lists, texts and numbers.

Input: a `Trace`. Output: a document with its last instructions, at most `SHOWN`.
Invariant: what an instruction changed stands there once, as it was after it; what was before
follows from the state at the start.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from itertools import islice
from typing import Any, NamedTuple

from asm_rv32.basis.diagnostics import Source, Span
from asm_rv32.formats.listing import ListingLine, lines
from asm_rv32.isa.image import FUNCTION
from asm_rv32.machine.judge import POISON
from asm_rv32.stepping.trace import Trace

SHOWN = 100_000
"""So many instructions stand in a page, the last ones."""
MEMORY_SHOWN = 1 << 18
"""Bytes of each region that stand in a page, its first ones."""
DATA_SHOWN = 4
"""Pieces of data of one line that a listing shows."""


class Code(NamedTuple):
    """An instruction, or a piece of data."""

    offset: int
    bytes: str
    """Hexadecimal, in order of address."""
    text: str
    is_code: bool


class Line(NamedTuple):
    """A line of the source and what it became."""

    number: int
    text: str
    code: tuple[Code, ...]


class Block(NamedTuple):
    """A function, or a block of data, of a program."""

    name: str
    path: str
    lines: tuple[Line, ...]


def blocks(trace: Trace) -> tuple[Block, ...]:
    """The source of all that a call may come to, with its machine code."""
    image = trace.image
    if len(image.parts) < 2:
        return (_block(image.qualified_name, image.source, image.span, list(lines(image))),)
    by_part: dict[int, list[ListingLine]] = {}
    for each in lines(image):
        part = image.part_at(each.address)
        if part is not None:  # else it aligns the next one
            by_part.setdefault(part.address, []).append(each)
    ordered = sorted(image.parts, key=lambda part: (part.kind != FUNCTION, part.address))
    return tuple(
        _block(part.name, part.source, part.span, by_part.get(part.address, []))
        for part in ordered
    )  # fmt: skip


def _block(name: str, source: Source, span: Span, found: list[ListingLine]) -> Block:
    by_line: dict[int, list[Code]] = {}
    for each in found:
        by_line.setdefault(each.line, []).append(
            Code(each.address, each.data.hex(), each.text, each.is_code)
        )
    first, last = (source.locate(at)[0] for at in (span.start, max(span.start, span.end - 1)))
    first, last = min([first, *by_line]), max([last, *by_line])
    return Block(
        name,
        source.path,
        tuple(
            Line(number, source.line(number).rstrip(), tuple(_shown(by_line.get(number, []))))
            for number in range(first, last + 1)
        ),
    )


def _shown(code: list[Code]) -> Iterator[Code]:
    """The instructions, and of data the first pieces."""
    yield from (each for each in code if each.is_code)
    yield from islice((each for each in code if not each.is_code), DATA_SHOWN)


def document(trace: Trace, call: str) -> dict[str, Any]:
    """All that a page needs. `call`: as the user wrote it."""
    first = max(trace.first, trace.end - SHOWN)
    state = trace.state(first)
    image = trace.image
    error = trace.error
    return {
        "call": call,
        "function": image.qualified_name,
        "result": repr(trace.result),
        "error": None if error is None else {"code": error.code, "message": error.fault.message},
        "core": trace.core,
        "total": trace.end,
        "first": first,
        "base": trace.base,
        "ended": trace.ended,
        "names": list(trace.names),
        "registers": list(state.registers),
        "unset": [POISON + number for number in range(len(trace.names))],
        "regions": [
            {
                "name": region.name,
                "address": region.address,
                "size": region.size,
                "bytes": _base64(state.read(region.address, min(region.size, MEMORY_SHOWN))),
            }
            for region in trace.regions
        ],
        "blocks": [
            {"name": name, "path": path, "lines": [[*line[:2], list(line[2])] for line in found]}
            for name, path, found in blocks(trace)
        ],
        "labels": image.symbols,
        **_changes(trace, first),
        **_costs(trace, first),
    }


def _changes(trace: Trace, first: int) -> dict[str, Any]:
    """What instructions changed, from one on; they are counted from that."""
    log = trace._log
    return {
        "steps": [address - trace.base for address in log.addresses[first - trace.first :]],
        "written": _flat(
            (at - first, number, word)
            for at, number, word in zip(log.register_at, log.register, log.register_new)
            if at >= first
        ),
        "stored": _flat(
            (at - first, address, size, word)
            for at, address, size, word in zip(
                log.store_at, log.store_address, log.store_size, log.store_new
            )
            if at >= first
        ),
        "accesses": [
            [at - first, *access[2:], access.cycle]
            for at, access in zip(log.access_at, trace.accesses)
            if at >= first
        ],
    }


def _costs(trace: Trace, first: int) -> dict[str, Any]:
    costs = trace._recorded.costs
    if costs is None:
        return {"before": 0, "cost": [], "costs": []}
    return {
        "before": trace.cycles_before(first),
        "cost": list(costs.number[first - trace.first :]),
        "costs": [
            [cost.cycles, cost.waits, cost.split.stalls, cost.split.fetch, cost.reason]
            for cost in costs.costs
        ],
    }


def _flat(rows: Iterator[tuple[int, ...]]) -> list[int]:
    return [number for row in rows for number in row]


def _base64(data: bytes) -> str:
    return b64encode(data).decode()
