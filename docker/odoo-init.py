# Fed to "odoo shell": the gateway's user with the rights that it needs and no more, and its API key.
# Odoo 19 names the field group_ids, wants an expiration date for keys, and signs with the user's env.
import datetime
import os

groups = [
    "base.group_user",
    "stock.group_stock_user",
    "fleet.fleet_group_user",
    "maintenance.group_equipment_manager",
]
users = env["res.users"]  # noqa: F821 (given by the shell)
user = users.search([("login", "=", "gateway")])
if not user:
    user = users.create({
        "name": "Logistics gateway",
        "login": "gateway",
        # Odoo 17 refuses maintenance requests of a user without an address.
        "email": "gateway@example.com",
        "group_ids": [(6, 0, [env.ref(name).id for name in groups])],  # noqa: F821
    })
keys = env["res.users.apikeys"].with_user(user)  # noqa: F821
expires = datetime.datetime.now() + datetime.timedelta(days=365)
key = keys.sudo()._generate("rpc", "ngx_logistics", expires)
os.umask(0o077)
with open("/run/keys/odoo.key", "w") as file:
    file.write(key)
# nginx reads its policies as root, before its workers become www-data.
env.cr.commit()  # noqa: F821
