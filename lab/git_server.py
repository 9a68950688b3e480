# SPDX-License-Identifier: GPL-3.0-or-later
"""Serves bare repositories by smart HTTP, as a forge does: ``git http-backend`` behind an HTTP server.

    python git_server.py ADDRESS PORT FOLDER

Everybody who reaches it may read and push.
"""

from __future__ import annotations

import http.server
import os
import shutil
import subprocess
import sys
import zlib
from collections.abc import Iterator
from io import BufferedIOBase
from urllib.parse import urlsplit


class GitHandler(http.server.BaseHTTPRequestHandler):
    """Hands each request to ``git http-backend``, as a web server does by CGI."""

    protocol_version = "HTTP/1.1"
    folder = ""

    def do_GET(self) -> None:
        self._serve()

    def do_POST(self) -> None:
        self._serve()

    def _serve(self) -> None:
        body = b"".join(self._body())
        asked = urlsplit(self.path)
        # what git wrote is whole before a byte of it is sent: the repositories here are small
        done = subprocess.run(
            [shutil.which("git") or "git", "http-backend"],
            input=body,
            capture_output=True,
            check=False,
            env={
                "PATH": os.environ.get("PATH", os.defpath),
                "HOME": os.devnull,
                "GIT_PROJECT_ROOT": self.folder,
                "GIT_HTTP_EXPORT_ALL": "1",
                "GIT_PROTOCOL": self.headers.get("Git-Protocol", ""),
                "REMOTE_USER": "lab",
                "REMOTE_ADDR": self.client_address[0],
                "REQUEST_METHOD": self.command,
                "PATH_INFO": asked.path,
                "QUERY_STRING": asked.query,
                "CONTENT_TYPE": self.headers.get("Content-Type", ""),
                "CONTENT_LENGTH": str(len(body)),
            },
        )
        head, _, content = done.stdout.partition(b"\r\n\r\n")
        fields = dict(line.split(": ", 1) for line in head.decode("latin-1").split("\r\n") if ": " in line)
        status = int(fields.pop("Status", "200" if head else "500").split()[0])
        self.send_response(status)
        for name, value in fields.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def _body(self) -> Iterator[bytes]:
        if self.headers.get("Content-Encoding") == "gzip":
            unpacker = zlib.decompressobj(zlib.MAX_WBITS | 16)
            for part in self._sent():
                yield unpacker.decompress(part)
        else:
            yield from self._sent()

    def _sent(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") == "chunked":
            yield from _chunks(self.rfile)
        else:
            yield self.rfile.read(int(self.headers.get("Content-Length") or 0))


def _chunks(stream: BufferedIOBase) -> Iterator[bytes]:
    """The parts of a body of unknown length, as git sends a large push."""
    while size := int(stream.readline().split(b";")[0], 16):
        yield stream.read(size)
        stream.readline()
    while stream.readline().strip():
        pass


def main() -> int:
    address, port, GitHandler.folder = sys.argv[1:]
    with http.server.ThreadingHTTPServer((address, int(port)), GitHandler) as server:
        server.serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())
