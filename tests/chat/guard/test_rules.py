"""Words and phrases: what a rule matches, and which rule decides."""

import time
import tomllib
from pathlib import Path

import pytest

from chat.guard import rules as rules_module
from chat.guard.normalise import Normalised
from chat.guard.rules import Action, Rule, Rulebook, RuleKind, judge, load

ROOT = Path(rules_module.__file__).parents[2]


def _matches(rule: Rule, text: str) -> bool:
    return Rulebook([rule]).first_match(text) is not None


@pytest.mark.parametrize(
    ("phrase", "text", "expected"),
    [
        ("print essay", "Printing ESSAYS", True),
        ("print essay", "essay print", False),
        ("write|draft essay", "I draft essays", True),
        ("write ... essay", "write me a short essay", True),
        ("write ... essay", "write me one quite short funny essay", False),
        ("write ... essay", "write. essay", False),
        ("^ write essay", "please write essays", True),
        ("^ write essay", "Could you write essays", True),
        ("^ write essay", "I write essays", False),
    ],
)
def test_phrase_matches_words_in_a_row(phrase: str, text: str, expected: bool) -> None:
    rule = Rule("a rule", RuleKind.BLOCK, any_of=(phrase,))

    assert _matches(rule, text) is expected


def test_groups_must_all_be_there_and_near() -> None:
    rule = Rule("both", RuleKind.BLOCK, all_of=(("cat", "dog"), ("moon",)), near=3)

    assert _matches(rule, "the moon and a dog")
    assert not _matches(rule, "the moon, nothing else, then at last a dog")
    assert not _matches(rule, "a dog")


def test_unless_silences_the_rule_in_its_own_sentence_only() -> None:
    rule = Rule("essay", RuleKind.TUTOR, any_of=("write my essay",), unless=("upload",))

    assert not _matches(rule, "write my essay upload")
    assert _matches(rule, "The upload works. Write my essay")


def test_crisis_outranks_and_allow_overrides() -> None:
    book = Rulebook(
        [
            Rule("homework", RuleKind.TUTOR, any_of=("homework",)),
            Rule("crisis", RuleKind.CRISIS, any_of=("despair",)),
            Rule("club", RuleKind.ALLOW, any_of=("homework club",)),
        ]
    )

    assert judge(Normalised("homework"), book).action is Action.DECLINE
    assert judge(Normalised("homework club"), book).rule == "club"
    assert judge(Normalised("homework club. despair"), book).action is Action.CRISIS


def test_decoded_text_is_judged_and_named_as_such() -> None:
    book = Rulebook([Rule("homework", RuleKind.TUTOR, any_of=("homework",))])

    verdict = judge(Normalised("harmless", decoded=("homework",)), book)

    assert (verdict.action, verdict.layer, verdict.rule) == (Action.DECLINE, "decoded", "homework")


@pytest.mark.parametrize("phrase", ["", "...", "write ...", "^"])
def test_phrase_without_words_at_its_ends_is_refused(phrase: str) -> None:
    with pytest.raises(ValueError, match="begins and ends with a word"):
        Rulebook([Rule("bad", RuleKind.BLOCK, any_of=(phrase,))])


@pytest.mark.parametrize("line", ['kind = "nonsense"\nany_of = ["a"]', 'kind = "block"', "x = 1"])
def test_wrong_rule_is_refused_by_name(tmp_path: Path, line: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(f'[[rule]]\nname = "odd one"\n{line}\n')

    with pytest.raises(ValueError, match="odd one"):
        load(file)


def test_every_notice_names_values_the_campus_file_has() -> None:
    campus = tomllib.loads((ROOT / "campus.toml").read_text(encoding="utf-8"))

    for rule in load(ROOT / "chat/guard/rules.toml"):
        assert rule.notice
        for place in rule.notice.split("{{ campus.")[1:]:
            value: object = campus
            for name in place.split(" }}")[0].split("."):
                assert isinstance(value, dict)
                value = value[name]
            assert isinstance(value, str)


def test_two_thousand_rules_cost_little() -> None:
    book = Rulebook(
        Rule(f"rule {n}", RuleKind.BLOCK, any_of=(f"word{n} ... other{n}",)) for n in range(2000)
    )
    text = Normalised("My laptop does not connect to eduroam since the update. " * 10)

    start = time.process_time()
    book.first_match(text.judged)

    assert time.process_time() - start < 0.05
