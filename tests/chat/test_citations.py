"""Markers are numbered as a reader meets them."""

from chat.citations import cited, in_order_of_use
from chat.completion import Source

OFFERED = (Source(1, "Wi-Fi", "/w/"), Source(3, "Printing", "/p/"), Source(14, "VPN", "/v/"))


def test_sources_are_numbered_in_the_order_of_their_first_marker() -> None:
    text, sources = in_order_of_use("Print. [14] Then join. [3] Again. [14]", OFFERED)

    assert text == "Print. [1] Then join. [2] Again. [1]"
    assert [(source.number, source.title) for source in sources] == [(1, "VPN"), (2, "Printing")]


def test_numbering_twice_changes_nothing() -> None:
    text, sources = in_order_of_use("One [3] two [1]", OFFERED)

    assert in_order_of_use(text, sources) == (text, sources)


def test_markers_of_unknown_sources_go() -> None:
    assert in_order_of_use("Nothing [7] here", OFFERED) == ("Nothing  here", ())


def test_only_sources_with_a_marker_are_cited() -> None:
    assert cited("Join. [3]", OFFERED) == (OFFERED[1],)
