"""Where control goes in a function: instructions with their meaning, and basic blocks.

Input: an Image. Output: its `Flow`.
Invariant: built from the code alone, so that any dialect, and any code at all, can be checked;
what an instruction does is what its row says. Linear in the code's length.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache
from itertools import pairwise
from operator import itemgetter

from asm_rv32.basis.diagnostics import Span
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.decode import decode
from asm_rv32.isa.effects import BRANCH, CALL, END, NEXT, Effects, effects
from asm_rv32.isa.image import STACKED, Image
from asm_rv32.isa.meaning import (
    Act,
    Constant,
    Expression,
    Goto,
    Let,
    Local,
    Operation,
    Place,
    Read,
    Steps,
    System,
    Write,
)
from asm_rv32.isa.operands import ABI_NAMES, FLOAT, RA, SP, ZERO
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.isa.words import OPERATIONS, signed

INTEGERS = 0xFFFF_FFFE
FLOATS = 0xFFFF_FFFF << FLOAT
ALL = INTEGERS | FLOATS
"""Registers are sets of bits, bit n for what has the number n; x0 is in none."""


def registers(*numbers: int) -> int:
    """The set of these registers."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found & ALL


def bits(mask: int) -> list[int]:
    """The registers of a set, in order."""
    found = []
    while mask:
        low = mask & -mask
        found.append(low.bit_length() - 1)
        mask ^= low
    return found


SAVED = registers(3, 4, 8, 9, *range(18, 28))
"""gp, tp, s0 to s11: a function leaves them as they were (psABI, integer calling convention;
gp and tp belong to the program and to the thread)."""
ARGUMENTS = registers(*range(10, 18))
RESULTS = registers(10, 11)
CLOBBERED = registers(RA, 5, 6, 7, *range(28, 32)) | ARGUMENTS | FLOATS
"""What a call may overwrite; of the integer calling convention, in which no floating-point register
outlives a call: "these registers can always be considered temporaries if targeting the base integer
calling convention" (psABI, floating-point register convention)."""
TRAP: Steps = (Write(ZERO, System("swap_csr", (Constant(0xC00), Constant(0)))),)
"""A write to `cycle`, which can only be read, is how a program traps on purpose (RISC-V Assembly
Manual, unimp)."""


class Meaning(NamedTuple):
    """What a word does."""

    instruction: Instruction
    steps: Steps
    effects: Effects
    through: int
    """The register that a jump goes through, however far from it; x0 for none."""
    beside: int
    """How far, in bytes."""
    distance: int | None
    """From the instruction to where it goes, where that is by distance."""

    @property
    def base(self) -> Instruction:
        """The instruction of 32 bits that this one stands for, or itself."""
        return self.instruction.row.base_instruction(self.instruction.values)

    @property
    def name(self) -> str:
        """How messages call it."""
        return self.base.row.name

    def does(self, act: str) -> bool:
        """Whether it does one of `meaning.ACTS`, or of `meaning.SYSTEM`."""
        outside = self.effects.outside
        return bool(outside) and any(found.name == act for found in outside)


@lru_cache(maxsize=20_000)
def meaning(word: int, instructions: InstructionSet) -> Meaning | None:
    """What a word does, or None where the set lacks it."""
    found = decode(word, instructions)
    if found is None:
        return None
    steps = found.steps
    touched = effects(steps, found.row.size)
    distance = touched.target.distance if isinstance(touched.target, Place) else None
    return Meaning(found, steps, touched, *_through(steps), distance)


def _through(steps: Steps) -> tuple[int, int]:
    named: dict[str, Expression] = {}
    beside = 0
    for step in steps:
        if isinstance(step, Let):
            named[step.name] = step.value
        elif isinstance(step, Goto):
            found = step.target
            while isinstance(found, (Operation, Local)):
                if isinstance(found, Local):
                    found = named[found.name]
                    continue
                if found.name == "+" and isinstance(found.operands[1], Constant):
                    beside = signed(found.operands[1].value)
                found = found.operands[0]
            return (found.number, beside) if isinstance(found, Read) else (ZERO, 0)
    return ZERO, 0


class Node(NamedTuple):
    """One instruction in its place."""

    address: int
    size: int
    meaning: Meaning
    span: Span
    target: int
    """Index of the node that a branch, jump or call goes to; -1 where it is not known."""

    @property
    def effects(self) -> Effects:
        """What it touches."""
        return self.meaning.effects

    @property
    def steps(self) -> Steps:
        """What it does."""
        return self.meaning.steps

    @property
    def ends_block(self) -> bool:
        """True where control may go elsewhere than behind."""
        return self.meaning.effects.control not in (NEXT, CALL)

    @property
    def goes_on(self) -> bool:
        """True where control may come behind it."""
        return self.meaning.effects.control in (NEXT, BRANCH, CALL)

    @property
    def restores(self) -> bool:
        """True where it loads from the stack, by a distance from sp."""
        return any(access.base and access.base[0] == SP for access in self.effects.accesses)

    @property
    def label(self) -> int | None:
        """The address that it goes to by distance, whatever stands there."""
        distance = self.meaning.distance
        return None if distance is None else self.address + distance


