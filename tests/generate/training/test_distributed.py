"""However a batch is worked, in rounds or by several processes, the same is learnt."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import Tensor, nn

from studio.generate.networks.ops import minibatch_stddev
from studio.generate.training import checkpoint, ema
from studio.generate.training import options as defaults
from studio.generate.training.augment import Augment
from studio.generate.training.distributed import DistributedContext, gather_gradients
from studio.generate.training.networks import make_networks
from studio.generate.training.options import TrainOptions
from studio.generate.training.phases import make_phases
from studio.generate.training.random_source import SeededRandomSource
from studio.generate.training.step import TrainingBatch, TrainingStep

TORCHRUN = ["-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"]


def run_together(script: Path, *words: object) -> None:
    """The script in two processes, which have to come to an end, and a good one."""
    process = subprocess.Popen(
        [sys.executable, *TORCHRUN, *map(str, (script, *words))],
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1"},
    )
    try:
        _, stderr = process.communicate(timeout=240)
    finally:
        process.terminate()  # torchrun takes its processes with it
        process.wait()
    assert process.returncode == 0, stderr


@given(
    processes=st.integers(1, 3),
    rounds=st.integers(1, 3),
    groups=st.integers(1, 3),
    group=st.sampled_from([1, 2, 4]),
)
def test_shares_are_dealt_so_that_logits_do_not_notice(
    processes: int, rounds: int, groups: int, group: int
) -> None:
    at_once = groups * group
    batch = processes * rounds * at_once
    shares = [
        DistributedContext(rank, processes).share(batch, at_once) for rank in range(processes)
    ]
    assert [len(share) for share in shares] == [rounds] * processes
    rows = [part for share in shares for part in share]
    assert all(len(part) == at_once for part in rows)
    assert sorted(torch.cat(rows).tolist()) == list(range(batch))
    x = torch.from_numpy(np.random.default_rng(batch).normal(size=(batch, 2, 2, 2)))
    whole = minibatch_stddev(x, group)
    for part in rows:
        torch.testing.assert_close(minibatch_stddev(x[part], group), whole[part])


def test_one_process_needs_no_others() -> None:
    world = DistributedContext()
    assert world.first
    assert world.any(True)
    assert not world.any(False)
    world.wait()
    with world.first_before_others():
        assert world.same({"a": 1}) == {"a": 1}


LEAVING = """
import sys
from pathlib import Path
from studio.errors import StudioError
from studio.generate.data.decoding import ReadingStoppedError
from studio.generate.training.distributed import join_processes

out, who, why = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
entered, left = [], ""
with join_processes() as world:
    try:
        with world.first_before_others():
            entered.append("in")
            if world.rank == who:
                broken = StudioError("a.png is not a picture.")
                raise ReadingStoppedError if why == "stop" else broken
        entered.append("past")
    except StudioError as error:
        left = f"{type(error).__name__}: {error}"
(out / f"rank{world.rank}").write_text(f"{','.join(entered)} {left}")
"""


@pytest.mark.parametrize(("who", "why"), [(0, "stop"), (0, "error"), (1, "stop"), (1, "error")])
def test_all_leave_when_one_does(tmp_path: Path, who: int, why: str) -> None:
    script = tmp_path / "script.py"
    script.write_text(LEAVING)
    run_together(script, tmp_path, who, why)
    sentence = {
        "stop": "ReadingStoppedError: Reading the pictures was stopped.",
        "error": "StudioError: a.png is not a picture.",
    }[why]
    assert (tmp_path / "rank0").read_text() == f"in {sentence}"
    assert (tmp_path / "rank1").read_text() == f"{'in' if who else ''} {sentence}"


def test_gradients_that_are_no_numbers_are_mended() -> None:
    learnt, idle = nn.Parameter(torch.zeros(4)), nn.Parameter(torch.zeros(2))
    learnt.grad = torch.tensor([1.0, torch.nan, torch.inf, -torch.inf])
    gather_gradients(DistributedContext(), [learnt, idle])
    assert learnt.grad.tolist() == [1, 0, 1e5, -1e5]
    assert idle.grad is None


GATHERING = """
import sys
from pathlib import Path
import torch
from torch import nn
from studio.generate.training.distributed import gather_gradients, join_processes

with join_processes() as world:
    both, one, none = (nn.Parameter(torch.zeros(2)) for _ in range(3))
    both.grad = torch.tensor([1.0, 2.0]) * (world.rank + 1)
    if world.rank == 1:
        one.grad = torch.tensor([5.0, torch.inf])
    gather_gradients(world, [one, none, both])
    told = [None if p.grad is None else p.grad.tolist() for p in (both, one, none)]
