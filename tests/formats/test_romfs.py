"""ROMFS images against mpremote's builder, and the reader against hostile images."""

from __future__ import annotations

import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from asm_rv32.basis.diagnostics import ToolMissing
from asm_rv32.basis.external import external
from asm_rv32.formats.board import romfs
from asm_rv32.formats.board.merge import cross_compile
from asm_rv32.formats.board.mpy import encode_uint
from asm_rv32.formats.board.romfs import (
    MAGIC,
    Directory,
    File,
    RomfsError,
    build,
    deploy,
    listing,
    read,
)


@pytest.fixture(autouse=True, scope="module")
def _needs_mpremote() -> None:
    try:
        external("mpremote.romfs", "mpremote")
    except ToolMissing as missing:
        pytest.fail(str(missing))


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    root = tmp_path / "tree"
    (root / "lib" / "inner").mkdir(parents=True)
    (root / "void").mkdir()
    (root / "main.py").write_text("import lib.p\nX = 1\n")
    (root / "lib" / "p.py").write_text("def f():\n    return 5\n")
    (root / "lib" / "inner" / "data.txt").write_text("hello")
    (root / "lib" / "empty.bin").write_bytes(b"")
    (root / "lib" / "large.bin").write_bytes(random.Random(1).randbytes(40_000))
    (root / "ready.mpy").write_bytes(b"M\x06\x00\x1f")
    return root


def refuse(path: Path, name: str) -> bytes:
    raise AssertionError(f"{name} is no Python")


def test_the_image_is_mpremote_s(
    tree: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tree.parent)
    image = build(tree, lambda path, name: cross_compile(path.read_text(), f"tree/{name}"))
    theirs = external("mpremote.romfs", "mpremote")
    assert image == theirs.make_romfs("tree", mpy_cross=True)
    assert sorted(os.listdir(tree)) == ["lib", "main.py", "ready.mpy", "void"]


def test_the_tree_of_an_image(tree: Path) -> None:
    names: list[tuple[str, str]] = []

    def compile_file(path: Path, name: str) -> bytes:
        names.append((str(path.relative_to(tree)), name))
        return b"compiled " + path.stem.encode()

    image = build(tree, compile_file)
    assert names == [("lib/p.py", "lib/p.py"), ("main.py", "main.py")]
    root = read(image + b"\xff" * 100)
    library = root.entries[0]
    assert isinstance(library, Directory)
    assert [entry.name for entry in root.entries] == ["lib", "main.mpy", "ready.mpy", "void"]
    assert [entry.name for entry in library.entries] == [
        "empty.bin", "inner", "large.bin", "p.mpy",
    ]  # fmt: skip
    main = root.entries[1]
    assert isinstance(main, File)
    assert image[main.offset : main.offset + main.size] == b"compiled main"
    assert library.size == 40_000 + len("hello") + len("compiled p")
    assert listing(root, len(image)).split("\n") == [
        f"{len(image):9}  /",
        "    40015    lib/",
        "        0      empty.bin",
        "        5      inner/",
        "        5        data.txt",
        "    40000      large.bin",
        "       10      p.mpy",
        "       13    main.mpy",
        "        4    ready.mpy",
        "        0    void/",
    ]


def test_what_the_host_leaves_behind_stays_out(tree: Path) -> None:
    (tree / "main.mpy").write_bytes(b"stale")
    (tree / "__pycache__").mkdir()
    (tree / "__pycache__" / "main.cpython-311.pyc").write_bytes(b"host")
    root = read(build(tree, lambda path, name: b"fresh"))
    sizes = {entry.name: entry.size for entry in root.entries}
    assert sizes["main.mpy"] == len(b"fresh")
    assert "__pycache__" not in sizes and len(sizes) == 4


def test_an_empty_directory(tmp_path: Path) -> None:
    image = build(tmp_path, refuse)
    assert image == MAGIC + b"\x00"
    assert read(image) == Directory("", ())


