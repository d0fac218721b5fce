"""A recorded call, walked forward and back: from Python, in a terminal, on a page."""
