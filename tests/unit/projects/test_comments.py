from typing import Any

import pytest
from sqlalchemy import Engine

from applications import enter_project
from conftest import People
from registry.accounts.model import PUBLIC
from registry.database import reading, writing
from registry.errors import InvalidInput, NotAllowed, NotFound
from registry.projects.comments.operations import add_comment, settle_comment
from registry.projects.comments.queries import list_comments
from registry.projects.operations import release_project

COMMENT: dict[str, Any] = {
    "section": "investment",
    "field": "total_investment",
    "text": "请附估算表",
    "audience": "both",
}


class TestAComment:
    def test_is_read_by_its_audience_alone(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with writing(engine) as session:
            release_project(session, people.city, code, organisation_id=people.bank.organisation_id)
            add_comment(session, people.city, code, **COMMENT | {"audience": "city", "text": "内部"})
            add_comment(session, people.province, code, **COMMENT | {"audience": "reviewers", "text": "省部之间"})
            add_comment(session, people.ministry, code, **COMMENT)
        with reading(engine) as session:
            seen = {
                name: [each.text for each in list_comments(session, getattr(people, name), code)]
                for name in ("city", "province", "ministry")
            }
            assert seen == {
                "city": ["内部", "请附估算表"],
                "province": ["省部之间", "请附估算表"],
                "ministry": ["省部之间", "请附估算表"],
            }
            for outsider in (people.other_city, PUBLIC):
                with pytest.raises(NotFound):
                    list_comments(session, outsider, code)
            with pytest.raises(NotAllowed):
                list_comments(session, people.bank, code)

    def test_is_not_written_for_the_other_side(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        with pytest.raises(InvalidInput, match="可见范围"), writing(engine) as session:
            add_comment(session, people.city, code, **COMMENT | {"audience": "reviewers"})
        with pytest.raises(NotAllowed), writing(engine) as session:
            add_comment(session, people.bank, code, **COMMENT)

    @pytest.mark.parametrize(
        ("changes", "path"),
        [
            ({"section": "budget"}, "section"),
            ({"field": "city_code"}, "field"),
            ({"section": "funding_lines", "field": "funding_lines[x].amount"}, "field"),
            ({"section": "funding_lines", "field": "funding_lines[0].rate"}, "field"),
            ({"section": "funding_lines", "field": "funding_lines[99].amount"}, "field"),
            ({"section": "funding_lines", "field": f"funding_lines[{'0' * 120}].amount"}, "field"),
            ({"text": "看\x00不见"}, "text"),
            ({"text": " "}, "text"),
            ({"text": "字" * 2001}, "text"),
        ],
    )
    def test_stands_on_something_that_exists(
        self, engine: Engine, people: People, changes: dict[str, Any], path: str
    ) -> None:
        code = enter_project(engine, people.city)
        with pytest.raises(InvalidInput) as refused, writing(engine) as session:
            add_comment(session, people.city, code, **COMMENT | changes)
        assert [finding.path for finding in refused.value.findings] == [path]

    def test_is_settled_by_who_may_read_it(self, engine: Engine, people: People) -> None:
        code = enter_project(engine, people.city)
        line = {"section": "funding_lines", "field": "funding_lines[0].amount"}
        with writing(engine) as session:
            number = add_comment(session, people.province, code, **COMMENT | line).id or 0
            hidden = add_comment(session, people.province, code, **COMMENT | {"audience": "reviewers"}).id or 0
        with writing(engine) as session:
            assert settle_comment(session, people.city, code, number).settled_by == people.city.user_id
            with pytest.raises(NotFound):
                settle_comment(session, people.city, code, hidden)
