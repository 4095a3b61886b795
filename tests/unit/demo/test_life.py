"""What happens in the demo nation: plausible rates, every state, and nothing the operations would have refused."""

import statistics
from collections import Counter, defaultdict
from collections.abc import Iterator
from itertools import pairwise
from typing import Any

import pytest

from registry.accounts.model import Actor
from registry.demo import happenings as did
from registry.demo.chronicle import Chronicle, Page, Row
from registry.demo.courses import Course
from registry.demo.life import draw_life
from registry.demo.moments import LAST_DAY, LAST_MOMENT
from registry.demo.nation import DemoProject, make_nation, make_project
from registry.demo.offices import Offices
from registry.demo.people import BANKS
from registry.demo.places import cities
from registry.demo.recording import tell
from registry.projects.lifecycle.deadlines import china_date, validity
from registry.projects.lifecycle.states import REVIEW_ACTS, STATES, TABLE, transition
from registry.projects.operations import document_text

COUNT, SEED = 2000, 20261121


def _seats() -> Offices:
    """Offices as they are in a registry, without one."""
    ids = iter(range(1, 10_000))
    desks = {}
    for city in cities():
        organisation = next(ids)
        for desk in ("city", "clerk"):
            desks[city.code, desk] = Actor(next(ids), organisation, "city", city.code, desk)
    for code in {f"{city.code[:2]}0000" for city in cities()}:
        organisation = next(ids)
        for desk in ("province", "province2"):
            desks[code, desk] = Actor(next(ids), organisation, "province", code, desk)
    organisation = next(ids)
    for desk in ("ministry", "ministry2"):
        desks["", desk] = Actor(next(ids), organisation, "ministry", None, desk)
    for bank in BANKS:
        desks["", bank] = Actor(next(ids), next(ids), "bank", None, bank)
    return Offices(desks, {code[:2]: (actor.organisation_id or 0,) for (code, _), actor in desks.items()})


def _told(project: DemoProject, offices: Offices, *, page: Page | None = None) -> Chronicle:
    def find(number: int) -> tuple[str, Row]:
        return f"ML-{number:07d}", Row(LAST_MOMENT, {})

    code, row = find(project.number)
    story = Chronicle(page or Page(), offices, code, project.city_code, row, find)
    for happening in draw_life(SEED, project):
        tell(story, happening)
    return story


@pytest.fixture(scope="module")
def nation() -> list[tuple[DemoProject, Chronicle]]:
    offices = _seats()
    return [(project, _told(project, offices)) for project in make_nation(COUNT, SEED)]


def _rows(nation: list[tuple[DemoProject, Chronicle]], table: str) -> Iterator[dict[str, Any]]:
    return (row.values for _, story in nation for row in story.page.rows.get(table, ()))


