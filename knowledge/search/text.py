"""From text to index terms: folded words, phrases that mean the same, stems (pure).

`synonyms.toml` holds the words of the trade and the campus. Groups of `same` are one term in
articles and questions alike; `near` widens questions only; `languages` puts the commonest words
of other languages into English, in questions only.
"""

import re
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import snowballstemmer

SYNONYMS = Path(__file__).with_name("synonyms.toml")

_IDEOGRAPHS = "\u3040-\u30ff\u3400-\u9fff"
_WORD = re.compile(rf"[{_IDEOGRAPHS}]|[^\W_{_IDEOGRAPHS}]+")
_INSIDE_WORDS = re.compile(r"(?<=\w)['\u2019\u02bc](?=\w)")
_LINK_TARGET = re.compile(r"\]\([^)]*\)")
_MARKUP = re.compile(r"[*_`#>|\[\]]+")

_stemmer = snowballstemmer.stemmer("english")

NEAR = 0.4

Phrase = tuple[str, ...]


@lru_cache(maxsize=65_536)
def stem(word: str) -> str:
    return _stemmer.stemWord(word)  # type: ignore[no-any-return]


def plain(markdown: str) -> str:
    """Markdown without its marks and link targets, for reading as a sentence."""
    return _MARKUP.sub(" ", _LINK_TARGET.sub("]", markdown))


def words(text: str) -> list[str]:
    """Lower-case words without accents and apostrophes; every ideograph is a word."""
    decomposed = unicodedata.normalize("NFKD", _INSIDE_WORDS.sub("", text)).lower()
    bare = "".join(letter for letter in decomposed if not unicodedata.combining(letter))
    return _WORD.findall(unicodedata.normalize("NFKC", bare))


class Phrases[T]:
    """Phrases with what each stands for; the longest match at a place wins."""

    def __init__(self, meanings: Mapping[Phrase, T]) -> None:
        self._meanings = dict(meanings)
        self._longest: dict[str, int] = {}
        for phrase in self._meanings:
            known = self._longest.get(phrase[0], 0)
            self._longest[phrase[0]] = max(known, len(phrase))

    def at(self, sequence: Sequence[str], start: int) -> tuple[int, T] | None:
        """The length and the meaning of the longest phrase that starts here."""
        longest = self._longest.get(sequence[start], 0)
        for length in range(min(longest, len(sequence) - start), 0, -1):
            meaning = self._meanings.get(tuple(sequence[start : start + length]))
            if meaning is not None:
                return length, meaning
        return None

    def replace(self, sequence: Sequence[str]) -> list[str | T]:
        """The sequence with every phrase replaced by its meaning."""
        replaced: list[str | T] = []
        start = 0
        while start < len(sequence):
            length, meaning = self.at(sequence, start) or (1, sequence[start])
            replaced.append(meaning)
            start += length
        return replaced


@dataclass(frozen=True, slots=True)
class Lexicon:
    """What the words of the trade mean; see the module."""

    same: Phrases[str]
    near: Mapping[str, Mapping[str, float]]
    foreign: Phrases[Phrase]
    stop_stems: frozenset[str]
    weak_words: frozenset[str]
    elsewhere: frozenset[str]
    trade_words: frozenset[str]
    foreign_words: frozenset[str]

    def terms(self, text: str) -> list[str]:
        """The index terms of an article's text: a phrase counts as a whole and in its words."""
        stems = [stem(word) for word in words(text)]
        terms: list[str] = []
        start = 0
        while start < len(stems):
            length, meaning = self.same.at(stems, start) or (1, stems[start])
            parts = stems[start : start + length] if length > 1 else []
            terms += [meaning, *(part for part in parts if self._adds(part, meaning))]
            start += length
        return terms

    def _adds(self, part: str, meaning: str) -> bool:
        return part != meaning and part not in self.stop_stems


@cache
def lexicon() -> Lexicon:
    data = tomllib.loads(SYNONYMS.read_text(encoding="utf-8"))
    same = Phrases(_same(data["same"]))
    foreign = _foreign(data["languages"].values())
    return Lexicon(
        same=same,
        near=_near(data["near"], same),
        foreign=Phrases(foreign),
        stop_stems=frozenset(stem(word) for word in _all_words(data["stop_words"])),
        weak_words=frozenset(stem(word) for word in _all_words(data["weak_words"])),
        elsewhere=frozenset(stem(word) for word in _all_words(data["elsewhere"])),
        trade_words=frozenset(_all_words(_forms(data))),
        foreign_words=frozenset(word for phrase in foreign for word in phrase),
    )


def _same(groups: Mapping[str, Iterable[str]]) -> dict[Phrase, str]:
    return {
        _stems(form): canonical
        for canonical, forms in groups.items()
        for form in (canonical, *forms)
    }


def _near(groups: Mapping[str, Iterable[str]], same: Phrases[str]) -> dict[str, dict[str, float]]:
    """Questions for a key also match its values, at a lower weight; nothing is near itself."""
    near: dict[str, dict[str, float]] = {}
    for name, others in groups.items():
        values = [term for other in others for term in same.replace(_stems(other))]
        for key in same.replace(_stems(name)):
            near.setdefault(key, {}).update({term: NEAR for term in values if term != key})
    return near


def _foreign(languages: Iterable[Mapping[str, Iterable[str]]]) -> dict[Phrase, Phrase]:
    return {
        tuple(words(form)): tuple(words(english))
        for entries in languages
        for english, forms in entries.items()
        for form in forms
    }


def _forms(data: Mapping[str, Any]) -> Iterable[str]:
    yield from data["stop_words"]
    yield from data["weak_words"]
    yield from data["elsewhere"]
    for groups in (data["same"], data["near"]):
        for name, forms in groups.items():
            yield from (name, *forms)


def _all_words(texts: Iterable[str]) -> Iterable[str]:
    return (word for text in texts for word in words(text))


def _stems(phrase: str) -> Phrase:
    return tuple(stem(word) for word in words(phrase))
