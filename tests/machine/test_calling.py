"""Arguments and results of a call: MicroPython's rules, and Python's words for a wrong call."""

from __future__ import annotations

import ctypes
import math
from array import array
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from asm_rv32.machine.calling import Arguments
from asm_rv32.machine.emulator import prepare, run
from asm_rv32.machine.errors import ExecutionError
from asm_rv32.machine.memory import (
    ALIGNMENT,
    BUFFERS,
    LAYOUT,
    PAGE,
    Layout,
    layout_around,
    place,
)

from . import gnu

IDENTITY = "ret"
LETTERS = "abcdefgh"
WORDS = st.integers(0, 0xFFFF_FFFF)


def call(text: str, *values: object, returns: str = "int") -> Any:
    return run(gnu.image(text, LETTERS[: len(values)], returns=returns), values).result


@given(st.integers(-(1 << 70), 1 << 70))
def test_an_int_comes_back_modulo_2_to_the_32(value: int) -> None:
    unsigned = value % (1 << 32)
    assert call(IDENTITY, value, returns="uint") == unsigned
    assert call(IDENTITY, value) == unsigned - (1 << 32 if unsigned >> 31 else 0)
    assert call(IDENTITY, value, returns="bool") is (unsigned != 0)


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_float_is_truncated(value: float) -> None:
    assert call(IDENTITY, value, returns="uint") == math.trunc(value) % (1 << 32)


