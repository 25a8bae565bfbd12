#!/usr/bin/python3
# SPDX-License-Identifier: MPL-2.0
"""tests/files/corpus.py FOLDER: makes good and hostile files, and FOLDER/expected: a line a file, TAB between:
name in hex · file in FOLDER · announced type · state · part of the sentence · mime · pages · a check
"""
import io
import os
import struct
import subprocess
import sys
import zipfile
import zlib

EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$EICAR" + rb"-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"


def pdf(catalog=b"", pages=1, extra=(), tail=b"", stream=None):
    """A small PDF. catalog: more entries of it; extra: more objects, numbered from 4; stream: (dictionary, bytes) of the content."""
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 595 842]" + (b"/Contents 4 0 R" if stream else b"") + b">>"
    first = 4 + bool(stream) + len(extra)
    kids = b" ".join([b"3 0 R"] + [b"%d 0 R" % (first + n) for n in range(pages - 1)])
    objects = [b"<</Type/Catalog/Pages 2 0 R" + catalog + b">>",
               b"<</Type/Pages/Kids[" + kids + b"]/Count %d>>" % pages, page]
    if stream:
        objects.append(b"<<" + stream[0] + b"/Length %d>>\nstream\n" % len(stream[1]) + stream[1] + b"\nendstream")
    objects += list(extra) + [page] * (pages - 1)
    out, places = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", []
    for n, body in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n" % n + body + b"\nendobj\n"
    at = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1) + b"".join(b"%010d 00000 n \n" % p for p in places)
    return out + b"trailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, at) + tail


def chunk(kind, data):
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width=4, height=3):
    rows = zlib.compress(b"\0" * (height * (1 + 3 * width))) if width * height < 10000 else zlib.compress(b"\0")
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) + chunk(b"IDAT", rows) +
            chunk(b"IEND", b""))


def jpeg(width=4, height=3):
    return (b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0" + b"\xff\xc0\0\x0b\x08" + struct.pack(">HH", height, width) +
            b"\x01\x01\x11\0" + b"\xff\xda\0\x08\x01\x01\0\0\x3f\0" + b"coded" + b"\xff\xd9")


def archive():
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as z:
        z.writestr("run.sh", "echo taken over")
    return out.getvalue()


def qpdf(folder, data, *options):
    """What qpdf makes of a file."""
    source, target = os.path.join(folder, ".in"), os.path.join(folder, ".out")
    with open(source, "wb") as f:
        f.write(data)
    subprocess.run(["qpdf", *options, "--", source, target], check=True)
    with open(target, "rb") as f:
        made = f.read()
    os.unlink(source)
    os.unlink(target)
    return made


def bomb(layers=3, size=200 << 20):
    """Deflate in deflate: some hundred bytes that become very many."""
    data = zlib.compress(b"\0" * size, 9)
    for _ in range(layers - 1):
        data = zlib.compress(data, 9)
    filters = b"[" + b"/FlateDecode " * layers + b"]"
    return pdf(stream=(b"/Filter" + filters, data))


def hidden_script():
    """JavaScript whose name is written with escapes, inside a compressed object stream."""
    return pdf(b"/OpenAction 4 0 R", extra=[b"<</S/J#61vaScript/JS(app.alert\\(1\\))>>"])


def deep():
    return pdf(extra=[b"[" * 100000 + b"]" * 100000])


def loop():
    """A tree of pages that is its own child."""
    return pdf().replace(b"/Kids[3 0 R]", b"/Kids[2 0 R]")


