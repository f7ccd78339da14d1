"""What holds of boundaries and names whatever is asked."""

import geopandas as gpd
import numpy as np
import shapely
from hypothesis import given, settings
from hypothesis import strategies as st

from geo.boundaries.places import Gazetteer
from geo.boundaries.regions import LEVELS, Boundaries, Unit
from geo.core.errors import AmbiguousNameError, ParameterError, PlaceNameError, UnknownNameError
from geo.core.names import fold, nearest

TEXT = st.text(max_size=200) | st.from_regex(r"(cercle|région|commune) (de |d')?\w+", fullmatch=True)
CODES = st.from_regex(r"[Mm][Ll]\d{2,8}", fullmatch=True)
VINTAGES = st.sampled_from(["2015", "2016", "2023"])


def cercle_names() -> list[str]:
    return sorted(Boundaries.shipped().units("cercle", "2016")["name"])


@given(name=TEXT | CODES, level=st.none() | st.sampled_from(LEVELS), vintage=VINTAGES)
def test_any_text_gives_a_unit_or_the_right_error(name: str, level: str | None, vintage: str) -> None:
    try:
        unit = Boundaries.shipped().resolve(name, level=level, vintage=vintage)
    except (PlaceNameError, ParameterError) as error:
        refusal = error
    else:
        assert isinstance(unit, Unit)
        assert level in (None, unit.level)
        assert unit.vintage == vintage
        return
    # A name that is unknown brings three spellings; one that is known elsewhere says where.
    fewest = {UnknownNameError: 3 if not Boundaries.shipped().matches(name) else 1, AmbiguousNameError: 2}
    assert len(getattr(refusal, "candidates", ())) >= fewest.get(type(refusal), 0)


@given(pcode=TEXT | CODES, pcode_set=st.sampled_from(["cod2015", "ocha2020"]), name=st.none() | TEXT)
def test_any_code_gives_a_unit_or_the_right_error(pcode: str, pcode_set: str, name: str | None) -> None:
    try:
        unit = Boundaries.shipped().resolve_code(pcode, pcode_set=pcode_set, name=name)
    except PlaceNameError:
        return
    assert name is None or unit in Boundaries.shipped().matches(name)


@given(data=st.data(), name=st.deferred(lambda: st.sampled_from(cercle_names())))
def test_case_accents_and_separators_do_not_matter(data: st.DataObject, name: str) -> None:
    letters = [data.draw(st.sampled_from([letter.upper(), letter.lower()])) for letter in name]
    written = "".join(letters).replace("-", data.draw(st.sampled_from(["-", " ", "_", "", " - "])))
    plain = "".join(c for c in written.replace("é", "e").replace("ï", "i").replace("É", "E").replace("Ï", "I"))
    for spelling in (written, plain, f"  cercle de {plain} "):
        assert Boundaries.shipped().resolve(spelling, level="cercle").name == name


@given(name=st.text(max_size=300), known=st.lists(st.text(min_size=1, max_size=20), unique_by=fold, min_size=3))
def test_nearest_names_are_known_and_distinct(name: str, known: list[str]) -> None:
    found = nearest(name, known)
    assert len(found) == len(set(found)) == 3
    assert set(found) <= set(known)


@given(text=st.text(max_size=300), limit=st.integers(min_value=-1, max_value=20))
def test_a_search_for_any_text_gives_places(text: str, limit: int) -> None:
    found = Gazetteer.shipped().search(text, limit=limit)
    assert len(found) == len(set(found)) <= max(limit, 0)


@given(seed=st.integers(min_value=0, max_value=2**32 - 1))
@settings(max_examples=20)
def test_a_point_in_the_country_lies_in_one_unit_of_each_level(seed: int) -> None:
    boundaries = Boundaries.shipped()
    country = boundaries.country()
    west, south, east, north = country.bounds
    rng = np.random.default_rng(seed)
    points = shapely.points(rng.uniform((west, south), (east, north), (200, 2)))
    inside = points[shapely.contains(country, points)]
    for level, vintage in (("commune", "2016"), ("cercle", "2016"), ("region", "2023")):
        tree = shapely.STRtree(boundaries.units(level, vintage).geometry.to_numpy())
        hits = np.bincount(tree.query(inside, predicate="intersects")[0], minlength=len(inside))
        assert (hits == 1).all()


@given(tolerance_m=st.floats(min_value=1, max_value=20_000))
@settings(max_examples=15)
def test_a_simplified_coverage_is_a_coverage(tolerance_m: float) -> None:
    # A tolerance as big as the units themselves: they may get coarse, never overlap or fall apart.
    table: gpd.GeoDataFrame = Boundaries.shipped().simplified("cercle", "2016", tolerance_m)
    polygons = table.geometry.to_numpy()
    assert shapely.coverage_is_valid(polygons)
    assert not shapely.is_empty(polygons).any()
    assert table.index.equals(Boundaries.shipped().units("cercle", "2016").index)
