from collections.abc import Callable

import pytest
from django.contrib.auth.models import AnonymousUser

from accounts.models import User
from knowledge import publishing, search
from knowledge.models import Audience
from knowledge.search import Hit, Query, shelf

WriteArticle = Callable[..., shelf.Article]

Find = Callable[..., list[Hit]]

pytestmark = pytest.mark.postgres

EDUROAM = """## Set it up

Sign in with your whole address.

### Windows

Open Settings.

### iPhone and iPad

Open Settings and tap Wi-Fi.

### Android

Open Settings and choose PEAP.
"""


@pytest.fixture(autouse=True)
def articles(write: WriteArticle) -> None:
    write("eduroam", "Connect to eduroam", EDUROAM, symptoms="wifi rejects my login")
    write("printing", "Print from your laptop", "## Upload\n\nRelease the job at any printer.\n")
    write("second-step", "Approve a sign-in", "## Codes\n\nUse the authenticator app.\n")
    write("passwords", "Reset your password", "## Reset\n\nOpen the password page.\n")
    write("projector", "Use the projector", "## Connect\n\nChoose HDMI on the panel.\n")


@pytest.mark.parametrize(
    ("question", "slug"),
    [
        ("how do i print", "printing"),
        ("priner is broken", "printing"),
        ("recieve my pasword", "passwords"),
        ("edurom", "eduroam"),
        ("the WLAN refuses me", "eduroam"),
        ("wi-fi wont let me in", "eduroam"),
        ("forgot my pw", "passwords"),
        ("2fa", "second-step"),
        ("duo push never arrives", "second-step"),
        ("the beamer stays black", "projector"),
        ("olvidé mi contraseña", "passwords"),
        ("j'ai oublié mon mot de passe", "passwords"),
        ("mein Passwort ist weg", "passwords"),
        ("a impressora não funciona", "printing"),
        ("打印机坏了", "printing"),
        ("نسيت كلمة المرور", "passwords"),
    ],
)
def test_students_words_find_the_article(find: Find, question: str, slug: str) -> None:
    hits = find(question)

    assert hits[0].slug == slug


@pytest.mark.parametrize(
    ("question", "system"),
    [
        ("eduroam on my iphone", "ios"),
        ("eduroam on windows 11", "windows"),
        ("eduroam on a pixel", "android"),
        ("what is eduroam", ""),
    ],
)
def test_the_system_in_question_comes_first(find: Find, question: str, system: str) -> None:
    hits = find(question)

    assert (hits[0].slug, hits[0].system) == ("eduroam", system)


def test_the_system_last_spoken_of_counts_unless_another_is_named(
    find: Find, stranger: AnonymousUser
) -> None:
    search.refresh()

    remembered = search.search(Query("eduroam", system="android"), reader=stranger)
    named = search.search(Query("eduroam on windows", system="android"), reader=stranger)

    assert (remembered[0].system, named[0].system) == ("android", "windows")


def test_an_article_cited_before_is_found_by_a_question_that_names_nothing(
    find: Find, stranger: AnonymousUser
) -> None:
    printing = find("print")[0].article_id

    hits = search.search(Query("and then?", boost_articles={printing: 0.6}), reader=stranger)

    assert hits[0].slug == "printing"
    assert hits[0].score > search.FLOOR


def test_six_hits_hold_three_articles_at_least(find: Find) -> None:
    hits = find("eduroam")

    assert len(hits) == 6
    assert len({hit.article_id for hit in hits}) >= 3
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_hit_says_where_it_comes_from(find: Find) -> None:
    hit = find("eduroam on my iphone")[0]

    assert (hit.title, hit.heading) == ("Connect to eduroam", "Set it up (iPhone and iPad)")
    assert (hit.anchor, hit.topics) == ("iphone-and-ipad", ("eduroam",))
    assert hit.text == "Open Settings and tap Wi-Fi."


@pytest.mark.parametrize("question", ["", "   ", "????", "the of and", "\x00\ud800", "🎉"])
def test_a_question_without_words_finds_nothing(find: Find, question: str) -> None:
    assert find(question) == []


@pytest.mark.parametrize("question", ["what should i cook", "mmmmmm nnnn", "capital of mongolia"])
def test_other_subjects_stay_below_the_floor(find: Find, question: str) -> None:
    assert all(hit.score < search.FLOOR for hit in find(question))


def test_a_very_long_question_is_answered(find: Find) -> None:
    assert find("how do i print " + "blah " * 50_000)[0].slug == "printing"


