"""One broken pack per way to be wrong: the sound pack with one file replaced, and the words the author must read."""

import shutil
from pathlib import Path
from typing import Any

import pytest
import yaml

from registry.eligibility.checked import PackError
from registry.eligibility.packs import load_packs
from registry.errors import Finding

RULES = Path(__file__).parents[2] / "fixtures" / "rules"
BROKEN = sorted(path.name for path in (RULES / "broken").iterdir())


def findings_of(name: str, folder: Path) -> tuple[Finding, ...]:
    shutil.copytree(RULES / "sound", folder, dirs_exist_ok=True)
    shutil.copytree(RULES / "broken" / name / "sample", folder / "sample", dirs_exist_ok=True)
    with pytest.raises(PackError) as caught:
        load_packs(folder)
    return caught.value.findings


@pytest.mark.parametrize("name", BROKEN)
def test_a_broken_pack_is_refused_with_file_line_and_reason(name: str, tmp_path: Path) -> None:
    expected: dict[str, Any] = yaml.safe_load((RULES / "broken" / name / "expected.yaml").read_text(encoding="utf-8"))
    found = findings_of(name, tmp_path / "rules")
    matching = [finding for finding in found if finding.code == expected["code"]]
    assert matching, [(finding.code, finding.message_zh) for finding in found]
    told = [f for f in matching if expected["words"] in f.message_zh and f"sample/{expected['file']}" in f.path]
    assert told, [(finding.path, finding.message_zh) for finding in matching]
    if expected["line"]:
        assert expected["line"] in [finding.row for finding in told]
    assert all(finding.message_en and finding.path.split("#")[0] in finding.message_zh for finding in found)


def test_the_pack_they_are_made_from_is_sound() -> None:
    assert [pack.id for pack in load_packs(RULES / "sound")] == ["sample"]
