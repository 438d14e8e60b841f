"""The public help centre, for each audience, with and without htmx."""

from functools import partial

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse
from django.utils.html import escape

from knowledge import rating, search
from knowledge.models import Article, ArticleRating, Audience, Category, Status
from tests.knowledge.at_once import at_once

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

HTMX = {"HX-Request": "true"}
SECRET = "Zanzibar"


@pytest.fixture
def guest():
    return Client()


@pytest.fixture
def eduroam(write):
    return write(
        "connect-to-eduroam",
        "Connect to eduroam",
        "## Set up eduroam\n\nUse the installer.\n\n### Windows\n\n1. Press Start\n\n"
        "### macOS\n\n1. Open System Settings",
        symptoms="eduroam rejects my password",
    )


@pytest.fixture
def staff_only(write, eduroam):
    """An article that only the desk reads, as near to Ada's as can be."""
    article = write(
        "incident-notes",
        f"Eduroam incident notes {SECRET}",
        f"## eduroam {SECRET}\n\nThe eduroam password of {SECRET}.",
        audience=Audience.STAFF,
        symptoms="eduroam rejects my password",
    )
    article.category = Category.objects.create(slug="secret", name=f"{SECRET} desk")
    article.save()
    article.related.add(eduroam)
    return article


def text_of(response):
    return response.content.decode()


class TestHome:
    def test_a_guest_sees_topics_and_where_to_start(self, guest, eduroam):
        page = text_of(guest.get(reverse("knowledge:home")))

        assert reverse("knowledge:category", args=["network"]) in page
        assert reverse("knowledge:article", args=["connect-to-eduroam"]) in page
        assert reverse("chat:new") in page

    def test_what_helped_most_stands_first(self, guest, eduroam, write, ada, eve):
        printing = write("print", "Zero paper printing", "## Print\n\nPress print.")
        for reader in (ada, eve):
            printing.ratings.create(reader=reader, is_helpful=True)
        eduroam.ratings.create(reader=ada, is_helpful=True)

        page = text_of(guest.get(reverse("knowledge:home")))

        assert page.index("Zero paper printing") < page.index("Connect to eduroam")

    def test_a_help_centre_without_articles_says_so(self, guest, db):
        assert "Nothing here yet" in text_of(guest.get(reverse("knowledge:home")))


class TestAudience:
    """Eve and guests never learn of an article that is for the desk."""

    ADDRESSES = (
        "/help/",
        "/help/c/network/",
        "/help/search/?q=eduroam",
        f"/help/search/?q={SECRET}+eduroam",
        "/help/connect-to-eduroam/",
    )

    @pytest.mark.parametrize("address", ADDRESSES)
    def test_eve_and_guests_find_no_trace(self, address, staff_only, eve, client_of, guest):
        search.refresh()

        for client in (guest, client_of(eve)):
            response = client.get(address)
            assert response.status_code == 200
            page = text_of(response)
            for own_words in (f"{SECRET} eduroam", f"{SECRET}+eduroam"):
                page = page.replace(own_words, "")
            assert SECRET not in page
            assert "incident-notes" not in page

    @pytest.mark.parametrize("address", ["/help/incident-notes/", "/help/c/secret/"])
    def test_eve_and_guests_get_404(self, address, staff_only, eve, client_of, guest):
        assert guest.get(address).status_code == 404
        assert client_of(eve).get(address).status_code == 404

    def test_grace_reads_it_everywhere(self, staff_only, grace, client_of):
        search.refresh()
        client = client_of(grace)

        assert client.get("/help/incident-notes/").status_code == 200
        assert SECRET in text_of(client.get("/help/search/?q=eduroam"))
        assert SECRET in text_of(client.get("/help/c/secret/"))
        assert SECRET in text_of(client.get("/help/connect-to-eduroam/"))

    def test_signing_in_opens_what_is_for_members(self, write, ada, client_of, guest):
        write("members", "Members", "## Members\n\nHello.", audience=Audience.SIGNED_IN)

        assert guest.get("/help/members/").status_code == 404
        assert client_of(ada).get("/help/members/").status_code == 200

    @pytest.mark.parametrize("status", [Status.DRAFT, Status.ARCHIVED])
    def test_what_is_not_published_is_not_there(self, status, eduroam, grace, client_of):
        Article.objects.update(status=status)

        assert client_of(grace).get("/help/connect-to-eduroam/").status_code == 404
        assert client_of(grace).get("/help/c/network/").status_code == 404

    def test_eve_cannot_rate_what_she_cannot_read(self, staff_only, eve, client_of):
        response = client_of(eve).post("/help/incident-notes/rating/", {"helpful": "yes"})

        assert response.status_code == 404
        assert not ArticleRating.objects.exists()


