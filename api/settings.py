"""Settings of an installation, read from ``SIRA_*`` environment variables when asked for, never at import."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import platformdirs
from pydantic import Field, ValidationError
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.errors import ParameterError
from geo.messages import message


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
    population: Path | None = Field(
        default=None, description="Raster of people per km² that assessments use instead of figures per cercle."
    )
    cache_mb: int = Field(default=256, ge=1, le=65_536, description="Most memory for encoded layers, in MB.")

    @property
    def store_url(self) -> str:
        """URL of the store, the SQLite file under `home` unless another is set."""
        return self.store or f"sqlite:///{self.home / 'sira.sqlite'}"


_EXPECTED: Final = {
    "home": message("the path of a folder"),
    "store": message("a database URL"),
    "lang": message("fr or en"),
    "population": message("the path of a raster"),
    "cache_mb": message("a whole number of megabytes from 1 to 65,536"),
}


def load_settings() -> Settings:
    """Return the settings of the environment; raises `ParameterError` naming the variable that is wrong.

    The wrong value is not repeated: a database URL may hold a password.
    """
    try:
        return Settings()
    except ValidationError as error:
        name = str(error.errors()[0]["loc"][0])
        variable = f"SIRA_{name.upper()}"
        raise ParameterError(
            message(
                "The environment variable {variable} cannot be used; expected {expected}.",
                variable=variable,
                expected=_EXPECTED[name],
            ),
            parameter=variable,
        ) from None
