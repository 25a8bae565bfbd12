#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""check.py AUTHORITIES BUNDLE: judges a bundle with nothing of the product: zipfile, hashlib, the openssl command, and a tree of
its own. Ends with 0 when every rule that it knows holds; each broken one is a line."""
import base64
import hashlib
import json
import os
import re
import struct
import subprocess
import sys
import tempfile
import zipfile

WRONG = []


def need(holds, *words):
    if not holds:
        WRONG.append(" ".join(str(w) for w in words))
    return holds


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def openssl(*arguments, **more):
    return subprocess.run(["openssl", *arguments], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **more)


def root_of(leaves):
    """RFC 6962 section 2.1, by its definition."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    k = 1
    while k * 2 < len(leaves):
        k *= 2
    return hashlib.sha256(b"\x01" + root_of(leaves[:k]) + root_of(leaves[k:])).digest()


def root_by_path(leaf, index, size, path):
    """RFC 9162 section 2.1.3.2."""
    fn, sn, r = index, size - 1, leaf
    for p in path:
        if sn == 0:
            return None
        if fn & 1 or fn == sn:
            r = hashlib.sha256(b"\x01" + p + r).digest()
            while not fn & 1 and fn:
                fn, sn = fn >> 1, sn >> 1
        else:
            r = hashlib.sha256(b"\x01" + r + p).digest()
        fn, sn = fn >> 1, sn >> 1
    return r if sn == 0 else None


def leaf_of(line):
    return hashlib.sha256(b"\x00" + line).digest()


