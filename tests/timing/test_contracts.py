"""`within`: what is known of every path before it runs, held against runs on the same core."""

from __future__ import annotations

from random import Random

import pytest

from asm_rv32 import AssemblyError, ExecutionError, assemble
from asm_rv32.devices import Bus
from asm_rv32.isa.image import Contract, Image
from asm_rv32.machine.settings import DEFAULT_SETTINGS
from asm_rv32.report.pricing import cycles, measure
from asm_rv32.timing import clocked, contracts, load_core
from asm_rv32.timing.contracts import Watch, _Walk, applying, broken, findings

EXACT = ["picorv32", "ibex-small", "ibex-maxperf", "cv32e40p", "hazard3"]


def image(*lines: str, core: str = "ibex-small", parameters: str = "a, b") -> Image:
    body = "\n".join(f"    {line}" for line in lines)
    text = f'@asm_rv32(core="{core}")\ndef f({parameters}):\n{body}\n'
    return assemble(text).functions["f"]


BRANCHES = (
    "label(up)", "beqz(b, skip)", "addi(a, a, 1)", "addi(a, a, 1)", "addi(a, a, 1)",
    "label(skip)", "addi(a, a, 1)", "label(down)", "nop()",
)  # fmt: skip
LOOP = ("label(up)", "li(t0, 5)", "label(loop)", "addi(t0, t0, -1)", "bnez(t0, loop)",
        "label(down)", "nop()")  # fmt: skip
ON_DATA = ("label(up)", "addi(a, a, -1)", "bgtz(a, up)", "label(down)", "nop()")


@pytest.mark.parametrize(
    ("lines", "bounds", "is_broken"),
    [
        (BRANCHES, "at_most=5", False), (BRANCHES, "at_most=4", True),
        (BRANCHES, "at_least=4", False), (BRANCHES, "at_least=5", True),
        (BRANCHES, "exactly=5", True),
        (LOOP, "exactly=19", False), (LOOP, "exactly=18", True), (LOOP, "at_least=20", True),
        (LOOP, "at_most_ns=190, clock=100_000_000", False),
        (LOOP, "at_most_ns=189, clock=100_000_000", True),
        (LOOP, "at_least_ns=181, at_most_ns=190, clock=100_000_000", False),
        (LOOP, 'at_most=1, core="hazard3"', True), (LOOP, "at_most=1, measured=True", False),
        (ON_DATA, "at_most=3", False),
    ],
)  # fmt: skip
def test_what_every_path_takes(lines: tuple[str, ...], bounds: str, is_broken: bool) -> None:
    assert bool(list(broken(image(f"within(up, down, {bounds})", *lines)))) == is_broken


@pytest.mark.parametrize(("head", "more", "on"), [
    ('(board="esp32c3")', "", None), ("", ', board="esp32c3"', None), ("", "", "esp32c3"),
    ('(core="cv32e40p")', ', board="esp32c3"', None),
])  # fmt: skip
def test_a_board_has_core_and_clock(head: str, more: str, on: str | None) -> None:
    """19 cycles of 6.25 ns, 118.75 ns, on the board's core and no other."""
    for bound, is_broken in (("at_most_ns=119", False), ("at_most_ns=118", True)):
        lines = "".join(f"    {line}\n" for line in (f"within(up, down, {bound}{more})", *LOOP))
        code = assemble(f"@asm_rv32{head}\ndef f(a, b):\n{lines}", board=on).functions["f"]
        found = list(broken(code, "hazard3"))
        assert [each.core.name for each in found] == ["esp32c3"] * is_broken
        assert bool(applying(code, "esp32c3")) and not applying(code, "hazard3")
        if is_broken:
            ((_, told),) = findings(code)
            assert "at most 118 ns (18 cycles); esp32c3 takes 19 cycles" in told.message


