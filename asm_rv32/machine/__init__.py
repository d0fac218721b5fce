"""Run an Image: the emulator, the calling convention, the memory around a call.

Importing this package loads nothing heavy; `machine.emulator` is what brings in unicorn.
"""
