"""The standard library, which is not so strict."""

import json


def parse(text):
    return json.loads(text)


def dump(value):
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
