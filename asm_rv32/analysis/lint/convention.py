"""What a caller relies on: its registers, the way back, the stack, the result.

Input: a `Flow` and what was seen following it. Output: warnings.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from asm_rv32.analysis import events as seen
from asm_rv32.analysis.events import Event
from asm_rv32.analysis.flow import ARGUMENTS, Flow, Node, registers
from asm_rv32.analysis.lint.places import label_ahead, lines, place_of, return_place
from asm_rv32.analysis.routines import Followed
from asm_rv32.basis.diagnostics import Diagnostic, Span, warning
from asm_rv32.isa.effects import CALL, INDIRECT
from asm_rv32.isa.image import NOTHING, STACKED
from asm_rv32.isa.operands import ALL_NAMES, FLOAT, RA, SP


def by_register(events: Iterable[Event]) -> dict[int, list[Event]]:
    """The events of each register."""
    found: dict[int, list[Event]] = {}
    for event in events:
        found.setdefault(event.register, []).append(event)
    return found


def kept(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Registers that belong to the caller."""
    for number, events in by_register(followed.events.of(seen.NOT_RESTORED)).items():
        name = ALL_NAMES[number]
        node = _writer(flow, number)
        if node is None and followed.by_others & registers(number, SP):
            continue  # that is said of the function which overwrites it, or moves the stack
        node = node or next(iter(_writers(flow, number)), flow.nodes[0])
        where = return_place(flow, events)
        if flow.image.handler:
            yield _interrupted(flow, node, number, where)
            continue
        if number in (3, 4):
            owner = "program's globals" if number == 3 else "thread's data"
            yield warning(
                "saved-register",
                f"{name} is overwritten and not restored before {where}; it finds the {owner}",
                node.span,
                f"help: take another register for {name}, one of t0 to t6",
            )
            continue
        yield warning(
            "saved-register",
            f"{name} belongs to the caller: it is overwritten here and not restored before {where}",
            node.span,
            f"help: take one of t0 to t6 or a0 to a7, or save it: addi(sp, sp, -16); "
            f"sw({name}, 0(sp)) at the start, lw({name}, 0(sp)); addi(sp, sp, 16) before the "
            f"return",
        )


def _interrupted(flow: Flow, node: Node, number: int, where: str) -> Diagnostic:
    """A register that an interrupt handler changes."""
    name, f = ALL_NAMES[number], "f" if number >= FLOAT else ""
    notes = [
        f"help: save it: addi(sp, sp, -16); {f}sw({name}, 0(sp)) at the start, "
        f"{f}lw({name}, 0(sp)); addi(sp, sp, 16) before the mret()"
    ]
    if flow.image.board and flow.image.handler != STACKED:
        from asm_rv32.boards import load_board

        board = load_board(flow.image.board)
        if name in board.stacked:
            notes.append(
                f"note: the {board.title} stacks it by itself where {board.stacking}; who relies "
                f'on that writes interrupt="{STACKED}"'
            )
    return warning(
        "interrupted-register",
        f"{name} belongs to what is interrupted: it is overwritten here and not restored before "
        f"{where}",
        node.span,
        *notes,
    )


