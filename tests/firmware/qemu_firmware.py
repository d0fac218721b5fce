"""Build MicroPython's firmware for QEMU's RV32 `virt` board from Debian's source package.

Input: the machine's apt configuration (the mirror), its RISC-V compiler and picolibc.
Output: the path of an .elf of VARIANTS, kept in the user's cache directory under the source's
version.
Invariant: nothing outside the cache directory is written, and apt's own state is not touched.
Run as a program it prints the paths: `python tests/firmware/qemu_firmware.py`.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

SUITE = "trixie"
SOURCE = "micropython"
KEYRING = "/usr/share/keyrings/debian-archive-keyring.gpg"
PACKAGES = (
    "gcc",
    "make",
    "gcc-riscv64-unknown-elf",
    "picolibc-riscv64-unknown-elf",
    "qemu-system-misc",
    "debian-archive-keyring",
)
INSTALL = f"apt-get install -y --no-install-recommends {' '.join(PACKAGES)}"
WITH_ASSEMBLER, WITHOUT_ASSEMBLER = "firmware", "with-time-without-inline-assembler"
VARIANTS = {
    WITH_ASSEMBLER: "",
    WITHOUT_ASSEMBLER: """\
#undef MICROPY_EMIT_INLINE_RV32
#define MICROPY_EMIT_INLINE_RV32 (0)
#undef MICROPY_PY_TIME
#define MICROPY_PY_TIME (1)
#define MTIME (*(volatile unsigned int *)0x0200bff8)
#define mp_hal_ticks_us() ((mp_uint_t)(MTIME / 10))
#define mp_hal_ticks_ms() ((mp_uint_t)(MTIME / 10000))
#define mp_hal_ticks_cpu() ((mp_uint_t)MTIME)
#define mp_hal_delay_ms(x) ((void)(x))
#define mp_hal_delay_us(x) ((void)(x))
""",
}
"""Name → what follows the port's configuration. The second is configured as every RISC-V ESP32 is:
MICROPY_EMIT_RV32 and no inline assembler (ports/esp32/mpconfigport.h), and a module time, which
the port lacks; its clock is the machine's mtime, of 10 MHz (hw/riscv/virt.c)."""
_MARCH = "rv32imac"
_PICOLIBC = "/usr/lib/picolibc/riscv64-unknown-elf"
_DOWNLOAD_SECONDS = 300
_BUILD_SECONDS = 600


class FirmwareError(RuntimeError):
    """The firmware cannot be built or run here; the text says what to install or what failed."""


def cache_directory() -> Path:
    """The directory the built firmware is kept in ($XDG_CACHE_HOME or ~/.cache)."""
    root = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    return Path(root) / "asm_rv32" / "firmware"


