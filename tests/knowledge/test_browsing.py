"""What the help centre lists: also what only holds the word, and nothing for unknown words."""

from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts import campus
from accounts.models import User
from knowledge import browsing, search
from knowledge.models import Article, Audience

WriteArticle = Callable[..., Article]

pytestmark = pytest.mark.django_db

WIFI = """## Restart

Turn Wi-Fi off and on.

## Windows

Run `netsh wlan show interfaces` and read the signal.
"""


@pytest.fixture(autouse=True)
def articles(write: WriteArticle) -> None:
    write("slow-wifi", "Wi-Fi slow or dropping", WIFI, symptoms="wifi keeps dropping")
    write(
        "research",
        "Compute for research",
        "## The cluster\n\nIt is called **{{ campus.hpc.name }}** and is free.\n",
    )
    write("vpn", "Connect to the VPN", "## Install\n\nGet the VPN client.\n")
    write(
        "passwords",
        "Reset your password",
        "## Reset\n\nOpen the password page.\n",
        symptoms="somebody changed it and I can't get in",
    )
    write("abroad", "Travel overseas", "## Before\n\nAn oversea login looks foreign.\n")


def titles(query: str, reader: User | AnonymousUser) -> list[str]:
    search.refresh()
    return [found.title for found in browsing.find(query, reader)]


@pytest.mark.parametrize(
    ("query", "title"),
    [
        ("netsh", "Wi-Fi slow or dropping"),
        ("what is netsh wlan", "Wi-Fi slow or dropping"),
        ("vnp", "Connect to the VPN"),
        ("cant get in", "Reset your password"),
        ("can’t get in", "Reset your password"),
    ],
)
def test_a_word_that_stands_in_an_article_finds_it(
    stranger: AnonymousUser, query: str, title: str
) -> None:
    assert title in titles(query, stranger)


def test_a_value_of_the_campus_finds_the_article_that_it_is_put_into(
    stranger: AnonymousUser,
) -> None:
    name = campus.load().hpc.name

    assert titles(name.lower(), stranger) == ["Compute for research"]


def test_a_word_just_written_is_found(stranger: AnonymousUser, write: WriteArticle) -> None:
    assert titles("zebra", stranger) == []

    write("labels", "Order labels", "## Order\n\nThe zebra needs its own rolls.\n")

    assert titles("zebra", stranger) == ["Order labels"]


def test_a_found_word_leads_to_its_section(stranger: AnonymousUser) -> None:
    search.refresh()

    found = browsing.find("netsh", stranger)

    assert (found[0].heading, found[0].url) == (
        "Windows",
        "/help/slow-wifi/?system=windows#windows",
    )


def test_what_answers_stands_before_what_only_holds_the_word(stranger: AnonymousUser) -> None:
    assert titles("vpn signal", stranger) == ["Connect to the VPN", "Wi-Fi slow or dropping"]


@pytest.mark.parametrize("query", ["overleaf", "qqqqzzzz", "tacos", "if the of"])
def test_a_word_of_no_article_finds_nothing_rather_than_something_else(
    stranger: AnonymousUser, query: str
) -> None:
    assert titles(query, stranger) == []


def test_a_word_of_the_desk_s_article_finds_it_for_the_desk_only(
    stranger: AnonymousUser, eve: User, grace: User, write: WriteArticle
) -> None:
    write("kraken", "The print server", "## Log\n\nSee krakenlog.\n", audience=Audience.STAFF)

    assert titles("krakenlog", grace) == ["The print server"]
    assert titles("krakenlog", eve) == titles("krakenlog", stranger) == []
