"""Numbers that identify a person or a card: found by checksum, or by the words around them."""

import re
from collections.abc import Callable, Iterator

from accounts.redaction.patterns import ends_word, exact_scanner, scanner, starts_word
from accounts.redaction.spans import OPAQUE, Kind, Span

_WINDOW = 60  # characters before a number in which its name is looked for

# --- Payment cards. Prefixes and lengths: ISO/IEC 7812 issuer ranges; checksum: Luhn (mod 10).
_DIGIT_RUN = exact_scanner(r"\d(?:[ -]?\d){12,}")
_GROUP = re.compile(r"\d+")
_ISSUER = re.compile(
    r"4(?:\d{12}|\d{15}|\d{18})|5[1-5]\d{14}|2[2-7]\d{14}|3[47]\d{13}|3[0689]\d{12}|6\d{15,18}"
)
_CARD_SHAPES = {(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 1)}
_NOT_A_CARD = scanner(
    r"\b(?:order|tracking|shipment|serial|imei|invoice|reference|ref|ticket|asset|barcode|isbn"
    r"|meeting|tracking|transaction|part|sim|iccid)\b[^.\n]{0,20}$"
)


def find_card_numbers(text: str) -> Iterator[Span]:
    """Card numbers that pass the Luhn check, in one run or in a card's groups."""
    for run in _DIGIT_RUN.finditer(text):
        groups = [group.span() for group in _GROUP.finditer(text, run.start(), run.end())]
        first = 0
        while first < len(groups):
            last = _card_end(text, groups, first)
            if last is not None:
                yield Span(Kind.CARD_NUMBER, groups[first][0], groups[last][1])
            first = first + 1 if last is None else last + 1


def _card_end(text: str, groups: list[tuple[int, int]], first: int) -> int | None:
    """The index of the last group of a card number that begins at group `first`, or None."""
    if not starts_word(text, groups[first][0]):
        return None
    for last in range(first, min(first + 5, len(groups))):
        shape = tuple(end - start for start, end in groups[first : last + 1])
        if last > first and shape not in _CARD_SHAPES:
            continue
        digits = "".join(text[start:end] for start, end in groups[first : last + 1])
        if (
            _ISSUER.fullmatch(digits)
            and luhn(digits)
            and not _named_otherwise(text, groups[first][0])
        ):
            return last
    return None


def _named_otherwise(text: str, start: int) -> bool:
    return _NOT_A_CARD.search(text[max(0, start - _WINDOW) : start]) is not None


def luhn(digits: str) -> bool:
    """Whether the last digit is right by the Luhn formula (ISO/IEC 7812-1, annex B)."""
    total = 0
    for place, char in enumerate(reversed(digits)):
        value = int(char) * (1 + place % 2)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


# --- National identity numbers. Each entry: its shape, its checksum, the words that name it.
def _us_ssn(number: str) -> bool:
    """No area 000, 666 or 9xx, no group 00, no serial 0000 (Social Security Administration)."""
    digits = _digits(number)
    area, group, serial = digits[:3], digits[3:5], digits[5:]
    return area not in ("000", "666") and area[0] != "9" and group != "00" and serial != "0000"


def _canada_sin(number: str) -> bool:
    return luhn(_digits(number))


def _spain_dni(number: str) -> bool:
    """The letter is the number modulo 23, with X, Y, Z of a NIE standing for 0, 1, 2."""
    plain = re.sub(r"[ -]", "", number).upper()
    value = int(plain[:-1].translate(str.maketrans("XYZ", "012")))
    return "TRWAGMYFPDXBNJZSQVHLCKE"[value % 23] == plain[-1]


def _brazil_cpf(number: str) -> bool:
    """Two check digits, weights falling to 2, modulo 11."""
    values = [int(char) for char in _digits(number)]
    if len(set(values)) == 1:
        return False
    for length in (9, 10):
        total = sum(
            value * weight
            for value, weight in zip(values[:length], range(length + 1, 1, -1), strict=True)
        )
        if total * 10 % 11 % 10 != values[length]:
            return False
    return True


