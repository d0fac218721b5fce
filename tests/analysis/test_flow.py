"""The flow of a function: effects from the tables, blocks, liveness, against independent means."""

from __future__ import annotations

import random
import re
from types import ModuleType

import pytest
from corpus import toolchain
from corpus.execution import execute
from corpus.instructions import random_instructions

from asm_rv32.analysis import events
from asm_rv32.analysis.flow import ALL, Flow, components, control_flow, registers
from asm_rv32.analysis.lint import lint
from asm_rv32.analysis.live import live_behind
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa import effects, references
from asm_rv32.isa.effects import CALL, END, INDIRECT, NEXT, Access
from asm_rv32.isa.meaning import Constant, Expression, Operation, Read
from asm_rv32.isa.operands import ABI_NAMES
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import Instruction
from asm_rv32.isa.sets import instruction_set, widest_isa
from asm_rv32.isa.words import arity


def flow(*body: str, isa: str = "rv32imac", compress: bool = True) -> Flow:
    text = "@asm_rv32\ndef f(a, b):\n" + "".join(f"    {line}\n" for line in body)
    return control_flow(assemble(text, isa=isa, compress=compress).functions["f"])


# ---- effects

EVERYTHING = widest_isa()


def test_a_compressed_instruction_has_the_effect_of_its_expansion() -> None:
    instructions = instruction_set(EVERYTHING)
    for written in random_instructions(instructions, 5000, seed=1):
        found = written.effects
        again = Instruction(*written.row.base_instruction(written.values)).effects
        if not found.links:  # the address behind it is another
            assert found == again
        assert not found.reads & 1 and not found.writes & 1


class Registers(Reading):
    """Notes the registers that steps read and write; knows every operation there is."""

    def __init__(self) -> None:
        self.used: set[int] = set()

    def read(self, number: int) -> None:
        self.used.add(number)

    def operation(self, name: str, operands: tuple[object, ...]) -> None:
        assert len(operands) == arity(name)
        super().operation(name, operands)

    def write(self, number: int, value: object) -> None:
        self.used.add(number)


def test_no_reading_is_asked_what_x0_holds_or_told_what_is_written_there() -> None:
    for written in random_instructions(instruction_set(EVERYTHING), 2000, seed=2):
        registers = Registers()
        perform(written.steps, registers)
        assert 0 not in registers.used, written


@pytest.mark.parametrize("seed", range(3))
def test_what_an_instruction_reads_and_writes_shows_when_it_runs(seed: int) -> None:
    # A register that is not written keeps its value; one that is not read does not matter.
    choice = random.Random(seed)
    instructions = instruction_set("rv32im")
    watched = {10: "a0", 11: "a1", 12: "a2", 5: "t0", 6: "t1", 7: "t2"}
    tried = 0
    for written in random_instructions(instructions, 4000, seed):
        found = written.effects
        if found.control != NEXT or found.accesses or found.outside:
            continue
        if (found.reads | found.writes) & ~registers(*watched):
            continue
        tried += 1
        code = written.row.encode(written.values).to_bytes(written.row.size, "little")
        code += (0x8067).to_bytes(4, "little")
        values = {name: choice.getrandbits(32) for name in watched.values()}
        after = execute(code, **values)
        for number, name in watched.items():
            if not found.writes >> number & 1:
                assert after[name] == values[name], written
        others = {
            name: value if found.reads >> number & 1 else choice.getrandbits(32)
            for (number, name), value in zip(watched.items(), values.values())
        }
        again = execute(code, **others)
        for number, name in watched.items():
            if found.writes >> number & 1:
                assert again[name] == after[name], written
    assert tried > 5


def test_the_access_is_as_wide_as_the_manual_says() -> None:
    widths = {"lb": 1, "lbu": 1, "lh": 2, "lhu": 2, "lw": 4, "sb": 1, "sh": 2, "sw": 4,
              "lr.w": 4, "sc.w": 4, "amoadd.w": 4, "add": 0, "jalr": 0}  # fmt: skip
    instructions = instruction_set("rv32ima")
    for name, width in widths.items():
        row = instructions.row(name)
        found = Instruction(row, tuple(0 for _ in row.kinds)).effects
        assert [access.size for access in found.accesses] == ([width] if width else []), name
        stores = any(access.stores for access in found.accesses)
        assert stores == (name in ("sb", "sh", "sw", "sc.w", "amoadd.w")), name
        loads = any(access.loads for access in found.accesses)
        assert loads == (name in ("lb", "lbu", "lh", "lhu", "lw", "lr.w", "amoadd.w")), name


