"""The blocks of boards for which there is a device here, by name or by address.

Output: `Block`s of `asm_rv32.boards`. A block is called as its board and itself, `esp32c3-uart0`;
the first of a kind as the board alone, `esp32c3`; where the board is known, as itself, `uart0`.
"""

from __future__ import annotations

from collections.abc import Iterator

from asm_rv32.boards import Block, Board, UnknownBoard, board_names, load_board


def blocks(kind: str | None = None) -> Iterator[tuple[str, Block]]:
    """The blocks of a kind, else of all, each with the name by which `block_of` finds it."""
    for name in board_names():
        yield from named(load_board(name), kind)


def named(board: Board, kind: str | None = None) -> Iterator[tuple[str, Block]]:
    """The same of one board."""
    seen = set()
    for block in board.blocks:
        if block.kind and kind in (None, block.kind):
            first = block.kind not in seen and block.kind == "gpio"
            seen.add(block.kind)
            yield board.name if first else f"{board.name}-{block.name.lower()}", block


def block_of(kind: str, where: str | int | Block, board: str | None = None) -> Block:
    """The block of a kind that has a name, or in which an address lies; of `board`, where one is
    chosen, else of any. An empty name is the first one of the board. A block is itself.

    Raises ValueError, which lists those that are known.
    """
    if isinstance(where, Block):
        return where
    found = _at(kind, where, board) if isinstance(where, int) else _called(kind, where, board)
    if found is not None:
        return found
    known = named(load_board(board), kind) if board else blocks(kind)
    listed = ", ".join(f"{name} ({block.base:#x})" for name, block in known) or "none"
    asked = f"at {where:#x}" if isinstance(where, int) else repr(where)
    of = f" of the {load_board(board).title}" if board else ""
    raise ValueError(f"no {kind} {asked}{of}; known are {listed}")


def _at(kind: str, address: int, board: str | None) -> Block | None:
    known = load_board(board).blocks if board else [block for _, block in blocks()]
    return next((block for block in known if block.kind == kind and block.holds(address)), None)


def _called(kind: str, name: str, board: str | None) -> Block | None:
    chosen, _, part = name.rpartition("-")
    for of, what in ((name, ""), (chosen, part), (board or "", name)):
        try:
            known = [block for block in load_board(of).blocks if block.kind == kind]
        except UnknownBoard:
            continue
        for block in known:
            own = {block.name.lower(), *(each.name.lower() for each in block.registers)}
            if not what or what.lower() in own:
                return block
    return None


def alike(address: int, board: str | None) -> list[tuple[Board, Block]]:
    """The boards, or the one, that have a block at an address and the same register there, with it.

    Of any boards only those with a register for which there is a device; those first whose core is
    described by itself.
    """
    names = (board,) if board else board_names()
    found = [
        (known, block)
        for known in map(load_board, names)
        if (block := known.block_at(address)) is not None
        and (board or (block.kind and block.register_at(address - block.base)))
    ]  # fmt: skip
    found.sort(key=lambda each: each[0].core != each[0].name)
    return [each for each in found if each[1].name_at(address) == found[0][1].name_at(address)]
