"""Settings of an installation, read from ``SIRA_*`` environment variables when asked for, never at import."""

from __future__ import annotations

from functools import cache
from ipaddress import IPv4Network, IPv6Network, ip_network
from pathlib import Path
from typing import Final

import platformdirs
from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

from geo.core.errors import ParameterError
from geo.core.messages import message


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
    cache_mb: int = Field(
        default=256,
        ge=1,
        le=65_536,
        description="Most memory for bodies, tables and prepared tiles that are kept, all together, in MB.",
    )

    quarantine_days: int = Field(
        default=180,
        ge=0,
        le=36_500,
        description="Days after which what cells of rows held that were set aside is forgotten.",
    )

    background: str = Field(
        default="",
        pattern=r"^(https://[a-z0-9.-]+(:\d{1,5})?/[\w./{}-]*\{z\}[\w./{}-]*(\?[\w=&.-]*)?)?$",
        description="Tiles of another host that the map offers as a background, such as "
        "https://tile.openstreetmap.org/{z}/{x}/{y}.png; empty means none: then nobody else is asked for anything.",
    )
    background_credit: str = Field(
        default="© OpenStreetMap contributors", max_length=200, description="Whom the map thanks for that background."
    )

    trusted_proxies: str = Field(
        default="",
        description="Addresses or networks, separated by commas, of proxies whose X-Forwarded-* headers are believed.",
    )

    @field_validator("trusted_proxies")
    @classmethod
    def _are_networks(cls, text: str) -> str:
        parse_networks(text)
        return text

    @property
    def proxies(self) -> tuple[IPv4Network | IPv6Network, ...]:
        """Networks of the proxies whose headers are believed."""
        return parse_networks(self.trusted_proxies)

    @property
    def store_url(self) -> str:
        """URL of the store, the SQLite file under `home` unless another is set."""
        return self.store or f"sqlite:///{self.home / 'sira.sqlite'}"


@cache
def parse_networks(text: str) -> tuple[IPv4Network | IPv6Network, ...]:
    """Return the networks of a list separated by commas; raises `ValueError` where one is none.

    Examples
    --------
    >>> parse_networks("127.0.0.1, 10.0.0.0/8")
    (IPv4Network('127.0.0.1/32'), IPv4Network('10.0.0.0/8'))
    """
    return tuple(ip_network(part.strip()) for part in text.split(",") if part.strip())


_EXPECTED: Final = {
    "home": message("the path of a folder"),
    "store": message("a database URL"),
    "lang": message("fr or en"),
    "population": message("the path of a raster"),
    "background": message("https://HOST/{path}, the address of map tiles", path="{z}/{x}/{y}.png"),
    "background_credit": message("whom to thank for the background, in at most 200 letters"),
    "trusted_proxies": message("addresses or networks separated by commas, as in 127.0.0.1,10.0.0.0/8"),
    "quarantine_days": message("a whole number of days from 0 to 36,500"),
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
