"""From source text to images: the list of stages.

Input: the text of a Python file.
Output: a `Module` with one `Image` a function, or an `AssemblyError` with every mistake found.
Invariant: this is the only module that knows the order of the stages.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from asm_rv32.diagnostics import (
    ERROR_LIMIT,
    AssemblyError,
    Diagnostic,
    Source,
    Span,
    did_you_mean,
)
from asm_rv32.encode import encode
from asm_rv32.expand import Room, expand, parameter_registers
from asm_rv32.forms import Mode, fragments, return_fragment
from asm_rv32.image import Image
from asm_rv32.ir import Expansion, Fragment, FunctionSource, Operation, Program
from asm_rv32.isa.effects import END, INDIRECT, JUMP
from asm_rv32.records import Any, NamedTuple
from asm_rv32.relax import relax
from asm_rv32.syntax.parser import parse, parse_function
from asm_rv32.tables import (
    DEFAULT_ISA,
    Instruction,
    InstructionSet,
    IsaError,
    instruction_set,
)

DIALECTS = ("asm_rv32", "micropython")


class Module(NamedTuple):
    """The assembler functions of a file."""

    functions: dict[str, Image]
    """Qualified name → image, in source order; of functions with one name, the first has it and
    those after carry their number: `f`, `f#2`."""
    source: Source
    diagnostics: tuple[Diagnostic, ...]
    """Warnings and notes of all functions."""


def assemble(
    source: str,
    *,
    path: str = "<string>",
    isa: str = DEFAULT_ISA,
    dialect: str = "asm_rv32",
    compress: bool = True,
) -> Module:
    """Assemble every decorated function of a Python file, without executing any of it.

    A function's own decorator arguments take precedence over `isa`, `dialect` and `compress`.
    Raises AssemblyError with all diagnostics.
    """
    text = Source(path, source)
    program, diagnostics = parse(text)
    return _assemble(program, diagnostics, {}, isa, dialect, compress)


def assemble_function(
    source: Source,
    offset: int,
    *,
    names: Mapping[str, int],
    isa: str = DEFAULT_ISA,
    dialect: str = "asm_rv32",
    compress: bool = True,
) -> Image:
    """Assemble the one function whose first decorator stands at the line from `offset` on.

    `names` are the integers that are visible to it. Raises AssemblyError with all diagnostics.
    """
    program, diagnostics = parse_function(source, offset)
    program = program._replace(
        functions=tuple(function._replace(options={}) for function in program.functions)
    )
    module = _assemble(program, diagnostics, names, isa, dialect, compress)
    return next(iter(module.functions.values()))


def assemble_again(image: Image, *, dialect: str, compress: bool) -> Image:
    """The function of an image once more, from its source and for its ISA, in another way.

    Raises AssemblyError.
    """
    program, diagnostics = parse(image.source)
    functions = tuple(
        function._replace(options={})
        for function in program.functions
        if function.span == image.span
    )
    program = program._replace(functions=functions)
    found = [each for each in diagnostics if image.span.start <= each.span.start < image.span.end]
    module = _assemble(program, found, {}, image.isa, dialect, compress)
    return next(iter(module.functions.values()))


def _assemble(
    program: Program,
    diagnostics: list[Diagnostic],
    names: Mapping[str, Any],
    isa: str,
    dialect: str,
    compress: bool,
) -> Module:
    images: dict[str, Image] = {}
    taken: dict[str, int] = {}
    room = Room()
    found = list(diagnostics)
    for function in program.functions:
        image = _function(function, program.source, names, isa, dialect, compress, room, found)
        if len(found) >= ERROR_LIMIT or room.is_exceeded:
            break
        if image is not None:
            name = function.qualified_name
            number = taken[name] = taken.get(name, 0) + 1
            images[name if number == 1 else f"{name}#{number}"] = image
    if any(diagnostic.severity == "error" for diagnostic in found):
        raise AssemblyError(found, program.source)
    return Module(images, program.source, tuple(found))


def _function(
    function: FunctionSource,
    source: Source,
    names: Mapping[str, Any],
    isa: str,
    dialect: str,
    compress: bool,
    room: Room,
    diagnostics: list[Diagnostic],
) -> Image | None:
    isa = str(function.options.get("isa", isa))
    dialect = str(function.options.get("dialect", dialect))
    compress = bool(function.options.get("compress", compress))
    if dialect not in (*DIALECTS, "script"):
        message = f"there is no dialect {dialect!r}; known: {', '.join(DIALECTS)}"
        notes = did_you_mean(dialect, DIALECTS)
        diagnostics.append(Diagnostic("decorator", message, function.name_span, notes))
        return None
    try:
        instructions = instruction_set(isa)
    except IsaError as error:
        diagnostics.append(Diagnostic("isa", str(error), function.name_span))
        return None
    before = len(diagnostics)
    visible = {**function.names, **names}
    is_script = dialect == "script"
    if dialect != "asm_rv32":
        dialect, expansion, wrong = _dialect(function, source, visible, instructions, dialect, room)
    if dialect == "asm_rv32":
        expansion, wrong = expand(
            function, source, visible, instructions.mnemonic_of, room, _accepted(instructions)
        )
    diagnostics += wrong
    mode = _mode(expansion, source, dialect, compress and instructions.compressed, diagnostics)
    chosen, wrong = fragments(expansion, source, instructions, mode)
    diagnostics += wrong
    if any(diagnostic.severity == "error" for diagnostic in diagnostics[before:]):
        return None
    if dialect == "micropython" or _end_is_reached(expansion, chosen):
        end = function.span.end
        chosen.append(return_fragment(instructions, mode, end - 1, end))
    labels = [label.item for label in expansion.labels]
    for fragment in relax(chosen, labels):
        diagnostics.append(_out_of_reach(fragment, labels, chosen))
    if dialect != "micropython" and _ends_in_odd_data(expansion, chosen, labels, instructions):
        chosen.pop()
    if dialect == "micropython":
        from asm_rv32.dialect import label_findings, layout_findings

        found = list(layout_findings(chosen, labels))
        if not is_script:
            found += label_findings(chosen, labels)
        diagnostics += [finding.diagnostic for finding in found]
    code, entries = encode(
        chosen, labels, instructions.compressed and mode.compress, not mode.board
    )
    diagnostics += _layout_findings(chosen, labels, expansion, instructions)
    if any(diagnostic.severity == "error" for diagnostic in diagnostics[before:]):
        return None
    size = len(code)
    return Image(
        function.name,
        function.qualified_name,
        code,
        tuple(entries),
        {
            label.name: chosen[label.item].address if label.item < len(chosen) else size
            for label in expansion.labels
        },
        tuple(parameter.name for parameter in function.parameters),
        parameter_registers(function),
        function.returns,
        isa,
        function.span,
        source,
        tuple(diagnostics[before:]),
        function.options,
    )


def _accepted(instructions: InstructionSet) -> Callable[[str], tuple[str, ...]]:
    """The forms of a mnemonic, as notes."""

    def notes(mnemonic: str) -> tuple[str, ...]:
        from asm_rv32.mismatch import accepted_forms  # only a run with a mistake waits for it

        return accepted_forms(mnemonic, instructions)

    return notes


def _dialect(
    function: FunctionSource,
    source: Source,
    visible: Mapping[str, Any],
    instructions: InstructionSet,
    dialect: str,
    room: Room,
) -> tuple[str, Expansion, list[Diagnostic]]:
    """The dialect that the function is in, and what MicroPython's assembler reads in it.

    A `script` is run as on a board: a function with anything that the board has no words for is
    in our own dialect; what the board gets wrong is a warning, and gets as wrong here.
    """
    from asm_rv32.dialect import constants, head_findings, read

    consts = constants(source, function.span)
    before = room.statements, room.data
    expansion, wrong = expand(
        function,
        source,
        {**visible, **consts},
        instructions.mnemonic_of,
        room,
        _accepted(instructions),
    )
    findings = list(head_findings(function, source, instructions))
    expansion, found = read(expansion, source, instructions, consts)
    findings += found
    if dialect == "script":
        if any(finding.sort == "word" for finding in findings):
            room.statements, room.data = before  # it is expanded once more
            return "asm_rv32", expansion, []
        findings = [
            finding._replace(diagnostic=finding.diagnostic._replace(severity="warning"))
            if finding.sort == "fault"
            else finding
            for finding in findings
        ]
    diagnostics = [finding.diagnostic for finding in findings]
    spans = {diagnostic.span for diagnostic in diagnostics}
    return "micropython", expansion, diagnostics + [w for w in wrong if w.span not in spans]


def _mode(
    expansion: Expansion,
    source: Source,
    dialect: str,
    compress: bool,
    diagnostics: list[Diagnostic],
) -> Mode:
    if dialect == "micropython":
        return Mode(compress=False, relax=False, board=True)
    for item in expansion.items:
        if type(item) is Operation and item.mnemonic == "auipc":
            diagnostics.append(
                Diagnostic(
                    "as-written",
                    "this function counts its own bytes with auipc: it is assembled as written, "
                    "without compression or relaxation",
                    item.written.span(source),
                    ("help: la(rd, LABEL) gives an address whatever the layout",),
                    "note",
                )
            )
            return Mode(compress=False, relax=False, board=compress)
    return Mode(compress=compress)


def _end_is_reached(expansion: Expansion, chosen: list[Fragment]) -> bool:
    """True where control can run off the end: by falling through, or by a jump to a label there."""
    used = {fragment.target for fragment in chosen}
    code_end = len(expansion.items)
    while code_end and type(expansion.items[code_end - 1]) is not Operation:
        code_end -= 1
    for number, label in enumerate(expansion.labels):
        if label.item >= len(expansion.items) and number in used:
            return True
    if code_end == 0:
        return True
    form = chosen[code_end - 1].forms[0]
    if not form.pieces:
        return True
    row, values = form.pieces[-1][:2]
    return Instruction(row, values).effects.control not in (JUMP, INDIRECT, END)


def _ends_in_odd_data(
    expansion: Expansion, chosen: list[Fragment], labels: list[int], instructions: InstructionSet
) -> bool:
    """True where the appended return has no place that control could come to.

    It runs into data there, whose end is at no instruction's address; and no jump goes to it.
    """
    last = len(expansion.items)
    return (
        len(chosen) > last
        and chosen[last].address % (2 if instructions.compressed else 4) > 0
        and all(fragment.target < 0 or labels[fragment.target] < last for fragment in chosen)
    )


def _out_of_reach(fragment: Fragment, labels: list[int], chosen: list[Fragment]) -> Diagnostic:
    form = fragment.form
    label = labels[fragment.target]
    end = chosen[-1].address + chosen[-1].size
    to = chosen[label].address if label < len(chosen) else end
    distance = to - fragment.address
    name = form.pieces[0].row.name
    return Diagnostic(
        "target-range",
        f"the target is {distance:+} bytes away; '{name}' reaches {form.low}..{form.high:+}",
        Span(fragment.start, fragment.end),
        _further_help(form.pieces[0].row.name),
    )


def _further_help(mnemonic: str) -> tuple[str, ...]:
    if mnemonic.startswith("c."):
        return (f"help: without c_, {mnemonic[2:]} is assembled as short as its target allows",)
    return ()


def _layout_findings(
    chosen: list[Fragment], labels: list[int], expansion: Expansion, instructions: InstructionSet
) -> list[Diagnostic]:
    found = []
    unit = 2 if instructions.compressed else 4
    crooked = False
    for fragment in chosen:
        # Only the first of a run is reported: the others follow from it.
        before = crooked
        if fragment.forms and fragment.form.pieces:
            crooked = fragment.address % unit > 0
        if crooked and not before:
            message = f"an instruction would stand at offset {fragment.address:#x}"
            found.append(
                Diagnostic(
                    "target-alignment", message, Span(fragment.start, fragment.end),
                    (f"help: align({unit}) in front of it",),
                )
            )  # fmt: skip
        if fragment.forms and fragment.form.scratch:
            message = "this jump is so long that it goes through t1, which it overwrites"
            span = Span(fragment.start, fragment.end)
            found.append(Diagnostic("far-jump-scratch", message, span, (), "note"))
    return found
