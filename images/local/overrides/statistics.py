"""A scratch replacement that somebody forgot.

It shadows the standard library's module wherever PYTHONPATH names this folder.
"""


def median(data):
    return sorted(data)[len(data) // 2]
