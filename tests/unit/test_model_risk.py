import json

import geopandas as gpd
import numpy as np
import pandas as pd
import pytest
import shapely
from model_worlds import clustered_events, square_domain, square_units
from simulated_world import simulate

from geo.core.crs import TO_STORAGE
from geo.core.errors import FileError, ModelError, ParameterError
from geo.incidents.schema import conform
from models.evaluation.evaluate import evaluate, quarter_starts
from models.evaluation.residual import ResidualModel
from models.risk.counts import CountHistory, NegativeBinomialRegressor
from models.risk.domain import Domain
from models.risk.explanation import Explanation
from models.risk.intensity import KernelBank, KernelMixture, origins
from models.risk.kernels import CellKernel
from models.risk.location import day_number, locate_events
from models.risk.model import RiskModel
from models.risk.stored import load_model, save_model


@pytest.fixture(scope="module")
def domain():
    return square_domain()


@pytest.fixture(scope="module")
def events(domain):
    return clustered_events(domain)


@pytest.fixture(scope="module")
def fitted(domain, events):
    return RiskModel().fit(events, domain, t0=1500.0)


def incidents(rows):
    """Incident table from (id, x_m, y_m, date, precision, error_km, unit, source)."""
    lon, lat = TO_STORAGE.transform([r[1] for r in rows], [r[2] for r in rows])
    frame = gpd.GeoDataFrame(
        {
            "source": [r[7] for r in rows],
            "date": pd.to_datetime([r[3] for r in rows]).astype("datetime64[s]"),
            "date_precision": ["day"] * len(rows),
            "location_precision": [r[4] for r in rows],
            "location_error_km": [r[5] for r in rows],
            "location_unit": [r[6] for r in rows],
        },
        index=pd.Index([r[0] for r in rows], name="id"),
        geometry=[None if np.isnan(r[1]) else shapely.Point(a, b) for r, a, b in zip(rows, lon, lat, strict=True)],
        crs=4326,
    )
    return conform(frame)


def test_layers_are_densities_and_shares_cover_each_cell(domain):
    assert {"floor", "population", "settlement", "road"} == set(domain.layers)
    for values in domain.layers.values():
        assert values.sum() == pytest.approx(1)
        assert (values >= 0).all()
    assert np.asarray(domain.share.sum(axis=0)).ravel() == pytest.approx(np.ones(len(domain)))
    assert domain.neighbours.toarray().sum() == 12  # four units that meet in one corner


def test_location_mass_of_each_precision(domain):
    units = square_units()
    lon, lat = TO_STORAGE.transform([5_000, 195_000], [100_000, 100_000])
    roads = gpd.GeoSeries([shapely.linestrings(lon, lat)], index=["R9"], crs=4326)
    nan = float("nan")
    table = incidents(
        [
            ("a", 35_000.0, 45_000.0, "2020-01-01", "exact", 0.1, None, "imsma"),
            ("b", 35_000.0, 45_000.0, "2020-01-02", "within_km", 20.0, None, "acled"),
            ("c", 35_000.0, 45_000.0, "2020-01-03", "within_km", 25.0, None, "ucdp-ged"),
            ("d", nan, nan, "2020-01-04", "road_axis", nan, "R9", "press"),
            ("e", nan, nan, "2020-06-05", "cercle", nan, "unit-00", "press"),
        ]
    )
    located = locate_events(table, domain, units=units, roads=roads)
    mass = located.mass.toarray()
    assert mass.sum(axis=1) == pytest.approx(np.ones(5))
    own = domain.locate([35_000.0], [45_000.0])[0]
    assert mass[0, own] > 0.99
    assert 0.1 < mass[1, own] < 0.4
    assert mass[2, own] == 1  # this source's class is of the file, not of the event
    near_road = np.abs(domain.centres[:, 1] - 100_000) <= 10_000
    assert mass[3, near_road].sum() == pytest.approx(1)
    assert mass[3].max() < 0.1
    inside = domain.share.toarray()[0] > 0
    assert mass[4, inside].sum() == pytest.approx(1)
    # Spread by earlier precise events: most where they were, some everywhere, never all on one cell.
    assert mass[4, own] > 5 * np.median(mass[4, inside])
    assert (mass[4, inside] > 0).all()
    assert located.precise.tolist() == [True, True, True, False, False]


