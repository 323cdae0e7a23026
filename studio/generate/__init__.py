"""StyleGAN2-ADA: networks, checkpoints, rendering, latent paths, projection.

`load_network` opens a network file; torch is imported with it, not before.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from studio.generate.network import Network, load_network

__all__ = ["Network", "load_network"]


def __getattr__(name: str) -> Any:
    if name in __all__:
        from studio.generate import network

        return getattr(network, name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
