"""Every row: its bits covered once, its ranges, its expansion; encode and decode are inverse."""

from __future__ import annotations

import itertools
import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from corpus.instructions import boundary_instructions, draw_all, random_instructions

from asm_rv32.assembler.pipeline import assemble
from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.cores import core_table, described
from asm_rv32.isa.checking import validate
from asm_rv32.isa.decode import decode, decode_all
from asm_rv32.isa.meaning import Constant, Operation, Place, Read, simplified
from asm_rv32.isa.operands import OperandKind, parse_bits
from asm_rv32.isa.reading import Reading, perform
from asm_rv32.isa.rows import ANY, Instruction, Row, Slot, read_backwards
from asm_rv32.isa.sets import (
    InstructionSet,
    IsaError,
    instruction_set,
    isa_of_attribute,
    parse_isa,
    widest_isa,
)
from asm_rv32.isa.tables import (
    TableError,
    known_extensions,
    literal_of,
    number_of,
    python_name,
    tables,
    tables_folder,
)
from asm_rv32.isa.words import OPERATIONS, arity

EVERYTHING = widest_isa()


def isa_strings() -> list[str]:
    """The bases with nothing, each extension, as many as stand together, and all of these but each:
    what one takes from another is missing where the other is."""
    known = known_extensions()
    letters, *names = EVERYTHING.removeprefix("rv32i").split("_")
    widest = [*letters, *names]
    found = ["rv32i", "rv32e"] + [EVERYTHING, "_".join(("rv32e", *widest))]
    found += [f"{base}_{name}" for base in ("rv32i", "rv32e") for name in known]
    return found + ["_".join(("rv32i", *(n for n in widest if n != name))) for name in widest]


@pytest.mark.parametrize("isa", ["rv32if_zfinx", "rv32ic_zcf_zfinx"])
def test_no_isa_has_what_excludes_each_other(isa: str) -> None:
    with pytest.raises(IsaError, match=r"has Zfinx .* and F .*same bits"):
        instruction_set(isa)


@pytest.mark.parametrize(
    ("isa", "has"),
    [("rv32ifc", True), ("rv32if_zca", False), ("rv32i_zcf", True), ("rv32ic", False)],
)
def test_zcf_comes_where_c_and_f_are_named(isa: str, has: bool) -> None:
    assert bool(instruction_set(isa).rows("c.flw")) == has


def test_every_isa_is_valid() -> None:
    for isa in isa_strings():
        validate(instruction_set(isa))


def broken(changes: dict[str, dict[str, object]]) -> InstructionSet:
    """The instructions of RV32IMC, some rows replaced."""
    instructions = InstructionSet("rv32i", parse_isa("rv32imc")[1])
    for name, change in changes.items():
        row = instructions.row(name)
        instructions._rows[name] = (type(row)(row.place, row.data | change, instructions),)
    return instructions


@pytest.mark.parametrize(
    ("name", "change"),
    [
        ("add", {"fixed": "31..25=0 14..12=0 5..0=0x33"}),  # a bit of nobody
        ("add", {"fixed": "31..24=0 14..12=0 6..0=0x33"}),  # a bit of two
        ("sub", {"fixed": "31..25=0 14..12=0 6..0=0x33"}),  # decodes as add, too
        ("c.mv", {"expands": "add rd_nz, zero, rs1"}),  # not an operand of it
        ("c.mv", {"expands": "nothing rd_nz"}),
        ("c.addi", {"syntax": "rd_nz, imm6"}),  # decodes as the hint, too
        ("c.andi", {"expands": "slli rd_rs1_c, rd_rs1_c, imm6"}),  # does not fit
        ("c.li", {"expands": "addi imm6, zero, rd_nz"}),
        ("lui", {"syntax": "rd, imm21"}),
    ],
)
def test_a_wrong_row_is_refused(name: str, change: dict[str, object]) -> None:
    with pytest.raises(TableError):
        validate(broken({name: change}))


def test_an_unchanged_row_is_accepted() -> None:
    validate(broken({"add": {}}))


@pytest.mark.parametrize(
    "bits", ["11:7[5:0]", "11:7[3:0]", "11:7[4:0] 7[5]", "11:7[4:0] 12[4]", "7:11", "11:7[0:4]"]
)
def test_a_wrong_scatter_is_refused(bits: str) -> None:
    with pytest.raises(ValueError):
        parse_bits(bits)


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("zero", 0),
        ("t6", 31),
        ("x7", 7),
        ("iorw", 15),
        ("r", 2),
        ("w", 1),
        ("0x10", 16),
        ("-3", -3),
    ],
)
def test_what_stands_in_a_row_for_a_number(text: str, value: int) -> None:
    assert number_of(text) == literal_of(text) == value


