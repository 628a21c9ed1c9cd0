"""The models that the stand-in has: fields, constraints, who may do what. Data only; orm.py works on it."""


class Field:
    def __init__(self, kind, string=None, required=False, relation=None, inverse=None, selection=None,
                 default=None, computed=False, index=False):
        self.kind = kind
        self.string = string
        self.required = required
        self.relation = relation
        self.inverse = inverse
        self.selection = dict(selection) if selection else None
        self.default = default
        self.computed = computed
        self.index = index
        self.name = None

    @property
    def stored(self):
        return self.kind != 'one2many' and not self.computed


class Model:
    def __init__(self, name, string, fields, unique=(), rec_name='name', thread=False):
        self.name = name
        self.string = string
        self.unique = dict(unique)
        self.rec_name = rec_name
        self.thread = thread
        self.table = name.replace('.', '_')
        base = {
            'create_uid': Field('many2one', 'Created by', relation='res.users'),
            'create_date': Field('datetime', 'Created on'),
            'write_date': Field('datetime', 'Last Updated on'),
            'display_name': Field('char', 'Display Name', computed=True),
        }
        self.fields = {'id': Field('integer', 'ID'), **fields, **base}
        for key, field in self.fields.items():
            field.name = key
            field.string = field.string or key.removesuffix('_id').replace('_', ' ').title()


def char(string=None, **more):
    return Field('char', string, **more)


def to_one(relation, string=None, **more):
    return Field('many2one', string, relation=relation, **more)


def lines(relation, inverse, string=None):
    return Field('one2many', string, relation=relation, inverse=inverse)


# What no remark stands at is in the recordings. "read": read in Odoo's public source, which files of which versions
# stands in README.md. "memory": from memory of that source, neither read again nor measured.
STATES = [('draft', 'Draft'), ('waiting', 'Waiting Another Operation'), ('confirmed', 'Waiting'),
          ('assigned', 'Ready'), ('done', 'Done'), ('cancel', 'Cancelled')]
MESSAGE_TYPES = [('email', 'Incoming Email'), ('comment', 'Comment'),
                 ('email_outgoing', 'Outgoing Email'), ('notification', 'System notification')]


