"""A Chat Completions server for a browser: a word in the question says how it answers.

"How do I reset my password? (cut)" is answered as `cut` of the providers' server behaves; the
behaviours below are for what only a browser can show. `GET /words/NAME` gives the full text of a
behaviour that says the same every time.
"""

import asyncio
import re
import sys
from typing import Any

from aiohttp import web

from tests.chat.providers import server
from tests.chat.providers.server import Behaviour, FakeServer, Stream

STEADY_WORDS_PER_SECOND = 15
STEADY = " ".join(
    f"Sentence {number} of this answer tells what to do next. [1]" for number in range(1, 8)
)
BURST = "\n\n".join(f"{n}. {server.ANSWER}" for n in range(1, 120))[:20_000]
HOSTILE = """Look here [1]: <img src=x onerror="document.title='taken'"> and
<script>document.title = 'taken'</script>.

[press me](javascript:document.title='taken') ![a picture](https://eve.example/pixel.png)

- <iframe src="https://eve.example/"></iframe>
"""
NESTED = """> **Careful.** The first line of a note that is long enough to be cut somewhere.
>
> A second paragraph of the note goes on. It has two sentences.

1. The first step.

   With a second paragraph in it.

   - A list in the list,
   - of two.
2. The second step.

- A bullet,
- and another.

The last paragraph.
"""


async def steady(stream: Stream) -> None:
    """Fifteen words a second for about five seconds: time to stop, reload or look away."""
    await stream.words(STEADY, 1 / STEADY_WORDS_PER_SECOND)
    await stream.end()


async def patient(stream: Stream) -> None:
    """Says nothing for a second and a half, so that further questions can join."""
    await asyncio.sleep(1.5)
    await stream.words(server.ANSWER, 0.01)
    await stream.end()


async def burst(stream: Stream) -> None:
    """20,000 characters of steps, as fast as they go."""
    for start in range(0, len(BURST), 200):
        await stream.word(BURST[start : start + 200], 0.005)
    await stream.end()


async def hostile(stream: Stream) -> None:
    await stream.words(HOSTILE, 0.01)
    await stream.end()


async def nested(stream: Stream) -> None:
    """Quotes and lists that hold more than one thing."""
    await stream.words(NESTED, 0.05)
    await stream.end()


OURS: dict[str, Behaviour] = {
    behaviour.__name__: behaviour for behaviour in (steady, patient, burst, hostile, nested)
}
BEHAVIOURS = server.BEHAVIOURS | OURS


def behaviour_for(body: dict[str, Any]) -> Behaviour:
    """What the last word in parentheses of the newest question asks for; else `fast`.

    An answer to carry on is asked for in words of the product, so that is `fast`.
    """
    asked = re.findall(r"\((\w+)\)", body["messages"][-1]["content"])
    names = [name for name in asked if name in BEHAVIOURS]
    return BEHAVIOURS[names[-1]] if names else server.fast


def application() -> web.Application:
    fake = FakeServer(words_per_second=30)

    async def complete(request: web.Request) -> web.StreamResponse:
        body = await request.json()
        return await server._answer(fake, request, behaviour_for(body))

    app = web.Application()
    app.router.add_post("/v1/chat/completions", complete)
    return app


if __name__ == "__main__":
    web.run_app(application(), host="127.0.0.1", port=int(sys.argv[1]), print=None)
