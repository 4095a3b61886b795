"""A bank's own rule packs 内部规则包: uploaded by that bank, checked like the shipped ones, used for it alone."""

import json
import tempfile
import zipfile
import zlib
from collections.abc import Mapping
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath

from sqlalchemy import select
from sqlmodel import Session, col

from registry import audit
from registry.accounts.model import Actor, Organisation
from registry.accounts.permissions import may, require
from registry.assessments.model import PrivatePack
from registry.assessments.operations import public_packs
from registry.eligibility.checked import Pack, PackError, Packs
from registry.eligibility.located import LARGEST_FILE_BYTES, pack_finding, read_yaml
from registry.eligibility.packs import HEAD_FILE, PARAMETERS_FILE, READING_FILE, RULES_FILE, load_packs
from registry.errors import NotFound

MOST_FILES = 200
LARGEST_PACK_BYTES = 2 * LARGEST_FILE_BYTES
_KINDS = {".yaml", ".md"}
_FOLDER = "pack"
"""What findings call the folder of an uploaded pack."""


def visible_packs(session: Session, actor: Actor) -> Packs:
    """Return the packs this actor may judge by: the shipped ones and, for a bank, its own beside them."""
    packs = public_packs()
    for row in _own_rows(session, actor):
        packs = packs.joined_with(_checked(row.files, _owner(session, row.organisation_id)))
    return packs


def own_packs(session: Session, actor: Actor) -> list[tuple[PrivatePack, Pack]]:
    """Return the packs of the actor's bank that are in use, as kept and as checked. Raises NotAllowed."""
    require(actor, "read_private_packs")
    rows = _own_rows(session, actor)
    return [(row, _checked(row.files, _owner(session, row.organisation_id))[row.pack_id]) for row in rows]


def find_own_pack(session: Session, actor: Actor, pack_id: str) -> tuple[PrivatePack, Pack]:
    """Return one pack of the actor's bank. Raises NotFound, also for another bank's, and NotAllowed."""
    for row, pack in own_packs(session, actor):
        if row.pack_id == pack_id:
            return row, pack
    raise NotFound(f"贵机构没有规则包 {pack_id}", f"Your organisation has no rule pack {pack_id}")


def keep_private_pack(session: Session, actor: Actor, files: Mapping[str, str]) -> PrivatePack:
    """Check and keep a pack of the actor's bank; an earlier one of the same identifier is no longer used.

    `files` maps paths within the pack to texts. Raises PackError with file, line and reason of every flaw, and then
    nothing is kept; NotAllowed for anybody but a bank.
    """
    require(actor, "keep_private_packs")
    text = audit.canonical_json(dict(files))
    owner = _owner(session, actor.organisation_id)
    (pack,) = _checked(text, owner)
    if pack.id in public_packs().packs:
        zh, en = f"标识 {pack.id} 已用于公开规则包，请换一个", f"uses the id {pack.id} of a public pack; choose another"
        raise PackError.of([pack_finding(f"{_FOLDER}/{HEAD_FILE}", 1, "pack-id-taken", zh, en, key="id")])
    _end(session, actor, pack.id)
    kept = PrivatePack(
        organisation_id=actor.organisation_id or 0,
        pack_id=pack.id,
        files=text,
        uploaded_by=actor.user_id or 0,
        uploaded_at=audit.now(),
    )
    session.add(kept)
    session.flush()
    audit.record(session, actor_id=actor.user_id, action="private-pack.keep", subject=f"private-pack:{kept.id}")
    return kept


def end_private_pack(session: Session, actor: Actor, pack_id: str) -> None:
    """Stop using a pack of the actor's bank; its text stays as a record. Raises NotFound, NotAllowed."""
    require(actor, "keep_private_packs")
    ended = _end(session, actor, pack_id)
    if ended is None:
        raise NotFound(f"贵机构没有规则包 {pack_id}", f"Your organisation has no rule pack {pack_id}")
    audit.record(session, actor_id=actor.user_id, action="private-pack.end", subject=f"private-pack:{ended}")


def files_of_zip(content: bytes) -> dict[str, str]:
    """Return the texts of a ZIP, without the one folder around them if there is one. Raises PackError."""
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            members = [member for member in archive.infolist() if not member.is_dir()]
            _refuse_members(members)
            texts = {member.filename: _text(archive, member) for member in members}
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
        raise _refused("not-a-zip", f"无法读取 ZIP 文件：{error}", f"cannot be read as a ZIP: {error}") from None
    if HEAD_FILE in texts:
        return texts
    tops = {name.partition("/")[0] for name in texts}
    return {name.partition("/")[2]: text for name, text in texts.items()} if len(tops) == 1 else texts


