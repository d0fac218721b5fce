"""From the text of a Python file to the assembler functions that stand in it."""
