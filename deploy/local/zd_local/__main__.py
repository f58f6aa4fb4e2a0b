"""`python -m zd_local up|down|status|reset|rotate|token|lock`; the Makefile says what each does."""

import argparse
import errno
import sys

from zd_engines.errors import DiskFull, EngineError
from zd_local import control, stack
from zd_local.layout import STATE
from zd_local.locks import write_locks
from zd_local.summary import complain

_PLAIN = {"down": control.down, "status": control.status, "reset": control.reset, "rotate": control.rotate}


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m zd_local")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("up").add_argument("--detach", action="store_true")
    for name in ("down", "status", "reset", "rotate", "lock"):
        commands.add_parser(name)
    commands.add_parser("token").add_argument("client")
    chosen = parser.parse_args(arguments)
    try:
        return _run(chosen)
    except EngineError as exc:
        complain(exc.th, exc.en)
    except OSError as exc:
        if exc.errno != errno.ENOSPC:
            raise
        full = DiskFull(STATE)
        complain(full.th, full.en)
    return 1


def _run(chosen: argparse.Namespace) -> int:
    match chosen.command:
        case "up":
            return control.up_detached() if chosen.detach else stack.up()
        case "token":
            return control.token(chosen.client)
        case "lock":
            write_locks()
            return 0
        case other:
            return _PLAIN[other]()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
