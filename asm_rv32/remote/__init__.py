"""A real board at a serial port: calls made there, beside the same calls on the PC."""
