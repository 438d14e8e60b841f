"""Which articles hold a word to the letter, however little it says about them (pure)."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from knowledge.search.text import Lexicon, stem, words

RARE_AT_MOST = 5
RARE_FROM_CHARS = 2  # a list's "1." says nothing
PHRASE_FROM = 2


@dataclass(frozen=True, slots=True)
class Leaf:
    """The words of one article, and its title, summary, symptoms and headings as phrases."""

    vocabulary: frozenset[str]
    phrases: tuple[str, ...]


def phrase(text: str) -> str:
    """The words of a text between spaces, so that a phrase is found at whole words only."""
    return f" {' '.join(words(text))} "


class Concordance:
    """Articles are numbered from 0; forms of one word ("printer", "printers") are one."""

    def __init__(self, leaves: Sequence[Leaf], lexicon: Lexicon) -> None:
        self._phrases = [leaf.phrases for leaf in leaves]
        self._holders: dict[str, set[int]] = defaultdict(set)
        for number, leaf in enumerate(leaves):
            for word in leaf.vocabulary:
                self._holders[stem(word)].add(number)
        self._empty = lexicon.stop_stems | lexicon.weak_words
        self._trade = lexicon.trade_words | lexicon.foreign_words

    def holders(self, text: str) -> Counter[int]:
        """The articles that hold rare words of the text, with how many of them each holds.

        A text of function words ("can't get in") has none; then the articles with its very
        phrase, unless they are many.
        """
        meant = self._meant(text)
        found = [self._holders.get(name, set()) for name in meant] if meant else [self._say(text)]
        return Counter(
            number for numbers in found if len(numbers) <= RARE_AT_MOST for number in numbers
        )

    def lacks(self, text: str) -> bool:
        """Whether the text has a word that neither an article nor the trade knows."""
        return any(
            stem(word) not in self._holders for word in words(text) if word not in self._trade
        )

    def _meant(self, text: str) -> set[str]:
        told = {stem(word) for word in words(text) if len(word) >= RARE_FROM_CHARS}
        return told - self._empty

    def _say(self, text: str) -> set[int]:
        sought = phrase(text)
        if len(sought.split()) < PHRASE_FROM:
            return set()
        return {
            number
            for number, phrases in enumerate(self._phrases)
            if any(sought in said for said in phrases)
        }


def leaf(vocabulary: frozenset[str], texts: Iterable[str]) -> Leaf:
    return Leaf(vocabulary, tuple(phrase(text) for text in texts))
