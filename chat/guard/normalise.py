"""Two copies of a text: one fit to be stored, one that shows the rules what is really said.

The judged copy is never stored or shown. Character properties come from the Unicode database of
the running Python; look-alikes from `confusables`; words from `words`.
"""

import base64
import binascii
import codecs
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from urllib.parse import unquote

from accounts.redaction import clean
from accounts.redaction.patterns import exact_scanner
from chat.guard.confusables import fold_confusables
from chat.guard.words import VOCABULARY

_MOST_DECODED = 8  # texts
_LONGEST_DECODED = 4_000  # characters each
_LONGEST_OPENED = 4  # characters one compatibility character may become


class Change(StrEnum):
    """What was done to a text to see through it."""

    HIDDEN_TEXT = "hidden_text"
    INVISIBLE = "invisible"
    COMPATIBILITY = "compatibility"
    CONFUSABLES = "confusables"
    DIACRITICS = "diacritics"
    SPACING = "spacing"
    LEETSPEAK = "leetspeak"
    BASE64 = "base64"
    HEX = "hex"
    URL = "url"
    ROT13 = "rot13"


@dataclass(frozen=True, slots=True)
class Normalised:
    """`judged` is the folded text, `decoded` what was packed inside it, once unpacked."""

    judged: str
    decoded: tuple[str, ...] = ()
    changes: tuple[Change, ...] = ()


def normalise(text: str) -> Normalised:
    """Fold what only looks different, and unpack what was packed. Takes time linear in the text."""
    judged = clean(text)
    changes: list[Change] = []
    decoded = list(_hidden(judged))
    if decoded:
        changes.append(Change.HIDDEN_TEXT)
    for change, fold in _CHARACTER_FOLDS:
        judged = _step(judged, fold, change, changes)
    for change, unpack in _PACKINGS:
        found = list(unpack(judged))[:_MOST_DECODED]
        if found:
            changes.append(change)
            decoded += found
    for change, fold in _WORD_FOLDS:
        judged = _step(judged, fold, change, changes)
    limited = [piece[:_LONGEST_DECODED] for piece in decoded[:_MOST_DECODED]]
    return Normalised(judged, tuple(limited), tuple(changes))


def _step(text: str, fold: Callable[[str], str], change: Change, changes: list[Change]) -> str:
    folded = fold(text)
    if folded != text:
        changes.append(change)
    return folded


# --- Characters
_TAGS = re.compile("[\U000e0020-\U000e007e]{4,}")
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]{4,}")
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f"
    "\u3164\ufe00-\ufe0f\ufeff\uffa0\ufff9-\ufffb\U000e0000-\U000e01ef]"
)
_MARKS = re.compile(
    "[\u0300-\u036f\u0488\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]+"
)


def _hidden(text: str) -> Iterator[str]:
    """Text in tag characters (ASCII moved to plane 14), or as bytes in variation selectors."""
    if text.isascii():
        return
    for tags in _TAGS.findall(text):
        yield "".join(chr(ord(char) - 0xE0000) for char in tags)
    for selectors in _SELECTORS.findall(text):
        values = bytes(_selector_byte(char) for char in selectors)
        if readable := _readable(values):
            yield readable


def _selector_byte(char: str) -> int:
    code = ord(char)
    return code - 0xFE00 if code <= 0xFE0F else code - 0xE0100 + 16


def _without_invisible(text: str) -> str:
    return text if text.isascii() else _INVISIBLE.sub("", text)


def _compatible(text: str) -> str:
    """NFKC, except for the few characters that open into a whole phrase."""
    if text.isascii():
        return text
    opened = {char: unicodedata.normalize("NFKC", char) for char in set(text) if not char.isascii()}
    table = {ord(char): new for char, new in opened.items() if len(new) <= _LONGEST_OPENED}
    return unicodedata.normalize("NFC", text.translate(table))


def _without_diacritics(text: str) -> str:
    """Latin letters lose their accents, and marks stacked on anything go; other scripts stay."""
    if text.isascii():
        return text
    bases = {ord(char): _base(char) for char in set(text) if not char.isascii()}
    return _MARKS.sub("", text.translate(bases))


def _base(char: str) -> str:
    first = unicodedata.normalize("NFD", char)[0]
    return first if first.isascii() and first.isalpha() else char


