-- SPDX-License-Identifier: MPL-2.0
-- A memo a person, and how many deposits were sealed.
CREATE TABLE memo (
  person_id  bigint PRIMARY KEY,
  text       text NOT NULL CHECK (length(text) <= 10000),
  saved_at   timestamptz NOT NULL DEFAULT clock_timestamp()
);
-- One row a deposit: being told twice changes nothing.
CREATE TABLE sealed_filing (
  filing_id  bigint PRIMARY KEY
);
GRANT USAGE ON SCHEMA opx_example TO opx_web, opx_post;
GRANT SELECT, INSERT, UPDATE ON memo TO opx_web;
GRANT SELECT ON sealed_filing TO opx_web;
GRANT SELECT, INSERT ON sealed_filing TO opx_post;