@pytest.mark.slow
class TestANationOf2000:
    def test_has_applications_in_every_state_at_every_library(self, nation: Any) -> None:
        found = Counter((row["library"], row["state"]) for row in _rows(nation, "application"))
        libraries = {library for library, _ in found}
        assert libraries == {"central-eco-fund", "eco-finance-support", "climate-investment"}
        assert {state for _, state in found} == set(STATES)
        assert all({state for name, state in found if name == library} == set(STATES) for library in libraries)

    def test_takes_every_row_of_the_table_of_states(self, nation: Any) -> None:
        events = _rows(nation, "application_event")
        taken = {(row["from_state"], row["action"]) for row in events if row["action"] != "note"}
        known = {(row.state, row.action) for row in TABLE}
        assert taken <= known
        # Rare ones, such as withdrawing while the ministry reads, need not occur.
        assert known - taken <= {("recommended", "withdraw")}

    def test_follows_the_table_from_event_to_event(self, nation: Any) -> None:
        replayed = 0
        for _, story in nation:
            events = defaultdict(list)
            for row in sorted(story.page.rows.get("application_event", ()), key=lambda row: row.at):
                events[id(row.parents["application_id"])].append(row.values)
            for entry in story.page.rows.get("application", ()):
                replayed += 1
                _replay(entry.values, events[id(entry)])
        assert replayed > COUNT / 2

    def test_lets_nobody_review_what_they_entered_or_what_was_assigned_to_another(self, nation: Any) -> None:
        checked = 0
        for project, story in nation:
            authors = {save.author_id for save in story.saves}
            office = {story.offices.at(project.city_code, desk).user_id for desk in ("city", "clerk")}
            assigned = {
                (id(row.parents["application_id"]), row.values["level"]): (row.at, row.values["reviewer_id"])
                for row in story.page.rows.get("review_assignment", ())
            }
            level_of = {actor.user_id: actor.group for actor in story.offices.desks.values()}
            for row in story.page.rows.get("application_event", ()):
                move = transition(row.values["from_state"], row.values["action"])
                if move is None or move.act not in REVIEW_ACTS:
                    continue
                checked += 1
                actor = row.values["actor_id"]
                assert actor not in authors | office
                assert level_of[actor] in move.groups
                since, reviewer = assigned.get((id(row.parents["application_id"]), level_of[actor]), (None, actor))
                assert since is None or since > row.at or reviewer == actor
        assert checked > COUNT / 2

    def test_fails_one_application_in_four_of_those_decided(self, nation: Any) -> None:
        states = Counter(row["state"] for row in _rows(nation, "application"))
        failed = states["declined"] + states["withdrawn"] + states["removed"]
        decided = failed + states["in_library"] + states["implemented"] + states["expired"]
        assert 0.18 < failed / decided < 0.32

    def test_lends_to_a_few_of_a_hundred_climate_projects(self, nation: Any) -> None:
        climate = [
            story
            for _, story in nation
            if any(row.values["library"] == "climate-investment" for row in story.page.rows.get("application", ()))
        ]
        lent = [story for story in climate if any(row.values["is_approved"] for row in _loans(story))]
        # 108 of nearly 2,000 in the pilots.
        assert len(climate) > COUNT / 5
        assert 0.02 < len(lent) / len(climate) < 0.09

    def test_has_entries_about_to_end_and_none_that_ended_unnoticed(self, nation: Any) -> None:
        standing = [row["entered_on"] for row in _rows(nation, "application") if row["state"] == "in_library"]
        ends = Counter(validity(day, as_of=LAST_DAY).status for day in standing)
        assert set(ends) == {"valid", "ending"}
        assert 0.05 < ends["ending"] / len(standing) < 0.25

    def test_fills_every_table_people_work_with(self, nation: Any) -> None:
        tables = Counter(table for _, story in nation for table, rows in story.page.rows.items() for _ in rows)
        wanted = {"department_opinion", "review_assignment", "comment", "uploaded_document", "project_release"}
        wanted |= {"bank_interest", "information_request", "loan_decision", "duplicate_mark", "notice"}
        assert all(tables[name] >= 10 for name in wanted)
        marks = Counter(row["is_same"] for row in _rows(nation, "duplicate_mark"))
        assert marks[True] > marks[False] > 0
        receivers = Counter(row["organisation_id"] is None for row in _rows(nation, "project_release"))
        assert receivers[True] > 50
        opinions = Counter(row["is_favourable"] for row in _rows(nation, "department_opinion"))
        assert set(opinions) == {True, False, None}
        answers = Counter(row["answer"] is None for row in _rows(nation, "information_request"))
        assert set(answers) == {True, False}

    def test_answers_returns_with_changed_dossiers(self, nation: Any) -> None:
        rounds = [row["round"] for row in _rows(nation, "application")]
        assert max(rounds) >= 3
        again = [save for _, story in nation for save in story.saves if "按退回意见补正" in save.reason]
        assert len(again) > 50
        for _, story in nation:
            documents = [save.document for save in story.saves]
            assert all(one != other for one, other in pairwise(documents))

    def test_is_dated_from_2022_to_its_last_day(self, nation: Any) -> None:
        moments = [row.at for _, story in nation for rows in story.page.rows.values() for row in rows]
        assert max(moments) <= LAST_MOMENT
        assert min(moments).year >= 2022
        recent = statistics.mean(moment.year >= 2024 for moment in moments)
        assert recent > 0.9

    def test_says_everywhere_that_it_is_invented(self, nation: Any) -> None:
        assert all("示例数据" in save.reason for _, story in nation for save in story.saves)
        assert all("示例数据" in (story.dossier.source_title or "") for _, story in nation)
        papers = list(_rows(nation, "uploaded_document"))
        assert all("示例" in row["file_name"] for row in papers)
        marked = "示例数据".encode("utf-16-be").hex().upper().encode()
        assert all(marked in content for _, story in nation for _, content in story.page.files.values())

    def test_leaves_few_totals_in_the_wrong_unit(self, nation: Any) -> None:
        wrong = [
            project.number
            for project, story in nation
            if (story.dossier.total_investment or 0) > 50 * project.answers["total_investment"]
        ]
        assert len(wrong) < 5


