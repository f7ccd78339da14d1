"""Names and P-codes: found by any spelling, refused where they are unclear or contradict each other."""

import pytest

from geo.boundaries.regions import Boundaries
from geo.core.errors import AmbiguousNameError, CodeMismatchError, ParameterError, UnknownNameError


@pytest.fixture(scope="module")
def boundaries() -> Boundaries:
    return Boundaries.shipped()


@pytest.mark.parametrize(
    ("name", "level", "unit_id"),
    [
        ("Timbuktu", "cercle", "cercle-tombouctou"),
        ("Timbuktu", "region", "region-2016-tombouctou"),
        ("cercle de Tombouctou", None, "cercle-tombouctou"),
        ("Cercle de Tombouctou", "cercle", "cercle-tombouctou"),
        ("TOMBOUCTOU", "cercle", "cercle-tombouctou"),
        ("Koulikouro", "region", "region-2016-koulikoro"),
        ("région de Koulikoro", None, "region-2016-koulikoro"),
        ("Niafunke", None, "cercle-niafunke"),
        ("Niafunké", None, "cercle-niafunke"),
        ("  gourma   rharous ", None, "cercle-gourma-rharous"),
        ("Rharous", "cercle", "cercle-gourma-rharous"),
        ("GOURMA_RHAROUS", None, "cercle-gourma-rharous"),
        ("tinessako", "cercle", "cercle-tin-essako"),
        ("Gao region", None, "region-2016-gao"),
        ("Mopti Cercle", None, "cercle-mopti"),
        ("District de Bamako", None, "region-2016-bamako"),
        ("Cercle d'Ansongo", None, "cercle-ansongo"),
        ("Cercle d’Abeïbara", None, "cercle-abeibara"),
        ("Taoudenni", None, "region-2016-taoudenit"),
        ("Jenne", "cercle", "cercle-djenne"),
        ("Bandiagara", "commune", "commune-ml050201"),
        ("Commune I", None, "commune-ml090101"),
        ("ML050601", None, "commune-ml050601"),
    ],
)
def test_any_spelling_finds_the_unit(boundaries: Boundaries, name: str, level: str | None, unit_id: str) -> None:
    assert boundaries.resolve(name, level=level).unit_id == unit_id


@pytest.mark.parametrize(
    ("name", "vintage", "levels"),
    [
        ("Gao", "2016", ("region", "cercle", "commune")),
        ("Timbuktu", "2016", ("region", "cercle", "commune")),
        ("Douentza", "2016", ("cercle", "commune")),
        ("Douentza", "2023", ("region", "commune")),
    ],
)
def test_a_name_of_several_levels_needs_one(
    boundaries: Boundaries, name: str, vintage: str, levels: tuple[str, ...]
) -> None:
    with pytest.raises(AmbiguousNameError, match="say which level") as caught:
        boundaries.resolve(name, vintage=vintage)
    assert caught.value.candidates == levels
    for level in levels:
        assert boundaries.resolve(name, level=level, vintage=vintage).level == level
    assert tuple(unit.level for unit in boundaries.matches(name, vintage=vintage)) == levels


def test_communes_of_one_name_need_their_cercle(boundaries: Boundaries) -> None:
    with pytest.raises(AmbiguousNameError, match="say within which") as caught:
        boundaries.resolve("Dogofry")
    assert set(caught.value.candidates) == {"Nara", "Niono"}
    assert boundaries.resolve("Dogofry", within="Niono").parent_id == "cercle-niono"
    assert boundaries.resolve("Dogofry", within="région de Ségou").parent_id == "cercle-niono"


def test_every_unit_is_found_by_its_own_name_and_place(boundaries: Boundaries) -> None:
    for vintage in boundaries.vintages():
        for level in boundaries.levels(vintage):
            table = boundaries.units(level, vintage)
            for unit_id, name, parent in table[["name", "parent_id"]].itertuples(name=None):
                found = {unit.unit_id: unit for unit in boundaries.matches(name, level=level, vintage=vintage)}
                assert found[unit_id].parent_id == (parent if isinstance(parent, str) else None)


