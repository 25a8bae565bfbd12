# SPDX-License-Identifier: MPL-2.0
"""What happens in the test dossier, event by event; each test changes a copy of it before it is written.

An event: log ('c' acts, 'r' readings), at (seconds after the beginning), body, stamp (a head with a token follows it).
In bodies "@M2" stands for the hash of a members file, "@R" for that of the matrix; acts_size for the root of the acts.
"""
import copy
import hashlib

START = 1795165200000  # 2026-11-20T09:00:00Z
ACTS = "opx.example/c/abcdefghijklmnopqrstuvwxyz"
READINGS = "opx.example/r/abcdefghijklmnopqrstuvwxyz"
GLOBAL = "opx.example/g/zyxwvutsrqponmlkjihgfedcba"
PEOPLE = {"P1": ["expert", "-", "Anne Roux"], "P2": ["lawyer", "S1", "Luc Petit"], "P3": ["party", "S1", "Éva Noël"],
          "P4": ["lawyer", "S2", "Max Weil"], "P5": ["judge", "-", "Paul Lac"], "P6": ["lawyer", "S3", "Zoé Brun"]}
MEMBERS = {"M0": ["P1"], "M1": ["P1", "P2"], "M2": ["P1", "P2", "P3"], "M3": ["P1", "P2", "P3", "P4"],
           "M4": ["P1", "P2", "P3", "P4", "P5"], "M5": ["P1", "P2", "P3", "P4", "P5", "P6"]}
MATRIX = """object,action,phase,expert,lawyer,party,judge,clerk,note
exhibit,deposit,working,allow,own,own,allow,deny,
exhibit,read,any,allow,allow,allow,allow,granted,"CPC 275, 243"
restricted_exhibit,read,any,allow,addressed,own,allow,own,"explicit list, reason logged"
expert_note,read,any,allow,allow,allow,allow,allow,
side_work_document,read,any,deny,side,side,deny,deny,
"""
DOCUMENTS = {"D001": b"%PDF-1.7\nfirst\n%%EOF\n", "D002": b"%PDF-1.7\nsecond, restricted\n%%EOF\n", "D003": b"%PDF-1.7\nby mistake\n%%EOF\n"}


def hexes(text):
    return hashlib.sha256(text.encode()).hexdigest()


def body(kind, actor, members, to, auth=None, **rest):
    role, side = (PEOPLE[actor][0], PEOPLE[actor][1]) if actor in PEOPLE else ("-", "-")
    out = {"type": kind, "req": "req-" + kind, "actor": {"p": actor, "role": role, "side": side},
           "auth": {"kind": auth or ("service" if actor == "service" else "code+mail")},
           "visibility": {"rights": "@R", "members": "@" + members, "to": list(to)}, "sig": {"kind": "none"},
           "sw": {"build": "1", "config": hexes("config"), "plugins": hexes("plugins")}}
    out.update(rest)
    return out


def act(at, kind, actor, members, to, stamp=False, **rest):
    return {"log": "c", "at": at, "stamp": stamp, "body": body(kind, actor, members, to, **rest)}


def reading(at, kind, actor, members, to, size, stamp=False, **rest):
    return {"log": "r", "at": at, "stamp": stamp, "acts_size": size, "body": body(kind, actor, members, to, **rest)}


def object_of(doc, kind):
    data = DOCUMENTS[doc]
    return {"id": doc, "sha256": hashlib.sha256(data).hexdigest(), "sha512": hashlib.sha512(data).hexdigest(), "size": len(data),
            "mime": "application/pdf", "ext": "pdf", "name": "pièce " + doc + ".pdf", "kind": kind, "replaces": "-"}


def deposit(at, actor, doc, kind, members, recipients, addressed, number):
    to = sorted(set(recipients) | {actor})
    short = {k: object_of(doc, kind)[k] for k in ("id", "sha256")}
    return [act(at, "doc.deposit", actor, members, to, object=object_of(doc, kind), addressed=addressed, checks=["antivirus=clean"],
                filing={"number": number, "title": "Dépôt %d" % number}),
            act(at, "doc.publish", actor, members, to, stamp=True, object=short, recipients=recipients, addressed=addressed, granted=[],
                rule=kind + "/read/any", number=str(number), ground="-")]


def short(doc):
    return {"id": doc, "sha256": hashlib.sha256(DOCUMENTS[doc]).hexdigest()}


