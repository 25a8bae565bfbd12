-- SPDX-License-Identifier: MPL-2.0
-- concat_ws is STABLE, so a name that was declared IMMUTABLE was never put into its statement: each was planned and run by itself, more
-- than a hundred times a page.
ALTER FUNCTION opx.person_name(opx.person) STABLE;
