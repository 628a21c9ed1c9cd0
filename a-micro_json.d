micro_json.o: bench/micro_json.c \
 bench/../ngx_logistics_module/formats/json.h \
 bench/../ngx_logistics_module/formats/../base/buf.h \
 bench/../ngx_logistics_module/formats/../base/arena.h \
 bench/../ngx_logistics_module/formats/../base/lgs.h \
 bench/../ngx_logistics_module/formats/build.h \
 bench/../ngx_logistics_module/formats/tree.h \
 bench/../ngx_logistics_module/formats/../base/err.h \
 bench/../ngx_logistics_module/formats/../base/hash.h bench/micro.h
bench/../ngx_logistics_module/formats/json.h:
bench/../ngx_logistics_module/formats/../base/buf.h:
bench/../ngx_logistics_module/formats/../base/arena.h:
bench/../ngx_logistics_module/formats/../base/lgs.h:
bench/../ngx_logistics_module/formats/build.h:
bench/../ngx_logistics_module/formats/tree.h:
bench/../ngx_logistics_module/formats/../base/err.h:
bench/../ngx_logistics_module/formats/../base/hash.h:
bench/micro.h:
