# make            module, logisticsctl and logistics-relay into build/
# make run        a working gateway on 127.0.0.1:8080, stops with Ctrl-C
# make test       everything, ends with prove's summary
# make chaos      100,000 events while everything is killed (CHAOS="--seed 7 --events 200000")
# make bench      CPU per request beside bare nginx and HAProxy; make bench-micro for the parts,
#                 make bench-map for documents from bytes to bytes, make bench-schema for
#                 validation beside ajv and valijson, make bench-edi for X12 and EDIFACT,
#                 make bench-queue for accepting, delivering and draining
# make fuzz       new inputs for every fuzz target (FUZZ_SECONDS=60)
# make lint       format and banned functions
# make install    DESTDIR=, PREFIX=/usr/local
#
# BUILD=other-folder builds beside build/; everything that is made is below it.

SHELL = /bin/bash
BUILD ?= build
ABS_BUILD := $(abspath $(BUILD))
ROOT := $(CURDIR)
SRC = ngx_logistics_module

# The rooms of the core, and what each stands on: the arrows of docs/architecture.md. A unit test of
# a room links only what stands here, so a wrong arrow does not link.
CORE = base formats schema edi mapping auth traffic odoo query policy trace queue order
ARROWS_base =
ARROWS_formats = base
ARROWS_schema = formats base
ARROWS_edi = schema formats base
ARROWS_mapping = formats base
ARROWS_auth = base
ARROWS_traffic = base
ARROWS_odoo = formats base
ARROWS_query = odoo mapping schema formats base
ARROWS_trace = formats base
ARROWS_queue = trace formats base
ARROWS_order = formats base
ARROWS_policy = order queue query edi schema mapping auth traffic odoo trace formats base

LIBS = -lexpat -lcrypto -lpcre2-8 -ljansson -lyaml -lm
CTL_LIBS = -lhiredis -ljwt -lcurl $(LIBS)

WARN = -Wall -Wextra -Werror -Wpointer-arith -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
       -Wno-unused-parameter
CFLAGS_COMMON = -std=gnu11 -g $(WARN) -MMD -MP
CFLAGS_opt = -O3 -fstack-protector-strong -D_FORTIFY_SOURCE=2
SANITIZE = -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
CFLAGS_unit-gcc = -O1 $(SANITIZE)
# what the fuzz targets link, too: compiled once for both
CFLAGS_unit-clang = -O1 $(SANITIZE) -fsanitize=fuzzer-no-link
CC_opt = gcc
CC_unit-gcc = gcc
CC_unit-clang = clang
# logistics-relay has two threads (t/relay_tsan.t)
CFLAGS_tsan = -O1 -fsanitize=thread
CC_tsan = gcc
VARIANTS = opt unit-gcc unit-clang tsan

SCHEMAS_C = $(BUILD)/generated/policy_schemas.c
SCRIPTS_C = $(BUILD)/generated/queue_scripts.c

.PHONY: all module module-asan ctl relay relay-tsan unit test test-parts run bench bench-parts bench-micro bench-map bench-edi bench-edi-parts bench-schema bench-schema-parts bench-queue bench-queue-parts chaos fuzz lint install clean FORCE
all: module ctl relay

packages-%:
	@tools/install-packages $*

# make V=1 shows the commands
ifdef V
say =
Q =
else
say = @echo "  $(1) $(2:$(BUILD)/%=%)"
Q = @
endif

# ---- core objects and archives, one set a variant -----------------------------------------------

