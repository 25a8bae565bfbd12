/* SPDX-License-Identifier: MPL-2.0 */
/* bed.c: see bed.h. */
#include "bed.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/codec.h"
#include "base/x509_id.h"
#include "domain/letter.h"
#include "evidence/trust.h"
#include "journal.h"
#include "lane/child.h"
#include "lane/crl.h"
#include "sql_test_story.h"

struct opx_str bed_path(struct bed *b, const char *name)
{
	return opx_strf(b->s.arena, "%s/%s", b->tmp, name);
}

static struct opx_bytes read_file(struct opx_arena *arena, struct opx_str path)
{
	uint8_t *data = opx_arena_alloc(arena, 1, 1 << 20);
	FILE *f = fopen(path.p, "r");
	ck_assert_msg(f != NULL, "%s", path.p);
	const size_t n = fread(data, 1, 1 << 20, f);
	(void)fclose(f);
	return (struct opx_bytes){ .p = data, .n = n };
}

static void write_file(struct opx_str path, struct opx_bytes data)
{
	FILE *f = fopen(path.p, "w");
	ck_assert_msg(f != NULL, "%s", path.p);
	ck_assert_uint_eq(fwrite(data.p, 1, data.n, f), data.n);
	ck_assert_int_eq(fclose(f), 0);
}

/* ---- the store and the authority ---- */

static enum opx_status store_open(void *self, struct opx_str name, int *ret_fd, struct opx_error *err)
{
	struct bed *b = self;
	*ret_fd = open(opx_strf(b->s.arena, "%s/store/%s", b->tmp, name.p).p, O_RDONLY | O_CLOEXEC);
	return *ret_fd >= 0 ? OPX_OK : OPX_FAIL(err, OPX_NOT_FOUND, N_("Introuvable."), "%s", name.p);
}
/* The make lane only opens: anything else would be its fault. */
static enum opx_status store_put(void *self, int src_fd, struct opx_stored *ret, struct opx_error *err)
{
	(void)self;
	(void)ret;
	return OPX_FAIL(err, OPX_FORBIDDEN, N_("Non."), "put %d", src_fd);
}
static enum opx_status store_erase(void *self, struct opx_str name, struct opx_error *err)
{
	(void)self;
	return OPX_FAIL(err, OPX_FORBIDDEN, N_("Non."), "erase %s", name.p);
}
static enum opx_status store_address(void *self, struct opx_arena *arena, struct opx_str name,
				     struct opx_str *ret, struct opx_error *err)
{
	(void)self;
	(void)arena;
	(void)ret;
	return OPX_FAIL(err, OPX_FORBIDDEN, N_("Non."), "address %s", name.p);
}
static enum opx_status store_room(void *self, int64_t *ret_free, int64_t *ret_total, struct opx_error *err)
{
	(void)self;
	(void)err;
	*ret_free = *ret_total = INT64_C(1) << 40;
	return OPX_OK;
}
static const struct opx_storage storage = { .size = sizeof(storage),
					    .name = "folder",
					    .put = store_put,
					    .open = store_open,
					    .erase = store_erase,
					    .address = store_address,
					    .room = store_room };

static enum opx_status stamp(void *self, struct opx_job *job, const struct opx_sha256 *imprint,
			     struct opx_token_info *ret, struct opx_error *err)
{
	struct bed *b = self;
	char hex[65], said[OPX_CHILD_SAID];
	int status = 0;
	struct opx_roots *roots = NULL;
	struct opx_token token;
	if (!b->is_stamping)
		return OPX_FAIL(err, OPX_UNAVAILABLE, N_("Plus tard."), "the authority is away");
	opx_sha256_hex(imprint, hex);
	struct opx_str script = bed_path(b, "stamp.sh"), out = bed_path(b, "answer.tsr");
	const char *const argv[] = { script.p, hex, out.p, NULL };
	const struct opx_child child = { .argv = argv, .folder = b->tmp, .timeout_ms = 20000 };
	ck_assert_ok(opx_child_run(&child, &status, said, err), *err);
	ck_assert_msg(status == 0, "stamp.sh: %s", said);
	ret->tsr = read_file(job->arena, out);
	ck_assert_ok(opx_roots_load(read_file(job->arena, bed_path(b, "tsa-roots.pem")), &roots, err), *err);
	struct opx_trust *trust = opx_trust_new();
	opx_token_judge(trust, roots, ret->tsr, false, imprint, &token);
	ck_assert_msg(token.is_read && token.judgment != OPX_JUDGED_BAD, "%s", token.reason);
	opx_trust_free(trust);
	opx_roots_free(roots);
	ret->gen_time = token.gen;
	ret->accuracy_us = token.accuracy_us;
	return OPX_OK;
}
static const struct opx_timestamp_authority authority = { .size = sizeof(authority),
							  .name = "openssl",
							  .stamp = stamp };

