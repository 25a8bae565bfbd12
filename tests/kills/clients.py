# SPDX-License-Identifier: MPL-2.0
"""The clients of a campaign: each a thread with a browser of its own that does the same kind of act again and again, until it is told
to stop; then it brings its act to an end. The random source of each comes from the seed of the campaign.
"""
import random
import re
import threading

import small
from hands import Cut, Hands
from ledger import Fault
from story import acts
from story.acts import File, Person

SIDES = ("M. Claude Fabre", "SARL Bâti Dauphiné")
TRIES_IN_A_ROW = 2  # sign-ins that were cut off, before that person lets the quarter of an hour pass: at three no code leaves
MISSION = "Décrire les désordres."


class Client(threading.Thread):
    """prepare() is called before the first kill; round() is one act, again and again until the campaign ends."""

    def __init__(self, campaign, label, person):
        super().__init__(name=label, daemon=True)
        self.campaign, self.ledger = campaign, campaign.ledger
        self.hands = Hands(person, campaign.ledger, label)
        self.random = random.Random("%s %s" % (campaign.seed, label))
        self.n, self.fault = 0, None

    def run(self):
        try:
            while not self.campaign.over.is_set():
                self.n += 1
                self.round()
        except AssertionError as fault:
            self.fault = fault
            self.campaign.broken.set()
        except Exception as fault:  # a thread that ends in silence would look like one that found nothing
            self.fault = fault
            self.campaign.broken.set()

    def prepare(self):
        """Most go on with the session that the story gave them."""

    def rest(self, low, high):
        """Between two acts: the length is drawn from the seed, and the end of the campaign ends it."""
        self.campaign.over.wait(self.random.uniform(low, high))

    # ---- files: no two are alike, so that a SHA-256 belongs to one deposit

    def word(self):
        return "%s %03d %08x" % (self.name, self.n, self.random.getrandbits(32))

    def pdf(self, size=0):
        word = self.word()
        content = small.pdf(word, 1 + self.n % 3)
        return File("pièce %s.pdf" % word, small.padded(content, size) if size else content)

    def picture(self):
        word = self.word()
        return File("vue %s.png" % word, small.png(8 + self.n, 8 + self.random.randrange(40), self.random.randbytes(3)), "image/png")

    def title(self, words):
        return "%s, %s" % (words, self.word())


class Depositor(Client):
    """Deposits of one kind after another in the first dossier, by form and by pieces, sometimes with two clicks at once."""

    def __init__(self, campaign, label, person, kinds, big=0):
        super().__init__(campaign, label, person)
        self.kinds, self.big = kinds, big

    def prepare(self):
        """An account has three sessions at most, and two more clients are this expert: the newest are those of this campaign."""
        if self.hands.person.has_card:
            self.hands.sign_in_card()

    def round(self):
        kind = self.kinds[self.n % len(self.kinds)]
        by_tus = self.n % 2 == 0
        files = [self.pdf(self.random.randrange(200000, self.big) if self.big and by_tus else 0)]
        if self.n % 3 == 0 and kind != "restricted_exhibit":
            files.append(self.picture())
        ground = "Secret des affaires" if kind == "restricted_exhibit" else ""
        self.hands.deposit(self.campaign.dossier, kind, self.title("Dépôt"), files, by_tus, ground, clicks=1 + self.n % 2)
        self.rest(0, 0.4)


class Reader(Client):
    """Lists the first dossier, opens what it has not yet, and now and then something again."""

    def __init__(self, campaign, label, person):
        super().__init__(campaign, label, person)
        self.had = set()

    def round(self):
        listed = sorted(self.hands.listed(self.campaign.dossier))
        new = [d for d in listed if d not in self.had]
        document = self.random.choice(new or listed)
        if self.hands.take(document):
            self.had.add(document)
        self.rest(0, 0.3)


class Opener(Client):
    """An expert who opens dossiers and takes them through their first steps, each with the deposit that it asks for."""

    def prepare(self):
        self.hands.sign_in_card()

    def round(self):
        dossier = self.open_dossier()
        for code, kind, ticked in (("TR2", "court_decision", False), ("TR3", "acceptance_letter", True)):
            if self.campaign.over.is_set():
                return
            self.hands.deposit(dossier, kind, self.title("Pour " + code), [self.pdf()])
            self.step(dossier, code, ticked)

    def open_dossier(self):
        """Each try under a title and a number of its own: one that was cut off may still become a dossier."""
        path = "/dossiers/nouveau"
        page = self.hands.page(path)
        values = {"juridiction": acts.choice_of(page.page.form(path), "juridiction", self.campaign.court), "intitule": "",
                  "rg": "", "decision": "Ordonnance", "partie1": "Demandeur", "partie2": "Défendeur",
                  "mission": MISSION}

        def do():
            values["intitule"], values["rg"] = self.title("Affaire"), "26/%09d" % self.random.randrange(10**9)
            return self.hands.browser.submit(page, path, values, follow=False)

        def look():
            hrefs = [h for h, words in self.hands.page("/dossiers").page.links if values["intitule"] in words]
            return re.match(r"/dossiers/(\d+)", hrefs[0]) if hrefs else None
        answer, seen = self.hands.act("open", do, look)
        dossier = int((seen or self.hands.led_to(answer, r"/dossiers/(\d+)"))[1])
        self.hands.write("opened", dossier=dossier, title=values["intitule"], person=self.hands.person.key, how="page" if seen else "answer")
        return dossier

    def step(self, dossier, code, ticked):
        page = self.hands.page("/dossiers/%d" % dossier)
        action = "/dossiers/%d/etapes/%s" % (dossier, code)

        def look():
            return not any(f.action == action for f in self.hands.page("/dossiers/%d" % dossier).page.forms)
        answer, seen = self.hands.act("step", lambda: self.hands.browser.submit(page, action, {"case": "oui"} if ticked else {},
                                                                               follow=False), look)
        if answer is not None:
            self.hands.led_to(answer, r"fait=etape")
        self.hands.write("step", dossier=dossier, code=code, how="page" if seen else "answer")