def files_of_texts(*, pack: str, rules: str, parameters: str, cases: str, reading: str) -> dict[str, str]:
    """Return the files of a pack of one version from the texts of a form; the version is the first in `pack`."""
    located, _ = read_yaml(pack, HEAD_FILE)
    data = located.data if located else None
    versions = data.get("versions") if isinstance(data, dict) else None
    first = versions[0] if isinstance(versions, list) and versions else None
    name = str(first.get("version")) if isinstance(first, dict) else "1"
    folder = name if PurePosixPath(name).name == name else "1"
    texts = {
        RULES_FILE: rules,
        PARAMETERS_FILE: parameters,
        "cases/cases.yaml": cases,
        READING_FILE: reading,
    }
    given = {f"{folder}/{path}": text for path, text in texts.items() if text.strip()}
    return {HEAD_FILE: pack, **given}


def load_texts(files: Mapping[str, str], *, owner: str | None = None) -> Packs:
    """Return the pack these texts are, checked as a whole. Raises PackError with file, line and reason."""
    if len(files) > MOST_FILES or sum(map(len, files.values())) > LARGEST_PACK_BYTES:
        limit = LARGEST_PACK_BYTES // 2**20
        zh, en = f"超过 {MOST_FILES} 个文件或 {limit} MB", f"is more than {MOST_FILES} files or {limit} MB"
        raise _refused("pack-too-large", zh, en)
    with tempfile.TemporaryDirectory(prefix="registry-pack-") as place:
        folder = Path(place) / _FOLDER
        folder.mkdir()
        for name, text in files.items():
            path = _inside(name)
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            (folder / path).write_text(text, encoding="utf-8")
        if HEAD_FILE not in files:
            raise _refused("missing-file", f"缺少 {HEAD_FILE}", f"lacks {HEAD_FILE}")
        return load_packs(folder, owner=owner)


@lru_cache(maxsize=64)
def _checked(files: str, owner: str) -> Packs:
    """Return a kept pack, checked once for each process."""
    return load_texts(json.loads(files), owner=owner)


def _own_rows(session: Session, actor: Actor) -> list[PrivatePack]:
    if not may(actor, "read_private_packs"):
        return []
    query = select(PrivatePack).where(
        col(PrivatePack.organisation_id) == actor.organisation_id, col(PrivatePack.ended_at).is_(None)
    )
    return list(session.execute(query.order_by(col(PrivatePack.pack_id))).scalars())


def _end(session: Session, actor: Actor, pack_id: str) -> int | None:
    """End the pack of this identifier and return its number, None when there is none."""
    found = next((row for row in _own_rows(session, actor) if row.pack_id == pack_id), None)
    if found is None:
        return None
    found.ended_at = audit.now()
    session.add(found)
    session.flush()
    return found.id


def _owner(session: Session, organisation_id: int | None) -> str:
    query = select(col(Organisation.name)).where(col(Organisation.id) == organisation_id)
    return str(session.execute(query).scalar_one())


def _refuse_members(members: list[zipfile.ZipInfo]) -> None:
    """Refuse an archive by what it says of itself, before anything of it is unpacked."""
    if len(members) > MOST_FILES or sum(member.file_size for member in members) > LARGEST_PACK_BYTES:
        limit = LARGEST_PACK_BYTES // 2**20
        zh, en = f"超过 {MOST_FILES} 个文件或 {limit} MB", f"is more than {MOST_FILES} files or {limit} MB"
        raise _refused("pack-too-large", zh, en)
    for member in members:
        _inside(member.filename)


def _text(archive: zipfile.ZipFile, member: zipfile.ZipInfo) -> str:
    # Read no further than the size it claims: what is longer is a bomb, and the checksum then fails.
    with archive.open(member) as source:
        content = source.read(LARGEST_FILE_BYTES + 1)
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise _refused("encoding", "不是 UTF-8 编码", "is not encoded in UTF-8", member.filename) from None


def _inside(name: str) -> PurePosixPath:
    """Return a path that stays within the pack. Raises PackError."""
    path = PurePosixPath(name)
    is_safe = not path.is_absolute() and ".." not in path.parts and "\\" not in name and "\x00" not in name
    if not is_safe or path.suffix not in _KINDS or not name.isprintable() or len(name) > 200:  # noqa: PLR2004 - a path
        zh, en = "规则包中只能有文件夹内的 .yaml 和 .md 文件", "may hold .yaml and .md files within its folder only"
        raise _refused("file-in-pack", zh, en, name[:80])
    return path


def _refused(code: str, zh: str, en: str, name: str = "") -> PackError:
    return PackError.of([pack_finding(f"{_FOLDER}/{name}" if name else _FOLDER, 1, code, zh, en)])
