"""A conversation's title, made from its first question. Pure.

It stands in the list beside every page, so it says no more than a passer-by may read.
"""

import re

# The title of a conversation whose first question is nobody's business at a glance.
NEUTRAL = "A conversation"

# What redaction leaves where a secret stood, with the words that led up to it.
MARKER = re.compile(
    r"(?:\b(?:is|was|are|with|as|it['’]?s)[ \t]+|[:=/][ \t]*)?\[[\w -]{1,30} removed\][ \t]*"
)

GREETING = re.compile(
    r"^(?:hi|hey|hello|hallo|good (?:morning|evening|afternoon)|please|help|urgent|so|ok(?:ay)?)"
    r"(?: there| all| team| me)?[\s,.!:;-]+",
    re.IGNORECASE,
)
SENTENCE_END = re.compile(r"(?<=[\w)”’\"'])[.?!]+(?:\s|$)|\n")
LONGEST = 60


def from_question(text: str) -> str:
    """The first sentence without greeting and redaction markers, at most 60 characters.

    It is cut at a word. A question of markers alone has the neutral title.
    """
    plain = MARKER.sub(" ", text).strip()
    if not plain and text.strip():
        return NEUTRAL
    words = " ".join(_without_greeting(plain).split("\n", 1)[0].split())
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
