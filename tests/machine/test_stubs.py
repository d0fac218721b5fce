"""Instructions that unicorn lacks, run by base instructions elsewhere: nobody can tell."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import pytest

from asm_rv32.analysis.flow import control_flow
from asm_rv32.assembler.pipeline import assemble
from asm_rv32.isa.effects import NEXT
from asm_rv32.isa.image import Image
from asm_rv32.isa.meaning import Constant, Read, Steps, Store, Write
from asm_rv32.isa.rows import Row
from asm_rv32.isa.sets import instruction_set
from asm_rv32.isa.tables import python_name
from asm_rv32.machine import emulator
from asm_rv32.machine.emulator import Outcome
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.foreign import BY_UNICORN
from asm_rv32.machine.hart import Machine
from asm_rv32.machine.memory import CODE
from asm_rv32.machine.settings import Settings
from asm_rv32.machine.stubs import Stubs, _is_read_first, spare_registers, stubs
from asm_rv32.machine.watch import Watch

from .choice import preferred

ISA = "rv32imc_zba_zbb_zbs_zbc_zbkx_zicond_zcb_zcmp"
SET = instruction_set(ISA)
FOREIGN = [row for row in SET.encodings if row.extension not in BY_UNICORN]
PLAIN = Settings(sanitize=False)


class Helped:
    """How often a run was helped: by a hook in an instruction's place, or by a second run."""

    def __init__(self) -> None:
        self.hooks = self.again = 0


@pytest.fixture(scope="module", autouse=True)
def engine() -> Iterator[str]:
    """What is tested here is about unicorn."""
    yield from preferred("unicorn")


@pytest.fixture
def helped(monkeypatch: pytest.MonkeyPatch) -> Helped:
    found = Helped()
    on_semantics, lift = Watch.on_semantics, Machine._lift_stubs

    def counted(watch: Watch, *arguments: Any) -> None:
        found.hooks += 1
        on_semantics(watch, *arguments)

    def lifted(machine: Machine, laid: Stubs) -> None:
        found.again += 1
        lift(machine, laid)

    monkeypatch.setattr(Watch, "on_semantics", counted)
    monkeypatch.setattr(Machine, "_lift_stubs", lifted)
    return found


def function(body: str, parameters: str = "a0, a1", isa: str = ISA) -> Image:
    lines = "".join(f"    {line.strip()}\n" for line in body.strip().splitlines())
    source = f"@asm_rv32\ndef f({parameters}) -> uint:\n{lines}"
    return assemble(source, isa=isa).functions["f"]


def both(image: Image, *values: object, settings: Settings = PLAIN) -> list[object]:
    """What a run on stubs gives, and what hooks give: an outcome, or the text of an error."""
    found: list[object] = []
    for run in (emulator.run, _observed):
        try:
            outcome = run(image, values, settings)
            found.append((outcome.word, outcome.contents, outcome.code))
        except ExecutionError as error:
            found.append(str(error))
    return found


def _observed(image: Image, values: tuple[object, ...], settings: Settings) -> Outcome:
    with emulator.prepare(image, values, settings) as call:
        return call.run()


def statement(row: Row, choice: random.Random) -> str:
    """A statement of a row, its registers out of few, so that many are the same."""
    while True:
        values = []
        for kind in row.kinds:
            among = (8, 9, 10, 11, 12) if kind.kind == "reg" else range(32)
            values.append(choice.choice([value for value in among if value in kind.values]))
        if row.accepts(tuple(values)):
            break
    text = row.data["syntax"]
    named = dict(zip(row.variables, zip(row.kinds, values)))
    for name in sorted(named, key=len, reverse=True):
        kind, value = named[name]
        text = text.replace(name, f"x{value}" if kind.kind == "reg" else str(value))
    return f"{python_name(row.name)}({text})"


