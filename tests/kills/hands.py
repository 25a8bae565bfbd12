# SPDX-License-Identifier: MPL-2.0
"""What one client does through nginx while the parts of the site are being killed: it writes down each promise, and when an answer
is cut off it looks what became of its act, as a person would, before it asks again.
"""
import hashlib
import http.client
import re
import select
import threading
import time

from ledger import Fault
from story import acts
from story.client import Browser, absolute

AWAY = (502, 503, 504)  # these promise nothing: the act may be done or not
PATIENCE_S = 120
AGAIN_S = 0.1
PIECE = 256 * 1024
READ = 64 * 1024


class Cut(Exception):
    """No whole answer, or one that promises nothing."""


class Hands:
    def __init__(self, person, ledger, label=None):
        self.person, self.browser, self.ledger = person, person.browser, ledger
        self.label = label or person.key.split("-")[-1]
        self.session = None  # the line of the ledger that promised it
        self.cuts = self.away = 0

    def write(self, what, **facts):
        return self.ledger.write(self.label, what, **facts)

    # ---- asking

    def once(self, call):
        try:
            answer = call()
        except (OSError, http.client.HTTPException) as why:
            self.browser.close()
            self.cuts += 1
            raise Cut(repr(why)) from why
        if answer.status in AWAY:
            self.away += 1
            raise Cut("status %d" % answer.status)
        return answer

    def patiently(self, what, call):
        """For what may be asked any number of times."""
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                return self.once(call)
            except Cut as why:
                if time.monotonic() > until:
                    raise Fault("%s: %s is not answered within %d s: %s" % (self.label, what, PATIENCE_S, why)) from why
                select.select([], [], [], AGAIN_S)

    def page(self, path):
        """A page, for somebody who is signed in."""
        answer = self.patiently(path, lambda: self.person.get(path))
        if answer.path == "/connexion" and not path.startswith("/connexion"):
            raise Fault("%s: the session of ledger line %s is gone, %s led to the sign-in page" % (self.label, self.session, path))
        return answer.expect(200)

    def act(self, what, do, look):
        """A change: until it is answered, or seen to be done. `look` gives something when it is. Gives (answer, None) or
        (None, what was seen). What was cut off may still be done after somebody looked: the next try is then a conflict."""
        until, cut = time.monotonic() + PATIENCE_S, None
        while True:
            try:
                answer = self.once(do)
                if answer.status != 409 or cut is None:
                    return answer, None
            except Cut as why:
                cut = why
                self.write("cut", act=what, why=str(why)[:80])
            found = look()
            if found:
                return None, found
            if time.monotonic() > until:
                raise Fault("%s: %s is not done within %d s: %s" % (self.label, what, PATIENCE_S, cut))

    def led_to(self, answer, pattern):
        """The groups of the place that an answer leads to."""
        found = re.search(pattern, answer.headers.get("location", ""))
        if answer.status != 303 or not found:
            raise Fault("%s: answered %d, %s, which is not %s\n%s" % (self.label, answer.status, answer.headers.get("location"), pattern,
                                                                     answer.summary()))
        return found

    # ---- coming in

    def token(self):
        """SHA-256 of this browser's session cookie, as the database has it."""
        for jar in self.browser.cookies.values():
            for name, value in jar.items():
                if name.startswith("__Host-opx") and not name.endswith("-avant"):
                    return hashlib.sha256(value.encode()).hexdigest()
        return None

    def entered(self, answer):
        self.led_to(answer, r"/dossiers(/\d+)?$")  # who has one dossier is led straight to it
        self.session = self.write("session", person=self.person.key, token=self.token())
        if self.page("/dossiers").path != "/dossiers":
            raise Fault("%s: ledger line %d promised a session, and /dossiers is not opened" % (self.label, self.session))

    def sign_in_card(self):
        page = self.patiently("/connexion", lambda: self.person.get("/connexion")).expect(200)
        self.entered(self.patiently("the card", lambda: self.browser.submit(page, "/connexion/carte", follow=False)))

    def forget(self):
        self.browser.close()
        self.browser.cookies, self.browser.here, self.session = {}, None, None

    def ask_code(self):
        """Gives the line that promised a code, and what was in the mailbox before."""
        page = self.patiently("/connexion", lambda: self.person.get("/connexion")).expect(200)
        mark = self.person.mailbox.mark()
        values = {"mel": self.person.mail, "acces": self.person.access_code}
        self.led_to(self.once(lambda: self.browser.submit(page, "/connexion", values, follow=False)), r"/connexion/code$")
        return self.write("code-asked", person=self.person.key), mark

    def sign_in_code(self):
        """One try, from the first page: False when an answer was cut off on the way."""
        self.forget()
        try:
            line, mark = self.ask_code()
            page = self.patiently("/connexion/code", lambda: self.person.get("/connexion/code")).expect(200)
            mail = self.mail_of(page, line, mark)
            self.write("code-came", asked=line)
            self.entered(self.once(lambda: self.browser.submit(page, "/connexion/code", {"code": mail.code()}, follow=False)))
        except Cut as why:
            self.write("cut", act="sign-in", why=str(why)[:80])
            return False
        return True

    def mail_of(self, page, line, mark):
        """The mail that has the control word of the screen: one that was asked for earlier, and cut off, may come as well."""
        word = re.search(r"Mot de contrôle[^:]*: ([A-ZÀ-Ý]+-\d+)", page.page.text)
        if not word:
            raise Fault("%s: the screen of ledger line %d has no control word\n%s" % (self.label, line, page.summary()))

        def look():
            return next((m for m in self.person.mailbox.since(mark, self.person.mail) if word[1] in m.text), None)
        return acts.wait_until("the code that ledger line %d promised" % line, look, PATIENCE_S)

    def sign_out(self):
        page = self.page("/dossiers")
        form = next(f for f in page.page.forms if f.action == "/deconnexion")
        token = self.token()
        try:
            answer = self.once(lambda: self.browser.post(self.person.address(form.action), form.data({}), follow=False))
        except Cut as why:
            self.write("cut", act="sign-out", why=str(why)[:80])
        else:
            self.led_to(answer, "/")
            self.write("ended", token=token)
        self.forget()

    # ---- a deposit

    def draft(self, dossier):
        """Asked twice it is the same one, as long as it is empty."""
        page = self.page("/dossiers/%d/echanges" % dossier)
        action = "/dossiers/%d/brouillons" % dossier
        found = self.led_to(self.patiently("a draft", lambda: self.browser.submit(page, action, follow=False)), r"/brouillons/(\d+)")
        self.write("draft", dossier=dossier, draft=int(found[1]))
        return int(found[1])

    def send_by_tus(self, path, name, content):
        page = self.page(path)
        answer, seen = self.act("upload", lambda: self.browser.tus_ask(page, name, len(content)), lambda: self.begun(path, name))
        if answer is not None and answer.status != 201:
            raise Fault("%s: the creation of an upload is answered %d\n%s" % (self.label, answer.status, answer.summary()))
        address = absolute(page.url, answer.headers["location"] if answer is not None else "/televersement/" + seen)
        line = self.write("upload", upload=address.rsplit("/", 1)[1], size=len(content), sha256=self.ledger.know(content))
        offset = 0
        while offset < len(content):
            try:
                piece = self.once(lambda: self.browser.tus_patch(page, address, offset, content[offset:offset + PIECE]))
            except Cut as why:
                self.write("cut", act="piece", why=str(why)[:80])
                piece = None
            if piece is not None and piece.status == 204:
                offset = int(piece.headers["upload-offset"])
                line = self.write("piece", upload=address.rsplit("/", 1)[1], offset=offset)
                continue
            head = self.patiently("HEAD of an upload", lambda: self.browser.tus_head(page, address))
            if head.status not in (200, 204) or int(head.headers["upload-offset"]) < offset:
                raise Fault("%s: %d bytes were acknowledged by ledger line %d, and the upload answers %d with %s" % (
                    self.label, offset, line, head.status, head.headers.get("upload-offset")))
            offset = int(head.headers["upload-offset"])

    def begun(self, path, name):
        """The upload of that name which the draft's page offers to go on with."""
        for _, a in self.page(path).page.elements:
            if "data-envoi-id" in a and a.get("data-nom") == name:
                return a["data-envoi-id"]
        return None

    def send_by_form(self, path, files):
        page = self.page(path)

        def look():
            text = self.page(path).page.text
            there = [f.name for f in files if f.name in text]
            if there and len(there) != len(files):
                raise Fault("%s: half of a form was taken: %s of %s" % (self.label, there, [f.name for f in files]))
            return there

        given = [("fichiers", f.name, f.content, f.type) for f in files]
        answer, _ = self.act("form", lambda: self.browser.submit(page, "/depot/", button="ajouter", files=given, follow=False), look)
        if answer is not None:
            self.led_to(answer, r"/brouillons/\d+")
            self.write("form", path=path, files=[[f.name, self.ledger.know(f.content)] for f in files])

    def checked(self, path, files):
        """Waits until the files lane has looked at each file."""
        def look():
            page = self.page(path)
            return None if "Vérification en cours" in page.page.text else page
        page = acts.wait_until("the check of %s" % path, look, PATIENCE_S)
        missing = [f.name for f in files if f.name not in page.page.text]
        if missing or "Refusé" in page.page.text or "Envoi interrompu" in page.page.text:
            raise Fault("%s: %s were sent to %s, and it says\n%s" % (self.label, missing or [f.name for f in files], path, page.summary()))
        return page

    def verify(self, path, page, kind, title, ground):
        """Nature and title, then the page that names the readers; gives it."""
        values = {"nature": acts.choice_of(page.page.form("/depot/"), "nature", kind), "titre": title}
        if ground:
            self.patiently("the kind", lambda: self.browser.submit(page, "/depot/", values, button="apercu", follow=False))
            page = self.page(path)
            values.update({field["ground"]: ground for field in acts.restricted_fields(page)})
        answer = self.patiently("the check", lambda: self.browser.submit(page, "/depot/", values, button="verifier", follow=False))
        self.led_to(answer, r"/verification$")
        return self.page(path + "/verification").expect(200, "Un dépôt est définitif")

    def filed(self, path):
        """The number of the deposit that the draft has become, or None."""
        found = re.search(r"/depots/(\d+)$", self.page(path).path)
        return int(found[1]) if found else None

    def confirm(self, path, page, clicks):
        """The number of the deposit, and how it was learned. Several clicks at once make one deposit."""
        if clicks > 1:
            numbers = self.click_together(page, clicks)
            if len(numbers) > 1:
                raise Fault("%s: %d clicks on %s made the deposits %s" % (self.label, clicks, path, sorted(numbers)))
            if numbers:
                return numbers.pop(), "answer"
            number = self.filed(path)
            if number:
                return number, "page"

        def look():
            nonlocal page
            page = self.page(path + "/verification")
            found = re.search(r"/depots/(\d+)$", page.path)
            return int(found[1]) if found else None
        while True:
            answer, number = self.act("confirm", lambda: self.browser.submit(page, "/verification", {"ok": "oui"}, follow=False), look)
            if number:
                return number, "page"
            if answer.status != 409:
                return int(self.led_to(answer, r"/depots/(\d+)$")[1]), "answer"
            page = self.page(path + "/verification")  # the readers have changed meanwhile: read, and confirm again

    def click_together(self, page, clicks):
        numbers, others = set(), [self.twin() for _ in range(clicks)]

        def click(twin):
            try:
                answer = twin.once(lambda: twin.browser.submit(page, "/verification", {"ok": "oui"}, follow=False))
            except Cut:
                return
            found = re.search(r"/depots/(\d+)$", answer.headers.get("location", ""))
            if answer.status == 303 and found:
                numbers.add(int(found[1]))
        threads = [threading.Thread(target=click, args=(twin,)) for twin in others]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        for twin in others:
            twin.browser.close()
        return numbers

    def twin(self):
        """The same browser once more: its cookies, another connection."""
        browser = Browser(self.person.demo)
        browser.context, browser.home, browser.here = self.browser.context, self.browser.home, self.browser.here
        browser.cookies = {h: dict(j) for h, j in self.browser.cookies.items()}
        other = Hands(self.person, self.ledger, self.label)
        other.browser = browser
        return other

    def deposit(self, dossier, kind, title, files, by_tus=False, ground="", clicks=1):
        path = "/dossiers/%d/brouillons/%d" % (dossier, self.draft(dossier))
        if by_tus:
            for f in files:
                self.send_by_tus(path, f.name, f.content)
        else:
            self.send_by_form(path, files)
        page = self.verify(path, self.checked(path, files), kind, title, ground)
        readers = readers_of(page)
        self.write("asked", act="confirm", path=path)
        number, how = self.confirm(path, page, clicks)
        line = self.write("filed", dossier=dossier, draft=int(path.rsplit("/", 1)[1]), number=number, how=how, title=title, kind=kind,
                          person=self.person.key, readers=readers, files=[[f.name, self.ledger.know(f.content)] for f in files])
        self.receipt(dossier, number, line, files)
        return number

    def receipt(self, dossier, number, line, files):
        """Waits for the seal; the receipt names each file's SHA-256 and its line of the log."""
        where = "/dossiers/%d/depots/%d" % (dossier, number)

        def look():
            page = self.page(where)
            return None if "accusé en cours" in page.page.text else page
        page = acts.wait_until("the seal of ledger line %d" % line, look, PATIENCE_S)
        text = re.sub(r"\s", "", page.page.text)
        for f in files:
            if hashlib.sha256(f.content).hexdigest() not in text:
                raise Fault("%s: the receipt of ledger line %d lacks the SHA-256 of %s\n%s" % (self.label, line, f.name, page.summary()))
        seqs = [int(n) for n in re.findall(r"Ligne (\d+) du journal", page.page.text)]
        self.write("receipt", dossier=dossier, number=number, filed=line, log_lines=seqs)

    # ---- reading

    def listed(self, dossier):
        """The documents of the first page of the list, with the hour at which each was seen there."""
        found = acts.documents(self, dossier)
        self.write("seen", dossier=dossier, documents=sorted(found))
        return found

    def get(self, path):
        """So that acts may be given these hands in a person's place."""
        return self.page(path)

    def take(self, document):
        """A download: every byte that came is written down, whether the rest followed or not."""
        digest, n, whole, status = hashlib.sha256(), 0, False, 0
        try:
            url, response = self.browser.begin("GET", self.person.address("/documents/%d/fichier" % document))
            status, want = response.status, response.getheader("content-length")
            while True:
                piece = response.read(READ)
                if not piece:
                    break
                digest.update(piece)
                n += len(piece)
            whole = want is not None and int(want) == n
            if response.will_close:
                self.browser.close()
        except (OSError, http.client.HTTPException) as why:
            partial = getattr(why, "partial", b"")
            digest.update(partial)
            n += len(partial)
            self.browser.close()
            self.cuts += 1
        if status == 200 and n > 0:
            self.write("got", document=document, person=self.person.key, token=self.token(), size=n, whole=whole, sha256=digest.hexdigest())
        elif status not in (0, 200, *AWAY):
            raise Fault("%s: document %d was listed for this person, and its bytes are answered %d" % (self.label, document, status))
        return whole and status == 200


def readers_of(page):
    """The names that the check page shows as readers."""
    html = page.body.decode()
    aside = html[html.index('aria-label="Qui verra ce dépôt"'):]
    lists = re.findall(r'<ul class="gens">(.*?)</ul>', aside[:aside.index("</aside>")], re.S)
    return sorted({name for one in lists for name in re.findall(r"<strong>([^<]*)</strong>", one)})
