"""Outbound faxes on the wire: the nouns, how to read them, how to write them.

Input and output are whole documents, but for the one that may be 36 MB: `schedule_fax` is
written as segments, so that a document of any size can be streamed through it. Nothing here
opens a socket, reads a clock or knows that HTTP exists. A document that cannot be read raises
`MalformedDocument`, which names the element at fault.
"""

from ffgateway.ffws.cutting import split_fax_entries
from ffgateway.ffws.entries import (
    CLASSES,
    in_class,
    keys_of,
    read_fax_entries,
    read_fax_entry,
    write_fax_entries,
)
from ffgateway.ffws.nouns import (
    Attachment,
    Base64Of,
    CoverPage,
    ExternalAttachment,
    FaxEntry,
    InlineAttachment,
    Recipient,
    ScheduleFax,
    ScheduleFaxDocument,
    Sender,
    WireState,
)
from ffgateway.ffws.scheduling import (
    BASE64_UNIT,
    read_schedule_fax,
    recipients_length,
    write_schedule_fax,
)

__all__ = [
    "BASE64_UNIT",
    "CLASSES",
    "Attachment",
    "Base64Of",
    "CoverPage",
    "ExternalAttachment",
    "FaxEntry",
    "InlineAttachment",
    "Recipient",
    "ScheduleFax",
    "ScheduleFaxDocument",
    "Sender",
    "WireState",
    "in_class",
    "keys_of",
    "read_fax_entries",
    "read_fax_entry",
    "read_schedule_fax",
    "recipients_length",
    "split_fax_entries",
    "write_fax_entries",
    "write_schedule_fax",
]
