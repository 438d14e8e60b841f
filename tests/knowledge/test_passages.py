from knowledge import passages
from knowledge.models import Article, Category

BODY = """Before any heading.

## Join the network

Open the settings.

### Windows

Press the button.

### iPhone and iPad

Tap it.

## Windows

Not the same place.

## Empty

## {{ campus.network.ssid }} *at* `home`

```
## not a heading
```
"""


def test_each_heading_with_text_makes_a_passage() -> None:
    pieces = passages.cut(BODY)

    assert [(piece.heading, piece.system, piece.anchor) for piece in pieces] == [
        ("", "", ""),
        ("Join the network", "", "join-the-network"),
        ("Join the network (Windows)", "windows", "windows"),
        ("Join the network (iPhone and iPad)", "ios", "iphone-and-ipad"),
        ("Windows", "windows", "windows-2"),
        ("eduroam at home", "", "eduroam-at-home"),
    ]


def test_a_passage_keeps_its_markdown_and_its_placeholders() -> None:
    pieces = passages.cut("## Where\n\nAt **{{ campus.desk.place }}**.\n")

    assert pieces[0].text == "At **{{ campus.desk.place }}**."


def test_a_mark_in_a_code_block_is_no_heading() -> None:
    assert "## not a heading" in passages.cut(BODY)[-1].text


def test_a_mac_address_is_no_macintosh() -> None:
    pieces = passages.cut("## Find the MAC address\n\nLook.\n\n## On a Mac\n\nLook.\n")

    assert [piece.system for piece in pieces] == ["", "macos"]


def test_rebuilding_keeps_the_rows_that_did_not_change(
    category: Category, django_assert_num_queries: object
) -> None:
    article = Article.objects.create(
        slug="a", title="A", body="## One\n\nFirst.\n\n## Two\n\nSecond.\n", category=category
    )
    passages.rebuild(article)
    before = list(article.passages.values_list("pk", "text"))

    article.body = "## One\n\nFirst.\n\n## Two\n\nChanged.\n\n## Three\n\nThird.\n"
    changed = passages.rebuild(article)

    after = list(article.passages.values_list("pk", "text"))
    assert changed
    assert after[0] == before[0]
    assert after[1] == (before[1][0], "Changed.")
    assert after[2][1] == "Third."


def test_rebuilding_an_unchanged_article_writes_nothing(
    category: Category, django_assert_num_queries: object
) -> None:
    article = Article.objects.create(
        slug="a", title="A", body="## One\n\nFirst.\n", category=category
    )
    passages.rebuild(article)

    with django_assert_num_queries(1):  # type: ignore[operator]
        changed = passages.rebuild(article)

    assert not changed


def test_a_section_that_is_gone_loses_its_row(category: Category) -> None:
    article = Article.objects.create(
        slug="a", title="A", body="## One\n\nFirst.\n\n## Two\n\nSecond.\n", category=category
    )
    passages.rebuild(article)

    article.body = "## One\n\nFirst.\n"
    passages.rebuild(article)

    assert [row.heading for row in article.passages.all()] == ["One"]
