# SPDX-License-Identifier: MPL-2.0
"""What people do on the site, one function each, through the pages they would use. Each asserts that it went as it should.

A Person is a browser, a name, a mail address and means; the story and the scenarios of tests/http are written with them.
"""
import os
import re
import select
import subprocess
import tempfile
import time

from .client import Browser
from .mailbox import Mailbox

LOOK_EVERY_S = 0.2


class Person:
    def __init__(self, demo, key, name, role, mail, means=None):
        self.demo, self.key, self.name, self.role, self.mail = demo, key, name, role, mail
        self.means = means or {}
        self.access_code = self.means.get("access_code")
        self.mailbox = Mailbox(demo["mail"])
        self.browser = Browser(demo, self.means if "p12" in self.means else None)

    @property
    def has_card(self):
        return "p12" in self.means

    @property
    def home(self):
        return self.demo["origins"]["card" if self.has_card else "main"]

    def address(self, path):
        return path if path.startswith("https://") else self.home + path

    def get(self, path, follow=True):
        return self.browser.get(self.address(path), follow)

    def describe(self):
        means = {"kind": "certificate"} if self.has_card else {"kind": "code", "access_code": self.access_code}
        return {"id": self.key, "name": self.name, "role": self.role, "mail": self.mail, "means": means}


def wait_until(what, look, timeout_s=30):
    """Looks again and again until it is there; gives what `look` gave."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        if time.monotonic() >= deadline:
            raise AssertionError("not within %d s: %s" % (timeout_s, what))
        select.select([], [], [], LOOK_EVERY_S)


# ---- coming in

def sign_in_card(person):
    page = person.get("/connexion").expect(200)
    done = person.browser.submit(page, "/connexion/carte")
    return done.expect(200)


def sign_in_code(person, access_code=None):
    mark = person.mailbox.mark()
    page = person.get("/connexion").expect(200)
    page = person.browser.submit(page, "/connexion", {"mel": person.mail, "acces": access_code or person.access_code})
    page.expect(200, "Code à 8 chiffres")
    code = person.mailbox.wait(person.mail, mark, "code").code()
    return person.browser.submit(page, "/connexion/code", {"code": code}).expect(200)


def sign_in(person):
    return sign_in_card(person) if person.has_card else sign_in_code(person)


def sign_out(person):
    page = person.get("/dossiers")
    form = next(f for f in page.page.forms if f.action == "/deconnexion")  # there are two: wide screens, phones
    return person.browser.post(person.address(form.action), form.data({})).expect(200)


def claim(person, role, court, title="Mme"):
    """An unknown but valid certificate asks for an account."""
    given, family = person.name.split(" ", 1)
    page = person.get("/connexion/demande").expect(200)
    form = page.page.form("/connexion/demande")
    value = choice_of(form, "juridiction", court)
    page = person.browser.submit(page, "/connexion/demande", {
        "civilite": title, "prenom": given, "nom": family, "mel": person.mail, "role": role, "juridiction": value})
    return page.expect(200, "Votre demande est enregistrée")


def choice_of(form, field, text):
    """The value of the choice whose value or label is this text."""
    for value in form.choices.get(field, ()):
        if value == text:
            return value
    for value, label in form.labels.get(field, {}).items():
        if text in label:
            return value
    raise AssertionError("%s has no choice %r; there are %s" % (field, text, sorted(form.choices.get(field, ()))))


def approve(administrator, name):
    page = administrator.get("/admin/demandes").expect(200, name)
    for form in page.page.forms:
        if "/admin/demandes/" in form.action and any(name in b[2] for b in form.buttons):
            return administrator.browser.submit(page, form.action, button="accepter").expect(200)
    raise AssertionError("no request of %s on /admin/demandes" % name)


# ---- a dossier

def open_dossier(person, court, values):
    page = person.get("/dossiers/nouveau").expect(200)
    form = page.page.form("/dossiers/nouveau")
    done = person.browser.submit(page, "/dossiers/nouveau", {"juridiction": choice_of(form, "juridiction", court), **values})
    done.expect(200)
    return int(re.match(r"/dossiers/(\d+)", done.path)[1])


def step(person, dossier, code, ticked=False):
    page = person.get("/dossiers/%d" % dossier).expect(200)
    action = "/dossiers/%d/etapes/%s" % (dossier, code)
    return person.browser.submit(page, action, {"case": "oui"} if ticked else {}).expect(200)


def presence(person, dossier, on=True):
    """Mode actif of a judge or a clerk."""
    page = person.get("/dossiers") if on else person.get("/dossiers/%d" % dossier)
    return person.browser.submit(page, "/dossiers/%d/presence" % dossier, button="oui" if on else "non").expect(200)


# ---- people

class Invitation:
    def __init__(self, number, code):
        self.number, self.code = number, code


def invite(expert, dossier, person, role, side="", new_side="", title="M.", has_account=False):
    """Invites; gives what the two channels carried: the address of the mail, the code of the letter."""
    given, family = person.name.split(" ", 1) if " " in person.name else ("", person.name)
    mark = person.mailbox.mark()
    action = "/dossiers/%d/participants" % dossier
    page = expert.get(action).expect(200)
    form = page.page.form(action)
    values = {"role": choice_of(form, "role", role), "nouvelle_partie": new_side, "civilite": title, "prenom": given,
              "nom": family, "mel": person.mail}
    if side:
        values["cote"] = choice_of(form, "cote", side)
    page = expert.browser.submit(page, action, values).expect(200)
    if has_account:
        return None
    letter = letter_text(expert, page)
    code = re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}[- ][0-9A-HJKMNP-TV-Z]{4}[- ][0-9A-HJKMNP-TV-Z]{4})\b", letter)
    if not code:
        raise AssertionError("no code in the letter:\n" + letter)
    mail = person.mailbox.wait(person.mail, mark)
    if code[1] in mail.text or re.sub("[- ]", "", code[1]) in mail.text:
        raise AssertionError("the mail carries the code of the letter")
    number = re.search(r"/invitation/([a-z2-7]{26})", mail.text)
    if not number:
        raise AssertionError("no address in the invitation mail:\n" + mail.text)
    return Invitation(number[1], code[1])


def letter_text(expert, page):
    """Waits for the letter's PDF from the page that prepares it, and reads it as a person does."""
    def look():
        again = expert.browser.get(page.url) if "Télécharger la lettre" not in page.page.text else page
        return again if "Télécharger la lettre" in again.page.text else None
    ready = wait_until("the invitation letter", look, 60)
    pdf = expert.browser.follow(ready, "Télécharger la lettre").expect(200)
    return pdf_text(pdf.body)


