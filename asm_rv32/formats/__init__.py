"""Files that machine code is kept in: one module a format.

Importing this package loads none of them.
"""
