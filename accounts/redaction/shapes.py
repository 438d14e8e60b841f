"""Whether a word looks like a password or like something people say about one.

The word lists were written for this project from what students write to a helpdesk.
"""

import re
from enum import Enum


class Shape(Enum):
    """What a word could be when it stands where a password may stand."""

    STRONG = "letters with digits or signs among them"
    MIXED = "capitals inside a word"
    DIGITS = "four digits or more"
    PLAIN = "a plain word"
    NOTHING = "an address, a name of a product, a measure, a placeholder"


_SAID_OF_PASSWORDS = """
    a abc about above accepted access account accounts active actually added after again ages all
    alphanumeric already also always an and annoying any anything apparently appears apple applied
    arabic as ask asked asking at attached attachment auto autofill automatic available back bad
    banned basic because been before behind being below besides between birthday blank blocked
    both box breached broken but by cached call called campus can cannot cant canvas capitalised
    capitalized case changed changing characters check chinese clean clear clearly click close
    come comes common complete completely complex complicated compromised compulsory confidential
    confusing contact correct correctly corrupted could crazy current daily dead default deleted
    denied did didn't different difficult digits disabled displayed ditto dodgy does doesn't doing
    don't done due duo duplicate each easy eduroam either else email empty encrypted english
    enough enter entered everything everywhere exact exactly example expired expires expiring
    exposed extremely failed failing fake false field fields finally fine fixed flagged foo for
    forever forgot forgotten french fresh from full fully funny garbage generated german get gets
    gmail gone good google got grayed great greyed guessable hacked had handwritten hard hardcoded
    has have he hello her here hidden hint his honestly horrible how however i icloud id identical
    if ignored illegal important impossible in inaccurate inactive incorrect indeed initial
    insecure inside instead intact internal into invalid invalidated invisible irrelevant is isn't
    it its just kept kinda known lame last leaked least legacy less letters linked literally
    locked login long longer lost lowercase managed mandatory manually masked matching maybe me
    meant memorised memorized messed microsoft mine mismatched missing misspelled more most much
    must my n/a na name necessary needed needs netid never new next no none nonexistent nonsense
    normal not nothing now null number numeric obsolete obvious obviously of off office ok okay
    okay-ish old on once one only onto open optional or other our out outdated outlook over
    overdue page partially password passwords pending perfect perfectly permanent personal phished
    placeholder please pointless possible possibly press private probably problem problematic
    prompted protected public public/private quite random rather read reader ready really recent
    recently recycled refused rejected remembered removed repeated required reset resetting reused
    ridiculous right rubbish safe same saved say says screen secret secure secured see sensitive
    sent set shared she short should shown silly similar simple simply since so some somehow
    something somewhere spanish stale standard still stolen stored strange strong stuck student
    stupid such sufficient super supposed sure suspended swapped symbols synced taken tbd tell
    temp temporary terrible that the their them then there these they this those though to toast
    today todo tomorrow too totally tough trash tricky true twice type typed ugly unable
    unaccepted unavailable unchanged unclear undefined under unique universal university unknown
    unlocked unreadable unrecognised unrecognized unsafe unset unsuccessful until unusable
    unverified up updated uppercase use useless username usual usually valid verified very via
    visible void vulnerable waiting was wasn't we weak weird well were what whatever when where
    whether which who why wi-fi wifi will windows with within without won't working works would
    wrong wrongly xxx xyz yes yesterday yet you your yours
"""
_DESCRIPTIVE = frozenset(_SAID_OF_PASSWORDS.split())
_DESCRIPTIVE_END = re.compile(r"(?:ing|ed|able|ible|ly|ful|less|ive|n't|n’t|’s|'s)$")
_OPENING_WORDS = """
    after also and and, at bc because before btw but but, can cause cheers correct could cuz did
    do does doesn't don't even for fyi help how however i i'm if im in is isn't it it's its my not
    now ok okay on or please pls plz right since so still thank thanks that the then this though
    thx to was what when where which who why with won't would yet you
"""
_OPENERS = frozenset(_OPENING_WORDS.split())
# Names with digits or capitals inside that students write next to "password".
_PRODUCT = re.compile(
    r"(?i)(?:1password|o(?:ffice)?-?365|ms-?365|m365|2fa|mfa2?|wpa[23]?(?:-?(?:psk|enterprise"
    r"|personal|eap))?|802\.1x"
    r"|sha-?\d+|md5|aes-?\d*|rsa-?\d*|peap\S*|mschap\S*|ttls\S*|utf-?8|ascii|base64|h26[45]|mp"
    r"[34]|ip(?:v[46]|hone|ad)\S*|ios\s?\S*|macos\S*|mac(?:book)?\S*"
    r"|win(?:dows)?-?\d+\S*|android-?\d*|chrome(?:book|os)?\d*|firefox\d*|ubuntu\S*|ps[2345]"
    r"|xbox\S*|usb-?c?[23]?|tpm2?\S*|v\d[\d.]*|ver\d\S*"
    r"|lastpass|keepass\S*|onedrive|onenote|sharepoint|linkedin|github|gitlab|youtube|powerpoint"
    r"|bitwarden|bitlocker|filevault|openvpn|globalprotect|anyconnect|gradescope|mathworks"
    r"|ebook\S*"
    r"|starbucks|respondus|lockdown|turnitin|topHat|mcgraw\S*|wileyplus|webassign|mylab\S*"
    r"|mathlab|ldap\S*|saml2?|oauth2?|oidc|imap4?|pop3|smtp|ssh2?|sftp|edu(?:roam)?"
    r"|aadsts\S*|inc-?\d+|req-?\d+|ritm\d+|hd-?\d+|tkt-?\d+|chg\d+|kb-?\d+|cve-\S+|0x[0-9a-f]+"
    r"|err[-_]\S*|nw-\d\S*|e\d{3,5}|f\d{1,2}|ctrl\S*|alt[+]\S*|cmd[+]\S*|shift[+]\S*"
    r"|[a-z]{2,4}\d{3}[a-z]?|(?-i:[A-Z]{2,4}\d{4}[A-Z]?)|[a-z]\d{1,3}|\d{1,3}[a-z]|covid-?19|b2b"
    r"|b2c|p2p|a4|l33t|leet|24/7|50/50|n/a|w/\S*|w/o)"
)
_MEASURE = re.compile(
    r"(?i)~?\d+(?:[.,:/-]\d+)*\+?-?(?:st|nd|rd|th|x|am|pm|gb|mb|kb|tb|ms|mins?|minutes?|hrs?"
    r"|hours?|h|s|secs?|k|days?|weeks?|months?|years?|yrs?|yo"
    r"|chars?|characters?|letters?|digits?|symbols?|words?|bits?|bytes?|mbps|ghz|mhz|%|pct|times?"
    r"|tries|attempts?|factor|step|usd|eur|\$|€)(?:-\S+)?|[$€£]\d\S*|\d+(?:[-–/.:,]\d+)+\+?"
    r"|(?:\d+[a-z]{0,2}-)[a-z-]+|[a-z]+-\d{1,2}"
)
_ADDRESS = re.compile(
    r"(?i)(?:[a-z]+://|www\.)\S*|[\w.+-]+@[\w-]+(?:\.[\w-]+)+|[\w.-]+\.(?:com|edu|org|net|io|exe"
    r"|docx?|pdf|png|jpe?g|txt|xlsx?|zip|html?|pkg|dmg|msi|mobileconfig)(?:/\S*)?"
)
_SIGNS = frozenset("@#$%^&*!_+=~|<>?\\§")
_PLACEHOLDER = re.compile(r"<[^>]*>|\{+[^}]*\}+|\[[^\]]*\]|\$\w+|%\w+%|[*•.xX_-]+")
_TRAILING = ".,;:?)]}\"'”’»`>…"


