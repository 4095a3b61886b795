"""Write the financial model: `model_xlsx(content)`."""

import io

import xlsxwriter

from registry.packages.checklist_workbook import SAFE, stamped
from registry.packages.content import PackageContent
from registry.packages.listings import listings_of
from registry.packages.model import outputs
from registry.packages.model.charts import charts_sheet
from registry.packages.model.figures import model_figures
from registry.packages.model.inputs import inputs_sheet
from registry.packages.model.layout import lay_out
from registry.packages.model.sheets import ModelBook, calculation_sheet
from registry.packages.model.tables import table_sheets
from registry.packages.model.variations import variations_sheet
from registry.packages.office import stored


def model_xlsx(content: PackageContent) -> bytes | None:
    """Return the live model of an evaluated project; None when it could not be evaluated."""
    case, evaluation = content.dossier.financials, content.evaluation
    if case is None or evaluation is None:
        return None
    figures = model_figures(case)
    target = io.BytesIO()
    with xlsxwriter.Workbook(target, SAFE) as book:
        book.set_properties({"created": stamped(content), "title": f"财务模型 {content.project_code}"})
        book.set_calc_mode("auto")
        heading = f"{content.dossier.name or ''} · {content.version_id}{' · 示例数据' if content.is_demo else ''}"
        model = ModelBook(book, figures, lay_out(figures.book, figures.years), heading)
        cover, index = outputs.opening_sheets(model)
        outputs.notes_sheet(model, evaluation)
        inputs_sheet(model, case)
        calculation_sheet(model)
        table_sheets(model, [*evaluation.statements, *listings_of(content)])
        shown = outputs.shown_indicators(model, evaluation)
        outputs.indicators_sheet(model, shown)
        variations_sheet(model, content)
        charts_sheet(model)
        totals = outputs.checks_sheet(model, shown)
        outputs.cover_sheet(model, cover, content, totals)
        outputs.index_sheet(model, index)
    return stored(target.getvalue())
