#!/bin/bash
# Once: the database with the modules that the shipped policies write to, the gateway's user, and its
# API key in the volume that the gateway reads. Running it again changes nothing.
set -euo pipefail
modules=base,stock,stock_delivery,fleet,maintenance,purchase,account
# The image's own entry point turns HOST, USER, PASSWORD into arguments.
/entrypoint.sh odoo -c /etc/odoo/odoo.conf -i "$modules" --stop-after-init --no-http
chown -R odoo: /var/lib/odoo
[ ! -s /run/keys/odoo.key ] || exit 0
/entrypoint.sh odoo shell -c /etc/odoo/odoo.conf --no-http < /opt/logistics/odoo-init.py
test -s /run/keys/odoo.key
# This ran as root; Odoo itself does not.
chown -R odoo: /var/lib/odoo
