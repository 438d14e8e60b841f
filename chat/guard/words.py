"""Words as the rules see them: small, without endings; and the words disguises are tried on."""

import re
from functools import lru_cache

_ENDING = re.compile(r"(?:ies|ied|ings?|edly|ed|es|ers?|s|e)$")
_DOUBLED = re.compile(r"([bdgklmnprt])\1$")

# Words an instruction is made of, written for this project; only these are read out of
# leetspeak and count as language when a decoding is tried.
_KNOWN = """
    about above act admin all and answer answers are as assignment assignments assistant before
    bypass calculus can code coursework developer dan dissertation do essay essays everything exam
    filter filters for forget from give guidelines hack hello help homework how ignore ignoring
    important initial instruction instructions integral is jailbreak kill limits me mode must my
    myself new no not now of override paper password please poem pretend previous print prior
    problem program prompt prompts question quiz repeat report restrictions reveal role rule rules
    safety say secret show solve story suicide system tell text that the their this to translate
    unrestricted was what will with without word words work write your you
    """
VOCABULARY = frozenset(_KNOWN.split())


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The word without case, apostrophes and simple endings: "Essays" and "essay" are one."""
    plain = word.casefold().replace("'", "").replace("’", "")
    if len(plain) < 4:
        return plain
    cut = _ENDING.sub("", plain)
    if len(cut) < 3:
        return plain
    return _DOUBLED.sub(r"\1", cut)