$(SCHEMAS_C): $(wildcard docs/schema/*.json) tools/embed-schemas
	@mkdir -p $(@D)
	@sh tools/embed-schemas docs/schema $@

$(SCRIPTS_C): $(wildcard $(SRC)/queue/*.lua) tools/embed-scripts
	@mkdir -p $(@D)
	@sh tools/embed-scripts $(SRC)/queue $@

define variant
$(BUILD)/$(1)/obj/%.o: $(SRC)/%.c
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_COMMON) $$(CFLAGS_$(1)) -c -o $$@ $$<
$(BUILD)/$(1)/obj/policy/policy_schemas.o: $(SCHEMAS_C)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_COMMON) $$(CFLAGS_$(1)) -c -o $$@ $$<
$(BUILD)/$(1)/obj/queue/queue_scripts.o: $(SCRIPTS_C)
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_COMMON) $$(CFLAGS_$(1)) -c -o $$@ $$<
$(foreach room,$(CORE),$(call archive,$(1),$(room)))
endef
define archive
$(BUILD)/$(1)/lib$(2).a: $(patsubst $(SRC)/%.c,$(BUILD)/$(1)/obj/%.o,$(wildcard $(SRC)/$(2)/*.c)) \
    $(if $(filter policy,$(2)),$(BUILD)/$(1)/obj/policy/policy_schemas.o) \
    $(if $(filter queue,$(2)),$(BUILD)/$(1)/obj/queue/queue_scripts.o)
	@rm -f $$@
	$$(Q)ar rcs $$@ $$^

endef
$(foreach v,$(VARIANTS),$(eval $(call variant,$(v))))

# libs VARIANT ROOM: the archives of a room and of what it stands on
libs = $(foreach room,$(2) $(ARROWS_$(2)),$(BUILD)/$(1)/lib$(room).a)

-include $(shell find $(BUILD) -name '*.d' 2>/dev/null)

# ---- the module, by nginx's own build ------------------------------------------------------------

MODULE = $(BUILD)/ngx_http_logistics_module.so
MODULE_SRCS = $(sort $(wildcard $(foreach room,$(CORE) nginx,$(SRC)/$(room)/*.[ch])))
NGINX_SRC ?= /usr/share/nginx/src
# -O3: 5 % off a translation (docs/performance.md); link-time optimization makes it slower
MODULE_CC_OPT ?= -O3 -g -fPIC
MODULE_LD_OPT ?= -fPIC -Wl,-z,relro -Wl,-z,now

# configure runs again only when the list of files changes, not when a file does
$(BUILD)/nginx/sources: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' $(MODULE_SRCS) '$(MODULE_CC_OPT)' > $@.new; \
	 if cmp -s $@.new $@; then rm $@.new; else mv $@.new $@; fi

$(BUILD)/nginx/Makefile: $(BUILD)/nginx/sources config module.map tools/embed-schemas tools/embed-scripts
	@cd $(NGINX_SRC) && . ./conf_flags && \
	 { ./configure "$${NGX_CONF_FLAGS[@]}" --with-compat --with-cc-opt='$(MODULE_CC_OPT)' \
	   --with-ld-opt='$(MODULE_LD_OPT)' --builddir=$(ABS_BUILD)/nginx \
	   --add-dynamic-module=$(ROOT) > $(ABS_BUILD)/nginx/configure.log 2>&1 || \
	   { tail -20 $(ABS_BUILD)/nginx/configure.log; exit 1; }; }

$(MODULE): $(BUILD)/nginx/Makefile $(MODULE_SRCS) $(wildcard docs/schema/*.json $(SRC)/queue/*.lua)
	@sh tools/embed-schemas docs/schema $(BUILD)/nginx/logistics/policy_schemas.c
	@sh tools/embed-scripts $(SRC)/queue $(BUILD)/nginx/logistics/queue_scripts.c
	$(call say,MODULE,$@)
	+@cd $(NGINX_SRC) && $(MAKE) -s -f $(ABS_BUILD)/nginx/Makefile modules
	@cp -f $(BUILD)/nginx/ngx_http_logistics_module.so $@.new && mv -f $@.new $@ # an nginx may run with the old one

module: $(MODULE)

# ---- logisticsctl --------------------------------------------------------------------------------

CTL_OBJS = $(patsubst $(SRC)/%.c,$(BUILD)/opt/obj/%.o,$(wildcard $(SRC)/ctl/*.c))
$(BUILD)/logisticsctl: $(CTL_OBJS) $(call libs,opt,policy)
	$(call say,LD,$@)
	$(Q)gcc -o $@ $^ $(CTL_LIBS)
ctl: $(BUILD)/logisticsctl

# ---- logistics-relay -----------------------------------------------------------------------------

RELAY_OBJS = $(patsubst $(SRC)/%.c,$(BUILD)/opt/obj/%.o,$(wildcard $(SRC)/relay/*.c))
$(BUILD)/logistics-relay: $(RELAY_OBJS) $(call libs,opt,policy)
	$(call say,LD,$@)
	$(Q)gcc -o $@ $^ -lhiredis -lcurl -lpthread $(LIBS)
relay: $(BUILD)/logistics-relay

# The same under ThreadSanitizer; and once without the lock that its threads share, which it has to find.
RELAY_TSAN_OBJS = $(patsubst $(SRC)/%.c,$(BUILD)/tsan/obj/%.o,$(wildcard $(SRC)/relay/*.c))
RELAY_TSAN = $(BUILD)/tsan/logistics-relay $(BUILD)/tsan/logistics-relay-race
$(BUILD)/tsan/logistics-relay: $(RELAY_TSAN_OBJS) $(call libs,tsan,policy)
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=thread -o $@ $^ -lhiredis -lcurl -lpthread $(LIBS)
$(BUILD)/tsan/policies_race.o: $(SRC)/relay/policies.c $(BUILD)/tsan/obj/relay/policies.o
	$(call say,CC,$@)
	$(Q)sed '/pthread_mutex_\(un\)\?lock/d' $< | gcc $(CFLAGS_COMMON) $(CFLAGS_tsan) -I$(SRC)/relay -x c -c -o $@ -
$(BUILD)/tsan/logistics-relay-race: $(filter-out %/policies.o,$(RELAY_TSAN_OBJS)) $(BUILD)/tsan/policies_race.o $(call libs,tsan,policy)
	$(call say,LD,$@)
	$(Q)gcc -fsanitize=thread -o $@ $^ -lhiredis -lcurl -lpthread $(LIBS)
relay-tsan: $(RELAY_TSAN)

# ---- unit tests and fuzz targets -----------------------------------------------------------------

# t/unit/<room>/test_<file>.c → $(BUILD)/unit-gcc/test/<room>/test_<file>, TAP on stdout
UNIT_SRCS = $(wildcard $(foreach room,$(CORE),t/unit/$(room)/test_*.c))
define unit_test
$(BUILD)/$(1)/test/$(2): t/unit/$(2).c $(call libs,$(1),$(firstword $(subst /, ,$(2))))
	@mkdir -p $$(@D)
	$$(call say,CC,$$@)
	$$(Q)$$(CC_$(1)) $$(CFLAGS_COMMON) $$(CFLAGS_$(1)) -o $$@ $$< $(call libs,$(1),$(firstword $(subst /, ,$(2)))) $(LIBS)
UNIT_$(1) += $(BUILD)/$(1)/test/$(2)
endef
$(foreach v,unit-gcc unit-clang,$(foreach t,$(UNIT_SRCS),$(eval $(call unit_test,$(v),$(t:t/unit/%.c=%)))))

# Runs files of the official JSON Schema test suite (t/schema_suite.t).
SUITE = $(BUILD)/unit-gcc/suite/schema_suite
$(SUITE): t/suite/schema_suite.c $(call libs,unit-gcc,schema)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)gcc $(CFLAGS_COMMON) $(CFLAGS_unit-gcc) -o $@ $< $(call libs,unit-gcc,schema) $(LIBS)

# What a machine decides, for t/order_random.t.
ORACLE = $(BUILD)/unit-gcc/suite/order_oracle
$(ORACLE): t/suite/order_oracle.c $(call libs,unit-gcc,order)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)gcc $(CFLAGS_COMMON) $(CFLAGS_unit-gcc) -o $@ $< $(call libs,unit-gcc,order) $(LIBS)

unit: $(UNIT_unit-gcc)
	prove -j2 $(UNIT_unit-gcc)

# t/fuzz/fuzz_<what>.c with t/fuzz/corpus/<what>/; the same file replays its corpus in make test
FUZZ_SRCS = $(wildcard t/fuzz/fuzz_*.c)
FUZZ_TARGETS = $(FUZZ_SRCS:t/fuzz/%.c=$(BUILD)/fuzz/%)
$(BUILD)/fuzz/fuzz_%: t/fuzz/fuzz_%.c $(call libs,unit-clang,policy)
	@mkdir -p $(@D)
	$(call say,CC,$@)
	$(Q)clang $(CFLAGS_COMMON) $(CFLAGS_unit-clang) -fsanitize=fuzzer -o $@ $< $(call libs,unit-clang,policy) $(LIBS)
FUZZ_SECONDS ?= 60
fuzz: packages-test $(FUZZ_TARGETS)
	@for target in $(FUZZ_TARGETS); do \
	   what=$${target##*/fuzz_}; mkdir -p $(BUILD)/fuzz/new/$$what; \
	   echo "== $$what"; \
	   $$target -max_total_time=$(FUZZ_SECONDS) -timeout=10 -rss_limit_mb=2048 -print_final_stats=0 \
	     -artifact_prefix=$(BUILD)/fuzz/ $(BUILD)/fuzz/new/$$what t/fuzz/corpus/$$what || exit 1; \
	 done