def _loans(story: Chronicle) -> list[Row]:
    return story.page.rows.get("loan_decision", [])


def _replay(entry: dict[str, Any], events: list[dict[str, Any]]) -> None:
    state, round_, version, entered = "draft", 0, 1, None
    for event in events:
        assert event["from_state"] == state
        if event["action"] == "note":
            assert event["to_state"] == state == "in_library"
            continue
        row = transition(state, event["action"])  # type: ignore[arg-type]
        assert row is not None
        assert event["to_state"] == row.new_state
        assert event["reason"] or "reason" not in row.needs
        assert event["sections"] != "{}" or "sections" not in row.needs
        state, version = row.new_state, version + 1
        round_ += event["action"] in {"submit", "reopen"}
        assert event["round"] == round_
        entered = entered or (china_date(event["at"]) if event["action"] == "admit" else None)
        if event["action"] == "expire":
            assert entered is not None
            assert validity(entered, as_of=china_date(event["at"])).days_left <= 0
    assert (entry["state"], entry["round"], entry["version"], entry["entered_on"]) == (state, round_, version, entered)
    assert entry["is_open"] == any(row.state == state for row in TABLE)
    assert entry["state_since"] == max(
        (event["at"] for event in events if event["action"] != "note"), default=entry["opened_at"]
    )


class TestOneLife:
    @pytest.mark.parametrize("number", [1, 17, 400, 12_345])
    def test_is_the_same_for_the_same_two_numbers(self, number: int) -> None:
        assert draw_life(7, make_project(7, number)) == draw_life(7, make_project(7, number))

    def test_does_not_depend_on_how_many_are_made(self) -> None:
        lives = [draw_life(7, project) for project in make_nation(30, 7)]
        assert [draw_life(7, project) for project in make_nation(20, 7)] == lives[:20]

    def test_differs_from_seed_to_seed(self) -> None:
        assert draw_life(1, make_project(1, 5)) != draw_life(2, make_project(2, 5))

    def test_begins_with_a_save_and_runs_in_order_of_time(self) -> None:
        for project in make_nation(60, 7):
            happenings = draw_life(7, project)
            assert isinstance(happenings[0], did.Save)
            assert [each.at for each in happenings] == sorted(each.at for each in happenings)


class TestACourse:
    def test_knows_the_state_around_each_move(self) -> None:
        days = [LAST_MOMENT.replace(day=day) for day in (2, 4, 6, 10)]
        moves = (("submit", days[1]), ("return", days[2]), ("submit", days[3]))
        course = Course("central-eco-fund", days[0], moves, "submitted")  # type: ignore[arg-type]
        assert [course.state_before(at) for _, at in moves] == ["draft", "submitted", "returned"]
        assert [course.state_after(at) for _, at in moves] == ["submitted", "returned", "submitted"]


class TestADossier:
    def test_knows_a_dossier_by_its_text(self) -> None:
        project = make_project(SEED, 3)
        story = _told(project, _seats())
        assert story.saves[-1].document == document_text(story.dossier)
