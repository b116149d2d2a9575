"""Tasks whose answers are judged by properties: specs that hunt, in the place of listed examples."""

from verigym.envs.spec.corpus import spec_task
from verigym.envs.spec.loading import Spec

__all__ = ["Spec", "spec_task"]
