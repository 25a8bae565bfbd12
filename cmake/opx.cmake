# SPDX-License-Identifier: MPL-2.0
# How each kind of target of OPX is built. One function a kind; no global include path, warnings and hardening on one
# interface target. Include isolation: ${build}/layers/<layer>/<layer> is a link to core/<layer>, and a target sees only the
# layers it names, so that an upward #include does not compile.
include_guard()

option(OPX_SANITIZE "address and undefined behaviour sanitizers" OFF)
option(OPX_FUZZ "libFuzzer targets, with both sanitizers (clang)" OFF)
option(OPX_COVERAGE "gcov instrumentation" OFF)

add_library(opx-flags INTERFACE)
set(OPX_WARNINGS
	-Wall -Wextra -Wpedantic -Werror -Wconversion -Wsign-conversion -Wshadow -Wvla -Wcast-qual -Wformat=2
	-Wimplicit-fallthrough -Wstrict-prototypes -Wmissing-prototypes -Wold-style-definition -Wundef -Wpointer-arith
	-Wno-missing-field-initializers
	-Werror=format-security -Werror=implicit -Werror=incompatible-pointer-types -Werror=int-conversion)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	list(APPEND OPX_WARNINGS -Wjump-misses-init -Wduplicated-cond -Wlogical-op -Wtrampolines -Wbidi-chars=any,ucn
		-Warray-bounds=2 -Wstringop-overflow=4 -Wuse-after-free=3 -Wstack-usage=65536)
	if(NOT OPX_SANITIZE AND NOT OPX_COVERAGE) # instrumentation makes branches that this one takes for ours
		list(APPEND OPX_WARNINGS -Wnull-dereference)
	endif()
else()
	list(APPEND OPX_WARNINGS -Wframe-larger-than=65536)
endif()
set(OPX_HARDENING
	-fno-delete-null-pointer-checks -fno-strict-overflow -fno-strict-aliasing -fexceptions
	-fstack-protector-strong -fstack-clash-protection -fcf-protection=full)
if(CMAKE_C_COMPILER_ID STREQUAL "GNU")
	list(APPEND OPX_HARDENING -ftrivial-auto-var-init=zero)
endif()
target_compile_options(opx-flags INTERFACE ${OPX_WARNINGS} ${OPX_HARDENING})
target_compile_definitions(opx-flags INTERFACE _GNU_SOURCE)
# Addresses of sources in messages are those of the repository, not of this machine.
target_compile_options(opx-flags INTERFACE -fmacro-prefix-map=${CMAKE_SOURCE_DIR}/=)
target_link_options(opx-flags INTERFACE
	-Wl,-z,relro,-z,now,-z,noexecstack,-z,separate-code,-z,defs -Wl,--as-needed,--no-copy-dt-needed-entries)