def definitions(version, stock_delivery):
    picking = {
        'name': char('Reference', default='/', index=True),
        'state': Field('selection', 'Status', selection=STATES, default='draft'),
        'origin': char('Source Document', index=True),
        'partner_id': to_one('res.partner', 'Contact'),
        'picking_type_id': to_one('stock.picking.type', 'Operation Type', required=True),
        'picking_type_code': char('Type of Operation'),
        'location_id': to_one('stock.location', 'Source Location', required=True),
        'location_dest_id': to_one('stock.location', 'Destination Location', required=True),
        'scheduled_date': Field('datetime', 'Scheduled Date'),
        'date_done': Field('datetime', 'Date of Transfer'),
        'note': Field('html', 'Notes'),
        'active': Field('boolean', 'Active', default=True),
        'backorder_id': to_one('stock.picking', 'Back Order of'),  # read
        'return_id': to_one('stock.picking', 'Return of'),  # memory
        'move_ids': lines('stock.move', 'picking_id', 'Stock moves'),
    }
    if stock_delivery:
        picking['carrier_tracking_ref'] = char('Tracking Reference', index=True)
        picking['carrier_id'] = to_one('delivery.carrier', 'Carrier')
        picking['carrier_price'] = Field('float', 'Shipping Cost', default=0.0)
    models = [
        Model('res.country', 'Country', {'name': char(required=True), 'code': char('Country Code')}),
        Model('res.currency', 'Currency', {'name': char(required=True), 'symbol': char(required=True)},
              unique=[('name', 'The currency code must be unique!')]),
        Model('res.partner', 'Contact', {
            'name': char('Name', index=True), 'email': char('Email'), 'phone': char('Phone'),
            'ref': char('Reference', index=True), 'vat': char('Tax ID'),
            'street': char(), 'city': char(), 'zip': char(),
            'type': Field('selection', 'Address Type', default='contact', selection=[
                ('contact', 'Contact'), ('invoice', 'Invoice Address'),
                ('delivery', 'Delivery Address'), ('other', 'Other Address')]),
            'is_company': Field('boolean', 'Is a Company', default=False),
            'parent_id': to_one('res.partner', 'Related Company'),
            'country_id': to_one('res.country', 'Country'),
            'commercial_partner_id': to_one('res.partner', 'Commercial Entity'),
            'active': Field('boolean', 'Active', default=True),
            'child_ids': lines('res.partner', 'parent_id', 'Contact'),
        }, thread=True),
        Model('res.users', 'User', {
            'name': char('Name', required=True), 'login': char('Login', required=True),
            'password': char('Password'), 'email': char('Email'), 'role': char('Role', default='clerk'),
            'tz': char('Timezone', default='Europe/Brussels'),
            'partner_id': to_one('res.partner', 'Related Partner'),
            'active': Field('boolean', 'Active', default=True),
        }, unique=[('login', 'You can not have two users with the same login!')]),
        Model('res.company', 'Companies', {'name': char(required=True)}),
        Model('delivery.carrier', 'Shipping Methods', {'name': char(required=True)}),
        Model('uom.uom', 'Product Unit of Measure', {'name': char(required=True)}),  # read
        Model('product.product', 'Product Variant', {
            'name': char('Name', required=True), 'default_code': char('Internal Reference', index=True),
            'tracking': Field('selection', 'Tracking', default='none', selection=[  # read
                ('none', 'By Quantity'), ('lot', 'By Lots'), ('serial', 'By Unique Serial Number')]),
            'barcode': char('Barcode', index=True), 'uom_id': to_one('uom.uom', 'Unit', default=1),
            'active': Field('boolean', 'Active', default=True)}, thread=True),
        Model('product.template', 'Product', {'name': char('Name', required=True),
                                              'list_price': Field('float', 'Sales Price')}),
        Model('stock.warehouse', 'Warehouse', {'name': char(required=True), 'code': char('Short Name')}),  # memory
        Model('stock.location', 'Inventory Locations', {
            'name': char(required=True), 'complete_name': char('Full Location Name'),
            'warehouse_id': to_one('stock.warehouse', 'Warehouse'),  # memory
            'usage': char('Location Type', default='internal')}),
        Model('stock.lot', 'Lot/Serial', {'name': char(required=True), 'product_id': to_one('product.product')}),  # read
        Model('stock.quant', 'Quants', {
            'product_id': to_one('product.product', 'Product', required=True, index=True),
            'location_id': to_one('stock.location', 'Location', required=True),
            'lot_id': to_one('stock.lot', 'Lot/Serial Number'), 'owner_id': to_one('res.partner', 'Owner'),
            'quantity': Field('float', 'Quantity', default=0.0),
            'reserved_quantity': Field('float', 'Reserved Quantity', default=0.0),
            'available_quantity': Field('float', 'Available Quantity', default=0.0),
            'inventory_quantity': Field('float', 'Counted Quantity', default=0.0),  # read
            'inventory_quantity_auto_apply': Field('float', 'Inventoried Quantity', computed=True),  # read
            'in_date': Field('datetime', 'Incoming Date')}, rec_name='product_id'),
        Model('stock.picking.type', 'Picking Type', {
            'name': char(required=True), 'code': char(), 'prefix': char(),
            'warehouse_id': to_one('stock.warehouse', 'Warehouse', default=1),  # memory
            'use_create_lots': Field('boolean', default=False), 'use_existing_lots': Field('boolean', default=False),  # read
            'create_backorder': Field('selection', default='ask', selection=[  # read
                ('ask', 'Ask'), ('always', 'Always'), ('never', 'Never')]),
            'default_location_src_id': to_one('stock.location', 'Default Source Location'),
            'default_location_dest_id': to_one('stock.location', 'Default Destination Location')}),
        Model('stock.picking', 'Transfer', picking, thread=True),
        Model('stock.move', 'Stock Move', {
            # memory: required up to 18 (business.py); read: gone since
            **({} if version >= 19 else {'name': char('Description')}),
            'picking_id': to_one('stock.picking', 'Transfer'),
            'product_id': to_one('product.product', 'Product', required=True),
            'product_uom_qty': Field('float', 'Demand', default=0.0),
            'quantity': Field('float', 'Quantity', default=0.0),
            'picked': Field('boolean', 'Picked', default=False),  # read
            'product_uom': to_one('uom.uom', 'Unit', default=1),
            'location_id': to_one('stock.location', 'Source Location'),
            'location_dest_id': to_one('stock.location', 'Destination Location'),
            'state': Field('selection', 'Status', selection=STATES, default='draft'),
        }, rec_name='product_id'),
        Model('stock.move.line', 'Product Moves (Stock Move Line)', {  # read
            'move_id': to_one('stock.move', 'Stock Operation', index=True), 'picking_id': to_one('stock.picking', 'Transfer'),
            'product_id': to_one('product.product', 'Product'), 'product_uom_id': to_one('uom.uom', 'Unit', required=True),
            'quantity': Field('float', 'Quantity', default=0.0), 'picked': Field('boolean', 'Picked', default=False),
            'lot_id': to_one('stock.lot', 'Lot/Serial Number'), 'lot_name': char('Lot/Serial Number Name'),
        }, rec_name='product_id'),
        Model('mail.message.subtype', 'Message subtypes', {'name': char(required=True)}),
        Model('mail.message', 'Message', {
            'model': char('Related Document Model'),
            'res_id': Field('many2one_reference', 'Related Document ID', index=True),
            'body': Field('html', 'Contents'), 'subject': char(),
            'message_type': Field('selection', 'Type', selection=MESSAGE_TYPES, default='comment',
                                  required=True),
            'subtype_id': to_one('mail.message.subtype', 'Subtype'),
            'date': Field('datetime', 'Date'), 'message_id': char('Message-Id', index=True),
            'email_from': char('From'), 'author_id': to_one('res.partner', 'Author'),
        }, rec_name='subject'),
        Model('fleet.vehicle.model.brand', 'Brand of the vehicle', {'name': char(required=True)}),
        Model('fleet.vehicle.model', 'Model of a vehicle', {
            'name': char(required=True),
            'brand_id': to_one('fleet.vehicle.model.brand', 'Manufacturer', required=True)}),
        Model('fleet.vehicle.state', 'Vehicle Status', {  # read
            'name': char(required=True), 'sequence': Field('integer')},
            unique=[('name', 'State name already exists')]),
        Model('fleet.service.type', 'Fleet Service Type', {  # read
            'name': char(required=True), 'category': Field('selection', required=True, selection=[
                ('contract', 'Contract'), ('service', 'Service')])}),
        Model('fleet.vehicle.tag', 'Vehicle Tag', {'name': char(required=True)}),  # memory
        Model('fleet.vehicle', 'Vehicle', {
            'name': char('Name'), 'license_plate': char('License Plate', index=True),
            'model_id': to_one('fleet.vehicle.model', 'Model', required=True),
            'vin_sn': char('Chassis Number', index=True),
            'driver_id': to_one('res.partner', 'Driver'),
            'state_id': to_one('fleet.vehicle.state', 'State', default=2),  # read: New Request
            'location': char('Location'),  # read
            'company_id': to_one('res.company', 'Company'),
            'tag_ids': Field('many2many', 'Tags', relation='fleet.vehicle.tag'),  # memory
            'odometer': Field('float', 'Last Odometer', default=0.0),
            'odometer_unit': Field('selection', 'Odometer Unit', default='kilometers', selection=[
                ('kilometers', 'km'), ('miles', 'mi')]),
            'active': Field('boolean', 'Active', default=True),
        }, thread=True),
        Model('fleet.vehicle.log.services', 'Services for vehicles', {  # read
            'vehicle_id': to_one('fleet.vehicle', 'Vehicle', required=True),
            'service_type_id': to_one('fleet.service.type', 'Service Type', required=True),
            'vendor_id': to_one('res.partner', 'Vendor'), 'inv_ref': char('Vendor Reference'),
            'description': char(), 'notes': Field('text'), 'amount': Field('monetary', 'Cost'),
            'date': Field('date', default='today'),
            'state': Field('selection', 'Stage', default='new', selection=[
                ('new', 'New'), ('running', 'Running'), ('done', 'Done'), ('cancelled', 'Cancelled')]),
            'active': Field('boolean', default=True),
        }, rec_name='service_type_id', thread=True),
        Model('fleet.vehicle.odometer', 'Odometer log for a vehicle', {
            'name': char('Name'), 'date': Field('date', 'Date', default='today'),
            'value': Field('float', 'Odometer Value'),
            'vehicle_id': to_one('fleet.vehicle', 'Vehicle', required=True),
            'driver_id': to_one('res.partner', 'Driver'),
        }),
        Model('maintenance.stage', 'Maintenance Stage', {
            'name': char(required=True), 'done': Field('boolean', 'Request Done', default=False)}),
        Model('maintenance.team', 'Maintenance Teams', {'name': char(required=True)}),
        Model('maintenance.equipment', 'Maintenance Equipment', {
            'name': char('Equipment Name', required=True),
            'serial_no': char('Serial Number', index=True),
        }, unique=[('serial_no', 'Another asset already exists with this serial number!')], thread=True),
        Model('maintenance.request', 'Maintenance Request', {
            'name': char('Subjects', required=True), 'description': Field('html', 'Description'),
            'equipment_id': to_one('maintenance.equipment', 'Equipment'),
            'maintenance_type': Field('selection', 'Maintenance Type', default='corrective', selection=[
                ('corrective', 'Corrective'), ('preventive', 'Preventive')]),
            'priority': Field('selection', 'Priority', selection=[
                ('0', 'Very Low'), ('1', 'Low'), ('2', 'Normal'), ('3', 'High')]),
            'schedule_date': Field('datetime', 'Scheduled Date'),
            'request_date': Field('date', 'Request Date', default='today'),
            'stage_id': to_one('maintenance.stage', 'Stage', default=1),
            'maintenance_team_id': to_one('maintenance.team', 'Team', required=True, default=1),
        }, thread=True),
        Model('account.tax', 'Tax', {  # memory
            'name': char(required=True), 'type_tax_use': char(), 'amount_type': char(default='percent'),
            'amount': Field('float'), 'active': Field('boolean', default=True)}),
        Model('account.account', 'Account', {'name': char(required=True), 'code': char()}),
        Model('account.move', 'Journal Entry', {
            'name': char('Number', default=False if version >= 19 else '/'),
            'state': Field('selection', 'Status', default='draft', selection=[
                ('draft', 'Draft'), ('posted', 'Posted'), ('cancel', 'Cancelled')]),
            'move_type': Field('selection', 'Type', default='entry', selection=[
                ('entry', 'Journal Entry'), ('in_invoice', 'Vendor Bill'),
                ('out_invoice', 'Customer Invoice'), ('in_refund', 'Vendor Credit Note')]),
            'partner_id': to_one('res.partner', 'Partner'), 'ref': char('Reference', index=True),
            'commercial_partner_id': to_one('res.partner', 'Commercial Entity'),
            'payment_state': Field('selection', 'Payment Status', default='not_paid', selection=[
                ('not_paid', 'Not Paid'), ('in_payment', 'In Payment'), ('paid', 'Paid'),
                ('partial', 'Partially Paid'), ('reversed', 'Reversed')]),
            'amount_residual': Field('float', 'Amount Due', default=0.0),
            'invoice_date': Field('date', 'Invoice/Bill Date'), 'date': Field('date', 'Date'),
            'currency_id': to_one('res.currency', 'Currency', default=1),
            'invoice_date_due': Field('date', 'Due Date'),  # memory
            'invoice_origin': char('Origin'),  # read
            'narration': Field('html', 'Terms and Conditions'),  # read
            'amount_untaxed': Field('float', 'Untaxed Amount', computed=True),
            'amount_total': Field('float', 'Total', computed=True),
            'invoice_line_ids': lines('account.move.line', 'move_id', 'Invoice lines'),
            'line_ids': lines('account.move.line', 'move_id', 'Journal Items'),
        }, thread=True),
        Model('account.move.line', 'Journal Item', {
            'name': char('Label'), 'display_type': char('Display Type', default='product'),
            'price_subtotal': Field('float', 'Subtotal', default=0.0), 'move_id': to_one('account.move', 'Journal Entry'),
            'account_id': to_one('account.account', 'Account'),
            'quantity': Field('float', 'Quantity', default=1.0),
            'price_unit': Field('float', 'Unit Price', default=0.0),
            'product_id': to_one('product.product', 'Product'),  # memory
            'product_uom_id': to_one('uom.uom', 'Unit'),  # memory
            'tax_ids': Field('many2many', 'Taxes', relation='account.tax'),  # memory
            'debit': Field('float', 'Debit', default=0.0),
            'credit': Field('float', 'Credit', default=0.0),
        }),
        Model('purchase.order', 'Purchase Order', {
            'name': char('Order Reference', default='New', index=True),
            'partner_id': to_one('res.partner', 'Vendor', required=True),
            'partner_ref': char('Vendor Reference', index=True),  # memory
            'origin': char('Source Document'),  # memory
            'currency_id': to_one('res.currency', 'Currency', default=1),  # read
            'date_order': Field('datetime', 'Order Deadline'),  # read
            'date_planned': Field('datetime', 'Expected Arrival'),  # memory
            'state': Field('selection', 'Status', default='draft', selection=[
                ('draft', 'RFQ'), ('purchase', 'Purchase Order'), ('cancel', 'Cancelled')]),
            'order_line': lines('purchase.order.line', 'order_id', 'Order Lines'),
        }, thread=True),
        Model('purchase.order.line', 'Purchase Order Line', {
            'name': char('Description'), 'order_id': to_one('purchase.order', 'Order Reference'),
            'product_id': to_one('product.product', 'Product'),
            'product_qty': Field('float', 'Quantity', default=0.0),
            # read: renamed in 19; memory: 17
            'product_uom_id' if version >= 19 else 'product_uom': to_one('uom.uom', 'Unit', default=1),
            'price_unit': Field('float', 'Unit Price', default=0.0),
            'date_planned': Field('datetime', 'Expected Arrival'),  # read
        }),
        Model('sale.order', 'Sales Order', {  # read; commitment_date: memory
            'name': char('Order Reference', default='New', index=True),
            'partner_id': to_one('res.partner', 'Customer', required=True),
            'client_order_ref': char('Customer Reference', index=True), 'origin': char('Source Document'),
            'currency_id': to_one('res.currency', 'Currency', default=1),
            'date_order': Field('datetime', 'Order Date'),
            'commitment_date': Field('datetime', 'Delivery Date'), 'note': Field('html'),
            'state': Field('selection', 'Status', default='draft', selection=[
                ('draft', 'Quotation'), ('sent', 'Quotation Sent'), ('sale', 'Sales Order'),
                ('cancel', 'Cancelled')]),
            'order_line': lines('sale.order.line', 'order_id', 'Order Lines'),
        }, thread=True),
        Model('sale.order.line', 'Sales Order Line', {  # read: 19; memory: product_uom in 17
            'name': char('Description'), 'order_id': to_one('sale.order', 'Order Reference', required=True),
            'product_id': to_one('product.product', 'Product'),
            'product_uom_qty': Field('float', 'Quantity', default=0.0),
            'product_uom_id' if version >= 19 else 'product_uom': to_one('uom.uom', 'Unit', default=1),
            'price_unit': Field('float', 'Unit Price', default=0.0),
        }),
        Model('ir.attachment', 'Attachment', {
            'name': char('Name', required=True), 'description': char('Description'),
            'res_model': char('Resource Model'), 'mimetype': char('Mime Type'),
            'res_id': Field('many2one_reference', 'Resource ID', index=True),
            'file_size': Field('integer', 'File Size')}),
        Model('ir.config_parameter', 'System Parameter', {'key': char(), 'value': char()}, rec_name='key'),
        Model('ir.module.module', 'Module', {'name': char(), 'state': char()}),
        Model('ir.model.data', 'Model Data', {
            'module': char(), 'name': char(index=True), 'model': char(),
            'res_id': Field('many2one_reference', 'Record ID')}),
    ]
    return {model.name: model for model in models}


# Who may do what: 'admin' everything, the others what stands here. First match counts; '*' is any model.
RULES = {
    'gateway': [
        ('ir.config_parameter', ''), ('ir.module.module', 'r'), ('ir.model.data', ''),
        ('res.users', 'r'), ('res.currency', 'r'), ('res.country', 'r'), ('account.account', 'r'),
        ('mail.message.subtype', 'r'), ('uom.uom', 'r'), ('stock.location', 'r'), ('account.tax', 'r'),
        ('maintenance.stage', 'r'), ('*', 'rwcu')],
    'clerk': [
        ('ir.config_parameter', ''), ('ir.module.module', ''), ('ir.model.data', ''),
        ('account.', ''), ('purchase.', ''), ('fleet.', ''), ('res.partner', 'r'), ('*', 'r')],
    'portal': [('res.partner', 'r'), ('stock.picking', 'r'), ('res.users', 'r'), ('*', '')],
}


def may(role, version, model, verb):
    if role == 'admin':
        return True
    if role == 'gateway' and version >= 19 and model == 'product.template' and verb == 'create':
        return False  # a group of its own since 19
    letter = {'read': 'r', 'write': 'w', 'create': 'c', 'unlink': 'u'}[verb]
    for pattern, letters in RULES[role]:
        if pattern in ('*', model) or (pattern.endswith('.') and model.startswith(pattern)):
            return letter in letters
    return False
