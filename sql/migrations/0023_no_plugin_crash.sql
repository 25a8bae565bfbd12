-- SPDX-License-Identifier: MPL-2.0
-- Nothing wrote or read it: the crashes that switch a plugin off are counted by the parent of the workers (core/app/crashes.h).
DROP TABLE opx.plugin_crash;
