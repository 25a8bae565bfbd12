# SPDX-License-Identifier: MPL-2.0
"""The very statements that one page runs, taken from PostgreSQL's log, as a script for pgbench."""
import os
import re

from load import Invalid, run

SETTINGS = ("log_statement", "log_parameter_max_length")


def capture(instance, log, ask):
    """ask() asks for the page once. Gives the statements with their parameters put in."""
    psql = [*instance, "psql", "postgres", "-c"]
    run(*psql, "ALTER ROLE opx_web SET log_statement = 'all'")
    run(*psql, "ALTER ROLE opx_web SET log_parameter_max_length = -1")
    try:
        run(*instance, "restart", "web")
        for _ in range(40):
            ask()  # every worker has its statements prepared: what follows is a page as it is in service
        at = os.path.getsize(log)
        ask()
        with open(log, encoding="utf-8", errors="replace") as f:
            f.seek(at)
            text = f.read()
    finally:
        for name in SETTINGS:
            run(*psql, "ALTER ROLE opx_web RESET %s" % name)
        run(*instance, "restart", "web")
    return parse(text)


def parse(text):
    records = re.split(r"^\d{4}-\d\d-\d\d [\d:.]+ UTC \[\d+\] opx_web@opx ", text, flags=re.M)[1:]
    found = []
    for record in records:
        execute = re.match(r"LOG:\s+(?:execute \S+|statement): (.*)", record, re.S)
        if execute:
            found.append(re.sub(r"\n\t", "\n", execute[1]).strip())
            continue
        detail = re.match(r"DETAIL:\s+parameters: (.*)", record, re.S)
        if detail and found:
            found[-1] = put_in(found[-1], re.sub(r"\n\t", "\n", detail[1]).strip())
    if not any("exchange_page" in s for s in found):
        raise Invalid("the statements of the page were not seen in PostgreSQL's log")
    return found


def put_in(statement, parameters):
    values = dict(re.findall(r"\$(\d+) = ('(?:[^']|'')*'|NULL)", parameters))
    return re.sub(r"\$(\d+)", lambda m: values[m[1]], statement)


def script(statements):
    return "".join("%s;\n" % s.rstrip(";").replace("\n", " ") for s in statements)