def handler_returns(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Returns of an interrupt handler that do not go back to what it interrupted."""
    for event in followed.events.of(seen.HANDLER_RETURNS):
        yield warning(
            "handler-returns",
            "this returns to what is in ra, as from a call; what was interrupted goes on elsewhere",
            flow.nodes[event.node].span,
            "help: mret() goes back to it",
        )


def _writer(flow: Flow, register: int) -> Node | None:
    """The first instruction that overwrites a register by other than a load from the stack."""
    for node in _writers(flow, register):
        if not node.restores:
            return node
    return None


def _writers(flow: Flow, register: int) -> list[Node]:
    return [node for node in flow.nodes if node.effects.writes >> register & 1]


def return_address(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """The way back, of the function and of the routines in it."""
    by_call = followed.events.of(seen.RETURN_BY_CALL)
    by_routine: dict[int, list[Event]] = {}
    for event in followed.events.of(seen.ADDRESS_LOST):
        by_routine.setdefault(event.routine, []).append(event)
    if by_call:
        by_routine.pop(0, None)
    for routine, events in by_routine.items():
        node = _taking_the_way_back(flow, followed, routine) or flow.nodes[events[0].node]
        doing = "this call puts" if node.effects.control == CALL else "this puts"
        start = flow.nodes[routine].address
        whose = "the caller" if routine == 0 else f"where {_label(flow, start)} was called"
        yield warning(
            "return-address",
            f"{doing} another address into ra, and {return_place(flow, events)} goes there: "
            f"the way back to {whose} is lost",
            node.span,
            "help: save ra: addi(sp, sp, -16); sw(ra, 12(sp)) at the start, lw(ra, 12(sp)); "
            "addi(sp, sp, 16) before the return",
        )
    for call in by_call:
        yield warning(
            "return-by-call",
            "this goes to the caller as by a call: ra is overwritten, and control comes back "
            "here when the caller returns",
            flow.nodes[call.node].span,
            "help: ret() returns",
        )
    for beside in followed.events.of(seen.RETURN_BESIDE):
        yield warning(
            "return-by-call",
            f"this returns {beside.at:+} bytes beside the place of the call",
            flow.nodes[beside.node].span,
            "help: ret() returns to it",
        )


def _label(flow: Flow, start: int) -> str:
    """The name of the routine at an offset; the function itself is one, too."""
    return label_ahead(flow.image, start)[0] or flow.image.name


def _taking_the_way_back(flow: Flow, followed: Followed, routine: int) -> Node | None:
    """The first call, or else the first instruction, that overwrites ra in a routine."""
    inside, work = set(), [flow.block_at[routine]]
    while work:
        index = work.pop()
        if index not in inside:
            inside.add(index)
            work += followed.edges[index]
    writers = [
        node for node, block in zip(flow.nodes, flow.block_at)
        if node.effects.writes >> RA & 1 and block in inside
    ]  # fmt: skip
    calls = [node for node in writers if node.effects.control == CALL]
    return next(iter(calls or writers), None)


_LAST = registers(ARGUMENTS.bit_length() - 1)


def stack(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """sp at the returns, and what is outside of the frame."""
    for event in followed.events.of(seen.STACK_OFF):
        off = event.at
        place = "below" if off < 0 else "above"
        yield warning(
            "stack-pointer",
            f"sp is {abs(off)} bytes {place} where it was at the start when the function "
            f"returns here",
            place_of(flow, event, SP),
            f"help: addi(sp, sp, {-off}) before the return" if -2048 <= -off < 2048 else
            "help: add to sp what was taken from it",
        )  # fmt: skip
    for lost in followed.events.of(seen.STACK_LOST):
        yield warning(
            "stack-pointer",
            "when the function returns here, sp is not what it was at the start on every path",
            place_of(flow, lost, SP),
            "help: take as much from sp as is given back, on every path",
        )
    for below in followed.events.of(seen.BELOW_STACK):
        yield warning(
            "stack-access",
            f"this touches memory {-below.at} bytes below sp, which an interrupt may "
            f"overwrite at any time",
            flow.nodes[below.node].span,
            "help: move sp down first, addi(sp, sp, -16), and back at the end",
        )
    # Where the last register of parameters is one, more of them may stand there (psABI); they are
    # the function's to change. So it is where that register is read first, or is left alone while
    # the first of what would stand there is not.
    touching = (
        node.effects for node in flow.nodes if _LAST & (node.effects.reads | node.effects.writes)
    )
    first = next(touching, None)
    are_all = len(flow.image.registers) == ARGUMENTS.bit_count()
    beyond = followed.events.of(seen.ABOVE_FRAME)
    reads_last = bool(first.reads & _LAST) if first else any(each.at == 0 for each in beyond)
    for above in beyond if not (are_all and reads_last) else ():
        yield warning(
            "stack-access",
            f"this touches memory {above.at} bytes above the function's frame: it is the caller's",
            flow.nodes[above.node].span,
            "help: the frame reaches as far up as sp was moved down",
        )


def reads(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """Registers that hold nothing that was meant."""
    written = followed.written
    for number, events in by_register(followed.events.of(seen.UNWRITTEN)).items():
        spans = [flow.nodes[event.node].span for event in events]
        name = ALL_NAMES[number]
        also = [span for span in spans if span != spans[0]]
        yield warning(
            "unwritten-register",
            f"{name} is read here, but {'on some path ' if written >> number & 1 else ''}nothing "
            f"wrote it before: it holds whatever was left in it",
            spans[0],
            *([f"note: read in {lines(flow.image, also)}, too"] if also else []),
            f"help: set it first, as with {'fmv_w_x' if number >= FLOAT else 'li'}({name}, "
            f"{'zero' if number >= FLOAT else '0'})",
        )
    for lost in followed.events.of(seen.LOST_IN_CALL):
        name = ALL_NAMES[lost.register]
        if lost.routine >= 0:
            routine = _label(flow, lost.routine)
            message = f"{name} is read here after {routine!r} was called, which overwrites it"
            help_ = f"another register, which {routine!r} leaves as it is,"
        else:
            message = f"{name} is read here after a call, which may have overwritten it"
            help_ = "one of s0 to s11, saved first,"
        if lost.register >= FLOAT:
            help_ = "one of s0 to s11, saved first, as fmv_x_w gives its bits,"
        yield warning(
            "lost-in-call",
            message,
            flow.nodes[lost.node].span,
            f"help: keep the value in {help_} or on the stack: {name} is the called function's "
            f"to use",
        )


_ANNOTATED = re.compile(
    r"\bdef\s+\w+\s*\((?:[^()#]|#[^\n]*\n|\([^()]*\))*\)\s*->\s*([^:#\n]*[^:#\s])\s*:"
)
"""The head of a function, on as many lines as it takes, and the annotation of its result."""


def result(flow: Flow, followed: Followed) -> Iterator[Diagnostic]:
    """The result that the annotation promises."""
    image = flow.image
    events = followed.events.of(seen.NO_RESULT)
    same = followed.events.of(seen.SAME_RESULT)
    if image.returns == NOTHING or not (events or same):
        return
    annotated = _ANNOTATED.search(image.source.text, image.span.start, image.span.end)
    if annotated is None:
        return
    said = annotated[1]
    returns = [node for node in flow.nodes if node.effects.control == INDIRECT]
    is_set = flow.written >> 10 & 1
    silent = not events and said != "object" and not is_set and not any(
        node.effects.control == CALL or node.meaning.does("ecall") for node in flow.nodes
    ) and len(same) == len(returns) and len(flow.nodes) > len(returns)  # fmt: skip
    if not events and not silent:
        return
    where = f" before {return_place(flow, events)}" if is_set and events else ""
    yield warning(
        "result-unset",
        f"the result is said to be {said}, but a0 is never set{where}",
        Span(*annotated.span(1)),
        "help: mv(a0, ...) the result, or leave the annotation out",
    )