AHEAD = """
mv(t0, s0)
mv(t1, s1)
mv(s0, a0)
mv(s1, a0)
mv(a1, a0)
mv(a2, a0)
li(a3, 3)
"""
BEHIND = """
add(a0, a0, a2)
xor(a0, a0, s0)
sub(a0, a0, s1)
mv(s0, t0)
mv(s1, t1)
"""
PLACES = (
    "{}",
    "add(a4, a3, a3)\n{}\nadd(a2, a2, a4)",
    "label(again)\n{}\nmv(a4, a0)\nmv(s0, a5)\nmv(s1, a5)\nmv(a0, a5)\nmv(a2, a5)\nmv(a1, a5)\n"
    "addi(a3, a3, -1)\nbnez(a3, again)\nmv(a0, a4)",
    "{}\nbltu(a3, a0, over)\naddi(a0, a0, 3)\nlabel(over)",
    "{}\nlabel(middle)\nadd(a0, a0, a1)\naddi(a3, a3, -1)\nbnez(a3, middle)",
    "j(on)\nlabel(on)\n{}\nj(off)\nnop()\nlabel(off)",
)
"""Where an instruction can stand: in the middle, first, last, in a loop, ahead of branches."""
ALONE = [row for row in FOREIGN if all(kind.kind != "reglist" for kind in row.kinds)]


@pytest.mark.parametrize("row", ALONE, ids=lambda row: row.name)
def test_each_runs_without_help(row: Row, helped: Helped) -> None:
    choice = random.Random(row.name)
    for place in PLACES:
        for placement in (0, 2):
            it = statement(row, choice)
            image = function(AHEAD + "mv(a5, a0)\n" + place.format(it) + BEHIND)
            data = bytearray(b"\x81\x92\xa3\xf4" * 16)
            settings = PLAIN._replace(placement=placement)
            result = emulator.run(image, (data, 77), settings)
            assert (helped.hooks, helped.again) == (0, 0), place
            hooked = _observed(image, (bytearray(b"\x81\x92\xa3\xf4" * 16), 77), settings)
            assert (result.word, result.contents) == (hooked.word, hooked.contents), (place, it)
            helped.hooks = 0


LISTS = [4, 5, 10, 15]


@pytest.mark.parametrize("number", LISTS)
@pytest.mark.parametrize("pop", ["pop", "popret", "popretz"])
def test_push_and_pop_run_without_help(number: int, pop: str, helped: Helped) -> None:
    last = {4: "", 5: ", s0", 10: ", s0 - s5", 15: ", s0 - s11"}[number]
    size = {4: 16, 5: 16, 10: 32, 15: 64}[number]
    image = function(
        f"cm_push({{ra{last}}}, {-size})\nadd(a0, a0, a1)\nmv(s0, a0)\nsw(a0, 0(sp))\n"
        f"lw(ra, {size - 4}(sp))\nmv(s0, a1)\ncm_{pop}({{ra{last}}}, {size})\n"
    )
    if number == 4:
        image = function(
            f"mv(t0, s0)\ncm_push({{ra}}, -16)\nadd(a0, a0, a1)\nmv(s0, t0)\ncm_{pop}({{ra}}, 16)"
        )
    for settings in (PLAIN, Settings()):
        result = emulator.run(image, (5, 6), settings)
        assert (helped.hooks, helped.again) == (0, 0)
        hooked = _observed(image, (5, 6), settings)
        assert result.word == hooked.word == (0 if pop == "popretz" else 11)
        helped.hooks = 0


def test_a_run_that_fails_tells_what_it_would_without_stubs() -> None:
    for body, values in (
        ("c_not(a1)\nc_lbu(a0, 0(a1))\nadd(a0, a0, a1)", (1, 2)),
        ("nop()\nadd(a0, a0, a1)\nc_sh(a0, 2(a1))", (1, 0x4000_0003)),
        ("label(again)\ncm_push({ra, s0 - s11}, -112)\nj(again)", (1, 2)),
        ("c_not(a1)\ncm_pop({ra, s0 - s3}, 32)\nret()", (1, 2)),
        ("sh2add(ra, a0, a1)", (1, 2)),
        ("sh2add(s1, a0, a1)\nandn(s0, s1, a0)", (1, 2)),
        ("sh2add(a1, a0, a1)\nlabel(again)\nj(again)", (1, 2)),
        ("c_zext_b(a0)\nlw(a1, 0(a0))", (1, 2)),
        ("c_sb(a0, 0(a1))", (1, b"text")),
        ("sh2add(a0, a0, a1)\nebreak()", (1, 2)),
        ("c_zext_b(a0)\nsw(a0, 0(sp))", (1, 2)),
        ("addi(s0, sp, -16)\nc_lbu(a0, 0(s0))", (1, 2)),
    ):
        settings = Settings(max_instructions=1000)
        stubbed, hooked = both(function(body), *values, settings=settings)
        assert stubbed == hooked
        assert isinstance(stubbed, str), body


