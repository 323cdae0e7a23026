"""Our networks against the numbers of the official ones, with the same random weights."""

from pathlib import Path

import pytest
import torch
from vectors import Vectors, error

FORWARD, SECOND_ORDER = 1e-5, 1e-4
PATH_LENGTH_DECAY, PATH_LENGTH_WEIGHT, R1_GAMMA = 0.01, 2, 10
SETS = ("sg3_r64", "sg3_r64_c2", "sg3_r32_map8", "sg3_r32_Gresnet_Dskip", "sg3_r32_freezed3")


@pytest.fixture(scope="module", params=SETS)
def official(request: pytest.FixtureRequest, shared_data: Path) -> Vectors:
    return Vectors(shared_data / "stylegan2", request.param)


@torch.no_grad()
@pytest.mark.parametrize("psi", [1.0, 0.7, 0.5, 0.0, -0.5])
def test_mapping_truncates_as_the_official_one(official: Vectors, psi: float) -> None:
    mapping = official.generator().mapping
    assert error(mapping(official["z"], official["c"], psi), official[f"w_psi{psi}"]) < FORWARD


@torch.no_grad()
def test_mapping_truncates_only_up_to_the_cutoff(official: Vectors) -> None:
    ws = official.generator().mapping(official["z"], official["c"], 0.5, 4)
    assert error(ws, official["w_psi0.5_cut4"]) < FORWARD


@torch.no_grad()
def test_pictures_are_the_official_ones(official: Vectors) -> None:
    synthesis = official.generator().synthesis
    ws = official["w_psi1.0"]
    for mode in ("const", "none"):
        assert error(synthesis(ws, mode), official[f"img_{mode}"]) < FORWARD
    unfused = synthesis(ws, "const", per_sample=False)
    assert error(unfused, official["img_const_unfused"]) < FORWARD
    mixed = synthesis(official["wplus_mix4"], "const")
    assert error(mixed, official["img_wplus_mix4"]) < FORWARD


@torch.no_grad()
def test_logits_depend_on_the_batch_as_officially(official: Vectors) -> None:
    discriminator = official.discriminator()
    for n, key in ((4, "d_logits"), (1, "d_logits_b1"), (2, "d_logits_b2")):
        logits = discriminator(official["d_img"][:n], official["d_c"][:n])
        assert error(logits, official[key]) < FORWARD


def test_gradient_towards_w(official: Vectors) -> None:
    ws = official["w_psi1.0"].requires_grad_()
    weights = official["grad_R"]
    picture = official.generator().synthesis(ws, "const")
    loss = (picture * weights).sum() / weights.numel()
    assert error(loss, official["grad_loss"]) < FORWARD
    assert error(torch.autograd.grad(loss, ws)[0], official["grad_ws"]) < SECOND_ORDER


def test_path_length_penalty_and_its_gradients(official: Vectors) -> None:
    generator = official.generator().train()
    ws = generator.mapping(official["z"][:2], official["c"][:2])
    picture = generator.synthesis(ws, "const")
    noise = official["pl_randn"] / picture.shape[-1]
    (slope,) = torch.autograd.grad((picture * noise).sum(), ws, create_graph=True)
    lengths = slope.square().sum(dim=2).mean(dim=1).sqrt()
    mean = official["pl_mean_in"].lerp(lengths.mean(), PATH_LENGTH_DECAY)
    penalty = (lengths - mean).square()
    assert error(lengths, official["pl_lengths"]) < SECOND_ORDER
    assert error(mean, official["pl_mean_out"]) < SECOND_ORDER
    assert error(penalty, official["pl_penalty"]) < SECOND_ORDER
    (penalty * PATH_LENGTH_WEIGHT).mean().backward()
    assert error(norms(generator, official, "pl_grad_names"), official["pl_grad_norms"]) < 1e-4
    bias = generator.mapping.fc0.bias.grad
    assert error(bias, official["pl_grad_mapping_fc0_bias"]) < SECOND_ORDER


def test_r1_penalty_and_its_gradients(official: Vectors) -> None:
    discriminator = official.discriminator().train()
    pictures = official["d_img"].requires_grad_()
    logits = discriminator(pictures, official["d_c"])
    (slope,) = torch.autograd.grad(logits.sum(), pictures, create_graph=True)
    penalty = slope.square().sum(dim=(1, 2, 3))
    assert error(slope, official["r1_input_grad"]) < SECOND_ORDER
    assert error(penalty, official["r1_penalty"]) < SECOND_ORDER
    (penalty * R1_GAMMA / 2).mean().backward()
    assert error(norms(discriminator, official, "r1_grad_names"), official["r1_grad_norms"]) < 1e-4


def norms(module: torch.nn.Module, official: Vectors, key: str) -> torch.Tensor:
    """Gradient norms in the order of the official names; every one of them must be ours too."""
    parameters = dict(module.named_parameters())
    gradients = [parameters[str(name)].grad for name in official.arrays[key]]
    return torch.tensor([0.0 if g is None else float(g.norm()) for g in gradients])
