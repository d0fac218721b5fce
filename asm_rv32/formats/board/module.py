"""What a .mpy file holds of a source: its assembler functions, and what its statements do.

Input: the source text and its assembled functions. Output: a step for each statement; what is
computed from a name assigned without `const` is computed here, by mpy-cross's file when imported.
Invariant: `plan` answers None for any source that holds more than functions and constants, so
nothing of it is ever lost. The source is parsed, never executed. Source: MicroPython 1.29,
py/compile.c.
"""

from __future__ import annotations

from collections.abc import Sequence

from asm_rv32.assembler.reading import outside
from asm_rv32.assembler.reading.lines import logical_lines
from asm_rv32.assembler.reading.outside import PYTHON_LIMIT
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import TYPE_CHECKING, NamedTuple
from asm_rv32.formats.board.host import Hidden, HostNames, host_import
from asm_rv32.formats.board.movable import unmovable
from asm_rv32.formats.board.mpy import ARCH_FLAGS, RESULTS, Constant, MpyError, RawCode

if TYPE_CHECKING:
    import ast

    from asm_rv32.isa.image import Image

MAX_ARGS = 4
_MAX_INT_BITS = 4096
_MAX_NESTING = 20
_A0 = 10
_ALWAYS_THERE = frozenset(("rv32i", "rv32m", "rv32c", "zicsr", "zifencei", "pseudo"))
"""Tables whose instructions every RV32IMC firmware's processor has."""


class MachineFunction(NamedTuple):
    """An assembled function and where it stands in its source."""

    name: str
    code: bytes
    """Machine code, which starts with the function's first instruction."""
    n_args: int
    returns: str = "int"
    """One of RESULTS."""
    start_line: int = 0
    """Line of the first decorator, counted from 1."""
    end_line: int = 0
    """The last line of the body."""
    extensions: tuple[str, ...] = ()
    """Tables of `encodings/` that the code uses and RV32IMC lacks: zba, zcmp, rv32a, …"""


class Step(NamedTuple):
    """What one statement of a module's body does."""

    line: int
    store: tuple[str, ...] = ()
    """The names it binds."""
    value: int | Constant | MachineFunction | None = None
    module: str = ""
    """The module it imports."""
    names: tuple[str, ...] = ()
    """What it imports from that module; empty: the module itself."""


# ---------------------------------------------------------------- checks


def too_many_parameters(name: str, count: int) -> str:
    """Why Python on a board cannot call a function, and what helps."""
    return (
        f"{name}() has {count} parameters; MicroPython passes at most "
        f"{MAX_ARGS} to an assembler function. Pass the others in an array: "
        f"def {name}(a0): with lw(a1, 0(a0)), lw(a2, 4(a0)), ... in its body, "
        f'called as {name}(array.array("i", [...]))'
    )


def raw_asm(function: MachineFunction) -> RawCode:
    """The code object of a function. Errors: MpyError for more than four parameters."""
    if function.n_args > MAX_ARGS:
        raise MpyError(too_many_parameters(function.name, function.n_args))
    if len(function.code) >= 1 << 29:
        raise MpyError(f"{function.name}() is too long for a .mpy file")
    returns = RESULTS.index(function.returns)
    return RawCode("asm", function.code, n_args=function.n_args, returns=returns)


def arch_flags(functions: Sequence[MachineFunction]) -> int:
    """The flags that the functions need (ARCH_FLAGS), by which firmware refuses what it lacks."""
    needed = {extension for function in functions for extension in function.extensions}
    return sum(flag for extension, flag in ARCH_FLAGS.items() if extension in needed)


def unflagged(functions: Sequence[MachineFunction]) -> tuple[str, ...]:
    """Extensions that are used but that no flag tells of: firmware cannot refuse such a file."""
    needed = {extension for function in functions for extension in function.extensions}
    return tuple(sorted(needed - set(ARCH_FLAGS)))


