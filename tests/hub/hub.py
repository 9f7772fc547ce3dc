"""hub.py - a hub on loopback: its paths, its headers, its redirects, and its bad days.

Two servers: the hub, which knows repositories, and the store ("CDN") on another port, which has the bytes of large files.  Both log what
they are asked.
"""
import hashlib
import http.server
import threading
import time

LARGE = (".safetensors",)


def git_hash(data):
    return hashlib.sha1(b"blob %d\0" % len(data) + data).hexdigest()


class Repository:
    """Files at one commit.  faults: what goes wrong, by name; each is described where it is used."""

    def __init__(self, files, token=None, **faults):
        self.files, self.token, self.faults = files, token, faults
        self.commit = hashlib.sha1(repr(sorted(files)).encode()).hexdigest()

    def digest(self, name):
        data = self.files[name]
        return hashlib.sha256(data).hexdigest() if name.endswith(LARGE) else git_hash(data)


class Hub:
    def __init__(self):
        self.repositories, self.log, self.lock = {}, [], threading.Lock()
        self.hub, self.store = self._serve(HubHandler), self._serve(StoreHandler)
        self.endpoint = "http://127.0.0.1:%d" % self.hub.server_port
        self.store_address = "http://127.0.0.1:%d" % self.store.server_port

    def _serve(self, handler):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
        server.daemon_threads, server.owner = True, self
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()
        return server

    def close(self):
        for server in (self.hub, self.store):
            server.shutdown()
            server.server_close()

    def asked(self, method, ending, where=None):
        """Requests of the log: method, path's ending, "hub" or "store"."""
        return [r for r in self.log if r["method"] == method and r["path"].endswith(ending) and where in (None, r["where"])]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_HEAD(self):
        self.answer("HEAD")

    def do_GET(self):
        self.answer("GET")

    def note(self, where, method):
        owner = self.server.owner
        with owner.lock:
            owner.log.append({"where": where, "method": method, "path": self.path, "range": self.headers.get("Range"),
                              "authorization": self.headers.get("Authorization")})
        return owner

    def say(self, code, headers=(), body=b""):
        self.send_response(code)
        for name, value in headers:
            self.send_header(name, value)
        if not any(name == "Content-Length" for name, _ in headers):
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def send_file(self, data, faults, extra=()):
        """Bytes, with Range.  faults: no_range; cut N (bytes of a connection); slow (seconds between 64 KiB); stall; wrong; longer."""
        first = 0
        asked = self.headers.get("Range")
        if asked and "no_range" not in faults:
            first = int(asked.split("=")[1].rstrip("-"))
        if "other_part" in faults and first:
            first += 1
        if "wrong" in faults:
            data = data[:-1] + bytes([data[-1] ^ 1])
        rest = data[first:] + (b"more" * 5000 if "longer" in faults else b"")
        self.send_response(206 if asked and "no_range" not in faults else 200)
        if asked and "no_range" not in faults:
            self.send_header("Content-Range", "bytes %d-%d/%d" % (first, len(data) - 1, len(data)))
        self.send_header("Content-Length", str(len(rest)))
        for name, value in extra:
            self.send_header(name, value)
        self.end_headers()
        if self.command == "HEAD":
            return
        if "stall" in faults:
            self.wfile.write(rest[:1000])
            time.sleep(30)
        end = min(len(rest), faults.get("cut", len(rest)))
        try:
            for at in range(0, end, 65536):
                self.wfile.write(rest[at:min(at + 65536, end)])
                if "slow" in faults:
                    time.sleep(faults["slow"])
        except (BrokenPipeError, ConnectionResetError):
            pass
        if end < len(rest):
            self.close_connection = True
            self.connection.close()


class HubHandler(Handler):
    def answer(self, method):
        owner = self.note("hub", method)
        parts = self.path.strip("/").split("/")
        if self.path.startswith("/api/resolve-cache/models/"):
            return self.small(owner, parts[3:])
        if len(parts) < 5 or parts[2] != "resolve":
            return self.say(404)
        name, revision, file = "/".join(parts[:2]), parts[3], "/".join(parts[4:])
        repository = owner.repositories.get(name)
        if repository is None:
            return self.say(401, [("X-Error-Code", "RepoNotFound")])
        faults = repository.faults
        if repository.token and self.headers.get("Authorization") != "Bearer " + repository.token:
            return self.say(faults.get("refusal", 401), [("X-Error-Code", "GatedRepo")])
        if revision not in ("main", repository.commit):
            return self.say(404, [("X-Error-Code", "RevisionNotFound")])
        if faults.get("busy", 0) > 0:
            faults["busy"] -= 1
            return self.say(503)
        commit = faults.get("commit", repository.commit)
        if file not in repository.files:
            return self.say(404, [("X-Error-Code", "EntryNotFound"), ("X-Repo-Commit", commit)])
        data = repository.files[file]
        if "flood" in faults:  # headers without end
            return self.say(200, [("X-%d" % i, "x" * 1000) for i in range(faults["flood"])])
        headers = [("X-Repo-Commit", commit), ("X-Linked-Size", str(faults.get("size", len(data)) if file.endswith(LARGE) else len(data))),
                   ("X-Linked-Etag", '"%s"' % (faults.get("etag", repository.digest(file)) if file.endswith(LARGE) else repository.digest(file)))]
        if "portal" in faults:  # a proxy's page instead of the hub
            return self.say(200, [("ETag", '"portal"')], b"<html>log in</html>")
        if file.endswith(LARGE):
            where = faults.get("redirect", owner.store_address + "/%s/%s?Signature=secret" % (name, file))
            if where == "loop":
                where = self.path
            return self.say(302, headers + [("Location", where)])
        return self.say(307, headers + [("Location", "/api/resolve-cache/models/%s/%s/%s" % (name, repository.commit, file))])

    def small(self, owner, parts):
        repository = owner.repositories["/".join(parts[:2])]
        file = "/".join(parts[3:])
        self.send_file(repository.files[file], {}, [("ETag", '"%s"' % repository.digest(file)),
                                                        ("X-Repo-Commit", repository.faults.get("commit", repository.commit))])


class StoreHandler(Handler):
    def answer(self, method):
        owner = self.note("store", method)
        parts = self.path.split("?")[0].strip("/").split("/")
        repository = owner.repositories["/".join(parts[:2])]
        faults = repository.faults
        if faults.get("store_busy", 0) > 0:
            faults["store_busy"] -= 1
            return self.say(503)
        if "no_part" in faults and self.headers.get("Range"):
            return self.say(416)
        self.send_file(repository.files["/".join(parts[2:])], faults, [("ETag", '"the-store-has-another"')])
