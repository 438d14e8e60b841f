"""Secrets made by machines: API keys, private keys, session tokens."""

import math
import re
from bisect import bisect_right
from collections import Counter
from collections.abc import Iterator

from accounts.redaction.patterns import exact_scanner, scanner, starts_word
from accounts.redaction.spans import Kind, Span

# Prefixes as the issuers publish them (OpenAI and Anthropic sk-, GitHub, GitLab, AWS, Google,
# Slack, Stripe, SendGrid, npm, PyPI, Hugging Face, Shopify, DigitalOcean, Twilio, Canvas).
_PREFIXED = exact_scanner(
    r"sk-[A-Za-z0-9_-]{16,}|[sr]k_(?:live|test)_[A-Za-z0-9]{10,}|whsec_[A-Za-z0-9]{16,}"
    r"|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
    r"|A(?:KIA|SIA)[A-Z0-9]{12,}|AIza[A-Za-z0-9_-]{30,}|ya29\.[A-Za-z0-9_-]{16,}|GOCSPX-"
    r"[A-Za-z0-9_-]{16,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{10,}|SG\.[A-Za-z0-9_-]{16,}\."
    r"[A-Za-z0-9_-]{16,}"
    r"|npm_[A-Za-z0-9]{30,}|pypi-[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{20,}|shp(?:at|ss|ca)_"
    r"[a-fA-F0-9]{20,}"
    r"|do[opr]_v1_[a-f0-9]{32,}|SK[a-f0-9]{32}|dckr_pat_[A-Za-z0-9_-]{16,}|\d{3,6}~[A-Za-z0-9]{40,}"
)
_NAMED = scanner(
    r"(?:api|access|secret|auth|bearer|personal access|client|service|account|storage"
    r"|license server|deploy)"
    r"[ _-]?(?:access[ _-]?)?(?:key|token|secret)s?\b|\btoken\b|\bsecret\b|\bapikey\b"
)
_NAMED_VALUE = re.compile(
    r"""(?i)["'`]?(?:[ \t]+(?:for|to|of|from|in)(?:[ \t]+[\w.-]{1,20}){1,4}?)?"""
    r"""[ \t]*(?:=>?|:=?|->|\bis\b|\bwas\b|,)?[ \t\n]*["'`“]?([A-Za-z0-9+/_.~-]{20,512}={0,2})"""
)
_JWT = exact_scanner(r"eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{4,}(?:\.[A-Za-z0-9_-]*)?")
_BEARER = scanner(r"\b(?:bearer|basic)[ \t]+([A-Za-z0-9+/_.~=-]{16,})")
_COOKIE_LINE = scanner("\\b(?:set-)?cookie:[ \\t]*([^\\s\ufffc][^\n\ufffc]*)")
_NAMED_TOKEN = scanner(
    r"(?:phpsessid|jsessionid|asp\.net_sessionid|session(?:[ _-]?(?:id|token|key|cookie|data))?"
    r"|connect\.sid|sid|csrf_?token|xsrf-token|access_token|refresh_token|id_token|auth_token"
    r"|samlresponse|ticket"
    r"|token)"
    r"""["'`]?(?:[ \t]*[=:][ \t]*|[ \t]+(?:is|was)[ \t]+)["'`]?([A-Za-z0-9%+/_.~:=-]{12,})"""
)
_BEGIN = exact_scanner(
    r"-----BEGIN (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|PuTTY-User-Key-File-\d:"
    r"|Private-Lines:"
)
_END = exact_scanner(
    r"-----END (?:[A-Z0-9]+ ){0,3}PRIVATE KEY(?: BLOCK)?-----|Private-MAC: *[0-9a-f]+"
)
_KEY_LINES = re.compile(r"(?:\s*(?:[A-Za-z0-9+/=]{16,}|[A-Z][A-Za-z-]{2,20}: [^\n]*))*")


def find_api_keys(text: str) -> Iterator[Span]:
    """Keys with a known prefix, and long random-looking tokens after words such as "API key"."""
    for found in _PREFIXED.finditer(text):
        if starts_word(text, found.start()):
            yield Span(Kind.API_KEY, *found.span())
    for name in _NAMED.finditer(text):
        value = _NAMED_VALUE.match(text, name.end())
        if value and _looks_random(value[1]):
            yield Span(Kind.API_KEY, *value.span(1))


def find_session_tokens(text: str) -> Iterator[Span]:
    """JSON web tokens, bearer headers, cookies, and session parameters of an address."""
    for found in _JWT.finditer(text):
        if starts_word(text, found.start()):
            yield Span(Kind.SESSION_TOKEN, *found.span())
    for found in _BEARER.finditer(text):
        if _has_digit_and_letter(found[1]):
            yield Span(Kind.SESSION_TOKEN, *found.span(1))
    for found in _COOKIE_LINE.finditer(text):
        if "=" in found[1]:
            yield Span(Kind.SESSION_TOKEN, found.start(1), found.start(1) + len(found[1].rstrip()))
    for found in _NAMED_TOKEN.finditer(text):
        if _has_digit_and_letter(found[1]) and "://" not in found[1]:
            yield Span(Kind.SESSION_TOKEN, *found.span(1))


def find_private_keys(text: str) -> Iterator[Span]:
    """PEM, OpenSSH, PGP and PuTTY private keys, whole or cut off before their last line."""
    ends = [end.end() for end in _END.finditer(text)]
    position = 0
    for begin in _BEGIN.finditer(text):
        if begin.start() < position:
            continue
        following = bisect_right(ends, begin.end())
        position = ends[following] if following < len(ends) else _key_end(text, begin.end())
        yield Span(Kind.PRIVATE_KEY, begin.start(), position)


def _key_end(text: str, start: int) -> int:
    lines = _KEY_LINES.match(text, start)
    return lines.end() if lines else start


def _has_digit_and_letter(token: str) -> bool:
    return any(char.isdigit() for char in token) and any(char.isalpha() for char in token)


def _looks_random(token: str) -> bool:
    """Digits and letters mixed, more than 3 bits of Shannon entropy per character, no address."""
    if not _has_digit_and_letter(token) or "://" in token or token.count(".") > 3:
        return False
    sample = token[:128]
    entropy = -sum(n / len(sample) * math.log2(n / len(sample)) for n in Counter(sample).values())
    return entropy > 3.0
