"""The fast path equals the plain one; the engine never shows an older picture after a newer."""

import threading
import time

import pytest
import torch
from vectors import error

from studio.generate.network import Network, to_uint8
from studio.generate.networks.config import GeneratorConfig
from studio.generate.networks.generator import Generator
from studio.generate.networks.ops import convolve, low_pass
from studio.generate.render import fast_cpu
from studio.generate.render.engine import Latent, Rendered, RenderEngine, RenderRequest
from studio.generate.render.fast_cpu import FastSynthesis
from studio.generate.render.folding import folded_weight
from studio.generate.render.mailbox import Mailbox
from studio.generate.render.preview_colour import fit

CONFIG = GeneratorConfig(resolution=64, z_dim=32, w_dim=32, channel_base=1024, channel_max=32)


@pytest.fixture(scope="module")
def generator() -> Generator:
    torch.manual_seed(0)
    generator = Generator(CONFIG).eval().requires_grad_(False)
    for name, parameter in generator.named_parameters():
        if name.endswith("noise_strength"):
            parameter.fill_(0.3)  # untrained noise would hide a fault in its path
        if name.endswith("bias") and "affine" not in name:
            parameter.normal_()
    return generator


@pytest.fixture(scope="module")
def ws(generator: Generator) -> torch.Tensor:
    return generator.mapping(torch.randn(3, 32, generator=torch.Generator().manual_seed(1)))


@pytest.mark.parametrize("height", [4, 5, 16])
def test_folding_is_exact(height: int) -> None:
    torch.manual_seed(height)
    x, weight, kernel = (
        torch.randn(2, 5, height, 7),
        torch.randn(4, 5, 3, 3),
        low_pass((1, 3, 3, 1)),
    )
    plain = convolve(x, weight, kernel, up=2, padding=1, flip=True)
    folded = torch.nn.functional.conv2d(x, folded_weight(weight, kernel), padding=1)
    assert error(torch.nn.functional.pixel_shuffle(folded, 2), plain) < 1e-5


@pytest.mark.parametrize("fold_from", [8, 10_000])
@pytest.mark.parametrize("nnpack", [True, False])
@pytest.mark.parametrize("noise_mode", ["const", "none"])
def test_fast_pictures_are_the_plain_ones(
    generator: Generator,
    ws: torch.Tensor,
    monkeypatch: pytest.MonkeyPatch,
    fold_from: int,
    nnpack: bool,
    noise_mode: str,
) -> None:
    monkeypatch.setattr(fast_cpu, "FOLD_FROM", fold_from)
    monkeypatch.setattr(fast_cpu._NNPACK, "usable", nnpack and torch.backends.nnpack.is_available())
    fast = FastSynthesis(generator.synthesis)
    assert error(fast(ws, noise_mode), generator.synthesis(ws, noise_mode)) < 1e-4


def test_a_preview_is_the_early_stop(generator: Generator, ws: torch.Tensor) -> None:
    fast = FastSynthesis(generator.synthesis)
    assert error(fast(ws, "const", 16), generator.synthesis(ws, "const", upto=16)) < 1e-4


def test_nnpack_that_fails_is_left_alone(
    generator: Generator, ws: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_arguments: object, **_options: object) -> torch.Tensor:
        raise RuntimeError("NNPACK failed")

    monkeypatch.setattr(torch, "_nnpack_spatial_convolution", broken)
    monkeypatch.setattr(fast_cpu._NNPACK, "usable", True)
    pictures = FastSynthesis(generator.synthesis)(ws)
    assert error(pictures, generator.synthesis(ws, "const")) < 1e-4
    assert not fast_cpu._NNPACK.usable


def test_gradients_take_the_plain_path(generator: Generator, ws: torch.Tensor) -> None:
    latent = ws.clone().requires_grad_()
    Network(generator).synthesis(latent).sum().backward()
    assert latent.grad is not None
    assert float(latent.grad.norm()) > 0


def test_bytes_are_rounded_as_officially() -> None:
    pictures = torch.tensor([-2.0, -1.0, 0.0, 1.0, 2.0]).reshape(1, 1, 1, 5)
    assert to_uint8(pictures)[0, 0, :, 0].tolist() == [0, 0, 128, 255, 255]


def test_the_latest_request_wins() -> None:
    box: Mailbox[str] = Mailbox()
    first = box.post("a")
    box.post("b")
    taken = box.take()
    assert taken is not None
    assert taken.request == "b"
    assert box.superseded(first)
    assert not box.superseded(taken.stamp)
    assert box.take(timeout=0.01) is None
    box.close()
    assert box.take() is None


def test_no_picture_is_older_than_one_before_it(generator: Generator, ws: torch.Tensor) -> None:
    engine = RenderEngine(Network(generator))
    seen: list[Rendered] = []

    def deliver(picture: Rendered) -> None:
        seen.append(picture)
        time.sleep(0.02)  # slower than requests come, however quick the machine is

    thread = threading.Thread(target=engine.run, args=(deliver,))
    thread.start()
    for i in range(60):
        last = engine.mailbox.post(RenderRequest(Latent(ws[i % 3]), tiers=(16, 0)))
        time.sleep(0.003)
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and not (seen and seen[-1].final and seen[-1].stamp == last):
        time.sleep(0.01)
    engine.mailbox.close()
    thread.join(10)
    assert not thread.is_alive()
    stamps = [picture.stamp for picture in seen]
    assert stamps == sorted(stamps)
    assert stamps[-1] == last
    assert seen[-1].final
    assert len(set(stamps)) < 60, "some requests must have been superseded"


