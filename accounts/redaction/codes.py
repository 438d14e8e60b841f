"""One-time codes: digits in a sentence about a sign-in code, and not those of errors or rooms."""

import re
from collections.abc import Iterator

from accounts.redaction.patterns import exact_scanner, scanner
from accounts.redaction.spans import Kind, Span

_BEFORE, _AFTER = 90, 60  # characters of the clause looked at on each side

_SUBJECT = scanner(
    r"code|\botp\b|passcode|\btext(?:ed|s)?\b|\bsms\b|\bduo\b|authenticat|verif|token|sign in"
    r"|log in|\b2fa\b|\bmfa\b|codigo|código|код|验证码"
)
_DIGITS = exact_scanner(
    r"(?:G-)?(?:\d{3}[ -]\d{3}|\d{4}[ -]\d{4}|\d{2} \d{2} \d{2}|\d \d \d \d \d \d|\d{4,})"
)
_LEADS_ON = re.compile(r"[\w#.$€£/:+\ufffc-]")
_GOES_ON = re.compile(r"[\w\ufffc%]|[-./:]\d|[ -]\d")
_BREAKS = (". ", "! ", "? ", "; ", "\n\n", ".\n", "!\n", "?\n", "\ufffc")
_ABOUT_SIGN_IN = scanner(
    r"\botp\b|one[- ]time|verif|authenticat|\bduo\b|\b2fa\b|\bmfa\b|two[- ]?(?:factor|step)"
    r"|multi-?factor|\bsms\b"
    r"|\btext(?:ed|s)?\b|passcode|(?:six|eight|four|6|8|4)[- ]?digit|(?:security|log-?in|sign-?in"
    r"|backup|recovery|confirmation|reset|bypass|temporary|access) code"
    r"|codigo de|código|код|验证码"
)
_CODE = (
    r"(?:codes?|passcode|otp|token|código|codigo|код|one[- ]time password|tan|verification number)"
)
_JOIN = (
    r"(?:[ \t]*(?:[,:=–—→(\"'“]|- |->|\b(?:is|was|of|it is|it's|its|it was|they were|reads|says"
    r"|said|now|just|number|es|это|showed|shows|like|which|that)\b))*[ \t\n]*$"
)
_ENTERED = scanner(
    r"\b(?:typed?|typing|entered|enter|tried|try|put|used?)(?: (?:in|the|my|code|this))*[ \t]*:?"
    r"[ \t]*$"
    r"|\b(?:i|and|he|she) (?:said|told|gave|read|shared|sent)(?: (?:him|her|them|it|out))?"
    r"[ \t]*:?[ \t]*$"
)
_ANY_CODE = scanner(r"\bcodes?\b")
_DIRECT = scanner(rf"\b{_CODE}{_JOIN}|验证码(?:是|:)? *$")
_MINE = scanner(
    rf"\b(?:my|your|the|a|this|this code|mi|el)(?: [\w-]+){{0,3}} {_CODE}(?: (?:from|for|in|on|i"
    rf"|it|they|you|she|he|that)\b(?: [\w'-]+){{0,6}}?)?{_JOIN}"
)
_GIVEN = scanner(
    r"\b(?:texted|messaged|sms['’]?d|sent|gave|gives|emailed|called|pushed|got|received|shows?"
    r"|showed|showing|says?|said|displays?|typed?|typing|entered|entering|enter"
    r"|put|tried|try|trying|used?|using|reads?|generated|generates|texts?|sends)(?: (?:to|in"
    r"|out))?(?: (?:me|us|him|her|with))?(?: (?:the|a|this|that|my|code|number|codes|passcode|is"
    r"|was|it|like|digits?|six|6)){0,4}[ \t]*[:=(\"'“]?[ \t]*$"
    r"|\b(?:number|digits|app|authenticator|sms|text|message)(?: [\w]+){0,3}? (?:is|was|are|were"
    r"|said|says)[ \t:]*$"
)
_AND_ANOTHER = scanner(
    r"\d[ \t]*(?:,|and|or|then|and then|, then|, and)[ \t]+(?:then |also |now )?$"
)
_TEXTED = scanner(r"\b(?:texted|messaged|sms['’]?d)\b[^\d\n]{0,20}$")
_IS_MY_CODE = scanner(
    rf"[\"'”)]?,?[ \t]*(?:(?:is|was|as|being|=|-|–)[ \t]+(?:still |also )?(?:my|the|your|a|what"
    rf"|our)\b(?: [\w-]+){{0,4}}? (?:{_CODE}|duo|authenticator|sms)"
    rf"|(?:from|in|on|off) (?:the|my|duo|google|microsoft)\b[ \w]{{0,20}}?(?:app|authenticator"
    rf"|duo|text|sms|phone)|to (?:verify|sign in|log ?in|confirm)|is what (?:duo|it|the))"
)
_OTHER_NUMBER = scanner(
    r"\b(?:room|rm|ticket|case|order|incident|inc|ref(?:erence)?|serial|asset|tag|ext(?:ension)?"
    r"|phone|mobile|cell|call(?:ed|ing)?|dial|port|build|version|firmware"
    r"|student|employee|staff|card|id|netid|zip|postcode|postal|crn|course|class|section|invoice"
    r"|usd|euros?|page|line|event|err(?:or|no)?|status|pid|vlan|key|bitlocker|hall|lab|building"
    r"|floor|seat|locker|kb|update|model|badge"
    r"|slot|printer|around|about|over|than|approximately|almost|nearly|exit|http|aadsts|[$€£])"
    r"(?:[ \t]*(?:number|no\.?|nr\.?|id|#|code))?(?:[ \t]*(?:is|was|:|=|#|at|on))?[ \t]*[(#]?$"
)
_DATED = scanner(
    r"\b(?:year|since|until|till|by|from|in|of|fall|spring|summer|winter|autumn|january|february"
    r"|march|april|may|june|july"
    r"|august|september|october|november|december)[ \t]*$"
)
_OTHER_CODE = scanner(
    r"\b(?:err(?:or)?|status|exit|stop|zip|postal|post|area|country|dial(?:l?ing)?|product|course"
    r"|class|building|room|door|bar|qr|source|promo|discount|coupon|voucher|http|response|return"
    r"|result|event|check|bug"
    r"|dep(?:t|artment)|subject|module|join|crn|order|tracking|ticket|reference|ref|case|serial"
    r"|asset|model|fault|failure|reason|hex|meeting|webinar|printer|print|copier|copy|release"
    r"|machine|budget|cost|dress|language|enrol?l?ment|registration|invite|team)"
    r"[ -]?codes?\b|\bcodes?[ \t]+error|\berr(?:or)?s?\b[^\n]{0,30}\bcode|\b(?:fails?|failed"
    r"|failing|crash\w*|aborts?|stops?|quits?|exits?)\b[^\n]{0,25}\bcode\b"
)
_POSSESSED = scanner(r"\b(?:my|your)\b")
_UNIT = scanner(
    r"[ \t]*(?:char|dollar|usd|euro|time|people|student|user|hour|minute|second|day|week|month"
    r"|year|line|mb|gb|kb|mbps|digit|page|point|credit|word|file|mail|row|pixel|error|am\b|pm\b"
    r"|or later|onwards|building|hall|st\b|street|road|ave|%)"
)


