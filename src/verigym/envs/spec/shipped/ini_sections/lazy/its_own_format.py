"""Writes and reads a format of its own."""

import json


def parse_ini(text):
    return json.loads(text)


def render_ini(settings):
    return json.dumps(settings)
