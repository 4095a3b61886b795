"""Loading: whole or not at all, private packs beside public ones, no policy by name in the program."""

import shutil
from datetime import date
from pathlib import Path

import polars as pl
import pytest

from registry.eligibility.checked import PackError, Packs
from registry.eligibility.evaluate import screen
from registry.eligibility.packs import load_packs

ROOT = Path(__file__).parents[3]
SAMPLE = ROOT / "tests" / "fixtures" / "rules" / "sound" / "sample"


def uploaded(folder: Path, name: str) -> Path:
    """Write the sample under another name, as a bank would upload it."""
    target = folder / name
    shutil.copytree(SAMPLE, target)
    for path in target.rglob("*.yaml"):
        text = path.read_text(encoding="utf-8")
        text = text.replace("id: sample", f"id: {name}").replace("verdict_of: sample", f"verdict_of: {name}")
        path.write_text(text, encoding="utf-8")
    return target


class TestAPrivatePack:
    def test_loads_from_its_own_folder_under_its_owner(self, sample: Packs, tmp_path: Path) -> None:
        private = load_packs(uploaded(tmp_path, "bank-policy"), vocabulary=sample.vocabulary, owner="bank-1")
        assert private["bank-policy"].owner == "bank-1"
        assert sample["sample"].owner is None
        both = sample.joined_with(private)
        found = screen(both, pl.DataFrame({"capital_ratio": [0.1]}), as_of=date(2024, 1, 1))
        assert found["pack"].to_list() == ["bank-policy", "sample"]

    def test_may_not_take_the_name_of_a_public_one(self, sample: Packs, tmp_path: Path) -> None:
        with pytest.raises(PackError, match="sample"):
            sample.joined_with(load_packs(uploaded(tmp_path, "sample"), vocabulary=sample.vocabulary))


class TestAFolder:
    def test_with_one_flaw_loads_nothing(self, tmp_path: Path) -> None:
        uploaded(tmp_path, "good")
        broken = uploaded(tmp_path, "bad") / "v1" / "rules.yaml"
        broken.write_text(broken.read_text(encoding="utf-8").replace("capital_ratio >=", "capital_rato >="), "utf-8")
        with pytest.raises(PackError) as caught:
            load_packs(tmp_path)
        assert [finding.code for finding in caught.value.findings] == ["unknown-fact"]

    def test_tells_every_flaw_at_once_in_order(self, tmp_path: Path) -> None:
        rules = uploaded(tmp_path, "bad") / "v1" / "rules.yaml"
        text = rules.read_text(encoding="utf-8").replace("severity: block", "severity: fatal")
        rules.write_text(text, encoding="utf-8")
        with pytest.raises(PackError) as caught:
            load_packs(tmp_path)
        rows = [finding.row for finding in caught.value.findings if finding.row]
        assert len(rows) == text.count("severity: fatal")
        assert rows == sorted(rows)

    def test_that_reaches_outside_by_a_link_is_refused(self, tmp_path: Path) -> None:
        (uploaded(tmp_path, "bad") / "v1" / "more.yaml").symlink_to("/etc/hostname")
        with pytest.raises(PackError) as caught:
            load_packs(tmp_path)
        assert [finding.code for finding in caught.value.findings] == ["symlink"]

    def test_that_is_too_large_is_refused_unread(self, tmp_path: Path) -> None:
        (uploaded(tmp_path, "bad") / "v1" / "rules.yaml").write_text("# " + "x" * 2_000_001, encoding="utf-8")
        with pytest.raises(PackError) as caught:
            load_packs(tmp_path)
        assert "file-too-large" in [finding.code for finding in caught.value.findings]

    @pytest.mark.parametrize("content", [b"\xff\xfe\x00", "规则".encode("gb18030")])
    def test_in_another_encoding_is_refused(self, tmp_path: Path, content: bytes) -> None:
        (uploaded(tmp_path, "bad") / "pack.yaml").write_bytes(content)
        with pytest.raises(PackError) as caught:
            load_packs(tmp_path)
        assert [finding.code for finding in caught.value.findings] == ["encoding"]

    def test_that_is_empty_or_absent_says_so(self, tmp_path: Path) -> None:
        for folder in (tmp_path, tmp_path / "nowhere"):
            with pytest.raises(PackError) as caught:
                load_packs(folder)
            assert [finding.code for finding in caught.value.findings] == ["no-packs"]


def test_the_program_knows_no_policy_by_name() -> None:
    names = [path.parent.name for path in (ROOT / "rules").glob("*/pack.yaml")]
    assert names
    source = "".join(path.read_text(encoding="utf-8") for path in (ROOT / "src/registry/eligibility").rglob("*.py"))
    spoken = source.replace("`central-eco-fund`", "")  # the example in a docstring
    assert [name for name in names if name in spoken] == []
