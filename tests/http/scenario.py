# SPDX-License-Identifier: MPL-2.0
"""Plays one scenario file against a running instance. The language, one line a thing; a `#` begins a comment line.

  == Title of a scenario

What somebody does (PERSON is a last name of the story, or one of those that world.py adds):
  PERSON ouvre PATH                        a GET, redirections followed
  PERSON demande METHOD PATH [corps=…] [Header=value …]      one request, no redirection
  PERSON envoie ACTION [field=value …] [bouton=words] [fichier=FILE …]    the form of the page whose action contains ACTION
  PERSON clique N ACTION [field=value …]   the same form N times at once
  PERSON poste PATH [field=value …] [jeton=page|aucun|faux|de:PERSON] [type=multipart|…]    a form made by hand
  PERSON entre · sort · oublie             signs in anew; signs out; takes a browser that knows nothing
  PERSON garde NAME · reprend NAME         keeps the cookies of the moment; puts them back
  PERSON pose COOKIE value                 puts a cookie that the site has not given
  PERSON partout                           shows the cookies of one host to the other as well
  PERSON invite SOMEBODY "side"            a party, by letter and mail; retains {numero} and {lettre}
  PERSON lettre PARTICIPANT                another letter for somebody of the list; retains the same
  PERSON brouillon [DOSSIER]               begins a deposit; retains {brouillon}
  PERSON ajoute FILE…                      adds files to the deposit by its form, and waits for their check
  PERSON depose KIND "title" FILE…         a whole deposit, to its receipt
  PERSON retrouve "title" · prend          the deposit that the list names so; the file that a page makes wait for
  PERSON clique-paquet N SORT              the same bundle asked for N times at once
  PERSON annonce FILE [taille=…] [nom=…] [brouillon=…]       an upload by pieces begins; retains {envoi}
  PERSON pousse FROM TO [Header=value …]   one piece of it; TO may be "fin"
  PERSON pousse-ensemble FROM TO N · suite one piece N times at once; all that the server still lacks
  PERSON coupe FROM TO                     the same piece, and the line breaks in its middle
  PERSON coupe-formulaire FILE             the deposit form with a file, and the line breaks in its middle
  PERSON pareil PATH PATH                  both are answered by the very same 404, but for the reference

What is expected of the last answer:
  attend STATUS ["words" …] [sans "words" …] · entête NAME "words"|absent · adresse "words" · fichier FILE
  ordre "words" "words" …                  these words are shown one after the other
  patiente "words" · guette "words"        asks for the same page until these words are gone, or are there
  tous STATUS… · une-adresse               of the answers of `clique`: each has one of these statuses; one place for all
  retient NAME "regular expression"        first group, found in the address or the words

What is expected elsewhere, since the scenario began:
  journal PROCESS "words" …                a line of its log has these words
  une-ligne PROCESS "words" …              exactly one has
  courrier PERSON "subject" · code NAME PERSON · aucun-courrier PERSON
  état retient · état inchangé             what people and dossiers are, as the tables have it
  cherche NAME "SQL" · base "SQL"          asked, done in the database by its superuser
  vérifie VALUE "SQL"                      what the database answers
  service arrête|relance|tue PROCESS…      processes of the instance
  frein serré|rendu                        one sign-in page a minute and one more for each network, or as many as before
  réponse perdue|rendue                    the next thing that a page records is recorded, and the line breaks before the answer
  liste retirée|rendue · relève            of revoked certificates: nobody can fetch them, or can again; the lane fetches now
  module arrêté|remis NAME                 a plugin is disabled by the operator, and enabled again
  disque plein|rendu                       of the folder where files come in (root only)

{name} is a value of world.py, or one retained before. A value `c*300` is that character 300 times; %FF is that byte.
"""
import os
import re
import shlex

from deeds import Deeds, Fault, html, plain
from story import acts


class Scenario:
    def __init__(self, path, line, title):
        self.path, self.line, self.title, self.steps = path, line, title, []

    def breaks_something(self):
        return any(text.startswith(("service ", "disque ", "base ", "liste ", "module ", "réponse ", "frein ")) for _, text in self.steps)

    def needs_root(self):
        return any(text.startswith("disque ") for _, text in self.steps)


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