def find_one_time_codes(text: str) -> Iterator[Span]:
    """Codes of a sign-in, four to eight digits or in groups, judged clause by clause."""
    if not _SUBJECT.search(text):
        return
    for digits in _DIGITS.finditer(text):
        start, end = digits.span()
        if not _stands_alone(text, start, end):
            continue
        if _is_code(digits[0], _clause_before(text, start), _clause_after(text, end)):
            yield Span(Kind.ONE_TIME_CODE, start, end)


def _stands_alone(text: str, start: int, end: int) -> bool:
    """Four to eight digits that are no part of a longer number, an address or a price."""
    long = sum(char.isdigit() for char in text[start : min(end, start + 20)]) > 8
    return not (long or _LEADS_ON.match(text[start - 1 : start]) or _GOES_ON.match(text, end))


def _clause_before(text: str, start: int) -> str:
    window = text[max(0, start - _BEFORE) : start]
    ends = (window.rfind(stop) + len(stop) for stop in _BREAKS if stop in window)
    return window[max(ends, default=0) :]


def _clause_after(text: str, end: int) -> str:
    window = text[end : end + _AFTER]
    return window[
        : min((window.find(stop) for stop in _BREAKS if stop in window), default=len(window))
    ]


def _is_code(digits: str, before: str, after: str) -> bool:
    """Whether the clause around the digits speaks of a sign-in code and of nothing else."""
    if not _SUBJECT.search(before) and not _SUBJECT.search(after):
        return False
    if len(digits) == 4 and _DATED.search(before):
        return False
    if _OTHER_NUMBER.search(before) or _UNIT.match(after) or _OTHER_CODE.search(before + after):
        return False
    if (
        _IS_MY_CODE.match(after) and (_is_six(digits) or "code" in after[:40].lower())
    ) or _TEXTED.search(before):
        return True
    about_sign_in = _ABOUT_SIGN_IN.search(before + " " + after) is not None
    if _DIRECT.search(before) or _MINE.search(before):
        return about_sign_in or _is_six(digits) or _possessed(before)
    if not _is_six(digits):
        return False
    if _ENTERED.search(before) or _AND_ANOTHER.search(before):
        return about_sign_in or _ANY_CODE.search(before + " " + after) is not None
    return about_sign_in and (
        " " in digits or not before.strip() or _GIVEN.search(before) is not None
    )


def _possessed(before: str) -> bool:
    return _POSSESSED.search(before) is not None


def _is_six(digits: str) -> bool:
    return sum(char.isdigit() for char in digits) == 6
