"""Unroll, choose, name and expand: from a function as written to a straight list of items.

Input: a `FunctionSource` and the names visible to it.
Output: an `Expansion`, and what is wrong with it.
Invariant: every loop is unrolled, every condition decided, every macro expanded; over all functions
of a file, the number of items, of repetitions and of uses of macros is bounded by `ITEM_LIMIT`, the
bytes of data by `DATA_LIMIT`. A macro knows its parameters and what stands around it, nothing of
the function that uses it.
"""

from __future__ import annotations

from collections.abc import Mapping

from asm_rv32.assembler.budget import DATA_LIMIT, FUNCTION_COST, ITEM_LIMIT, Budget
from asm_rv32.assembler.ir import (
    Contract,
    Expansion,
    Item,
    Label,
    LabelScope,
    Operation,
    Switch,
    Unread,
)
from asm_rv32.assembler.match import takes_name
from asm_rv32.assembler.reading.expressions import (
    BUILTIN_NAMES,
    NUMBERS,
    NUMERIC,
    describe,
    evaluate,
    integer,
    label_name,
    named,
    where_named,
)
from asm_rv32.assembler.reading.grammar import Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.program import For, FunctionSource, If, Macro, Statement, Written
from asm_rv32.assembler.reading.scopes import Names
from asm_rv32.basis.diagnostics import ERROR_LIMIT, Diagnostic, Source, Span, did_you_mean
from asm_rv32.basis.records import TYPE_CHECKING, Any, NoReturn
from asm_rv32.isa.image import NAME_LIMIT
from asm_rv32.isa.operands import (
    A0,
    REGISTERS,
    LabelSum,
    Register,
    Symbol,
    Value,
)
from asm_rv32.isa.sets import InstructionSet
from asm_rv32.isa.tables import DIRECTIVES

if TYPE_CHECKING:
    from asm_rv32.assembler.macros import Frame, Uses

PARAMETER_LIMIT = 8
"""Parameters arrive in a0 to a7 (psABI, integer calling convention)."""
NESTING_LIMIT = 64
"""Loops, conditions and macros are expanded within each other at most so deep."""
PYTHON_VALUES = (*BUILTIN_NAMES, "None", "__debug__")
"""Words to which Python gives no other value."""


class _Stop(Exception):
    """A limit is reached: what follows is not read."""


def expand(
    function: FunctionSource,
    source: Source,
    names: Mapping[str, Any],
    instructions: InstructionSet,
    budget: Budget,
) -> tuple[Expansion, list[Diagnostic | Unread]]:
    """The items of a function.

    `names` is what is visible to it, as `FunctionSource.names` has it; `instructions` has the words
    that are mnemonics, in Python's spelling, and registers; `budget` is what is left for it.
    """
    expander = _Expander(function, source, names, instructions, budget)
    try:
        expander.statements(function.body)
    except _Stop:
        pass
    budget.statements -= len(expander.items) + expander.repetitions + FUNCTION_COST
    budget.data -= expander.data_size
    expander.check_contracts()
    contracts = tuple(expander.contracts)
    found = Expansion(
        expander.items, expander.labels, expander.uses is not None, contracts,
        tuple(expander.switches),
    )  # fmt: skip
    return found, expander.wrong


def parameter_registers(function: FunctionSource) -> tuple[int, ...]:
    """The register number of each parameter, in order: 10 (a0) and up."""
    return tuple(range(A0, A0 + min(len(function.parameters), PARAMETER_LIMIT)))


