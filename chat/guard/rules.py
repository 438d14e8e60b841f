"""Rules of words: what a message must say for a rule to decide about it, and who decides first.

A phrase is written as words in a row. "|" between words leaves a choice, "..." lets up to three
words pass, and "^" in front asks that the words are a request to the assistant: they open a
sentence, or follow "please", "can you" and their like. Case and simple endings do not count.
"""

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from itertools import product
from pathlib import Path

from chat.guard.normalise import Normalised
from chat.guard.words import stem


class Action(StrEnum):
    """What becomes of a message."""

    ANSWER = "answer"
    KNOWLEDGE_ONLY = "knowledge_only"
    DECLINE = "decline"
    CRISIS = "crisis"
    PERSON = "person"


@dataclass(frozen=True, slots=True)
class Verdict:
    """The action, the layer and the rule that decided ("" where none did), and what to say.

    `notice` is a template with `{{ campus.… }}` values, or "".
    """

    action: Action
    layer: str = "rules"
    rule: str = ""
    notice: str = ""


class RuleKind(StrEnum):
    """What a rule is for; the order is the order of decision."""

    CRISIS = "crisis"
    PERSON = "person"
    ALLOW = "allow"
    BLOCK = "block"
    TUTOR = "tutor"


class Scope(StrEnum):
    """Which side of the conversation a rule reads."""

    QUESTION = "question"
    ANSWER = "answer"
    BOTH = "both"


_ACTIONS = {
    RuleKind.CRISIS: Action.CRISIS,
    RuleKind.PERSON: Action.PERSON,
    RuleKind.ALLOW: Action.ANSWER,
    RuleKind.BLOCK: Action.DECLINE,
    RuleKind.TUTOR: Action.DECLINE,
}
_ORDER = {kind: place for place, kind in enumerate(RuleKind)}


@dataclass(frozen=True, slots=True)
class Rule:
    """Matches a sentence with one phrase of `any_of`, or one of each group of `all_of`.

    With `near` the groups must lie within that many words. A phrase of `unless` in the same
    sentence keeps the rule silent.
    """

    name: str
    kind: RuleKind
    any_of: tuple[str, ...] = ()
    all_of: tuple[tuple[str, ...], ...] = ()
    near: int | None = None
    unless: tuple[str, ...] = ()
    scope: Scope = Scope.QUESTION
    notice: str = ""


# One place of a phrase: the stems that may stand there; None lets up to `_GAP` words pass.
type _Slots = tuple[frozenset[str] | None, ...]

_GAP = 3
# Chinese and Japanese set no spaces between words, so each of their signs counts as one.
_SIGN = r"[\u3040-\u30ff\u3400-\u9fff]"
_LETTERS = rf"(?:(?!{_SIGN})[^\W_])+"
_WORD = re.compile(rf"{_SIGN}|{_LETTERS}(?:['’]{_LETTERS})*|(?P<stop>[.!?;:\n。]+)")
_POLITE_WORDS = """hi hello hey dear there assistant please pls plz ok okay so just also and then
    now kindly can could would will you u help me us quick quickly yo well yes but"""
