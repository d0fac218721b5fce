"""The checks: from a flow, and what was seen following it, to warnings.

Input: a `Flow`, and the name of a core or None. Output: `Diagnostic`s, one code a check.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from asm_rv32.diagnostics import Diagnostic, Source, Span
from asm_rv32.flow import (
    BRANCH,
    CALL,
    INDIRECT,
    NEXT,
    Flow,
    Node,
    appended,
    components,
)
from asm_rv32.image import NOTHING, Image
from asm_rv32.lint.values import Event, Events, analyse
from asm_rv32.operands import ABI_NAMES, RA, SP
from asm_rv32.padding import is_harmless

SHOWN = 5
"""So many places are named in one message."""


def findings(flow: Flow, core: str | None) -> Iterator[Diagnostic]:
    """Every warning for a function, in no order."""
    if not flow.nodes or flow.undecoded:
        return
    seen = analyse(flow)
    by_what: dict[str, list[Event]] = {}
    for event in seen.events:
        by_what.setdefault(event.what, []).append(event)
    for check in (
        _kept, _return_address, _stack, _reads, _unwritten_stack, _misaligned, _out_of_step,
        _result, _jumps_to_data, _fence_i,
    ):  # fmt: skip
        yield from check(flow, by_what)
    yield from _unreachable(flow, seen)
    yield from _falls(flow, seen)
    yield from _loops(flow, seen)
    yield from _labels(flow, seen)
    yield from _hints(flow)
    if any(node.effect.name.startswith("csr") for node in flow.nodes):
        from asm_rv32.lint.csr import accesses  # few functions wait for its tables

        yield from accesses(flow, core)


def warning(code: str, message: str, span: Span, *notes: str) -> Diagnostic:
    """A finding of these checks."""
    return Diagnostic(code, message, span, notes, "warning")


def trimmed(source: Source, span: Span) -> Span:
    """A statement's span without the comment and the line's end behind it."""
    text = source.text[span.start : span.end]
    end = len(text.partition("#")[0].rstrip()) if "\n" not in text.strip() else len(text.rstrip())
    return Span(span.start, span.start + max(1, end))


def lines(image: Image, spans: Iterable[Span]) -> str:
    """`line 3`, or `lines 3, 7 and 9`."""
    numbers = sorted({image.source.locate(span.start)[0] for span in spans})
    shown = [str(number) for number in numbers[:SHOWN]]
    if len(numbers) > SHOWN:
        shown.append(f"{len(numbers) - SHOWN} more")
    if len(shown) == 1:
        return f"line {shown[0]}"
    return f"lines {', '.join(shown[:-1])} and {shown[-1]}"


def _return_place(flow: Flow, events: list[Event]) -> str:
    spans = [flow.nodes[event.node].span for event in events]
    written = [
        node.span for event in events if not appended(flow.image, node := flow.nodes[event.node])
    ]
    places = [f"the return in {lines(flow.image, written)}"] if written else []
    if len(written) < len(spans):
        places.append("the end of the function")
    return " and ".join(places)


# ---- what a caller relies on


def _kept(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    by_register: dict[int, list[Event]] = {}
    for event in seen.get("not-restored", ()):
        by_register.setdefault(event.register, []).append(event)
    for number, events in by_register.items():
        name = ABI_NAMES[number]
        node = _writer(flow, number)
        where = _return_place(flow, events)
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


def _writer(flow: Flow, register: int) -> Node:
    """The first instruction that overwrites a register by other than a load from the stack."""
    writers = [node for node in flow.nodes if node.effect.writes >> register & 1]
    for node in writers:
        found = node.effect
        if not (found.width and found.rs1 == SP) and found.instruction.row.extension != "zcmp":
            return node
    return writers[0] if writers else flow.nodes[0]


def _return_address(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    events = seen.get("address-lost", [])
    if events and "return-by-call" not in seen:
        calls = [node for node in flow.nodes if node.effect.writes >> RA & 1]
        calls = [node for node in calls if node.effect.control == CALL] or calls
        node = calls[0] if calls else flow.nodes[events[0].node]
        doing = "this call puts" if node.effect.control == CALL else "this puts"
        yield warning(
            "return-address",
            f"{doing} another address into ra, and {_return_place(flow, events)} goes there: "
            f"the way back to the caller is lost",
            node.span,
            "help: save ra: addi(sp, sp, -16); sw(ra, 12(sp)) at the start, lw(ra, 12(sp)); "
            "addi(sp, sp, 16) before the return",
        )
    for event in seen.get("return-by-call", ()):
        yield warning(
            "return-by-call",
            "this goes to the caller as by a call: ra is overwritten, and control comes back "
            "here when the caller returns",
            flow.nodes[event.node].span,
            "help: ret() returns",
        )
    for event in seen.get("return-offset", ()):
        yield warning(
            "return-by-call",
            f"this returns {event.number:+} bytes beside the place of the call",
            flow.nodes[event.node].span,
            "help: ret() returns to it",
        )


def _stack(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    for event in seen.get("stack-off", ()):
        off = event.number
        place = "below" if off < 0 else "above"
        yield warning(
            "stack-pointer",
            f"sp is {abs(off)} bytes {place} where it was at the start when the function "
            f"returns here",
            _place(flow, event, SP),
            f"help: addi(sp, sp, {-off}) before the return" if -2048 <= -off < 2048 else
            "help: add to sp what was taken from it",
        )  # fmt: skip
    for event in seen.get("stack-lost", ()):
        yield warning(
            "stack-pointer",
            "when the function returns here, sp is not what it was at the start on every path",
            _place(flow, event, SP),
            "help: take as much from sp as is given back, on every path",
        )
    for event in seen.get("below-stack", ()):
        yield warning(
            "stack-access",
            f"this touches memory {-event.number} bytes below sp, which an interrupt may "
            f"overwrite at any time",
            flow.nodes[event.node].span,
            "help: move sp down first, addi(sp, sp, -16), and back at the end",
        )
    for event in seen.get("above-frame", ()):
        yield warning(
            "stack-access",
            f"this touches memory {event.number} bytes above the function's frame: it is the "
            f"caller's",
            flow.nodes[event.node].span,
            "help: the frame reaches as far up as sp was moved down",
        )


def _place(flow: Flow, event: Event, register: int) -> Span:
    """Where the event's node stands; for an appended return, the last that wrote the register."""
    node = flow.nodes[event.node]
    if not appended(flow.image, node):
        return node.span
    writers = [each for each in flow.nodes if each.effect.writes >> register & 1]
    return writers[-1].span if writers else node.span