# --- Packings
_BASE64 = exact_scanner(r"[A-Za-z0-9+/_-]{16,}={0,2}")
_HEX = exact_scanner(r"(?:0x)?(?:[0-9a-fA-F]{2}[ :]?){8,}")
_PERCENT = exact_scanner(r"(?:[^\s%]{0,40}%[0-9A-Fa-f]{2}){3,}[^\s%]{0,200}")
_LETTERS = re.compile(r"[a-z]+")


def _from_base64(text: str) -> Iterator[str]:
    for found in _BASE64.finditer(text):
        plain = found[0].rstrip("=").translate(str.maketrans("-_", "+/"))[: 2 * _LONGEST_DECODED]
        padded = plain + "=" * (-len(plain) % 4)
        try:
            values = base64.b64decode(padded, validate=True)
        except binascii.Error:
            continue
        if readable := _readable(values):
            yield readable


def _from_hex(text: str) -> Iterator[str]:
    for found in _HEX.finditer(text):
        digits = re.sub("^0x|[ :]", "", found[0])[: 2 * _LONGEST_DECODED]
        if readable := _readable(bytes.fromhex(digits)):
            yield readable


def _from_url(text: str) -> Iterator[str]:
    for found in _PERCENT.finditer(text):
        yield unquote(found[0].replace("+", " "), errors="replace")


def _from_rot13(text: str) -> Iterator[str]:
    """The text turned by thirteen letters, when that makes more English of it than it was."""
    sample = text[:_LONGEST_DECODED]
    turned = codecs.encode(sample, "rot13")
    if _known_words(turned) >= 2 and _known_words(turned) > 2 * _known_words(sample):
        yield turned


def _known_words(text: str) -> int:
    return sum(len(word) > 2 and word in VOCABULARY for word in _LETTERS.findall(text.lower()))


def _readable(values: bytes) -> str | None:
    """The bytes as text when they are language: UTF-8, printable, with a gap between words."""
    try:
        text = values.decode()
    except UnicodeDecodeError:
        return None
    letters = sum(char.isalpha() or char in " ,.'" for char in text)
    return text if len(text) >= 4 and text.isprintable() and letters > 0.8 * len(text) else None


# --- Words
_SPACED = re.compile(r"(?<![^\W_])[^\W\d_](?:[ .\-*_][^\W\d_]){3,}(?![^\W_])")
_LEET = exact_scanner(r"[A-Za-z@$!|+]*[0-9@$!|+][A-Za-z0-9@$!|+]*")
_LEET_LETTERS = {"0": "o", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b", "9": "g", "@": "a"}
_LEET_LETTERS |= {"$": "s", "!": "i", "|": "l", "+": "t"}
_LEET_TABLES = tuple(str.maketrans(_LEET_LETTERS | {"1": one}) for one in "il")


def _joined(text: str) -> str:
    """Letters set apart, "i g n o r e", become a word again."""
    return _SPACED.sub(lambda letters: re.sub(r"[ .\-*_]", "", letters[0]), text)


def _without_leetspeak(text: str) -> str:
    """Digits and signs become letters where that makes a known word; "mp3" and "802.1x" stay."""
    pieces, position = [], 0
    for token in _LEET.finditer(text):
        start, end = token.span()
        if word := _unleeted(text[start:end].rstrip("!")):
            pieces += [text[position:start], word]
            position = end
    return "".join([*pieces, text[position:]])


def _unleeted(token: str) -> str | None:
    if not 3 <= len(token) <= 24 or token.isdigit() or token.isalpha():
        return None
    candidates = (token.translate(table).lower() for table in _LEET_TABLES)
    return next((word for word in candidates if word in VOCABULARY), None)


_CHARACTER_FOLDS: tuple[tuple[Change, Callable[[str], str]], ...] = (
    (Change.INVISIBLE, _without_invisible),
    (Change.COMPATIBILITY, _compatible),
    (Change.CONFUSABLES, lambda text: text if text.isascii() else fold_confusables(text)),
    (Change.DIACRITICS, _without_diacritics),
)
_PACKINGS: tuple[tuple[Change, Callable[[str], Iterator[str]]], ...] = (
    (Change.BASE64, _from_base64),
    (Change.HEX, _from_hex),
    (Change.URL, _from_url),
    (Change.ROT13, _from_rot13),
)
_WORD_FOLDS: tuple[tuple[Change, Callable[[str], str]], ...] = (
    (Change.SPACING, _joined),
    (Change.LEETSPEAK, _without_leetspeak),
)
