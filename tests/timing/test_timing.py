"""Prices: golden traces, published figures, invariants of reports, and the cores' tables."""

from __future__ import annotations

import gzip
import json
import re
import struct
import tomllib
from importlib import resources
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from unicorn import riscv_const, unicorn, unicorn_const

from asm_rv32 import ExecutionError, assemble
from asm_rv32.timing import (
    CATEGORIES,
    TimingError,
    core_names,
    exact_cores,
    load_core,
    model,
    own_trace,
    price,
    price_call,
    price_program,
    trace,
)
from asm_rv32.timing.code import Code
from asm_rv32.timing.frontend import FrontendEngine
from asm_rv32.timing.model import Core, build_core

GOLDEN = Path(__file__).parents[1] / "timing" / "golden"
STOP_STORE = 0x1FF00
RETURN_TO = 0x8000
CHECKED = {"hazard3", "ibex-small", "ibex-maxperf", "cv32e40p"} | {
    "picorv32" + variant for variant in ("", "-fast-mul", "-barrel", "-single-port", "-no-mul")
}


def _golden(name: str) -> tuple[dict[str, Any], list[tuple[int, int]]]:
    head, *lines = gzip.decompress((GOLDEN / name).read_bytes()).decode().splitlines()
    return json.loads(head), [(int(c), int(pc, 16)) for c, pc in map(str.split, lines)]


def _priced(head: dict[str, Any], core: str = "hazard3") -> list[tuple[int, int]]:
    memory = bytes.fromhex(head["image"]).ljust(128 << 10, b"\0")
    place = {"base": head["base"], "core": core, "stop_store": STOP_STORE}
    return list(price_program(memory, head["entry"], **place))


@pytest.mark.parametrize("name", sorted(path.name for path in GOLDEN.glob("*.gz")))
def test_hazard3_costs_what_its_rtl_took(name: str) -> None:
    head, trace = _golden(name)
    priced = _priced(head)
    assert [pc for pc, _ in priced] == [pc for _, pc in trace]
    expected = [later[0] - earlier[0] for earlier, later in pairwise(trace)]
    assert [cycles for _, cycles in priced[1:]] == expected


def test_what_hazard3_claims_is_what_is_checked() -> None:
    stated = load_core("hazard3").validated
    traces = [_golden(path.name)[1] for path in GOLDEN.glob("*.gz")]
    assert stated is not None and stated.max_error == 0
    assert (stated.programs, stated.instructions) == (len(traces), sum(map(len, traces)))


def test_cores_that_ran_the_same_programs_say_so_alike() -> None:
    """`tests/rtl` prices one set of programs on all; without a multiplier they are other code."""
    stated = {name: load_core(name).validated for name in CHECKED - {"hazard3"}}
    assert all(found is not None and found.max_error == 0 for found in stated.values())
    assert len({found.programs for found in stated.values() if found}) == 1
    same = {found.instructions for name, found in stated.items()
            if found and name != "picorv32-no-mul"}  # fmt: skip
    assert len(same) == 1


def test_a_reason_is_counted_each_time() -> None:
    code = _code("li(a2, 7)\nlabel(top)\nlw(a3, 0(a0))\nadd(a1, a1, a3)\naddi(a2, a2, -1)\n"
                 "bnez(a2, top)")  # fmt: skip
    [price] = price_call(_machine(code, 0x200, a0=0x4000), 0x200, RETURN_TO, cores=["e31"])
    for run in price:
        assert [cost.reasons for cost in run.by_pc.values() if cost.reasons] == [
            {"waits for the load before it": 7}
        ]


@pytest.mark.parametrize("core", ["hazard3", "cv32e40p", "e31"])
def test_the_first_instruction_waits_for_no_register(core: str) -> None:
    for register in range(32):
        code = _code(f"mv(t0, x{register})")
        [price] = price_call(_machine(code, 0x200), 0x200, RETURN_TO, cores=[core])
        assert [run.by_pc[0x200].split.total for run in price] == [1, 1]


