def parse_ini(text):
    return {}


def render_ini(settings):
    return ""
