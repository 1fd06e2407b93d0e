"""Everything of one process, put together: the parts, who is woken by what, what the surfaces get."""
