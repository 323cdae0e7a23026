"""Official StyleGAN2-ADA and StyleGAN3 (`cfg=stylegan2`) pickles into our network file.

The reading happens in a child process with limits on memory and time; what comes back is a file
and a report in JSON. `python -m studio.generate.files.official SOURCE TARGET` is that child.
"""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from pydantic import ValidationError
from torch import Tensor

from studio.errors import StudioError
from studio.generate.files import safe_pickle
from studio.generate.files.fit import require_fit
from studio.generate.files.network_file import PARTS, NetworkFile, what_is, write_network
from studio.generate.files.safe_pickle import ModuleRecord, PickleRefused
from studio.generate.networks.config import DiscriminatorConfig, GeneratorConfig
from studio.generate.networks.discriminator import Discriminator
from studio.generate.networks.generator import Generator
from studio.opening import sha256_file

MEMORY_LIMIT = 16 << 30  # bytes of address space; torch alone maps several
TIME_LIMIT = 300  # seconds
# -P: a torch.py that lies beside a download is not to be imported in place of torch.
_CHILD = ("-P", "-m", "studio.generate.files.official")


def convert(source: Path, target: Path) -> dict[str, Any]:
    """Read `source` in a child process and write `target`; the report says what was found.

    Raises PickleRefused with the sentence of the child, and StudioError where it died.
    """
    if target.exists():
        raise StudioError(f"{target} is there already; choose another name or remove it first.")
    if not target.parent.is_dir():
        raise StudioError(f"There is no folder {target.parent} to write {target.name} to.")
    line = [sys.executable, *_CHILD, str(source), str(target)]
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=TIME_LIMIT)
    except subprocess.TimeoutExpired:
        raise StudioError(
            f"Reading {source.name} took over {TIME_LIMIT} s and was ended."
        ) from None
    if done.returncode == 2:
        raise PickleRefused(done.stderr.strip().splitlines()[-1])
    if done.returncode != 0:
        raise StudioError(
            f"{source.name} could not be read: the reading process ended with {done.returncode}, "
            "perhaps for want of memory."
        )
    report: dict[str, Any] = json.loads(done.stdout)
    return report


def read_official(source: Path) -> NetworkFile:
    """The networks of an official pickle, in this process; PickleRefused says what else it is."""
    if not source.is_file():
        raise PickleRefused(f"There is no file {source}.")
    if (kind := what_is(source)) and "pickle" not in kind:
        raise PickleRefused(f"{source.name} is not an official pickle: {kind}.")
    data = safe_pickle.load(source)
    tensors: dict[str, Tensor] = {}
    try:
        modules = _modules_of(data, source.name)
        for part, module in modules.items():
            own = module.tensors().items()
            tensors |= {f"{part}.{name}": tensor.float() for name, tensor in own}
        config = generator_config(modules["G_ema"])
        discriminator = discriminator_config(modules["D"]) if "D" in modules else None
    except (KeyError, ValidationError, TypeError, AttributeError, RecursionError) as error:
        raise PickleRefused(f"{source.name} does not say what network it holds.") from error
    network = NetworkFile(config, discriminator, _card(source, data), tensors)
    _check_fit(network, source.name)
    return network


def _modules_of(data: Any, name: str) -> dict[str, ModuleRecord]:
    if not isinstance(data, dict) or not isinstance(data.get("G_ema"), ModuleRecord):
        raise PickleRefused(f"{name} is a pickle, but not of a StyleGAN2 network: it has no G_ema.")
    modules = {part: data[part] for part in PARTS if isinstance(data.get(part), ModuleRecord)}
    synthesis = modules["G_ema"].modules.get("synthesis")
    if synthesis is None:
        raise PickleRefused(f"{name} holds a generator without a synthesis network.")
    if "input" in synthesis.modules:
        flavour = "R" if _any_layer(synthesis, "conv_kernel") == 1 else "T"
        raise PickleRefused(
            f"{name} is a StyleGAN3-{flavour} network; the studio reads StyleGAN2 networks "
            "(cfg=stylegan2)."
        )
    return modules


