"""Small XML documents, written and read the way PyODPS's serializers expect them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from email.utils import format_datetime
from xml.etree import ElementTree
from xml.sax.saxutils import escape, quoteattr

from .errors import OdpsError

# What XML 1.0 cannot hold at all, not even escaped.
_ILLEGAL = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def text(value: object) -> str:
    """Escaped character data; characters XML cannot hold become the replacement character."""
    return escape(_ILLEGAL.sub("\ufffd", str(value)))


def element(tag: str, *children: str, attributes: Mapping[str, str] | None = None) -> str:
    """An element around children that are already XML."""
    head = "".join(f" {name}={quoteattr(value)}" for name, value in (attributes or {}).items())
    return f"<{tag}{head}>{''.join(children)}</{tag}>"


def leaf(tag: str, value: object, attributes: Mapping[str, str] | None = None) -> str:
    """An element around a plain value; ``None`` gives nothing at all."""
    return "" if value is None else element(tag, text(value), attributes=attributes)


def cdata(value: str) -> str:
    """A CDATA section; an inner ``]]>`` is split over two."""
    return f"<![CDATA[{_ILLEGAL.sub('�', value).replace(']]>', ']]]]><![CDATA[>')}]]>"


def document(root: str) -> bytes:
    """A whole document from its root element."""
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{root}'.encode()


def listing(tag: str, items: Iterable[str], marker: str = "", max_items: int = 0) -> bytes:
    """A page of a list: an empty marker tells the client that it was the last page."""
    return document(element(tag, leaf("Marker", marker), leaf("MaxItems", max_items), *items))


def rfc822(moment: datetime) -> str:
    """A naive UTC time as the HTTP headers and XML of MaxCompute write it."""
    return format_datetime(moment.replace(tzinfo=UTC), usegmt=True)


def epoch(moment: datetime) -> int:
    """A naive UTC time as whole seconds since 1970, the form inside table schemas."""
    return int(moment.replace(tzinfo=UTC).timestamp())


#: Deepest nesting of a body; what clients send has six levels.
_DEEPEST = 64


def parse(body: bytes) -> ElementTree.Element:
    """The root element of a request body.

    Document type declarations are refused: they are the only way an XML body can make the parser expand or fetch.
    Bodies are UTF-8, as PyODPS writes them: in another encoding such a declaration could hide.

    Raises:
        OdpsError: the body is no XML, or is nested as no client nests.
    """
    try:
        text = body.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise _invalid(f"the body is no UTF-8 text: {error}") from error
    if "<!DOCTYPE" in text or "<!ENTITY" in text:
        raise _invalid("document types are not accepted")
    try:
        root = ElementTree.fromstring(text)
    except ElementTree.ParseError as error:
        raise _invalid(f"the body is no XML: {error}") from error
    level, depth = list(root), 1
    while level:
        depth += 1
        if depth > _DEEPEST:
            raise _invalid(f"the body is nested more than {_DEEPEST} deep")
        level = [child for element in level for child in element]
    return root


def _invalid(what: str) -> OdpsError:
    return OdpsError("ODPS-0420061", f"Invalid parameter in HTTP request - {what}")
