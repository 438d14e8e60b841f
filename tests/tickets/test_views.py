"""A person's own tickets: read, followed and answered, and closed to strangers."""

import pytest
from django.test import Client
from django.urls import reverse

from tickets import lifecycle, pace
from tickets.models import Source, Status, Ticket

pytestmark = [pytest.mark.django_db, pytest.mark.postgres]

HTMX = {"HX-Request": "true"}


@pytest.fixture
def ticket(ada):
    return lifecycle.open_ticket(
        requester=ada,
        subject="No Wi-Fi in Maple Hall",
        description="**Ada:** it fails\n\n<script>alert(1)</script>\n\n[x](javascript:alert(1))",
        reason="The steps did not help",
    )


@pytest.fixture
def adas(ada, client_of):
    return client_of(ada)


def text_of(response):
    return response.content.decode()


def comment_url(ticket):
    return reverse("tickets:comment", args=[ticket.number])


class TestStrangers:
    @pytest.mark.parametrize("name", ["detail", "news"])
    def test_eve_gets_404_and_a_guest_the_sign_in(self, ticket, eve, client_of, name):
        address = reverse(f"tickets:{name}", args=[ticket.number])

        assert client_of(eve).get(address).status_code == 404
        assert Client().get(address).status_code == 302

    def test_eve_cannot_answer(self, ticket, eve, client_of):
        response = client_of(eve).post(comment_url(ticket), {"body": "Hello"})

        assert response.status_code == 404
        assert not ticket.comments.exists()

    def test_eves_list_does_not_hold_it(self, ticket, eve, client_of):
        page = text_of(client_of(eve).get(reverse("tickets:list")))

        assert "Maple" not in page
        assert "No tickets" in page

    def test_an_agents_own_list_holds_only_her_own(self, ticket, grace, client_of):
        assert "Maple" not in text_of(client_of(grace).get(reverse("tickets:list")))

    @pytest.mark.parametrize("number", [1, 1000, 999_999_999_999_999_999_999])
    def test_a_number_nobody_has_is_not_there(self, adas, number):
        assert adas.get(f"/tickets/{number}/").status_code == 404


class TestList:
    def test_open_and_resolved_tickets_stand_apart_with_the_last_word(
        self, adas, ticket, ada, grace
    ):
        lifecycle.respond(ticket, by=grace, body="Restart it")
        lifecycle.respond(ticket, by=grace, body="Only for us", is_public=False)
        done = lifecycle.open_ticket(requester=ada, subject="Printer", description="", reason="")
        lifecycle.resolve(done, by=grace)

        page = text_of(adas.get(reverse("tickets:list")))

        assert "Grace: Restart it" in page
        assert "Only for us" not in page
        assert page.index("With Grace") < page.index(">Resolved<") < page.index("Printer")

    def test_queries_do_not_grow_with_the_tickets(
        self, adas, ada, grace, django_assert_max_num_queries
    ):
        for number in range(12):
            made = lifecycle.open_ticket(
                requester=ada, subject=f"T{number}", description="", reason=""
            )
            lifecycle.respond(made, by=grace, body="Hello")

        with django_assert_max_num_queries(14):
            adas.get(reverse("tickets:list"))


class TestDetail:
    def test_the_page_tells_the_story_without_the_desks_notes(self, adas, ticket, grace):
        lifecycle.respond(
            ticket, by=grace, body="Look at https://campus.example\n\nThen <b>wait</b>"
        )
        lifecycle.respond(ticket, by=grace, body="Only for us", is_public=False)

        page = text_of(adas.get(ticket.get_absolute_url()))

        assert "Grace answered" in page
        assert 'href="https://campus.example" rel="nofollow"' in page
        assert "&lt;b&gt;wait&lt;/b&gt;" in page
        assert "Only for us" not in page

    def test_a_transcript_is_drawn_and_nothing_in_it_runs(self, adas, ticket):
        page = text_of(adas.get(ticket.get_absolute_url()))

        assert "<strong>Ada:</strong>" in page
        assert "<script>alert" not in page
        assert 'href="javascript' not in page

    def test_what_was_typed_into_the_form_stays_as_typed(self, adas, ada):
        ticket = lifecycle.open_ticket(
            requester=ada,
            subject="a",
            description="**not bold**\n<b>",
            reason="",
            source=Source.WEB,
        )

        page = text_of(adas.get(ticket.get_absolute_url()))

        assert "**not bold**<br>&lt;b&gt;" in page

    def test_head_is_answered(self, adas, ticket):
        assert adas.head(ticket.get_absolute_url()).status_code == 200


class TestNews:
    def have(self, client, ticket):
        page = text_of(client.get(ticket.get_absolute_url()))
        return page.partition("?have=")[2].partition('"')[0]

    def test_a_page_that_has_everything_gets_nothing(self, adas, ticket):
        have = self.have(adas, ticket)

        response = adas.get(reverse("tickets:news", args=[ticket.number]), {"have": have})

        assert response.status_code == 204

    def test_a_persons_answer_arrives_and_is_announced_with_the_name(self, adas, ticket, grace):
        have = self.have(adas, ticket)
        lifecycle.respond(ticket, by=grace, body="Restart it")

        part = text_of(adas.get(reverse("tickets:news", args=[ticket.number]), {"have": have}))

        assert part.strip().startswith('<ol class="timeline"')
        assert 'id="standing"' in part
        assert "Grace wrote: Restart it" in part
        assert "<textarea" not in part

    def test_resolving_ends_the_polling_and_the_reply_form(self, adas, ticket, grace):
        lifecycle.resolve(ticket, by=grace)

        part = text_of(adas.get(reverse("tickets:news", args=[ticket.number]), {"have": "new-0"}))

        assert "every 10s" not in part
        assert 'id="reply"' in part
        assert "<textarea" not in part


