"""A conversation's title, made from its first question. Pure."""

import re

GREETING = re.compile(
    r"^(?:hi|hey|hello|hallo|good (?:morning|evening|afternoon)|please|help|urgent|so|ok(?:ay)?)"
    r"(?: there| all| team| me)?[\s,.!:;-]+",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[\w)”’\"'])[.?!]+(?:\s|$)|\n")
LONGEST = 60


def from_question(text: str) -> str:
    """The first sentence without its greeting, at most 60 characters, cut at a word."""
    words = " ".join(_without_greeting(text.strip()).split("\n", 1)[0].split())
    end = SENTENCE_END.search(words)
    sentence = words[: end.start()] if end and end.start() > 8 else words
    return _capitalised(_cut(sentence.rstrip(" .,;:!") or sentence))


def _without_greeting(text: str) -> str:
    while (shorter := GREETING.sub("", text, count=1)) != text and shorter.strip():
        text = shorter
    return text


def _cut(text: str) -> str:
    if len(text) <= LONGEST:
        return text
    head = text[: LONGEST - 1]
    return head.rsplit(" ", 1)[0].rstrip(" .,;:!") + "…"


def _capitalised(text: str) -> str:
    keeps_case = text.split(" ", 1)[0].lower() in {"eduroam", "iphone", "ipad", "macos"}
    return text if keeps_case else text[:1].upper() + text[1:]