class Inviter(Client):
    """The same expert, in another browser: invites people into the second dossier, and waits for the letter of each."""

    def prepare(self):
        self.hands.sign_in_card()

    def round(self):
        dossier = self.campaign.second
        path = "/dossiers/%d/participants" % dossier
        page = self.hands.page(path)
        form = page.page.form(path)
        family = "Invité-%03d-%08x" % (self.n, self.random.getrandbits(32))
        mail = family.lower().replace("é", "e") + "@courriel.example"
        values = {"role": acts.choice_of(form, "role", "party"), "cote": acts.choice_of(form, "cote", self.random.choice(SIDES)),
                  "nouvelle_partie": "", "civilite": "M.", "prenom": "Jean", "nom": family, "mel": mail}
        answer, seen = self.hands.act("invite", lambda: self.hands.browser.submit(page, path, values, follow=False),
                                      lambda: family in self.hands.page(path).page.text)
        where = None if seen else self.hands.led_to(answer, r"(/dossiers/\d+/participants/\d+/lettre)")[1]
        line = self.hands.write("invited", dossier=dossier, family=family, mail=mail, how="page" if seen else "answer")
        if where is not None:
            self.letter(where, line)

    def letter(self, where, line):
        def look():
            page = self.hands.page(where)
            return page if "Télécharger la lettre" in page.page.text else None
        page = acts.wait_until("the letter of ledger line %d" % line, look, 120)
        pdf = self.hands.patiently("the letter", lambda: self.hands.browser.get(self.hands.person.address(
            page.page.link("Télécharger la lettre"))))
        if pdf.status != 200 or not pdf.body.startswith(b"%PDF-"):
            raise Fault("%s: the letter of ledger line %d is answered %d" % (self.name, line, pdf.status))
        self.hands.write("letter", invited=line, size=len(pdf.body))


class Visitor(Client):
    """People who come in by code one after the other, open the note of the second dossier, and leave."""

    def __init__(self, campaign, label, people):
        super().__init__(campaign, label, people[0])
        self.people = [[Hands(p, campaign.ledger, label), 0] for p in people]

    def round(self):
        able = [one for one in self.people if one[1] < TRIES_IN_A_ROW]
        if not able:
            self.rest(0.5, 1.5)
            return
        one = able[self.n % len(able)]
        self.hands = one[0]
        if not self.hands.sign_in_code():
            one[1] += 1
            return
        one[1] = 0
        dossier = self.campaign.second if self.hands.person.key == "claude-fabre" else self.campaign.dossier
        listed = sorted(self.hands.listed(dossier))
        if listed:
            self.hands.take(self.random.choice(listed))
        self.hands.sign_out()


class Judge(Client):
    """Takes and leaves mode actif in the second dossier."""

    def is_on(self):
        here = self.hands.patiently("the dossier", lambda: self.hands.person.get("/dossiers/%d" % self.campaign.second))
        return here.status == 200

    def round(self):
        dossier, on = self.campaign.second, not self.is_on()
        page = self.hands.page("/dossiers" if on else "/dossiers/%d" % dossier)
        action = "/dossiers/%d/presence" % dossier
        answer, seen = self.hands.act("presence", lambda: self.hands.browser.submit(page, action, button="oui" if on else "non",
                                                                                   follow=False), lambda: self.is_on() == on)
        if answer is not None:
            self.hands.led_to(answer, r"fait=%s" % ("actif" if on else "inactif"))
        self.hands.write("presence", dossier=dossier, person=self.hands.person.key, on=on, how="page" if seen else "answer")
        self.rest(0.2, 1.5)


def again(person):
    """The same person at another machine: a browser of its own."""
    return Person(person.demo, person.key, person.name, person.role, person.mail, person.means)


def everybody(campaign, story):
    """The clients, not started. Each is alone with its browser; nobody deposits in two places of one dossier."""
    return [
        Depositor(campaign, "haddad", story.haddad, ("exhibit", "party_letter")),
        Depositor(campaign, "roux", story.roux, ("exhibit", "restricted_exhibit"), big=3000000),
        Depositor(campaign, "lemaire", story.lemaire, ("party_letter",)),
        Depositor(campaign, "ferrand", story.expert, ("expert_note", "site_record")),
        Reader(campaign, "perrin", story.clerk),
        Opener(campaign, "ouvre", again(story.expert)),
        Inviter(campaign, "invite", again(story.expert)),
        Visitor(campaign, "visite", (again(story.fabre), again(story.benali))),
        Judge(campaign, "vasseur", story.judge),
    ]


__all__ = ["Client", "Cut", "everybody", "again"]
