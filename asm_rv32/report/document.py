"""The report as one value of dicts, lists, texts and numbers: what is written as JSON.

Input: measured calls. Output: the document that docs/report.md describes.
Invariant: every format shows what stands in the document, and nothing else.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.boards import clock_of
from asm_rv32.formats.listing import labels_at
from asm_rv32.isa.image import NOTHING
from asm_rv32.report.pricing import Measured, by_line, categories, line_reasons, reduction
from asm_rv32.timing.cost import CATEGORIES

if TYPE_CHECKING:
    from asm_rv32.devices.waveform import Wave
    from asm_rv32.isa.image import Image
    from asm_rv32.report.variants import Variant
    from asm_rv32.timing.model import Core

SCHEMA = "asm_rv32-report-1"
OURS = "asm_rv32"
"""The variant that the others are compared with: the function as it was called."""

Document = dict[str, Any]


class Compared(NamedTuple):
    """One call: what the function does, then each alternative, at each placement."""

    path: str
    call: str
    """As the user wrote it."""
    function: str
    runs: list[tuple[Variant, Measured]]
    """The function's own first; all at one placement stand together."""


def trust(core: Core) -> str:
    """What the core's figures were checked against."""
    checked = core.validated
    if checked is None:
        return "not RTL-checked: from the documents named"
    error = f"{checked.max_error} cycle{'s' * (checked.max_error != 1)}"
    return (
        f"against {checked.against}: {checked.programs} programs, {checked.instructions:,} "
        f"instructions, largest error {error}"
    )


def reason_text(reason: str, times: int) -> str:
    """Why something waited, and how often."""
    return f"{reason} ({times:,}×)"


def core_as_dict(core: Core) -> dict[str, Any]:
    """A core as the document has it."""
    return {
        "title": core.title,
        "configuration": core.configuration,
        "memory": core.memory,
        "source": core.source,
        "misaligned": {
            "access": "trap" if core.traps_misaligned else "handled",
            "source": core.misaligned_source,
        },
        "validated": core.validated._asdict() if core.validated else None,
    }


def document(
    calls: Sequence[Compared], cores: Sequence[Core], wait_states: int,
    waves: Sequence[Sequence[Wave]] = (),
) -> Document:  # fmt: skip
    """The whole report. `waves`: of each call what its pins do, a core each."""
    shown = [_call(call, cores) for call in calls]
    for call, found in zip(shown, waves):
        if any(wave.signals for wave in found):
            call["waveforms"] = [_wave(wave) for wave in found]
    return {
        "schema": SCHEMA,
        "wait_states": wait_states,
        "cores": {core.name: core_as_dict(core) for core in cores},
        "calls": shown,
        "summary": summary(shown),
    }


def _wave(wave: Wave) -> dict[str, Any]:
    """The pins of a first call: each with its level at first, and cycle and level of its edges."""
    return {
        "core": wave.core,
        "clock": wave.clock,
        "cycles": wave.cycles,
        "pins": [
            {"name": signal.name, "start": signal.start, "edges": [list(e) for e in signal.edges]}
            for signal in wave.signals
        ],
    }


def _call(call: Compared, cores: Sequence[Core]) -> dict[str, Any]:
    variants = []
    own: dict[int, Measured] = {}
    for variant, measured in call.runs:
        mine = own.setdefault(measured.placement, measured)
        variants.append(_variant(variant, measured, mine, cores))
    return {
        "file": call.path,
        "call": call.call,
        "function": call.function,
        "result": repr(call.runs[0][1].result),
        "variants": variants,
    }


def _variant(
    variant: Variant, measured: Measured, mine: Measured, cores: Sequence[Core]
) -> dict[str, Any]:
    image = measured.image
    code = []
    source: dict[str, str] = {}
    for line in variant.lines(image):
        code.append(
            {
                "address": line.address,
                "bytes": line.data.hex(),
                "text": line.text,
                "line": line.line or None,
            }
        )
        if line.line and str(line.line) not in source:
            source[str(line.line)] = image.source.line(line.line).strip()
    return {
        "name": variant.name,
        "title": variant.title,
        "placement": measured.placement,
        "bytes": variant.size(image),
        "instructions": measured.prices[0].warm.instructions,
        "result_compared": variant.has_result and image.returns != NOTHING,
        "runtime_calls": dict(variant.runtime_calls),
        "path": image.source.path,
        "source": source,
        "labels": {str(offset): names for offset, names in labels_at(image).items()},
        "code": code,
        "costs": [_costs(measured, mine, index, core) for index, core in enumerate(cores)],
    }


def _costs(measured: Measured, mine: Measured, index: int, core: Core) -> dict[str, Any]:
    """What a call costs on one core, the one with that index; `mine` is what ours costs."""
    image = measured.image
    cold, warm = measured.prices[index]
    return {
        "core": core.name,
        "cold": cold.cycles,
        "warm": warm.cycles,
        **_time(mine.image, core, warm.cycles),
        "cpi": round(warm.cycles / warm.instructions, 3),
        "by_category": categories(warm.split),
        "cold_by_category": categories(cold.split),
        "reduction": None
        if measured is mine
        else reduction(categories(mine.prices[index].warm.split), categories(warm.split)),
        "by_line": {str(line): n for line, n in by_line(image, warm).items() if line},
        "reasons": {
            str(line): reasons for line, reasons in line_reasons(image, warm).items() if line
        },
        "by_instruction": [
            {
                "address": offset,
                "executions": cost.executions,
                "cycles": cost.split.total,
                "by_category": categories(cost.split),
                "reasons": dict(cost.reasons),
            }
            for offset, cost in warm.by_pc.items()
        ],
    }


def _time(image: Image, core: Core, cycles: int) -> dict[str, float]:
    """How long the cycles take on the board that the function is for, where its clock is known."""
    clock = clock_of(image.board or None, core.name)
    return {} if clock is None else {"nanoseconds": round(cycles * 1e9 / clock, 1)}


def summary(calls: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """For each alternative, core and placement: what the function saves over all calls.

    Every call counts the same: its cycles are taken as shares of what the alternative takes for
    it, so that the saving in total is the mean of the calls' savings.
    """
    found: dict[tuple[str, str, int], list[tuple[dict[str, int], dict[str, int]]]] = {}
    for call in calls:
        own: dict[tuple[str, int], dict[str, int]] = {}
        for variant in call["variants"]:
            for cost in variant["costs"]:
                at = cost["core"], variant["placement"]
                if cost["reduction"] is None:
                    own[at] = cost["by_category"]
                else:
                    pair = own[at], cost["by_category"]
                    found.setdefault((variant["name"], *at), []).append(pair)
    return [
        {
            "variant": name,
            "core": core,
            "placement": placement,
            "calls": len(pairs),
            "reduction": _shares_saved(pairs),
            "slower": sum(sum(mine.values()) > sum(its.values()) for mine, its in pairs),
        }
        for (name, core, placement), pairs in found.items()
    ]


def _shares_saved(
    pairs: Sequence[tuple[dict[str, int], dict[str, int]]],
) -> dict[str, float | None]:
    mine, its = (
        {
            name: sum(pair[side][name] / sum(pair[1].values()) for pair in pairs)
            for name in CATEGORIES
        }
        for side in (0, 1)
    )
    return reduction(mine, its)
