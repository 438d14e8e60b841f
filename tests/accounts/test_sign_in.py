"""Sign-in by a code in the mail, from the first page to the last."""

import re

import pytest
from django.contrib.auth import SESSION_KEY
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from django.urls import NoReverseMatch, reverse

from accounts import campus
from accounts.models import User

pytestmark = pytest.mark.django_db

DOMAIN = campus.load().domain
ADA = f"ada@{DOMAIN}"


@pytest.fixture(autouse=True)
def _fresh_limits() -> None:
    cache.clear()


@pytest.fixture
def known() -> User:
    return User.objects.create_user(ADA, name="Ada Lovelace")


def ask_for_code(client: Client, email: str, **fields: str) -> HttpResponse:
    return client.post(reverse("accounts:sign_in"), {"email": email, **fields})


def type_code(client: Client, code: str, **fields: str) -> HttpResponse:
    return client.post(reverse("accounts:enter_code"), {"code": code, **fields})


def code_in(mail: object) -> str:
    found = re.search(r"^ {4}(\d{8})$", mail.body, re.MULTILINE)
    assert found, mail.body
    return found[1]


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**8:08}"


def is_signed_in(client: Client) -> bool:
    return SESSION_KEY in client.session


def test_a_known_address_signs_in_with_the_code_from_the_mail(client, known, mailoutbox):
    asked = ask_for_code(client, ADA)
    entered = type_code(client, code_in(mailoutbox[0]))

    assert asked.url == reverse("accounts:enter_code")
    assert entered.url == reverse("chat:new")
    assert client.session[SESSION_KEY] == str(known.pk)
    assert mailoutbox[0].to == [ADA]


def test_the_first_sign_in_of_a_campus_address_makes_the_account(client, mailoutbox):
    ask_for_code(client, f"New.Student@{DOMAIN.upper()}")
    before = User.objects.count()
    type_code(client, code_in(mailoutbox[0]))

    user = User.objects.get()
    assert before == 0
    assert user.email == f"new.student@{DOMAIN}"
    assert not user.has_usable_password()
    assert not user.is_staff
    assert client.session[SESSION_KEY] == str(user.pk)


def test_known_and_unknown_addresses_look_alike(known, mailoutbox):
    first, second = Client(), Client()

    one = ask_for_code(first, ADA)
    other = ask_for_code(second, f"eve@{DOMAIN}")

    pages = [client.get(reverse("accounts:enter_code")) for client in (first, second)]
    assert (one.status_code, one.url) == (other.status_code, other.url)
    assert [page.status_code for page in pages] == [200, 200]
    assert mailoutbox[0].subject == mailoutbox[1].subject
    assert len(code_in(mailoutbox[0])) == len(code_in(mailoutbox[1]))


@pytest.mark.parametrize(
    "email", ["ada@gmail.com", f"ada@{DOMAIN}.evil.example", f"ada@not{DOMAIN}", f"ada@m.{DOMAIN}"]
)
def test_a_foreign_address_is_told_which_one_to_use_and_gets_no_mail(client, mailoutbox, email):
    answer = ask_for_code(client, email)

    assert answer.status_code == 422
    assert f"Use the one that ends in @{DOMAIN}." in answer.content.decode()
    assert "autofocus" in answer.content.decode()
    assert mailoutbox == []


@pytest.mark.parametrize(
    "email", ["", "ada", f"ada@{DOMAIN}\nBcc: eve@{DOMAIN}", f"a\x00@{DOMAIN}"]
)
def test_what_is_no_address_gets_no_mail(client, mailoutbox, email):
    answer = ask_for_code(client, email)

    assert answer.status_code == 422
    assert mailoutbox == []


def test_a_wrong_code_is_refused_and_the_right_one_still_works(client, known, mailoutbox):
    ask_for_code(client, ADA)
    code = code_in(mailoutbox[0])

    refused = type_code(client, wrong(code))
    entered = type_code(client, f"{code[:4]} {code[4:]}")

    assert refused.status_code == 422
    assert "That code didn’t match." in refused.content.decode()
    assert entered.status_code == 302
    assert is_signed_in(client)


def test_five_wrong_codes_end_the_attempt(client, known, mailoutbox):
    ask_for_code(client, ADA)
    code = code_in(mailoutbox[0])

    answers = [type_code(client, wrong(code)) for _ in range(5)]
    late = type_code(client, code)

    assert [answer.status_code for answer in answers] == [422, 422, 422, 422, 302]
    assert late.url == reverse("accounts:sign_in")
    assert not is_signed_in(client)


def test_a_code_works_once(client, known, mailoutbox):
    ask_for_code(client, ADA)
    code = code_in(mailoutbox[0])
    type_code(client, code)
    client.post(reverse("accounts:sign_out"))

    again = type_code(client, code)

    assert again.url == reverse("accounts:sign_in")
    assert not is_signed_in(client)


def test_eve_cannot_use_a_code_that_ada_asked_for(client, known, mailoutbox):
    eve = Client()
    ask_for_code(client, ADA)
    ask_for_code(eve, f"eve@{DOMAIN}")

    answer = type_code(eve, code_in(mailoutbox[0]))

    assert answer.status_code == 422
    assert not is_signed_in(eve)


def test_an_old_code_is_refused(client, known, mailoutbox, settings):
    ask_for_code(client, ADA)
    settings.ACCOUNT_LOGIN_BY_CODE_TIMEOUT = -1

    answer = type_code(client, code_in(mailoutbox[0]))

    page = client.get(answer.url)
    assert answer.url == reverse("accounts:sign_in")
    assert "That code is too old." in page.content.decode()
    assert not is_signed_in(client)


