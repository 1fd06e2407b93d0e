"""The database and the spool: the only room that knows SQL."""
