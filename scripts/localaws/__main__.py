"""Serves local AWS in the foreground and prints one line to ``eval``."""

import interrupts  # noqa: F401 - the first of all

import argparse
import os
import shlex
import signal
import sys
import threading
import time

REGION = "us-east-1"
_LAST_PORT = 65535


def main() -> int:
    """Run until Ctrl-C, SIGTERM or the end of the terminal (with --control: of standard input); return the status."""
    parser = argparse.ArgumentParser(prog="localaws", description=__doc__)
    parser.add_argument("--port", default=os.environ.get("PORT") or "4566", help="0 takes a free one")
    parser.add_argument("--control", action="store_true", help="obey standard input, and end when it ends")
    options = parser.parse_args()
    if not (options.port.isdecimal() and int(options.port) <= _LAST_PORT):
        print(f"port {options.port}: expected a number up to {_LAST_PORT}, like PORT=4567", file=sys.stderr)
        return 1
    from localaws.server import LocalAWS  # late: moto takes a second, --help should not

    ended = threading.Event()
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):  # Windows has no SIGHUP, and nohup ignores it
        number = getattr(signal, name, signal.SIGTERM)
        if name != "SIGHUP" or signal.getsignal(number) is not signal.SIG_IGN:
            signal.signal(number, lambda *_: ended.set())
    try:
        aws = LocalAWS(int(options.port))
    except OSError as error:
        print(
            f"port {options.port} on loopback: {os.strerror(error.errno or 0)}; choose another with PORT=4567",
            file=sys.stderr,
        )
        return 1
    with aws:
        variables = aws.administrator.environment(REGION)
        exports = " ".join(f"{name}={shlex.quote(value)}" for name, value in variables.items())
        print(f"export {exports}; unset AWS_PROFILE AWS_SESSION_TOKEN", flush=True)
        if options.control:
            threading.Thread(target=_take_commands, args=(ended,), daemon=True, name="control").start()
        ended.wait()
    return 0


def _take_commands(ended: threading.Event) -> None:
    from localaws import control

    # Not sys.stdin, whose lock a thread must not hold when the interpreter ends.
    with os.fdopen(os.dup(0), encoding="utf-8") as commands:
        control.follow(commands, sys.stdout)
    _end_soon(ended)


def _end_soon(ended: threading.Event) -> None:
    from localaws import lifeline
    from localaws.clock import durations

    ended.set()
    time.sleep(durations.end_in_good_order)  # in the control's thread, which is a daemon: it holds nobody up
    lifeline.end_now()


if __name__ == "__main__":
    sys.exit(main())
