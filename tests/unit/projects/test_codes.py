import pytest
from pydantic_core import PydanticCustomError

from registry.projects import codes


class TestTheApprovalCode:
    @pytest.mark.parametrize(
        "written",
        [
            "2107-330502-04-01-123456",
            "21073305020401123456",
            " 2107-330502-04-01-12345a ",
            "２１０７－３３０５０２－０４－０１－１２３４５６",
            "\u200b2107—330502—04—01—123456",
            "2017-000052-48-01-123456",
        ],
    )
    def test_is_kept_in_its_written_form_of_24_characters(self, written: str) -> None:
        assert len(codes.check_approval_code(written)) == 24

    @pytest.mark.parametrize(
        "written", ["", "2107", "2107-330502-04-01-1234567", "2107-33050X-04-01-123456", "项目代码"]
    )
    def test_is_refused_in_any_other_form(self, written: str) -> None:
        with pytest.raises(PydanticCustomError, match="24 位"):
            codes.check_approval_code(written)

    @pytest.mark.parametrize("written", ["2113-330502-04-01-123456", "9913-330502-04-01-123456"])
    def test_is_refused_when_it_begins_with_no_month(self, written: str) -> None:
        with pytest.raises(PydanticCustomError, match="年月"):
            codes.check_approval_code(written)

    def test_is_refused_when_it_names_no_province(self) -> None:
        with pytest.raises(PydanticCustomError, match="没有以「99」开头的省份"):
            codes.check_approval_code("2107-990502-04-01-123456")


class TestTheCreditCode:
    # Fictional vectors whose check character was computed from the weights of GB 32100-2015 by hand.
    @pytest.mark.parametrize("code", ["91990000MA0000007X", "129900000000000197", "91990100MA9ABCDE29"])
    def test_is_taken_when_its_check_character_holds(self, code: str) -> None:
        assert codes.check_credit_code(code.lower()) == code

    @pytest.mark.parametrize("position", range(18))
    def test_is_refused_with_any_one_character_changed(self, position: int) -> None:
        code = "91990000MA0000007X"
        other = "1" if code[position] != "1" else "2"
        with pytest.raises(PydanticCustomError):
            codes.check_credit_code(code[:position] + other + code[position + 1 :])


class TestDivisions:
    def test_cover_the_mainland_provinces_and_prefectures(self) -> None:
        names = codes.division_names()
        assert sum(code.endswith("0000") for code in names) == 34
        assert sum(code.endswith("00") and not code.endswith("0000") for code in names) > 330
        assert names["330500"] == "湖州市"

    def test_place_every_mainland_province_in_one_of_four_regions(self) -> None:
        counts = {name: list(codes.REGION_OF_PROVINCE.values()).count(name) for name in codes.REGION_NAMES}
        assert counts == {"east": 10, "central": 6, "west": 12, "northeast": 3}

    @pytest.mark.parametrize(
        "code", ["330500", "330502", "330000", "110105", "500101", "419001", "659004", "３３０５００"]
    )
    def test_take_provinces_prefectures_and_any_county_of_them(self, code: str) -> None:
        assert len(codes.check_division_code(code)) == 6

    @pytest.mark.parametrize("code", ["339900", "339912", "117700"])
    def test_refuse_prefectures_that_are_not_there(self, code: str) -> None:
        with pytest.raises(PydanticCustomError, match="没有代码以"):
            codes.check_division_code(code)

    def test_tell_nothing_of_what_is_unknown(self) -> None:
        assert codes.region(None) is None
        assert codes.city_name("999900") is None

    @pytest.mark.parametrize("code", ["33050", "0330500", "990000", "湖州"])
    def test_refuse_codes_of_no_province(self, code: str) -> None:
        with pytest.raises(PydanticCustomError, match="GB/T 2260"):
            codes.check_division_code(code)


class TestPeriods:
    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("2024", "2024"),
            (2024, "2024"),
            ("2024-09", "2024-09"),
            ("2026-1", "2026-01"),
            ("2024年9月", "2024-09"),
            ("2024/9/3", "2024-09-03"),
            ("2024年", "2024"),
        ],
    )
    def test_are_kept_as_precise_as_written(self, written: object, kept: str) -> None:
        assert codes.parse_period(written) == kept

    @pytest.mark.parametrize("written", ["—", "2024-13", "2024-02-30", "24", True, 2024.5, "点击查看"])
    def test_are_refused_when_they_name_no_time(self, written: object) -> None:
        with pytest.raises(PydanticCustomError, match="2024-09"):
            codes.parse_period(written)
