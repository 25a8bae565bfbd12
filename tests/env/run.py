#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The suite env: brings up three instances of its own, tries them from outside and from below, and erases them."""
import os
import sys
import tempfile
import time
import traceback

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))

import application  # noqa: E402
import check  # noqa: E402
import database  # noqa: E402
import edge  # noqa: E402
import life  # noqa: E402
import terminal  # noqa: E402
from instance import Instance  # noqa: E402

FAILED = []


def test(name, function, *args):
    began = time.monotonic()
    try:
        function(*args)
        print("PASS env.%s" % name, flush=True)
    except Exception:  # a test that breaks is a test that fails
        traceback.print_exc(file=sys.stdout)
        print("FAIL env.%s" % name, flush=True)
        FAILED.append(name)
    if time.monotonic() - began > 5:
        print("    (%s took %.1f s)" % (name, time.monotonic() - began), flush=True)


def with_stubs(i):
    with edge.stubs(i) as stub:
        for name in ("forged_headers", "forged_on_card", "own_headers", "pools", "bodies", "internal_locations", "given_files", "sni_and_host"):
            test("edge." + name, getattr(edge, name), i, stub)


def one_instance(i):
    test("life.all_processes", life.all_processes, i)
    test("life.wrong_words", life.wrong_words, i)
    test("life.web_from_root", life.web_from_root, i)
    for name in ("nginx_t", "nginx_rules", "secrets_modes", "tls", "resumption", "error_pages", "static_files", "application_down"):
        test("edge." + name, getattr(edge, name), i)
    test("check.each_check", check.each_check, i)
    for name in ("doors", "roles", "grants", "only_grows", "rows_by_person"):
        test("database." + name, getattr(database, name), i)
    for name in ("direct_connection", "certificate_only_when_verified", "refused_certificates", "headers_of_pages", "killed_worker", "crashing_plugin", "reload",
                 "recycled_workers", "stop", "database_away"):
        test("application." + name, getattr(application, name), i)
    test("life.mail_and_time", life.mail_and_time, i)
    with_stubs(i)
    for name in ("second_start", "half_started", "rebuild", "check_finds"):
        test("life." + name, getattr(life, name), i)


def main():
    one, two, story = Instance("env-one"), Instance("env-two"), Instance("env-story")
    with tempfile.TemporaryFile("w+", encoding="utf-8") as log:
        demo = None
        try:
            one.sh("ground")
            one.sh("set", "HSTS_S", "31536000")
            one.sh("up")
            one.read_paths()
            demo = life.Demo("env-two", log)
            one_instance(one)
            demo.wait_ready()
            two.read_paths()
            test("life.describes_everybody", life.describes_everybody, two)
            test("life.side_by_side", life.side_by_side, one, two)
            test("application.sign_in_host_cookies", application.sign_in_host_cookies, one, two)
            test("life.sigterm", life.sigterm, two, demo)
            test("terminal.all_ends", terminal.all_ends, two, one)
            test("terminal.told_twice", terminal.told_twice)
            test("terminal.stopped_in_between", terminal.stopped_in_between, two)
            test("life.doctor", life.doctor)
            for name in ("stopped_story", "half_played_story", "second_check", "rewritten_log"):
                test("life." + name, getattr(life, name), story)
        except BaseException:
            traceback.print_exc(file=sys.stdout)
            print("FAIL env.set_up", flush=True)
            FAILED.append("set_up")
            log.seek(0)
            print(log.read()[-3000:])
        finally:
            if demo is not None:
                demo.end()
            for i in (one, two, story):
                i.sh("erase", check=False)
    return 1 if FAILED else 0


if __name__ == "__main__":
    sys.exit(main())
