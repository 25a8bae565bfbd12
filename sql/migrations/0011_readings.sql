-- SPDX-License-Identifier: MPL-2.0
-- Who sees the readings of everybody in a dossier (design section 7) is one row of the matrix, reading_state/read, asked here
-- alone: by pages, by visibility.to of a reading's event, by the whole-case bundle. A role without dossier (NULL) sees none.
CREATE FUNCTION opx.sees_all_readings(p_role text, p_phase text) RETURNS boolean LANGUAGE sql STABLE PARALLEL SAFE AS
$$ SELECT EXISTS (SELECT FROM opx.right_cell c WHERE c.object = 'reading_state' AND c.action = 'read' AND c.state = p_phase
                     AND c.role = p_role AND c.value = 'allow') $$;

CREATE OR REPLACE FUNCTION opx.case_lacks(p_dossier bigint, p_viewer bigint, OUT documents bigint, OUT acts bigint, OUT readings boolean)
LANGUAGE sql STABLE AS
$$ SELECT (SELECT count(*) FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id AND f.sealed_at IS NOT NULL
            WHERE x.dossier_id = p_dossier AND NOT EXISTS (SELECT FROM opx.document_visible_to(p_viewer) v WHERE v.id = x.id)),
          (SELECT count(*) FROM opx.event e JOIN opx.log l ON l.id = e.log_id AND l.kind = 'c' JOIN opx.leaf f ON f.event_id = e.id
            WHERE e.dossier_id = p_dossier AND NOT EXISTS (SELECT FROM opx.act_body_visible_to(p_viewer) v WHERE v.id = e.id)),
          NOT EXISTS (SELECT FROM opx.member m JOIN opx.dossier d ON d.id = m.dossier_id
                       WHERE m.dossier_id = p_dossier AND m.person_id = p_viewer AND m.left_at IS NULL
                         AND m.accepted_at IS NOT NULL AND opx.sees_all_readings(m.role, d.phase)) $$;

-- The post lane writes readings (notices to one person): it asks the same row.
GRANT SELECT ON opx.right_cell TO opx_post;
