"""`python -m auditor.agent`, and the single-file agent.

The version gate stands before everything that an older Python could not even parse, so this
file keeps to what Python 2.7 and 3.0 read.
"""

import sys


def main():  # type: () -> int
    if sys.version_info < (3, 8):
        sys.stderr.write(
            "envaudit: needs Python 3.8 or newer, this is %d.%d\n" % sys.version_info[:2]
        )
        return 2
    from .main import main as run

    return run(sys.argv[1:])


if __name__ == "__main__":
    sys.exit(main())
