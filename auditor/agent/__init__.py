"""The agent: what runs inside somebody else's container.

Standard library only, Python 3.8 and newer, relative imports only, so that the folder
works wherever it is put: installed, in a zipapp, or sent into a container as text.
It must stay importable by older Pythons up to here, for `__main__` to refuse them politely.
"""

__version__ = "0.1.0"
