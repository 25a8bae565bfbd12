# SPDX-License-Identifier: MPL-2.0
"""Plays one scenario file against a running instance. The language, one line a thing, words of the field:

  == Title of a scenario
  PERSON ouvre PATH                         a GET, redirections followed
  PERSON demande METHOD PATH [Header=value …]   one request, no redirection
  PERSON envoie ACTION [field=value …] [bouton=words] [fichier=NAME:SIZE …]   the form of the page whose action contains ACTION
  PERSON poste PATH [field=value …] [jeton=page|aucun|de:PERSON]    a form made by hand; field=%FF puts raw bytes
  PERSON entre · PERSON sort                signs in anew; signs out
  attend STATUS ["words" …] [sans "words" …]    of the last answer
  entête NAME "words"                       of the last answer; entête NAME absent
  patiente "words"                          asks for the same page until these words are gone
  retient NAME "regular expression"         first group, found in the address or the words of the last answer
  fichier NAME                              the last answer is that file of the fixture, byte for byte
  service arrête|relance|tue PROCESS        a process of the instance
  journal PROCESS "words"                   a new line of its log since the scenario began
  courrier PERSON "subject"                 a mail arrives; aucun courrier PERSON: none came since the scenario began

{name} is a value of the fixture, or one retained before. A `#` begins a comment.
"""
import os
import re
import shlex
import subprocess
import urllib.parse

from story import acts


class Fault(AssertionError):
    pass


class Scenario:
    def __init__(self, path, line, title):
        self.path, self.line, self.title, self.steps = path, line, title, []


def read(path):
    found = []
    with open(path, encoding="utf-8") as f:
        for number, line in enumerate(f, 1):
            text = line.strip()
            if not text or text.startswith("#"):
                continue
            if text.startswith("== "):
                found.append(Scenario(path, number, text[3:]))
            elif not found:
                raise Fault("%s:%d: a line before the first title" % (path, number))
            else:
                found[-1].steps.append((number, text))
    return found


