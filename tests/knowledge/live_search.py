"""A process of the service that searches and edits as it is told, a line of JSON at a time."""

import json
import sys
from typing import Any

import django


def main() -> None:
    """Read `["verb", argument, …]` and answer with what the verb returned."""
    django.setup()
    from django.contrib.auth.models import AnonymousUser

    from backplane import versions
    from knowledge import publishing, search
    from knowledge.models import Article

    def find(words: str) -> list[str]:
        return [hit.text for hit in search.search(words, reader=AnonymousUser(), limit=50)]

    def edit(slug: str, body: str) -> None:
        article = Article.objects.get(slug=slug)
        article.body = body
        publishing.edit(article, by=None)

    def archive(slug: str) -> None:
        publishing.archive(Article.objects.get(slug=slug))

    verbs: dict[str, Any] = {"find": find, "edit": edit, "archive": archive}
    search.warm_up()
    versions.poll_in_thread()
    for line in sys.stdin:
        verb, *arguments = json.loads(line)
        print(json.dumps(verbs[verb](*arguments)), flush=True)  # noqa: T201


if __name__ == "__main__":
    main()
