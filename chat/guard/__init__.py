"""What the assistant may answer. The door is `check`: normalise the text, then ask the rules."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

from chat.guard.normalise import normalise
from chat.guard.rules import Action, Rulebook, Scope, Verdict, judge, load

__all__ = ["Action", "Verdict", "check"]

_RULES = Path(__file__).with_name("rules.toml")
_PUSHES = Path(__file__).with_name("pushes.toml")
_TURNS_BACK = 3  # how far a string of "do it anyway" is followed to what it asks for


async def check(text: str, *, history: Sequence[str] = ()) -> Verdict:
    """Judge what a person wrote; `history` holds their earlier messages, the oldest first.

    A message that only insists ("do it anyway") is judged as the message it insists on.
    """
    verdict = _judge(text)
    if verdict.action is Action.ANSWER and history and _insists(text):
        earlier = next(
            (turn for turn in history[: -_TURNS_BACK - 1 : -1] if not _insists(turn)), ""
        )
        pushed = _judge(earlier)
        return pushed if pushed.action is Action.DECLINE else verdict
    return verdict


def _judge(text: str) -> Verdict:
    return judge(normalise(text), _rulebook(_RULES))


def _insists(text: str) -> bool:
    return judge(normalise(text), _rulebook(_PUSHES)).action is not Action.ANSWER


@cache
def _rulebook(path: Path) -> Rulebook:
    return Rulebook(rule for rule in load(path) if rule.scope is not Scope.ANSWER)
