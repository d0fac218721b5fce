"""In: `encodings/timing.toml` and the table of a core.  Out: a checked, immutable `Core`.

A core is data: what each class of instruction costs, what makes it cost more, where the
figures come from and what they were checked against. A core without `validated` is not
checked against its RTL and must be shown so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from functools import lru_cache
from types import MappingProxyType

from asm_rv32.basis.records import TYPE_CHECKING, Any, NamedTuple
from asm_rv32.cores import core_names, core_table, lineage, numbers
from asm_rv32.isa.tables import Layered, tables
from asm_rv32.timing.instruction import CSR_ACCESSES, Op

if TYPE_CHECKING:
    from asm_rv32.isa.own_tables import OwnTable

__all__ = ["Core", "Hazard", "TimingError", "Validation", "exact_cores", "load_core"]


_BASE = "rv32i"


class TimingError(ValueError):
    """A run that cannot be priced, or a core that is not known or not well described."""


Rule = Mapping[str, Any]
"""What `[operands]` says of a class: `rule`, and what that takes."""


class Validation(NamedTuple):
    """What a model was compared with, and the result."""

    against: str
    programs: int
    instructions: int
    max_error: int  # cycles, over any instruction (frontend) or any run of them (table)


class Hazard(NamedTuple):
    """`cycles` more for a consumer that comes `distance` instructions after a producer."""

    producer: frozenset[str]  # classes
    consumer: frozenset[str]
    operand: str  # rs1, rs2, any of the two, rd (overwritten unread, even x0), none of them
    distance: int  # 1: adjacent; 0: the instruction itself
    cycles: int
    shadowed: bool  # less the cycles beyond one that the instruction before took
    reason: str


class Core(NamedTuple):
    """One processor configuration and its costs in cycles."""

    name: str
    title: str
    engine: str  # "table" or "frontend"
    source: str
    configuration: str
    memory: str
    validated: Validation | None
    cycles: Mapping[str, int]  # class -> cycles; "taken" -> of a taken branch
    request: Mapping[str, int]  # class -> the cycle, from 0, in which its access leaves
    operands: Mapping[str, Rule]  # class -> rule on operand values
    hazards: tuple[Hazard, ...]
    straddled_target: int  # more for a jump to a 32-bit instruction across two words
    straddled_next: int  # more where the instruction after it lies across two words
    refetch: frozenset[str]  # classes that jump to the instruction after them
    late: frozenset[str]  # frontend: classes whose result is one cycle late
    wait_states: bool  # may instruction memory be slower than one word a cycle
    traps_misaligned: bool  # a load or store that is not aligned: a trap, or carried out
    misaligned_source: str  # where that is from
    classes: Mapping[str, str]  # mnemonic -> class
    categories: Mapping[str, str]  # class -> category

    @property
    def is_exact(self) -> bool:
        """Whether its costs are those of its RTL, wherever both were compared."""
        return self.validated is not None and self.validated.max_error == 0

    def class_of(self, mnemonic: str) -> str:
        """The timing class of a base instruction. Raises TimingError where it has no cost."""
        kind = self.classes.get(mnemonic)
        if kind is None or kind not in self.cycles:
            raise TimingError(f"core '{self.name}' has no cost for '{mnemonic}'")
        return kind

    def category_of(self, kind: str) -> str:
        return self.categories[kind]


@lru_cache(maxsize=1)
def _classes() -> tuple[Mapping[str, str], Mapping[str, str]]:
    of_mnemonic: dict[str, str] = {}
    category: dict[str, str] = {}
    for kind, row in tables()["timing"].items():
        category[kind] = row["category"]
        for mnemonic in row["instructions"].split():
            of_mnemonic[mnemonic] = kind
    return MappingProxyType(of_mnemonic), MappingProxyType(category)


def _with_own(core: Core, own: Iterable[OwnTable]) -> Core:
    """A core with what instructions of one's own cost on it: as much as a class, or on the core or
    one that it is like so many cycles, which make a class of the instruction's name."""
    classes, categories, cycles = dict(core.classes), dict(core.categories), dict(core.cycles)
    like = lineage(core.name)
    for mnemonic, row in (each for table in own for each in table.timed()):
        timing = row["timing"]
        if isinstance(timing, str):
            classes[mnemonic] = timing
            continue
        classes[mnemonic] = mnemonic
        categories[mnemonic] = row.get("category", "arithmetic")
        found = next((timing[name] for name in like if name in timing), None)
        if found is not None:
            cycles[mnemonic] = found
    return core._replace(classes=classes, categories=categories, cycles=cycles)