def kept_by_handler(image: Image) -> int:
    """The registers that an interrupt handler has to keep, sp among them."""
    stacked = 0
    if image.handler == STACKED:
        from asm_rv32.boards import load_board

        stacked = registers(*map(ABI_NAMES.index, load_board(image.board).stacked))
    floats = FLOATS if instruction_set(image.isa).has_float_registers else 0
    return (INTEGERS | floats) & ~stacked


def appended(image: Image, node: Node) -> bool:
    """True for the return that the assembler put at the end by itself."""
    return node.span.start == image.span.end - 1


class Block(NamedTuple):
    """Nodes that run one after the other: `first` up to, but without, `last`."""

    first: int
    last: int
    successors: tuple[int, ...]


class Flow(NamedTuple):
    """A function's control flow."""

    image: Image
    nodes: tuple[Node, ...]
    """In order of address from the entry on, then those that stand ahead of it."""
    blocks: tuple[Block, ...]
    block_at: tuple[int, ...]
    """Node → its block."""
    node_at: dict[int, int]
    """Address → node."""
    falls: tuple[int, ...]
    """Nodes behind which control runs into data, or off the end."""
    undecoded: bool
    """True where an instruction is unknown: nothing can be said of the function."""

    def node_over(self, address: int) -> Node | None:
        """The instruction that holds the byte at an address."""
        for start in (address & -2, (address & -2) - 2):
            at = self.node_at.get(start)
            if at is not None and address < start + self.nodes[at].size:
                return self.nodes[at]
        return None

    @property
    def outside(self) -> Iterator[System | Act]:
        """What its instructions do beyond registers and memory, in order."""
        return (each for node in self.nodes for each in node.meaning.effects.outside)

    @property
    def written(self) -> int:
        """The registers that some instruction writes."""
        found = 0
        for node in self.nodes:
            found |= node.meaning.effects.writes
        return found

    @property
    def touched(self) -> int:
        """The registers that some instruction reads or writes."""
        found = 0
        for node in self.nodes:
            found |= node.meaning.effects.reads | node.meaning.effects.writes
        return found


def control_flow(image: Image) -> Flow:
    """The flow of an image. A jump through an address made right ahead of it has a target."""
    nodes, node_at, undecoded = _nodes(image)
    starts = {0}
    falls = []
    addresses = (*[node.address for node in nodes[1:]], None)
    for index, (node, behind) in enumerate(zip(nodes, addresses)):
        if node.target >= 0:
            starts.add(node.target)
        if node.meaning.effects.control != NEXT and node.ends_block:  # most are NEXT
            starts.add(index + 1)
        if behind != node.address + node.size:
            starts.add(index + 1)
            if node.goes_on:
                falls.append(index)
    bounds = [*sorted(start for start in starts if start < len(nodes)), len(nodes)]
    number = {start: index for index, start in enumerate(bounds[:-1])}
    blocks: list[Block] = []
    block_at: list[int] = []
    falling = set(falls)
    for index, (first, last) in enumerate(pairwise(bounds)):
        end = nodes[last - 1]
        found = []
        if end.goes_on and last - 1 not in falling:
            found.append(index + 1)
        if end.effects.control != CALL and end.target >= 0:
            found.append(number[end.target])
        blocks.append(Block(first, last, tuple(dict.fromkeys(found))))
        block_at += [index] * (last - first)
    return Flow(
        image, tuple(nodes), tuple(blocks), tuple(block_at), node_at, tuple(falls), undecoded
    )


def _nodes(image: Image) -> tuple[list[Node], dict[int, int], bool]:
    """The nodes, where each is by its address, and whether some word is no instruction."""
    instructions = instruction_set(image.isa)
    nodes: list[Node] = []
    code = image.code
    undecoded = has_data = False
    for address, size, span, is_code in image.entries:
        if not is_code:
            has_data = has_data or size > 0
            continue
        found = meaning(int.from_bytes(code[address : address + size], "little"), instructions)
        if found is None:
            undecoded = True
            continue
        nodes.append(Node(address, size, found, span, -1))
        if found.effects.outside and found.does("loop"):
            undecoded = True  # what leads where is not known then
    if has_data and not undecoded:
        nodes = _with_words(image, nodes, instructions)
    if len(nodes) > 1 and nodes[-2].meaning.does("ebreak") and appended(image, nodes[-1]):
        # A trap at the very end, as of gcc's __builtin_trap, is not meant to go on.
        trap = nodes[-2].meaning
        ends = trap.effects._replace(control=END)
        nodes[-2] = nodes[-2]._replace(meaning=trap._replace(effects=ends))
    if image.entry:
        first = next((at for at, node in enumerate(nodes) if node.address == image.entry), 0)
        nodes = [*nodes[first:], *nodes[:first]]
    node_at = {node.address: index for index, node in enumerate(nodes)}
    for index, node in enumerate(nodes):
        distance = node.meaning.distance
        if distance is not None and (goal := node.address + distance) in node_at:
            nodes[index] = node._replace(target=node_at[goal])
    filled_in = image.filled_in
    made = {
        index: node_at[to]
        for index, node in enumerate(nodes)
        if node.meaning.through and index and nodes[index - 1].address not in filled_in
        if (to := _made_ahead(nodes[index - 1], node)) is not None and to in node_at
    }
    # Where control may come to the jump from elsewhere, its register may hold anything.
    entered = {0, *made.values(), *(node.target for node in nodes)} if made else set()
    for index in made.keys() - entered:
        nodes[index] = nodes[index]._replace(target=made[index])
    return nodes, node_at, undecoded