class TestSearch:
    def test_a_result_leads_to_its_section_with_the_device_open(self, guest, eduroam):
        search.refresh()

        page = text_of(guest.get("/help/search/?q=eduroam on windows"))

        assert 'href="/help/connect-to-eduroam/?system=windows#windows"' in page

    @pytest.mark.parametrize(
        ("target", "has", "lacks"),
        [
            ("div#suggestions", "Connect to eduroam", "<ol"),
            ("div#results", "<ol", "<html"),
        ],
    )
    def test_htmx_gets_the_part_it_asks_for(self, guest, eduroam, target, has, lacks):
        search.refresh()

        part = text_of(guest.get("/help/search/?q=eduroam", headers=HTMX | {"HX-Target": target}))

        assert has in part
        assert lacks not in part
        assert "<html" not in part

    def test_a_word_being_typed_finds_titles(self, guest, eduroam):
        search.refresh()

        assert "Connect to eduroam" in text_of(guest.get("/help/search/?q=conn"))

    def test_nothing_found_offers_a_person(self, guest, eduroam):
        search.refresh()

        page = text_of(guest.get("/help/search/?q=qqqqzzzz"))

        assert "No article about “qqqqzzzz” yet" in page
        assert reverse("tickets:new") in page

    def test_no_question_offers_topics(self, guest, eduroam):
        page = text_of(guest.get("/help/search/?q=+"))

        assert reverse("knowledge:category", args=["network"]) in page

    @pytest.mark.parametrize("query", ["a" * 201, "🦆" * 10_000])
    def test_what_cannot_be_searched_is_said_and_kept(self, guest, eduroam, query):
        response = guest.get("/help/search/", {"q": query})

        assert response.status_code == 422
        assert "A few words are enough." in text_of(response)
        assert escape(query) in text_of(response)

    @pytest.mark.parametrize(
        "query",
        ["edu%00roam", "%00%07eduroam%1b", "eduroam%ED%A0%BD", "eduroam%20%F0%9F%A6%86"],
    )
    def test_what_no_database_stores_is_taken_out_of_the_question(self, guest, eduroam, query):
        search.refresh()

        response = guest.get(f"/help/search/?q={query}")

        assert response.status_code == 200
        assert "Connect to eduroam" in text_of(response)

    @pytest.mark.parametrize(
        "query", ["%00", "%ED%A0%BD", "%F0%9F%A6%86", "%D7%A9%D7%9C%D7%95%D7%9D"]
    )
    def test_a_question_without_words_is_answered(self, guest, eduroam, query):
        search.refresh()

        assert guest.get(f"/help/search/?q={query}").status_code == 200

    @pytest.mark.parametrize("headers", [{}, HTMX | {"HX-Target": "div#results"}])
    def test_a_script_in_the_question_is_text(self, guest, eduroam, headers):
        search.refresh()
        script = "<script>alert(1)</script>"

        page = text_of(guest.get("/help/search/", {"q": script}, headers=headers))

        assert script not in page
        assert "&lt;script&gt;" in page


