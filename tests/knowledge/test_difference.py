from knowledge.difference import Change, Line, lines


def test_equal_texts_have_no_difference() -> None:
    assert lines("one\ntwo", "one\ntwo") == []


def test_a_changed_line_is_removed_and_added_between_its_neighbours() -> None:
    before = "\n".join("abcdefghi")
    after = before.replace("e", "E")

    found = lines(before, after)

    assert found == [
        Line(Change.SKIPPED),
        Line(Change.SAME, "b"),
        Line(Change.SAME, "c"),
        Line(Change.SAME, "d"),
        Line(Change.REMOVED, "e"),
        Line(Change.ADDED, "E"),
        Line(Change.SAME, "f"),
        Line(Change.SAME, "g"),
        Line(Change.SAME, "h"),
        Line(Change.SKIPPED),
    ]
