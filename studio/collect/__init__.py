"""URL lists, polite fetching, crawlers, provenance."""

from studio.collect.urls import host_of, repair_url

__all__ = ["host_of", "repair_url"]
