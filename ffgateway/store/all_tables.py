"""Every table, whichever file has it: what migrations lead to."""

from typing import Final

from sqlalchemy import MetaData

from ffgateway.store import audit_tables, event_tables, tables

FILES: Final = (tables, event_tables, audit_tables)
"""A table is known once its file was loaded."""

METADATA: Final[MetaData] = tables.DeviceRow.metadata