class Player:
    def __init__(self, fixture):
        self.fixture, self.values = fixture, dict(fixture.values)
        self.answers, self.last, self.who = {}, None, None
        self.logs, self.mails = {}, None

    def play(self, scenario):
        self.logs = {n: os.path.getsize(os.path.join(self.fixture.logs, n)) for n in os.listdir(self.fixture.logs)}
        self.mails = {key: p.mailbox.mark() for key, p in self.fixture.people.items()}
        for number, text in scenario.steps:
            try:
                self.step(text)
            except (AssertionError, KeyError, StopIteration, OSError) as fault:
                raise Fault("%s:%d: %s\n    %s" % (scenario.path, number, text, str(fault)[:1500])) from fault

    def step(self, text):
        words = shlex.split(re.sub(r"\{(\w+)\}", lambda m: str(self.values[m[1]]), text), posix=True)
        if words[0] in self.fixture.people:
            self.who = words[0]
            return getattr(self, "do_" + plain(words[1]))(self.fixture.people[words[0]], words[2:])
        return getattr(self, "say_" + plain(words[0]))(words[1:])

    def keep(self, answer):
        self.last = self.answers[self.who] = answer

    # ---- what a person does

    def do_ouvre(self, person, words):
        self.keep(person.get(words[0]))

    def do_demande(self, person, words):
        headers = dict(w.split("=", 1) for w in words[2:])
        self.keep(person.browser.send(words[0], person.address(words[1]), headers.pop("corps", "").encode() or None, headers))

    def do_envoie(self, person, words):
        values, button, files = {}, None, []
        for name, value in pairs_of(words[1:]):
            if name == "bouton":
                button = value
            elif name == "fichier":
                files.append(("fichiers", *self.fixture.file(value)))
            elif name in values:
                values[name] = (values[name] if isinstance(values[name], list) else [values[name]]) + [value]
            else:
                values[name] = value
        self.keep(person.browser.submit(self.answers[self.who], words[0], values, button, files or None))

    def do_poste(self, person, words):
        token, body, kind = "page", [], "application/x-www-form-urlencoded"
        for name, value in pairs_of(words[1:]):
            if name == "_csrf":
                token = value
            elif name == "type":
                kind = value
            else:
                body.append("%s=%s" % (urllib.parse.quote(name), urllib.parse.quote(value, safe="%")))
        if token != "aucun":
            source = self.answers[token[3:] if token.startswith("de:") else self.who]
            body.insert(0, "_csrf=" + urllib.parse.quote(csrf_of(source)))
        answer = person.browser.send("POST", person.address(words[0]), "&".join(body).encode(), {"Content-Type": kind})
        self.keep(person.browser._arrive(answer, True))

    def do_depose(self, person, words):
        """dépose KIND "title" FILE…: the whole deposit, to its receipt"""
        files = [acts.File(*self.fixture.file(w)) for w in words[2:]]
        self.keep(acts.deposit(person, int(self.values["dossier"]), words[0], words[1], files))

    def do_entre(self, person, _):
        self.keep(acts.sign_in(person))

    def do_sort(self, person, _):
        self.keep(acts.sign_out(person))

    # ---- what is expected

    def say_attend(self, words):
        if self.last.status != int(words[0]):
            raise Fault("answered %d\n%s" % (self.last.status, self.last.summary()))
        without = False
        for w in words[1:]:
            if w == "sans":
                without = True
                continue
            shown = self.last.page.text if self.last.headers.get("content-type", "").startswith("text/html") else \
                self.last.body.decode("utf-8", "replace")
            if (w in shown) == without:
                raise Fault("%s %r\n%s" % ("says" if without else "does not say", w, self.last.summary()))

    def say_entete(self, words):
        value = self.last.headers.get(words[0].lower())
        if (words[1] == "absent" and value is not None) or (words[1] != "absent" and words[1] not in (value or "")):
            raise Fault("the header %s is %r" % (words[0], value))

    def say_patiente(self, words):
        person = self.fixture.people[self.who]

        def look():
            now = person.browser.get(self.last.url)
            return now if words[0] not in now.page.text else None
        self.keep(acts.wait_until("the page without %r" % words[0], look, 60))

    def say_retient(self, words):
        found = re.search(words[1], self.last.url) or re.search(words[1], self.last.page.text) or \
            re.search(words[1], self.last.body.decode("utf-8", "replace"))
        if not found:
            raise Fault("nothing matches %r in %s" % (words[1], self.last.url))
        self.values[words[0]] = found[1]

    def say_fichier(self, words):
        if self.last.body != self.fixture.file(words[0])[1]:
            raise Fault("%d bytes that are not those of %s" % (len(self.last.body), words[0]))

    def say_service(self, words):
        verb = {"arrete": "stop", "relance": "start", "tue": "kill"}[plain(words[0])]
        done = subprocess.run([*self.fixture.instance, verb, *words[1:]], capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if done.returncode:
            raise Fault("%s %s: %s" % (verb, words[1:], done.stderr))

    def say_journal(self, words):
        name = words[0] + ".log"

        def look():
            with open(os.path.join(self.fixture.logs, name), encoding="utf-8", errors="replace") as f:
                f.seek(self.logs.get(name, 0))
                return any(all(w in line for w in words[1:]) for line in f)
        acts.wait_until("a line of %s with %s" % (name, words[1:]), look, 10)

    def say_courrier(self, words):
        person = self.fixture.people[words[0]]
        person.mailbox.wait(person.mail, self.mails[words[0]], words[1])

    def say_aucun(self, words):
        person = self.fixture.people[words[1]]
        mails = person.mailbox.since(self.mails[words[1]], person.mail)
        if mails:
            raise Fault("a mail came: %s" % mails[0].subject)


def pairs_of(words):
    for w in words:
        name, found, value = w.partition("=")
        if not found:
            raise Fault("%r is not name=value" % w)
        yield name, value


def csrf_of(answer):
    for form in answer.page.forms:
        for name, value, _ in form.fields:
            if name == "_csrf":
                return value
    raise Fault("no token on %s" % answer.url)


def plain(word):
    return word.translate(str.maketrans("éèêàâîôùç", "eeeaaiouc")).replace("-", "_")


__all__ = ["Fault", "Player", "read"]
