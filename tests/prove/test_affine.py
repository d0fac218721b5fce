"""Terms that are sums of bits, by xor: what is said of them holds for the sampled inputs."""

from __future__ import annotations

from typing import Any

from corpus.kernels import EXAMPLES, module, some_bytes
from hypothesis import given, settings
from hypothesis import strategies as st
from test_rules import CONSTANTS, MASKS, term_of

from asm_rv32.prove.affine import affine
from asm_rv32.prove.functions import compare
from asm_rv32.prove.question import Twin
from asm_rv32.prove.terms import Terms


def expressions(depth: int) -> Any:
    """Of what is affine, and of what only looks so."""
    leaf = st.one_of(st.sampled_from(["a", "b", "bit", "nibble", "most20", "byte"]), CONSTANTS)
    if not depth:
        return leaf
    inner = expressions(depth - 1)
    bit = st.one_of(st.just("bit"), st.tuples(st.just("&"), inner, st.just(1)))
    return st.one_of(
        leaf,
        st.tuples(st.sampled_from(["^", "|", "+"]), inner, inner),
        st.tuples(st.sampled_from(["shl", "shr", "sar"]), inner, st.integers(0, 31)),
        st.tuples(st.just("&"), inner, MASKS),
        st.tuples(st.just("if"), bit, inner, inner),
        st.tuples(st.just("*"), bit, CONSTANTS),
        st.tuples(st.sampled_from(["carryless", "carryless_high"]), inner, CONSTANTS),
        st.tuples(st.sampled_from(["signed8", "reverse_bits", "interleave"]), inner),
    )


@given(expressions(3))
@settings(max_examples=100, deadline=None)
def test_an_affine_term_is_what_its_bits_say(expression: Any) -> None:
    for term, found in affine([term_of(expression, Terms())]).items():
        for at, value in enumerate(term.samples):
            said = found.constant
            for (unknown, bit), word in found.words.items():
                said ^= word if unknown.samples[at] >> bit & 1 else 0
            assert said == value, (term, found)


def test_checksums_by_polynomials_are_equal_at_once() -> None:
    """Which no solver sees: carry-less products against the loop over bits."""
    image = module("crc32").functions["crc32_zbc"]
    twin = Twin("crc32_python", (EXAMPLES / "crc32.py").read_text())
    found = compare(image, twin, [some_bytes(3), 3], timeout=60)
    assert found.verdict == "equal", found
    wrong = Twin("f", "def f(data, length):\n return crc32_python(data, length) ^ 1\n" + twin.text)
    assert compare(image, wrong, [some_bytes(3), 3]).verdict == "differs"
