"""What each function of examples/ can be called with, at random.

Input: a generator of random numbers. Output: the arguments of one call, fresh buffers among them.
"""

from __future__ import annotations

import random
from array import array
from collections.abc import Callable
from typing import Any

Random = random.Random


def word(random: Random) -> int:
    """Any word, those near zero and near the ends often; signed as often as unsigned."""
    near = random.choice((0, 1 << 31, 1 << 32))
    value = random.choice((random.getrandbits(32), near + random.randint(-9, 9)))
    value &= 0xFFFFFFFF
    return value - (1 << 32) if value >> 31 and random.random() < 0.5 else value


def words(random: Random, count: int, bits: int = 32) -> array[int]:
    half = 1 << (bits - 1)
    return array("i", [random.randrange(-half, half) for _ in range(count)])


def numbers(random: Random, count: int) -> array[float]:
    return array("f", [random.choice((0.0, -0.0, 1.0, random.uniform(-1e3, 1e3), 1e-39))
                       for _ in range(count)])  # fmt: skip


def length(random: Random) -> int:
    return random.choice((0, 1, 2, 3, 4, random.randint(5, 40), random.randint(5, 300)))


def some_bytes(random: Random) -> tuple[Any, ...]:
    count = length(random)
    fill = random.choice((random.randbytes(count), b"\xff" * count))
    return fill + random.randbytes(random.randint(0, 3)), count


def some_words(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return words(random, count), count


def two_vectors(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return words(random, count), words(random, count), count


def filtered(random: Random) -> tuple[Any, ...]:
    count, taps = random.randint(0, 12), random.randint(0, 12)
    samples = words(random, count + max(taps, 1), random.choice((16, 32)))
    return words(random, count), samples, words(random, taps, 16), array("I", [count, taps])


def unsigned(random: Random, count: int) -> array[int]:
    return array("I", [random.getrandbits(32) for _ in range(count)])


def coloured(random: Random) -> tuple[Any, ...]:
    count = random.randint(0, 40)
    return unsigned(random, count), random.randbytes(count), count


def copied(random: Random) -> tuple[Any, ...]:
    count = length(random)
    return bytearray(count + random.randint(0, 3)), random.randbytes(count), count


def command_line(random: Random) -> tuple[bytes, int]:
    """A line for examples/interpreter.py, right or nearly so, and its length."""
    words = [random.choice((b"get", b"set", b"add", b"sum", b"", b"gets", b"a", b"se\0"))]
    words += [b"%d" % random.choice((random.randint(-3, 9), word(random)))
              for _ in range(random.randint(0, 3))]  # fmt: skip
    words += [b"1x", b"-", b"--3"][: random.randint(0, 1)]
    line = b"".join(b" " * random.randint(0, 2) + each + b" " for each in words)
    return line, len(line) - random.randint(0, 1)


def place_in_line(random: Random) -> tuple[Any, ...]:
    line, size = command_line(random)
    return line, random.randint(0, size), size


def cell(random: Random) -> tuple[Any, ...]:
    return words(random, 8), random.randrange(8), word(random)


def ring(random: Random, more: int = 0) -> array[int]:
    """Of four words, `more` or fewer of which were put; the counts are near their end, too."""
    taken = random.choice((0, 3, 0xFFFFFFFD, 0xFFFFFFFF))
    held = random.choice((0, more, 4))
    return array(
        "I", [taken, taken + held & 0xFFFFFFFF, 4, *(random.getrandbits(32) for _ in range(4))]
    )


def mailbox(random: Random) -> array[int]:
    return array("I", [random.choice((0, random.getrandbits(32)))])


INPUTS: dict[str, Callable[[Random], tuple[Any, ...]]] = {
    "put": lambda random: (ring(random, 3), random.getrandbits(32)),
    "take": lambda random: (ring(random, 1), array("I", [random.getrandbits(32)])),
    "post": lambda random: (mailbox(random), random.getrandbits(32)),
    "collect": lambda random: (mailbox(random),),
    "fast_mul": lambda random: (word(random), word(random)),
    "multiply_wide": lambda random: (word(random), word(random), array("I", [0, 0])),
    "shift_and_add": lambda random: (word(random), word(random)),
    "sum_words": some_words,
    "sum_bytes": some_bytes,
    "copy_memory": copied,
    "crc32": some_bytes,
    "crc32_table": some_bytes,
    "crc32_zbc": some_bytes,
    "reverse_bits": lambda random: (word(random),),
    "reverse_bits_zbkb": lambda random: (word(random),),
    "isqrt": lambda random: (word(random) >> random.randrange(0, 32),),
    "gcd": lambda random: (word(random), word(random)),
    "dot": two_vectors,
    "fir": filtered,
    "insertion_sort": lambda random: (
        words(random, 40, random.choice((3, 32))),
        random.randint(0, 40),
    ),
    "adler32": some_bytes,
    "chacha20_block": lambda random: (array("I", [0] * 16), unsigned(random, 16)),
    "sha256_block": lambda random: (unsigned(random, 8), random.randbytes(64)),
    "sha256_block_zknh": lambda random: (unsigned(random, 8), random.randbytes(64)),
    "aes128_encrypt": lambda random: (bytearray(random.randbytes(16)), unsigned(random, 44)),
    "aes128_encrypt_zkne": lambda random: (bytearray(random.randbytes(16)), unsigned(random, 44)),
    "aes128_keys_zkne": lambda random: (random.randbytes(16), array("I", [0] * 44)),
    "ws2812": coloured,
    "mandelbrot": lambda random: (
        random.randint(-20000, 20000),
        random.randint(-20000, 20000),
        random.randint(1, 60),
    ),
    "dot_float": lambda random: (numbers(random, 20), numbers(random, 20), random.randint(0, 20)),
    "smooth": lambda random: (numbers(random, 20), random.randint(0, 20), random.uniform(-2, 2)),
    "skip": place_in_line,
    "word_end": place_in_line,
    "number": place_in_line,
    "find": place_in_line,
    "do_get": cell,
    "do_set": cell,
    "do_add": cell,
    "do_sum": cell,
    "interpret": lambda random: (*command_line(random), words(random, 8)),
}
