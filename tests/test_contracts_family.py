"""The registry of families, and what generated and loaded families promise."""

from __future__ import annotations

import importlib
import itertools
import sys
from pathlib import Path
from typing import Any

import pytest

import verigym
from toy_family import Rogue, SumVerifier, Toy
from verigym import family as registry_make  # the function
from verigym.errors import FamilyError, TaskError
from verigym.family import (
    BUILTIN,
    Family,
    GeneratedFamily,
    LoadedFamily,
    check_count,
    checked_verifier,
    family_class,
    names,
    register,
)
from verigym.task import Task

registry = sys.modules["verigym.family"]  # hidden behind the function of the same name


@pytest.fixture
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    """Changes of the registry are undone."""
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))  # type: ignore[attr-defined]


@pytest.fixture
def package(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, clean: None) -> Any:
    """Installs a package that declares families: ``package(module_text, {name: target})``."""

    def install(text: str, entries: dict[str, str]) -> None:
        (tmp_path / "plugged.py").write_text(text)
        info = tmp_path / "plugged-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text("Metadata-Version: 2.1\nName: plugged\nVersion: 1.0\n")
        lines = [f"{name} = {target}" for name, target in entries.items()]
        (info / "entry_points.txt").write_text("\n".join(["[verigym.families]", *lines]))
        monkeypatch.syspath_prepend(tmp_path)
        monkeypatch.delitem(sys.modules, "plugged", raising=False)

    return install


PLUGIN = """
from toy_family import Toy
class Plugged(Toy):
    name = "plug/sum"
class Other(Toy):
    name = "plug/other"
"""


class TestNames:
    def test_an_unknown_name_is_told_the_known_ones(self) -> None:
        with pytest.raises(FamilyError, match="no family is called 'sat/none'; there are:") as error:
            verigym.family("sat/none")
        assert all(name in str(error.value) for name in (*BUILTIN, "toy/sum"))

    def test_all_are_listed_sorted_and_once(self) -> None:
        found = verigym.families()
        assert found == sorted(set(found))
        assert {*BUILTIN, "toy/sum", "toy/rogue"} <= set(found)

    @pytest.mark.parametrize("name", sorted(BUILTIN))
    def test_builtin_names_agree_with_their_classes(self, name: str) -> None:
        module, _, attribute = BUILTIN[name].partition(":")
        cls = getattr(importlib.import_module(module), attribute)
        assert family_class(name) is cls
        assert cls.name == name
        assert cls.summary
        assert "\n" not in cls.summary
        assert cls.verifier.name
        assert cls.verifier.version >= 1
        assert cls.version >= 1
        assert all(type(text) is str and text for text in cls.knobs.values())
        assert ("data" in cls.knobs) or not cls.needs_data


class TestRegister:
    def test_again_is_fine_and_another_class_is_not(self, clean: None) -> None:
        assert register(Toy) is Toy

        class Impostor(Toy):
            pass

        with pytest.raises(FamilyError, match="'toy/sum' is already registered by toy_family"):
            register(Impostor)
        assert family_class("toy/sum") is Toy

    def test_a_reloaded_module_replaces_its_own(self, clean: None) -> None:
        twin = type("Toy", (Toy,), {"__module__": Toy.__module__, "__qualname__": Toy.__qualname__})
        assert register(twin) is twin
        assert family_class("toy/sum") is twin

    def test_as_a_decorator(self, clean: None) -> None:
        @verigym.register
        class Fresh(Toy):
            name = "toy/fresh"

        assert isinstance(verigym.family("toy/fresh", n=3), Fresh)
        assert "toy/fresh" in names()


class TestEntryPoints:
    def test_a_package_adds_families(self, package: Any) -> None:
        package(PLUGIN, {"plug/sum": "plugged:Plugged"})
        assert "plug/sum" in names()
        assert "plugged" not in sys.modules  # listed without being imported
        fam = verigym.family("plug/sum", n=2)
        task = fam.sample("train", 1)
        assert task.family == "plug/sum"
        assert verigym.verify(task, fam.reference(task)).correct

    @pytest.mark.parametrize(
        ("text", "target", "rule"),
        [
            (
                "raise RuntimeError('oh no')",
                "plugged:Plugged",
                "cannot be imported: RuntimeError: oh no",
            ),
            ("import no_such_module", "plugged:Plugged", "cannot be imported: ModuleNotFoundError"),
            (PLUGIN, "plugged:Missing", "cannot be imported: AttributeError"),
            (PLUGIN, "no_such_module:X", "cannot be imported: ModuleNotFoundError"),
            (PLUGIN, "plugged:Other", "must name a Family class whose name is 'plug/sum'"),
            ("Plugged = 3", "plugged:Plugged", "must name a Family class"),
            ("class Plugged: name = 'plug/sum'", "plugged:Plugged", "must name a Family class"),
        ],
    )
    def test_a_broken_one_is_named(self, package: Any, text: str, target: str, rule: str) -> None:
        package(text, {"plug/sum": target})
        with pytest.raises(FamilyError, match=rule) as error:
            verigym.family("plug/sum")
        assert "'plug/sum'" in str(error.value)
        # A task of that family cannot be verified, and the others still can.
        with pytest.raises(TaskError, match="plug/sum"):
            checked_verifier(Task(family="plug/sum", prompt="?", spec={}))
        assert verigym.family("toy/sum").sample().family == "toy/sum"

    def test_it_cannot_take_the_name_of_ours(self, package: Any) -> None:
        package(
            "from toy_family import Toy\nclass Evil(Toy): name = 'sat/solve'",
            {"sat/solve": "plugged:Evil"},
        )
        assert family_class("sat/solve").__module__ == "verigym.envs.sat.solve"
        assert names().count("sat/solve") == 1


