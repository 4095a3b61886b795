"""The sound sample pack, loaded once."""

from pathlib import Path

import pytest

from registry.eligibility.checked import Packs
from registry.eligibility.packs import load_packs

SOUND = Path(__file__).parents[2] / "fixtures" / "rules" / "sound"


@pytest.fixture(scope="session")
def sample() -> Packs:
    return load_packs(SOUND)
