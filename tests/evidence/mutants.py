# SPDX-License-Identifier: MPL-2.0
"""Bundles with one thing wrong.

resealed(): the maker cheats, or errs: everything is sealed and stamped again with the test keys, and one claim must say so.
byte_mutants(): somebody touches a good bundle; nobody may pass it.
"""
import base64
import copy
import json
import random
import struct

import make_bundle
import story
import tree
import trust
from make_bundle import Bundle, Case, container

P, F, I = "PASSED", "FAILED", "INDETERMINATE"


class Mutants:
    def __init__(self, world):
        self.world, self.list = world, []

    def add(self, name, expect, edit=None, files=None, facts=None, plan=story.plain, kind="case", reader="P1", options=(), seal="seal",
            seq=8, case=None, data=None, **how):
        """edit(events), files(files, case), facts(facts), data(bytes): each changes one stage; expect: verdicts by claim."""

        def make():
            events = story.fresh(plan)
            if edit:
                edit(events)
            run = Case(self.world, events, case(self.world) if case else None)
            bundle = Bundle(run, kind, reader, seq)
            if files:
                files(bundle.files, run)
            if facts:
                facts(bundle.facts)
            out = bundle.sealed(seal, **{k: v(self.world) if k in ("tsa", "sums_tsr") else v for k, v in how.items()})
            return data(out) if data else out

        self.list.append((name, make, expect, list(options)))


def event(kind, n=0):
    return lambda events: story.find(events, kind, n)


def change(kind, n=0, **new):
    """Members of the body of one event: group__name=value, or name=value."""

    def edit(events):
        b = story.find(events, kind, n)["body"]
        for key, value in new.items():
            group, _, name = key.partition("__")
            target = b.setdefault(group, {}) if name else b
            if value is None:
                del target[name or group]
            else:
                target[name or group] = copy.deepcopy(value)
    return edit


def tell(kind, n=0, **new):
    """Facts of the event itself: its times, its stamp."""
    return lambda events: story.find(events, kind, n).update(new)


def each(*edits):
    def edit(events):
        for e in edits:
            e(events)
    return edit


def insert(before, n, *new):
    def edit(events):
        at = events.index(story.find(events, before, n))
        events[at:at] = copy.deepcopy(list(new))
    return edit


def drop(name):
    return lambda files, case: files.pop(name)


def replace(name, old, new):
    def edit(files, case):
        assert old in files[name], name
        files[name] = files[name].replace(old, new, 1)
    return edit


def put(name, data):
    return lambda files, case: files.__setitem__(name, data(case) if callable(data) else data)


def no_stamps(log, start):
    def edit(events):
        for n, e in enumerate(e for e in events if e["log"] == log):
            if n >= start:
                e["stamp"] = False
    return edit


def documents(m):
    d, w = "documents/D001.pdf", m.world
    m.add("k1.other-bytes", {"K1": F}, files=put(d, b"%PDF-1.7\nother\n%%EOF\n"))
    m.add("k1.token-of-other", {"K1": F}, files=put(d + ".tsr", lambda c: w.tsa.response(b"other", c.end)))
    m.add("k1.no-token", {"K1": I}, files=drop(d + ".tsr"))
    m.add("k1.no-nonce", {"K1": F}, files=put(d + ".tsr", lambda c: w.tsa.response(story.DOCUMENTS["D001"], story.START + 1002000, nonce=False)))
    m.add("k1.tsu-without-purpose", {"K1": F}, files=put(d + ".tsr", lambda c: w.tsa_wrong.response(story.DOCUMENTS["D001"], story.START + 1002000)))
    m.add("k1.tsu-revoked", {"K1": F}, files=put(d + ".tsr", lambda c: w.tsa_revoked.response(story.DOCUMENTS["D001"], story.START + 1002000)))
    m.add("k1.refused-response", {"K1": F}, files=put(d + ".tsr", lambda c: trust.tlv(0x30, trust.tlv(0x30, trust.der_int(2)) + w.tsa.token(
        story.DOCUMENTS["D001"], story.START + 1002000))))
    m.add("k1.bytes-after-token", {"K1": F}, files=lambda f, c: f.__setitem__(d + ".tsr", f[d + ".tsr"] + b"\0"))
    m.add("k1.no-deposit", {"K1": F}, files=put("documents/D009.pdf", b"%PDF-1.7\n"))
    m.add("k1.sha512", {"K1": F}, change("doc.deposit", object__sha512="0" * 128))
    m.add("k1.size", {"K1": F}, change("doc.deposit", object__size=3))
    m.add("k1.before-lists", {"K1": I}, files=put(d + ".tsr", lambda c: w.tsa.response(story.DOCUMENTS["D001"], story.START - 86400000 * 30)))
    m.add("k1.ended-and-covered", {"K0": P, "K1": P}, options=("--now", "2027-06-01T00:00:00.000Z"),
          files=put(d + ".tsr", lambda c: w.tsa_short.response(story.DOCUMENTS["D001"], story.START + 1002000)))
    m.add("k0.ended", {"K0": I}, options=("--now", "2027-06-01T00:00:00.000Z"), tsa=lambda w: w.tsa_short)
    m.add("k5.ended-heads-covered", {"K2": P, "K5": P}, options=("--now", "2027-06-01T00:00:00.000Z"), case=lambda w: {"tsa": w.tsa_short})
    m.add("k2.no-tsa-list", {"K0": I, "K1": I, "K2": I}, files=lambda f, c: f.pop("crl/%s.crl" % trust.sha256(w.crls[0])))


