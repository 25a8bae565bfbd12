-- SPDX-License-Identifier: MPL-2.0
-- A row stays in its dossier. The second net looked at the row of an invitation, of a notice or of a grant by one of its columns alone:
-- whoever may change one could move it into a dossier that he does not know, or give himself a document of another one. What opx_web
-- changes of the first two is their state; grants it only adds, of documents of the same dossier.
REVOKE UPDATE ON opx.invitation, opx.notice, opx.grant_access FROM opx_web;
GRANT UPDATE (state, tries_left, asked_again_at, letter_at) ON opx.invitation TO opx_web;
GRANT UPDATE (read_at) ON opx.notice TO opx_web;
ALTER POLICY web_insert ON opx.grant_access WITH CHECK ((opx.is_here(dossier_id) OR opx.enters(dossier_id))
  AND EXISTS (SELECT FROM opx.document x WHERE x.id = document_id AND x.dossier_id = grant_access.dossier_id OFFSET 0));
