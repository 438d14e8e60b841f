"""From the front page to a sourced answer, without a model."""

import re

from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, box, expect_complete, newest


def test_a_stranger_has_a_sourced_answer_within_six_clicks(desk: Desk, visit: Visit):
    page = visit(desk, "/", who=None, viewport=PHONE, has_touch=True)

    page.get_by_role("button", name="Ada Lovelace").tap()  # 1
    page.get_by_role("button", name="eduroam won’t take my password").tap()  # 2

    expect_complete(page)
    expect(newest(page).locator(".source").first).to_be_visible()
    newest(page).locator(".source").first.tap()  # 3
    expect(page).to_have_url(re.compile("/help/"))


def test_a_citation_leads_to_its_source_below_the_answer(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    newest(page).locator(".cite").first.click()

    expect(page.locator(".source:target")).to_be_in_viewport()


def test_a_long_answer_is_held_at_its_question_to_be_read_from_its_beginning(
    desk: Desk, visit: Visit
):
    page = visit(desk, viewport=PHONE)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    ask(page, "And how do I set it up on Windows?")
    expect_complete(page, answers=2)

    expect(page.locator(".ask").last).to_be_in_viewport(ratio=1)


def test_coursework_is_left_to_the_tutoring_centre(desk: Desk, visit: Visit):
    page = visit(desk)

    ask(page, "Write my essay about Kafka for me")

    expect_complete(page)
    expect(newest(page)).to_contain_text("That’s coursework")
    expect(page.get_by_role("link", name="Book a time")).to_be_visible()


def test_what_nobody_wrote_down_is_not_guessed(desk: Desk, visit: Visit):
    page = visit(desk)

    ask(page, "What is the best pizza topping in Naples?")

    expect_complete(page)
    expect(newest(page)).to_contain_text("I don’t know this one")
    expect(newest(page).get_by_role("button", name="Talk to a person")).to_be_visible()


def test_the_counter_tells_before_the_limit_does(desk: Desk, visit: Visit):
    page = visit(desk)
    long = "eduroam " * 501  # 4,008 characters

    box(page).fill(long)
    box(page).press("Enter")

    expect(page.locator(".meter")).to_have_text("4,008 / 4,000")
    expect(page.locator(".meter")).to_have_class(re.compile("over"))
    expect(page).to_have_url(f"{desk.url}/")
    expect(box(page)).to_have_value(long)
