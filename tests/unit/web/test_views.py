from registry.projects.differences import Difference
from registry.web.pages.views import changes


class TestTheFinancialCase:
    def test_is_named_by_its_titles(self) -> None:
        found = changes([Difference("financials.timeline.construction_years", 2, 3)])
        assert found[0].name == ("计算期·建设期（年）", "financials.timeline.construction_years")