def deposits(m):
    status = {"certificate": {"cert": trust.sha256(m.world.expert), "status": "revoked", "since": make_bundle.instant(story.START + 900000)}}
    revoked = story.act(1050, "cert.status", "service", "M4", story.MEMBERS["M4"], **status)
    early = story.act(950, "cert.status", "service", "M4", story.MEMBERS["M4"], **status)
    by_expert = change("doc.deposit", 0, actor={"p": "P1", "role": "expert", "side": "-"}, auth={"kind": "x509"})
    to = ["P1", "P2", "P3", "P4", "P5"]
    m.add("k2.level", {"K2": F}, change("doc.deposit", auth__level="L2"))
    m.add("k2.means", {"K2": F}, change("doc.deposit", auth={"kind": "oath", "level": "L1"}))
    m.add("k2.role", {"K2": F}, change("doc.deposit", actor__role="expert"))
    m.add("k2.side", {"K2": F}, change("doc.deposit", actor__side="S2"))
    m.add("k2.not-a-member", {"K2": F}, change("doc.deposit", actor__p="P9"))
    m.add("k2.antedated", {"K2": F, "K5": P}, each(tell("case.phase", head_token=100000), tell("doc.deposit", line_time=-250000, body_at=-250000)))
    m.add("k2.postdated", {"K2": F}, tell("doc.publish", head_token=-200000))
    m.add("k2.postdated-by-document", {"K2": F}, tell("doc.deposit", doc_token=-300000))
    m.add("k2.no-upper-bound", {"K2": I, "K5": P}, no_stamps("c", 9))
    m.add("k2.no-lower-bound", {"K2": I}, lambda e: [x.update(after="0" * 64) for x in e if x["log"] == "c"])
    m.add("k2.wide-bracket", {"K2": I}, each(no_stamps("c", 9), no_stamps("r", 1),
                                                 tell("export.bundle", at=2 * 86400, stamp=True), tell("doc.acknowledge", at=2 * 86400 + 60, stamp=True)))
    m.add("k2.twice", {"K2": F}, insert("doc.publish", 0, story.find(story.plain(), "doc.deposit")))
    m.add("k2.sign-in-later", {"K2": F}, change("doc.deposit", auth__at=make_bundle.instant(story.START + 2000000)))
    m.add("k2.no-name", {"K2": F}, change("doc.deposit", object__name=None))
    m.add("k2.other-log", {"K2": F}, tell("doc.deposit", body_log="opx.example/c/" + "b" * 26))
    m.add("k2.signature-not-joined", {"K2": I}, change("doc.deposit", auth__level="L0", sig={"kind": "webauthn"}))
    m.add("k2.later-than-line", {"K2": F}, tell("doc.deposit", body_at=9000))
    m.add("k2.x509", {"K2": P}, each(by_expert, change("doc.publish", visibility__to=to)))
    m.add("k2.x509-revoked", {"K2": F}, each(by_expert, tell("doc.deposit", fired=True)))
    # The list is the one asked at the act. A sign-in before it is a session during which it was renewed; one that ended before is none.
    before = make_bundle.instant(story.START - 40 * 86400000)
    m.add("k2.x509-list-newer-than-sign-in", {"K0": P, "K2": P}, each(by_expert, change("doc.deposit", auth__at=before),
                                                                     change("doc.publish", visibility__to=to)))
    m.add("k2.x509-list-ended-since-sign-in", {"K2": F}, each(by_expert, change("doc.deposit", auth__at=before,
                                                                               auth__status="crl:" + trust.sha256(m.world.ended_crl))))
    m.add("k2.x509-no-status", {"K2": I}, each(by_expert, change("doc.deposit", auth__status="-")))
    m.add("k2.x509-other-serial", {"K2": F}, each(by_expert, change("doc.deposit", auth__serial="01")))
    m.add("k2.x509-other-issuer", {"K2": F}, each(by_expert, change("doc.deposit", auth__issuer="00")))
    m.add("k2.x509-not-joined", {"K2": I}, by_expert, files=lambda f, c: f.pop("certs/%s.cer" % trust.sha256(m.world.expert)))
    m.add("k2.x509-unknown-root", {"K2": F}, each(by_expert, change("doc.deposit", auth__cert=trust.sha256(m.world.chains[1]),
                                                                auth__chain=[trust.sha256(m.world.chains[1])])))
    m.add("k2.x509-known-revoked", {"K2": F}, each(by_expert, insert("doc.deposit", 0, early)))
    m.add("k2.x509-revoked-since", {"K2": I}, each(by_expert, insert("token.seen", 0, revoked)))
    receipt = {"kind": "receipt", "reader": "P2"}
    m.add("k2.receipt-other-token", {"K2": F}, files=replace("receipt.json", b'"token":"', b'"token":"0'), **receipt)
    m.add("k2.receipt-other-level", {"K2": F}, files=replace("receipt.json", b'"level":"L0"', b'"level":"L2"'), **receipt)
    m.add("k2.receipt-other-head", {"K2": F}, files=replace("receipt.json", b'"head":"10 ', b'"head":"11 '), **receipt)
    m.add("k2.receipt-other-name", {"K2": F}, files=replace("receipt.json", b"Luc Petit", b"Max Weil"), **receipt)
    m.add("k2.receipt-other-depositor", {"K2": F}, files=replace("receipt.json", b'"depositor":"P2"', b'"depositor":"P4"'), **receipt)
    m.add("k2.receipt-other-document", {"K2": F}, files=replace("receipt.json", b'"mime":"application/pdf"', b'"mime":"text/plain"'), **receipt)
    m.add("k2.receipt-missing", {"K2": F}, files=drop("receipt.json"), **receipt)
    m.add("k1.receipt-no-token", {"K1": I}, files=lambda f, c: (f.pop("documents/D001.pdf.tsr"),
                                                              f.__setitem__("receipt.json", f["receipt.json"])), **receipt)


