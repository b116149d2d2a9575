"""verl: files of ``verl/utils/reward_score``, each loaded by itself, since the rest needs torch.

They are called as ``default_compute_score`` there calls them.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from collections.abc import Mapping
from importlib.metadata import distribution
from pathlib import Path
from types import ModuleType
from typing import Any

from graders.records import INPUTS, OUTPUTS

Record = Mapping[str, Any]


def _loaded(name: str) -> ModuleType:
    path = Path(str(distribution("verl").locate_file(f"verl/utils/reward_score/{name}.py")))
    folders = [str(path.parent)] if path.name == "__init__.py" else None
    module_name = f"verl_{name.partition('/')[0]}"
    spec = importlib.util.spec_from_file_location(module_name, path, submodule_search_locations=folders)
    assert spec is not None
    assert spec.loader is not None
    module = sys.modules[module_name] = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


_CODE = _loaded("prime_code/__init__")
_GSM8K, _REWARD, _DAPO = _loaded("gsm8k"), _loaded("math_reward"), _loaded("math_dapo")
_SEARCH = _loaded("search_r1_like_qa_em")


def prime_code(prompt: str, answer: str, record: Record) -> float:
    """``compute_score``, continuous: what verl falls back to where no sandbox is set up."""
    tests = {
        "fn_name": record["entry_point"],
        "inputs": ["\n".join(map(json.dumps, args)) for args in INPUTS],
        "outputs": [json.dumps(out) for out in OUTPUTS],
    }
    paid, _ = _CODE.compute_score(answer, tests, continuous=True)
    return float(paid)


def gsm8k(prompt: str, answer: str, record: Record) -> float:
    """``compute_score``, strict."""
    return float(_GSM8K.compute_score(answer, record["truth"]))


def math_reward(prompt: str, answer: str, record: Record) -> float:
    """``compute_score``."""
    return float(_REWARD.compute_score(answer, record["truth"]))


def math_dapo(prompt: str, answer: str, record: Record) -> float:
    """``compute_score``, whose rewards are 1 and -1."""
    return float(_DAPO.compute_score(answer, record["truth"])["score"])


def search_r1_like_qa_em(prompt: str, answer: str, record: Record) -> float:
    """``compute_score``: exact match of what is in the last ``<answer>`` tag."""
    return float(_SEARCH.compute_score(answer, {"target": [record["truth"]]}))
