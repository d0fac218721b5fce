"""The processors' own RTL as programs: build a simulator with verilator, run an image on it."""

from __future__ import annotations

import fcntl
import hashlib
import importlib.util
import shutil
import subprocess
from pathlib import Path
from typing import NamedTuple

HERE = Path(__file__).parent
BUILD = HERE.parent.parent / "build" / "rtl"
INSTALL = {
    "verilator": "apt-get install verilator",
    "riscv64-unknown-elf-gcc": "apt-get install gcc-riscv64-unknown-elf",
    "pythondata_cpu_picorv32": "pip install pythondata-cpu-picorv32",
    "pythondata_cpu_ibex": "pip install pythondata-cpu-ibex",
    "pythondata_cpu_cv32e40p": "pip install pythondata-cpu-cv32e40p",
}


class Simulated(NamedTuple):
    """How the RTL of a core is built: its package, our testbench, its configuration."""

    package: str
    testbench: str
    defines: tuple[str, ...]
    every_instruction: bool  # the trace charges each instruction as the model does
    multiply: bool = True
    more: tuple[Path, ...] = ()  # Verilog of our own beside the package's


SIMULATED = {
    "picorv32": Simulated("picorv32", "picorv32_tb.v", (), True),
    "picorv32-fast-mul": Simulated("picorv32", "picorv32_tb.v", ("FAST_MUL",), True),
    "picorv32-barrel": Simulated("picorv32", "picorv32_tb.v", ("BARREL",), True),
    "picorv32-single-port": Simulated("picorv32", "picorv32_tb.v", ("SINGLE_PORT",), True),
    "picorv32-no-mul": Simulated("picorv32", "picorv32_tb.v", ("NO_MUL",), True, multiply=False),
    "ibex-small": Simulated("ibex", "ibex_tb.sv", (), False),
    "ibex-maxperf": Simulated("ibex", "ibex_tb.sv", ("MAXPERF",), False),
    "cv32e40p": Simulated("cv32e40p", "cv32e40p_tb.sv", (), False),
}


def missing() -> list[str]:
    """The install line of each tool and package that is not here."""
    lines = []
    for name, line in INSTALL.items():
        if name.startswith("pythondata"):
            present = importlib.util.find_spec(name) is not None
        else:
            present = shutil.which(name) is not None
        if not present:
            lines.append(line)
    return lines


def package(name: str) -> Path:
    """The folder of a package with a core's RTL."""
    spec = importlib.util.find_spec(f"pythondata_cpu_{name}")
    assert spec is not None and spec.origin is not None, INSTALL[f"pythondata_cpu_{name}"]
    return Path(spec.origin).parent


def _sources(name: str) -> list[str]:
    root = package(name)
    if name == "picorv32":
        return ["-DRISCV_FORMAL", str(root / "verilog" / "picorv32.v")]
    root /= "system_verilog"
    if name == "ibex":
        prim = root / "vendor" / "lowrisc_ip" / "ip" / "prim" / "rtl"
        generic = root / "vendor" / "lowrisc_ip" / "ip" / "prim_generic" / "rtl"
        chosen = root / "dv" / "uvm" / "core_ibex" / "common" / "prim"
        includes = [prim, root / "vendor" / "lowrisc_ip" / "dv" / "sv" / "dv_utils"]
        packages = [chosen / "prim_pkg.sv", prim / "prim_util_pkg.sv", prim / "prim_secded_pkg.sv"]
        packages += [prim / "prim_ram_1p_pkg.sv", prim / "prim_mubi_pkg.sv"]
        packages += [prim / "prim_cipher_pkg.sv", root / "rtl" / "ibex_pkg.sv"]
        searched = [root / "rtl", chosen, prim, generic]
        defines = ["-DRVFI", "-DSYNTHESIS"]
    else:
        rtl = root / "rtl"
        includes = [rtl / "include", root / "bhv" / "include"]
        packages = [
            rtl / "include" / f"cv32e40p_{part}pkg.sv" for part in ("apu_core_", "fpu_", "")
        ]
        packages += [
            rtl / "cv32e40p_register_file_ff.sv",
            root / "bhv" / "cv32e40p_sim_clock_gate.sv",
        ]
        searched = [rtl]
        defines = []
    flags = [*defines, *(f"-I{path}" for path in includes), *map(str, packages)]
    for path in searched:
        flags += ["-y", str(path)]
    return flags


def build(core: str, how: Simulated | None = None) -> Path:
    """The simulator of `core`; kept under build/ until its sources or flags change."""
    how = how or SIMULATED[core]
    flags = ["--binary", "-O3", "-Wno-fatal", "-Wno-lint", "-Wno-style", "-Wno-BLKANDNBLK"]
    flags += ["--top-module", "tb", f"-I{HERE}", *(f"-D{name}" for name in how.defines)]
    testbench = HERE / how.testbench
    sources = [*_sources(how.package), *map(str, how.more)]
    texts = b"".join(path.read_bytes() for path in (testbench, *HERE.glob("*.svh"), *how.more))
    digest = hashlib.sha256(repr([flags, sources]).encode() + texts).hexdigest()
    folder = BUILD / f"{core}-{digest[:16]}"
    binary = folder / "simulator"
    BUILD.mkdir(parents=True, exist_ok=True)
    with open(BUILD / f"{core}.lock", "w") as lock:  # test workers build each simulator once
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not binary.exists():
            command = ["verilator", *flags, "-Mdir", str(folder), *sources, str(testbench)]
            done = subprocess.run(
                [*command, "-o", "building"], capture_output=True, text=True, check=False
            )
            assert done.returncode == 0, done.stderr[-4000:]
            (folder / "building").rename(binary)
    return binary


class Request(NamedTuple):
    """An access to the device as it leaves the core; its word reads as the cycle."""

    cycle: int
    address: int  # of the word
    strobes: int  # the bytes that are stored, a bit each; 0: a load
    word: int  # where those bytes stand


def requests(folder: Path) -> list[Request]:
    """The accesses to the device in the last simulation of a folder."""
    lines = (folder / "accesses.txt").read_text().splitlines()
    return [
        Request(int(cycle), int(address, 16) & -4, int(strobes, 16), int(word, 16))
        for cycle, address, strobes, word in map(str.split, lines)
    ]


def simulate(binary: Path, image: bytes, folder: Path, *words: str) -> list[tuple[int, int]]:
    """Run an image from address 0; returns (cycle, pc) of each instruction, in order.

    `words` are for the testbench: `traps` lets a trap come to the program's handler.
    """
    memory, trace = folder / "image.hex", folder / "trace.txt"
    digits = image.ljust(128 << 10, b"\0")[::-1].hex()  # the last word first
    words_of = [digits[at : at + 8] for at in range(len(digits) - 8, -1, -8)]
    memory.write_text("\n".join(words_of) + "\n")
    files = [f"+image={memory}", f"+trace={trace}", f"+accesses={folder / 'accesses.txt'}"]
    subprocess.run(
        [str(binary), *files, *(f"+{word}" for word in words)], check=True, capture_output=True
    )
    lines = trace.read_text().split("\n")[:-1]
    assert lines[-2:][-1] != "trap", f"{binary.parent.name}: trapped after {lines[-2:-1]}"
    return [(int(cycle), int(pc, 16)) for cycle, pc in map(str.split, lines)]