def firmware(variant: str = WITH_ASSEMBLER) -> Path:
    """The path of a variant's .elf; the first call on a machine downloads and builds them all.

    Errors: FirmwareError with the install line, or the end of the failing step's output.
    """
    cache = cache_directory()
    cache.mkdir(parents=True, exist_ok=True)
    # One builder at a time: test processes run side by side and would build it twice.
    with (cache / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        for _ in range(2):
            built = sorted(cache.glob(f"{SOURCE}-*/{variant}.elf"))
            if built:
                break
            _download_and_build(cache)
        return built[-1]


def _download_and_build(cache: Path) -> None:
    tools = ("apt-get", "make", "gcc", "riscv64-unknown-elf-gcc")
    missing = [tool for tool in tools if shutil.which(tool) is None]
    if not Path(_PICOLIBC).is_dir():
        missing.append(_PICOLIBC)
    if missing:
        raise FirmwareError(f"needs {', '.join(missing)}; install with: {INSTALL}")
    with tempfile.TemporaryDirectory(dir=cache, prefix="build-") as scratch:
        work = Path(scratch)
        version = _download(work)
        source = work / "source"
        source.mkdir()
        archive = next(work.glob("*.orig.tar.*"))
        _run(
            ["tar", "-xf", str(archive), "-C", str(source), "--strip-components=1"], work, "unpack"
        )
        target = cache / f"{SOURCE}-{version}"
        target.mkdir(exist_ok=True)
        for variant in VARIANTS:
            copy = target / f"{variant}.tmp"
            shutil.copy(_compile(source, variant), copy)
            copy.replace(target / f"{variant}.elf")


def _debian_mirrors(work: Path) -> list[str]:
    """The repository addresses of the machine's own apt configuration, in its order."""
    listing = _run(
        ["apt-get", "indextargets", "--format", "$(CREATED_BY) $(REPO_URI) $(RELEASE)"],
        work,
        "apt-get indextargets",
    )
    addresses: list[str] = []
    for line in listing.splitlines():
        kind, _, rest = line.partition(" ")
        address, _, release = rest.partition(" ")
        if kind == "Packages" and not release.endswith("-security") and address not in addresses:
            addresses.append(address)
    # A mirror of Debian itself first: other vendors' repositories do not carry its suites.
    return sorted(addresses, key=lambda address: "debian" not in address.rstrip("/")[-8:])


def _download(work: Path) -> str:
    """Fetch the source package into `work` with a private apt state; return its version."""
    state = work / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (state / part).mkdir(parents=True)
    sources = state / "sources.list"
    options = [
        f"Dir::Etc::SourceList={sources}",
        "Dir::Etc::SourceParts=/dev/null",
        f"Dir::State={state}",
        f"Dir::State::Lists={state / 'lists'}",
        f"Dir::Cache={state / 'cache'}",
        f"Dir::Etc::TrustedParts={state / 'none'}",
        "APT::Sandbox::User=" + ("root" if os.geteuid() == 0 else ""),
        "Acquire::Languages=none",
        "Acquire::Retries=3",
    ]
    apt = ["apt-get", "-q", *(word for option in options for word in ("-o", option))]
    failures = []
    for address in _debian_mirrors(work):
        sources.write_text(f"deb-src [signed-by={KEYRING}] {address} {SUITE} main\n")
        try:
            _run([*apt, "--error-on=any", "update"], work, "apt-get update")
            _run([*apt, "source", "--download-only", SOURCE], work, "apt-get source")
        except FirmwareError as error:
            failures.append(str(error))
            continue
        description = next(work.glob(f"{SOURCE}_*.dsc")).name
        return description.removeprefix(f"{SOURCE}_").removesuffix(".dsc")
    raise FirmwareError(
        f"no configured apt mirror gave the source package {SOURCE} of {SUITE}:\n"
        + "\n".join(failures)
    )


def _compile(source: Path, variant: str) -> Path:
    """Build ports/qemu for the board VIRT_RV32 with an empty manifest; return the .elf."""
    port = source / "ports" / "qemu"
    # MicroPython's own way to configure a build beyond what its port says (py/mpconfig.h).
    configuration = f"mpconfig_{variant.replace('-', '_')}.h"
    (port / configuration).write_text(f"#include <mpconfigport.h>\n{VARIANTS[variant]}")
    # gcc 12's own choice is the rv64 libgcc, which does not link here.
    libgcc = _run(
        [
            "riscv64-unknown-elf-gcc",
            f"-march={_MARCH}",
            "-mabi=ilp32",
            "-print-libgcc-file-name",
        ],
        source,
        "riscv64-unknown-elf-gcc",
    ).strip()
    _run(
        [
            "make",
            f"-j{os.cpu_count() or 1}",
            "BOARD=VIRT_RV32",
            f"BUILD=build-{variant}",
            f"CFLAGS_EXTRA=-DMP_CONFIGFILE='<{configuration}>'",
            "FROZEN_MANIFEST=",
            f"LIBS={libgcc}",
            f"RV32_ARCH={_MARCH}",
            f"AFLAGS=-mabi=ilp32 -march={_MARCH} -misa-spec=2.2",
        ],
        port,
        "make",
    )
    return port / f"build-{variant}" / "firmware.elf"


def _run(command: list[str], directory: Path, what: str) -> str:
    seconds = _BUILD_SECONDS if what == "make" else _DOWNLOAD_SECONDS
    try:
        done = subprocess.run(
            command,
            cwd=directory,
            capture_output=True,
            text=True,
            errors="replace",
            stdin=subprocess.DEVNULL,
            timeout=seconds,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise FirmwareError(f"{what} did not end within {seconds} s") from error
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).splitlines()[-15:])
        raise FirmwareError(f"{what} failed ({done.returncode}):\n{tail}")
    return done.stdout


if __name__ == "__main__":
    try:
        for name in VARIANTS:
            print(firmware(name))
    except FirmwareError as failure:
        sys.exit(f"firmware: {failure}")
