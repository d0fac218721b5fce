"""What everything stands on: places in sources, diagnostics, kept data."""

VERSION = "0.1.0"
