"""How well redaction works, measured on rows of known secrets and of harmless sentences."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from accounts.redaction import Kind, redact


@dataclass(frozen=True, slots=True)
class SecretRow:
    """A text, the exact substring that must be gone from it, and the kinds it may be named."""

    text: str
    secret: str
    kinds: tuple[Kind, ...]
    split: str


@dataclass(frozen=True, slots=True)
class HarmlessRow:
    """A text in which nothing may be removed."""

    text: str
    split: str


@dataclass(frozen=True, slots=True)
class RedactionReport:
    """`recall` and `touched_share` lie between 0 and 1; without rows they are 1 and 0.

    `misnamed` counts secrets that went under another kind's marker; they still count as found.
    """

    secrets: int
    recall: float
    harmless: int
    touched_share: float
    misses: tuple[str, ...]
    touched: tuple[str, ...]
    misnamed: int


def evaluate_redaction(
    rows_secret: Iterable[SecretRow], rows_harmless: Iterable[HarmlessRow]
) -> RedactionReport:
    """Redact every row; a secret is found when its substring is gone and text was marked."""
    secrets, harmless = list(rows_secret), list(rows_harmless)
    redactions = [redact(row.text) for row in secrets]
    pairs = list(zip(secrets, redactions, strict=True))
    misses = [row.text for row, done in pairs if row.secret in done.text]
    misnamed = [row for row, done in pairs if done.removed and not {*row.kinds} & {*done.removed}]
    touched = [row.text for row in harmless if redact(row.text).text != row.text]
    return RedactionReport(
        secrets=len(secrets),
        recall=1 - len(misses) / len(secrets) if secrets else 1.0,
        harmless=len(harmless),
        touched_share=len(touched) / len(harmless) if harmless else 0.0,
        misses=tuple(misses),
        touched=tuple(touched),
        misnamed=len(misnamed),
    )


def read_secrets(path: Path) -> list[SecretRow]:
    """Rows `{"text", "kinds", "secret", "split"}`, one JSON object a line; UTF-8."""
    return [
        SecretRow(row["text"], row["secret"], tuple(map(Kind, row["kinds"])), row["split"])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]


def read_harmless(path: Path) -> list[HarmlessRow]:
    """Rows `{"text", "split"}`, one JSON object a line; UTF-8."""
    return [
        HarmlessRow(row["text"], row["split"])
        for row in map(json.loads, path.read_text(encoding="utf-8").splitlines())
    ]
