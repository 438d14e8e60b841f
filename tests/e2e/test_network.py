"""A network that blocks, fails and comes back, and a server that dies."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.desk import Desk
from tests.e2e.model_server import STEADY
from tests.e2e.person import (
    COMPLETE,
    ask,
    box,
    expect_complete,
    expect_words,
    expect_writing,
    newest,
    text_of,
)

pytestmark = pytest.mark.usefixtures("network_may_fail")


def block_sockets(page: Page) -> None:
    """As some campus networks do: the page loads, a socket never opens."""
    page.context.route_web_socket("**/*", lambda socket: socket.close(code=1011))


def test_a_blocked_socket_falls_back_to_fetching(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    block_sockets(page)
    ask(page, "How do I reset my password? Blocked (steady)")

    expect_writing(page)
    expect(newest(page)).not_to_contain_text("Sentence 7")
    expect_complete(page)
    expect(text_of(newest(page))).to_have_text(STEADY.replace("[1]", "1"))
    ask(page, "And on my phone? (steady)")
    expect(page.locator(".ask")).to_have_count(2)
    expect_writing(page)
    page.get_by_role("button", name="Stop writing").click()
    expect(newest(page)).to_contain_text("You stopped this answer.")


def test_a_killed_server_leaves_an_interrupted_answer_to_continue(mortal_desk: Desk, visit: Visit):
    page = visit(mortal_desk)
    ask(page, "How do I reset my password? Killed (steady)")
    expect_words(page, "Sentence 3")

    mortal_desk.kill()
    mortal_desk.start()

    expect(newest(page)).to_contain_text("This answer was cut off.", timeout=30_000)
    expect(text_of(newest(page))).to_contain_text("Sentence 1")
    page.get_by_role("button", name="Continue").click()
    expect(page.locator(COMPLETE)).to_have_count(1, timeout=20_000)
    expect(newest(page)).not_to_contain_text("This answer was cut off.")
    expect_words(page, "press Finish")


def test_a_question_typed_offline_is_kept_and_sent_when_the_network_is_back(
    desk: Desk, visit: Visit
):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    page.context.set_offline(True)
    expect(page.get_by_text("You’re offline.")).to_be_visible()

    ask(page, "How do I print from my own laptop?")
    expect(page.locator(".ask")).to_have_count(1)
    page.context.set_offline(False)

    expect(page.locator(".ask")).to_have_count(2, timeout=20_000)
    expect_complete(page, answers=2)
    expect(page.get_by_text("You’re back. Your message was sent.")).to_be_visible()
    expect(page.locator(".ask").last).to_have_text("How do I print from my own laptop?")


def test_a_first_question_typed_offline_stays_in_the_box_until_it_is_sent(desk: Desk, visit: Visit):
    page = visit(desk)
    page.context.set_offline(True)

    ask(page, "How do I print from my own laptop?")
    expect(page.get_by_text("You’re offline.")).to_be_visible()
    expect(box(page)).to_have_value("How do I print from my own laptop?")
    page.context.set_offline(False)

    expect_complete(page)
    expect(page.locator(".ask")).to_have_text("How do I print from my own laptop?")


def test_a_draft_survives_a_reload(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    box(page).fill("And what about my")
    page.reload()

    expect(box(page)).to_have_value("And what about my")


def test_a_draft_is_there_on_another_device(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    with page.expect_response(lambda response: response.url.endswith("/draft/")):
        box(page).fill("And what about my")
    other = visit(desk, page.url)

    expect(box(other)).to_have_value("And what about my")


def test_typed_text_survives_a_session_that_ends_in_mid_chat(desk: Desk, visit: Visit):
    page = visit(desk, "/sign-in/", who=None)
    page.get_by_role("button", name="Ada Lovelace").click()
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    desk.end_sessions(page.context.cookies())

    ask(page, "How do I print from my own laptop?")
    expect(page.get_by_text("You’ve been signed out to keep your account safe.")).to_be_visible()
    expect(box(page)).to_have_value("How do I print from my own laptop?")
    page.get_by_role("link", name="Sign in and go on").click()
    page.get_by_role("button", name="Ada Lovelace").click()

    expect(page.locator(".ask")).to_have_text("How do I connect my iPhone to eduroam?")
    expect(box(page)).to_have_value("How do I print from my own laptop?")
    box(page).press("Enter")
    expect_complete(page, answers=2)
