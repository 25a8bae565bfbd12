/* SPDX-License-Identifier: MPL-2.0 */
/* fuzz_evidence.c: what a stranger's bundle holds: leaf lines, signed notes, verifier keys, strict JSON. What is taken has one
 * form only, so it is written again as it was. */
#include "fuzz.h"

#include "evidence/json.h"
#include "evidence/leaf.h"
#include "evidence/note.h"

#define VKEY_LINE "opx.test/c/aaaaaaaaaaaaaaaaaaaaaaaaaa"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n)
{
	OPX_AUTO_ARENA arena = opx_arena_new((size_t)64 << 20);
	const struct opx_bytes in = { .p = data, .n = n };
	struct opx_leaf leaf;
	struct opx_vkey key = { .name = OPX_STR(VKEY_LINE) }, read_key;
	struct opx_head head;
	if (opx_leaf_parse(arena, in, &leaf, NULL) == OPX_OK) {
		FUZZ_CHECK(opx_origin_is_valid(leaf.origin));
		FUZZ_CHECK(opx_bytes_eq(opx_bytes_of(opx_leaf_format(arena, &leaf)), in));
	}
	/* Nobody holds this key: nothing is ever signed by it. */
	FUZZ_CHECK(opx_note_open(arena, in, &key, 1, &head, NULL) != OPX_OK);
	struct opx_str text = opx_str_copy(arena, (const char *)data, n);
	if (opx_vkey_parse(arena, text, &read_key, NULL) == OPX_OK)
		FUZZ_CHECK(opx_str_eq(opx_vkey_format(arena, &read_key), text));
	json_t *json = NULL;
	if (opx_json_read(in, &json, NULL) == OPX_OK)
		FUZZ_CHECK(json_is_object(json));
	json_decref(json);
	return 0;
}
