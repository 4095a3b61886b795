"""The PDF documents of a package, each a template in `reports/`."""

from registry.packages.charts import charts_of
from registry.packages.content import PackageContent
from registry.packages.drawing import draw
from registry.packages.typesetting import typeset
from registry.packages.view import view


def teaser_pdf(content: PackageContent) -> bytes:
    """Return the one-page introduction 项目推介. Raises TypesettingFailed."""
    return _document("teaser/teaser.typ", content)


def dossier_pdf(content: PackageContent) -> bytes:
    """Return the main dossier 融资方案. Raises TypesettingFailed."""
    return _document("dossier/dossier.typ", content)


def _document(template: str, content: PackageContent) -> bytes:
    drawings = {name: draw(spec) for name, spec in charts_of(content.evaluation).items()}
    return typeset(template, view(content), drawings)
