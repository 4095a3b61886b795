"""Assemble a financing package 融资对接材料包: the same content gives the same bytes."""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from registry.packages import data_files, oc4ids, verify
from registry.packages.attachments import enclosed_files
from registry.packages.checklist_workbook import checklist_xlsx
from registry.packages.content import PackageContent
from registry.packages.model.workbook import model_xlsx
from registry.packages.narrative import dossier_docx
from registry.packages.pdf import DOSSIER, TEASER, documents
from registry.packages.signature import Signer
from registry.projects.documents.store import Store

GENERATOR = "registry-packages/3"


@dataclass(frozen=True, slots=True)
class PackageFile:
    """A finished file: its proposed name, its bytes, and the SHA-256 of its manifest by which it is known."""

    name: str
    content: bytes
    manifest_digest: str


@dataclass(frozen=True, slots=True)
class Part:
    """One file of a package: its name, what it is, and where it comes from.

    `source` is a template below `reports/`, or a function that returns None when there is nothing to say.
    """

    name: str
    title: str
    source: str | Callable[[PackageContent], bytes | None]


def _statements(content: PackageContent) -> bytes | None:
    return None if content.evaluation is None else data_files.statements_csv(content.evaluation)


def _parquet(content: PackageContent) -> bytes | None:
    return None if content.evaluation is None else data_files.statements_parquet(content.evaluation)


PARTS: tuple[Part, ...] = (
    Part("01_项目推介_teaser.pdf", "项目推介 One-page introduction", TEASER),
    Part("02_融资方案_dossier.pdf", "融资方案 Main dossier", DOSSIER),
    Part("02_融资方案_dossier.docx", "融资方案（可编辑文字稿） The narrative, to be edited", dossier_docx),
    Part("03_财务模型_model.xlsx", "财务模型 Live financial model", model_xlsx),
    Part("04_附表_statements.csv", "财务分析附表 Statements", _statements),
    Part("04_附表_statements.parquet", "财务分析附表（长表） Statements, one line per figure", _parquet),
    Part("04_附表_tables.csv", "敏感性、压力与效益表 Tables without years, one line per cell", data_files.listings_csv),
    Part("04_附表_tables.parquet", "敏感性、压力与效益表（长表） The same tables", data_files.listings_parquet),
    Part("08_文件清单_checklist.xlsx", "文件清单 Document checklist", checklist_xlsx),
    Part("09_数据_project.json", "项目数据 Project, inputs and results", data_files.project_json),
    Part("09_数据_eligibility.json", "入库条件说明 Eligibility statement", data_files.eligibility_json),
    Part(
        "09_数据_oc4ids.json",
        "OC4IDS 0.9.5 项目数据 Project in the open infrastructure standard",
        lambda content: data_files.json_bytes(oc4ids.project_package(content)),
    ),
)
"""In the order of the archive. A new file of the package is one line here."""
README_NAME = "00_README.md"


def assemble(content: PackageContent, signer: Signer | None = None, *, store: Store | None = None) -> PackageFile:
    """Return the package of one assessed project; a signature holds its time, so only unsigned packages repeat.

    The store is where enclosed documents are read from. Raises StoreUnavailable, DamagedFile, TypesettingFailed.
    """
    produced_pdfs = documents(content, [part.source for part in PARTS if isinstance(part.source, str)])
    pdfs = iter(produced_pdfs if signer is None else map(signer.signed_pdf, produced_pdfs))
    made = {part: next(pdfs) if isinstance(part.source, str) else part.source(content) for part in PARTS}
    titles = {part.name: part.title for part, produced in made.items() if produced is not None}
    files = [
        (README_NAME, data_files.readme(content, titles)),
        *((part.name, produced) for part, produced in made.items() if produced is not None),
        *enclosed_files(content.attachments, store),
    ]
    manifest = data_files.json_bytes(_manifest(content, files, titles, is_signed=signer is not None))
    digest = hashlib.sha256(manifest).hexdigest()
    closing = [(verify.MANIFEST, manifest), (verify.DIGEST, verify.digest_line(digest))]
    if signer is not None:
        closing.append((verify.SIGNATURE, signer.detached(manifest)))
    archive = verify.pack([*files, *closing])
    return PackageFile(content.file_name, archive, digest)


def is_package_of(path: Path, content: PackageContent, *, is_signed: bool = False) -> bool:
    """Say whether the file is the whole package of this very content, made by this very program."""
    if not path.is_file():
        return False
    report = verify.verify_file(path)
    if report.manifest is None or not report.is_intact:
        return False
    documents = [(item["name"], item["sha256"]) for item in report.manifest["files"] if "checklist_code" in item]
    expected = {
        "project_code": content.project_code,
        "assessment_id": content.assessment_id,
        "generator": GENERATOR,
        "engine_version": content.engine_version,
        "is_signed": is_signed,
    }
    return documents == [(each.path, each.sha256) for each in content.attachments if each.is_enclosed] and all(
        report.manifest.get(key) == value for key, value in expected.items()
    )


def _manifest(
    content: PackageContent, files: list[tuple[str, bytes]], titles: dict[str, str], *, is_signed: bool
) -> dict[str, Any]:
    documents = {each.path: each for each in content.attachments}
    return {
        "schema": verify.SCHEMA,
        "generator": GENERATOR,
        "engine_version": content.engine_version,
        "package": content.file_name,
        "project_code": content.project_code,
        "project_name": content.dossier.name,
        "is_demo": content.is_demo,
        "is_signed": is_signed,
        "is_complete": data_files.is_complete(content),
        "governing_date": content.governing_date.isoformat(),
        "revision": {"number": content.revision.number, "hash": content.revision.hash},
        "assessment_id": content.assessment_id,
        "rule_packs": data_files.verdict_words(content),
        "missing_documents": data_files.missing_documents(content),
        "files": [
            {
                "name": name,
                "title": documents[name].file_name if name in documents else titles.get(name, "说明 Note"),
                "size": len(produced),
                "sha256": hashlib.sha256(produced).hexdigest(),
                **({"checklist_code": documents[name].checklist_code} if name in documents else {}),
            }
            for name, produced in files
        ],
    }
