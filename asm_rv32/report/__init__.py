"""What a call costs, beside what its alternatives cost: measure, compare, show.

Importing this package loads nothing; its modules are loaded by what needs them.
"""
