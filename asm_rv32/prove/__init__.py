"""Equality of machine code, proved for every input: terms in normal form, sweeping, z3."""