class TestArticle:
    def test_the_page_shows_who_checked_it_and_how_long_it_takes(self, guest, eduroam):
        Article.objects.update(owner="network team", reviewed_on="2026-11-12")

        page = text_of(guest.get("/help/connect-to-eduroam/"))

        assert "Checked by the network team, 12 Nov 2026" in page
        assert "1 minute" in page
        assert 'href="#set-up-eduroam"' in page
        assert "/?about=connect-to-eduroam" in page

    def test_every_device_is_in_the_page_and_one_is_open(self, guest, eduroam):
        page = text_of(guest.get("/help/connect-to-eduroam/?system=macos"))

        assert 'href="/help/connect-to-eduroam/?system=macos#set-up-eduroam" aria-current' in page
        assert '<section class="device chosen"><h3 id="macos">' in page
        assert '<section class="device" hidden="until-found"><h3 id="windows">' in page

    def test_the_readers_own_device_is_open(self, guest, eduroam):
        agent = {"User-Agent": "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)"}

        response = guest.get("/help/connect-to-eduroam/", headers=agent)

        assert '<section class="device chosen"><h3 id="macos">' in text_of(response)
        assert "User-Agent" in response["Vary"]

    @pytest.mark.parametrize("system", ["beos", '"><script>alert(1)</script>'])
    def test_an_unknown_device_opens_the_first(self, guest, eduroam, system):
        page = text_of(guest.get("/help/connect-to-eduroam/", {"system": system}))

        assert '<section class="device chosen"><h3 id="windows">' in page
        assert "<script>alert" not in page

    def test_a_script_in_an_article_is_text(self, guest, write):
        script = "<script>alert(1)</script>"
        article = write("bad", f"Bad {script}", f"## Bad {script}\n\n{script} [x](javascript:a)")
        Article.objects.filter(pk=article.pk).update(summary=script, owner=script)

        page = text_of(guest.get("/help/bad/"))

        assert script not in page
        assert 'href="javascript' not in page

    def test_related_articles_are_those_the_author_names(self, guest, eduroam, write):
        named = write("vpn", "Connect the VPN", "## VPN\n\nHere.")
        write("other", "Something else", "## Else\n\nThere.")
        eduroam.related.add(named)

        page = text_of(guest.get("/help/connect-to-eduroam/"))

        assert "Connect the VPN" in page
        assert "Something else" not in page


