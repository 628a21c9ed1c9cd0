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
                        {'id': 15, 'name': 'ACME Express', 'is_company': True, 'country_id': 233},
                        {'id': 16, 'name': 'Azure Interior, Yard 2', 'parent_id': 14, 'type': 'delivery'},
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
        'res.company': [{'id': 1, 'name': 'My Company'}],
        'delivery.carrier': [{'id': 1, 'name': 'DHL'}, {'id': 2, 'name': 'ACME Express'}],
        'stock.warehouse': [{'id': 1, 'name': 'My Company', 'code': 'WH'}],
        'stock.location': [{'id': i, 'name': name, 'complete_name': name, 'usage': usage,
                            'warehouse_id': 1 if usage == 'internal' else None} for i, name, usage in
                           [(1, 'Vendors', 'supplier'), (4, 'Partners/Vendors', 'supplier'),
                            (5, 'WH/Stock', 'internal'), (8, 'WH/Stock', 'internal'),
                            (9, 'Customers', 'customer'), (14, 'Inventory adjustment', 'inventory')]],
        'uom.uom': [{'id': i + 1, 'name': name} for i, name in
                    enumerate(['Units', 'Dozens', 'kg', 'g', 'lb', 'L'])],
        'account.tax': [
            {'id': 1, 'name': '15%', 'type_tax_use': 'purchase', 'amount': 15.0},
            {'id': 2, 'name': '19%', 'type_tax_use': 'purchase', 'amount': 19.0},
            {'id': 3, 'name': '19% S', 'type_tax_use': 'sale', 'amount': 19.0},
            {'id': 4, 'name': '0%', 'type_tax_use': 'purchase', 'amount': 0.0}],
        'fleet.vehicle.state': [{'id': 1, 'name': 'Registered', 'sequence': 7},
                                {'id': 2, 'name': 'New Request', 'sequence': 4}],
        'stock.picking.type': [
            {'id': 1, 'name': 'Receipts', 'code': 'incoming', 'prefix': 'WH/IN/',
             'default_location_src_id': 4, 'default_location_dest_id': 8, 'use_create_lots': True},
            {'id': 2, 'name': 'Delivery Orders', 'code': 'outgoing', 'prefix': 'WH/OUT/',
             'default_location_src_id': 8, 'default_location_dest_id': 9, 'use_existing_lots': True},
            {'id': 5, 'name': 'Internal Transfers', 'code': 'internal', 'prefix': 'WH/INT/',
             'default_location_src_id': 8, 'default_location_dest_id': 8, 'use_existing_lots': True}],
        'product.product': [
            {'id': 15, 'name': 'Pallet', 'default_code': 'PAL-1', 'barcode': '4012345000016'},
            {'id': 37, 'name': 'Crate', 'default_code': 'CRT-1', 'barcode': '4012345000023'}],
        'stock.picking': [
            {'id': 11, 'name': 'WH/OUT/00011', 'state': 'assigned', 'origin': 'S00011',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 9,
             'carrier_tracking_ref': '00340434161094042557', 'carrier_id': 2},
            {'id': 12, 'name': 'WH/OUT/00012', 'state': 'assigned', 'origin': 'S00012',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 14,
             'carrier_tracking_ref': '7777777770', 'carrier_id': 1},
            {'id': 13, 'name': 'WH/OUT/00013', 'state': 'done', 'origin': 'S00013',
             'picking_type_id': 2, 'location_id': 5, 'location_dest_id': 9, 'partner_id': 14,
             'carrier_tracking_ref': '1Z999AA10123456784'}],
        'stock.move': [
            {'picking_id': picking, 'product_id': 15, 'product_uom_qty': 4.0,
             **({} if version >= 19 else {'name': 'Pallet'})}
            for picking in (11, 12, 13)],
        'mail.message.subtype': [{'id': 1, 'name': 'Discussions'}, {'id': 2, 'name': 'Note'}],
        'fleet.vehicle.model.brand': [{'id': 1, 'name': 'Nissan'}],
        'fleet.vehicle.model': [{'id': 1, 'name': 'Micra', 'brand_id': 1}],
        'fleet.vehicle': [
            {'id': 1, 'license_plate': '1-ACK-205', 'model_id': 1, 'vin_sn': '5454541', 'driver_id': 6,
             'odometer': 7981.0, 'company_id': 1},
            {'id': 2, 'license_plate': 'DN-LG 100', 'model_id': 1, 'vin_sn': 'WDB9634031L123456',
             'company_id': 1},
            {'id': 3, 'license_plate': 'DN-LG 101', 'model_id': 1, 'vin_sn': 'WDB9634031L123457',
             'company_id': 1}],
        'maintenance.stage': [
            {'id': 1, 'name': 'New Request'}, {'id': 2, 'name': 'In Progress'},
            {'id': 3, 'name': 'Repaired', 'done': True}, {'id': 4, 'name': 'Scrap', 'done': True}],
        'maintenance.team': [{'id': 1, 'name': 'Internal Maintenance'}],
        'maintenance.equipment': [
            {'id': 1, 'name': 'Samsung Monitor 15"', 'serial_no': 'MT/122/11112222'},
            {'id': 2, 'name': 'Reach Truck 7', 'serial_no': 'RT-0007'}],
        'account.account': [{'id': 1, 'name': 'Expenses', 'code': '600000'}],
        'ir.model.data': [
            {'module': 'mail', 'name': 'mt_comment', 'model': 'mail.message.subtype', 'res_id': 1},
            {'module': 'mail', 'name': 'mt_note', 'model': 'mail.message.subtype', 'res_id': 2},
            {'module': 'maintenance', 'name': 'stage_3', 'model': 'maintenance.stage', 'res_id': 3},
            {'module': 'fleet', 'name': 'fleet_vehicle_state_registered', 'model': 'fleet.vehicle.state',
             'res_id': 1},
            {'module': 'fleet', 'name': 'fleet_vehicle_state_new_request', 'model': 'fleet.vehicle.state',
             'res_id': 2},
            {'module': 'base', 'name': 'be', 'model': 'res.country', 'res_id': 1},
            {'module': 'base', 'name': 'de', 'model': 'res.country', 'res_id': 57},
            {'module': 'base', 'name': 'us', 'model': 'res.country', 'res_id': 233}],
    }
