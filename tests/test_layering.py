"""Dependencies run one way: a module imports only modules of its own tier or lower ones.

The tiers are those of the design: what can be wrong; operands; tables; the stages; their order;
what is done with an image; the decorator; the command line.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path

import pytest

import asm_rv32
from asm_rv32.assembler.dialects import DIALECTS, SCRIPT
from asm_rv32.isa.sets import everything

PACKAGE = Path(asm_rv32.__file__).parent
MODULES = sorted(PACKAGE.rglob("*.py"))
FLOORS = (
    ("basis",),
    ("isa", "cores", "boards"),
    ("analysis", "devices"),
    ("assembler",),
    ("machine", "formats"),
    ("timing", "verify", "importing", "prove"),
    ("report", "editor"),
    ("stepping", "improve"),
    ("inline", "remote"),
    ("commands", "micropython", "words"),
    ("testing", "notebook"),
    ("__main__", ""),
)
"""The rooms of the package, each floor standing on those below it."""
FLOOR = {name: number for number, names in enumerate(FLOORS) for name in names}
# Who may print, and write to the terminal.
PRINTERS = ("commands", "__main__")


# Who may give text to `exec`: `asmrv32 exec` is there to run a script, as Python would; our own
# engine runs what it made of the steps of instructions, numbers and operations alone.
EXECUTING = ("inline.script", "machine.own")


def name_of(path: Path) -> str:
    """The module's name below the package: `isa.tables`; the package itself has none."""
    parts = path.relative_to(PACKAGE).with_suffix("").parts
    return ".".join(part for part in parts if part != "__init__")


def floor(name: str) -> int:
    """The floor of the room that a module stands in."""
    room = name.partition(".")[0]
    assert room in FLOOR, f"{name} is in no room"
    return FLOOR[room]


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """All of a file's syntax tree."""
    return tuple(ast.walk(ast.parse(path.read_text())))


def imported(path: Path) -> Iterator[tuple[str, int]]:
    """Modules of the package that a file imports, also inside functions; and the line."""
    unseen = {
        inner for node in nodes(path)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }  # fmt: skip
    for node in nodes(path):
        if node in unseen:
            continue
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}:{node.lineno}: a relative import"
            base = node.module or ""
            names = []
            for alias in node.names:
                inner = f"{base}.{alias.name}"
                where = PACKAGE.parent / inner.replace(".", "/")
                is_module = where.with_suffix(".py").exists() or where.is_dir()
                names.append(inner if is_module else base)
        else:
            continue
        for name in names:
            if name.split(".")[0] == "asm_rv32":
                yield name.partition(".")[2], node.lineno


def test_imports_go_down() -> None:
    for path in MODULES:
        own, room = floor(name_of(path)), name_of(path).partition(".")[0]
        upward = [
            (name, line) for name, line in imported(path)
            if floor(name) >= own and name.partition(".")[0] != room
        ]  # fmt: skip
        assert not upward, f"{name_of(path)} (floor {own}) imports {upward}"


def test_there_are_no_cycles() -> None:
    graph = {name_of(path): {name for name, _ in imported(path)} for path in MODULES}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " → ".join((*trail, name))
        if name in done:
            return
        for other in sorted(graph.get(name, ())):
            visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


EXPLAINERS = ("explain", "mismatch", "suggest", "foreign", "reading.gnu", "reading.wrong")


@pytest.mark.parametrize("dialect", [*DIALECTS, SCRIPT])
def test_explainers_are_loaded_only_for_a_mistake(dialect: str) -> None:
    # Both in one process: what the wrong function loads shows that the names are right.
    program = f"""
import sys
from asm_rv32 import AssemblyError, assemble

def loaded():
    return [name for name in {EXPLAINERS} if "asm_rv32.assembler." + name in sys.modules]

head = "@asm_rv32\\ndef f(a0):\\n "
assemble(head + "lw(a0, 0(a0))\\n addi(a0, a0, 1)\\n", dialect={dialect!r})
print(loaded())
for wrong in ("lw(a0, 4096(a0))", "lw a0, 0(a0)"):
    try:
        assemble(head + wrong, dialect={dialect!r})
    except AssemblyError:
        pass
print(loaded())
"""
    run = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert run.stdout.splitlines() == ["[]", str([*EXPLAINERS])]


def test_what_is_there_for_type_checkers_is_not_there_at_run_time() -> None:
    """Else it would be loaded by each start."""
    found = []
    for path in MODULES:
        tree = ast.parse(path.read_text())
        names = [
            alias.asname or alias.name
            for node in tree.body
            if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
            for inner in ast.walk(node) if isinstance(inner, ast.ImportFrom) and not node.orelse
            for alias in inner.names
        ]  # fmt: skip
        if names:
            module = import_module(f"{PACKAGE.name}.{name_of(path)}".rstrip("."))
            if "__getattr__" in vars(module):
                continue  # what is asked for is kept there
            found += [(module.__name__, name) for name in names if name in vars(module)]
    assert not found


