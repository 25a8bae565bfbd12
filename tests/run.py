#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Runs the suites of tests/suites/, side by side, and counts what they say.

A suite is a program that prints `PASS name` or `FAIL name` a line for each test; what else it prints is kept and its end is
shown when something failed. Comments at its head say what it needs:
  # builds: dev asan release     presets to build before (once, whoever asks)
  # alone                        measures time or load: runs with nothing beside it
  # long                         runs under --long only
A suite that ends with another status than 0, or says nothing, is one failure more: silence is not success.
"""
import argparse
import os
import re
import signal
import subprocess
import sys
import threading
import time

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
SUITES = os.path.join(ROOT, "tests", "suites")
LOGS = os.path.join(ROOT, "var", "tests")
TAIL = 40
ending, starting = threading.Event(), threading.RLock()  # once we end, nothing more starts


class Suite:
    def __init__(self, path):
        self.path = path
        self.name = os.path.basename(path)[:-len(".sh")]
        self.builds, self.alone, self.long = [], False, False
        for line in open(path, encoding="utf-8"):
            if not line.startswith("#"):
                break
            if line.startswith("# builds:"):
                self.builds = line.split(":", 1)[1].split()
            self.alone |= line.strip() == "# alone"
            self.long |= line.strip() == "# long"
        self.passed = self.failed = 0
        self.seconds = 0.0
        self.failures, self.status, self.process = [], None, None
        self.log = os.path.join(LOGS, self.name + ".log")

    def run(self, long):
        began = time.monotonic()
        environment = dict(os.environ, OPX_ROOT=ROOT)
        with open(self.log, "w", encoding="utf-8", errors="replace") as log:
            with starting:
                if ending.is_set():
                    return
                self.process = subprocess.Popen([self.path] + (["--long"] if long else []), cwd=ROOT, env=environment,
                                                stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                                start_new_session=True, text=True, errors="replace")
            for line in self.process.stdout:
                log.write(line)
                log.flush()
                found = re.match(r"(PASS|FAIL) (\S.*)$", line)
                if found and found[1] == "PASS":
                    self.passed += 1
                elif found:
                    self.failed += 1
                    self.failures.append(found[2])
            self.status = self.process.wait()
        self.seconds = time.monotonic() - began
        if self.status != 0 and not self.failed:
            self.failed += 1
            self.failures.append("the suite ended with status %d" % self.status)
        if not self.passed and not self.failed:
            self.failed += 1
            self.failures.append("the suite ran no test")

    def report(self):
        print("%-10s %5d passed, %d failed  %6.1f s" % (self.name, self.passed, self.failed, self.seconds), flush=True)
        if self.failed:
            for name in self.failures:
                print("    FAIL %s" % name)
            with open(self.log, encoding="utf-8", errors="replace") as f:
                for line in f.readlines()[-TAIL:]:
                    print("    | " + line.rstrip())
            print("    the whole log: %s" % os.path.relpath(self.log, ROOT), flush=True)


def build(preset):
    """Configures and compiles one preset; its own count is shown as it goes."""
    began = time.monotonic()
    print("build %-8s …" % preset, end="", flush=True)
    log = os.path.join(LOGS, "build-%s.log" % preset)
    with open(log, "w", encoding="utf-8") as out:
        steps = [["cmake", "--preset", preset], ["cmake", "--build", "build/" + preset, "-j", str(os.cpu_count())]]
        for step in steps:
            if subprocess.run(step, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=out, stderr=subprocess.STDOUT).returncode:
                print(" FAILED after %.1f s" % (time.monotonic() - began))
                sys.stdout.writelines("    | " + line for line in open(log, encoding="utf-8").readlines()[-TAIL:])
                return False
    print(" %.1f s" % (time.monotonic() - began), flush=True)
    return True


def run_side_by_side(suites, long):
    """As many at once as there are processors; those that want to be alone come last, one by one."""
    waiting = [s for s in suites if not s.alone]
    lock = threading.Lock()

    def work():
        while True:
            with lock:
                if not waiting:
                    return
                suite = waiting.pop(0)
            suite.run(long)
            with lock:
                if not ending.is_set():
                    suite.report()

    workers = [threading.Thread(target=work, daemon=True) for _ in range(max(2, os.cpu_count() or 1))]
    for w in workers:
        w.start()
    for w in workers:
        w.join()
    for suite in (s for s in suites if s.alone):
        suite.run(long)
        suite.report()


def end_all(suites):
    ending.set()
    with starting:
        pass
    for s in suites:
        if s.process and s.process.poll() is None:
            os.killpg(s.process.pid, signal.SIGTERM)
    for s in suites:
        if s.process:
            s.process.wait()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="suites; none: all")
    parser.add_argument("--long", action="store_true", help="longer campaigns too")
    parser.add_argument("--list", action="store_true", help="name the suites and stop")
    args = parser.parse_args()
    suites = [Suite(os.path.join(SUITES, f)) for f in sorted(os.listdir(SUITES)) if f.endswith(".sh") and f != "lib.sh"]
    if args.list:
        print("\n".join(s.name for s in suites))
        return 0
    unknown = set(args.names) - {s.name for s in suites}
    if unknown:
        print("no suite is called %s; there are: %s" % (", ".join(sorted(unknown)), " ".join(s.name for s in suites)))
        return 2
    suites = [s for s in suites if (s.name in args.names) or (not args.names and (args.long or not s.long))]
    os.makedirs(LOGS, exist_ok=True)
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: (end_all(suites), os._exit(130)))
    began, broken = time.monotonic(), set()
    for preset in dict.fromkeys(p for s in suites for p in s.builds):
        if not build(preset):
            broken.add(preset)
    runnable = [s for s in suites if not broken & set(s.builds)]
    run_side_by_side(runnable, args.long)
    passed, failed = sum(s.passed for s in runnable), sum(s.failed for s in runnable)
    for s in suites:
        if s not in runnable:
            failed += 1
            print("%-10s not run: the build %s failed" % (s.name, " ".join(sorted(broken & set(s.builds)))))
    print("in %.0f s" % (time.monotonic() - began))
    print("%d passed, %d failed" % (passed, failed))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
