"""The HTTP server of local AWS: on loopback alone, with a thread for each request."""

import gc
import socket
import threading
from types import TracebackType

from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from werkzeug.serving import BaseWSGIServer, make_server

from localaws import children, loopback, shutdown
from localaws.clock import durations
from localaws.cloudformation.answers import Answers
from localaws.codecommit.clones import Clones
from localaws.faults.calls import Calls
from localaws.front import Front
from localaws.gate.middleware import Gate
from localaws.identity import create_administrator
from localaws.install import install
from localaws.refusals import Application
from localaws.sns.visits import Visits
from localaws.wire import endpoint


class _QuietHandler(MotoRequestHandler):
    """HTTP/1.1, of which streamed bodies have need, with no line a request; werkzeug closes each connection."""

    protocol_version = "HTTP/1.1"

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:
        """Say nothing: the services log what matters."""


class LocalAWS:
    """Local AWS, listening from construction on; a context manager that stops it and all its processes at the end.

    ``endpoint`` is its URL, ``administrator`` the credentials of a person who may do everything. A process can run one
    local AWS in its life, since moto keeps its state in the process.

    Raises OSError when the port is taken.
    """

    def __init__(self, port: int = 0) -> None:
        install()
        application = Front(Clones(Visits(Answers(Gate(Calls(DomainDispatcherApplication(create_backend_app)))))))
        self._servers = [_server(host, listener, application) for host, listener in loopback.listeners(port).items()]
        self.endpoint = f"http://127.0.0.1:{self._servers[0].socket.getsockname()[1]}"
        endpoint.url = self.endpoint
        self.administrator = create_administrator()
        for server in self._servers:
            threading.Thread(
                target=server.serve_forever,
                kwargs={"poll_interval": durations.look_for_stop},
                daemon=True,
                name="localaws",
            ).start()
        # What is here now stays: a collection that looks through all of it, a tenth of a second, would find nothing.
        gc.freeze()

    def __enter__(self) -> "LocalAWS":
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.stop()

    def stop(self) -> None:
        """Stop serving and end every process that was started."""
        shutdown.run()
        for server in self._servers:
            server.shutdown()
            server.server_close()
        children.kill_all()


def _server(host: str, listener: socket.socket, application: Application) -> BaseWSGIServer:
    """Return what serves at a listening socket, alone: werkzeug takes a duplicate, and this one would outlast it."""
    with listener:
        return make_server(host, 0, application, threaded=True, request_handler=_QuietHandler, fd=listener.fileno())