def test_a_new_code_replaces_the_one_before(client, known, mailoutbox):
    ask_for_code(client, ADA)
    client.post(reverse("accounts:resend_code"))
    first, second = (code_in(mail) for mail in mailoutbox)

    refused = type_code(client, first)
    entered = type_code(client, second)

    assert refused.status_code == 422
    assert entered.status_code == 302
    assert is_signed_in(client)


def test_a_code_is_sent_again_three_times_at_most(client, known, mailoutbox):
    ask_for_code(client, ADA)

    for _ in range(5):
        client.post(reverse("accounts:resend_code"))

    assert len(mailoutbox) == 4


def test_one_address_is_not_flooded(known, mailoutbox):
    answers = [ask_for_code(Client(), ADA) for _ in range(4)]

    assert [answer.status_code for answer in answers] == [302, 302, 302, 422]
    assert "That’s a lot of codes." in answers[-1].content.decode()
    assert len(mailoutbox) == 3


def test_a_mail_server_that_is_down_is_said(client, known, settings):
    settings.MAILERS = {
        "default": {
            "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
            "OPTIONS": {"host": "127.0.0.1", "port": 1, "timeout": 1},
        }
    }

    answer = ask_for_code(client, ADA)

    assert answer.status_code == 422
    assert "The code could not be sent." in answer.content.decode()
    assert client.get(reverse("accounts:enter_code")).status_code == 302


def test_a_deactivated_account_stays_shut(client, known, mailoutbox):
    User.objects.update(is_active=False)
    ask_for_code(client, ADA)

    answer = type_code(client, code_in(mailoutbox[0]))

    page = client.get(answer.url)
    assert page.status_code == 403
    assert "This account is closed" in page.content.decode()
    assert not is_signed_in(client)


def test_the_session_is_a_new_one_after_signing_in(client, known, mailoutbox):
    ask_for_code(client, ADA)
    before = client.session.session_key

    type_code(client, code_in(mailoutbox[0]))

    assert before
    assert client.session.session_key != before
    assert not client.session.__class__(before).exists(before)


def test_next_leads_on_through_both_pages(client, known, mailoutbox):
    page = client.get(reverse("accounts:sign_in"), {"next": "/tickets/?page=2"})
    asked = ask_for_code(client, ADA, next="/tickets/?page=2")
    entered = type_code(client, code_in(mailoutbox[0]), next="/tickets/?page=2")

    assert 'name="next" value="/tickets/?page=2"' in page.content.decode()
    assert asked.url == f"{reverse('accounts:enter_code')}?next=%2Ftickets%2F%3Fpage%3D2"
    assert entered.url == "/tickets/?page=2"


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil",
    ],
)
def test_next_never_leads_to_another_host(client, known, mailoutbox, url):
    page = client.get(reverse("accounts:sign_in"), {"next": url})
    asked = ask_for_code(client, ADA, next=url)
    entered = type_code(client, code_in(mailoutbox[0]), next=url)

    assert 'name="next"' not in page.content.decode()
    assert asked.url == reverse("accounts:enter_code")
    assert entered.url == reverse("chat:new")


def test_who_is_signed_in_does_not_see_the_sign_in_page(client, known):
    client.force_login(known)

    answer = client.get(reverse("accounts:sign_in"), {"next": "/settings/"})

    assert answer.url == "/settings/"


def test_the_mail_says_what_to_do_and_that_nobody_asks_for_the_code(client, known, mailoutbox):
    ask_for_code(client, ADA)

    mail = mailoutbox[0]
    assert mail.subject == f"Your sign-in code for {campus.load().short_name} Helpdesk"
    assert "Nobody from IT asks for this code" in mail.body
    assert "for 10 minutes" in mail.body
    assert "&" not in mail.body
    assert campus.load().desk.email in mail.from_email
    assert max(len(line) for line in mail.body.splitlines()) < 76


def test_signing_out_takes_a_post_and_ends_the_session(client, known):
    client.force_login(known)

    looked = client.get(reverse("accounts:sign_out"))
    still = is_signed_in(client)
    left = client.post(reverse("accounts:sign_out"))

    assert looked.status_code == 405
    assert still
    assert left.url == reverse("knowledge:home")
    assert not is_signed_in(client)


def test_signing_out_makes_the_browser_forget_drafts_and_nothing_else_does(client, known):
    client.force_login(known)

    page = client.get(reverse("accounts:settings"))
    left = client.post(reverse("accounts:sign_out"))

    assert left["Clear-Site-Data"] == '"storage"'
    assert "Clear-Site-Data" not in page


def test_a_whole_campus_may_sign_in_from_one_address(mailoutbox):
    answers = [ask_for_code(Client(), f"student-{number}@{DOMAIN}") for number in range(80)]

    assert {answer.status_code for answer in answers} == {302}
    assert len(mailoutbox) == 80


def test_forms_without_the_csrf_token_are_refused(known):
    client = Client(enforce_csrf_checks=True)

    answers = [client.post(reverse(f"accounts:{name}")) for name in ("sign_in", "demo", "theme")]

    assert [answer.status_code for answer in answers] == [403, 403, 403]


@pytest.mark.parametrize("name", ["account_signup", "account_reset_password", "account_email"])
def test_no_other_page_of_allauth_is_routed(name):
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_a_password_opens_nothing(client, known):
    known.set_password("correct horse battery staple")
    known.save()

    answer = client.post(
        reverse("accounts:sign_in"),
        {"email": ADA, "login": ADA, "password": "correct horse battery staple"},
    )

    assert answer.url == reverse("accounts:enter_code")
    assert not is_signed_in(client)
