"""Letters that look like Latin ones, for the judged copy only.

A small table of our own. Pairs were chosen by eye from the scripts students mix in by trick and
checked against the idea, not the data file, of Unicode Technical Standard 39 (confusables).
"""

import re
import unicodedata

_PAIRS = (
    # Cyrillic
    "аa еe оo рp сc уy хx іi јj ѕs һh ԁd ԛq ԝw кk мm тt вb нh ӏl "
    "АA ВB ЕE КK МM НH ОO РP СC ТT ХX УY ІI ЈJ ЅS Ԛq ԜW ӀI "
    # Greek
    "αa οo νv ρp τt υu ιi κk ηn χx γy εe βb ωw ϲc "
    "ΑA ΒB ΕE ΖZ ΗH ΙI ΚK ΜM ΝN ΟO ΡP ΤT ΥY ΧX "
    # Armenian and Cherokee
    "օo սu հh ոn ցg ԍd ᎪA ᏴB ᏟC ᎬE ᎻH ᎫJ ᏦK ᏞL ᎷM ᏢP ᏒR ᏚS ᎢT ᏙV ᎳW ᏃZ "
    # Latin letters of phonetic alphabets, small capitals, upside-down vowels
    "ıi ɑa ɡg ɩi ɪi ʟl ɴn ʀr ʙb ɢg ʜh ʏy ᴀa ᴄc ᴅd ᴇe ᴊj ᴋk ᴍm ᴏo ᴘp ᴛt ᴜu ᴠv ᴡw ᴢz ꜰf ꜱs ǝe ɐa"
)
TABLE = {ord(pair[0]): pair[1] for pair in _PAIRS.split()}
# Letters in dark circles and squares, which compatibility folding leaves alone.
for _first in (0x1F150, 0x1F170):
    TABLE |= {_first + place: chr(ord("a") + place) for place in range(26)}

_SYMBOL = re.compile("[\U0001f150-\U0001f169\U0001f170-\U0001f189]")
_WORD = re.compile(r"[^\W\d_]+(?:[\d_@$!]+[^\W\d_]+)*")
_BORROWED = {code for code in TABLE if not unicodedata.name(chr(code), "").startswith("LATIN")}


def fold_confusables(text: str) -> str:
    """Fold look-alikes in words of mixed script, and in whole words of an otherwise Latin text.

    Real Russian or Greek stays itself: one word with a letter of its own is enough.
    """
    text = _SYMBOL.sub(lambda symbol: TABLE[ord(symbol[0])], text)
    is_latin = _is_latin(text)
    return _WORD.sub(lambda word: _folded(word[0], is_latin), text)


def _folded(word: str, text_is_latin: bool) -> str:
    if word.isascii():
        return word
    foreign = [char for char in word if char.isalpha() and not _is_latin_letter(char)]
    disguised = all(ord(char) in TABLE for char in foreign)
    mixed = any(char.isascii() and char.isalpha() for char in word)
    if disguised and (mixed or text_is_latin or not foreign):
        return word.translate(TABLE)
    return word


def _is_latin(text: str) -> bool:
    """More Latin letters than others, and no foreign word that could not be a disguise."""
    latin = foreign = 0
    for word in _WORD.findall(text):
        if word.isascii():
            latin += len(word)
            continue
        strange = [char for char in word if char.isalpha() and not _is_latin_letter(char)]
        if len(strange) == len(word) and any(ord(char) not in TABLE for char in strange):
            return False
        foreign += len(strange)
        latin += len(word) - len(strange)
    return latin > foreign


def _is_latin_letter(char: str) -> bool:
    code = ord(char)
    return code not in _BORROWED and (code < 0x250 or 0x1E00 <= code < 0x1F00 or code in TABLE)
