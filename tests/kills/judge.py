# SPDX-License-Identifier: MPL-2.0
"""After a campaign: waits until everything has come to rest, then holds the database, the pages and the store against the ledger.
Each rule gives its name and its complaints, and each complaint names the line of the ledger that was not kept.
"""
import concurrent.futures
import glob
import hashlib
import json
import os
import re
import subprocess

import later
from hands import Hands
from ledger import name_of
from story import acts

REST_S = 300
VERDICTS = {"K0": "PASSED", "K1": "PASSED", "K2": "PASSED", "K3": "PASSED", "K4": "PASSED", "K5": "PASSED", "K6": "INDETERMINATE",
            "K7": "PASSED", "K8": "INDETERMINATE"}

# What must be over before anybody judges: rows that wait for somebody.
UNREST = """
SELECT 'event ' || event_id || ' waits for its leaf' FROM opx.event_waiting
UNION ALL SELECT 'deposit ' || id || ' is not sealed' FROM opx.filing WHERE sealed_at IS NULL
UNION ALL SELECT 'job ' || id || ', ' || kind || ', attempt ' || attempts || ': ' || error FROM opx.job
           WHERE state = 'ready' AND (key IS NULL OR key NOT LIKE 'again:%')
UNION ALL SELECT 'document ' || x.id || ' has no token' FROM opx.document x
           WHERE NOT EXISTS (SELECT FROM opx.token t WHERE t.document_id = x.id AND t.kind = 'document')
UNION ALL SELECT 'the head of log ' || l.id || ' has no token' FROM opx.log l
           WHERE l.kind <> 'g' AND EXISTS (SELECT FROM opx.checkpoint c WHERE c.log_id = l.id)
             AND NOT EXISTS (SELECT FROM opx.token t WHERE t.log_id = l.id AND t.kind = 'checkpoint'
                              AND t.size = (SELECT max(size) FROM opx.checkpoint c WHERE c.log_id = l.id))
"""

FILINGS = """
SELECT f.id, f.dossier_id AS dossier, f.number, f.draft_id AS draft, f.title, f.kind, extract(epoch FROM f.sealed_at) AS sealed,
       (SELECT json_agg(json_build_object('id', x.id, 'name', c.name_shown, 'size', c.size, 'sha256', encode(c.sha256, 'hex'),
                 'seq', (SELECT l.seq FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id
                          WHERE e.document_id = x.id AND e.type = 'doc.deposit')) ORDER BY x.id)
          FROM opx.document x JOIN opx.document_content c ON c.document_id = x.id WHERE x.filing_id = f.id) AS documents,
       (SELECT count(*) FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id WHERE e.filing_id = f.id) AS leaves
  FROM opx.filing f
"""