@pytest.mark.parametrize(
    "body", ["{}", "sh2add(a0, a0, a1)\n{}\nc_zext_b(a0)\nnop()\nmul(a0, a0, a1)"]
)
def test_the_limit_counts_an_instruction_once(body: str) -> None:
    image = function(body.format("c_not(a0)\nadd(a0, a0, a1)\ncpop(a0, a0)"))
    executed = image.instruction_count
    for limit in range(1, executed + 3):
        settings = PLAIN._replace(max_instructions=limit)
        stubbed, hooked = both(image, 5, 6, settings=settings)
        assert stubbed == hooked
        assert isinstance(stubbed, str) == (limit < executed), (limit, executed)


@pytest.mark.parametrize("number", [1, 100])
def test_a_sequence_counts_no_more_than_what_it_stands_for(number: int, helped: Helped) -> None:
    # A hundred of them fill more than two pages.
    turns = 200
    image = function(
        f"li(a2, {turns})\nlabel(again)\n" + "clz(a1, a0)\nadd(a0, a0, a1)\n" * number
        + "addi(a2, a2, -1)\nbnez(a2, again)"
    )  # fmt: skip
    executed = 2 + turns * (2 * number + 2)
    for values in ((5, 6), (7, 8)):
        stubbed, hooked = both(
            image, *values, settings=PLAIN._replace(max_instructions=executed + 4)
        )  # fmt: skip
        assert stubbed == hooked and not isinstance(stubbed, str)
    assert helped.again == 0


MIXED = "sh2add(a0, a0, a1)\nc_not(a0)\nc_zext_b(a0)\nadd(a0, a0, a1)\nandn(a1, a1, a0)\n"


def test_code_that_reads_itself_finds_what_it_is(helped: Helped) -> None:
    image = function(
        "mv(a2, a0)\nla(a3, start)\nmv(a4, a3)\nli(a0, 0)\nlabel(start)\n"
        + MIXED
        + "lw(a5, 0(a4))\nadd(a0, a0, a5)\nlw(a5, 4(a4))\nadd(a0, a0, a5)"
    )
    stubbed, hooked = both(image, 3, 4, settings=PLAIN._replace(misaligned=True))
    assert stubbed == hooked and not isinstance(stubbed, str)
    assert helped.again == 1


@pytest.mark.parametrize("pages", [0, 13, 14, 15])
def test_a_jump_to_where_a_jump_has_been_put_is_followed(pages: int, helped: Helped) -> None:
    """Into either half of it, too; code of so many pages leaves room for ever fewer of them."""
    body = (
        "la(a3, start)\nadd(a3, a3, a1)\nli(a1, 5)\nli(a4, 2)\njr(a3)\n"
        "label(start)\nc_not(a0)\nc_zext_b(a0)\nc_not(a0)\naddi(a0, a0, 1)\nsh2add(a0, a0, a1)\n"
        "c_zext_b(a0)"
    )
    filled = f"\nret()\nspace({4096 * pages})"
    image = function(body + filled)
    first = image.symbols["start"]
    for entry in image.entries:
        distance = entry.address - first
        if entry.is_code and distance >= 0:
            stubbed, hooked = both(image, 300, distance)
            assert stubbed == hooked and not isinstance(stubbed, str), distance


def test_data_in_the_code_is_what_was_stored_there(helped: Helped) -> None:
    image = function(
        "la(a3, kept)\nlw(a4, 0(a3))\n" + MIXED + "add(a4, a4, a0)\nsw(a4, 0(a3))\nret()\n"
        "align(4)\nlabel(kept)\ndata(4, 7)"
    )
    stubbed, hooked = both(image, 3, 4)
    assert stubbed == hooked and not isinstance(stubbed, str)
    assert stubbed[2][: image.symbols["kept"]] == image.code[: image.symbols["kept"]]  # type: ignore[index]
    assert stubbed[2] != image.code  # type: ignore[index]
    assert helped.again == 0


