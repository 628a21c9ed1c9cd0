micro_token.o: bench/micro_token.c bench/../t/unit/auth/world.h \
 bench/../t/unit/auth/sign.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/auth/jwt.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/err.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/arena.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/lgs.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/base/base64.h \
 bench/../t/unit/auth/../../../ngx_logistics_module/base/arena.h \
 bench/../ngx_logistics_module/auth/token.h \
 bench/../ngx_logistics_module/auth/keys.h \
 bench/../ngx_logistics_module/auth/jwt.h bench/micro.h
bench/../t/unit/auth/world.h:
bench/../t/unit/auth/sign.h:
bench/../t/unit/auth/../../../ngx_logistics_module/auth/jwt.h:
bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/err.h:
bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/arena.h:
bench/../t/unit/auth/../../../ngx_logistics_module/auth/../base/lgs.h:
bench/../t/unit/auth/../../../ngx_logistics_module/base/base64.h:
bench/../t/unit/auth/../../../ngx_logistics_module/base/arena.h:
bench/../ngx_logistics_module/auth/token.h:
bench/../ngx_logistics_module/auth/keys.h:
bench/../ngx_logistics_module/auth/jwt.h:
bench/micro.h:
