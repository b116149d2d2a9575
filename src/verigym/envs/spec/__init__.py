"""Tasks whose answers are judged by properties: specs that hunt, in the place of listed examples."""

from verigym.envs.spec.corpus import spec_task
from verigym.envs.spec.loading import Spec, read_specs
from verigym.envs.spec.strength import Strength, strength

__all__ = ["Spec", "Strength", "read_specs", "spec_task", "strength"]
