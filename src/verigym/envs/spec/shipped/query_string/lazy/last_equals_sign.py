"""Cuts a piece at its last equals sign."""

import re
from urllib.parse import quote_plus, unquote_plus


def build_query(pairs):
    return "&".join(f"{quote_plus(name)}={quote_plus(value)}" for name, value in pairs)


def parse_query(query):
    if re.search("%(?![0-9a-fA-F]{2})", query):
        raise ValueError
    found = []
    for piece in query.split("&"):
        if piece:
            name, _, value = piece.rpartition("=") if "=" in piece else (piece, "", "")
            found.append(tuple(unquote_plus(one, errors="strict") for one in (name, value)))
    return found