@pytest.mark.parametrize("precision", ["road_axis", "cercle"])
def test_unknown_road_or_unit_is_named(domain, precision):
    row = ("x1", float("nan"), float("nan"), "2020-01-04", precision, float("nan"), "nowhere", "press")
    with pytest.raises(ModelError, match=r"x1.*nowhere"):
        locate_events(incidents([row]), domain, units=square_units())


def test_kernel_matrix_agrees_with_direct_integration():
    kernel = CellKernel((30, 40), 5_000.0, 12_000.0)
    raster = np.zeros((30, 40))
    raster[12, 17] = 1.0
    smooth = kernel.smooth(raster)
    assert smooth.sum() == pytest.approx(1, abs=1e-3)
    rows, columns = np.array([12, 3, 20]), np.array([17, 30, 5])
    assert kernel.at(raster[None], rows, columns)[:, 0] == pytest.approx(smooth[rows, columns])


def test_windows_end_before_the_assessment(events):
    starts = origins(events, 1500.0, 91.0, 30.4)
    assert (starts + 91.0 <= 1500.0).all()
    assert starts.min() >= events.day.min() + 180


def test_mixture_weights_lie_on_the_simplex_and_fields_are_densities(domain, events):
    bank = KernelBank(events, domain)
    mixture = KernelMixture().fit(bank, 1500.0)
    assert mixture.weights_.sum() == pytest.approx(1)
    assert (mixture.weights_ > 0).all()
    assert bank.fields(1500.0).sum(axis=1) == pytest.approx(np.ones(len(bank.terms)))
    # What a window's events see is what the whole field shows in their cells.
    cells = bank.target_cells(1200.0, 91.0)
    relative = (bank.fields(1200.0) / domain.uniform)[:, cells].T
    assert bank.at_targets(1200.0, 91.0) == pytest.approx(relative, rel=1e-6)


def test_clusters_beat_the_floor(fitted, events, domain):
    forecast = fitted.forecast(events)
    near = domain.locate([40_000.0], [50_000.0])[0]
    far = domain.locate([190_000.0], [15_000.0])[0]
    assert forecast.cells[near] > 10 * forecast.cells[far] > 0


def test_auxiliary_events_enter_as_their_own_group(domain, events):
    other = clustered_events(domain, n=120, seed=9)
    model = RiskModel().fit(events, domain, t0=1500.0, auxiliary=other)
    forecast = model.forecast(events, auxiliary=other)
    explained = Explanation(model, forecast, CountHistory(events, domain, auxiliary=other))
    assert explained.without["auxiliary"].share.sum() == pytest.approx(1)
    assert not np.allclose(explained.without["auxiliary"].cells, forecast.cells)
    with pytest.raises(ModelError, match="differ"):
        model.forecast(events)


def test_regions_sum_their_cercles_and_have_their_own_spread(fitted, events, domain):
    history = CountHistory(events, domain)
    groups = np.array([[1.0, 1, 0, 0], [0, 0, 1, 1]])
    grouped = fitted.counts_.predict(history, 1500.0, groups=groups)
    single = fitted.counts_.predict(history, 1500.0)
    assert grouped.mu == pytest.approx(groups @ single.mu)
    assert grouped.alpha != single.alpha


def test_saved_model_forecasts_the_same(fitted, events, domain, tmp_path):
    path = tmp_path / "model.npz"
    save_model(fitted, path)
    again = load_model(path, domain)
    assert again.get_params() == fitted.get_params()
    assert again.forecast(events).cells == pytest.approx(fitted.forecast(events).cells, rel=1e-12)
    with np.load(path, allow_pickle=False) as stored:
        json.loads(bytes(stored["model"]))


