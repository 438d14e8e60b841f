"""Without a mouse, and without seeing."""

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.conftest import Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, box, expect_complete, expect_writing, newest

RECORD = """() => {
  window.heard = [];
  const region = document.querySelector("#announce");
  new MutationObserver(() => window.heard.push(region.textContent.trim()))
    .observe(region, { childList: true, characterData: true, subtree: true });
}"""


def focused_name(page: Page) -> str:
    """What a screen reader would say of the focused element, near enough."""
    return page.evaluate("""() => {
      const { ariaLabel, labels, textContent } = document.activeElement;
      return ariaLabel || labels?.[0]?.textContent || textContent.trim();
    }""")


def tab_to(page: Page, name: str, *, at_most: int = 30) -> None:
    for _ in range(at_most):
        page.keyboard.press("Tab")
        if focused_name(page) == name:
            return
    pytest.fail(f"{name} is not reached by Tab")


def test_a_question_is_asked_answered_and_rated_by_keys_alone(desk: Desk, visit: Visit):
    page = visit(desk)
    page.keyboard.press("Tab")
    assert focused_name(page) == "Skip to content"
    page.keyboard.press("Enter")
    tab_to(page, "Your question", at_most=3)

    page.keyboard.type("How do I connect")
    page.keyboard.press("Shift+Enter")
    page.keyboard.type("my iPhone to eduroam?")
    expect(box(page)).to_have_value("How do I connect\nmy iPhone to eduroam?")
    page.keyboard.press("Enter")

    expect_complete(page)
    page.keyboard.press("Alt+ArrowUp")
    expect(newest(page)).to_be_focused()
    tab_to(page, "This did not help")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was wrong with this answer?")).to_be_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    tab_to(page, "Send", at_most=3)
    page.keyboard.press("Enter")
    expect(newest(page)).to_contain_text("Thank you. A person reads this and fixes the article.")
    page.keyboard.press("Alt+ArrowDown")
    expect(box(page)).to_be_focused()


def test_escape_closes_the_reasons_and_gives_the_focus_back(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    down = newest(page).get_by_role("button", name="This did not help")
    down.focus()

    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="What was wrong with this answer?")).to_be_visible()
    page.keyboard.press("Escape")

    expect(page.get_by_role("heading", name="What was wrong with this answer?")).to_be_hidden()
    expect(down).to_be_focused()


def test_the_focus_stays_while_the_page_changes_around_it(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Focus (steady)")
    expect_writing(page)
    page.keyboard.press("Alt+ArrowUp")
    expect(newest(page)).to_be_focused()

    expect_complete(page)

    expect(newest(page)).to_be_focused()


def test_ears_hear_that_it_writes_then_sentences_never_tokens(model_desk: Desk, visit: Visit):
    page = visit(model_desk)
    ask(page, "How do I reset my password? Before (markdown)")
    expect_complete(page)
    page.evaluate(RECORD)

    ask(page, "And by ear? (steady)")
    expect_complete(page, answers=2)

    region = page.locator("#announce")
    expect(region).to_have_attribute("aria-live", "polite")
    expect(region).to_contain_text("Answer complete.")
    heard = page.evaluate("window.heard")
    assert heard[0] == "The assistant is writing."
    assert len(heard) == 2
    assert heard[1].startswith("Sentence 1 of this answer tells what to do next.")
    assert heard[1].endswith("Answer complete.")