def test_the_copy_of_the_rp2350_datasheet_takes_52_cycles() -> None:
    head, _ = _golden("datasheet_examples.gz")
    priced = _priced(head)
    loop = [index for index, (pc, _) in enumerate(priced) if 0x9C <= pc <= 0xA8]
    # from the first load to the branch that falls through, whose refill the next one waits for
    assert sum(cycles for _, cycles in priced[loop[0] : loop[-1] + 2]) - 1 == 52


def _machine(code: bytes, at: int, **registers: int) -> Any:
    make: Any = unicorn.Uc
    uc = make(unicorn_const.UC_ARCH_RISCV, unicorn_const.UC_MODE_RISCV32)
    uc.ctl_set_cpu_model(riscv_const.UC_CPU_RISCV32_SIFIVE_E31)
    uc.ctl_set_tcg_buffer_size(16 << 20)
    uc.mem_map(0, 0x10000)
    uc.mem_write(at, code)
    uc.reg_write(riscv_const.UC_RISCV_REG_RA, RETURN_TO)
    for name, value in registers.items():
        uc.reg_write(getattr(riscv_const, f"UC_RISCV_REG_{name.upper()}"), value)
    return uc


def _code(body: str, *, compress: bool = True) -> bytes:
    lines = "\n".join(f"    {line}" for line in body.splitlines())
    source = f"@asm_rv32\ndef f(a, b):\n{lines}\n"
    return assemble(source, compress=compress).functions["f"].code


@pytest.mark.parametrize(("base", "stop"), [(0x2000_0000, 0x2000_0400), (0x1_0002, 0xD000_0000)])
def test_a_program_may_lie_anywhere(base: int, stop: int) -> None:
    upper = (stop + 0x800) >> 12
    store = (stop >> 5 & 0x7F) << 25 | (stop & 0x1F) << 7 | 0x0002A023  # sw zero, low(t0)
    code = struct.pack("<III", upper << 12 | 0x2B7, 0x00A28533, store)
    priced = list(price_program(code, base, base=base, core="picorv32", stop_store=stop))
    assert [pc - base for pc, _ in priced] == [0, 4, 8]


LOOP = "li(a0, 10)\nlabel(again)\naddi(a0, a0, -1)\nbnez(a0, again)"


@pytest.mark.parametrize(
    ("compress", "place", "cycles"), [(1, 0, 29), (1, 2, 22), (0, 0, 22), (0, 2, 31)]
)
def test_a_tight_loop_waits_for_fetch_on_hazard3(compress: int, place: int, cycles: int) -> None:
    # `place` is where the loop's first instruction lies modulo 4. The branch buffer is empty at
    # first, and the refill behind the loop counts.
    code = _code(LOOP, compress=bool(compress))
    start = 0x100 + (place - (2 if compress else 4)) % 4
    [price] = price_call(_machine(code, start), start, RETURN_TO, cores=["hazard3"])
    first = start + (2 if compress else 4)
    second = first + (2 if compress else 4)
    loop = [price.cold.by_pc[pc].split.total for pc in (first, second)]
    assert price.cold.by_pc[first].executions == 10
    assert sum(loop) == cycles


@pytest.mark.parametrize("core", core_names())
@pytest.mark.parametrize("place", [0, 2])
def test_categories_add_up(core: str, place: int) -> None:
    code = _code("li(a2, 7)\nlabel(top)\nlw(a3, 0(a0))\nadd(a1, a1, a3)\nslli(a1, a1, 3)\n"
                 "sw(a1, 4(a0))\naddi(a2, a2, -1)\nbnez(a2, top)\nmv(a0, a1)")  # fmt: skip
    start = 0x200 + place
    [price] = price_call(_machine(code, start, a0=0x4000, a1=5), start, RETURN_TO, cores=[core])
    for run in price:
        assert run.cycles == sum(getattr(run.split, name) for name in CATEGORIES)
        assert run.cycles == sum(cost.split.total for cost in run.by_pc.values())
        assert run.instructions == sum(cost.executions for cost in run.by_pc.values())
        assert run.instructions == 1 + 7 * 6 + 2
        assert run.split.memory and run.split.control and run.split.arithmetic


