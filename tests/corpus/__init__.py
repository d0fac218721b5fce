"""Generators of test input, and the tools that the tests compare with."""
