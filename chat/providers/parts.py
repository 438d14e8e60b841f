"""The parts that answers from the help centre are put together from: steps, devices, closings.

What was said before is recognised by its sentences, so that nothing is told twice.
"""

import re
from collections.abc import Iterable, Sequence

from django.utils import timezone
from django.utils.translation import gettext as _

from chat import desk
from chat.prompt import Passage, Prompt
from chat.providers.article import Article, Section, blocks_of, name_of
from chat.providers.article import relevance as relevance_of
from chat.providers.blocks import Block, Kind, split_sentences
from knowledge import systems
from knowledge.search.text import plain

USUAL_CHARS = 1_200
SURE = 0.75
SAID_SHARE = 0.8
COMMONEST = (systems.WINDOWS, systems.MACOS, systems.IOS, systems.ANDROID)

MARKER = re.compile(r"\[\d{1,2}\]")


def body(prompt: Prompt, section: Section, *, is_opened: bool = False) -> list[str]:
    """The section's blocks for the person's device, the most telling ones when it is long.

    After an opening the words before the devices' own steps are left out.
    """
    chosen = [
        (passage, block)
        for passage in (*section.general, *for_systems(prompt, section))
        for block in blocks_of(passage)
        if passage.system
        or not section.by_system
        or block.kind is Kind.STEPS
        or (block.kind is Kind.PROSE and not is_opened)
    ]
    parts: list[str] = []
    named = prompt.system
    for passage, block in within_budget(prompt.question, chosen):
        if passage.system and passage.system != named:
            named = passage.system
            parts.append(f"**{name_of(passage)}**")
        parts.append(block.cited(passage.source.number))
    return parts


def within_budget(
    question: str, chosen: Sequence[tuple[Passage, Block]]
) -> list[tuple[Passage, Block]]:
    """The first block, every list of steps with its code, then what fits best, in order."""
    scores = relevance_of(question, [block.text for _passage, block in chosen])
    kept = {
        place
        for place, (_passage, block) in enumerate(chosen)
        if place == 0 or block.kind is Kind.STEPS
    }
    left = USUAL_CHARS - sum(len(chosen[place][1].text) for place in kept)
    for place in sorted(range(len(chosen)), key=lambda place: -scores[place]):
        if place not in kept and len(chosen[place][1].text) <= left:
            kept.add(place)
            left -= len(chosen[place][1].text)
    return [chosen[place] for place in sorted(kept) if has_its_lead(chosen, kept, place)]


def has_its_lead(chosen: Sequence[tuple[Passage, Block]], kept: set[int], place: int) -> bool:
    """Code and tables mean nothing without the words before them."""
    alone = chosen[place][1].kind in {Kind.CODE, Kind.TABLE}
    return not alone or place == 0 or place - 1 in kept


def for_systems(prompt: Prompt, section: Section) -> Sequence[Passage]:
    """The passages for the devices meant; when none is known, the commonest device's."""
    if not section.by_system:
        return ()
    wanted = systems_wanted(prompt)
    meant = [passage for passage in section.by_system if passage.system in wanted]
    if meant or wanted:
        return meant
    ranked = [system for system in COMMONEST if has(section, system)]
    likeliest = ranked[0] if ranked else section.by_system[0].system
    return [passage for passage in section.by_system if passage.system == likeliest]


def other_devices(prompt: Prompt, section: Section) -> list[str]:
    """Which other devices there are steps for, and the question which one it is."""
    shown = {passage.system for passage in for_systems(prompt, section)}
    others = [name_of(one) for one in section.by_system if one.system not in shown]
    wanted = systems_wanted(prompt)
    if not others or (shown and wanted):
        return []
    names = {"devices": listed(others)}
    if wanted:
        return [_("There are steps for %(devices)s, but none for your device.") % names]
    return [_("On another device? I have the steps for %(devices)s too; say which.") % names]


def closing(body: Iterable[str]) -> str:
    if any(part.startswith("1. ") for part in body):
        return _("If it fails, tell me at which step and what you see there.")
    return _("Not what you meant? Tell me what you see, or ask for a person.")


def person() -> str:
    offer = _("If that doesn’t do it, a person can look at it with you.")
    return f"{offer} {desk.a_person_answers(timezone.now())}"


def not_in_it() -> str:
    """Say that the article does not answer this, and offer a person."""
    said = _("The article doesn’t say that, and I won’t guess. A person can tell you.")
    return f"{said} {desk.a_person_answers(timezone.now())}"


def nothing_new(again: str = "") -> str:
    """Say that the article has no more than what was said, and offer a person."""
    all_there_is = _(
        "That is all the help centre says about it, so I would only repeat myself. "
        "A person can look into it."
    )
    said = f"{all_there_is} {desk.a_person_answers(timezone.now())}"
    if not again or "\n" in again:
        return said
    return joined([_("In short: %(again)s") % {"again": again}, said])


def is_said(text: str, before: str, *, share: float = SAID_SHARE) -> bool:
    return share_said(text, before) >= share


def share_said(text: str, before: str) -> float:
    """The share of a text's sentences that stand in another text, 0 to 1."""
    haystack = bare_words(before)
    sentences = [bare for one in split_sentences(text) if len(bare := bare_words(one)) > 12]
    return sum(one in haystack for one in sentences) / len(sentences) if sentences else 0.0


def is_covered(sentence: str, text: str) -> bool:
    """Whether the text says the same in nearly the same words."""
    said = set(bare_words(sentence).split())
    return len(said & set(bare_words(text).split())) >= SAID_SHARE * len(said)


def bare_words(text: str) -> str:
    return " ".join(re.findall(r"\w+", plain(MARKER.sub("", text)).lower()))


def systems_wanted(prompt: Prompt) -> frozenset[str]:
    named = systems.named_in(prompt.question)
    if prompt.system and (not named or prompt.system in named):
        return frozenset({prompt.system})
    return named


def has(section: Section, system: str) -> bool:
    return any(passage.system == system for passage in section.by_system)


def listed(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    return _("%(first)s and %(last)s") % {"first": ", ".join(names[:-1]), "last": names[-1]}


def joined(parts: Iterable[str]) -> str:
    return "\n\n".join(part for part in parts if part)


def otherwise() -> str:
    return _("If that’s not it, describe it in other words, or ask for a person.")


def fits_device(passage: Passage, prompt: Prompt) -> bool:
    wanted = systems_wanted(prompt)
    return not passage.system or not wanted or passage.system in wanted


def doubt(article: Article, section: Section) -> str:
    if article.score >= SURE:
        return ""
    number = section.passages[0].source.number
    said = _("I’m not sure that this is it. The closest article is **%(title)s**.")
    return said % {"title": article.title} + f" [{number}]"


def summary(question: str, article: Article, section: Section) -> str:
    told = article.summary_for(question)
    return f"{told} [{section.passages[0].source.number}]" if told else ""
