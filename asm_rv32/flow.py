"""Where control and values go in a function: basic blocks, effects, liveness.

Input: an Image. Output: its `Flow`: instructions with what each reads and writes, blocks with
their successors, and what is live.
Invariant: built from the code alone, so that any dialect, and any code at all, can be checked;
what a register operand is follows from its name in the tables. Linear in the code's length.
"""

from __future__ import annotations

from itertools import pairwise

from asm_rv32.decode import decode
from asm_rv32.diagnostics import Span
from asm_rv32.image import Image
from asm_rv32.isa.effects import BRANCH as BRANCH
from asm_rv32.isa.effects import CALL as CALL
from asm_rv32.isa.effects import END as END
from asm_rv32.isa.effects import INDIRECT as INDIRECT
from asm_rv32.isa.effects import JUMP as JUMP
from asm_rv32.isa.effects import NEXT as NEXT
from asm_rv32.isa.effects import Effects
from asm_rv32.operands import RA, SP, ZERO, listed_registers, stack_space
from asm_rv32.records import NamedTuple
from asm_rv32.tables import Instruction, instruction_set

ALL = 0xFFFF_FFFE
"""Registers are sets of bits, bit n for xn; x0 is in none."""


def registers(*numbers: int) -> int:
    """The set of these registers."""
    found = 0
    for number in numbers:
        found |= 1 << number
    return found & ALL


SAVED = registers(3, 4, 8, 9, *range(18, 28))
"""gp, tp, s0 to s11: a function leaves them as they were (psABI, integer calling convention;
gp and tp belong to the program and to the thread)."""
ARGUMENTS = registers(*range(10, 18))
RESULTS = registers(10, 11)
CLOBBERED = registers(RA, 5, 6, 7, *range(28, 32)) | ARGUMENTS
"""What a call may overwrite."""


class Effect(NamedTuple):
    """What an instruction does; a compressed one does what it expands to."""

    instruction: Instruction
    """The base instruction."""
    rd: int
    rs1: int
    rs2: int
    """Register numbers, 0 where there is none."""
    immediate: int
    """The first operand that is no register: displacement, offset, amount or CSR number."""
    reads: int
    writes: int
    control: str
    """One of the constants above."""
    width: int
    """Bytes of memory accessed, or 0."""
    stores: bool
    hint: bool
    touched: Effects
    written: Instruction
    """The instruction as it stands in the code, of any size."""

    @property
    def name(self) -> str:
        """The base instruction's mnemonic."""
        return self.instruction.row.name

    @property
    def is_unimp(self) -> bool:
        """`csrrw zero, cycle, zero`, how a program traps on purpose (RISC-V Assembly Manual)."""
        return self.name == "csrrw" and (self.immediate, self.rd, self.rs1) == (0xC00, ZERO, ZERO)

    @property
    def target_is_label(self) -> bool:
        """True for a branch, jump or call by distance."""
        return self.instruction.row.target >= 0


def effect(written: Instruction) -> Effect:
    """The effect of an instruction of any size."""
    base = written.row.base_instruction(written.values)
    row, values = base
    fields = {"rd": 0, "rs1": 0, "rs2": 0}
    immediate: int | None = None
    for variable, kind, value in zip(row.variables, row.kinds, values):
        if variable in fields:
            fields[variable] = int(value)
        elif immediate is None and kind.kind != "reg":
            immediate = value
    touched = written.effects
    control = touched.control
    if control == INDIRECT and row.variables[0] == "reglist":
        control = END
    access = touched.accesses[-1] if touched.accesses else None
    return Effect(
        base, fields["rd"], fields["rs1"], fields["rs2"], immediate or 0,
        touched.reads, touched.writes, control,
        access.size if access and row.extension != "zcmp" else 0,
        access is not None and access.stores, written.row.hint, touched, written,
    )  # fmt: skip


def pushed(found: Effect) -> tuple[tuple[int, ...], int]:
    """The registers of a Zcmp push or pop, from the highest place down, and its bytes."""
    number, extra = found.instruction.values
    return tuple(reversed(listed_registers(number))), stack_space(number) + extra


class Node(NamedTuple):
    """One instruction in its place."""

    address: int
    size: int
    effect: Effect
    span: Span
    target: int
    """Index of the node that a branch, jump or call goes to; -1 where it is not known."""

    @property
    def ends_block(self) -> bool:
        """True where control may go elsewhere than behind."""
        return self.effect.control not in (NEXT, CALL)


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
    blocks: tuple[Block, ...]
    block_at: tuple[int, ...]
    """Node → its block."""
    node_at: dict[int, int]
    """Address → node."""
    falls: tuple[int, ...]
    """Nodes behind which control runs into data, or off the end."""
    undecoded: bool
    """True where an instruction is unknown: nothing can be said of the function."""


