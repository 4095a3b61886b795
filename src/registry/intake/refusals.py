"""Why a whole file is not read: one exception with one finding for each way to be wrong."""

from registry.errors import Finding, InvalidInput

LARGEST_FILE = 50 * 1024 * 1024
LARGEST_UNPACKED = 200 * 1024 * 1024
LARGEST_TEXTS = 64 * 1024 * 1024
"""The list of shared texts of a workbook, unpacked; readers hold it whole."""
MOST_ENTRIES = 2000
MOST_ROWS = 200_000
MOST_COLUMNS = 400
MOST_CELLS = 3_000_000
LONGEST_CELL = 32_767
"""Excel's own limit."""

_MB = 1024 * 1024


class Unreadable(InvalidInput):
    """The file as a whole cannot be read; nothing of it was taken."""

    code = "unreadable-file"


def _refusal(name: str, code: str, zh: str, en: str, value: str | None = None) -> Unreadable:
    finding = Finding("", code, f"文件「{name}」{zh}", f"File “{name}” {en}", value)
    return Unreadable(finding.message_zh, finding.message_en, [finding])


def too_large(name: str, size: int) -> Unreadable:
    """Return the refusal of a file above the limit, which is not opened."""
    return _refusal(
        name,
        "file-too-large",
        f"有 {size / _MB:.0f} MB，上限 {LARGEST_FILE // _MB} MB；请拆分后分别上传",
        f"has {size / _MB:.0f} MB; the limit is {LARGEST_FILE // _MB} MB. Split it and upload the parts",
        str(size),
    )


def empty(name: str) -> Unreadable:
    """Return the refusal of a file without content."""
    return _refusal(
        name,
        "file-empty",
        "没有内容；请检查是否保存完整，再上传含标题行的 CSV 或 XLSX 文件",
        "is empty. Check that it was saved whole, then upload a CSV or XLSX file with a row of titles",
    )


def old_format(name: str) -> Unreadable:
    """Return the refusal of an Excel 97–2003 file."""
    return _refusal(
        name,
        "old-excel-format",
        "是 Excel 97–2003 格式（.xls）或其他旧格式；请用 Excel 或 WPS 另存为 .xlsx 后上传",
        "is in the Excel 97–2003 format (.xls) or another old one. Save it as .xlsx and upload that",
    )


def encrypted(name: str) -> Unreadable:
    """Return the refusal of a workbook that needs a password."""
    return _refusal(
        name,
        "password-protected",
        "有打开密码，无法读取；请去掉密码后上传",
        "needs a password to open. Remove the password and upload it again",
    )


def not_a_table(name: str, kind: str) -> Unreadable:
    """Return the refusal of a file that is something else."""
    return _refusal(
        name,
        "not-a-spreadsheet",
        f"不是表格（看起来是 {kind}）；应为 CSV 或 XLSX，请下载模板填写后上传",
        f"is no spreadsheet (it looks like {kind}). Expected CSV or XLSX; fill in the template and upload it",
        kind,
    )


def damaged(name: str) -> Unreadable:
    """Return the refusal of a workbook whose parts cannot be read."""
    return _refusal(
        name,
        "workbook-damaged",
        "已损坏，无法读取；请用 Excel 或 WPS 打开并另存为 .xlsx 后上传",
        "is damaged and cannot be read. Open it in a spreadsheet program, save it as .xlsx and upload that",
    )


def with_macros(name: str) -> Unreadable:
    """Return the refusal of a workbook that carries programs."""
    return _refusal(
        name,
        "workbook-macros",
        "含有宏程序；请另存为不含宏的 .xlsx 后上传",
        "contains macros. Save it as .xlsx without macros and upload that",
    )


def bomb(name: str, unpacked: int) -> Unreadable:
    """Return the refusal of a workbook that unpacks to more than the limit."""
    return _refusal(
        name,
        "workbook-too-large-unpacked",
        f"解压后超过上限（{unpacked / _MB:.0f} MB，上限共 {LARGEST_UNPACKED // _MB} MB、"
        f"文本表 {LARGEST_TEXTS // _MB} MB、部件 {MOST_ENTRIES} 个），未读取；请删去多余内容或拆分后上传",
        f"unpacks to more than is read ({unpacked / _MB:.0f} MB; limits: {LARGEST_UNPACKED // _MB} MB in all, "
        f"{LARGEST_TEXTS // _MB} MB of texts, {MOST_ENTRIES} parts). Remove what is not needed or split it",
        str(unpacked),
    )


def out_of_bounds(name: str, where: str) -> Unreadable:
    """Return the refusal of a table with a cell beyond the limits; `where` names the cell or the count."""
    return _refusal(
        name,
        "table-too-large",
        f"的内容一直到 {where}，超出上限（{MOST_ROWS} 行、{MOST_COLUMNS} 列、{MOST_CELLS // 10_000} 万个单元格）；"
        "请删除远处的多余单元格，或拆分后上传",
        f"reaches as far as {where}; the limits are {MOST_ROWS} rows, {MOST_COLUMNS} columns and {MOST_CELLS} cells. "
        "Delete stray cells far out, or split the file",
        where,
    )


def too_costly(name: str) -> Unreadable:
    """Return the refusal of a workbook whose reading ran into the memory or time limit."""
    return _refusal(
        name,
        "workbook-too-costly",
        "读取时超过内存或时间上限，已停止；请只保留需要的工作表，或改用 CSV 上传",
        "ran into the memory or time limit while it was read. Keep only the sheets needed, or upload CSV",
    )


def wrong_encoding(name: str) -> Unreadable:
    """Return the refusal of a text file in another encoding."""
    return _refusal(
        name,
        "wrong-encoding",
        "的文字编码无法识别；应为 UTF-8（可带 BOM）或 GB 18030，请另存为其中一种后上传",
        "is in an unknown text encoding. Expected UTF-8 (with or without BOM) or GB 18030; save it as one of these",
    )


def broken_csv(name: str, row: int) -> Unreadable:
    """Return the refusal of a CSV whose quoting breaks down near a row."""
    return _refusal(
        name,
        "csv-broken",
        f"在第 {row} 行附近无法按 CSV 读取（单元格超过 {LONGEST_CELL} 字，或引号不成对）；请检查引号后上传",
        f"cannot be read as CSV near row {row} (a cell above {LONGEST_CELL} characters, or a quote without its pair)",
        str(row),
    )


def no_known_titles(sheets: str) -> Unreadable:
    """Return the refusal of a table in which no column is one of the catalogue's."""
    finding = Finding(
        "",
        "no-known-titles",
        f"表「{sheets}」中找不到「项目名称」等标题行；请下载模板，或将标题改为模板中的字段名。"
        "若打开后是乱码，请另存为 UTF-8 或 GB 18030",
        f"No row of titles such as 项目名称 (project name) was found in “{sheets}”. Use the template or its titles; if "
        "the file looks garbled, save it as UTF-8 or GB 18030",
        sheets,
    )
    return Unreadable(finding.message_zh, finding.message_en, [finding])
