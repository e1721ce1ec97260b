"""Reads XML that comes from outside into plain elements: no document type, no entity, nothing looked up, all bounded.

The parser of the standard library is driven directly, so that a document type is refused at its first word, in
whatever encoding it is written, and before any of it is expanded.
"""

from collections.abc import Iterator, Sequence
from xml.parsers import expat

from collectors.document import Unread

#: Elements of one document, how deep they may stand in one another, and attributes of one element.
MAX_ELEMENTS, MAX_DEPTH, MAX_ATTRIBUTES = 1_000_000, 60, 200


#: Bytes within which the first element of a document must begin.
_PROLOG = 65_536


class Element:
    """An element: its name as written, its attributes, its own text without the blanks around it, and its children."""

    __slots__ = ("attributes", "children", "name", "text")

    def __init__(self, name: str, attributes: dict[str, str]) -> None:
        self.name, self.attributes, self.text = name, attributes, ""
        self.children: Sequence[Element] = ()

    @property
    def local(self) -> str:
        """The name without its prefix."""
        return self.name.rpartition(":")[2]

    def all(self, name: str) -> Iterator["Element"]:
        """The children of that name."""
        return (child for child in self.children if child.name == name)

    def first(self, name: str) -> "Element | None":
        """The first child of that name."""
        for child in self.children:
            if child.name == name:
                return child
        return None

    def said(self, name: str) -> str:
        """The text of the first child of that name; "" where there is none."""
        found = self.first(name)
        return found.text if found else ""


class _Builder:
    """Makes elements of what the parser finds, and stops it at what no honest document has."""

    def __init__(self) -> None:
        #: What is open: the element, its children and its text so far. Most elements have one of both only, and a
        #: document has many elements, so lists are made when they are needed.
        self.open: list[Element] = []
        self.children: list[list[Element] | None] = []
        self.texts: list[list[str] | None] = []
        self.count = 0
        self.root: Element | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        self.count += 1
        if self.count > MAX_ELEMENTS:
            raise Unread("too_many_items", f"The document has more than {MAX_ELEMENTS:,} elements.")
        if len(self.open) >= MAX_DEPTH:
            raise Unread("too_deep", f"Elements stand in one another over {MAX_DEPTH} deep.")
        if len(attributes) > MAX_ATTRIBUTES:
            raise Unread("malformed", f"An element has more than {MAX_ATTRIBUTES} attributes.")
        element = Element(name, attributes)
        if not self.open:
            self.root = element
        elif (beside := self.children[-1]) is None:
            self.children[-1] = [element]
        else:
            beside.append(element)
        self.open.append(element)
        self.children.append(None)
        self.texts.append(None)

    def end(self, name: str) -> None:
        element, children, texts = self.open.pop(), self.children.pop(), self.texts.pop()
        if children:
            element.children = children
        if texts:
            element.text = "".join(texts).strip()

    def text(self, piece: str) -> None:
        if (texts := self.texts[-1]) is None:
            self.texts[-1] = [piece]
        else:
            texts.append(piece)


class _Begun(Exception):
    """The first element begins: what stands before it has been seen."""


def _typed(*_: object) -> None:
    raise Unread("malformed", "The document has a document type of its own.")


def _begun(*_: object) -> None:
    raise _Begun


def check_prolog(start: bytes) -> None:
    """Look at what stands before the first element, for documents that another parser reads. `start` is the document,
    or its beginning. Raises Unread for a document type, for what is no XML, and for no element at all.
    """
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler, parser.StartElementHandler = _typed, _begun
    try:
        parser.Parse(start[:_PROLOG].lstrip(), False)
    except _Begun:
        return
    except expat.ExpatError as fault:
        raise Unread("malformed", f"This is no XML: {fault}.") from None
    except (LookupError, ValueError) as fault:
        raise Unread("bad_encoding", f"The encoding cannot be read: {fault}.") from None
    raise Unread("malformed", "There is no element.")


def read(body: bytes) -> Element:
    """The root element of a document. Raises Unread for what is no XML, or more of it than is taken."""
    if not body.strip():
        raise Unread("empty", "The message has no content.")
    builder, parser = _Builder(), expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = builder.start, builder.end
    parser.CharacterDataHandler = builder.text
    parser.StartDoctypeDeclHandler = _typed
    try:
        parser.Parse(body.lstrip(), True)
    except expat.ExpatError as fault:
        raise Unread("malformed", f"This is no XML: {fault}.") from None
    except (LookupError, ValueError) as fault:
        raise Unread("bad_encoding", f"The encoding cannot be read: {fault}.") from None
    if builder.root is None:
        raise Unread("malformed", "There is no element.")
    return builder.root