@pytest.mark.parametrize("text", ["x32", "rw", "f0", "", "1.5", "rd"])
def test_what_stands_for_none_is_refused(text: str) -> None:
    assert literal_of(text) is None
    with pytest.raises(TableError, match=f"'{text}' is neither a register nor a number"):
        number_of(text)


def kinds() -> list[OperandKind]:
    everything = instruction_set(EVERYTHING)
    return [everything.kinds[name] for name in tables()["operands"]]


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.name)
def test_a_field_holds_its_range_and_nothing_more(kind: OperandKind) -> None:
    if not kind.parts or kind.holds:
        return
    word = 0
    seen = set()
    if sum(part.width for part in kind.parts) <= 13:
        values = range(kind.minimum + kind.base, kind.maximum + kind.base + 1, kind.unit)
    else:
        middle = range(-64 * kind.unit, 64 * kind.unit, kind.unit)
        ends = (kind.minimum, kind.minimum + kind.unit, kind.maximum - kind.unit, kind.maximum)
        values = [*middle, *ends]  # type: ignore[assignment]
    for value in values:
        word = kind.encode[value]
        assert word & ~kind.mask == 0
        assert kind.decode(word) == value
        seen.add(word)
    assert len(seen) == len(values)
    if kind.kind in ("int", "uint"):
        assert kind.maximum + kind.unit not in kind.values
        assert kind.minimum - kind.unit not in kind.values
        assert (0 in kind.values) != (kind.nonzero or kind.minimum > 0)


@pytest.mark.parametrize("name", [name for name in OPERATIONS if arity(name) == 2])
def test_what_is_simplified_gives_the_same(name: str) -> None:
    """Of a constant and a register; of two that may change places, in either order the same."""
    choose = random.Random(name)
    register = Read(5)
    for constant in (0, 1, 31, 32, 0x8000_0000, 0xFFFF_FFFF, choose.getrandbits(32)):
        for operands in ((register, Constant(constant)), (Constant(constant), register)):
            found = simplified(name, operands)
            for word in (0, 1, 0xFFFF_FFFF, choose.getrandbits(32)):
                known = {register: word}
                words = [each.value if isinstance(each, Constant) else word for each in operands]
                expected = OPERATIONS[name](*words)
                if isinstance(found, Operation):
                    inner = [each.value if isinstance(each, Constant) else known[each]
                             for each in found.operands]  # fmt: skip
                    assert OPERATIONS[found.name](*inner) == expected
                else:
                    assert (found.value if isinstance(found, Constant) else word) == expected
        if name in ("+", "|", "^", "&", "*", "eq", "ne"):
            both = (register, Constant(constant))
            assert simplified(name, both) == simplified(name, both[::-1])


def test_parts_of_meanings_of_two_sorts_are_not_the_same() -> None:
    one, other = Constant(4), Place(4)
    assert not one == other and one != other  # noqa: SIM201
    assert one == Constant(4) and not one != Constant(4)  # noqa: SIM202


# The ranges as the manual's text gives them, apart from the scatters they follow from.
RANGES = {
    ("addi", 2): (-2048, 2047, 1), ("lw", 1): (-2048, 2047, 1), ("sw", 1): (-2048, 2047, 1),
    ("jalr", 2): (-2048, 2047, 1), ("beq", 2): (-4096, 4094, 2), ("jal", 1): (-1048576, 1048574, 2),
    ("lui", 1): (-524288, 524287, 1), ("slli", 2): (0, 31, 1), ("csrrwi", 2): (0, 31, 1),
    ("csrrw", 2): (0, 4095, 1), ("fence", 0): (0, 15, 1),
    ("c.lwsp", 1): (0, 252, 4), ("c.swsp", 1): (0, 252, 4), ("c.lw", 1): (0, 124, 4),
    ("c.sw", 1): (0, 124, 4), ("c.j", 0): (-2048, 2046, 2), ("c.jal", 0): (-2048, 2046, 2),
    ("c.beqz", 1): (-256, 254, 2), ("c.bnez", 1): (-256, 254, 2), ("c.li", 1): (-32, 31, 1),
    ("c.lui", 1): (-32, 31, 1), ("c.addi", 1): (-32, 31, 1), ("c.addi16sp", 0): (-512, 496, 16),
    ("c.addi4spn", 1): (0, 1020, 4), ("c.slli", 1): (0, 31, 1), ("c.srli", 1): (0, 31, 1),
    ("c.srai", 1): (0, 31, 1), ("c.andi", 1): (-32, 31, 1),
}  # fmt: skip


