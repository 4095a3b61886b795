"""Every office paper of ours opens in LibreOffice and shows its text there."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

import pytest
from sqlalchemy import Engine

from conftest import People
from packaged import content, dossier
from programs import office_path
from registry.database import writing
from registry.packages.bond_plan import PLAN_NAME, REPORT_NAME, bond_documents
from registry.packages.checklist_workbook import checklist_xlsx
from registry.packages.model.workbook import model_xlsx
from registry.packages.narrative import dossier_docx
from registry.packages.summary_table import summary_table_xlsx
from registry.projects.operations import create_project

pytestmark = [pytest.mark.office, pytest.mark.slow]

EXPECTED = {
    PLAN_NAME: "【由律师事务所填写】",
    REPORT_NAME: "【由会计师事务所填写】",
    "narrative.docx": "九、风险与缓释",
    "model.xlsx": "银行审慎情景",
    "checklist.xlsx": "环境影响评价批复或登记表",
}


@pytest.fixture(autouse=True)
def _office() -> None:
    office_path()


def test_every_paper_opens_and_shows_its_text(tmp_path: Path) -> None:
    papers = {
        **bond_documents(content()),
        "narrative.docx": dossier_docx(content()),
        "model.xlsx": model_xlsx(content()) or b"",
        "checklist.xlsx": checklist_xlsx(content()),
    }
    assert set(papers) == set(EXPECTED)
    shown = texts(papers, tmp_path)
    assert {name: EXPECTED[name] in shown[name] for name in papers} == dict.fromkeys(papers, True)


def test_the_summary_table_opens_and_shows_its_text(engine: Engine, people: People, tmp_path: Path) -> None:
    with writing(engine) as session:
        create_project(session, people.city, dossier(), reason="录入")
    shown = texts({"summary.xlsx": summary_table_xlsx(engine, people.city)}, tmp_path)
    assert "示例市城北污水处理厂及配套管网工程" in shown["summary.xlsx"]


def texts(papers: Mapping[str, bytes], folder: Path) -> dict[str, str]:
    """Return the text of each paper as LibreOffice prints it, without spaces."""
    for name, paper in papers.items():
        (folder / name).write_bytes(paper)
    profile = f"-env:UserInstallation=file://{folder / 'profile'}"
    command = ["soffice", profile, "--headless", "--convert-to", "pdf", "--outdir", str(folder / "out")]
    subprocess.run([*command, *(str(folder / name) for name in papers)], check=True, capture_output=True, timeout=240)
    shown = {}
    for name in papers:
        pdf = folder / "out" / f"{Path(name).stem}.pdf"
        text = subprocess.run(["pdftotext", str(pdf), "-"], capture_output=True, text=True, check=True).stdout
        shown[name] = "".join(text.split())
    return shown
