micro_map.o: bench/micro_map.c bench/../ngx_logistics_module/base/file.h \
 bench/../ngx_logistics_module/base/err.h \
 bench/../ngx_logistics_module/base/arena.h \
 bench/../ngx_logistics_module/base/lgs.h \
 bench/../ngx_logistics_module/base/map.h \
 bench/../ngx_logistics_module/formats/json.h \
 bench/../ngx_logistics_module/formats/../base/buf.h \
 bench/../ngx_logistics_module/formats/../base/arena.h \
 bench/../ngx_logistics_module/formats/build.h \
 bench/../ngx_logistics_module/formats/tree.h \
 bench/../ngx_logistics_module/formats/../base/err.h \
 bench/../ngx_logistics_module/formats/../base/hash.h \
 bench/../ngx_logistics_module/formats/../base/lgs.h \
 bench/../ngx_logistics_module/mapping/mapping.h \
 bench/../ngx_logistics_module/mapping/../base/datetime.h \
 bench/../ngx_logistics_module/mapping/../base/err.h \
 bench/../ngx_logistics_module/mapping/../formats/input.h \
 bench/../ngx_logistics_module/mapping/../formats/build.h \
 bench/../ngx_logistics_module/mapping/../formats/output.h \
 bench/../ngx_logistics_module/mapping/../formats/../base/buf.h \
 bench/../ngx_logistics_module/mapping/../formats/input.h \
 bench/../ngx_logistics_module/policy/yaml.h \
 bench/../ngx_logistics_module/policy/../formats/build.h \
 bench/../ngx_logistics_module/schema/schema.h \
 bench/../ngx_logistics_module/schema/../formats/tree.h bench/micro.h
bench/../ngx_logistics_module/base/file.h:
bench/../ngx_logistics_module/base/err.h:
bench/../ngx_logistics_module/base/arena.h:
bench/../ngx_logistics_module/base/lgs.h:
bench/../ngx_logistics_module/base/map.h:
bench/../ngx_logistics_module/formats/json.h:
bench/../ngx_logistics_module/formats/../base/buf.h:
bench/../ngx_logistics_module/formats/../base/arena.h:
bench/../ngx_logistics_module/formats/build.h:
bench/../ngx_logistics_module/formats/tree.h:
bench/../ngx_logistics_module/formats/../base/err.h:
bench/../ngx_logistics_module/formats/../base/hash.h:
bench/../ngx_logistics_module/formats/../base/lgs.h:
bench/../ngx_logistics_module/mapping/mapping.h:
bench/../ngx_logistics_module/mapping/../base/datetime.h:
bench/../ngx_logistics_module/mapping/../base/err.h:
bench/../ngx_logistics_module/mapping/../formats/input.h:
bench/../ngx_logistics_module/mapping/../formats/build.h:
bench/../ngx_logistics_module/mapping/../formats/output.h:
bench/../ngx_logistics_module/mapping/../formats/../base/buf.h:
bench/../ngx_logistics_module/mapping/../formats/input.h:
bench/../ngx_logistics_module/policy/yaml.h:
bench/../ngx_logistics_module/policy/../formats/build.h:
bench/../ngx_logistics_module/schema/schema.h:
bench/../ngx_logistics_module/schema/../formats/tree.h:
bench/micro.h:
