# SPDX-License-Identifier: MPL-2.0
"""What holds for every route, derived from the tables of routes in core/page/*.c: no change without the form's token, no change
by a GET, the same 404 for what exists and what does not; and at the end, that each route has been played."""
import glob
import os
import re

from deeds import Fault, html, without_reference
from stage import ROOT

WRITES = ("/documents/:document/fichier", "/dossiers/:dossier/preuves/paquets/:paquet")


class Route:
    def __init__(self, method, path, source):
        self.method, self.path, self.source = method, path, source

    def __str__(self):
        return "%s %s" % (self.method, self.path)


def routes():
    """As the tables have them: a macro with method and path, or a row with .method and .path (a define holds a path twice)."""
    found = {}
    for name in sorted(glob.glob(os.path.join(ROOT, "core/page/*.c"))):
        with open(name, encoding="utf-8") as f:
            text = f.read()
        for define in re.finditer(r'^#define (\w+) ("/[^"]*")$', text, re.M):
            text = re.sub(r"\b%s\b" % define[1], define[2], text)
        shared = re.search(r'\.path = ("/[^"]*"), \\', text)
        if shared:
            text = re.sub(r"UPLOAD\((OPX_\w+), \w+\)", r"ROUTE(\1, %s)" % shared[1].replace("\\", ""), text)
        pairs = re.findall(r'ROUTE\(OPX_(\w+), ("/[^"]*")', text) + re.findall(r'\.method = OPX_(\w+),\s*\.path = ("/[^"]*")', text)
        for method, path in pairs:
            route = Route(method, path.strip('"'), os.path.basename(name))
            found[str(route)] = route
    return [found[key] for key in sorted(found)]


class Rules:
    def __init__(self, world):
        self.world, self.good = world, True
        world.people["ferrand"].get("/dossiers").expect(200)
        draft = world.sql("SELECT coalesce(max(id), 0) FROM opx.draft WHERE dossier_id = %s" % world.values["dossier"])
        participant = world.sql("SELECT max(id) FROM opx.participant WHERE dossier_id = %s" % world.values["dossier"])
        self.real = {"dossier": world.values["dossier"], "document": world.values["note"], "brouillon": draft, "numero": 1,
                     "transition": "TR4", "participant": participant, "paquet": 1, "demande": 1, "televersement": "0" * 32,
                     "jeton": "a" * 26}
        self.none = {**self.real, **{k: 99999999 for k in ("dossier", "document", "brouillon", "participant", "paquet", "demande")}}

    def fill(self, path, values):
        return re.sub(r":(\w+)", lambda m: str(values[m[1]]), path)

    def check(self, name, look):
        try:
            look()
            print("PASS http.rules: %s" % name, flush=True)
        except AssertionError as fault:
            self.good = False
            print("%s\nFAIL http.rules: %s" % (fault, name), flush=True)

    def without_token(self, route):
        """On the host where the route is; the expert has a card, the lawyer is on the other host."""
        before = self.world.state()
        for who in ("ferrand", "roux"):
            person = self.world.people[who]
            headers = {"Content-Type": "application/x-www-form-urlencoded", "Tus-Resumable": "1.0.0", "Upload-Offset": "0"}
            for extra in ({}, {"X-CSRF-Token": "0" * 64}, {"Origin": "https://ailleurs.example"}, {"Sec-Fetch-Site": "cross-site"}):
                body = b"" if route.method in ("PATCH", "DELETE") else b"a=b"
                answer = person.browser.send(route.method, person.address(self.fill(route.path, self.real)), body, {**headers, **extra})
                if answer.status not in (403, 404, 409):
                    raise Fault("%s by %s with %s is answered %d\n%s" % (route, who, extra, answer.status, answer.summary()))
                if extra and answer.status == 403 and html(answer) and "ailleurs" not in answer.page.text and "règle" not in answer.page.text:
                    raise Fault("%s does not say why\n%s" % (route, answer.summary()))
        if self.world.state() != before:
            raise Fault("%s changed something" % route)

    def get_changes_nothing(self, gets):
        before = self.world.state()
        for route in gets:
            if route.path in WRITES:
                continue
            for who in ("ferrand", "roux", "perrin", "visiteur"):
                for method in ("GET", "HEAD"):
                    person = self.world.people[who]
                    answer = person.browser.send(method, person.address(self.fill(route.path, self.real)))
                    if answer.status >= 500:
                        raise Fault("%s by %s is answered %d" % (route, who, answer.status))
        now = self.world.state()
        if now != before:
            raise Fault("changed: %s" % sorted(set(now.splitlines()) ^ set(before.splitlines())))

    def outsiders(self, route):
        for who in ("fabre", "delmas"):
            person = self.world.people[who]
            there, nowhere = (person.get(self.fill(route.path, v), follow=False) for v in (self.real, self.none))
            if (there.status, nowhere.status) == (303, 303) and there.headers["location"] == nowhere.headers["location"]:
                continue
            if without_reference(there) != without_reference(nowhere) or there.status != 404:
                raise Fault("%s is answered %d and %d to %s\n%s\n%s" % (route, there.status, nowhere.status, who, there.summary(),
                                                                       nowhere.summary()))


def play(world):
    rules, table = Rules(world), routes()
    for route in table:
        if route.method in ("POST", "PATCH", "DELETE") and route.path != "/csp":
            rules.check("%s without its token is refused" % route, lambda r=route: rules.without_token(r))
    gets = [r for r in table if r.method == "GET" and r.path != "/_cert"]
    rules.check("no GET and no HEAD changes anything", lambda: rules.get_changes_nothing(gets))
    for route in gets:
        if re.search(r":(dossier|document)\b", route.path):
            rules.check("an outsider cannot tell whether it exists: %s" % route, lambda r=route: rules.outsiders(r))
    return rules.good


def coverage(world):
    """Each route has answered somebody well, says the log of the site."""
    with open(os.path.join(world.logs, "web.log"), encoding="utf-8", errors="replace") as f:
        seen = set(re.findall(r'event=http\.request [^\n]*status=(\d+) [^\n]*route="([^"]+)"', f.read()))
    missing = [r for r in routes() if not any(p == r.path and int(s) < 400 for s, p in seen) and r.path != "/_cert"]
    if missing:
        print("never answered well: %s\nFAIL http.rules: each route is played" % ", ".join(map(str, missing)))
    else:
        print("PASS http.rules: each of %d routes is played" % len(routes()))
    return not missing
