"""What there is to say of a sheet as a whole, and of rows that find no project."""

from registry.errors import Finding, Severity
from registry.intake.cells import Flaw


def _of_sheet(code: str, sheet: str, zh: str, en: str, severity: Severity = "warning") -> Finding:
    return Finding("", code, f"工作表「{sheet}」{zh}", f"Sheet “{sheet}” {en}", sheet, severity)


def not_read(sheet: str) -> Finding:
    """Return the finding of a sheet without a column for the name of a project."""
    return _of_sheet(
        "sheet-not-read",
        sheet,
        "没有「项目名称」列，未读取；如含项目，请按模板设置标题行；如是子表，请用模板中的工作表名",
        "has no column 项目名称 (project name) and was not read; use the template's titles, and for child records its "
        "names of sheets",
    )


def hidden(sheet: str) -> Finding:
    """Return the finding of a hidden sheet beside visible ones."""
    return _of_sheet(
        "hidden-sheet",
        sheet,
        "是隐藏的，未读取；如要导入，请取消隐藏后重新上传，否则可删除",
        "is hidden and was not read; unhide it and upload again if it is meant, or delete it",
    )


def recognised(sheet: str, title: str) -> Finding:
    """Return the finding of a sheet of another name with the titles of a child table."""
    return _of_sheet(
        "sheet-recognised",
        sheet,
        f"按标题识别为子表「{title}」；请核对，并改回模板中的名称",
        f"was taken for the child table “{title}” by its titles; check it and give it the template's name",
        "info",
    )


def without_projects(sheet: str) -> Finding:
    """Return the finding of a file that has titles and nothing under them."""
    return _of_sheet(
        "no-projects",
        sheet,
        "标题行以下没有可导入的项目；请每个项目填写一行（示例行除外）后重新上传",
        "has no project under its titles; fill in a row for each project (beside the example) and upload again",
    )


def without_titles(sheet: str) -> Finding:
    """Return the finding of a child sheet whose titles are gone."""
    return _of_sheet(
        "child-sheet-not-read",
        sheet,
        "中找不到模板的标题行，内容未读取，已登记的记录不变；请恢复标题行后重新上传",
        "has no row of the template's titles; it was not read and the records kept stay as they are. Restore the "
        "titles and upload again",
        "error",
    )


def no_owner() -> Flaw:
    """Return the flaw of a child record that names no project of the file."""
    return Flaw(
        "line-without-project",
        "此行的项目序号在项目表中找不到，未采用；请填写项目表中的项目序号",
        "the project of this row is not in the table of projects; enter its row number from there",
    )


def of_several() -> Flaw:
    """Return the flaw of a child record whose project number several projects have."""
    return Flaw(
        "line-of-several-projects",
        "此行所指的项目在项目表中有多行，无法判断属于哪一个，未采用；请使每个项目的项目序号各不相同",
        "several rows of the table of projects are called what this row says; give each project a "
        "row number of its own",
    )


def second_row() -> Flaw:
    """Return the flaw of a second row of single values for one project."""
    return Flaw(
        "second-row-of-project",
        "此项目在此表已有一行，只采用前一行；请合并为一行",
        "this sheet has a row of this project already; only the first is taken. Make them one",
    )
