"""Passwords said in words: "my password is Tr0ub4dor", but never "my password is expired".

A place where a value may stand is found first (after "password is", before "as my password",
behind "login ada /"); then the value's own shape decides, because the same words carry both.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator

from accounts.redaction.patterns import ends_word, exact_scanner, scanner
from accounts.redaction.shapes import Shape, ends_clause, is_descriptive, shape, trimmed
from accounts.redaction.spans import OPAQUE, Kind, Span

_WINDOW = 100  # characters looked at before or after the word "password"
_JOINT = 45  # characters "as my old eduroam" in front of it may fill
_STRONG = frozenset({Shape.STRONG})
_ANY = frozenset({Shape.STRONG, Shape.MIXED, Shape.DIGITS, Shape.PLAIN})

_KEYWORD = scanner(
    r"(?:pass[ -]?words?|passwrd|pasword|passowrd|psswd|pwrd|p/w|passw|passwd|pass[ -]?phrase"
    r"|pass[ -]?code|pwd?|psw|pswd|pass|pin|psk"
    r"|(?:wpa2?|wi-?fi|network|security|wireless|router|hotspot) (?:key|pass))\b"
    r"|(?P<foreign>(?:passwort|kennwort|contrase[ñn]a|clave|mot de passe|mdp|senha|wachtwoord"
    r"|l[öo]senord|has[łl]o|[şs]ifre|parola)\b|пароль|mật khẩu|كلمة المرور|كلمة السر"
    r"|(?P<joined>密码|密碼|パスワード|비밀번호))"
)
_FILLER = (
    r"(?:[ \t]+\(?(?:for|to|of|on|at|in|i|that|which|we|you|they|with|here|hint|field|again"
    r"|everywhere)"
    r"(?:[ \t]+[\w'’.@/-]{1,30}){0,6}?\)?)?"
)
_SOFTENERS = (
    r"(?:\s+(?:now|still|just|currently|probably|definitely|actually|either|literally|simply|always"
    r"|basically|called|set to|like|something like|not|also|supposed to be|spelled|written|exactly"
    r"|maybe|usually|mostly|really|only|today|as follows|this|below))*"
)
_STATES = re.compile(
    rf"(?i)[\"'`*]*{_FILLER}[\"'`]?\s*(?:=>?|:=?|\?|->|→|–|—|-(?=\s)|\b(?:is|was|were|(?:sh"
    rf"|w)ould be|will be|used to be|ist|war|es|era|est|était|é|è|lautet|heißt|jest|c['’]est"
    rf"|это)\b|是|は|為"
    rf"|['’]s\b){_SOFTENERS}\s*[:=]?\s*"
)
_FOLLOWS = re.compile(
    r"(?i)[\"'`]?,?(?:[ \t]+(?:that[ \t]+|which[ \t]+)?(?:they|you|it|he|she|i|grace|the"
    r"[ \t]\w{1,20})[ \t]+(?:just[ \t]+)?"
    r"(?:gave|sent|set|got|chose|assigned|received|mailed|emailed|use|used|made|have|had|typed)"
    r"(?:[ \t]+(?:me|us|up))?,?:?)?(?:[ \t]+|[ \t]*\n[ \t]*)"
)
_SET_IT = scanner(
    r"\b(?:changed|set|reset|updated|switched|made)[ \t]+(?:it|mine|that|this|one)(?:[ \t]+back)?"
    r"(?:[ \t]+(?:to|as|into))?[ \t]*:?[ \t]+"
)
_CHANGES = re.compile(
    r"(?i)\b(?:chang|set|reset|updat|switch|mad|mak|put)(?:e|ed|ing|ting|)\b[^.\n\ufffc]{0,40}$"
)
_TO = re.compile(
    rf"(?i){_FILLER}(?P<done>[ \t]+(?:set|changed|reset|updated))?[ \t]+(?:back[ \t]+)?(?:to|into"
    rf"|as|from)(?:[ \t]+be)?[ \t]*:?[ \t]+"
)
_LATER = re.compile(
    r"(?i)[^\n\ufffc]{0,70}?(?:\b(?:it['’]?s|it is|it was|namely|which is|is this|this one"
    r"|here it is|here|(?:new|old|current|other|first|second|real) one (?:is|was))\b[ \t]*:?"
    r"|:)\s+(?=\S)"
)
_VALUE = re.compile(
    r"[\"“„‘'`«*<(\[{]*(?:(?<=[\"“„‘'`«])(?P<quoted>[^\"”“’'`»\n\ufffc]{1,60})(?=[\"”“’'`»])"
    r"|(?P<bare>[^\s\ufffc]{1,200}))"
)
_NEXT = re.compile(
    r"(?i)[\"'”’)]?[ \t]*(?:,|/|\bor\b|\band\b|\bthen\b|\bbut\b|\binstead of\b|\bnot\b|\bto\b)(?:"
    r"[ \t]+(?:or|and|then|maybe|also|even|later|now|its|it['’]s|it is|not|the new one is"
    r"|new one))*[ \t]+"
)
_AS_PASSWORD = re.compile(
    r"(?i)(?:\bas|\bis|\bwas|=)(?:[ \t]+(?:still|now|actually|also|not|really|indeed))*(?:"
    r"[ \t]+(?:my|the|our|a|his|her|their|that))?(?:[ \t]+(?:new|old|current|eduroam|wi-?fi|email"
    r"|netid|campus|temporary|temp|login|real|actual|university)){0,2}[ \t]+$"
)
_TYPED = scanner(
    r"\b(?:typed|type|typing|entered|enter|entering|tried|try|trying|used|use|using|put|puts?"
    r"|wrote|chose|picked|gave|submitted)(?:[ \t]+(?:in|with|out|them|him|her))?[ \t]*:?[ \t]+"
)
_LOGIN = scanner(
    r"(?:log[ -]?in|sign[ -]?in|log ?on|user(?:name)?|net ?id|account|credentials?|creds|benutzer"
    r"|usuario|uid)"
    r"(?:[ \t]+(?:is|are|as|with|details|info))?[ \t]*[:=]?[ \t]+[\w.@+-]{2,64}[ \t]*(?:/|\||,|;"
    r"|:|\band\b|\bwith\b|[ \t])[ \t]*"
)
_NETWORK_KEY = scanner(
    r"\b(?:wi-?fi|ssid|network|hotspot|router)\b[^\n.;?]{1,40}\bkey(?: is|[ \t]?[:=])[ \t]*"
)
_PAIR = exact_scanner(r"[\w.+-]{2,64}@[\w-]{1,40}(?:\.[\w-]{1,40}){1,4}[ \t]*(?:/|\||:|;|,)[ \t]*")
_USERINFO = scanner("[a-z]://[^\\s/:@\ufffc]{1,64}:([^\\s/@\ufffc]{1,100})@")
_COMMAND = scanner(
    "(?:\\bcurl\\b[^\n\ufffc]{0,80}? -u[ ]?|--user[ =])[\\w.@-]{1,64}:([^\\s\ufffc\"']{1,100})"
    "|\\bmysql\\b[^\n\ufffc]{0,60}? -p([^\\s\ufffc-][^\\s\ufffc]{2,100})"
    "|\\bsshpass -p ?([^\\s\ufffc]{2,100})"
)
_CREDENTIALS = scanner(r"\b(?:credentials?|creds|username|login data|log-?in details)\b")
_LONG_TOKEN = exact_scanner("[^\\s\ufffc]{8,}")
_LAST_WORD = re.compile(
    r"(?<![^\s\ufffc])[\"“„‘'`«*<(\[]*(?P<word>[^\s\ufffc]{1,64}?)[\"”’'`»*>)\]]*[ \t]*$"
)
_WORD = re.compile(r"[^\s\ufffc]+")


def find_passwords(text: str) -> Iterator[Span]:
    """Every password a text says, shows in a login pair, or passes on a command line."""
    keywords = [found for found in _KEYWORD.finditer(text) if _is_whole(text, found)]
    for keyword in keywords:
        yield from _stated(text, keyword)
        yield from _named_before(text, keyword.start())
    if keywords:
        yield from _entered(text, [keyword.start() for keyword in keywords])
    near = sorted(found.start() for found in (*keywords, *_CREDENTIALS.finditer(text)))
    if near:
        yield from _conspicuous(text, near)
    for pattern in (_LOGIN, _PAIR, _NETWORK_KEY):
        for login in pattern.finditer(text):
            yield from _elaborate(_values(text, login.end(), _STRONG), text)
    for pattern in (_USERINFO, _COMMAND):
        for found in pattern.finditer(text):
            yield Span(Kind.PASSWORD, *found.span(found.lastindex or 0))


def _is_whole(text: str, keyword: re.Match[str]) -> bool:
    """Whether the keyword is a word of its own; "DB_PASSWORD" is, "compass" is not."""
    if keyword["joined"]:
        return True
    start, end = keyword.span()
    before = text[start - 1] if start else " "
    starts = before == "_" or not (before.isalnum() or before == OPAQUE)
    return starts and ends_word(text, end)


def _stated(text: str, keyword: re.Match[str]) -> Iterator[Span]:
    """What stands behind the word: "is X", ": X", "to X" after a change, or X at once."""
    wanted = _STRONG if keyword["foreign"] else _ANY
    if states := _STATES.match(text, keyword.end(), keyword.end() + 2 * _WINDOW):
        yield from _values(text, states.end(), _plain_ok(keyword, states, wanted))
        return
    if (to := _TO.match(text, keyword.end(), keyword.end() + _WINDOW)) and (
        to["done"] or _is_change(text, keyword)
    ):
        yield from _values(text, to.end(), wanted - {Shape.PLAIN, Shape.MIXED})
        return
    if follows := _FOLLOWS.match(text, keyword.end()):
        found = list(_values(text, follows.end(), _STRONG))
        yield from found
        if found:
            return
    if later := _LATER.match(text, keyword.end(), keyword.end() + _WINDOW):
        yield from _values(text, later.end(), _STRONG)


def _plain_ok(
    keyword: re.Match[str], states: re.Match[str], wanted: frozenset[Shape]
) -> frozenset[Shape]:
    """A bus pass and a dash say little: after those the value must look like a secret itself."""
    is_pass = keyword[0].lower() in ("pass", "pin") and not re.search("[:=]", states[0])
    if is_pass or re.search("[–—?-]", states[0]):
        return wanted - {Shape.PLAIN, Shape.MIXED}
    return wanted


def _is_change(text: str, keyword: re.Match[str]) -> bool:
    start = max(0, keyword.start() - _WINDOW)
    return _CHANGES.search(text, start, keyword.start()) is not None


def _values(text: str, position: int, wanted: frozenset[Shape]) -> Iterator[Span]:
    """The value at `position`, and those joined to it by "or", "and", a comma."""
    while span := _value(text, position, wanted):
        yield span
        after = _NEXT.match(text, span.end, span.end + _WINDOW)
        if after is None:
            return
        position, wanted = after.end(), _STRONG


def _value(text: str, position: int, wanted: frozenset[Shape]) -> Span | None:
    found = _VALUE.match(text, position)
    if found is None or text[found.end() : found.end() + 1] == OPAQUE:
        return None
    if found["quoted"] is not None:
        return _quoted(found, wanted)
    start = found.start("bare")
    token = trimmed(found["bare"])
    form = shape(token)
    if not token or form not in wanted:
        return None
    end = start + len(token)
    if form is Shape.DIGITS and _counts(text, end):
        return None
    if form is Shape.PLAIN:
        last = _phrase_end(text, start)
        return Span(Kind.PASSWORD, start, last) if last else None
    return Span(Kind.PASSWORD, start, end)


def _quoted(found: re.Match[str], wanted: frozenset[Shape]) -> Span | None:
    words = found["quoted"].split()
    if not words or all(shape(word) is Shape.NOTHING for word in words):
        return None
    descriptive = sum(is_descriptive(word) for word in words)
    if descriptive * 4 > len(words) or Shape.PLAIN not in wanted:
        strong = any(shape(word) is Shape.STRONG for word in words)
        return Span(Kind.PASSWORD, *found.span("quoted")) if strong and len(words) <= 4 else None
    return Span(Kind.PASSWORD, *found.span("quoted"))


def _counts(text: str, end: int) -> bool:
    """Whether a number counts something: "12 characters", "8 to 20 letters", "90 days"."""
    return (
        re.match(
            r"(?i)(?:\+|[ \t]*(?:\+|to|-|or|more|of)[ \t]*\d*)?[ \t-]*(?:char|letter|digit|symbol"
            r"|day|time|year|month|minute|hour|week|word"
            r"|attempt|tr(?:y|ies)|user|device|student|people|percent|%|error|am\b|pm\b|long"
            r"|failed)",
            text[end : end + 40],
        )
        is not None
    )


def _phrase_end(text: str, start: int) -> int | None:
    """Where plain words that could be a passphrase end, or None when they say something.

    One word must end its clause; several must reach its end with no descriptive word among them.
    """
    end = start
    for count, word in enumerate(_WORD.finditer(text, start, start + _WINDOW)):
        token = trimmed(word[0])
        if count == 0 and is_descriptive(token):
            return None
        if count and ends_clause(word[0]):
            return end
        if count and (is_descriptive(token) or shape(token) is Shape.NOTHING or count > 5):
            return None
        end = word.start() + len(token)
        if word[0] != token or "\n" in text[word.end() : word.end() + 2]:
            return end
    return end if text[end:].strip() == "" or len(text) > start + _WINDOW else None


def _named_before(text: str, end: int) -> Iterator[Span]:
    """The value in front of the word: "typed X as my password", "X is my password"."""
    joint = _AS_PASSWORD.search(text, max(0, end - _JOINT), end)
    if joint is None:
        return
    last = _LAST_WORD.search(text, max(0, joint.start() - _WINDOW), joint.start())
    if last is None or text[last.start() - 1 : last.start()] == OPAQUE:
        return
    token = trimmed(last["word"])
    start = last.start("word")
    form = shape(token)
    plain = form in (Shape.PLAIN, Shape.DIGITS) and not is_descriptive(token)
    if form in (Shape.STRONG, Shape.MIXED) or (plain and _is_typed(text, start)):
        yield Span(Kind.PASSWORD, start, start + len(token))


def _is_typed(text: str, start: int) -> bool:
    window = text[max(0, start - 20) : start]
    return any(typed.end() == len(window) for typed in _TYPED.finditer(window))


def _entered(text: str, keywords: list[int]) -> Iterator[Span]:
    """Values near the word, not tied to it: "I tried Sommer2024!, it says wrong password"."""
    for typed in _TYPED.finditer(text):
        if _is_near(text, typed.end(), keywords):
            yield from _elaborate(_values(text, typed.end(), _STRONG), text)
    for changed in _SET_IT.finditer(text):
        if _is_near(text, changed.end(), keywords):
            yield from _values(text, changed.end(), _STRONG)


def _conspicuous(text: str, keywords: list[int]) -> Iterator[Span]:
    """Tokens that could be nothing else, near a word for passwords or credentials."""
    for token in _LONG_TOKEN.finditer(text):
        if _is_near(text, token.start(), keywords):
            yield from _every_mark(_values(text, token.start(), _STRONG), text)


def _is_near(text: str, position: int, keywords: list[int]) -> bool:
    """Whether a keyword lies within reach, with nothing removed in between."""
    following = bisect_right(keywords, position)
    ways = (sorted((position, word)) for word in keywords[max(0, following - 1) : following + 1])
    return any(end - start <= _WINDOW and OPAQUE not in text[start:end] for start, end in ways)


def _elaborate(spans: Iterator[Span], text: str) -> Iterator[Span]:
    """Those of at least seven characters, with a digit, a letter, and a capital or a sign."""
    for span in spans:
        token = text[span.start : span.end]
        has_mark = any(char.isupper() or not char.isalnum() for char in token)
        has_both = any(map(str.isalpha, token)) and any(map(str.isdigit, token))
        if len(token) >= 7 and has_mark and has_both:
            yield span


def _every_mark(spans: Iterator[Span], text: str) -> Iterator[Span]:
    """Those with a small letter, a capital, a digit and a sign: near the word, that is enough."""
    for span in spans:
        token = text[span.start : span.end]
        marks = (str.islower, str.isupper, str.isdigit, lambda char: not char.isalnum())
        if len(token) >= 8 and all(any(map(mark, token)) for mark in marks):
            yield span
