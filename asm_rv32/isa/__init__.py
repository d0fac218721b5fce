"""The instruction set as data: operands, rows, what each instruction does, and how it is read."""
