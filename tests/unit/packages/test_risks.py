"""Each risk on both sides of its line, with its origin, and no measure nobody stated."""

from dataclasses import replace
from typing import Any

import pytest

from packaged import content, dossier
from registry.packages.content import Evaluation, PackageContent
from registry.packages.risks import Risk, risks
from registry.projects.model import Dossier


def found(whole: PackageContent, kind: str, words: str) -> list[Risk]:
    return [risk for risk in risks(whole) if risk.kind == kind and words in risk.found]


def with_cover(*covers: float | None) -> PackageContent:
    whole = content()
    evaluation: Evaluation | None = whole.evaluation
    assert evaluation is not None
    return replace(whole, analysis=None, evaluation=replace(evaluation, series={**evaluation.series, "dscr": covers}))


class TestRepayment:
    @pytest.mark.parametrize(
        ("covers", "words"),
        [
            ((None, 1.19, 1.3), "最低为第 2 年的 1.19；1 年低于 1.20"),
            ((None, 1.3, 0.99, 1.1), "最低为第 3 年的 0.99；1 年低于 1.00，当年资金不足以还本付息；2 年低于 1.20"),
        ],
    )
    def test_names_the_year_and_counts_the_low_ones(self, covers: tuple[float | None, ...], words: str) -> None:
        assert found(with_cover(*covers), "偿债", words)

    @pytest.mark.parametrize("covers", [(None, 1.2, 3.0), (None, None), ()])
    def test_is_silent_where_every_year_is_covered_or_nothing_is_owed(self, covers: tuple[float | None, ...]) -> None:
        assert not found(with_cover(*covers), "偿债", "偿债备付率最低")

    def test_states_only_measures_the_dossier_holds(self) -> None:
        whole = with_cover(None, 0.9)
        assert [risk.mitigant for risk in found(whole, "偿债", "0.9")] == [""]
        secured = dossier(has_income_account=True, documents=[{"checklist_code": "D11", "is_available": True}])
        (risk,) = found(replace(whole, dossier=secured), "偿债", "0.9")
        assert risk.mitigant == "已约定收入账户并质押项目权益；保证人或抵质押文件已具备"
        denied = dossier(has_income_account=False, documents=[{"checklist_code": "D11", "is_available": False}])
        assert found(replace(whole, dossier=denied), "偿债", "0.9")[0].mitigant == ""

    def test_says_when_nothing_was_calculated(self) -> None:
        assert found(content(evaluation=None), "偿债", "尚未完成财务测算")


class TestFunding:
    def lines(self, *amounts: tuple[str, str | None, str]) -> list[dict[str, Any]]:
        return [
            {"source": source, "year": 2026, "amount": amount, "status": status} for source, amount, status in amounts
        ]

    def test_rests_on_one_source_from_six_tenths(self) -> None:
        at = self.lines(("special_bond", "60", "secured"), ("equity", "40", "secured"))
        below = self.lines(("special_bond", "59.99", "secured"), ("equity", "40.01", "secured"))
        assert found(content(dossier=dossier(funding_lines=at)), "筹资", "地方政府专项债券占已列资金的 60.00%")
        assert not found(content(dossier=dossier(funding_lines=below)), "筹资", "单一来源")

    def test_counts_what_is_not_secured_and_names_gaps(self) -> None:
        lines = self.lines(("equity", "30", "secured"), ("city", "10", "planned"), ("provincial", None, "gap"))
        whole = content(dossier=dossier(funding_lines=lines))
        assert found(whole, "筹资", "10.00 万元（25.00%）尚未落实")
        assert found(whole, "筹资", "列为缺口的资金来源：省级财政资金")

    def test_is_silent_without_amounts(self) -> None:
        assert not found(content(dossier=dossier(funding_lines=[])), "筹资", "")


class TestPapersAndRules:
    def test_lists_approvals_that_are_missing_or_unknown(self) -> None:
        (risk,) = found(content(), "审批", "")
        assert risk.found.startswith("5 项审批文件未提供")
        held = [{"checklist_code": f"D0{number}", "is_available": True} for number in range(2, 8)]
        assert not found(content(dossier=dossier(documents=held)), "审批", "")

    def test_quotes_failed_clauses_with_their_remedy(self) -> None:
        (risk,) = found(content(), "政策", "资本金达标")
        assert risk.mitigant == "规则给出的补救：补充资本金来源。"
        assert "示例文号" in risk.origin
        assert not found(content(verdicts=()), "政策", "不符合")

    def test_of_an_empty_dossier_invents_nothing(self) -> None:
        kinds = [risk.kind for risk in risks(content(dossier=Dossier(), evaluation=None, verdicts=()))]
        assert kinds == ["偿债", "审批"]


class TestIncome:
    def test_tells_contracted_from_open_and_unsaid(self) -> None:
        whole = content()
        assert found(whole, "收入", "2 项收入未说明是否签约")
        assert whole.dossier.financials is not None
        streams = whole.dossier.financials.revenue_streams or []
        states = ("contracted", "uncontracted")
        stated = [stream.model_copy(update={"certainty": state}) for stream, state in zip(streams, states, strict=True)]
        case = whole.dossier.financials.model_copy(update={"revenue_streams": stated})
        changed = replace(whole, dossier=whole.dossier.model_copy(update={"financials": case}))
        assert [risk.found for risk in found(changed, "收入", "")] == ["1 项收入尚未签约：reclaimed water"]
