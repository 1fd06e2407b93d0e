"""The groups of an appliance: what they hold, and what is said of them over HTTP."""
