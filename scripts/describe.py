#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Writes demo.json, the description of a running instance for people and tests, and prints it in words.

Reads the layout (scripts/instance.sh paths) from the environment, the people's certificates from scripts/people.txt, and
what the story left: <state>/story.json (people with their access codes, dossiers) and <state>/heads/ (the heads they kept).
"""
import base64
import glob
import hashlib
import json
import os
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
ROLES = {"expert": "experte", "judge": "juge chargée du contrôle", "clerk": "greffier", "court_admin": "administratrice",
         "lawyer": "avocat", "party": "partie", "unregistered": "expert sans compte", "test": "certificat d’essai"}


def env(name):
    return os.environ[name]


def vkey(name, public):
    """Verifier key of a C2SP signed note: name+key id+base64 of the algorithm byte and the key."""
    key_id = hashlib.sha256(name.encode() + b"\n\x01" + public).digest()[:4]
    return "%s+%s+%s" % (name, key_id.hex(), base64.b64encode(b"\x01" + public).decode())


def global_origin():
    """The origin of the global log: drawn by opx-seal at its first start, and kept in the database."""
    out = subprocess.run([os.path.join(ROOT, "scripts/instance.sh"), "--instance", env("INSTANCE"), "psql", "opx_seal", "-At",
                          "-c", "SELECT origin FROM opx.log WHERE kind = 'g'"], check=True, capture_output=True, text=True)
    return out.stdout.strip()


def log_description():
    origin = global_origin()
    if not origin:
        return {}
    with open(env("PKI") + "/public/log-public-key", "rb") as f:
        key = vkey(origin, f.read())
    path = env("STATE") + "/log-policy"
    with open(path, "w", encoding="ascii") as f:
        f.write("log %s\nquorum none\n" % key)
    return {"vkey": key, "policy": path, "heads": sorted(glob.glob(env("STATE") + "/heads/*"))}


def certificate_people():
    password = open(env("PKI") + "/people/p12-password", encoding="ascii").read()
    people = []
    with open(ROOT + "/scripts/people.txt", encoding="utf-8") as f:
        for line in f:
            if line.startswith("#") or not line.strip():
                continue
            key, given, surname, role, kind, mail = line.strip().split("|")
            base = "%s/people/%s" % (env("PKI"), key)
            people.append({"id": key, "name": "%s %s" % (given, surname), "role": role, "mail": mail,
                           "means": {"kind": "certificate", "state": kind, "p12": base + ".p12", "password": password,
                                     "certificate": base + ".pem", "key": base + ".key"}})
    return people


def load_story():
    try:
        with open(env("STATE") + "/story.json", encoding="utf-8") as f:
            return json.load(f)
    except FileNotFoundError:
        return {}


def verifier():
    found = [p for p in glob.glob(ROOT + "/**/verifier.sh", recursive=True) if "/build/" not in p and "/var/" not in p]
    return found[0] if found else None


def describe():
    story = load_story()
    people = certificate_people()
    for extra in story.get("people", []):
        known = [p for p in people if p["id"] == extra["id"]]
        if known:
            known[0].update({k: v for k, v in extra.items() if k != "means"})
            known[0]["means"].update(extra.get("means", {}))
        else:
            people.append(extra)
    ports = {"main": int(env("PORT")), "card": int(env("CARD_PORT")), "plain": int(env("PLAIN_PORT")),
             "smtp": int(env("SMTP_PORT"))}
    return {
        "instance": env("INSTANCE"),
        "hosts": {"main": env("MAIN_HOST"), "card": env("CARD_HOST")},
        "ports": ports,
        "origins": {"main": env("MAIN_ORIGIN"), "card": env("CARD_ORIGIN")},
        "resolve": ["%s:%d:127.0.0.1" % (env("MAIN_HOST"), ports["main"]),
                    "%s:%d:127.0.0.1" % (env("CARD_HOST"), ports["card"])],
        "server_ca": env("PKI") + "/public/serveurs.pem",
        "people": people,
        "dossiers": story.get("dossiers", []),
        "roots": {"timestamping": env("PKI") + "/public/tsa-roots.pem", "users": env("PKI") + "/public/user-roots.pem"},
        "log": log_description(),
        "mail": env("MAILBOX"),
        "mailbox": "http://127.0.0.1:%d/courrier/" % ports["plain"],
        "bundles": env("STATE") + "/bundles",
        "state": env("STATE"),
        "programs": {"opx-admin": env("PROGRAM") + "/bin/opx-admin", "opx-verify": env("PROGRAM") + "/bin/opx-verify",
                     "config": env("CONFIG"), "verifier.sh": verifier()},
    }


def show(d):
    print("\nThe instance « %s » is running, on this machine only." % d["instance"])
    print("  main host (access code and mail code)  %s/" % d["origins"]["main"])
    print("  card host (certificate)                %s/" % d["origins"]["card"])
    print("  mailbox of the demo                    %s" % d["mailbox"])
    print("  authority to import in the browser     %s" % d["server_ca"])
    print("  for curl                               %s" % " ".join("--resolve " + r for r in d["resolve"]))
    print("\nPeople (invented):")
    for p in d["people"]:
        means = p["means"]
        if "p12" in means:
            how = "%s, password %s" % (means["p12"], means["password"])
        else:
            how = "%s, access code %s" % (p.get("mail", ""), means.get("access_code", "not yet drawn"))
        state = "" if means.get("state", "good") == "good" else " (%s)" % means["state"]
        print("  %-18s %-26s %s%s" % (p["name"], ROLES.get(p["role"], p["role"]), how, state))
    for dossier in d["dossiers"]:
        print("\n  dossier %s: %s/dossiers/%s" % (dossier.get("reference", ""), d["origins"]["main"], dossier["id"]))
    print("\nAll of this is in %s/demo.json. Ctrl-C stops everything." % d["state"], flush=True)


def main():
    description = describe()
    path = env("STATE") + "/demo.json"
    with open(path + ".new", "w", encoding="utf-8") as f:
        json.dump(description, f, ensure_ascii=False, indent=2)
        f.write("\n")
    os.rename(path + ".new", path)
    if "--quiet" not in sys.argv:
        show(description)


if __name__ == "__main__":
    main()
