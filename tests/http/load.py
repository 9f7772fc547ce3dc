"""load.py - does the service stay the same under load: its scores, its memory, its files, its speed?

    load.py [--requests 10000] [--clients 8] [--detector FILE] [OPTIONS OF 'rwda serve' ...]

Starts the service itself, on a loopback port; sends that many requests from that many clients, then ends it.  Every score is compared
with the command line's, to the bit.  Before, one request with many images makes the service's largest batch, which sets the size of its
scratch memory.  Memory and open files are compared between a tenth of the way and the end.  The service's own memory (anonymous pages) may
neither grow nor shrink by MEMORY_DRIFT of the resident set, and the resident set may not grow by that: pages of files (libraries, the
program) count as they were at least, since the kernel takes clean ones back when other programs want memory.  p99 of the
last tenth is printed beside that of the first and is no pass rule.  Where a machine is halted for longer than --request-seconds, give more."""
import argparse
import http.client
import json
import subprocess
import tempfile
import threading
import time
import urllib.request

from conftest import IMAGES, RWDA, Service, offline

QUERIES = [("", []), ("?method=both&crops=5", ["--method", "both", "--crops", "5"]), ("?method=lda&resize=squash", ["--method", "lda", "--resize", "squash"])]
MEMORY_DRIFT = 0.01  # of the resident set after a tenth of the requests


def gauge(service, name):
    with urllib.request.urlopen(service.url + "/metrics") as answer:
        for line in answer.read().decode().splitlines():
            if line.startswith(name + " "):
                return float(line.split()[1])
    raise KeyError(name)


def memory(service):
    """Bytes: the resident set, its anonymous part, its file part."""
    with open(f"/proc/{service.process.pid}/status") as status:
        kilobytes = {name: rest.split()[0] for name, rest in (line.split(":", 1) for line in status) if name in ("VmRSS", "RssAnon", "RssFile")}
    return [1024 * int(kilobytes[name]) for name in ("VmRSS", "RssAnon", "RssFile")]


def fill(service):
    """One request with all images, five crops of each: the largest pass of the encoder, which single requests bring about by chance, soon or late.
    What was wrong with the answer."""
    boundary = "a-line-that-no-image-has"
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="images"; filename="%s"\r\n\r\n'
    body = b"".join((head % path.name).encode() + path.read_bytes() + b"\r\n" for path in IMAGES) + f"--{boundary}--\r\n".encode()
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=900)
    connection.request("POST", "/v1/score:batch?method=both&crops=5", body, {"Content-Type": f"multipart/form-data; boundary={boundary}"})
    answer = connection.getresponse()
    record = json.loads(answer.read())
    connection.close()
    return [] if answer.status == 200 and record["failed"] == 0 else [("batch", answer.status, record)]


def client(service, jobs, lock, times, wrong, expected):
    connection = http.client.HTTPConnection("127.0.0.1", service.port, timeout=900)
    while True:
        with lock:
            if not jobs:
                break
            number = jobs.pop()
        path, (query, _) = IMAGES[number % len(IMAGES)], QUERIES[number % len(QUERIES)]
        body = path.read_bytes()
        begun = time.monotonic()
        connection.request("POST", "/v1/score" + query, body, {"Content-Type": "image/jpeg"})
        answer = connection.getresponse()
        record = json.loads(answer.read())
        times.append((begun, time.monotonic() - begun))
        if answer.status != 200 or record["score"] != expected[query][str(path)]["score"]:
            wrong.append((number, answer.status, record))
    connection.close()


def quantile(values, q):
    return sorted(values)[min(len(values) - 1, int(q * len(values)))]


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--requests", type=int, default=10000)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--detector")
    args, options = parser.parse_known_args()
    detector = args.detector or tempfile.mkdtemp() + "/d.safetensors"
    if args.detector is None:
        subprocess.run([RWDA, "train", "--model", "demo", "--pairs", "400", "--epochs", "3", "--no-cache", "--quiet", "-o", detector], check=True)
    expected = {query: offline(detector, *options) for query, options in QUERIES}
    service = Service("-d", detector, "--quiet", *options)
    times, wrong, lock = [], fill(service), threading.Lock()
    drift = {}
    warm = args.requests // 10
    for name, share in (("warm", warm), ("end", args.requests - warm)):
        jobs = list(range(share))
        threads = [threading.Thread(target=client, args=(service, jobs, lock, times, wrong, expected)) for _ in range(args.clients)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        drift[name] = (memory(service), gauge(service, "process_open_fds"))
    code = service.stop()
    spans = [span for _, span in sorted(times)]
    tenth = max(1, len(spans) // 10)
    (resident, own, files), (resident_end, own_end, files_end) = drift["warm"][0], drift["end"][0]
    own_drift = (own_end - own) / resident
    growth = (own_end + max(files, files_end)) / (own + files) - 1
    steady = abs(own_drift) < MEMORY_DRIFT and growth < MEMORY_DRIFT
    report = {
        "requests": len(times), "clients": args.clients, "wrong": len(wrong), "exit": code,
        "p50_ms": round(1e3 * quantile(spans, 0.5), 1), "p99_ms": round(1e3 * quantile(spans, 0.99), 1),
        "p99_first_tenth_ms": round(1e3 * quantile(spans[:tenth], 0.99), 1), "p99_last_tenth_ms": round(1e3 * quantile(spans[-tenth:], 0.99), 1),
        "own_memory_drift": round(own_drift, 4), "growth": round(growth, 4),
        "resident_drift": round(resident_end / resident - 1, 4), "fds": [drift["warm"][1], drift["end"][1]],
        "resident_mb": [round(resident / 1e6, 2), round(resident_end / 1e6, 2)], "own_mb": [round(own / 1e6, 2), round(own_end / 1e6, 2)],
        "files_mb": [round(files / 1e6, 2), round(files_end / 1e6, 2)],
    }
    print(json.dumps(report, indent=1))
    good = len(times) == args.requests and not wrong and code == 0 and steady and abs(drift["end"][1] - drift["warm"][1]) <= args.clients
    print("passed" if good else f"failed {wrong[:3]}")
    return 0 if good else 1


if __name__ == "__main__":
    raise SystemExit(main())
