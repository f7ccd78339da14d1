"""GeoParquet 1.1 with a bounding box per feature, so that readers fetch only what lies where they look"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Final

import geopandas as gpd
import pyarrow as pa
import pyarrow.parquet as pq

from geo.export.layer import GEOMETRY, Layer, about_json, arrow_table, geometries

VERSION: Final = "1.1.0"
_BBOX: Final = "bbox"
_ROWS: Final = 5_000


def write_geoparquet(layer: Layer, path: Path) -> None:
    """Write a GeoParquet file: WKB, column ``bbox`` as covering, and `layer.about` under the metadata key ``sira``.

    Titles and descriptions of columns are metadata of the fields.

    References
    ----------
    GeoParquet 1.1.0, https://geoparquet.org/releases/v1.1.0/
    """
    table = arrow_table(layer)
    box, geo = _covering(layer)
    if table[GEOMETRY].null_count < len(table):
        table = table.append_column(box.schema.field(_BBOX), box[_BBOX])
    kept = {b"geo": geo, b"sira": about_json(layer.about).encode(), b"title": layer.title.encode()}
    fields = [field.remove_metadata() if field.name == GEOMETRY else field for field in table.schema]
    table = pa.Table.from_arrays(table.columns, schema=pa.schema(fields, metadata=kept))
    pq.write_table(table, path, compression="zstd", row_group_size=_ROWS)


def _covering(layer: Layer) -> tuple[pa.Table, bytes]:
    """Return the column of bounding boxes and the file's ``geo`` metadata, as geopandas writes them."""
    bare = gpd.GeoDataFrame(geometry=gpd.GeoSeries(geometries(layer), crs=layer.frame.crs))
    has_any = bool(bare.geometry.notna().any())
    buffer = io.BytesIO()
    bare.to_parquet(buffer, index=False, schema_version=VERSION, write_covering_bbox=has_any)
    written = pq.read_table(buffer)
    return written, written.schema.metadata[b"geo"]