class TestTaskAndVersion:
    def test_another_version_is_refused(self) -> None:
        task = Toy().sample()
        assert checked_verifier(task) is Toy.verifier
        other = Task(**{**task._content(), "version": 2})
        for verify in (verigym.verify, Toy().verify):
            with pytest.raises(TaskError, match="version 2 of toy/sum, this is version 1"):
                verify(other, "1")

    def test_what_is_no_task_is_refused(self) -> None:
        for value in (None, Toy().sample().to_json(), "task"):
            with pytest.raises(TaskError, match="expected a Task"):
                verigym.verify(value, "1")  # type: ignore[arg-type]

    def test_verify_is_the_familys_verifier(self) -> None:
        task = Toy().sample()
        right = Toy().reference(task)
        for verify in (verigym.verify, Toy().verify, SumVerifier().verify):
            assert verify(task, right).reward == 1.0
            assert verify(task, "0").reward == 0.0


class TestGenerated:
    def test_a_task_is_a_function_of_knobs_split_and_index(self) -> None:
        assert Toy(n=3).sample("train", 5) == verigym.family("toy/sum", n=3).sample("train", 5)
        ids = {
            Toy(n=n).sample(split, index).id
            for n, split, index in itertools.product((2, 3), ("train", "test"), (0, 1))
        }
        assert len(ids) == 8

    def test_tasks_are_the_first_samples(self) -> None:
        fam = Toy()
        assert fam.tasks("validation", 4) == [fam.sample("validation", index) for index in range(4)]
        assert len(fam.tasks()) == Toy.default_count
        assert fam.tasks("test", 0) == []

    @pytest.mark.parametrize(
        ("split", "index", "rule"),
        [("dev", 0, "split is 'dev'"), ("train", -1, "index is -1"), ("train", 1.0, "index is 1.0"),
         ("train", True, "index is True"), ("train", "0", "index is '0'"), (None, 0, "split is None")],
    )  # fmt: skip
    def test_what_names_no_task_is_refused(self, split: Any, index: Any, rule: str) -> None:
        with pytest.raises(FamilyError, match=rule):
            Toy().sample(split, index)

    @pytest.mark.parametrize("count", [-1, 1.5, "3", True])
    def test_counts_are_whole(self, count: Any) -> None:
        with pytest.raises(FamilyError, match="count is"):
            Toy().tasks("test", count)
        with pytest.raises(FamilyError, match="count is"):
            check_count(count, 3)

    def test_random_answers_are_seeded_null_answers_by_default(self) -> None:
        fam = Toy()
        task = fam.sample()
        guesses = [fam.random_answer(task, seed) for seed in range(40)]
        assert guesses == [fam.random_answer(task, seed) for seed in range(40)]
        assert set(guesses) == set(fam.null_answers(task))


class TestLoaded:
    def test_tasks_are_those_of_the_data(self) -> None:
        fam = Rogue(size=4)
        assert [fam.sample("test", index) for index in range(4)] == fam.tasks()
        assert fam.tasks("test", 2) == fam.tasks()[:2]
        assert len(fam.tasks("test", 100)) == 4

    @pytest.mark.parametrize("index", [-1, 4, 1.0, True, None])
    def test_there_are_no_others(self, index: Any) -> None:
        with pytest.raises(FamilyError, match="the data holds 4 tasks"):
            Rogue(size=4).sample("test", index)

    @pytest.mark.parametrize("split", ["train", "validation", "", None])
    def test_there_is_one_split(self, split: Any) -> None:
        with pytest.raises(FamilyError, match="only the split 'test'"):
            Rogue().sample(split, 0)
        with pytest.raises(FamilyError, match="only the split 'test'"):
            Rogue().tasks(split)


def test_families_are_made_by_name_and_knobs() -> None:
    assert registry_make is verigym.family
    assert isinstance(verigym.family("toy/sum", n=7), Toy)
    assert issubclass(Toy, GeneratedFamily)
    assert issubclass(Rogue, LoadedFamily)
    for cls in (Family, GeneratedFamily, LoadedFamily):
        with pytest.raises(TypeError):
            cls()
    with pytest.raises(FamilyError, match="no knob 'm'"):
        verigym.family("toy/sum", m=1)
