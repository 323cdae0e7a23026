"""Repair the URLs of real lists so that they can be fetched. Pure: no network, no state."""

import re

# RFC 3986, appendix B. It accepts any text, unlike urllib, which raises on a stray bracket.
_PARTS = re.compile(
    r"^(?:(?P<scheme>[^:/?#]+):)?(?://(?P<authority>[^/?#]*))?"
    r"(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?(?:#(?P<fragment>.*))?$",
    re.DOTALL,
)
_SURROGATES = re.compile(r"\\u([dD][89abAB][0-9a-fA-F]{2})\\u([dD][c-fC-F][0-9a-fA-F]{2})")
_ESCAPE = re.compile(r"\\u(?![dD][89a-fA-F])([0-9a-fA-F]{4})")
_AMPERSAND = re.compile(r"&(?:amp|#38|#[xX]26);")
_STRAY_PERCENT = re.compile(r"%(?![0-9a-fA-F]{2})")

_UNRESERVED = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~")
_PCHAR = _UNRESERVED | frozenset("!$&'()*+,;=:@%")
_IN_PATH = _PCHAR | {"/"}
_IN_QUERY = _PCHAR | {"/", "?"}
_IN_HOST = _UNRESERVED | frozenset("!$&'()*+,;=%:[]")


def repair_url(url: str) -> str:
    r"""Make a URL as listed into one that can be requested.

    Strips it, undoes ``\u003d`` and ``&amp;`` left by the page it was scraped from, writes the host
    in ASCII (IDNA) and percent-encodes what RFC 3986 does not allow, and nothing else: existing
    escapes stay as they are. Repairing twice changes nothing.
    """
    text = _undo_escapes(url)
    parts = _PARTS.match(text)
    if parts is None:  # the pattern matches any text; this tells the type checker
        return text
    repaired = ""
    if parts["scheme"] is not None:
        repaired += _encode(parts["scheme"], _PCHAR).lower() + ":"
    if parts["authority"] is not None:
        repaired += "//" + _repair_authority(parts["authority"])
    repaired += _encode(parts["path"], _IN_PATH)
    if parts["query"] is not None:
        repaired += "?" + _encode(parts["query"], _IN_QUERY)
    if parts["fragment"] is not None:
        repaired += "#" + _encode(parts["fragment"], _IN_QUERY)
    return repaired


def host_of(url: str) -> str:
    """The host of a URL in ASCII and lower case, without user and port; "" when it names none."""
    parts = _PARTS.match(repair_url(url))
    if parts is None or parts["authority"] is None:
        return ""
    host = parts["authority"].rpartition("@")[2]
    if host.startswith("["):
        return host.partition("]")[0] + "]"
    return host.partition(":")[0]


def _undo_escapes(url: str) -> str:
    """Strip and unescape until nothing changes: pages escape twice (``\u0026amp;``)."""
    text = url
    while True:
        # Browsers drop tabs and line breaks wherever they stand in an address.
        undone = re.sub(r"[\t\r\n]", "", text.strip())
        undone = _SURROGATES.sub(_join_surrogates, undone)
        undone = _ESCAPE.sub(lambda found: chr(int(found[1], 16)), undone)
        undone = _AMPERSAND.sub("&", undone)
        if undone == text:
            return text
        text = undone


def _join_surrogates(found: "re.Match[str]") -> str:
    pair = int(found[1], 16).to_bytes(2, "big") + int(found[2], 16).to_bytes(2, "big")
    return pair.decode("utf-16-be")


def _repair_authority(authority: str) -> str:
    user, at, host = authority.rpartition("@")
    if not host.startswith("["):
        name, colon, port = host.partition(":")
        host = _ascii_host(name) + colon + _encode(port, _IN_HOST)
    else:
        host = _encode(host, _IN_HOST).lower()
    return _encode(user, _PCHAR) + at + host


def _ascii_host(name: str) -> str:
    """`name` by IDNA 2008 with the mapping of UTS 46; percent-encoded when it is not valid."""
    if not name.isascii():
        import idna  # 100 ms to load; most lists are ASCII

        try:
            name = idna.encode(name, uts46=True).decode("ascii")
        except idna.IDNAError:
            name = _encode(name, _IN_HOST)
    return _encode(name, _IN_HOST).lower()


def _encode(text: str, allowed: frozenset[str]) -> str:
    text = _STRAY_PERCENT.sub("%25", text)
    return "".join(char if char in allowed else _percent(char) for char in text)


def _percent(char: str) -> str:
    # Bytes of a list that is not UTF-8 arrive as lone surrogates; any other lone one has no bytes.
    try:
        encoded = char.encode("utf-8", "surrogateescape")
    except UnicodeEncodeError:
        encoded = "\ufffd".encode()
    return "".join(f"%{byte:02X}" for byte in encoded)
