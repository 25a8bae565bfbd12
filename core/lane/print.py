# SPDX-License-Identifier: MPL-2.0
"""Makes a tagged PDF (pdf/ua-1) of FOLDER/page.html with WeasyPrint. Nothing is read but from that folder, nothing is fetched.

Given to python3 -I -c by the make lane, which set the limits and took the network away.
"""
import logging
import mimetypes
import os
import sys
import urllib.parse

import weasyprint

logging.basicConfig(level=logging.ERROR, format="%(message)s")
folder = os.path.realpath(sys.argv[1])


def fetch(url, **_):
    parts = urllib.parse.urlsplit(url)
    path = os.path.realpath(urllib.parse.unquote(parts.path))
    if parts.scheme != "file" or parts.netloc or os.path.dirname(path) != folder:
        raise ValueError("refused: " + url[:100])
    with open(path, "rb") as f:
        return {"string": f.read(), "mime_type": mimetypes.guess_type(path)[0] or "application/octet-stream"}


def main():
    with open(os.path.join(folder, "page.html"), encoding="utf-8") as f:
        text = f.read()
    document = weasyprint.HTML(string=text, base_url="file://" + folder + "/", url_fetcher=fetch)
    document.write_pdf(os.path.join(folder, "page.pdf"), variant="pdf/ua-1")


main()
