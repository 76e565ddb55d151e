"""Takes a fingerprint when the program ends: `envaudit exec --at-exit`.

Python imports a module of this name at its start (https://docs.python.org/3/library/site.html).
`exec` puts the place of this one first on PYTHONPATH; the first thing it does is to undo that, so
that neither the program nor what it starts sees any of it, and to import the `sitecustomize` that
would have been imported otherwise. It stands alone: nothing of the agent is loaded until the end.
"""


def _undo():  # type: () -> tuple[str, list[str]] | None
    """What `exec` told, after which the environment and the path are as they would have been."""
    import os
    import sys

    told = os.environ.pop("ENVAUDIT_AT_EXIT", None)
    if told is None:
        return None
    place, before, *request = told.split("\x1f")
    if before.startswith("="):
        os.environ["PYTHONPATH"] = before[1:]
    else:
        os.environ.pop("PYTHONPATH", None)
    if place in sys.path:
        sys.path.remove(place)
    sys.path_importer_cache.pop(place, None)
    return place, request


def _register(place, request):  # type: (str, list[str]) -> None
    import atexit
    import os

    process = os.getpid()

    def at_exit():  # type: () -> None
        if os.getpid() == process:  # not in a copy of the process, which ends as well
            _take(place, request)

    atexit.register(at_exit)


def _take(place, request):  # type: (str, list[str]) -> None
    """Whatever happens here is not the program's business: nothing is said, nothing is raised."""
    import sys

    writes_bytecode, sys.dont_write_bytecode = not sys.dont_write_bytecode, True
    try:
        package = _load(place)
        __import__(package + ".end_state", fromlist=["take"]).take(request)
    except BaseException:
        pass
    finally:
        sys.dont_write_bytecode = not writes_bytecode


def _load(place):  # type: (str) -> str
    """Make the agent importable, and return the name of its package."""
    if place.endswith("at_exit"):  # in a folder
        import os
        import sys
        from importlib.util import module_from_spec, spec_from_file_location

        folder = os.path.dirname(place)
        spec = spec_from_file_location(
            "envaudit_agent", folder + "/__init__.py", submodule_search_locations=[folder]
        )
        assert spec is not None
        assert spec.loader is not None
        module = module_from_spec(spec)
        sys.modules["envaudit_agent"] = module
        spec.loader.exec_module(module)
    else:  # in the single file, whose own start knows how
        from zipimport import zipimporter

        archive = zipimporter(place)
        exec(archive.get_code("__main__"), {"__name__": "envaudit", "__loader__": archive})  # noqa: S102
    return "envaudit_agent"


def _import_the_other():  # type: () -> None
    import sys

    ours = sys.modules.pop(__name__)
    try:
        import sitecustomize
    except ImportError as error:
        if error.name != __name__:
            raise
    finally:
        sys.modules.setdefault(__name__, ours)  # the import that is under way looks for it


_told = _undo()
if _told is not None:
    _register(*_told)
    _import_the_other()
