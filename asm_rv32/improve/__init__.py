"""Faster code that does the same: rewrites, each proved and each priced."""
