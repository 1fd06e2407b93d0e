"""The command line: one module for each command, each importing what is heavy only when it runs."""
