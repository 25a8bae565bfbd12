-- SPDX-License-Identifier: MPL-2.0
-- Limits that count per account, whatever transaction or browser asks (security 6.4). who is the SHA-256 of an account, of an
-- invitation, or of what was typed: what comes with a wrong access code is counted in the same way, so that it looks the same.

-- The hours of the last codes asked since the last success, oldest first, at most eight: 3 in 15 minutes, 8 a day.
CREATE TABLE asked (
  who  bytea PRIMARY KEY CHECK (octet_length(who) = 32),
  at   timestamptz[] NOT NULL CHECK (cardinality(at) BETWEEN 1 AND 8)
);
-- When the next code may be asked; NULL: at once.
CREATE FUNCTION asked_opens(at timestamptz[]) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT greatest(at[cardinality(at) - 2] + interval '15 minutes', at[cardinality(at) - 7] + interval '1 day') $$;

-- Failures in a row of one identifier from one network: 5 are free, then each one closes the door, 30 s, twice as long each time,
-- up to an hour. A quarter of an hour of quiet after the door opened begins anew.
CREATE TABLE brake (
  who       bytea NOT NULL CHECK (octet_length(who) = 32),
  network   text NOT NULL,
  failures  integer NOT NULL,
  last_at   timestamptz NOT NULL,
  opens_at  timestamptz NOT NULL,
  PRIMARY KEY (who, network)
);
CREATE FUNCTION brake_delay(failures integer) RETURNS interval LANGUAGE sql IMMUTABLE PARALLEL SAFE AS
$$ SELECT CASE WHEN failures < 5 THEN interval '0' ELSE least(interval '1 hour', interval '30 seconds' * power(2, least(failures - 5, 10))) END $$;

-- An hour in Paris as a person reads it, never too early: "à 10 h 12", "le 5/12/2026 à 10 h 12" when it is another day.
CREATE FUNCTION hour_text(t timestamptz) RETURNS text LANGUAGE sql STABLE AS
$$ SELECT to_char(date_trunc('minute', t + interval '59.999 seconds') AT TIME ZONE 'Europe/Paris',
                  CASE WHEN (t AT TIME ZONE 'Europe/Paris')::date = (now() AT TIME ZONE 'Europe/Paris')::date THEN '"à "FMHH24" h "MI'
                       ELSE '"le "FMDD/FMMM/YYYY" à "FMHH24" h "MI' END) $$;

-- asked: how many codes this transaction asked for; opens_at: no code left, and none may be asked before this hour.
ALTER TABLE transaction ADD COLUMN asked integer NOT NULL DEFAULT 1, ADD COLUMN opens_at timestamptz;
GRANT SELECT, INSERT, UPDATE, DELETE ON asked, brake TO opx_web;
GRANT SELECT, DELETE ON asked, brake TO opx_signin;
