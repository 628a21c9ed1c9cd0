micro_edi.o: bench/micro_edi.c bench/../ngx_logistics_module/base/buf.h \
 bench/../ngx_logistics_module/base/arena.h \
 bench/../ngx_logistics_module/base/lgs.h \
 bench/../ngx_logistics_module/formats/edi_scan.h \
 bench/../ngx_logistics_module/formats/edi.h \
 bench/../ngx_logistics_module/formats/edi_fault.h \
 bench/../ngx_logistics_module/formats/../base/err.h \
 bench/../ngx_logistics_module/formats/../base/arena.h \
 bench/../ngx_logistics_module/formats/input.h \
 bench/../ngx_logistics_module/formats/build.h \
 bench/../ngx_logistics_module/formats/tree.h \
 bench/../ngx_logistics_module/formats/../base/hash.h \
 bench/../ngx_logistics_module/formats/../base/lgs.h bench/micro.h
bench/../ngx_logistics_module/base/buf.h:
bench/../ngx_logistics_module/base/arena.h:
bench/../ngx_logistics_module/base/lgs.h:
bench/../ngx_logistics_module/formats/edi_scan.h:
bench/../ngx_logistics_module/formats/edi.h:
bench/../ngx_logistics_module/formats/edi_fault.h:
bench/../ngx_logistics_module/formats/../base/err.h:
bench/../ngx_logistics_module/formats/../base/arena.h:
bench/../ngx_logistics_module/formats/input.h:
bench/../ngx_logistics_module/formats/build.h:
bench/../ngx_logistics_module/formats/tree.h:
bench/../ngx_logistics_module/formats/../base/hash.h:
bench/../ngx_logistics_module/formats/../base/lgs.h:
bench/micro.h:
