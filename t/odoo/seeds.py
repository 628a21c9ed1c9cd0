"""What the database holds at the start: users, master data, a few transfers and vehicles; --seed adds to it."""


def defaults(version, args):
    gateway = 10 if version == 17 else 9  # the ids of the measured servers
    clerk, portal = gateway - 2, gateway - 1
    email = '' if args.no_gateway_email else 'gateway@example.com'
    return {
        'res.country': [{'id': 1, 'name': 'Belgium', 'code': 'BE'},
                        {'id': 57, 'name': 'Germany', 'code': 'DE'},
                        {'id': 233, 'name': 'United States', 'code': 'US'}],
        'res.currency': [{'id': 1, 'name': 'USD', 'symbol': '$'}, {'id': 125, 'name': 'EUR', 'symbol': '€'}],
        'res.partner': [{'id': 1, 'name': 'My Company', 'is_company': True},
                        {'id': 3, 'name': 'Mitchell Admin', 'email': 'admin@example.com'},
                        {'id': 6, 'name': 'Marc Demo', 'parent_id': 1},
                        {'id': 9, 'name': 'Acme Corporation', 'is_company': True, 'country_id': 233},
                        {'id': 14, 'name': 'Azure Interior', 'is_company': True, 'country_id': 233},
                        {'id': 40, 'name': 'Gateway', 'email': email or False},
                        {'id': 41, 'name': 'Clerk'}, {'id': 42, 'name': 'Portal User'}],
        'res.users': [
            {'id': 2, 'name': 'Mitchell Admin', 'login': 'admin', 'password': args.admin_password,
             'role': 'admin', 'partner_id': 3, 'email': 'admin@example.com'},
            {'id': clerk, 'name': 'Clerk', 'login': 'clerk', 'password': args.clerk_password,
             'role': 'clerk', 'partner_id': 41},
            {'id': portal, 'name': 'Portal User', 'login': 'portaluser',
             'password': args.portal_password, 'role': 'portal', 'partner_id': 42},
            {'id': gateway, 'name': 'Gateway', 'login': 'gateway', 'password': args.gateway_password,
             'role': 'gateway', 'partner_id': 40, 'email': email or False}],
        'stock.location': [{'id': i, 'name': name} for i, name in
                           [(1, 'Vendors'), (4, 'Partners/Vendors'), (5, 'WH/Stock'), (8, 'WH/Stock'),
                            (9, 'Customers')]],
        'stock.picking.type': [
            {'id': 1, 'name': 'Receipts', 'code': 'incoming', 'prefix': 'WH/IN/'},
            {'id': 2, 'name': 'Delivery Orders', 'code': 'outgoing', 'prefix': 'WH/OUT/'}],
        'product.product': [{'id': 15, 'name': 'Pallet'}, {'id': 37, 'name': 'Crate'}],
        'stock.picking': [
            {'id': 11, 'name': 'WH/OUT/00011', 'state': 'assigned', 'origin': 'S00011',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 9,
             'carrier_tracking_ref': '00340434161094042557'},
            {'id': 12, 'name': 'WH/OUT/00012', 'state': 'assigned', 'origin': 'S00012',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 14,
             'carrier_tracking_ref': '7777777770'},
            {'id': 13, 'name': 'WH/OUT/00013', 'state': 'done', 'origin': 'S00013',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 14,
             'carrier_tracking_ref': '1Z999AA10123456784'}],
        'stock.move': [
            {'picking_id': picking, 'product_id': 15, 'product_uom_qty': 4.0, 'name': 'Pallet'}
            for picking in (11, 12, 13)],
        'mail.message.subtype': [{'id': 1, 'name': 'Discussions'}, {'id': 2, 'name': 'Note'}],
        'fleet.vehicle.model.brand': [{'id': 1, 'name': 'Nissan'}],
        'fleet.vehicle.model': [{'id': 1, 'name': 'Micra', 'brand_id': 1}],
        'fleet.vehicle': [
            {'id': 1, 'license_plate': '1-ACK-205', 'model_id': 1, 'vin_sn': '5454541', 'driver_id': 6,
             'odometer': 7981.0},
            {'id': 2, 'license_plate': 'DN-LG 100', 'model_id': 1, 'vin_sn': 'WDB9634031L123456'},
            {'id': 3, 'license_plate': 'DN-LG 101', 'model_id': 1, 'vin_sn': 'WDB9634031L123457'}],
        'maintenance.stage': [{'id': 1, 'name': 'New Request'}, {'id': 2, 'name': 'In Progress'}],
        'maintenance.team': [{'id': 1, 'name': 'Internal Maintenance'}],
        'maintenance.equipment': [
            {'id': 1, 'name': 'Samsung Monitor 15"', 'serial_no': 'MT/122/11112222'},
            {'id': 2, 'name': 'Reach Truck 7', 'serial_no': 'RT-0007'}],
        'account.account': [{'id': 1, 'name': 'Expenses', 'code': '600000'}],
        'ir.model.data': [
            {'module': 'mail', 'name': 'mt_comment', 'model': 'mail.message.subtype', 'res_id': 1},
            {'module': 'mail', 'name': 'mt_note', 'model': 'mail.message.subtype', 'res_id': 2},
            {'module': 'base', 'name': 'be', 'model': 'res.country', 'res_id': 1},
            {'module': 'base', 'name': 'de', 'model': 'res.country', 'res_id': 57},
            {'module': 'base', 'name': 'us', 'model': 'res.country', 'res_id': 233}],
    }