FIRST, SECOND = Read(10), Read(11)


@pytest.mark.parametrize(
    ("address", "base"),
    [
        (FIRST, (10, 0)),
        (Constant(8), (0, 8)),
        (Operation("+", (FIRST, Constant(4))), (10, 4)),
        (Operation("+", (FIRST, Constant(0xFFFF_FFFF))), (10, -1)),
        (Operation("+", (FIRST, SECOND)), None),
        (Operation("+", (Operation("*", (FIRST, SECOND)), Constant(4))), None),
        (Operation("-", (FIRST, Constant(4))), None),
    ],
)
def test_the_base_of_an_address_is_told_where_it_has_one(
    address: Expression, base: tuple[int, int] | None
) -> None:
    assert Access(4, True, False, address, None).base == base


def test_control_goes_on_as_the_instruction_says() -> None:
    found = flow("nop()", "beqz(a, out)", "jalr(b)", "jr(b)", "label(out)", "unimp()")
    assert [node.effects.control for node in found.nodes][2:5] == [CALL, INDIRECT, END]


# ---- blocks


def test_blocks_tile_the_nodes_and_end_where_control_leaves() -> None:
    choice = random.Random(7)
    for _ in range(30):
        body = []
        for at in range(40):
            body.append(f"label(l{at})")
            body.append(
                choice.choice(("nop()", "add(a0, a0, a1)", "ret()", f"j(l{choice.randrange(40)})",
                               f"bnez(a0, l{choice.randrange(40)})",
                               f"jal(ra, l{choice.randrange(40)})"))
            )  # fmt: skip
        found = flow(*body)
        assert [block.first for block in found.blocks[1:]] == [b.last for b in found.blocks[:-1]]
        assert found.blocks[0].first == 0 and found.blocks[-1].last == len(found.nodes)
        for block in found.blocks:
            inner = found.nodes[block.first : block.last - 1]
            assert not any(node.ends_block for node in inner)
            for successor in block.successors:
                assert 0 <= successor < len(found.blocks)
        successors = [block.successors for block in found.blocks]
        parts = components(successors)
        assert sorted(n for each in parts for n in each) == [*range(len(found.blocks))]
        assert {frozenset(each) for each in parts} == _components(found)


def _components(found: Flow) -> set[frozenset[int]]:
    """By definition: blocks that reach each other."""
    reach = []
    for start in range(len(found.blocks)):
        seen, work = {start}, [start]
        while work:
            new = set(found.blocks[work.pop()].successors) - seen
            seen |= new
            work += new
        reach.append(seen)
    return {
        frozenset(other for other in seen if start in reach[other])
        for start, seen in enumerate(reach)
    }


def test_a_far_jump_goes_to_its_target() -> None:
    found = flow("jal(zero, out)", "space(1100000)", "label(out)", "nop()")
    assert [node.meaning.name for node in found.nodes[:2]] == ["auipc", "jalr"]
    assert found.nodes[1].target == 2


def test_a_computed_jump_that_something_leads_to_goes_anywhere() -> None:
    body = ("auipc(t0, 0)", "jalr(zero, 8(t0))", "ret()")
    assert [node.target for node in flow(*body, compress=False).nodes][:2] == [-1, 2]
    ahead = ("beqz(a, jump)", body[0], "label(jump)", *body[1:])
    behind = (body[0], "label(jump)", body[1], "j(jump)")
    with_data = (body[0], "data(4, 0)", *body[1:])
    for entered in (ahead, behind, with_data):
        nodes = flow(*entered, compress=False).nodes
        assert [node.target for node in nodes if node.meaning.through == 5] == [-1]


def test_targets_are_those_of_objdump() -> None:
    body = ["label(top)", "bnez(a, out)", "lw(a0, 4(b))", "j(top)", "label(out)",
            "blt(a, b, top)", "ret()"]  # fmt: skip
    found = flow(*body)
    for line in toolchain.gnu_disassemble(found.image.code):
        node = found.nodes[found.node_at[line.address]]
        if re.match(r"c?\.?(b[a-z]+z?|j)$", line.mnemonic) and node.target >= 0:
            assert found.nodes[node.target].address == int(line.operands[-1], 16)


# ---- liveness


