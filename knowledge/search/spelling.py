"""Typing mistakes set right against the words of the articles (pure)."""

from collections.abc import Callable, Mapping
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

SHORTEST = 4
SHORTEST_SWAPPED = 3
TWO_MISTAKES_FROM = 7


class Speller:
    """Knows the words of one index, so that nobody's question is led to a hidden article.

    `vocabulary` gives each word the number of articles that use it: of equally near words the
    commoner is meant. Of words shorter than `SHORTEST` only swapped letters are set right.
    `is_common` tells everyday words that no article happens to use; they are left alone. The first
    letter is seldom wrong, at worst it changed places with the second.
    """

    def __init__(self, vocabulary: Mapping[str, int], is_common: Callable[[str], bool]) -> None:
        self._uses = vocabulary
        self._candidates = sorted(
            word for word in vocabulary if len(word) >= SHORTEST and word.isalpha()
        )
        self._is_common = is_common
        self.correct = lru_cache(maxsize=4096)(self._correct)

    def _correct(self, word: str) -> tuple[str, ...]:
        """The word as the articles spell it; two words when a space was forgotten."""
        if len(word) < SHORTEST_SWAPPED or not _is_plain(word) or self._knows(word):
            return (word,)
        if len(word) < SHORTEST:
            return (self.in_order(word),)
        if nearest := self._nearest(word):
            return (nearest,)
        return self._parted(word) or (word,)

    def _knows(self, word: str) -> bool:
        return word in self._uses or self._is_common(word)

    def in_order(self, word: str) -> str:
        """An unknown word with two neighbouring letters swapped back, if that makes a known one."""
        if not _is_plain(word) or self._knows(word):
            return word
        swaps = (
            word[:at] + word[at + 1] + word[at] + word[at + 2 :] for at in range(len(word) - 1)
        )
        known = [swap for swap in swaps if swap in self._uses]
        return max(known, key=lambda swap: self._uses[swap], default=word)

    def _nearest(self, word: str) -> str | None:
        mistakes = 2 if len(word) >= TWO_MISTAKES_FROM else 1
        found = process.extract(
            word, self._candidates, scorer=OSA.distance, score_cutoff=mistakes, limit=None
        )
        likely = [
            (distance, -self._uses[near], near)
            for near, distance, _ in found
            if near[0] in word[:2]
        ]
        return min(likely)[2] if likely else None

    def _parted(self, word: str) -> tuple[str, ...]:
        for at in range(3, len(word) - 2):
            if word[:at] in self._uses and word[at:] in self._uses:
                return word[:at], word[at:]
        return ()


def _is_plain(word: str) -> bool:
    return word.isalpha() and word.isascii()
