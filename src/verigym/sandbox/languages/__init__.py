"""Programs in other languages: how each is compiled and run, and compiled once."""

from __future__ import annotations

from verigym.sandbox.languages.records import LANGUAGES, RECORDS, Language, language, names

__all__ = ["LANGUAGES", "RECORDS", "Language", "language", "names"]
