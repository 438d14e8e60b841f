"""Why something cannot be done in a conversation; each says itself in words for the page.

ConversationError
├── QuestionRefused     the text cannot be asked as it is; nothing was stored
│   ├── EmptyQuestion
│   └── QuestionTooLong
├── TooManyQuestions    try again after `wait_s` seconds
├── ReplyRunning        try again when the answer is complete
├── WithPerson          a person owns the conversation
└── NotPossible         the message is not of the kind that this needs
"""

from django.utils.translation import gettext as _
from django.utils.translation import ngettext


class ConversationError(Exception):
    retryable = False

    @property
    def words(self) -> str:
        return _("That is not possible here.")


class QuestionRefused(ConversationError):
    """The text cannot be asked as it is."""


class EmptyQuestion(QuestionRefused):
    @property
    def words(self) -> str:
        return _("There is nothing to send yet. Describe what is not working.")


class QuestionTooLong(QuestionRefused):
    """`length` and `limit` are in characters."""

    def __init__(self, length: int, limit: int) -> None:
        super().__init__(length, limit)
        self.length, self.limit = length, limit

    @property
    def words(self) -> str:
        return _(
            "That is %(length)s characters, and a question holds %(limit)s. "
            "Your text is kept; shorten it or send it in parts."
        ) % {"length": f"{self.length:,}", "limit": f"{self.limit:,}"}


class TooManyQuestions(ConversationError):
    retryable = True

    def __init__(self, wait_s: int) -> None:
        super().__init__(wait_s)
        self.wait_s = wait_s

    @property
    def words(self) -> str:
        return ngettext(
            "That’s a lot of questions in one minute. You can send the next one in "
            "%(wait)s second. Your text is kept.",
            "That’s a lot of questions in one minute. You can send the next one in "
            "%(wait)s seconds. Your text is kept.",
            self.wait_s,
        ) % {"wait": self.wait_s}


class ReplyRunning(ConversationError):
    retryable = True

    @property
    def words(self) -> str:
        return _("An answer is still being written. Stop it first, or wait for its end.")


class WithPerson(ConversationError):
    @property
    def words(self) -> str:
        return _("A person has this conversation now, so earlier messages stay as they are.")


class NotPossible(ConversationError):
    """The message is not of the kind that this needs."""
