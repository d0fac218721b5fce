"""A core in words: what each class of instruction costs on it, what makes it cost more, and which
control and status registers it has.

Input: a core's name. Output: lines of text, without the core's title and sources.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Set

from asm_rv32.basis.records import Any
from asm_rv32.cores import core_table
from asm_rv32.timing.model import RULES, Core, Hazard, Rule, load_core

NEXT = ("itself", "the next one", "the one after the next")
"""By the distance of a hazard, in instructions."""
OPERANDS = {
    "none": "", "any": " that reads its result", "rs1": " that reads its result as rs1",
    "rs2": " that reads its result as rs2", "rd": " that writes its register unread",
}  # fmt: skip
ORDERINGS = (".aq", ".rl", ".aqrl")


def described(name: str) -> Iterator[str]:
    """What is known of a core. Raises TimingError."""
    core = load_core(name)
    yield from _columns("cycles", _costs(core))
    if core.request:
        source = core_table(name)["request"]["source"]
        title = f"cycles, from 0, in which an access leaves the core ({source})"
        yield from _columns(title, [(kind, str(at), "") for kind, at in core.request.items()])
    if core.hazards:
        yield from _columns(
            "cycles more, of what follows", [_hazard(core, each) for each in core.hazards]
        )
    yield from _columns("also", _beside(core))
    registers = core_table(name).get("registers")
    if registers:
        yield from _columns("registers", _registers(registers))


def _columns(title: str, rows: Iterable[tuple[str, str, str]]) -> Iterator[str]:
    """Three columns under a title; nothing without rows."""
    listed = list(rows)
    if not listed:
        return
    first, second = (max(len(row[at]) for row in listed) for at in (0, 1))
    yield f"  {title}"
    for name, number, text in listed:
        yield f"    {name:<{first}}  {number:>{second}}  {text}".rstrip()


def _costs(core: Core) -> Iterator[tuple[str, str, str]]:
    for kind in core.categories:
        if kind not in core.cycles:
            continue
        names = [name for name, its in core.classes.items() if its == kind]
        text = " ".join(name for name in names if not name.endswith(ORDERINGS))
        rule = core.operands.get(kind)
        if rule is not None:
            text += f": {_rule(rule)}"
        yield kind, str(core.cycles[kind]), text
        if kind == "branch" and "taken" in core.cycles:
            yield "", str(core.cycles["taken"]), "where it is taken"


def _rule(rule: Rule) -> str:
    given = {**rule}
    if "of" in rule:
        given["of"] = _numbers(sorted(rule["of"]))
        given["when"] = ", ".join(sorted(rule["when"]))
    alone = f", {rule['alone']} more for only one" if "alone" in rule else ""
    return RULES[rule["rule"]].words.format_map(given) + alone


def _hazard(core: Core, hazard: Hazard) -> tuple[str, str, str]:
    consumer = _classes(core, hazard.consumer)
    text = f"{NEXT[hazard.distance]}, {consumer}{OPERANDS[hazard.operand]}"
    if not hazard.distance:
        text = f"where its {hazard.operand} is the register that it writes"
    if hazard.shadowed:
        text += ", less the cycles beyond one of the instruction before"
    return _classes(core, hazard.producer), f"{hazard.cycles:+d}", f"{text}: {hazard.reason}"


def _classes(core: Core, kinds: Set[str]) -> str:
    """Names of classes, or those that are left out."""
    others = [kind for kind in core.categories if kind not in kinds]
    if not others:
        return "any"
    if len(others) < len(kinds):
        return f"any but {' '.join(others)}"
    return " ".join(kind for kind in core.categories if kind in kinds)


def _beside(core: Core) -> Iterator[tuple[str, str, str]]:
    if core.straddled_target:
        yield "target", f"{core.straddled_target:+d}", "for a jump to 4 bytes across two words"
    if core.straddled_next:
        yield "next", f"{core.straddled_next:+d}", "where those behind it lie across two words, too"
    for kind in core.categories:
        if kind in core.refetch:
            yield kind, "", "jumps to the instruction behind it"
        if kind in core.late:
            yield kind, "", "has its result one cycle late"
    if core.wait_states:
        yield "memory", "", "of instructions may be slower than a word a cycle: --wait-states"


def _registers(table: dict[str, Any]) -> Iterator[tuple[str, str, str]]:
    access = table.get("access", "an access to another is a trap")
    for key, title in (("only", "has"), ("optional", "otherwise"), ("lacks", "lacks")):
        if key in table:
            yield title, "", _numbers(table[key])
    for number, value in table.get("first", ()):
        yield f"{number:#05x}", "", f"holds {value:#x} when a function is called"
    for row in table.get("counters", ()):
        counted = {0xC00: "cycles", 0xC02: "instructions"}[row["counts"]]
        states = [
            f"{number:#05x} & {bits:#x} is {state}"
            for key, state in (("set", "not 0"), ("clear", "0"))
            for number, bits in row.get(key, ())
        ]
        yield f"{row['csr']:#05x}", "", f"counts {counted} while {' and '.join(states)}"
    for name, text in table.get("instead", {}).items():
        yield name, "", f"instead: {text}"
    yield "others", "", f"{access} ({table['source']})"


def _numbers(items: Iterable[Any]) -> str:
    """Numbers and [first, last] of control and status registers."""
    runs: list[tuple[int, int]] = []
    for item in items:
        first, last = (item, item) if isinstance(item, int) else item
        if runs and runs[-1][1] + 1 == first:
            first = runs.pop()[0]
        runs.append((first, last))
    return " ".join(
        f"{first:#05x}" if first == last else f"{first:#05x}-{last:#05x}" for first, last in runs
    )
