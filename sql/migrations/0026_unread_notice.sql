-- SPDX-License-Identifier: MPL-2.0
-- What a person has not read: not before it is sealed. The tab counted a deposit that nobody could see yet, a second long, or as long as
-- sealing was late. The index of unsealed filings is nearly empty: the look costs nothing.
CREATE VIEW opx.unread_notice WITH (security_invoker = true) AS
SELECT n.person_id, n.dossier_id, n.filing_id FROM opx.notice n
 WHERE n.read_at IS NULL AND NOT EXISTS (SELECT FROM opx.filing f WHERE f.id = n.filing_id AND f.sealed_at IS NULL OFFSET 0);
GRANT SELECT ON opx.unread_notice TO opx_web;