def test_a_violation_shows_both_paths() -> None:
    ((source, found),) = findings(image("within(up, down, exactly=5)", *BRANCHES))
    assert found.render(source).splitlines() == [
        "<string>:3:5: error[timing-contract]: from up to down: exactly 5 cycles; ibex-small takes "
        "4 cycles",
        "    3 |     within(up, down, exactly=5)",
        "      |     ^^^^^^^^^^^^^^^^^^^^^^^^^^^",
        "  note: 4 cycles where the branch in line 5 is taken",
        "  note: 5 cycles where the branch in line 5 is not taken",
    ]
    ((_, found),) = findings(image("within(up, down, exactly=5)", *BRANCHES, core="esp32c3"))
    assert found.severity == "warning" and "not checked against its RTL" in found.notes[-1]


def test_a_run_is_held_to_it_too() -> None:
    code = image("within(up, down, at_most=8, measured=True)", *ON_DATA)
    assert cycles(code, [2, 0], "ibex-small").result == 0
    assert cycles(code, [9, 0], "hazard3").result == 0  # it says nothing of that core
    with pytest.raises(
        ExecutionError, match="8 cycles; ibex-small took 15 cycles in pass 1"
    ) as caught:
        cycles(image("within(again, down, at_most=8)", "label(again)", "li(a, 4)", *ON_DATA),
               [4, 0], "ibex-small")  # fmt: skip
    assert caught.value.code == "timing-contract"


def test_no_bytes_come_of_it() -> None:
    plain = image(*BRANCHES)
    assert image("within(up, down, at_most=5)", *BRANCHES).code == plain.code
    assert not plain.contracts


WRONG = [
    ("within(up)", "two labels first"), ("within(up, down)", "no number of cycles"),
    ("within(up, 3, at_most=3)", "two labels first"),
    ("within(up, gone, at_most=3)", "no label 'gone'"),
    ("within(up, down, most=3)", "no 'most'"), ("within(up, down, at_most=-1)", "takes 0"),
    ("within(up, down, at_most_ns=3)", "needs the clock"),
    ("within(up, down, exactly_ns=3, clock=100_000_000)", "no whole number"),
    ('within(up, down, at_most=3, core="z80")', "no core 'z80'"),
    ("within(up, down, at_most=3, core=3)", "no core"),
    ('within(up, down, at_most=3, board="z80")', "no board 'z80'"),
    ('within(up, down, at_most_ns=3, board="generic")', "needs the clock"),
]  # fmt: skip


@pytest.mark.parametrize(("line", "message"), WRONG)
def test_what_it_cannot_say(line: str, message: str) -> None:
    with pytest.raises(AssemblyError, match=message):
        image(line, *BRANCHES)


def test_the_board_s_own_assembler_has_no_such_word() -> None:
    text = "@micropython.asm_rv32\ndef f(a0):\n    label(x)\n    c_nop()\n"
    text += "    within(x, x, at_most=9)\n"
    with pytest.raises(AssemblyError, match="has no 'within'"):
        assemble(text, dialect="micropython")


# ---- all paths of random code, against runs of it


class Noted(Watch):
    """What runs take, and no judgement of it."""

    def __init__(self, contract: Contract, base: int, core: str) -> None:
        super().__init__((contract,), base, core)
        self.found: set[int] = set()

    def arrive(self, pc: int, cycle: int) -> None:
        since = self._since.get(0)
        if pc == self._base + self._contracts[0].end and since is not None:
            self.found.add(cycle - since)
        self._since = {}
        if pc == self._base + self._contracts[0].start:
            self._since = {0: cycle}


def random_code(choose: Random) -> list[str]:
    """Straight code, branches on data and loops that turn so often, with a contract over them."""
    plain = ["addi(a, a, 3)", "xor(t1, a, b)", "slli(t2, t1, 3)", "mul(t1, t2, a)", "lw(t3, 0(c))",
             "sw(a, 4(c))", "add(t4, t3, b)", "c_addi(a, 1)", "sub(b, b, t1)"]  # fmt: skip
    lines = choose.choices(plain, k=choose.randrange(4))
    lines += ["label(up)"]
    for number in range(choose.randrange(1, 5)):
        lines += choose.choices(plain, k=choose.randrange(4))
        if choose.random() < 0.5:
            test = choose.choice(("beqz(b", "bltu(a, b", "bnez(t1", "bge(b, a"))
            lines += [f"{test}, skip{number})", *choose.choices(plain, k=choose.randrange(1, 5)),
                      f"label(skip{number})"]  # fmt: skip
        else:
            lines += [f"li(t0, {choose.randrange(1, 6)})", f"label(loop{number})",
                      *choose.choices(plain, k=choose.randrange(3)), "addi(t0, t0, -1)",
                      f"bnez(t0, loop{number})"]  # fmt: skip
    return [*lines, "label(down)", *choose.choices(plain, k=2)]


