import json

import pytest

from registry.errors import InvalidInput
from registry.finance.cases import evaluate_case
from registry.settings import HOME


def test_a_result_beyond_every_number_is_refused_in_words() -> None:
    document = json.loads((HOME / "tests/golden/finance/B2-sewage-pollutants.json").read_text(encoding="utf-8"))
    document["inputs"]["volume_10k_m3_per_year"] = 5e-324
    with pytest.raises(InvalidInput, match="数量级"):
        evaluate_case(document)