def _any_layer(synthesis: ModuleRecord, attribute: str) -> Any:
    """An attribute of the first layer behind the input."""
    layers = (m for name, m in synthesis.modules.items() if name.startswith("L"))
    return next((layer.state.get(attribute) for layer in layers), None)


def generator_config(module: ModuleRecord) -> GeneratorConfig:
    """The configuration of a pickled generator, from its arguments and its layers."""
    arguments = _arguments(module)
    synthesis = arguments.pop("synthesis_kwargs", {}) | arguments  # nested, or flattened
    mapping = arguments.get("mapping_kwargs", {})
    known = module.state
    blocks = module.modules["synthesis"].modules
    return GeneratorConfig(
        resolution=known["img_resolution"],
        img_channels=known["img_channels"],
        z_dim=known["z_dim"],
        c_dim=known["c_dim"],
        w_dim=known["w_dim"],
        mapping_layers=mapping.get("num_layers", 8),
        use_noise=blocks["b4"].modules["conv1"].state.get("use_noise", True),
        **_common(synthesis, "skip"),
    )


def discriminator_config(module: ModuleRecord) -> DiscriminatorConfig:
    arguments = _arguments(module)
    epilogue = arguments.get("epilogue_kwargs", {})
    return DiscriminatorConfig(
        resolution=module.state["img_resolution"],
        img_channels=module.state["img_channels"],
        c_dim=module.state["c_dim"],
        mbstd_group=epilogue.get("mbstd_group_size", 4),
        mbstd_channels=epilogue.get("mbstd_num_channels", 1),
        mapping_layers=arguments.get("mapping_kwargs", {}).get("num_layers", 8),
        freeze_layers=arguments.get("block_kwargs", {}).get("freeze_layers", 0),
        **_common(arguments, "resnet"),
    )


def _common(arguments: dict[str, Any], architecture: str) -> dict[str, Any]:
    """What both networks share, with the official defaults."""
    return {
        "channel_base": arguments.get("channel_base", 32768),
        "channel_max": arguments.get("channel_max", 512),
        "architecture": arguments.get("architecture", architecture),
        "conv_clamp": arguments.get("conv_clamp"),
        "num_fp16_res": arguments.get("num_fp16_res", 0),
    }


def _arguments(module: ModuleRecord) -> dict[str, Any]:
    return dict(module.state.get("_init_kwargs", {}))


def _check_fit(network: NetworkFile, name: str) -> None:
    """Refuse what does not load into our networks, tensor by tensor."""
    kinds: list[tuple[str, Any, Any]] = [("G_ema", Generator, network.config)]
    if network.discriminator:
        kinds.append(("D", Discriminator, network.discriminator))
    for part, kind, config in kinds:
        try:
            require_fit(network.part(part), kind, config)
        except StudioError as error:
            told = f"The {part} of {name} is not a StyleGAN2 network. {error}"
            raise PickleRefused(told) from error


def _card(source: Path, data: dict[str, Any]) -> dict[str, Any]:
    training_set = data.get("training_set_kwargs") or {}
    return {
        "source": source.name,
        "source_sha256": sha256_file(source),
        "source_format": "official pickle",
        "trained_on": Path(str(training_set.get("path", ""))).name,
        "notice": "Synthetic pictures. Research use, not a diagnosis.",
    }


def report(network: NetworkFile) -> dict[str, Any]:
    """What a network file holds, for people and programs."""
    return {
        "config": network.config.model_dump(),
        "discriminator": network.discriminator.model_dump() if network.discriminator else None,
        "parts": network.parts,
        "parameters": {
            part: sum(t.numel() for t in network.part(part).values()) for part in network.parts
        },
        "card": network.card,
    }


def _limit() -> None:
    if sys.platform.startswith("linux"):
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY_LIMIT, MEMORY_LIMIT))


def main(source: str, target: str) -> int:
    _limit()
    try:
        network = read_official(Path(source))
    except StudioError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    write_network(Path(target), network)
    sys.stdout.write(json.dumps(report(network)))
    return 0


if __name__ == "__main__":
    raise SystemExit(main(*sys.argv[1:]))