def machine_function(image: Image) -> MachineFunction:
    """What a .mpy file holds of an image. Errors: MpyError for parameters elsewhere than a0, a1…

    The extensions are those of the instructions in it, not those that its ISA would allow.
    """
    if image.registers != tuple(range(_A0, _A0 + len(image.registers))):
        raise MpyError(f"{image.name}() takes a parameter elsewhere than in a0, a1, ... in order")
    from asm_rv32.isa.image import FLOAT

    if image.floats or image.returns == FLOAT:
        raise MpyError(
            f"{image.name}() takes or gives a float, and MicroPython hands machine code a float "
            f"cut to an int: leave the annotations out, and pass the bits, "
            f"struct.unpack('<I', struct.pack('<f', x))[0]"
        )
    hindrance = unmovable(image)
    if hindrance:
        raise MpyError(hindrance)
    locate = image.source.locate
    return MachineFunction(
        image.name,
        image.code,
        len(image.parameters),
        image.returns,
        locate(image.span.start)[0],
        locate(max(image.span.start, image.span.end - 1))[0],
        _extensions(image),
    )


def _extensions(image: Image) -> tuple[str, ...]:
    from asm_rv32.isa.decode import decode
    from asm_rv32.isa.sets import instruction_set

    instructions = instruction_set(image.isa)
    if _ALWAYS_THERE.issuperset(instructions.extensions):
        return ()
    found = set()
    for entry in image.entries:
        code = image.code[entry.address : entry.address + entry.size]
        instruction = decode(int.from_bytes(code, "little"), instructions)
        if entry.is_code and instruction is not None:
            found.add(instruction.row.extension)
    return tuple(sorted(found - _ALWAYS_THERE))


# ---------------------------------------------------------------- plan


def plan(
    source: str, functions: Sequence[MachineFunction], hidden: Sequence[Hidden] = ()
) -> list[Step] | None:
    """The steps of a module body, or None when it holds more than functions and constants.

    Errors: MpyError, for a block of data that no board can have.
    """
    tree = parse_source(source, functions, hidden)
    if tree is None:
        return None
    planner = _Planner(functions, HostNames(tree, hidden))
    steps: list[Step] = []
    for node in tree.body:
        step = planner.step(node)
        if step is None:
            return None
        steps.append(step)
    used = sum(isinstance(step.value, MachineFunction) for step in steps)
    return steps if used == len(functions) else None


