"""How long one search takes, by the number of passages: `python -m benchmarks.search`.

The corpus is synthetic: articles of seven passages whose words are drawn from the seed articles
with the frequencies found there, so that terms are as common as they are in real text. The
questions are those of `search/tuning.jsonl`. Nothing touches the database.
"""

import json
import os
import random
from collections.abc import Iterator, Sequence
from datetime import date
from pathlib import Path
from time import perf_counter, thread_time

import django
import frontmatter

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "helpdesk.settings")
django.setup()

from knowledge import seeding  # noqa: E402
from knowledge.search.evaluation import percentile  # noqa: E402
from knowledge.search.index import Index, Section, Source, analyse  # noqa: E402
from knowledge.search.text import lexicon  # noqa: E402

SIZES = (400, 2_000, 20_000)
LIMITS_MS = {2_000: 5.0, 20_000: 30.0}
SECTIONS_PER_ARTICLE = 7
ROUNDS = 3
QUESTIONS = Path(__file__).parent / "search" / "tuning.jsonl"


def main() -> None:
    vocabulary = _words()
    questions = [json.loads(line)["question"] for line in QUESTIONS.open(encoding="utf-8")]
    for size in SIZES:
        measure(size, vocabulary, questions)


def measure(size: int, vocabulary: Sequence[str], questions: Sequence[str]) -> None:
    """Print how long analysing, indexing and searching take with this many passages."""
    sources = list(_sources(size, vocabulary, random.Random(size)))
    started = perf_counter()
    analysed = [analyse(source, lexicon()) for source in sources]
    analysed_at = perf_counter()
    index = Index(analysed, lexicon())
    indexed_at = perf_counter()
    list(_times(index, questions[:5]))
    times = [pair for _ in range(ROUNDS) for pair in _times(index, questions)]
    walls, cpus = zip(*times, strict=True)
    p99 = percentile(walls, 99)
    limit = LIMITS_MS.get(size)
    verdict = "" if limit is None else f"; aim {limit} ms: {'met' if p99 < limit else 'missed'}"
    print(
        f"{size:>6} passages: analyse {analysed_at - started:6.2f} s, "
        f"index {indexed_at - analysed_at:5.2f} s, "
        f"search p50 {percentile(walls, 50):6.2f} ms, p99 {p99:6.2f} ms "
        f"(on the processor {percentile(cpus, 50):.2f} and {percentile(cpus, 99):.2f} ms){verdict}"
    )


def _times(index: Index, questions: Sequence[str]) -> Iterator[tuple[float, float]]:
    """Milliseconds by the clock and on the processor; they part on a busy machine."""
    for question in questions:
        started, cpu = perf_counter(), thread_time()
        index.search(question, system="", boosts={}, limit=6)
        yield (perf_counter() - started) * 1000, (thread_time() - cpu) * 1000


def _words() -> list[str]:
    """Every word of the seed articles, as often as it is written there."""
    return [
        word
        for path in sorted(seeding.FOLDER.glob("*.md"))
        for word in frontmatter.load(str(path)).content.split()
    ]


def _sources(size: int, vocabulary: Sequence[str], dice: random.Random) -> Iterator[Source]:
    def text(count: int) -> str:
        return " ".join(dice.choices(vocabulary, k=count))

    for number in range(0, size, SECTIONS_PER_ARTICLE):
        count = min(SECTIONS_PER_ARTICLE, size - number)
        sections = tuple(
            Section(number + i, text(5), f"s{i}", dice.choice(["", "", "windows", "ios"]), text(90))
            for i in range(count)
        )
        symptoms = tuple(text(7) for _ in range(8))
        yield Source(
            number, f"a{number}", text(6), text(25), symptoms, (), date(2026, 1, 1), sections
        )


if __name__ == "__main__":
    main()
