"""From what other tools read and write to source of this assembler.

Input: GNU assembly. Output: the text of a Python file that assembles to the same code.
Invariants: nothing of the input is executed; whatever has no form here is an error with its place,
and all of them are reported at once.
"""
