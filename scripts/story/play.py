#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""The story of the demo, played through nginx as people play it, and asserted as it goes: who sees what, and who does not.

usage: python3 -m story.play --demo DEMO.JSON [--check]
Writes the heads that people keep to <state>/heads/, and at its end <state>/story.json (people with their access codes,
dossiers): an instance that has this file has its story, and the people only sign in again. Until then <state>/story-begun says
that a story was stopped half-way. With --check it also makes the three kinds of bundles, has both verifiers judge them beside the
kept heads, changes a byte and sees them refused.
"""
import argparse
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile

from . import acts
from .acts import File, Person
from .client import load_demo

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CACHE = os.path.join(ROOT, "var", "cache")
ODD_NAME = "Relevé d’humidité « cave » n° 2 — l'été \"sec\" 💧.pdf"
COURT = "Tribunal judiciaire de Grenoble"
NOTE = "Note n° 1 : première réunion"
# What the story calls them: a person of people.txt or of the invitations.
CAST = {"admin": "sylvie-arnoux", "expert": "jeanne-ferrand", "judge": "helene-vasseur", "clerk": "thomas-perrin",
        "haddad": "karima-haddad", "lemaire": "robert-lemaire", "roux": "antoine-roux", "benali": "nadia-benali",
        "fabre": "claude-fabre"}


def real_pdf(name):
    with open(os.path.join(CACHE, "pdf", name), "rb") as f:
        return f.read()


def photograph(name):
    with open(os.path.join(CACHE, "photo", name), "rb") as f:
        return f.read()


class Story:
    def __init__(self, demo):
        self.demo, self.began = demo, time.monotonic()
        self.certificates = {p["id"]: p for p in demo["people"]}
        self.people = {}

    def say(self, words):
        print("  %6.1f s  %s" % (time.monotonic() - self.began, words), flush=True)

    def at(self, name):
        return os.path.join(self.demo["state"], name)

    def holder(self, key):
        known = self.certificates[key]
        self.people[key] = Person(self.demo, key, known["name"], known["role"], known["mail"], known["means"])
        return self.people[key]

    def coded(self, key, name, role, mail):
        self.people[key] = Person(self.demo, key, name, role, mail)
        return self.people[key]

    # ---- chapters

    def accounts(self):
        for name in ("admin", "expert", "judge", "clerk"):
            setattr(self, name, self.holder(CAST[name]))
        acts.sign_in(self.admin)
        for person, role, title in ((self.expert, "expert", "Mme"), (self.judge, "judge", "Mme"), (self.clerk, "clerk", "M.")):
            acts.claim(person, role, COURT, title)
            acts.approve(self.admin, person.name)
            acts.sign_in(person)
        self.say("an expert, a judge and a clerk have asked for access with their cards; the administrator has opened it")

    def openings(self):
        self.first = acts.open_dossier(self.expert, COURT, {
            "intitule": "Infiltrations, résidence Les Tilleuls", "rg": "26/01873", "minute": "26/412",
            "decision": "Ordonnance de référé du 12 mai 2026", "decision_date": "2026-05-12", "juge": "Mme Hélène Vasseur",
            "greffier": "M. Thomas Perrin", "partie1": "Syndicat des copropriétaires Les Tilleuls",
            "partie2": "SAS Alpes Étanchéité",
            "mission": "Se rendre sur les lieux.\nDécrire les désordres et en rechercher les causes.\nChiffrer les travaux de reprise.",
            "rapport": "2027-03-31"})
        self.second = acts.open_dossier(self.expert, COURT, {
            "intitule": "Fissures, maison Fabre", "rg": "26/02011", "decision": "Ordonnance de référé du 2 juin 2026",
            "partie1": "M. Claude Fabre", "partie2": "SARL Bâti Dauphiné", "mission": "Décrire les fissures."})
        # Nobody else sees a draft, not even the court.
        self.judge.get("/dossiers/%d" % self.first).expect(404)
        for dossier, pdf in ((self.first, "debian-faq.fr.pdf"), (self.second, "maint-guide.fr.pdf")):
            acts.deposit(self.expert, dossier, "court_decision", "Ordonnance de désignation",
                         [File("ordonnance.pdf", real_pdf(pdf))])
            acts.step(self.expert, dossier, "TR2")
            acts.deposit(self.expert, dossier, "acceptance_letter", "Acceptation de la mission",
                         [File("acceptation.pdf", real_pdf("changes.fr.pdf"))])
            acts.step(self.expert, dossier, "TR3", ticked=True)
        self.say("two dossiers are open; the decisions and the acceptances are deposited, the mission is accepted")

    def court(self):
        # Before mode actif: a line in the list, a refusal that explains itself, no content.
        self.clerk.get("/dossiers").expect(200, "Infiltrations, résidence Les Tilleuls")
        self.clerk.get("/dossiers/%d" % self.first).expect(403)
        for person in (self.clerk, self.judge):
            for dossier in (self.first, self.second):
                acts.presence(person, dossier)
                acts.wait_until("what mode actif gives", lambda p=person, d=dossier: acts.documents(p, d))
        for dossier in (self.first, self.second):
            acts.deposit(self.clerk, dossier, "deposit_notice", "Avis de consignation",
                         [File("avis-de-consignation.pdf", real_pdf("usage.fr.pdf"))])
            acts.step(self.expert, dossier, "TR4")
            self.expert.get("/dossiers/%d" % dossier).expect(200, "Opérations")
        self.say("the clerk has deposited the payment notice; the operations have begun")

    def invitations(self):
        haddad = self.coded("karima-haddad", "Karima Haddad", "lawyer", "k.haddad@barreau.example")
        lemaire = self.coded("robert-lemaire", "Robert Lemaire", "party", "robert.lemaire@courriel.example")
        roux = self.coded("antoine-roux", "Antoine Roux", "lawyer", "a.roux@barreau.example")
        benali = self.coded("nadia-benali", "Nadia Benali", "party", "nadia.benali@alpes.example")
        fabre = self.coded("claude-fabre", "Claude Fabre", "party", "claude.fabre@courriel.example")
        tilleuls, alpes = "Syndicat des copropriétaires Les Tilleuls", "SAS Alpes Étanchéité"
        for person, role, side, title in ((haddad, "lawyer", tilleuls, "Me"), (lemaire, "party", tilleuls, "M."),
                                          (roux, "lawyer", alpes, "Me"), (benali, "party", alpes, "Mme")):
            acts.accept(person, acts.invite(self.expert, self.first, person, role, side, title=title))
        acts.accept(fabre, acts.invite(self.expert, self.second, fabre, "party", "M. Claude Fabre"))
        acts.invite(self.expert, self.second, roux, "lawyer", "SARL Bâti Dauphiné", title="Me", has_account=True)
        for person in (haddad, lemaire, roux, benali, fabre):
            acts.sign_in(person)
        acts.accept_signed_in(roux, "Fissures, maison Fabre")
        self.haddad, self.lemaire, self.roux, self.benali, self.fabre = haddad, lemaire, roux, benali, fabre
        self.say("two lawyers and three parties are invited by letter and mail, have accepted and signed in with two codes")

    def deposits(self):
        readers = (self.haddad.name, self.lemaire.name, self.roux.name, self.benali.name)
        acts.deposit(self.expert, self.first, "expert_note", NOTE,
                     [File("note-1.pdf", real_pdf("debian-reference.fr.pdf"))], readers=readers)
        acts.deposit(self.expert, self.first, "site_record", "Constatations du 3 septembre",
                     [File("façade sud.jpg", photograph("appareil.jpg"), "image/jpeg"),
                      File("local technique.jpg", photograph("ordinateur.jpg"), "image/jpeg"),
                      File("schéma.png", photograph("schema.png"), "image/png"),
                      File(ODD_NAME, real_pdf("eyes.fr.pdf"))])
        acts.deposit(self.haddad, self.first, "exhibit", "Pièces du syndicat",
                     [File("devis.pdf", real_pdf("eyesj.fr.pdf")), File("procès-verbal.pdf", real_pdf("essay.fr.pdf")),
                      File("photos.pdf", real_pdf("ubuntu-packaging.fr.pdf"))])
        # The heavy one, in pieces of 8 MB.
        acts.deposit(self.roux, self.first, "exhibit", "Documentation technique",
                     [File("notation.pdf", real_pdf("notation.fr.pdf"))], by_tus=True)
        acts.deposit(self.roux, self.first, "restricted_exhibit", "Tarifs des fournisseurs",
                     [File("tarifs.pdf", real_pdf("eyesj-progman.fr.pdf"), ground="Secret des affaires")])
        acts.deposit(self.lemaire, self.first, "party_letter", "Courrier de M. Lemaire",
                     [File("courrier.pdf", real_pdf("developers-reference.fr.pdf"))])
        acts.deposit(self.expert, self.second, "expert_note", "Note n° 1", [File("note.pdf", real_pdf("eyes17.fr.pdf"))])
        self.say("notes, photographs, exhibits, a restricted exhibit, a letter, a manual of 29 MB: deposited and sealed")

    def readings(self):
        self.note = acts.document(self.haddad, self.first, NOTE)
        board = "/dossiers/%d/contradictoire" % self.first
        before = self.expert.get(board).expect(200).page.text
        acts.download(self.haddad, self.note)
        after = self.expert.get(board).expect(200).page.text
        if before == after:
            raise AssertionError("the board does not show that the note was opened")
        self.say("the lawyer has opened the note, and the expert sees it on the board")

    def same_bytes(self):
        if acts.download(self.haddad, self.note).body != real_pdf("debian-reference.fr.pdf"):
            raise AssertionError("the note did not come back byte for byte")
        records = [n for n, words in acts.documents(self.lemaire, self.first).items() if "Constatations" in words]
        odd = next(n for n in records if acts.download(self.lemaire, n).filename() == ODD_NAME)
        if acts.download(self.lemaire, odd).body != real_pdf("eyes.fr.pdf"):
            raise AssertionError("the file with an odd name did not come back byte for byte")
        self.say("the note came back byte for byte, and so did a file with accents, quotes and an emoji in its name")

    def heads(self):
        """The expert takes a bundle of each dossier while the case goes on, and keeps the newest head of each log in it."""
        kept = []
        for dossier in (self.first, self.second):
            for name, note in sorted(newest_heads(acts.bundle(self.expert, dossier, "case").body).items()):
                name = name if name == "general" else "%s-dossier-%d" % (name, dossier)
                kept.append(acts.save(self.at("heads"), name + ".note", note))
        self.say("the expert has kept %d signed heads of the logs" % len(set(kept)))

    def limits(self):
        """What people may not see."""
        restricted = acts.document(self.roux, self.first, "Tarifs des fournisseurs")
        acts.download(self.roux, restricted)
        acts.download(self.expert, restricted)
        line = self.lemaire.get("/dossiers/%d/echanges" % self.first).expect(200)
        line.expect(200, "Secret des affaires").expect_not("Tarifs des fournisseurs", "tarifs.pdf")
        for person in (self.lemaire, self.haddad):
            person.get("/documents/%d/fichier" % restricted).expect(403)
            person.get("/documents/%d" % restricted).expect(403).expect_not("tarifs.pdf")
        outsider = self.fabre
        for path in ("/dossiers/%d", "/dossiers/%d/echanges", "/dossiers/%d/contradictoire", "/dossiers/%d/preuves",
                     "/dossiers/%d/participants", "/dossiers/%d/depots/1"):
            there, nowhere = outsider.get(path % self.first).expect(404), outsider.get(path % 99999999).expect(404)
            if bare(there) != bare(nowhere):
                raise AssertionError("an outsider can tell a dossier that exists from one that does not: %s" % path)
        outsider.get("/documents/%d/fichier" % self.note).expect(404)
        self.say("the restricted exhibit shows its line and not its content; an outsider gets the same 404 as for nothing")

    def write(self):
        people = [p.describe() for p in self.people.values()]
        dossiers = [{"id": self.first, "reference": "RG 26/01873"}, {"id": self.second, "reference": "RG 26/02011"}]
        path = self.at("story.json")
        with open(path + ".new", "w", encoding="utf-8") as f:
            json.dump({"people": people, "dossiers": dossiers}, f, ensure_ascii=False, indent=2)
        os.rename(path + ".new", path)

    # ---- once it was told

    def play(self):
        """From the beginning to the end, on an instance where nobody has done anything yet."""
        expert = self.holder(CAST["expert"])
        if "/connexion/demande" not in [f.action for f in expert.get("/connexion/demande").page.forms]:
            raise AssertionError("%s has asked for access already, by hand and without the story; ./opx demo --fresh erases the "
                                 "instance and begins anew" % expert.name)
        with open(self.at("story-begun"), "w", encoding="utf-8"):
            pass
        for chapter in (self.accounts, self.openings, self.court, self.invitations, self.deposits, self.readings, self.same_bytes,
                        self.heads, self.limits, self.write):
            chapter()
        os.remove(self.at("story-begun"))

    def recall(self):
        """The people of a story that was told before come again, and find what they left."""
        with open(self.at("story.json"), encoding="utf-8") as f:
            told = json.load(f)
        self.first, self.second = (d["id"] for d in told["dossiers"])
        people = {p["id"]: p for p in told["people"]}
        for name, key in CAST.items():
            one = people[key]
            means = self.certificates[key]["means"] if one["means"]["kind"] == "certificate" else one["means"]
            self.people[key] = Person(self.demo, key, one["name"], one["role"], one["mail"], means)
            setattr(self, name, self.people[key])
            acts.sign_in(self.people[key])
        self.note = acts.document(self.haddad, self.first, NOTE)
        self.say("the story was told before; its %d people have signed in again" % len(self.people))

    # ---- --check

    def bundles(self):
        folder = self.demo["bundles"]
        found = {}
        for name, person, kind in (("case", self.expert, "case"), ("party-lemaire", self.lemaire, "party"),
                                   ("party-haddad", self.haddad, "party"), ("party-judge", self.judge, "party")):
            answer = acts.bundle(person, self.first, kind)
            found[name] = acts.save(folder, name + ".asice", answer.body)
        page = self.haddad.get("/dossiers/%d/depots/%d" % (self.first, self.deposit_of(self.haddad))).expect(200)
        form = next(f for f in page.page.forms if f.action.endswith(".asice"))
        answer = acts.made(self.haddad, self.haddad.browser.post(self.haddad.address(form.action), form.data({})))
        found["receipt"] = acts.save(folder, "receipt.asice", answer.body)
        pdf = next((f for f in page.page.forms if f.action.endswith(".pdf")), None)
        answer = acts.made(self.haddad, self.haddad.browser.post(self.haddad.address(pdf.action), pdf.data({})))
        if "Karima Haddad" not in acts.pdf_text(answer.body):
            raise AssertionError("the receipt's PDF does not name its depositor")
        self.say("bundles of three kinds are made: %s" % ", ".join(sorted(found)))
        return found

    def deposit_of(self, person):
        page = person.get("/dossiers/%d/echanges" % self.first).expect(200)
        own = [h for h, t in page.page.links if "/depots/" in h]
        for href in own:
            if "Déposé par Me %s" % person.name in person.get(href).page.text or person.name in person.get(href).page.text:
                return int(href.rsplit("/", 1)[1])
        raise AssertionError("no deposit of %s is listed" % person.name)

    def verify(self, bundles):
        for name, path in sorted(bundles.items()):
            c, shell = self.judge_bundle(path, self.c_verifier()), self.judge_bundle(path, self.shell_verifier())
            if c != shell:
                raise AssertionError("the verifiers do not agree on %s: %s, %s" % (name, c, shell))
            wanted = {"K6": "INDETERMINATE"}
            if name.startswith("case"):
                wanted.update({k: "PASSED" for k in ("K0", "K1", "K2", "K3", "K4", "K5", "K7")}, K8="INDETERMINATE")
            else:
                wanted.update({k: "PASSED" for k in ("K0",)})
            wrong = {k: c.get(k) for k, v in wanted.items() if c.get(k) != v}
            failed = [k for k, v in c.items() if v == "FAILED"]
            if wrong or failed:
                raise AssertionError("%s: %s" % (name, c))
        self.say("two independent verifiers accept %d bundles: K0 to K5 and K7 passed for the whole case" % len(bundles))
        for name, path in sorted(bundles.items()):
            self.refuse_changed(name, path)
        self.say("with one byte changed, both refuse")

    def options(self):
        d = self.demo
        heads = [word for name in sorted(os.listdir(self.at("heads"))) for word in ("--head", os.path.join(self.at("heads"), name))]
        return ["--tsa-roots", d["roots"]["timestamping"], "--user-roots", d["roots"]["users"], "--policy", d["log"]["policy"],
                "--json"] + heads

    def c_verifier(self):
        return [self.demo["programs"]["opx-verify"]]

    def shell_verifier(self):
        return ["sh", self.demo["programs"]["verifier.sh"]]

    def judge_bundle(self, path, program):
        done = subprocess.run(program + self.options() + [path], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode not in (0, 1):
            raise AssertionError("%s: status %d\n%s" % (program, done.returncode, done.stderr))
        claims = json.loads(done.stdout)["claims"]
        return {k: v["verdict"] for k, v in claims.items()}

    def refuse_changed(self, name, path):
        with open(path, "rb") as f:
            data = bytearray(f.read())
        data[len(data) // 3] ^= 1
        changed = acts.save(self.at("changed"), name + ".asice", bytes(data))
        for program in (self.c_verifier(), self.shell_verifier()):
            verdicts = self.judge_bundle(changed, program)
            if verdicts.get("K0") != "FAILED" or "PASSED" in verdicts.values():
                raise AssertionError("%s accepts %s with one byte changed: %s" % (program[-1], name, verdicts))
        os.remove(changed)


def newest_heads(bundle):
    """{acts, readings, general: note} of a bundle's bytes; the general log's is the one that the newest head leads to."""
    found = {}
    with zipfile.ZipFile(io.BytesIO(bundle)) as z:
        for name, pattern in (("acts", r"log/checkpoints/(\d+)\.note"), ("readings", r"readings/checkpoints/(\d+)\.note"),
                              ("general", r"proofs/global/(\d+)\.tlog-proof")):
            sizes = [int(m[1]) for m in (re.fullmatch(pattern, n) for n in z.namelist()) if m]
            if sizes:
                data = z.read(pattern.replace(r"(\d+)", str(max(sizes))).replace("\\", ""))
                found[name] = data.split(b"\n\n", 1)[1] if name == "general" else data
    if not {"acts", "general"} <= set(found):
        raise AssertionError("a bundle shows the heads of %s only" % ", ".join(sorted(found)))
    return found


def bare(answer):
    """The words of a page of refusal without what differs at each request: the reference to quote, and the hour."""
    return re.sub(r"\d+ h \d\d", "", re.sub(r"\b[0-9a-f]{32}\b", "", answer.page.text))


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--demo", required=True)
    parser.add_argument("--check", action="store_true")
    args = parser.parse_args()
    story = Story(load_demo(args.demo))
    try:
        if os.path.exists(story.at("story.json")):
            story.recall()
            story.same_bytes()
            story.limits()
        else:
            story.play()
        if args.check:
            story.verify(story.bundles())
    except AssertionError as fault:
        print("opx: the story stops: %s" % fault, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