def test_one_run_prices_many_cores_as_alone() -> None:
    code = _code("li(a2, -9)\nlabel(top)\ndiv(a3, a2, a0)\nsll(a1, a1, a2)\nmul(a1, a1, a3)\n"
                 "addi(a2, a2, 1)\nbnez(a2, top)")  # fmt: skip
    cores = [name for name in core_names() if name not in ("picorv32-no-mul", "ch32v003")]
    together = price_call(_machine(code, 0x100, a0=3), 0x100, RETURN_TO, cores=cores)
    for core, priced in zip(cores, together):
        [alone] = price_call(_machine(code, 0x100, a0=3), 0x100, RETURN_TO, cores=[core])
        assert alone == priced


def test_a_branch_to_the_next_instruction_is_priced_by_its_operands() -> None:
    code = struct.pack("<III", 0x00B50263, 0x00000013, 0x00008067)  # beq a0, a1, .+4; nop; ret
    totals = []
    for value in (1, 2):
        uc = _machine(code, 0x100, a0=1, a1=value)
        totals.append(price_call(uc, 0x100, RETURN_TO, cores=["picorv32"])[0].warm.cycles)
    assert totals == [5 + 3 + 6, 3 + 3 + 6]


def test_wait_states_cost_hazard3_fetch_cycles_only() -> None:
    code = _code("li(a2, 50)\nlabel(top)\nadd(a0, a0, a2)\naddi(a2, a2, -1)\nbnez(a2, top)")
    runs = [
        price_call(_machine(code, 0x100), 0x100, RETURN_TO, cores=["hazard3"], wait_states=n)[0]
        for n in (0, 1, 3)
    ]
    fetch = [run.warm.split.fetch for run in runs]
    assert fetch == sorted(set(fetch))
    assert len({run.warm.split._replace(fetch=0, control=0) for run in runs}) == 1
    with pytest.raises(TimingError, match="zero wait states"):
        price_call(_machine(code, 0x100), 0x100, RETURN_TO, cores=["picorv32"], wait_states=1)


def test_what_cannot_be_priced_is_said() -> None:
    multiply = _code("mul(a0, a0, a1)")
    with pytest.raises(TimingError, match="'picorv32-no-mul' has no cost for 'mul'"):
        price_call(_machine(multiply, 0x100), 0x100, RETURN_TO, cores=["picorv32-no-mul"])
    forever = _code("label(top)\nj(top)")
    with pytest.raises(TimingError, match="1,000 instructions"):
        uc = _machine(forever, 0x100)
        price_call(uc, 0x100, RETURN_TO, cores=["hazard3"], max_instructions=1000)
    with pytest.raises(TimingError, match="no core 'pentium'; known are"):
        load_core("pentium")


def test_an_exact_core_may_lack_what_an_isa_has() -> None:
    assert {core.name for core in exact_cores()} == CHECKED
    assert {core.name for core in exact_cores("rv32im")} == CHECKED - {"picorv32-no-mul"}


@pytest.mark.parametrize("name", core_names())
def test_a_core_says_where_its_figures_come_from(name: str) -> None:
    core = load_core(name)
    assert (core.validated is not None) == core.is_exact == (name in CHECKED)
    assert core.source and core.configuration and core.memory and core.misaligned_source
    assert ("not checked against RTL" in core.source) == (core.validated is None)