# ---- goals ---------------------------------------------------------------------------------------

# Two runs of one goal at once share $(BUILD): the building is done by one at a time.
LOCKED = mkdir -p $(BUILD) && flock $(BUILD)/.lock $(MAKE) --no-print-directory -j$(shell nproc)

run: packages-run
	+@$(LOCKED) all
	@LGS_BUILD=$(ABS_BUILD) tools/run

# The module under AddressSanitizer and UBSan, for stock nginx with LD_PRELOAD (t/sanitized.t).
module-asan:
	+@$(MAKE) --no-print-directory BUILD=$(BUILD)/asan MODULE_CC_OPT='-O1 -g -fPIC $(SANITIZE)' \
	   MODULE_LD_OPT='-fPIC -Wl,-z,relro -Wl,-z,now -fsanitize=address,undefined' module

# One invocation of prove, so that its summary is the last word. TESTS= runs some only.
TESTS ?= $(wildcard t/*.t) $(UNIT_unit-gcc) $(UNIT_unit-clang)
test-parts: all module-asan $(UNIT_unit-gcc) $(UNIT_unit-clang) $(FUZZ_TARGETS) $(SUITE) $(ORACLE) $(RELAY_TSAN)
test: packages-test
	+@$(LOCKED) test-parts
	@LGS_BUILD=$(ABS_BUILD) prove -j2 $(TESTS)

chaos: packages-test
	+@$(LOCKED) all
	@LGS_BUILD=$(ABS_BUILD) perl t/chaos.t --events 100000 $(CHAOS)

# BENCH="--rounds 3 --only bare" passes arguments to bench/run.pl.
$(BUILD)/bench/%: bench/%.c
	@mkdir -p $(@D)
	gcc $(CFLAGS_COMMON) -O2 -o $@ $< -lcrypto -lm
# bench/micro_<what>.c measures parts of the core alone; the libraries beside them are peers.
MICRO = $(patsubst bench/%.c,$(BUILD)/bench/%,$(wildcard bench/micro_*.c))
$(BUILD)/bench/micro_%: bench/micro_%.c bench/micro.h $(call libs,opt,policy)
	@mkdir -p $(@D)
	gcc $(CFLAGS_COMMON) $(CFLAGS_opt) -o $@ $< $(call libs,opt,policy) -ljwt $(LIBS)
bench-micro: packages-bench
	+@$(LOCKED) $(MICRO)
	@for program in $(MICRO); do echo "== $${program##*/micro_}"; $$program || exit 1; done
