-- SPDX-License-Identifier: MPL-2.0
-- What listeners are told of.

-- name: event_filing
-- A sealed deposit.
-- result: maybe
-- params: filing bigint
-- row: id bigint, dossier_id bigint, kind text, filed_at timestamptz
SELECT f.id, f.dossier_id, f.kind, f.filed_at FROM opx.filing f WHERE f.id = $1 AND f.sealed_at IS NOT NULL;
