"""How the property tests here run: the same examples each time, and under no clock."""

from __future__ import annotations

from hypothesis import settings

# The first example of a test waits for GNU as, which is no fault of what is tested.
settings.register_profile("machine", deadline=None, derandomize=True)
settings.load_profile("machine")