def test_ranges_are_those_of_the_manual() -> None:
    instructions = instruction_set()
    found = {}
    for name, index in RANGES:
        kind = instructions.row(name).kinds[index]
        found[name, index] = (kind.minimum, kind.maximum, kind.unit)
    assert found == RANGES


def accepted(statement: str) -> bool:
    try:
        assemble(f"@asm_rv32\ndef f():\n {statement}\n", compress=False)
    except AssemblyError:
        return False
    return True


def test_the_ends_of_every_immediate_are_reached_and_not_passed() -> None:
    """Through the front door: the last value assembles, the next does not."""
    from corpus.instructions import python_text

    isa = "rv32imc"
    for row in instruction_set(isa).encodings:
        if row.hint:
            continue
        for index, kind in enumerate(row.kinds):
            if kind.kind not in ("int", "uint") or not isinstance(kind.values, range | frozenset):
                continue
            choice = random.Random(2)
            values = list(draw_all(row, choice))

            def written(value: int) -> str:
                changed = [*values[:index], value, *values[index + 1 :]]  # noqa: B023
                text = python_text(Instruction(row, tuple(changed)), "there")  # noqa: B023
                return f'@asm_rv32(isa="{isa}")\ndef f():\n label(there)\n {text}\n'

            legal = sorted(v for v in range(kind.minimum, kind.maximum + 1) if v in kind.values) \
                if kind.maximum < 5000 else [kind.minimum, kind.maximum]  # fmt: skip
            for value in (legal[0], legal[-1]):
                assemble(written(value))
            outside = [legal[0] - kind.unit] if kind.minimum else [-1]
            if not kind.modulo:
                outside.append(legal[-1] + kind.unit)
            else:
                outside.append(1 << kind.modulo)
            if kind.unit > 1:
                outside.append(legal[-1] - 1)
            if kind.nonzero and not any(
                other.syntaxes[0].shape == row.syntaxes[0].shape and 0 in
                [slot.literal for slot in other.syntaxes[0].slots if slot.variable < 0]
                for other in instruction_set(isa).rows(row.name)
            ):  # fmt: skip
                outside.append(0)
            for value in outside:
                with pytest.raises(AssemblyError):
                    assemble(written(value))


@pytest.mark.parametrize("isa", ["rv32imc", "rv32emc", EVERYTHING])
def test_what_is_encoded_is_decoded(isa: str) -> None:
    instructions = instruction_set(isa)
    samples = itertools.chain(
        boundary_instructions(instructions), random_instructions(instructions, 20_000, 3)
    )
    for instruction in samples:
        word = instruction.row.encode(instruction.values)
        assert word >> (8 * instruction.row.size) == 0
        assert decode(word, instructions) == instruction


def test_random_words_decode_to_what_encodes_to_them() -> None:
    instructions = instruction_set(EVERYTHING)
    choice = random.Random(4)
    rows = [row for row in instructions.encodings if row.size == 4]
    for _ in range(50_000):
        # Near a row, since words at random are nearly all of no instruction.
        row = choice.choice(rows)
        word = row.match | (choice.getrandbits(32) & ~row.mask)
        word ^= (1 << choice.randrange(2, 32)) * choice.getrandbits(1)
        found = decode(word, instructions)
        if found is not None:
            assert found.row.encode(found.values) == word


def test_compression_is_the_expansion_read_backwards() -> None:
    """Every compressed instruction's base shortens to one with the same base, and no longer."""
    instructions = instruction_set()
    for word in range(0x10000):
        found = decode(word, instructions) if word & 3 != 3 else None
        if found is None or found.row.hint or found.row.name == "c.unimp":
            continue
        base = found.row.base_instruction(found.values)
        assert base.row.size == 4
        candidates = [
            (row, values)
            for row, pattern in base.row.shorter
            if (values := read_backwards(pattern, base.values)) is not None
        ]
        assert found in [Instruction(*candidate) for candidate in candidates]
        for row, values in candidates:
            assert row.base_instruction(values) == base or row.name in ("c.mv", "c.nop", "c.li")


