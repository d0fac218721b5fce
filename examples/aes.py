"""AES-128 (FIPS 197): a block encrypted through a table, and by the instructions of Zkne.

    asmrv32 run examples/aes.py 'aes128_encrypt(bytearray(16), array("I", [0]*44))'
    asmrv32 run examples/aes.py 'aes128_encrypt_zkne(bytearray(16), array("I", [0]*44))'
    asmrv32 run examples/aes.py 'aes128_keys_zkne(bytes(range(16)), array("I", [0]*44))'
"""

from array import array

from asm_rv32 import asm_rv32
from asm_rv32.words import (
    a2,
    a3,
    a4,
    a5,
    a6,
    add,
    addi,
    aes32esi,
    aes32esmi,
    align,
    andi,
    bne,
    data,
    la,
    label,
    lbu,
    li,
    lw,
    mv,
    neg,
    or_,
    ret,
    slli,
    srli,
    sw,
    t0,
    t1,
    t2,
    t3,
    t4,
    t5,
    t6,
    xor,
)

SBOX = (
    b"\x63\x7c\x77\x7b\xf2\x6b\x6f\xc5\x30\x01\x67\x2b\xfe\xd7\xab\x76"
    b"\xca\x82\xc9\x7d\xfa\x59\x47\xf0\xad\xd4\xa2\xaf\x9c\xa4\x72\xc0"
    b"\xb7\xfd\x93\x26\x36\x3f\xf7\xcc\x34\xa5\xe5\xf1\x71\xd8\x31\x15"
    b"\x04\xc7\x23\xc3\x18\x96\x05\x9a\x07\x12\x80\xe2\xeb\x27\xb2\x75"
    b"\x09\x83\x2c\x1a\x1b\x6e\x5a\xa0\x52\x3b\xd6\xb3\x29\xe3\x2f\x84"
    b"\x53\xd1\x00\xed\x20\xfc\xb1\x5b\x6a\xcb\xbe\x39\x4a\x4c\x58\xcf"
    b"\xd0\xef\xaa\xfb\x43\x4d\x33\x85\x45\xf9\x02\x7f\x50\x3c\x9f\xa8"
    b"\x51\xa3\x40\x8f\x92\x9d\x38\xf5\xbc\xb6\xda\x21\x10\xff\xf3\xd2"
    b"\xcd\x0c\x13\xec\x5f\x97\x44\x17\xc4\xa7\x7e\x3d\x64\x5d\x19\x73"
    b"\x60\x81\x4f\xdc\x22\x2a\x90\x88\x46\xee\xb8\x14\xde\x5e\x0b\xdb"
    b"\xe0\x32\x3a\x0a\x49\x06\x24\x5c\xc2\xd3\xac\x62\x91\x95\xe4\x79"
    b"\xe7\xc8\x37\x6d\x8d\xd5\x4e\xa9\x6c\x56\xf4\xea\x65\x7a\xae\x08"
    b"\xba\x78\x25\x2e\x1c\xa6\xb4\xc6\xe8\xdd\x74\x1f\x4b\xbd\x8b\x8a"
    b"\x70\x3e\xb5\x66\x48\x03\xf6\x0e\x61\x35\x57\xb9\x86\xc1\x1d\x9e"
    b"\xe1\xf8\x98\x11\x69\xd9\x8e\x94\x9b\x1e\x87\xe9\xce\x55\x28\xdf"
    b"\x8c\xa1\x89\x0d\xbf\xe6\x42\x68\x41\x99\x2d\x0f\xb0\x54\xbb\x16"
)


@asm_rv32
def aes128_encrypt(block: bytearray, keys: "array[int]") -> None:
    """Encrypt 16 bytes at a multiple of 4 in their place; `keys` has the 44 words of the round
    keys, the first byte of each lowest. Returns nothing of use."""
    w0 = a2; w1 = a3; w2 = a4; w3 = a5
    u0 = t0; u1 = t1; u2 = t2; u3 = t3
    item = t4
    part = t5
    columns = t6
    end = a6
    for i in range(4):
        lw(w0, block[4 * i])
        lw(u0, keys[4 * i])
        xor(w0, w0, u0)
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
    addi(end, keys, 144)
    la(columns, "table")
    label("again")
    addi(keys, keys, 16)
    for i in range(4):
        # A column is the sum of four words of the table, each turned by a byte more.
        srli(u0, w3, 22)
        andi(u0, u0, 0x3FC)
        add(u0, u0, columns)
        lw(u0, u0[0])
        for number in range(3):
            slli(part, u0, 8)
            srli(u0, u0, 24)
            or_(u0, u0, part)
            if number == 0:
                srli(item, w2, 14)
            elif number == 1:
                srli(item, w1, 6)
            else:
                slli(item, w0, 2)
            andi(item, item, 0x3FC)
            add(item, item, columns)
            lw(item, item[0])
            xor(u0, u0, item)
        lw(item, keys[4 * i])
        xor(u0, u0, item)
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
        moved = u0; u0 = u1; u1 = u2; u2 = u3; u3 = moved
    mv(w0, u0)
    mv(w1, u1)
    mv(w2, u2)
    mv(w3, u3)
    bne(keys, end, "again")
    for i in range(4):
        # The last round has the S-box alone, which is the second byte of each word.
        li(u0, 0)
        for number in range(4):
            if number == 0:
                srli(item, w3, 22)
            elif number == 1:
                srli(item, w2, 14)
            elif number == 2:
                srli(item, w1, 6)
            else:
                slli(item, w0, 2)
            andi(item, item, 0x3FC)
            add(item, item, columns)
            lbu(item, item[1])
            slli(u0, u0, 8)
            or_(u0, u0, item)
        lw(item, keys[16 + 4 * i])
        xor(u0, u0, item)
        sw(u0, block[4 * i])
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
    ret()
    # The S-box, times 2, 1, 1 and 3.
    align(4)
    label("table")
    for byte in range(256):
        s = SBOX[byte]
        twice = s << 1 ^ 0x11B * (s >> 7)
        data(1, twice, s, s, twice ^ s)


