"""Compiled kernels that write the features of a vector tile (Mapbox Vector Tile 2.1) from prepared shapes and values.

References
----------
Mapbox Vector Tile Specification 2.1, https://github.com/mapbox/vector-tile-spec/tree/master/2.1: sections 4.2
(features), 4.3 (geometry encoding) and 4.4 (attributes).
"""

from __future__ import annotations

from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from geo.core.compiled import compiled
from geo.tiles.clip_kernels import Coordinates, Ints, cut_line, cut_polygon

Bytes: TypeAlias = NDArray[np.uint8]

#: Geometry types of the specification.
POINT: Final = 1
LINE: Final = 2
POLYGON: Final = 3

_MOVE_TO: Final = 1
_LINE_TO: Final = 2
_CLOSE: Final = 15  # one ClosePath
_LONGEST: Final = 10  # bytes of a number


@compiled
def _put(out: Bytes, at: int, value: int) -> int:
    """Write a number that is not negative as a varint; return the place behind it."""
    # seven bits a byte, the least first; the top bit says that more follow
    while value > 127:
        out[at] = (value & 127) | 128
        value >>= 7
        at += 1
    out[at] = value
    return at + 1


@compiled
def _put_step(out: Bytes, at: int, step: int) -> int:
    # zigzag: 0, -1, 1, -2 … become 0, 1, 2, 3, so that short steps either way take one byte
    return _put(out, at, (step << 1) ^ (step >> 63))


@compiled
def _with_room(out: Bytes, used: int, wanted: int) -> Bytes:
    if used + wanted <= len(out):
        return out
    larger = np.empty(2 * (used + wanted), np.uint8)
    larger[:used] = out[:used]
    return larger


@compiled
def _put_path(out: Bytes, at: int, points: Ints, first: int, last: int, cursor: Ints, is_ring: bool) -> int:
    """Write a line or ring from where `cursor` stands, and move it to the last point."""
    for number in range(first, last):
        # a command and how often it is repeated, in one number: MoveTo once, then LineTo for all the rest
        if number == first:
            at = _put(out, at, _MOVE_TO | 1 << 3)
        elif number == first + 1:
            at = _put(out, at, _LINE_TO | (last - first - 1) << 3)
        at = _put_step(out, at, points[number, 0] - cursor[0])
        at = _put_step(out, at, points[number, 1] - cursor[1])
        cursor[0], cursor[1] = points[number, 0], points[number, 1]
    if is_ring:
        at = _put(out, at, _CLOSE)
    return at


@compiled
def _put_part(
    kind: int, xy: Coordinates, ring_first: Ints, first_ring: int, last_ring: int, bounds: Coordinates, window: Ints,
    cursor: Ints, out: Bytes, at: int,
) -> tuple[Bytes, int]:  # fmt: skip
    """Write what the window shows of one line or polygon."""
    is_whole = bounds[0] >= window[0] and bounds[1] >= window[1] and bounds[2] <= window[2] and bounds[3] <= window[3]
    first, last = ring_first[first_ring], ring_first[last_ring]
    if is_whole:
        out = _with_room(out, at, _LONGEST * (2 * (last - first) + 3 * (last_ring - first_ring)))
        points = xy[first:last].astype(np.int64)
        for ring in range(first_ring, last_ring):
            at = _put_path(
                out, at, points, ring_first[ring] - first, ring_first[ring + 1] - first, cursor, kind == POLYGON
            )
        return out, at
    if kind == POLYGON:
        points, starts, pieces = cut_polygon(xy, ring_first, first_ring, last_ring, window)
    else:
        points, starts = np.empty((2 * (last - first), 2), np.int64), np.empty(last - first + 1, np.int64)
        pieces = cut_line(xy, first, last, window, points, starts)
    if pieces:
        out = _with_room(out, at, _LONGEST * (2 * starts[pieces] + 3 * pieces))
    for piece in range(pieces):
        at = _put_path(out, at, points, starts[piece], starts[piece + 1], cursor, kind == POLYGON)
    return out, at


@compiled
def _put_points(
    xy: Coordinates, first: int, last: int, window: Ints, cursor: Ints, out: Bytes, at: int
) -> tuple[Bytes, int]:
    """Write those of a feature's points that lie in the window."""
    shown = 0
    for number in range(first, last):
        shown += window[0] <= xy[number, 0] <= window[2] and window[1] <= xy[number, 1] <= window[3]
    if shown == 0:
        return out, at
    out = _with_room(out, at, _LONGEST * (2 * shown + 1))
    at = _put(out, at, _MOVE_TO | shown << 3)
    for number in range(first, last):
        x, y = int(xy[number, 0]), int(xy[number, 1])
        if window[0] <= x <= window[2] and window[1] <= y <= window[3]:
            at = _put_step(out, at, x - cursor[0])
            at = _put_step(out, at, y - cursor[1])
            cursor[0], cursor[1] = x, y
    return out, at