def test_every_variant_that_is_shortened_does_the_same() -> None:
    """`also`: a commutated or equivalent instruction, by what the operations compute."""
    compute = {
        "add": lambda a, b: (a + b) & 0xFFFFFFFF, "sub": lambda a, b: (a - b) & 0xFFFFFFFF,
        "xor": lambda a, b: a ^ b & 0xFFFFFFFF, "or": lambda a, b: a | b & 0xFFFFFFFF,
        "and": lambda a, b: a & b & 0xFFFFFFFF,
        "sll": lambda a, b: a << (b & 31) & 0xFFFFFFFF, "srl": lambda a, b: a >> (b & 31),
        "sra": lambda a, b: (a - (a >> 31 << 32) >> (b & 31)) & 0xFFFFFFFF,
        "lui": lambda a: a << 12 & 0xFFFFFFFF,
        "beq": lambda a, b: a == b, "bne": lambda a, b: a != b,
    }  # fmt: skip
    compute |= {name: compute[name.replace("i", "")] for name in (
        "addi", "xori", "ori", "andi", "slli", "srli", "srai")}  # fmt: skip
    instructions = instruction_set()
    state = [0, *random.Random(5).sample(range(1 << 32), 31)]
    count = 0
    for row in instructions.encodings:
        for text in row.data.get("also", ()):
            (step,) = row.parse_steps(text)
            for values in itertools.product(*[
                [v for v in range(32) if v in kind.values] if kind.kind == "reg" else [kind.maximum]
                for kind in row.kinds
            ]):  # fmt: skip
                named = {term.variable for term in step.terms}
                values = tuple(v if at in named else 0 for at, v in enumerate(values))
                own = row.base_instruction(values)
                other = [
                    7 if t.part == ANY else t.literal if t.variable < 0 else values[t.variable]
                    for t in step.terms
                ]
                results = []
                for name, operands, kinds in (
                    (own.row.name, own.values, own.row.kinds),
                    (step.row.name, other, step.row.kinds),
                ):
                    numbers = [state[v] if k.kind == "reg" else v for v, k in zip(operands, kinds)]
                    branch = name in ("beq", "bne")
                    sources = numbers[:2] if branch else numbers[1:]
                    rest = operands[2] if branch else operands[0]
                    results.append((compute[name](*sources), rest))
                assert results[0] == results[1], (row, text, values)
                count += 1
    assert count > 15_000


class Computation(Reading):
    """The register that an instruction writes and what into it, from a state of registers."""

    def __init__(self, registers: list[int]) -> None:
        self.registers = registers
        self.result = (0, 0)

    def constant(self, word: int) -> int:
        return word

    def read(self, number: int) -> int:
        return self.registers[number]

    def operation(self, name: str, operands: tuple[int, ...]) -> int:
        return OPERATIONS[name](*operands)

    def write(self, number: int, value: int) -> None:
        self.result = (number, value)


EDGES = [0, 1, 31, 32, 0x7FFF_FFFF, 0x8000_0000, 0xFFFF_FFFF, 0xFFFF_FFE0]
STATES = [
    [0, *(choose.choice((choose.choice(EDGES), choose.getrandbits(32))) for _ in range(31))]
    for choose in map(random.Random, range(12))
]


def computed(instruction: Instruction) -> tuple[tuple[int, int], ...] | None:
    """What a computation leaves in each of some states; None for any other instruction."""
    steps = instruction.steps
    effects = instruction.effects
    if len(steps) != 1 or not effects.writes or effects.accesses or effects.outside:
        return None
    found = []
    for words in STATES:
        state = Computation(words)
        perform(steps, state)
        found.append(state.result)
    return tuple(found)


