"""The environment, typed and checked once at start.

Every variable the product reads is a field here; `docs/configuration.md` and `.env.example`
are held to this list by a test. A wrong or missing value stops the start with its name.
"""

import os
import sys
import tomllib
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import Annotated, Self
from urllib.parse import unquote, urlsplit

from pydantic import Field, SecretStr, ValidationError, model_validator
from pydantic_core import ErrorDetails
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

ROOT = Path(__file__).resolve().parent.parent
LOOPBACK = {"127.0.0.1", "localhost", "::1", "[::1]"}


class Mode(StrEnum):
    DEMO = "demo"
    STAGING = "staging"
    PRODUCTION = "production"


class Environment(BaseSettings):
    """What a deployment may decide; the description of each field is its documentation."""

    model_config = SettingsConfigDict(env_ignore_empty=True, extra="ignore", frozen=True)

    helpdesk_mode: Mode = Field(
        Mode.PRODUCTION,
        description="`demo`, `staging` or `production`; decides which stand-ins exist.",
    )
    demo_on_network: Annotated[str, Field(pattern="^(yes|no)$")] = Field(
        "no",
        description="`yes` lets demo mode, whose accounts anybody can open, leave loopback; "
        "`ALLOWED_HOSTS` then names the addresses others type.",
    )
    secret_key: SecretStr = Field(
        description="Signs sessions and links; at least 50 characters, never shared."
    )
    debug: bool = Field(False, description="Django's debug pages; refused in production.")
    host: str = Field("127.0.0.1", description="The address that `make run` listens on.")
    port: int = Field(8000, ge=1, le=65535, description="The port that `make run` listens on.")
    allowed_hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Host names served, comma separated; demo mode adds loopback."
    )
    https: bool | None = Field(
        None, description="Cookies and redirects demand HTTPS; by default on outside demo mode."
    )
    trusted_proxies: int = Field(
        0,
        ge=0,
        le=10,
        description="Proxies in front, each of which adds to `X-Forwarded-For`; "
        "0 believes no `X-Forwarded-` header.",
    )
    database_url: SecretStr = Field(
        SecretStr("sqlite:///db.sqlite3"),
        description="`sqlite:///path` or `postgresql://user:password@host:port/name`.",
    )
    database_pool_size: int = Field(
        20, ge=1, le=500, description="PostgreSQL connections one process may hold."
    )
    redis_url: SecretStr | None = Field(
        None, description="`redis://…`: channel layer and cache between processes; optional."
    )
    campus_file: Path = Field(
        ROOT / "campus.toml", description="The file with everything specific to this campus."
    )
    email_url: SecretStr | None = Field(
        None,
        description="`smtp://user:password@host:port` (`smtps://` for TLS); "
        "without it, demo and staging print the mail.",
    )
    default_from_email: str = Field(
        "", description="Sender of our mail; by default the desk's address in the campus file."
    )
    openai_base_url: str = Field(
        "https://api.openai.com/v1",
        description="Chat Completions endpoint of OpenAI or any compatible server.",
    )
    openai_api_key: SecretStr | None = Field(
        None, description="Key for that server; local servers need none."
    )
    openai_model: str = Field(
        "", description="Model name; setting it makes the assistant use this provider."
    )
    answer_deadline_s: float = Field(
        180.0, gt=0, le=900, description="Seconds one reply may take in all."
    )
    connect_deadline_s: float = Field(5.0, gt=0, le=60, description="Seconds to reach a provider.")
    first_content_deadline_s: float = Field(
        30.0, gt=0, le=300, description="Seconds a provider may take to its first word."
    )
    idle_deadline_s: float = Field(
        25.0, gt=0, le=300, description="Seconds a provider may be silent between words."
    )
    drain_deadline_s: float = Field(
        20.0, ge=0, le=300, description="Seconds running replies get to finish after SIGTERM."
    )
    questions_per_minute: int = Field(
        20, ge=1, le=1000, description="Questions one account may send in a minute."
    )
    question_max_chars: int = Field(
        4000, ge=200, le=20000, description="Characters one question may hold."
    )

    @model_validator(mode="before")
    @classmethod
    def _split_lists(cls, values: dict[str, object]) -> dict[str, object]:
        hosts = values.get("allowed_hosts")
        if isinstance(hosts, str):
            values["allowed_hosts"] = tuple(h.strip() for h in hosts.split(",") if h.strip())
        return values

    @model_validator(mode="after")
    def _check(self) -> Self:
        if len(self.secret_key.get_secret_value()) < 50:
            raise ValueError("SECRET_KEY has fewer than 50 characters")
        if self.is_demo and self.is_on_network and self.demo_on_network != "yes":
            raise ValueError("HOST leaves loopback in demo mode; say DEMO_ON_NETWORK=yes as well")
        if self.is_production and self.debug:
            raise ValueError("DEBUG is refused in production")
        if not self.allowed_hosts and (self.is_on_network or not self.is_demo):
            raise ValueError("ALLOWED_HOSTS is empty; name the hosts that people type")
        if self.is_production and self.email_url is None:
            raise ValueError("EMAIL_URL is missing; sign-in codes could not be sent")
        return self

    @property
    def is_demo(self) -> bool:
        return self.helpdesk_mode is Mode.DEMO

    @property
    def is_production(self) -> bool:
        return self.helpdesk_mode is Mode.PRODUCTION

    @property
    def is_on_network(self) -> bool:
        return self.host not in LOOPBACK

    @property
    def uses_https(self) -> bool:
        return not self.is_demo if self.https is None else self.https

    @property
    def campus_time_zone(self) -> str:
        """The zone in which the campus reads its clocks; raises ValueError without one."""
        try:
            values = tomllib.loads(self.campus_file.read_text(encoding="utf-8"))
        except OSError as error:
            raise ValueError(f"CAMPUS_FILE cannot be read: {error.strerror}") from error
        if "time_zone" not in values:
            raise ValueError("CAMPUS_FILE names no time_zone")
        return str(values["time_zone"])

    @property
    def mailer(self) -> dict[str, object]:
        """Django's `MAILERS["default"]` for `EMAIL_URL`."""
        if self.email_url is None:
            return {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
        return mailer_settings(self.email_url.get_secret_value())

    @cached_property
    def database(self) -> dict[str, object]:
        """Django's `DATABASES["default"]` for `DATABASE_URL`."""
        return database_settings(self.database_url.get_secret_value(), self.database_pool_size)


def database_settings(url: str, pool_size: int) -> dict[str, object]:
    """Translate a database address into Django's settings; raise ValueError for another scheme."""
    parts = urlsplit(url)
    if parts.scheme == "sqlite":
        return {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": ROOT / parts.path.removeprefix("/"),
            "OPTIONS": {
                "transaction_mode": "IMMEDIATE",
                "timeout": 20,
                "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
            },
        }
    if parts.scheme in {"postgres", "postgresql"}:
        query = dict(pair.split("=", 1) for pair in parts.query.split("&") if "=" in pair)
        return {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": unquote(parts.path.removeprefix("/")),
            "USER": unquote(parts.username or ""),
            "PASSWORD": unquote(parts.password or ""),
            "HOST": unquote(query.get("host", parts.hostname or "")),
            "PORT": str(parts.port or ""),
            "OPTIONS": {"pool": {"min_size": 1, "max_size": pool_size, "timeout": 20}},
        }
    raise ValueError(f"DATABASE_URL has the unknown scheme {parts.scheme!r}")


def mailer_settings(url: str) -> dict[str, object]:
    """Translate a mail server's address into Django's settings; raise ValueError otherwise."""
    parts = urlsplit(url)
    if parts.scheme not in {"smtp", "smtps"} or not parts.hostname:
        raise ValueError("EMAIL_URL is not of the form smtp://user:password@host:port")
    return {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": parts.hostname,
            "port": parts.port or (465 if parts.scheme == "smtps" else 587),
            "username": unquote(parts.username or ""),
            "password": unquote(parts.password or ""),
            "use_ssl": parts.scheme == "smtps",
            "use_tls": parts.scheme == "smtp",
            "timeout": 20,
        },
    }


def read() -> Environment:
    """Read and check the environment; on a mistake say which variable and stop the process."""
    try:
        environment = Environment(_env_file=os.environ.get("ENV_FILE", ROOT / ".env"))
        for name in ("database", "mailer", "campus_time_zone"):
            getattr(environment, name)  # a mistake is told at the start
    except ValidationError as error:
        sys.exit("\n".join(["The configuration is not usable:", *map(_in_words, error.errors())]))
    except ValueError as error:
        sys.exit(f"The configuration is not usable:\n  {error}")
    return environment


def _in_words(error: ErrorDetails) -> str:
    name = ".".join(str(part) for part in error["loc"]).upper()
    message = error["msg"].removeprefix("Value error, ")
    return f"  {name}: {message}" if name else f"  {message}"
