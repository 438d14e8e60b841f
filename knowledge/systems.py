"""The operating systems that articles tell apart, and how people name them (pure)."""

import re

WINDOWS, MACOS, IOS = "windows", "macos", "ios"
ANDROID, LINUX, CHROMEOS = "android", "linux", "chromeos"

_NAMES = {
    WINDOWS: r"windows|win ?1[01]|thinkpad|surface (?:pro|laptop|go)",
    MACOS: r"mac ?os|os x|macbook|imac|mac(?![ -]?(?:address|randomi|adr|id\b))",
    IOS: r"iphones?|ipads?|ipad ?os|ios",
    ANDROID: r"android|samsung|galaxy|pixel|xiaomi|oneplus",
    LINUX: r"linux|ubuntu|fedora|debian|networkmanager",
    CHROMEOS: r"chromebooks?|chrome ?os",
}
_PATTERNS = {
    system: re.compile(rf"\b(?:{names})\b", re.IGNORECASE) for system, names in _NAMES.items()
}
_PHONE = re.compile(r"\b(?:my|the|your|new|old|a) (?:smart)?phone\b", re.IGNORECASE)


def named_in(text: str) -> frozenset[str]:
    """The systems a text names; a phone of no make means either kind."""
    named = {system for system, pattern in _PATTERNS.items() if pattern.search(text)}
    if not named and _PHONE.search(text):
        named = {IOS, ANDROID}
    return frozenset(named)


def of_heading(heading: str) -> str:
    """The one system a heading is about; "" when it names none or several."""
    named = {system for system, pattern in _PATTERNS.items() if pattern.search(heading)}
    return named.pop() if len(named) == 1 else ""