def publications(m):
    m.add("k3.one-recipient-less", {"K3": F}, change("doc.publish", recipients=["P1", "P2", "P3", "P4"]))
    m.add("k3.one-recipient-more", {"K3": F}, change("doc.publish", 1, recipients=["P1", "P2", "P4", "P5"]))
    m.add("k3.stranger", {"K3": F}, change("doc.publish", recipients=["P1", "P2", "P3", "P4", "P5", "P8"]))
    m.add("k3.other-rule", {"K3": F}, change("doc.publish", 1, rule="exhibit/read/any"))
    m.add("k3.no-such-row", {"K3": F}, change("doc.publish", rule="exhibit/read/done"))
    m.add("k3.addressed", {"K3": F}, change("doc.publish", 1, addressed=["S1", "S2"]))
    m.add("k3.not-shown", {"K3": F}, change("doc.publish", visibility__to=["P1", "P2", "P3", "P4"]))
    m.add("k3.deposit-not-shown", {"K3": F}, change("doc.deposit", visibility__to=["P2"]))
    m.add("k3.members-change", {"K3": F}, change("case.phase", visibility__members="@M5", visibility__to=story.MEMBERS["M5"]))
    m.add("k3.rights-change", {"K3": F}, change("case.phase", visibility__rights="0" * 64))
    m.add("k3.twice", {"K3": F}, insert("token.seen", 0, story.find(story.plain(), "doc.publish")))
    m.add("k3.other-bytes", {"K3": F}, change("doc.publish", object__sha256="0" * 64))
    m.add("k3.token-of-other-bytes", {"K3": F}, change("token.seen", object__sha256="0" * 64))
    m.add("k3.token-without-hash", {"K3": F}, change("case.phase", object={"id": "D001"}))
    m.add("k3.grant-unpublished", {"K3": F}, change("rights.exception", grant__docs=["D001", "D003"]))
    m.add("k3.grant-incomplete", {"K3": F}, change("rights.exception", grant__docs=[]))
    m.add("k3.grant-too-much", {"K3": F}, change("rights.exception", grant__docs=["D001", "D002"]))
    m.add("k3.grant-to-stranger", {"K3": F}, change("rights.exception", grant__to="P9"))
    m.add("k3.grant-effect", {"K3": F}, change("rights.exception", grant__effect="lend"))
    m.add("k3.invite-hidden", {"K3": F}, change("member.invite", 3, visibility__to=["P1"]))
    m.add("k3.export-shown-to-all", {"K3": F}, change("export.bundle", visibility__to=["P1", "P2"]))
    m.add("k3.no-matrix", {"K3": I}, files=lambda f, c: f.pop("rights/%s.csv" % trust.sha256(c.matrix)))
    m.add("k3.members-of-other", {"K3": F, "K2": F}, plan=story.plain, case=lambda w: {"members_log": "opx.example/c/" + "b" * 26})
    m.add("k3.antedated", {"K3": F}, each(tell("doc.deposit", stamp=True, head_token=500000), tell("doc.publish", stamp=False)))


