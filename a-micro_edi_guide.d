micro_edi_guide.o: bench/micro_edi_guide.c \
 bench/../ngx_logistics_module/base/file.h \
 bench/../ngx_logistics_module/base/err.h \
 bench/../ngx_logistics_module/base/arena.h \
 bench/../ngx_logistics_module/base/lgs.h \
 bench/../ngx_logistics_module/edi/guide.h \
 bench/../ngx_logistics_module/edi/../formats/edi.h \
 bench/../ngx_logistics_module/edi/../formats/edi_fault.h \
 bench/../ngx_logistics_module/edi/../formats/../base/err.h \
 bench/../ngx_logistics_module/edi/../formats/input.h \
 bench/../ngx_logistics_module/edi/../formats/build.h \
 bench/../ngx_logistics_module/edi/../formats/tree.h \
 bench/../ngx_logistics_module/edi/../formats/../base/hash.h \
 bench/../ngx_logistics_module/edi/../formats/../base/lgs.h \
 bench/../ngx_logistics_module/edi/../schema/schema.h \
 bench/../ngx_logistics_module/edi/../schema/../formats/tree.h \
 bench/../ngx_logistics_module/formats/edi_scan.h \
 bench/../ngx_logistics_module/formats/edi.h \
 bench/../ngx_logistics_module/policy/yaml.h \
 bench/../ngx_logistics_module/policy/../formats/build.h bench/micro.h
bench/../ngx_logistics_module/base/file.h:
bench/../ngx_logistics_module/base/err.h:
bench/../ngx_logistics_module/base/arena.h:
bench/../ngx_logistics_module/base/lgs.h:
bench/../ngx_logistics_module/edi/guide.h:
bench/../ngx_logistics_module/edi/../formats/edi.h:
bench/../ngx_logistics_module/edi/../formats/edi_fault.h:
bench/../ngx_logistics_module/edi/../formats/../base/err.h:
bench/../ngx_logistics_module/edi/../formats/input.h:
bench/../ngx_logistics_module/edi/../formats/build.h:
bench/../ngx_logistics_module/edi/../formats/tree.h:
bench/../ngx_logistics_module/edi/../formats/../base/hash.h:
bench/../ngx_logistics_module/edi/../formats/../base/lgs.h:
bench/../ngx_logistics_module/edi/../schema/schema.h:
bench/../ngx_logistics_module/edi/../schema/../formats/tree.h:
bench/../ngx_logistics_module/formats/edi_scan.h:
bench/../ngx_logistics_module/formats/edi.h:
bench/../ngx_logistics_module/policy/yaml.h:
bench/../ngx_logistics_module/policy/../formats/build.h:
bench/micro.h:
