"""torch on this machine: device, allocator, the mending of a mismatched torchvision, backbones.

Nothing here imports torch before a function is called, so the window may import this package.
"""