@pytest.mark.parametrize("core", EXACT)
def test_every_run_is_one_of_the_paths(core: str) -> None:
    choose = Random(core)
    decided = 0
    for _ in range(12):
        lines = ["li(t1, 1)", "li(t2, 2)", "li(t3, 3)", *random_code(choose)]
        code = image("within(up, down, at_most=1)", *lines, core=core, parameters="a, b, c")
        (contract,) = code.contracts
        walk = _Walk(code, load_core(core))
        paths = {path.cycles for path in walk.paths(contract.start, contract.end)}
        taken: set[int] = set()
        for _ in range(6):
            values = [choose.choice((0, 1, 7, choose.getrandbits(32))) for _ in range(2)]
            taken |= times(code, contract, core, [*values, bytearray(8)])
        assert taken <= paths, (lines, taken, paths)
        decided += taken == paths
    assert decided >= 4  # the paths are those that there are, and not any


def times(code: Image, contract: Contract, core: str, values: list[object]) -> set[int]:
    """What a contract's stretch takes, in two calls, one after the other."""
    settings = DEFAULT_SETTINGS._replace(bus=Bus((), core), sanitize=False)
    noted = Noted(contract, settings.layout.code, core)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(clocked, "watch", lambda *_: noted)
        for _ in range(2):
            clocked.run(code, values, settings)
    return noted.found


