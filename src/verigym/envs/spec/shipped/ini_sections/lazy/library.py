"""The standard library, which has other rules."""

from configparser import ConfigParser, Error


def parse_ini(text):
    parser = ConfigParser(interpolation=None, strict=False, delimiters=("=",))
    parser.optionxform = str
    try:
        parser.read_string(text)
    except Error as error:
        raise ValueError from error
    return {name: dict(parser[name]) for name in parser.sections()}


def render_ini(settings):
    return "".join(
        f"[{name}]\n" + "".join(f"{key} = {value}\n" for key, value in section.items())
        for name, section in settings.items()
    )
