"""What no database stores and no page shows, taken out of a text."""

import re

_CONTROLS = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f]")
_SURROGATES = re.compile("[\ud800-\udfff]")


def clean(text: str) -> str:
    """What may be stored: the text as typed, without control characters and broken halves.

    Line ends become "\\n"; marks of direction (Arabic, Hebrew) and joiners (emoji) stay.
    """
    lined = text.replace("\r\n", "\n").replace("\r", "\n")
    return _SURROGATES.sub("\ufffd", _CONTROLS.sub("", lined))
