"""torch on this machine: device, allocator, backbones by name."""
