"""How work is shared out among gateways that stand beside each other."""


def quota(things: int, processes: int) -> int:
    """How many things one process may hold: none is left over, and none has two more than another."""
    return -(-things // max(processes, 1))
