"""What the environment may say, written down for people: `docs/configuration.md`, `.env.example`.

Both are drawn from the fields of `Environment`, so neither can fall behind it.
"""

from enum import Enum
from pathlib import Path

from pydantic import SecretStr
from pydantic.fields import FieldInfo

from helpdesk.env import ROOT, Environment

INTRODUCTION = """\
# Configuration

The environment decides, or the file `.env` in the checkout; a variable of the environment wins
over the file, and an empty one counts as not given. Everything is read and checked once at the
start: a wrong or missing value stops it and is told by name. `make run` writes a `.env` for the
demo when there is none; `ENV_FILE` names another file. What is particular to a campus is in
`campus.toml`.

This page is written by `manage.py configuration --write`.

| Variable | Default | Meaning |
|---|---|---|
"""


def pages() -> dict[Path, str]:
    """The text of each page by its path."""
    return {ROOT / "docs" / "configuration.md": table(), ROOT / ".env.example": example()}


def table() -> str:
    rows = (
        f"| `{name.upper()}` | {_default_cell(field)} | {_cell(field.description or '')} |"
        for name, field in Environment.model_fields.items()
    )
    return INTRODUCTION + "\n".join(rows) + "\n"


def example() -> str:
    """Every variable with its meaning, commented out where it has a default."""
    blocks = (
        f"# {field.description}\n{'' if field.is_required() else '# '}{name.upper()}="
        f"{'' if field.is_required() else default_text(field)}\n"
        for name, field in Environment.model_fields.items()
    )
    return "\n".join(blocks)


def default_text(field: FieldInfo) -> str:
    """The default as it would be written in `.env`; empty when there is none."""
    match field.default:
        case None | ():
            return ""
        case bool(flag):
            return str(flag).lower()
        case SecretStr() as secret:
            return secret.get_secret_value()
        case Enum() as choice:
            return str(choice.value)
        case Path() as path:
            return str(path.relative_to(ROOT))
        case value:
            return str(value)


def _default_cell(field: FieldInfo) -> str:
    if field.is_required():
        return "required"
    text = default_text(field)
    return f"`{text}`" if text else "none"


def _cell(text: str) -> str:
    return text.replace("|", "\\|")
