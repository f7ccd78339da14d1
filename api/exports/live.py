"""The QGIS project wired to the service that made it"""

from __future__ import annotations

import re
from typing import Final

from api.base.access import Kind
from api.base.i18n import translate
from api.base.links import ROOT
from api.collections.registry import TARGET
from api.exports.content import Recipient, aliases, title_of
from api.exports.package import TITLE
from api.exports.raster import CELLS
from api.layers.raster import MOST_ZOOM
from api.qgis.project import LiveLayer, Raster, Texts, qgz
from geo.core.errors import ParameterError
from geo.core.messages import message

MEDIA_TYPE: Final = "application/x-qgis-project"
_AUTHCFG: Final = re.compile(r"[A-Za-z0-9]{7}")
_ADDRESS: Final = re.compile(
    r"https?://([A-Za-z0-9][A-Za-z0-9._-]*|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?(/[A-Za-z0-9._~/-]*)?"
)


def live_project(recipient: Recipient, *, base: str, authcfg: str | None) -> bytes:
    """Return the project for `recipient`, its layers at the service at `base`, an address without a slash at its end.

    It holds addresses and styles, no data and no key: what a reader sees depends on the reader's own key.
    """
    snapshot, lang = recipient.snapshot, recipient.lang
    title = translate(recipient.title(message("Sira, live: {title}", title=TITLE)), lang)
    if snapshot.is_synthetic_only:
        title = translate(message("Synthetic data: {title}", title=title), lang)
    layers = [
        LiveLayer(
            each,
            aliases(each, lang),
            title_of(each, lang, synthetic=snapshot.is_synthetic_only and each.kind is not Kind.REFERENCE),
        )
        for each in recipient.visible()
    ]
    abstract = " ".join(recipient.notices())
    return qgz(layers, _rasters(recipient, base), Texts(title, abstract, lang), url=base + ROOT, authcfg=authcfg)


def _rasters(recipient: Recipient, base: str) -> tuple[Raster, ...]:
    cells = recipient.known()[CELLS]
    if not recipient.caller.may(cells.kind):
        return ()
    name = title_of(cells, recipient.lang, synthetic=recipient.snapshot.is_synthetic_only)
    title = translate(message("{title} (picture)", title=name), recipient.lang)
    return (Raster("risk-surface", title, f"{base}/tiles/risk/{{z}}/{{x}}/{{y}}.png?target={TARGET}", MOST_ZOOM),)


def parse_authcfg(text: str, *, parameter: str = "authcfg") -> str:
    """Return the id of an authentication configuration of QGIS: seven letters or digits."""
    if _AUTHCFG.fullmatch(text) is None:
        raise ParameterError(
            message(
                "{parameter}: expected the id of an authentication configuration in QGIS: seven letters or digits.",
                parameter=parameter,
            ),
            parameter=parameter,
        )
    return text


def parse_address(text: str, *, parameter: str = "url") -> str:
    """Return the address of a service without a slash at its end."""
    if _ADDRESS.fullmatch(text) is None:
        raise ParameterError(
            message("{parameter}: expected the address of a service, as in https://sira.example.", parameter=parameter),
            parameter=parameter,
        )
    return text.rstrip("/")