class TestReaders:
    """The staff's article speaks of a kraken that no other article knows."""

    @pytest.fixture(autouse=True)
    def secret(self, write: WriteArticle) -> None:
        write(
            "kraken",
            "Kraken, the print server",
            "## Restart\n\nAsk the kraken for its printer passphrase.\n",
            audience=Audience.STAFF,
        )
        write(
            "members",
            "Walrus for members",
            "## Walrus\n\nOnly when signed in.\n",
            audience=Audience.SIGNED_IN,
        )

    def test_staff_find_it(self, find: Find, grace: User) -> None:
        assert find("kraken", grace)[0].slug == "kraken"

    def test_eve_never_finds_it(self, find: Find, eve: User, stranger: AnonymousUser) -> None:
        for reader in (eve, stranger):
            slugs = {hit.slug for hit in find("kraken print server passphrase", reader, 50)}

            assert slugs.isdisjoint({"kraken"})

    def test_only_who_is_signed_in_finds_what_is_for_them(
        self, find: Find, ada: User, stranger: AnonymousUser
    ) -> None:
        assert find("walrus", ada)[0].slug == "members"
        assert "members" not in {hit.slug for hit in find("walrus", stranger, 50)}

    def test_its_words_correct_nobody_else_s_spelling(
        self, find: Find, grace: User, eve: User
    ) -> None:
        speller = shelf.refresh().indexes[Audience.of(eve)].speller

        assert "kraken" in {hit.slug for hit in find("krakken", grace)}
        assert speller.correct("krakken") == ("krakken",)

    def test_it_changes_no_score_of_others(self, find: Find, eve: User) -> None:
        with_it = find("print server", eve)

        publishing.archive(shelf.Article.objects.get(slug="kraken"))

        assert find("print server", eve) == with_it

    def test_moved_to_staff_it_is_gone_for_everybody_else(self, find: Find, eve: User) -> None:
        article = shelf.Article.objects.get(slug="printing")
        assert find("print", eve)[0].slug == "printing"

        article.audience = Audience.STAFF
        publishing.edit(article, by=None)

        assert "printing" not in {hit.slug for hit in find("print", eve, 50)}

    def test_who_may_no_longer_sign_in_reads_what_everybody_reads(
        self, find: Find, grace: User
    ) -> None:
        grace.is_active = False

        assert {"kraken", "members"}.isdisjoint(hit.slug for hit in find("kraken", grace, 50))


def test_an_edit_is_found_after_the_next_refresh(find: Find, write: WriteArticle) -> None:
    find("anything")
    article = write("vpn", "Connect to the VPN", "## Install\n\nGet the zebra client.\n")
    assert find("zebra")[0].slug == "vpn"

    article.body = "## Install\n\nGet the ostrich client.\n"
    publishing.edit(article, by=None)

    assert find("ostrich")[0].text == "Get the ostrich client."


def test_only_the_changed_article_is_analysed_again(find: Find, write: WriteArticle) -> None:
    find("anything")
    before = shelf.refresh().analysed
    added = write("vpn", "Connect to the VPN", "## Install\n\nGet the client.\n")

    after = shelf.refresh().analysed

    assert set(after) - set(before) == {added.pk}
    assert all(after[pk] is before[pk] for pk in before)


def test_an_unchanged_library_costs_one_query(
    find: Find, django_assert_num_queries: object
) -> None:
    search.refresh()

    with django_assert_num_queries(1):  # type: ignore[operator]
        search.refresh()


def test_a_search_costs_no_query(
    stranger: AnonymousUser, django_assert_num_queries: object
) -> None:
    search.refresh()

    with django_assert_num_queries(0):  # type: ignore[operator]
        search.search("print", reader=stranger)


@pytest.mark.parametrize("how", ["archived", "deleted"])
def test_what_is_no_longer_published_vanishes(find: Find, how: str) -> None:
    article = shelf.Article.objects.get(slug="printing")
    assert find("print")[0].slug == "printing"

    publishing.archive(article) if how == "archived" else article.delete()

    assert "printing" not in {hit.slug for hit in find("print", limit=50)}


def test_one_article_with_an_unknown_campus_value_does_not_stop_the_others(
    find: Find, write: WriteArticle
) -> None:
    article = write("odd", "Odd", "## Odd\n\nText.\n")
    shelf.Passage.objects.filter(article=article).update(text="{{ campus.nowhere }}")

    hits = find("print")

    assert hits[0].slug == "printing"
    assert "odd" not in {hit.slug for hit in find("odd", limit=50)}
