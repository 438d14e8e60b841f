"""Everything that matters works as forms and links."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.desk import Desk
from tests.e2e.model_server import STEADY
from tests.e2e.person import COMPLETE, WRITING, box, newest, text_of


@pytest.fixture
def plain(visit: Visit):
    """Open a desk's page in a browser that runs no JavaScript."""

    def open_page(desk: Desk, path: str = "/") -> Page:
        return visit(desk, path, java_script_enabled=False)

    return open_page


def send(page: Page, question: str) -> None:
    box(page).fill(question)
    page.get_by_role("button", name="Send", exact=True).click()


def test_the_page_refreshes_itself_until_the_answer_is_complete(model_desk: Desk, plain):
    page = plain(model_desk)

    send(page, "How do I reset my password? Plain (steady)")

    expect(page.locator(".ask")).to_have_text("How do I reset my password? Plain (steady)")
    expect(page.locator(WRITING)).to_contain_text("Sentence 2")
    expect(page.locator(COMPLETE)).to_have_count(1, timeout=20_000)
    expect(text_of(newest(page))).to_have_text(STEADY.replace("[1]", "1"))
    expect(newest(page).locator(".source")).to_have_count(1)


def test_stop_is_a_button_of_the_form(model_desk: Desk, plain):
    page = plain(model_desk)
    send(page, "How do I reset my password? Plain stop (steady)")
    expect(page.locator(WRITING)).to_contain_text("Sentence 1")

    page.get_by_role("button", name="Stop writing").click()

    expect(newest(page)).to_contain_text("You stopped this answer.")


def test_the_next_question_can_be_written_while_the_answer_is(model_desk: Desk, plain):
    page = plain(model_desk)
    send(page, "How do I reset my password? Plain and quick (steady)")

    page.get_by_role("link", name="Write your next question now").click()
    send(page, "And on my phone?")

    expect(page.locator(COMPLETE)).to_have_count(2, timeout=20_000)
    expect(page.locator(".ask").last).to_have_text("And on my phone?")


def test_a_thumb_down_leads_to_a_page_of_reasons(desk: Desk, plain):
    page = plain(desk)
    send(page, "How do I connect my iPhone to eduroam?")
    expect(page.locator(COMPLETE)).to_have_count(1)

    newest(page).get_by_role("button", name="This did not help").click()
    page.get_by_text("Out of date").click()
    page.get_by_role("button", name="Send").click()

    expect(newest(page)).to_contain_text("Thank you. A person reads this and fixes the article.")


def test_a_person_is_one_button_away(desk: Desk, plain):
    page = plain(desk)
    send(page, "How do I connect my iPhone to eduroam?")
    expect(page.locator(COMPLETE)).to_have_count(1)

    page.get_by_role("button", name="Talk to a person").first.click()
    expect(page.locator(".ticket-card")).to_be_visible()
    send(page, "I will be in the library until six.")

    expect(page.locator(".ask").last).to_have_text("I will be in the library until six.")
    expect(page.locator("[data-answer]")).to_have_count(1)


def test_a_question_is_edited_and_answered_again_by_forms(desk: Desk, plain):
    page = plain(desk)
    send(page, "How do I connect my iPhone to eduroam?")
    expect(page.locator(COMPLETE)).to_have_count(1)

    page.get_by_role("link", name="Edit this question").click()
    page.get_by_label("Your question, in other words").fill("How do I print?")
    page.get_by_role("button", name="Ask again").click()

    expect(page.locator(".ask")).to_have_text("How do I print?")
    expect(page.locator(COMPLETE)).to_have_count(1)


@pytest.mark.usefixtures("network_may_fail")
def test_what_is_refused_stays_in_the_box(desk: Desk, plain):
    page = plain(desk)
    send(page, "How do I connect my iPhone to eduroam?")
    expect(page.locator(COMPLETE)).to_have_count(1)

    send(page, "eduroam " * 501)

    expect(page.get_by_role("alert")).to_contain_text("4,007 characters")
    expect(box(page)).to_have_value("eduroam " * 501)
