"""A stand-in for the part of Pulumi Cloud's API that `pulumi policy publish` calls."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "pul-stand-in"


@dataclass
class PulumiCloud:
    """
    What was published.

    :param url: what to log in to.
    :param metadata: the bodies of the requests that announce a pack, by organization.
    :param archives: the archives that were uploaded.
    :param completed: the paths of the requests that end the publishing.
    """

    url: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    archives: list[bytes] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)


@contextmanager
def pulumi_cloud() -> Iterator[PulumiCloud]:
    """Serves the stand-in on a port of this machine until the block ends."""
    cloud = PulumiCloud()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            answers = {
                "/api/user": {"id": "1", "githubLogin": "tester", "name": "Tester", "organizations": []},
                "/api/capabilities": {"capabilities": []},
                "/api/user/organizations/default": {"gitHubLogin": "tester"},
            }
            self._answer(answers.get(self.path))

        def do_POST(self) -> None:
            body = self._body()
            match self.path.split("/")[1:]:
                case ["api", "orgs", organization, "policypacks"]:
                    cloud.metadata[organization] = json.loads(body)
                    headers = {"X-Upload": "required"}
                    self._answer({"version": 1, "uploadURI": f"{cloud.url}/upload", "requiredHeaders": headers})
                case ["api", "orgs", _, "policypacks", _, "versions", _, "complete"]:
                    cloud.completed.append(self.path)
                    self._answer({})
                case _:
                    self._answer(None)

        def do_PUT(self) -> None:
            cloud.archives.append(self._body())
            self._answer({} if self.headers["X-Upload"] == "required" else None)

        def _body(self) -> bytes:
            body = self.rfile.read(int(self.headers["Content-Length"] or 0))
            return gzip.decompress(body) if self.headers["Content-Encoding"] == "gzip" else body

        def _answer(self, content: object) -> None:
            body = json.dumps({"code": 404, "message": "not found"} if content is None else content).encode()
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        cloud.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield cloud
        finally:
            server.shutdown()
            thread.join()
