-- SPDX-License-Identifier: MPL-2.0
-- Questions whose cost grew with the dossier or with the instance: the events of one filing were found among all of its dossier's, the
-- number of the next document of a kind by counting those before, the newest stamps of heads among those of all documents.
CREATE INDEX event_filing ON opx.event (filing_id) WHERE filing_id IS NOT NULL;
CREATE INDEX document_series ON opx.document (dossier_id, kind, series_number DESC);
CREATE INDEX token_newest_checkpoint ON opx.token (id) WHERE kind = 'checkpoint';
