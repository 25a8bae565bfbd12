#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The measures of OPX, as ratios of one run. usage: run.py [--json]"""
import argparse
import json
import multiprocessing
import os
import re
import signal
import socket
import ssl
import statistics
import subprocess
import sys
import time

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
for folder in ("scripts", "tests/http", "tests/bench"):
    sys.path.insert(0, os.path.join(ROOT, folder))

import deposits  # noqa: E402
import load  # noqa: E402
import small  # noqa: E402
import statements  # noqa: E402
from load import Invalid  # noqa: E402
from story import acts, play  # noqa: E402
from story.client import load_demo  # noqa: E402

NAME = "bench"
INSTANCE = [os.path.join(ROOT, "scripts/instance.sh"), "--instance", NAME]
SETTINGS = {"LIMIT_CONN": 10000, "LIMIT_RATE": 100000, "LIMIT_BURST": 100000, "LIMIT_LOGIN_RATE": 100000, "LIMIT_LOGIN_BURST": 10000,
            "KEEPALIVE_REQUESTS": 100000000, "LOG_LEVEL": "warn",
            "NOTICE_GROUP_S": 300}  # as it is in service: tests and demo have each mail at once
SECONDS, ROUNDS, CLIENTS = 6, 3, 16
START_S = 3  # for eight clients to start and to sign in


def median(pairs):
    return statistics.median(pairs)