_POLITE = frozenset(map(stem, _POLITE_WORDS.split()))
_ASKING = frozenset(map(stem, ("please", "pls", "plz", "kindly", "then", "now", "instead")))
_ASKING_PAIRS = frozenset(
    (stem(first), stem(second))
    for first, second in (
        *product(("can", "could", "would", "will"), ("you", "u")),
        ("you", "to"), ("u", "to"), ("help", "me"), ("help", "us"), ("me", "to"), ("someone", "to"),
        ("somebody", "to"), ("you", "just"), ("you", "please"), ("you", "also"),
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Phrase:
    """A compiled phrase; `rule` and `group` say where it belongs, group None being `unless`."""

    slots: _Slots
    is_request: bool
    rule: int
    group: int | None


class Rulebook:
    """Rules ready to judge: phrases are found by their first word, so many rules cost little."""

    def __init__(self, rules: Iterable[Rule]) -> None:
        self.rules = tuple(sorted(rules, key=lambda rule: _ORDER[rule.kind]))
        self._by_first: dict[str, list[_Phrase]] = {}
        for place, rule in enumerate(self.rules):
            for group, text in _phrases(rule):
                self._add(_compiled(text, place, group))

    def _add(self, phrase: _Phrase) -> None:
        for first in phrase.slots[0] or ():
            self._by_first.setdefault(first, []).append(phrase)

    def first_match(self, text: str) -> Rule | None:
        """The rule that decides: of all that match a sentence the first in order of kind."""
        matches = (place for words in _sentences(text) for place in self._matching(words))
        place = min(matches, default=None)
        return None if place is None else self.rules[place]

    def _matching(self, words: list[str]) -> Iterator[int]:
        hits: dict[int, dict[int | None, list[int]]] = {}
        for start, word in enumerate(words):
            for phrase in self._by_first.get(word, ()):
                if _matches(phrase, words, start):
                    groups = hits.setdefault(phrase.rule, {})
                    groups.setdefault(phrase.group, []).append(start)
        for place, groups in hits.items():
            if None not in groups and _is_met(self.rules[place], groups):
                yield place


def judge(normalised: Normalised, rules: Rulebook) -> Verdict:
    """Judge the folded text and all that was decoded from it; without a match the answer is yes."""
    found = [(rules.first_match(normalised.judged), "rules")]
    found += [(rules.first_match(text), "decoded") for text in normalised.decoded]
    matches = [(rule, layer) for rule, layer in found if rule is not None]
    if not matches:
        return Verdict(Action.ANSWER)
    rule, layer = min(matches, key=lambda match: _ORDER[match[0].kind])
    return Verdict(_ACTIONS[rule.kind], layer, rule.name, rule.notice)


def load(path: Path) -> tuple[Rule, ...]:
    """Rules from a file of `[[rule]]` tables. Raises ValueError naming a rule that is wrong."""
    tables = tomllib.loads(path.read_text(encoding="utf-8"))["rule"]
    return tuple(_rule(table) for table in tables)


def _rule(table: Mapping[str, object]) -> Rule:
    values = {key: _frozen(value) for key, value in table.items()}
    try:
        kind, scope = RuleKind(str(values.pop("kind"))), Scope(str(values.pop("scope", "question")))
        rule = Rule(kind=kind, scope=scope, **values)  # type: ignore[arg-type]
    except (KeyError, TypeError, ValueError) as error:
        raise ValueError(f"rule {table.get('name', '?')!r}: {error}") from error
    if not rule.any_of and not rule.all_of:
        raise ValueError(f"rule {rule.name!r} has no phrase")
    return rule


def _frozen(value: object) -> object:
    return tuple(_frozen(item) for item in value) if isinstance(value, list) else value


def _phrases(rule: Rule) -> Iterator[tuple[int | None, str]]:
    """Each phrase with its group: -1 for `any_of`, the number in `all_of`, None for `unless`."""
    yield from ((-1, text) for text in rule.any_of)
    for group, texts in enumerate(rule.all_of):
        yield from ((group, text) for text in texts)
    yield from ((None, text) for text in rule.unless)


def _compiled(text: str, place: int, group: int | None) -> _Phrase:
    is_request = text.startswith("^")
    words = text.removeprefix("^").split()
    slots = tuple(
        None if word == "..." else frozenset(map(stem, word.split("|"))) for word in words
    )
    if not slots or slots[0] is None or slots[-1] is None:
        raise ValueError(f"a phrase begins and ends with a word: {text!r}")
    return _Phrase(slots, is_request, place, group)


def _is_met(rule: Rule, groups: Mapping[int | None, list[int]]) -> bool:
    if -1 in groups:
        return True
    if not rule.all_of or any(group not in groups for group in range(len(rule.all_of))):
        return False
    return rule.near is None or _are_near([groups[g] for g in range(len(rule.all_of))], rule.near)


def _are_near(places: list[list[int]], near: int) -> bool:
    """Whether one place of each group lies within `near` words of one of the first group."""
    return any(
        all(any(abs(place - first) <= near for place in group[:64]) for group in places[1:])
        for first in places[0][:64]
    )


def _sentences(text: str) -> Iterator[list[str]]:
    words: list[str] = []
    for found in _WORD.finditer(text):
        if found["stop"]:
            if words:
                yield words
            words = []
        else:
            words.append(stem(found[0]))
    if words:
        yield words


def _matches(phrase: _Phrase, words: list[str], start: int) -> bool:
    if phrase.is_request and not _is_request(words, start):
        return False
    return _fits(phrase.slots, words, start)


def _fits(slots: _Slots, words: list[str], start: int) -> bool:
    """Whether the slots match from `start`; keeps every position a gap may have led to."""
    positions = {start}
    for slot in slots:
        if slot is None:
            positions = {place + skip for place in positions for skip in range(_GAP + 1)}
        else:
            positions = {p + 1 for p in positions if p < len(words) and words[p] in slot}
        if not positions:
            return False
    return True


def _is_request(words: list[str], start: int) -> bool:
    if start == 0 or words[start - 1] in _ASKING:
        return True
    if start >= 2 and (words[start - 2], words[start - 1]) in _ASKING_PAIRS:
        return True
    return start <= 8 and all(word in _POLITE for word in words[:start])