AMO = {"producer": "amo", "consumer": "amo", "operand": "none", "cycles": 1, "reason": "any"}
ONE_CYCLE = "hazard 'any': 'frontend' has those of one cycle, of adjacent instructions, whatever"
WRONG: list[tuple[str, object, str]] = [
    ("speed", 1, "unknown keys ['speed']"),
    *((key, value, f"'{key}' must be a text") for value in (1, " ", "")
      for key in ("title", "engine", "source", "configuration", "memory")),
    ("engine", "guess", "engine must be 'table' or 'frontend'"),
    ("cycles", {"vector": 1}, "unknown class 'vector'"),
    *(("cycles", {"alu": value}, "cycles of 'alu' must be a whole number above 0")
      for value in (0, -1, 1.5, True, "1")),
    *((key, words, "unknown class 'vector'")
      for key in ("late", "refetch", "without") for words in ("vector", "* -vector", "alu vector")),
    ("operands", {"div": {"rule": "magic"}}, "unknown operand rule for 'div'"),
    ("operands", {"vector": {"rule": "accesses"}}, "unknown operand rule for 'vector'"),
    ("operands", {"csr": {"rule": "register", "of": ["cycle"], "when": "read look"}},
     "unknown access to a register for 'csr'"),
    *(("hazards", [AMO | more], ONE_CYCLE)
      for more in ({"cycles": 2}, {"operand": "rs1"}, {"distance": 2}, {"distance": 0})),
    *(("hazards", [AMO | more], "hazard 'any': unknown operand or distance")
      for more in ({"distance": 3}, {"distance": -1}, {"operand": "rs3"})),
    ("hazards", [AMO | {"consumer": "vector"}], "unknown class 'vector'"),
    ("hazards", [AMO | {"producer": "vector"}], "unknown class 'vector'"),
    *(("misaligned", table, "'misaligned' must have access, 'trap' or 'handled', and its source")
      for table in ({"access": "maybe", "source": "a manual"}, {"access": "trap"}, {"source": "s"},
                    {"access": "trap", "source": "a manual", "cycles": 1})),
    *(("misaligned", {"access": "trap", "source": source}, "the source of 'misaligned' must be")
      for source in (" ", "", 5)),
    *(("request", {"load": 0, **source}, "the source of 'request' must be a text")
      for source in ({}, {"source": " "}, {"source": 5})),
    *(("request", {kind: value, "source": "s"}, f"request of '{kind}' must be a cycle of it")
      for kind, value in (("load", -1), ("load", 0.5), ("load", False), ("vector", 0))),
]  # fmt: skip
TAKEN: list[tuple[str, object]] = [
    ("late", "* -alu"), ("refetch", ""), ("hazards", [AMO]),
    ("misaligned", {"access": "handled", "source": "s"}), ("request", {}),
    ("request", {"load": 0, "source": "s"}), ("operands", {"mul": {"rule": "accesses"}}),
]  # fmt: skip


def built(key: str, value: object) -> Core:
    """Hazard3, but for one key."""
    folder = resources.files("asm_rv32.cores")
    table = tomllib.loads((folder / "hazard3.toml").read_text("utf-8"))
    return build_core("hazard3", table | {key: value})


@pytest.mark.parametrize(("key", "value", "said"), WRONG)
def test_a_wrong_table_is_refused(key: str, value: object, said: str) -> None:
    with pytest.raises(ValueError) as refused:
        built(key, value)
    assert str(refused.value).startswith(said)


@pytest.mark.parametrize(("key", "value"), TAKEN)
def test_a_right_table_is_taken(key: str, value: object) -> None:
    built(key, value)


