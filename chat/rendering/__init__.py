"""Markdown to HTML for text that grows: each line is read once, in the order it arrives.

`chat.markdown` draws a finished text and `chat.blocks` a growing one, both with the same
`Document`, so that what a reader saw arriving is what is stored. Inline text is markdown-it's.

Four choices differ from CommonMark, each because a later line may not change a settled one:
a list item's first paragraph stands without `<p>` (no tight and loose lists); an underline makes
no heading of the line above it; indentation alone makes no code; a title of a link definition
stands on the definition's line. Raw HTML is text, and containers nest to a fixed depth.
"""
