-- SPDX-License-Identifier: MPL-2.0
-- opx-admin check, as opx_owner in a session that may only read: what must hold between rows, and what C recomputes.

-- name: check_faults
-- Each row is a fault: the rule that is broken, and by what. 1000 a rule at most.
-- result: many
-- params: late_s bigint
-- row: rule text, what text
(SELECT 'sealed', 'filing ' || f.id FROM opx.filing f
  WHERE f.sealed_at IS NOT NULL
    AND (NOT EXISTS (SELECT FROM opx.event e WHERE e.filing_id = f.id AND e.type = 'doc.deposit')
         OR EXISTS (SELECT FROM opx.event e WHERE e.filing_id = f.id AND e.type IN ('doc.deposit', 'doc.publish')
                      AND NOT EXISTS (SELECT FROM opx.leaf l JOIN opx.checkpoint c ON c.log_id = l.log_id AND c.size > l.seq
                                       WHERE l.event_id = e.id))) LIMIT 1000)
UNION ALL
(SELECT 'outbox', 'event ' || e.id FROM opx.event e
  WHERE NOT EXISTS (SELECT FROM opx.leaf l WHERE l.event_id = e.id)
    AND NOT EXISTS (SELECT FROM opx.event_waiting w WHERE w.event_id = e.id) LIMIT 1000)
UNION ALL
(SELECT 'late', 'event ' || e.id || ' of ' || e.at FROM opx.event_waiting w JOIN opx.event e ON e.id = w.event_id
  WHERE e.at < clock_timestamp() - $1::bigint * interval '1 second' LIMIT 1000)
UNION ALL
(SELECT 'log', 'event ' || e.id FROM opx.leaf l JOIN opx.event e ON e.id = l.event_id WHERE l.log_id <> e.log_id LIMIT 1000)
UNION ALL
(SELECT 'body', 'event ' || e.id FROM opx.event_body b JOIN opx.event e ON e.id = b.event_id
  WHERE sha256(b.body) <> e.body_sha256 LIMIT 1000)
UNION ALL
(SELECT 'members', encode(m.sha256, 'hex') FROM opx.member_list m WHERE sha256(m.body) <> m.sha256 LIMIT 1000)
UNION ALL
(SELECT 'rights', encode(v.sha256, 'hex') FROM opx.rights_version v WHERE sha256(v.csv) <> v.sha256 LIMIT 1000)
UNION ALL
(SELECT 'token', 'token ' || t.id FROM opx.token t WHERE sha256(t.tsr) <> t.sha256 LIMIT 1000)
UNION ALL
(SELECT 'content', 'document ' || x.id FROM opx.document x
  WHERE NOT EXISTS (SELECT FROM opx.document_content c WHERE c.document_id = x.id) LIMIT 1000)
UNION ALL
(SELECT 'readers', 'document ' || x.id FROM opx.document x
  WHERE NOT EXISTS (SELECT FROM opx.document_recipient r WHERE r.document_id = x.id AND r.person_id = x.author_id) LIMIT 1000)
UNION ALL
(SELECT 'stamped', 'document ' || x.id FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id
  WHERE f.sealed_at < clock_timestamp() - $1::bigint * interval '1 second'
    AND NOT EXISTS (SELECT FROM opx.token t WHERE t.document_id = x.id AND t.kind = 'document') LIMIT 1000)
UNION ALL
(SELECT 'jobs', 'job ' || j.id || ' (' || j.lane || ', ' || j.kind || '): ' || j.error FROM opx.job j WHERE j.state = 'dead' LIMIT 1000);

-- name: check_shown
-- The same, of what pages show against what was sealed, and of heads and tokens against what they are over.
-- result: many
-- params: at_most bigint
-- row: rule text, what text
-- Pages list documents, bundles list deposits: neither may have one that the other lacks.
(SELECT 'deposited', 'document ' || x.id FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id
  WHERE f.sealed_at IS NOT NULL
    AND NOT EXISTS (SELECT FROM opx.event e WHERE e.document_id = x.id AND e.filing_id = f.id AND e.dossier_id = x.dossier_id AND e.type = 'doc.deposit') LIMIT $1::bigint)
UNION ALL
(SELECT 'deposited', 'event ' || e.id FROM opx.event e
  WHERE e.type = 'doc.deposit'
    AND NOT EXISTS (SELECT FROM opx.document x JOIN opx.filing f ON f.id = x.filing_id WHERE x.id = e.document_id AND f.id = e.filing_id AND x.dossier_id = e.dossier_id) LIMIT $1::bigint)
UNION ALL
(SELECT 'opened', coalesce('opening ' || h.id, 'event ' || e.id) FROM opx.handover h
   FULL JOIN (SELECT * FROM opx.event WHERE type = 'doc.handover') e ON e.id = h.event_id
  WHERE (h.document_id, h.person_id, h.at) IS DISTINCT FROM (e.document_id, e.person_id, e.at) LIMIT $1::bigint)
