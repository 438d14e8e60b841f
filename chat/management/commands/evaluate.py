"""Measure the search, in conversations too, and the guard, on rows of questions."""

import json
from argparse import ArgumentParser
from collections.abc import Callable, Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from django.contrib.auth.models import AnonymousUser
from django.core.management.base import BaseCommand, CommandError

from accounts.models import User
from chat import followup
from chat.guard.evaluation import evaluate_redaction, read_harmless, read_secrets
from chat.prompt import Speaker, Turn
from knowledge.models import Article, Reader
from knowledge.search import Hit, Query, search
from knowledge.search.evaluation import BadRow, Report, Row, evaluate, read_rows

BENCHMARKS = Path(__file__).resolve().parents[3] / "benchmarks"
SPEAKERS = {"user": Speaker.STUDENT, "assistant": Speaker.ASSISTANT}


class Command(BaseCommand):
    help = "Measure how well the search finds articles, or how well the guard works."

    def add_arguments(self, parser: ArgumentParser) -> None:
        subjects = parser.add_subparsers(dest="subject", required=True)
        searching = subjects.add_parser("search", help="questions, with or without a history")
        searching.add_argument("--file", type=Path, required=True, help="JSON Lines, one row each")
        searching.add_argument("--json", action="store_true", help="one JSON object, no words")
        searching.add_argument("--reader", metavar="EMAIL", help="search as this person may")
        searching.add_argument("--split", help="only rows with this `split`")
        guarding = subjects.add_parser("guard", help="redaction of secrets, harmless sentences")
        guarding.add_argument("--json", action="store_true", help="one JSON object, no words")
        guarding.add_argument("--split", help="only rows with this `split`")
        for name in ("secrets", "harmless"):
            path = BENCHMARKS / "guard" / f"redaction_{name}.jsonl"
            guarding.add_argument(f"--{name}", type=Path, default=path, help="JSON Lines")

    def handle(self, *, subject: str, **options: Any) -> None:
        try:
            self._search(**options) if subject == "search" else self._guard(**options)
        except (FileNotFoundError, IsADirectoryError, PermissionError) as error:
            raise CommandError(f"{error.filename}: {error.strerror}") from None
        except (BadRow, KeyError, ValueError) as error:
            raise CommandError(f"A row cannot be used: {error}") from None

    def _search(
        self, *, file: Path, json: bool, reader: str | None, split: str | None, **_: object
    ) -> None:
        rows = [
            row
            for row in read_rows(file.read_text(encoding="utf-8").splitlines())
            if split is None or row.source.get("split") == split
        ]
        if not rows:
            raise BadRow(f"no row has the split {split!r}")
        ask = _asking(_reader(reader))
        ask(rows[0])  # the first question of a process also builds the index
        report = evaluate(rows, ask)
        if json:
            self._print_json(report.as_dict())
            return
        self._print_report("All questions", report)
        groups = ("True follow-ups", False), ("Changes of subject", True)
        for name, is_change in groups:
            of_group = [row for row in rows if row.source.get("change_of_subject") is is_change]
            if of_group:
                self._print_report(name, evaluate(of_group, ask))
        for miss in report.misses:
            found = ", ".join(miss.found) or "nothing"
            self.stdout.write(f"  missed {miss.topic}: {miss.question}\n         found {found}")

    def _guard(
        self, *, secrets: Path, harmless: Path, json: bool, split: str | None, **_: object
    ) -> None:
        wanted = [row for row in read_secrets(secrets) if split in {None, row.split}]
        untouched = [row for row in read_harmless(harmless) if split in {None, row.split}]
        report = evaluate_redaction(wanted, untouched)
        if json:
            self._print_json(asdict(report))
            return
        self.stdout.write(
            f"Secrets: {report.secrets}, removed {report.recall:.1%}, "
            f"under another kind's name {report.misnamed}\n"
            f"Harmless sentences: {report.harmless}, changed {report.touched_share:.1%}"
        )
        for text in (*report.misses, *report.touched):
            self.stdout.write(f"  {text}")

    def _print_report(self, name: str, report: Report) -> None:
        self.stdout.write(
            f"{name}: {report.questions}, recall@1 {report.recall_at_1:.3f}, "
            f"recall@3 {report.recall_at_3:.3f}, MRR {report.mrr:.3f}, "
            f"p50 {report.p50_ms:.1f} ms, p99 {report.p99_ms:.1f} ms"
        )

    def _print_json(self, values: dict[str, Any]) -> None:
        self.stdout.write(json.dumps(values, ensure_ascii=False, default=str))


def _reader(email: str | None) -> Reader:
    if email is None:
        return AnonymousUser()
    try:
        return User.objects.get_by_natural_key(email)
    except User.DoesNotExist:
        raise CommandError(f"Nobody here has the address {email}") from None


def _asking(reader: Reader) -> Callable[[Row], Sequence[Hit]]:
    """Search as a conversation would: what the history carries over included."""
    by_topic: dict[str, list[int]] = {}
    for pk, topics in Article.objects.visible_to(reader).values_list("pk", "topics"):
        for topic in topics:
            by_topic.setdefault(topic, []).append(pk)

    def ask(row: Row) -> Sequence[Hit]:
        turns = [_turn(row, said, by_topic) for said in _history(row)]
        carried = followup.carry(turns, row.question)
        query = Query(carried.text, carried.boost_articles, carried.system)
        return search(query, reader=reader)

    return ask


def _history(row: Row) -> Iterable[dict[str, Any]]:
    history = row.source.get("history", [])
    if not isinstance(history, list) or not all(isinstance(said, dict) for said in history):
        raise BadRow(f'"history" is not a list of objects: {row.question}')
    return history


def _turn(row: Row, said: dict[str, Any], by_topic: dict[str, list[int]]) -> Turn:
    if said.get("role") not in SPEAKERS or not isinstance(said.get("text"), str):
        raise BadRow(f'"history" needs a role and a text: {row.question}')
    cited = [pk for topic in said.get("topics", []) for pk in by_topic.get(topic, [])]
    return Turn(SPEAKERS[said["role"]], said["text"], tuple(cited))
