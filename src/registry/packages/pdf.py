"""The PDF documents of a package, each a template in `reports/`, set together."""

from collections.abc import Sequence

from registry.packages.charts import charts_of
from registry.packages.content import PackageContent
from registry.packages.drawing import draw
from registry.packages.typesetting import typeset
from registry.packages.view import view

DOSSIER = "dossier/dossier.typ"
"""The main dossier 融资方案."""
TEASER = "teaser/teaser.typ"
"""One page for first contact 项目推介."""


def documents(content: PackageContent, templates: Sequence[str]) -> list[bytes]:
    """Return the PDF of each template. Raises TypesettingFailed."""
    drawings = {name: draw(spec) for name, spec in charts_of(content.evaluation, content.analysis).items()}
    return typeset(templates, view(content), drawings)


def dossier_pdf(content: PackageContent) -> bytes:
    """Return the main dossier alone. Raises TypesettingFailed."""
    return documents(content, [DOSSIER])[0]


def teaser_pdf(content: PackageContent) -> bytes:
    """Return the one-page introduction alone. Raises TypesettingFailed."""
    return documents(content, [TEASER])[0]
