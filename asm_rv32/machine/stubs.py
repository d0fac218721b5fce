"""Instructions that unicorn lacks, run at its full speed: base instructions elsewhere do the same.

Input: a `Flow`, where its code stands, and the offsets that have to stay where they are.
Output: `Stubs`: what to put over the code that runs, and the code that stands beside it.
Invariant: a run on stubs that returns has computed what the code computes. Whatever else comes of
it, be it a fault or a look at a changed word, is no answer: the run is made again without.

A stretch that has such instructions is copied, and all of the loops around it, with each that
unicorn lacks replaced by its sequence (`in_base`); branches within the copies stay there. A long
sequence stands behind them all, and a jump to it in the copy: then unicorn can be made to count
the jump alone, which takes it longer than to execute ten instructions.
In the code the instruction becomes a jump to its copy, which goes back where what is copied ends.
An instruction that starts within such a jump is no target that is known; it reads as a halfword of
zeros, on which whoever goes there all the same takes a trap: the jump goes so many whole pages that
the upper half of `jal` is zero.
"""

from __future__ import annotations

from collections.abc import Iterator, Set

from asm_rv32.analysis.flow import Flow, Node, components, registers
from asm_rv32.basis.records import NamedTuple
from asm_rv32.isa.decode import decode
from asm_rv32.isa.effects import BRANCH, INDIRECT, JUMP, NEXT
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import (
    Constant,
    Expression,
    Goto,
    Let,
    Load,
    Local,
    Operation,
    Place,
    Read,
    Steps,
    Store,
    Write,
    within,
)
from asm_rv32.isa.operands import RA
from asm_rv32.isa.rows import SCRATCH, Instruction
from asm_rv32.isa.sets import InstructionSet, instruction_set
from asm_rv32.machine.foreign import is_foreign
from asm_rv32.machine.memory import PAGE, round_up
from asm_rv32.machine.sanitizer import DATA_RUNS

REACH = 1 << 20
"""Bytes that `jal` goes, either way."""
NEAR_PAGES = 15
"""So many pages a `jal` goes whose upper half is zero: bits 12 to 15 of the distance."""
SEARCHED = 1 << 16
"""Bytes of code that are searched for a register to spare; longer code has none."""
GP, TP = 3, 4
LONG = 2
"""Instructions of a sequence for which two jumps are no loss."""
TRAP = bytes(2)
"""The halfword that every machine refuses."""


class Stubs(NamedTuple):
    """What stands in for the instructions of one image that unicorn lacks."""

    patches: dict[int, bytes]
    """Offset in the code → bytes that stand there while it runs."""
    code: dict[int, bytes]
    """Offset from the code's start → copies, apart from it and from each other."""
    origin: dict[int, int]
    """Offset of an instruction of a copy → that of the one in the code which it is part of."""
    replaced: frozenset[int]
    """Offsets of the instructions that unicorn need not be helped with."""
    apart: tuple[tuple[int, int], ...]
    """First offset and end of each sequence that is jumped to: it jumps back, and has no access."""

    def pages(self, base: int) -> tuple[int, int]:
        """Address and bytes of the pages that the copies stand in, for code at `base`."""
        first = (base + min(self.code)) // PAGE * PAGE
        end = base + max(at + len(content) for at, content in self.code.items())
        return first, round_up(end, PAGE) - first

    def watched(self, image: Image) -> list[tuple[int, int]]:
        """Stretches of the code, first and last offset, that hold what is changed and no data."""
        found: list[tuple[int, int]] = []
        after_data = True
        for entry in image.entries:
            if not entry.is_code:
                after_data = True
            elif entry.address in self.patches or entry.address - 2 in self.patches:
                first = entry.address if after_data else found.pop()[0]
                found.append((first, entry.address + entry.size - 1))
                after_data = False
        return found if len(found) <= DATA_RUNS else [(found[0][0], found[-1][1])]

    def patched(self, code: bytes) -> bytes:
        """The code as it is to run."""
        changed = bytearray(code)
        for at, content in self.patches.items():
            changed[at : at + len(content)] = content
        return bytes(changed)

    def restored(self, code: bytes, original: bytes) -> bytes:
        """The code of a run, whose instructions are those of `original`."""
        changed = bytearray(code)
        for at, content in self.patches.items():
            changed[at : at + len(content)] = original[at : at + len(content)]
        return bytes(changed)


