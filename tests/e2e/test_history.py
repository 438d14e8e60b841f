"""Conversations are found again, named, put away and brought back."""

from playwright.sync_api import expect

from tests.e2e.conftest import Visit
from tests.e2e.desk import Desk
from tests.e2e.person import ask, expect_complete


def test_a_conversation_is_found_by_words_of_its_answer(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)
    page.goto("/history/")

    page.get_by_label("Search in your conversations").fill("agree when ios asks")
    found = page.locator("#found")

    expect(found.get_by_role("link", name="How do I connect my iPhone").first).to_be_visible()
    page.get_by_label("Search in your conversations").fill("never said by anybody")
    expect(found).to_contain_text("Nothing found")


def test_a_conversation_is_renamed(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I connect my iPhone to eduroam?")
    expect_complete(page)

    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_label("Title").fill("My phone and eduroam")
    page.get_by_role("button", name="Rename").click()

    expect(page).to_have_title("My phone and eduroam · Campus Helpdesk")
    expect(page.locator(".convs [aria-current]")).to_have_text("My phone and eduroam")


def test_a_deleted_conversation_can_be_brought_back(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I undo what I deleted in my mailbox?")
    expect_complete(page)
    address = page.url

    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("button", name="Delete").click()
    expect(page).to_have_url(f"{desk.url}/history/")
    expect(page.locator(f"#found a[href='{address.removeprefix(desk.url)}']")).to_have_count(0)
    page.get_by_role("button", name="Undo").click()

    expect(page).to_have_url(address)
    expect_complete(page)


def test_an_archived_conversation_waits_in_the_archive(desk: Desk, visit: Visit):
    page = visit(desk)
    ask(page, "How do I get more space for my files?")
    expect_complete(page)

    page.get_by_role("button", name="More about this conversation").click()
    page.get_by_role("button", name="Archive").click()
    page.goto("/history/?archived=1")

    expect(page.locator("#found")).to_contain_text("How do I get more space for my files")
