"""Small papers of the demo nation: a one-page PDF that says what it stands for and that it is 示例数据.

Written by hand, a kilobyte each and the same bytes each time. Chinese comes from the reader's own fonts, as PDF allows
for the standard Adobe-GB1 collection; nothing is embedded.
"""

_PAGE = "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Resources << /Font << /F1 5 0 R >> >> /Contents 4 0 R >>"
_FONT = "<< /Type /Font /Subtype /Type0 /BaseFont /STSong-Light /Encoding /UniGB-UCS2-H /DescendantFonts [6 0 R] >>"
_DESCENDANT = (
    "<< /Type /Font /Subtype /CIDFontType0 /BaseFont /STSong-Light /DW 1000 /FontDescriptor 7 0 R"
    " /CIDSystemInfo << /Registry (Adobe) /Ordering (GB1) /Supplement 4 >> >>"
)
_DESCRIPTOR = (
    "<< /Type /FontDescriptor /FontName /STSong-Light /Flags 6 /FontBBox [-25 -254 1000 880] /ItalicAngle 0"
    " /Ascent 880 /Descent -120 /CapHeight 880 /StemV 93 >>"
)
_TEXT_WIDTH = 28
"""Characters of a line at the size used."""


def paper(lines: list[str]) -> bytes:
    """Return a PDF of one page with these lines, the first larger; long ones are broken."""
    shown = [line[start : start + _TEXT_WIDTH] for line in lines for start in range(0, len(line), _TEXT_WIDTH)]
    words = ["BT 22 TL 60 760 Td"]
    for number, line in enumerate(shown):
        words.append(f"/F1 {18 if number == 0 else 14} Tf <{line.encode('utf-16-be').hex().upper()}> Tj T*")
    content = " ".join([*words, "ET"])
    stream = f"<< /Length {len(content)} >>\nstream\n{content}\nendstream"
    catalogue, pages = "<< /Type /Catalog /Pages 2 0 R >>", "<< /Type /Pages /Kids [3 0 R] /Count 1 >>"
    return _assembled([catalogue, pages, _PAGE, stream, _FONT, _DESCENDANT, _DESCRIPTOR])


def _assembled(objects: list[str]) -> bytes:
    found, places = b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", []
    for number, body in enumerate(objects, start=1):
        places.append(len(found))
        found += f"{number} 0 obj\n{body}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    end = f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
    end += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(found)}\n%%EOF\n"
    return found + end.encode("ascii")
