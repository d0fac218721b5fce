"""The plugin that pytest loads: budgets by mark and fixture, short tracebacks, a report of the run.

    @pytest.mark.cycles(core="hazard3", at_most=500)
    def test_sum() -> None:
        assert sum_words(array("i", range(100)), 100) == 4950

A mark holds what the calls of a test cost together; `cycles` takes `core` and `cold=True`. The
fixture `asm` does the same for a block, `with asm.budget(cycles=500):`, and prices single calls.
"""

from __future__ import annotations

import os
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any

import pytest

from asm_rv32.basis.diagnostics import AssemblyError
from asm_rv32.testing.budgets import UNITS, Budget, Calls, in_words

if TYPE_CHECKING:
    from asm_rv32.inline.function import AsmFunction
    from asm_rv32.report.pricing import CycleReport

PACKAGE = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
WATCHED = pytest.StashKey[Calls]()
MARKS = {
    "cycles": "cycles(at_most, core=None, board=None, cold=False): the calls of assembler "
    "functions in the test cost at most so many cycles together",
    "instructions": "instructions(at_most): they execute at most so many instructions together",
    "code_bytes": "code_bytes(at_most): the functions called have at most so many bytes together",
}


class Asm:
    """What the fixture `asm` is: prices of calls, and budgets for blocks of a test."""

    def __init__(self, calls: Calls) -> None:
        self._calls = calls

    @property
    def core(self) -> str | None:
        """The core that `--asmrv32-core` names; None: each function's own."""
        return self._calls.default

    def cycles(
        self, function: AsmFunction[..., Any], *arguments: object, core: str | None = None
    ) -> CycleReport:
        """What a call costs, as `function.cycles`, on the core of the run."""
        return function.cycles(*arguments, core=core or self.core)

    @contextmanager
    def budget(
        self,
        *,
        cycles: int | None = None,
        instructions: int | None = None,
        code_bytes: int | None = None,
        core: str | None = None,
        board: str | None = None,
        cold: bool = False,
    ) -> Iterator[Calls]:
        """Hold what the calls of a block cost together against one budget or more."""
        core = core or core_of(board)
        asked = {"cycles": cycles, "instructions": instructions, "code_bytes": code_bytes}
        budgets = [
            Budget(unit, most, core, cold) for unit, most in asked.items() if most is not None
        ]
        if not budgets:
            raise TypeError(f"budget() takes at least one of {', '.join(f'{u}=' for u in UNITS)}")
        with Calls(self.core, [core]).watching() as calls:
            yield calls
        _require(budgets, calls)


def pytest_addoption(parser: pytest.Parser) -> None:
    """`--asmrv32-core`, `--asmrv32-report`, `--asmrv32-verify`."""
    group = parser.getgroup("asm_rv32", "assembler functions (asm_rv32)")
    group.addoption(
        "--asmrv32-core", metavar="NAME",
        help="the core on which budgets that name none are priced; `asmrv32 cores` lists them "
        "(default: that of the function, else hazard3)",
    )  # fmt: skip
    group.addoption(
        "--asmrv32-report", action="store_true",
        help="show at the end what the calls of the tests cost, a line a function",
    )  # fmt: skip
    group.addoption(
        "--asmrv32-verify", action="store_true",
        help="a test more for each assembler function of the files collected: its bytes as "
        "objdump reads them",
    )  # fmt: skip