def test_saved_model_is_refused_where_it_does_not_fit(fitted, domain, tmp_path):
    path = tmp_path / "model.npz"
    save_model(fitted, path)
    with pytest.raises(FileError, match="another grid"):
        load_model(path, square_domain(cell_m=20_000.0))
    with np.load(path) as stored:
        arrays = {name: stored[name] for name in stored.files}
    described = json.loads(bytes(arrays["model"]))

    def rewritten(changes, **replaced):
        text = np.frombuffer(json.dumps(described | changes).encode(), np.uint8)
        np.savez(tmp_path / "other.npz", **(arrays | {"model": text} | replaced))
        return tmp_path / "other.npz"

    with pytest.raises(FileError, match="another version"):
        load_model(rewritten({"version": 99}), domain)
    with pytest.raises(FileError, match="do not fit"):
        load_model(rewritten({}, weights=arrays["weights"][:-1]), domain)
    with pytest.raises(FileError, match="missing or negative"):
        load_model(rewritten({}, coefficients=-np.ones_like(arrays["coefficients"])), domain)
    (tmp_path / "text.npz").write_text("not a model")
    with pytest.raises(FileError, match="not a saved risk model"):
        load_model(tmp_path / "text.npz", domain)


def test_no_events_and_a_short_record_are_refused(domain, events):
    with pytest.raises(ModelError, match="No incident"):
        RiskModel().fit(events, domain, t0=-5.0)
    with pytest.raises(ModelError, match="too short"):
        RiskModel().fit(events, domain, t0=120.0)


def test_regressor_finds_known_coefficients():
    rng = np.random.default_rng(2)
    X = rng.gamma(2, 1, (6000, 2))
    mean = X @ [0.8, 0.3]
    y = rng.negative_binomial(1 / 0.7, 1 / (1 + 0.7 * mean))
    model = NegativeBinomialRegressor().fit(X, y)
    assert model.coef_ == pytest.approx([0.8, 0.3], abs=0.06)
    assert model.alpha_ == pytest.approx(0.7, abs=0.08)


def test_quarters_do_not_overlap_and_end_in_time():
    starts = quarter_starts(100.0, 2000.0, 91.0, 30.4)
    assert (np.diff(starts) >= 91.0).all()
    assert starts[-1] + 91.0 <= 2000.0


@pytest.mark.slow
def test_evaluation_never_sees_the_future(domain):
    """Scores of the first quarters do not change when the later events are moved."""
    world = simulate(domain, days=2_200, per_day=0.15, seed=4)
    begin, until = 500.0, 2_200.0
    full = evaluate(world.reported, domain, begin=begin, until=until, frozen=0, residual=False, baselines=())
    cut = begin + 91.2 * 8
    early = world.reported.take(world.reported.day < cut + 91.0)
    short = evaluate(early, domain, begin=begin, until=until, frozen=0, residual=False, baselines=())
    same = full.cells.loc["risk", "gain"].to_numpy()[:8]
    assert short.cells.loc["risk", "gain"].to_numpy()[:8] == pytest.approx(same, rel=1e-9)


def test_too_few_quarters_are_refused(domain, events):
    with pytest.raises(ModelError, match="at least 16"):
        evaluate(events, domain, begin=900.0, until=1500.0)


def test_residual_is_a_density(domain, events):
    bank = KernelBank(events, domain)
    mixture = KernelMixture().fit(bank, 1500.0)
    share = ResidualModel(bank).fit(mixture, 1500.0).predict(mixture, 1500.0)
    assert share.sum() == pytest.approx(1)
    assert (share > 0).all()


def test_domain_refuses_units_outside_the_grid(domain):
    units = square_units()
    far = units.set_geometry(units.geometry.translate(30, 0))
    with pytest.raises(ParameterError):
        Domain.build(domain.grid, far)


def test_day_number_counts_from_1970():
    assert day_number(["1970-01-11"]) == pytest.approx([10])