def _made_ahead(before: Node, node: Node) -> int | None:
    """Where a jump goes through a register that holds a place from the instruction ahead."""
    if before.address + before.size != node.address:
        return None
    steps = before.meaning.steps
    if len(steps) != 1 or not isinstance(steps[0], Write) or not isinstance(steps[0].value, Place):
        return None
    if steps[0].number != node.meaning.through or node.effects.target is None:
        return None
    made = before.address + steps[0].value.distance
    named = {step.name: step.value for step in node.meaning.steps if isinstance(step, Let)}

    def value(expression: Expression) -> int:
        if isinstance(expression, Constant):
            return expression.value
        if isinstance(expression, Operation):
            return OPERATIONS[expression.name](*map(value, expression.operands))
        return value(named[expression.name]) if isinstance(expression, Local) else made

    return signed(value(node.effects.target))


# ---- data that is meant as instructions


WORDS_LIMIT = 1024
"""So many instructions are sought in data at one place, and as many as the code has beside them in
all: what is longer is data."""


def _with_words(image: Image, nodes: list[Node], instructions: InstructionSet) -> list[Node]:
    """The nodes with those of `data()` that is code.

    That is data which control runs or jumps into, and that decodes to where control leaves it
    again: how a program names an instruction that its assembler has no word for.
    """
    known = {node.address: node for node in nodes}
    left = WORDS_LIMIT + len(nodes)
    ends = {node.address + node.size for node in nodes if node.goes_on}
    tried: set[int] = set()
    work = sorted(
        ({image.entry} | ends | {to for node in nodes if (to := node.label) is not None}) - {*known}
    )
    while work and left > 0:
        address = work.pop()
        if address in tried:
            continue
        tried.add(address)
        looked_at, found = _decoded(image, address, known, instructions)
        left -= looked_at
        for node in found:
            known[node.address] = node
            if (to := node.label) is not None and to not in known:
                work.append(to)
    return sorted(known.values(), key=itemgetter(0))


def _decoded(
    image: Image, address: int, known: dict[int, Node], instructions: InstructionSet
) -> tuple[int, list[Node]]:
    """How many words were looked at; and the instructions from an address on, up to code or to
    where control leaves, or none."""
    found: list[Node] = []
    while address not in known:
        entry = image.entry_at(address)
        if entry is None or entry.is_code:
            return len(found), []
        size = 4 if image.code[address] & 3 == 3 else 2
        word = int.from_bytes(image.code[address : address + size], "little")
        does = meaning(word, instructions)
        if does is None or address + size > entry.address + entry.size:
            return len(found), []
        # A trap or a hint is a small number, rather; what does not end is a table.
        if does.steps == TRAP or does.instruction.row.hint or len(found) == WORDS_LIMIT:
            return len(found), []
        node = Node(address, size, does, entry.span, -1)
        found.append(node)
        if not node.goes_on:
            break
        address += size
    return len(found), found


# ---- loops


def goes_back(successors: list[tuple[int, ...]]) -> bool:
    """Whether some block leads to itself or to one ahead of it: else there is no loop."""
    return any(found and min(found) <= index for index, found in enumerate(successors))


def components(successors: list[tuple[int, ...]]) -> list[list[int]]:
    """The strongly connected sets of blocks (Tarjan), each before those that lead to it."""
    order = [-1] * len(successors)
    low = [0] * len(successors)
    on_stack = [False] * len(successors)
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(successors)):
        if order[root] >= 0:
            continue
        work = [(root, 0)]
        while work:
            block, at = work.pop()
            if at == 0:
                order[block] = low[block] = count
                count += 1
                stack.append(block)
                on_stack[block] = True
            following = successors[block]
            if at and on_stack[following[at - 1]]:
                low[block] = min(low[block], low[following[at - 1]])
            while at < len(following) and order[following[at]] >= 0:
                if on_stack[following[at]]:
                    low[block] = min(low[block], order[following[at]])
                at += 1
            if at < len(following):
                work += [(block, at + 1), (following[at], 0)]
                continue
            if low[block] == order[block]:
                component: list[int] = []
                while not component or component[-1] != block:
                    component.append(stack.pop())
                    on_stack[component[-1]] = False
                found.append(component)
    return found


def is_act(node: Node, *names: str) -> bool:
    """Whether all that an instruction does is one of these acts."""
    steps = node.meaning.steps
    return len(steps) == 1 and isinstance(steps[0], Act) and steps[0].name in names
