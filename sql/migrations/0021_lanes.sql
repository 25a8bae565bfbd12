-- SPDX-License-Identifier: MPL-2.0
-- The queue by lane. Each lane could read the rows of the others, with their secrets (the access code that a letter prints), end
-- them and delete them. Whoever gives work to another lane adds a row, and sees none of that lane's: an insert names no key to
-- ON CONFLICT, which would have to read it.
ALTER TABLE opx.job ENABLE ROW LEVEL SECURITY;
ALTER TABLE opx.job FORCE ROW LEVEL SECURITY;
CREATE POLICY owner ON opx.job TO opx_owner, opx_migrate USING (true) WITH CHECK (true);
CREATE POLICY lane_files ON opx.job TO opx_files USING (lane = 'files') WITH CHECK (true);
CREATE POLICY lane_signin ON opx.job TO opx_signin USING (lane = 'sign-in') WITH CHECK (true);
CREATE POLICY lane_post ON opx.job TO opx_post USING (lane = 'post') WITH CHECK (true);
CREATE POLICY lane_make ON opx.job TO opx_make USING (lane = 'make') WITH CHECK (true);
CREATE POLICY adds ON opx.job FOR INSERT TO opx_web, opx_seal WITH CHECK (true);
REVOKE SELECT (key, state) ON opx.job FROM opx_web, opx_seal;