def test_counters_count_what_the_code_has(helped: Helped) -> None:
    stubbed, hooked = both(function(MIXED + "rdinstret(a0)"), 3, 4)
    assert stubbed == hooked
    assert stubbed[0] == 5  # type: ignore[index]


def test_code_that_leaves_no_register_is_helped(helped: Helped) -> None:
    touched = "".join(f"mv(a2, x{number})\n" for number in range(3, 32) if number not in (10, 11))
    image = function(
        touched + "sh2add(a0, a0, a1)\nc_not(a0)\nnop()\nclz(a0, a0)\nxnor(a0, a0, a1)"
    )
    assert spare_registers(control_flow(image)) == ()
    stubbed, hooked = both(image, 3, 4)
    assert stubbed == hooked
    assert helped.hooks == 2 + 4 and helped.again == 0


def test_a_spared_register_is_in_no_part_of_the_code() -> None:
    image = function("add(gp, a0, a1)\nmv(a0, gp)\nsh2add(a0, a0, a1)")
    assert spare_registers(control_flow(image)) == (4, 31, 30)
    image = function("j(over)\ndata(2, 0x8202)\ndata(2, 0x4182)\nlabel(over)\nsh2add(a0, a0, a1)")
    assert 3 not in spare_registers(control_flow(image))


def test_code_that_changes_itself_and_code_that_is_watched_stays(helped: Helped) -> None:
    # With Zcb, of which unicorn would execute other words than these without a word, it runs none.
    changing = function(
        "fence_i()\nsh2add(a0, a0, a1)\norn(a0, a0, a1)\nadd(a0, a0, a1)\nandn(a1, a1, a0)\n"
        "xnor(a1, a1, a0)",
        isa="rv32imc_zba_zbb",
    )
    for image in (changing, function(MIXED)):
        with emulator.prepare(image, (3, 4), PLAIN) as call:
            call.run()
            assert bytes(call.uc.mem_read(call.code_address, len(image.code))) == image.code
    emulator.run(changing, (3, 4), PLAIN)
    assert helped.hooks == 3 * 4


def test_copies_cannot_be_read_nor_stored_into() -> None:
    for access in ("lw(a2, 0(a1))", "sw(a2, 0(a1))"):
        image = function("auipc(a1, 17)\nadd(a2, a0, a0)\n" + access + "\nsh2add(a0, a0, a2)")
        stubbed, hooked = both(image, 3, 4)
        assert stubbed == hooked and "wild-access" in str(stubbed)


def test_a_routine_and_loops_within_loops(helped: Helped) -> None:
    image = function(
        "mv(t6, ra)\nli(a2, 3)\nlabel(outer)\nli(a3, 4)\nlabel(inner)\nsh1add(a0, a0, a1)\n"
        "beqz(a0, skip)\njal(routine)\nc_zext_h(a1)\nlabel(skip)\naddi(a3, a3, -1)\n"
        "bnez(a3, inner)\naddi(a2, a2, -1)\nbgtz(a2, outer)\nmv(ra, t6)\nret()\n"
        "label(routine)\nror(a0, a0, a1)\nblt(a0, a1, less)\nc_not(a0)\nret()\nlabel(less)\n"
        "maxu(a0, a0, a1)\nret()"
    )
    for placement in (0, 2):
        settings = Settings(placement=placement)
        stubbed, hooked = both(image, 12345, 678, settings=settings)
        assert stubbed == hooked and not isinstance(stubbed, str)
    assert helped.again == 0


@pytest.mark.parametrize("length", [2_000, 16_000, 29_000])
def test_a_long_function_reaches_its_copies(length: int, helped: Helped) -> None:
    body = "sh2add(a0, a0, a1)\nc_not(a0)\nc_zext_b(a0)\n" + "add(a0, a0, a1)\n" * length
    more = "".join(f"label(l{n})\nc_not(a0)\naddi(a0, a0, {n})\n" for n in range(30))
    # Control comes to the halfword behind one that a jump may have to be written over, too.
    more += "li(a2, 3)\nj(inner)\nlabel(outer)\nc_not(a0)\nlabel(inner)\naddi(a0, a0, 3)\n"
    more += "addi(a2, a2, -1)\nbnez(a2, outer)\n"
    image = function(body + more + "c_not(a0)\nandn(a0, a0, a1)")
    settings = PLAIN._replace(placement=2)
    stubbed, hooked = both(image, 5, 6, settings=settings)
    assert stubbed == hooked and not isinstance(stubbed, str)
    assert helped.again == 0