def parse_source(
    source: str, functions: Sequence[MachineFunction], hidden: Sequence[Hidden] = ()
) -> ast.Module | None:
    """The syntax tree of a source, or None when CPython cannot read what MicroPython may.

    The bodies of functions and data are not in it: a tree takes some hundred times the memory of
    its text. Errors: MpyError for more Python than that allows.
    """
    import ast
    import warnings

    text = without_bodies(source, functions, hidden)
    size = len(text) - text.count("\n")
    if size > PYTHON_LIMIT:
        raise MpyError(
            f"the source has {size} characters beside the bodies of its assembler functions, "
            f"more than {PYTHON_LIMIT}. Take the functions alone: --function"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def without_bodies(
    source: str, functions: Sequence[MachineFunction], hidden: Sequence[Hidden] = ()
) -> str:
    """The source with `pass` for the bodies of functions and data, every line at its number."""
    starts = Source("", source).line_starts
    bodies: list[outside.Body] = []
    at = 0
    places = [(each.start_line, each.end_line) for each in functions]
    places += [(each.start_line, each.end_line) for each in hidden]
    for first, last in sorted(places):
        if not 1 <= first <= last <= len(starts):
            continue
        end = starts[last] if last < len(starts) else len(source)
        for line in logical_lines(source, starts[first - 1]):
            if line.tokens[0] == "@":
                continue
            if line.tokens[-1] == ":" and at <= line.end <= end:
                bodies.append(outside.Body(line.start, line.end, end))
                at = end
            break
    return outside.without_bodies(source, bodies)


class _Planner:
    """Tells of a module's statements, in their order, what they do."""

    def __init__(self, functions: Sequence[MachineFunction], host: HostNames) -> None:
        self.at_line = {function.start_line: function for function in functions}
        self.host = host
        self.values: dict[str, int] = {}
        """The integers that names stand for."""

    def step(self, node: ast.stmt) -> Step | None:
        """What a statement does; None where it is more than a step can say."""
        import ast

        line = node.lineno
        match node:
            case ast.FunctionDef():
                return self._definition(node)
            case ast.Expr(value=ast.Constant()) | ast.Pass():
                return Step(line)
            case ast.Assign(targets=[ast.Name(id=name)], value=expression):
                return self._assignment(line, name, expression)
            case ast.Import(names=[ast.alias(name="micropython", asname=asname)]):
                return Step(line, (asname or "micropython",), module="micropython")
            case ast.ImportFrom(module="micropython", level=0, names=names) if names[0].name != "*":
                bound = tuple(alias.asname or alias.name for alias in names)
                return Step(line, bound, None, "micropython", tuple(alias.name for alias in names))
            case ast.ImportFrom() | ast.Import() if (aliases := host_import(node)) is not None:
                if len(aliases) > 1:
                    return None
                return Step(line, aliases, module="micropython" if aliases else "")
        return None

    def _definition(self, node: ast.FunctionDef) -> Step | None:
        if not node.decorator_list:
            return None
        line = node.decorator_list[0].lineno
        self.values.pop(node.name, None)
        data = self.host.defined(node)
        if data is not None:
            constant = data.constant
            return None if constant is None else Step(line, (node.name,), constant)
        function = self.at_line.get(line)
        if function is None or function.name != node.name or node.decorator_list[1:]:
            return None
        return Step(line, (node.name,), function)

    def _assignment(self, line: int, name: str, expression: ast.expr) -> Step | None:
        import ast

        is_const = False
        match expression:
            case ast.Call(func=ast.Name(id="const"), args=[inner], keywords=[]):
                is_const, expression = True, inner
        if self.host.is_extern(expression):
            self.values.pop(name, None)
            return Step(line, (name,), Constant("None"))
        value = _value(expression, self.values)
        if value is None:
            return None
        self.values.pop(name, None)
        if isinstance(value, int):
            self.values[name] = value
        # MicroPython drops a private const: it is folded wherever it is used.
        return Step(0) if is_const and name.startswith("_") else Step(line, (name,), value)


def _value(node: ast.expr, values: dict[str, int], depth: int = 0) -> int | Constant | None:
    """A constant as it goes into a file, or None for what is none; integers stay integers."""
    import ast

    match node:
        case ast.Constant(value=bool() | None as value):
            return Constant(str(value))
        case ast.Constant(value=str(text)) if not _has_surrogates(text):
            return Constant("str", text.encode())
        case ast.Constant(value=bytes(data)):
            return Constant("bytes", data)
        case ast.Tuple(elts=[_, *_] as elements) if depth < _MAX_NESTING:
            items = [_value(element, values, depth + 1) for element in elements]
            constants = [
                Constant("int", str(item).encode()) if isinstance(item, int) else item
                for item in items
                if item is not None
            ]
            if len(constants) < len(items):
                return None
            return Constant("tuple", items=tuple(constants))
    return _integer(node, values)


def _has_surrogates(text: str) -> bool:
    return any("\ud800" <= character <= "\udfff" for character in text)


def _integer(node: ast.expr, values: dict[str, int]) -> int | None:
    """The value of an integer expression of literals and names, or None; bounded in size."""
    import ast

    match node:
        case ast.Constant(value=int(value)) if not isinstance(value, bool):
            return value
        case ast.Name(id=name):
            return values.get(name)
        case ast.UnaryOp(op=op, operand=operand):
            inner = _integer(operand, values)
            if inner is None or isinstance(op, ast.Not):
                return None
            return {ast.USub: -inner, ast.UAdd: inner, ast.Invert: ~inner}[type(op)]
        case ast.BinOp(left=left, op=op, right=right):
            a, b = _integer(left, values), _integer(right, values)
            return None if a is None or b is None else _operate(op, a, b)
    return None


def _operate(op: ast.operator, a: int, b: int) -> int | None:
    import ast

    if isinstance(op, (ast.LShift, ast.RShift)) and not 0 <= b <= _MAX_INT_BITS:
        return None
    if isinstance(op, (ast.FloorDiv, ast.Mod)) and b == 0:
        return None
    match op:
        case ast.Add():
            value = a + b
        case ast.Sub():
            value = a - b
        case ast.Mult():
            value = a * b
        case ast.FloorDiv():
            value = a // b
        case ast.Mod():
            value = a % b
        case ast.LShift():
            value = a << b
        case ast.RShift():
            value = a >> b
        case ast.Pow() if 0 <= b <= _MAX_INT_BITS and a.bit_length() * b <= _MAX_INT_BITS:
            value = a**b
        case ast.BitAnd():
            value = a & b
        case ast.BitOr():
            value = a | b
        case ast.BitXor():
            value = a ^ b
        case _:
            return None
    return value if value.bit_length() <= _MAX_INT_BITS else None
