"""What stands around the assembler functions of a file: the names that it gives a meaning.

Input: the lines outside of the functions, in order. Output: scopes with what their names mean.
Invariant: nothing is executed. A name has a value where Python would give it that value, whatever
the rest of the file does; where that is not plain to see, it has none.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from asm_rv32.assembler.reading.blocks import Blocks
from asm_rv32.assembler.reading.expressions import evaluate
from asm_rv32.assembler.reading.grammar import TREES, Node
from asm_rv32.assembler.reading.integers import ExpressionError
from asm_rv32.assembler.reading.lines import LETTER, LogicalLine
from asm_rv32.assembler.reading.program import Extern, Macro, Namespace, Reference
from asm_rv32.assembler.reading.scopes import (
    CLASS,
    FUNCTION,
    ITEMS,
    MAIN,
    MODULE,
    WHOLE,
    Assigned,
    Binding,
    Scope,
    Sight,
    Unknown,
    Visible,
    Why,
    World,
)
from asm_rv32.assembler.reading.touching import (
    CLOSING,
    OPENING,
    OPERATORS,
    bound_names,
    calls_unknown,
    is_arithmetic,
    mentions,
)
from asm_rv32.basis.diagnostics import Source
from asm_rv32.basis.records import Any

_SEMI, _NAME = LETTER["SEMI"], LETTER["NAME"]
_HOSTS = ("asm_rv32", "asm_rv32.words", "asm_words", "micropython", "array", "__future__")
"""Modules whose names have their meaning here without being imported."""


STAR_LIMIT = 64
"""Behind so many `from module import *` no name has a value: each goes through all names."""
_IS_MAIN = (['"__main__"', ":"], ["'__main__'", ":"])
NO_NAMES: Mapping[str, Any] = {}
"""One for all expressions without names: a file may have a million."""


class Class(Binding):
    """A class: its attributes."""

    __slots__ = ("_found", "is_rebound", "scope", "seen", "world")

    def __init__(self, scope: Scope, seen: Mapping[str, Any], world: World) -> None:
        """`seen`: what the names of its bases mean, and enum's."""
        super().__init__(scope.name, None, scope.names.values())
        self.scope = scope
        self.is_rebound = False
        """True once an attribute may have been given another value."""
        self.seen = seen
        self.world = world
        self._found: Namespace | None = None

    def value(self) -> Namespace | None:
        if self.is_rebound:
            return None
        if self._found is None:
            from asm_rv32.assembler.reading.classes import namespace_of

            visible = Visible([self.scope.names], self.world)
            self._found = namespace_of(self.scope, self.seen, visible)
        return self._found


class Imported(Binding):
    """A module, or what one gives."""

    __slots__ = ("asked", "module", "world")

    def __init__(self, name: str, module: str, asked: str, world: World) -> None:
        super().__init__(name, None)
        self.module = module
        self.asked = asked
        self.world = world

    def value(self) -> Any:
        from asm_rv32.assembler.reading.imports import imported

        return imported(self.module, self.asked, self.world)


class View(Visible):
    """What names a function sees; and why others have no value."""

    def why(self, name: str, source: Source) -> Why:
        """Why a name has no value. `source` is the file's."""
        from asm_rv32.assembler.reading.why import why

        return why(name, self, source)


class ModuleNames(Sight):
    """What the names of a module stand for at its end."""

    def __init__(self, names: Mapping[str, Any], world: World) -> None:
        self.names = names
        self.world = world
        self.visible = View([names], world)

    def __getitem__(self, name: str) -> Any:
        value = self.visible.known(name) if name in self.names else None
        if value is None:
            raise KeyError(name)
        return value

    def __iter__(self) -> Iterator[str]:
        return (name for name in self.names if name in self)

    def place(self, name: str, picked: Mapping[str, Any] = {}) -> Any:
        return self.visible.place(name, picked)

    def why(self, name: str, source: Source) -> Why:
        """Why a name has no value. `source` is the file's."""
        return self.visible.why(name, source)

    def __len__(self) -> int:
        return sum(1 for _ in self)