def invite(at, p, members):
    role, side, _ = PEOPLE[p]
    return act(at, "member.invite", "P1", members, MEMBERS[members], auth="x509", member={"p": p, "role": role, "side": side, "channel": "letter"})


def accept(at, p, members):
    return act(at, "member.accept", p, members, MEMBERS[members], member={"p": p, "consent": hexes("consent"), "address": "chosen"})


def plain():
    """17 acts, 6 readings."""
    seen = {"kind": "token", "doc": "D001"}
    return [
        act(0, "case.open", "P1", "M0", ["P1"], auth="x509", stamp=True, case={"ref": "26/001", "court": 7, "decision": hexes("decision")}),
        reading(0, "readings.open", "P1", "M0", ["P1"], 0, auth="x509"),
        invite(60, "P2", "M1"), invite(61, "P3", "M2"), invite(62, "P4", "M3"), invite(63, "P5", "M4"),
        accept(600, "P2", "M4"), accept(660, "P4", "M4"),
        act(700, "case.phase", "P1", "M4", MEMBERS["M4"], auth="x509", stamp=True, phase={"from": "draft", "to": "working"}),
        *deposit(1000, "P2", "D001", "exhibit", "M4", ["P1", "P2", "P3", "P4", "P5"], [], 1),
        reading(1060, "doc.handover", "P4", "M4", ["P1", "P2", "P4", "P5"], 10, stamp=True, object=short("D001"),
                handover={"representation": "original", "range": "-"}),
        reading(1061, "doc.handover.end", "service", "M4", ["P1", "P2", "P4", "P5"], 10, object=short("D001"),
                end={"req": "req-doc.handover", "bytes": 20, "complete": "yes"}),
        act(1070, "token.seen", "service", "M4", ["P1", "P2", "P3", "P4", "P5"], object=short("D001"), token=seen),
        *deposit(1100, "P2", "D002", "restricted_exhibit", "M4", ["P1", "P2", "P5"], ["S1"], 2),
        reading(1150, "doc.handover", "P1", "M4", ["P1", "P2"], 13, auth="x509", stamp=True, object=short("D002"),
                handover={"representation": "original", "range": "-"}),
        invite(1200, "P6", "M5"), accept(1300, "P6", "M5"),
        act(1300, "rights.exception", "P6", "M5", ["P1", "P5", "P6"], stamp=True,
            grant={"docs": ["D001"], "to": "P6", "effect": "give", "ground": "CPC 169"}),
        reading(1400, "doc.handover", "P6", "M5", ["P1", "P2", "P6"], 16, stamp=True, object=short("D001"),
                handover={"representation": "original", "range": "-"}),
        reading(1410, "notice.sent", "service", "M5", ["P1", "P4"], 16,
                notice={"to": ["P4"], "message": hexes("mail"), "relay": "250 ok", "queue": "q1"}),
        act(1500, "export.bundle", "P1", "M5", ["P1"], auth="x509", stamp=True, export={"sums": hexes("sums"), "to": "P1"}),
        reading(1510, "doc.acknowledge", "P4", "M5", ["P1", "P2", "P4"], 17, stamp=True, object=short("D001")),
    ]


def erased():
    """The same, then a document deposited by mistake, asked to be erased, and erased 80 hours later: acts 17 to 21."""
    events = plain()
    last = 1600 + 80 * 3600
    events += deposit(1600, "P2", "D003", "exhibit", "M5", ["P1", "P2", "P3", "P4", "P5", "P6"], [], 3)
    events += [
        act(1700, "erase.request", "P2", "M5", MEMBERS["M5"], stamp=True,
            erase={"seqs": [17, 18], "readings": [], "ground": "mistake", "order": "-"}),
        act(last, "erase.done", "P1", "M5", MEMBERS["M5"], auth="x509", stamp=True,
            erase={"seqs": [17, 18], "readings": [], "files": [], "ground": "mistake", "order": "-", "approvers": ["P1", "P5"]}),
        act(last + 60, "case.phase", "P1", "M5", MEMBERS["M5"], auth="x509", stamp=True, phase={"from": "working", "to": "closed"}),
    ]
    return events


def find(events, kind, n=0):
    """The n-th event of that type."""
    return [e for e in events if e["body"]["type"] == kind][n]


def fresh(plan):
    return copy.deepcopy(plan())