def _china_id(number: str) -> bool:
    """Check character of GB 11643 (ISO 7064 MOD 11-2)."""
    total = sum(int(char) * pow(2, 17 - place, 11) for place, char in enumerate(number[:17]))
    return "10X98765432"[total % 11] == number[17].upper()


def _france_nir(number: str) -> bool:
    """The last two digits are 97 less the first thirteen modulo 97 (INSEE)."""
    digits = _digits(number)
    return 97 - int(digits[:13]) % 97 == int(digits[13:])


def _india_aadhaar(number: str) -> bool:
    """Twelve digits, never beginning with 0 or 1 (UIDAI)."""
    return _digits(number)[0] not in "01"


def _as_shaped(number: str) -> bool:
    return True


def _digits(number: str) -> str:
    return re.sub(r"\D", "", number)


_SSN_WORDS = r"ssn|s\.s\.n|social(?: security)?|tax(?:payer)? id|itin|fafsa|w-?2|1098-?t"
_IDENTITY: tuple[tuple[str, Callable[[str], bool], str], ...] = (
    (r"\d{3}-\d{2}-\d{4}", _us_ssn, rf"{_SSN_WORDS}|identity|\bid\b|identification"),
    (r"\d{3} ?\d{2} ?\d{4}", _us_ssn, r"ssn|social security"),
    (r"\d{3}[ -]?\d{3}[ -]?\d{3}", _canada_sin, r"\bsin\b|social insurance"),
    (
        r"(?i:[A-Z]{2} ?\d{2} ?\d{2} ?\d{2} ?[A-D])",
        _as_shaped,
        r"insurance|\bnino\b|\bni (?:no|num)",
    ),
    (r"(?i:(?:\d{8}|[XYZ]-?\d{7})[ -]?[A-Z])", _spain_dni, r"\bdni\b|\bnie\b|identi|national id"),
    (r"(?i:[A-Z]{6}\d{2}[A-EHLMPRST]\d{2}[A-Z]\d{3}[A-Z])", _as_shaped, ""),
    (r"\d{3}\.\d{3}\.\d{3}-\d{2}", _brazil_cpf, ""),
    (r"\d{11}", _brazil_cpf, r"\bcpf\b"),
    (r"\d{17}[\dXx]", _china_id, ""),
    (
        r"[12] ?\d{2} ?\d{2} ?\d{2} ?\d{3} ?\d{3} ?\d{2}",
        _france_nir,
        r"s[ée]curit[ée] sociale|\bnir\b|social|carte vitale",
    ),
    (r"\d{4} ?\d{4} ?\d{4}", _india_aadhaar, r"aadh?aar"),
    (r"(?i:[A-Z]{1,2}\d{6,8}|\d{9})", _as_shaped, r"passport (?:number|no\.?|num|nr\.?|#|is|:)"),
)
_IDENTITIES = tuple(
    (exact_scanner(shape), check, scanner(words) if words else None)
    for shape, check, words in _IDENTITY
)
_LAST_FOUR = scanner(
    r"\blast (?:four|4)(?: digits)? of (?:my |the )?(?:ssn|social(?: security(?: number)?)?)"
    r"(?: is| are|:)? {0,3}(\d{4})\b"
)


def find_national_ids(text: str) -> Iterator[Span]:
    """Identity numbers of a dozen countries, by checksum, by the words before them, or both."""
    for shape, check, words in _IDENTITIES:
        for found in shape.finditer(text):
            if _is_apart(text, *found.span()) and check(found[0]) and _is_named(text, found, words):
                yield Span(Kind.NATIONAL_ID, *found.span())
    for found in _LAST_FOUR.finditer(text):
        yield Span(Kind.NATIONAL_ID, *found.span(1))


def _is_apart(text: str, start: int, end: int) -> bool:
    joined = text[start - 1 : start] in ("-", ".") or text[end : end + 1] == "-"
    return starts_word(text, start) and ends_word(text, end) and not joined


def _is_named(text: str, found: re.Match[str], words: re.Pattern[str] | None) -> bool:
    if words is None:
        return True
    before = text[max(0, found.start() - _WINDOW) : found.start()].rpartition(OPAQUE)[2]
    after = text[found.end() : found.end() + _WINDOW // 2].partition(OPAQUE)[0]
    return words.search(before) is not None or words.search(after) is not None
