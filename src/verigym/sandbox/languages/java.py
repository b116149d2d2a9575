"""What Java wants to know before it compiles: the file that the source must lie in, the class to run.

A public class must lie in a file of its name. The text is looked at for that, comments and literals
aside; what is not found this way is left to the compiler to complain about.
"""

from __future__ import annotations

import re

_TOKEN = re.compile(
    r"//[^\n]*"
    r"|/\*(?:.*?\*/|.*)"  # what is not closed goes to the end: every step stays linear
    r'|"""(?:.*?"""|.*)'
    r'|"(?:\\.|[^"\\\n])*"?'
    r"|'(?:\\.|[^'\\\n])*'?"
    r"|[{};]"
    r"|\b(?P<public>public)\b"
    r"|\bpackage\s+(?P<package>[\w.$]+)\s*;"
    r"|\b(?:class|interface|enum|record)\s+(?P<name>[\w$]+)"
    r"|\bvoid\s+(?P<main>main)\s*\(",
    re.DOTALL,
)
_MOST_BYTES = 200
"""The longest name that is taken: a file's may have 255 bytes."""


def names(source: bytes) -> tuple[str, str]:
    """(name of the file without ``.java``, name of the class to run).

    >>> names(b"public class Solution { public static void main(String[] a) {} }")
    ('Solution', 'Solution')
    >>> names(b"package a.b; class Tree {} class Go { static public void main(String[] a) {} }")
    ('Main', 'a.b.Go')
    """
    depth = 0
    package = file = current = main = ""
    public = False
    for token in _TOKEN.finditer(source.decode("utf-8", "replace")):
        if token[0] in ("{", "}", ";"):
            depth += {"{": 1, "}": -1}.get(token[0], 0)
            public = False
        elif token["package"]:
            package = f"{token['package']}."
        elif depth == 0 and token["public"]:
            public = True
        elif depth == 0 and token["name"]:
            current = token["name"]
            file = file or (current if public else "")
        elif depth == 1 and token["main"]:
            main = main or current
    main = package + (main or file or "Main")
    fit = all(len(name.encode()) <= _MOST_BYTES for name in (file, main))
    return (file or "Main", main) if fit else ("Main", "Main")