def readings(m):
    seq = {"stamp": False}
    withdraw = story.act(1055, "doc.withdraw", "P2", "M4", ["P1", "P2", "P3", "P4", "P5"], object=story.short("D001"), recipients=["P2"], ground="error")
    kept = story.act(1055, "doc.withdraw", "P2", "M4", ["P1", "P2", "P3", "P4", "P5"], object=story.short("D001"), recipients=["P2", "P4"],
                     ground="error")
    take = story.act(1350, "rights.exception", "P1", "M5", ["P1", "P5", "P6"], stamp=True, auth="x509",
                     grant={"docs": ["D001"], "to": "P6", "effect": "take", "ground": "error"})
    later = [tell("doc.handover", 0, acts_size=11), tell("doc.handover.end", 0, acts_size=11), tell("doc.handover", 1, acts_size=14),
             tell("doc.handover", 2, acts_size=17), tell("notice.sent", 0, acts_size=17), tell("doc.acknowledge", 0, acts_size=18)]
    assert seq
    m.add("k4.no-right", {"K4": F}, change("doc.handover", 0, object=story.short("D002")))
    m.add("k4.no-grant", {"K4": F}, change("doc.handover", 2, object=story.short("D002")))
    m.add("k4.before-publication", {"K4": F}, tell("doc.handover", 0, acts_size=9))
    m.add("k4.before-deposit", {"K4": F}, each(change("doc.handover", 1, object=story.short("D002")), tell("doc.handover", 1, acts_size=11)))
    m.add("k4.ignores-acts", {"K4": F}, tell("doc.handover", 2, acts_size=13))
    m.add("k4.root", {"K4": I, "K5": F}, tell("doc.handover", 0, acts={"size": 10, "root": base64.b64encode(b"\1" * 32).decode()}))
    m.add("k4.size-beyond", {"K4": I, "K5": F}, tell("doc.handover", 0, acts={"size": 40, "root": base64.b64encode(b"\1" * 32).decode()}))
    m.add("k4.level", {"K4": F}, change("doc.handover", 0, auth__level="L2"))
    m.add("k4.not-a-member", {"K4": F}, change("doc.handover", 0, actor__p="P9"))
    m.add("k4.end-of-nothing", {"K4": F}, change("doc.handover.end", end__req="req-none"))
    m.add("k4.withdrawn", {"K4": F}, each(insert("doc.handover", 0, withdraw), *later))
    m.add("k4.withdrawn-but-kept", {"K4": P}, each(insert("doc.handover", 0, kept), change("doc.handover", 2, object=story.short("D002")),
                                                  drop_event("doc.handover", 2), *later[:2], later[2], *later[4:],
                                                  change("rights.exception", grant__ground="judge", grant__docs=["D001"]),
                                                  change("doc.acknowledge")))
    m.add("k4.grant-taken", {"K4": F}, each(insert("doc.handover", 2, take), tell("doc.handover", 2, acts_size=17),
                                           tell("notice.sent", 0, acts_size=17), tell("doc.acknowledge", 0, acts_size=18)))
    m.add("k4.not-shown-to-depositor", {"K4": F}, change("doc.handover", 0, visibility__to=["P1", "P4"]))
    m.add("k4.shown-to-rival", {"K4": F}, change("doc.handover", 1, visibility__to=["P1", "P2", "P4"]))
    m.add("k4.other-bytes", {"K4": F}, change("doc.handover", 0, object__sha256="0" * 64))
    m.add("k4.members", {"K4": F}, change("doc.handover", 0, visibility__members="@M3"))
    m.add("k4.never-deposited", {"K4": F}, change("doc.handover", 0, object=story.short("D003")))
    m.add("k4.no-upper-bound", {"K4": I}, no_stamps("r", 4))
    m.add("k4.later-than-line", {"K4": F}, tell("doc.handover", 0, body_at=8000))
    m.add("k4.no-object", {"K4": F}, change("doc.handover", 0, object=None))


def drop_event(kind, n=0):
    return lambda events: events.remove(story.find(events, kind, n))


def lines_of(files, name):
    return files[name].split(b"\n")[:-1]


def edit_lines(name, how):
    def edit(files, case):
        lines = lines_of(files, name)
        how(lines)
        files[name] = b"".join(line + b"\n" for line in lines)
    return edit


def swap(lines):
    lines[3], lines[4] = lines[4], lines[3]