class Player(Deeds):
    """One scenario: what its lines say, done; what they expect, looked at."""

    def __init__(self, world):
        super().__init__(world)
        self.logs = {n: os.path.getsize(os.path.join(world.logs, n)) for n in os.listdir(world.logs)}
        self.mails = {key: p.mailbox.mark() for key, p in world.people.items()}
        self.state = None

    def play(self, scenario):
        try:
            for number, text in scenario.steps:
                try:
                    self.step(text)
                except (AssertionError, AttributeError, KeyError, StopIteration, OSError, ValueError) as fault:
                    raise Fault("%s:%d: %s\n    %s" % (scenario.path, number, text, str(fault)[:1500])) from fault
            if not scenario.breaks_something():
                self.no_failure(scenario)
        finally:
            self.world.mend()

    def no_failure(self, scenario):
        """Nothing was broken on purpose, so the log of the site has no line that calls the operator."""
        wrong = [line for line in self.lines("web") if " level=error " in line]
        if wrong:
            raise Fault("%s:%d: %s\n    %s" % (scenario.path, scenario.line, scenario.title, wrong[0].strip()))

    def step(self, text):
        words = shlex.split(re.sub(r"\{([^\W\d]\w*)\}", lambda m: str(self.values[m[1]]), text), posix=True)
        if words[0] in self.world.people:
            self.who = words[0]
            return getattr(self, "do_" + plain(words[1]))(self.world.people[words[0]], words[2:])
        return getattr(self, "say_" + plain(words[0]))(words[1:])

    # ---- of the last answer

    def shown(self, answer):
        return answer.page.text if html(answer) else answer.body.decode("utf-8", "replace")

    def say_attend(self, words):
        if self.last.status != int(words[0]):
            raise Fault("answered %d\n%s" % (self.last.status, self.last.summary()))
        shown, without = self.shown(self.last), False
        for w in words[1:]:
            if w == "sans":
                without = True
            elif (w in shown) == without:
                raise Fault("%s %r\n%s" % ("says" if without else "does not say", w, shown[:1500]))

    def say_ordre(self, words):
        shown, at = self.shown(self.last), -1
        for w in words:
            found = shown.find(w, at + 1)
            if found < 0:
                raise Fault("%r is not there, or comes too early\n%s" % (w, shown[:1500]))
            at = found

    def say_entete(self, words):
        value = self.last.headers.get(words[0].lower())
        if (words[1] == "absent" and value is not None) or (words[1] != "absent" and words[1] not in (value or "")):
            raise Fault("the header %s is %r" % (words[0], value))

    def say_adresse(self, words):
        if words[0] not in self.last.url:
            raise Fault("the address is %s" % self.last.url)

    def watch(self, word, is_there):
        person = self.world.people[self.who]

        def look():
            now = person.browser.get(self.last.url)
            return now if (word in self.shown(now)) == is_there else None
        if look() is None:
            self.keep(acts.wait_until("the page %s %r" % ("with" if is_there else "without", word), look, 60))
        else:
            self.keep(look())

    def say_patiente(self, words):
        self.watch(words[0], False)

    def say_guette(self, words):
        self.watch(words[0], True)

    def say_retient(self, words):
        found = re.search(words[1], self.last.url) or re.search(words[1], self.shown(self.last)) or \
            re.search(words[1], self.last.body.decode("utf-8", "replace"))
        if not found:
            raise Fault("nothing matches %r in %s" % (words[1], self.last.url))
        self.values[words[0]] = found[1]

    def say_fichier(self, words):
        if self.last.body != self.world.file(words[0])[1]:
            raise Fault("%d bytes that are not those of %s" % (len(self.last.body), words[0]))

    def say_tous(self, words):
        seen = [a.status for a in self.together]
        if not seen or not {str(s) for s in seen} <= set(words):
            raise Fault("answered %s" % seen)

    def say_une_adresse(self, _):
        if len({a.url for a in self.together}) != 1:
            raise Fault("several places: %s" % sorted({a.url for a in self.together}))

    # ---- elsewhere

    def lines(self, process):
        name = process + ".log"
        with open(os.path.join(self.world.logs, name), encoding="utf-8", errors="replace") as f:
            f.seek(self.logs.get(name, 0))
            return f.readlines()

    def say_journal(self, words):
        acts.wait_until("a line of %s.log with %s" % (words[0], words[1:]),
                        lambda: any(all(w in line for w in words[1:]) for line in self.lines(words[0])), 15)

    def say_une_ligne(self, words):
        self.say_journal(words)
        found = [line for line in self.lines(words[0]) if all(w in line for w in words[1:])]
        if len(found) != 1:
            raise Fault("%d lines:\n%s" % (len(found), "".join(found)))

    def say_courrier(self, words):
        person = self.world.people[words[0]]
        person.mailbox.wait(person.mail, self.mails[words[0]], words[1])

    def say_code(self, words):
        person = self.world.people[words[1]]
        mail = person.mailbox.wait(person.mail, self.mails[words[1]], "code")
        self.mails[words[1]] = self.mails[words[1]] | {mail.name}
        self.values[words[0]] = mail.code()

    def say_aucun_courrier(self, words):
        person = self.world.people[words[0]]
        mails = person.mailbox.since(self.mails[words[0]], person.mail)
        if mails:
            raise Fault("a mail came: %s" % mails[0].subject)

    def say_etat(self, words):
        now = self.world.state()
        if words[0] == "retient":
            self.state = now
        elif now != self.state:
            raise Fault("changed: %s" % sorted(set(now.splitlines()) ^ set(self.state.splitlines())))

    def say_cherche(self, words):
        self.values[words[0]] = self.world.sql(words[1])

    def say_verifie(self, words):
        found = self.world.sql(words[1])
        if found != words[0]:
            raise Fault("the database says %r" % found)

    def say_base(self, words):
        self.world.sql(words[0])

    def say_service(self, words):
        verb = {"arrete": "stop", "relance": "start", "tue": "kill"}[plain(words[0])]
        self.world.service(verb, words[1:])

    def say_frein(self, words):
        self.world.brake(words[0] == "serré")

    def say_reponse(self, words):
        if words[0] == "perdue":
            self.world.lose_answer()
        else:
            self.world.give_answers()

    def say_liste(self, words):
        if words[0] == "retirée":
            self.world.take_lists()
        else:
            self.world.give_lists()

    def say_releve(self, _):
        """What the lane does by itself every two minutes, now."""
        # Not while it is at it: the end of that attempt would say again when to come back.
        now = "UPDATE opx.job SET run_at = now() WHERE key = 'again:crl-sign-in' AND state = 'ready' AND taken_by IS NULL RETURNING 'set'"
        acts.wait_until("the fetching of lists at rest", lambda: self.world.sql(now), 30)

    def say_module(self, words):
        if plain(words[0]) == "arrete":
            self.world.disable(words[1])
        else:
            self.world.enable()

    def say_disque(self, words):
        if words[0] == "plein":
            self.world.fill_disk()
        else:
            self.world.empty_disk()


__all__ = ["Fault", "Player", "read"]
