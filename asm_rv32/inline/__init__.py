"""Functions under the decorator, and scripts that hold them."""