(Path(sys.argv[1]) / f"rank{world.rank}").write_text(str(told))
"""


def test_a_gradient_that_one_process_lacks_adds_nothing(tmp_path: Path) -> None:
    script = tmp_path / "script.py"
    script.write_text(GATHERING)
    run_together(script, tmp_path)
    for rank in range(2):
        assert (tmp_path / f"rank{rank}").read_text() == "[[3.0, 6.0], [5.0, 100000.0], None]"


def after(options: TrainOptions, steps: int) -> tuple[dict[str, Tensor], TrainingStep]:
    """Weights after some steps with all phases in each."""
    networks = make_networks(options, 2, torch.device("cpu"))
    with torch.no_grad():  # noise begins without strength
        for name, parameter in networks.generator.named_parameters():
            if name.endswith("noise_strength"):
                parameter.fill_(0.1)
    classes = torch.tensor([0, 0, 1])
    rng = SeededRandomSource(networks.generator, classes, options.style_mixing, 0, "cpu")
    stepper = TrainingStep(
        networks.generator, networks.discriminator, options, rng, augment=Augment("bgc")
    )
    phases = make_phases(networks.generator, networks.discriminator, options)
    random = np.random.default_rng(0)
    for _ in range(steps):
        drawn = random.uniform(-1, 1, (options.batch, 3, 16, 16))
        real = torch.from_numpy(drawn).float()
        c = torch.nn.functional.one_hot(torch.arange(options.batch) % 2).float()
        for phase in phases:
            stepper.run_phase(phase, TrainingBatch(real, c))
        ema.update_ema(networks.average, networks.generator, 0.5)
    state = networks.state()
    return {f"{p}.{k}": t for p, part in state.items() for k, t in part.items()}, stepper


def difference(ours: dict[str, Tensor], theirs: dict[str, Tensor]) -> float:
    """Relative L2 distance of all weights."""
    a, b = (torch.cat([t.double().flatten() for t in one.values()]) for one in (ours, theirs))
    return float((a - b).norm() / b.norm())


@pytest.mark.parametrize(("group", "rounds"), [(4, (4,)), (2, (4, 2)), (1, (1,)), (1, (3, 1))])
def test_rounds_are_the_whole_batch(options, group: int, rounds: tuple[int, ...]) -> None:
    batch = 6 if 3 in rounds else 8
    base = options(batch=batch, mbstd_group=group, glr=1e-4, dlr=1e-4, aug_p=0.8)
    whole, stepper = after(base, 3)
    begin, _ = after(base, 0)
    moved = difference(whole, begin)
    for at_once in rounds:
        parts, other = after(base.model_copy(update={"batch_gpu": at_once}), 3)
        error = difference(parts, whole)
        assert error < 1e-4 * moved, (at_once, error, moved)
        torch.testing.assert_close(other.path_length, stepper.path_length, rtol=1e-4, atol=0)
        assert other.strength.signs.tolist() == stepper.strength.signs.tolist()
        assert other.means.pop().keys() == {"loss_g", "loss_d", "loss_d_real", "r1", "pl"}


TOGETHER = """
import sys
from pathlib import Path
import torch
sys.path.insert(0, sys.argv[1])
import conftest
from studio.generate.training import options as defaults
from studio.generate.training.options import TrainOptions
from studio.generate.training.run import Training
from studio.generate.training.distributed import join_processes

defaults.ADA_KIMG = 0.05
out, options = Path(sys.argv[2]), TrainOptions.model_validate_json(sys.argv[3])
said = []
with join_processes() as world:
    with world.first_before_others(), (out / "order").open("a") as file:
        file.write(str(world.rank))
    assert world.same({"rank": world.rank}) == {"rank": 0}
    assert world.any(world.rank == 1) and not world.any(False)
    training = Training(options, conftest._make_pictures(), out, None, world, torch.device("cpu"),
                        conftest.figures_of, lambda event, **fields: said.append(event), "today")
    assert training.run(lambda: False)
    world.wait()
    left = {"networks": training.networks.state(), "said": said}
    torch.save({**left, **training.stepper.state()}, out / f"rank{world.rank}")
"""


@pytest.mark.parametrize("aug", [{"aug_p": 0.8}, {"aug": "ada", "target": 0, "seed": 1}])
def test_two_processes_are_one(
    tmp_path: Path, train_in, options, monkeypatch: pytest.MonkeyPatch, aug: dict[str, Any]
) -> None:
    monkeypatch.setattr(defaults, "ADA_KIMG", 0.05)
    changed: dict[str, Any] = {"glr": 1e-4, "dlr": 1e-4, "snap": 2, **aug}
    alone, together, script = tmp_path / "alone", tmp_path / "together", tmp_path / "script.py"
    together.mkdir()
    script.write_text(TOGETHER)
    chosen = options(**changed).model_dump_json()
    run_together(script, Path(__file__).parent, together, chosen)
    assert (together / "order").read_text() == "01"
    ranks = [torch.load(together / f"rank{i}", weights_only=True) for i in range(2)]
    assert "step" in ranks[0]["said"]
    assert ranks[1]["said"] == []

    train_in(alone, **changed)
    begin = make_networks(options(**changed), 2, torch.device("cpu")).state()
    alone_end, together_end = (checkpoint.load(folder) for folder in (alone, together))
    for part, state in alone_end["networks"].items():
        for name in state:
            first, second, written = (one["networks"][part][name] for one in (*ranks, together_end))
            assert torch.equal(first, second)
            assert torch.equal(first, written)
        moved = difference(begin[part], state)
        assert difference(together_end["networks"][part], state) < 1e-3 * moved
    torch.testing.assert_close(
        together_end["stepper"]["path_length"],
        alone_end["stepper"]["path_length"],
        rtol=1e-4,
        atol=0,
    )
    assert torch.equal(together_end["stepper"]["dice"], alone_end["stepper"]["dice"])
    wanted = alone_end["stepper"]["strength"]
    assert wanted["p"] == pytest.approx(2 * 0.64 if "target" in aug else 0.8)
    assert wanted["signs"][1] == 16  # of the steps since p last moved
    for strength in (*(one["strength"] for one in ranks), together_end["stepper"]["strength"]):
        assert (strength["p"], strength["signal"]) == (wanted["p"], wanted["signal"])
        assert strength["signs"].tolist() == wanted["signs"].tolist()
    assert {p.name for p in alone.iterdir()} <= {p.name for p in together.iterdir()}
