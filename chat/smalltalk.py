"""What needs no passage: greetings, thanks, "are you a person?", "that did not help" (pure).

A message is small talk only when every part of it is: "hi, my wifi is down" is a question. The
answers are templates in which `{{ campus.… }}` stands for a value of the campus file.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from django.utils import timezone
from django.utils.translation import gettext as _

from chat import desk, followup
from chat.prompt import Speaker, Turn
from knowledge.search.text import words

LONGEST_WORDS = 24


class Kind(IntEnum):
    """What a part of a message is; of several parts the highest decides the answer."""

    GREETING = 1
    AGREED = 2
    HOW_ARE_YOU = 3
    BYE = 4
    THANKS = 5
    SOLVED = 6
    WHO_ARE_YOU = 7
    ARE_YOU_A_PERSON = 8
    DID_NOT_HELP = 9
    WANTS_PERSON = 10


# Regular expressions over lower-case words without accents and apostrophes; a line or a bar
# between spaces starts another phrase, and <name> stands for one of PARTS.
PARTS = {
    "person": r"""(?:(?:real|actual|live|human|living) )?(?:person|human(?: being)?|agent|somebody
        |someone|operator|advisor|representative|employee|people)""",
    "machine": r"(?:robot|bot|chatbot|machine|ai|a i|computer|real|chatgpt|llm)",
    "answer": r"""(?:that|this|it|you|your (?:answer|advice|steps)
        |the (?:answer|step|article|link)s?)""",
    "is": r"(?:thats|this is|that is|its|it is|you are|youre|(?:your|the) answer is)",
    "not": r"""(?:did ?nt|did not|does ?nt|does not|do not|dont|is not|isnt|was not|wasnt|were not
        |werent)""",
    "helpful": r"(?:help(?:ful|ing)?|work(?:ing)?|useful)",
    "meant": r"what i (?:asked|meant|need|needed|want|wanted)",
    "want": r"""(?:(?:can|could|may) i|i(?:d| would)? (?:want|like|need|prefer|rather)(?: to)?
        |i wanna|let me|please|how (?:can|do) i)""",
    "talk": r"(?:talk|speak|chat|get|connect|have|reach|contact)",
    "fetch": r"(?:talk|speak|chat|connect me|transfer me|get me|put me through|give me|escalate)",
    "filler": r"""(?:there|again|everyone|all|assistant|bot|please|pls|plz|man|mate|dude|bro|friend
        |guys|sir|so|well|oh|and|but|hmm+|um|then|sorry)""",
}
PHRASES = {
    Kind.GREETING: r"""
        hi+ | hey+ | hello+ | hallo | hola | bonjour | salut | ciao | ola | namaste | merhaba
        hej | servus | moin | yo | hiya | howdy | greetings | sup | whats up | morning | evening
        good (?:morning|afternoon|evening|day) | guten (?:tag|morgen|abend) | buenos dias
        buenas(?: tardes)? | buongiorno | bom dia | dzien dobry | 你 ?好 | 您 ?好
        こ ?ん ?に ?ち ?は | 안녕하세요 | привет | здравствуйте | مرحبا | السلام عليكم
    """,
    Kind.AGREED: r"""
        ok(?:ay)? | k | kk | alright | all right | sure | fine | cool | nice | good | great
        perfect | awesome | super | got it | i see | understood | makes sense | will do
        ill try(?: that| it)? | let me try(?: that| it)? | wow | lol | haha+
    """,
    Kind.HOW_ARE_YOU: r"""
        how are you(?: doing)?(?: today)? | how is it going | hows it going | how do you do
        wie gehts | como estas | ca va
    """,
    Kind.BYE: r"""
        bye(?: bye)? | goodbye | good ?night | see (?:you|ya)(?: (?:later|soon))? | later
        have a (?:nice|good|great) (?:day|evening|one|weekend) | thats (?:all|it|everything)
        no(?:thing)? (?:more|else) | no more questions | cheerio | tschuss | adios | au revoir
        再 ?见 | до свидания
    """,
    Kind.THANKS: r"""
        thanks?(?: you)?(?: (?:a lot|so much|very much|a ton|a million|again))? | thank u
        thanx | thx | ty | tysm | tyvm | cheers | many thanks | much appreciated
        (?:i )?appreciate (?:it|that|this) | you are the best | lifesaver
        youre (?:the best|great|awesome|a lifesaver)
        thanks? (?:you )?for (?:your|the|all(?: your| the)?) help | danke(?: (?:schon|sehr))?
        vielen dank | merci(?: beaucoup)? | (?:muchas )?gracias | grazie(?: mille)?
        obrigad[oa] | tack | dzieki | dziekuje | tesekkurler | спасибо | شكرا | 谢 ?谢
        ありがとう | 감사합니다
    """,
    Kind.SOLVED: r"""
        (?:(?:it|that|this) )?(?:works?|worked|is working)(?: (?:now|again|perfectly|great))?
        (?:(?:it|that|this) )?(?:did it|helped|solved it|fixed it|did the trick)(?: now)?
        (?:its|it is|im|i am|all) (?:working|fixed|solved|good|sorted|done|in|connected)(?: now)?
        (?:problem )?(?:solved|fixed|sorted) | that was it
    """,
    Kind.WHO_ARE_YOU: r"""
        (?:who|what) (?:are|r) (?:you|u) | whats your name | what is your name
        introduce yourself | what (?:can|do) you do | who (?:made|built) you
        what can (?:i|you) (?:ask|help)(?: (?:you|me))?(?: with)?
        how (?:do you|does this) work | (?:can|could) (?:you|u) help(?: me)?
        i need (?:some )?help | help(?: me)? | wer bist du | quien eres | qui es tu
    """,
    Kind.ARE_YOU_A_PERSON: r"""
        (?:are|r) (?:you|u) (?:an? |the )?(?:<person>|<machine>)(?: or .*)?
        is this (?:an? )?(?:<person>|<machine>)(?: or .*)?
        am i (?:talking|chatting|speaking) (?:to|with) (?:an? )?(?:<person>|<machine>)(?: or .*)?
        bist du (?:ein )?(?:mensch|bot|roboter|echt) | eres (?:humano|un robot|una persona)
        es tu (?:humain|un robot)
    """,
    Kind.DID_NOT_HELP: r"""
        <answer> (?:really )?<not> (?:really )?<helpful>(?: (?:me|either|at all|much|for me))?
        <answer> <not> (?:any help|solve (?:it|anything|my problem)|<meant>|an answer)
        (?:did ?nt|does ?nt|not) <helpful>
        <is> (?:useless|wrong|not helpful|no help|unhelpful|not <meant>)
        useless | unhelpful | wrong(?: answer)? | no help(?: at all)?
        das hat nicht geholfen | no me ayudo | ca n ?a(?:ide| pas aide) pas
    """,
    Kind.WANTS_PERSON: r"""
        <want> ?(?:please )?<talk>? ?(?:to|with|through to|me to)? ?(?:an? |the |some )?<person>
        <want> (?:talk|speak|chat) (?:to|with) (?:an? )?<person> about .*
        <fetch>(?: (?:to|with))? ?(?:an? |the |some )?<person>
        (?:an? )?<person> | open a ticket | escalate
        ich (?:will|mochte) (?:mit )?(?:einem|einen) menschen(?: sprechen)?
        quiero hablar con (?:una persona|un humano)
        je veux parler a (?:une personne|quelqu un)
    """,
}


def _one_of(phrases: str) -> str:
    """A group of the phrases, with the parts put in."""
    pieces = re.split(r"\n\s*| \| ", phrases)
    joined = "|".join(piece.strip() for piece in pieces if piece.strip(" |"))
    for name, part in PARTS.items():
        joined = joined.replace(f"<{name}>", re.sub(r"\n\s*", "", part))
    return f"(?:{joined})"


_FILLER = _one_of("<filler>")
_PATTERNS = {
    kind: re.compile(rf"(?:{_FILLER} )*{_one_of(phrases)}(?: {_FILLER})*")
    for kind, phrases in PHRASES.items()
}
_POLITE = (Kind.GREETING, Kind.AGREED, Kind.THANKS)
_LEADING = re.compile(rf"(?:{_one_of(' | '.join(PHRASES[kind] for kind in _POLITE))} )+")
_PARTS = re.compile(r"[.,!?;:\n—–…]+|\s-\s")


@dataclass(frozen=True, slots=True)
class Reply:
    """A ready answer, with campus placeholders."""

    kind: Kind
    text: str


def reply(question: str, turns: Sequence[Turn] = ()) -> Reply | None:
    """The answer to small talk; None when any part of the message is a question."""
    parts = [" ".join(words(part)) for part in _PARTS.split(question)]
    spoken = [part for part in parts if part]
    if not spoken or sum(len(part.split()) for part in spoken) > LONGEST_WORDS:
        return None
    kinds = [_kind(part) for part in spoken]
    if None in kinds:
        return None
    kind = max(kind for kind in kinds if kind)
    return Reply(kind, _answer(kind, turns))


def _kind(part: str) -> Kind | None:
    """The kind of one part, with or without a greeting or thanks before it."""
    for text in (part, _LEADING.sub("", part, count=1)):
        for kind in sorted(Kind, reverse=True):
            if _PATTERNS[kind].fullmatch(text):
                return kind
    return None


def _answer(kind: Kind, turns: Sequence[Turn]) -> str:
    if kind is Kind.DID_NOT_HELP:
        return _did_not_help(turns)
    texts = {
        Kind.GREETING: _("Hello. What’s not working?"),
        Kind.AGREED: _("Good. Tell me how it goes, or what you see."),
        Kind.HOW_ARE_YOU: _("Running well, thank you. What’s not working on your side?"),
        Kind.BYE: _("Goodbye. Your conversation stays here, so you can come back to it."),
        Kind.THANKS: _("You’re welcome. I’m here if anything else stops working."),
        Kind.SOLVED: _("Good to hear. I’m here if anything else stops working."),
        Kind.WHO_ARE_YOU: _(
            "I’m the assistant of the {{ campus.desk.name }} at {{ campus.name }}. I answer "
            "questions about campus IT, such as Wi-Fi, passwords, mail, printing and software, "
            "from the help centre, and I say which article it is from. Tell me what’s not "
            "working, and on which device."
        ),
        Kind.ARE_YOU_A_PERSON: _(
            "No, I’m a machine: the assistant of the {{ campus.desk.name }}. I answer from the "
            "help centre and say which article it is from. If you’d rather have a person, "
            "choose **Talk to a person**."
        ),
        Kind.WANTS_PERSON: _(
            "Of course. Choose **Talk to a person**, and this conversation goes along, so you "
            "don’t have to tell it again. %(soon)s Our hours: {{ campus.desk.hours }}. In a hurry, "
            "call {{ campus.desk.phone }}."
        )
        % {"soon": desk.a_person_answers(timezone.now())},
    }
    return texts[kind]


def _did_not_help(turns: Sequence[Turn]) -> str:
    """Ask which step failed when there were steps; after the second try offer a person."""
    answers = [turn.text for turn in turns if turn.speaker is Speaker.ASSISTANT]
    offer = _("Choose **Talk to a person**, and somebody looks at it with all you have tried.")
    person = f"{offer} {desk.a_person_answers(timezone.now())}"
    if not answers:
        return _("I haven’t answered anything yet. What’s not working?")
    has_asked = any(_("Which step stopped you?") in answer for answer in answers)
    steps = followup.steps_in(answers[-1])
    if has_asked or (not steps and len(answers) > 1):
        return _("Then I’ve given you what the help centre has.") + " " + person
    if not steps:
        return (
            _("Then it wasn’t the right answer. What do you see, and on which device?")
            + " "
            + person
        )
    listed = "\n".join(f"{number}. {_short(text)}" for number, text in steps.items())
    asked = _("Which step stopped you? Tell me its number and what you see there.")
    return f"{asked}\n\n{listed}\n\n{_('Nothing left to try?')} {person}"


def _short(step: str) -> str:
    """A step's first sentence."""
    return re.split(r"(?<=[.!?])\s", step, maxsplit=1)[0]
