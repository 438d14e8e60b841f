"""What a provider is asked: instructions, passages, the talk so far, the question. Pure.

Roles are kept apart: instructions come from us, passages from the help centre, turns and the
question from a person. Only instructions are obeyed; the rest is marked as data, and nothing
inside data can look like the marks.
"""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from chat.completion import Source

TURNS_BUDGET_CHARS = 12_000
PASSAGES_BUDGET_CHARS = 14_000

MARKS = re.compile(r"[<＜﹤‹〈](?=\s*[/／]?\s*(?:passages?|question|person)\b)", re.IGNORECASE)


class Speaker(StrEnum):
    STUDENT = "student"
    ASSISTANT = "assistant"


@dataclass(frozen=True, slots=True)
class Turn:
    """One thing that was said. `cited` holds the ids of the articles an answer cited."""

    speaker: Speaker
    text: str
    cited: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Passage:
    """A numbered piece of an article; `text` is Markdown with the campus filled in.

    `score` (0 to 1) says how well it fits the question; 0 when only its article was found.
    `system` is the operating system it is about, `summary` its article's, `position` its place
    there.
    """

    source: Source
    article_id: int
    text: str
    score: float
    system: str = ""
    summary: str = ""
    position: int = 0


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything one completion is made from.

    `partial` is the answer's text so far when it is carried on; `system` the operating system
    that the conversation is about, if one was named.
    """

    instructions: str
    question: str
    passages: tuple[Passage, ...] = ()
    turns: tuple[Turn, ...] = ()
    partial: str = ""
    system: str = ""


def build(
    question: str,
    *,
    instructions: str,
    passages: Sequence[Passage] = (),
    turns: Sequence[Turn] = (),
    system: str = "",
    partial: str = "",
) -> Prompt:
    """Put a prompt together; of turns the latest, of passages the first that fit the budget."""
    return Prompt(
        instructions=instructions,
        question=question,
        passages=tuple(_fitting(passages, PASSAGES_BUDGET_CHARS)),
        turns=tuple(_fitting(turns[::-1], TURNS_BUDGET_CHARS))[::-1],
        partial=partial,
        system=system,
    )


def as_data(prompt: Prompt) -> str:
    """Passages and question as a model reads them, each between marks that nothing can forge."""
    pieces = "\n\n".join(_marked(passage) for passage in prompt.passages) or "(none)"
    device = f"\n\nThe person's device runs {prompt.system}." if prompt.system else ""
    return (
        f"<passages>\n{pieces}\n</passages>{device}\n\n"
        f"<question>\n{without_marks(prompt.question)}\n</question>"
    )


def said(turn: Turn) -> str:
    """A turn's text as a model reads it, without anything that looks like our marks."""
    return without_marks(turn.text)


def without_marks(text: str) -> str:
    """The text with the bracket of everything that looks like one of our marks defused."""
    return MARKS.sub("(", text)


def _marked(passage: Passage) -> str:
    source = passage.source
    about = without_marks(" · ".join(filter(None, (source.title, source.section))))
    checked = f", checked {source.checked:%Y-%m-%d}" if source.checked else ""
    return (
        f"<passage {source.number}>\nFrom: {about}{checked}\n\n"
        f"{without_marks(passage.text)}\n</passage {source.number}>"
    )


def _fitting[T: (Turn, Passage)](pieces: Iterable[T], budget: int) -> list[T]:
    """Pieces from the first on, as long as their text fits; never fewer than one."""
    kept: list[T] = []
    for piece in pieces:
        budget -= len(piece.text)
        if budget < 0 and kept:
            break
        kept.append(piece)
    return kept
