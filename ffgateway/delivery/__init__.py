"""Other people: how events leave the process."""