def trimmed(token: str) -> str:
    """The token without the punctuation of the sentence around it; a closing "!" stays."""
    return token.rstrip(_TRAILING)


def shape(token: str) -> Shape:
    """What a trimmed token could be."""
    bare = token.rstrip("!?*")
    if not any(char.isalnum() for char in bare) or _is_known(bare):
        return Shape.NOTHING
    if bare.isdigit():
        return Shape.DIGITS if len(bare) >= 4 else Shape.NOTHING
    letters = any(char.isalpha() for char in bare)
    if any(char.isdigit() for char in bare):
        return Shape.STRONG if letters else Shape.NOTHING
    if letters and (_SIGNS & set(bare) or ("." in bare and any(c.isupper() for c in bare[1:]))):
        return Shape.STRONG
    return _worded(bare)


def _worded(bare: str) -> Shape:
    """The shape of a token of letters, hyphens, slashes and apostrophes."""
    parts = re.split(r"[-/.'’]", bare)
    if len(parts) > 2 and not any(is_descriptive(part) for part in parts):
        return Shape.STRONG
    if len(bare) >= 6 and not bare.isupper() and sum(char.isupper() for char in bare[1:]) >= 1:
        return Shape.MIXED
    return Shape.PLAIN


def _is_known(bare: str) -> bool:
    return any(
        pattern.fullmatch(bare) is not None
        for pattern in (_PRODUCT, _MEASURE, _ADDRESS, _PLACEHOLDER)
    )


def is_descriptive(token: str) -> bool:
    """Whether the word says something about a password: "expired", "the", "case-sensitive"."""
    plain = trimmed(token.strip("\"'“”*!?")).lower()
    if not plain or plain in _DESCRIPTIVE or _DESCRIPTIVE_END.search(plain):
        return True
    return any(part in _DESCRIPTIVE for part in re.split(r"[-/'’]", plain))


def ends_clause(token: str) -> bool:
    """Whether the word opens the next clause: "and", "please", "because", a dash."""
    plain = token.strip("\"'“”(),.;:!?").lower()
    return not plain or plain in _OPENERS or plain in "-–—|&+/"
