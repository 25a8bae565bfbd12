# SPDX-License-Identifier: MPL-2.0
"""Who is there, what there is, and how the instance is handled: what scenarios find when they begin."""
import os
import subprocess
import threading

import small
from stage import SETTINGS, Instance
from story import acts

# Tables of people and dossiers. What the lanes write by themselves afterwards (tokens, heads, jobs) is not among them.
TABLES = """account capacity credential_claim court compagnie person credential dossier mission_item side participant member
invitation consent phase_change draft draft_file draft_reader filing document document_content document_recipient
document_addressed grant_access handover artefact""".split()


class World(Instance):
    def __init__(self, stage):
        super().__init__(stage.name)
        self.demo, self.story = stage.describe(), stage.story
        story, demo = self.story, self.demo
        self.logs = os.path.join(demo["state"], "log")
        self.jars, self.stopped, self.disk, self.config = {}, set(), None, None
        self.cutter, self.is_cut, self.is_tight = None, None, False
        self.people = {p.key.split("-")[-1]: p for p in story.people.values()}
        for one in demo["people"]:
            key = one["id"].split("-")[-1]
            if key not in self.people:
                self.people[key] = acts.Person(demo, one["id"], one["name"], one["role"], key + "@ailleurs.example", one["means"])
        for key, name in (("mercier", "Alice Mercier"), ("dubois", "Inès Dubois")):
            self.people[key] = acts.Person(demo, key, name, "party", key + "@ailleurs.example")
        self.people["visiteur"] = acts.Person(demo, "visiteur", "Quelqu’un", "", "visiteur@ailleurs.example")
        self.values = {"dossier": story.first, "autre": story.second, "note": story.note, "restreinte": story.restricted,
                       "principal": demo["origins"]["main"], "carte": demo["origins"]["card"], "rien": 99999999,
                       "témoin": "__Host-opx-%s" % os.path.basename(demo["state"])}
        self.values.update({
            "juridiction": self.sql("SELECT id FROM opx.court WHERE name = 'Tribunal judiciaire de Grenoble'"),
            "côté": self.sql("SELECT id FROM opx.side WHERE dossier_id = %d AND label LIKE 'Syndicat%%'" % story.first),
            "participant": self.sql("SELECT a.id FROM opx.participant a JOIN opx.person p ON p.id = a.person_id "
                                    "WHERE a.dossier_id = %d AND p.family_name = 'Haddad'" % story.first)})
        self.values.update({"mel_" + k: p.mail for k, p in self.people.items()})
        self.values.update({"acces_" + k: p.access_code for k, p in self.people.items() if p.access_code})

    @staticmethod
    def file(word):
        """NAME of tests/http/small.py, or NAME:SIZE for so many bytes of a PDF."""
        return small.file(word)

    # ---- the instance

    def state(self):
        """One line a table: its name, and what it holds, as one number; not when somebody was last there."""
        return self.sql(" UNION ALL ".join("SELECT '%s ' || coalesce(sum(hashtextextended((to_jsonb(x) - 'last_seen_at')::text, 0)), 0) FROM opx.%s x" % (t, t)
                                           for t in TABLES))

    def service(self, verb, names):
        if verb == "start" and "postgres" in names:
            self.bury_postgres()
        self.call(verb, *names)
        if verb == "start":
            self.stopped -= set(names)
        else:
            self.stopped |= set(names)

    def incoming(self):
        return os.path.join(self.demo["state"], "store", "incoming")

    def fill_disk(self):
        """A real disk of 2 MB in the place of the folder, with hardly any room left."""
        at = os.path.realpath(self.incoming())
        st = os.stat(at)
        subprocess.run(["mount", "-t", "tmpfs", "-o", "size=2m,mode=2770,uid=%d,gid=%d" % (st.st_uid, st.st_gid), "opx-essai", at],
                       check=True, capture_output=True)
        self.disk = at
        with open(os.path.join(at, "plein"), "wb") as f:
            f.write(b"\0" * (2 * 1024 * 1024 - 65536))

    def empty_disk(self):
        if self.disk is not None:
            subprocess.run(["umount", "-l", self.disk], check=True, capture_output=True)
            self.disk = None

    def lists(self):
        return os.path.join(self.demo["state"], "pki", "public", "crl")

    def take_lists(self):
        """Nobody can fetch a list of revoked certificates any more: nginx answers 404."""
        os.rename(self.lists(), self.lists() + ".retirées")

    def give_lists(self):
        """They are there again, newly signed as their authority does it."""
        os.rename(self.lists() + ".retirées", self.lists())
        self.call("crl")

    def brake(self, is_tight):
        """What nginx lets one address ask of the sign-in pages."""
        for name, value in SETTINGS:
            if "LOGIN" in name:
                self.call("set", name, "1" if is_tight else value)
        self.call("restart", "nginx")
        self.is_tight = is_tight

    def lose_answer(self):
        """A COMMIT is written, then waits for a second server that does not exist: there its backend ends, before it has answered."""
        self.answers_wait("personne")
        self.is_cut = None
        self.cutter = threading.Thread(target=self.cut_answer)
        self.cutter.start()

    def cut_answer(self):
        self.is_cut = self.sql(
            "DO $$ BEGIN FOR i IN 1..1000 LOOP PERFORM pg_stat_clear_snapshot(); PERFORM pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE wait_event = 'SyncRep' AND usename = 'opx_web'; IF FOUND THEN RETURN; END IF; PERFORM pg_sleep(0.02); END LOOP; "
            "RAISE EXCEPTION 'nothing was recorded'; END $$")

    def give_answers(self):
        cutter, self.cutter = self.cutter, None
        self.answers_wait("")
        cutter.join()
        if self.is_cut is None:
            raise AssertionError("no answer was lost")

    def answers_wait(self, name):
        self.sql("ALTER SYSTEM SET synchronous_standby_names = '%s'" % name)
        self.sql("SELECT pg_reload_conf()")

    def disable(self, plugin):
        """The operator sets `enabled = false` for it, and starts the programs again."""
        path = os.path.join(self.demo["state"], "opx.conf")
        with open(path, encoding="utf-8") as f:
            self.config = f.read()
        self.write_config(self.config.replace('plugin "%s" {' % plugin, 'plugin "%s" {\n\tenabled = false' % plugin))

    def enable(self):
        text, self.config = self.config, None
        self.write_config(text)

    def write_config(self, text):
        with open(os.path.join(self.demo["state"], "opx.conf"), "r+", encoding="utf-8") as f:
            f.truncate()
            f.write(text)
        self.call("restart", "web", "files", "signin")

    def mend(self):
        """After a scenario, whatever became of it, all is there again for the next one."""
        self.empty_disk()
        if not os.path.isdir(self.lists()):
            self.give_lists()
        if self.is_tight:
            self.brake(False)
        if self.cutter is not None:
            self.give_answers()
        if self.config is not None:
            self.enable()
        if self.stopped:
            self.service("start", sorted(self.stopped))