class TestReply:
    def test_a_plain_form_leads_back_to_the_new_comment(self, adas, ada, ticket):
        response = adas.post(comment_url(ticket), {"body": "Still broken"})

        comment = ticket.comments.get()
        assert (comment.author, comment.body) == (ada, "Still broken")
        assert response.url == f"{ticket.get_absolute_url()}#comment-{comment.pk}"

    def test_htmx_gets_an_empty_form_and_the_story(self, adas, ticket):
        part = text_of(adas.post(comment_url(ticket), {"body": "Still broken"}, headers=HTMX))

        assert "Still broken" in part
        assert "></textarea>" in part
        assert "<html" not in part

    def test_a_password_in_a_reply_is_not_stored(self, adas, ticket):
        adas.post(comment_url(ticket), {"body": "my password is hunter2hunter2"})

        assert "hunter2" not in ticket.comments.get().body

    @pytest.mark.parametrize("headers", [{}, HTMX])
    @pytest.mark.parametrize(
        ("body", "words"),
        [
            ("", "Write something first."),
            ("  \n ", "Write something first."),
            ("x" * 4001, "Your text is still here."),
            ("\x00 \x07", "Write something first."),
        ],
    )
    def test_what_cannot_be_sent_is_said_and_kept(self, adas, ticket, body, words, headers):
        response = adas.post(comment_url(ticket), {"body": body}, headers=headers)

        assert response.status_code == 422
        assert words in text_of(response)
        assert body.strip() in text_of(response)
        assert 'aria-invalid="true"' in text_of(response)
        assert not ticket.comments.exists()

    def test_what_no_database_stores_is_taken_out(self, adas, ticket):
        response = adas.post(comment_url(ticket), {"body": "a\x00b\r\nשלום 👩\u200d💻\x1b"})

        assert response.status_code == 302
        assert ticket.comments.get().body == "ab\nשלום 👩\u200d💻"

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_who_writes_too_often_waits_and_keeps_the_text(self, adas, ticket, settings, headers):
        settings.QUESTIONS_PER_MINUTE = 1
        adas.post(comment_url(ticket), {"body": "Still broken"})

        response = adas.post(comment_url(ticket), {"body": "And still"}, headers=headers)

        assert response.status_code == 429
        assert 0 < int(response["Retry-After"]) <= 60
        assert f"in {response['Retry-After']} seconds" in text_of(response)
        assert ">And still</textarea>" in text_of(response)
        assert ticket.comments.get().body == "Still broken"

    @pytest.mark.parametrize("headers", [{}, HTMX])
    def test_a_reply_to_a_resolved_ticket_is_kept_in_the_form(self, adas, ticket, grace, headers):
        lifecycle.resolve(ticket, by=grace)

        response = adas.post(comment_url(ticket), {"body": "But it is broken"}, headers=headers)

        assert response.status_code == 422
        assert "But it is broken" in text_of(response)
        assert "nothing was sent" in text_of(response)
        assert not ticket.comments.exists()


class TestNew:
    def test_ada_asks_a_person_at_once(self, adas, ada):
        response = adas.post(
            reverse("tickets:new"), {"subject": "Printer", "description": "It takes no card"}
        )

        ticket = Ticket.objects.get()
        assert (ticket.requester, ticket.status, ticket.source) == (ada, Status.NEW, Source.WEB)
        assert response.url == ticket.get_absolute_url()

    def test_a_form_without_words_keeps_the_rest(self, adas):
        response = adas.post(reverse("tickets:new"), {"subject": "", "description": "It beeps"})

        assert response.status_code == 422
        assert "It beeps" in text_of(response)
        assert "Say in a few words" in text_of(response)
        assert not Ticket.objects.exists()

    def test_what_no_database_stores_is_taken_out(self, adas):
        adas.post(reverse("tickets:new"), {"subject": "Prin\x00ter", "description": "مرحبا\x07 🖨"})

        ticket = Ticket.objects.get()
        assert (ticket.subject, ticket.description) == ("Printer", "مرحبا 🖨")

    def test_who_opens_too_many_waits_and_keeps_the_text(self, adas, ada, eve, client_of):
        words = {"subject": "Printer", "description": "It takes no card"}
        for _ in range(pace.TICKETS_PER_HOUR):
            lifecycle.open_ticket(requester=ada, reason="", **words)

        response = adas.post(reverse("tickets:new"), words)

        assert response.status_code == 429
        assert 3500 < int(response["Retry-After"]) <= 3600
        assert "You can open the next one in 60 minutes." in text_of(response)
        assert 'value="Printer"' in text_of(response)
        assert "It takes no card" in text_of(response)
        assert Ticket.objects.count() == pace.TICKETS_PER_HOUR
        assert client_of(eve).post(reverse("tickets:new"), words).status_code == 302
