"""The processes that train one network together: torchrun's, or this one alone."""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass

import torch
import torch.distributed as dist
from torch import Tensor


@dataclass(frozen=True)
class World:
    """Rank and size. All processes draw the same random numbers and keep the same networks; each
    works on its own rows of the batch, and gradients are summed."""

    rank: int = 0
    size: int = 1

    @property
    def first(self) -> bool:
        """Whether this process speaks and writes for all."""
        return self.rank == 0

    def sum(self, tensor: Tensor) -> Tensor:
        """The sum over all processes, in place; equal on all of them."""
        if self.size > 1:
            dist.all_reduce(tensor)
        return tensor

    def any(self, here: bool) -> bool:
        """Whether it is so in any process."""
        if self.size == 1:
            return here
        flag = torch.tensor([float(here)], device=_device_of_collectives())
        return bool(self.sum(flag).item())

    def share(self, batch: int, at_once: int | None) -> list[Tensor]:
        """The rows of this process in a batch, one tensor for each round.

        Rows are dealt like cards. The minibatch deviation compares row i with those a fixed stride
        away, so parts that are dealt hold the same groups as the whole batch: the logits of a
        batch do not depend on how many processes and rounds it is worked in.
        """
        alone = batch // self.size
        rounds = alone // min(at_once or alone, alone)
        parts = rounds * self.size
        rows = torch.arange(batch)
        return [rows[self.rank + self.size * turn :: parts] for turn in range(rounds)]

    def close(self) -> None:
        if self.size > 1:
            dist.destroy_process_group()


def join(device: str) -> tuple[World, torch.device]:
    """Meet the processes that torchrun started with this one, and take a device of one's own."""
    size = int(os.environ.get("WORLD_SIZE", "1"))
    local = int(os.environ.get("LOCAL_RANK", "0"))
    chosen = torch.device("cuda", local) if device == "cuda" else torch.device(device)
    if chosen.type == "cuda":
        torch.cuda.set_device(chosen)
    if size == 1:
        return World(), chosen
    dist.init_process_group("nccl" if chosen.type == "cuda" else "gloo")
    return World(dist.get_rank(), dist.get_world_size()), chosen


def _device_of_collectives() -> str:
    return "cuda" if dist.get_backend() == "nccl" else "cpu"


def gather_gradients(world: World, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Sum the gradients of all processes, and put finite numbers in place of those that half
    precision lost: nan becomes 0, infinities ± 1e5, as the official tool has it."""
    learning = [p for p in parameters if p.grad is not None]
    if not learning:
        return
    flat = world.sum(torch.cat([p.grad.flatten() for p in learning if p.grad is not None]))
    torch.nan_to_num(flat, nan=0, posinf=1e5, neginf=-1e5, out=flat)
    for parameter, part in zip(
        learning, torch.split(flat, [p.numel() for p in learning]), strict=True
    ):
        parameter.grad = part.view_as(parameter)
