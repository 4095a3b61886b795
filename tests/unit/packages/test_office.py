import io
import zipfile
import zlib

import pytest

from packaged import content
from registry.packages.checklist_workbook import checklist_xlsx
from registry.packages.model.workbook import model_xlsx
from registry.packages.narrative import dossier_docx
from registry.packages.office import stored

WRITERS = {"model": model_xlsx, "checklist": checklist_xlsx, "narrative": dossier_docx}


class TestAnOfficeFile:
    @pytest.mark.parametrize("name", WRITERS)
    def test_holds_nothing_a_compressor_had_a_hand_in(self, name: str) -> None:
        with zipfile.ZipFile(io.BytesIO(WRITERS[name](content()) or b"")) as archive:
            entries = archive.infolist()
        assert entries
        assert {entry.compress_type for entry in entries} == {zipfile.ZIP_STORED}
        assert {entry.date_time for entry in entries} == {(1980, 1, 1, 0, 0, 0)}

    @pytest.mark.parametrize("name", WRITERS)
    def test_is_the_same_with_another_compressor(self, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
        usual = WRITERS[name](content())
        made = zlib.compressobj
        monkeypatch.setattr(zlib, "compressobj", lambda _level=-1, *rest: made(0, *rest))
        assert WRITERS[name](content()) == usual

    def test_keeps_every_part_in_its_order(self) -> None:
        target = io.BytesIO()
        with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
            archive.writestr("[Content_Types].xml", "<a/>" * 100)
            archive.writestr("word/document.xml", "正文" * 100)
        with zipfile.ZipFile(io.BytesIO(stored(target.getvalue()))) as archive:
            assert archive.namelist() == ["[Content_Types].xml", "word/document.xml"]
            assert archive.read("word/document.xml").decode() == "正文" * 100
