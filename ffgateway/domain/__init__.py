"""Our nouns and rules. Pure: the standard library alone; no I/O, no clock, no framework."""