def test_what_a_halfword_does_is_never_done_by_four_bytes() -> None:
    """Every computation of the base among few registers and small numbers, against all halfwords:
    where one does the same, one is taken. Comparisons are left as they are, and -1 by `ori`."""
    registers, numbers = {0, 1, 2, 8, 9, 15, 20}, {-33, -32, -17, -1, 0, 1, 4, 16, 31, 32, 255}
    instructions = instruction_set()

    def is_among(found: Instruction) -> bool:
        return all(
            value in (registers if kind.kind == "reg" else numbers)
            for kind, value in zip(found.row.kinds, found.values)
        )

    halves = [decode(word, instructions) for word in range(1 << 16) if word & 3 != 3]
    short = {computed(half) for half in halves if half and not half.row.hint and is_among(half)}
    count = 0
    for row in instructions.encodings:
        if row.extension != "rv32i" or row.name in ("auipc", "slt", "sltu", "slti", "sltiu"):
            continue
        fields = [sorted(v for v in (registers if kind.kind == "reg" else numbers)
                         if v in kind.values) for kind in row.kinds]  # fmt: skip
        for values in itertools.product(*fields):
            instruction = Instruction(row, values)
            done = computed(instruction)
            if done is None or done not in short or (row.name, values[-1]) == ("ori", -1):
                continue
            count += 1
            assert any(read_backwards(pattern, values) is not None for _, pattern in row.shorter), (
                instruction
            )
    assert count > 1000


def test_what_is_read_in_place_of_another_row_does_the_same() -> None:
    """`within`: what executes the other's words without knowing this row is not to see a change."""
    instructions = instruction_set(EVERYTHING)
    count = 0
    for row in instructions.encodings:
        if "within" not in row.data:
            continue
        for values in itertools.product(*(
            [v for v in (0, 5, 9, 31, -2048, 2016) if v in kind.values] for kind in row.kinds
        )):  # fmt: skip
            word = row.encode(values)
            (wide,) = (
                Instruction(each, found) for each in instructions.rows(row.data["within"])
                if each.size and word & each.mask == each.match
                and (found := each.decode(word)) is not None
            )  # fmt: skip
            assert computed(Instruction(row, values)) == computed(wide), row
            assert not Instruction(row, values).effects.accesses
            count += 1
    assert count > 20


def test_a_hint_executes_as_the_row_of_its_name_with_its_operands() -> None:
    """The manual gives a compressed mnemonic one meaning, whether it is a HINT or not."""
    instructions = instruction_set(EVERYTHING)
    count = 0
    for row in [row for row in instructions.encodings if row.hint and row.size == 2]:
        written = row.syntaxes[0].slots
        # `c.nop imm` is `c.addi zero, imm`.
        plain = instructions.row("c.addi" if row.name == "c.nop" else row.name)
        before = (Slot(-1, 0),) if row.name == "c.nop" else ()
        for values in hint_values(row):
            operands = [slot.literal if slot.variable < 0 else values[slot.variable]
                        for slot in (*before, *written)]  # fmt: skip
            meant = [0] * len(plain.variables)
            for slot, operand in zip(plain.syntaxes[0].slots, operands, strict=True):
                meant[slot.variable] = operand
            assert row.base_instruction(values) == plain.base_instruction(tuple(meant)), row
            count += 1
    assert count > 300


def hint_values(row: Row) -> Iterator[tuple[int, ...]]:
    ranges = [[v for v in range(k.minimum + k.base, k.maximum + k.base + 1) if v in k.values]
              for k in row.kinds]  # fmt: skip
    return itertools.product(*ranges)


def test_tables_are_those_of_the_installed_package_or_beside_the_checkout(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "encodings").mkdir()
    monkeypatch.setattr("asm_rv32.isa.tables.__file__", f"{tmp_path}/asm_rv32/isa/tables.py")
    assert tables_folder() == f"{tmp_path}/encodings"
    (tmp_path / "asm_rv32" / "_tables").mkdir(parents=True)
    assert tables_folder() == f"{tmp_path}/asm_rv32/_tables"


def test_as_much_as_is_kept_of_words_changes_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    instructions = instruction_set("rv32imc")
    choose = random.Random(5)
    words = [choose.getrandbits(30) << 2 | 3 for _ in range(20)]
    code = b"".join(choose.choice(words).to_bytes(4, "little") for _ in range(100))
    whole = list(decode_all(code, instructions))
    assert len(whole) == 100
    monkeypatch.setattr("asm_rv32.isa.decode.WORDS_KEPT", 3)
    assert list(decode_all(code, instructions)) == whole


