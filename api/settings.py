"""Settings of an installation, read from ``SIRA_*`` environment variables when asked for, never at import."""

from __future__ import annotations

from pathlib import Path

import platformdirs
from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict


class Settings(BaseSettings):
    """What an installation may set. Unknown ``SIRA_*`` variables are ignored; wrong values stop the start."""

    model_config = SettingsConfigDict(env_prefix="SIRA_", frozen=True)

    home: Path = Field(
        default_factory=lambda: platformdirs.user_data_path("sira"),
        description="Folder of all state: store, imported roads and rasters.",
    )
    store: str = Field(
        default="",
        description="Database URL; empty means SQLite in the home folder. PostGIS: postgresql+psycopg://…",
    )
    lang: str = Field(default="fr", pattern="^(fr|en)$", description="Language where the reader does not name one.")

    @property
    def store_url(self) -> str:
        """URL of the store, the SQLite file under `home` unless another is set."""
        return self.store or f"sqlite:///{self.home / 'sira.sqlite'}"