def test_a_resnet_has_no_previews() -> None:
    config = CONFIG.model_copy(update={"architecture": "resnet"})
    engine = RenderEngine(Network(Generator(config).eval()))
    assert engine.sizes((16, 32, 0)) == [0]
    assert RenderEngine(Network(Generator(CONFIG))).sizes((16, 32, 64, 0)) == [16, 32, 0]


def test_preview_colours_come_nearer_to_the_full_picture() -> None:
    generator = torch.Generator().manual_seed(0)
    pictures = torch.nn.functional.interpolate(
        torch.rand(6, 3, 8, 8, generator=generator), size=(64, 64), mode="bilinear"
    )
    wrong = torch.tensor([[0.7, 0.1, 0.0], [0.1, 0.9, 0.1], [0.0, 0.2, 0.6]])
    small = torch.nn.functional.interpolate(pictures, size=16, mode="area")
    previews = torch.einsum("oc,nchw->nohw", wrong, small) - 0.1
    mapped = fit(previews[:3], pictures[:3])(previews[3:])
    assert error(mapped, small[3:]) < error(previews[3:], small[3:]) / 10


def test_patient_work_waits_for_live_pictures(generator: Generator, ws: torch.Tensor) -> None:
    engine = RenderEngine(Network(generator))
    order: list[str] = []
    slow = [engine.later(lambda _, i=i: order.append(f"later {i}"), urgency=i) for i in range(3)]
    slow[1].cancel()
    engine.mailbox.post(RenderRequest(Latent(ws[0]), tiers=(0,)))
    thread = threading.Thread(target=engine.run, args=(lambda _: order.append("live"),))
    thread.start()
    slow[0].result(timeout=20)
    engine.mailbox.close()
    thread.join(10)
    assert order == ["live", "later 2", "later 0"]


def test_what_patient_work_raises_reaches_who_asked(generator: Generator) -> None:
    engine = RenderEngine(Network(generator))

    def broken(_network: Network) -> None:
        raise ValueError("no")

    future = engine.later(broken)
    waiting = engine.later(lambda network: network.config.resolution)
    thread = threading.Thread(target=engine.run, args=(lambda _: None,))
    thread.start()
    with pytest.raises(ValueError, match="no"):
        future.result(timeout=20)
    assert waiting.result(timeout=20) == 64
    engine.mailbox.close()
    thread.join(10)
    assert engine.later(lambda _: None).cancelled(), "nobody would ever do it"


def test_nobody_waits_for_an_engine_that_failed(generator: Generator, ws: torch.Tensor) -> None:
    engine = RenderEngine(Network(generator))
    waiting = engine.later(lambda network: network.config.resolution)
    engine.mailbox.post(RenderRequest(Latent(ws[0][:, :3]), tiers=(0,)))  # does not fit
    with pytest.raises(RuntimeError):
        engine.run(lambda _: None)
    assert waiting.cancelled()
    assert engine.later(lambda _: None).cancelled()


def test_previews_are_fitted_to_the_full_colours(generator: Generator) -> None:
    engine = RenderEngine(Network(generator))
    latents = generator.mapping(torch.randn(4, 32, generator=torch.Generator().manual_seed(2)))
    thread = threading.Thread(target=engine.run, args=(lambda _: None,))
    thread.start()
    for future in engine.fit_colours(latents, (16, 32)):
        future.result(timeout=60)
    engine.mailbox.close()
    thread.join(10)
    assert set(engine.colours) == {16, 32}
    full = torch.from_numpy(engine.picture(Latent(latents[0]))).float().mean(dim=(0, 1))
    fitted = torch.from_numpy(engine.picture(Latent(latents[0]), size=16)).float().mean(dim=(0, 1))
    engine.colours.clear()
    plain = torch.from_numpy(engine.picture(Latent(latents[0]), size=16)).float().mean(dim=(0, 1))
    assert (fitted - full).norm() < (plain - full).norm()


def test_a_slow_machine_hurries(
    generator: Generator, ws: torch.Tensor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("studio.generate.render.engine.TIERS", (32, 48))
    monkeypatch.setattr("studio.generate.render.engine.HURRIED", 16)
    engine = RenderEngine(Network(generator))
    request = RenderRequest(Latent(ws[0]), tiers=(32, 0))

    def sizes(slow_s: float) -> list[int]:
        monkeypatch.setattr("studio.generate.render.engine.SLOW_S", slow_s)
        return [made.picture.shape[0] for made in engine.tiers(1, request)]

    assert sizes(0.0) == [32, 64]
    assert sizes(1e6) == [16, 32, 64], "the look before was slow"
    assert sizes(0.0) == [32, 64]