def reads_operands(core: Core, op: Op) -> bool:
    """Whether the cost of `op` depends on the value of a register."""
    rule = core.operands.get(core.class_of(op.name))
    if rule is None or not RULES[str(rule["rule"])].register:
        return False
    return bool(op.rs1 if RULES[str(rule["rule"])].register == "rs1" else op.rs2)


def operand_cycles(core: Core, op: Op, rs1: int, rs2: int) -> int:
    """Cycles of `op` with unsigned 32-bit operands, before hazards and fetch."""
    kind = core.class_of(op.name)
    cycles = core.cycles[kind]
    rule = core.operands.get(kind)
    if rule is None:
        return cycles
    return cycles + RULES[str(rule["rule"])].cycles(rule, op, rs1, rs2)


def _negative_dividend(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    return int(rule["more"]) if rs1 >> 31 and op.operation in _SIGNED else 0


def _zero_divisor(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    return int(rule["more"]) if rs2 == 0 else 0


def _leading_zeros(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    if rs2 >> 31 and op.operation in _SIGNED:
        return 32 - (rs2 ^ 0xFFFFFFFF).bit_length() - 1
    return 32 - rs2.bit_length()


def _serial_shift(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    amount = rs2 + op.imm & 31  # one of which there is
    return amount // int(rule["by"]) + amount % int(rule["by"])


def _accesses(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    return op.accesses + (int(rule.get("alone", 0)) if op.accesses == 1 else 0)


def _register(rule: Rule, op: Op, rs1: int, rs2: int) -> int:
    return int(rule["more"]) if op.imm in rule["of"] and op.csr in rule["when"] else 0


_SIGNED = ("signed_quotient", "signed_remainder")
"""Operations of a meaning that take their operands as signed."""


class Sort(NamedTuple):
    """A sort of rule on operand values."""

    cycles: Callable[[Rule, Op, int, int], int]
    """Those beyond the class's."""
    register: str
    """Whose value they depend on, if any."""
    words: str
    """The same, with what the rule takes in braces."""


RULES: Mapping[str, Sort] = {
    "negative-dividend": Sort(
        _negative_dividend, "rs1", "{more} more where a signed dividend is below zero"
    ),
    "zero-divisor": Sort(_zero_divisor, "rs2", "{more} more where the divisor is zero"),
    "leading-zeros": Sort(
        _leading_zeros, "rs2", "1 more for each leading zero of the divisor's magnitude"
    ),
    "serial-shift": Sort(
        _serial_shift, "rs2", "1 more for each {by} bits of the distance, then for each bit"
    ),
    "accesses": Sort(_accesses, "", "1 more for each access of memory"),
    "register": Sort(_register, "", "{more} more to {when} any of {of}"),
}
_OPERANDS = frozenset({"rs1", "rs2", "any", "rd", "none"})
_MISALIGNED = {"trap": True, "handled": False}
_TEXTS = ("title", "engine", "source", "configuration", "memory")
_KEYS = frozenset(
    {
        *_TEXTS,
        "validated",
        "cycles",
        "without",
        "request",
        "operands",
        "hazards",
        "straddle",
        "late",
    }
    | {"refetch", "wait_states", "misaligned", "registers"}
)


@lru_cache(maxsize=128)
def load_core(name: str, found: Layered | None = None) -> Core:
    """The core called `name`, with the costs in `found`, if in any tables but the package's.

    Raises TimingError when it is unknown or badly described.
    """
    if found is not None:
        return _with_own(load_core(name), found.own)
    if name not in core_names():
        raise TimingError(f"no core '{name}'; known are {', '.join(core_names())}")
    try:
        return build_core(name, core_table(name))
    except (KeyError, TypeError, ValueError) as error:
        raise TimingError(f"core '{name}': {error!s}") from error


@lru_cache
def exact_cores(isa: str = _BASE) -> tuple[Core, ...]:
    """The cores that are exact, and have a cost for all that an ISA has beyond RV32I."""
    wanted = _classes_in(isa) - _classes_in(_BASE)
    cores = map(load_core, core_names())
    return tuple(core for core in cores if core.is_exact and wanted <= core.cycles.keys())


def _classes_in(isa: str) -> set[str]:
    """The classes of an ISA's instructions."""
    from asm_rv32.isa.sets import instruction_set

    classes = _classes()[0]
    return {classes[name] for name in instruction_set(isa).mnemonics if name in classes}


def build_core(name: str, table: dict[str, Any]) -> Core:
    """Check a core's table; raises KeyError, TypeError or ValueError with what is wrong."""
    known = frozenset(_classes()[1])
    if unknown := set(table) - _KEYS:
        raise ValueError(f"unknown keys {sorted(unknown)}")
    for key in _TEXTS:
        if not isinstance(table[key], str) or not table[key].strip():
            raise ValueError(f"'{key}' must be a text")
    if table["engine"] not in ("table", "frontend"):
        raise ValueError("engine must be 'table' or 'frontend'")
    without = _set(table.get("without", ""), known)
    cycles = {kind: value for kind, value in table["cycles"].items() if kind not in without}
    for kind, value in cycles.items():
        if kind not in known | {"taken"}:
            raise ValueError(f"unknown class '{kind}'")
        if type(value) is not int or value < 1:
            raise ValueError(f"cycles of '{kind}' must be a whole number above 0")
    straddle = table.get("straddle", {})
    traps, misaligned_source = _misaligned(table["misaligned"])
    return Core(
        name=name,
        **{key: table[key] for key in _TEXTS},
        validated=Validation(**table["validated"]) if "validated" in table else None,
        cycles=MappingProxyType(cycles),
        request=_requests(table, cycles),
        operands=MappingProxyType(_operands(table.get("operands", {}), known)),
        hazards=_hazards(table, known),
        straddled_target=straddle.get("target", 0),
        straddled_next=straddle.get("next", 0),
        refetch=_set(table.get("refetch", ""), known),
        late=_set(table.get("late", ""), known),
        wait_states=table.get("wait_states", False),
        traps_misaligned=traps,
        misaligned_source=misaligned_source,
        classes=_classes()[0],
        categories=_classes()[1],
    )


def _hazards(table: dict[str, Any], known: frozenset[str]) -> tuple[Hazard, ...]:
    """The hazards of a core's table, checked."""
    found = tuple(
        Hazard(
            producer=_set(row["producer"], known),
            consumer=_set(row["consumer"], known),
            operand=row["operand"],
            distance=row.get("distance", 1),
            cycles=row["cycles"],
            shadowed=row.get("shadowed", False),
            reason=row["reason"],
        )
        for row in table.get("hazards", [])
    )
    for hazard in found:
        if hazard.operand not in _OPERANDS or hazard.distance not in (0, 1, 2):
            raise ValueError(f"hazard '{hazard.reason}': unknown operand or distance")
        if table["engine"] == "frontend" and hazard[2:5] != ("none", 1, 1):
            text = "'frontend' has those of one cycle, of adjacent instructions, whatever they read"
            raise ValueError(f"hazard '{hazard.reason}': {text}")
    return found


def _misaligned(table: dict[str, Any]) -> tuple[bool, str]:
    """Whether misaligned accesses trap, and the source of it."""
    if set(table) != {"access", "source"} or table["access"] not in _MISALIGNED:
        raise ValueError("'misaligned' must have access, 'trap' or 'handled', and its source")
    if not isinstance(table["source"], str) or not table["source"].strip():
        raise ValueError("the source of 'misaligned' must be a text")
    return _MISALIGNED[table["access"]], table["source"]


def _operands(table: dict[str, dict[str, Any]], known: frozenset[str]) -> dict[str, Rule]:
    """Class → its rule, checked; the CSRs of one as a set."""
    found: dict[str, Rule] = {}
    for kind, rule in table.items():
        if kind not in known or rule["rule"] not in RULES:
            raise ValueError(f"unknown operand rule for '{kind}'")
        found[kind] = rule
        if rule["rule"] == "register":
            when = frozenset(rule["when"].split())
            if not when <= {"read", *CSR_ACCESSES.values()}:
                raise ValueError(f"unknown access to a register for '{kind}'")
            found[kind] = {**rule, "of": numbers(rule["of"]), "when": when}
    return found


def _requests(table: dict[str, Any], cycles: Mapping[str, int]) -> Mapping[str, int]:
    """Class → the cycle, from 0, in which its access leaves the core; its first is left out."""
    found = {**table.get("request", {})}
    source = found.pop("source", "")
    if found and (not isinstance(source, str) or not source.strip()):
        raise ValueError("the source of 'request' must be a text")
    for kind, value in found.items():
        if kind not in cycles or type(value) is not int or value < 0:
            raise ValueError(f"request of '{kind}' must be a cycle of it, from 0")
    return MappingProxyType(found)


def _set(text: str, known: frozenset[str]) -> frozenset[str]:
    """A blank-separated list of classes; `*` is every class, `-name` takes one away."""
    chosen: set[str] = set()
    for word in text.split():
        name = word.removeprefix("-")
        if name != "*" and name not in known:
            raise ValueError(f"unknown class '{name}'")
        if word == "*":
            chosen |= known
        elif word.startswith("-"):
            chosen.discard(name)
        else:
            chosen.add(name)
    return frozenset(chosen)
