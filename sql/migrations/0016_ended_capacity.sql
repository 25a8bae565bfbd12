-- SPDX-License-Identifier: MPL-2.0
-- A judge or clerk whose capacity ended is none of the court's any more for row security either: the second net let him see the
-- dossiers of a court that he had left (design section 7).
ALTER POLICY web_read ON opx.dossier USING (
  created_by = opx.me()
  OR EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = id AND m.person_id = opx.me())
  OR (phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
        WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN ('judge', 'clerk')
          AND (k.until_at IS NULL OR k.until_at > now()))));
ALTER POLICY web_update ON opx.dossier USING (
  created_by = opx.me() OR EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = id AND m.person_id = opx.me())
  OR (phase <> 'draft' AND EXISTS (SELECT FROM opx.capacity k JOIN opx.account a ON a.id = k.account_id
        WHERE a.person_id = opx.me() AND k.court_id = dossier.court_id AND k.role IN ('judge', 'clerk')
          AND (k.until_at IS NULL OR k.until_at > now()))));
