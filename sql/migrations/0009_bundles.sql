-- SPDX-License-Identifier: MPL-2.0
-- What a bundle may hold: the one answer for the lane that makes it and for the page that offers it (evidence-format 5.9).

-- The acts whose body a person may see: he is among those that the body names; all members see that type; a grant in force
-- gives him its document; or he did it. One who left sees what was written before.
CREATE FUNCTION opx.act_body_visible_to(p_viewer bigint) RETURNS SETOF opx.event LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT e.* FROM opx.event e
     JOIN opx.log l ON l.id = e.log_id AND l.kind = 'c'
     JOIN opx.member m ON m.dossier_id = e.dossier_id AND m.person_id = p_viewer AND m.accepted_at IS NOT NULL
                      AND (m.left_at IS NULL OR e.at <= m.left_at)
    WHERE m.pseudonym = ANY (e.visible_to)
       OR e.person_id = p_viewer
       OR e.type = 'rights.version'
       OR split_part(e.type, '.', 1) IN ('case', 'member', 'time', 'cert', 'anchor', 'erase', 'hold')
       OR EXISTS (SELECT FROM opx.grant_access g WHERE g.document_id = e.document_id AND g.person_id = p_viewer AND g.taken_at IS NULL
                     AND opx.grant_acts(g.event_id)) $$;

-- What keeps the whole of a dossier from one of its people: sealed documents and sealed acts that he may not read; the readings
-- when he is not one who sees them all. All zero and false: he may have the "case" bundle.
CREATE FUNCTION opx.case_lacks(p_dossier bigint, p_viewer bigint, OUT documents bigint, OUT acts bigint, OUT readings boolean)
LANGUAGE sql STABLE AS
$$ SELECT (SELECT count(*) FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
            WHERE x.dossier_id = p_dossier AND NOT EXISTS (SELECT FROM opx.document_visible_to(p_viewer) v WHERE v.id = x.id)),
          (SELECT count(*) FROM opx.event e JOIN opx.log l ON l.id = e.log_id AND l.kind = 'c' JOIN opx.leaf f ON f.event_id = e.id
            WHERE e.dossier_id = p_dossier AND NOT EXISTS (SELECT FROM opx.act_body_visible_to(p_viewer) v WHERE v.id = e.id)),
          NOT EXISTS (SELECT FROM opx.member m WHERE m.dossier_id = p_dossier AND m.person_id = p_viewer AND m.left_at IS NULL
                         AND m.accepted_at IS NOT NULL AND m.role IN ('expert', 'judge', 'clerk')) $$;

-- The make lane writes export.bundle, an act like any other: the dossier's row lock orders acts, the trail tells.
GRANT INSERT ON opx.security_event TO opx_make;
GRANT UPDATE (members_sha256) ON opx.dossier TO opx_make;
GRANT UPDATE (letter_at) ON opx.invitation TO opx_make;
