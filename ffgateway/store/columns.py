"""How columns of a kind are written, and what indexes and keys are called, the same in every table."""

from typing import Any

from sqlalchemy import JSON, BigInteger, Column, Integer, MetaData, Text
from sqlmodel import Field, SQLModel

SQLModel.metadata.naming_convention = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
).naming_convention

Number = BigInteger().with_variant(Integer(), "sqlite")
# SQLite counts up by itself only in a column that says INTEGER.


def json_column() -> Any:
    """A column of JSON that always has a value."""
    return Field(sa_column=Column(JSON(), nullable=False))


def text_column() -> Any:
    """A text without a limit, empty when there is none."""
    return Field(default="", sa_column=Column(Text(), nullable=False))
