"""Redaction measured on the project's own rows; the figures here are the gate."""

from pathlib import Path

import pytest

from accounts.redaction import Kind
from chat.guard import evaluation
from chat.guard.evaluation import HarmlessRow, SecretRow, evaluate_redaction

ROWS = Path(evaluation.__file__).parents[2] / "benchmarks/guard"


def test_report_counts_what_was_missed_and_what_was_touched() -> None:
    missed = SecretRow("the word is swordfish", "swordfish", (Kind.PASSWORD,), "dev")
    found = SecretRow("pw: hunter2", "hunter2", (Kind.API_KEY,), "dev")
    touched = HarmlessRow("pw: hunter2", "dev")

    report = evaluate_redaction([missed, found], [touched, HarmlessRow("hello", "dev")])

    assert (report.secrets, report.recall, report.misnamed) == (2, 0.5, 1)
    assert (report.harmless, report.touched_share) == (2, 0.5)
    assert (report.misses, report.touched) == ((missed.text,), (touched.text,))


def test_no_rows_make_a_report_without_complaints() -> None:
    report = evaluate_redaction([], [])

    assert (report.recall, report.touched_share) == (1.0, 0.0)


@pytest.mark.parametrize("split", ["dev", "held-out"])
def test_redaction_keeps_its_promise_on_the_benchmark(split: str) -> None:
    secrets = [r for r in evaluation.read_secrets(ROWS / "redaction_secrets.jsonl")
               if r.split == split]  # fmt: skip
    harmless = [r for r in evaluation.read_harmless(ROWS / "redaction_harmless.jsonl")
                if r.split == split]  # fmt: skip

    report = evaluate_redaction(secrets, harmless)

    assert all(row.secret in row.text for row in secrets)
    assert report.recall >= 0.95
    assert report.touched_share <= 0.01
