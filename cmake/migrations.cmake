# SPDX-License-Identifier: MPL-2.0
# Turns sql files into `const struct opx_migration SYMBOL[]`, in the order given: -DIN=a.sql,b.sql -DOUT= -DSYMBOL=
string(REPLACE "," ";" files "${IN}")
set(rows "")
foreach(file IN LISTS files)
	get_filename_component(name ${file} NAME_WE)
	file(READ ${file} text)
	string(REPLACE "\\" "\\\\" text "${text}")
	string(REPLACE "\"" "\\\"" text "${text}")
	string(REPLACE "\n" "\\n\"\n\t  \"" text "${text}")
	string(APPEND rows "\t{ \"${name}\",\n\t  \"${text}\" },\n")
endforeach()
file(WRITE ${OUT} "/* Made from sql files by cmake/migrations.cmake. */
#include <opx/plugin.h>
#pragma GCC diagnostic ignored \"-Woverlength-strings\"
extern const struct opx_migration ${SYMBOL}[];
const struct opx_migration ${SYMBOL}[] = {
${rows}\t{ NULL, NULL },
};
")