def stubs(flow: Flow, base: int, fixed: Set[int], several: bool) -> Stubs | None:
    """Stubs for the code of a function that stands at `base` and does not change itself.

    `fixed`: offsets of instructions that are watched where they stand. `several`: whether an
    instruction with several accesses may be replaced. What is left out stays as it is; None where
    that is everything.
    """
    return _Maker(flow, base, fixed, several).make()


class _Maker:
    """Copies blocks, then sees to it that control gets from the code into the copies."""

    def __init__(self, flow: Flow, base: int, fixed: Set[int], several: bool) -> None:
        self.flow = flow
        self.fixed = fixed
        self.several = several
        self.instructions = instruction_set(flow.image.isa)
        self.spare = spare_registers(flow)
        self.jump_row = self.instructions.row("jal")
        first = round_up(base % PAGE + len(flow.image.code), PAGE) // PAGE + 1
        self.near = range(first, NEAR_PAGES + 1)
        """So many pages behind an instruction is room for a jump onwards."""
        self.start = (first + NEAR_PAGES) * PAGE - base % PAGE
        """Where the copies start, behind all such room; all places are offsets from the code's."""
        self.words: list[int] = []
        self.copy_of: dict[int, int] = {}
        """Address of a node → place of its copy."""
        self.origin: dict[int, int] = {}
        self.jumps: list[tuple[int, int]] = []
        """Index of a word that is to be a jump → address that it goes to, or to the copy of."""
        self.long: list[tuple[int, Node, tuple[Instruction, ...]]] = []
        """Index of a word that is to be a jump to a sequence, of which node, and the sequence."""
        self.patches: dict[int, bytes] = {}
        self.inside: set[int] = set()
        """Addresses of nodes that start within a jump of `patches`."""
        self.onwards: dict[int, bytes] = {}

    def make(self) -> Stubs | None:
        foreign = [node for node in self.flow.nodes if self.is_foreign(node)]
        sequences = {node.address: self.replacement(node) for node in foreign}
        self.sequences = {address: found for address, found in sequences.items() if found}
        self.copy()
        apart = tuple([self.set_apart(*each) for each in self.long])
        if self.place(len(self.words)) > REACH:
            return None
        replaced = {node.address for node in foreign if self.enter(node)}
        for index, target in self.jumps:
            place = self.place(index)
            self.words[index] = self.jump(place, self.copy_of.get(target, target))
        content = b"".join([word.to_bytes(4, "little") for word in self.words])
        if not replaced:
            return None
        code = {self.start: content, **self.onwards}
        return Stubs(self.patches, code, self.origin, frozenset(replaced), apart)

    # ---- what does the same

    def is_foreign(self, node: Node) -> bool:
        return is_foreign(node.meaning.instruction)

    def replacement(self, node: Node) -> tuple[Instruction, ...]:
        """What does the same as an instruction that unicorn lacks; empty where there is nothing."""
        written, touched = node.meaning.instruction, node.effects
        if touched.control not in (NEXT, INDIRECT) or touched.outside:
            return ()
        if len(touched.accesses) > 1 and not self.several:
            return ()
        base = node.meaning.base
        if not is_foreign(base):
            return (base,)
        needed = {term.part for step in base.row.base for term in step.terms} & {*SCRATCH}
        if len(needed) > len(self.spare):
            return ()
        return written.in_base(self.spare) or lowered(written.steps, self.instructions)

    def sequence(self, node: Node) -> tuple[Instruction, ...]:
        """What does elsewhere the same as any node; empty where it has to stay."""
        touched = node.effects
        if node.address in self.sequences:
            return self.sequences[node.address]
        if node.address in self.fixed or touched.outside or self.is_foreign(node):
            return ()
        if touched.control == INDIRECT:
            stays = touched.links or touched.reads != registers(RA)
        elif touched.control in (BRANCH, JUMP):
            stays = node.meaning.base.row.target < 0 or touched.links
        else:
            stays = touched.control != NEXT or _knows_its_place(node.steps)
        return () if stays else (node.meaning.base,)

    # ---- copies

    def chosen(self) -> Iterator[tuple[int, int]]:
        """Nodes to copy, in order: loops with such an instruction whole, and elsewhere a block
        from the first to the last, with one more at either end for a jump to have room."""
        flow = self.flow
        holding: dict[int, list[int]] = {}
        for address in self.sequences:
            node = flow.node_at[address]
            holding.setdefault(flow.block_at[node], []).append(node)
        looping = {number for number in holding if number in flow.blocks[number].successors}
        for component in components([block.successors for block in flow.blocks]):
            if len(component) > 1 and not holding.keys().isdisjoint(component):
                looping.update(component)
        for number in sorted(looping | holding.keys()):
            first, last, _ = flow.blocks[number]
            if number not in looping:
                places = holding[number]
                first, last = max(first, min(places) - 1), min(last, max(places) + 2)
            yield first, last

    def copy(self) -> None:
        """Copy the nodes chosen; what has to stay is jumped to where it stands."""
        onwards: int | None = None
        for first, last in self.chosen():
            for node in self.flow.nodes[first:last]:
                if onwards not in (None, node.address):
                    self.go(onwards)
                part = self.sequence(node)
                if part:
                    self.copy_of[node.address] = self.place(len(self.words))
                    onwards = self.copy_node(node, part)
                elif onwards is not None:
                    self.go(node.address)
                    onwards = None
        if onwards is not None:
            self.go(onwards)

    def copy_node(self, node: Node, part: tuple[Instruction, ...]) -> int | None:
        """Copy one node; the address at which control goes on behind it, if it does."""
        control, label, after = node.effects.control, node.label, node.address + node.size
        self.origin[self.place(len(self.words))] = node.address
        if label is not None and control == JUMP:
            self.go(label)
            return None
        if label is not None and control == BRANCH:
            return self.branch(part[0], label, after)
        if len(part) > LONG and control == NEXT and not node.effects.accesses:
            self.long.append((len(self.words), node, part))
            self.words.append(0)
        else:
            self.write(node, part)
        return after if control == NEXT else None

    def write(self, node: Node, part: tuple[Instruction, ...]) -> None:
        for instruction in part:
            self.origin[self.place(len(self.words))] = node.address
            self.words.append(instruction.row.encode(instruction.values))

    def set_apart(self, index: int, node: Node, part: tuple[Instruction, ...]) -> tuple[int, int]:
        """A sequence behind what stands, and the jumps to it and back; where it stands."""
        first = self.place(len(self.words))
        self.words[index] = self.jump(self.place(index), first)
        self.write(node, part)
        last = self.place(len(self.words))
        self.words.append(self.jump(last, self.place(index + 1)))
        return first, last + 4

    def branch(self, written: Instruction, target: int, after: int) -> int | None:
        """To a copy that stands already in one word, with control going on at `after`; else over
        a jump to there."""
        row, values = written
        here = self.place(len(self.words))
        to = self.copy_of.get(target)
        is_direct = to is not None and to - here in row.kinds[row.target].values
        distance = to - here if to is not None and is_direct else 8
        values = (*values[: row.target], distance, *values[row.target + 1 :])
        self.words.append(row.encode(values))
        if is_direct:
            return after
        self.go(after)
        self.go(target)
        return None

    def go(self, address: int | None) -> None:
        """A jump to the copy of what is at an address, or there."""
        assert address is not None
        self.jumps.append((len(self.words), address))
        self.words.append(0)

    def place(self, index: int) -> int:
        return self.start + 4 * index

    def jump(self, place: int, to: int) -> int:
        return self.jump_row.encode((0, to - place))

    # ---- from the code to the copies

    def enter(self, node: Node) -> bool:
        """Jump from an instruction that unicorn lacks to its copy; False where that cannot be."""
        address = node.address
        if address not in self.copy_of:
            return False
        if address in self.inside:
            return True
        if node.size == 4:
            self.patch(address, self.copy_of[address])
            return True
        # A halfword has no room for a jump: it takes what is behind it, or what is ahead.
        index = self.flow.node_at[address]
        if self.follows(index + 1) and self.patch_over(address):
            return True
        if not self.follows(index):
            return False
        ahead = self.flow.nodes[index - 1]
        if ahead.address not in self.patches and ahead.address not in self.inside:
            if ahead.size == 2:
                return self.patch_over(ahead.address)
            self.patch(ahead.address, self.copy_of[ahead.address])
        self.patches[address] = TRAP
        return True

    def follows(self, index: int) -> bool:
        """Whether node `index` and the one ahead of it are copied, and only that leads to it."""
        nodes, block_at = self.flow.nodes, self.flow.block_at
        if index == 0 or index == len(nodes) or block_at[index] != block_at[index - 1]:
            return False
        at = nodes[index].address
        is_copied = at in self.copy_of and nodes[index - 1].address in self.copy_of
        return is_copied and at not in self.flow.image.symbols.values()

    def patch(self, address: int, to: int) -> None:
        """Jump from an instruction to a place, which REACH has made sure of."""
        self.patches[address] = self.jump(address, to).to_bytes(4, "little")

    def patch_over(self, address: int) -> bool:
        """Jump from a halfword and the one behind it, on which an instruction starts."""
        for pages in self.near:
            at = address + pages * PAGE
            if at not in self.onwards and at - 2 not in self.onwards and at + 2 not in self.onwards:
                self.onwards[at] = self.jump(at, self.copy_of[address]).to_bytes(4, "little")
                self.inside.add(address + 2)
                self.patch(address, at)
                return True
        return False


