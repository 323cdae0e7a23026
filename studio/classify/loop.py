"""The training loop: steps, epochs, stop, resume. What it learns from is ready before."""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch

from studio.classify import checkpoint
from studio.classify.batches import Sampler, augment
from studio.classify.config import Recipe, write_json
from studio.classify.engine import Engine, is_out_of_memory
from studio.classify.pictures import Pictures
from studio.classify.scoring import ABOUT
from studio.classify.setup import Setup
from studio.compute.interruption import Interrupted, interruptible
from studio.errors import StudioError

_STEP_EVENT_S = 1.0
_CHECKPOINT_S = 600.0
_SMALLEST_BATCH = 2


class Trainer:
    """One run between its first step and its last epoch.

    ``identity`` is what a checkpoint must repeat for a resume (settings, classes, weights,
    pictures); it is saved with everything else.
    """

    def __init__(
        self, setup: Setup, train: Pictures, val: Pictures | None, identity: dict[str, Any]
    ) -> None:
        self.pictures, self.val, self.identity = train, val, identity
        self.engine, self.classes, self.recipe = setup.engine, setup.classes, setup.recipe
        self.run_dir, self.emit = setup.run_dir, setup.emit
        self.stop_requested = setup.stop_requested
        self.validate_steps = setup.config.validate_steps
        recipe = self.recipe
        self.engine.keep_statistics = recipe.norm == "frozen" and setup.weights.pretrained
        self.optimiser = make_optimiser(self.engine.network, recipe)
        self.sampler = Sampler(len(train), setup.config.seed, setup.config.epoch_images)
        self.batch = recipe.batch
        self.epoch = 0
        self.steps_taken = 0
        self.history: list[dict[str, Any]] = []
        self.best: float | None = None
        self.validation_due = False  # one within an epoch, which a stop put off
        self.loss_sum = torch.zeros((), device=self.engine.device)
        balanced = recipe.class_weights == "balanced"
        self.weights = class_weights(train, self.engine) if balanced else None
        self.seconds = 0.0
        self._told = self._saved = 0.0

    def run(self) -> bool:
        """Train to the end; False when asked to stop, with ``last.pt`` ready for a resume."""
        self._saved = time.monotonic()
        while self.epoch < self.recipe.epochs and not self.is_settled():
            if len(self.sampler.order) == 0:
                self.sampler.begin_epoch()
            if not self._train_epoch() or not self._finish_epoch():
                self.save()
                return False
        if self.epoch < self.recipe.epochs:
            self.emit(
                "log",
                message=f"The validation AUC has been no better for {self.recipe.patience} epochs: "
                f"the run ends after {self.epoch} of {self.recipe.epochs}.",
            )
        return True

    def is_settled(self) -> bool:
        """Whether the validation AUC has been no better for as many epochs as the recipe waits."""
        merits = [one["auc"] if one["estimable"] else None for one in self.history]
        known = [merit for merit in merits if merit is not None]
        if not self.recipe.patience or not known:
            return False
        return len(merits) - 1 - merits.index(max(known)) >= self.recipe.patience

    def save(self) -> None:
        """Write ``last.pt`` with everything that a resume needs."""
        checkpoint.save(
            self.run_dir,
            {
                **self.identity,
                "model": self.engine.network.state_dict(),
                "optimiser": self.optimiser.state_dict(),
                "sampler": self.sampler.state_dict(),
                "random": checkpoint.random_state(self.engine.device),
                "epoch": self.epoch,
                "steps_taken": self.steps_taken,
                "batch": self.batch,
                "history": self.history,
                "best": self.best,
                "loss_sum": self.loss_sum.cpu(),
                "seconds": self.seconds,
                "validation_due": self.validation_due,
            },
        )
        self._saved = time.monotonic()

    def restore(self, content: dict[str, Any]) -> None:
        """Continue from a checkpoint of the same identity."""
        self.engine.network.load_state_dict(content["model"])
        self.optimiser.load_state_dict(content["optimiser"])
        self.sampler.load_state_dict(content["sampler"])
        checkpoint.restore_random_state(content["random"], self.engine.device)
        self.epoch, self.steps_taken = content["epoch"], content["steps_taken"]
        self.batch = content["batch"]
        self.history, self.best = content["history"], content["best"]
        self.loss_sum = content["loss_sum"].to(self.engine.device)
        self.seconds = content["seconds"]
        self.validation_due = content.get("validation_due", False)

    # One epoch

    def _train_epoch(self) -> bool:
        """Steps to the end of the epoch; False when asked to stop before it."""
        if self.validation_due and not self._validate_within():
            return False
        began, before = time.monotonic(), self.seconds
        while (chosen := self.sampler.take(self.batch)) is not None:
            if self.stop_requested():
                self.sampler.give_back(chosen)
                return False
            try:
                taken = self._interruptible_step(chosen)
            except Interrupted:
                self.sampler.give_back(chosen)
                return False
            if taken:
                self.steps_taken += 1
                self.seconds = before + time.monotonic() - began
                if not self._after_step():
                    return False
        return True

    def _interruptible_step(self, chosen: torch.Tensor) -> bool:
        """`_step`; raises Interrupted when asked to stop, with everything as it was before it."""
        if self.engine.device.type != "cpu":
            return self._step(chosen)
        dice = self.sampler.generator.get_state()
        random = checkpoint.random_state(self.engine.device)
        statistics = [buffer.clone() for buffer in self.engine.network.buffers()]
        try:
            with interruptible(self.stop_requested):
                return self._step(chosen)
        except Interrupted:
            self.optimiser.zero_grad(set_to_none=True)
            self.sampler.generator.set_state(dice)
            checkpoint.restore_random_state(random, self.engine.device)
            for buffer, before in zip(self.engine.network.buffers(), statistics, strict=True):
                buffer.copy_(before)
            raise

    def _step(self, chosen: torch.Tensor) -> bool:
        """One update; False when the batch did not fit and was halved instead."""
        done = self.epoch + self.sampler.position / self.sampler.length
        for group in self.optimiser.param_groups:
            group["lr"] = learning_rate(self.recipe, done / self.recipe.epochs)
        self.optimiser.zero_grad(set_to_none=True)
        try:
            pixels = self.pictures.pixels.pixels(chosen)
            pixels = augment(pixels, self.recipe.augment, self.sampler.generator)
            targets = self.pictures.pixels.classes(chosen)
            loss = self.engine.loss(pixels, targets, self.recipe.smoothing, self.weights)
            loss.backward()  # type: ignore[no-untyped-call]
        except (RuntimeError, MemoryError) as error:
            if not is_out_of_memory(error):
                raise
            self._halve_batch(chosen, error)
            return False
        self.optimiser.step()
        self.loss_sum += loss.detach() * len(chosen)
        return True

    def _halve_batch(self, chosen: torch.Tensor, error: BaseException) -> None:
        self.optimiser.zero_grad(set_to_none=True)
        self.sampler.give_back(chosen)
        if self.engine.device.type == "cuda":
            torch.cuda.empty_cache()
        if self.batch <= _SMALLEST_BATCH:
            raise StudioError(
                f"Not even {self.batch} pictures of {self.recipe.size} px fit into memory: choose "
                "a smaller picture size or a smaller model."
            ) from error
        self.batch = max(_SMALLEST_BATCH, self.batch // 2)
        self.emit(
            "warning",
            message=f"Out of memory: going on with batches of {self.batch} pictures.",
            batch=self.batch,
        )

    def _after_step(self) -> bool:
        """Tell, save and validate where it is time; False when asked to stop meanwhile."""
        now = time.monotonic()
        # The last step always, or the curves of a quick run would end before it does.
        if now - self._told >= _STEP_EVENT_S or self.sampler.position >= self.sampler.length:
            self._told = now
            self._tell_step()
        self.validation_due = bool(
            self.validate_steps and self.steps_taken % self.validate_steps == 0
        )
        if now - self._saved >= _CHECKPOINT_S:
            self.save()
        return not self.validation_due or self._validate_within()

    def _tell_step(self) -> None:
        position, count = self.sampler.position, self.sampler.length
        self.emit(
            "step",
            epoch=self.epoch + 1,
            step=math.ceil(position / self.batch),
            steps=math.ceil(count / self.batch),
            loss=self._mean_loss(position),
            lr=self.optimiser.param_groups[0]["lr"],
            images_per_s=position / self.seconds if self.seconds else None,
        )

    def _mean_loss(self, count: int) -> float:
        loss = float(self.loss_sum) / count
        if not math.isfinite(loss):
            raise StudioError(
                f"The loss is no longer a number in epoch {self.epoch + 1}: start again with a "
                "lower learning rate."
            )
        return loss

    # Validation and what follows an epoch

    def _finish_epoch(self) -> bool:
        """Validate, record, save, announce; False when asked to stop during validation."""
        number = self.epoch + 1
        began = time.monotonic()
        scores_file = f"scores/val_epoch_{number:03d}.csv"
        result = self._validate(scores_file)
        if result is None:
            return False
        record = {
            "epoch": number,
            "loss": self._mean_loss(self.sampler.length),
            **result,
            "lr": self.optimiser.param_groups[0]["lr"],
            "images_per_s": self.sampler.length / self.seconds if self.seconds else None,
            "seconds": self.seconds + time.monotonic() - began,
        }
        left = self.recipe.epochs - number
        self.history.append(record)
        record["seconds_left"] = left * sum(h["seconds"] for h in self.history) / number
        self._close_epoch(record)
        self.emit("epoch", **record)
        return True

    def _close_epoch(self, record: dict[str, Any]) -> None:
        self.epoch += 1
        self.sampler.order = torch.empty(0, dtype=torch.int64)
        self.sampler.position = 0
        self.loss_sum = torch.zeros_like(self.loss_sum)
        self.seconds = 0.0
        merit = record["auc"] if record["estimable"] else None
        better = merit is not None and (self.best is None or merit > self.best)
        self.best = merit if better else self.best
        self.save()
        if better:
            checkpoint.promote(self.run_dir)
        self.write_history()

    def write_history(self, tests: Sequence[dict[str, Any]] = ()) -> None:
        """``history.json``: frozen result, epochs and tests, for whoever has no event log."""
        content = {
            "classes": list(self.classes.names),
            "positive": self.classes.positive,
            "frozen": self.identity.get("frozen"),
            "epochs": self.history,
            "tests": list(tests),
        }
        write_json(self.run_dir / "history.json", content)

    def _validate(self, scores_file: str) -> dict[str, Any] | None:
        """Fields of the epoch event that come from the validation set; None when stopped."""
        empty = {"val_loss": None, "auc": None, "auc_low": None, "auc_high": None}
        if self.val is None or len(self.val) == 0:
            return {**empty, "estimable": False, "scores": None}
        scores = self.val.score(self.engine, self.classes, self.stop_requested)
        if scores is None:
            return None
        scores.write(self.run_dir / scores_file)
        summary = scores.summary()
        kept = {key: summary[key] for key in ("auc", "auc_low", "auc_high", *ABOUT)}
        more = {"classes": summary["classes"], "macro": summary["macro"]}
        several = more if len(self.classes.names) > 2 else {}
        return {"val_loss": scores.log_loss(), **kept, **several, "scores": scores_file}

    def _validate_within(self) -> bool:
        """False when asked to stop: it is still due then, and a resume begins with it."""
        scores_file = f"scores/val_step_{self.steps_taken:06d}.csv"
        result = self._validate(scores_file)
        if result is None:
            return False
        self.validation_due = False
        self.emit("validation", epoch=self.epoch + 1, step=self.steps_taken, **result)
        return True


def class_weights(pictures: Pictures, engine: Engine) -> torch.Tensor:
    """``[C]``, inverse to how many pictures each class has, with a mean of 1 over the pictures."""
    counts = np.bincount(pictures.targets, minlength=engine.class_count)
    weights = len(pictures) / (np.count_nonzero(counts) * np.maximum(counts, 1))
    return torch.from_numpy(weights.astype(np.float32)).to(engine.device)


def make_optimiser(network: torch.nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    """The recipe's optimiser; weight decay spares biases and normalisation."""
    parameters = [p for p in network.parameters() if p.requires_grad]
    groups = [
        {"params": [p for p in parameters if p.ndim > 1], "weight_decay": recipe.weight_decay},
        {"params": [p for p in parameters if p.ndim <= 1], "weight_decay": 0.0},
    ]
    if recipe.optimiser == "radam":
        return torch.optim.RAdam(groups, lr=recipe.learning_rate)
    return torch.optim.AdamW(groups, lr=recipe.learning_rate)


def learning_rate(recipe: Recipe, progress: float) -> float:
    """The rate when the part ``progress`` (0..1] of all pictures of the run has been seen.

    A function of the position alone, so that neither a resume nor a halved batch disturbs it.
    """
    if progress < recipe.warmup:
        return recipe.learning_rate * progress / recipe.warmup
    if recipe.schedule == "constant":
        return recipe.learning_rate
    turn = (progress - recipe.warmup) / (1 - recipe.warmup)
    floor = 0.01
    return recipe.learning_rate * (floor + (1 - floor) * (1 + math.cos(math.pi * turn)) / 2)
