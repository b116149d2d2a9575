"""Cuts comments off behind values too, and begins a section anew when it comes again."""


def parse_ini(text):
    settings, section = {}, None
    for line in text.split("\n"):
        line = line.partition(";")[0].strip()
        if not line or line.startswith("#"):
            continue
        if line.startswith("["):
            if not line.endswith("]") or not line[1:-1].strip():
                raise ValueError
            section = settings[line[1:-1].strip()] = {}
        else:
            key, equals, value = line.partition("=")
            if section is None or not equals or not key.strip():
                raise ValueError
            section[key.strip()] = value.strip()
    return settings


def render_ini(settings):
    return "\n".join(
        "\n".join([f"[{name}]", *(f"{key}={value}" for key, value in section.items())])
        for name, section in settings.items()
    )