def test_copies_that_would_be_out_of_reach_are_not_made(
    helped: Helped, monkeypatch: pytest.MonkeyPatch
) -> None:
    image = function(MIXED * 20)
    found = stubs(control_flow(image), CODE, frozenset(), True)
    assert found is not None
    end = max(at + len(content) for at, content in found.code.items())
    for reach, hooks in ((end, 0), (end - 4, 20 * 4)):
        monkeypatch.setattr("asm_rv32.machine.stubs.REACH", reach)
        result = emulator.run(function(MIXED * 20), (5, 6), PLAIN)
        assert (helped.hooks, helped.again) == (hooks, 0)
        assert result.word == _observed(image, (5, 6), PLAIN).word
        helped.hooks = 0


COMPUTING = [row for row in ALONE if "(" not in row.data["syntax"]]
PLAIN_ROWS = [
    row for row in SET.encodings
    if row not in FOREIGN and {kind.kind for kind in row.kinds} <= {"reg", "int", "uint"}
    and isinstance(row.data["syntax"], str) and "(" not in row.data["syntax"]
]  # fmt: skip


def plain(choose: random.Random) -> str:
    """A statement that unicorn knows, which computes a register: out of others, constants, or the
    place where it stands."""
    while True:
        text = statement(choose.choice(PLAIN_ROWS), choose)
        found = control_flow(function(text)).nodes[0].effects
        if found.control == NEXT and not found.outside and found.writes & 0x1F00:
            return text


def random_body(choose: random.Random) -> str:
    """Straight code and branches, forward and in a loop, over few registers."""
    lines = ["mv(a4, s0)", "mv(t6, s1)", "mv(a2, a0)", "mv(s0, a1)", "mv(s1, a0)", "li(a5, 3)"]
    lines.append("label(again)")
    for number in range(choose.randrange(4, 20)):
        lines.append(statement(choose.choice(COMPUTING), choose))
        if choose.random() < 0.5:
            lines.append(plain(choose))
        if choose.random() < 0.3:
            name = choose.choice(("beq", "bne", "bltu", "bge"))
            lines += [f"{name}(a0, a2, over{number})", "not_(a0, a0)", f"label(over{number})"]
    lines += ["addi(a5, a5, -1)", "bnez(a5, again)", "xor(a0, a0, a2)", "add(a0, a0, s0)"]
    return "\n".join([*lines, "mv(s0, a4)", "mv(s1, t6)"])


@pytest.mark.parametrize("seed", range(40))
def test_random_code_runs_alike(seed: int, helped: Helped) -> None:
    choose = random.Random(seed)
    image = function(random_body(choose))
    settings = PLAIN._replace(placement=choose.choice((0, 2)))
    stubbed, hooked = both(image, choose.getrandbits(32), choose.getrandbits(32), settings=settings)
    assert stubbed == hooked and not isinstance(stubbed, str)
    assert helped.again == 0


def test_no_register_is_to_spare_in_code_that_is_too_long_to_search(
    helped: Helped, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What takes none is copied all the same."""
    image = function("sh2add(a0, a0, a1)\nrev8(a0, a0)\nsh1add(a0, a1, a0)")
    size = len(image.code)
    for searched, spare in ((size, 3), (size - 1, 0)):
        monkeypatch.setattr("asm_rv32.machine.stubs.SEARCHED", searched)
        assert len(spare_registers(control_flow(image))) == spare
        stubbed, hooked = both(image, 0x1234_5678, 7)
        assert stubbed == hooked and not isinstance(stubbed, str)


@pytest.mark.parametrize(
    ("number", "steps", "is_read"),
    [
        (8, (Write(9, Read(8)),), True), (8, (Write(8, Read(8)),), True),
        (8, (Write(8, Constant(1)), Write(9, Read(8))), False), (8, (Write(9, Read(10)),), False),
        (8, (), False), (8, (Write(9, Read(10)), Store(4, Read(2), Read(8))), True),
    ],
)  # fmt: skip
def test_a_register_is_read_before_it_is_written(number: int, steps: Steps, is_read: bool) -> None:
    assert _is_read_first(number, steps) == is_read
