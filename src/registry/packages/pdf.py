"""The PDF documents of a package, each a template in `reports/`."""

from registry.packages.charts import charts_of
from registry.packages.content import PackageContent
from registry.packages.drawing import draw
from registry.packages.typesetting import typeset
from registry.packages.view import view


def dossier_pdf(content: PackageContent) -> bytes:
    """Return the main dossier 融资方案. Raises TypesettingFailed."""
    drawings = {name: draw(spec) for name, spec in charts_of(content.evaluation).items()}
    return typeset("dossier/dossier.typ", view(content), drawings)