def pdf_text(data):
    with tempfile.NamedTemporaryFile(suffix=".pdf") as f:
        f.write(data)
        f.flush()
        return subprocess.run(["pdftotext", "-layout", f.name, "-"], check=True, capture_output=True).stdout.decode()


def accept(person, invitation):
    """From the letter and the two mails to the access code, shown once."""
    mark = person.mailbox.mark()
    path = "/invitation/" + invitation.number
    page = person.get(path).expect(200)
    page = person.browser.submit(page, path, {"code": invitation.code}).expect(200, "Code à 8 chiffres")
    code = person.mailbox.wait(person.mail, mark, "code").code()
    page = person.browser.submit(page, path, {"code": code}).expect(200)
    page = person.browser.submit(page, path, button="accepter").expect(200)
    found = re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}(?:-[0-9A-HJKMNP-TV-Z]{4}){3})\b", page.page.text)
    if not found:
        raise AssertionError("no access code is shown at the end of the invitation\n" + page.summary())
    person.access_code = person.means["access_code"] = found[1]
    return page


def accept_signed_in(person, dossier_title):
    """Somebody who has an account finds the invitation on his list."""
    page = person.get("/dossiers").expect(200, dossier_title)
    href = next(h for h, _ in page.page.links if h.startswith("/invitation/"))
    page = person.get(href).expect(200)
    return person.browser.submit(page, href, button="accepter").expect(200)


# ---- a deposit

class File:
    """name: as the person's machine has it (bytes or text); readers: values of the form for a restricted kind."""

    def __init__(self, name, content, kind_of_bytes="application/pdf", ground="", readers=()):
        self.name, self.content, self.type, self.ground, self.readers = name, content, kind_of_bytes, ground, readers


def new_draft(person, dossier):
    page = person.get("/dossiers/%d/echanges" % dossier).expect(200)
    return person.browser.submit(page, "/dossiers/%d/brouillons" % dossier).expect(200)


