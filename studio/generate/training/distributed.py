"""The processes that train one network together: torchrun's, or this one alone."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import torch
import torch.distributed as dist
from torch import Tensor

from studio.errors import StudioError
from studio.generate.data.decoding import ReadingStoppedError

# Others wait while the first reads pictures or measures; torchrun ends all when one is lost.
_PATIENCE = timedelta(days=1)


@dataclass(frozen=True)
class DistributedContext:
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
        """Whether it is so in any process; none goes on before all have answered."""
        return bool(self.sum(torch.tensor(float(here))).item())

    def wait(self) -> None:
        """Until all are here."""
        self.any(False)

    def same(self, value: Any) -> Any:
        """What the first process has, in all of them."""
        if self.size == 1:
            return value
        told = [value]
        dist.broadcast_object_list(told, device=torch.device("cpu"))
        return told[0]

    @contextmanager
    def first_before_others(self) -> Iterator[None]:
        """A block that the first process has left before the others enter it.

        Where one leaves it by an error, or because it was asked to stop, all leave: that one as it
        did, the others by ReadingStoppedError or by a StudioError of the same sentence.
        """
        if not self.first:
            self._leave_together(None)  # what became of the first
        try:
            yield
        except Exception as error:
            self._leave_together(error)
            raise
        self._leave_together(None)
        if self.first:
            self._leave_together(None)  # what became of the others

    def _leave_together(self, error: Exception | None) -> None:
        """Meet, each with the error that it leaves by, if any; those who had none take that of the
        lowest rank. One that went its way alone would leave the others waiting for a day."""
        if self.size == 1:
            return
        raised = torch.zeros(self.size)
        raised[self.rank] = error is not None
        ranks = self.sum(raised).nonzero()
        if not len(ranks):
            return
        told = [None if isinstance(error, ReadingStoppedError) else str(error)]
        dist.broadcast_object_list(told, src=int(ranks[0]), device=torch.device("cpu"))
        self.wait()  # until all have heard it
        if error is None:
            raise ReadingStoppedError if told[0] is None else StudioError(told[0])

    def share(self, batch: int, at_once: int) -> list[Tensor]:
        """The rows of this process in a batch, one tensor for each round.

        Rows are dealt like cards. The minibatch deviation compares row i with those a fixed stride
        away, so parts that are dealt hold the same groups as the whole batch: the logits of a
        batch do not depend on how many processes and rounds it is worked in.
        """
        parts = batch // at_once
        rows = torch.arange(batch)
        return [rows[turn::parts] for turn in range(self.rank, parts, self.size)]

    def device(self, chosen: torch.device) -> torch.device:
        """`chosen`, or the GPU of this process where several share a machine."""
        if chosen.type != "cuda":
            return chosen
        index = int(os.environ["LOCAL_RANK"]) if self.size > 1 else chosen.index or 0
        torch.cuda.set_device(index)
        return torch.device("cuda", index)


@contextmanager
def join_processes() -> Iterator[DistributedContext]:
    """Meet the processes that torchrun started with this one, for the length of the block."""
    if int(os.environ.get("WORLD_SIZE", "1")) == 1:
        yield DistributedContext()
        return
    with _stdout_to_stderr():  # gloo tells its connections there, amid the command's own document
        dist.init_process_group(timeout=_PATIENCE)  # gloo for the CPU, NCCL where there are GPUs
    try:
        yield DistributedContext(dist.get_rank(), dist.get_world_size())
        dist.barrier()  # nobody takes the connections down while another still uses them
    finally:
        dist.destroy_process_group()


@contextmanager
def _stdout_to_stderr() -> Iterator[None]:
    """Send what libraries write to file descriptor 1 to standard error, for the block's length.

    Where either is closed there is nothing to send, and nothing is changed.
    """
    try:
        kept = os.dup(1)
    except OSError:
        yield
        return
    try:
        with suppress(OSError):
            os.dup2(2, 1)
        yield
    finally:
        os.dup2(kept, 1)
        os.close(kept)


def gather_gradients(world: DistributedContext, parameters: Iterable[torch.nn.Parameter]) -> None:
    """Sum the gradients of all processes, and put finite numbers in place of those that half
    precision lost: nan becomes 0, infinities ± 1e5, as the official tool has it.

    A parameter that has a gradient in one process has it in all: nothing adds as zeros.
    """
    learnt = list(parameters)
    if world.size > 1:
        # On the CPU: a GPU that is asked stands still for the answer.
        having = world.sum(torch.tensor([float(p.grad is not None) for p in learnt]))
        learnt = [p for p, anywhere in zip(learnt, having.tolist(), strict=True) if anywhere]
        for parameter in learnt:
            if parameter.grad is None:
                parameter.grad = torch.zeros_like(parameter)
    gradients = [p.grad for p in learnt if p.grad is not None]
    if world.size > 1 and gradients:
        flat = world.sum(torch.cat([one.flatten() for one in gradients]))
        parts = torch.split(flat, [one.numel() for one in gradients])
        for one, part in zip(gradients, parts, strict=True):
            one.copy_(part.view_as(one))
    for one in gradients:
        torch.nan_to_num(one, nan=0, posinf=1e5, neginf=-1e5, out=one)
