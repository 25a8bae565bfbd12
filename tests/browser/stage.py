#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""Sets the stage for the browser: the first chapters of the demo's story, with few and small files, then <state>/story.json."""
import os
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "scripts"))

from story import acts  # noqa: E402
from story.acts import File  # noqa: E402
from story.client import load_demo  # noqa: E402
from story.play import Story, real_pdf  # noqa: E402


class Stage(Story):
    def deposits(self):
        acts.deposit(self.expert, self.first, "expert_note", "Note n° 1 : première réunion",
                     [File("note-1.pdf", real_pdf("debian-faq.fr.pdf"))])
        acts.deposit(self.haddad, self.first, "exhibit", "Pièces du syndicat",
                     [File("devis.pdf", real_pdf("extending.fr.pdf")), File("procès-verbal.pdf", real_pdf("usage.fr.pdf"))])
        acts.deposit(self.roux, self.first, "restricted_exhibit", "Tarifs des fournisseurs",
                     [File("tarifs.pdf", real_pdf("eyesj-progman.fr.pdf"), ground="Secret des affaires")])


def main():
    stage = Stage(load_demo(sys.argv[1]))
    for chapter in (stage.accounts, stage.openings, stage.court, stage.invitations, stage.deposits, stage.write):
        chapter()


if __name__ == "__main__":
    main()
