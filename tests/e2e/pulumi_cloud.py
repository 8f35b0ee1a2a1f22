"""A stand-in for the part of Pulumi Cloud's API that `pulumi policy publish` and previews of one stack call."""

from __future__ import annotations

import gzip
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

TOKEN = "pul-stand-in"


@dataclass
class PulumiCloud:
    """
    What was published, and what an organization requires.

    :param url: what to log in to.
    :param metadata: the bodies of the requests that announce a pack, by organization.
    :param archives: the archives that were uploaded.
    :param completed: the paths of the requests that end the publishing.
    :param required: the packs that a preview has to run, with the config of the stack's policy group, as the service
        says them: `RequiredPolicy` in pulumi's sdk/go/common/apitype/policy.go.
    :param downloads: how often a pack was downloaded.
    :param stacks: the paths of the stacks that were made.
    """

    url: str = ""
    metadata: dict[str, Any] = field(default_factory=dict)
    archives: list[bytes] = field(default_factory=list)
    completed: list[str] = field(default_factory=list)
    required: list[dict[str, Any]] = field(default_factory=list)
    downloads: int = 0
    stacks: set[str] = field(default_factory=set)


@contextmanager
def pulumi_cloud() -> Iterator[PulumiCloud]:
    """Serves the stand-in on a port of this machine until the block ends."""
    cloud = PulumiCloud()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            if self.path == "/download":
                cloud.downloads += 1
                self._send(200, cloud.archives[-1])
                return
            path = self.path.partition("?")[0]
            answers = {
                "/api/user": {"id": "1", "githubLogin": "tester", "name": "Tester", "organizations": []},
                "/api/capabilities": {"capabilities": []},
                "/api/user/organizations/default": {"gitHubLogin": "tester"},
            }
            for organization, pack in cloud.metadata.items():
                version = f"/api/orgs/{organization}/policypacks/{pack['name']}/versions/{pack['versionTag']}"
                answers[version] = {**pack, "version": 1, "policies": []}
            for stack in cloud.stacks:
                organization, project, name = stack.split("/")[-3:]
                about = {"orgName": organization, "projectName": project, "stackName": name, "version": 0, "tags": {}}
                answers |= {stack: {"id": "1", **about}, f"{stack}/export": {"version": 3, "deployment": {}}}
            self._answer(answers.get(path))

        def do_HEAD(self) -> None:
            self._answer({})

        def do_PATCH(self) -> None:
            self._body()
            self._answer({})

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
                case ["api", "stacks", _, _]:
                    cloud.stacks.add(f"{self.path}/{json.loads(body)['stackName']}")
                    self._answer({})
                case ["api", "stacks", _, _, _, "preview"]:
                    self._answer({"updateID": "1", "requiredPolicies": cloud.required})
                case ["api", "stacks", _, _, _, "encrypt"]:
                    self._answer({"ciphertext": json.loads(body)["plaintext"]})
                # The update of a preview is called an update, too.
                case ["api", "stacks", _, _, _, "update", "1"]:
                    self._answer({"version": 0, "token": "lease", "tokenExpiration": int(time.time()) + 3600})
                case ["api", "stacks", _, _, _, "update", "1", *_]:
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
            if content is None:
                self._send(404, b'{"code": 404, "message": "not found"}')
            else:
                self._send(200, json.dumps(content).encode())

        def _send(self, status: int, body: bytes) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
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