class Bench:
    def __init__(self, quiet):
        self.quiet, self.figures = quiet, []

    def say(self, words):
        if not self.quiet:
            print("  " + words, flush=True)

    def figure(self, name, value, unit, must, stretch, lower=False):
        self.figures.append({"name": name, "value": round(value, 3), "unit": unit, "must": must, "stretch": stretch,
                             "lower_is_better": lower})
        if self.quiet:
            print(json.dumps(self.figures[-1]), flush=True)

    # ---- an instance with something in it

    def start(self):
        load.run(*INSTANCE, "erase")
        load.run(*INSTANCE, "ground")
        for name, value in SETTINGS.items():
            load.run(*INSTANCE, "set", name, str(value))
        load.run(*INSTANCE, "up")
        paths = dict(line.split("=", 1) for line in load.run(*INSTANCE, "paths").splitlines())
        self.state, self.logs = paths["STATE"], paths["LOGS"]
        self.pki, self.secrets, self.run_folder = paths["PKI"], paths["SECRETS"], paths["RUN"]
        describe = '. "%s/scripts/lib/load.sh"; layout %s; demo_describe --quiet' % (ROOT, NAME)
        load.run("bash", "-c", describe)
        self.demo = load_demo(self.state + "/demo.json")
        play.real_pdf, play.photograph = small.pdf_for, small.photograph_for
        self.story = play.Story(self.demo)
        self.story.say = self.say
        for chapter in ("accounts", "openings", "court", "invitations", "deposits", "readings"):
            getattr(self.story, chapter)()
        for k in range(3):
            acts.deposit(self.story.haddad, self.story.first, "exhibit", "Pièces %d" % k,
                         [acts.File("p%d.pdf" % i, small.pdf("p %d %d" % (k, i))) for i in range(6)])
        self.nginx = load.PlainNginx(self.demo["ports"]["smtp"] + 3, self.pki, self.secrets)

    def stop(self):
        if hasattr(self, "nginx"):
            self.nginx.stop()
        load.run(*INSTANCE, "erase")

    def cookie(self, person):
        return "; ".join("%s=%s" % c for jar in person.browser.cookies.values() for c in jar.items())

    def costing(self, name, run):
        """What h2load gave, and the processor time of those processes an answer, in µs: the warm-up's second is in the time alone."""
        before = load.cpu_s(load.processes(name))
        rate, n = run()  # a worker that is replaced meanwhile stands in the time of its master
        return (rate, n), (load.cpu_s(load.processes(name)) - before) * 1e6 / (n * (SECONDS + 1) / SECONDS)

    # ---- measures

    def list_page(self):
        person, port = self.story.haddad, self.demo["ports"]["main"]
        path = "/dossiers/%d/echanges" % self.story.first
        rows = len(acts.documents(person, self.story.first))
        if rows < 20:
            raise Invalid("the list has %d rows" % rows)
        script = self.write("page.sql", statements.script(statements.capture(
            INSTANCE, self.logs + "/postgres.log", lambda: person.get(path).expect(200))))
        ratios, costs = [], []
        for _ in range(ROUNDS):
            (page, _), cost = self.costing("opx-web", lambda: load.h2load(
                self.demo["origins"]["main"] + path, port, SECONDS, CLIENTS, self.cookie(person)))
            costs.append(cost)
            alone = self.pgbench(script)
            ratios.append(page / alone)
            self.say("list page %.0f/s, its statements alone %.0f/s, %.0f µs of processor a page" % (page, alone, costs[-1]))
        if len(acts.documents(person, self.story.first)) != rows:
            raise Invalid("the list changed while it was measured")
        self.figure("list page over TLS / its SQL by pgbench", median(ratios), "ratio", 0.30, 0.45)
        self.figure("processor time of opx-web a page", median(costs), "µs", 100, 60, lower=True)

    def pgbench(self, script):
        command = '. "%s/scripts/lib/load.sh"; layout %s; as opx-web env PGOPTIONS="-c plan_cache_mode=force_generic_plan" "$PG_BIN/pgbench" -n -M prepared -h "$RUN/pg" -p "$PORT" ' \
            '-U opx_web -c %d -j 2 -T %d -f "%s" opx' % (ROOT, NAME, CLIENTS, SECONDS, script)
        out = load.run("bash", "-c", command)
        if "number of failed transactions: 0 " not in out:
            raise Invalid("pgbench: " + out[-400:])
        return float(re.search(r"tps = ([\d.]+)", out)[1])

    def write(self, name, text):
        path = os.path.join(self.nginx.folder, name)
        with open(path, "w", encoding="utf-8") as f:
            f.write(text)
        os.chmod(path, 0o644)
        return path

    def null_page(self):
        ratios, scale = [], []
        for _ in range(ROUNDS):
            # The home page asks nothing of the database; both over TLS, as people come.
            (ours, _), page_us = self.costing("opx-web", lambda: load.h2load(
                self.demo["origins"]["main"] + "/", self.demo["ports"]["main"], SECONDS, CLIENTS))
            (bare, _), nginx_us = self.costing("nginx", lambda: load.h2load(
                "https://%s:%d/null" % (self.demo["hosts"]["main"], self.nginx.tls_port), self.nginx.tls_port, SECONDS, CLIENTS))
            ratios.append(ours / bare)
            scale.append(nginx_us)
            self.say("null page %.0f/s, %.0f µs of processor each; nginx alone %.0f/s, %.0f µs each" % (ours, page_us, bare, nginx_us))
        self.figure("null page / nginx return 200", median(ratios), "ratio", 0.18, 0.25)
        self.figure("processor time of nginx an empty answer: this machine's scale", median(scale), "µs", None, None, lower=True)

    def download(self):
        person, port = self.story.haddad, self.demo["ports"]["main"]
        name, content = "un.png", b"".join(deposits.Pictures().parts())
        acts.deposit(person, self.story.first, "exhibit", "Un mébioctet", [acts.File(name, content, "image/png")])
        number = acts.document(person, self.story.first, "Un mébioctet")
        if acts.download(person, number).body != content:
            raise Invalid("the document did not come back byte for byte")
        ratios = []
        for _ in range(ROUNDS):
            ours, _ = load.h2load("%s/documents/%d/fichier" % (self.demo["origins"]["main"], number), port, SECONDS, 8, self.cookie(person))
            bare, _ = load.h2load("https://%s:%d/one" % (self.demo["hosts"]["main"], self.nginx.tls_port), self.nginx.tls_port, SECONDS, 8)
            ratios.append(ours / bare)
            self.say("download of 1 MiB %.0f/s, nginx alone %.0f/s" % (ours, bare))
        self.figure("download of 1 MiB / nginx static", median(ratios), "ratio", 0.75, 0.85)

    def depositors(self, what, n, begin, seconds):
        """Eight clients: each person twice, with the cookies of one session. How many documents, and in what time."""
        people = [self.story.haddad, self.story.roux, self.story.lemaire, self.story.benali]
        work = [(self.demo["origins"]["main"], self.demo["ports"]["main"], self.demo["server_ca"], self.cookie(p), p.key, self.story.first,
                 "exhibit", what, n, begin, begin + seconds) for p in people for _ in range(2)]
        with multiprocessing.get_context("spawn").Pool(len(work)) as pool:
            done = pool.map(deposits.worker, work, chunksize=1)
        return sum(d for d, _ in done), max(ended for _, ended in done) - begin

    def deposit(self):
        # Every worker has prepared its statements before the first one that counts.
        self.depositors("png", 1, time.monotonic() + START_S, SECONDS)
        for name, what, n, must in (("deposits of 1 MiB by 8 clients / sequential copy + fsync", "png", 1, 0.5),
                                    ("the same, documents of deposits of ten", "png", 10, None), ("the same, PDF files one by one", "pdf", 1, None)):
            ratios = []
            for _ in range(ROUNDS):
                before = self.documents_stored()
                done, took = self.depositors(what, n, time.monotonic() + START_S, SECONDS)
                stored = self.documents_stored() - before
                if stored != done or not done:
                    raise Invalid("%d documents were acknowledged, %d are stored" % (done, stored))
                bare = load.copies(SECONDS)
                ratios.append(done / took / bare)
                self.say("documents of 1 MiB (%s, %d a deposit) %.1f/s, copies with fsync %.1f/s" % (what, n, done / took, bare))
            self.figure(name, median(ratios), "ratio", must, must and 1.0)

    def documents_stored(self):
        return int(load.run(*INSTANCE, "psql", "postgres", "-At", "-c", "SELECT count(*) FROM opx.document_content"))

    def memory(self):
        person, port = self.story.haddad, self.demo["ports"]["main"]
        url = self.demo["origins"]["main"] + "/dossiers/%d/echanges" % self.story.first
        load.run(*INSTANCE, "restart", "web")
        workers = load.processes("opx-web")
        page_workers = 4 * os.cpu_count()
        seen = []
        for _ in range(2):
            n = 0
            while n < 5000 * page_workers:
                n += load.h2load(url, port, 10, CLIENTS, self.cookie(person))[1]
            alive = [p for p in load.processes("opx-web")]
            seen.append(max(load.rss_mib(p) for p in alive))
            self.say("largest worker after %d pages each: %.1f MiB" % (n // page_workers, seen[-1]))
        self.figure("memory of a worker after 10,000 requests", seen[1], "MiB", 24, 16, lower=True)
        self.figure("its growth over the second half", seen[1] - seen[0], "MiB", 1, 0.2, lower=True)
        del workers

    def connection(self):
        context = ssl.create_default_context(cafile=self.demo["server_ca"])
        raw = socket.create_connection(("127.0.0.1", self.demo["ports"]["main"]), 30)
        return context.wrap_socket(raw, server_hostname=self.demo["hosts"]["main"])

    def request(self, path):
        return ("GET %s HTTP/1.1\r\nHost: %s:%d\r\nCookie: %s\r\nConnection: close\r\n\r\n" % (
            path, self.demo["hosts"]["main"], self.demo["ports"]["main"], self.cookie(self.story.haddad))).encode()

    def stop_time(self):
        times = []
        for _ in range(ROUNDS):
            asked = [self.connection() for _ in range(32)]
            for c in asked:
                c.sendall(self.request("/dossiers/%d/echanges" % self.story.first))
            select_until_accepted()
            master = int(open(self.state + "/pids/web", encoding="ascii").read().split()[0])
            began = time.monotonic()
            os.kill(master, signal.SIGTERM)
            answers = [read_all(c) for c in asked]
            while os.path.exists("/proc/%d" % master) and stat_of(master) != "Z" and time.monotonic() - began < 20:
                os.sched_yield()
            times.append(time.monotonic() - began)
            lost = [a[:60] for a in answers if not a.startswith(b"HTTP/1.1 200")]
            if lost:
                raise Invalid("%d pages of 32 were lost: %r" % (len(lost), lost[0]))
            subprocess.run([*INSTANCE, "stop", "web"], check=False, capture_output=True)
            load.run(*INSTANCE, "start", "web")
        self.figure("SIGTERM to the end, no page lost", max(times), "s", 1, 0.2, lower=True)

    def probe(self):
        """Every worker has a slow client: bodies that never end, pages that nobody reads."""
        slow = []
        for i in range(120):
            c = self.connection()
            c.sendall(("POST /connexion HTTP/1.1\r\nHost: %s:%d\r\nContent-Length: 4000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\nm" % (
                self.demo["hosts"]["main"], self.demo["ports"]["main"])).encode() if i % 2 else self.request("/dossiers/%d/echanges" % self.story.first))
            slow.append(c)
        times = []
        for path in ("/sante", "/sante/televersement", "/sante/connexion") * 5:
            began = time.monotonic()
            with socket.create_connection(("127.0.0.1", self.demo["ports"]["plain"]), 10) as s:
                s.sendall(("GET %s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n" % path).encode())
                if not s.recv(64).startswith(b"HTTP/1.1 200"):
                    raise Invalid("the probe was not answered 200")
            times.append(time.monotonic() - began)
        for c in slow:
            c.close()
        self.figure("a probe while every worker has slow clients", max(times), "s", 1, 0.2, lower=True)


def stat_of(pid):
    try:
        return load.stat(pid)[0]
    except OSError:
        return "Z"


def select_until_accepted():
    """nginx has read the requests: they are on their way to workers."""
    end = time.monotonic() + 0.02
    while time.monotonic() < end:
        os.sched_yield()


def read_all(connection):
    out = b""
    try:
        while True:
            part = connection.recv(65536)
            if not part:
                return out
            out += part
    except (OSError, ssl.SSLError):
        return out


def table(figures):
    print("\n%-62s %10s %-6s %8s %8s" % ("", "measured", "", "must", "stretch"))
    bad = 0
    for f in figures:
        good = f["must"] is None or (f["value"] <= f["must"] if f["lower_is_better"] else f["value"] >= f["must"])
        bad += not good
        print("%-62s %10.3f %-6s %8s %8s %s" % (f["name"], f["value"], f["unit"], "" if f["must"] is None else f["must"],
                                              "" if f["stretch"] is None else f["stretch"], "" if good else "  not reached"))
    return bad


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("names", nargs="*", help="measures; none: all")
    args = parser.parse_args()
    bench = Bench(args.json)
    subprocess.run(["cmake", "--preset", "release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    subprocess.run(["cmake", "--build", "build/release"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
    try:
        bench.start()
        for name in args.names or ("list_page", "null_page", "download", "deposit", "memory", "stop_time", "probe"):
            getattr(bench, name)()
    except (Invalid, AssertionError) as fault:
        print("opx: this run is no measure: %s" % fault, file=sys.stderr)
        return 1
    finally:
        bench.stop()
    return 1 if not args.json and table(bench.figures) else 0


if __name__ == "__main__":
    sys.exit(main())