def spare_registers(flow: Flow) -> tuple[int, ...]:
    """Registers that nothing in the code touches, wherever in it execution may get; no more than a
    sequence needs.

    A result is none, as it is looked at behind the return. gp and tp belong to the program, and
    hardly any function uses them.
    """
    image = flow.image
    if len(image.code) > SEARCHED:
        return ()
    touched = flow.touched
    instructions = instruction_set(image.isa)
    for word in _words_between(flow):
        found = decode(word, instructions)
        if found is not None:
            touched |= found.effects.reads | found.effects.writes
    order = (GP, TP, *range(31, 11, -1), 9, 8, 7, 6, 5)
    return tuple([number for number in order if not touched >> number & 1][: len(SCRATCH)])


def _words_between(flow: Flow) -> set[int]:
    """What a jump into the middle of an instruction, or into data, would execute."""
    code = flow.image.code
    return {
        int.from_bytes(code[at : at + (4 if code[at] & 3 == 3 else 2)], "little")
        for at in range(0, len(code) - 1, 2)
        if at not in flow.node_at
    }


def _knows_its_place(steps: Steps) -> bool:
    return any(isinstance(each, Place) for step in steps for each in within(step))


# ---- steps as base instructions


def lowered(steps: Steps, instructions: InstructionSet) -> tuple[Instruction, ...]:
    """Loads, stores, moves and a jump through a register that do what steps do; nothing where
    it takes more than one instruction a step."""
    kept: dict[str, int] = {
        step.value.name: step.number for step in steps
        if isinstance(step, Write) and isinstance(step.value, Local)
    }  # fmt: skip
    found = []
    for index, step in enumerate(steps):
        if isinstance(step, Write) and isinstance(step.value, Local):
            continue  # it was loaded to there
        if isinstance(step, Let):
            number = kept.get(step.name, 0)
            if not number or _is_read_first(number, steps[index + 1 :]):
                return ()
            step = Write(number, step.value)
        instruction = _one(step, instructions)
        if instruction is None:
            return ()
        found.append(instruction)
    return tuple(found)