def looping(choice: random.Random, names: list[str]) -> list[str]:
    """Statements whose values go around a loop, which ends: its counter is none of them."""
    body = ["li(a3, 3)", "label(again)"]
    for at in range(12):
        pick = [choice.choice(names) for _ in range(3)]
        body.append(choice.choice((
            f"add({pick[0]}, {pick[1]}, {pick[2]})", f"sltu({pick[0]}, {pick[1]}, {pick[2]})",
            f"xori({pick[0]}, {pick[1]}, {at})", f"beq({pick[0]}, {pick[1]}, l{at})",
        )))  # fmt: skip
        if body[-1].startswith("beq"):
            body += [f"mv({pick[2]}, {pick[0]})", f"label(l{at})"]
    return [*body, "addi(a3, a3, -1)", "bnez(a3, again)", "ret()"]


@pytest.mark.parametrize("seed", range(5))
def test_a_register_that_is_not_live_may_hold_anything(seed: int) -> None:
    choice = random.Random(seed)
    names = ["t0", "t1", "t2", "a0", "a1", "a2"]
    tried = 0
    for _ in range(15):
        found = flow(*looping(choice, names), compress=False)
        live = live_behind(found)
        values = {name: choice.getrandbits(32) for name in names}
        expected = execute(found.image.code, **values)
        first = found.nodes[0].effects
        before = live[0] & ~first.writes | first.reads
        for name in names:
            if not before >> ABI_NAMES.index(name) & 1:
                values[name] = choice.getrandbits(32)
                tried += 1
        after = execute(found.image.code, **values)
        assert (after["a0"], after["a1"]) == (expected["a0"], expected["a1"])
    assert tried > 5


def test_what_is_read_in_the_next_round_is_live() -> None:
    found = flow("label(again)", "add(a0, a0, t0)", "li(t0, 7)", "addi(a, a, -1)",
                 "bnez(b, again)", "ret()")  # fmt: skip
    assert live_behind(found)[1] >> 5 & 1


def test_everything_is_live_where_control_goes_to_an_unknown_place() -> None:
    found = flow("nop()", "jr(b)")
    assert live_behind(found)[-1] == ALL


# ---- data that is code


@pytest.mark.parametrize(
    ("body", "count"),
    [
        (("data(4, 0x02a50533)", "data(2, 0x0505)"), 3),  # mul, c.addi, and the return behind
        (("beqz(a, on)", "ret()", "label(on)", "data(2, 0x0505, 0x8082)", "data(4, 1)"), 4),
        (("nop()", "data(4, 0)"), 2),  # no instruction at all
        (("nop()", "data(4, 0x02a50533, 0)"), 2),  # it does not lead to where control leaves
        (("nop()", "data(1, 1, 2, 4, 8)"), 2),  # a hint is a small number, rather
        (("nop()", "ret()", "data(4, 0x02a50533)", "data(2, 0x8082)"), 2),  # nothing comes to it
    ],
)
def test_data_that_control_runs_into_is_code_if_all_of_it_decodes(
    body: tuple[str, ...], count: int
) -> None:
    assert len(flow(*body).nodes) == count


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_what_is_added_to_sp_and_taken_from_it_again_is_followed(count: int) -> None:
    """Sums of up to four words, sp among them, in any order."""
    choice = random.Random(count)
    for _ in range(10):
        added, taken = ([*"abcd"[:count]] for _ in range(2))
        choice.shuffle(added)
        choice.shuffle(taken)
        body = [f"add(sp, sp, {x})" for x in added] + [f"sub(sp, sp, {x})" for x in taken]
        text = "@asm_rv32\ndef f(a, b, c, d):\n" + "".join(f"    {line}\n" for line in body)
        told = {each.code for each in lint(assemble(text).functions["f"])}
        assert told == (set() if count < 4 else {"stack-pointer"}), body


def test_where_a_hardware_loop_leads_is_not_known() -> None:
    for line, is_known in (("nop()", True), ("esp_lp_setup(0, t0, 4)", False)):
        text = (
            f"@asm_rv32(isa='rv32imc_xesploop')\ndef f():\n    li(t0, 3)\n    {line}\n    nop()\n"
        )
        assert control_flow(assemble(text).functions["f"]).undecoded != is_known


@pytest.mark.parametrize("module", [events, effects, references])
def test_words_that_stand_for_themselves_are_their_names(module: ModuleType) -> None:
    """The sorts of an event, of control and of a place: what is shown of one tells which it is."""
    others = {"LOWER", "GOT"}  # these are GNU's words
    words = {name: value for name, value in vars(module).items()
             if name.isupper() and type(value) is str and name not in others}  # fmt: skip
    assert len(words) >= 3
    assert words == {name: name.lower().replace("_", " ") for name in words}