@compiled
def encode_features(
    kind: int, xy: Coordinates, ring_first: Ints, part_first: Ints, part_feature: Ints, bounds: Coordinates,
    codes: Coordinates, value_bytes: Bytes, value_first: Ints, corner: Ints, extent: int, buffer: int,
) -> tuple[Bytes, Bytes, int]:  # fmt: skip
    """Return the features of a tile and the values they use, both as fields of a layer, and the number of features.

    Parameters
    ----------
    kind : int
        `POINT`, `LINE` or `POLYGON`.
    xy : int32 array, shape (n, 2)
        Vertices on the zoom's grid of ``extent`` steps a tile, x to the east and y to the south. Rings are open, the
        exterior ones of positive area as x and y are written.
    ring_first (R + 1,), part_first (P + 1,), part_feature (P,)
        Ring r is ``xy[ring_first[r]:ring_first[r + 1]]``; part p (a polygon with its holes, a line, or points) is the
        rings ``part_first[p]:part_first[p + 1]``; the parts of one feature follow one another.
    bounds : int32 array, shape (P, 4)
        Least x, least y, greatest x, greatest y of a part.
    codes : int32 array, shape (features, fields)
        Which value a feature has in each field, -1 for none.
    value_bytes, value_first
        Value v is ``value_bytes[value_first[v]:value_first[v + 1]]``, encoded.
    corner : int64 array, shape (2,)
        The tile's least x and y on the grid.
    extent, buffer : int
        Steps a tile, and how many beyond its edge are kept.
    """
    window = np.array(
        [corner[0] - buffer, corner[1] - buffer, corner[0] + extent + buffer, corner[1] + extent + buffer]
    )
    out, used = np.empty(1 << 16, np.uint8), 0
    geometry = np.empty(1 << 12, np.uint8)
    # the number in this tile of each value of the layer: given when a feature first shows it
    local = np.full(len(value_first) - 1, -1, np.int32)
    listed, n_listed, length_listed = np.empty(64, np.int64), 0, 0
    tags = np.empty(2 * _LONGEST * codes.shape[1] + 1, np.uint8)
    cursor = np.empty(2, np.int64)
    features = 0
    part, parts = 0, len(part_feature)
    while part < parts:
        feature = part_feature[part]
        # each feature starts from the corner of the tile; within it every point is a step from the one before
        cursor[0], cursor[1] = corner[0], corner[1]
        length = 0
        while part < parts and part_feature[part] == feature:
            box = bounds[part]
            if box[0] <= window[2] and box[2] >= window[0] and box[1] <= window[3] and box[3] >= window[1]:
                first, last = part_first[part], part_first[part + 1]
                if kind == POINT:
                    geometry, length = _put_points(
                        xy, ring_first[first], ring_first[last], window, cursor, geometry, length
                    )
                else:
                    geometry, length = _put_part(
                        kind, xy, ring_first, first, last, box, window, cursor, geometry, length
                    )
            part += 1
        if length == 0:
            continue
        tagged = 0
        for field in range(codes.shape[1]):
            code = codes[feature, field]
            if code < 0:
                continue
            if local[code] < 0:
                if n_listed == len(listed):
                    longer = np.empty(2 * n_listed, np.int64)
                    longer[:n_listed] = listed
                    listed = longer
                local[code], listed[n_listed] = n_listed, code
                n_listed += 1
                length_listed += value_first[code + 1] - value_first[code]
            tagged = _put(tags, tagged, field)
            tagged = _put(tags, tagged, local[code])
        out, used = _put_feature(out, used, feature, kind, tags, tagged, geometry, length)
        features += 1
    values, at = np.empty(length_listed + (1 + _LONGEST) * n_listed, np.uint8), 0
    for number in range(n_listed):
        first, last = value_first[listed[number]], value_first[listed[number] + 1]
        values[at] = 4 << 3 | 2
        at = _put(values, at + 1, last - first)
        values[at : at + last - first] = value_bytes[first:last]
        at += last - first
    return out[:used], values[:at], features


@compiled
def _put_feature(
    out: Bytes, used: int, feature: int, kind: int, tags: Bytes, tagged: int, geometry: Bytes, length: int
) -> tuple[Bytes, int]:
    """Write a feature message: its number, tags, type and geometry."""
    out = _with_room(out, used, tagged + length + 8 * _LONGEST)
    # a message begins with its length, so the short parts are written apart first: number and tags' head, then type
    start = np.empty(6 * _LONGEST, np.uint8)
    start[0] = 1 << 3
    at = _put(start, 1, feature)
    if tagged:
        start[at] = 2 << 3 | 2
        at = _put(start, at + 1, tagged)
    behind_tags = np.empty(3 * _LONGEST, np.uint8)
    behind_tags[0], behind_tags[1], behind_tags[2] = 3 << 3, kind, 4 << 3 | 2
    rest = _put(behind_tags, 3, length)
    out[used] = 2 << 3 | 2
    used = _put(out, used + 1, at + tagged + rest + length)
    out[used : used + at] = start[:at]
    used += at
    out[used : used + tagged] = tags[:tagged]
    used += tagged
    out[used : used + rest] = behind_tags[:rest]
    used += rest
    out[used : used + length] = geometry[:length]
    return out, used + length
