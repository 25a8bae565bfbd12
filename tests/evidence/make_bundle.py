#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Makes evidence bundles, independently of OPX's C code: a third reading of docs/evidence.md, for tests only.

  make_bundle.py FOLDER    good bundles of each kind, roots and policy in FOLDER
"""
import base64
import datetime
import hashlib
import json
import os
import struct
import sys
import zlib

import story
import tree
import trust
from story import ACTS, GLOBAL, READINGS, START

ALL_SEE = ("case.", "member.", "rights.version", "time.", "cert.status", "anchor.", "erase.", "hold.")
LEVEL = {"code+mail": "L0", "totp": "L1", "webauthn": "L2", "x509": "L2", "service": "-"}
NOT_SUMMED = ("mimetype", "SHA256SUMS", "SHA256SUMS.tsr", "SHA256SUMS.p7s", "META-INF/ASiCManifest.xml", "META-INF/timestamp.tst")


def instant(ms):
    t = datetime.datetime.fromtimestamp(ms // 1000, datetime.timezone.utc)
    return t.strftime("%Y-%m-%dT%H:%M:%S") + ".%03dZ" % (ms % 1000)


def compact(value):
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


class World:
    """Authorities and keys; made once, used by every bundle."""

    def __init__(self, folder):
        self.dir = folder
        tsa, users, seals = (trust.Authority(folder, n) for n in ("tsa", "users", "seals"))
        self.tsa_ca, self.users_ca = tsa, users
        self.tsa = trust.Tsa(tsa.issue("tsu", "tsu"), folder)
        self.tsa_short = trust.Tsa(tsa.issue("short", "tsu", end="20261220000000Z"), folder)
        self.tsa_wrong = trust.Tsa(tsa.issue("wrong", "tsu_without_purpose"), folder)
        self.tsa_revoked = trust.Tsa(tsa.issue("revoked", "tsu"), folder)
        self.seal = trust.Seal(seals.issue("seal", "seal"))
        self.plain_seal = trust.Seal(seals.issue("plain", "plain"))
        self.stranger = trust.Seal(trust.Authority(folder, "strangers").issue("seal", "seal"))
        self.expert = trust.der_of(users.issue("expert", "card") + ".pem")
        self.fired = trust.der_of(users.issue("fired", "card") + ".pem")
        tsa.revoke(tsa.path("revoked"))
        users.revoke(users.path("fired"))
        self.chains = [trust.der_of(p) for p in (tsa.path("ca.pem"), tsa.path("tsu.pem"), tsa.path("short.pem"), tsa.path("wrong.pem"),
                                                 tsa.path("revoked.pem"), users.path("ca.pem"), seals.path("ca.pem"),
                                                 seals.path("seal.pem"), seals.path("plain.pem"))] + [self.expert, self.fired]
        span = ("20261119000000Z", "20261219000000Z")
        self.user_crl = users.crl(*span)
        self.ended_crl = users.crl("20261001000000Z", "20261101000000Z")
        self.crls = [tsa.crl(*span), self.user_crl, seals.crl(*span), self.ended_crl]
        self.log_key, self.other_key = trust.LogKey(folder, "log"), trust.LogKey(folder, "other")
        self.save("tsa-roots.pem", open(tsa.path("ca.pem"), "rb").read())
        self.save("user-roots.pem", open(users.path("ca.pem"), "rb").read() + open(seals.path("ca.pem"), "rb").read())
        self.save("policy", ("log %s\nquorum none\n" % self.log_key.vkey(GLOBAL)).encode())
        self.save("policy-other", ("log %s\nquorum none\n" % self.other_key.vkey(GLOBAL)).encode())

    def save(self, name, data):
        with open(os.path.join(self.dir, name), "wb") as f:
            f.write(data)


class Log:
    def __init__(self, origin):
        self.origin, self.lines, self.bodies, self.events, self.heads = origin, [], [], [], {}

    def hashes(self, n=None):
        return [tree.leaf(line) for line in self.lines[:n]]

    def root(self, n):
        return tree.root(self.hashes(n))

    def add(self, time, after, body, event=None):
        line = "opx/v1 log=%s seq=%d time=%s after=sha256:%s body=sha256:%s" % (self.origin, len(self.lines), instant(time), after,
                                                                               trust.sha256(body))
        self.lines.append(line.encode())
        self.bodies.append(body)
        self.events.append(event)


class Case:
    """Runs a story: lines, heads, tokens, the global log above."""

    def __init__(self, world, events, edit=None):
        self.world, self.edit = world, edit or {}
        self.acts, self.readings, self.globals = Log(ACTS), Log(READINGS), Log(GLOBAL)
        self.tokens = {}  # sha256 of the .tsr: (tsr, stamped bytes)
        self.matrix = story.MATRIX.encode()
        self.members = {n: self.members_file(n, ps) for n, ps in story.MEMBERS.items()}
        self.doc_tokens, self.after, self.global_after = {}, "0" * 64, "0" * 64
        self.globals.add(START - 60000, "0" * 64, self.global_body("release", release={"build": "1", "sha256": story.hexes("release")}))
        self.stamp_global(START - 50000)
        for event in events:
            self.run(event)
        self.end = START + max(e["at"] for e in events) * 1000 + 10000
        self.stamp_global(self.end)
        for log in (self.acts, self.readings):
            self.head(log, len(log.lines))

    def members_file(self, name, people):
        return compact({"v": 1, "log": self.edit.get("members_log", ACTS), "members": {p: story.PEOPLE[p] for p in people}, "salt": story.hexes("salt" + name)})

    def global_body(self, kind, at=START, **rest):
        return compact({"v": 1, "type": kind, "log": GLOBAL, "at": instant(at), **rest, "salt": story.hexes("g%d" % len(self.globals.lines))})

    def stamp_global(self, when):
        n = len(self.globals.lines)
        note = self.world.log_key.note(GLOBAL, n, self.globals.root(n))
        tsr = self.world.tsa.response(note, when)
        self.tokens[trust.sha256(tsr)] = (tsr, note)
        self.after = self.global_after = trust.sha256(tsr)

    def fill(self, event, log):
        b = json.loads(json.dumps(event["body"]))
        at = START + event["at"] * 1000 + event.get("body_at", 0)
        b = {"v": 1, "type": b.pop("type"), "log": event.get("body_log", log.origin), "req": b.pop("req"), "at": instant(at), **b}
        auth = b["auth"]
        auth.setdefault("level", LEVEL.get(auth["kind"], "-"))
        if auth["kind"] != "service":
            auth.setdefault("at", instant(at - 60000))
            auth.setdefault("session", story.hexes("session"))
            b["net"] = {"sha256": story.hexes("net")}
        if auth["kind"] == "x509":
            cert = self.world.fired if event.get("fired") else self.world.expert
            auth.setdefault("cert", trust.sha256(cert))
            issuer, serial = trust.names_of(cert)
            auth.setdefault("issuer", issuer)
            auth.setdefault("serial", serial)
            auth.setdefault("chain", [trust.sha256(cert)])
            auth.setdefault("status", "crl:" + trust.sha256(self.world.user_crl))
        for name in ("rights", "members"):
            word = b["visibility"][name]
            if word.startswith("@M"):
                b["visibility"][name] = trust.sha256(self.members[word[1:]])
            elif word == "@R":
                b["visibility"][name] = trust.sha256(self.matrix)
        if "acts_size" in event:
            size = event["acts_size"]
            b["acts"] = event.get("acts") or {"size": size, "root": base64.b64encode(self.acts.root(size)).decode()}
        if b.get("token", {}).get("kind") == "token":
            tsr = self.doc_token(b["token"]["doc"], at)
            b["token"] = {"sha256": trust.sha256(tsr), "sha512": hashlib.sha512(tsr).hexdigest()}
        b["salt"] = story.hexes("%s %d" % (log.origin, len(log.lines)))
        return b

    def doc_token(self, doc, when):
        if doc not in self.doc_tokens:
            self.doc_tokens[doc] = self.world.tsa.response(story.DOCUMENTS[doc], when)
        return self.doc_tokens[doc]

    def run(self, event):
        log = self.acts if event["log"] == "c" else self.readings
        time = START + event["at"] * 1000 + 500 + event.get("line_time", 0)
        if event["body"]["type"] == "doc.deposit":
            self.doc_token(event["body"]["object"]["id"], time + 1000 + event.get("doc_token", 0))
        filled = self.fill(event, log)
        raw = compact(filled) if "raw" not in event else event["raw"](filled)
        after = event.get("after") or (self.after if event["log"] == "c" else self.global_after)
        log.add(time, self.after if after == "acts" else after, raw, filled)
        if event["stamp"]:
            self.stamp(log, time, event)

    def head(self, log, size):
        if size not in log.heads:
            log.heads[size] = (self.world.log_key.note(log.origin, size, log.root(size)), None)

    def stamp(self, log, time, event):
        size = len(log.lines)
        note = self.world.log_key.note(log.origin, size, log.root(size))
        tsr = (self.edit.get("tsa") or self.world.tsa).response(note, time + 2000 + event.get("head_token", 0))
        log.heads[size] = (note, tsr)
        if log is self.acts:
            self.tokens[trust.sha256(tsr)] = (tsr, note)
            self.after = trust.sha256(tsr)
        head = {"log": log.origin, "size": size, "root": base64.b64encode(log.root(size)).decode()}
        self.globals.add(time + 2500, self.global_after, self.global_body("case.head", time + 2500, head=head))


def may_see(filled, seq, reader, case):
    b = filled
    if reader in b["visibility"]["to"] or b["type"].startswith(ALL_SEE) or b["actor"]["p"] == reader:
        return True
    grants = [e for e in case.acts.events if e["type"] == "rights.exception" and e["grant"]["to"] == reader]
    return "object" in b and any(b["object"]["id"] in g["grant"]["docs"] for g in grants)


def is_own(filled, reader):
    return reader in filled["visibility"]["to"] and (
        filled["actor"]["p"] == reader or reader in filled.get("notice", {}).get("to", []) or
        filled["type"].startswith("doc."))


class Bundle:
    """The files of one bundle, before the lists and the seal."""

    def __init__(self, case, kind, reader="P1", seq=8):
        self.case, self.world, self.kind, self.files, self.reader, self.seq = case, case.world, kind, {}, reader, seq
        self.absent = {"c": [], "r": [], "d": []}
        self.full = kind in ("case", "archive")
        self.erased = self.erasures()
        if kind == "receipt":
            self.receipt()
        else:
            self.acts()
            self.readings()
            self.documents()
        self.common()

    def put(self, name, data):
        self.files[name] = data

    def erasures(self):
        out = {}
        for n, e in enumerate(self.case.acts.events):
            if e["type"] == "erase.done":
                for s in e["erase"]["seqs"]:
                    out[("c", s)] = n
                for s in e["erase"]["readings"]:
                    out[("r", s)] = n
        return out

    def body(self, log, seq, folder):
        self.put("%sbodies/%d.json" % (folder, seq), log.bodies[seq])
        v = json.loads(log.bodies[seq])["visibility"]
        for name, data in self.case.members.items():
            if trust.sha256(data) == v["members"]:
                self.put("members/%s.json" % v["members"], data)
        if v["rights"] == trust.sha256(self.case.matrix):
            self.put("rights/%s.csv" % v["rights"], self.case.matrix)

    def checkpoint(self, log, size, folder):
        note, tsr = log.heads[size]
        self.put("%scheckpoints/%d.note" % (folder, size), note)
        if tsr is None:
            return
        self.put("%scheckpoints/%d.tsr" % (folder, size), tsr)
        for n, raw in enumerate(self.case.globals.bodies):
            head = json.loads(raw).get("head")
            if head and head["log"] == log.origin and head["size"] == size:
                g = self.case.globals
                note = self.world.log_key.note(GLOBAL, len(g.lines), g.root(len(g.lines)))
                name = "proofs/global%s/%d.tlog-proof" % ("" if log is self.case.acts else "-readings", size)
                self.put(name, tree.proof(g.lines[n] + b"\n" + g.bodies[n], n, g.hashes(), note))

    def named_tokens(self, lines):
        present = {trust.sha256(d) for n, d in self.files.items() if n.endswith(".tsr") and "checkpoints/" in n}
        for line in lines:
            after = line.decode().split(" after=sha256:")[1][:64]
            if after in self.case.tokens and after not in present:
                tsr, data = self.case.tokens[after]
                self.put("tokens/%s.tsr" % after, tsr)
                self.put("tokens/%s.data" % after, data)

    def acts(self):
        log = self.case.acts
        self.put("log/leaves.txt", b"".join(line + b"\n" for line in log.lines))
        for size in log.heads:
            self.checkpoint(log, size, "log/")
        for seq, e in enumerate(log.events):
            if ("c", seq) in self.erased:
                self.absent["c"].append("%d erasure %d" % (seq, self.erased[("c", seq)]))
            elif self.full or may_see(e, seq, self.reader, self.case):
                self.body(log, seq, "")
            else:
                self.absent["c"].append("%d right" % seq)
        self.named_tokens(log.lines)

    def readings(self):
        log = self.case.readings
        if self.full:
            self.put("readings/leaves.txt", b"".join(line + b"\n" for line in log.lines))
            for size in log.heads:
                self.checkpoint(log, size, "readings/")
            seqs = range(len(log.lines))
        else:
            seqs = [n for n, e in enumerate(log.events) if is_own(e, self.reader)]
        for seq in seqs:
            self.body(log, seq, "readings/")
            if not self.full:
                size = min((s for s, h in log.heads.items() if s > seq and h[1]), default=len(log.lines))
                self.checkpoint(log, size, "readings/")
                self.put("proofs/readings/%d.tlog-proof" % seq, tree.proof(log.lines[seq], seq, log.hashes(size), log.heads[size][0]))
        self.named_tokens([log.lines[s] for s in seqs])

    def reads(self, doc):
        for e in self.case.acts.events:
            if e["type"] == "doc.publish" and e["object"]["id"] == doc and self.reader in e["recipients"]:
                return True
            if e["type"] == "doc.deposit" and e["object"]["id"] == doc and e["actor"]["p"] == self.reader:
                return True
            if e["type"] == "rights.exception" and e["grant"]["to"] == self.reader and doc in e["grant"]["docs"]:
                return True
        return False

    def documents(self):
        for seq, e in enumerate(self.case.acts.events):
            if e["type"] != "doc.deposit":
                continue
            doc = e["object"]["id"]
            if ("c", seq) in self.erased:
                self.absent["d"].append("%s erasure %d" % (doc, self.erased[("c", seq)]))
            elif self.full or self.reads(doc):
                self.put("documents/%s.pdf" % doc, story.DOCUMENTS[doc])
                self.put("documents/%s.pdf.tsr" % doc, self.case.doc_tokens[doc])
            elif "bodies/%d.json" % seq in self.files:
                self.absent["d"].append("%s right" % doc)

    def receipt(self):
        log, seq = self.case.acts, self.seq
        size = min(s for s, h in log.heads.items() if s > seq and h[1])
        self.body(log, seq, "")
        self.checkpoint(log, size, "log/")
        self.put("proofs/case/%d.tlog-proof" % seq, tree.proof(log.lines[seq], seq, log.hashes(size), log.heads[size][0]))
        e = log.events[seq]
        doc = e["object"]["id"]
        self.put("documents/%s.pdf.tsr" % doc, self.case.doc_tokens[doc])
        self.absent["d"].append("%s scope" % doc)
        self.put("receipt.json", compact({
            "v": 1, "number": "26-1", "log": ACTS, "seq": seq, "line": log.lines[seq].decode(), "depositor": e["actor"]["p"],
            "name": "Luc Petit", "mail": "luc@example", "addressees": ["P1"], "document": e["object"], "level": e["auth"]["level"],
            "token": trust.sha256(self.case.doc_tokens[doc]), "head": "%d %s" % (size, base64.b64encode(log.root(size)).decode())}))
        self.named_tokens([log.lines[seq]])

    def common(self):
        self.put("LISEZMOI.txt", "Dossier de preuve d’essai.\n".encode())
        for der in self.world.chains:
            self.put("certs/%s.cer" % trust.sha256(der), der)
        for der in self.world.crls:
            self.put("crl/%s.crl" % trust.sha256(der), der)
        self.put("policy/log.vkey", "".join(self.world.log_key.vkey(o) + "\n" for o in (ACTS, READINGS, GLOBAL)).encode())
        facts = {"v": 1, "kind": self.kind, "log": ACTS, "size": len(self.case.acts.lines), "made": instant(self.case.end),
                 "for": "-" if self.kind == "archive" else self.reader, "bodies_absent": self.absent["c"],
                 "readings_absent": self.absent["r"], "documents_absent": self.absent["d"]}
        if self.full:
            facts["readings_size"] = len(self.case.readings.lines)
        if self.kind == "receipt":
            facts["seq"] = self.seq
        self.facts = facts

    def sealed(self, seal="seal", **how):
        """Lists, tokens and seal over the files as they are now; the container's bytes."""
        files = dict(self.files)
        files.setdefault("bundle.json", compact(self.facts))
        end, tsa = self.case.end + 20000, how.get("tsa") or self.world.tsa
        files["SHA256SUMS"] = "".join("%s  %s\n" % (trust.sha256(files[n]), n) for n in sorted(files) if n not in NOT_SUMMED).encode()
        files["SHA256SUMS.tsr"] = how["sums_tsr"](files["SHA256SUMS"]) if "sums_tsr" in how else tsa.response(files["SHA256SUMS"], end)
        if seal:
            files["SHA256SUMS.p7s"] = getattr(self.world, seal).sign(files["SHA256SUMS"])
        files["META-INF/ASiCManifest.xml"] = manifest(files)
        files["META-INF/timestamp.tst"] = tsa.token(files["META-INF/ASiCManifest.xml"], how.get("tst_at", end + 1000))
        return container(files, how.get("deflate", ()))