def logs(m):
    w = m.world
    m.add("k5.last-line-removed", {"K5": F, "K2": I}, files=edit_lines("log/leaves.txt", lambda x: x.pop()), facts=lambda f: f.update(size=f["size"] - 1))
    m.add("k5.last-line-and-head-removed", {"K5": F}, files=lambda f, c: (edit_lines("log/leaves.txt", lambda x: x.pop())(f, c),
                                                                      f.pop("log/checkpoints/17.note"), f.pop("log/checkpoints/17.tsr"),
                                                                      f.pop("bodies/16.json"), f.pop("proofs/global/17.tlog-proof")),
          facts=lambda f: f.update(size=f["size"] - 1))
    m.add("k5.line-removed", {"K5": F}, files=edit_lines("log/leaves.txt", lambda x: x.pop(5)), facts=lambda f: f.update(size=f["size"] - 1))
    m.add("k5.lines-swapped", {"K5": F}, files=edit_lines("log/leaves.txt", swap))
    m.add("k5.line-edited", {"K5": F}, files=replace("log/leaves.txt", b"T09:01:0", b"T09:02:0"))
    m.add("k5.space", {"K5": F}, files=replace("log/leaves.txt", b" seq=3 ", b"  seq=3 "))
    m.add("k5.readings-line-removed", {"K5": F}, files=edit_lines("readings/leaves.txt", lambda x: x.pop()),
          facts=lambda f: f.update(readings_size=f["readings_size"] - 1))
    m.add("k5.size", {"K5": F}, facts=lambda f: f.update(size=f["size"] + 1))
    m.add("k5.head-by-other-key", {"K5": F}, files=put("log/checkpoints/8.note", lambda c: w.other_key.note(story.ACTS, 8, c.acts.root(8))))
    m.add("k5.head-of-other-root", {"K5": F}, files=lambda f, c: f.update({
        "log/checkpoints/9.note": w.log_key.note(story.ACTS, 9, b"\2" * 32)}))
    m.add("k5.head-forged", {"K5": F}, files=lambda f, c: f.update({
        "log/checkpoints/8.note": w.log_key.note(story.ACTS, 8, b"\3" * 32).replace(base64.b64encode(b"\3" * 32),
                                                                                base64.b64encode(c.acts.root(8)))}))
    m.add("k5.no-last-head", {"K5": F}, files=lambda f, c: (f.pop("log/checkpoints/17.note"), f.pop("log/checkpoints/17.tsr"),
                                                           f.pop("proofs/global/17.tlog-proof")))
    m.add("k5.token-without-head", {"K5": F}, files=lambda f, c: f.__setitem__("log/checkpoints/5.tsr", f["log/checkpoints/8.tsr"]))
    m.add("k5.token-of-other-head", {"K5": F}, files=lambda f, c: f.__setitem__("log/checkpoints/8.tsr", f["log/checkpoints/10.tsr"]))
    m.add("k5.body-edited", {"K5": F, "K3": I}, files=replace("bodies/7.json", b'"to":"working"', b'"to":"closed"'))
    m.add("k5.stray-body", {"K5": F}, files=put("bodies/99.json", b"{}"))
    m.add("k5.other-policy", {"K5": F, "K2": I}, options=("--policy", "policy-other"))
    m.add("k5.no-policy", {"K5": I, "K6": I, "K2": P}, options=("--policy", ""))
    m.add("k2.no-policy-no-seal", {"K0": I, "K2": I, "K7": I}, options=("--policy", ""), seal=None)
    m.add("k5.time-goes-back", {"K5": F}, each(tell("member.invite", 2, line_time=-50000, body_at=-50000)))
    back = {"before": make_bundle.instant(story.START + 61500), "after": make_bundle.instant(story.START + 11000), "offset_ms": 1, "tsa": "t"}
    check = story.act(62, "time.check", "service", "M2", story.MEMBERS["M2"], clock=back)
    check.update(line_time=-50000, body_at=-50500)
    m.add("k5.time-check", {"K5": P}, insert("member.invite", 2, check))
    wrong = story.act(62, "time.check", "service", "M2", story.MEMBERS["M2"], clock=dict(back, before=make_bundle.instant(story.START + 61501)))
    wrong.update(line_time=-50000, body_at=-50500)
    m.add("k5.time-check-of-other", {"K5": F}, insert("member.invite", 2, wrong))
    m.add("k5.reading-among-acts", {"K5": F}, insert("token.seen", 0, story.act(
        1065, "doc.handover", "P1", "M4", ["P1", "P2"], auth="x509", object=story.short("D001"), acts={"size": 10, "root": "x"},
        handover={"representation": "original", "range": "-"})))
    m.add("k5.act-among-readings", {"K5": F}, insert("notice.sent", 0, story.reading(
        1405, "case.phase", "P1", "M5", story.MEMBERS["M5"], 16, auth="x509", phase={"from": "working", "to": "closed"})))
    m.add("k5.opened-twice", {"K5": F}, insert("token.seen", 0, story.act(
        1065, "case.open", "P1", "M4", story.MEMBERS["M4"], auth="x509", case={"ref": "1", "decision": "x"})))
    m.add("k5.unknown-type", {"K3": F}, change("case.phase", type="case.paused"))
    m.add("k5.reading-names-acts-token", {"K5": F}, after_acts)
    m.add("k5.same-body-twice", {"K5": F}, repeat)
    m.add("k5.token-data", {"K5": F}, files=lambda f, c: relabel(f, w))
    party = {"kind": "party", "reader": "P4"}
    m.add("k5.proof-of-other-line", {"K5": F}, files=lambda f, c: f.__setitem__("proofs/readings/1.tlog-proof", tree.proof(
        c.readings.lines[1].replace(b"seq=1", b"seq=0"), 1, c.readings.hashes(2), c.readings.heads[2][0])), **party)
    m.add("k5.proof-path", {"K5": F}, files=lambda f, c: f.__setitem__("proofs/readings/1.tlog-proof", tree.proof(
        c.readings.lines[1], 1, [b"\4" * 32, c.readings.hashes(2)[1]], c.readings.heads[2][0])), **party)
    m.add("k5.proof-longer", {"K5": F}, files=lambda f, c: f.__setitem__("proofs/readings/1.tlog-proof", f["proofs/readings/1.tlog-proof"].replace(
        b"index 1\n", b"index 1\n" + base64.b64encode(b"\5" * 32) + b"\n")), **party)
    m.add("k5.receipt-proof", {"K5": F}, files=lambda f, c: f.__setitem__("proofs/case/8.tlog-proof", tree.proof(
        c.acts.lines[8], 9, c.acts.hashes(10), c.acts.heads[10][0])), kind="receipt", reader="P2")


def after_acts(events):
    """A reading that names the token of the acts' own head shows when somebody else acted."""
    for e in events:
        if e["log"] == "r" and e["at"] > 1100:
            e["after"] = "acts"


def repeat(events):
    story.find(events, "export.bundle")["raw"] = lambda filled: REPEATED[0]
    story.find(events, "case.phase")["raw"] = lambda filled: REPEATED.__setitem__(0, make_bundle.compact(filled)) or REPEATED[0]


REPEATED = [b""]


