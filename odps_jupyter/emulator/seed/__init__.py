"""What a new project holds: three small tables and two libraries, made without a download."""

from __future__ import annotations

from .resources import seed_resources
from .tables import seed_tables

__all__ = ["seed_resources", "seed_tables"]
