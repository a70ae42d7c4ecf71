"""Running the program: every mistake is one line on standard error, with an exit code."""

import os
import sys
import warnings

from bayesmm.cli.app import app
from bayesmm.cli.streams import finish, prepare_streams, refused
from bayesmm.errors import BayesmmError, BayesmmWarning, one_line, visible
from bayesmm.writing import tell

__all__ = ["main"]

_STOPPED, _DISTRUST = 130, 3


def main() -> None:
    """Run the command line; exits with 0, 3, 2 or 1, see `bayesmm.cli`."""
    sys.exit(_run())


def _run() -> int:
    """Return the exit code."""
    prepare_streams()
    code = _code()
    lost = finish()
    if lost is None or code not in (0, _DISTRUST):
        return code
    return _told(f"standard output cannot be written: {lost.strerror or lost}.", 2)


def _code() -> int:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("always", BayesmmWarning)
            warnings.showwarning = _show_warning(warnings.showwarning)
            code = app(prog_name="bayesmm", standalone_mode=False) or 0
        if code == _STOPPED:
            _told("stopped.", code)
    except BayesmmError as mistake:
        code = _told(one_line(mistake), 2)
    except KeyboardInterrupt:
        code = _told("stopped.", _STOPPED)
    except MemoryError:
        code = _told(
            "the memory of this machine does not hold the data and the model; use fewer rows or "
            "columns.",
            2,
        )
    except SystemExit as stop:  # the parser leaves with 1 when nobody reads its page
        if not refused(stop.__context__):
            raise
        code = 0
    except Exception as fault:
        if hasattr(fault, "format_message"):  # the parser's errors, of whatever version
            code = _told(_misuse(fault), 2)
        elif refused(fault):  # a page of help, which the parser prints
            code = 0
        elif os.environ.get("BAYESMM_TRACEBACK"):
            raise
        else:
            code = _told(
                f"a fault of bayesmm, please report it: {type(fault).__name__}: {fault} "
                "(BAYESMM_TRACEBACK=1 shows where)",
                1,
            )
    return code


def _told(message: str, code: int) -> int:
    tell(" ".join(visible(message).split()))
    return code


def _misuse(fault: Exception) -> str:
    """Return what is wrong with the call, and which page tells the right one."""
    message = fault.format_message().strip()
    context = getattr(fault, "ctx", None)
    page = f" See '{context.command_path} --help'." if context is not None else ""
    return f"{message if message.endswith(('.', '?', '!')) else message + '.'}{page}"


def _show_warning(usual):
    """Return a way of showing warnings in which ours are one line."""

    def show(message, category, *place, **more):
        if issubclass(category, BayesmmWarning):
            _told(str(message), 0)
        else:
            usual(message, category, *place, **more)

    return show
