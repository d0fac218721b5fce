"""What everything stands on: places in sources, diagnostics, kept data."""
