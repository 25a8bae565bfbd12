/* SPDX-License-Identifier: MPL-2.0 */
/* requests.h: requests as nginx sends them, for the tests of core/http. No socket. */
#ifndef TESTS_UNIT_HTTP_REQUESTS_H
#define TESTS_UNIT_HTTP_REQUESTS_H

#include "support/check_opx.h"

#include "base/arena.h"
#include "http/request.h"

#define REQUEST_EDGE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define REQUEST_URLENCODED "application/x-www-form-urlencoded"

/* Of one test: the fixture makes and frees it. */
extern struct opx_arena *request_arena;
void request_setup(void);
void request_teardown(void);

struct opx_request *request_new(void);
/* A GET of our nginx, with cookies, read into rq. */
enum opx_status request_parse(struct opx_request *rq, const char *uri, const char *query);
/* A request with that body, which comes in small pieces. */
struct opx_request *request_form(const char *text, const char *type);

#endif
