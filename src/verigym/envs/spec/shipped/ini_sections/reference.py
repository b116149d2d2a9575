"""Settings, line by line."""


def parse_ini(text: str) -> dict[str, dict[str, str]]:
    settings: dict[str, dict[str, str]] = {}
    section: dict[str, str] | None = None
    for line in text.split("\n"):
        line = line.strip(" \t")
        if line.startswith((";", "#")) or not line:
            continue
        if line.startswith("["):
            name = line[1:-1].strip(" \t")
            if not line.endswith("]") or not name:
                raise ValueError(f"no header of a section: {line}")
            section = settings.setdefault(name, {})
            continue
        key, equals, value = line.partition("=")
        key = key.strip(" \t")
        if section is None or not equals or not key:
            raise ValueError(f"no setting of a section: {line}")
        section[key] = value.strip(" \t")
    return settings


def render_ini(settings: dict[str, dict[str, str]]) -> str:
    lines = []
    for name, section in settings.items():
        lines.append(f"[{name}]")
        lines += [f"{key}={value}" for key, value in section.items()]
    return "\n".join(lines)
