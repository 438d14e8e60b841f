"""From the assistant to a person, and back."""

import re

from playwright.sync_api import Page, expect

from tests.e2e.conftest import PHONE, Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, box, expect_complete


def handed_off(desk: Desk, visit: Visit, **options) -> Page:
    page = visit(desk, **options)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    page.get_by_role("button", name="Talk to a person").first.click()
    expect(page.locator(".ticket-card")).to_be_in_viewport()
    return page


def number_of(page: Page) -> str:
    words = page.locator(".ticket-card header").inner_text()
    return re.search(r"Ticket (\d+)", words)[1]


def test_a_ticket_takes_over_and_says_when_a_person_answers(desk: Desk, visit: Visit):
    page = handed_off(desk, visit, viewport=PHONE)

    card = page.locator(".ticket-card")
    expect(card).to_contain_text("In line")
    expect(card).to_contain_text(
        re.compile(r"Nobody is at the desk now\. It opens on|The desk is open")
    )
    expect(
        page.get_by_text("The assistant stays quiet until your ticket is resolved.")
    ).to_be_visible()
    expect(page.get_by_label("Your reply to the desk")).to_be_visible()
    card.get_by_role("link", name="See what we passed on").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(
        "How do I connect my iPhone to eduroam"
    )


def test_messages_go_to_the_ticket_until_the_assistant_is_asked_back(desk: Desk, visit: Visit):
    page = handed_off(desk, visit)

    ask(page, "It is about my old phone.")
    expect(page.locator(".ask").last).to_have_text("It is about my old phone.")
    expect(page.locator("[data-answer]")).to_have_count(1)
    page.get_by_role("button", name="Ask the assistant meanwhile").click()
    expect(page.get_by_label("Your question")).to_be_visible()
    ask(page, "How do I print from my own laptop?")

    expect_complete(page, answers=2)
    expect(page.locator(".ticket-card ~ [data-answer]")).to_have_count(1)


def test_what_a_person_answers_in_the_back_office_appears_in_the_chat(desk: Desk, visit: Visit):
    page = handed_off(desk, visit)
    number = int(number_of(page)) - 1000

    office = visit(desk, f"/admin/tickets/ticket/{number}/change/", who="Grace Hopper")
    office.get_by_label("Reply", exact=True).fill("Hi Ada, forget the network and join again.")
    office.get_by_role("button", name="Send reply").click()

    said = page.get_by_role("article", name="Reply from Grace")
    expect(said).to_contain_text("Hi Ada, forget the network and join again.")
    expect(page.locator(".ticket-card .state")).to_have_text("With a person")
    expect(page.locator("#standing .state")).to_have_text("With Grace")
    expect(page.locator("#announce")).to_contain_text("Grace")


def test_a_person_can_be_asked_before_the_assistant(desk: Desk, visit: Visit):
    page = visit(desk)

    box(page).fill("My laptop fell into the river.")
    page.get_by_role("button", name="Talk to a person").click()

    expect(page.locator(".ticket-card")).to_contain_text("My laptop fell into the river")
    expect(page.locator(".ask")).to_have_text("My laptop fell into the river.")
    expect(page.locator("[data-answer]")).to_have_count(0)
