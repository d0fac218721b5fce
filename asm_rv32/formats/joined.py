"""Pieces of a program, each with its address, as stretches without gaps.

Invariant: no byte is in two of them.
"""

from __future__ import annotations

from collections.abc import Iterable


def joined(pieces: Iterable[tuple[int, bytes]]) -> list[tuple[int, bytes]]:
    """The pieces in ascending order, those that touch as one.

    Raises ValueError where two hold the same byte.
    """
    found: list[tuple[int, bytearray]] = []
    for at, data in sorted(pieces, key=lambda piece: piece[0]):
        end = found[-1][0] + len(found[-1][1]) if found else -1
        if at < end:
            raise ValueError(f"two records hold the byte at {at:#x}")
        if at == end:
            found[-1][1].extend(data)
        else:
            found.append((at, bytearray(data)))
    return [(at, bytes(data)) for at, data in found]
