# SPDX-License-Identifier: MPL-2.0
# Turns a file into `const struct opx_bytes SYMBOL`: -DIN= -DOUT= -DSYMBOL=
file(READ ${IN} hex HEX)
string(LENGTH "${hex}" digits)
math(EXPR size "${digits} / 2")
string(REGEX REPLACE "(................................)" "\\1\n" lines "${hex}")
string(REGEX REPLACE "([0-9a-f][0-9a-f])" "0x\\1," bytes "${lines}")
file(WRITE ${OUT} "/* Made from a file by cmake/embed.cmake. */
#include \"base/str.h\"
extern const struct opx_bytes ${SYMBOL};
static const uint8_t data[] = {
${bytes}0x00
};
const struct opx_bytes ${SYMBOL} = { .p = data, .n = ${size}U };
")