class Judge:
    def __init__(self, campaign):
        self.campaign, self.stage, self.ledger = campaign, campaign.stage, campaign.ledger
        self.filings = {}

    def rows(self, text):
        return json.loads(self.stage.sql("SELECT coalesce(json_agg(q), '[]') FROM (%s) q" % text))

    def lines(self, what):
        return self.ledger.lines(what)

    # ---- rest

    def rest(self):
        """All work is done and none is given up."""
        def look():
            return self.stage.sql(UNREST) == ""
        try:
            acts.wait_until("rest", look, REST_S)
        except AssertionError:
            return ["after %d s: %s" % (REST_S, line) for line in self.stage.sql(UNREST).splitlines()]
        return self.stage.sql("SELECT 'job ' || id || ', ' || kind || ', is dead: ' || error FROM opx.job WHERE state = 'dead'").splitlines()

    # ---- deposits

    def deposits(self):
        """Each acknowledged deposit is there once, as it was sent, sealed, and its line of the log is the receipt's."""
        self.filings = {(f["dossier"], f["number"]): f for f in self.rows(FILINGS)}
        receipts = {(r["dossier"], r["number"]): r for r in self.lines("receipt")}
        faults = []
        for line in self.lines("filed"):
            key = line["dossier"], line["number"]
            faults += ["%s: %s" % (name_of(line), why) for why in self.wrong(line, self.filings.get(key), receipts.get(key))]
        return faults

    @staticmethod
    def wrong(line, filing, receipt):
        if filing is None:
            yield "this deposit is lost"
            return
        if (filing["draft"], filing["title"], filing["kind"]) != (line["draft"], line["title"], line["kind"]):
            yield "it is another one: %s" % filing
        there = sorted((d["name"], d["sha256"]) for d in filing["documents"] or [])
        if there != sorted((n, h) for n, h in line["files"]):
            yield "its files are %s, and %s were sent" % (there, line["files"])
        if not filing["sealed"] or not filing["leaves"]:
            yield "it is not sealed: sealed_at %s, %d leaves" % (filing["sealed"], filing["leaves"])
        if receipt is None:
            yield "it has had no receipt"
        elif sorted(receipt["log_lines"]) != sorted(d["seq"] for d in filing["documents"]):
            yield "its receipt names the lines %s of the log, and they are %s" % (receipt["log_lines"], [d["seq"] for d in filing["documents"]])

    def once(self):
        """No deposit is there twice, and none that nobody made."""
        faults, known = [], {(line["dossier"], line["number"]): line for line in self.lines("filed")}
        first = {f["draft"]: f for f in reversed(list(self.filings.values()))}
        for key, filing in self.filings.items():
            if first[filing["draft"]] is not filing:
                faults.append("draft %d is the deposits %s and %s" % (filing["draft"], key, first[filing["draft"]]["number"]))
        prints = {}
        for line in self.lines("filed"):
            for name, digest in line["files"]:
                prints.setdefault(digest, (line, name))
        for key, filing in self.filings.items():
            for d in filing["documents"] or []:
                line, name = prints.get(d["sha256"], (None, None))
                if line is not None and key != (line["dossier"], line["number"]):
                    faults.append("%s: its file %s is also in the deposit %s" % (name_of(line), name, key))
        began = min(line["draft"] for line in self.lines("filed")) if known else 0
        faults += ["the deposit %s of draft %d is in no line of the ledger" % (key, f["draft"]) for key, f in self.filings.items()
                   if key not in known and f["draft"] >= began]
        return faults

    def half(self):
        """Nothing is there in part: what core's own check says of every row, file and head."""
        status, words = self.stage.shell("admin_program check")
        bad = [line for line in words.splitlines() if "WRONG" in line or "note " in line or line.startswith("        ")]
        return ["opx-admin check: %s" % line.strip() for line in bad] + (["opx-admin check: status %d" % status] if status else [])

    # ---- who sees what

    def readers(self):
        """Everybody whom the check page named has each document once in his list, with the bytes that were sent."""
        wanted = {}
        for line in self.lines("filed"):
            filing = self.filings.get((line["dossier"], line["number"]))
            for name in line["readers"] if filing is not None else []:
                person = self.person(name)
                if person is not None:
                    wanted.setdefault(person.key, {}).setdefault(line["dossier"], []).append((line, filing))
        with concurrent.futures.ThreadPoolExecutor(len(wanted) or 1) as pool:
            return [f for faults in pool.map(lambda item: self.reads(*item), sorted(wanted.items())) for f in faults]

    def person(self, name):
        found = [p for p in self.campaign.story.people.values() if p.name == name.replace(" (vous)", "")]
        return found[0] if found else None

    def reads(self, key, dossiers):
        person, faults = self.campaign.story.people[key], []
        if person.get("/profil").path != "/profil":
            acts.sign_in(person)
        hands = Hands(person, self.ledger, "judge for " + key)
        for dossier, deposits in sorted(dossiers.items()):
            listed = self.whole_list(hands, dossier)
            for line, filing in deposits:
                faults += ["%s: %s %s" % (name_of(line), key, why) for why in self.sees(hands, line, filing, listed)]
        return faults

    def sees(self, hands, line, filing, listed):
        n = len([1 for words in listed.values() if line["title"] in words])
        missing = [d["id"] for d in filing["documents"] if d["id"] not in listed]
        if missing or n != len(filing["documents"]):
            yield "sees %d lines of it, of %d; not the documents %s" % (n, len(filing["documents"]), missing)
        for d in filing["documents"]:
            answer = hands.patiently("the bytes", lambda d=d: hands.person.get("/documents/%d/fichier" % d["id"]))
            if answer.status != 200 or hashlib.sha256(answer.body).hexdigest() not in {h for _, h in line["files"]}:
                yield "gets the document %d with status %d and %d bytes, which are not those that were sent" % (
                    d["id"], answer.status, len(answer.body))

    @staticmethod
    def whole_list(hands, dossier):
        """{document: words} of all pages of the list; a document that is there twice is a complaint of its own."""
        path, found, seen = "/dossiers/%d/echanges" % dossier, {}, set()
        paths = [path]
        while paths:
            path = paths.pop(0)
            seen.add(path)
            page = hands.page(path)
            for href, words in page.page.links:
                one = re.fullmatch(r"/documents/(\d+)", href)
                if one and int(one[1]) in found:
                    raise AssertionError("document %s stands twice in the list of dossier %d for %s" % (one[1], dossier, hands.label))
                if one:
                    found[int(one[1])] = words
                if re.fullmatch(r"/dossiers/%d/echanges\?.*\bpage=\d+.*" % dossier, href) and href not in seen and href not in paths:
                    paths.append(href)
        return found

    def unsealed(self):
        """Nobody but its author has seen a deposit before it was sealed."""
        sealed = {d["id"]: f["sealed"] for f in self.filings.values() for d in f["documents"] or []}
        authors = {d["id"]: line["who"] for line in self.lines("filed")
                   for d in (self.filings.get((line["dossier"], line["number"])) or {}).get("documents") or []}
        return ["%s: document %d was seen before its seal of %s" % (name_of(line), d, sealed.get(d))
                for line in self.lines("seen") for d in line["documents"]
                if authors.get(d) != line["who"] and (not sealed.get(d) or sealed[d] > line["at"])]

    # ---- openings

    def handovers(self):
        """Whoever got one byte of a document has his handover in the log of readings, from before that byte; and the bytes are the document's."""
        there = {(h["document"], h["token"]): h for h in self.rows("""
            SELECT h.document_id AS document, encode(s.token_sha256, 'hex') AS token, l.seq, e.type, extract(epoch FROM h.at) AS at
              FROM opx.handover h JOIN opx.session s ON s.id = h.session_id JOIN opx.event e ON e.id = h.event_id
              LEFT JOIN opx.leaf l ON l.event_id = e.id WHERE h.representation = 'original'
             ORDER BY h.at DESC""")}  # the first one of each stays
        known = {d["id"]: d["sha256"] for f in self.filings.values() for d in f["documents"] or []}
        faults = []
        for line in self.lines("got"):
            handover = there.get((line["document"], line["token"]))
            if handover is None or handover["type"] != "doc.handover":
                faults.append("%s: %d bytes were received, and there is no doc.handover" % (name_of(line), line["size"]))
            elif handover["at"] > line["at"]:
                faults.append("%s: %d bytes were received, and the first doc.handover came later" % (name_of(line), line["size"]))
            elif handover["seq"] is None:
                faults.append("%s: its doc.handover has no leaf" % name_of(line))
            if not self.is_part(line, known.get(line["document"])):
                faults.append("%s: the bytes received are not the document's" % name_of(line))
        return faults

    def is_part(self, line, digest):
        content = self.ledger.bytes.get(digest)
        if line["whole"]:
            return line["sha256"] == digest
        return content is None or hashlib.sha256(content[:line["size"]]).hexdigest() == line["sha256"]

    # ---- the rest of the acts

    def invitations(self):
        """Each is there once, in the log, and its mail was sent."""
        rows = self.rows("""
            SELECT p.mail, a.dossier_id AS dossier, count(DISTINCT a.id) AS participants, count(i.id) AS invitations, min(i.number) AS number,
                   (SELECT count(*) FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id
                     WHERE e.dossier_id = a.dossier_id AND e.about_id = p.id AND e.type = 'member.invite') AS leaves
              FROM opx.person p JOIN opx.participant a ON a.person_id = p.id JOIN opx.invitation i ON i.participant_id = a.id
             GROUP BY p.id, p.mail, a.dossier_id""")
        there, faults = {(r["mail"], r["dossier"]): r for r in rows}, []
        every = next(iter(self.campaign.story.people.values())).mailbox.since(set())
        for line in self.lines("invited"):
            row = there.get((line["mail"], line["dossier"]))
            mails = [mail for mail in every if line["mail"] in mail.to]
            if row is None:
                faults.append("%s: this invitation is lost" % name_of(line))
            elif (row["participants"], row["invitations"], row["leaves"]) != (1, 1, 1):
                faults.append("%s: it is there as %s" % (name_of(line), row))
            elif not any("/invitation/" + row["number"] in mail.text for mail in mails):
                faults.append("%s: no mail has told the person (%d mails)" % (name_of(line), len(mails)))
        return faults

    def steps(self):
        """Dossiers that were opened are there whole; each step was taken once, and is in the log."""
        dossiers = {d["id"]: d for d in self.rows("""
            SELECT d.id, d.title, (SELECT count(*) FROM opx.side s WHERE s.dossier_id = d.id) AS sides,
                   (SELECT count(*) FROM opx.mission_item m WHERE m.dossier_id = d.id) AS items,
                   (SELECT count(*) FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id
                     WHERE e.dossier_id = d.id AND e.type = 'case.open') AS leaves
              FROM opx.dossier d""")}
        changes = {(c["dossier"], c["code"]): c for c in self.rows("""
            SELECT c.dossier_id AS dossier, c.transition AS code, count(*) AS n FROM opx.phase_change c GROUP BY 1, 2""")}
        phases = {r["dossier"]: r["n"] for r in self.rows("""
            SELECT e.dossier_id AS dossier, count(*) AS n FROM opx.event e JOIN opx.leaf l ON l.event_id = e.id
             WHERE e.type = 'case.phase' GROUP BY 1""")}
        faults, taken = [], {}
        for line in self.lines("opened"):
            d = dossiers.get(line["dossier"])
            if d is None or (d["title"], d["sides"], d["items"], d["leaves"]) != (line["title"], 2, 1, 1):
                faults.append("%s: there is %s" % (name_of(line), d))
            if len([1 for other in dossiers.values() if other["title"] == line["title"]]) > 1:
                faults.append("%s: the dossier is there twice" % name_of(line))
        faults += ["dossier %d is there in part: %s" % (n, d) for n, d in dossiers.items() if not d["sides"] or d["leaves"] != 1]
        for line in self.lines("step"):
            c = changes.get((line["dossier"], line["code"]))
            taken[line["dossier"]] = taken.get(line["dossier"], 0) + 1
            if c is None or c["n"] != 1:
                faults.append("%s: the step is there as %s" % (name_of(line), c))
            elif phases.get(line["dossier"], 0) < taken[line["dossier"]]:
                faults.append("%s: %d case.phase are in the log" % (name_of(line), phases.get(line["dossier"], 0)))
        return faults

    def presences(self):
        """The last word of the judge in each dossier is what holds."""
        last = {(line["dossier"], line["person"]): line for line in self.lines("presence")}
        faults = []
        for (dossier, key), line in last.items():
            name = self.campaign.story.people[key].name.split()[-1]
            is_on = self.stage.sql("SELECT count(*) FROM opx.participant a JOIN opx.person p ON p.id = a.person_id WHERE a.dossier_id = %d "
                                   "AND p.family_name = '%s' AND a.state = 'accepted' AND a.until_at IS NULL" % (dossier, name)) != "0"
            if is_on != line["on"]:
                faults.append("%s: mode actif is %s" % (name_of(line), "on" if is_on else "off"))
        return faults

    def sessions(self):
        """Each is in the database; one that was ended is ended; each code that was promised has left."""
        there = {s["token"]: s for s in self.rows("SELECT encode(token_sha256, 'hex') AS token, ended_at, end_reason FROM opx.session")}
        faults = ["%s: this session is lost" % name_of(line) for line in self.lines("session") if line["token"] not in there]
        for line in self.lines("ended"):
            if there.get(line["token"], {}).get("end_reason") is None:
                faults.append("%s: the session still lives" % name_of(line))
        return faults

    def uploads(self):
        """Each byte of an upload that was acknowledged is known to the database, whatever became of the draft."""
        there = {u["upload"]: u for u in self.rows("SELECT upload, received, size, state, encode(sha256, 'hex') AS sha256 FROM opx.draft_file")}
        faults = []
        for line in self.lines("upload") + self.lines("piece"):
            row = there.get(line["upload"])
            if row is None or row["received"] < line.get("offset", 0):
                faults.append("%s: there is %s" % (name_of(line), row))
            elif row["sha256"] and line.get("sha256", row["sha256"]) != row["sha256"]:
                faults.append("%s: what was stored is %s" % (name_of(line), row))
        return faults

    # ---- the store

    def orphans(self):
        """A start of the files lane a day later leaves the store with what rows need, and no file more."""
        self.stage.call("stop", "files")
        self.stage.sql("UPDATE opx.job SET run_at = now() WHERE key = 'again:store-sweep' AND state = 'ready'")
        later.run_lane(self.stage, "files", "event=store.sweep ", REST_S)
        store = os.path.join(self.stage.demo["state"], "store")
        files = {os.path.basename(p) for p in glob.glob(store + "/_blob/**", recursive=True) if os.path.isfile(p)}
        needed = set(self.stage.sql("SELECT store_name FROM opx.document_content UNION SELECT t.store_name FROM opx.draft_file t "
                                    "JOIN opx.draft b ON b.id = t.draft_id WHERE t.store_name IS NOT NULL AND b.state = 'open' "
                                    "AND t.state IN ('received', 'ready')").split())
        coming = set(self.stage.sql("SELECT upload FROM opx.draft_file WHERE state IN ('sending', 'received')").split())
        incoming = set(os.listdir(store + "/incoming"))
        self.stage.call("start", "files")
        return (["the store holds %s, which no row needs" % n for n in sorted(files - needed)] +
                ["the store lacks %s" % n for n in sorted(needed - files)] +
                ["incoming holds %s, which no row needs" % n for n in sorted(incoming - coming)])

    # ---- the proof

    def proof(self):
        """A bundle of each of two whole dossiers. The shell verifier takes its time: the big one is for it in a long campaign only."""
        story, faults = self.campaign.story, []
        small = self.campaign.second
        for dossier in (self.campaign.dossier, small):
            answer = acts.bundle(story.expert, dossier, "case", REST_S)
            path = acts.save(story.demo["bundles"], "case-%d.asice" % dossier, answer.body)
            programs = [story.c_verifier()]
            if dossier == small or self.campaign.is_long:
                programs.append(story.shell_verifier())
            for program in programs:
                verdicts = story.judge_bundle(path, program)
                if verdicts != VERDICTS:
                    faults.append("%s says of %s: %s" % (os.path.basename(program[-1]), path, verdicts))
        return faults

    def tried(self):
        """A campaign that tried nothing proves nothing."""
        wanted = ("session", "draft", "upload", "piece", "form", "filed", "receipt", "seen", "got", "opened", "step", "invited", "letter",
                  "presence", "code-asked")
        counts = {what: len(self.lines(what)) for what in wanted}
        print("  the ledger: %s" % ", ".join("%d %s" % (n, what) for what, n in counts.items()))
        return ["nothing of the kind %s was promised" % what for what, n in counts.items() if n == 0]


def judge(campaign):
    j = Judge(campaign)
    yield "tried: each kind of act was promised", j.tried()
    yield "rest: no job waits, no event is unsealed, no token is missing", j.rest()
    for name, rule in (
            ("deposits: each is there as it was sent, sealed, with its receipt", j.deposits),
            ("once: no deposit is there twice, none that nobody made", j.once),
            ("unsealed: nobody saw what was not sealed", j.unsealed),
            ("handovers: whoever got a byte is in the log of readings", j.handovers),
            ("invitations: each is there once, and its mail was sent", j.invitations),
            ("steps: each dossier and each step is there once", j.steps),
            ("presences: the last word of the judge holds", j.presences),
            ("sessions: each that was promised was there", j.sessions),
            ("uploads: each acknowledged byte was received", j.uploads),
            ("readers: everybody named has each document once, byte for byte", j.readers),
            ("rest again: after the readings too", j.rest),
            ("orphans: the store holds what rows need, and no more", j.orphans),
            ("check: opx-admin check finds nothing wrong", j.half),
            ("proof: the verifiers accept whole dossiers", j.proof)):
        try:
            yield name, rule()
        except (AssertionError, subprocess.SubprocessError) as fault:
            yield name, [str(fault)]