def cases(folder):
    good = pdf()
    name_eicar = b"EICAR " + EICAR.replace(b"\\", b"").replace(b"/", b"") + b".pdf"
    pdf_kind = "application/pdf"
    yield b"rapport.pdf", good, pdf_kind, "ready", "", pdf_kind, 1, "pdf=accept"
    yield b"RAPPORT.PDF", good, "", "ready", "", pdf_kind, 1, "pdf=accept"
    yield "re\u0301ponse.pdf".encode(), pdf(pages=12), "", "ready", "", pdf_kind, 12, "pdf=accept"
    yield name_eicar, good, "", "ready", "", pdf_kind, 1, "pdf=accept"
    yield b"eicar.pdf", EICAR, "", "refused", "n’en est pas un", "", -1, "pdf=refuse"
    yield b"vide.pdf", b"", "", "refused", "vide", "", -1, ""
    yield b"secret.pdf", qpdf(folder, good, "--encrypt", "u", "o", "256"), "", "refused", "mot de passe", "", -1, "pdf=refuse"
    yield b"impression.pdf", qpdf(folder, good, "--encrypt", "", "o", "256"), "", "ready", "", pdf_kind, 1, "pdf=accept"
    yield b"coupe.pdf", good[:-40], "", "refused", "sa fin manque", "", -1, "pdf=refuse"
    yield b"abime.pdf", b"%PDF-1.7\nno structure at all\n%%EOF\n", "", "refused", "abîmé", "", -1, "pdf=refuse"
    yield b"devant.pdf", b"\n" + good, "", "refused", "n’en est pas un", "", -1, "pdf=refuse"
    yield b"archive.pdf", good[:-6] + archive() + b"\n%%EOF\n", "", "refused", "caché", "", -1, "pdf=refuse"
    yield b"page.pdf", good.replace(b"\n%\xe2", b"\n%<script>alert(1)</script>\n%\xe2"), "", "refused", "caché", "", -1, "pdf=refuse"
    yield b"script.pdf", hidden_script(), "", "ready", "JavaScript", pdf_kind, 1, "pdf=warn"
    yield b"script2.pdf", qpdf(folder, hidden_script(), "--object-streams=generate"), "", "ready", "JavaScript", pdf_kind, 1, "pdf=warn"
    yield (b"lance.pdf", pdf(b"/OpenAction<</S/Launch/F(calc.exe)>>"), "", "refused", "lancer un programme", "", -1, "pdf=refuse")
    yield (b"joint.pdf", pdf(b"/Names<</EmbeddedFiles<</Names[(a)<</Type/Filespec/F(a)/EF<</F 4 0 R>>>>]>>>>",
                             stream=(b"/Type/EmbeddedFile", b"joined")), "", "ready", "fichiers joints", pdf_kind, 1, "pdf=warn")
    yield b"ouvre.pdf", pdf(b"/OpenAction[3 0 R/Fit]"), "", "ready", "", pdf_kind, 1, "pdf=accept"
    yield b"bombe.pdf", bomb(), "", "ready", "n’a pas pu être examiné en entier", pdf_kind, -1, "pdf=unknown"
    yield b"profond.pdf", deep(), "", "*", "", "", -1, ""  # whatever qpdf thinks of it, but an end
    yield b"boucle.pdf", loop(), "", "refused", "", "", -1, "pdf=refuse"
    yield b"pages.pdf", pdf(pages=20001), "", "refused", "trop de pages", "", -1, "pdf=refuse"
    yield b"photo.jpg", jpeg(), "image/jpeg", "ready", "", "image/jpeg", -1, "image=accept"
    yield b"photo.JPEG", jpeg(), "", "ready", "", "image/jpeg", -1, "image=accept"
    yield b"plan.png", png(), "image/png", "ready", "", "image/png", -1, "image=accept"
    yield b"geant.png", png(60000, 60000), "", "refused", "50 millions", "", -1, "image=refuse"
    yield b"coupe.png", png()[:-14], "", "refused", "sa fin manque", "", -1, "image=refuse"
    yield b"coupe.jpg", jpeg()[:-1], "", "refused", "sa fin manque", "", -1, "image=refuse"
    yield b"photo.pdf", jpeg(), "", "refused", "n’en est pas un", "", -1, "pdf=refuse,image=accept"
    yield b"rapport.jpg", good, "", "refused", "n’en est pas une", "", -1, "pdf=accept,image=refuse"
    yield b"rapport.docx", good, "", "refused", "« .pdf »", "", -1, "pdf=accept"
    yield b"rapport", good, "", "refused", "« .pdf »", "", -1, "pdf=accept"
    yield b"menteur.pdf", good, "text/html", "refused", "un autre type", "", -1, "pdf=accept"
    yield b"double.jpg", jpeg() + archive(), "", "refused", "caché", "", -1, "image=refuse"
    yield b"texte.docx", archive(), "", "refused", "n’est pas accepté", "", -1, ""
    yield b"virus.exe", b"MZ" + b"\0" * 100, "", "refused", "n’est pas accepté", "", -1, ""
    yield b"page.html", b"<html><script>alert(1)</script></html>", "", "refused", "n’est pas accepté", "", -1, ""
    yield b"grand.pdf", pdf(stream=(b"", os.urandom(9 << 20))), "", "ready", "", pdf_kind, 1, "pdf=accept"


def main():
    folder = sys.argv[1]
    with open(os.path.join(folder, "expected"), "w", encoding="utf-8") as expected:
        for n, (name, data, kind, state, words, mime, pages, check) in enumerate(cases(folder)):
            with open(os.path.join(folder, "%03d" % n), "wb") as f:
                f.write(data)
            expected.write("\t".join((name.hex(), "%03d" % n, kind or "-", state, words or "-", mime or "-", str(pages),
                                      check or "-")) + "\n")


if __name__ == "__main__":
    main()
