"""Everything that reads rows, with a table of its own: `python added_rows.py FOLDER`, in a process
that has loaded no other tables. Prints what came out, as JSON."""

from __future__ import annotations

import json
import sys
from array import array

from asm_rv32.basis import derived
from asm_rv32.isa import tables

tables.tables_folder = lambda: sys.argv[1]  # type: ignore[assignment]
derived.derived = lambda name, inputs, compute: compute()  # type: ignore[assignment]
tables.derived = derived.derived

from symbolic import cases, difference  # noqa: E402

from asm_rv32.analysis.lint import lint  # noqa: E402
from asm_rv32.assembler.pipeline import assemble  # noqa: E402
from asm_rv32.formats.listing import listing  # noqa: E402
from asm_rv32.isa.checking import validate  # noqa: E402
from asm_rv32.isa.rows import Row  # noqa: E402
from asm_rv32.isa.sets import instruction_set  # noqa: E402
from asm_rv32.isa.wording import told  # noqa: E402
from asm_rv32.machine.emulator import run  # noqa: E402
from asm_rv32.machine.settings import DEFAULT_SETTINGS  # noqa: E402

ISA = "rv32imc_zmine"
SOURCE = """
@asm_rv32
def all_of_them(words, n, out):
    li(t0, 0)
    li(t2, 0)
    label(loop)
    mine_next(t1, words)
    mine_mac(t0, t1, n)
    mine_abs(t3, t1)
    add(t2, t2, t3)
    addi(n, n, -1)
    bnez(n, loop)
    mine_put(t2, 2(out))
    mine_load(t1, 0(out))
    mine_odd(t0, zero, odd)
    addi(t0, t0, 100)
    label(odd)
    xor(a0, t0, t1)


@asm_rv32
def careless(a):
    mine_mac(a0, t5, a)
    mine_next(s1, a)


@asm_rv32
def far(a, b):
    mine_odd(a, b, there)
    li(a0, 0)
    ret()
    space(5000)
    label(there)
    li(a0, 1)
"""


def outcome(engine: str) -> list[int]:
    function = assemble(SOURCE, isa=ISA).functions["all_of_them"]
    words, out = array("i", [3, -5, 70000]), array("I", [0x11223344])
    found = run(function, (words, 3, out), DEFAULT_SETTINGS._replace(engine=engine))
    return [found.word, out[0], words[1]]


def far_results(engine: str) -> list[int]:
    """Of an even sum, and of an odd one."""
    function = assemble(SOURCE, isa=ISA).functions["far"]
    settings = DEFAULT_SETTINGS._replace(engine=engine)
    return [run(function, (2, b), settings).word for b in (4, 5)]


def proved(row: Row) -> bool:
    """Whether z3 shows that the base sequence does what the row says."""
    size = 4 * len(row.base)
    pairs = [(case.meaning(size), case.sequence(row.base)) for case in cases(row)]
    return all(difference(whole, steps, ()) is None for whole, steps in pairs)


def main() -> None:
    instructions = instruction_set(ISA)
    validate(instructions)
    module = assemble(SOURCE, isa=ISA)
    rows = {name: instructions.rows(name)[0] for name in tables.tables()["zmine"]}
    print(json.dumps({
        "unicorn": outcome("unicorn"), "python": outcome("python"),
        "far": [far_results("unicorn"), far_results("python")],
        "listing": [line.split() for line in listing(module.functions["all_of_them"]).splitlines()],
        "told": {name: told(row) for name, row in rows.items()},
        "proved": proved(rows["mine.abs"]),
        "lint": [found.code for found in lint(module.functions["all_of_them"])],
        "careless": sorted({found.code for found in lint(module.functions["careless"])}),
    }))  # fmt: skip


if __name__ == "__main__":
    main()
