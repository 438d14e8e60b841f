"""The settled page: a tree of elements of which only the last branch is still open."""

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Append:
    """HTML to add at the end of the element whose id is `target`."""

    target: str
    html: str


@dataclass(slots=True)
class Element:
    """An element of the page.

    `head` is its opening up to where an id may stand, so without the last `>`; `tail` closes it.
    `name` is its id, given when it is sent while still open; `sent` counts the parts sent.
    """

    head: str
    tail: str
    name: str = ""
    sent: int = 0
    parts: list[str] = field(default_factory=list)

    def wrap(self, inner: str) -> str:
        """Stand the element around `inner`."""
        name = f' id="{self.name}"' if self.name else ""
        return f"{self.head}{name}>{inner}{self.tail}"

    def take_unsent(self) -> str:
        """Return the parts not yet sent as one piece, and count them as sent."""
        unsent = "".join(self.parts[self.sent :])
        self.sent = len(self.parts)
        return unsent


class Tree:
    """What is settled; html may be added to the innermost open element only."""

    def __init__(self, anchor: str) -> None:
        self.path = [Element("<div", "</div>", name=f"{anchor}-settled")]
        self.settled = 0
        self._anchor = anchor
        self._names = 0
        self._left: list[Append] = []

    def open(self, element: Element) -> None:
        """Make the element the innermost open one; it is not drawn before it has content."""
        self.path.append(element)

    def add(self, html: str) -> None:
        """Settle html in the innermost open element."""
        if html:
            self.path[-1].parts.append(html)
            self.settled += 1

    def close(self) -> None:
        """Close the innermost element; an empty one is drawn, too."""
        closed, parent = self.path.pop(), self.path[-1]
        self.settled += not closed.parts
        parent.parts.append(closed.wrap("".join(closed.parts)))
        if closed.name:
            self._leave(closed)
            parent.sent = len(parent.parts)

    def collect(self) -> tuple[Append, ...]:
        """Return what was settled since the last call, and count it as sent."""
        named = sum(1 for element in self.path if element.name)
        host = self.path[named - 1]
        self._leave(host, self._new_branch(self.path[named:]))
        collected, self._left = tuple(self._left), []
        return collected

    def html(self) -> str:
        """Draw the root's inner HTML, open elements closed for the purpose."""
        inner = ""
        for element in reversed(self.path[1:]):
            if element.parts or inner:
                inner = element.wrap("".join(element.parts) + inner)
        return "".join(self.path[0].parts) + inner

    def _leave(self, element: Element, inner: str = "") -> None:
        html = element.take_unsent() + inner
        if html:
            self._left.append(Append(element.name, html))

    def _new_branch(self, elements: list[Element]) -> str:
        """Draw open elements that the page does not have yet, as far as they have content."""
        inner = ""
        for element in reversed(elements):
            if element.parts or inner:
                self._names += 1
                element.name = f"{self._anchor}-b{self._names}"
                inner = element.wrap(element.take_unsent() + inner)
        return inner