class Bundle:
    def __init__(self, authorities, path, folder):
        self.authorities, self.path, self.folder = authorities, path, folder
        with open(path, "rb") as f:
            self.raw = f.read()
        with zipfile.ZipFile(path) as z:
            self.infos = z.infolist()
            self.files = {i.filename: z.read(i) for i in self.infos}
            z.extractall(folder)
        self.facts = json.loads(self.files["bundle.json"])
        self.kind = self.facts["kind"]
        self.keys = self.read_keys()

    def read_keys(self):
        keys = {}
        for line in self.files["policy/log.vkey"].decode().splitlines():
            name, key_id, key = line.split("+", 2)
            raw = base64.b64decode(key, validate=True)
            want = hashlib.sha256(name.encode() + b"\n" + raw).hexdigest()[:8]
            need(raw[0] == 1 and len(raw) == 33 and want == key_id, "key", line)
            keys[name] = raw[1:]
        with open(self.authorities + "/policy", encoding="ascii") as f:
            published = base64.b64decode(f.readline().split("+", 2)[2])[1:]
        need(set(keys.values()) == {published}, "the keys are not those published")
        need(sorted(re.sub(r".*/([crg])/.*", r"\1", k) for k in keys) == ["c", "g", "r"], "three origins", list(keys))
        return keys

    def path_of(self, name):
        return os.path.join(self.folder, name)

    # --- container and lists ---
    def container(self):
        need(self.infos[0].filename == "mimetype" and self.files["mimetype"] == b"application/vnd.etsi.asic-e+zip", "mimetype")
        at = 0
        for i in self.infos:
            need((i.compress_type, i.create_version, i.create_system, i.extract_version, i.flag_bits, i.date_time, i.internal_attr,
                  i.external_attr, i.extra, i.comment) == (0, 20, 3, 10, 0, (1980, 1, 1, 0, 0, 0), 0, 0x81A40000, b"", b""),
                 "fields of", i.filename)
            need(i.header_offset == at, "a gap before", i.filename)
            at += 30 + len(i.filename) + i.file_size
        end = struct.unpack("<4s4H2IH", self.raw[-22:])
        need(end == (b"PK\x05\x06", 0, 0, len(self.infos), len(self.infos), len(self.raw) - 22 - at, at, 0), "end record", end)
        done = subprocess.run(["unzip", "-tqq", self.path], stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        need(done.returncode == 0, "unzip -t:", done.stdout)

    def lists(self):
        out = {"mimetype", "SHA256SUMS", "SHA256SUMS.tsr", "SHA256SUMS.p7s", "META-INF/ASiCManifest.xml", "META-INF/timestamp.tst"}
        need(out <= set(self.files), "lists missing", out - set(self.files))
        names = sorted(set(self.files) - out, key=lambda n: n.encode())
        want = "".join("%s  %s\n" % (sha256(self.files[n]), n) for n in names)
        need(self.files["SHA256SUMS"].decode() == want, "SHA256SUMS")
        done = subprocess.run(["sha256sum", "-c", "--quiet", "SHA256SUMS"], cwd=self.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        need(done.returncode == 0, "sha256sum -c:", done.stdout)
        named = re.findall(r'URI="([^"]+)">\n<ds:DigestMethod [^>]*/>\n<ds:DigestValue>([^<]+)<', self.files["META-INF/ASiCManifest.xml"].decode())
        want = [(n, base64.b64encode(hashlib.sha256(self.files[n]).digest()).decode())
                for n in sorted(self.files, key=lambda n: n.encode()) if n != "mimetype" and not n.startswith("META-INF/")]
        need(named == want, "ASiCManifest.xml")

    # --- tokens, seal ---
    def trust(self, roots):
        """Roots from outside, then all lists of the bundle, in PEM."""
        path = self.path_of("../trust-" + roots)
        with open(path, "wb") as f:
            with open(os.path.join(self.authorities, roots), "rb") as r:
                f.write(r.read())
            for name in sorted(self.files):
                if name.startswith("crl/"):
                    f.write(openssl("crl", "-inform", "DER", "-in", self.path_of(name)).stdout)
        return path

    def certificates(self):
        path = self.path_of("../untrusted.pem")
        with open(path, "wb") as f:
            for name in sorted(self.files):
                if name.startswith("certs/"):
                    f.write(openssl("x509", "-inform", "DER", "-in", self.path_of(name)).stdout)
        return path

    def token(self, name, over, *more):
        when = openssl("ts", "-reply", "-in", self.path_of(name), *(["-token_in"] if name.endswith(".tst") else []), "-text").stdout.decode()
        stamp = re.search(r"Time stamp: (.*)", when)
        if not need(stamp is not None, name, "is not a token"):
            return
        seconds = subprocess.run(["date", "-ud", stamp[1], "+%s"], stdout=subprocess.PIPE).stdout.decode().strip()
        done = openssl("ts", "-verify", *over, "-in", self.path_of(name), *more, "-CAfile", self.ca, "-untrusted", self.untrusted, "-crl_check",
                       "-attime", seconds)
        need(done.returncode == 0, name, done.stdout.decode(errors="replace")[-200:])

    def tokens(self):
        self.ca, self.untrusted = self.trust("tsa-roots.pem"), self.certificates()
        self.token("SHA256SUMS.tsr", ["-data", self.path_of("SHA256SUMS")])
        self.token("META-INF/timestamp.tst", ["-data", self.path_of("META-INF/ASiCManifest.xml")], "-token_in")
        seen = 2
        for name in self.files:
            if name.startswith("documents/") and name.endswith(".tsr"):
                over = ["-data", self.path_of(name[:-4])] if name[:-4] in self.files else ["-digest", self.deposit(name)["sha256"]]
            elif name.startswith("tokens/") and name.endswith(".tsr"):
                over = ["-data", self.path_of(name[:-4] + ".data")]
                need(sha256(self.files[name]) == name[7:-4], name, "misnamed")
            elif "/checkpoints/" in name and name.endswith(".tsr"):
                over = ["-data", self.path_of(name[:-4] + ".note")]
            else:
                continue
            self.token(name, over)
            seen += 1
        need(seen >= 4, "tokens:", seen)

    def seal(self):
        done = openssl("cms", "-verify", "-binary", "-inform", "DER", "-in", self.path_of("SHA256SUMS.p7s"), "-content",
                       self.path_of("SHA256SUMS"), "-cades", "-CAfile", self.trust("user-roots.pem"), "-crl_check", "-purpose", "any", "-out",
                       "/dev/null")
        need(done.returncode == 0, "seal:", done.stdout.decode(errors="replace")[-300:])

    # --- logs ---
    def note(self, data, origin):
        """Checks a signed note; its size and root."""
        text, _, signatures = data.partition(b"\n\n")
        name, size, root = text.decode().split("\n")
        need(name == origin, "note of", name)
        found = re.fullmatch("— %s (\\S+)\n" % re.escape(name), signatures.decode())
        if not need(found is not None, "signature lines of", name, size):
            return 0, b""
        signature = base64.b64decode(found[1], validate=True)
        with tempfile.TemporaryDirectory() as t:
            for file, content in (("key", bytes.fromhex("302a300506032b6570032100") + self.keys[name]), ("text", text + b"\n"),
                                  ("sig", signature[4:])):
                with open(os.path.join(t, file), "wb") as f:
                    f.write(content)
            done = openssl("pkeyutl", "-verify", "-rawin", "-pubin", "-keyform", "DER", "-inkey", t + "/key", "-sigfile", t + "/sig", "-in",
                           t + "/text")
            need(done.returncode == 0, "note", name, size, done.stdout)
        return int(size), base64.b64decode(root, validate=True)

    def proof(self, name, origin):
        """A tlog-proof: its extra, its index, its checkpoint's bytes; the path is checked."""
        head, _, note = self.files[name].partition(b"\n\n")
        lines = head.decode().split("\n")
        need(lines[0] == "c2sp.org/tlog-proof@v1" and lines[1].startswith("extra ") and lines[2].startswith("index "), name)
        extra, index = base64.b64decode(lines[1][6:], validate=True), int(lines[2][6:])
        size, root = self.note(note, origin)
        path = [base64.b64decode(p, validate=True) for p in lines[3:]]
        need(root_by_path(leaf_of(extra.split(b"\n")[0]), index, size, path) == root, name, "does not lead to its head")
        return extra, index, note

    def fields(self, line):
        found = re.fullmatch(rb"opx/v1 log=(\S+) seq=(\d+) time=(\S{24}) after=sha256:([0-9a-f]{64}) body=sha256:([0-9a-f]{64})", line)
        need(found is not None, "line", line)
        return (found[1].decode(), int(found[2]), found[4].decode(), found[5].decode()) if found else ("", -1, "", "")

    def whole_log(self, leaves, folder, bodies, origin, size, absent):
        lines = self.files[leaves].decode().encode().split(b"\n")
        need(lines.pop() == b"" and len(lines) == size, leaves, "has", len(lines), "lines,", size, "announced")
        missing = []
        for i, line in enumerate(lines):
            log, seq, after, body = self.fields(line)
            need(log == origin and seq == i, leaves, "line", i)
            self.after.append(after)
            name = "%s%d.json" % (bodies, i)
            if name in self.files:
                need(sha256(self.files[name]) == body, name)
            else:
                missing.append(i)
        need([int(a.split(" ")[0]) for a in absent] == missing, "absent of", leaves, absent, missing)
        hashes = [leaf_of(line) for line in lines]
        sizes = [int(n.split("/")[-1][:-5]) for n in self.files if n.startswith(folder + "/checkpoints/") and n.endswith(".note")]
        need(size in sizes, folder, "has no head", size)
        for n in sizes:
            got, root = self.note(self.files["%s/checkpoints/%d.note" % (folder, n)], origin)
            need(got == n and root == root_of(hashes[:n]), folder, "head", n)

    def global_proofs(self, folder, proofs, origin):
        heads = [n for n in self.files if n.startswith(folder + "/checkpoints/") and n.endswith(".tsr")]
        need(heads, "no stamped head in", folder)
        for head in heads:
            size = int(head.split("/")[-1][:-4])
            extra, index, _ = self.proof("proofs/%s/%d.tlog-proof" % (proofs, size), self.origin("g"))
            line, body = extra.split(b"\n", 1)
            log, seq, _, named = self.fields(line)
            facts = json.loads(body)["head"]
            _, root = self.note(self.files[head[:-4] + ".note"], origin)
            need(log == self.origin("g") and seq == index and sha256(body) == named and
                 facts == {"log": origin, "size": size, "root": base64.b64encode(root).decode()}, "global proof of", head)

    def origin(self, letter):
        return next(k for k in self.keys if "/%s/" % letter in k)

    def logs(self):
        self.after = []
        acts, readings = self.origin("c"), self.origin("r")
        need(acts == self.facts["log"] and readings == acts.replace("/c/", "/r/"), "origins")
        if self.kind == "receipt":
            seq = self.facts["seq"]
            extra, index, note = self.proof("proofs/case/%d.tlog-proof" % seq, acts)
            log, got, after, body = self.fields(extra)
            self.after.append(after)
            need(index == seq == got and log == acts and sha256(self.files["bodies/%d.json" % seq]) == body, "the line of the receipt")
            need(note == self.files["log/checkpoints/%d.note" % self.facts["size"]], "the head of the receipt")
            self.receipt(extra)
        else:
            self.whole_log("log/leaves.txt", "log", "bodies/", acts, self.facts["size"], self.facts["bodies_absent"])
        self.global_proofs("log", "global", acts)
        if self.kind == "case":
            self.whole_log("readings/leaves.txt", "readings", "readings/bodies/", readings, self.facts["readings_size"],
                           self.facts["readings_absent"])
            self.global_proofs("readings", "global-readings", readings)
        elif self.kind == "party":
            self.own_readings(readings)

    def own_readings(self, origin):
        seen = 0
        for name in self.files:
            if not name.startswith("proofs/readings/"):
                continue
            extra, index, note = self.proof(name, origin)
            log, seq, after, body = self.fields(extra)
            self.after.append(after)
            text = self.files["readings/bodies/%d.json" % index]
            size = int(note.split(b"\n")[1])
            need(log == origin and seq == index and sha256(text) == body, name)
            need(note == self.files["readings/checkpoints/%d.note" % size], name, "head")
            event = json.loads(text)
            need(self.facts["for"] in event["visibility"]["to"], name, "is not theirs")
            seen += 1
        need(seen == sum(n.startswith("readings/bodies/") for n in self.files), "readings without a proof")
        need(seen > 0, "no reading of theirs")
        self.global_proofs("readings", "global-readings", origin)

    def receipt(self, line):
        r = json.loads(self.files["receipt.json"])
        body = json.loads(self.files["bodies/%d.json" % self.facts["seq"]])
        token = [n for n in self.files if n.startswith("documents/")]
        need(r["line"] == line.decode() and r["document"] == body["object"] and r["level"] == body["auth"]["level"], "receipt.json")
        need(len(token) == 1 and r["token"] == sha256(self.files[token[0]]), "receipt.json: token")

    def tokens_named(self):
        known = {sha256(d) for n, d in self.files.items() if n.endswith(".tsr")}
        for after in set(self.after) - {"0" * 64}:
            need(after in known, "the token", after, "is named and absent")

    # --- bodies ---
    def deposit(self, name):
        wanted = name.split("/")[1].split(".")[0]
        for n, d in self.files.items():
            if n.startswith("bodies/"):
                body = json.loads(d)
                if body["type"] == "doc.deposit" and body["object"]["id"] == wanted:
                    return body["object"]
        need(False, name, "was deposited by no body shown")
        return {"sha256": "0" * 64}

    def bodies(self):
        shown = {}
        for name, data in self.files.items():
            if not name.startswith(("bodies/", "readings/bodies/")):
                continue
            body = json.loads(data)
            shown[name] = body
            need("rights/%s.csv" % body["visibility"]["rights"] in self.files, name, "rights")
            need("members/%s.json" % body["visibility"]["members"] in self.files, name, "members")
            auth = body["auth"]
            if auth["kind"] == "x509":
                need(auth["status"].startswith("crl:") and "crl/%s.crl" % auth["status"][4:] in self.files, name, "revocation list")
                need(all("certs/%s.cer" % c in self.files for c in auth["chain"]), name, "chain")
            everybody = body["type"].split(".")[0] in ("case", "member")
            need(self.kind == "case" or everybody or self.facts["for"] in body["visibility"]["to"] or self.granted(body), name, "is not for",
                 self.facts["for"])
        for name, data in self.files.items():
            if name.startswith(("rights/", "members/", "certs/", "crl/")):
                need(sha256(data) == re.split(r"[/.]", name)[1], name, "misnamed")
        for body in shown.values():
            if body["type"] == "doc.deposit":
                o = body["object"]
                name = "documents/%s.%s" % (o["id"], o["ext"])
                absent = any(a.split(" ")[0] == o["id"] for a in self.facts["documents_absent"])
                need((name in self.files) != absent, name, "neither there nor said absent")
                if name in self.files:
                    d = self.files[name]
                    need((sha256(d), hashlib.sha512(d).hexdigest(), len(d)) == (o["sha256"], o["sha512"], o["size"]), name)
        need(self.kind != "case" or not (self.facts["bodies_absent"] or self.facts["documents_absent"]), "a case with absences")

    def granted(self, body):
        document = body.get("object", {}).get("id")
        for n, d in self.files.items():
            if n.startswith("bodies/"):
                event = json.loads(d)
                if event["type"] == "rights.exception" and event["grant"]["to"] == self.facts["for"] and document in event["grant"]["docs"]:
                    return True
        return False

    def texts(self):
        for name in ("LISEZMOI.txt", "VERIFIER.txt", "verifier.sh", "politique-du-journal.txt", "policy/witnesses.policy"):
            need(name in self.files, name, "is missing")


def main():
    authorities, path = sys.argv[1:]
    with tempfile.TemporaryDirectory() as outer:
        folder = os.path.join(outer, "b")
        bundle = Bundle(authorities, path, folder)
        for step in (bundle.container, bundle.lists, bundle.tokens, bundle.seal, bundle.logs, bundle.tokens_named, bundle.bodies, bundle.texts):
            step()
    for line in WRONG:
        print("%s: %s" % (os.path.basename(path), line))
    print("%s: %s, %d files, %d bodies" % (os.path.basename(path), bundle.kind, len(bundle.files), sum("bodies/" in n for n in bundle.files)))
    sys.exit(1 if WRONG else 0)


if __name__ == "__main__":
    main()