def relabel(files, world):
    """The token in tokens/ is over a head signed by nobody known."""
    name = next(n for n in files if n.startswith("tokens/") and n.endswith(".data"))
    note = world.other_key.note(story.GLOBAL, 1, b"\6" * 32)
    tsr = world.tsa.response(note, story.START - 40000)
    files.pop(name)
    files.pop(name[:-5] + ".tsr")
    files["tokens/%s.tsr" % trust.sha256(tsr)] = tsr
    files["tokens/%s.data" % trust.sha256(tsr)] = note


def forks(m):
    w = m.world

    def head(name, size, root=None, key=None, origin=story.ACTS):
        run = Case(w, story.fresh(story.plain))
        log = run.acts if origin == story.ACTS else run.readings
        w.save(name, (key or w.log_key).note(origin, size, root or log.root(size)))
        return ("--head", name)

    m.add("k6.same-head", {"K6": I, "K5": P}, options=head("head-same", 10))
    m.add("k6.fork", {"K6": F, "K5": P}, options=head("head-fork", 10, b"\7" * 32))
    m.add("k6.fork-of-readings", {"K6": F}, options=head("head-readings", 3, b"\7" * 32, origin=story.READINGS))
    m.add("k6.head-of-nobody", {"K6": I}, options=head("head-nobody", 10, b"\7" * 32, w.other_key))
    m.add("k6.newer-head", {"K6": I}, options=head("head-newer", 40, b"\7" * 32))
    m.add("k6.fork-in-party", {"K6": F}, options=head("head-party", 16, b"\7" * 32), kind="party", reader="P4")
    m.add("k6.global-proof", {"K6": F}, files=lambda f, c: f.__setitem__("proofs/global/8.tlog-proof", f["proofs/global/10.tlog-proof"]))
    m.add("k6.global-body", {"K6": F}, files=lambda f, c: f.__setitem__("proofs/global/8.tlog-proof", other_body(c, 8)))
    m.add("k6.stray-proof", {"K6": F}, files=lambda f, c: f.__setitem__("proofs/global/9.tlog-proof", f["proofs/global/10.tlog-proof"]))


def other_body(case, size):
    g = case.globals
    n = next(n for n, b in enumerate(g.bodies) if json.loads(b).get("head", {}).get("size") == size)
    note = case.world.log_key.note(story.GLOBAL, len(g.lines), g.root(len(g.lines)))
    return tree.proof(g.lines[n] + b"\n" + g.bodies[n].replace(b'"size":%d' % size, b'"size":%d' % (size + 1)), n, g.hashes(), note)


def absences(m):
    e = {"plan": story.erased}
    m.add("k7.body-missing", {"K7": F}, files=drop("bodies/9.json"))
    m.add("k7.body-said-and-there", {"K7": F}, facts=lambda f: f["bodies_absent"].append("9 right"), kind="party", reader="P2")
    m.add("k7.right-in-a-case", {"K7": F}, files=drop("bodies/9.json"), facts=lambda f: f["bodies_absent"].append("9 right"))
    m.add("k7.scope-in-a-party", {"K7": F}, files=drop("bodies/9.json"), facts=lambda f: f["bodies_absent"].append("9 scope"), kind="party", reader="P2")
    m.add("k7.erased-by-nothing", {"K7": F}, files=drop("bodies/16.json"), facts=lambda f: f["bodies_absent"].append("16 erasure 7"))
    m.add("k7.hold-of-nothing", {"K7": F}, files=drop("bodies/16.json"), facts=lambda f: f["bodies_absent"].append("16 hold 15"))
    m.add("k7.reading-missing", {"K7": F}, files=drop("readings/bodies/4.json"))
    m.add("k7.reading-right", {"K7": F}, files=drop("readings/bodies/1.json"), facts=lambda f: f["readings_absent"].append("1 right"), kind="party",
          reader="P4")
    m.add("k7.document-missing", {"K7": F}, files=lambda f, c: (f.pop("documents/D001.pdf"), f.pop("documents/D001.pdf.tsr")))
    m.add("k7.document-his", {"K7": F}, files=lambda f, c: (f.pop("documents/D001.pdf"), f.pop("documents/D001.pdf.tsr")),
          facts=lambda f: f["documents_absent"].append("D001 right"), kind="party", reader="P4")
    m.add("k7.document-there", {"K7": F}, facts=lambda f: f["documents_absent"].append("D001 pending"))
    m.add("k7.no-seal", {"K0": I, "K7": I, "K2": P}, seal=None)
    m.add("k7.one-approver", {"K7": F}, change("erase.done", erase__approvers=["P1"]), **e)
    m.add("k7.approver-twice", {"K7": F}, change("erase.done", erase__approvers=["P1", "P1"]), **e)
    m.add("k7.approver-stranger", {"K7": F}, change("erase.done", erase__approvers=["P1", "P9"]), **e)
    m.add("k7.no-ground", {"K7": F}, change("erase.done", erase__ground="-"), **e)
    m.add("k7.not-announced", {"K7": F}, change("erase.request", erase__seqs=[17]), **e)
    m.add("k7.too-soon", {"K7": F}, tell("erase.request", at=1700, body_at=0, line_time=0), None, None, plan=hurried)
    m.add("k7.court-order", {"K7": P}, each(change("erase.done", erase__ground="court-order", erase__order="TGI 12"),
                                           change("erase.request", erase__seqs=[])), **e)
    m.add("k7.court-order-without-order", {"K7": F}, each(change("erase.done", erase__ground="court-order"),
                                                         change("erase.request", erase__seqs=[])), **e)
    m.add("k7.unsorted", {"K7": F}, change("erase.done", erase__seqs=[18, 17]), **e)
    m.add("k7.erased-and-there", {"K7": F}, files=lambda f, c: f.__setitem__("bodies/17.json", c.acts.bodies[17]),
          facts=lambda f: f["bodies_absent"].remove("17 erasure 20"), **e)
    hold = story.act(1650, "hold.set", "P5", "M5", story.MEMBERS["M5"], hold={"seqs": [17], "readings": [], "ground": "judge", "order": "-"})
    lift = story.act(1680, "hold.lift", "P5", "M5", story.MEMBERS["M5"], hold={"seqs": [17], "readings": [], "ground": "judge", "order": "-"})
    m.add("k7.held", {"K7": F}, insert("erase.request", 0, hold), **e)
    m.add("k7.held-then-lifted", {"K7": P}, insert("erase.request", 0, hold, lift), **e)