def _is_read_first(number: int, steps: Steps) -> bool:
    """Whether what a register held so far is still read."""
    for step in steps:
        if Read(number) in within(step):
            return True
        if isinstance(step, Write) and step.number == number:
            return False
    return False


def _one(step: object, instructions: InstructionSet) -> Instruction | None:
    """The base instruction that does one step."""
    named: tuple[str, tuple[int, ...]] | None = None
    if isinstance(step, Write):
        if isinstance(step.value, Load) and step.value.size == 4:
            named = _with("lw", step.number, step.value.address)
        else:
            named = _with("addi", step.number, step.value)
    elif isinstance(step, Store) and isinstance(step.value, Read):
        name = {1: "sb", 2: "sh", 4: "sw"}[step.size]
        named = _with(name, step.value.number, step.address)
    elif isinstance(step, Goto) and step.condition is None:
        target = step.target
        if isinstance(target, Operation) and target.operands[1:] == (Constant(0xFFFF_FFFE),):
            named = _with("jalr", 0, target.operands[0]) if target.name == "&" else None
    if named is None:
        return None
    row = instructions.row(named[0])
    by_name = dict(zip(("first", "base", "more"), named[1]))
    values = tuple([
        by_name["more"] if kind.kind != "reg" else
        by_name["base" if name == "rs1" else "first"]
        for name, kind in zip(row.variables, row.kinds)
    ])  # fmt: skip
    return Instruction(row, values) if row.accepts(values) else None


def _with(name: str, first: int, sum_: Expression) -> tuple[str, tuple[int, ...]] | None:
    """An instruction over a register, and a register plus a signed constant."""
    if isinstance(sum_, Read):
        return name, (first, sum_.number, 0)
    if isinstance(sum_, Constant):
        return name, (first, 0, (sum_.value ^ 0x8000_0000) - 0x8000_0000)
    if isinstance(sum_, Operation) and sum_.name == "+":
        register, more = sum_.operands
        if isinstance(register, Read) and isinstance(more, Constant):
            return name, (first, register.number, (more.value ^ 0x8000_0000) - 0x8000_0000)
    return None
