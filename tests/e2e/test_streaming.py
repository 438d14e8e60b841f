"""An answer as it grows: seen, stopped, left, come back to, cut off."""

import pytest
from playwright.sync_api import Page, expect

from tests.chat.providers.server import ANSWER
from tests.e2e.conftest import PHONE, Visit
from tests.e2e.desk import Desk
from tests.e2e.model_server import BURST, STEADY
from tests.e2e.person import (
    WRITING,
    ask,
    box,
    expect_complete,
    expect_words,
    expect_writing,
    newest,
    text_of,
)

RECORD_MOVES = """
window.moves = [];
const seen = {};
const startOf = (node) => node.data.trim().slice(0, 11);
function look(node) {
  const text = startOf(node);
  if (text.length < 11) return;
  const range = document.createRange();
  range.selectNodeContents(node);
  const top = Math.round(range.getBoundingClientRect().top + scrollY);
  if (text in seen && seen[text] !== top) window.moves.push([text, seen[text], top]);
  seen[text] = top;
}
function lookAtAll() {
  const answer = document.querySelector("[data-answer] .prose");
  const walker = answer && document.createTreeWalker(answer, NodeFilter.SHOW_TEXT);
  while (walker?.nextNode()) look(walker.currentNode);
  requestAnimationFrame(lookAtAll);
}
requestAnimationFrame(lookAtAll);
"""


def as_shown(text: str) -> str:
    """An answer's text as the page shows it: a citation is a chip with its number."""
    return text.replace("[1]", "1")


def expect_whole(page: Page, text: str) -> None:
    """The answer on the page is this text, nothing lost and nothing twice."""
    expect_complete(page)
    expect(text_of(newest(page))).to_have_text(as_shown(text))


