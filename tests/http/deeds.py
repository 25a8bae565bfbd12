# SPDX-License-Identifier: MPL-2.0
"""What the people of a scenario do, each through a browser of his own; see scenario.py for the words."""
import base64
import copy
import re
import threading
import urllib.parse

from story import acts
from story.client import absolute, multipart

TOKEN = "_csrf"


class Fault(AssertionError):
    pass


def html(answer):
    return answer.headers.get("content-type", "").startswith("text/html")


def plain(word):
    return word.translate(str.maketrans("éèêàâîôùç", "eeeaaiouc")).replace("-", "_")


def pairs_of(words):
    for w in words:
        name, found, value = w.partition("=")
        if not found:
            raise Fault("%r is not name=value" % w)
        many = re.fullmatch(r"(.)\*(\d+)", value)
        yield name, many[1] * int(many[2]) if many else value


def token_of(answer):
    for form in answer.page.forms:
        for name, value, _ in form.fields:
            if name == TOKEN:
                return value
    raise Fault("no token on %s" % answer.url)


def without_reference(answer):
    """The page, without what differs at each request."""
    return answer.status, re.sub(r"\b[0-9a-f]{32}\b[^.]*", "", answer.page.text), answer.headers.get("cache-control")


class Deeds:
    def __init__(self, world):
        self.world, self.values = world, dict(world.values)
        self.answers, self.last, self.who, self.together = {}, None, None, []
        self.uploaded = b""

    def keep(self, answer):
        """The last answer; a page is also where its person goes on from."""
        self.last = answer
        if html(answer):
            self.answers[self.who] = answer

    # ---- pages

    def do_ouvre(self, person, words):
        self.keep(person.get(words[0]))

    def do_demande(self, person, words):
        headers = dict(w.split("=", 1) for w in words[2:])
        body = headers.pop("corps", "").encode() or None
        self.keep(person.browser.send(words[0], person.address(words[1]), body, headers))

    def do_pareil(self, person, words):
        one, other = (person.get(w).expect(404) for w in words)
        if without_reference(one) != without_reference(other):
            raise Fault("%s can be told from %s" % (words[0], words[1]))
        self.keep(other)

    # ---- coming and going

    def do_entre(self, person, _):
        person.browser.cookies = {}
        self.keep(acts.sign_in(person))

    def do_sort(self, person, _):
        self.keep(acts.sign_out(person))

    def do_oublie(self, person, _):
        person.browser.close()
        person.browser.cookies, person.browser.here = {}, None

    def do_garde(self, person, words):
        self.world.jars[words[0]] = copy.deepcopy(person.browser.cookies)

    def do_reprend(self, person, words):
        person.browser.cookies = copy.deepcopy(self.world.jars[words[0]])

    def do_pose(self, person, words):
        """A cookie that the site has not given: the browser's own host, as somebody at the keyboard could do."""
        person.browser.cookies.setdefault(self.world.demo["hosts"]["main"], {})[words[0]] = words[1]

    def do_partout(self, person, _):
        """The same cookies on both hosts, as a thief would try."""
        every = {}
        for jar in person.browser.cookies.values():
            every.update(jar)
        person.browser.cookies = {host: dict(every) for host in self.world.demo["hosts"].values()}

    def do_invite(self, person, words):
        """invite SOMEBODY SIDE: retains {numero} and {lettre}, what the mail and the letter carry"""
        who = self.world.people[words[0]]
        found = acts.invite(person, int(self.values["dossier"]), who, "party", words[1], title="Mme")
        self.values.update(numero=found.number, lettre=found.code)

    def do_lettre(self, person, words):
        """lettre PARTICIPANT: another letter for somebody of the list; retains {numero} and {lettre}, what it carries"""
        path = "/dossiers/%s/participants" % self.values["dossier"]
        page = person.browser.submit(person.get(path).expect(200), "/participants/%s/lettre" % words[0]).expect(200)
        text = acts.letter_text(person, page)
        self.values.update(numero=re.search(r"/invitation/([a-z2-7]{26})", text.replace("\n", ""))[1],
                           lettre=re.search(r"\b([0-9A-HJKMNP-TV-Z]{4}([- ][0-9A-HJKMNP-TV-Z]{4}){2})\b", text)[1])
        self.keep(page)

    # ---- forms

    def filled(self, words):
        values, button, files = {}, None, []
        for name, value in pairs_of(words):
            if name == "bouton":
                button = value
            elif name == "fichier":
                files.append(("fichiers", *self.world.file(value)))
            elif name in values:
                values[name] = (values[name] if isinstance(values[name], list) else [values[name]]) + [value]
            else:
                values[name] = value
        return values, button, files or None

    def do_envoie(self, person, words):
        self.keep(person.browser.submit(self.answers[self.who], words[0], *self.filled(words[1:])))

    def do_clique(self, person, words):
        page, filled = self.answers[self.who], self.filled(words[2:])
        self.together = self.at_once(person, int(words[0]), lambda browser: browser.submit(page, words[1], *filled))
        self.keep(self.together[-1])

    @staticmethod
    def at_once(person, n, deed):
        """The same by n windows of one browser; what each was answered."""
        found, lock = [], threading.Lock()

        def one():
            browser = copy.copy(person.browser)
            browser.connections, browser.cookies = {}, copy.deepcopy(person.browser.cookies)
            answer = deed(browser)
            browser.close()
            with lock:
                found.append(answer)
        threads = [threading.Thread(target=one) for _ in range(n)]
        for t in threads:
            t.start()
        for t in threads:
            t.join()
        if len(found) != n:
            raise Fault("%d of %d answers came" % (len(found), n))
        return found

    def token_for(self, word):
        if word == "aucun":
            return None
        if word == "faux":
            return "0" * 64
        return token_of(self.answers[word[3:] if word.startswith("de:") else self.who])

    def do_poste(self, person, words):
        token, kind, pairs, headers = "page", "application/x-www-form-urlencoded", [], {}
        for name, value in pairs_of(words[1:]):
            if name == "jeton":
                token = value
            elif name == "type":
                kind = value
            elif name[:1].isupper():
                headers[name] = value
            else:
                pairs.append((name, urllib.parse.unquote_to_bytes(value)))
        given = self.token_for(token)
        if given is not None:
            pairs.insert(0, (TOKEN, given.encode()))
        if kind == "multipart":
            body, kind = multipart([(n, v) for n, v in pairs], [])
        else:
            body = urllib.parse.urlencode(pairs).encode()
        answer = person.browser.send("POST", person.address(words[0]), body, {"Content-Type": kind, **headers})
        self.keep(person.browser._arrive(answer, True))

    # ---- deposits

    def do_brouillon(self, person, words):
        page = acts.new_draft(person, int(words[0] if words else self.values["dossier"]))
        self.values["brouillon"] = re.search(r"/brouillons/(\d+)", page.url)[1]
        self.keep(page)

    def do_ajoute(self, person, words):
        files = [("fichiers", *self.world.file(w)) for w in words]
        page = person.browser.submit(self.answers[self.who], "/depot/", {}, "ajouter", files)

        def look():
            now = person.browser.get(page.url)
            return None if html(now) and "Vérification en cours" in now.page.text else now
        self.keep(page if page.status != 200 else acts.wait_until("the check of %s" % words, look, 60))

    def do_depose(self, person, words):
        files = [acts.File(*self.world.file(w)) for w in words[2:]]
        self.keep(acts.deposit(person, int(self.values["dossier"]), words[0], words[1], files))

    def do_retrouve(self, person, words):
        """The deposit of the document that the list of exchanges names so."""
        number = acts.document(person, int(self.values["dossier"]), words[0])
        page = person.get("/documents/%d" % number).expect(200)
        self.keep(person.get(next(h for h, _ in page.page.links if "/depots/" in h)))

    def do_prend(self, person, _):
        """From the page that waits to the file."""
        self.keep(acts.made(person, self.answers[self.who]))

    def do_clique_paquet(self, person, words):
        """clique-paquet N SORT: the same bundle asked for N times at once"""
        page = self.answers[self.who]
        form = next(f for f in page.page.forms if ("sorte", words[1]) in [f[:2] for f in f.fields])
        self.together = self.at_once(person, int(words[0]), lambda b: b.post(person.address(form.action), form.data({})))

    # ---- uploads by pieces

    def do_annonce(self, person, words):
        name, self.uploaded, _ = self.world.file(words[0])
        given = dict(pairs_of(words[1:]))
        data = self.answers[self.who].page.data
        named = (("brouillon", given.get("brouillon", data("brouillon"))), ("nom", urllib.parse.unquote_to_bytes(given["nom"])
                 if "nom" in given else name))
        metadata = ",".join("%s %s" % (k, base64.b64encode(v if isinstance(v, bytes) else v.encode()).decode()) for k, v in named)
        self.values["csrf"] = data("jeton")
        answer = person.browser.send("POST", person.address("/televersement/"), b"", {
            "Tus-Resumable": "1.0.0", "Upload-Length": given.get("taille", str(len(self.uploaded))), "Upload-Metadata": metadata,
            "X-CSRF-Token": data("jeton")})
        if answer.status == 201:
            self.values["envoi"] = urllib.parse.urlsplit(answer.headers["location"]).path
        self.last = answer

    def piece(self, words):
        start, end = int(words[0]), len(self.uploaded) if words[1] == "fin" else int(words[1])
        headers = {"Tus-Resumable": "1.0.0", "Upload-Offset": str(start), "Content-Type": "application/offset+octet-stream",
                   "X-CSRF-Token": self.values["csrf"]}
        headers.update(dict(w.split("=", 1) for w in words[2:]))
        return self.uploaded[start:end], headers

    def do_pousse(self, person, words):
        body, headers = self.piece(words)
        self.last = person.browser.send("PATCH", person.address(self.values["envoi"]), body, headers)

    def do_suite(self, person, _):
        """From where the server says that it stands, to the end."""
        answer = person.browser.send("HEAD", person.address(self.values["envoi"]), None, {"Tus-Resumable": "1.0.0"})
        self.do_pousse(person, [answer.headers["upload-offset"], "fin"])

    def do_pousse_ensemble(self, person, words):
        body, headers = self.piece(words[:2])
        self.together = self.at_once(person, int(words[2]), lambda browser: browser.send(
            "PATCH", person.address(self.values["envoi"]), body, headers))

    def half(self, person, method, path, body, headers):
        """The half of a request, then the line breaks."""
        url = urllib.parse.urlsplit(person.address(path))
        browser = copy.copy(person.browser)
        browser.connections = {}
        line = browser._connection(url, "")
        jar = person.browser.cookies.get(url.hostname, {})
        line.putrequest(method, path)
        for name, value in {**headers, "Origin": "%s://%s" % (url.scheme, url.netloc), "Content-Length": str(len(body)),
                            "Cookie": "; ".join("%s=%s" % c for c in jar.items())}.items():
            line.putheader(name, value)
        line.endheaders(body[:len(body) // 2])
        line.close()

    def do_coupe(self, person, words):
        body, headers = self.piece(words)
        self.half(person, "PATCH", self.values["envoi"], body, headers)

    def do_coupe_formulaire(self, person, words):
        page = self.answers[self.who]
        form = page.page.form("/depot/")
        body, kind = multipart(form.data({}, "ajouter"), [("fichiers", *self.world.file(words[0]))])
        self.half(person, "POST", urllib.parse.urlsplit(absolute(page.url, form.action)).path, body, {"Content-Type": kind})


__all__ = ["Deeds", "Fault", "html", "plain"]
