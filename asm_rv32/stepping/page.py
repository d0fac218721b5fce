"""A trace as one HTML page that needs nothing else: no network, no further file.

Input: a `Trace` and the call's text. Output: HTML.
Invariant: nothing of a source or of a call is markup there: it stands in JSON without `<`, and is
shown as text.
"""

from __future__ import annotations

import html
import json
from importlib import resources

from asm_rv32.stepping.document import document
from asm_rv32.stepping.trace import Trace

SCRIPTS = ("walk.js", "cycles.js", "page.js")


def page(trace: Trace, call: str) -> str:
    """The page, in the report's colours."""
    report, own = resources.files("asm_rv32.report"), resources.files("asm_rv32.stepping")
    data = json.dumps(document(trace, call), separators=(",", ":"))
    for character in "<>&\u2028\u2029":
        data = data.replace(character, f"\\u{ord(character):04x}")
    filled = {
        "@title@": html.escape(f"Step: {call[:80]}"),
        "@style@": (report / "page.css").read_text("utf-8") + (own / "page.css").read_text("utf-8"),
        "@data@": data,
        "@script@": "".join(
            [
                (report / "page.js").read_text("utf-8"),
                *((own / name).read_text("utf-8") for name in SCRIPTS),
            ]
        ),
    }
    text = (own / "page.html").read_text("utf-8")
    for mark, content in filled.items():
        before, _, behind = text.partition(mark)
        text = before + content + behind
    return text