# ---- values


def _reads(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    by_register: dict[int, list[Event]] = {}
    for event in seen.get("unwritten", ()):
        by_register.setdefault(event.register, []).append(event)
    for number, events in by_register.items():
        events.sort(key=lambda event: event.node)
        spans = [flow.nodes[event.node].span for event in events]
        name = ABI_NAMES[number]
        written = any(node.effect.writes >> number & 1 for node in flow.nodes)
        also = [span for span in spans if span != spans[0]]
        yield warning(
            "unwritten-register",
            f"{name} is read here, but {'on some path ' if written else ''}nothing wrote it "
            f"before: it holds whatever was left in it",
            spans[0],
            *([f"note: read in {lines(flow.image, also)}, too"] if also else []),
            f"help: set it first, as with li({name}, 0)",
        )
    for event in seen.get("read-after-call", ()):
        name = ABI_NAMES[event.register]
        yield warning(
            "lost-in-call",
            f"{name} is read here after a call, which may have overwritten it",
            flow.nodes[event.node].span,
            f"help: keep the value in one of s0 to s11, saved first, or on the stack: {name} is "
            f"the called function's to use",
        )


def _unwritten_stack(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    for event in seen.get("unwritten-stack", ()):
        node = flow.nodes[event.node]
        if not is_harmless(flow, node.address, whole=True):
            yield warning(
                "unwritten-stack",
                f"this loads from the stack, {-event.number} bytes below its start, what nothing "
                f"stored there",
                node.span,
                "help: store there first, or load from where it was stored",
            )


def _misaligned(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    for what in ("misaligned", "misaligned-label", "misaligned-stack", "misaligned-anywhere"):
        for event in seen.get(what, ()):
            found = flow.nodes[event.node].effect
            help_ = f"help: choose a multiple of {found.width}, or load single bytes"
            is_what = f"which is no multiple of {found.width}"
            if what == "misaligned-stack":
                place = f"{event.number:+} bytes from the stack's start, {is_what}"
            elif what == "misaligned":
                place = f"{event.number:#x}, {is_what}"
            elif what == "misaligned-anywhere":
                more = event.number % found.width
                place = f"an address that is always {more} more than a multiple of {found.width}"
                help_ = f"help: align({found.width}) what it points to, or load single bytes"
            else:
                place = f"offset {event.number:#x} of the function, {is_what}"
                label, at = _label_ahead(flow.image, event.number)
                if at % found.width:
                    help_ = f"help: align({found.width}) in front of label({label})"
            yield warning(
                "misaligned-address",
                f"'{found.name}' takes {found.width} bytes at {place}",
                flow.nodes[event.node].span,
                help_,
            )


def _label_ahead(image: Image, offset: int) -> tuple[str, int]:
    """The last label at an offset or ahead of it, and where it stands."""
    ahead = [(at, name) for name, at in image.symbols.items() if at <= offset]
    at, name = max(ahead, default=(0, ""))
    return name.partition(".")[0], at


def _out_of_step(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    """Accesses through one pointer of the caller's that cannot all be aligned, whatever it is."""
    by_register: dict[int, list[Event]] = {}
    for event in sorted(seen.get("through", ()), key=lambda event: event.node):
        by_register.setdefault(event.register, []).append(event)
    for events in by_register.values():
        widest = max(events, key=lambda event: event.other)
        for event in events:
            found = flow.nodes[event.node].effect
            if (event.number - widest.number) % event.other:
                yield warning(
                    "misaligned-address",
                    f"'{found.name}' takes {event.other} bytes at offset {event.number}, and line "
                    f"{flow.image.line_at(flow.nodes[widest.node].address)} {widest.other} bytes "
                    f"at offset {widest.number} from the same address: one is misaligned",
                    flow.nodes[event.node].span,
                    f"help: choose offsets that differ by multiples of {event.other}, or load "
                    f"single bytes",
                )


def _result(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    image = flow.image
    events = seen.get("no-result", [])
    same = seen.get("same-result", [])
    if image.returns == NOTHING or not (events or same):
        return
    text = image.source.text[image.span.start : image.span.end]
    start = text.find("->", text.find("def "), text.find("\n", text.find("def ")))
    if start < 0:
        return
    end = text.find(":", start)
    said = text[start + 2 : end].strip()
    returns = [node for node in flow.nodes if node.effect.control == INDIRECT]
    silent = not events and said != "object" and not any(
        node.effect.control == CALL or node.effect.writes >> 10 & 1 or node.effect.name == "ecall"
        for node in flow.nodes
    ) and len(same) == len(returns) and len(flow.nodes) > len(returns)  # fmt: skip
    if not events and not silent:
        return
    span = Span(
        image.span.start + end - len(text[start + 2 : end].lstrip()), image.span.start + end
    )
    on_some = any(node.effect.writes >> 10 & 1 for node in flow.nodes)
    where = f" before {_return_place(flow, events)}" if on_some and events else ""
    yield warning(
        "result-unset",
        f"the result is said to be {said}, but a0 is never set{where}",
        span,
        "help: mv(a0, ...) the result, or leave the annotation out",
    )


# ---- control


def _runs(flow: Flow, blocks: list[bool]) -> Iterator[list[Node]]:
    """The nodes of blocks that are False, runs of neighbours together."""
    run: list[Node] = []
    for block, reached in zip(flow.blocks, blocks):
        if reached:
            if run:
                yield run
            run = []
        else:
            run += flow.nodes[block.first : block.last]
    if run:
        yield run


def _unreachable(flow: Flow, seen: Events) -> Iterator[Diagnostic]:
    if seen.elsewhere:
        return
    # A statement in a loop that is unrolled is unreachable where every copy of it is.
    reached = {
        node.span
        for block, is_reached in zip(flow.blocks, seen.reached) if is_reached
        for node in flow.nodes[block.first : block.last]
    }  # fmt: skip
    for run in _runs(flow, list(seen.reached)):
        dead = [
            node for node in run
            if node.span not in reached
            and not (appended(flow.image, node) or _is_filler(node) or _is_guard(node))
        ]  # fmt: skip
        if dead:
            count = len(dead)
            yield warning(
                "unreachable",
                "control never comes here" if count == 1 else
                f"control never comes here, nor to the {count - 1} instruction"
                f"{'s' if count > 2 else ''} that follow{'' if count > 2 else 's'}",
                dead[0].span,
                "help: give it a label that something jumps to, or leave it out",
            )  # fmt: skip


def _is_guard(node: Node) -> bool:
    """True for a trap, `unimp` or `ebreak`: it may well stand where control never comes."""
    return node.effect.name == "ebreak" or node.effect.is_unimp


def _is_filler(node: Node) -> bool:
    found = node.effect
    return found.name == "addi" and not found.rd and not found.rs1 and not found.immediate


def _falls(flow: Flow, seen: Events) -> Iterator[Diagnostic]:
    for index, node in enumerate(flow.nodes):
        found = node.effect
        to = flow.image.entry_at(node.address + found.immediate) if found.target_is_label else None
        if to is not None and not to.is_code and seen.reached[flow.block_at[index]]:
            yield warning(
                "falls-into-data",
                f"this jumps to the data of {lines(flow.image, [to.span])}",
                node.span,
                "help: put the label in front of an instruction",
            )
    start = flow.image.entry_at(0)
    if start is not None and not start.is_code:
        yield warning(
            "falls-into-data",
            "the function starts with data: a call runs into it",
            start.span,
            "help: put the data behind the last return",
        )
    for index in flow.falls:
        node = flow.nodes[index]
        if not seen.reached[flow.block_at[index]] or node.effect.control == CALL:
            continue
        if node.effect.name in ("ecall", "ebreak", "wfi"):
            continue
        if node.address + node.size >= len(flow.image.code):
            continue
        entry = flow.image.entry_at(node.address + node.size)
        where = lines(flow.image, [entry.span]) if entry else "the end"
        yield warning(
            "falls-into-data",
            f"behind this instruction control runs into the data of {where}",
            node.span,
            "help: ret() or j(LABEL) in front of the data",
        )


def _jumps_to_data(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    for event in seen.get("jump-to", ()):
        to = flow.image.entry_at(event.number) if event.number >= 0 else None
        if to is not None and not to.is_code:
            yield warning(
                "falls-into-data",
                f"this jumps to the data of {lines(flow.image, [to.span])}",
                flow.nodes[event.node].span,
                "help: put the label in front of an instruction",
            )


_EFFECTS = ("csr", "fence", "ecall", "ebreak", "wfi", "lr.", "sc.", "amo", "cm.")


def _loops(flow: Flow, seen: Events) -> Iterator[Diagnostic]:
    for component in components(flow):
        blocks = [flow.blocks[index] for index in component]
        members = set(component)
        if len(component) == 1 and component[0] not in blocks[0].successors:
            continue
        nodes = [node for block in blocks for node in flow.nodes[block.first : block.last]]
        if not seen.reached[component[0]] or any(_acts(node) for node in nodes):
            continue
        ends = [flow.nodes[block.last - 1].effect for block in blocks]
        if any(end.control not in (NEXT, BRANCH, "jump") for end in ends):
            continue
        written = 0
        for node in nodes:
            written |= node.effect.writes
        leaving = [
            end for end, block in zip(ends, blocks)
            if any(successor not in members for successor in block.successors)
        ]  # fmt: skip
        if any(end.reads & written for end in leaving):
            continue
        first = min(nodes, key=lambda node: node.address)
        last = max(nodes, key=lambda node: node.address)
        if leaving:
            message = (
                "once in this loop, nothing changes what it waits for, and it does nothing else"
            )
        else:
            message = "this loop has no way out, and does nothing that could be seen from outside"
        place = lines(flow.image, [first.span, last.span])
        yield warning(
            "endless-loop",
            message,
            last.span,
            f"note: it is made of {place}" if len(nodes) > 1 else "note: it jumps to itself",
            "help: branch on something that the loop changes; wfi() in it shows that it waits",
        )


def _acts(node: Node) -> bool:
    found = node.effect
    volatile = found.width and not found.stores and found.rs1 == 0
    return bool(
        found.stores or volatile or found.control == CALL or found.name.startswith(_EFFECTS)
    )


def _labels(flow: Flow, seen: Events) -> Iterator[Diagnostic]:
    image = flow.image
    known = not seen.elsewhere and not any(note.code == "as-written" for note in image.diagnostics)
    used = {flow.nodes[node.target].address for node in flow.nodes if node.target >= 0}
    used |= seen.taken
    for node in flow.nodes:
        if node.effect.target_is_label:
            used.add(node.address + node.effect.immediate)
    of_name: dict[str, bool] = {}
    for name, offset in image.symbols.items():
        plain = name.partition(".")[0]
        of_name[plain] = of_name.get(plain, False) or offset in used
    if not of_name:
        return
    import re  # only a function with labels waits for it

    text = image.source.text[image.span.start : image.span.end]
    places = {
        found[1]: found.span(1)
        for found in re.finditer(r"^[^#\n]*?\blabel\s*\(\s*(\w+)\s*\)", text, re.MULTILINE)
    }
    # Another label at the same place may be the one that is used.
    named: dict[str, int] = {}
    for word in re.findall(r"\w+", re.sub(r"#.*", "", text)):
        named[word] = named.get(word, 0) + 1
    for name, is_used in of_name.items():
        if (is_used or not known) and named[name] > 1:
            continue
        if name in places:
            start, end = places[name]
            jumped_to = f"nothing jumps to {name!r} and nothing takes its address"
            yield warning(
                "unused-label",
                jumped_to if known else f"nothing names {name!r}",
                Span(image.span.start + start, image.span.start + end),
                "help: leave it out",
            )


# ---- encodings


def _hints(flow: Flow) -> Iterator[Diagnostic]:
    for node in flow.nodes:
        found = node.effect
        if not (found.hint or _is_hint(node)):
            continue
        yield warning(
            "hint",
            f"'{node.effect.name}' with these operands changes nothing: the encoding is a HINT, "
            f"which a later core may give a meaning",
            node.span,
            "help: nop() does nothing",
        )


def _is_hint(node: Node) -> bool:
    """A computation into x0, but for those with a meaning of their own."""
    found = node.effect
    if found.rd or "rd" not in found.instruction.row.variables or _is_filler(node):
        return False
    if found.instruction.row.extension not in ("rv32i", "rv32m", "zba", "zbb", "zbs", "zicond"):
        return False
    if found.width or found.control != NEXT:
        return False
    if found.name == "add" and not found.rs1 and 2 <= found.rs2 <= 5:
        return False  # ntl.p1, ntl.pall, ntl.s1, ntl.all (Zihintntl)
    return not (
        found.rs1 == 0
        and (found.name, found.immediate) in (("slli", 31), ("srai", 7))  # semihosting's marks
    )


# ---- code that writes code


def _fence_i(flow: Flow, seen: dict[str, list[Event]]) -> Iterator[Diagnostic]:
    stores = [event for event in seen.get("code-store", ()) if _hits_code(flow, event)]
    if not stores:
        return
    unfenced = _unfenced(flow)
    last = {
        flow.block_at[index]: index
        for index, node in enumerate(flow.nodes) if node.effect.name == "fence.i"
    }  # fmt: skip
    for event in stores:
        block = flow.blocks[flow.block_at[event.node]]
        if last.get(flow.block_at[event.node], -1) > event.node:
            continue
        if not block.successors or any(unfenced[successor] for successor in block.successors):
            yield warning(
                "missing-fence-i",
                f"this stores into the code at offset {event.number:#x}, and nothing makes the "
                f"core fetch it anew",
                flow.nodes[event.node].span,
                "help: fence_i() after the last store, before the code is run",
            )


def _hits_code(flow: Flow, event: Event) -> bool:
    entry = flow.image.entry_at(event.number) if event.number >= 0 else None
    return entry is not None and entry.is_code


def _unfenced(flow: Flow) -> list[bool]:
    """For each block whether control can get from its start to an end without `fence.i`."""
    fences = [
        any(node.effect.name == "fence.i" for node in flow.nodes[block.first : block.last])
        for block in flow.blocks
    ]
    found = [not block.successors and not fence for block, fence in zip(flow.blocks, fences)]
    predecessors: list[list[int]] = [[] for _ in flow.blocks]
    for index, block in enumerate(flow.blocks):
        for successor in block.successors:
            predecessors[successor].append(index)
    work = [index for index, is_end in enumerate(found) if is_end]
    while work:
        for index in predecessors[work.pop()]:
            if not found[index] and not fences[index]:
                found[index] = True
                work.append(index)
    return found
