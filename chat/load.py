"""What a reply needs to know before it is composed, read from the tree."""

from dataclasses import dataclass

from chat.compose import Context
from chat.models import Completion, Message, Role
from chat.prompt import Speaker, Turn

TURNS_AT_MOST = 24


@dataclass(frozen=True, slots=True)
class Work:
    """`question_id` is the last of the questions that are answered together."""

    context: Context
    question_id: int


def work(completion_id: int) -> Work:
    """The questions since the last answer, what was said before, and who asks."""
    completion = Completion.objects.select_related("message__parent", "conversation__student").get(
        pk=completion_id
    )
    answer = completion.message
    assert answer.parent is not None
    path = Message.objects.path(answer.parent.pk, limit=TURNS_AT_MOST)
    questions = _trailing_questions(path)
    earlier = path[: len(path) - len(questions)]
    context = Context(
        question="\n\n".join(question.text for question in questions),
        reader=completion.conversation.student,
        turns=turns(earlier),
        partial=answer.text,
        device=questions[-1].system if questions else "",
        is_again=answer.parent.children.filter(role=Role.ANSWER, pk__lt=answer.pk).exists(),
    )
    return Work(context=context, question_id=answer.parent.pk)


def turns(path: list[Message]) -> tuple[Turn, ...]:
    """Messages as a provider hears them, oldest first; unanswered or empty ones are left out."""
    from_answers = Completion.objects.in_bulk(
        [message.pk for message in path if not message.is_question], field_name="message_id"
    )
    return tuple(_turn(message, from_answers.get(message.pk)) for message in path if message.text)


def _turn(message: Message, completion: Completion | None) -> Turn:
    if message.is_question:
        return Turn(Speaker.STUDENT, message.text)
    cited = [row["article_id"] for row in completion.sources] if completion else []
    return Turn(Speaker.ASSISTANT, message.text, tuple(dict.fromkeys(cited)))


def _trailing_questions(path: list[Message]) -> list[Message]:
    count = 0
    while count < len(path) and path[-1 - count].is_question:
        count += 1
    return path[len(path) - count :]