def test_trees_that_cannot_become_an_image(tmp_path: Path) -> None:
    with pytest.raises(RomfsError, match="is not a directory"):
        build(tmp_path / "missing", refuse)
    (tmp_path / "loop").symlink_to(tmp_path)
    with pytest.raises((RomfsError, OSError), match=r"nested|loop|symbolic"):
        build(tmp_path, refuse)
    (tmp_path / "loop").unlink()
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(RomfsError, match="neither a file nor a directory"):
        build(tmp_path, refuse)
    (tmp_path / "pipe").unlink()
    (tmp_path / "naïve.txt").write_text("")
    with pytest.raises(RomfsError, match="ASCII"):
        build(tmp_path, refuse)


def test_links_that_leave_the_folder(tmp_path: Path) -> None:
    """An image is given away, and would hold what a link in a folder of others' leads to."""
    (tmp_path / "secret").mkdir()
    (tmp_path / "secret" / "key.txt").write_text("secret")
    (tmp_path / "secret" / "key.py").write_text("KEY = 1\n")
    root = tmp_path / "root"
    (root / "inner").mkdir(parents=True)
    (root / "data.txt").write_text("data")
    (root / "inner" / "same.txt").symlink_to("../data.txt")
    (root / "last").symlink_to("inner")
    names = [path for path, _ in files_of(read(build(root, refuse)))]
    assert names == ["data.txt", "inner/same.txt", "last/same.txt"]
    for link, target in (
        ("key.txt", "../secret/key.txt"), ("key.py", "../secret/key.py"), ("inner/up", "../.."),
        ("dir", tmp_path / "secret"), ("inner/key", "../../root-of-none"),
        ("sly", "inner/../../secret"),
    ):  # fmt: skip
        (root / link).symlink_to(target)
        with pytest.raises(RomfsError, match=f"{link} leads out of {root}, to {tmp_path}.*copy"):
            build(root, refuse)
        (root / link).unlink()
    (tmp_path / "link").symlink_to(root)
    assert build(tmp_path / "link", refuse) == build(root, refuse)


def files_of(directory: Directory, prefix: str = "") -> Iterator[tuple[str, File]]:
    """The files below a directory, each with its path."""
    for entry in directory.entries:
        if isinstance(entry, File):
            yield prefix + entry.name, entry
        else:
            yield from files_of(entry, f"{prefix}{entry.name}/")


