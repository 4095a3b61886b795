"""What a city may show of a project: every field but those that are nobody's business, and only what it chose."""

import pytest

from builders import dossier
from registry.errors import InvalidInput
from registry.programme.display.choosing import ALWAYS, NEVER, SHOWABLE, SUGGESTED, read_choice, released_document
from registry.projects.catalogue import fields
from registry.projects.model import Dossier


class TestAChoice:
    def test_may_hold_every_field_of_the_catalogue_but_those_never_shown(self) -> None:
        assert set(SHOWABLE) == (set(fields()) | set(Dossier.LINES)) - NEVER
        assert set(SUGGESTED) <= set(SHOWABLE)

    def test_names_a_part_for_all_of_its_fields_in_the_order_shown(self) -> None:
        chosen = read_choice(["funding_lines", "investment"])
        assert {"total_investment", "project_capital", "funding_lines", *ALWAYS} <= set(chosen)
        assert "implementer_name" not in chosen
        assert list(chosen) == [name for name in SHOWABLE if name in chosen]

    def test_of_nothing_still_says_which_project_is_meant(self) -> None:
        assert set(read_choice([])) == set(ALWAYS)

    def test_names_every_field_it_cannot_show_at_once(self) -> None:
        with pytest.raises(InvalidInput) as refused:
            read_choice(["contact_phone", "no_such_field", "name"])
        assert [finding.value for finding in refused.value.findings] == ["contact_phone", "no_such_field"]
        assert "不对外公开" in refused.value.findings[0].message_zh


class TestAReleasedDocument:
    def test_holds_the_chosen_fields_alone_and_nothing_for_what_is_unknown(self) -> None:
        whole = dossier(contact_name="张三", contact_phone="13800138000", implementer_name="某公司")
        found = released_document(whole, read_choice(["total_investment", "special_bond_total"]))
        assert found == {
            "name": "湖州市吴兴区污水处理厂扩建工程",
            "city_code": "330502",
            "total_investment": "12345.67",
        }

    def test_is_a_dossier_again(self) -> None:
        found = released_document(dossier(), read_choice(["investment", "funding_lines"]))
        again = Dossier.model_validate(found)
        assert again.funding_lines == dossier().funding_lines
        assert again.project_capital == dossier().project_capital
