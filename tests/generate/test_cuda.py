"""Half precision and captured graphs, where there is a GPU."""

import pytest
import torch
from vectors import error

from studio.generate.network import Network
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.render.cuda_graph import GraphSynthesis

pytestmark = [
    pytest.mark.gpu,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="this machine has no CUDA device"),
]

CONFIG = GeneratorConfig(resolution=128, z_dim=64, w_dim=64, channel_base=4096, channel_max=64)


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    return Generator(CONFIG).eval().requires_grad_(False)


def test_half_precision_is_near_float32(generator: Generator) -> None:
    ws = generator.mapping(torch.randn(4, 64))
    wanted = generator.synthesis(ws, "const")
    network = Network(Generator(CONFIG).eval().requires_grad_(False))
    network.generator.load_state_dict(generator.state_dict())
    network.generator.to("cuda")
    pictures = network.synthesis(ws.cuda(), "const").cpu()
    assert error(pictures, wanted) < 1e-2


def test_a_replayed_graph_gives_the_eager_picture(generator: Generator) -> None:
    moved = Generator(CONFIG).eval().requires_grad_(False)
    moved.load_state_dict(generator.state_dict())
    synthesis = moved.to("cuda").synthesis
    graphs = GraphSynthesis(synthesis)
    for _ in range(3):
        ws = moved.mapping(torch.randn(1, 64, device="cuda"))
        assert error(graphs(ws).cpu(), synthesis(ws, "const").cpu()) < 1e-3
        assert error(graphs(ws, "none", 32).cpu(), synthesis(ws, "none", upto=32).cpu()) < 1e-3