def test_only_the_command_line_prints() -> None:
    for path in MODULES:
        if name_of(path).split(".")[0] in PRINTERS:
            continue
        for node in nodes(path):
            called = isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
            assert not (called and node.func.id == "print"), f"{path}:{node.lineno} prints"  # type: ignore[attr-defined]


def test_one_module_replaces_files() -> None:
    writing = ("replace", "rename", "renames", "link", "symlink", "unlink", "remove", "fdopen")
    for path in MODULES:
        if name_of(path) == "basis.files":
            continue
        for node in nodes(path):
            if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
                named = node.value.id == "os" and node.attr in writing
                assert not named and node.value.id != "shutil", f"{path}:{node.lineno}"


def test_nothing_is_evaluated_or_unpickled() -> None:
    for path in MODULES:
        if name_of(path) in EXECUTING:
            continue
        for node in nodes(path):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
                assert node.func.id not in ("eval", "exec"), f"{path}:{node.lineno}"
            if isinstance(node, ast.Import):
                assert not any(alias.name == "pickle" for alias in node.names), path


def test_encodings_is_no_package() -> None:
    folder = PACKAGE.parent / "encodings"
    assert not list(folder.rglob("*.py"))


LINES_OF_MODULES = 500
LINES_OF_FUNCTIONS = 50
"""Docstrings not counted."""


def lines_of(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Lines of a function, from `def` on, without its docstring."""
    lines = (node.end_lineno or 0) - node.lineno + 1
    first = node.body[0]
    if ast.get_docstring(node, clean=False) is not None:
        lines -= (first.end_lineno or 0) - first.lineno + 1
    return lines


def test_modules_and_functions_are_short() -> None:
    for path in MODULES:
        lines = path.read_text().count("\n")
        assert lines <= LINES_OF_MODULES, f"{path} has {lines} lines"
        for node in nodes(path):
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                lines = lines_of(node)
                assert lines <= LINES_OF_FUNCTIONS, f"{path}:{node.lineno} has {lines} lines"


WORDS = {
    "Python's words, and what nodes of them are called": "and or not and_ or_",
    "Python's functions": "min max zip",
    "an operation, of Python's syntax tree and of MicroPython's": "add neg",
    "a form of terms": "xor",
    "what the language of meanings says itself": "ecall ebreak fence fence_i",
    "a device": "timer",
    "a kind of node, of control and of reference; a code; an argument": "call",
}
"""Why a word that is the name of an instruction, too, stands in the code for something else."""
TOLD = {
    # What constants are made of.
    "assembler.constants": "lui addi xori srli c.li c.lui c.addi c.slli c.srli",
    # What loads an address that is not known yet; MicroPython's mv.
    "assembler.forms": "addi lui mv c.li c.mv",
    # The return that is appended.
    "assembler.fragments": "jalr mret",
    # What tells that a function counts its own bytes.
    "assembler.dialects.own": "auipc",
    # What MicroPython's assembler gets wrong of li.
    "assembler.dialects.operations": "li c.lui",
    # Words of mends.
    "assembler.suggest": "li sub addi la lw",
    # Words of a mend.
    "analysis.lint.convention": "li fmv_w_x",
    # What loads an address, read backwards.
    "formats.board.lowering": "auipc addi",
    # Base code in the place of an extension's.
    "machine.stubs": "jal jalr addi lw sb sh sw",
    # Code that switches a board's counter on and off.
    "remote.counter": "csrrs csrrc",
}
"""Module → the names of instructions that it tells, and why that is not the matter of a row."""
ASKED = ("row", "rows", "mnemonic")
"""What takes, or is, the name of an instruction and nothing else."""


def told(tree: ast.Module, names: frozenset[str]) -> Iterator[tuple[str, bool]]:
    """The texts that consist of names, docstrings left out; whether that is what they are for."""
    documents, asked = set(), set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr):
            documents.add(node.value)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            if node.func.attr in ASKED:
                asked.update(ast.walk(node))
        elif isinstance(node, ast.Compare) and any(
            isinstance(part, ast.Attribute) and part.attr in ASKED
            for part in (node.left, *node.comparators)
        ):
            asked.update(ast.walk(node))
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            words = node.value.split()
            if words and names.issuperset(words) and node not in documents:
                yield from ((word, node in asked) for word in words)


def test_the_code_tells_few_names_of_instructions() -> None:
    words = everything()
    names = frozenset((*words.mnemonics, *words.mnemonic_of))
    other = {word for listed in WORDS.values() for word in listed.split()}
    found: dict[str, set[str]] = {}
    unseen = set(other)
    for path in MODULES:
        for word, is_asked in told(ast.parse(path.read_text()), names):
            if is_asked or word not in other:
                found.setdefault(name_of(path), set()).add(word)
            else:
                unseen.discard(word)
    assert found == {module: {*listed.split()} for module, listed in TOLD.items()}
    assert sum(map(len, found.values())) < 40
    assert not unseen