def test_an_answer_streams_in_and_ends_with_sources_and_actions(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Streaming (steady)")

    expect_writing(page)
    expect(newest(page)).not_to_contain_text("Sentence 7")
    expect(newest(page).get_by_role("button", name="Copy answer")).to_have_count(0)
    expect_words(page, "Sentence 5")
    expect_whole(page, STEADY)
    expect(newest(page).locator(".source")).to_have_count(1)
    expect(newest(page).get_by_role("button", name="Copy answer")).to_be_visible()


@pytest.mark.parametrize("kind", ["markdown", "nested"])
def test_text_that_is_there_never_moves_while_more_arrives(
    kind: str, model_desk: Desk, visit: Visit
):
    page = visit(model_desk, viewport={"width": 1280, "height": 1400})
    page.add_init_script(RECORD_MOVES)

    ask(page, f"How do I join eduroam on Linux? Unmoved ({kind})")

    expect_complete(page)
    assert page.evaluate("window.moves") == []


def test_stop_keeps_what_was_seen_and_offers_to_answer_again(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Stopped (steady)")
    expect_writing(page)

    page.get_by_role("button", name="Stop writing").click()

    expect_complete(page)
    expect(newest(page)).to_contain_text("You stopped this answer.")
    expect(text_of(newest(page))).to_contain_text("Sentence 1")
    expect(newest(page)).not_to_contain_text("Sentence 7")
    newest(page).locator(".note").get_by_role("button", name="Answer again").click()
    expect_whole(page, STEADY)


def test_the_next_question_can_be_asked_while_the_answer_is_written(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Next one (steady)")
    expect_writing(page)

    ask(page, "And on my phone?")

    expect(page.locator(".ask")).to_have_count(2)
    expect_complete(page, answers=2)
    expect(page.locator("[data-answer]").first.locator(".prose")).to_have_text(as_shown(STEADY))
    expect_words(page, "Prove it is you")


def test_a_reload_in_the_middle_loses_and_repeats_nothing(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Reloaded (steady)")
    expect_writing(page)

    page.reload()
    expect_words(page, "Sentence 3")
    page.reload()

    expect_whole(page, STEADY)


def test_two_tabs_show_the_same_and_either_may_stop(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Two tabs (steady)")
    expect_writing(page)
    other = page.context.new_page()
    other.goto(page.url)

    expect_writing(other)
    expect_words(other, "Sentence 4")
    other.keyboard.press("Escape")

    for tab in (page, other):
        expect_complete(tab)
        expect(newest(tab)).to_contain_text("You stopped this answer.")
    expect(text_of(newest(page))).to_have_text(text_of(newest(other)).inner_text())


def test_a_cut_off_answer_is_continued_where_it_ends(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Cut (cut)")
    expect_complete(page)
    expect(newest(page)).to_contain_text("This answer was cut off.")
    kept = text_of(newest(page)).inner_text()
    assert kept.startswith("Open the password page")

    page.get_by_role("button", name="Continue").click()

    expect(page.locator("[data-answer]")).to_have_count(1)
    expect(newest(page)).not_to_contain_text("This answer was cut off.")
    expect_complete(page)
    expect(text_of(newest(page))).to_contain_text(kept)
    expect_words(page, "press Finish")


def test_quick_messages_before_the_answer_are_answered_once(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "My password does not work. (patient)")
    expect(page.locator(WRITING)).to_have_count(1)

    ask(page, "I mean the one for mail.")
    ask(page, "It worked yesterday. (patient)")

    expect(page.locator(".ask")).to_have_count(3)
    expect_complete(page)
    expect(text_of(newest(page))).to_have_text(as_shown(ANSWER))


def test_a_long_answer_is_drawn_whole(model_desk: Desk, visit: Visit):
    page = visit(model_desk)

    ask(page, "How do I reset my password? At length (burst)")

    expect_complete(page)
    expect(text_of(newest(page)).locator("li")).to_have_count(BURST.count("Open the"))
    assert len(text_of(newest(page)).inner_text()) > 18_000


def test_a_reader_who_scrolled_away_is_not_moved_and_is_offered_the_new_text(
    model_desk: Desk, visit: Visit
):
    page = visit(model_desk, viewport=PHONE)
    ask(page, "How do I reset my password? At length (burst)")
    expect_complete(page)
    ask(page, "And again? (steady)")
    expect_writing(page)
    page.evaluate("scrollTo(0, 400)")
    expect_words(page, "Sentence 5")

    assert page.evaluate("scrollY") == 400
    page.get_by_role("button", name="New text below").click()

    expect(text_of(newest(page))).to_be_in_viewport()
    expect(page.get_by_role("button", name="New text below")).to_be_hidden()


def test_an_answer_is_copied_with_one_press(model_desk: Desk, visit: Visit):
    page = visit(model_desk, permissions=["clipboard-read", "clipboard-write"])
    ask(page, "How do I join eduroam on Linux? Copying (markdown)")
    expect_complete(page)

    page.get_by_role("button", name="Copy", exact=True).click()
    code = page.evaluate("navigator.clipboard.readText()")
    page.get_by_role("button", name="Copy answer").click()
    expect(page.locator("#announce")).to_have_text("Answer copied")
    answer = page.evaluate("navigator.clipboard.readText()")

    assert code == "nmcli connection delete eduroam"
    assert answer.startswith("Here is how it goes")


def test_hostile_text_in_question_and_answer_stays_text(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    requests: list[str] = []
    page.context.on("request", lambda request: requests.append(request.url))
    hostile = "<img src=x onerror=\"document.title='taken'\"> <b>password</b> reset? (hostile)"

    ask(page, hostile)

    expect_complete(page)
    expect(page.locator(".ask")).to_have_text(hostile)
    expect_words(page, "onerror")
    expect(page.locator("#thread :is(img, script, iframe, b > b)")).to_have_count(0)
    expect(page.locator("#thread a[href^='javascript']")).to_have_count(0)
    expect(page).not_to_have_title("taken")
    assert [url for url in requests if not url.startswith(model_desk.url)] == []


def test_escape_in_the_box_stops_and_keeps_what_is_typed(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Escaped (steady)")
    expect_writing(page)
    box(page).fill("Wait, I mean")

    box(page).press("Escape")

    expect(newest(page)).to_contain_text("You stopped this answer.")
    expect(box(page)).to_have_value("Wait, I mean")
