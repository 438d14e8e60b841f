"""The assistant's instructions: Markdown files, reviewed like code, with the campus filled in."""

from functools import cache
from hashlib import sha256
from pathlib import Path

from accounts import campus

ASSISTANT = Path(__file__).with_name("assistant.md")


@cache
def instructions() -> str:
    """What the assistant is told; raise UnknownCampusValue for a name the campus file lacks."""
    return campus.fill_in(ASSISTANT.read_text(encoding="utf-8")).strip()


@cache
def digest() -> str:
    """Changes with every change of the instructions or of a campus value in them."""
    return sha256(instructions().encode()).hexdigest()[:16]
