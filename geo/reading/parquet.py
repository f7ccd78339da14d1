"""GeoParquet files, read within limits."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import geopandas as gpd
from pyproj.exceptions import ProjError
from shapely.errors import GEOSException

from geo.core.errors import FileError
from geo.core.messages import message
from geo.reading.tabular import MOST_BYTES
from geo.reading.workbook_parts import MOST_CELLS

#: What geopandas and what it asks raise on metadata that are damaged, beside pyarrow's own errors.
_DAMAGED: Final = (
    OSError, ValueError, TypeError, KeyError, AttributeError, NotImplementedError, RuntimeError, MemoryError,
    ProjError, GEOSException,
)  # fmt: skip

MAGIC: Final = b"PAR1"


def read(path: Path, file: str | None = None) -> gpd.GeoDataFrame:
    """Return the features of a GeoParquet file, in the CRS that it states.

    Raises
    ------
    FileError
        It is damaged, has no geometry, or unpacks to too much.
    """
    import pyarrow as pa  # here, because it loads much and few files need it
    import pyarrow.parquet as pq

    file = file or path.name
    try:
        about = pq.ParquetFile(path).metadata
        unpacked = sum(about.row_group(number).total_byte_size for number in range(about.num_row_groups))
        if unpacked > MOST_BYTES or about.num_rows * max(about.num_columns, 1) > MOST_CELLS:
            raise FileError(
                message("{file} unpacks to more than {limit} MB.", file=file, limit=MOST_BYTES // 1_000_000), file=file
            )
        return gpd.read_parquet(path)
    except (pa.ArrowException, *_DAMAGED) as error:
        raise FileError(
            message("{file} is no readable GeoParquet file: {why}.", file=file, why=str(error)[:200]), file=file
        ) from error
