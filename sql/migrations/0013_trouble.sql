-- SPDX-License-Identifier: MPL-2.0
-- Parts of the service that are in trouble, and since when: a row comes with the first failure and goes with the first success.
-- Pages say so (security 4.5); they read it with the session, so that it costs no round trip.
CREATE TABLE opx.trouble (
  name   text PRIMARY KEY CHECK (name IN ('clock', 'mail', 'seal', 'timestamp')),
  since  timestamptz NOT NULL DEFAULT clock_timestamp()
);
GRANT SELECT, INSERT, DELETE ON opx.trouble TO opx_signin, opx_post, opx_seal;
GRANT SELECT ON opx.trouble TO opx_web, opx_backup;
GRANT SELECT ON opx.event_waiting TO opx_post; -- how long the oldest one waits for its seal
