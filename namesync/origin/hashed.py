"""Names that hold a hash of the table and columns: computed again, so that the claim is certain.

Where a name has the shape of such a one and another hash, it was made for other tables or columns; that is said, too.
"""

from __future__ import annotations

import hashlib
import re
import zlib

from namesync.convention import cut
from namesync.model import Kind, Provider
from namesync.origin.subject import Subject

PK, FK, UNIQUE, INDEX = Kind.PRIMARY_KEY, Kind.FOREIGN_KEY, Kind.UNIQUE, Kind.INDEX
_HASH = re.compile(r"[0-9a-f]{6}|[0-9a-y]{20}", re.IGNORECASE)
_BEFORE = ", for a table or columns of other names"


def made(about: Subject) -> str | None:
    """The tool whose hash stands in the name."""
    if not _HASH.search(about.name):
        return None
    for tool in (_rails, _typeorm, _hibernate, _doctrine, _django, _prisma8):
        if (words := tool(about)) is not None:
            return words
    return None


def _rails(about: Subject) -> str | None:
    """activerecord: `foreign_key_name` and `generate_index_name` of abstract/schema_statements.rb."""
    joined = "_and_".join(about.columns)
    if about.kind in (FK, INDEX) and re.fullmatch(r"fk_rails_[0-9a-f]{10}", about.name):
        mine = f"fk_rails_{_sha256(f'{about.table}_{joined}_fk')[:10]}"
        return "made by Rails" if about.name == mine else f"made by Rails{_BEFORE}"
    if about.kind in (INDEX, UNIQUE) and re.fullmatch(r"idx_on_.+_[0-9a-f]{10}", about.name):
        mine = cut(f"idx_on_{'_'.join(about.columns)}", 51) + "_" + _sha256(f"index_{about.table}_on_{joined}")[:10]
        return "made by Rails" if about.name == mine else f"made by Rails{_BEFORE}"
    return None


def _typeorm(about: Subject) -> str | None:
    """typeorm: DefaultNamingStrategy.ts."""
    prefixes = {PK: ("PK_",), FK: ("FK_",), UNIQUE: ("UQ_", "REL_", "IDX_"), INDEX: ("IDX_",)}[about.kind]
    for prefix in prefixes:
        length = 27 if prefix in ("PK_", "FK_", "UQ_") else 26
        if re.fullmatch(f"{prefix}[0-9a-f]{{{length}}}", about.name):
            text = f"{about.table.replace('.', '_')}_{'_'.join(sorted(about.columns))}"
            mine = prefix + hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest()[:length]
            return "made by TypeORM" if about.name == mine else f"made by TypeORM{_BEFORE}"
    return None


def _hibernate(about: Subject) -> str | None:
    """hibernate-core: NamingHelper. Servers fold the prefix to lower case where Hibernate did not quote it."""
    prefixes = {PK: "", FK: "FK", UNIQUE: "UK_?", INDEX: "IDX"}[about.kind]
    match = re.fullmatch(f"(?i:{prefixes})([0-9a-y]{{20,25}})", about.name) if prefixes else None
    if not match or len(re.findall(r"\d", match[1])) < 3:  # a hash has seven on average
        return None
    if about.kind is FK and not about.to:  # an index left behind: the target is not known
        return "made by Hibernate (JPA)"
    target = f"references`{about.to}`" if about.kind is FK else ""
    text = f"table`{about.table}`{target}{''.join(f'column`{column}`' for column in sorted(about.columns))}"
    mine = _base35(int.from_bytes(_md5(text.encode()).digest(), "big"))
    return "made by Hibernate (JPA)" if match[1] == mine else f"made by Hibernate (JPA){_BEFORE}"


def _doctrine(about: Subject) -> str | None:
    """doctrine/dbal: AbstractAsset::_generateIdentifierName. Only the exact hash: the shape is too common."""
    prefixes = {PK: (), FK: ("FK",), UNIQUE: ("UNIQ",), INDEX: ("IDX",)}[about.kind]
    hashes = "".join(f"{zlib.crc32(part.encode()):x}" for part in (about.table, *about.columns))
    mine = {f"{prefix}_{hashes}"[:limit].upper() for prefix in prefixes for limit in (30, 63, 64)}
    return "made by Doctrine" if about.name.upper() in mine else None


def _django(about: Subject) -> str | None:
    """django: BaseDatabaseSchemaEditor._create_index_name and Index.set_name_with_model."""
    if any(about.name == _django_name(about, suffix) for suffix in _django_suffixes(about)):
        return "made by Django"
    if about.kind is FK and not about.to and about.name.startswith(_django_name(about, "_fk_")):
        return "made by Django"
    if about.kind is INDEX:
        ordered = [f"-{column}" if down else column for column, down in zip(about.columns, about.descending, strict=True)]
        name = f"{about.table[:11]}_{about.columns[0][:7]}_{_digest(about.table, *ordered, 'idx')[:6]}_idx"
        if about.name == (f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name):
            return "made by Django"
    if re.fullmatch(r".+_[0-9a-f]{8}_(fk_.+|uniq|like)", about.name):
        return f"made by Django{_BEFORE}"
    return None


def _django_suffixes(about: Subject) -> tuple[str, ...]:
    foreign = (f"_fk_{about.to}_{'_'.join(about.to_columns)}",)
    return {PK: (), FK: foreign, UNIQUE: ("_uniq",), INDEX: ("", "_like")}[about.kind]


def _django_name(about: Subject, suffix: str) -> str:
    limit = {Provider.POSTGRESQL: 63, Provider.MYSQL: 64, Provider.MARIADB: 64, Provider.SQLITE: 200}[about.provider]
    columns = "_".join(about.columns)
    ending = f"{_digest(about.table, *about.columns)[:8]}{suffix}"
    name = f"{about.table}_{columns}_{ending}"
    if len(name) <= limit:
        return name
    ending = ending[: limit // 3] if len(ending) > limit / 3 else ending
    rest = (limit - len(ending)) // 2 - 1
    name = f"{about.table[:rest]}_{columns[:rest]}_{ending}"
    return f"D{name[:-1]}" if name[0] == "_" or name[0].isdigit() else name


def _prisma8(about: Subject) -> str | None:
    """prisma/orm, ADR 243: the prefix is at most 54 bytes, the hash is of the index's whole definition."""
    prefix = cut(f"{'_'.join((about.table, *about.columns))}_idx", 54)
    mine = about.kind is INDEX and about.name.startswith(prefix) and re.fullmatch(r"_[0-9a-f]{8}", about.name[len(prefix) :])
    return "made by Prisma 8" if mine else None


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _md5(data: bytes) -> hashlib._Hash:
    return hashlib.md5(data, usedforsecurity=False)


def _digest(*parts: str) -> str:
    return _md5("".join(parts).encode()).hexdigest()


def _base35(number: int) -> str:
    digits = ""
    while number:
        number, last = divmod(number, 35)
        digits = "0123456789abcdefghijklmnopqrstuvwxy"[last] + digits
    return digits
