"""What code costs in cycles: cores as data, and the pricing of runs."""

from __future__ import annotations

from asm_rv32.cores import core_names
from asm_rv32.timing.cost import CATEGORIES, Cost, Split
from asm_rv32.timing.model import Core, TimingError, exact_cores, load_core
from asm_rv32.timing.price import CallPrice, PcCost, Priced, price_call, price_program

__all__ = [
    "CATEGORIES",
    "CallPrice",
    "Core",
    "Cost",
    "PcCost",
    "Priced",
    "Split",
    "TimingError",
    "core_names",
    "exact_cores",
    "load_core",
    "price_call",
    "price_program",
]