class _Expander:
    def __init__(
        self,
        function: FunctionSource,
        source: Source,
        names: Mapping[str, Any],
        instructions: InstructionSet,
        budget: Budget,
    ) -> None:
        self.source = source
        self.instructions = instructions
        self.mnemonic_of = instructions.mnemonic_of
        self.registers = instructions.register_names
        self.budget = budget
        self.items: list[Any] = []
        self.labels: list[Label] = []
        self.contracts: list[Contract] = []
        self.switches: list[Switch] = []
        self.wrong: list[Diagnostic | Unread] = []
        self.scope = LabelScope()
        self.names = Names({**BUILTIN_NAMES, **self.registers}, names, budget.room)
        self.macros = function.macros
        self.board = str(function.options.get("board", ""))
        """The one that the function is for."""
        self.symbols: dict[str, Symbol] = {}
        """What a macro's parameters are given that have no value: labels, CSRs, mnemonics."""
        self.frame: Frame | None = None
        """The macro that is being expanded."""
        self.at: Written | None = None
        """The statement that is being expanded."""
        self.uses: Uses | None = None
        """Of macros, once there is one."""
        self.depth = 0
        self.repetitions = 0
        self.data_size = 0
        self._parameters(function)

    def report(self, code: str, message: str, span: Span, *notes: str) -> None:
        """Report a mistake; of one in a macro, where that is used, too."""
        if self.at is not None:
            notes += self.at.notes(self.source)
        self._add_wrong(Diagnostic(code, message, span, notes))

    def _add_wrong(self, wrong: Diagnostic | Unread) -> None:
        self.wrong.append(wrong)
        if len(self.wrong) >= ERROR_LIMIT:
            raise _Stop

    def error(self, error: ExpressionError, written: Written, mnemonic: str = "") -> None:
        """Report an expression without a value, `mnemonic` telling of whose operand."""
        span = written.span(self.source, error.node)
        notes = error.notes + written.notes(self.source)
        found = Diagnostic(error.code, error.message, span, notes)
        is_operand = mnemonic and error.code in ("unknown-name", "constant", "operand-kind")
        is_explained = is_operand or error.code == "unknown-name"
        self._add_wrong(Unread(found, mnemonic if is_operand else "") if is_explained else found)

    def _parameters(self, function: FunctionSource) -> None:
        if len(function.parameters) > PARAMETER_LIMIT:
            self.report(
                "too-many-parameters",
                f"{len(function.parameters)} parameters, but arguments arrive in the "
                f"{PARAMETER_LIMIT} registers a0 to a7",
                function.parameters[PARAMETER_LIMIT].span,
                "help: pass one array, and load its items from it: lw(t0, 0(a0))",
            )
        for number, parameter in zip(parameter_registers(function), function.parameters):
            other = self.registers.get(parameter.name)
            if other is not None and other != number:
                message = f"parameter {parameter.name!r} arrives in {REGISTERS[number]}"
                note = f"help: name it {REGISTERS[number]}, or anything but a register"
                self.report("name-clash", message, parameter.span, note)
            self.names[parameter.name] = REGISTERS[number]

    # ---- statements

    def statements(self, body: tuple[Statement, ...]) -> None:
        frame = self.frame
        for statement in body:
            if type(statement) is Written:
                self.at = statement = statement if frame is None else frame.placed(statement)
                self._simple(statement)
            elif type(statement) is For:
                self._for(statement)
            elif type(statement) is If:
                self._if(statement)

    def _placed(self, written: Written) -> Written:
        """A statement that is to be expanded, at its place in the function."""
        self.at = written = written if self.frame is None else self.frame.placed(written)
        return written

    def _inner(self, body: tuple[Statement, ...]) -> None:
        """The statements of a block or of a macro."""
        if self.depth >= NESTING_LIMIT and self.at is not None:
            message = f"macros and blocks are expanded at most {NESTING_LIMIT} deep"
            self.report("nesting", message, self.at.span(self.source))
            return
        self.depth += 1
        self.statements(body)
        self.depth -= 1

    def _simple(self, written: Written) -> None:
        node = written.node
        if node.kind == "expression":
            expression = node.parts[0]
            if expression.kind == "call" and expression.parts[0].kind in ("name", "attribute"):
                self._call(written, expression)
            elif expression.kind not in ("string", "ellipsis"):
                self._not_a_statement(written, expression)
        else:
            self._assign(written)

    def _not_a_statement(self, written: Written, node: Node) -> None:
        span = written.span(self.source, node)
        name = written.tokens[node.first] if node.kind == "name" else ""
        macro = self.macros.find(name) if name else None
        if macro is not None or name in self.mnemonic_of or name in DIRECTIVES:
            message = f"{name!r} is written as a call"
            self.report("syntax", message, span, f"help: {macro.form if macro else name + '()'}")
        else:
            message = "a statement is a call: an instruction or a directive with its operands"
            self.report("syntax", message, span)

    def _assign(self, written: Written) -> None:
        node = written.node
        name = written.tokens[node.parts[0].first]
        try:
            value = evaluate(node.parts[-1], written.tokens, self.names)
        except ExpressionError as error:
            self.error(error, written)
            return
        if type(value) is not int and not isinstance(value, Register):
            given = node.parts[-1]
            code, what = "constant", f"{describe(value)} cannot be given a name"
            if isinstance(value, (Symbol, LabelSum)):
                unknown = value.plus if isinstance(value, LabelSum) else str(value)
                code, what = "unknown-name", f"{unknown!r} has no value here"
                given = where_named(given, written.tokens, unknown)
            self.report(code, what, written.span(self.source, given),
                        "help: a name stands for a register or an integer")  # fmt: skip
        elif self._keeps_its_meaning(name, written, node.parts[0]):
            return
        elif self.scope.find(name) is not None:
            span = written.span(self.source, node.parts[0])
            self.report("name-clash", f"{name!r} is already a label", span)
        else:
            self.names[name] = value

    def _keeps_its_meaning(self, name: str, written: Written, node: Node) -> bool:
        """True, and reported, of a name that stands for nothing else."""
        what = "register" if name in self.registers else "word of Python"
        if name not in self.registers and name not in PYTHON_VALUES:
            return False
        message = f"{name!r} is a {what} and keeps its meaning"
        self.report("name-clash", message, written.span(self.source, node))
        return True

    def _count(self, written: Written) -> None:
        """Count a repetition, or a statement that is no item."""
        self.repetitions += 1
        if self.repetitions + len(self.items) > self.budget.statements:
            self._exceed(
                f"the file's functions expand to more than {ITEM_LIMIT} statements", written
            )

    def _add(self, item: Item, written: Written) -> None:
        if self.repetitions + len(self.items) >= self.budget.statements:
            self._count(written)
        self.items.append(item)

    def _exceed(self, message: str, written: Written) -> NoReturn:
        self.budget.is_exceeded = True
        self.report("too-large", message, written.span(self.source))
        raise _Stop

    def _for(self, statement: For) -> None:
        head = self._placed(statement.head)
        call = head.node.parts[1]
        name = head.tokens[head.node.parts[0].first]
        is_range = call.kind == "call" and head.tokens[call.first : call.first + 2] == [
            "range",
            "(",
        ]
        if not is_range or not 2 <= len(call.parts) <= 4:
            message = "a loop goes over range(...) with one to three constants"
            self.report("syntax", message, head.span(self.source, call),
                        f"help: for {name} in range(4):")  # fmt: skip
            return
        try:
            bounds = [integer(node, head.tokens, self.names) for node in call.parts[1:]]
            if len(bounds) == 3 and bounds[2] == 0:
                raise ExpressionError("expression", "a step of zero", call.parts[3])
        except ExpressionError as error:
            self.error(error, head)
            return
        if self._keeps_its_meaning(name, head, head.node.parts[0]):
            return
        outer = self.scope
        repetitions = range(*bounds)
        for number, value in enumerate(repetitions):
            self._count(head)
            self.names[name] = value
            self.scope = LabelScope(outer, f"{outer.suffix}.{number}")
            before = len(self.wrong)
            self._inner(statement.body)
            if len(self.wrong) > before:
                # A mistake in the body would be reported once for each repetition.
                break
        self.scope = outer

    def _if(self, statement: If) -> None:
        for condition, body in statement.branches:
            if condition is not None:
                condition = self._placed(condition)
                try:
                    if not integer(condition.node, condition.tokens, self.names):
                        continue
                except ExpressionError as error:
                    self.error(error, condition)
                    return
            self._inner(body)
            return

    # ---- calls

    def _call(self, written: Written, call: Node) -> None:
        tokens = written.tokens
        names: dict[str, Any] = self.names
        name = tokens[call.first]
        if call.parts[0].kind == "attribute":
            name = "".join(tokens[call.first : call.parts[0].last + 1])
        mnemonic = self.mnemonic_of.get(name)
        if mnemonic is None:
            # A macro may be given what it does.
            name = mnemonic = self.symbols.get(name, name)
            if name in DIRECTIVES:
                self._directive(name, written.part(call))
                return
            macro = self.macros.find(name)
            if macro is not None:
                self._use(macro, written.part(call))
                return
            from asm_rv32.assembler.macros import nearly  # only for a mistake

            if near := nearly(name, self.macros):
                message = f"{name!r} is no instruction, directive or macro"
                span = written.span(self.source, call.parts[0])
                self.report("unknown-mnemonic", message, span, *near)
                return
            # No mnemonic is spelled with a dot, as in c.add(...).
            mnemonic = "" if "." in name else self.mnemonic_of.get(name, name)
        operands: list[Value] = []
        try:
            for node in call.parts[1:]:
                kind = node.kind
                if kind == "name":
                    token = tokens[node.first]
                    value: Any = names.get(token)
                    operands.append(value if type(value) in NUMERIC else named(token, value))
                elif kind == "number" and (number := NUMBERS.get(tokens[node.first])) is not None:
                    operands.append(number)
                elif kind == "string":
                    operands.append(self._text_operand(node, tokens, mnemonic, len(operands)))
                else:
                    operands.append(evaluate(node, tokens, names))
        except ExpressionError as error:
            self.error(error, written, mnemonic)
            return
        place = Written(call, tokens, written.start, written.end, written.inside)
        self._add(Operation(mnemonic, tuple(operands), place, self.scope), written)

    def _text_operand(self, node: Node, tokens: list[str], mnemonic: str, position: int) -> Value:
        """A string as an operand: the name of a label; a letter is one where no number can stand.

        Raises ExpressionError.
        """
        value = evaluate(node, tokens, self.names)
        name = label_name(node, tokens)
        if name and takes_name(self.instructions, mnemonic, position, type(value) is int):
            return Symbol(name)
        return value

    # ---- macros

    def _use(self, macro: Macro, use: Written) -> None:
        """Expand a macro where it is used."""
        from asm_rv32.assembler import macros  # many functions use none

        self.repetitions += macros.cost(macro)
        self._count(use)
        given = macros.Given(macro)
        try:
            for name, node in macros.operands(macro, use).items():
                value, bare = evaluate(node, use.tokens, self.names), node.bare
                if isinstance(value, Symbol):
                    given.symbols[name] = self.symbols.get(value, value)
                elif isinstance(value, bytes):
                    self._occupy(len(value), use)
                written = use.tokens[bare.first] if bare.kind == "name" else ""
                if bare.kind == "string":
                    written = label_name(bare, use.tokens)
                given.give(name, value, self.scope, written)
            if message := macros.endless(macro, given, self.frame):
                raise ExpressionError("macro", message, use.node)
        except ExpressionError as error:
            self.error(error, use)
            return
        before = self.names, self.symbols, self.scope, self.macros, self.frame
        uses = self.uses = self.uses or macros.Uses(self.source, self.registers)
        frame = self.frame = macros.Frame(macro, uses.source_of(macro), use, given, before[-1])
        self.scope = LabelScope(None, uses.suffix(macro), given.names, macro)
        self.macros, self.symbols, around = macro.macros, given.symbols, uses.names(macro)
        try:
            for parameter, default in given.lacking():
                self.at = use = frame.placed(default)
                value = macros.default_value(macro, parameter, use, around)
                given.give(parameter.name, value, self.scope)
            self.names = Names({**around, **given.values}, {}, self.budget.room)
            self._inner(macro.body)
        except ExpressionError as error:
            self.error(error, use)
        self.names, self.symbols, self.scope, self.macros, self.frame = before

    # ---- directives

    def _directive(self, name: str, written: Written) -> None:
        arguments = written.node.parts[1:]
        try:
            if name == "label":
                self._count(written)
                self._label(written, arguments)
            elif name == "within":
                from asm_rv32.assembler.contracts import contract  # few functions have any

                self._count(written)
                self.contracts.append(contract(written, self.names, self.scope, self.board))
            elif name == "compress":
                from asm_rv32.assembler.directives import switched  # few functions have any

                self._count(written)
                on = switched(written, self.names)
                self.switches.append(Switch(len(self.items), on, written))
            else:
                from asm_rv32.assembler.directives import laid_out  # many functions have none

                limit = self.budget.data
                for size, item in laid_out(name, written, self.names, self.scope, limit):
                    self._occupy(size, written)
                    self._add(item, written)
        except ExpressionError as error:
            self.error(error, written)

    def check_contracts(self) -> None:
        """Report the places of contracts that are no labels."""
        for each in self.contracts:
            for number, name in enumerate((each.start, each.end), 1):
                if each.scope.find(name) is None:
                    self.at = written = each.written
                    span = written.span(self.source, written.node.parts[number])
                    near = did_you_mean(name, self.scope.labels)
                    self.report("unknown-label", f"there is no label {name!r}", span, *near)

    def _label(self, written: Written, arguments: tuple[Node, ...]) -> None:
        given = label_name(arguments[0], written.tokens) if len(arguments) == 1 else ""
        if not given:
            raise ExpressionError(
                "directive", "label takes one bare name", written.node, "help: label(loop)"
            )
        home = self.scope.home(given) if arguments[0].kind == "name" else (self.scope, given)
        if home is None or not home[1].isidentifier():
            message = "a label is a bare name, and this parameter is given none"
            raise ExpressionError("directive", message, arguments[0])
        scope, name = home
        if name in self.registers:
            raise ExpressionError("name-clash", f"{name!r} is a register", arguments[0])
        if len(name) > NAME_LIMIT:
            message = f"a label has at most {NAME_LIMIT} letters"
            raise ExpressionError("too-large", message, arguments[0])
        if name in scope.labels:
            first = self.labels[scope.labels[name]].written
            line = self.source.locate(first.span(self.source).start)[0]
            span = written.span(self.source, arguments[0])
            self.report("duplicate-label", f"the label {name!r} stands twice", span,
                        f"note: it stands first in line {line}")  # fmt: skip
            return
        scope.labels[name] = len(self.labels)
        place = written.part(arguments[0])
        self.labels.append(Label(name + scope.suffix, len(self.items), place))

    def _occupy(self, size: int, written: Written) -> None:
        self.data_size += size
        if self.data_size > self.budget.data:
            self._exceed(f"the file's functions hold more than {DATA_LIMIT} bytes of data", written)