def hurried():
    events = story.erased()
    story.find(events, "erase.done")["at"] = 1800
    story.find(events, "case.phase", 1)["at"] = 1860
    return events


def containers(m):
    w = m.world
    m.add("k0.seal-not-eseal", {"K0": F}, seal="plain_seal")
    m.add("k0.seal-of-stranger", {"K0": F}, seal="stranger")
    m.add("k0.sums-token-of-other", {"K0": F}, sums_tsr=lambda w: lambda sums: w.tsa.response(b"other", story.START + 2000000))
    m.add("k0.sums-token-revoked", {"K0": F}, sums_tsr=lambda w: lambda sums: w.tsa_revoked.response(sums, story.START + 2000000))
    m.add("k0.token-certificate-not-joined", {"K0": F}, files=lambda f, c: f.pop("certs/%s.cer" % trust.sha256(w.chains[1])))
    m.add("k0.receipt-with-leaves", {"K0": F}, files=put("log/leaves.txt", b""), kind="receipt", reader="P2")
    m.add("k0.readings-in-a-party", {"K0": F}, files=put("readings/leaves.txt", b""), kind="party", reader="P4")
    m.add("k0.unknown-file", {"K0": F}, files=put("notes.txt", b"x"))
    m.add("k0.name-is-not-hash", {"K0": F}, files=put("certs/%s.cer" % ("0" * 64), w.expert))
    m.add("k0.kind", {"K0": F}, facts=lambda f: f.update(kind="whole"))
    m.add("k0.no-readings-size", {"K0": F}, facts=lambda f: f.pop("readings_size"))
    m.add("k0.absence-word", {"K0": F}, facts=lambda f: f["bodies_absent"].append("3 lost"))
    m.add("k0.vkey", {"K0": F}, files=lambda f, c: f.__setitem__("policy/log.vkey", f["policy/log.vkey"] + b"x\n"))
    m.add("k0.vkey-with-nul", {"K0": F}, files=lambda f, c: f.__setitem__("policy/log.vkey", f["policy/log.vkey"].replace(b"+", b"\0+", 1)))
    m.add("k0.certificate-with-a-tail", {"K0": F}, files=lambda f, c: f.__setitem__("certs/%s.cer" % trust.sha256(w.expert + b"\0"), w.expert + b"\0"))
    m.add("k0.list-with-a-tail", {"K0": F}, files=lambda f, c: f.__setitem__("crl/%s.crl" % trust.sha256(w.crls[0] + b"\0"), w.crls[0] + b"\0"))
    m.add("k0.header-after-a-big-file", {"K0": F}, files=put("LISEZMOI.txt", make_bundle.BIG), data=header_after_big)
    m.add("k0.json-twice", {"K0": F}, files=lambda f, c: f.__setitem__("bundle.json", b'{"v":1,"v":1,"kind":"case"}'))
    for name, old, new in (("minus-zero", b'"to":"working"', b'"to":"working","n":-0'), ("fraction", b'"to":"working"', b'"to":"working","n":1.0'),
                           ("null", b'"to":"working"', b'"to":"working","n":null'), ("control", b'"to":"working"', b'"to":"work\\u0007ing"'),
                           ("deep", b'"to":"working"', b'"to":"working","n":{"a":1}'), ("direction", b'"to":"working"', "\"to\":\"work\u202eing\"".encode())):
        m.add("k3.json-" + name, {"K3": F}, raw_edit(old, new))


def header_after_big(data):
    """Another date in the local header that follows the big file; nothing but the directory says that it is wrong."""
    at = data.index(b"PK\3\4", data.index(make_bundle.BIG)) + 12
    return data[:at] + b"\x22" + data[at + 1:]


def raw_edit(old, new):
    return lambda events: story.find(events, "case.phase").update(raw=lambda filled: make_bundle.compact(filled).replace(old, new))


def resealed(world):
    m = Mutants(world)
    for part in (documents, deposits, publications, readings, logs, forks, absences, containers):
        part(m)
    return m.list


