"""receivers.py - what a watch delivers to: an HTTP server that checks signatures, and a real MQTT broker with a subscriber."""
import base64
import hashlib
import hmac
import http.server
import json
import shutil
import socket
import subprocess
import threading
import time

SECRET = b"a secret of thirty-two bytes ...."


def free_port():
    with socket.socket() as s:
        s.bind(("127.0.0.1", 0))
        return s.getsockname()[1]


class Hook:
    """Keeps (id, body) of every request that it answered 204.  `answer(number of the request)` may say (code, headers) instead."""

    def __init__(self, answer=None):
        self.taken, self.refused, self.unsigned, self.lock, self.requests = [], 0, [], threading.Lock(), 0
        hook = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            disable_nagle_algorithm = True

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                name, at = self.headers["webhook-id"], self.headers["webhook-timestamp"]
                digest = hmac.new(SECRET, f"{name}.{at}.".encode() + body, hashlib.sha256).digest()
                signed = self.headers.get("webhook-signature") == "v1," + base64.b64encode(digest).decode() and abs(time.time() - int(at)) < 60
                with hook.lock:
                    hook.requests += 1
                    code, headers = answer(hook.requests) if answer else (204, {})
                    if not signed:
                        hook.unsigned.append(name)
                    if code == 204:
                        hook.taken.append((name, body))
                    else:
                        hook.refused += 1
                self.send_response(code)
                for key, value in headers.items():
                    self.send_header(key, value)
                if code != 204:
                    self.send_header("Content-Length", "0")
                self.end_headers()

            def log_message(self, *_):
                pass

        class Server(http.server.ThreadingHTTPServer):
            daemon_threads = True
            request_queue_size = 64

            def handle_error(self, *_):  # a client that was killed
                pass

        self.server = Server(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self):
        self.server.shutdown()
        self.server.server_close()


def has_broker():
    return shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin") and shutil.which("mosquitto_sub")


class Broker:
    """mosquitto on loopback, and a subscriber of everything.  more: lines of its configuration; sub: options of mosquitto_sub."""

    def __init__(self, folder, more="allow_anonymous true\n", sub=()):
        self.port = free_port()
        self.lines = folder / "mqtt.jsonl"
        config = folder / "mosquitto.conf"
        config.write_text(f"listener {self.port} 127.0.0.1\n{more}max_queued_messages 0\nmax_inflight_messages 0\n")
        program = shutil.which("mosquitto", path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")
        self.log = open(folder / "mosquitto.log", "wb")
        self.broker = subprocess.Popen([program, "-c", config], stdout=self.log, stderr=self.log)
        for _ in range(100):
            with socket.socket() as s:
                if s.connect_ex(("127.0.0.1", self.port)) == 0:
                    break
            time.sleep(0.05)
        self.out = open(self.lines, "wb")
        self.subscriber = subprocess.Popen(["mosquitto_sub", "-h", "127.0.0.1", "-p", str(self.port), "-t", "#", "-q", "1", *sub],
                                           stdout=self.out, stderr=self.log)
        time.sleep(0.5)
        self.url = f"mqtt://127.0.0.1:{self.port}/rwda/line-1"

    def taken(self):
        return [json.loads(line) for line in self.lines.read_bytes().splitlines() if line]

    def close(self):
        for process in (self.subscriber, self.broker):
            process.terminate()
            process.wait()
        self.out.close()
        self.log.close()
