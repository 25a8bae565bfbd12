-- SPDX-License-Identifier: MPL-2.0
-- Who joined a dossier was shown the earlier documents as unread and was told of none: his notices of them are written when he joins
-- (kind 'history': no mail leaves). For those who have joined already: of each deposit that they were given and have not opened.
INSERT INTO opx.notice (dossier_id, person_id, filing_id, kind)
SELECT DISTINCT g.dossier_id, g.person_id, x.filing_id, 'history'
  FROM opx.grant_access g JOIN opx.document x ON x.id = g.document_id AND x.author_id <> g.person_id
 WHERE g.taken_at IS NULL
   AND NOT EXISTS (SELECT FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = g.person_id)
   AND NOT EXISTS (SELECT FROM opx.notice n WHERE n.person_id = g.person_id AND n.dossier_id = g.dossier_id AND n.filing_id = x.filing_id AND n.read_at IS NULL);
