"""Mutants: small changes to the code and its tables, each of which a test has to notice."""
