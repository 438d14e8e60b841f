import json
from dataclasses import dataclass

import pytest

from knowledge.search.evaluation import BadRow, Row, evaluate, percentile, read_rows


@dataclass(frozen=True)
class Found:
    article_id: int
    slug: str
    topics: tuple[str, ...]


VPN, PRINT, MAIL, DISK = (
    Found(number, slug, (slug,)) for number, slug in enumerate(["vpn", "print", "mail", "disk"])
)


def rows(*written: dict[str, object]) -> list[Row]:
    return read_rows(json.dumps(row) for row in written)


def test_shares_count_articles_not_passages() -> None:
    asked = rows(
        {"question": "first", "topic": "vpn"},
        {"question": "third", "topic": "vpn"},
        {"question": "fourth", "topic": "vpn"},
        {"question": "never", "topic": "vpn"},
    )
    answers = {
        "first": [VPN, PRINT],
        "third": [PRINT, PRINT, PRINT, MAIL, VPN],
        "fourth": [PRINT, MAIL, DISK, VPN],
        "never": [PRINT],
    }

    report = evaluate(asked, lambda row: answers[row.question])

    assert (report.questions, report.recall_at_1, report.recall_at_3) == (4, 0.25, 0.5)
    assert report.mrr == round((1 + 1 / 3 + 1 / 4) / 4, 4)
    assert [(miss.question, miss.rank) for miss in report.misses] == [("fourth", 4), ("never", 0)]
    assert report.misses[0].found == ("print", "mail", "disk")


def test_any_topic_of_also_counts() -> None:
    asked = rows({"question": "q", "topic": "vpn", "also": ["mail"]})

    report = evaluate(asked, lambda row: [MAIL])

    assert report.recall_at_1 == 1.0


def test_the_report_has_exactly_the_agreed_keys() -> None:
    report = evaluate(rows({"question": "q", "topic": "vpn"}), lambda row: [])

    assert list(report.as_dict()) == [
        "questions",
        "recall_at_1",
        "recall_at_3",
        "mrr",
        "p50_ms",
        "p99_ms",
        "misses",
    ]
    assert json.loads(json.dumps(report.as_dict()))["misses"][0]["question"] == "q"


@pytest.mark.parametrize(
    ("line", "wrong"),
    [
        ("{", "not JSON"),
        ("[]", "not an object but list"),
        ('{"topic": "vpn"}', '"question" is missing'),
        ('{"question": "q"}', '"topic" is missing'),
        ('{"question": " ", "topic": "vpn"}', '"question" is missing'),
        ('{"question": "q", "topic": 3}', '"topic" is missing'),
        ('{"question": "q", "topic": "vpn", "also": "mail"}', '"also" is not a list'),
    ],
)
def test_a_bad_row_is_named_by_its_line(line: str, wrong: str) -> None:
    with pytest.raises(BadRow) as raised:
        read_rows(['{"question": "q", "topic": "vpn"}', "", line])

    assert str(raised.value).startswith("line 3: ")
    assert wrong in str(raised.value)


def test_a_file_without_rows_is_refused() -> None:
    with pytest.raises(BadRow, match="no row"):
        read_rows(["", " "])


def test_percentiles_are_by_nearest_rank() -> None:
    assert percentile(range(1, 101), 50) == 50
    assert percentile(range(1, 101), 99) == 99
    assert percentile([7.0], 99) == 7.0
