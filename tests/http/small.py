# SPDX-License-Identifier: MPL-2.0
"""Small files of every kind that scenarios deposit: good ones, and the bad ones that must be refused with a sentence.
They are built here, byte by byte, so that nobody has to trust a sample.
"""
import hashlib
import struct
import zlib


def pdf(text, pages=1, extra=b""):
    """A whole PDF of our own: classic cross-reference table, one line of text a page."""
    objects = [b"<< /Type /Catalog /Pages 2 0 R " + extra + b">>",
               b"<< /Type /Pages /Count %d /Kids [%s] >>" % (pages, b" ".join(b"%d 0 R" % (4 + 2 * i) for i in range(pages))),
               b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>"]
    for i in range(pages):
        content = b"BT /F1 18 Tf 72 720 Td (%s) Tj ET" % (text.encode("ascii", "replace") + b" %d" % (i + 1))
        objects.append(b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
                       b"/Resources << /Font << /F1 3 0 R >> >> >>" % (5 + 2 * i))
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(content), content))
    out, offsets = b"%PDF-1.4\n", []
    for number, body in enumerate(objects, 1):
        offsets.append(len(out))
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    table = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1)
    out += b"".join(b"%010d 00000 n \n" % o for o in offsets)
    return out + b"trailer\n<< /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, table)


def locked(text):
    """The same, under a password that nobody knows."""
    plain = pdf(text)
    at = plain.index(b"trailer\n<< ") + len(b"trailer\n<< ")
    return plain[:at] + (b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -44 /O <%s> /U <%s> >> /ID [<%s> <%s>] " %
                         (b"5a" * 32, b"a5" * 32, b"00" * 16, b"00" * 16)) + plain[at:]


def padded(data, size):
    """As many bytes, by a comment before the objects' table is read: offsets stay true."""
    table = data.rindex(b"startxref")
    return data[:table] + b"%" + b" " * (size - len(data) - 2) + b"\n" + data[table:]


def png(width=8, height=8, colour=b"\x0e\x4a\x5a"):
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + colour * width) * height
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)) +
            chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


def pdf_for(name):
    """Stands in for a real document: as many different files as names."""
    return pdf("Document " + hashlib.sha256(name.encode()).hexdigest()[:12], 1 + len(name) % 3)


def photograph_for(name):
    shade = hashlib.sha256(name.encode()).digest()[:3]
    return png(16, 12, shade) if name.endswith(".png") else jpeg()


def jpeg():
    """The smallest baseline JPEG: one grey block of 8 by 8."""
    def segment(marker, data):
        return b"\xff" + bytes([marker]) + struct.pack(">H", len(data) + 2) + data
    bits = bytes([0, 1] + [0] * 14)
    out = b"\xff\xd8" + segment(0xe0, b"JFIF\0\x01\x01\0\0\x01\0\x01\0\0") + segment(0xdb, b"\0" + b"\x10" * 64)
    out += segment(0xc0, struct.pack(">BHHB", 8, 8, 8, 1) + b"\x01\x11\0")
    out += segment(0xc4, b"\0" + bits + b"\0") + segment(0xc4, b"\x10" + bits + b"\0")
    return out + segment(0xda, b"\x01\x01\0\0\x3f\0") + b"\x3f" + b"\xff\xd9"


FILES = {
    "piece.pdf": (b"pi\xc3\xa8ce.pdf", lambda: pdf("Une piece"), "application/pdf"),
    "autre.pdf": (b"autre.pdf", lambda: pdf("Une autre piece", 2), "application/pdf"),
    "photo.png": (b"photo.png", png, "image/png"),
    "photo.jpg": (b"photo.jpg", jpeg, "image/jpeg"),
    "vide.pdf": (b"vide.pdf", lambda: b"", "application/pdf"),
    "tronque.pdf": (b"tronqu\xc3\xa9.pdf", lambda: pdf("Coupe", 3)[:-400], "application/pdf"),
    "faux.pdf": (b"faux.pdf", lambda: b"Bonjour, ceci n'est pas un PDF.\n" * 20, "application/pdf"),
    "page.html": (b"page.html", lambda: b"<!doctype html><script>alert(1)</script>", "text/html"),
    "zip-cache.pdf": (b"zip.pdf", lambda: pdf("Deux en un") + b"PK\x05\x06" + b"\0" * 18, "application/pdf"),
    "script.pdf": (b"script.pdf", lambda: pdf("Actif", 1, b"/OpenAction << /S /JavaScript /JS (app.alert\\(1\\)) >> "),
                   "application/pdf"),
    "secret.pdf": (b"secret.pdf", lambda: locked("Ferme"), "application/pdf"),
    "deguise.pdf": (b"plan.pdf", png, "application/pdf"),
    "gros.pdf": (b"gros.pdf", lambda: padded(pdf("Gros"), 300000), "application/pdf"),
    "latin.pdf": (b"pi\xe8ce.pdf", lambda: pdf("Latin"), "application/pdf"),
    "chemin.pdf": (b"../../etc/passwd", lambda: pdf("Chemin"), "application/pdf"),
    "direction.pdf": ("facture\u202efdp.exe.pdf".encode(), lambda: pdf("Direction"), "application/pdf"),
    "controle.pdf": (b"ligne\x07suite.pdf", lambda: pdf("Controle"), "application/pdf"),
}


def file(word):
    """(name as sent, bytes, declared type)"""
    name, _, size = word.partition(":")
    sent, make, kind = FILES[name]
    data = make()
    return sent, padded(data, int(size)) if size else data, kind
