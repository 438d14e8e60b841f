"""An article's sections, device tabs and list of contents."""

import pytest

from knowledge import outline

BODY = """Before it.

## Set up

Read this first.

### Windows

1. Press Start

### iPhone and iPad

1. Tap Settings

## Later

### Notes

Nothing.
"""


def test_devices_of_a_section_are_tabs_and_the_readers_own_is_open():
    read = outline.read(BODY, system="ios")

    (tabs,) = [block for block in read.blocks if block.devices]
    assert tabs.anchor == "set-up"
    assert [(d.system, d.label, d.is_shown) for d in tabs.devices] == [
        ("windows", "Windows", False),
        ("ios", "iPhone and iPad", True),
    ]
    assert 'id="iphone-and-ipad"' in tabs.devices[1].html


def test_the_first_device_is_open_when_the_section_knows_no_part_for_the_reader():
    read = outline.read(BODY, system="linux")

    assert [d.is_shown for block in read.blocks for d in block.devices] == [True, False]


def test_what_is_no_device_stays_in_its_order():
    plain = [block.html for block in outline.read(BODY).blocks if not block.devices]

    assert plain[0].startswith("<p>Before it.</p>")
    assert "Read this first." in plain[0]
    assert plain[1].startswith('<h2 id="later">')
    assert '<h3 id="notes">' in plain[1]


def test_one_device_alone_makes_no_tabs():
    read = outline.read("## Set up\n\n### Windows\n\nPress Start.")

    assert not any(block.devices for block in read.blocks)
    assert "Press Start." in read.blocks[-1].html


def test_an_article_without_headings_is_one_block():
    read = outline.read("Only words.")

    assert [block.html for block in read.blocks] == ["<p>Only words.</p>\n"]
    assert read.contents == ()


def test_contents_name_the_sections():
    contents = outline.read(BODY).contents

    assert [(entry.text, entry.anchor) for entry in contents] == [
        ("Set up", "set-up"),
        ("Later", "later"),
    ]


def test_a_reference_defined_in_another_section_still_links():
    read = outline.read("## A\n\n[here][x]\n\n## B\n\n[x]: https://campus.example")

    assert 'href="https://campus.example"' in read.blocks[0].html


def test_campus_values_are_filled_in():
    assert "you@campus.edu" in outline.read("you@{{ campus.domain }}").blocks[0].html


@pytest.mark.parametrize(
    ("agent", "system"),
    [
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X)", "ios"),
        ("Mozilla/5.0 (Linux; Android 15; Pixel 9)", "android"),
        ("Mozilla/5.0 (X11; CrOS x86_64 14541.0.0)", "chromeos"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "windows"),
        ("Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "macos"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "linux"),
        ("curl/8", ""),
    ],
)
def test_the_browser_names_the_readers_device(agent, system):
    assert outline.system_of(agent) == system


@pytest.mark.parametrize(("words", "minutes"), [(0, 1), (200, 1), (201, 2), (1000, 5)])
def test_reading_time_is_whole_minutes(words, minutes):
    assert outline.minutes("word " * words) == minutes
