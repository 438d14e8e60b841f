"""A question read for the search: what it names, in the articles' words (pure)."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from knowledge import systems
from knowledge.search.text import Lexicon, Phrase, stem, words

WEAK = 0.5


@dataclass(frozen=True, slots=True)
class Term:
    """One thing the question names: the index terms it may appear as, each with a weight."""

    forms: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class Question:
    """`sentence` is what the embedding reads: the text in English, spelt right, and its terms.

    `is_elsewhere` when it names a service that no campus desk runs, such as a social network.
    """

    terms: tuple[Term, ...]
    sentence: str
    systems: frozenset[str]
    is_elsewhere: bool


def read(text: str, lexicon: Lexicon, correct: Callable[[str], Phrase]) -> Question:
    english = _in_english(words(text), lexicon)
    spelt = [part for word in english for part in _spelt(word, lexicon, correct)]
    named = dict.fromkeys(_meant(spelt, lexicon))
    return Question(
        terms=tuple(_term(name, lexicon) for name in named),
        sentence=" ".join((*spelt, *named)),
        systems=systems.named_in(text),
        is_elsewhere=not lexicon.elsewhere.isdisjoint(named),
    )


def _in_english(found: list[str], lexicon: Lexicon) -> list[str]:
    translated: list[str] = []
    for part in lexicon.foreign.replace(found):
        translated.extend((part,) if isinstance(part, str) else part)
    return translated


def _spelt(word: str, lexicon: Lexicon, correct: Callable[[str], Phrase]) -> Phrase:
    is_known = word in lexicon.trade_words or word in lexicon.foreign_words
    return (word,) if is_known else correct(word)


def _meant(spelt: Iterable[str], lexicon: Lexicon) -> list[str]:
    """The index terms, without the stop words that no phrase needed."""
    return [
        term
        for term in lexicon.same.replace([stem(word) for word in spelt])
        if term not in lexicon.stop_stems
    ]


def _term(name: str, lexicon: Lexicon) -> Term:
    weight = WEAK if name in lexicon.weak_words else 1.0
    return Term(
        {name: weight}
        | {other: weight * share for other, share in lexicon.near.get(name, {}).items()}
    )
