"""Every page on a phone and a desk, by day and by night: axe finds nothing, nothing overflows."""

from collections.abc import Callable

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from tests.e2e.conftest import DESKTOP, PHONE, Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, expect_complete

TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
OF_COLOUR = ["color-contrast", "link-in-text-block"]
RULES = {"light": TAGS, "dark": {"type": "rule", "values": OF_COLOUR}}  # the rest is the same
NARROWEST = {"width": 320, "height": 700}


def expect_accessible(page: Page) -> None:
    """axe-core finds no violation in light and none in dark."""
    for scheme, rules in RULES.items():
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        page.evaluate("scrollTo(0, document.body.scrollHeight)")  # what the dock covers has no size
        found = Axe().run(page, options={"runOnly": rules}).response["violations"]
        told = [(rule["id"], [node["target"] for node in rule["nodes"]]) for rule in found]
        assert told == [], f"{page.url} in {scheme}"


def expect_no_sideways_scroll(page: Page) -> None:
    assert page.evaluate("document.documentElement.scrollWidth - innerWidth") <= 0, page.url


def look_at(page: Page) -> None:
    """Look at the page as a phone, a desk and the narrowest screen show it."""
    for viewport in (DESKTOP, PHONE):
        page.set_viewport_size(viewport)
        expect_no_sideways_scroll(page)
        expect_accessible(page)
    page.set_viewport_size(NARROWEST)
    expect_no_sideways_scroll(page)


def empty(page: Page) -> None:
    expect(page.get_by_role("heading", level=1)).to_be_visible()


def answer(page: Page) -> None:
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)


def declined(page: Page) -> None:
    ask(page, "Write my essay about Kafka for me")
    expect_complete(page)


def unknown(page: Page) -> None:
    ask(page, "What is the best pizza topping in Naples?")
    expect_complete(page)


def hand_off(page: Page) -> None:
    answer(page)
    page.get_by_role("button", name="Talk to a person").first.click()
    expect(page.locator(".ticket-card")).to_be_visible()


def ticket_detail(page: Page) -> None:
    hand_off(page)
    page.get_by_role("link", name="See what we passed on").click()
    expect(page.locator("#timeline")).to_be_attached()


def reasons(page: Page) -> None:
    answer(page)
    page.get_by_role("button", name="This did not help").click()


def tickets(page: Page) -> None:
    hand_off(page)
    page.goto("/tickets/")


@pytest.mark.parametrize(
    "arrange",
    [empty, answer, declined, unknown, reasons, hand_off, ticket_detail, tickets],
    ids=lambda arrange: arrange.__name__,
)
def test_the_page_is_accessible_and_fits(arrange: Callable[[Page], None], desk: Desk, visit: Visit):
    page = visit(desk)
    arrange(page)

    look_at(page)


@pytest.mark.parametrize(
    "path",
    ["/help/", "/help/search/?q=eduroam", "/help/connect-to-eduroam/", "/history/", "/settings/"],
)
def test_the_address_is_accessible_and_fits(path: str, desk: Desk, visit: Visit):
    page = visit(desk, path)
    expect(page.get_by_role("heading", level=1)).to_be_visible()

    look_at(page)


def test_the_sign_in_page_is_accessible_and_fits(desk: Desk, visit: Visit):
    page = visit(desk, "/sign-in/", who=None)

    look_at(page)


def test_a_growing_answer_is_accessible_and_fits(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Looked at (slow)")
    expect(page.locator("[data-answer][aria-busy=true] .prose")).to_contain_text("Open")

    look_at(page)

    page.keyboard.press("Escape")
    expect_complete(page)
    look_at(page)


def test_every_kind_of_text_in_an_answer_is_accessible_and_fits(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I join eduroam on Linux? Looked at (markdown)")
    expect_complete(page)

    look_at(page)
