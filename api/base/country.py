"""The country as a whole: its name, and where it lies on pages, maps and in documents. Degrees, EPSG:4326."""

from __future__ import annotations

from typing import Final

#: In published figures, and at the head of the national sheet.
NAME: Final = "Mali"
#: South-west and north-east corners of the map page's first view as Leaflet wants them: latitude, longitude.
BOUNDS: Final = ((10.1, -12.3), (25.05, 4.3))
#: Where Leaflet looks before it knows the window: latitude, longitude.
VIEW_CENTRE: Final = (17.5, -4.0)
#: What the first view shows around the country; a neighbour's name stands in its part of it. W, S, E, N.
FIRST_VIEW: Final = (-13.5, 9.0, 6.0, 26.5)
#: Where a MapLibre style opens: longitude, latitude, and the zoom.
STYLE_CENTRE: Final = (-3.5, 16.5)
STYLE_ZOOM: Final = 4.5
#: How a project for QGIS opens. W, S, E, N.
PROJECT_EXTENT: Final = (-12.5, 9.8, 4.6, 25.2)
#: The country and what lies around it: every collection is in there, whatever is imported. W, S, E, N.
EXTENT: Final = (-13.5, 9.0, 5.5, 26.0)
