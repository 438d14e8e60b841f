"""What is logged and how: one line on standard error for a record, a traceback below it (pure).

A database quotes what it refuses, and that is what a person wrote. So of its errors a log holds
the kind and the constraint, or the first line where that quotes nothing; other errors speak for
themselves, and our code puts nobody's words into them.
"""

import logging
import re
import traceback
from collections.abc import Iterator
from copy import copy
from types import TracebackType

CONFIGURATION = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {
            "class": "helpdesk.logging.Discreet",
            "format": "%(asctime)s %(levelname)s %(name)s: %(message)s",
            "datefmt": "%Y-%m-%d %H:%M:%S%z",
        }
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "WARNING"},
    "loggers": {
        "backplane": {"level": "INFO"},
        "django": {"handlers": [], "level": "WARNING"},
        "django.request": {"level": "ERROR"},  # a page that does not exist is nobody's failure
        "django.security": {"level": "WARNING"},
        "daphne": {"level": "WARNING"},  # and its access log is switched off by `manage.py web`
    },
}
"""For `logging.config.dictConfig`."""

QUOTING = frozenset({"DataError", "IntegrityError"})
QUOTATION = re.compile(r"\s*(?:\n|\\n)(?:DETAIL|CONTEXT|LINE \d+): .*", re.DOTALL)
SQLITE_CONSTRAINT = re.compile(r"(?:UNIQUE|CHECK|NOT NULL|FOREIGN KEY) constraint failed.*")


class Discreet(logging.Formatter):
    """Writes records down without what a database quotes."""

    def format(self, record: logging.LogRecord) -> str:
        told = copy(record)
        told.exc_text = None  # another handler's rendering may be kept there
        if isinstance(told.args, tuple):
            told.args = tuple(map(_in_words, told.args))
        return super().format(told)

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802  the base's name
        """Cut quotations out of a message that came with an error already in it."""
        return QUOTATION.sub(" …", super().formatMessage(record))

    def formatException(  # noqa: N802  the base's name
        self,
        ei: tuple[type[BaseException], BaseException, TracebackType | None]
        | tuple[None, None, None],
    ) -> str:
        return traceback_of(ei[1]) if ei[1] else ""


def traceback_of(error: BaseException) -> str:
    """The error with its causes before it, as Python tells them, in our words."""
    return "\n\n".join(reversed([_alone(link) for link in _chain(error)]))


def words_of(error: BaseException) -> str:
    """What a log may say of an error; empty when that is its kind alone."""
    kinds = {kind.__name__ for kind in type(error).__mro__}
    if kinds & QUOTING:
        return _constraint(error)
    return str(error).partition("\n")[0] if "DatabaseError" in kinds else str(error)


def _chain(error: BaseException) -> Iterator[BaseException]:
    seen: set[int] = set()
    link: BaseException | None = error
    while link is not None and id(link) not in seen:
        yield link
        seen.add(id(link))
        link = link.__cause__ or (None if link.__suppress_context__ else link.__context__)


def _alone(error: BaseException) -> str:
    frames = "".join(traceback.format_tb(error.__traceback__))
    inner = error.exceptions if isinstance(error, BaseExceptionGroup) else ()
    parts = [f"Traceback (most recent call last):\n{frames}{_named(error)}"]
    return "\n".join([*parts, *map(traceback_of, inner)])


def _named(error: BaseException) -> str:
    kind = type(error)
    name = kind.__qualname__ if kind.__module__ == "builtins" else _qualified(kind)
    words = words_of(error)
    return f"{name}: {words}" if words else name


def _qualified(kind: type[BaseException]) -> str:
    return f"{kind.__module__}.{kind.__qualname__}"


def _constraint(error: BaseException) -> str:
    """The constraint or column that a refusing database names: psycopg by itself, SQLite in words.

    Django's own error holds what the driver's said, and has the driver's as its cause.
    """
    diagnosis = getattr(error, "diag", None) or getattr(error.__cause__, "diag", None)
    if diagnosis is not None:
        return diagnosis.constraint_name or diagnosis.column_name or ""
    told = SQLITE_CONSTRAINT.match(str(error))
    return told[0] if told else ""


def _in_words(argument: object) -> object:
    if not isinstance(argument, BaseException):
        return argument
    return words_of(argument) or _named(argument)
