"""Who sees whose projects along the tree, and what a role or a token's scope adds to it."""

from collections.abc import Iterator
from dataclasses import replace

import pytest
from sqlalchemy import Engine, text
from sqlmodel import Session

from builders import dossier
from conftest import PASSWORD
from registry.accounts.model import Actor, Group, Role
from registry.accounts.operations import add_organisation, add_user, disable_user, managed_user
from registry.accounts.permissions import Act, may, require
from registry.accounts.queries import actor_of, people
from registry.database import writing
from registry.errors import NotAllowed
from registry.projects.operations import create_project, release_project
from registry.projects.queries import list_codes


class Tree:
    """Organisations by name, each with one person."""

    def __init__(self, session: Session) -> None:
        self.session = session
        self.people: dict[str, Actor] = {}

    def grow(self, name: str, group: Group, above: str | None = None, division: str | None = None) -> Actor:
        parent = self.people[above].organisation_id if above else None
        made = add_organisation(self.session, name=name, group=group, parent_id=parent, division_code=division)
        return self.join(name, made.id or 0, "reviewer")

    def join(self, login: str, organisation_id: int, role: Role) -> Actor:
        user = add_user(
            self.session,
            login=login,
            display_name=login,
            password=PASSWORD,
            organisation_id=organisation_id,
            role=role,
        )
        self.people[login] = actor_of(self.session, user)
        return self.people[login]


@pytest.fixture
def tree(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tree]:
    with writing(engine) as session:
        found = Tree(session)
        found.grow("部", "ministry")
        found.grow("省", "province", "部", "330000")
        found.grow("市", "city", "省", "330500")
        found.grow("县", "city", "市", "330522")
        found.grow("邻县", "city", "市", "330523")
        found.grow("邻市", "city", "省", "330400")
        found.grow("总行", "bank")
        found.grow("省分行", "bank", "总行")
        found.grow("支行", "bank", "省分行")
        found.grow("另一省分行", "bank", "总行")
        found.grow("他行", "bank")
        yield found


class TestACity:
    def test_sees_its_own_and_its_counties_projects_and_no_neighbours(self, tree: Tree) -> None:
        codes = {
            name: create_project(tree.session, tree.people[name], dossier(), reason="录入").code
            for name in ("市", "县", "邻县", "邻市")
        }
        seen = {name: set(list_codes(tree.session, tree.people[name])) for name in codes}
        assert seen["市"] == {codes["市"], codes["县"], codes["邻县"]}
        assert seen["县"] == {codes["县"]}
        assert seen["邻县"] == {codes["邻县"]}
        assert seen["邻市"] == {codes["邻市"]}

    def test_is_shown_nothing_more_when_the_tree_is_tied_into_a_ring(self, tree: Tree) -> None:
        create_project(tree.session, tree.people["邻市"], dossier(), reason="录入")
        ring = {"child": tree.people["县"].organisation_id, "city": tree.people["市"].organisation_id}
        tree.session.flush()
        tree.session.execute(text("UPDATE organisation SET parent_id = :child WHERE id = :city"), ring)
        assert list_codes(tree.session, tree.people["市"]) == []


class TestABank:
    @pytest.mark.parametrize(
        ("receiver", "readers"),
        [
            ("总行", {"总行", "省分行", "支行", "另一省分行"}),
            ("省分行", {"总行", "省分行", "支行"}),
            ("支行", {"总行", "省分行", "支行"}),
            ("他行", {"他行"}),
        ],
    )
    def test_sees_what_was_released_along_its_own_line(self, tree: Tree, receiver: str, readers: set[str]) -> None:
        city = tree.people["市"]
        code = create_project(tree.session, city, dossier(), reason="录入").code
        release_project(tree.session, city, code, organisation_id=tree.people[receiver].organisation_id)
        banks = ("总行", "省分行", "支行", "另一省分行", "他行")
        assert {name for name in banks if list_codes(tree.session, tree.people[name]) == [code]} == readers


class TestARole:
    @pytest.mark.parametrize(
        ("role", "allowed"),
        [
            ("clerk", {"edit_projects"}),
            ("reviewer", {"edit_projects", "release_projects"}),
            ("administrator", {"manage_people"}),
        ],
    )
    def test_decides_within_the_organisation(self, tree: Tree, role: Role, allowed: set[str]) -> None:
        actor = replace(tree.people["市"], role=role)
        assert may(actor, "read_projects")
        acts: tuple[Act, ...] = ("edit_projects", "release_projects", "manage_people")
        assert {act for act in acts if may(actor, act)} == allowed

    def test_is_named_in_the_refusal(self, tree: Tree) -> None:
        with pytest.raises(NotAllowed, match="复核"):
            require(replace(tree.people["市"], role="clerk"), "release_projects")
        with pytest.raises(NotAllowed, match="用户组"):
            require(tree.people["总行"], "release_projects")


class TestAScope:
    def test_narrows_a_token_and_never_widens_it(self, tree: Tree) -> None:
        city, everything = tree.people["市"], frozenset({"write", "decide", "audit"})
        reader = replace(city, scopes=frozenset())
        writer = replace(city, scopes=frozenset({"write"}))
        assert (may(reader, "read_projects"), may(reader, "edit_projects")) == (True, False)
        assert (may(writer, "edit_projects"), may(writer, "release_projects")) == (True, False)
        assert not may(replace(city, scopes=everything), "read_audit")  # type: ignore[arg-type]
        assert may(tree.people["部"], "read_audit")
        assert not may(replace(tree.people["部"], scopes=frozenset({"write"})), "read_audit")
        with pytest.raises(NotAllowed, match="令牌"):
            require(writer, "release_projects")


class TestAnAdministrator:
    def test_manages_people_of_the_own_house_and_below_only(self, tree: Tree) -> None:
        city_id = tree.people["市"].organisation_id or 0
        admin = tree.join("市管理员", city_id, "administrator")
        disable_user(tree.session, admin, "县")
        assert not managed_user(tree.session, admin, "县").is_active
        for login in ("省", "邻市", "总行"):
            with pytest.raises(NotAllowed, match="本机构"):
                disable_user(tree.session, admin, login)
        with pytest.raises(NotAllowed):
            disable_user(tree.session, tree.people["市"], "县")
        assert {person.login for person in people(tree.session, below=city_id)} == {"市", "市管理员", "县", "邻县"}