def send_files(person, page, kind, title, files, by_tus=False):
    """Fills in the form, sends the files, waits until each is checked; gives the draft's page."""
    here = page.url
    form = page.page.form("/depot/")
    values = {"nature": choice_of(form, "nature", kind), "titre": title}
    if by_tus:
        for f in files:
            person.browser.tus_upload(page, f.name, f.content)
        page = person.browser.submit(page, "/depot/", values, button="ajouter")
    else:
        page = person.browser.submit(page, "/depot/", values, button="ajouter",
                                     files=[("fichiers", f.name, f.content, f.type) for f in files])
    page.expect(200)

    def look():
        now = person.browser.get(here)
        return None if "Vérification en cours" in now.page.text else now
    return wait_until("the check of %d files" % len(files), look, 120)


def confirm(person, page, readers=(), not_readers=()):
    """From the draft's page to the receipt: the check page names the readers, the box is ticked, the deposit is sealed."""
    if page.page.h1 != "Vérifiez avant de déposer":
        page = person.browser.submit(page, "/depot/", button="verifier").expect(200, "Un dépôt est définitif")
    for name in readers:
        page.expect(200, name)
    page = person.browser.submit(page, "/verification", {"ok": "oui"}).expect(200)
    return sealed(person, page)


def sealed(person, page):
    """Waits for the receipt of the page's deposit."""
    def look():
        now = person.browser.get(page.url)
        return now if "accusé en cours" not in now.page.text else None
    return page if "accusé en cours" not in page.page.text else wait_until("the seal", look, 30)


def deposit(person, dossier, kind, title, files, by_tus=False, readers=()):
    """The whole deposit; gives the receipt's page."""
    page = send_files(person, new_draft(person, dossier), kind, title, files, by_tus)
    restricted = {}
    for field, f in zip(restricted_fields(page), [f for f in files if f.ground]):
        restricted[field["ground"]] = f.ground
        if f.readers:
            restricted[field["readers"]] = list(f.readers)
    if restricted:
        page = person.browser.submit(page, "/depot/", restricted, button="apercu").expect(200)
    return confirm(person, page, readers)


def restricted_fields(page):
    """The names of the fields of each restricted file of a draft, in order."""
    names = page.page.form("/depot/").names()
    grounds = sorted((n for n in names if n.startswith("motif")), key=natural)
    return [{"ground": n, "readers": n.replace("motif", "lecteurs")} for n in grounds]


def natural(text):
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", text)]


def documents(person, dossier):
    """The documents of a dossier as this person's list has them: {id: words of its line}."""
    page = person.get("/dossiers/%d/echanges" % dossier).expect(200)
    return {int(href.rsplit("/", 1)[1]): text for href, text in page.page.links if re.fullmatch(r"/documents/\d+", href)}


def document(person, dossier, text):
    found = [number for number, words in documents(person, dossier).items() if text in words]
    if len(found) != 1:
        raise AssertionError("%d documents say %r: %s" % (len(found), text, documents(person, dossier)))
    return found[0]


def download(person, number):
    return person.get("/documents/%d/fichier" % number).expect(200)


# ---- proofs

def bundle(person, dossier, kind, timeout_s=120):
    """Asks for a bundle and waits for it; gives its bytes."""
    page = person.get("/dossiers/%d/preuves" % dossier).expect(200)
    forms = [f for f in page.page.forms if any(n == "sorte" and v == kind for n, v, _ in f.fields)]
    if not forms:
        raise AssertionError("no form asks for a bundle %s\n%s" % (kind, page.summary()))
    answer = person.browser.post(page.url.rsplit("/dossiers/", 1)[0] + forms[0].action, forms[0].data({}))
    return made(person, answer, timeout_s)


def made(person, answer, timeout_s=120):
    """From the waiting page to the file."""
    def look():
        now = person.browser.get(answer.url)
        kind = now.headers.get("content-type", "")
        if not kind.startswith("text/html"):
            return now
        if "n’a pas pu être" in now.page.text:
            raise AssertionError("it could not be made\n" + now.summary())
        return None
    if not answer.headers.get("content-type", "").startswith("text/html"):
        return answer.expect(200)
    return wait_until("the file of %s" % answer.path, look, timeout_s).expect(200)


def save(folder, name, data):
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, name)
    with open(path + ".new", "wb") as f:
        f.write(data)
    os.rename(path + ".new", path)
    return path
