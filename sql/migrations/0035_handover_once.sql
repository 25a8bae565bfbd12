-- SPDX-License-Identifier: MPL-2.0
-- One opening a session, document and representation: the key took two openings without a hash (all but those in bundles) for different.
-- Rows that are there twice already stay, for openings only grow and each has its event in the log: the rule then binds the openings that
-- come after them, beside the old key.
DO $$
DECLARE last_double bigint := (SELECT max(id) FROM (SELECT max(h.id) AS id FROM opx.handover h
                                GROUP BY h.session_id, h.document_id, h.representation, h.sha256 HAVING count(*) > 1) d);
BEGIN
  IF last_double IS NULL THEN
    ALTER TABLE opx.handover DROP CONSTRAINT handover_session_id_document_id_representation_sha256_key,
      ADD CONSTRAINT handover_once UNIQUE NULLS NOT DISTINCT (session_id, document_id, representation, sha256);
  ELSE
    EXECUTE format('CREATE UNIQUE INDEX handover_once ON opx.handover (session_id, document_id, representation, sha256) NULLS NOT DISTINCT WHERE id > %s',
                   last_double);
  END IF;
END $$;