if(OPX_FUZZ)
	target_compile_options(opx-flags INTERFACE -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_compile_definitions(opx-flags INTERFACE OPX_ARENA_MALLOC=1)
	target_link_options(opx-flags INTERFACE -fsanitize=address,undefined)
elseif(OPX_SANITIZE)
	target_compile_options(opx-flags INTERFACE -fsanitize=address,undefined -fno-sanitize-recover=all
		-fno-omit-frame-pointer)
	target_compile_definitions(opx-flags INTERFACE OPX_ARENA_MALLOC=1)
	target_link_options(opx-flags INTERFACE -fsanitize=address,undefined)
else()
	if(NOT CMAKE_BUILD_TYPE STREQUAL "Debug")
		target_compile_options(opx-flags INTERFACE -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3)
	endif()
endif()
if(OPX_COVERAGE)
	target_compile_options(opx-flags INTERFACE --coverage -fprofile-abs-path)
	target_link_options(opx-flags INTERFACE --coverage)
endif()

# What plugins may include, and the layers of core that serve them: <opx/plugin.h>.
add_library(opx-public INTERFACE)
target_include_directories(opx-public INTERFACE ${CMAKE_SOURCE_DIR}/core/include)

# The folder that shows one layer, and nothing else, to a target.
function(opx_layer_view layer)
	file(MAKE_DIRECTORY ${CMAKE_BINARY_DIR}/layers/${layer})
	if(NOT EXISTS ${CMAKE_BINARY_DIR}/layers/${layer}/${layer})
		file(CREATE_LINK ${CMAKE_SOURCE_DIR}/core/${layer} ${CMAKE_BINARY_DIR}/layers/${layer}/${layer} SYMBOLIC)
	endif()
endfunction()

# opx_add_layer(<layer> SOURCES … DEPS <layers> LIBS <libraries> [PUBLIC_HEADERS])
function(opx_add_layer layer)
	cmake_parse_arguments(L "PUBLIC_HEADERS" "" "SOURCES;DEPS;LIBS" ${ARGN})
	opx_layer_view(${layer})
	add_library(opx-${layer} STATIC ${L_SOURCES})
	set_target_properties(opx-${layer} PROPERTIES POSITION_INDEPENDENT_CODE ON OUTPUT_NAME opx-${layer})
	target_include_directories(opx-${layer} PUBLIC ${CMAKE_BINARY_DIR}/layers/${layer})
	target_link_libraries(opx-${layer} PRIVATE opx-flags)
	foreach(dep IN LISTS L_DEPS)
		target_link_libraries(opx-${layer} PUBLIC opx-${dep})
	endforeach()
	target_link_libraries(opx-${layer} PUBLIC ${L_LIBS})
	if(L_PUBLIC_HEADERS)
		target_link_libraries(opx-${layer} PUBLIC opx-public)
	endif()
endfunction()

# opx_add_program(<name> SOURCES … DEPS <layers> LIBS …)
function(opx_add_program name)
	cmake_parse_arguments(P "" "" "SOURCES;DEPS;LIBS" ${ARGN})
	add_executable(${name} ${P_SOURCES})
	set_target_properties(${name} PROPERTIES POSITION_INDEPENDENT_CODE ON
		RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/bin)
	target_include_directories(${name} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
	target_link_options(${name} PRIVATE -pie)
	target_link_libraries(${name} PRIVATE opx-flags)
	foreach(dep IN LISTS P_DEPS)
		target_link_libraries(${name} PRIVATE opx-${dep})
	endforeach()
	target_link_libraries(${name} PRIVATE ${P_LIBS})
endfunction()

# Embeds files in a generated C file: opx_embed(<target> <symbol> FILE) gives `extern const struct opx_bytes <symbol>`.
function(opx_embed target symbol file)
	set(dir ${CMAKE_BINARY_DIR}/gen/${target})
	set(out ${dir}/embed_${symbol}.c)
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DIN=${file} -DOUT=${out} -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/cmake/embed.cmake
		DEPENDS ${file} ${CMAKE_SOURCE_DIR}/cmake/embed.cmake VERBATIM)
	target_sources(${target} PRIVATE ${out})
endfunction()

# opx_sql(<target> FILES q.sql … [PLUGIN]): sqlc makes sql_<basename>.{c,h}
function(opx_sql target)
	cmake_parse_arguments(Q "PLUGIN" "" "FILES" ${ARGN})
	set(dir ${CMAKE_BINARY_DIR}/gen/${target})
	file(MAKE_DIRECTORY ${dir})
	foreach(in IN LISTS Q_FILES)
		get_filename_component(base ${in} NAME_WE)
		get_filename_component(path ${in} ABSOLUTE)
		set(out ${dir}/sql_${base})
		set(mode "")
		if(Q_PLUGIN)
			set(mode --plugin)
		endif()
		add_custom_command(OUTPUT ${out}.c ${out}.h
			COMMAND sqlc --out-c ${out}.c --out-h ${out}.h ${mode} ${path}
			DEPENDS sqlc ${path} VERBATIM)
		target_sources(${target} PRIVATE ${out}.c ${out}.h)
	endforeach()
	target_include_directories(${target} PUBLIC ${dir})
endfunction()

# opx_templates(<target> FILES t.html …): tplc makes tpl_<basename>.{c,h}
function(opx_templates target)
	cmake_parse_arguments(T "" "" "FILES" ${ARGN})
	set(dir ${CMAKE_BINARY_DIR}/gen/${target})
	file(MAKE_DIRECTORY ${dir})
	foreach(in IN LISTS T_FILES)
		get_filename_component(base ${in} NAME_WE)
		get_filename_component(path ${in} ABSOLUTE)
		set(out ${dir}/tpl_${base})
		add_custom_command(OUTPUT ${out}.c ${out}.h
			COMMAND tplc --out-c ${out}.c --out-h ${out}.h ${path}
			DEPENDS tplc ${path} VERBATIM)
		set_source_files_properties(${out}.c PROPERTIES COMPILE_OPTIONS -Wno-unused-parameter)
		target_sources(${target} PRIVATE ${out}.c ${out}.h)
	endforeach()
	target_include_directories(${target} PUBLIC ${dir})
endfunction()

# opx_migrations(<target> <symbol> a.sql b.sql …): `const struct opx_migration <symbol>[]`, compiled in: a program and its schema are one.
function(opx_migrations target symbol)
	set(out ${CMAKE_BINARY_DIR}/gen/${target}/migrations.c)
	set(paths "")
	foreach(m IN LISTS ARGN)
		get_filename_component(m ${m} ABSOLUTE)
		list(APPEND paths ${m})
	endforeach()
	string(REPLACE ";" "," joined "${paths}")
	add_custom_command(OUTPUT ${out}
		COMMAND ${CMAKE_COMMAND} -DIN=${joined} -DOUT=${out} -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/cmake/migrations.cmake
		DEPENDS ${paths} ${CMAKE_SOURCE_DIR}/cmake/migrations.cmake VERBATIM)
	target_sources(${target} PRIVATE ${out})
endfunction()

# opx_add_plugin(<name> SOURCES … LIBS … QUERIES … TEMPLATES … MIGRATIONS … DATA symbol=file …)
function(opx_add_plugin name)
	cmake_parse_arguments(P "" "" "SOURCES;LIBS;QUERIES;TEMPLATES;MIGRATIONS;DATA" ${ARGN})
	set(target plugin-${name})
	add_library(${target} MODULE ${P_SOURCES})
	set_target_properties(${target} PROPERTIES PREFIX "" OUTPUT_NAME ${name} C_VISIBILITY_PRESET hidden
		LIBRARY_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/plugins)
	target_include_directories(${target} PRIVATE ${CMAKE_CURRENT_SOURCE_DIR})
	target_link_libraries(${target} PRIVATE opx-flags opx-public opx-base ${P_LIBS})
	target_link_options(${target} PRIVATE -Wl,-z,defs -Wl,--exclude-libs,ALL)
	if(P_QUERIES)
		opx_sql(${target} FILES ${P_QUERIES} PLUGIN)
	endif()
	if(P_TEMPLATES)
		opx_templates(${target} FILES ${P_TEMPLATES})
		target_link_libraries(${target} PRIVATE opx-html)
	endif()
	foreach(data IN LISTS P_DATA)
		string(REPLACE "=" ";" pair ${data})
		list(GET pair 0 symbol)
		list(GET pair 1 file)
		get_filename_component(file ${file} ABSOLUTE)
		opx_embed(${target} ${symbol} ${file})
	endforeach()
	if(P_MIGRATIONS)
		opx_migrations(${target} plugin_migrations ${P_MIGRATIONS})
	endif()
endfunction()

# opx_add_unit_test(<name> SOURCES … DEPS <layers> LIBS …): a Check program, in ctest as unit.<name>
function(opx_add_unit_test name)
	cmake_parse_arguments(U "" "" "SOURCES;DEPS;LIBS" ${ARGN})
	set(target test-${name})
	add_executable(${target} ${U_SOURCES})
	set_target_properties(${target} PROPERTIES RUNTIME_OUTPUT_DIRECTORY ${CMAKE_BINARY_DIR}/tests)
	target_include_directories(${target} PRIVATE ${CMAKE_SOURCE_DIR}/tests)
	target_link_libraries(${target} PRIVATE opx-flags)
	target_compile_options(${target} PRIVATE -Wno-pedantic -Wno-error=pedantic -Wno-format-extra-args)
	foreach(dep IN LISTS U_DEPS)
		target_link_libraries(${target} PRIVATE opx-${dep})
	endforeach()
	target_link_libraries(${target} PRIVATE ${U_LIBS} PkgConfig::CHECK)
	add_test(NAME unit.${name} COMMAND ${target})
	set_tests_properties(unit.${name} PROPERTIES ENVIRONMENT "OPX_SOURCE=${CMAKE_SOURCE_DIR};OPX_BUILD=${CMAKE_BINARY_DIR};CK_DEFAULT_TIMEOUT=60" TIMEOUT 300)
endfunction()
