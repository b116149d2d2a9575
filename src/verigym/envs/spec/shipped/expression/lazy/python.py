"""Python's own rules: other quotients, and signs and powers that are not allowed here."""


def evaluate(text):
    try:
        return eval(text.strip().replace("/", "//"), {"__builtins__": {}})
    except ZeroDivisionError:
        raise
    except Exception as error:
        raise ValueError from error
