"""Environments, found by name (`resolve`) and read (`load`): servers, snapshots and schemas become the same catalogs."""

from __future__ import annotations

from namesync.sources.loading import load, load_all
from namesync.sources.resolving import File, Form, Server, Source, resolve, resolve_all

__all__ = ["File", "Form", "Server", "Source", "load", "load_all", "resolve", "resolve_all"]