@pytest.mark.parametrize("body", ["j(top)", "addi(t0, t0, 1); j(top)", "beqz(zero, top)"])
@pytest.mark.parametrize("core", ["hazard3", "esp32c3"])
def test_a_loop_without_end_has_no_paths(
    body: str, core: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is given up after so many instructions."""
    monkeypatch.setattr(contracts, "STEPS", 1000)
    lines = "".join(f"    {line}\n" for line in ["label(top)", *body.split("; "), "nop()"])
    image = assemble(f"@asm_rv32\ndef f():\n{lines}").functions["f"]
    with pytest.raises(contracts._Unknown):
        _Walk(image, load_core(core)).paths(0, len(image.code) - 2)


def paths(core: str, *lines: str) -> list[contracts.Path]:
    """From up to down. Raises _Unknown."""
    code = image("within(up, down, at_least=0)", *lines, core=core, parameters="a, b, c")
    (contract,) = code.contracts
    return _Walk(code, load_core(core)).paths(contract.start, contract.end)


SUMS = ("label(up)", "addi(a, a, 1)", "add(b, b, a)", "label(down)", "nop()")
AHEAD = [
    ((), 3), (("beqz(a, up)", "bnez(b, up)"), 3), (("bnez(a, on)", "ret()", "label(on)"), 3),
    (("mv(t1, ra)", "jal(inner)", "mv(ra, t1)", "j(up)", "label(inner)", "sub(a, a, b)", "ret()"),
     3),
    (("mul(t1, a, b)", "srai(t1, t1, 3)", "sw(t1, 0(c))"), 2), (("sll(t1, a, b)",), 2),
    (("div(t1, a, b)",), None),
]  # fmt: skip
"""What comes before two sums, and what these take on Hazard3 at most; None where fetch goes on for
as long as data say."""


@pytest.mark.parametrize("core", EXACT)
@pytest.mark.parametrize(("ahead", "on_hazard3"), AHEAD)
def test_what_is_ahead_may_take_what_it_likes(
    core: str, ahead: tuple[str, ...], on_hazard3: int | None
) -> None:
    expected = on_hazard3 if core == "hazard3" else 6 if core == "picorv32" else 2
    if expected is None:
        with pytest.raises(contracts._Unknown):
            paths(core, *ahead, *SUMS)
    else:
        assert max(paths(core, *ahead, *SUMS)).cycles == expected


@pytest.mark.parametrize("core", EXACT)
def test_nothing_is_known_where_control_may_come_from_anywhere(core: str) -> None:
    for ahead in (("la(t0, up)", "jr(t0)"), ("jalr(t0, 0(ra))",), ("jalr(zero, 4(ra))",)):
        with pytest.raises(contracts._Unknown):
            paths(core, "beqz(a, up)", *ahead, *SUMS)


@pytest.mark.parametrize(
    ("lines", "cycles"),
    [
        (("sll(b, a, a)",), None), (("sll(b, a, a)", "mv(a, b)"), None),
        (("li(t0, 4)", "sll(b, a, t0)"), [3 + 6]), (("li(t0, 0)", "sll(b, a, t0)"), [3 + 5]),
        (("li(t0, 6)", "addi(t0, t0, -5)", "sll(b, a, t0)"), [3 + 3 + 5]),
        (("lui(t0, 8)", "srli(t0, t0, 13)", "sll(b, a, t0)"), [3 + 9 + 6]),
        (("li(t0, 5)", "sll(b, t0, a)"), None),
        (("bnez(a, on)", "ret()", "label(on)", "nop()"), [5 + 3]),
        (("bnez(a, on)", "addi(a, a, 1)", "label(on)"), [5, 3 + 3]),
        (("beq(a, a, on)", "addi(a, a, 1)", "label(on)"), [5, 3 + 3]),
        (("beqz(zero, on)", "addi(a, a, 1)", "label(on)"), [5]),
        (("bnez(zero, on)", "addi(a, a, 1)", "label(on)"), [3 + 3]),
        (("auipc(t0, 0)", "auipc(t1, 0)", "bgtu(t1, t0, on)", "nop()", "label(on)"), [3 + 3 + 5]),
    ],
)  # fmt: skip
def test_what_words_that_are_known_take(lines: tuple[str, ...], cycles: list[int] | None) -> None:
    """On PicoRV32, by its README: 3 a sum, 5 a branch that is taken, 4 and more a shift, one
    more what lies in two words."""
    whole = ("label(up)", *lines, "label(down)", "nop()")
    if cycles is None:
        with pytest.raises(contracts._Unknown):
            paths("picorv32", *whole)
    else:
        assert sorted(path.cycles for path in paths("picorv32", *whole)) == cycles


@pytest.mark.parametrize("core", EXACT)
def test_a_first_call_and_further_ones_are_paths(core: str) -> None:
    """A branch that is predicted after the first call is not in it."""
    lines = ("label(up)", "li(t0, 3)", "label(again)", "addi(t0, t0, -1)", "beqz(t0, out)",
             "bnez(t0, again)", "label(out)", "label(down)", "nop()")  # fmt: skip
    code = image("within(up, down, at_least=0)", *lines, core=core, parameters="a, b, c")
    price = measure(code, [3, 4, 5], [core]).prices[0]
    end = code.symbols["down"]
    taken = {
        sum(sum(cost.split) for at, cost in call.by_pc.items() if at < end)
        for call in (price.cold, price.warm)
    }
    assert {path.cycles for path in paths(core, *lines)} == taken
    assert len(taken) == 1 + (core == "hazard3")


def test_states_without_end_are_not_looked_at(monkeypatch: pytest.MonkeyPatch) -> None:
    several = ("beqz(a, on)", "mul(a, a, b)", "label(on)") * 1 + SUMS
    assert paths("ibex-small", *several)
    monkeypatch.setattr(contracts, "STATES", 3)
    with pytest.raises(contracts._Unknown):
        paths("ibex-small", *several)


def test_a_path_through_a_macro_names_its_line() -> None:
    text = """
@asm_macro
def least(a, b):
    blt(a, b, over)
    mv(a, b)
    label(over)

@asm_rv32(core="ibex-small")
def f(a, b):
    within(up, down, exactly=9)
    label(up)
    least(a, b)
    label(down)
    nop()
"""
    ((_, found),) = findings(assemble(text).functions["f"])
    assert found.notes[0] == "note: 3 cycles where the branch in line 4 of least is taken"