def control_flow(image: Image) -> Flow:
    """The flow of an image. A jump through `auipc` right ahead of it is a jump to its target."""
    nodes, undecoded = _nodes(image)
    node_at = {node.address: index for index, node in enumerate(nodes)}
    starts = {0}
    falls = []
    for index, node in enumerate(nodes):
        if node.target >= 0:
            starts.add(node.target)
        if node.ends_block:
            starts.add(index + 1)
        if index + 1 == len(nodes) or nodes[index + 1].address != node.address + node.size:
            starts.add(index + 1)
            if node.effect.control in (NEXT, BRANCH, CALL):
                falls.append(index)
    bounds = [*sorted(start for start in starts if start < len(nodes)), len(nodes)]
    number = {start: index for index, start in enumerate(bounds[:-1])}
    blocks: list[Block] = []
    block_at: list[int] = []
    falling = set(falls)
    for index, (first, last) in enumerate(pairwise(bounds)):
        end = nodes[last - 1]
        found = []
        if end.effect.control in (NEXT, BRANCH, CALL) and last - 1 not in falling:
            found.append(index + 1)
        if end.effect.control != CALL and end.target >= 0:
            found.append(number[end.target])
        blocks.append(Block(first, last, tuple(dict.fromkeys(found))))
        block_at += [index] * (last - first)
    return Flow(
        image, tuple(nodes), tuple(blocks), tuple(block_at), node_at, tuple(falls), undecoded
    )


def _nodes(image: Image) -> tuple[list[Node], bool]:
    instructions = instruction_set(image.isa)
    known: dict[int, Effect | None] = {}
    nodes: list[Node] = []
    code = image.code
    undecoded = False
    for address, size, span, is_code in image.entries:
        if not is_code:
            continue
        word = int.from_bytes(code[address : address + size], "little")
        if word not in known:
            instruction = decode(word, instructions)
            known[word] = effect(instruction) if instruction else None
        found = known[word]
        if found is None:
            undecoded = True
            continue
        nodes.append(Node(address, size, found, span, -1))
    if len(nodes) > 1 and nodes[-2].effect.name == "ebreak" and appended(image, nodes[-1]):
        # A trap at the very end, as of gcc's __builtin_trap, is not meant to go on.
        nodes[-2] = nodes[-2]._replace(effect=nodes[-2].effect._replace(control=END))
    node_at = {node.address: index for index, node in enumerate(nodes)}
    for index, node in enumerate(nodes):
        found = node.effect
        to = -1
        if found.target_is_label:
            to = node.address + found.immediate
        elif found.control in (INDIRECT, CALL) and index:
            before = nodes[index - 1]
            if before.effect.name == "auipc" and before.effect.rd == found.rs1:
                to = before.address + (before.effect.immediate << 12) + found.immediate
        if to in node_at:
            nodes[index] = node._replace(target=node_at[to])
    return nodes, undecoded


def components(flow: Flow) -> list[list[int]]:
    """The strongly connected sets of blocks (Tarjan), each before those that lead to it."""
    order = [-1] * len(flow.blocks)
    low = [0] * len(flow.blocks)
    on_stack = [False] * len(flow.blocks)
    stack: list[int] = []
    found: list[list[int]] = []
    count = 0
    for root in range(len(flow.blocks)):
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
            successors = flow.blocks[block].successors
            if at and on_stack[successors[at - 1]]:
                low[block] = min(low[block], low[successors[at - 1]])
            while at < len(successors) and order[successors[at]] >= 0:
                if on_stack[successors[at]]:
                    low[block] = min(low[block], order[successors[at]])
                at += 1
            if at < len(successors):
                work += [(block, at + 1), (successors[at], 0)]
                continue
            if low[block] == order[block]:
                component: list[int] = []
                while not component or component[-1] != block:
                    component.append(stack.pop())
                    on_stack[component[-1]] = False
                found.append(component)
    return found


def live_behind(flow: Flow) -> list[int]:
    """For each node the registers whose values may still be read after it."""
    predecessors: list[list[int]] = [[] for _ in flow.blocks]
    for index, block in enumerate(flow.blocks):
        for successor in block.successors:
            predecessors[successor].append(index)
    entering = [0] * len(flow.blocks)
    work = list(range(len(flow.blocks)))
    waiting = [True] * len(flow.blocks)
    while work:
        index = work.pop()
        waiting[index] = False
        live = _leaving(flow, index, entering)
        block = flow.blocks[index]
        for node in range(block.last - 1, block.first - 1, -1):
            live = live_ahead(flow.nodes[node], live)
        if live != entering[index]:
            entering[index] = live
            for predecessor in predecessors[index]:
                if not waiting[predecessor]:
                    waiting[predecessor] = True
                    work.append(predecessor)
    found = [0] * len(flow.nodes)
    for index, block in enumerate(flow.blocks):
        live = _leaving(flow, index, entering)
        for node in range(block.last - 1, block.first - 1, -1):
            found[node] = live
            live = live_ahead(flow.nodes[node], live)
    return found


def _leaving(flow: Flow, index: int, entering: list[int]) -> int:
    block = flow.blocks[index]
    node = flow.nodes[block.last - 1]
    if not block.successors:
        if node.effect.name == "jalr" and node.effect.rs1 == RA:
            return SAVED | RESULTS | registers(RA, SP)
        return ALL
    live = 0
    for successor in block.successors:
        live |= entering[successor]
    return live


def live_ahead(node: Node, live: int) -> int:
    """The registers that are live in front of an instruction, from those behind it."""
    found = node.effect
    if found.control == CALL:
        # A routine of the function itself may read whatever it likes.
        read = ALL if node.target >= 0 else found.reads | ARGUMENTS | registers(SP)
        return live & ~(CLOBBERED if node.target < 0 else found.writes) | read
    return live & ~found.writes | found.reads
