"""Users in the store: invited by a link that is used up once, never left without an admin; keys as machines."""

from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from contextlib import closing

import pytest
import store_kit
from sqlalchemy import select

from api.base.access import Audience
from api.base.keys import create_key, hash_key, replace_key
from api.base.roles import Role
from api.base.users import invite, new_link, parse_scope
from geo.boundaries.regions import Boundaries
from geo.core.errors import InputError, NotFoundError, ParameterError
from geo.store import Scope, Store, User, tables
from geo.store.database import Database

NOON = dt.datetime(2026, 1, 1, 12, 30, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
MOPTI = Scope(("ML05",), ("ong-x",))


@pytest.fixture(params=store_kit.KINDS)
def url(request: pytest.FixtureRequest) -> Iterator[str]:
    with store_kit.fresh_url(request.param, request) as fresh:
        yield fresh


@pytest.fixture
def store(url: str) -> Iterator[Store]:
    with Store.open(url, seed=False) as opened:
        yield opened


def signed_up(store: Store, name: str, role: Role = Role.READER) -> User:
    """Return a user who has set a password."""
    _, token = invite(store, name, NOON, role=role)
    return store.users.accept(hash_key(token), f"hash of {name}", NOON)


# Invitations


def test_who_is_invited_signs_in_only_once_the_link_was_used(store: Store) -> None:
    user, token = invite(store, " Awa.Ba ", NOON, role=Role.REPORTER, shown="Awa Bâ", organisation="OCHA", scope=MOPTI)
    assert (user.name, user.shown, user.organisation, user.role) == ("awa.ba", "Awa Bâ", "OCHA", "reporter")
    assert (user.audience, user.scope, user.lang, user.created) == ("partner", MOPTI, "fr", NOON)
    assert not user.may_sign_in
    assert store.users.invited(hash_key(token), NOON) == user
    assert store.users.invited(hash_key(token), NOON) == user, "to look uses nothing up"
    accepted = store.users.accept(hash_key(token), "encoded", NOON)
    assert accepted.may_sign_in
    assert accepted.password == "encoded"
    assert store.users.named("AWA.BA") == accepted
    assert store.users.links(NOON) == {}
    with pytest.raises(NotFoundError, match="used already"):
        store.users.accept(hash_key(token), "another", NOON)
    assert store.users.named("awa.ba") == accepted


def test_a_link_lasts_seven_days(store: Store) -> None:
    user, token = invite(store, "awa", NOON, role=Role.READER)
    end = NOON + 7 * DAY
    assert store.users.invited(hash_key(token), end - dt.timedelta(seconds=1)) == user
    assert store.users.links(end - dt.timedelta(seconds=1)) == {user.id: end}
    assert store.users.invited(hash_key(token), end) is None
    assert store.users.links(end) == {}
    with pytest.raises(NotFoundError):
        store.users.accept(hash_key(token), "encoded", end)


def test_the_store_keeps_the_hash_of_a_token_alone(store: Store, url: str) -> None:
    _, token = invite(store, "awa", NOON, role=Role.READER)
    with closing(Database(url)) as database, database.read() as connection:
        rows = [tuple(row) for row in connection.execute(select(tables.invitations))]
    assert [row[1] for row in rows] == [hash_key(token)]
    assert token not in str(rows)


def test_a_new_link_ends_the_one_before_and_once_used_all_sessions(store: Store) -> None:
    user = signed_up(store, "awa")
    store.sessions.begin("aa", user, NOON)
    _, first = new_link(store, user.id, NOON)
    _, second = new_link(store, user.id, NOON)
    assert store.users.invited(hash_key(first), NOON) is None
    assert store.users.get(user.id).password == "hash of awa", "until the link is used"
    assert store.sessions.find("aa", NOON) is not None
    store.users.accept(hash_key(second), "new", NOON)
    assert store.users.get(user.id).password == "new"
    assert store.sessions.find("aa", NOON) is None


def test_of_two_who_use_a_link_at_once_one_does(store: Store) -> None:
    user, token = invite(store, "awa", NOON, role=Role.READER)
    done, refused, together = [], [], threading.Barrier(2)

    def use(password: str) -> None:
        together.wait()
        try:
            done.append(store.users.accept(hash_key(token), password, NOON).password)
        except NotFoundError:
            refused.append(password)

    both = [threading.Thread(target=use, args=(password,)) for password in ("one", "two")]
    for each in both:
        each.start()
    for each in both:
        each.join()
    assert len(done) == len(refused) == 1
    assert store.users.get(user.id).password == done[0]


@pytest.mark.parametrize("name", ["", "a", "a b", "a\nb", "a" * 65, "<b>", "a\u202eb", "\x00\x00"])
def test_a_name_is_one_that_can_be_typed(store: Store, name: str) -> None:
    with pytest.raises(ParameterError, match="2 to 64 letters"):
        invite(store, name, NOON, role=Role.READER)
    assert store.users.list() == ()


def test_a_name_is_one_persons_however_it_is_written(store: Store) -> None:
    invite(store, "Aïssata", NOON, role=Role.READER)
    for name in ("aïssata", "AÏSSATA", "ai\u0308ssata", "ａïssata"):
        with pytest.raises(ParameterError, match="already"):
            invite(store, name, NOON, role=Role.READER)
    assert [(user.name, user.shown) for user in store.users.list()] == [("aïssata", "Aïssata")]


# The last admin


def test_the_last_admin_who_can_sign_in_is_not_taken_away(store: Store) -> None:
    awa = signed_up(store, "awa", Role.ADMIN)
    invite(store, "binta", NOON, role=Role.ADMIN)  # has set no password yet
    for take_away in (
        lambda: store.users.disable(awa.id, NOON),
        lambda: store.users.change(awa.id, role="manager"),
        lambda: store.users.change(awa.id, role="reader", audience="partner"),
    ):
        with pytest.raises(InputError, match="the last admin"):
            take_away()
    assert store.users.get(awa.id) == awa
    coumba = signed_up(store, "coumba", Role.ADMIN)
    assert store.users.change(awa.id, role="manager").role == "manager"
    with pytest.raises(InputError, match="the last admin"):
        store.users.disable(coumba.id, NOON)


def test_two_admins_do_not_take_each_other_away(store: Store) -> None:
    both = [signed_up(store, name, Role.ADMIN) for name in ("awa", "binta")]
    together, refused = threading.Barrier(2), []

    def disable(user: User) -> None:
        together.wait()
        try:
            store.users.disable(user.id, NOON)
        except InputError:
            refused.append(user.name)

    threads = [threading.Thread(target=disable, args=(user,)) for user in both]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert len(refused) == 1
    assert [user.name for user in store.users.list() if user.may_sign_in] == refused


def test_an_admin_is_bounded_to_nothing(store: Store) -> None:
    with pytest.raises(ParameterError, match="bounded"):
        invite(store, "awa", NOON, role=Role.ADMIN, scope=MOPTI)
    with pytest.raises(ParameterError, match="audience admin"):
        invite(store, "awa", NOON, role=Role.ADMIN, audience=Audience.PARTNER)
    binta = invite(store, "binta", NOON, role=Role.REPORTER, scope=MOPTI)[0]
    with pytest.raises(ParameterError, match="bounded"):
        store.users.change(binta.id, role="admin")
    assert store.users.change(binta.id, role="admin", scope=Scope()).scope == Scope()


# Disabled


def test_who_is_disabled_is_out_everywhere_until_enabled(store: Store) -> None:
    user = signed_up(store, "awa")
    _, token = new_link(store, user.id, NOON)
    store.sessions.begin("aa", user, NOON)
    assert store.users.disable(user.id, NOON).disabled == NOON
    assert store.users.disable(user.id, NOON + DAY).disabled == NOON
    assert store.sessions.find("aa", NOON) is None
    assert store.users.invited(hash_key(token), NOON) is None
    with pytest.raises(InputError, match="disabled"):
        new_link(store, user.id, NOON)
    assert store.users.enable(user.id) == user
    assert store.sessions.find("aa", NOON) is None


# Sessions


def test_sessions_of_a_user_are_listed_and_ended(store: Store) -> None:
    awa, binta = signed_up(store, "awa"), signed_up(store, "binta")
    for number, user in enumerate((awa, awa, awa, binta)):
        store.sessions.begin(f"{number}" * 64, user, NOON + number * dt.timedelta(hours=1))
    later = NOON + dt.timedelta(hours=3)
    listed = store.sessions.of(awa.id, later)
    assert [login.name for login in listed] == ["2" * 12, "1" * 12, "0" * 12]
    assert store.sessions.of(awa.id, NOON + dt.timedelta(hours=13))[-1].name == "2" * 12, "the others are over"
    for nobodys in ("", "1", "3" * 12, "%" * 12, "_" * 12, "1" * 64):
        assert store.sessions.end_of(awa.id, name=nobodys) == 0
    assert store.sessions.end_of(awa.id, name="1" * 12) == 1
    assert store.sessions.end_of(awa.id, but="2" * 64) == 1
    assert [login.name for login in store.sessions.of(awa.id, later)] == ["2" * 12]
    assert len(store.sessions.of(binta.id, later)) == 1
    assert store.sessions.end_of(awa.id) == 1
    assert store.sessions.find("2" * 64, later) is None


def test_another_password_ends_all_sessions_but_the_one_it_is_set_in(store: Store) -> None:
    user = signed_up(store, "awa")
    _, token = new_link(store, user.id, NOON)
    for hash in ("aa", "bb"):
        store.sessions.begin(hash, user, NOON)
    store.users.set_password(user.id, "new", but="aa")
    assert store.sessions.find("aa", NOON) is not None
    assert store.sessions.find("bb", NOON) is None
    assert store.users.invited(hash_key(token), NOON) is None


def test_a_session_has_the_user_as_they_are_now(store: Store) -> None:
    user = signed_up(store, "awa")
    store.sessions.begin("aa", user, NOON)
    store.users.change(user.id, role="verifier", audience="analyst", scope=MOPTI)
    session = store.sessions.find("aa", NOON)
    assert session is not None
    assert session.holder == store.users.get(user.id)
    assert session.holder.role == "verifier"


# Scopes


def test_a_scope_holds_what_is_in_its_places_and_of_its_sources() -> None:
    assert Scope().covers((), "any")
    assert MOPTI.covers({"ML05", "ML0501"}, "ong-x")
    assert not MOPTI.covers({"ML05"}, "acled")
    assert not MOPTI.covers({"ML06", "ML0601"}, "ong-x")
    assert not MOPTI.covers((), "ong-x"), "a record in no known unit is in nobody's places"
    assert Scope(sources=("ong-x",)).covers((), "ong-x")


def test_places_of_a_scope_are_codes_of_regions_or_cercles() -> None:
    boundaries = Boundaries.shipped()
    levels = ("region", "cercle", "commune")
    region, cercle, commune = (boundaries.units(level, "2015")["pcode"].iloc[0] for level in levels)
    scope = parse_scope([cercle, f" {region} ", region, ""], ["ong-x", " "], boundaries)
    assert scope == Scope(tuple(sorted((region, cercle))), ("ong-x",))
    for wrong in (commune, "Mopti", region.lower(), "ML99"):
        with pytest.raises(ParameterError, match=r"No region or cercle has the code"):
            parse_scope([wrong], [], boundaries)
    with pytest.raises(ParameterError, match="no source"):
        parse_scope([], ["a\nb"], boundaries)


# Keys as machines


def test_a_key_carries_role_scope_and_expiry(store: Store) -> None:
    key = create_key(store, Audience.PARTNER, label="ODK", role=Role.REPORTER, scope=MOPTI, expires=NOON + 30 * DAY)
    found = store.keys.find(hash_key(key), NOON)
    assert found is not None
    assert (found.role, found.scope, found.expires, found.used) == ("reporter", MOPTI, NOON + 30 * DAY, None)
    assert store.keys.find(hash_key(key), NOON + 30 * DAY - dt.timedelta(seconds=1)) is not None
    assert store.keys.find(hash_key(key), NOON + 30 * DAY) is None


def test_a_session_ends_when_its_key_expires(store: Store) -> None:
    key = create_key(store, Audience.PARTNER, label="", expires=NOON + dt.timedelta(hours=1))
    holder = store.keys.find(hash_key(key), NOON)
    assert holder is not None
    store.sessions.begin("aa", holder, NOON)
    assert store.sessions.find("aa", NOON + dt.timedelta(minutes=59)) is not None
    assert store.sessions.find("aa", NOON + dt.timedelta(hours=1)) is None


def test_use_is_noted_to_the_hour(store: Store) -> None:
    number = store.keys.add("aa", "partner", "")
    store.keys.touch(number, NOON + dt.timedelta(minutes=29))
    assert store.keys.list()[0].used == dt.datetime(2026, 1, 1, 12, tzinfo=dt.UTC)


def test_a_key_is_replaced_without_a_gap(store: Store) -> None:
    old = create_key(store, Audience.ANALYST, label="KoBo", role=Role.REPORTER, scope=MOPTI)
    new, kept = replace_key(store, 1, keep=7 * DAY, at=NOON)
    assert (kept.audience, kept.label, kept.role, kept.scope) == ("analyst", "KoBo", "reporter", MOPTI)
    assert kept.expires is None
    both = [store.keys.find(hash_key(each), NOON + 7 * DAY - dt.timedelta(seconds=1)) for each in (old, new)]
    assert None not in both
    assert store.keys.find(hash_key(old), NOON + 7 * DAY) is None
    assert store.keys.find(hash_key(new), NOON + 700 * DAY) is not None
    with pytest.raises(InputError, match="opens nothing"):
        replace_key(store, 1, keep=DAY, at=NOON + 7 * DAY)
    with pytest.raises(NotFoundError):
        replace_key(store, 9, keep=DAY, at=NOON)


def test_a_key_that_is_replaced_lives_no_longer_than_it_would_have(store: Store) -> None:
    start = dt.datetime.now(dt.UTC)
    create_key(store, Audience.ANALYST, label="", expires=start + 30 * DAY)
    old = store.keys.list()[0]
    _, kept = replace_key(store, 1, keep=7 * DAY, at=start + 28 * DAY)
    assert store.keys.list()[0].expires == old.expires
    assert old.expires is not None
    assert kept.expires == start + 28 * DAY + (old.expires - old.created), "as long from now as the old one lasted"


def test_of_many_who_import_the_first_real_data_at_once_one_gets_the_admin_key(store: Store) -> None:
    given, together = [], threading.Barrier(4)

    def close(number: int) -> None:
        together.wait()
        given.append(store.keys.add_first(f"h{number}", "admin", "", role="admin"))

    threads = [threading.Thread(target=close, args=(number,)) for number in range(4)]
    for each in threads:
        each.start()
    for each in threads:
        each.join()
    assert sorted(given, key=str) == [1, None, None, None]
