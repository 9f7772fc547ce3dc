"""service.py - what does `rwda serve` answer to every request?"""
import hashlib
import http.client
import json
import os
import re
import signal
import subprocess
import time

import service_requests

SECONDS = 60


class Service:
    """A service on a free loopback port; its log goes into a file."""

    def __init__(self, recorder, name, options):
        self.log = os.path.join(recorder.work, f"{name}.log")
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen([recorder.program, "serve", "--listen", "127.0.0.1:0", *options], cwd=recorder.work, env=recorder.environment,
                                            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=log)
        self.work, self.port = recorder.work, self.listening()

    def listening(self):
        for _ in range(SECONDS * 20):
            with open(self.log, "rb") as log:
                for line in log:
                    if b'"listening"' in line and line.endswith(b"\n"):
                        return int(json.loads(line)["url"].rsplit(":", 1)[1])
            if self.process.poll() is not None:
                break
            time.sleep(0.05)
        raise SystemExit(f"the service did not start: {open(self.log, encoding='utf-8').read()}")

    def id_of(self, name):
        known = json.loads(self.ask("GET", "/v1/detectors", {}, b"")[1])["detectors"]
        return next((detector["id"] for detector in known if detector["name"] == name), "none")

    def ask(self, method, path, headers, body):
        """The answer as it came: status and reason, headers, body.  One that the service cuts off is "closed"."""
        path = re.sub(r"\{(\w+)\}", lambda name: self.id_of(name[1]), path)
        if callable(body):
            body = body(self.work)
            if isinstance(body, tuple):
                body, headers = body[0], dict(headers, **body[1])
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=SECONDS)
        try:
            try:
                connection.request(method, path, body, headers)
            except (BrokenPipeError, ConnectionResetError):  # refused while the body was on its way: the answer is there
                pass
            answer = connection.getresponse()
            head = f"{answer.status} {answer.reason}\n" + "".join(f"{name}: {value}\n" for name, value in answer.getheaders())
            return head.encode("latin-1"), answer.read()
        except (http.client.HTTPException, ConnectionError):
            return b"closed\n", b""
        finally:
            connection.close()

    def wait(self, training):
        while b'"running"' in self.ask("GET", f"/v1/trainings/{training}", {}, b"")[1]:
            time.sleep(0.05)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(SECONDS)


def described(method, path, headers, body, work):
    """A request in one line; names the row."""
    body = body(work) if callable(body) else body
    body = body[0] if isinstance(body, tuple) else body
    shown = body.decode("latin-1")
    if len(body) > 200 or not (shown.isascii() and shown.isprintable()):
        shown = f"{len(body)} bytes, sha256 {hashlib.sha256(body).hexdigest()[:8]}"
    return " ".join([method, path, *(f"{name}: {value}" for name, value in headers.items()), shown]).strip()


def record(recorder):
    with open(os.path.join(recorder.work, "token"), "w", encoding="utf-8") as token:
        token.write("correct-horse-battery\n")
    os.link(os.path.join(recorder.work, "out/d7/d.safetensors"), os.path.join(recorder.work, "out/d7/other.safetensors"))
    for name, (options, asked) in service_requests.SERVICES.items():
        service, times = Service(recorder, name, options), {}
        try:
            for request in asked:
                if request[0] == service_requests.WAIT:
                    service.wait(request[1])
                    request = ("GET", f"/v1/trainings/{request[1]}", {}, b"")
                text = described(*request, recorder.work)
                times[text] = times.get(text, 0) + 1
                head, body = service.ask(*request)
                row = f"{name}-" + hashlib.sha256(f"{text} {times[text]}".encode()).hexdigest()[:8]
                recorder.keep(row, f"{' '.join(['serve', *options])}: {text}", {"headers": head, "body": body}, files=False)
            code = service.stop()
        except BaseException:
            service.process.kill()
            raise
        with open(service.log, "rb") as log:
            recorder.keep(name, " ".join(["serve", *options]), {"exit": b"%d\n" % code, "stderr": log.read()})
