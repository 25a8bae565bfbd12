# SPDX-License-Identifier: MPL-2.0
"""Reads an HTML page as a person would: its title, its visible words, its links, its forms with the values they hold."""
import html.parser
import re
import urllib.parse

VOID = {"area", "base", "br", "col", "embed", "hr", "img", "input", "link", "meta", "source", "track", "wbr"}
HIDDEN = {"script", "style", "template", "title"}


class Form:
    """One form: the fields as the browser would send them; a field that is not there cannot be set."""

    def __init__(self, attributes):
        self.attributes = attributes
        self.action = attributes.get("action", "")
        self.method = attributes.get("method", "get").lower()
        self.multipart = attributes.get("enctype", "").lower() == "multipart/form-data"
        self.fields = []   # (name, value, kind), in order, those that are sent as they stand
        self.choices = {}  # name -> set of values that may be chosen: radio, checkbox, select
        self.labels = {}   # name of a select -> {value: words shown}
        self.files = set()
        self.buttons = []  # (name, value, text)

    def names(self):
        return {n for n, _, _ in self.fields} | set(self.choices) | self.files

    def data(self, values, button=None):
        """The pairs to send, with values in place of those of the page; None leaves a choice out."""
        unknown = set(values) - self.names()
        if unknown:
            raise AssertionError("the form %s has no field %s; it has %s" % (self.action, sorted(unknown), sorted(self.names())))
        pairs = []
        for name, value, _ in self.fields:
            if name not in values:
                pairs.append((name, value))
        for name, value in values.items():
            several = value if isinstance(value, (list, tuple)) else [] if value is None else [value]
            for one in several:
                if name in self.choices and str(one) not in self.choices[name]:
                    raise AssertionError("%s cannot be %r; choices: %s" % (name, one, sorted(self.choices[name])))
                pairs.append((name, str(one)))
        if button is not None:
            found = [b for b in self.buttons if button in (b[0], b[1], b[2])]
            if not found:
                raise AssertionError("no button %r; there are %s" % (button, [b[2] for b in self.buttons]))
            if found[0][0]:
                pairs.append(found[0][:2])
        return pairs


class Page(html.parser.HTMLParser):
    """Parsed page. `text` is what is visible, with single spaces."""

    def __init__(self, source):
        super().__init__(convert_charrefs=True)
        self.title = self.h1 = ""
        self.links, self.forms, self.ids, self.elements = [], [], set(), []
        self._stack, self._words, self._form = [], [], None
        self._link = self._button = self._select = self._option = self._textarea = None
        self.feed(source)
        self.close()
        self.text = tidy("".join(self._words))
        self.h1, self.title = tidy(self.h1), tidy(self.title)

    def handle_starttag(self, tag, attrs):
        a = {k: v if v is not None else "" for k, v in attrs}
        self.elements.append((tag, a))
        if a.get("id"):
            self.ids.add(a["id"])
        if tag not in VOID:
            self._stack.append(tag)
        if tag == "a" and "href" in a:
            self._link = [a["href"], ""]
        elif tag == "form":
            self._form = Form(a)
            self.forms.append(self._form)
        elif self._form is not None and "disabled" not in a:
            self._field(tag, a)
        if tag in ("p", "li", "tr", "td", "th", "dt", "dd", "div", "br", "h1", "h2", "h3", "section", "option", "label"):
            self._words.append(" ")

    def _field(self, tag, a):
        f, name, kind = self._form, a.get("name", ""), a.get("type", "text").lower()
        if tag == "input" and kind in ("submit", "image"):
            f.buttons.append((name, a.get("value", ""), a.get("value", "")))
        elif tag == "button" and a.get("type", "submit") == "submit":
            self._button = [name, a.get("value", ""), ""]
        elif tag == "input" and kind == "file":
            f.files.add(name)
        elif tag == "input" and kind in ("checkbox", "radio") and name:
            f.choices.setdefault(name, set()).add(a.get("value", "on"))
            if "checked" in a:
                f.fields.append((name, a.get("value", "on"), kind))
        elif tag == "input" and kind not in ("button", "reset") and name:
            f.fields.append((name, a.get("value", ""), kind))
        elif tag == "select" and name:
            self._select = [name, None, None]
            f.choices.setdefault(name, set())
        elif tag == "option" and self._select:
            self._option = [a.get("value"), "", "selected" in a]
        elif tag == "textarea" and name:
            self._textarea = [name, ""]

    def handle_endtag(self, tag):
        if tag in self._stack:
            while self._stack.pop() != tag:
                pass
        if tag == "a" and self._link:
            self.links.append((self._link[0], tidy(self._link[1])))
            self._link = None
        elif tag == "form":
            self._form = None
        elif tag == "button" and self._button and self._form is not None:
            self._form.buttons.append((self._button[0], self._button[1], tidy(self._button[2])))
            self._button = None
        elif tag == "option" and self._option and self._select:
            value = self._option[0] if self._option[0] is not None else tidy(self._option[1])
            self._form.choices[self._select[0]].add(value)
            self._form.labels.setdefault(self._select[0], {})[value] = tidy(self._option[1])
            if self._option[2]:
                self._select[2] = value
            if self._select[1] is None:
                self._select[1] = value
            self._option = None
        elif tag == "select" and self._select:
            chosen = self._select[2] if self._select[2] is not None else self._select[1]
            if chosen is not None:
                self._form.fields.append((self._select[0], chosen, "select"))
            self._select = None
        elif tag == "textarea" and self._textarea:
            self._form.fields.append((self._textarea[0], self._textarea[1].removeprefix("\n"), "textarea"))
            self._textarea = None

    def handle_data(self, data):
        if self._textarea is not None:
            self._textarea[1] += data
        if self._option is not None:
            self._option[1] += data
        if self._button is not None:
            self._button[2] += data
        if self._link is not None:
            self._link[1] += data
        if "title" in self._stack and "svg" not in self._stack:
            self.title += data
        if "h1" in self._stack:
            self.h1 += data
        if not HIDDEN & set(self._stack):
            self._words.append(data)

    def form(self, action):
        """The one form whose action contains this text; one that is shown twice (in two menus) is one."""
        found = [f for f in self.forms if action == f.action] or [f for f in self.forms if action in f.action]
        found = [f for i, f in enumerate(found) if (f.action, f.fields, f.buttons) not in
                 [(g.action, g.fields, g.buttons) for g in found[:i]]]
        if len(found) != 1:
            raise AssertionError("%d forms for %r on « %s »; actions: %s" % (
                len(found), action, self.h1, [f.action for f in self.forms]))
        return found[0]

    def link(self, text):
        """Address of the one link whose words contain this text."""
        found = {h for h, t in self.links if text in t}
        if len(found) != 1:
            raise AssertionError("%d links for %r on « %s »: %s" % (len(found), text, self.h1, self.links))
        return found.pop()

    def data(self, name):
        """Value of the first attribute data-<name> of the page."""
        for _, a in self.elements:
            if "data-" + name in a:
                return a["data-" + name]
        raise AssertionError("no data-%s on « %s »" % (name, self.h1))


def tidy(text):
    return re.sub(r"\s+", " ", text).strip()


def absolute(base, href):
    return urllib.parse.urljoin(base, href)
