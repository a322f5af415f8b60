"""Starts the recording of this process and leaves everything else as it would be without.

Python imports this module at start-up when its folder is on PYTHONPATH. That may be any Python, so the file
must be valid in all of them, 2.7 included.
"""

import sys


def _record():  # type: ignore[no-untyped-def]
    """Start the hook; whatever goes wrong stays here, for it is not the program's concern."""
    loaded = set(sys.modules)
    write_no_bytecode = sys.dont_write_bytecode
    try:
        sys.dont_write_bytecode = False  # the folder is ours; or each process of another Python compiles
        import tracetui_audit_hook  # type: ignore[import-not-found]

        tracetui_audit_hook.begin()
    except Exception:
        pass
    finally:
        sys.dont_write_bytecode = write_no_bytecode
        for name in set(sys.modules) - loaded:  # or the program's own import of them would not be seen
            del sys.modules[name]


def _leave_path():  # type: ignore[no-untyped-def]
    folder = __file__.rpartition("/")[0]
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)


if sys.version_info >= (3, 8) and hasattr(sys, "addaudithook"):
    _record()  # type: ignore[no-untyped-call]
_leave_path()  # type: ignore[no-untyped-call]
sys.modules.pop("sitecustomize", None)
# The program's own; where there is none, site expects this very error.
import sitecustomize  # type: ignore[import-not-found]  # noqa: E402, F401