UNION ALL
-- What others have seen of a log: the heads that the general log holds, and those that were stamped.
(SELECT 'shown', 'head ' || g.head_size || ' of log ' || g.head_log_id FROM opx.global_line g
   LEFT JOIN opx.checkpoint c ON c.log_id = g.head_log_id AND c.size = g.head_size
  WHERE g.head_log_id IS NOT NULL
    AND CASE WHEN g.line LIKE '%body=sha256:' || encode(sha256(g.body), 'hex') THEN convert_from(g.body, 'UTF8')::jsonb #>> '{head,root}' END
        IS DISTINCT FROM encode(c.root, 'base64') LIMIT $1::bigint)
UNION ALL
(SELECT 'shown', 'head ' || t.size || ' of log ' || t.log_id FROM opx.token t
   LEFT JOIN opx.checkpoint c ON c.log_id = t.log_id AND c.size = t.size
  WHERE t.kind = 'checkpoint' AND sha256(c.note) IS DISTINCT FROM t.imprint LIMIT $1::bigint)
UNION ALL
(SELECT 'over', 'token ' || t.id FROM opx.token t LEFT JOIN opx.document_content c ON c.document_id = t.document_id
  WHERE t.kind = 'document' AND c.sha256 IS DISTINCT FROM t.imprint LIMIT $1::bigint)
UNION ALL
-- A body that is not the sealed one is told above, and not read.
(SELECT b.rule, 'document ' || e.document_id FROM opx.event e JOIN LATERAL (
    SELECT CASE WHEN sha256(eb.body) = e.body_sha256 THEN convert_from(eb.body, 'UTF8')::jsonb END AS said FROM opx.event_body eb WHERE eb.event_id = e.id) x ON x.said IS NOT NULL
  CROSS JOIN LATERAL (
    SELECT 'said' AS rule FROM opx.filing f JOIN opx.document_content c ON c.document_id = e.document_id
     WHERE e.type = 'doc.deposit' AND f.id = e.filing_id
       AND (f.title, c.title, f.number::text, date_trunc('milliseconds', f.filed_at), c.name, encode(c.sha256, 'hex')) IS DISTINCT FROM
           (x.said #>> '{filing,title}', x.said #>> '{filing,title}', x.said #>> '{filing,number}', (x.said ->> 'at')::timestamptz,
            convert_to(x.said #>> '{object,name}', 'UTF8'), x.said #>> '{object,sha256}')
    UNION ALL
    SELECT 'given' WHERE e.type = 'doc.publish' AND x.said -> 'recipients' IS DISTINCT FROM (
      SELECT jsonb_agg('P' || m.pseudonym ORDER BY m.pseudonym) FROM opx.document_recipient r JOIN opx.member m ON m.person_id = r.person_id AND m.dossier_id = e.dossier_id
       WHERE r.document_id = e.document_id)) b LIMIT $1::bigint);

-- name: check_logs
-- result: many
-- params: after bigint, at_most bigint
-- row: id bigint, origin text, kind text
SELECT id, origin, kind FROM opx.log WHERE id > $1 ORDER BY id LIMIT $2;

-- name: check_lines
-- The lines of a log with the hash of what each is about: the event's body, or the global line's own.
-- result: many
-- params: log bigint, first bigint, at_most bigint
-- row: seq bigint, line text, body_sha256 bytea
SELECT seq, line, body_sha256 FROM (
  SELECT l.seq, l.line, e.body_sha256 FROM opx.leaf l JOIN opx.event e ON e.id = l.event_id WHERE l.log_id = $1 AND l.seq >= $2
  UNION ALL
  SELECT g.seq, g.line, sha256(g.body) FROM opx.global_line g WHERE g.log_id = $1 AND g.seq >= $2) x
ORDER BY seq LIMIT $3;

-- name: check_heads
-- result: many
-- params: log bigint, over bigint, at_most bigint
-- row: size bigint, root bytea, note bytea
SELECT size, root, note FROM opx.checkpoint WHERE log_id = $1 AND size > $2 ORDER BY size LIMIT $3;

-- name: check_keys
-- result: many
-- params: none text
-- row: public_key bytea
SELECT public_key FROM opx.log_key WHERE $1 = '';

-- name: check_documents
-- result: many
-- params: after bigint, at_most bigint
-- row: id bigint, store_name text, size bigint, sha256 bytea
SELECT document_id, store_name, size, sha256 FROM opx.document_content WHERE document_id > $1 ORDER BY document_id LIMIT $2;

-- name: check_drafts
-- Files of drafts that were checked and not filed yet.
-- result: many
-- params: after bigint, at_most bigint
-- row: id bigint, store_name text, size bigint, sha256 bytea
SELECT t.id, t.store_name, t.size, t.sha256 FROM opx.draft_file t JOIN opx.draft b ON b.id = t.draft_id
 WHERE t.id > $1 AND t.state = 'ready' AND b.state = 'open' AND t.store_name IS NOT NULL AND t.sha256 IS NOT NULL ORDER BY t.id LIMIT $2;

-- name: check_artefacts
-- result: many
-- params: after bigint, at_most bigint
-- row: id bigint, path text, size bigint, sha256 bytea
SELECT id, path, size, sha256 FROM opx.artefact
 WHERE id > $1 AND state = 'ready' AND path IS NOT NULL AND size IS NOT NULL AND sha256 IS NOT NULL ORDER BY id LIMIT $2;