def test_code_that_ends_inside_an_instruction_is_decoded_to_its_end() -> None:
    found = list(decode_all(bytes.fromhex("0100 1300"), instruction_set()))
    assert [(item.address, item.size, item.instruction is None) for item in found] == [
        (0, 2, False), (2, 2, True),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("isa", "files"),
    [
        ("rv32i", "rv32i zicsr zifencei pseudo"),
        ("RV32IMC", "rv32i rv32m rv32c zicsr zifencei pseudo"),
        ("rv32cmi", None),
        ("rv32i_m_c", "rv32i rv32m rv32c zicsr zifencei pseudo"),
        ("rv32icm_zicsr", "rv32i rv32m rv32c zicsr zifencei pseudo"),
        ("rv32imczicsr_zifencei", "rv32i rv32m rv32c zicsr zifencei pseudo"),
        ("rv32im_zca", "rv32i rv32m rv32c zicsr zifencei pseudo"),
        ("rv32i_b", "rv32i zba zbb zbs zicsr zifencei pseudo"),
        ("rv32i_zmmul_zaamo", "rv32i zmmul zaamo zicsr zifencei pseudo"),
        ("rv32ima_zmmul_zaamo", "rv32i rv32m rv32a zicsr zifencei pseudo"),
        ("rv32i_zks_zbb", "rv32i zbb zbkb zbkc zbkx zksed zksh zicsr zifencei pseudo"),
        ("rv32i_zbkb_zbc_zbkc", "rv32i zbkb zbkb.zbb zbc zicsr zifencei pseudo"),
        ("rv32gc", None),
        ("rv64imc", None), ("", None), ("rv32", None), ("rv32i_", None), ("rv32imq", None),
        ("rv32i_znothing", None), ("rv32im__c", None), ("rv32iü", None),
    ],
)  # fmt: skip
def test_isa_strings(isa: str, files: str | None) -> None:
    if files is None:
        with pytest.raises(IsaError, match="rv32i"):
            parse_isa(isa)
    else:
        assert sorted(parse_isa(isa)[1]) == sorted(files.split())


@pytest.mark.parametrize(
    ("name", "said"), [("zvbb", "'zvbb' (vector bit manipulation); "), ("zwhat", "'zwhat'; ")]
)
def test_an_extension_that_is_not_known_here_is_named_with_its_title(name: str, said: str) -> None:
    with pytest.raises(IsaError) as refused:
        parse_isa(f"rv32i_{name}")
    assert f" names {said}known after" in str(refused.value)


@pytest.mark.parametrize("part", ["zmmul", "zaamo", "zalrsc"])
def test_a_part_of_an_extension_has_some_of_its_rows(part: str) -> None:
    whole, base = instruction_set("rv32ima"), instruction_set("rv32i")
    found = instruction_set(f"rv32i_{part}")
    validate(found)
    assert set(base.mnemonics) < set(found.mnemonics) < set(whole.mnemonics)
    both = {*found.mnemonics, *instruction_set("rv32im_zaamo_zalrsc").mnemonics}
    assert both == set(whole.mnemonics)


@pytest.mark.parametrize(
    ("arch", "isa", "unknown"),
    [
        ("rv32i2p1_m2p0_c2p0_zmmul1p0", "rv32imc", ()),
        ("rv32i2p1_m2p0_a2p1_zmmul1p0_zaamo1p0_zalrsc1p0_zca1p0", "rv32ima_zca", ()),
        ("rv32i2p1_b1p0_zba1p0_zbb1p0_zbs1p0_zicntr2p0_zihpm2p0", "rv32ib", ()),
        ("rv32i2p1_f2p2_c2p0_zcf1p0_zicsr2p0", "rv32ifc", ()),
        ("rv32i2p1_d2p2_c2p0_zcd1p0", "rv32ic", ("d", "zcd")),
        ("rv32imc_zicsr_zifencei", "rv32imc", ()),
        ("rv32imczcb1p0_xsome2p1", "rv32imc_zcb", ("xsome",)),
        ("rv32e1p9_zmmul1p0", "rv32e_zmmul", ()),
    ],
)
def test_the_isa_of_an_attribute(arch: str, isa: str, unknown: tuple[str, ...]) -> None:
    assert isa_of_attribute(arch) == (isa, unknown)
    instruction_set(isa)


def test_python_spellings_are_names_and_distinct() -> None:
    import keyword

    mnemonics = instruction_set(EVERYTHING).mnemonics
    names = [python_name(mnemonic) for mnemonic in mnemonics]
    assert len(set(names)) == len(names)
    assert all(name.isidentifier() and not keyword.iskeyword(name) for name in names)


def test_no_two_extensions_are_called_the_same() -> None:
    """Nor two cores: the titles tell them apart in messages."""
    for titles in (
        [row["title"] for row in tables()["extensions"].values()],
        [core_table(name)["title"] for name in described()],
    ):
        assert len(set(titles)) == len(titles)