@asm_rv32(isa="rv32imc_zkne")
def aes128_encrypt_zkne(block: bytearray, keys: "array[int]") -> None:
    """The same, without a table: no address depends on the key or the text."""
    w0 = a2; w1 = a3; w2 = a4; w3 = a5
    u0 = t0; u1 = t1; u2 = t2; u3 = t3
    end = a6
    for i in range(4):
        lw(w0, block[4 * i])
        lw(u0, keys[4 * i])
        xor(w0, w0, u0)
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
    addi(end, keys, 144)
    label("again")
    addi(keys, keys, 16)
    for i in range(4):
        lw(u0, keys[4 * i])
        aes32esmi(u0, u0, w0, 0)
        aes32esmi(u0, u0, w1, 1)
        aes32esmi(u0, u0, w2, 2)
        aes32esmi(u0, u0, w3, 3)
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
        moved = u0; u0 = u1; u1 = u2; u2 = u3; u3 = moved
    mv(w0, u0)
    mv(w1, u1)
    mv(w2, u2)
    mv(w3, u3)
    bne(keys, end, "again")
    for i in range(4):
        lw(u0, keys[16 + 4 * i])
        aes32esi(u0, u0, w0, 0)
        aes32esi(u0, u0, w1, 1)
        aes32esi(u0, u0, w2, 2)
        aes32esi(u0, u0, w3, 3)
        sw(u0, block[4 * i])
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved


@asm_rv32(isa="rv32imc_zkne")
def aes128_keys_zkne(key: "bytes | bytearray", keys: "array[int]") -> None:
    """Expand a key of 16 bytes at a multiple of 4 into the 44 words of the round keys."""
    w0 = a2; w1 = a3; w2 = a4; w3 = a5
    turned = t0
    part = t1
    constant = t2
    end = t3
    for i in range(4):
        lw(w0, key[4 * i])
        sw(w0, keys[4 * i])
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
    li(constant, 1)
    addi(end, keys, 160)
    label("again")
    addi(keys, keys, 16)
    srli(turned, w3, 8)
    slli(part, w3, 24)
    or_(turned, turned, part)
    xor(w0, w0, constant)
    for i in range(4):
        aes32esi(w0, w0, turned, i)
    xor(w1, w1, w0)
    xor(w2, w2, w1)
    xor(w3, w3, w2)
    for i in range(4):
        sw(w0, keys[4 * i])
        moved = w0; w0 = w1; w1 = w2; w2 = w3; w3 = moved
    # The next constant: twice this one, in the field of 256 elements.
    slli(constant, constant, 1)
    srli(part, constant, 8)
    neg(part, part)
    andi(part, part, 0x11B)
    xor(constant, constant, part)
    bne(keys, end, "again")


def twice(byte: int) -> int:
    return byte << 1 ^ 0x11B * (byte >> 7)


def mixed(column: list[int]) -> list[int]:
    """MixColumns: each byte is twice itself, and three times the next, and the other two."""
    turned = [column[at:] + column[:at] for at in range(4)]
    return [twice(a ^ b) ^ b ^ c ^ d for a, b, c, d in turned]


# prove: aes128_encrypt(any("B", 16), any("I", 44))
def aes128_encrypt_python(block: bytearray, keys: "array[int]") -> None:
    raw = b"".join((key & 0xFFFFFFFF).to_bytes(4, "little") for key in keys)
    state = [a ^ b for a, b in zip(block, raw)]
    for number in range(1, 11):
        shifted = [SBOX[state[(at + 4 * (at % 4)) % 16]] for at in range(16)]
        if number < 10:
            columns = [mixed(shifted[at : at + 4]) for at in range(0, 16, 4)]
            shifted = [byte for column in columns for byte in column]
        state = [a ^ b for a, b in zip(shifted, raw[16 * number :])]
    block[:16] = bytes(state)


# prove: aes128_encrypt_zkne(any("B", 16), any("I", 44))
aes128_encrypt_zkne_python = aes128_encrypt_python


# prove: aes128_keys_zkne(any("B", 16), any("I", 44))
def aes128_keys_zkne_python(key: "bytes | bytearray", keys: "array[int]") -> None:
    constant = 1
    for at in range(4):
        keys[at] = int.from_bytes(key[4 * at : 4 * at + 4], "little")
    for at in range(4, 44):
        word = keys[at - 1]
        if at % 4 == 0:
            turned = word.to_bytes(4, "little")
            turned = turned[1:] + turned[:1]
            word = int.from_bytes(bytes(SBOX[byte] for byte in turned), "little") ^ constant
            constant = twice(constant)
        keys[at] = keys[at - 4] ^ word
