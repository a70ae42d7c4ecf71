"""``python -m bayesmm``: the command line."""

from bayesmm.cli import main

main()
