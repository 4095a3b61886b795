from applications import complete_dossier
from builders import dossier
from registry.projects.missing import missing_by_section, missing_for, next_steps
from registry.projects.model import Dossier


class TestWhatIsMissing:
    def test_of_an_empty_dossier_is_its_name_alone_for_a_draft(self) -> None:
        assert [item.path for item in missing_for(Dossier(), "draft")] == ["name"]

    def test_grows_with_each_step(self) -> None:
        # Of a name, a city and the money, eight fields are lacking for submission, and the need for packaging.
        assert next_steps(dossier()) == {"draft": 0, "submitted": 8, "in_library": 8, "packaged": 9}

    def test_is_nothing_once_all_is_there(self) -> None:
        assert missing_for(complete_dossier(), "submitted") == []
        (last,) = missing_for(complete_dossier(), "packaged")
        assert (last.path, last.section, last.step, last.title_zh) == (
            "need_statement",
            "content",
            "packaged",
            "建设必要性",
        )

    def test_takes_blank_text_for_missing_and_zero_for_a_value(self) -> None:
        assert missing_for(complete_dossier(project_capital="0"), "submitted") == []
        assert [item.path for item in missing_for(complete_dossier(revenue_source=""), "submitted")] == [
            "revenue_source"
        ]

    def test_stands_under_its_section(self) -> None:
        found = missing_by_section(dossier(total_investment=None), "submitted")
        assert [item.path for item in found["investment"]] == ["total_investment", "revenue_source"]
        assert found["funding_lines"] == []

    def test_is_said_in_both_languages(self) -> None:
        finding = missing_for(dossier(total_investment=None), "submitted")[-2].finding()
        assert finding.message_zh == "提交前须填写“总投资”"
        assert finding.message_en == "Total investment is needed before submission"
