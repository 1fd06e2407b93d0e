"""What can go wrong with documents, and with where they are kept; of the family in `errors`."""

from ffgateway.domain.errors import Conflict, InvalidRequest


class UnsupportedDocument(InvalidRequest):
    """A document of a type that is not accepted, or whose bytes are not what they are said to be."""

    code = "unsupported-document"
    title = "The document is of a type that cannot be faxed"


class EmptyDocument(InvalidRequest):
    """A document without a single byte."""

    code = "empty-document"
    title = "The document is empty"


class DocumentUnreadable(InvalidRequest):
    """A document that does not open: broken, or not what it begins like."""

    code = "document-unreadable"
    title = "The document cannot be opened"


class DocumentProtected(InvalidRequest):
    """A document that is encrypted, with or without a password to open it."""

    code = "document-protected"
    title = "The document is protected"


class DocumentTooLarge(InvalidRequest):
    """The documents would not fit into the request that the appliance accepts."""

    code = "document-too-large"
    title = "The documents are too large"


class DocumentPurged(Conflict):
    """The document was removed after its fax was settled."""

    code = "document-purged"
    title = "The document is no longer kept"


class DocumentDamaged(Conflict):
    """What is kept of the document is not what was put there, or was sealed under another key."""

    code = "document-damaged"
    title = "The document that is kept is damaged"


class NoDocument(Conflict):
    """The fax came to its appliance by another way, so the gateway never had its document."""

    code = "no-document"
    title = "The gateway never had the document"
