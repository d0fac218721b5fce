"""What an editor shows of assembler functions while they are written.

Pure functions over a text: diagnostics with their mends, hovers, completion, places of names,
hints. `server.py` alone knows the language server protocol.
"""
