#!/bin/sh
# Writes the configuration of this container from its environment, then becomes nginx.
set -eu
/usr/share/ngx_logistics/tools/render-conf /var/lib/logistics/conf
# nginx that was killed leaves it behind, and would not start over it
rm -f "${LGS_RELAY_SOCKET:-/var/lib/logistics/relay.sock}"
exec /usr/sbin/nginx -p /var/lib/logistics/ -c /var/lib/logistics/conf/nginx.conf -e stderr "$@"
