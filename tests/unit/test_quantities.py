from decimal import Decimal
from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from registry.quantities import Money, Ratio, YesNo, money_text

MONEY: TypeAdapter[Any] = TypeAdapter(Money)
RATIO: TypeAdapter[Any] = TypeAdapter(Ratio)


class TestMoney:
    @pytest.mark.parametrize("given", ["9007199254.740993", "0.000001", "721238.1482", "0", "-12.5"])
    def test_survives_json_to_the_fen(self, given: str) -> None:
        amount = MONEY.validate_python(given)
        assert MONEY.dump_json(amount) == f'"{given}"'.encode()

    @pytest.mark.parametrize("given", [True, "three", "", "1e", float("nan"), float("inf"), "NaN", [], {}])
    def test_refuses_what_is_no_amount(self, given: object) -> None:
        with pytest.raises(ValidationError, match="以万元计的金额"):
            MONEY.validate_python(given)

    def test_refuses_fractions_of_a_fen(self) -> None:
        with pytest.raises(ValidationError, match="精确到分"):
            MONEY.validate_python("0.0000001")

    def test_refuses_more_than_the_nation_has(self) -> None:
        assert MONEY.validate_python("10000000000") == Decimal(10) ** 10
        with pytest.raises(ValidationError, match="核对单位"):
            MONEY.validate_python("10000000000.01")

    @pytest.mark.parametrize(
        ("amount", "text"), [("1200", "1200"), ("1200.50", "1200.5"), ("0.00", "0"), ("1E+3", "1000")]
    )
    def test_has_one_text_for_one_amount(self, amount: str, text: str) -> None:
        assert money_text(Decimal(amount)) == text


class TestStrictNumbers:
    @pytest.mark.parametrize("given", [True, "0.2", "three", float("nan")])
    def test_take_nothing_that_only_looks_like_a_number(self, given: object) -> None:
        with pytest.raises(ValidationError, match="应为数字"):
            RATIO.validate_python(given)

    @pytest.mark.parametrize("given", [1, 0, "true", "是"])
    def test_yes_or_no_is_true_or_false_only(self, given: object) -> None:
        with pytest.raises(ValidationError, match="true 或 false"):
            TypeAdapter(YesNo).validate_python(given)
