"""The standard library, which forgives broken escapes."""

from urllib.parse import parse_qsl, urlencode


def build_query(pairs):
    return urlencode(pairs)


def parse_query(query):
    return parse_qsl(query, keep_blank_values=True)