# --- Bytes changed by somebody who has no key ---

def parse(data):
    """Entries of a good container: (name, content)."""
    out, at = [], 0
    while data[at:at + 4] == b"PK\3\4":
        size, n = struct.unpack("<I", data[at + 18:at + 22])[0], struct.unpack("<H", data[at + 26:at + 28])[0]
        out.append((data[at + 30:at + 30 + n].decode(), data[at + 30 + n:at + 30 + n + size]))
        at += 30 + n + size
    return out


def text_files(entries):
    return [i for i, (n, d) in enumerate(entries) if d.count(b"\n") > 1 and not n.startswith("documents/")]


def flip(r, data, entries):
    at, bit = r.randrange(len(data)), 1 << r.randrange(8)
    return data[:at] + bytes([data[at] ^ bit]) + data[at + 1:]


def flip_in_token(r, data, entries):
    """The last token: nothing but its own rules covers it."""
    content = dict(entries)["META-INF/timestamp.tst"]
    at = data.index(content) + r.randrange(len(content))
    return data[:at] + bytes([data[at] ^ (1 << r.randrange(8))]) + data[at + 1:]


def edit_text(r, data, entries):
    i = r.choice(text_files(entries))
    lines = entries[i][1].split(b"\n")
    n = r.randrange(len(lines) - 1)
    how = r.randrange(3)
    if how == 0:
        del lines[n]
    elif how == 1:
        lines.insert(n, lines[r.randrange(len(lines) - 1)] + b"x")
    else:
        lines[n], lines[n - 1] = lines[n - 1] + b" ", lines[n]
    entries[i] = (entries[i][0], b"\n".join(lines))
    return rebuild(entries)


def rebuild(entries):
    return container(dict(e for e in entries if e[0] != "mimetype"))


def files_changed(r, data, entries):
    i = r.randrange(1, len(entries))
    name, content = entries[i]
    how = r.randrange(5)
    if how == 0:
        del entries[i]
    elif how == 1:
        entries[i] = ("x" + name, content)
    elif how == 2:
        entries.append((r.choice(["added.txt", "bodies/77.json", "documents/D077.pdf", "META-INF/manifest.xml", "certs/" + "0" * 64 + ".cer"]), b"x"))
    elif how == 3:
        entries[i] = (name.upper() if name.upper() != name else name.lower(), content)
    else:
        k = r.randrange(1, len(entries))
        k = k if k != i else 1 + i % (len(entries) - 1)
        entries[i], entries[k] = (name, entries[k][1]), (entries[k][0], content)
        if entries[i][1] == content:
            del entries[k]
    return rebuild(entries)


def zip_tricks(r, data, entries):
    end = len(data) - 22
    n, size, at = struct.unpack("<H", data[end + 10:end + 12])[0], *struct.unpack("<II", data[end + 12:end + 20])
    tricks = [
        lambda: data + b"\0",
        lambda: data[:end] + struct.pack("<HHHHIIH", 0, 0, 0, 0, 0, 0, 0)[:0] + data[end:end + 20] + b"\3\0abc",
        lambda: b"MZ" + data,
        lambda: data[:at] + b"junk" + data[at:end] + data[end:end + 16] + struct.pack("<I", at + 4) + data[end + 20:],
        lambda: data[:6] + b"\x08\0" + data[8:],  # a data descriptor is announced
        lambda: data[:6] + b"\x01\0" + data[8:],  # encrypted
        lambda: data[:10] + b"\1\0" + data[12:],  # a time
        lambda: data[:end - 1] + data[end:],
        lambda: data[:at] + data[at:end] + data[end:end + 8] + struct.pack("<HH", n - 1, n - 1) + data[end + 12:],
        lambda: data.replace(b"bundle.json", b"bundle/json"),
        lambda: data.replace(b"LISEZMOI.txt", b"../ZMOI1.txt"),
        lambda: data.replace(b"LISEZMOI.txt", b"/ISEZMOI.txt"),
        lambda: data.replace(b"LISEZMOI.txt", b"bundle.json/"),
        lambda: data.replace(b"LISEZMOI.txt", b"LISEZMO\0.txt"),
        lambda: data[:at + 38] + b"\0\0\0\0" + data[at + 42:],  # external attributes
        lambda: data[:at + 4] + b"\x14\x00" + data[at + 6:],  # made by
        lambda: rebuild(entries + [(entries[-1][0] + ".", b"")]),
        lambda: rebuild([e for e in entries]).replace(b"mimetypeapplication", b"mimetypeApplication"),
        lambda: data[:len(data) // 2],
        lambda: b"",
    ]
    return tricks[r.randrange(len(tricks))]()


def byte_mutants(bundles, count, seed=20261120):
    """(name, bytes) of count mutants; bundles: good ones by name."""
    r = random.Random(seed)
    names = sorted(bundles)
    kinds = [flip] * 4 + [flip_in_token] * 2 + [edit_text, files_changed, zip_tricks, zip_tricks]
    for n in range(count):
        name, kind = r.choice(names), r.choice(kinds)
        data = bundles[name]
        mutant = kind(r, data, parse(data))
        if mutant != data:
            yield "%s.%d.%s" % (kind.__name__, n, name), mutant
