from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from builders import dossier
from registry.errors import InvalidInput
from registry.projects.catalogue import fields
from registry.projects.model import Dossier
from registry.projects.operations import document_text
from registry.projects.validation import read_json, validate_dossier
from registry.web.forms import document_from, form_from, read_form, value_of


class TestAForm:
    def test_shows_a_document_so_that_sending_it_back_changes_nothing(self) -> None:
        document = read_json(
            document_text(
                dossier(
                    construction_progress_ratio=0.07,
                    published_coverage_multiple=1.42,
                    is_in_annual_budget=False,
                    bond_issuances=[{"batch": "第 1 批次", "rate": 0.0215, "term_years": 20}],
                )
            )
        )
        assert document_from(form_from(document), document).document == document

    def test_keeps_what_it_does_not_show(self) -> None:
        base = {"name": "甲乙", "financials": {"case": 1}}
        assert document_from({"name": "丙丁"}, base).document == {"name": "丙丁", "financials": {"case": 1}}

    @pytest.mark.parametrize(
        ("name", "text", "value"),
        [
            ("total_investment", "1,234.50", "1234.50"),
            ("construction_progress_ratio", "35", 0.35),
            ("construction_progress_ratio", "35.5%", 0.355),
            ("published_coverage_multiple", "1.42", 1.42),
            ("is_in_annual_budget", "false", False),
            ("is_in_annual_budget", "", None),
            ("total_investment", "  ", None),
            ("published_coverage_multiple", "多", "多"),
            ("is_in_annual_budget", "maybe", "maybe"),
        ],
    )
    def test_reads_each_kind_of_field(self, name: str, text: str, value: Any) -> None:
        assert value_of(fields()[name], text) == value

    def test_drops_an_emptied_row_and_still_finds_the_input_of_a_later_one(self) -> None:
        form = {
            "funding_lines-0-source": "",
            "funding_lines-2-source": "city",
            "funding_lines-2-status": "secured",
            "funding_lines-2-amount": "three",
        }
        read = document_from(form, {})
        assert len(read.document["funding_lines"]) == 1
        with pytest.raises(InvalidInput) as refused:
            validate_dossier(read.document)
        assert list(read.by_input(refused.value.findings)) == ["funding_lines-2-amount"]

    @given(st.dictionaries(st.sampled_from(sorted(fields())), st.text(max_size=30)))
    def test_never_fails_on_what_people_type(self, form: dict[str, str]) -> None:
        try:
            taken = validate_dossier(document_from(form, {}).document)
        except InvalidInput as refused:
            assert refused.findings  # noqa: PT017 - either answer is right, a traceback or an empty refusal is not
        else:
            assert isinstance(taken, Dossier)

    @given(st.binary(max_size=60))
    def test_reads_any_bytes(self, body: bytes) -> None:
        assert all(isinstance(value, str) for value in read_form(body).values())
