"""Makes room for many probes at once: each has a socket, and a process may open only so many."""

import resource

KEPT = 150  # for the database, the log, the DNS and everything else that a worker opens


def room_for(wanted: int) -> int:
    """Raise this process's limit of open files as far as it needs and may; give how many probes fit."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft == resource.RLIM_INFINITY:
        return wanted
    needed = wanted + KEPT
    if soft < needed:
        allowed = needed if hard == resource.RLIM_INFINITY else min(needed, hard)
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, allowed), hard))
        soft = max(soft, allowed)
    return max(1, min(wanted, soft - KEPT))
