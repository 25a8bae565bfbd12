# SPDX-License-Identifier: MPL-2.0
"""The other commands of opx-admin, by their words, their exit status and what is in the database afterwards. Status 1 is one line on
standard error and changes nothing; status 2 shows the usage."""
import os
import shutil
import subprocess
import sys

from cluster import ROOT, TEMPLATE

sys.path.insert(0, os.path.join(ROOT, "tests", "jobs"))
from pki import Authority, openssl  # noqa: E402

DATA = os.path.join(ROOT, "sql", "data")
# What a command that did not succeed may not have touched.
STATE = ("SELECT md5(concat(%s))" % ", ".join("(SELECT string_agg(x::text, '' ORDER BY x::text) FROM opx.%s x)" % t for t in (
    "court", "compagnie", "person", "account", "credential", "certificate_seen", "capacity", "security_event", "job")))


def succeeds(c, d, *words, says=()):
    done = c.admin(d, *words)
    assert done.returncode == 0 and done.stderr == "", (words, done.returncode, done.stdout, done.stderr)
    for what in says:
        assert what in done.stdout, (words, what, done.stdout)
    return done.stdout


def refused(c, d, says, *words, lines=1):
    """Status 1; the last of that many lines begins with the program's name; nothing has changed."""
    before = c.sql(d, STATE)
    done = c.admin(d, *words)
    told = done.stderr.splitlines()
    assert done.returncode == 1 and len(told) == lines and told[-1].startswith("opx-admin: ") and says in done.stderr, (words, done.returncode, done.stdout, done.stderr)
    assert c.sql(d, STATE) == before, words


