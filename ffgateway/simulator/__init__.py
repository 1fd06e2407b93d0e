"""An appliance in memory: knows the wire and nothing else of ours."""
