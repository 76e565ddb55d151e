"""What only the application's own libraries can tell: `--deep`.

`child.py` starts the application's interpreter as the application is started, and `inside/` is
what runs there. Nothing of the application's libraries is ever imported by the agent itself.
"""
