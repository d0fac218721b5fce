"""The process that fuzzes one target: `python -m fuzz.worker TARGET [libFuzzer's arguments]`.

The package is instrumented before anything of it is loaded, so targets are imported in here.
"""

from __future__ import annotations

import pkgutil
import sys
from importlib import import_module

import atheris

INSTRUMENTED = ["asm_rv32", "elftools"]


def main() -> None:
    """Fuzz until libFuzzer's arguments say that it is enough; this does not return."""
    with atheris.instrument_imports(include=INSTRUMENTED):
        import asm_rv32

        # Modules that load late would escape.
        for module in pkgutil.walk_packages(asm_rv32.__path__, "asm_rv32."):
            if not module.name.endswith("__main__"):
                import_module(module.name)
        from fuzz.targets import TARGETS, lower_limits

    target = sys.argv[1]
    lower_limits()
    options = {"custom_mutator": _mutate} if target in ("source", "lint-fix") else {}
    atheris.Setup([sys.argv[0], *sys.argv[2:]], TARGETS[target], **options)
    atheris.Fuzz()


def _mutate(data: bytes, most: int, seed: int) -> bytes:
    """Libfuzzer's change of bytes, or one that knows the language."""
    if seed % 2 or len(data) < 2:
        return bytes(atheris.Mutate(data, most))
    from fuzz.mutation import changed

    text = changed(data[1:].decode("utf-8", "surrogateescape"), seed)
    return (data[:1] + text.encode("utf-8", "surrogatepass"))[:most]


if __name__ == "__main__":
    main()
