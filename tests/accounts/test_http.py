"""Expired sessions and safe returns."""

import pytest
from asgiref.sync import iscoroutinefunction
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.test import AsyncClient, AsyncRequestFactory, Client, RequestFactory
from django.urls import reverse
from django_htmx.middleware import HtmxDetails

from accounts.http import next_url, return_after_sign_in, with_next

HOST = "http://testserver"


def prepared(request: HttpRequest) -> HttpRequest:
    request.htmx = HtmxDetails(request)
    return request


def refuse(request: HttpRequest) -> HttpResponse:
    """What `login_required` answers a stranger."""
    return HttpResponseRedirect(with_next("accounts:sign_in", request.get_full_path()))


def answer_to(request: HttpRequest, view=refuse) -> HttpResponse:
    return return_after_sign_in(view)(prepared(request))


def test_htmx_is_sent_to_the_sign_in_page_and_back_to_where_it_was():
    request = RequestFactory().post(
        "/feedback/7/",
        headers={"HX-Request": "true", "HX-Current-URL": f"{HOST}/chat/3/?from=list"},
    )

    answer = answer_to(request)

    assert answer.status_code == 204
    assert answer["HX-Redirect"] == "/sign-in/?next=%2Fchat%2F3%2F%3Ffrom%3Dlist"


@pytest.mark.parametrize("page", ["https://evil.example/chat/3/", "http://testserver.evil/", ""])
def test_htmx_is_not_led_back_to_another_host(page):
    request = RequestFactory().get(
        "/fragment/", headers={"HX-Request": "true", "HX-Current-URL": page}
    )

    answer = answer_to(request)

    assert answer["HX-Redirect"] == "/sign-in/"


def test_a_form_sent_too_late_leads_back_to_its_page():
    request = RequestFactory().post("/ask/", headers={"Referer": f"{HOST}/chat/3/"})

    assert answer_to(request).url == "/sign-in/?next=%2Fchat%2F3%2F"


def test_a_form_sent_from_elsewhere_leads_nowhere_in_particular():
    request = RequestFactory().post("/ask/", headers={"Referer": "https://evil.example/chat/3/"})

    assert answer_to(request).url == "/sign-in/"


def test_a_page_asked_for_too_late_is_the_one_to_come_back_to():
    request = RequestFactory().get("/chat/3/", headers={"Referer": f"{HOST}/help/"})

    assert answer_to(request).url == "/sign-in/?next=%2Fchat%2F3%2F"


@pytest.mark.parametrize("target", ["/tickets/42/", "/sign-in/?next=/elsewhere/"])
def test_other_redirects_are_left_alone(target):
    request = RequestFactory().post("/tickets/", headers={"HX-Request": "true"})

    answer = answer_to(request, lambda request: HttpResponseRedirect(target))

    assert (answer.status_code, answer.url) == (302, target)


async def test_the_middleware_follows_async_views():
    async def view(request: HttpRequest) -> HttpResponse:
        return refuse(request)

    middleware = return_after_sign_in(view)
    request = prepared(AsyncRequestFactory().get("/fragment/", headers={"HX-Request": "true"}))

    answer = await middleware(request)

    assert iscoroutinefunction(middleware)
    assert answer["HX-Redirect"] == "/sign-in/"


def test_it_understands_django_s_own_login_required(rf):
    request = rf.post("/ask/?a=1&b=2", headers={"HX-Request": "true"})
    request.user = type("Guest", (), {"is_authenticated": False})()

    answer = answer_to(request, login_required(lambda request: HttpResponse()))

    assert answer["HX-Redirect"] == reverse("accounts:sign_in")


def test_next_must_stay_on_https_where_the_page_is(rf):
    request = rf.get("/sign-in/", {"next": f"{HOST}/chat/"}, secure=True)

    assert next_url(request) is None


WRITTEN = "My </textarea><script>laptop</script> is broken"
SHOWN = "My &lt;/textarea&gt;&lt;script&gt;laptop&lt;/script&gt; is broken"


def test_a_text_sent_too_late_is_given_back_with_the_way_to_sign_in(db):
    form = {"subject": "Wi-Fi", "description": WRITTEN, "next": "/"}

    answer = Client().post(
        reverse("tickets:new"), form, headers={"Referer": f"{HOST}/tickets/new/"}
    )

    page = answer.content.decode()
    assert answer.status_code == 401
    assert f">\nWi-Fi\n\n{SHOWN}</textarea>" in page
    assert "<script>laptop" not in page
    assert 'href="/sign-in/?next=%2Ftickets%2Fnew%2F"' in page
    assert "no-store" in answer["Cache-Control"]


@pytest.mark.django_db(transaction=True)
async def test_a_text_sent_too_late_is_given_back_by_an_async_server_too():
    answer = await AsyncClient().post(reverse("chat:new"), {"text": WRITTEN})

    assert answer.status_code == 401
    assert SHOWN in answer.content.decode()


def test_a_form_whose_token_is_not_ours_gives_the_text_back(db):
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/sign-in/", {"text": WRITTEN}, headers={"Sec-Fetch-Site": "same-origin"})

    page = answer.content.decode()
    assert answer.status_code == 403
    assert "This form has expired" in page
    assert SHOWN in page
    assert "<script>laptop" not in page


def test_a_form_that_another_site_sends_puts_no_words_on_our_page(db):
    browser = Client(enforce_csrf_checks=True)

    answer = browser.post("/sign-in/", {"text": WRITTEN}, headers={"Sec-Fetch-Site": "cross-site"})

    assert answer.status_code == 403
    assert "laptop" not in answer.content.decode()