BIG = b"Un fichier plus long que ce qu'un v\xc3\xa9rificateur lit d'un coup.\n" * 3000


def manifest(files):
    out = ['<?xml version="1.0" encoding="UTF-8"?>',
           '<asic:ASiCManifest xmlns:asic="http://uri.etsi.org/02918/v1.2.1#" xmlns:ds="http://www.w3.org/2000/09/xmldsig#">',
           '<asic:SigReference URI="META-INF/timestamp.tst" MimeType="application/vnd.etsi.timestamp-token"/>']
    for name in sorted(files):
        if name != "mimetype" and not name.startswith("META-INF/"):
            out += ['<asic:DataObjectReference URI="%s">' % name, '<ds:DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"/>',
                    "<ds:DigestValue>%s</ds:DigestValue>" % base64.b64encode(hashlib.sha256(files[name]).digest()).decode(),
                    "</asic:DataObjectReference>"]
    return ("\n".join(out + ["</asic:ASiCManifest>"]) + "\n").encode()


def container(files, deflate=()):
    files = {"mimetype": b"application/vnd.etsi.asic-e+zip", **files}
    body, directory = b"", b""
    for name, data in files.items():
        packed, method, need = data, 0, 10
        if name in deflate:
            z = zlib.compressobj(9, zlib.DEFLATED, -15)
            packed, method, need = z.compress(data) + z.flush(), 8, 20
        fields = struct.pack("<HHHHHIIIHH", need, 0, method, 0, 0x21, zlib.crc32(data), len(packed), len(data), len(name), 0)
        directory += b"PK\1\2" + struct.pack("<H", 0x0314) + fields + struct.pack("<HHHII", 0, 0, 0, 0x81A40000, len(body)) + name.encode()
        body += b"PK\3\4" + fields + name.encode() + packed
    end = b"PK\5\6" + struct.pack("<HHHHIIH", 0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + end


def good(world):
    """Good bundles by name."""
    out = {}
    for name, plan in (("plain", story.plain), ("erased", story.erased)):
        case = Case(world, story.fresh(plan))
        for kind, reader in (("receipt", "P2"), ("party", "P2"), ("party", "P4"), ("party", "P6"), ("case", "P1"), ("archive", "P1")):
            out["%s-%s-%s" % (name, kind, reader)] = Bundle(case, kind, reader).sealed()
    packed = Bundle(Case(world, story.fresh(story.plain)), "party", "P4")
    packed.put("LISEZMOI.txt", BIG)
    out["packed-party-P4"] = packed.sealed(deflate=("log/leaves.txt", "bundle.json"))
    return out


def main():
    folder = sys.argv[1]
    os.makedirs(folder, exist_ok=True)
    world = World(folder)
    for name, data in good(world).items():
        world.save(name + ".asice", data)


if __name__ == "__main__":
    main()
