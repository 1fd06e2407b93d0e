"""The wire: FFWS documents to nouns and back. Pure: lxml and the standard library."""