def test_what_is_too_large(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(romfs, "IMAGE_LIMIT", 1000)
    (tmp_path / "a.bin").write_bytes(bytes(600))
    (tmp_path / "b.py").write_text("")
    left = 1000 - len(build(tmp_path, lambda path, name: bytes(300)))
    assert len(build(tmp_path, lambda path, name: bytes(300 + left))) == 1000
    with pytest.raises(RomfsError, match="larger than 256 MiB; leave something out"):
        build(tmp_path, lambda path, name: bytes(300 + left + 2))  # it is of even length
    with pytest.raises(RomfsError, match=r"b.py: with it, .* 256 MiB; leave it out"):
        build(tmp_path, lambda path, name: bytes(401))
    (tmp_path / "a.bin").write_bytes(bytes(1001))
    with pytest.raises(RomfsError, match=r"a.bin: with it"):
        build(tmp_path, refuse)
    monkeypatch.setattr(romfs, "ENTRY_LIMIT", 1)
    (tmp_path / "a.bin").write_bytes(b"")
    with pytest.raises(RomfsError, match="more than 1 files and directories"):
        build(tmp_path, lambda path, name: b"")


def test_mpremote_is_not_looked_for_in_the_current_directory(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "mpremote").mkdir()
    for name in ("__init__", "__main__"):
        (tmp_path / "mpremote" / f"{name}.py").write_text("open('executed', 'w')\n")
    image = tmp_path / "image.romfs"
    image.write_bytes(MAGIC + b"\x00")
    monkeypatch.chdir(tmp_path)
    assert deploy(image, str(tmp_path / "no-such-port")) != 0
    assert not (tmp_path / "executed").exists()


def test_deploy_wants_the_name_of_an_image(tmp_path: Path) -> None:
    with pytest.raises(RomfsError, match=r"\*\.romfs"):
        deploy(tmp_path / "image.bin")


def test_deploy_hands_the_image_and_the_port_to_mpremote(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    image = tmp_path / "image.romfs"
    image.write_bytes(MAGIC + b"\x00")
    assert deploy(image, str(tmp_path / "no-such-port")) != 0
    assert "no-such-port" in "".join(capfd.readouterr())


# ---------------------------------------------------------------- hostile images


def record(kind: int, payload: bytes) -> bytes:
    return encode_uint(kind) + encode_uint(len(payload)) + payload


def named(kind: int, name: bytes, payload: bytes) -> bytes:
    return record(kind, encode_uint(len(name)) + name + payload)


def image_of(payload: bytes) -> bytes:
    return record(0x14A6B1, payload)


def test_records_that_mpremote_does_not_write() -> None:
    payload = record(1, b"padding") + record(99, b"future") + record(2, b"shared")
    file = named(5, b"f", record(7, b"time") + record(3, encode_uint(4) + encode_uint(21)))
    image = image_of(payload + file)
    (entry,) = read(image).entries
    assert isinstance(entry, File) and entry.name == "f"
    assert image[entry.offset : entry.offset + entry.size] == payload[21:25]
    padded = MAGIC + b"\x80\x80\x00"
    assert read(padded) == Directory("", ())


@pytest.mark.parametrize(
    ("image", "message"),
    [
        (b"", "not a ROMFS image"),
        (b"M\x06\x2f\x1f", "not a ROMFS image"),
        (MAGIC, "truncated"),
        (MAGIC + b"\x80" * 100_000, "truncated"),
        (MAGIC + b"\xff" * 10, "exceeds 32 bits"),
        (MAGIC + b"\x05abc", "announces 5 bytes, 3 are there"),
        (image_of(b"\x00\x00"), "kind 0"),
        (image_of(b"\x05"), "truncated"),
        (image_of(b"\x05\x7f"), "a record of 127 bytes where 0 are left"),
        (image_of(record(5, b"\x09f")), "a name of 9 bytes"),
        (image_of(record(5, b"")), "truncated"),
        (image_of(named(5, b"\xff", b"")), "not UTF-8"),
        (image_of(named(5, b"f", b"")), "without data"),
        (image_of(named(5, b"f", record(3, b"\x7f\x00"))), "outside the image"),
        (image_of(named(5, b"f", record(3, b"\x01\x8f\xff\xff\xff\x7f"))), "outside the image"),
    ],
)
def test_wrong_images_say_what_is_wrong(image: bytes, message: str) -> None:
    with pytest.raises(RomfsError, match=message):
        read(image)


def test_deep_directories_end() -> None:
    payload = b""
    for _ in range(60):
        payload = named(4, b"d", payload)
    with pytest.raises(RomfsError, match="nested more than 50 deep"):
        read(image_of(payload))


def test_hostile_names_reach_no_terminal() -> None:
    image = image_of(named(4, b"\x1b[2J", b"") + named(5, b"a\nb", record(2, b"x")))
    assert all(line.isprintable() for line in listing(read(image), len(image)).split("\n"))


@pytest.mark.parametrize("seed", range(4))
def test_corrupt_images_end_in_a_listing_or_an_error(seed: int, tree: Path) -> None:
    rng = random.Random(seed)
    (tree / "lib" / "large.bin").unlink()
    image = build(tree, lambda path, name: b"compiled")
    for length in range(len(image)):
        with pytest.raises(RomfsError):
            read(image[:length])
    for _ in range(500):
        mutant = bytearray(image)
        for _ in range(rng.choice((1, 1, 3))):
            mutant[rng.randrange(3, len(mutant))] = rng.randrange(256)
        try:
            assert listing(read(bytes(mutant)), len(mutant))
        except RomfsError as error:
            assert str(error)
