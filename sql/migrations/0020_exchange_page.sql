-- SPDX-License-Identifier: MPL-2.0
-- The page of a dossier's documents is planned once a connection, for the list and for its readings, and a search only by who searches:
-- planning what nobody asked for was most of what a fresh worker did. It gives 25 rows: nothing is gained by inlining it.
CREATE OR REPLACE FUNCTION opx.exchange_page(p_dossier bigint, p_viewer bigint, p_query text, p_filing integer, p_document integer,
  p_series integer, p_kind text, p_author bigint, p_unread boolean, p_order text, p_max bigint, p_skip bigint)
RETURNS TABLE (place bigint, id bigint, n integer, kind text, series_number integer, filing_id bigint, author_id bigint, side_id bigint,
  filed_at timestamptz, ground text, reads boolean, total bigint) LANGUAGE plpgsql STABLE ROWS 25 AS $$
#variable_conflict use_column
BEGIN
  IF p_query = '' AND p_kind = '' AND p_author = 0 AND NOT p_unread AND p_order = '' THEN
    RETURN QUERY SELECT row_number() OVER (ORDER BY x.filed_at DESC, x.id DESC),
          x.id, x.n, x.kind, x.series_number, x.filing_id, x.author_id, x.side_id, x.filed_at, x.ground,
          EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0), count(*) OVER ()
     FROM opx.document_line_visible_to(p_viewer) x
    WHERE x.dossier_id = p_dossier
    ORDER BY 1 LIMIT p_max OFFSET p_skip;
  ELSE
    RETURN QUERY SELECT row_number() OVER (ORDER BY
            CASE p_order
              WHEN 'auteur' THEN (SELECT opx.person_name(p) FROM opx.person p WHERE p.id = x.author_id)
              WHEN 'titre' THEN (SELECT coalesce(nullif(t.title, ''), t.name_shown) FROM opx.document_content t
                                  WHERE t.document_id = x.id AND EXISTS (SELECT FROM opx.document_reader r
                                          WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0))
            END COLLATE "fr-x-icu",
            CASE WHEN p_order = 'ancien' THEN x.filed_at END, CASE WHEN p_order = 'ancien' THEN x.id END, x.filed_at DESC, x.id DESC),
          x.id, x.n, x.kind, x.series_number, x.filing_id, x.author_id, x.side_id, x.filed_at, x.ground,
          EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0), count(*) OVER ()
     FROM opx.document_line_visible_to(p_viewer) x
    WHERE x.dossier_id = p_dossier
      AND (p_kind = '' OR x.kind = p_kind)
      AND (p_author = 0 OR x.author_id = p_author)
      AND (NOT p_unread
           OR (x.author_id <> p_viewer
               AND EXISTS (SELECT FROM opx.document_reader r WHERE r.document_id = x.id AND r.person_id = p_viewer OFFSET 0)
               AND NOT EXISTS (SELECT FROM opx.handover h WHERE h.document_id = x.id AND h.person_id = p_viewer OFFSET 0)))
      AND (p_query = ''
           OR x.n = p_document OR x.series_number = p_series
           OR (p_filing > 0 AND EXISTS (SELECT FROM opx.filing f WHERE f.id = x.filing_id AND f.number = p_filing OFFSET 0))
           OR EXISTS (SELECT FROM opx.person p WHERE p.id = x.author_id AND opx.person_name(p) ILIKE '%' || p_query || '%' OFFSET 0)
           OR EXISTS (SELECT FROM opx.document_content t JOIN opx.document_reader r ON r.document_id = t.document_id
                       WHERE t.document_id = x.id AND r.person_id = p_viewer
                         AND (t.title ILIKE '%' || p_query || '%' OR t.name_shown ILIKE '%' || p_query || '%') OFFSET 0))
    ORDER BY 1 LIMIT p_max OFFSET p_skip;
  END IF;
END $$;