def usage(c):
    """Words that do not fit: status 2 and how it is used, before anything is done."""
    d = c.clone("usage")
    for words in ((), ("dance",), ("migrate", "now"), ("import",), ("import", "a", "b"), ("check", "x"), ("rebuild", "x"), ("plugins", "x"), ("sample-config", "x"),
                  ("jobs", "x"), ("jobs", "retry"), ("jobs", "--dead", "1"), ("rights", "a", "b", "c"), ("rights", "case", "--person", "x"), ("rights", "case", "read", "--dossier", "1"),
                  ("rights", "case", "read", "--person", "x", "--dossier", "1", "--document", "1"), ("rights", "--nobody"), ("create-admin",),
                  ("create-admin", "--court", "x", "--name", "A B", "--mail", "a@b.c"), ("create-admin", "--court", "x", "--name", "A B", "--cert", "x"),
                  ("create-admin", "--court", "x", "--mail", "a@b.c", "--cert", "x"), ("create-admin", "--name", "A B", "--mail", "a@b.c", "--cert", "x"),
                  ("create-admin", "--court", "x", "--name", "A B", "--mail", "a@b.c", "--cert", "x", "y")):
        done = c.admin(d, *words)
        assert done.returncode == 2 and "usage: opx-admin --config FILE" in done.stderr and done.stdout == "", (words, done.returncode, done.stdout, done.stderr)
    done = c.admin(d, "--help")
    assert done.returncode == 0 and "create-admin --court CODE [--title Mme|M.|Me]" in done.stdout and done.stderr == "", done.stderr
    with open("/dev/full", "w", encoding="ascii") as full:  # a report that nobody could read was not given
        done = subprocess.run([os.path.join(c.build, "bin", "opx-admin"), "sample-config"], stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert done.returncode == 1 and "output could not be written" in done.stderr, done
    for program in ("opx-web", "opx-seal", "opx-tsa", "opx-jobs"):
        done = subprocess.run([os.path.join(c.build, "bin", program), "--help"], capture_output=True, text=True, check=False)
        assert done.returncode == 0 and done.stdout.startswith("usage: %s --config FILE" % program) and done.stderr == "", done
    done = c.admin("nowhere", "jobs")
    assert done.returncode == 1 and 'database "nowhere" does not exist' in done.stderr, done.stderr
    done = c.admin(TEMPLATE, "jobs")
    assert done.returncode == 1 and done.stderr.startswith("opx-admin: "), done.stderr


def imports(c):
    """Courts and compagnies: all of both files or nothing, every bad line named; a second time writes nothing."""
    d = c.clone("imports")
    rows = "SELECT (SELECT count(*) FROM opx.court), (SELECT count(*) FROM opx.compagnie)"
    assert c.sql(d, rows) == "0|0"
    wanted = [sum(1 for _ in open(os.path.join(DATA, f), encoding="utf-8")) - 1 for f in ("jurisdictions.csv", "compagnies.csv")]
    succeeds(c, d, "import", DATA, says=["jurisdictions.csv: %d lines new or changed" % wanted[0], "compagnies.csv: %d lines new or changed" % wanted[1]])
    assert c.sql(d, rows) == "%d|%d" % tuple(wanted)
    before = c.sql(d, STATE)
    succeeds(c, d, "import", DATA, says=["jurisdictions.csv: 0 lines new or changed", "compagnies.csv: 0 lines new or changed"])
    assert c.sql(d, STATE) == before
    refused(c, d, "jurisdictions.csv: No such file", "import", c.folder)

    folder = os.path.join(c.folder, "import")
    shutil.copytree(DATA, folder)
    courts, compagnies = (os.path.join(folder, f) for f in ("jurisdictions.csv", "compagnies.csv"))
    head, good = "code,kind,name,parent,calendar,zone\n", "tj_x,tribunal_judiciaire,X,,metropole,Europe/Paris\n"
    for text, says, lines in (
            (head.replace("calendar", "calendrier") + good, "jurisdictions.csv:1: the names of the columns are not the expected ones", 2),
            (head.replace("\n", ",more\n") + good, "jurisdictions.csv:1: not 6 fields", 2),
            (head + good.replace(",,", ",", 1), "jurisdictions.csv:2: not 6 fields", 2),
            (head + good + '"tj_y,tribunal_judiciaire,Y', "jurisdictions.csv:3: not 6 fields", 2),
            (head + good + "TJ Y,x,Y,,metropole,Europe/Paris\n" + "tj_z,x,Z,,metropole,Europe/Nowhere\n", "jurisdictions.csv:4: PostgreSQL knows no such zone", 3),
            (head + good + "tj_y,x,Y,tj_nobody,metropole,Europe/Paris\n", "jurisdictions.csv:3: no court before this line has the code of the parent", 2),
            (head, "jurisdictions.csv: no line of data", 2), ("", "jurisdictions.csv: no line of data", 2), ("\x00\xff", "jurisdictions.csv:1: ", 3)):
        with open(courts, "w", encoding="latin-1") as f:
            f.write(text)
        refused(c, d, says, "import", folder, lines=lines)
    # A good line beside a bad one of the other file: neither is written.
    with open(courts, "w", encoding="utf-8") as f:
        f.write(head + good)
    with open(compagnies, "a", encoding="utf-8") as f:
        f.write("Compagnie de nulle part,pluridisciplinaire,Cour d'appel de Nulle-Part\n")
    refused(c, d, "no court of appeal has that name", "import", folder, lines=2)
    shutil.copy(os.path.join(DATA, "compagnies.csv"), compagnies)
    succeeds(c, d, "import", folder, says=["jurisdictions.csv: 1 lines new or changed"])  # what is not in the file stays
    assert c.sql(d, rows) == "%d|%d" % (wanted[0] + 1, wanted[1])


def create_admin(c):
    """A certificate, a court, a name, an address: an account; or a sentence, and nothing of it."""
    d = c.clone("create_admin")
    c.sql(d, "INSERT INTO opx.court (code, kind, name) VALUES ('tj_a', 'x', 'A'), ('tj_b', 'x', 'B')")
    folder = os.path.join(c.folder, "pki")
    os.mkdir(folder)
    authority = Authority(folder, "Autorite")
    cards = {name: authority.issue(name, "person") + ".pem" for name in ("first", "second")}
    expired = authority.issue("expired", "person", "-startdate", "20240101000000Z", "-enddate", "20250101000000Z") + ".pem"
    garbage, two, bare = (os.path.join(folder, n) for n in ("garbage.pem", "two.pem", "bare.pem"))
    with open(garbage, "w", encoding="ascii") as f:
        f.write("-----BEGIN CERTIFICATE-----\nbm90IG9uZQ==\n-----END CERTIFICATE-----\n")
    with open(two, "wb") as f:
        f.write(b"".join(open(p, "rb").read() for p in cards.values()))
    openssl("req", "-x509", "-new", "-config", authority.config, "-key", authority.folder + "/first.key", "-subj", "/CN=nu", "-out", bare)

    def wish(court="tj_a", name="Sylvie Arnoux", mail="Sylvie@A.Example", cert=cards["first"]):
        return ("create-admin", "--court", court, "--name", name, "--mail", mail, "--cert", cert)

    for says, words in (
            ("expired.pem: this certificate has expired", wish(cert=expired)), (garbage, wish(cert=garbage)), (two, wish(cert=two)),
            ("bare.pem: no authority key identifier", wish(cert=bare)), ("nowhere.pem", wish(cert=os.path.join(folder, "nowhere.pem"))),
            (authority.folder, wish(cert=authority.folder)),
            ('no court has the code "tj_c"; import the courts first', wish(court="tj_c")), ('no court has the code ""', wish(court="")),
            ("--name: a given name and a family name expected", wish(name="Arnoux")), ("--name: one line of text expected", wish(name="Sylvie\nArnoux")),
            ("--title: Mme, M. or Me expected", (*wish(), "--title", "Madame")), ("--mail: one address", wish(mail="sylvie")), ("--mail: one address", wish(mail="a@b@c")), ("--mail: one address", wish(mail="é@a.example"))):
        refused(c, d, says, *words)
    succeeds(c, d, *wish(), says=["Sylvie Arnoux is now administrator of tj_a", "first"])
    made = c.sql(d, "SELECT p.given_name, p.family_name, a.identifier, k.role, t.code, r.kind, r.cert_sha256 = s.sha256 FROM opx.person p JOIN opx.account a ON a.person_id = p.id "
                 "JOIN opx.capacity k ON k.account_id = a.id JOIN opx.court t ON t.id = k.court_id JOIN opx.credential r ON r.account_id = a.id CROSS JOIN opx.certificate_seen s")
    assert made == "Sylvie|Arnoux|sylvie@a.example|court_admin|tj_a|x509|t", made
    assert c.sql(d, "SELECT kind, object, agent, detail FROM opx.security_event") == "account.created|tj_a|opx-admin|court_admin, by the operator"
    before = c.sql(d, STATE)
    succeeds(c, d, *wish(), says=["Sylvie Arnoux was already administrator of tj_a"])  # the same command again
    assert c.sql(d, STATE) == before
    refused(c, d, "this certificate already opens another account", *wish(name="Luc Petit", mail="luc@a.example"))
    refused(c, d, "there is already an account for sylvie@a.example", *wish(cert=cards["second"]))
    succeeds(c, d, *wish(court="tj_b", name="Ines Petit", mail="ines@b.example", cert=cards["second"]), "--title", "Mme",
             says=["Ines Petit is now administrator of tj_b"])
    assert c.sql(d, "SELECT string_agg(family_name || ' ' || title, ', ' ORDER BY id) FROM opx.person") == "Arnoux , Petit Mme"  # nobody is given a title that was not said


def jobs(c):
    """What waits, what is dead and why; a dead one begins again or is given up, and the trail says by whom."""
    d = c.clone("jobs")
    succeeds(c, d, "jobs", says=["no job\n"])
    succeeds(c, d, "jobs", "--dead", says=["no dead job\n"])
    c.sql(d, """INSERT INTO opx.job (id, lane, kind, key, ref, state, attempts, error) OVERRIDING SYSTEM VALUE VALUES
        (1, 'post', 'mail.notice', 'n1', 7, 'dead', 20, 'relay: 550 no such user'), (2, 'make', 'bundle.collect', 'b', NULL, 'dead', 3, 'late'),
        (3, 'make', 'bundle.collect', 'b', NULL, 'ready', 0, ''), (4, 'files', 'file.check', NULL, 9, 'dead', 1, 'broken')""")
    told = [line.split()[:4] for line in succeeds(c, d, "jobs").splitlines()]
    for line in (["post", "mail.notice", "dead", "1"], ["make", "bundle.collect", "ready", "1"], ["make", "bundle.collect", "dead", "1"]):
        assert line in told, told
    succeeds(c, d, "jobs", "--dead", says=["1 post mail.notice, about 7, 20 attempts, last at ", ": relay: 550 no such user\n", "4 files file.check, about 9, 1 attempts"])
    succeeds(c, d, "jobs", "retry", "1", says=["job 1 begins again\n"])
    assert c.sql(d, "SELECT state, attempts FROM opx.job WHERE id = 1") == "ready|0"
    succeeds(c, d, "jobs", "drop", "4", says=["job 4 is given up\n"])
    assert c.sql(d, "SELECT count(*) FROM opx.job WHERE id = 4 AND state = 'dead'") == "0"
    assert c.sql(d, "SELECT string_agg(kind || ' ' || object, ', ' ORDER BY id) FROM opx.security_event") == "job.retried job 1, job.dropped job 4"
    for says, words in (("no dead job has the number 1", ("retry", "1")), ("no dead job has the number 3", ("drop", "3")), ("no dead job has the number 99", ("retry", "99")),
                        ("job 2 has a live successor for the same thing: drop it instead", ("retry", "2")), ('"x" is not the number of a job', ("retry", "x")),
                        ('"0" is not the number of a job', ("drop", "0"))):
        refused(c, d, says, "jobs", *words)
    succeeds(c, d, "jobs", "drop", "2")


def rights(c):
    """The matrix in words, and one person's answer with its rule: allowed, refused, not there."""
    d = c.clone("admin_rights")
    with open(os.path.join(ROOT, "tests", "db", "roles.sql"), encoding="utf-8") as f:
        c.sql(d, f.read())
    succeeds(c, d, "rights", says=["exhibit: ", "case: "])
    assert "read" in succeeds(c, d, "rights", "exhibit") and "case" not in succeeds(c, d, "rights", "exhibit").split(":")[0]
    shown = succeeds(c, d, "rights", "dire", "deposit", says=["dire/deposit/working in the states ", "dire/deposit/report_filed in the states report_filed"])
    assert any(line.split() and line.split()[0] == "granted" and "party" in line for line in shown.splitlines()), shown
    ask = ("rights", "case", "read", "--person")
    succeeds(c, d, *ask, "1", "--dossier", "1", says=["1: case,read is allowed", "value allow by the rule case/read/active, as expert, in the state in_progress"])
    succeeds(c, d, *ask, "3", "--dossier", "1", says=["3: case,read is not there for him (404)", "as nobody"])
    succeeds(c, d, "rights", "@", "read", "--person", "2", "--document", "2", says=["is allowed"])
    succeeds(c, d, "rights", "dire", "deposit", "--person", "1", "--dossier", "1", says=["is refused (403)", "value deny by the rule dire/deposit/working"])
    succeeds(c, d, *ask, "1", "--dossier", "2", says=["(404)"])
    for says, words in (('the matrix has no object "dragon"', ("dragon",)), ("the matrix has no row for case,eat: nobody may", ("case", "eat")),
                        ('no account is called "nobody"', ("case", "read", "--person", "nobody")), ('"x" is not a number', ("case", "read", "--person", "1", "--dossier", "x"))):
        refused(c, d, says, "rights", *words)


def check(c):
    """A fresh instance holds; a filing that claims to be sealed without a leaf does not, and is named. Nothing is written either way."""
    d = c.clone("check")
    assert "WRONG" not in succeeds(c, d, "check", says=["ok    the schema is the one of this program and its plugins", "ok    every sealed filing has its leaf under a head"])
    with open(os.path.join(ROOT, "tests", "db", "roles.sql"), encoding="utf-8") as f:
        c.sql(d, f.read())
    before = c.sql(d, STATE)
    done = c.admin(d, "check")
    assert done.returncode == 1 and "rules do not hold, marked WRONG above" in done.stderr, done.stderr
    for rule in ("every body has the hash that its event has", "every list of members has its hash", "every document has its content"):
        assert ("%s not so: %s" % ("WRONG", rule) in done.stdout) == (rule != "every document has its content"), (rule, done.stdout)
    assert c.sql(d, STATE) == before
    what_pages_show(c, d)


BODIES = """WITH b (id, type, body) AS (
    SELECT 101, 'doc.deposit', jsonb_build_object('at', to_char(f.filed_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"'),
      'filing', jsonb_build_object('title', f.title, 'number', f.number),
      'object', jsonb_build_object('name', convert_from(c.name, 'UTF8'), 'sha256', encode(c.sha256, 'hex')))::text::bytea
      FROM opx.filing f, opx.document_content c WHERE f.id = 1 AND c.document_id = 1
    UNION ALL SELECT 102, 'doc.publish', '{"recipients":["P1"]}'),
  e AS (INSERT INTO opx.event (id, log_id, type, dossier_id, document_id, filing_id, body_sha256, at) OVERRIDING SYSTEM VALUE
    SELECT id, 1, type, 1, 1, 1, sha256(body), now() FROM b)
  INSERT INTO opx.event_body SELECT id, body FROM b"""


def what_pages_show(c, d):
    """Pages show tables, bundles show sealed bodies: a row that somebody changed is told, whoever changed it."""
    said = "the title, the name, the number and the moment that its sealed deposit says"
    given = "the readers that its sealed publication names"
    c.sql(d, BODIES)
    for change, wrong in (("SELECT 1", ()), ("UPDATE opx.document_content SET title = 'other' WHERE document_id = 1", (said,)),
                          ("INSERT INTO opx.document_recipient (document_id, person_id, pseudonym) VALUES (1, 3, 3);"
                           "INSERT INTO opx.member (dossier_id, person_id, pseudonym, role) VALUES (1, 3, 3, 'lawyer')", (said, given))):
        c.sql(d, change)
        shown = c.admin(d, "check").stdout
        for rule in (said, given):
            assert ("WRONG not so: every document has " + rule in shown) == (rule in wrong), (change, shown)


CASES = (usage, imports, create_admin, jobs, rights, check)