@pytest.mark.parametrize(("value", "error"), [(math.inf, OverflowError), (math.nan, ValueError)])
def test_a_float_without_an_integer_is_refused(value: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        call(IDENTITY, value)


def test_none_and_bools_are_0_and_1() -> None:
    assert [call(IDENTITY, value) for value in (None, False, True)] == [0, 0, 1]


def test_what_has_an_index_is_that_int() -> None:
    class Index:
        def __index__(self) -> int:
            return -3

    assert call(IDENTITY, Index()) == -3


@given(st.lists(st.integers(-(1 << 31), (1 << 31) - 1), min_size=8, max_size=8))
def test_eight_parameters_arrive_in_their_registers(values: list[int]) -> None:
    for position in range(8):
        assert call(f"mv a0,a{position}\nret", *values) == values[position]


STRLEN = """
 mv t0,a0
1: lbu t1,0(t0)
 addi t0,t0,1
 bnez t1,1b
 sub a0,t0,a0
 addi a0,a0,-1
 ret"""


@given(st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"])))
def test_a_str_is_its_utf8_and_a_nul(text: str) -> None:
    assert call(STRLEN, text) == len(text.encode())


SUM_WORDS = """
 li t0,0
1: beqz a1,2f
 lw t1,0(a0)
 add t0,t0,t1
 addi a0,a0,4
 addi a1,a1,-1
 j 1b
2: mv a0,t0
 ret"""


@given(st.lists(WORDS), st.sampled_from((tuple, list)))
def test_a_sequence_is_the_words_of_its_items(items: list[int], kind: Callable[..., Any]) -> None:
    assert call(SUM_WORDS, kind(items), len(items), returns="uint") == sum(items) % (1 << 32)


def test_the_items_of_a_sequence_are_converted_as_arguments_are() -> None:
    data = bytearray(b"\7")
    nested = [3, None, True, 2.5, data, (40, 41)]
    load = "lw a0,{}(a0)\nret"
    assert [call(load.format(4 * at), nested) for at in range(4)] == [3, 0, 1, 2]
    assert call("lw a0,16(a0)\nlbu a0,0(a0)\nret", nested) == 7
    assert call("lw a0,20(a0)\nlw a0,4(a0)\nret", nested) == 41
    call("lw a0,16(a0)\nli a1,9\nsb a1,0(a0)\nret", nested)
    assert data == b"\x09"


def test_a_list_may_hold_itself() -> None:
    loop: list[object] = [1]
    loop.append(loop)
    assert call("lw a1,4(a0)\nsub a0,a0,a1\nret", loop) == 0


@given(st.binary(min_size=1, max_size=3 * PAGE), st.data())
def test_a_bytearray_is_written_through(content: bytes, data: Any) -> None:
    buffer = bytearray(content)
    at = data.draw(st.integers(0, len(content) - 1))
    value = data.draw(st.integers(0, 255))
    before = call("add a0,a0,a1\nlbu t0,0(a0)\nsb a2,0(a0)\nmv a0,t0\nret", buffer, at, value)
    assert before == content[at]
    assert buffer == content[:at] + bytes([value]) + content[at + 1 :]


@pytest.mark.parametrize("typecode", "bBhHiIlLqQfd")
def test_an_array_of_any_type_is_its_bytes(typecode: str) -> None:
    values = array(typecode, [1, 2, 3])
    wanted = bytearray(values.tobytes())
    wanted[values.itemsize] ^= 0xFF
    text = "add a0,a0,a1\nlbu t0,0(a0)\nnot t0,t0\nsb t0,0(a0)\nret"
    call(text, values, values.itemsize)
    assert values.tobytes() == wanted


def test_buffers_of_foreign_formats_are_their_bytes() -> None:
    words = (ctypes.c_uint32 * 3)(1, 2, 3)
    call("li a1,77\nsw a1,4(a0)\nret", words)
    assert list(words) == [1, 77, 3]
    square = memoryview(bytearray(16)).cast("B").cast("H", [2, 4])
    call("li a1,5\nsh a1,14(a0)\nret", square)
    assert square[1, 3] == 5


class Number(ctypes.c_uint32):
    """Memory of one item that is a number, too, as the scalars of numpy are."""

    def __index__(self) -> int:
        return int(self.value)


def test_a_scalar_is_its_number_where_it_is_one() -> None:
    assert call("addi a0,a0,1\nret", Number(7)) == 8
    plain = ctypes.c_uint32(7)
    assert call("lw a1,0(a0)\nli a2,9\nsw a2,0(a0)\nmv a0,a1\nret", plain) == 7
    assert plain.value == 9
    several = (Number * 2)(5, 6)  # more than one is memory
    assert call("lw a0,4(a0)\nret", several) == 6


def test_one_object_passed_twice_is_one_memory() -> None:
    data = bytearray(4)
    text = "sub t0,a0,a1\nli t1,8\nsb t1,1(a1)\nlbu t2,1(a0)\nadd a0,t0,t2\nret"
    assert call(text, data, data) == 8


def test_views_that_only_touch_are_apart() -> None:
    """So an access past the end of one is not one of the other."""
    whole = memoryview(bytearray(64))
    arguments = Arguments([whole[16:32], whole[:16], whole[31:40], whole[40:]])
    assert sorted(region.size for region in arguments.regions) == [16, 24, 24]
    one, other, third, last = arguments.words
    assert third - one == 15 and abs(other - one) > 16 and abs(last - third) > 24


@given(
    st.lists(st.tuples(st.integers(0, 64), st.integers(0, 64)), min_size=2, max_size=6),
    st.booleans(),
)
def test_overlapping_views_share_memory(cuts: list[tuple[int, int]], first_fixed: bool) -> None:
    base = bytearray(range(64))
    whole = memoryview(base)
    views = [whole[min(cut) : max(cut)] for cut in cuts]
    starts = [min(cut) for cut in cuts]
    if first_fixed:
        views[0] = views[0].toreadonly()
    arguments = Arguments(views)
    try:
        for one, a in enumerate(views):
            for two, b in enumerate(views):
                overlap = max(starts[one], starts[two]) < min(
                    starts[one] + len(a), starts[two] + len(b)
                )
                apart = arguments.words[two] - arguments.words[one]
                if overlap:
                    assert apart == starts[two] - starts[one]
                elif a and b:
                    assert abs(apart) >= min(len(a), len(b))
        for region, content in zip(arguments.regions, arguments.contents()):
            assert region.address % ALIGNMENT == 0
            assert region.size == len(content)
            assert bytes(content) in bytes(base)
    finally:
        arguments.release()


def test_buffers_stand_apart_with_nothing_between() -> None:
    values = [bytes(size) for size in (0, 1, 15, 16, PAGE - 1, PAGE, PAGE + 1)]
    arguments = Arguments(values)
    regions = arguments.regions
    assert regions[0].address == BUFFERS
    for before, after in pairwise(regions):
        pages = before.address + before.mapped_size
        assert after.address % ALIGNMENT == 0
        assert after.address - pages >= PAGE
    arguments.release()


def test_a_buffer_can_be_resized_after_the_call_and_after_a_failure() -> None:
    data = bytearray(4)
    call(IDENTITY, data)
    data.append(1)
    with pytest.raises(ExecutionError):
        call("sb a0,5(a0)\nret", data)
    data.append(1)
    with pytest.raises(BufferError):
        call(IDENTITY, data, memoryview(data)[::2])
    data.append(1)


def test_a_failed_call_changes_no_buffer() -> None:
    data = bytearray(4)
    with pytest.raises(ExecutionError):
        call("sw a0,0(a0)\nebreak", data)
    assert data == bytes(4)


def test_a_prepared_call_changes_no_buffer_until_it_is_written_back() -> None:
    data = bytearray(4)
    image = gnu.image("lbu t0,0(a0)\naddi t0,t0,1\nsb t0,0(a0)\nmv a0,t0\nret", ["a"])
    with prepare(image, (data,)) as prepared:
        # Each run starts from the same memory.
        assert prepared.run().result == prepared.run().result == 1
        outcome = prepared.run()
        assert data == bytes(4)
        assert outcome.changed == (0,)
        assert outcome.contents == (b"\1\0\0\0",)
        prepared.write_back(outcome)
    assert data == b"\1\0\0\0"


@pytest.mark.parametrize("placement", [0, 2])
def test_a_prepared_call_says_where_its_code_stands(placement: int) -> None:
    from asm_rv32.machine.settings import Settings

    image = gnu.image("auipc a0,0\nret")
    with prepare(image, (), Settings(placement=placement)) as prepared:
        assert prepared.run().word == prepared.code_address
        assert prepared.code_address % 4 == placement


def test_objects_keep_their_identity() -> None:
    one, two = object(), print
    assert call(IDENTITY, one, two, returns="object") is one
    assert call("mv a0,a1\nret", one, two, returns="object") is two
    assert call("sub a0,a0,a1\nret", one, one) == 0


@given(st.integers(-(1 << 30), (1 << 30) - 1))
def test_an_odd_word_is_a_small_int_object(value: int) -> None:
    assert call("slli a0,a0,1\nori a0,a0,1\nret", value, returns="object") == value


def test_immediate_objects_have_their_words() -> None:
    words = (6, 0xE, 0x1E)
    assert [call(IDENTITY, word, returns="object") for word in words] == [None, False, True]


def test_a_word_that_is_no_object_is_refused() -> None:
    with pytest.raises(ExecutionError) as caught:
        call(IDENTITY, 0, returns="object")
    assert caught.value.code == "not-an-object"


FUNCTIONS: list[Callable[..., None]] = [
    lambda: None,
    lambda a: None,
    lambda a, b: None,
    lambda a, b, c: None,
    lambda a, b, c, d: None,
    lambda a, b, c, d, e: None,
]


def python_words(parameters: int, given: int) -> str:
    """What Python itself says when a function is called with a wrong number of arguments."""
    function = FUNCTIONS[parameters]
    function.__qualname__ = "function"
    try:
        function(*range(given))
    except TypeError as error:
        return str(error)
    return ""


@pytest.mark.parametrize("parameters", range(6))
@pytest.mark.parametrize("given", range(7))
def test_a_wrong_number_of_arguments_is_told_in_pythons_words(parameters: int, given: int) -> None:
    image = gnu.image(IDENTITY, LETTERS[:parameters])
    wanted = python_words(parameters, given)
    if not wanted:
        run(image, range(given))
        return
    with pytest.raises(TypeError) as caught:
        run(image, range(given))
    assert str(caught.value) == wanted


# ---- where things stand

NARROW = LAYOUT._replace(buffers_end=0x5000_0000)
"""Where devices are in the way of anything, buffers have a slot."""


@pytest.mark.parametrize(
    ("taken", "layout"),
    [
        ((), LAYOUT), (((0x8000_0000, 1 << 31),), LAYOUT), (((0x0, 0x1000_0000),), LAYOUT),
        (((0x0, 0x1000_0001),), NARROW._replace(code=0x5000_0000)),
        (((0x1000_0000, 1),), NARROW._replace(code=0x5000_0000)),
        (((0x2FFF_FFFF, 1),), NARROW._replace(stop=0x5000_0000)),
        (((0x2FFF_FFFF, 2),), NARROW._replace(stop=0x5000_0000, stack=0x6000_0000)),
        (((0x4000_0000, 4),), Layout(0x1000_0000, 0x2000_0000, 0x3000_0000, 0x5000_0000,
                                     0x6000_0000)),
        (((0x1000_0000, 0x5000_0000),), Layout(0x6000_0000, 0x8000_0000, 0x9000_0000, 0xA000_0000,
                                               0xB000_0000)),
        (((0x1000_0000, 0xC000_0000),), Layout(0xD000_0000, 0xE000_0000, 0xF000_0000, 0,
                                               0x1000_0000)),
        (((0x7000_0000, 1),), NARROW),
    ],
)  # fmt: skip
def test_a_call_stands_where_devices_do_not(
    taken: tuple[tuple[int, int], ...], layout: Layout
) -> None:
    assert layout_around(taken) == layout


def test_devices_may_leave_no_room() -> None:
    with pytest.raises(
        ValueError, match=r"^the devices leave no room for code, stack and buffers$"
    ):
        layout_around([(0, 0xE000_0000)])


def test_buffers_have_room_between_them() -> None:
    assert place([]) == []
    assert place([1, 0x1_0000, 0x1_0001, 0]) == [
        0x4000_0000, 0x4002_0000, 0x4004_0000, 0x4007_0000,
    ]  # fmt: skip
    room = 0x7800_0000 - 0x4000_0000
    assert place([room - 0x1_0000]) == [0x4000_0000]
    said = f"1 buffers of {room} bytes with unmapped memory between them need more than the {room} "
    with pytest.raises(MemoryError, match=said):
        place([room])
