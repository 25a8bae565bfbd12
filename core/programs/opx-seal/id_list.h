/* SPDX-License-Identifier: MPL-2.0 */
/* id_list.h: a short list of ids that grows. Empty when zeroed. */
#ifndef OPX_SEAL_ID_LIST_H
#define OPX_SEAL_ID_LIST_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include "base/str.h"

struct opx_id_list {
	int64_t *p;
	size_t n, cap;
};

static inline void opx_id_list_done(struct opx_id_list *list)
{
	free(list->p);
	*list = (struct opx_id_list){ .p = NULL };
}

static inline void opx_id_list_add(struct opx_id_list *list, int64_t id)
{
	if (list->n == list->cap) {
		list->cap = list->cap > 0 ? 2 * list->cap : 16;
		list->p = reallocarray(list->p, list->cap, sizeof(*list->p));
		if (list->p == NULL)
			abort();
	}
	list->p[list->n++] = id;
}

static inline bool opx_id_list_has(const struct opx_id_list *list, int64_t id)
{
	for (size_t i = 0; i < list->n; i++)
		if (list->p[i] == id)
			return true;
	return false;
}

/* Forgets ids up to and with last. */
static inline void opx_id_list_drop_to(struct opx_id_list *list, int64_t last)
{
	size_t kept = 0;
	for (size_t i = 0; i < list->n; i++)
		if (list->p[i] > last)
			list->p[kept++] = list->p[i];
	list->n = kept;
}

static inline struct opx_i64s opx_id_list_of(const struct opx_id_list *list)
{
	return (struct opx_i64s){ .p = list->p, .n = list->n };
}

#endif
