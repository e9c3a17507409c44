"""Where local AWS listens: on 127.0.0.1, and on [::1] where the machine has it, at one port.

``localhost`` is either of the two, as a client's resolver has it. On whichever local AWS left free, a stranger on this
machine could listen at its port and be sent what was meant for it; so a port that is taken on one is not used on the
other.
"""

import errno
import socket

IPV4, IPV6 = "127.0.0.1", "::1"
_BACKLOG = 128
_ATTEMPTS = 20  # to find a port that is free on both, when any will do
_NO_IPV6 = (errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.EPROTONOSUPPORT)


def listeners(port: int) -> dict[str, socket.socket]:
    """Return the listening sockets by address, at this port or, for 0, a free one; raises OSError when it is taken."""
    for attempt in range(1, _ATTEMPTS + 1):
        first = socket.create_server((IPV4, port), backlog=_BACKLOG)
        try:
            return {IPV4: first} | _second(first.getsockname()[1])
        except OSError:
            first.close()
            if port or attempt == _ATTEMPTS:
                raise
    raise AssertionError("the last attempt returns or raises")


def _second(port: int) -> dict[str, socket.socket]:
    try:
        return {IPV6: socket.create_server((IPV6, port), family=socket.AF_INET6, backlog=_BACKLOG)}
    except OSError as error:
        if error.errno in _NO_IPV6:
            return {}
        raise