# From bytes to bytes: what a document costs to read, check, translate and write, by format.
MICRO_MAP = $(filter %/micro_map %/micro_csv %/micro_xml,$(MICRO))
bench-map: packages-bench
	+@$(LOCKED) $(MICRO_MAP)
	@for program in $(MICRO_MAP); do $$program || exit 1; done
$(BUILD)/bench/peer_valijson: bench/peer_valijson.cc
	@mkdir -p $(@D)
	g++ -std=c++17 -O2 -o $@ $<
# EDI: taking segments apart, trees, a stream of 500 MB; guides; then the shipped mappings, file to file and in memory.
$(BUILD)/bench/edi_map: bench/edi_map.c bench/micro.h $(BUILD)/opt/obj/ctl/translate.o $(call libs,opt,policy)
	@mkdir -p $(@D)
	gcc $(CFLAGS_COMMON) $(CFLAGS_opt) -o $@ $< $(BUILD)/opt/obj/ctl/translate.o $(call libs,opt,policy) $(LIBS)
bench-edi-parts: $(BUILD)/bench/micro_edi $(BUILD)/bench/micro_edi_guide $(BUILD)/bench/edi_map ctl
bench-edi: packages-bench
	+@$(LOCKED) bench-edi-parts
	@$(BUILD)/bench/micro_edi
	@$(BUILD)/bench/micro_edi_guide
	@LGS_BUILD=$(ABS_BUILD) bench/edi.pl
bench-schema-parts: $(BUILD)/bench/micro_schema $(BUILD)/bench/peer_valijson
bench-schema: packages-bench
	+@$(LOCKED) bench-schema-parts
	@tools/npm-packages $(ABS_BUILD)/npm
	@LGS_BUILD=$(ABS_BUILD) bench/schema.pl
bench-parts: all $(BUILD)/bench/load $(BUILD)/bench/mint
bench: packages-bench
	+@$(LOCKED) bench-parts
	@LGS_BUILD=$(ABS_BUILD) bench/run.pl $(BENCH)

# Accepting, delivering, draining beside their targets. BENCH="--only relay"
bench-queue-parts: all $(BUILD)/bench/load
bench-queue: packages-bench
	+@$(LOCKED) bench-queue-parts
	@LGS_BUILD=$(ABS_BUILD) bench/queue.pl $(BENCH)

lint: packages-lint
	@tools/lint

PREFIX ?= /usr/local
LIBDIR = $(DESTDIR)$(PREFIX)/lib/ngx_logistics
SHAREDIR = $(DESTDIR)$(PREFIX)/share/ngx_logistics
install:
	+@$(LOCKED) all
	install -d $(LIBDIR) $(SHAREDIR)/conf/local $(SHAREDIR)/tools $(DESTDIR)$(PREFIX)/bin
	install -m 644 $(MODULE) $(LIBDIR)/
	install -m 755 $(BUILD)/logisticsctl $(BUILD)/logistics-relay $(DESTDIR)$(PREFIX)/bin/
	install -m 644 conf/*.conf $(SHAREDIR)/conf/
	install -m 644 conf/local/*.in $(SHAREDIR)/conf/local/
	cp -R conf/prometheus $(SHAREDIR)/conf/
	install -m 755 tools/render-conf $(SHAREDIR)/tools/
	cp -R lua-free-policies $(SHAREDIR)/

clean:
	rm -rf $(BUILD)

FORCE:
