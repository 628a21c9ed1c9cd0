# Canonical → a partner's format → canonical: what we send says what we know. Every canonical record of its kind that
# the cases of the packs hold goes out and in again, by the packs that ship. What is not the same afterwards stands
# here, by pointer and value, with the reason: the format has no place for it. A reason that nothing needs any more is a
# failure, too.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Canonical;
use File::Temp ();

chdir root();
my $policies = 'lua-free-policies';
my $dir = File::Temp->newdir('roundtrip-XXXXXX', TMPDIR => 1);
my $zone_name = 'a zone has no name there: an offset, or the clock at the place';

my $own_number = 'its number is that of what was sent, and so is where it came from';

# One row a member: its place (* is any number), what it was, what it becomes (- is nothing, ... is something, = the same number, ~ the same words),
# and why.
my @ASN_LOST = (
    ['/id', '...', '...', $own_number],
    ['/src/format', '...', 'xml', $own_number],
    ['/src/msg', '-', 'ubl-despatch-advice', $own_number],
    ['/src/msg', '...', 'ubl-despatch-advice', $own_number],
    ['/src/ctl/*', '...', '-', $own_number],
    ['/src/raw/code', '...', '-', $own_number],
    (map { ["$_/tz", '...', '-', $zone_name] } qw(/issued /expected/from /expected/to)),
    (map { ["$_/tz_from", 'partner', 'offset', $zone_name] } qw(/issued /expected/from /expected/to)),
    (map { ["$_/tz_from", '-', 'offset', 'an offset that stands there is said to'] } qw(/expected/to /shipped)),
    ['/issued/local', '-', '2026-01-02', 'an advice is issued on some day: the one on which it is written'],
    ['/direction', 'outbound', '-', 'an advice goes from who sends to who receives it, and does not say so'],
    ['/orders/*/kind', '-', 'purchase', 'the order of an advice is the one that the receiver bought by'],
    ['/refs/purchase_order', '-', '...', '... and is told as a reference, too'],
    ['/refs/order', '...', '-', 'a reference that is no order of the document has no place'],
    ['/orders/*/number', '-', '...', 'the order of a line is one of the document\'s'],
    ['/items/*/ids/buyer', '-', '...', 'our number of a product is the buyer\'s, and is told as such, too'],
    ['/items/*/line', '-', '...', 'a line has a number'],
    ['/items/*/src_uom', '-', '...', 'a unit has its code only'],
    ['/units/*/kind', 'tote', '-', '... which a tote has not'],
    ['/units/*/parent', '...', '-', 'units do not stand in each other'],
    ['/purpose', 'original', '-', 'an original is what an advice is without a word'],
    ['/freight_terms', '...', '-', 'who pays the freight is no matter of an advice'],
    (map { ["/incoterm/$_", '...', '-', '... nor are the terms of delivery'] } qw(code place)),
    ['/shipped/tz', '...', '-', $zone_name],
    ['/shipped/tz_from', '...', 'offset', $zone_name],
    ['/refs/bol', '...', '-', 'a reference that is no order of the document has no place'],
    (map { ["/orders/*/refs/$_", '...', '-', '... nor has one of an order'] } qw(contract x12_dp)),
    (map { ["/orders/*/party/$_", '...', '-', 'parties are the document\'s'] } qw(*/ids/buyer */name */role)),
    ['/items/*/src_uom', '...', '...', 'a unit has its code only'],
    ['/items/*/src_uom', '...', '-', '... and one that has none is not told'],
    ['/items/*/best_before', '...', '-', 'a day of goods that are several pieces is of nobody'],
    (map { ["/items/*/measures/$_", '...', '-', 'a line is counted, not weighed'] } qw(net_weight_kg weight_kg)),
    ['/items/*/pack_qty', '...', '-', '... nor is told what a package of it holds'],
    ['/items/*/qty_ordered', '...', '-', 'what was ordered is told by the order'],
    ['/items/*/refs/x12_ls', '...', '-', 'numbers of a line are lots and serial numbers'],
    ['/items/*/ids/buyer', '...', '-', 'our number of a product is the buyer\'s: another has no place'],
    ['/items/*/ids/zz', '...', '-', 'a number of nobody\'s scheme has no place'],
    ['/items/*/hs_code', '...', '-', 'a tariff number has no place'],
    ['/measures/pallets', '...', '-', 'packages are counted, whatever they are'],
    ['/refs/delivery_note', '...', '-', 'a reference that is no order of the document has no place'],
    ['/units/*/kind', '-', '...', 'its kind is told by a code'],
    ['/units/*/unit', '-', '9', 'goods say the unit that they are in, also one that is not there'],
    ['/items/*/ids/sku', '...', '-', 'a number of the one whose stock it is has no place'],
    ['/items/*/unit', '...', '...', 'a handling unit is called by its SSCC'],
    ['/units/*/unit', '...', '...', 'a handling unit is called by its SSCC'],
    ['/units/*/package', '-', '...', 'its kind is told by a code'],
    (map { ["/units/*/refs/$_", '...', '-', 'a handling unit has one number'] } qw(sscc x12_ls)),
    ['/units/*/tracking', '...', '-', '... which is not the carrier\'s'],
    (map { ["/equipment/$_", '...', '-', 'a trailer has no place: vehicles and containers have'] } qw(*/body */id */iso */kind */seals/* */state)),
    (map { ["/party/vendor/$_", '...', '-', 'who sends is the supplier, who bought and who sold; nobody else is there'] } qw(ids/buyer name role)),
    (map { ["/party/shipper/$_", '...', '-', '... not the owner of the goods'] } qw(ids/duns4 name role)),
    (map { ["/party/warehouse/$_", '...', '-', '... not the warehouse'] } qw(ids/seller name role)),
    ['/party/*/ids/duns4', '...', '-', 'a scheme that UBL has no code for'],
    ['/direction', 'inbound', '-', 'an advice goes from who sends to who receives it, and does not say so'],
    ['/party/*/ids/carrier', '...', '-', 'a number of whom it is not said is the sender\'s own'],
    ['/party/*/ids/partner', '-', '...', '... which is how it is read'],
);
my @INVENTORY_LOST = (
    ['/id', '...', '...', $own_number],
    ['/src/format', '...', 'csv', $own_number],
    ['/src/msg', '-', 'inventory-csv', $own_number],
    ['/src/msg', '...', 'inventory-csv', $own_number],
    ['/src/ctl/*', '...', '-', $own_number],
    ['/src/raw/code', '...', '-', $own_number],
    ['/as_of/tz_from', '-', 'offset', 'an offset that stands there is said to'],
    ['/lines/*/src_uom', '-', '...', 'a unit has one column: its code is what is written there'],
    ['/purpose', 'original', '-', 'a report is the original without a word'],
    ['/as_of/tz', '...', '-', $zone_name],
    ['/as_of/tz_from', '...', 'offset', $zone_name],
    ['/note', '...', '-', 'a row has no remark on the whole report'],
    (map { ["/refs/$_", '...', '-', '... nor its numbers'] } qw(contract x12_ws)),
    ['/lines/*/src_uom', '...', '...', 'a unit has one column: its code is what is written there'],
    (map { ["/lines/*/ids/$_", '...', '-', 'a product has our number of it and its GTIN'] } qw(buyer engineering_change seller)),
    (map { ["/location/addr/$_", '...', '-', 'a place has its name'] } qw(city country postal_code street)),
    (map { ["/location/ids/$_", '...', '-', '... and no number'] } qw(amazon gln seller)),
    (map { ["/party/*/addr/$_", '...', '-', 'the warehouse has its name'] } qw(city country postal_code street)),
    (map { ["/party/*/ids/$_", '...', '-', '... and no number'] } qw(amazon buyer gln seller)),
    ['/party/*/role', '...', '-', 'of the report as a whole a row has the name of the warehouse only'],
    ['/party/*/name', '...', '-', '... and of nobody else'],
);

my @WAMAS_LOST = (
    ['/id', '...', '...', $own_number],
    ['/src/format', '...', 'fixed', $own_number],
    ['/src/msg', '...', 'AUSKQ0052', $own_number],
    ['/src/ctl/*', '...', '-', $own_number],
    ['/src/ctl/*', '...', '...', 'a telegram is numbered with six digits'],
    ['/src/raw/code', '...', '-', $own_number],
    ['/occurred_at', '...', '-', 'a telegram has the clock at the place, and no offset'],
    ['/tz', '...', '-', $zone_name],
    ['/tz_from', '...', '-', $zone_name],
    (map { ["/equipment/$_", '...', '-', 'the vehicle is told when goods come, not when they leave'] } qw(*/id */kind */seals/*)),
    (map { ["/measures/$_", '...', '-', 'telegrams count articles and weigh nothing'] } qw(packages pallets volume_m3 weight_kg)),
    ['/items/*/qty', '...', '...', 'quantities have three decimals'],
    ['/items/*/uom', '...', '-', 'a unit is the warehouse\'s own word'],
    ['/items/*/gtin', '...', '-', 'an article has one number: ours of it'],
    ['/items/*/serial', '...', '-', 'serial numbers have no field'],
    ['/items/*/src_uom', '-', '...', 'a unit is the warehouse\'s own word'],
    ['/received_at', '-', '...', 'when it came is when it comes back'],
    ['/src/ctl/*', '-', '...', 'a telegram is numbered'],
    ['/src/msg', '-', 'AUSKQ0052', $own_number],
    (map { ["/party/$_", '...', '-', 'who gets the goods is known by the warehouse\'s number of it'] } qw(*/addr/city */addr/country */addr/postal_code */addr/state */addr/street */ids/gln */ids/partner */ids/scac */ids/seller */name */role)),
    (map { ["/refs/$_", '...', '-', 'a shipment has the numbers of its order, of the customer\'s and of the tour'] } qw(bol pro purchase_order shipment tracking)),
);

# What an envelope of EDI says of its own.
my @EDI_LOST = (
    ['/id', '...', '...', $own_number],
    (map { ['/src/format', '...', $_, $own_number] } qw(x12 edifact)),
    ['/src/msg', '...', '...', $own_number],
    ['/src/msg', '-', '...', $own_number],
    ['/src/path', '-', '...', $own_number],
    ['/src/path', '...', '...', $own_number],
    ['/src/path', '...', '-', $own_number],
    ['/src/ctl/*', '...', '-', $own_number],
    ['/src/ctl/*', '-', '...', $own_number],
    ['/src/ctl/*', '...', '...', $own_number],
    (map { ["/src/raw/$_", '...', '-', $own_number], ["/src/raw/$_", '-', '...', $own_number], ["/src/raw/$_", '...', '...', $own_number] } qw(code reason text)),
    ['/src/event_id', '...', '-', $own_number],
);
my %IS_SHARED = map { $_ => 1 } @EDI_LOST; # what one set has no use for another has

my $more_of_time = 'a day has no time of day, and no offset';
my $its_offset = 'the offset is told by a code, of a zone or of its offset';
my @X856_LOST = (
    @EDI_LOST,
    ['/purpose', '-', 'original', 'an original is called one'],
    ['/direction', '...', '-', 'it goes from who sends to who receives it, and does not say so'],
    ['/issued/at', '...', '-', 'when it was written has no time code'],
    ['/issued/tz', '...', '-', 'when it was written has no time code'],
    ['/issued/tz_from', '...', '-', 'when it was written has no time code'],
    ['/issued/at', '-', '...', '... and is read by the partner\'s clock'],
    ['/issued/tz', '-', '...', '... and is read by the partner\'s clock'],
    ['/issued/tz_from', '-', 'partner', '... and is read by the partner\'s clock'],
    ['/issued/local', '...', '...', 'a day without a time begins at midnight'],
    ['/issued/local', '-', '...', 'a notice is written on some day'],
    (map { my $time = $_; map { ["/$time/$_", '...', '...', $its_offset] } qw(tz tz_from) } qw(shipped expected/from expected/to)),
    ['/shipped/tz', '-', '...', $its_offset],
    ['/expected/to/local', '...', '...', 'of when it arrives the beginning is told'],
    ['/expected/to/at', '...', '...', 'of when it arrives the beginning is told'],
    ['/expected/from/local', '-', '...', '... or the only end there is'],
    ['/equipment/*/plate', '...', '-', 'a vehicle with a plate alone has no number'],
    ['/equipment/*/kind', 'vehicle', '-', 'a vehicle with a plate alone has no number'],
    ['/equipment/*/body', '...', '-', 'equipment has its kind, not its body'],
    ['/equipment/*/seals/*', '...', '-', 'equipment has one seal'],
    ['/incoterm/code', '...', '-', 'who pays the freight is told, no terms of delivery'],
    ['/incoterm/place', '...', '-', 'who pays the freight is told, no terms of delivery'],
    ['/note', '...', '-', 'a ship notice has no text'],
    ['/items/*/note', '...', '-', 'nor has a line of it'],
    ['/measures/weight_kg', '...', '...', 'a weight has three decimals'],
    ['/orders/*/kind', '-', 'purchase', 'the order of a notice is the one that the receiver bought by'],
    ['/orders/*/number', '-', '...', 'the order of a line is one of the document\'s'],
    ['/items/*/order', '-', '...', '... and that of the document the lines\''],
    ['/items/*/best_before', '...', '-', 'goods have a day of expiry'],
    ['/items/*/hazmat/class', '...', '-', 'dangerous goods (LH1) are not told'],
    ['/items/*/hazmat/un', '...', '-', 'dangerous goods (LH1) are not told'],
    ['/items/*/measures/weight_kg', '...', '-', 'goods are counted, not weighed'],
    ['/items/*/measures/net_weight_kg', '...', '-', 'goods are counted, not weighed'],
    ['/items/*/description', '...', '...', 'a text has no separators'],
    ['/items/*/sku', '...', '...', 'our number of what we sell is the seller\'s; the receiver knows it by the buyer\'s'],
    ['/items/*/sku', '...', '-', '... if that is told'],
    ['/items/*/ids/seller', '-', '...', '... and as such it comes back'],
    ['/items/*/ids/buyer', '-', '...', 'our number of what we buy is the buyer\'s'],
    ['/items/*/ids/standard', '...', '-', 'a number of nobody\'s scheme is told beside ZZ'],
    ['/items/*/ids/partner', '-', '...', '... as which it comes back'],
    ['/items/*/src_uom', '-', '...', 'a unit has its code'],
    ['/items/*/src_uom', '...', '...', '... of X12\'s list'],
    ['/items/*/unit', '...', '...', 'handling units are numbered by their levels'],
    ['/units/*/unit', '...', '...', 'handling units are numbered by their levels'],
    ['/units/*/parent', '...', '...', 'handling units are numbered by their levels'],
    ['/units/*/kind', '...', 'carton', 'what is no pallet is a carton'],
    ['/units/*/kind', '-', 'carton', 'what is no pallet is a carton'],
    ['/units/*/package', '...', '-', 'the kind of a package is its level'],
    ['/refs/consignment', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/x12_zz', '-', '...', '... as which it comes back'],
    ['/refs/delivery_note', '...', '-', 'a delivery note is a packing list to X12'],
    ['/refs/packing_list', '-', '...', 'a delivery note is a packing list to X12'],
    (map { ["/party/*/ids/$_", '...', '-', 'a party has one number'] } qw(vat duns carrier)),
    ['/party/*/ids/partner', '-', '...', 'a number of whom it is not said is the sender\'s own'],
);
my @DESADV_LOST = (
    @EDI_LOST,
    ['/purpose', '-', 'original', 'an original is called one'],
    ['/direction', '...', '-', 'it goes from who sends to who receives it, and does not say so'],
    (map { ["/issued/$_", '-', '...', 'a message is written on some day'] } qw(at local tz_from)),
    (map { ["$_/tz", '...', '-', $zone_name] } qw(/issued /shipped)),
    (map { ["$_/tz_from", '...', 'offset', $zone_name] } qw(/issued /shipped)),
    (map { ["$_/tz_from", '-', 'offset', 'an offset that stands there is said to'] } qw(/shipped /expected/to)),
    ['/equipment/*/body', '...', '-', 'equipment has its kind, not its body'],
    ['/note', '...', '-', 'a text stands with the shipment, where it is not looked for'],
    ['/mode', '-', 'road', 'who goes by a plate goes by road'],
    ['/measures/pallets', '...', '-', 'packages are counted, whatever they are'],
    ['/orders/*/kind', '-', 'purchase', 'the order of a notice is the one that the receiver bought by'],
    ['/orders/*/number', '-', '...', 'the order of a line is one of the document\'s'],
    ['/orders/*/refs/contract', '...', '-', 'an order has its number'],
    ['/orders/*/refs/x12_dp', '...', '-', 'an order has its number'],
    (map { ["/orders/*/party/*/$_", '...', '-', 'parties are the message\'s'] } qw(role name ids/buyer)),
    ['/refs/purchase_order', '-', '...', 'an order is a reference, too'],
    ['/refs/order', '...', '-', 'whatever kind of order it is'],
    ['/items/*/line', '-', '...', 'a line has a number'],
    ['/items/*/sku', '...', '...', 'our number of what we sell is the seller\'s; the receiver knows it by the buyer\'s'],
    ['/items/*/sku', '...', '-', '... if that is told'],
    ['/items/*/ids/seller', '-', '...', '... and as such it comes back'],
    ['/items/*/ids/buyer', '-', '...', 'our number of what we buy is the buyer\'s'],
    ['/items/*/src_uom', '-', '...', 'a unit has its code'],
    ['/items/*/src_uom', '...', '...', '... of Recommendation 20'],
    ['/items/*/src_uom', '...', '-', '... or none is told'],
    ['/items/*/measures/net_weight_kg', '...', '...', 'zeros behind the point are not read'],
    ['/items/*/refs/x12_ls', '...', '-', 'numbers of a line are lots and serial numbers'],
    ['/items/*/unit', '...', '...', 'handling units are numbered'],
    ['/units/*/unit', '...', '...', 'handling units are numbered'],
    ['/units/*/parent', '...', '...', 'handling units are numbered'],
    ['/units/*/kind', 'tote', '-', 'a tote has no code'],
    ['/units/*/package', '-', '...', 'the kind of a package is told by its code'],
    ['/units/*/kind', '-', '...', 'the kind of a package is told by its code'],
    ['/units/*/refs/sscc', '...', '-', 'a second SSCC stands beside a first'],
    ['/units/*/refs/x12_ls', '...', '-', 'a handling unit has its SSCC and its tracking number'],
    (map { ["/party/vendor/$_", '...', '-', 'a vendor is the seller (SU)'] } qw(role name ids/buyer)),
    (map { ["/party/seller/$_", '-', '...', 'a vendor is the seller (SU)'] } qw(role name ids/partner)),
    (map { ["/party/*/ids/$_", '...', '-', 'of several numbers a party has one, and some lists have no agency'] } qw(duns4 carrier seller)),
    ['/party/*/ids/partner', '-', '...', 'a number of whom it is not said is the sender\'s own'],
);
my @INVOIC_LOST = (
    @EDI_LOST,
    ['/purpose', 'original', '-', 'a bill is an original without a word'],
    ['/kind', 'repair', 'goods', 'a bill is for goods or for freight'],
    ['/kind', 'freight', 'goods', '... and money back for whatever it was'],
    (map { ['/lines/*/kind', $_, 'goods', 'a line is for what the bill is for'] } qw(freight labour parts other accessorial discount)),
    (map { ['/lines/*/kind', $_, 'freight', 'a line is for what the bill is for'] } qw(discount detention fuel_surcharge storage)),
    ['/direction', 'receivable', 'payable', 'who receives a bill pays it'],
    (map { ["$_/tz", '...', '-', $zone_name] } qw(/issued /delivered)),
    (map { ["$_/tz_from", 'partner', 'offset', $zone_name] } qw(/issued /delivered)),
    ['/issued/tz_from', '-', 'offset', 'an offset that stands there is said to'],
    ['/totals/lines', '-', '...', 'what nobody added up is added up'],
    ['/totals/charges', '-', '...', 'what nobody added up is added up'],
    ['/totals/tax', '-', '0.00', 'what nobody added up is added up'],
    ['/totals/allowances', '-', '...', 'what nobody added up is added up'],
    ['/totals/allowances', '0', '-', '... and nothing is not told'],
    ['/totals/rounding', '...', '-', 'what was rounded is not told'],
    ['/taxes/*/name', '...', '-', 'a tax has a name of three letters'],
    ['/taxes/*/exempt', '...', '-', 'why there is no tax is told by its category'],
    ['/refs/pro', '...', '-', 'a PRO number has its carrier for a scope, or has not'],
    ['/refs/pro', '-', '...', 'a PRO number has its carrier for a scope, or has not'],
    (map { ["/refs/$_", '...', '-', 'a number without a qualifier is told beside ZZZ'] } qw(work_order vendor vin plate x12_oi buyer_reference)),
    ['/refs/edifact_zzz', '-', '...', '... as which it comes back'],
    ['/refs/edifact_pq', '-', '...', 'what to write on a payment is a reference, too'],
    ['/refs/invoice', '-', '...', 'and so is the bill that money comes back for'],
    ['/lines/*/refs/purchase_order', '-', '...', 'and so is the order of a line'],
    ['/lines/*/refs/edifact_li', '-', '...', '... or its line'],
    ['/payment/status', '...', '-', 'whether it was paid is not told'],
    ['/payment/method', '...', '-', '... nor how'],
    (map { ["/party/*/ids/$_", '...', '-', 'of several numbers a party has one, and some lists have no agency'] } qw(buyer cbe)),
    ['/party/*/ids/partner', '-', '...', 'a number of whom it is not said is the sender\'s own'],
    (map { ["/party/*/$_", '...', '-', 'who has neither name nor number is not read'] } qw(role addr/street addr/street2)),
    ['/note', '...', '...', 'a text has no lines'],
    ['/lines/*/note', '...', '...', 'a text has no lines'],
    (map { ["/measures/$_", '...', '-', 'a bill counts and does not weigh'] } qw(weight_kg packages odometer_m)),
    (map { ["/lines/*/measures/$_", '...', '-', 'a bill counts and does not weigh'] } qw(weight_kg packages)),
    ['/lines/*/freight_class', '...', '-', 'a line has no class of freight'],
    ['/lines/*/line', '...', '...', 'a line has a number of six digits'],
    ['/lines/*/sku', '...', '...', 'our number of what we sell is the seller\'s; the receiver knows it by the buyer\'s'],
    ['/lines/*/sku', '...', '-', '... if that is told'],
    ['/lines/*/ids/seller', '-', '...', '... and as such it comes back'],
    ['/lines/*/ids/buyer', '-', '...', 'our number of what we buy is the buyer\'s'],
    ['/lines/*/src_uom', '-', '...', 'a unit has its code'],
    ['/lines/*/src_uom', '...', '...', '... of Recommendation 20'],
    (map { ["/$_/*/code", '-', 'other', 'an allowance or a charge has a code'] } 'charges', 'lines/*/charges'),
    (map { ["/$_/*/code", '...', 'other', '... if there is one'] } 'charges', 'lines/*/charges'),
    (map { ["/equipment/*/$_", '...', '-', 'a bill names no vehicles'] } qw(kind id plate vin)),
    (map { ["/lines/*/vehicle/$_", '...', '-', 'a bill names no vehicles'] } qw(kind plate)),
);
my @X810_LOST = (
    @EDI_LOST,
    ['/kind', 'repair', 'goods', 'a bill is for goods'],
    ['/kind', 'freight', 'goods', 'a bill is for goods'],
    (map { ['/lines/*/kind', $_, 'goods', 'a bill is for goods'] } qw(freight labour parts other accessorial discount detention fuel_surcharge storage)),
    ['/direction', 'receivable', 'payable', 'who receives a bill pays it'],
    ['/issued/at', '...', '-', $more_of_time],
    ['/issued/local', '...', '...', $more_of_time],
    ['/issued/tz', '...', '-', $more_of_time],
    ['/issued/tz_from', '...', '-', $more_of_time],
    ['/delivered/tz_from', 'partner', 'code', $its_offset],
    ['/totals/lines', '-', '...', 'what nobody added up is added up'],
    ['/totals/net', '-', '...', 'what nobody added up is added up'],
    ['/totals/charges', '-', '...', 'what nobody added up is added up'],
    ['/totals/allowances', '-', '...', 'what nobody added up is added up'],
    ['/totals/tax', '-', '0.00', 'what nobody added up is added up'],
    ['/totals/allowances', '0', '-', '... and nothing is not told'],
    ['/totals/tax', '0', '-', '... and nothing is not told'],
    ['/taxes/*/amount', '-', '2.71', 'a tax of which only the sum is known is told as all taxes'],
    (map { ["/totals/$_", '...', '-', 'a bill has its total'] } qw(prepaid due rounding)),
    (map { ["/totals/$_", '=', '=', 'amounts have two decimals'] } qw(total net lines charges)),
    (map { [$_, '=', '=', 'amounts have two decimals'] } '/charges/*/amount', '/lines/*/charges/*/amount', '/lines/*/amount'),
    (map { ["/$_/*/base", '...', '-', 'what an allowance is worked out from is not told'] } 'charges', 'lines/*/charges'),
    (map { ["/$_/*/code", '-', 'other', 'an allowance or a charge has a code'] } 'charges', 'lines/*/charges'),
    ['/charges/*/code', 'zoo', 'other', '... if there is one'],
    ['/charges/*/text', '-', 'zoo', '... else its word is its text'],
    (map { ["/$_/*/name", 'VAT', 'VA', 'a tax is called by a code'] } 'taxes', 'lines/*/taxes'),
    (map { ["/$_/*/name", '-', 'TX', 'a tax is called by a code'] } 'taxes', 'lines/*/taxes'),
    ['/taxes/*/name', '...', 'TX', 'a tax is called by a code'],
    (map { ["/$_/*/code", '...', '-', 'a tax has no category'] } 'taxes', 'lines/*/taxes'),
    ['/taxes/*/exempt', '...', '-', 'why there is no tax is not told'],
    ['/refs/pro', '...', '-', 'a PRO number has its carrier for a scope, or has not'],
    ['/refs/pro', '-', '...', 'a PRO number has its carrier for a scope, or has not'],
    (map { ["/refs/$_", '...', '-', 'a number without a qualifier is told beside ZZ'] } qw(work_order vin plate buyer_reference)),
    ['/refs/x12_zz', '-', '...', '... as which it comes back'],
    ['/refs/x12_oi', '-', '...', 'the bill that money comes back for is a reference, too'],
    ['/refs/delivery_note', '...', '-', 'a delivery note is a packing list to X12'],
    ['/refs/packing_list', '-', '...', 'a delivery note is a packing list to X12'],
    ['/payment/status', '...', '-', 'whether it was paid is not told'],
    ['/payment/method', '...', '-', '... nor how'],
    ['/payment/reference', '...', '-', '... nor what to write there'],
    (map { ["/party/*/ids/$_", '...', '-', 'a party has one number'] } qw(vat cbe)),
    ['/party/*/ids/partner', '-', '...', 'a number of whom it is not said is the sender\'s own'],
    (map { ["/party/*/$_", '...', '-', 'who has neither name nor number is not told'] } qw(role addr/street addr/street2)),
    ['/note', '~', '~', 'a note has lines of 80 characters'],
    ['/lines/*/note', '...', '-', 'a line has no text'],
    (map { ["/measures/$_", '...', '-', 'a bill counts and does not weigh'] } qw(weight_kg packages odometer_m)),
    (map { ["/lines/*/measures/$_", '...', '-', 'a bill counts and does not weigh'] } qw(weight_kg packages)),
    ['/lines/*/freight_class', '...', '-', 'a line has no class of freight'],
    ['/lines/*/qty', '-', '1', 'what has no quantity is one piece'],
    ['/lines/*/qty', '-', '-1', '... and what is less, one piece less'],
    ['/lines/*/qty', '...', '1', 'what has no price is one piece, too'],
    ['/lines/*/uom', '-', 'EA', 'what has no quantity is one piece'],
    ['/lines/*/uom', '...', 'EA', 'what has no price is one piece, too'],
    ['/lines/*/price', '-', '...', '... and its price is its amount'],
    ['/lines/*/price', '3.00', '0.250000', 'a price is for one, for 100 or for 1000'],
    ['/lines/*/price_qty', '12', '-', 'a price is for one, for 100 or for 1000'],
    ['/lines/*/sku', '...', '...', 'our number of what we sell is the seller\'s; the receiver knows it by the buyer\'s'],
    ['/lines/*/sku', '...', '-', '... if that is told'],
    ['/lines/*/ids/seller', '-', '...', '... and as such it comes back'],
    ['/lines/*/ids/buyer', '-', '...', 'our number of what we buy is the buyer\'s'],
    ['/lines/*/src_uom', '-', '...', 'a unit has its code'],
    ['/lines/*/src_uom', '...', '...', '... of X12\'s list'],
    ['/lines/*/refs/purchase_order', '...', '-', 'the order of a line is told once'],
    (map { ["/equipment/*/$_", '...', '-', 'a bill names no vehicles'] } qw(kind id plate vin)),
    (map { ["/lines/*/vehicle/$_", '...', '-', 'a bill names no vehicles'] } qw(kind plate)),
);
my @X945_LOST = (
    @EDI_LOST,
    ['/received_at', '-', '...', 'when it came is when it comes back'],
    ['/tz', '-', '-04:00', $its_offset],
    ['/tz_from', 'offset', 'code', $its_offset],
    ['/items/*/line', '-', '...', 'a line has a number'],
    ['/items/*/src_uom', '-', '...', 'a unit has its code'],
    ['/measures/weight_kg', '=', '=', 'a weight has three decimals'],
    ['/refs/sscc', '-', '...', 'the SSCC of goods is a number of the shipment, too'],
    ['/refs/shopify_order', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/shopify_fulfillment', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/x12_zz', '-', '...', '... as which it comes back'],
    ['/location/ids/shopify', '...', '-', 'where it was is the warehouse, a party'],
);
my @RECADV_LOST = (
    @EDI_LOST,
    ['/purpose', 'original', '-', 'a receipt is an original without a word'],
    ['/status', '-', 'complete', 'whether all came is told by quantities'],
    (map { ["$_/tz", '...', '-', $zone_name] } qw(/issued /received)),
    (map { ["$_/tz_from", 'partner', 'offset', $zone_name] } qw(/issued /received)),
    ['/received/tz_from', 'code', 'offset', $zone_name],
    (map { ["/equipment/*/$_", '...', '-', 'what brought it is told with its state, which nobody knows'] } qw(kind id scac seals/*)),
    (map { ["/location/$_", '-', '...', 'the place is that of the warehouse, a party'] } qw(name ids/partner)),
    ['/location/ids/buyer', '...', '-', '... which is called by one of its numbers'],
    ['/location/ids/seller', '...', '-', '... which is called by one of its numbers'],
    ['/location/ids/gln', '4012345000016', '-', '... or has another'],
    (map { ["/party/warehouse/$_", '-', '...', 'the place is that of the warehouse, a party'] } qw(role name ids/gln)),
    (map { ["/party/vendor/$_", '...', '-', 'a vendor is the seller (SU)'] } qw(role name ids/duns4)),
    (map { ["/party/seller/$_", '-', '...', 'a vendor is the seller (SU)'] } qw(role name ids/partner)),
    (map { ["/party/*/ids/$_", '...', '-', 'a list that has no agency'] } qw(buyer seller)),
    ['/party/*/ids/partner', '-', '...', 'a number of whom it is not said is the sender\'s own'],
    ['/note', '...', '-', 'a receipt has no text'],
    ['/lines/*/note', '...', '-', 'nor has a line of it'],
    ['/lines/*/reason/class', '...', '-', '... nor a reason'],
    ['/lines/*/reason/code', '...', '-', '... nor a reason'],
    ['/lines/*/damaged', '...', '-', 'what is damaged is accepted or rejected'],
    ['/lines/*/spot', '...', '-', 'where it lies is not told'],
    ['/lines/*/measures/net_weight_kg', '...', '-', 'goods are counted, not weighed'],
    ['/lines/*/line', '-', '...', 'a line has a number'],
    ['/lines/*/line', 'A', '2', '... of six digits'],
    ['/lines/*/sku', '...', '-', 'a number of the one whose stock it is, is not the buyer\'s'],
    ['/lines/*/ids/buyer', '-', '...', 'our number of what came is the buyer\'s'],
    ['/lines/*/src_uom', '-', '...', 'a unit has its code'],
    ['/lines/*/src_uom', '...', '...', '... of Recommendation 20'],
    ['/lines/*/refs/purchase_order', '-', '...', 'the order of a line is a reference, too'],
    ['/lines/*/refs/edifact_li', '-', '...', '... and so is its line'],
    ['/lines/*/refs/license_plate', '...', '-', 'a number without a qualifier is told beside ZZZ'],
    ['/lines/*/refs/edifact_zzz', '-', '...', '... as which it comes back'],
    ['/refs/asn', '-', '...', 'what it answers is a reference, too'],
    ['/refs/shipment', '...', '-', '... once'],
    ['/refs/order', '...', '-', 'whatever kind of order it is'],
    ['/refs/purchase_order', '-', '...', '... it is one that somebody bought by'],
);
my @TENDER_LOST = (
    @EDI_LOST,
    ['/purpose', '-', 'acknowledge', 'an answer is what a 990 is'],
    ['/issued/local', '...', '...', $more_of_time],
    ['/issued/at', '...', '-', $more_of_time],
    ['/purpose', 'cancel', 'acknowledge', 'an answer is what a 990 is'],
    ['/refs/tour', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/x12_zz', '-', '...', '... as which it comes back'],
    ['/freight_terms', '...', '-', 'an answer does not repeat the offer'],
    ['/mode', '...', '-', 'an answer does not repeat the offer'],
    (map { ["/stops/$_", '...', '-', 'an answer does not repeat the offer'] } qw(*/role */seq)),
);
my @X214_LOST = (
    @EDI_LOST,
    ['/tz_from', '...', 'code', 'the offset is told by a code'],
    ['/tz', '...', '...', '... of a zone or of its offset'],
    ['/tz', '-', '...', '... of a zone or of its offset'],
    ['/timing', 'planned', 'actual', 'a plan that is no appointment has no code of its own'],
    ['/reported_at', '...', '-', 'when it was reported is told by the interchange'],
    ['/party/carrier/name', '...', '-', 'a carrier is called by its SCAC'],
    ['/stop/role', '...', '...', 'a stop is what its status says'],
    ['/stop/role', '...', '-', 'a stop is what its status says'],
    ['/refs/container', '...', '-', '... which is not told again'],
    ['/equipment/*/scac', '-', '...', 'equipment has an owner, else it is the carrier\'s'],
    ['/equipment/*/iso', '...', '-', 'equipment has its kind'],
    ['/equipment/*/state', '...', '-', '... whether it is full is not told'],
    ['/equipment/*/seals/*', '...', '-', 'seals (M7) are of the rail\'s 214'],
    ['/reason/code', '-', '...', 'a class of reasons has a code that says more'],
    ['/correction_of', '...', '-', 'a status does not say which one it corrects'],
    ['/equipment/*/body', '...', '-', 'equipment has its kind, not its body'],
    ['/equipment/*/qty', '...', '-', 'equipment is a thing with a number'],
    ['/equipment/*/kind', '...', '-', 'equipment is a thing with a number'],
    (map { ["/equipment/*/temperature_c/$_", '...', '-', 'how cold it is to be is not told'] } qw(max min)),
    (map { ["/location/geo/$_", '...', '-', 'a place has its name'] } qw(lat lon)),
    (map { ["/location/ids/$_", '...', '-', 'a place has its name'] } qw(smdg terminal unlocode)),
    ['/location/spot', '...', '-', 'a place has its name'],
    ['/location/name', '...', '-', 'a place has its name'],
    ['/note', '...', '...', 'a note has no lines'],
    ['/party/*/contact', '...', '-', 'of the carrier its number is told, and who is no party to it not at all'],
    ['/party/*/email', '...', '-', 'of the carrier its number is told, and who is no party to it not at all'],
    ['/party/*/phone', '...', '-', 'of the carrier its number is told, and who is no party to it not at all'],
    ['/stop/role', '-', '...', 'a stop is what its status says'],
    ['/measures/weight_kg', '...', '...', 'a weight has three decimals'],
    ['/refs/forwarder', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/imo', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/container_sequence', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/edifact_vm', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/booking', '...', '-', 'the number that the consignment is called by is told once'],
    ['/refs/pro', '-', '...', 'a PRO number has its carrier for a scope, or has not'],
    ['/refs/tracking', '...', '-', 'the number that the consignment is called by is told once'],
    ['/refs/x12_zz', '-', '...', '... as which it comes back'],
    ['/location/addr/country', '...', '-', 'a place has its city, or nothing'],
    ['/occurred_at', '-', '...', 'a clock without a zone is read in the partner\'s'],
    ['/tz_from', '-', 'partner', 'a clock without a zone is read in the partner\'s'],
    ['/equipment/*/id', '...', '-', 'one thing is told of, the first'],
    ['/reason/code', '...', '-', 'a reason without a code of its own is told by its class'],
);
my @IFTSTA_LOST = (
    @EDI_LOST,
    ['/correction_of', '...', '-', 'a status does not say which one it corrects'],
    ['/equipment/*/body', '...', '-', 'equipment has its kind, not its body'],
    ['/equipment/*/qty', '...', '-', 'equipment is a thing with a number'],
    ['/equipment/*/kind', '...', '-', 'equipment is a thing with a number'],
    ['/equipment/*/plate', '...', '-', 'equipment is a thing with a number'],
    (map { ["/equipment/*/temperature_c/$_", '...', '-', 'how cold it is to be is not told'] } qw(max min)),
    (map { ["/location/geo/$_", '...', '-', 'a place has its name'] } qw(lat lon)),
    (map { ["/location/ids/$_", '...', '-', 'a place has its name'] } qw(partner terminal)),
    ['/location/spot', '...', '-', 'a place has its name'],
    ['/note', '...', '...', 'a note has no lines'],
    ['/refs/imo', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/container_sequence', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/air_waybill', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/appointment', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/sscc', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/x12_9r', '...', '-', 'a number without a qualifier is told beside ZZ'],
    ['/refs/bol', '...', '-', 'the number that the consignment is called by is told once'],
    ['/refs/booking', '...', '-', 'the number that the consignment is called by is told once'],
    ['/refs/container', '-', '...', 'equipment is a number of the consignment, too'],
    ['/refs/pro', '...', '-', 'a PRO number has its carrier for a scope, or has not'],
    ['/refs/pro', '-', '...', 'a PRO number has its carrier for a scope, or has not'],
    ['/refs/tracking', '-', '...', 'a consignment without a tracking number is called by what else it has'],
    ['/refs/edifact_zzz', '-', '...', '... as which it comes back'],
    ['/reported_at', '-', '...', 'a message says when it was written'],
    (map { ["/location/addr/$_", '...', '-', 'a place has one name, and its country by its UN/LOCODE'] } qw(city country postal_code state)),
    ['/location/name', '-', '...', 'a place without a name is called by its city'],
    ['/location/name', '...', '...', 'a place has a name of 17 characters'],
    ['/local', '...', '...', 'a time has no seconds'],
    ['/occurred_at', '...', '...', 'a time has no seconds'],
    ['/occurred_at', '-', '...', 'a clock without a zone is read in the partner\'s'],
    ['/tz', '-', '...', 'a clock without a zone is read in the partner\'s'],
    ['/tz_from', '-', 'partner', 'a clock without a zone is read in the partner\'s'],
    ['/tz', '...', '-', $zone_name],
    ['/tz_from', '...', 'offset', $zone_name],
    (map { ["/stop/$_", '...', '-', 'a status does not say which stop it is of'] } qw(role seq)),
    (map { ["/measures/$_", '...', '-', 'goods (GID) are not told'] } qw(packages weight_kg)),
    ['/equipment/*/scac', '...', '-', 'equipment has its number'],
    ['/equipment/*/state', '...', '-', 'only containers and trailers are told'],
    ['/reason/code', '...', '-', 'a reason without a code of UNCL 9013 is not told'],
    ['/reason/class', '...', '-', 'a reason without a code of UNCL 9013 is not told'],
    ['/equipment/*/iso', '...', '-', 'only containers and trailers with a number are told'],
);

# Lists in the order of a set that says what is packed in what: goods by their numbers, handling units each once.
sub in_order {
    my ($record) = @_;
    my ($n, %seen) = (0);
    my $key = sub { my ($line) = @_; join "\0", map { $line->{$_} // '' } qw(qty received order lot serial line) };
    my @units = grep { !$_->{sscc} || !$seen{ $_->{sscc} }++ } @{ $record->{units} // [] };
    return {
        %$record,
        @units ? (units => [sort { ($a->{sscc} // '') cmp ($b->{sscc} // '') } @units]) : (),
        $record->{equipment} ? (equipment => [sort { $a->{kind} cmp $b->{kind} } @{ $record->{equipment} }]) : (),
        map({ $record->{$_} ? ($_ => [sort { $key->($a) cmp $key->($b) } @{ $record->{$_} }]) : () } qw(items lines)),
    };
}

# Goods in a unit that is not there; units three deep.
sub has_lost_units {
    my ($record) = @_;
    my %units = map { $_->{unit} => 1 } @{ $record->{units} // [] };
    return grep { defined $_->{unit} && !$units{ $_->{unit} } } @{ $record->{items} };
}

sub has_deep_units {
    my ($record) = @_;
    my %parent = map { $_->{unit} => $_->{parent} } @{ $record->{units} // [] };
    return grep { $_ && $parent{$_} } values %parent;
}

# A line that is not quantity times price, with its charges and without its allowances.
sub has_other_amount {
    my ($line) = @_;
    my %of = map { $_ => "$line->{$_}" } grep { defined $line->{$_} } qw(qty price price_qty amount); # copies: a number that was counted with is no text any more
    my $other = 0;
    $other += $_->{kind} eq 'charge' ? "$_->{amount}" : -"$_->{amount}" for @{ $line->{charges} // [] };
    return 0 unless defined $of{qty} && defined $of{price};
    return abs($of{amount} - $other - sprintf('%.2f', $of{qty} * $of{price} / ($of{price_qty} // 1) + 1e-9)) > 0.001;
}

# Records with a character that UNOC does not have.
sub has_foreign_text {
    my ($record) = @_;
    return JSON::PP->new->encode($record) =~ /[^\x00-\xff]/;
}

# Records whose goods are all in units that X12 has a code for, one pallet deep.
sub has_x12_units {
    my ($list) = @_;
    my ($codes) = slurp("$policies/codelists/x12-355-out.yaml") =~ /^codes:\n(.*)/ms;
    return !grep { ($_->{uom} // '') eq '' || $codes !~ /^  $_->{uom}: /m } @{ $list // [] };
}

my @PACKS = (
    {
        out => 'asn-to-856',
        in => 'x12-856',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub { ($_[0]{purpose} // '') eq 'acknowledge' || has_lost_units($_[0]) || has_deep_units($_[0]) || !has_x12_units($_[0]{items}) && $_[0]{src}{format} ne 'x12' },
        as => \&in_order,
        lost => \@X856_LOST,
    },
    {
        out => 'asn-to-desadv',
        in => 'edifact-desadv',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub { my ($asn) = @_; ($asn->{purpose} // '') eq 'acknowledge' || has_lost_units($asn) || has_foreign_text($asn) },
        as => \&in_order,
        lost => \@DESADV_LOST,
    },
    {
        out => 'invoice-to-invoic',
        in => 'edifact-invoic',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^invoice_/ },
        refused => sub { ($_[0]{purpose} // '') eq 'acknowledge' || has_foreign_text($_[0]) },
        lost => \@INVOIC_LOST,
    },
    {
        out => 'invoice-to-810',
        in => 'x12-810',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^invoice_/ },
        refused => sub {
            my @lines = @{ $_[0]{lines} };
            return ($_[0]{purpose} // '') eq 'acknowledge' || grep({ has_other_amount($_) } @lines)
                || $_[0]{src}{format} ne 'x12' && !has_x12_units([grep { defined $_->{qty} && defined $_->{price} } @lines]);
        },
        lost => \@X810_LOST,
    },
    {
        out => 'event-to-945',
        in => 'x12-945',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{type} =~ /^wms[.](?:short_)?shipped$/ },
        refused => sub {
            my ($event) = @_;
            my @goods = grep { defined $_->{qty} } @{ $event->{items} // [] };
            my @parties = grep { ($_->{name} || $_->{ids}) && $_->{role} ne 'workshop' && !($_->{role} eq 'carrier' && scac($event)) } @{ $event->{party} // [] };
            return $event->{type} ne 'wms.shipped' || !@goods || !@parties || !grep({ $_->{t} eq 'order' } @{ $event->{refs} // [] })
                || grep({ $_->{qty} =~ /^-/ } @goods) || $event->{src}{format} ne 'x12' && !has_x12_units(\@goods);
        },
        lost => \@X945_LOST,
    },
    {
        out => 'receipt-to-recadv',
        in => 'edifact-recadv',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^receipt_/ },
        refused => sub {
            my ($receipt) = @_;
            my $place = $receipt->{location} // {};
            return ($receipt->{purpose} // '') eq 'acknowledge' || has_foreign_text($receipt) || !@{ $receipt->{party} // [] } && !$place->{name} && !$place->{ids};
        },
        as => \&in_order,
        lost => \@RECADV_LOST,
    },
    {
        out => 'tender-to-990',
        in => 'x12-990',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^tender_/ },
        refused => sub { $_[0]{status} !~ /^(?:accepted|declined|countered|withdrawn)$/ || !scac($_[0]) },
        lost => \@TENDER_LOST,
    },
    {
        out => 'event-to-214',
        in => 'x12-214',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && scac($_[0]) && $_[0]{type} =~ /^(?:shipment|yard)\./ },
        refused => sub { !has_code($_[0], 'x12-1650-out', 'x12-1651-out') },
        lost => \@X214_LOST,
    },
    {
        out => 'event-to-iftsta',
        in => 'edifact-iftsta',
        is_edi => 1,
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{src}{format} =~ /^(?:edifact|x12)$/ && $_[0]{type} =~ /^(?:shipment|yard)\./ },
        refused => sub { !has_code($_[0], 'rec24-status-out') },
        lost => \@IFTSTA_LOST,
    },

    {
        out => 'asn-to-ubl',
        in => 'ubl-despatch-advice',
        takes => sub { $_[0]{id} =~ /^asn_/ },
        refused => sub {
            ($_[0]{purpose} // '') =~ /^(?:change|acknowledge)$/
                || grep {
                    my $line = $_;
                    !grep { defined } @$line{qw(sku gtin description)}, grep { $_->{s} =~ /^(?:buyer|seller|mpn|standard)$/ } @{ $line->{ids} // [] };
                } @{ $_[0]{items} // [] };
        },
        as => sub { my ($asn) = @_; $asn->{equipment} ? { %$asn, equipment => [sort { $b->{kind} cmp $a->{kind} } @{ $asn->{equipment} }] } : $asn }, # vehicles first
        lost => \@ASN_LOST,
    },
    {
        out => 'inventory-to-csv',
        in => 'inventory-csv',
        takes => sub { $_[0]{id} =~ /^inventory_/ },
        merge => sub { # a row is a document of its own
            my ($first, @others) = @_;
            return { %$first, lines => [map { @{ $_->{lines} } } $first, @others] };
        },
        lost => \@INVENTORY_LOST,
    },
    {
        out => 'wamas-out',
        in => 'wamas',
        takes => sub { $_[0]{id} =~ /^ev_/ && $_[0]{type} =~ /^wms\.(?:received|shipped|returned)$/ },
        refused => sub {
            my ($event) = @_;
            my %refs;
            $refs{ $_->{t} }++ for @{ $event->{refs} // [] };
            my %number = ('wms.received' => 'receipt', 'wms.shipped' => 'order', 'wms.returned' => 'rma');
            return ($event->{occurred_at} // '') =~ /Z$/ || ($event->{local} // '') !~ /T/ || !$refs{ $number{ $event->{type} } }
                || grep { length($_->{line} // '') > 6 } @{ $event->{items} // [] };
        },
        lost => \@WAMAS_LOST,
    },
    {
        out => 'events-to-ndjson',
        in => undef, # canonical as it is
        takes => sub { $_[0]{id} =~ /^ev_/ },
        lost => [],
    },
    {
        out => 'events-to-json', # the same in the one format that no pack writes
        mapping => sub { slurp("$policies/mappings/events-to-ndjson.yaml") =~ s/format: ndjson/format: json, list: true/r },
        in => undef,
        read => sub { @{ decode_json($_[0]) } },
        takes => sub { $_[0]{id} =~ /^ev_/ },
        lost => [],
    },
);

sub mapping_of {
    my ($pack) = @_;
    return $pack->{out} unless $pack->{mapping};
    my $file = "$dir/policies/mappings/$pack->{out}.yaml";
    return ('--policies', "$dir/policies", $file) if -e $file;
    mkdir "$dir/policies" and mkdir "$dir/policies/mappings";
    symlink root() . "/$policies/schemas", "$dir/policies/schemas";
    spew($file, $pack->{mapping}->() =~ s/^mapping: .*/mapping: $pack->{out}/mr);
    return mapping_of($pack);
}

# Policies of the guide of its set alone: all guides take ten times as long to load.
sub guides_of {
    my ($pack) = @_;
    my $policy = "$dir/guides-$pack->{out}";
    return $policy if -e $policy;
    my ($format, $set) = slurp("$policies/mappings/$pack->{out}.yaml") =~ /^output: \{format: (\w+), set: "?(\w+)/m;
    my @guides = glob "$policies/edi/$format/" . lc($set) . '-*.yaml';
    ok(scalar @guides, "$pack->{out}: there is a guide");
    mkdir $_ for $policy, "$policy/edi", "$policy/edi/$format";
    symlink root() . "/$_", "$policy/edi/$format/" . s{.*/}{}r for @guides, glob "$policies/edi/$format/segments-*.yaml";
    symlink root() . "/$policies/gateway.yaml", "$policy/gateway.yaml";
    return $policy;
}

# It satisfies its guide, and what is read of it is written as the same. A time with its zone is form 205, of directories
# behind D.96A, but nothing else says it.
sub is_good_edi {
    my ($file, $name, $pack) = @_;
    my ($code, $out) = ctl_run('edi', 'check', '--guide', 'auto', '--policies', guides_of($pack), $file);
    my @problems = grep { !/DTM.*: "205" is none of its codes/ } $out =~ /^(.*\[\w+\])$/mg;

    is("@problems", '', "$name: fits its guide") or diag(slurp($file));
    like($out, qr/1 accepted, 0 refused/, '... and is accepted');
    (undef, $out) = ctl_run('edi', 'to-json', $file);
    spew("$dir/tree.json", $out);
    (undef, $out) = ctl_run('edi', 'from-json', '--lines', "$dir/tree.json");
    is($out, slurp($file), '... and is written again as it was');
}

sub there_and_back {
    my ($pack, $record) = @_;
    my @facts = facts_of($record);

    spew("$dir/canonical.json", encode_json($record->{tree}));
    my ($code, $written, $err) = ctl_run('map', @facts, mapping_of($pack), "$dir/canonical.json");
    return (undef, $err) if $code;
    spew("$dir/written", $written);
    is_good_edi("$dir/written", $record->{case}, $pack) if $pack->{is_edi};
    return [$pack->{read} ? $pack->{read}->($written) : map { decode_json($_) } split /\n/, $written] unless $pack->{in};
    ($code, my $read, $err) = ctl_run('map', @facts, $pack->{in}, "$dir/written");
    return (undef, "$err$written") if $code;
    return [map { decode_json($_) } split /\n/, $read];
}

my ($wanted) = @ARGV;
my @records = canonical_records();
cmp_ok(scalar @records, '>', 100, 'canonical records of the cases: ' . @records);

for my $pack (grep { !$wanted || $_->{out} eq $wanted } @PACKS) { # prove t/roundtrip.t :: asn-to-856
    subtest $pack->{out} => sub {
        my (%used, $n);
        for my $record (grep { $pack->{takes}->($_->{tree}) } @records) {
            my ($back, $err) = there_and_back($pack, $record);
            $n++;
            if ($pack->{refused} && $pack->{refused}->($record->{tree})) {
                ok(!$back, "$record->{case}: refused, as it is meant");
                next;
            }
            ok($back, "$record->{case} $record->{tree}{id}: goes out and in") or diag($err // '') or next;
            my $merged = $pack->{merge} && @$back ? $pack->{merge}->(@$back) : $back->[0];
            my ($before, $after) = map { $pack->{as} ? $pack->{as}->($_) : $_ } $record->{tree}, $merged;
            my @unknown;
            for my $difference (differences($before, $after, '')) {
                my ($row) = named_in($pack->{lost}, $difference);
                defined $row ? $used{$row}++ : push @unknown, $difference;
            }
            ok(!@unknown, '... and is the same') or diag(map { encode_json($_) . "\n" } @unknown);
        }
        cmp_ok($n // 0, '>', 1, 'records: ' . ($n // 0));
        for my $row (grep { !$IS_SHARED{ $pack->{lost}[$_] } } 0 .. $#{ $pack->{lost} }) {
            ok($used{$row}, 'still so: ' . join(' ', @{ $pack->{lost}[$row] }));
        }
    };
}

done_testing;
