"""`manage.py evaluate` measures, and says clearly what it cannot read."""

import json
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from knowledge import search
from knowledge.seeding import seed

HISTORY = [
    {"role": "user", "text": "eduroam on my windows laptop"},
    {"role": "assistant", "text": "1. Open the installer. 2. Sign in.", "topics": ["eduroam"]},
]
ROWS: list[dict[str, Any]] = [
    {"question": "forgot my password", "topic": "password-reset", "split": "a"},
    {"question": "how do i print a poster", "topic": "hpc", "split": "a"},
    {"question": "and on my phone?", "topic": "eduroam", "history": HISTORY,
     "change_of_subject": False, "split": "b"},
    {"question": "next: my mailbox is full", "topic": "mailbox-full", "history": HISTORY,
     "change_of_subject": True, "split": "b"},
]  # fmt: skip


@pytest.fixture
def rows(db: None, tmp_path: Path) -> Path:
    seed()
    search.refresh()
    path = tmp_path / "rows.jsonl"
    path.write_text("\n".join(map(json.dumps, ROWS)), encoding="utf-8")
    return path


def evaluate(*arguments: object) -> str:
    output = StringIO()
    call_command("evaluate", *map(str, arguments), stdout=output)
    return output.getvalue()


def test_with_json_one_object_holds_the_figures(rows: Path) -> None:
    report = json.loads(evaluate("search", "--file", rows, "--json"))

    assert set(report) == {
        "questions", "recall_at_1", "recall_at_3", "mrr", "p50_ms", "p99_ms", "misses",
    }  # fmt: skip
    assert (report["questions"], report["recall_at_3"]) == (4, 0.75)
    assert [miss["question"] for miss in report["misses"]] == ["how do i print a poster"]


def test_for_people_follow_ups_stand_apart(rows: Path) -> None:
    lines = evaluate("search", "--file", rows).splitlines()

    assert lines[0].startswith("All questions: 4, recall@1 0.750, recall@3 0.750")
    assert lines[1].startswith("True follow-ups: 1, recall@1 1.000")
    assert lines[2].startswith("Changes of subject: 1, recall@1 1.000")
    assert "missed hpc: how do i print a poster" in lines[3]


def test_a_split_can_be_picked(rows: Path) -> None:
    report = json.loads(evaluate("search", "--file", rows, "--json", "--split", "b"))

    assert (report["questions"], report["recall_at_1"]) == (2, 1.0)


def test_a_reader_finds_what_that_person_may_read(rows: Path, grace: User) -> None:
    rows.write_text('{"question": "staff notes about incidents", "topic": "staff"}', "utf-8")

    as_nobody = json.loads(evaluate("search", "--file", rows, "--json"))
    as_grace = json.loads(evaluate("search", "--file", rows, "--json", "--reader", grace.email))

    assert "staff-incident-notes" not in str(as_nobody["misses"])
    assert "staff-incident-notes" in str(as_grace["misses"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "line 1: not JSON"),
        ('{"question": "x"}', '"topic" is missing'),
        ("", "there is no row"),
        ('{"question": "x", "topic": "y", "history": 3}', '"history" is not a list'),
        ('{"question": "x", "topic": "y", "history": [{"role": "eve"}]}', "needs a role"),
    ],
)
def test_a_bad_row_is_told_in_words(rows: Path, content: str, words: str) -> None:
    rows.write_text(content, encoding="utf-8")

    with pytest.raises(CommandError, match=words):
        evaluate("search", "--file", rows)


def test_a_missing_file_an_empty_split_and_an_unknown_reader_too(rows: Path) -> None:
    with pytest.raises(CommandError, match="No such file"):
        evaluate("search", "--file", rows.with_name("nothing.jsonl"))
    with pytest.raises(CommandError, match="no row has the split"):
        evaluate("search", "--file", rows, "--split", "c")
    with pytest.raises(CommandError, match="Nobody here"):
        evaluate("search", "--file", rows, "--reader", "eve@elsewhere.example")


def test_the_guard_is_measured_on_its_own_rows() -> None:
    report = json.loads(evaluate("guard", "--json"))

    assert report["secrets"] > 100
    assert report["recall"] > 0.9
    assert report["touched_share"] < 0.05
    assert evaluate("guard").startswith("Secrets: ")