class Surroundings(Blocks):
    """Reads what stands outside of the functions."""

    def __init__(self, source: Source, offset: int, read: Callable[[Source, Any], Any]) -> None:
        """`read` reads another file of a project."""
        super().__init__(source, offset)
        self.scopes = [Scope(-1, "", MODULE, True)]
        self.world = World(source, read)
        self.at: LogicalLine | None = None
        """The line that is read."""
        self.has_values = False
        """True once anything has a value that a function may ask for."""
        self.bindings: set[str] = set()
        """Names that have, or had, a binding."""
        self.touched: list[Binding] = []
        self._view: View | None = None
        self._stars = 0
        self._kept: list[tuple[LogicalLine, list[list[str]]]] | None = None
        """The lines of a function, and the decorators above each, that are read when it turns out
        that they matter; None where lines are read at once."""
        self._kept_matter = False
        self.decorators: list[list[str]] = []
        """The decorators above the line that is read, none of them ours."""

    def leave(self, indent: int) -> None:
        """Leave the scopes that end where a line is indented so much."""
        if self._kept is not None:
            # What a function does to its own names is of no use behind it.
            if self._kept_matter:
                self.look_into()
            self._kept = None
        while indent <= self.scopes[-1].indent:
            scope = self.scopes.pop()
            self._view = None
            if scope.sort == CLASS and scope.bases is not None:
                seen = self._seen_here.seen(("auto", "enum", *map(_head_of, scope.bases)))
                found = Class(scope, seen, self.world)
                given = self.scopes[-1].names.get(scope.name)
                found.line = given.line if isinstance(given, Unknown) else None
                self.bind(scope.name, found)

    def bind(self, name: str, value: Any) -> None:
        """Give a name of the innermost scope a meaning."""
        if self._stars > STAR_LIMIT:
            value = Unknown(self.at, "*")
        if isinstance(value, Binding):
            self.bindings.add(name)
            self.has_values = True
        elif not self.has_values:
            self.has_values = not isinstance(value, (Reference, Extern, Macro))
        self.scopes[-1].names[name] = value

    def forget(self, names: Iterable[str], sort: str) -> None:
        """Give names of the innermost scope a meaning that is not known; `sort` as `Unknown`'s."""
        for name in names:
            # `const` is given a meaning where there is no MicroPython: the same.
            if name.isidentifier() and name != "const":
                self.scopes[-1].names[name] = Unknown(self.at, sort)

    def visible(self, of_class: Scope | None = None) -> View:
        """What is seen by a function that is defined here, or by a class's own lines."""
        view = self._view
        if view is None:
            scopes = [scope.names for scope in reversed(self.scopes) if scope.is_function]
            view = self._view = View(scopes, self.world, not self.scopes[-1].runs)
        if of_class is None:
            return view
        return View([of_class.names, *view.scopes], self.world, view.is_nested)

    def _enter(self, scope: Scope) -> None:
        self.scopes.append(scope)
        self._view = None

    # ---- lines

    def outside(self, line: LogicalLine) -> None:
        """A line of Python's."""
        kept = self._kept
        if kept is None:
            self._outside(line)
            return
        kept.append((line, self.decorators))
        if self.decorators:
            self.decorators = []
        tokens = line.tokens
        if tokens[0] in ("global", "nonlocal") or not self.bindings.isdisjoint(tokens):
            self._kept_matter = True

    def look_into(self) -> None:
        """Read the lines of a function that have been kept: what they do matters."""
        kept, self._kept, decorators = self._kept, None, self.decorators
        for line, self.decorators in kept or ():
            if line.indent <= self.scopes[-1].indent:
                self.leave(line.indent)
            self._outside(line)
            self._kept = None
        self.decorators = decorators

    def _outside(self, line: LogicalLine) -> None:
        tokens = line.tokens
        self.at = line
        scope = self.scopes[-1]
        if scope.inner < 0:
            scope.inner = line.indent
        direct = line.indent == scope.inner
        word = tokens[0]
        if word == "async" and len(tokens) > 1:
            tokens = tokens[1:]
            word = tokens[0]
        if word in ("def", "class") and len(tokens) > 1:
            self._head(line, tokens, direct)
        elif direct and len(tokens) > 2 and tokens[1] in ("=", ":") and line.shape[0] == _NAME:
            self._assignment(line)
        elif direct and word in ("import", "from") and ";" not in tokens:
            self._import(tokens, direct)
        elif (
            word == "if"
            and tokens[1:3] == ["__name__", "=="]
            and tokens[3:] in _IS_MAIN
            and (scope.sort == MODULE and direct)
        ):
            self._enter(Scope(line.indent, "", MAIN, False))
        else:
            self._effects(tokens)
        if self.decorators:
            self.decorators = []

    def _head(self, line: LogicalLine, tokens: list[str], direct: bool) -> None:
        """A `def` or a `class`."""
        name = tokens[1]
        self.forget((name,), tokens[0])
        runs = self.scopes[-1].runs
        if tokens[0] == "class":
            from asm_rv32.assembler.reading.classes import bases

            scope = Scope(line.indent, name, CLASS, runs)
            scope.bases = bases(tokens, self.decorators) if direct else None
            self._enter(scope)
            return
        if self.scopes[-1].sort in (MODULE, CLASS):
            self._kept, self._kept_matter = [], False
        self._enter(Scope(line.indent, name, FUNCTION, False))
        depth = 0
        before = ""
        for token in tokens[2:]:
            if depth == 1 and before in ("(", ",", "*", "**") and token.isidentifier():
                self.forget((token,), "parameter")
            depth += (token in OPENING) - (token in CLOSING)
            before = token

    def _assignment(self, line: LogicalLine) -> None:
        """A line that starts as `NAME = expression` does; there may be more in it."""
        tokens = line.tokens
        if "=" not in tokens:
            return  # an annotation alone
        if ":=" in tokens or tokens.count("=") > 1:
            self._targets(tokens)
        if _SEMI not in line.shape:
            value = None
            if is_arithmetic(line):
                value = self._integer(line)
            self._bind_to(tokens[0], value, line, None)
            return
        tree = TREES[line.shape]
        if not isinstance(tree, Node) or tree.kind != "line":
            self._effects(tokens)
            return
        for part in tree.parts:
            if part.kind in ("assign", "assign_annotated"):
                self._bind_to(tokens[part.first], None, line, part.parts[-1])
            else:
                self._effects(tokens[part.first : part.last + 1])

    def _integer(self, line: LogicalLine) -> int | None:
        tree = TREES[line.shape]
        if isinstance(tree, Node) and len(tree.parts) == 1:
            statement = tree.parts[0]
            if statement.kind in ("assign", "assign_annotated"):
                try:
                    value = evaluate(statement.parts[-1], line.tokens, self._seen_here)
                except ExpressionError:
                    return None
                return value if type(value) is int else None
        return None

    @property
    def _seen_here(self) -> View:
        scope = self.scopes[-1]
        return self.visible(scope if scope.sort == CLASS else None)

    def _bind_to(self, name: str, value: Any, line: LogicalLine, node: Node | None) -> None:
        """Give a name the value of an expression, known already or not."""
        tokens = line.tokens
        if value is None:
            words = tokens[node.first : node.last + 1] if node else tokens[2:]
            held = [word for word, _ in mentions(words, self.bindings)]
            seen: Mapping[str, Any] = self._seen_here.seen(words) or NO_NAMES
            value = Assigned(name, line, node, seen, self.world)
            value.link(seen[word] for word in held if word in seen)
            if (held or self.touched) and calls_unknown(words):
                self._changes(words)
        self.bind(name, value)

    # ---- what lines change

    def _effects(self, tokens: list[str]) -> None:
        """What a line does to names that have a meaning, whatever it is."""
        if ";" in tokens:
            at = tokens.index(";")
            self._effects(tokens[:at] or ["pass"])
            tokens = tokens[at + 1 :]
            if ";" in tokens:  # so many that Python's stack would not hold them
                self.forget(tokens, "=")
                self._changes(tokens)
                return
        if not tokens:
            return
        self._binder(tokens)
        if "=" in tokens or ":=" in tokens:
            self._targets(tokens)
        if tokens[0] == "for" or "=" in tokens or ":=" in tokens:
            # It may get another name, under which it can be changed.
            for name, how in mentions(tokens, self.bindings):
                self._touch(name, ITEMS if tokens[0] == "for" else how)
        if calls_unknown(tokens):
            self._changes(tokens)

    def _binder(self, tokens: list[str]) -> None:
        word = tokens[0]
        if word == "for":
            end = tokens.index("in") if "in" in tokens else len(tokens)
            self.forget(tokens[1:end], word)
        elif word in ("with", "except") and "as" in tokens:
            self.forget(tokens[tokens.index("as") + 1 :], word)
        elif word in ("case", "type"):
            self.forget(tokens[1:], word)
        elif word in ("import", "from"):
            self._import(tokens, False)
        elif word == "del":
            for token in bound_names(tokens[1:]):
                self._change(token)
            self.forget(bound_names(tokens[1:]), word)
        elif word in ("global", "nonlocal"):
            for scope in self.scopes[:-1]:
                for token in scope.names.keys() & tokens[1:]:
                    scope.names[token] = Unknown(self.at, word)

    def _targets(self, tokens: list[str]) -> None:
        """Names that stand in front of an equals sign outside of brackets, or of `:=`."""
        depth = start = 0
        for index, token in enumerate(tokens):
            if token in OPENING:
                depth += 1
            elif token in CLOSING:
                depth -= 1
            elif token == ":=":
                self.forget(tokens[index - 1 : index], ":=")
            elif depth == 0 and token == ":":
                if index == start + 1:
                    self.forget(tokens[start:index], "=")
                start = index + 1
            elif depth == 0 and token == "=":
                bound = set(bound_names(tokens[start:index], False))
                is_augmented = tokens[index - 1] in OPERATORS
                for name in bound_names(tokens[start:index]):
                    if is_augmented or name not in bound:
                        self._change(name, WHOLE, name not in bound)
                self.forget(bound, "=")
                start = index + 1

    def _changes(self, tokens: list[str]) -> None:
        """Values that may be changed as something unknown is called."""
        self._call_anything()
        is_setter = not {"setattr", "delattr"}.isdisjoint(tokens)
        for name, how in mentions(tokens, self.bindings):
            self._change(name, how, is_setter)

    def _call_anything(self) -> None:
        if self.scopes[-1].runs:
            for group in self.touched:
                self._mark(group, group.group.touched)
            self.touched.clear()

    def _change(self, name: str, how: int = WHOLE, is_owner: bool = False) -> None:
        """What a name stands for may be changed here; `is_owner`: by giving it an attribute."""
        found = self._seen_here.get(name) if name in self.bindings else None
        if not isinstance(found, Binding):
            self._call_anything()
            return
        if isinstance(found, Class) and is_owner:
            found.is_rebound = True
        if self.scopes[-1].runs:
            self._mark(found, how)
        else:
            self._touch(name, how)

    def _mark(self, binding: Binding, how: int) -> None:
        group = binding.group
        if group.changed < how:
            group.changed = how
            group.changer = self.at

    def _touch(self, name: str, how: int) -> None:
        found = self._seen_here.get(name)
        if isinstance(found, Binding) and found.group.touched < how:
            found.group.touched = how
            self.touched.append(found.group)

    # ---- imports

    def _import(self, tokens: list[str], direct: bool) -> None:
        """`import a.b as c, d` or `from a.b import c as d, e`."""
        if tokens[0] == "from":
            end = tokens.index("import") if "import" in tokens else len(tokens)
            module, names = "".join(tokens[1:end]), tokens[end + 1 :]
        else:
            module, names = "", tokens[1:]
        if module in _HOSTS or (not module and len(names) == 1 and names[0] in _HOSTS):
            return
        for part in " ".join(name for name in names if name not in "()").split(","):
            whole, _, bound = part.strip().partition(" as ")
            whole = whole.replace(" ", "")
            if whole == "*":
                self._import_all(module, direct)
            elif whole:
                name = bound or whole.partition(".")[0]
                path = module or (whole if bound else name)
                asked = whole if module else ""
                if direct:
                    self.bind(name, self._imported(name, path, asked))
                else:
                    self.forget((name,), "import")

    def _imported(self, name: str, module: str, asked: str) -> Binding:
        found = Imported(name, module, asked, self.world)
        found.line = self.at
        return found

    def _import_all(self, module: str, direct: bool) -> None:
        """`from module import *`: any name may get another meaning."""
        scope = self.scopes[-1]
        self._stars += 1
        if self._stars > STAR_LIMIT + 1:
            return  # nothing has a meaning that is known
        found = Imported("*", module, "", self.world).value() if direct else None
        if not isinstance(found, Namespace):
            self.forget(tuple(scope.names), "*")
            return
        for name in found.names():
            self.bind(name, self._imported(name, module, name))


def _head_of(dotted: str) -> str:
    return dotted.partition(".")[0]