def pytest_configure(config: pytest.Config) -> None:
    """Make the marks known, and see that the core is."""
    for line in MARKS.values():
        config.addinivalue_line("markers", line)
    if config.getoption("--asmrv32-report"):
        config.pluginmanager.register(Summary())
    if config.getoption("--asmrv32-core"):
        from asm_rv32.timing.model import TimingError, load_core

        try:
            load_core(config.getoption("--asmrv32-core"))
        except TimingError as error:
            raise pytest.UsageError(f"--asmrv32-core: {error}") from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Let `4(a1)` compile under `-W error`: to CPython it is the call of an integer."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "'int' object is not callable", SyntaxWarning)
        yield


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Modules are compiled while they are collected; a mistake is shown as the compiler does."""
    with _quiet():
        report = yield
    call: pytest.CallInfo[object] = vars(report)["call"]
    # pytest's own error stands in front of the compiler's.
    error = call.excinfo and (call.excinfo.value.__cause__ or call.excinfo.value)
    if _is_ours(error) and not collector.config.getoption("fulltrace"):
        report.longrepr = error.render() if isinstance(error, AssemblyError) else str(error)
    return report


def pytest_collect_file(file_path: Any, parent: pytest.Collector) -> pytest.Collector | None:
    """With `--asmrv32-verify` each file that has assembler functions is verified, too."""
    if file_path.suffix != ".py" or not parent.config.getoption("--asmrv32-verify"):
        return None
    from asm_rv32.testing.verified import VerifiedFile

    return VerifiedFile.of(file_path, parent)


@pytest.fixture
def asm(request: pytest.FixtureRequest) -> Asm:
    """Prices of calls, and budgets: `asm.cycles(f, 1, 2)`, `with asm.budget(cycles=500): ...`."""
    return Asm(Calls(request.config.getoption("--asmrv32-core"), [None]))


def budgets_of(item: pytest.Item) -> list[Budget]:
    """The budgets that the marks of a test name. Raises TypeError for a wrong mark."""
    return [_budget(unit, mark) for unit in UNITS for mark in item.iter_markers(unit)]


def _budget(unit: str, mark: pytest.Mark) -> Budget:
    known = {"at_most", "core", "board", "cold"} if unit == "cycles" else {"at_most"}
    most = mark.kwargs.get("at_most", mark.args[0] if len(mark.args) == 1 else None)
    if not isinstance(most, int) or len(mark.args) > 1 or set(mark.kwargs) - known:
        raise TypeError(f"the mark is {MARKS[unit].partition(':')[0]}; at_most is an integer")
    core = mark.kwargs.get("core") or core_of(mark.kwargs.get("board"))
    return Budget(unit, most, core, bool(mark.kwargs.get("cold")))


def core_of(board: str | None) -> str | None:
    """The core of a board, as prices are made on it. Raises ValueError for one without."""
    if board is None:
        return None
    from asm_rv32.boards import load_board

    found = load_board(board)
    if found.core is None:
        raise ValueError(f"no core is known for the board {board!r}: name one, core=")
    return found.core


@pytest.hookimpl(wrapper=True)
def pytest_runtest_call(item: pytest.Item) -> Generator[None, None, None]:
    """Watch the calls of a test that has budgets, and of all with `--asmrv32-report`."""
    reported = item.config.getoption("--asmrv32-report")
    budgets = budgets_of(item)
    cores = [*([None] if reported else ()), *(budget.core for budget in budgets)]
    with _quiet():
        if not cores:
            return (yield)
        with Calls(item.config.getoption("--asmrv32-core"), cores).watching() as calls:
            item.stash[WATCHED] = calls
            yield
    _require(budgets, calls)


def _require(budgets: list[Budget], calls: Calls) -> None:
    """Fail the test with every budget that the calls do not keep."""
    excesses = [text for budget in budgets if (text := budget.excess(calls.made))]
    if excesses:
        pytest.fail("\n".join(excesses), pytrace=False)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Leave the inside of the package out of tracebacks; keep what the calls cost."""
    if call.excinfo is not None and not item.config.getoption("fulltrace"):
        error = call.excinfo.value
        if _is_ours(error):
            error = error.with_traceback(_outside(error.__traceback__))
            call.excinfo = pytest.ExceptionInfo.from_exception(error)
    report = yield
    if call.when == "call" and item.config.getoption("--asmrv32-report"):
        made = item.stash[WATCHED].made if WATCHED in item.stash else []
        # Rows of plain values: they come through to the process that shows them.
        vars(report)["asm_rv32"] = [
            [each.function, price.core, price.warm, price.instructions, len(each.image.code)]
            for each in made
            if (price := each.prices[None])
        ]
    return report


def _is_ours(error: BaseException | None) -> bool:
    """Whether an error says itself where in the assembler it comes from."""
    from asm_rv32.machine.errors import ExecutionError

    return isinstance(error, (AssemblyError, ExecutionError))


def _outside(traceback: TracebackType | None) -> TracebackType | None:
    """A traceback without the frames inside of the package."""
    if traceback is None:
        return None
    rest = _outside(traceback.tb_next)
    if traceback.tb_frame.f_code.co_filename.startswith(PACKAGE + os.sep):
        return rest
    return TracebackType(rest, traceback.tb_frame, traceback.tb_lasti, traceback.tb_lineno)


class Summary:
    """What the calls of the tests cost, gathered from all processes and shown at the end."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = []
        """A call each: function, core, cycles, instructions, bytes."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Gather the calls of a test."""
        self.rows += getattr(report, "asm_rv32", ())

    def pytest_terminal_summary(self, terminalreporter: Any) -> None:
        """A line a function and core."""
        terminalreporter.section("assembler functions")
        found: dict[tuple[str, str], list[list[Any]]] = {}
        for row in self.rows:
            found.setdefault((row[0], row[1]), []).append(row)
        for (function, core), rows in sorted(found.items()):
            told = in_words([(row[2], row[3]) for row in rows], rows[0][4], f" on {core}")
            terminalreporter.line(f"{function}: {told}")
        if not found:
            terminalreporter.line("no test called one")
