"""What a person does on the page, and where on it one looks."""

from playwright.sync_api import Locator, Page, expect

COMPLETE = "[data-answer]:not([aria-busy])"
WRITING = "[data-answer][aria-busy=true]"


def sign_in(page: Page, desk_url: str, name: str) -> None:
    page.goto(f"{desk_url}/sign-in/")
    page.get_by_role("button", name=name).click()
    page.wait_for_url(f"{desk_url}/")


def box(page: Page) -> Locator:
    """Where one writes."""
    return page.locator("#text")


def ask(page: Page, question: str) -> None:
    """Type a question and send it by Enter."""
    box(page).fill(question)
    box(page).press("Enter")


def newest(page: Page) -> Locator:
    """The newest answer on the page."""
    return page.locator("[data-answer]").last


def text_of(answer: Locator) -> Locator:
    return answer.locator(".prose")


def expect_words(page: Page, words: str) -> None:
    """The newest answer says this by now; it may still be growing."""
    expect(text_of(newest(page))).to_contain_text(words)


def expect_complete(page: Page, answers: int = 1) -> None:
    """So many answers are on the page, and all of them are complete."""
    expect(page.locator(COMPLETE)).to_have_count(answers, timeout=20_000)
    expect(page.locator(WRITING)).to_have_count(0)


def expect_writing(page: Page) -> None:
    """An answer is being written, and some of it is on the page."""
    expect(page.locator(WRITING).locator(".prose")).to_contain_text("Sentence 1")