def test_a_core_that_is_badly_described_is_no_core(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(model, "core_table", lambda name: {"speed": 1})
    model.load_core.cache_clear()
    with pytest.raises(TimingError, match=r"core 'e31': unknown keys \['speed'\]"):
        load_core("e31")
    with pytest.raises(TimingError, match="no core 'z80'; known are ch32v003, cv32e40p, "):
        load_core("z80")


@pytest.mark.parametrize(("ahead", "is_priced"), [(0x0001, True), (0x0537, False)])
def test_half_of_a_predicted_branch_is_no_instruction(ahead: int, is_priced: bool) -> None:
    """c.nop ahead of a branch that was taken; or the first half of a lui whose other half is the
    branch's first."""
    branch = 0xFEA5_0EE3  # beq a0, a0, -4
    code = b"".join(half.to_bytes(2, "little") for half in (1, 1, 1, ahead)) + branch.to_bytes(
        4, "little"
    )
    words = Code(lambda at: int.from_bytes(code[at : at + 2], "little") or 1)
    engine = FrontendEngine(load_core("hazard3"))
    state = engine.cold(8)
    for pc, to in ((8, 4), (4, 6)):
        op = words.at(pc)
        _, state = engine.step(state, op, 1, op.is_branch, to)
    op = words.at(6)
    if is_priced:
        assert engine.step(state, op, 1, False, 8)[0].cycles == 1
    else:
        assert (op.name, op.size) == ("lui", 4)
        with pytest.raises(TimingError, match="half of a predicted branch"):
            engine.step(state, op, 1, False, 10)


@pytest.mark.parametrize("core", ["hazard3", "esp32p4"])
@pytest.mark.parametrize("at", ["b-0", "b-1", "b-2", "b-3", "h-0", "h-2"])
def test_an_instruction_that_unicorn_lacks_ends_a_program_too(at: str, core: str) -> None:
    """Its store into the word; those beside it do not."""
    size, offset = at.split("-")
    lines = ["lui(a5, 0x80000)", "addi(a5, a5, 256)", "addi(a4, a5, 4)", "c_sb(a0, 0(a4))",
             "addi(a4, a5, -4)", "c_sb(a0, 3(a4))", f"c_s{size}(a0, {offset}(a5))"]  # fmt: skip
    text = "@asm_rv32\ndef f():\n" + "".join(f"    {line}\n" for line in lines)
    code = assemble(text, isa="rv32imc_zcb").functions["f"].code
    priced = [*price_program(code, 0, core=core, stop_store=0x8000_0100)]
    assert len(priced) == len(lines)


WORK = "li(a2, 9)\nlabel(top)\nmul(a0, a0, a2)\ndivu(a1, a0, a2)\naddi(a2, a2, -1)\nbnez(a2, top)\n"
END = "lui(a5, 0x80000)\nsw(a0, 0(a5))\n"
PLACE: dict[str, Any] = {"core": "hazard3", "stop_store": 0x8000_0000}


@pytest.fixture(params=[True, False], ids=["unicorn", "python"])
def with_unicorn(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of both engines runs the program."""
    monkeypatch.setattr(price, "has_unicorn", lambda: request.param)


@pytest.mark.usefixtures("with_unicorn")
def test_a_run_is_priced_the_same_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    code = _code(WORK + END)
    whole = list(price_program(code, 0, **PLACE))
    for chunk in (1, 2, 7):
        monkeypatch.setattr(trace, "_CHUNK", chunk)
        monkeypatch.setattr(own_trace, "_CHUNK", chunk)
        assert list(price_program(code, 0, **PLACE)) == whole
    assert len(whole) == 1 + 4 * 9 + 2


@pytest.mark.usefixtures("with_unicorn")
@pytest.mark.parametrize(
    ("body", "said"),
    [
        ("data(4, 0xffffffff)", "no instruction that can be priced at 0x14$"),
        ("label(here)\nj(here)", "instructions"),
        ("lw(a0, 0(a5))\nlui(a5, 0x70000)\nlw(a0, 0(a5))", "load of 4 bytes|UNMAPPED|READ"),
        ("amocas_w(a0, a1, 0(a2))", "'hazard3' has no cost for 'amocas.w'"),
    ],
)
def test_a_program_that_cannot_be_priced_says_where(body: str, said: str) -> None:
    source = "\n".join(f"    {line}" for line in (WORK + body + "\n" + END).splitlines())
    text = f"@asm_rv32\ndef f(a, b):\n{source}\n"
    code = assemble(text, isa="rv32imac_zacas", compress=False).functions["f"].code
    with pytest.raises((TimingError, ExecutionError, unicorn.UcError)) as stopped:
        list(price_program(code, 0, max_instructions=200, **PLACE))
    assert re.search(said, str(stopped.value)), str(stopped.value)
