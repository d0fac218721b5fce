"""Jupyter: `%load_ext asm_rv32` makes the cell `%%asm_rv32`. Importing this loads nothing."""