class TestRating:
    ADDRESS = "/help/connect-to-eduroam/rating/"

    def test_ada_answers_once_and_may_change_her_mind(self, ada, client_of, eduroam):
        client = client_of(ada)

        for answer in ("yes", "no"):
            response = client.post(self.ADDRESS, {"helpful": answer})
            assert response.url == "/help/connect-to-eduroam/#helpful"

        rating = eduroam.ratings.get()
        assert (rating.reader, rating.is_helpful) == (ada, False)

    def test_a_guest_answers_once_per_session(self, guest, eduroam):
        guest.post(self.ADDRESS, {"helpful": "yes"})
        guest.post(self.ADDRESS, {"helpful": "yes"})
        Client().post(self.ADDRESS, {"helpful": "no"})

        assert sorted(eduroam.ratings.values_list("is_helpful", flat=True)) == [False, True]

    def test_reading_alone_opens_no_session(self, guest, eduroam):
        guest.get("/help/connect-to-eduroam/")

        assert "sessionid" not in guest.cookies

    def test_a_no_may_be_explained_and_a_password_in_it_is_not_kept(self, guest, eduroam):
        guest.post(self.ADDRESS, {"helpful": "no"})
        note = "Step 3 is wrong. my password is hunter2hunter2"
        guest.post(self.ADDRESS, {"helpful": "no", "note": note})

        rating = eduroam.ratings.get()
        assert rating.note.startswith("Step 3 is wrong.")
        assert "hunter2" not in rating.note
        page = text_of(guest.get("/help/connect-to-eduroam/"))
        assert "A person reads this and fixes the article." in page

    def test_htmx_gets_the_question_alone(self, guest, eduroam):
        part = text_of(guest.post(self.ADDRESS, {"helpful": "no"}, headers=HTMX))

        assert part.strip().startswith('<section class="helpful" id="helpful"')
        assert 'name="note"' in part
        assert "<html" not in part

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_a_note_that_is_too_long_is_kept_in_the_form(self, guest, eduroam, headers):
        note = "x" * 1001

        response = guest.post(self.ADDRESS, {"helpful": "no", "note": note}, headers=headers)

        assert response.status_code == 422
        assert note in text_of(response)
        assert "Your text is still here." in text_of(response)
        assert not eduroam.ratings.exists()

    @pytest.mark.parametrize(
        ("typed", "stored"),
        [
            ("Step\x00 3\x07", "Step 3"),
            ("one\r\ntwo", "one\ntwo"),
            ("half \ud83d", "half \ufffd"),
            ("مرحبا 👩\u200d💻", "مرحبا 👩\u200d💻"),
        ],
    )
    def test_what_no_database_stores_is_taken_out_of_a_note(self, guest, eduroam, typed, stored):
        rater = rating.Rater(None, "a" * 64)

        rating.rate(eduroam, by=rater, is_helpful=False, note=typed)
        sent = typed.replace("\ud83d", "\ufffd")
        guest.post(self.ADDRESS, {"helpful": "no", "note": sent})

        assert list(eduroam.ratings.values_list("note", flat=True)) == [stored, stored]

    @pytest.mark.django_db(transaction=True)
    def test_of_two_answers_of_one_session_at_once_one_row_is_kept(self, eduroam, ada):
        for rater in (rating.Rater(None, "b" * 64), rating.Rater(ada)):
            results = at_once(
                *(
                    partial(rating.rate, eduroam, by=rater, is_helpful=is_helpful)
                    for is_helpful in (True, False) * 3
                )
            )

            assert not [result for result in results if isinstance(result, Exception)]
            assert eduroam.ratings.get(session_digest=rater.session_digest, reader=rater.user)

        assert eduroam.ratings.count() == 2

    def test_a_second_row_of_one_session_is_refused_by_the_database(self, eduroam, ada):
        for identity in ({"reader": ada}, {"session_digest": "b" * 64}):
            eduroam.ratings.create(is_helpful=True, **identity)

            with pytest.raises(IntegrityError), transaction.atomic():
                eduroam.ratings.create(is_helpful=False, **identity)

    @pytest.mark.parametrize("answer", ["", "maybe"])
    def test_an_answer_that_is_none_changes_nothing(self, guest, eduroam, answer):
        assert guest.post(self.ADDRESS, {"helpful": answer}).status_code == 422
        assert not eduroam.ratings.exists()

    def test_it_takes_a_token(self, eduroam):
        strict = Client(enforce_csrf_checks=True)

        assert strict.post(self.ADDRESS, {"helpful": "yes"}).status_code == 403


@pytest.mark.parametrize(
    "address",
    ["/help/", "/help/search/", "/help/c/network/", "/help/connect-to-eduroam/"],
)
def test_pages_answer_head_and_stay_private(guest, eduroam, address):
    response = guest.head(address)

    assert response.status_code == 200
    assert response.content == b""
    assert response["Cache-Control"] == "private, no-cache"
    assert guest.post(address).status_code == 405


@pytest.mark.parametrize(
    "address",
    ["/help/", "/help/search/?q=eduroam", "/help/c/network/", "/help/connect-to-eduroam/"],
)
def test_pages_hold_no_inline_script_or_style(guest, eduroam, address):
    search.refresh()

    page = text_of(guest.get(address))

    assert "<script>" not in page
    assert "<style" not in page
    assert " style=" not in page
    assert " onclick=" not in page