@pytest.mark.parametrize(
    ("name", "first"),
    [("Tombuktoo", "Tombouctou"), ("Mopty", "Mopti"), ("cercle de Kidall", "Kidal"), ("Bandiagarra", "Bandiagara")],
)
def test_an_unknown_name_brings_the_three_nearest(boundaries: Boundaries, name: str, first: str) -> None:
    with pytest.raises(UnknownNameError) as caught:
        boundaries.resolve(name)
    assert len(set(caught.value.candidates)) == 3
    assert caught.value.candidates[0] == first
    assert all(candidate in str(caught.value) for candidate in caught.value.candidates)


def test_nearest_spellings_are_of_the_level_asked_for(boundaries: Boundaries) -> None:
    with pytest.raises(UnknownNameError) as caught:
        boundaries.resolve("Segoo", level="region", vintage="2015")
    assert caught.value.candidates[0] == "Ségou"
    assert set(caught.value.candidates) <= set(boundaries.units("region", "2015")["name"])


def test_a_known_name_asked_for_elsewhere_says_where_it_is(boundaries: Boundaries) -> None:
    with pytest.raises(UnknownNameError, match=r"Niafunké \(cercle, Tombouctou\)"):
        boundaries.resolve("Niafunké", level="region")
    with pytest.raises(UnknownNameError, match=r"Dogofry \(commune, Nara\), Dogofry \(commune, Niono\)"):
        boundaries.resolve("Dogofry", within="Gao")
    with pytest.raises(UnknownNameError, match="Nionno") as caught:
        boundaries.resolve("Dogofry", within="Nionno")
    assert caught.value.candidates[0] == "Niono"


def test_a_name_that_says_another_level_is_refused(boundaries: Boundaries) -> None:
    with pytest.raises(ParameterError) as caught:
        boundaries.resolve("région de Mopti", level="cercle")
    assert caught.value.parameter == "level"


def test_hostile_text_stays_one_short_line(boundaries: Boundaries) -> None:
    with pytest.raises(UnknownNameError) as caught:
        boundaries.resolve("x\n" * 100_000 + "<script>")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


def test_a_code_names_its_set(boundaries: Boundaries) -> None:
    assert boundaries.resolve_code("ML0703", pcode_set="ocha2020").name == "Gao"
    assert boundaries.resolve_code("ml0703 ", pcode_set="cod2015").name == "Bourem"
    assert boundaries.resolve_code("ML0703", pcode_set="ocha2020", name="GAO").name == "Gao"
    with pytest.raises(AmbiguousNameError, match="name the code set") as caught:
        boundaries.resolve("ML0703")
    assert set(caught.value.candidates) == {"ocha2020: Gao", "cod2015: Bourem"}
    # A code that both sets give to one cercle needs no set.
    assert boundaries.resolve("ML0901").name == "Bamako"


@pytest.mark.parametrize("vintage", ["2015", "2016"])
@pytest.mark.parametrize(
    ("pcode", "pcode_set", "name", "owner", "right"),
    [
        ("ML0703", "cod2015", "Gao", "Bourem", "ML0703 (ocha2020)"),
        ("ML0703", "ocha2020", "Bourem", "Gao", "ML0703 (cod2015)"),
        ("ML0501", "ocha2020", "Mopti", "Bandiagara", "ML0506 (ocha2020)"),
    ],
)
def test_a_code_that_contradicts_its_name_is_refused_naming_both(
    boundaries: Boundaries, vintage: str, pcode: str, pcode_set: str, name: str, owner: str, right: str
) -> None:
    with pytest.raises(CodeMismatchError) as caught:
        boundaries.resolve_code(pcode, pcode_set=pcode_set, name=name, vintage=vintage)
    for part in (pcode, pcode_set, name, owner, right):
        assert part in str(caught.value)


def test_unknown_codes_and_sets_are_named(boundaries: Boundaries) -> None:
    with pytest.raises(ParameterError) as caught:
        boundaries.resolve_code("ML0703", pcode_set="pcodes")
    assert caught.value.parameter == "pcode_set"
    with pytest.raises(UnknownNameError, match="ML0799") as unknown:
        boundaries.resolve_code("ML0799", pcode_set="ocha2020")
    assert len(unknown.value.candidates) == 3


def test_cercles_of_2023_are_explained_here_too(boundaries: Boundaries) -> None:
    with pytest.raises(ParameterError, match="159 cercles"):
        boundaries.resolve("Mopti", level="cercle", vintage="2023")
    with pytest.raises(ParameterError, match="159 cercles"):
        boundaries.resolve("cercle de Mopti", vintage="2023")
