-- SPDX-License-Identifier: MPL-2.0
-- What the log of a dossier must be told when it changes beside it: the matrix in force, the status of a certificate used there.

-- The matrix under which the acts of a dossier run: visibility.rights of its events. When another one is published, the next act
-- writes rights.version first (evidence-format 2.8). NULL: none was written under a matrix yet.
ALTER TABLE opx.dossier ADD COLUMN rights_sha256 bytea REFERENCES opx.rights_version;
UPDATE opx.dossier SET rights_sha256 = (SELECT v.sha256 FROM opx.rights_version v WHERE v.is_current);
GRANT UPDATE (rights_sha256) ON opx.dossier TO opx_post, opx_make;

-- The certificate that authenticated the event, or of which a cert.status tells: finds the dossiers where one was used.
ALTER TABLE opx.event ADD COLUMN cert_sha256 bytea CHECK (octet_length(cert_sha256) = 32);
CREATE INDEX event_certificate ON opx.event (cert_sha256, dossier_id) WHERE cert_sha256 IS NOT NULL;
