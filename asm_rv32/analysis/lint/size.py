"""What keeps instructions at four bytes, and which single change would shrink them.

Input: an Image. Output: a line of text for each instruction of four bytes, and the sum.
Invariant: a change that is proposed keeps what the function computes: the other register is free
all through the live range, as liveness tells; the bytes it saves are counted over all of it.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asm_rv32.analysis.flow import Flow, control_flow
from asm_rv32.analysis.lint.places import lines
from asm_rv32.analysis.lint.webs import Web, Webs, webs
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.image import Image
from asm_rv32.isa.operands import ABI_NAMES, OperandKind
from asm_rv32.isa.rows import Instruction, Pattern, Row, read_backwards
from asm_rv32.isa.tables import python_name
from asm_rv32.isa.text import text

FREE = (*range(10, 16), 5, 6, 7, 16, 17, *range(28, 32))
"""Registers that a function may use as it likes, those that short forms can name first."""


class Renaming(NamedTuple):
    """A register to use in place of another, in the instructions of one live range."""

    web: Web
    register: int
    saves: int
    """Bytes over the whole range."""


def report(image: Image, shorter: Iterable[tuple[str, int]] = ()) -> Iterator[str]:
    """A line for each instruction of four bytes, in order of address, then one for each of the ways
    that are `shorter`, given as what is said of it and the bytes that it saves; then a summary."""
    flow = control_flow(image)
    found = webs(flow)
    names = {offset: name for name, offset in image.symbols.items()}
    long = [index for index, node in enumerate(flow.nodes) if node.size == 4]
    best = 0
    proposals: dict[tuple[int, int, int], str] = {}
    for index in long:
        node = flow.nodes[index]
        line = image.source.locate(node.span.start)[0]
        written = text(node.meaning.base, node.address, names)
        renaming = rename(flow, found, index)
        said = reason(node.meaning.base)
        if renaming is not None:
            best = max(best, renaming.saves)
            key = (renaming.web.nodes[0], renaming.web.register, renaming.register)
            if key not in proposals:
                proposals[key] = _proposal(flow, renaming)
            said += f"; {proposals[key]}"
        yield f"{image.source.path}:{line}: {image.name}+{node.address:#x}: {written}: {said}"
    for said, saves in shorter:
        best = max(best, saves)
        yield f"{image.source.path}: {image.name}: {said}"
    yield (
        f"{image.source.path}: {image.name}: {len(image.code)} bytes, {len(long)} of "
        f"{len(flow.nodes)} instructions have four; the best single change saves {best} bytes"
    )


def _proposal(flow: Flow, renaming: Renaming) -> str:
    web = renaming.web
    places = lines(flow.image, [flow.nodes[number].span for number in web.nodes])
    return (
        f"{ABI_NAMES[renaming.register]} for {ABI_NAMES[web.register]} in {places} "
        f"saves {renaming.saves} bytes"
    )


# ---- why it is long


def reason(instruction: Instruction) -> str:
    """What stands against the compressed form that comes nearest."""
    row, values = instruction
    if not row.shorter:
        return "has no compressed form"
    forms = [
        _Form(short, tuple(_against(row, values, short, pattern)), len(pattern.literals))
        for short, pattern in row.shorter
    ]
    if any(not form.obstacles for form in forms):
        return "assembled as written, without compression"
    # Those of another operation would do what this one hardly means: move, or give a number.
    forms = [form for form in forms if form.row.expansion[0].row is row]
    if not forms:
        return "has no compressed form"
    short, obstacles, _ = min(forms, key=lambda form: form.distance)
    said = f"{python_name(short.name)} takes {' and '.join(each.text for each in obstacles)}"
    instead = obstacles[0].instead
    if len(obstacles) == 1 and instead is not None:
        return f"{said}; {instead} would save {row.size - short.size} bytes"
    return said


class _Obstacle(NamedTuple):
    """What a compressed form would take instead."""

    text: str
    is_far: bool = False
    """True where that is another instruction: one certain register or value."""
    instead: int | None = None
    """The nearest immediate that it takes."""


class _Form(NamedTuple):
    """A compressed form, and what stands against it."""

    row: Row
    obstacles: tuple[_Obstacle, ...]
    certain: int
    """How many of its operands are one certain register or value."""

    @property
    def distance(self) -> tuple[int, int]:
        """The less, the likelier is it that this form is meant; the more certain one, if equal."""
        return sum(2 * each.is_far + 1 for each in self.obstacles), -self.certain


def _against(
    row: Row, values: tuple[int, ...], short: Row, pattern: Pattern
) -> Iterator[_Obstacle]:
    for at, literal in pattern.literals:
        if values[at] != literal:
            is_register = row.kinds[at].kind == "reg"
            wanted = ABI_NAMES[literal] if is_register else str(literal)
            yield _Obstacle(f"{wanted} as {row.variables[at]}", True)
    for at, other in pattern.repeats:
        if values[at] != values[other]:
            yield _Obstacle(f"one register as {row.variables[at]} and {row.variables[other]}")
    for (at, held), kind in zip(pattern.fields, short.kinds):
        if values[at] in held:
            continue
        if kind.kind == "pcrel":
            yield _Obstacle(f"a target {kind.accepted} away, got {values[at]:+}")
        elif kind.kind == "reg":
            yield _Obstacle(f"{_registers(kind)} as {row.variables[at]}")
        else:
            nearest = _nearest(kind, values[at])
            yield _Obstacle(f"{kind.accepted}, got {values[at]}", False, nearest)


def _nearest(kind: OperandKind, value: int) -> int:
    """The value that a field holds and that is nearest to one that it does not."""
    below = value - value % kind.unit
    near = (kind.minimum, kind.maximum, below, below + kind.unit, kind.unit, -kind.unit)
    return min((each for each in near if each in kind.values), key=lambda each: abs(each - value))


def _registers(kind: OperandKind) -> str:
    """The registers that a field can name, by ABI name: `s0 s1 a0..a5`."""
    runs: list[list[str]] = []
    for number in range(32):
        if number in kind.values:
            name = ABI_NAMES[number]
            if runs and runs[-1][-1][0] == name[0] and number - 1 in kind.values:
                runs[-1].append(name)
            else:
                runs.append([name])
    if sum(map(len, runs)) > 30:
        return "any register but zero"
    return " ".join(f"{run[0]}..{run[-1]}" if len(run) > 2 else " ".join(run) for run in runs)


# ---- what would shrink it


def rename(flow: Flow, found: Webs, index: int) -> Renaming | None:
    """The register that, in place of one that the node names, saves most; None where none does."""
    row, values = flow.nodes[index].meaning.base
    if not row.shorter:
        return None
    best: Renaming | None = None
    for variable, value in zip(row.variables, values):
        places = found.written if variable == "rd" else found.read
        root = places.get((index, value), -1) if variable in ("rd", "rs1", "rs2") else -1
        if root < 0 or (web := found.webs[root]).fixed:
            continue
        for register in FREE:
            if register == web.register or web.busy >> register & 1:
                continue
            saves = _saved(flow, found, root, register)
            shrinks = _size(renamed_instruction(flow, found, root, register, index)) == 2
            if shrinks and saves > (best.saves if best else 0):
                best = Renaming(web, register, saves)
    return best


def _saved(flow: Flow, found: Webs, root: int, register: int) -> int:
    """Bytes saved when a live range gets another register; negative where it costs."""
    key = (root, register)
    if key not in found.saved:
        found.saved[key] = sum(
            node.size - _size(renamed_instruction(flow, found, root, register, number))
            for number in found.webs[root].nodes
            for node in (flow.nodes[number],)
        )
    return found.saved[key]


def renamed_instruction(
    flow: Flow, found: Webs, root: int, register: int, number: int
) -> Instruction:
    """The base instruction of a node, with another register where the web names its own."""
    row, values = flow.nodes[number].meaning.base
    renamed = []
    for variable, value in zip(row.variables, values):
        places = found.written if variable == "rd" else found.read
        is_named = variable in ("rd", "rs1", "rs2") and places.get((number, value)) == root
        renamed.append(register if is_named else value)
    return Instruction(row, tuple(renamed))


def _size(instruction: Instruction) -> int:
    row, values = instruction
    short = any(read_backwards(pattern, values) is not None for _, pattern in row.shorter)
    return 2 if short else row.size
