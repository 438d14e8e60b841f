"""Other answers and other questions: nothing that was said is lost."""

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, expect_complete, expect_words, newest


def test_answer_again_keeps_the_first_answer_one_click_away(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    pager = newest(page).get_by_role("group", name="Other answers")
    expect(pager).to_have_count(0)

    newest(page).get_by_role("button", name="Answer again").click()

    expect(pager).to_contain_text("2 of 2")
    expect_complete(page)
    pager.get_by_role("button", name="Previous").click()
    expect(pager).to_contain_text("1 of 2")
    pager.get_by_role("button", name="Next").click()
    expect(pager).to_contain_text("2 of 2")


def test_an_edited_question_branches_and_the_old_one_stays(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    page.get_by_role("link", name="Edit this question").click()
    field = page.get_by_label("Your question, in other words")
    expect(field).to_be_focused()
    field.fill("How do I print from my own laptop?")
    page.get_by_role("button", name="Ask again").click()

    expect(page.locator(".ask")).to_have_text("How do I print from my own laptop?")
    expect_complete(page)
    expect_words(page, "rint")
    pager = page.get_by_role("group", name="Other versions of this question")
    expect(pager).to_contain_text("2 of 2")
    pager.get_by_role("button", name="Previous").click()
    expect(page.locator(".ask")).to_have_text("How do I connect my iPhone to eduroam?")
    expect_words(page, "eduroam")


def test_leaving_the_edit_leaves_the_question(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    page.get_by_role("link", name="Edit this question").click()
    page.get_by_role("link", name="Leave it").click()

    expect(page.locator(".ask")).to_have_text("How do I connect my iPhone to eduroam?")
    expect_complete(page)


def test_a_thumb_down_takes_a_reason_and_can_be_changed(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    down = newest(page).get_by_role("button", name="This did not help")

    down.click()
    page.get_by_text("Out of date").click()
    page.get_by_label("What happened?").fill("The menu is called otherwise now.")
    newest(page).get_by_role("button", name="Send").click()

    expect(newest(page)).to_contain_text("Thank you. A person reads this and fixes the article.")
    expect(down).to_have_attribute("aria-pressed", "true")
    expect(page.get_by_role("heading", name="What was wrong with this answer?")).to_be_hidden()
    newest(page).get_by_role("button", name="This helped").click()
    expect(down).to_have_attribute("aria-pressed", "false")
