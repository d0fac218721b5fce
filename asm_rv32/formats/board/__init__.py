"""What boards load: .mpy files, ROMFS, and source for their own assembler."""
