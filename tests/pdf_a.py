"""What PDF/A-2b (ISO 19005-2) asks of a file's structure, read with qpdf: a second program beside the typesetter.

Not a full validator: font programs are not compared with their widths, nor is the XMP packet parsed against schemas.
Each check names the clause it stands for.
"""

import io
import re
from collections.abc import Iterable, Iterator
from typing import Any

import pikepdf
from pikepdf import Array, Dictionary, Name, Object, Pdf, Stream

FORBIDDEN_ACTIONS = {
    "/Launch", "/Sound", "/Movie", "/ResetForm", "/ImportData", "/Hide", "/SetOCGState", "/Rendition", "/Trans",
    "/GoTo3DView", "/JavaScript",
}  # fmt: skip
BLEND_MODES = {
    "/Normal", "/Compatible", "/Multiply", "/Screen", "/Overlay", "/Darken", "/Lighten", "/ColorDodge", "/ColorBurn",
    "/HardLight", "/SoftLight", "/Difference", "/Exclusion", "/Hue", "/Saturation", "/Color", "/Luminosity",
}  # fmt: skip
_INVISIBLE, _HIDDEN, _PRINT, _NO_VIEW, _TOGGLE = 1, 2, 4, 32, 256
_SHOWS = {"Tj", "TJ", "'", '"'}


def violations(produced: bytes) -> list[str]:
    """Return every breach found; empty when there is none."""
    with pikepdf.open(io.BytesIO(produced)) as pdf:
        return [f"qpdf: {problem}" for problem in pdf.check_pdf_syntax()] + list(_violations(produced, pdf))


def _violations(produced: bytes, pdf: Pdf) -> Iterator[str]:
    if not re.match(rb"%PDF-1\.[0-7]\r?\n%[\x80-\xff]{4}", produced):
        yield "6.1.2: header"
    if "/ID" not in pdf.trailer or pdf.is_encrypted:
        yield "6.1.3: trailer without ID, or encrypted"
    yield from _metadata(pdf)
    yield from _intents(pdf)
    if "/AA" in pdf.Root or "/AcroForm" in pdf.Root or "/OCProperties" in pdf.Root:
        yield "6.4, 6.5: additional actions, a form or layers in the catalog"
    for item in pdf.objects:
        for part in _with_parts(item):
            yield from _object(part)


def _with_parts(item: Object) -> Iterator[Object]:
    """Yield an object and what is written inside it; what it refers to comes by itself."""
    yield item
    if isinstance(item, (Dictionary, Stream, Array)):
        for part in item.values() if not isinstance(item, Array) else item:
            if isinstance(part, (Dictionary, Array)) and not part.is_indirect:
                yield from _with_parts(part)


def _metadata(pdf: Pdf) -> Iterator[str]:
    packet = pdf.Root.get("/Metadata")
    if packet is None or "/Filter" in packet:
        yield "6.6.2: no metadata, or compressed"
        return
    text = packet.read_bytes().decode()
    for needed in ("<pdfaid:part>2<", "<pdfaid:conformance>B<", "<pdfuaid:part>1<", "<dc:title>", "<dc:language>"):
        if needed not in text:
            yield f"6.6.4: metadata without {needed}"


def _intents(pdf: Pdf) -> Iterator[str]:
    found = [item for item in pdf.Root.get("/OutputIntents", Array()) if item.get("/S") == "/GTS_PDFA1"]
    if len(found) != 1:
        yield "6.2.3: not one output intent"
        return
    profile = found[0].DestOutputProfile
    if profile.read_bytes()[36:40] != b"acsp" or profile.read_bytes()[16:20] != b"RGB " or profile.N != 3:
        yield "6.2.3: the output intent holds no RGB profile"


def _object(item: Object) -> Iterator[str]:
    if isinstance(item, Stream):
        yield from _stream(item)
    if not isinstance(item, (Dictionary, Stream)):
        return
    if item.get("/Type") == "/Font":
        yield from _font(item)
    if item.get("/Type") == "/Annot":
        yield from _annotation(item)
    if "/AA" in item and item.get("/Type") == "/Page":
        yield "6.5.2: additional actions of a page"
    if str(item.get("/S")) in FORBIDDEN_ACTIONS or "/JS" in item:
        yield f"6.5.1: action {item.get('/S')}"
    if item.get("/Type") == "/ExtGState" and ("/TR" in item or str(item.get("/BM", "/Normal")) not in BLEND_MODES):
        yield "6.2.5: graphics state"
    if "/EmbeddedFiles" in item or "/EF" in item:
        yield "6.8: embedded file"
    if Name.DeviceCMYK in item.values():
        yield "6.2.4.3: DeviceCMYK without such an output intent"


def _annotation(item: Object) -> Iterator[str]:
    flags = int(item.get("/F", 0))
    if not flags & _PRINT or flags & (_INVISIBLE | _HIDDEN | _NO_VIEW | _TOGGLE):
        yield f"6.3.2: annotation flags {flags}"


def _stream(item: Stream) -> Iterator[str]:
    filters = str(item.get("/Filter", ""))
    if "/F" in item or "LZW" in filters or "Crypt" in filters:
        yield f"6.1.7: stream {filters}"
    if item.get("/Subtype") == "/PS" or "/Ref" in item or "/OPI" in item or "/Alternates" in item:
        yield "6.2.9: external object"
    if item.get("/Interpolate", False) is True:
        yield "6.2.8: interpolated picture"


def _font(font: Object) -> Iterator[str]:
    if font.Subtype == "/Type0":
        if "/ToUnicode" not in font:
            yield f"6.2.11.7: {font.BaseFont} does not say what its characters are"
        return
    if font.Subtype == "/Type3":
        return
    described = font.get("/FontDescriptor", Dictionary())
    if not any(key in described for key in ("/FontFile", "/FontFile2", "/FontFile3")):
        yield f"6.2.11.4: {font.BaseFont} is not embedded"
    if font.Subtype == "/CIDFontType2" and "/CIDToGIDMap" not in font:
        yield f"6.2.11.3: {font.BaseFont} without CIDToGIDMap"


def missing_glyphs(produced: bytes) -> int:
    """Return how often a page shows the glyph .notdef (0), the empty box of a character a font lacks."""
    count = 0
    with pikepdf.open(io.BytesIO(produced)) as pdf:
        for page in pdf.pages:
            count += _missing(page.obj, pikepdf.parse_content_stream(page))
        for item in pdf.objects:
            if isinstance(item, Stream) and item.get("/Subtype") == "/Form":
                count += _missing(item, pikepdf.parse_content_stream(item))
    return count


def _missing(holder: Object, instructions: Iterable[Any]) -> int:
    fonts, wide, count = holder.get("/Resources", Dictionary()).get("/Font", Dictionary()), False, 0
    for instruction in instructions:
        operator = str(instruction.operator)
        if operator == "Tf":
            wide = fonts[str(instruction.operands[0])].Subtype == "/Type0"
        elif operator in _SHOWS and wide:
            count += sum(_zeros(part) for part in _strings(instruction.operands[-1]))
    return count


def _strings(shown: Object) -> Iterator[bytes]:
    parts = shown if isinstance(shown, Array) else [shown]
    yield from (bytes(part) for part in parts if isinstance(part, pikepdf.String))


def _zeros(codes: bytes) -> int:
    return sum(codes[place : place + 2] == b"\x00\x00" for place in range(0, len(codes), 2))