/* ---- beginning and end ---- */

static void add_list(struct bed *b, const char *name, const char *purpose)
{
	struct opx_error err;
	struct opx_authority *who = NULL;
	struct opx_crl crl;
	size_t n = 0;
	struct opx_str pem = bed_path(b, opx_strf(b->s.arena, "%s/ca.pem", name).p);
	struct opx_bytes der = read_file(b->s.arena, bed_path(b, opx_strf(b->s.arena, "%s.crl", name).p));
	ck_assert_ok(opx_authorities_load(b->s.arena, pem.p, "http://127.0.0.1:1/", &who, &n, &err), err);
	ck_assert_ok(opx_crl_read(b->s.arena, der, &who[0], opx_now(&opx_clock_real), &crl, &err), err);
	ck_assert_ok(sql_bt_list(b->s.owner, (struct opx_bytes){ .p = crl.sha256.b, .n = 32 }, der,
				 who[0].key, crl.this_update, crl.next_update, opx_str_z(purpose), NULL,
				 &err),
		     err);
}

static void start_sequencer(struct bed *b)
{
	struct opx_error err;
	ck_assert_ok(opx_signer_load(&b->signer, bed_path(b, "log.pem").p, bed_path(b, "seal.key").p,
				     bed_path(b, "seal.pem").p, &err),
		     err);
	ck_assert_int_eq(mkdir(bed_path(b, "journal").p, 0700), 0);
	b->journal_fd = open(bed_path(b, "journal").p, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	opx_ledger_init(&b->ledger);
	const struct opx_journal_replay replay = opx_ledger_replay(&b->ledger);
	ck_assert_ok(opx_journal_open(&opx_vfs_real, b->journal_fd, &opx_random_real, &replay, &b->journal,
				      &err),
		     err);
	b->setup = (struct opx_sequencer_setup){
		.logger = &b->logger,
		.clock = &opx_clock_real,
		.random = &opx_random_real,
		.vfs = &opx_vfs_real,
		.dir_fd = b->journal_fd,
		.journal = b->journal,
		.ledger = &b->ledger,
		.signer = &b->signer,
		.conninfo = opx_strf(b->s.arena, "host=%s dbname=opx user=opx_seal connect_timeout=5",
				     getenv("OPX_TEST_PG"))
				    .p,
		.run_folder = b->tmp,
		.build = "test",
		.log_host = OPX_STR("opx.test"),
		.batch_events = 100,
		.restamp_us = INT64_C(3600) * 1000000,
		.token_wait_us = INT64_C(10) * 1000000,
	};
	opx_sequencer_new(&b->setup, &b->sequencer);
}

static void start_lane(struct bed *b, const char *name, const char *role, struct opx_lane *lane,
		       struct opx_lane_loop *loop)
{
	struct opx_error err;
	*lane = (struct opx_lane){
		.name = name,
		.site = &b->site,
		.registry = b->registry,
		.host = &b->host,
		.clock = &opx_clock_real,
		.random = &opx_random_real,
		.vfs = &opx_vfs_real,
		.software = &b->software,
		.weasyprint = "/usr/bin/python3",
		.program_folder = opx_strf(b->s.arena, "%s/bin", getenv("OPX_BUILD")).p,
		.state_folder = b->tmp,
		.tsa_roots = bed_path(b, "tsa-roots.pem").p,
		.user_roots = bed_path(b, "user-roots.pem").p,
		.log_policy = "",
	};
	ck_assert_ok(opx_lane_register(b->registry, lane, &err), err);
	*loop = (struct opx_lane_loop){
		.lane = lane,
		.logger = &b->logger,
		.conninfo = opx_strf(b->s.arena, "host=%s dbname=opx user=%s connect_timeout=5",
				     getenv("OPX_TEST_PG"), role)
				    .p,
		.wake_fd = -1,
		.signal_fd = -1,
	};
}

void bed_begin(struct bed *b)
{
	struct opx_error err;
	*b = (struct bed){ .tmp = getenv("OPX_TEST_TMP"),
			   .logger = { .fd = 2, .level = OPX_WARN, .process = "test-bundles" } };
	ck_assert_ptr_nonnull(b->tmp);
	story_begin(&b->s);
	b->is_stamping = true;
	b->software = (struct opx_software){ .build = "test" };
	b->site = (struct opx_site){ .name = OPX_STR("Expertise en ligne"),
				     .main_origin = OPX_STR("https://opx.test"),
				     .card_origin = OPX_STR("https://carte.opx.test"),
				     .log_host = OPX_STR("opx.test"),
				     .run_folder = opx_str_z(b->tmp),
				     .store_root = opx_str_z(b->tmp),
				     .letter_key = b->letter_key };
	opx_random_fill(&opx_random_real, b->letter_key, sizeof(b->letter_key));
	ck_assert_int_eq(mkdir(bed_path(b, "_made").p, 0700), 0);
	ck_assert_int_eq(mkdir(bed_path(b, "store").p, 0700), 0);
	b->registry = opx_registry_new();
	b->services = (struct opx_services){ .clock = &opx_clock_real,
					     .random = &opx_random_real,
					     .registry = b->registry,
					     .site = &b->site };
	opx_host_fill(&b->host, &b->services);
	ck_assert_ok(opx_registry_add_timestamp(b->registry, &authority, b, OPX_OWNER_CORE, &err), err);
	ck_assert_ok(opx_registry_add_storage(b->registry, &storage, b, OPX_OWNER_CORE, &err), err);
	start_lane(b, "post", "opx_post", &b->post, &b->post_loop);
	start_lane(b, "make", "opx_make", &b->make, &b->make_loop);
	start_sequencer(b);
	add_list(b, "cards", "card");
	add_list(b, "stamps", "tsa");
	add_list(b, "seals", "seal");
}

void bed_end(struct bed *b)
{
	opx_lane_done(&b->post_loop);
	opx_lane_done(&b->make_loop);
	opx_sequencer_free(b->sequencer);
	opx_journal_free(b->journal);
	opx_ledger_done(&b->ledger);
	opx_signer_done(&b->signer);
	(void)close(b->journal_fd);
	opx_registry_free(b->registry);
	story_end(&b->s);
}

void bed_give_card(struct bed *b, struct someone *who)
{
	struct opx_error err;
	struct opx_x509_id leaf, root;
	struct opx_bytes der, root_der;
	ck_assert_ok(opx_x509_id_load(b->s.arena, bed_path(b, "expert.pem").p, &leaf, &der, &err), err);
	ck_assert_ok(opx_x509_id_load(b->s.arena, bed_path(b, "cards/ca.pem").p, &root, &root_der, &err),
		     err);
	const struct opx_bytes chain[] = { { .p = leaf.sha256, .n = 32 }, { .p = root.sha256, .n = 32 } };
	ck_assert_ok(sql_bt_seen(b->s.owner, chain[0], der, NULL, &err), err);
	ck_assert_ok(sql_bt_seen(b->s.owner, chain[1], root_der, NULL, &err), err);
	ck_assert_ok(sql_bt_certificate(b->s.owner, who->session.id, who->account, chain[0], leaf.issuer_key,
					leaf.serial, (struct opx_byteses){ .p = chain, .n = 2 }, NULL, &err),
		     err);
	who->session.auth_kind = OPX_STR("x509");
	who->session.level = OPX_L2;
	who->session.auth_at = opx_now(&opx_clock_real);
}

/* ---- work ---- */

static void pause_ms(long ms)
{
	const struct timespec t = { .tv_nsec = ms * 1000000 };
	(void)nanosleep(&t, NULL);
}

static bool work_once(struct bed *b)
{
	struct opx_error err;
	int wait_ms = 0;
	bool did = false, any = false;
	for (int i = 0; i < 20 && (i == 0 || wait_ms == 0); i++)
		ck_assert_ok(opx_sequencer_round(b->sequencer, &wait_ms, &err), err);
	do {
		ck_assert_ok(opx_lane_once(&b->post_loop, &did, &err), err);
		any = any || did;
	} while (did);
	ck_assert_ok(opx_lane_once(&b->make_loop, &did, &err), err);
	return any || did;
}

void bed_work(struct bed *b)
{
	for (int i = 0, idle = 0; i < 200 && idle < 3; i++)
		idle = work_once(b) ? 0 : idle + 1;
}

struct sql_bt_artefact_row bed_wait(struct bed *b, int64_t artefact)
{
	struct opx_error err;
	struct sql_bt_artefact_row row;
	for (int i = 0; i < 1200; i++) {
		bool did = work_once(b);
		ck_assert_ok(sql_bt_artefact(b->s.owner, artefact, &row, &err), err);
		if (!opx_str_is(row.state, "waiting"))
			return row;
		if (!did)
			pause_ms(50);
	}
	ck_abort_msg("artefact %lld still waits in step '%s'", (long long)artefact, row.step.p);
}

/* ---- acts ---- */

static void put_file(struct bed *b, int64_t draft, const char *ground, const char *content)
{
	struct opx_error err;
	struct sql_bt_file_row file;
	uint8_t random[16];
	const struct opx_bytes bytes = { .p = (const uint8_t *)content, .n = strlen(content) };
	const struct opx_sha256 sha256 = opx_sha256(bytes);
	const struct opx_sha512 sha512 = opx_sha512(bytes);
	opx_random_fill(&opx_random_real, random, sizeof(random));
	struct opx_str name = opx_hex_str(b->s.arena, (struct opx_bytes){ .p = random, .n = sizeof(random) });
	write_file(bed_path(b, opx_strf(b->s.arena, "store/%s", name.p).p), bytes);
	ck_assert_ok(sql_bt_file(b->s.owner, draft, name, opx_str_z(ground),
				 OPX_BYTES("Pi\xc3\xa8"
					   "ce jointe.pdf"),
				 OPX_STR("Pièce jointe.pdf"), (int64_t)bytes.n,
				 (struct opx_bytes){ .p = sha256.b, .n = 32 },
				 (struct opx_bytes){ .p = sha512.b, .n = 64 }, &file, &err),
		     err);
}

void bed_file(struct bed *b, const struct someone *who, const char *kind, const char *ground,
	      const char *content)
{
	struct opx_error err;
	struct sql_story_draft_row draft;
	int32_t number = 0;
	ck_assert_ok(sql_story_draft(b->s.owner, b->dossier, who->person, opx_str_z(kind), &draft, &err),
		     err);
	put_file(b, draft.id, ground, content);
	ck_assert_ok(story_confirm(&b->s, who, draft.id, NULL, &number, &err), err);
}

static enum opx_status hash_code(void *self, struct opx_str code, struct opx_bytes salt, uint8_t ret[32],
				 struct opx_error *err)
{
	(void)self;
	return opx_scrypt(opx_bytes_of(code), salt, 10, ret, err);
}

static void invite(struct bed *b, struct opx_str given, struct opx_str family, struct opx_str mail,
		   const char *role, const char *side, int64_t *ret_letter, struct opx_invited *ret)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&b->s, &b->s.expert);
	const struct opx_invite order = { .role = opx_str_z(role),
					  .title = OPX_STR("Mme"),
					  .given_name = given,
					  .family_name = family,
					  .mail = mail,
					  .new_side = opx_str_z(side),
					  .hash = hash_code };
	ck_assert_ok(opx_tx_begin(b->s.web, &tx, b->s.expert.person, &err), err);
	ck_assert_ok(opx_participant_invite(&act, b->dossier, &order, ret, &err), err);
	if (ret_letter != NULL)
		ck_assert_ok(opx_letter_order(&act, ret, b->letter_key, ret_letter, &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}

int64_t bed_invite(struct bed *b, struct someone *who, const char *role, const char *side)
{
	struct opx_invited invited;
	invite(b, OPX_STR(""), who->session.name, opx_strf(b->s.arena, "%s@exemple.fr", who->session.name.p),
	       role, side, NULL, &invited);
	return invited.invitation;
}

int64_t bed_letter(struct bed *b, struct opx_invited *ret)
{
	int64_t artefact = 0;
	static int n;
	invite(b, OPX_STR("Anne"), OPX_STR("Essai"), opx_strf(b->s.arena, "nouvelle%d@exemple.fr", ++n),
	       "party", "SCI d’à côté", &artefact, ret);
	ck_assert_uint_gt(ret->code.n, 0);
	return artefact;
}

void bed_accept(struct bed *b, const struct someone *who, int64_t invitation)
{
	struct opx_error err;
	struct opx_tx tx;
	struct opx_act act = story_act(&b->s, who);
	ck_assert_ok(opx_tx_begin(b->s.web, &tx, who->person, &err), err);
	ck_assert_ok(opx_participant_accept(&act, invitation, OPX_STR("J’accepte."), &err), err);
	ck_assert_ok(opx_tx_commit(&tx, &err), err);
}
