# logisticsctl lint: every kind of finding with its place, all of them at once, and the time that
# a large directory takes.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Path qw(make_path);
use File::Temp ();
use Time::HiRes qw(time);

my %GOOD = (
    'gateway.yaml' => <<'END',
environment: production
odoo: {upstream: odoo, api: json2, database: prod, key: {env: ODOO_KEY}}
END
    'issuers/idp.yaml' => <<'END',
issuer: https://id.example.com/
audience: [logistics-api]
keys: {file: keys/none-yet.json}
algorithms: [RS256]
END
    'partners/acme.yaml' => <<'END',
partner: acme
identities: [{issuer: https://id.example.com/, client_id: acme-prod}]
scopes: [tracking:write]
formats: {tracking: {json: plain}}
END
    'routes/tracking.yaml' => <<'END',
route: tracking
path: /v1/tracking
methods: {POST: {scope: tracking:write}}
record: event
deliver: {mode: now, odoo: to-odoo}
END
    'mappings/plain.yaml' => <<'END',
mapping: plain
input: {format: json, schema: plain}
emit:
  - type: {const: shipment.delivered}
    id: {path: /id}
END
    'mappings/to-odoo.yaml' => <<'END',
mapping: to-odoo
output: odoo-operation
emit:
  - op: {const: load}
END
    'codelists/states.yaml' => <<'END',
codelist: states
codes: {D: {type: shipment.delivered}}
END
    'schemas/plain.json' => qq({"type": "object", "required": ["id"]}\n),
    'schemas/canonical/odoo-operation.json' => "{}\n",
    'schemas/canonical/event.json' =>
        qq({"type": "object", "properties": {"type": {"enum": ["shipment.delivered", "shipment.created"]}}}\n),
);

my $FINDS = <<'END';
mapping: to-odoo
output: odoo-operation
emit:
  - op: {const: load}
    find:
      transfer: {model: stock.picking, by: name, value: /number}
END
# What names a record of Odoo in each place where it may stand: nothing else than {find: name} does.
my $IDS = <<'END';
mapping: to-odoo
output: odoo-operation
emit:
  - op: load
    row:
      res_id: 5
      fleet: {when: {exists: /a}, vehicle_id/.id: "7"}
    values:
      lines: [{for_each: /lines, n: /n, more: {res_id: 1}}]
    args: {a: {res_id: {const: 6}}}
    find: {f: {model: stock.picking, by: name, value: x, where: {res_id: 3}}}
    context: {res_id: 4}
    lines:
      - {include: ids}
END
sub bounds { my ($ways) = @_; return sub { s/(key: \{env: ODOO_KEY\})/$1, bounds: {stock.picking: $ways}/ } }

# A directory of %GOOD with edits: file => text | undef | sub { change $_ }
sub policies {
    my (%edits) = @_;
    my $dir = File::Temp->newdir('lint-XXXXXX', TMPDIR => 1);
    my %files = %GOOD;

    for my $name (keys %edits) {
        my $edit = $edits{$name};
        if (ref $edit eq 'CODE') {
            my $before = local $_ = $files{$name};
            $edit->();
            die "the edit of $name changed nothing" if $_ eq $before;
            $files{$name} = $_;
        } elsif (defined $edit) {
            $files{$name} = $edit;
        } else {
            delete $files{$name} // die "no file $name";
        }
    }
    write_files($dir, %files);
    return $dir;
}

# Findings as lint prints them, without the directory.
sub findings {
    my ($dir, @more) = @_;
    my ($rc, $out, $err) = ctl_run('lint', @more, "$dir");

    $err =~ s/^\Q$dir\E(?:\/|(?=:))//mg;
    return ($rc, [split /\n/, $err], $out);
}

my ($rc, $lines, $out) = findings(policies());
is($rc, 0, 'a good directory');
is_deeply($lines, [], 'has no findings');
like($out, qr/: good: 1 partners, 1 routes, revision [0-9a-f]{12}$/, 'and says so');

my $MACHINE = <<'END';
machine: parcel
key: [tracking]
start: none
states:
  none: {rank: 0}
  there: {rank: 9}
events:
  shipment.delivered: {to: there}
  shipment.created: {from: [there]}
impossible: park
park: {for: 2h, then: note}
END

is_deeply([findings(policies('machines/parcel.yaml' => $MACHINE))]->[1], [], 'a good machine has none');

# The route, with a machine.
sub ordered {
    my ($order, $more) = @_;
    return { 'machines/parcel.yaml' => $MACHINE, 'routes/tracking.yaml' => sub { $more->() if $more; s/^(deliver:.*)$/$1\norder: $order/m } };
}

# A route whose sets go the ways of others.
sub edi_route {
    my ($edi, $more, $methods) = @_;
    return ('routes/edi.yaml' => "route: edi\npath: /v1/edi\nmethods: "
        . ($methods // '{POST: {}}') . "\nedi: $edi\n" . ($more // ''));
}

# name, edits, the findings: each a string (exact) or a pattern
my @cases = (
    # --- machines
    ['an unknown event type', { 'machines/parcel.yaml' => $MACHINE =~ s/shipment.delivered/shipment.deliverd/r },
        'machines/parcel.yaml:8:3: there is no event type "shipment.deliverd"; did you mean "shipment.delivered"?'],
    ['a transition to a state that is not there', { 'machines/parcel.yaml' => $MACHINE =~ s/to: there/to: ther/r },
        'machines/parcel.yaml:8:28: there is no state "ther"; did you mean "there"?'],
    ['a state that nothing leads to', { 'machines/parcel.yaml' => $MACHINE =~ s/  there:/  away: {rank: 2}\n  there:/r },
        'machines/parcel.yaml:6:3: no events lead from "none" to the state "away"'],
    ['parked for ever', { 'machines/parcel.yaml' => $MACHINE =~ s/park: \{.*//r },
        'machines/parcel.yaml:8:3: "shipment.delivered" may be parked, and nothing says for how long: park: '
            . '{for: 2h, then: note}'],
    ['late events cannot be parked', { 'machines/parcel.yaml' => $MACHINE . "late: park\n" },
        qr{^machines/parcel.yaml:12:7: /late: }],
    ['a machine in the file of another', { 'machines/other.yaml' => $MACHINE },
        'machines/other.yaml:1:10: /machine: machine "parcel" stands in a file called other.yaml; both must be the same'],
    # --- order
    ['a machine that there is not', ordered('{machine: parcle}'),
        'routes/tracking.yaml:6:18: /order/machine: no machine "parcle": there is no machines/parcle.yaml; did you mean "parcel"?'],
    ['a machine and no event of it', ordered('{machine: parcel}', sub { s/$/\ntypes: [yard.*]/ }),
        'routes/tracking.yaml:6:18: /order/machine: the route takes none of the events that machine "parcel" is about: see its types'],
    ['a machine for what is no event', ordered('{machine: parcel}', sub { s/record: event/record: order/ }),
        qr{^partners/acme.yaml:4:28: }, qr{^routes/tracking.yaml:4:9: },
        'routes/tracking.yaml:6:8: /order: only events move a thing: order needs record: event'],
    ['forgotten before it comes', ordered('{machine: parcel, keep: 1h}'),
        'routes/tracking.yaml:6:32: /order/keep: things are forgotten before what waits for them comes: keep them a minute at least, and '
            . "longer than the machine's park.for"],
    # --- callbacks
    ['callbacks', { map {
            my ($name, $callback) = @$_;
            ("partners/$name.yaml" => "partner: $name\nidentities: [{issuer: https://id.example.com/, client_id: $name}]\n"
                . "scopes: [tracking:write]\ncallback: $callback\n")
        } ['c1', '{url: "http://hooks.example.com/", secret: {env: A}}'],
          ['c2', '{url: "https://10.1.2.3/x", secret: {env: A}, allow: [10.2.0.0/16]}'],
          ['c3', '{url: "https://[::1]:8443", secret: {env: A}}'],
          ['c4', '{url: "https://0x7f.1/", secret: {env: A}}'],
          ['c5', '{url: "http://8.8.8.8/", secret: {env: A}, allow: [10.0.0.0/8]}'],
          ['c6', '{url: "https://me:pw@example.com/", secret: {env: A}}'],
          ['c7', '{url: "https://example.com/", secret: {env: A}, allow: [10.1.0.0/8, "::1/129"]}'],
          ['c8', '{url: "https://example.com/", secret: whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw}'],
          ['c9', '{url: "https://example.com/", secret: {env: A}, events: [sent], timeout: 5m, schedule: [0s]}'] },
        qr{^partners/c1.yaml:4:17: /callback/url: "http://hooks.example.com/" is http, .*write https},
        qr{^partners/c2.yaml:4:17: /callback/url: .*the address is private; list it},
        qr{^partners/c3.yaml:4:17: /callback/url: .*the address is loopback},
        qr{^partners/c4.yaml:4:17: /callback/url: "0x7f.1" is neither a name nor an address},
        qr{^partners/c5.yaml:4:17: /callback/url: .*the address is not listed},
        qr{^partners/c6.yaml:4:17: /callback/url: },
        qr{^partners/c7.yaml:4:\d+: /callback/allow/0: "10.1.0.0/8" is no network},
        qr{^partners/c7.yaml:4:\d+: /callback/allow/1: "::1/129" is no network},
        qr{^partners/c8.yaml:4:\d+: /callback/secret: "secret" holds what looks like a secret},
        qr{^partners/c9.yaml:4:\d+: /callback/events/0: .*"sent"},
        qr{^partners/c9.yaml:4:\d+: /callback/timeout: "5m" is no sensible time limit},
        qr{^partners/c9.yaml:4:\d+: /callback/schedule/0: a wait of nothing is no wait}],
    # --- shapes
    ['an unknown key', { 'partners/acme.yaml' => sub { s/scopes/scopse/ } },
        qr{^partners/acme.yaml:1:1: "scopes" is missing},
        qr{^partners/acme.yaml:3:1: /scopse: .*"scopse".*did you mean "scopes"}],
    ['a word that is none', { 'routes/tracking.yaml' => sub { s/$/\nclass: criticall/ } },
        qr{^routes/tracking.yaml:6:8: /class: .*criticall}],
    ['a type', { 'partners/acme.yaml' => sub { s/\[tracking:write\]/tracking:write/ } },
        qr{^partners/acme.yaml:3:9: /scopes: .*array}],
    ['a missing key', { 'routes/tracking.yaml' => sub { s/, odoo: to-odoo// } },
        qr{^routes/tracking.yaml:5:10: /deliver: .*"odoo"}],
    ['a stage that is never off', { 'routes/tracking.yaml' => sub { s/$/\nstages: {authenticate: off}/ } },
        qr{^routes/tracking.yaml:6:24: /stages/authenticate: }],
    ['a stage that does not exist', { 'routes/tracking.yaml' => sub { s/$/\nstages: {sort: report}/ } },
        qr{^routes/tracking.yaml:6:10: /stages/sort: .*"sort"}],
    ['a mode that is none', { 'routes/tracking.yaml' => sub { s/mode: now/mode: latre/ } },
        qr{^routes/tracking.yaml:5:17: /deliver/mode: .*latre}],
    ['later without Odoo', { 'routes/tracking.yaml' => sub { s/mode: now/mode: later/ },
            'gateway.yaml' => sub { s/^odoo:.*\n//m } },
        qr{^routes/tracking.yaml:5:17: /deliver/mode: later calls Odoo, but gateway.yaml has no odoo}],
    ['once where the answer is not ours', { 'routes/tracking.yaml' => sub {
            s/mode: now, odoo: to-odoo/mode: forward, upstream: tms/; s/$/\nonce: {key: required}/ } },
        qr{^routes/tracking.yaml:6:7: /once: the answer of a forward route is the service's and is not kept}],
    ['once for no time, a wait of none', { 'routes/tracking.yaml' => sub {
            s/to-odoo\}/to-odoo, schedule: [1s, 0s]}/; s/$/\nonce: {key: derived, keep: 10ms}/ } },
        qr{^routes/tracking.yaml:5:\d+: /deliver/schedule/1: a wait of nothing is no wait},
        qr{^routes/tracking.yaml:6:\d+: /once/keep: an answer must be kept for 1s at least}],
    ['a schedule that nothing follows', { 'routes/tracking.yaml' => sub {
            s/mode: now, odoo: to-odoo/mode: forward, upstream: tms, schedule: [1s]/ } },
        qr{^routes/tracking.yaml:5:51: /deliver/schedule: a schedule is for what is delivered later}],
    ['messages by no id', { 'routes/message.yaml' =>
            "route: message\npath: /v1/messages\nmethods: {POST: {scope: tracking:write}}\nserve: messages\n" },
        qr{^routes/message.yaml:2:7: /path: a message is asked for by its id},
        qr{^routes/message.yaml:3:17: /methods/POST: messages are only read: GET, not POST}],
    ['letters by two ids, and a callback', {
        'routes/replay.yaml' => "route: replay\npath: /v1/x/{id}/{to}\nmethods: {POST: {scope: x:y}}\nserve: replay\n",
        'routes/many.yaml' => "route: many\npath: /v1/x/drop\nmethods: {GET: {scope: x:y}}\nserve: drop\n",
        'routes/resend.yaml' => "route: resend\npath: /v1/{a}/{b}/resend\nmethods: {POST: {scope: x:y}}\nserve: resend\n" },
        qr{^routes/many.yaml:3:16: /methods/GET: a letter is dropped by one method: POST, not GET},
        qr{^routes/replay.yaml:2:7: /path: a message is asked for by its id},
        qr{^routes/resend.yaml:2:7: /path: a message is asked for by its id}],
    ['keys by url', { 'issuers/idp.yaml' => sub { s/file: \S+/url: https:\/\/x\//; s/\/\/x\//\/\/x}/ } },
        qr{^issuers/idp.yaml:3:7: /keys: .*"file"},
        qr{^issuers/idp.yaml:3:8: /keys/url: .*"url"}],
    # --- EDI
    ['sets that go the ways of other routes', { edi_route('{sets: {"214": tracking, "850": trackign, "997": edi}}') },
        'routes/edi.yaml:4:38: /edi/sets/850: no route "trackign"; did you mean "tracking"?',
        'routes/edi.yaml:4:55: /edi/sets/997: sets go to routes with deliver.mode now; "edi" is none'],
    ['a route of sets that is also one of its own', { edi_route('{sets: {"214": tracking}}',
        "record: event\n", "{POST: {scope: x:y}, GET: {}}") },
        'routes/edi.yaml:3:25: /methods/POST/scope: each set asks for the scope of its own route: leave this one out',
        'routes/edi.yaml:3:36: /methods/GET: interchanges come by POST, not by GET',
        'routes/edi.yaml:5:9: /record: record is that of the routes which the sets go to: leave it out'],
    ['a mapping that makes other records than its set\'s route takes', {
        edi_route('{sets: {"214": tracking}}', "formats: {x12: odd, json: plain}\n"),
        'schemas/canonical/order.json' => "{}\n",
        'mappings/odd.yaml' => "mapping: odd\noutput: order\ninput: {format: x12, set: \"214\"}\nemit: [{id: B10/01}]\n" },
        'routes/edi.yaml:5:10: /formats: mapping "odd" makes records of the kind "order"; its set 214 goes to route "tracking", which takes "event"',
        'routes/edi.yaml:5:10: /formats: route "edi" takes EDI, not json'],
    ['terms of EDI', { 'partners/acme.yaml' =>
        sub { s/$/\nedi: {id: "ZZ\/", ours: OURS, acknowledge: 998, checks: {count: warn, ends: maybe}, keep: 5s}/ } },
        'partners/acme.yaml:5:11: /edi/id: "ZZ/" names nobody; write qualifier and id, ZZ/ACME, or the id alone',
        qr{^partners/acme.yaml:5:43: /edi/acknowledge: },
        'partners/acme.yaml:5:57: /edi/checks/count: there is no check "count"; did you mean "counts"',
        qr{^partners/acme.yaml:5:76: /edi/checks/ends: },
        'partners/acme.yaml:5:90: /edi/keep: an interchange must be known again for 1h at least'],
    # --- YAML
    ['YAML that is none', { 'gateway.yaml' => "environment: [production\n" },
        qr{^gateway.yaml:1:14: not YAML: .*this \[ is not closed}],
    ['a key that stands twice', { 'partners/acme.yaml' => sub { s/$/\npartner: acme/ } },
        qr{^partners/acme.yaml:5:1: .*"partner"}],
    ['an anchor', { 'partners/acme.yaml' => sub { s/scopes: \[/scopes: &s [/ } },
        qr{^partners/acme.yaml:3:9: anchors}],
    ['a second document', { 'partners/acme.yaml' => sub { s/$/\n---\nx: 1/ } },
        qr{^partners/acme.yaml:5:1: a second document}],
    ['an empty file', { 'partners/empty.yaml' => "# nothing\n" },
        'partners/empty.yaml:1:1: the file says nothing'],
    ['JSON that is none', { 'schemas/plain.json' => "{\n  \"type\": \"object\",\n}\n" },
        qr{^schemas/plain.json:3:1: }],
    # --- names and duplicates
    ['a file called otherwise', { 'partners/acme.yaml' => sub { s/partner: acme/partner: acne/ } },
        'partners/acme.yaml:1:10: /partner: partner "acne" stands in a file called acme.yaml; both must be the same'],
    ['an issuer twice', { 'issuers/two.yaml' => $GOOD{'issuers/idp.yaml'} },
        'issuers/two.yaml:1:9: /issuer: issuer "https://id.example.com/" stands in issuers/idp.yaml already'],
    ['an identity twice',
        { 'partners/bolt.yaml' => $GOOD{'partners/acme.yaml'} =~ s/partner: acme/partner: bolt/r },
        'partners/bolt.yaml:2:59: /identities/0/client_id: client "acme-prod" of this issuer belongs to partner "acme" already'],
    ['a path twice', { 'routes/tracking2.yaml' => $GOOD{'routes/tracking.yaml'} =~ s/route: tracking/route: tracking2/r },
        'routes/tracking2.yaml:2:7: /path: path /v1/tracking takes the same requests as /v1/tracking of routes/tracking.yaml'],
    ['paths that differ by the name of a parameter only', {
            'routes/a.yaml' => "route: a\npath: /v1/x/{id}\nmethods: {GET: {scope: x:read}}\nserve: traces\n",
            'routes/b.yaml' => "route: b\npath: /v1/x/{key}\nmethods: {GET: {scope: x:read}}\nserve: traces\n",
        },
        'routes/b.yaml:2:7: /path: path /v1/x/{key} takes the same requests as /v1/x/{id} of routes/a.yaml'],
    # --- references
    ['a scope that no route asks for', { 'partners/acme.yaml' => sub { s/tracking:write/tracking:wirte/ } },
        'partners/acme.yaml:3:10: /scopes/0: no route asks for the scope "tracking:wirte"; did you mean "tracking:write"?'],
    ['a mapping that is not there', { 'partners/acme.yaml' => sub { s/json: plain/json: plan/ } },
        'partners/acme.yaml:4:28: /formats/tracking/json: no mapping "plan": there is no mappings/plan.yaml; did you mean "plain"?'],
    ['a route that is not there', { 'partners/acme.yaml' => sub { s/formats: \{tracking/formats: {trackin/ } },
        'partners/acme.yaml:4:11: /formats/trackin: no route "trackin"; did you mean "tracking"?'],
    ['an issuer that is not there', { 'partners/acme.yaml' => sub { s/example.com/example.org/ } },
        'partners/acme.yaml:2:23: /identities/0/issuer: no file in issuers/ has the issuer "https://id.example.org/"; did you mean "https://id.example.com/"?'],
    ['a schema that is not there', { 'mappings/plain.yaml' => sub { s/schema: plain/schema: plane/ } },
        'mappings/plain.yaml:2:31: /input/schema: no schema "plane" in schemas/; did you mean "plain.json"?'],
    ['a canonical schema that is not there', { 'routes/tracking.yaml' => sub { s/event/evnt/ } },
        qr{^partners/acme.yaml:4:28: /formats/tracking/json: mapping "plain" makes records of the kind "event", not "evnt"},
        'routes/tracking.yaml:4:9: /record: no canonical schema "evnt": there is no schemas/canonical/evnt.json'],
    ['types of what has none', { 'routes/tracking.yaml' => sub { s/record: event/record: event\ntypes: [shipments]/ } },
        qr{^routes/tracking.yaml:5:9: /types/0: .*shipments}],
    ['a mapping for something else', { 'routes/tracking.yaml' => sub { s/odoo: to-odoo/odoo: plain/ } },
        'routes/tracking.yaml:5:28: /deliver/odoo: mapping "plain" makes records of the kind "event", not "odoo-operation"'],
    ['a code list that is not there',
        { 'mappings/plain.yaml' => sub { s/^emit/lookup: {st: {file: statse}}\nemit/m } },
        qr{^mappings/plain.yaml:3:21: .*statse}],
    ['a model that nobody spoke of', { 'mappings/to-odoo.yaml' => $FINDS },
        'routes/tracking.yaml:5:28: /deliver/odoo: this mapping looks up stock.picking, and gateway.yaml does not say which of these are a partner\'s: add it to odoo.bounds'],
    ['a partner without what a mapping is bound by', { 'mappings/to-odoo.yaml' => $FINDS, 'gateway.yaml' => bounds('[{carrier_id: $partner.carrier_id}, {a: 1, b: $partner.b}]') },
        'partners/acme.yaml:3:10: /scopes/0: "tracking:write" lets it write by route "tracking", which touches what is the partner\'s by odoo.carrier_id: without it nothing is ever found'],
    ['a fact that is none', { 'mappings/to-odoo.yaml' => $FINDS, 'gateway.yaml' => bounds('[{carrier_id: $parnter.carrier_id}]') },
        qr{^gateway.yaml:\d+:\d+: /odoo/bounds/stock\.picking/0/carrier_id: "\$parnter.carrier_id" is no fact of a partner; write \$partner.NAME}],
    ['a way for everybody', { 'gateway.yaml' => bounds('[{}]') }, qr{^gateway.yaml:\d+:\d+: /odoo/bounds/stock\.picking}],
    ['a record named by a number', { 'gateway.yaml' => bounds('all'), 'mappings/to-odoo.yaml' => $IDS,
            'mappings/templates/ids.yaml' => "template: ids\nitems:\n  - res_id: 8\n    n: x\n" },
        'mappings/templates/ids.yaml:3:13: "res_id" names a record of Odoo: it is {find: name}, never a number or text',
        'mappings/to-odoo.yaml:6:15: "res_id" names a record of Odoo: it is {find: name}, never a number or text',
        'mappings/to-odoo.yaml:7:51: "vehicle_id/.id" names a record of Odoo: it is {find: name}, never a number or text',
        'mappings/to-odoo.yaml:9:56: "res_id" names a record of Odoo: it is {find: name}, never a number or text',
        'mappings/to-odoo.yaml:10:24: "res_id" names a record of Odoo: it is {find: name}, never a number or text'],
    ['more facts than a find tries', { 'mappings/to-odoo.yaml' => $FINDS =~ s/value: \/number/value: [\/number, {partner: houses}, x]/r,
        'gateway.yaml' => bounds('all'), 'partners/acme.yaml' => sub { s/$/\nodoo: {houses: [@{[join ', ', 1 .. 15]}]}/ } },
        'partners/acme.yaml:5:16: /odoo/houses: with these, find "transfer" of the mapping "to-odoo" would try 17 values for one stock.picking; 16 are the most'],
    ['a model out of a document', { 'mappings/to-odoo.yaml' => $FINDS =~ s/model: stock.picking/model: \/model/r },
        qr{^routes/tracking.yaml:5:28: /deliver/odoo: a find of this mapping takes its model from the document}],
    ['Odoo without an odoo', { 'gateway.yaml' => "environment: production\n" },
        'routes/tracking.yaml:5:17: /deliver/mode: now calls Odoo, but gateway.yaml has no odoo'],
    ['no gateway.yaml', { 'gateway.yaml' => undef }, qr{^gateway.yaml: }],
    # --- values
    ['a time zone', { 'partners/acme.yaml' => sub { s/$/\ntimezone: America\/Denvr/ } },
        qr{^partners/acme.yaml:5:11: /timezone: .*America/Denvr}],
    ['a rate', { 'partners/acme.yaml' => sub { s/$/\nlimits: {rate: 50 per second}/ } },
        'partners/acme.yaml:5:16: /limits/rate: "50 per second" is not a rate; write requests per s, m, h or day: 50/s'],
    ['a burst alone', { 'partners/acme.yaml' => sub { s/$/\nlimits: {burst: 5}/ } },
        'partners/acme.yaml:5:17: /limits/burst: a burst needs a rate beside it'],
    ['a duration', { 'issuers/idp.yaml' => sub { s/$/\nleeway: 30 sec/ } },
        'issuers/idp.yaml:5:9: /leeway: "30 sec" is not a duration; write a number with ms, s, m, h or d behind it: 30s'],
    ['a leeway beyond reason', { 'issuers/idp.yaml' => sub { s/$/\nleeway: 2h/ } },
        'issuers/idp.yaml:5:9: /leeway: a leeway of "2h" would let expired tokens in; write at most 10m'],
    ['a size', { 'gateway.yaml' => sub { s/$/\nlimits: {body: 20 MB}/ } },
        'gateway.yaml:3:16: /limits/body: "20 MB" is not a size; write bytes, or a number with k, m or g behind it: 20m'],
    ['an empty audience', { 'issuers/idp.yaml' => sub { s/\[logistics-api\]/[]/ } },
        qr{^issuers/idp.yaml:2:11: /audience: audience is empty}],
    ['an issuer of another environment', { 'issuers/idp.yaml' => sub { s/$/\nenvironment: sandbox/ } },
        'issuers/idp.yaml:5:14: /environment: this issuer is for sandbox, but gateway.yaml says production'],
    ['a path that is none', { 'routes/tracking.yaml' => sub { s{/v1/tracking$}{/v1/tracking/}m } },
        qr{^routes/tracking.yaml:2:7: /path: "/v1/tracking/" is no path of a route}],
    ['a path of the gateway itself', { 'routes/tracking.yaml' => sub { s{/v1/tracking$}{/metrics}m } },
        'routes/tracking.yaml:2:7: /path: the gateway answers /metrics itself'],
    ['a route that goes nowhere', { 'routes/tracking.yaml' => sub { s/^deliver.*\n//m } },
        'routes/tracking.yaml:1:1: "deliver" or "serve" or "edi" is missing'],
    ['a route that goes two ways',
        { 'routes/tracking.yaml' => sub { s/POST/GET/; s/$/\nserve: traces/ } },
        'partners/acme.yaml:4:11: /formats/tracking: route "tracking" takes no documents: formats have no sense there',
        'routes/tracking.yaml:4:9: /record: this route takes no documents: leave record out',
        'routes/tracking.yaml:5:10: /deliver: a route has deliver or serve, not both'],
    # --- secrets
    ['a key in the file', { 'gateway.yaml' => sub { s/\{env: ODOO_KEY\}/hunter2/ } },
        'gateway.yaml:2:57: /odoo/key: a secret must not stand in a policy file; name where it is: {file: /run/secrets/odoo_key} or {env: ODOO_KEY}'],
    ['a password anywhere', { 'partners/acme.yaml' => sub { s/$/\npassword: hunter2/ } },
        qr{^partners/acme.yaml:5:1: /password: .*"password"},
        qr{^partners/acme.yaml:5:11: /password: "password" holds what looks like a secret; keep it in a file}],
    ['a private key', { 'codelists/states.yaml' => sub { s/D: \{type: shipment.delivered\}/"x": "-----BEGIN PRIVATE KEY-----"/ } },
        qr{^codelists/states.yaml:2:14: /codes/x: a private key or a token stands here}],
    ['a token', { 'partners/acme.yaml' => sub { s/acme-prod/eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJhY21lIn0.c2lnbmF0dXJl/ } },
        qr{^partners/acme.yaml:2:59: /identities/0/client_id: a private key or a token stands here}],
    ['something random under key', { 'mappings/to-odoo.yaml' => sub { s/$/\n    api_key: {const: x}\n    token: Zk3xP9vQ7rT2mW8nB4cL6dF1/ } },
        qr{^mappings/to-odoo.yaml:6:12: /emit/0/token: "token" holds what looks like a secret}],
    # --- what is not read
    ['a directory misspelt', { 'partner/bolt.yaml' => "partner: bolt\n" },
        ': directory "partner" is not read; did you mean "partners"?'],
    ['a directory within', { 'partners/eu/bolt.yaml' => "partner: bolt\n" },
        'partners: directory "eu" is not read'],
    ['a file that ends otherwise', { 'partners/bolt.yml' => "partner: bolt\n" },
        'partners: file "bolt.yml" is not read: policy files end in .yaml'],
    ['a file beside gateway.yaml', { 'partner.yaml' => "partner: bolt\n" },
        qr{^: file "partner.yaml" is not read: only gateway.yaml stands here}],
    # --- what rooms below say
    ['a schema that does not compile', { 'schemas/plain.json' => qq({"type": "objekt"}\n) },
        qr{^schemas/plain.json:1:10: /type: }],
    ['a mapping that does not compile', { 'mappings/plain.yaml' => sub { s/^emit/emitt/m } },
        qr{^mappings/plain.yaml:1:1: /emit: .*missing},
        qr{^mappings/plain.yaml:3:1: .*"emitt"; did you mean "emit"}],
    ['a field outside the schema',
        { 'mappings/plain.yaml' => sub { s/    id:/    idd:/ },
          'schemas/canonical/event.json' => sub { s/"properties": \{/"required":["id"],"additionalProperties":false,"properties":{"id":{},/ } },
        qr{^mappings/plain.yaml:4:5: /emit/0: "id" is missing: every event has one},
        qr{^mappings/plain.yaml:5:5: /emit/0: "idd" is no field that schemas/canonical/event.json has here; did you mean "id"\?}],
    # --- what no mapping uses
    ['a code list that nothing uses',
        { 'codelists/states.yaml' => sub { s/$/\npatterns: [{match: "(", value: {type: x}}]/ } },
        qr{^codelists/states.yaml:\d+:\d+: .*missing closing parenthesis}],
    ['codes of a partner that nothing uses',
        { 'codelists/partners/acme/states.yaml' => "codelist: states\ncodes: {X: y}\npatterns: [{match: '(', value: y}]\n" },
        qr{^codelists/partners/acme/states.yaml:\d+:\d+: .*missing closing parenthesis}],
    ['fields that nothing includes',
        { 'mappings/templates/part.yaml' => "template: part\nparams: [of]\nfields:\n  name: {uppper: \$of/name}\n  code: {lookup: any, key: \$fo/x}\n" },
        qr{^mappings/templates/part.yaml:4:10: .*unknown operation "uppper"; did you mean "upper"\?},
        qr{^mappings/templates/part.yaml:5:\d+: .*unknown variable "fo"}],
    ['a value that nothing includes',
        { 'mappings/templates/part.yaml' => "template: part\nparams: [at]\nvalue: {date: \$at, format: [iso], local: \$at/l}\n" },
        qr{^mappings/templates/part.yaml:3:20: .*"format".*did you mean "formats"\?}],
    ['items that nothing includes',
        { 'mappings/templates/part.yaml' => "template: part\nparams: [of]\nitems:\n  - {include: part}\n" },
        qr{^mappings/templates/part.yaml:4:\d+: .*templates include each other: "part" -> "part"}],
    ['a code list misspelt',
        { 'mappings/plain.yaml' => sub { s/^emit/lookup: {s: {file: statse, else: warn}}\nemit/m; s/\{const: shipment.delivered\}/{lookup: s, key: \/k, get: type}/ } },
        'mappings/plain.yaml:3:20: /lookup: there is no code list "statse"; did you mean "states"?'],
    ['a duration without a unit', { 'issuers/idp.yaml' => sub { s/$/\nleeway: 30/ } },
        'issuers/idp.yaml:5:9: /leeway: 30 of what? A duration has ms, s, m, h or d behind it: 30s'],
    ['a method that is none', { 'routes/tracking.yaml' => sub { s/POST/FETCH/ } },
        qr{^partners/acme.yaml:3:10: /scopes/0: },
        'routes/tracking.yaml:3:11: /methods/FETCH: a route has no method "FETCH"; methods are GET, HEAD, POST, PUT, PATCH and DELETE, in capitals'],
    ['a type outside the vocabulary', { 'mappings/plain.yaml' => sub { s/shipment.delivered/shipment.deliverd/ } },
        qr{^mappings/plain.yaml:4:\d+: .*shipment\.deliverd.*shipment\.delivered}],
);

subtest 'an output that no schema says, where no route uses it' => sub {
    my ($code, $got) = findings(policies('mappings/more.yaml' => "mapping: more\noutput: evnt\nemit:\n  - id: /id\n"));
    is($code, 0);
    is_deeply($got, ['mappings/more.yaml:2:9: /output: note: there is no schemas/canonical/evnt.json to say what "evnt" is; '
        . 'did you mean "canonical/event.json"?; nothing that the mapping makes can be checked']);
};

subtest 'notes are told and change nothing' => sub {
    my %edit = ('mappings/plain.yaml' => sub { s{\{const: shipment\.delivered\}}{{lookup: {d: shipment.delivered}, key: /k}} });
    my ($code, $got) = findings(policies(%edit));
    is($code, 0);
    is(scalar @$got, 1) or diag explain $got;
    like($got->[0], qr{^mappings/plain\.yaml:4:\d+: /emit/0/type/lookup: note: an unknown code becomes null, and nobody is told: say "else": });
    my ($rc_json, undef, $json) = findings(policies(%edit), '--json');
    is($rc_json, 0);
    is(decode_json($json)->{notes}[0]{code}, 'mapping-note');
};

subtest 'what documents may be without is one line' => sub {
    my %edit = (
        'schemas/canonical/event.json' => sub { s/"properties": \{/"required":["id"],"additionalProperties":false,"properties":{"id":{},/ },
    );
    my ($code, $got) = findings(policies(%edit));
    is($code, 0);
    is(scalar @$got, 1) or diag explain $got;
    like($got->[0], qr{: note: 1 required fields of what mappings make can come to null, .*--notes shows them});
    ($code, $got) = findings(policies(%edit), '--notes');
    is($code, 0);
    is_deeply([map { s/^(\S+) .*?note: ("id" is null).*/$1 $2/r } @$got], ['mappings/plain.yaml:5:9: "id" is null']) or diag explain $got;
};

subtest 'what a lookup looks up is no secret' => sub {
    my $lookup = '{lookup: {d: shipment.delivered}, else: warn, default: shipment.delivered, key: /CommodityClassification/0/Code}';
    my ($code, $got) = findings(policies('mappings/plain.yaml' => sub { s/\{const: shipment\.delivered\}/$lookup/ }));
    is($code, 0);
    is_deeply($got, []) or diag explain $got;
};

for my $case (@cases) {
    my ($name, $edits, @want) = @$case;
    my ($code, $got) = findings(policies(%$edits));

    subtest $name => sub {
        is($code, 1, 'exit 1');
        for my $i (0 .. ($#$got > $#want ? $#$got : $#want)) {
            if (!defined $want[$i]) {
                fail("not expected: $got->[$i]");
            } elsif (ref $want[$i]) {
                like($got->[$i] // '(nothing)', $want[$i]);
            } else {
                is($got->[$i] // '(nothing)', $want[$i]);
            }
        }
    };
}

subtest 'all findings at once, in the order of files and lines' => sub {
    my $dir = policies(
        'gateway.yaml'       => sub { s/production/prodution/ },
        'issuers/idp.yaml'   => sub { s/RS256/RS255/; s/$/\nleeway: x/ },
        'partners/acme.yaml' => sub { s/tracking:write/x:y/; s/json: plain/json: none/; s/$/\ntimezone: Moon/ },
        'routes/tracking.yaml' => sub { s/POST/PAST/ },
    );
    my ($code, $got) = findings($dir);
    my @places = map { /^(\S+:\d+:\d+):/ ? $1 : $_ } @$got;

    is($code, 1);
    is_deeply(\@places, [
        'gateway.yaml:1:14', 'issuers/idp.yaml:4:14', 'issuers/idp.yaml:5:9',
        'partners/acme.yaml:3:10', 'partners/acme.yaml:4:28', 'partners/acme.yaml:5:11',
        'routes/tracking.yaml:3:11',
    ]) or diag(join "\n", @$got);
};

subtest 'a broken file does not make others look broken' => sub {
    my ($code, $got) = findings(policies('routes/tracking.yaml' => "route: [\n"));
    is(scalar @$got, 1, 'the broken route is the one finding') or diag(join "\n", @$got);
    ($code, $got) = findings(policies('mappings/plain.yaml' => "mapping: [\n"));
    is(scalar @$got, 1, 'so is the broken mapping') or diag(join "\n", @$got);
    ($code, $got) = findings(policies('issuers/idp.yaml' => "issuer: [\n"));
    is(scalar @$got, 1, 'and the broken issuer') or diag(join "\n", @$got);
};

subtest 'a secret is never shown' => sub {
    my $secret = 'Zk3xP9vQ7rT2mW8nB4cL6dF1';
    for my $edits (
        { 'gateway.yaml' => sub { s/\{env: ODOO_KEY\}/$secret/ } },
        { 'gateway.yaml' => sub { s/\{env: ODOO_KEY\}/[$secret]/ } },
        { 'gateway.yaml' => sub { s/key: \{env: ODOO_KEY\}/password: $secret/ } },
        { 'gateway.yaml' => sub { s/key: \{env: ODOO_KEY\}/key: {secret: $secret}/ } },
        { 'gateway.yaml' => sub { s/ODOO_KEY/"-----BEGIN $secret"/ } },
    ) {
        my $dir = policies(%$edits);
        my ($code, $out1, $err1) = ctl_run('lint', "$dir");
        my (undef, $out2, $err2) = ctl_run('lint', '--json', "$dir");
        is($code, 1, 'refused');
        unlike("$out1$err1$out2$err2", qr/\Q$secret\E/, 'and not shown');
    }
};

subtest 'private keys in a key set' => sub {
    my $dir = policies('issuers/idp.yaml' => sub { s/none-yet/set/ });
    make_path("$dir/../lint-keys-$$");
    spew("$dir/keys.json", '{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"a","d":"nWGxne_9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A",'
        . '"x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}');
    my $file = "$dir/issuers/idp.yaml";
    spew($file, slurp($file) =~ s{keys/set.json}{keys.json}r);
    my ($code, $got) = findings($dir);
    like("@$got", qr{issuers/idp.yaml:3:14: /keys/file: key 1 of \S+ has its private part}, 'are found');
    rmdir "$dir/../lint-keys-$$";
};

subtest '--json' => sub {
    my ($code, undef, $text) = findings(policies(), '--json');
    my $report = decode_json($text);
    is($code, 0);
    ok($report->{ok});
    is($report->{partners}, 1);
    is_deeply($report->{findings}, []);

    my $dir = policies('partners/acme.yaml' => sub { s/tracking:write/tracking:wirte/ });
    ($code, undef, $text) = findings($dir, '--json');
    $report = decode_json($text);
    is($code, 1);
    ok(!$report->{ok});
    my ($finding) = @{ $report->{findings} };
    is($finding->{file}, "$dir/partners/acme.yaml");
    is("$finding->{line}:$finding->{column}", '3:10');
    is($finding->{pointer}, '/scopes/0');
    is($finding->{code}, 'policy-reference');
};

subtest 'usage' => sub {
    is((ctl_run('lint'))[0], 2, 'no directory');
    is((ctl_run('lint', '--jason', '.'))[0], 2, 'an unknown option');
    is((ctl_run('lint', '/nonexistent'))[0], 2, 'a directory that is not there');
};

subtest 'the revision is what coreutils compute' => sub {
    my $dir = policies();
    my (undef, undef, $text) = findings($dir, '--json');
    my $want = `cd '$dir' && find * -type f | LC_ALL=C sort | xargs sha256sum | sha256sum`;
    is(decode_json($text)->{revision}, substr($want, 0, 12));
    spew("$dir/partners/acme.yaml", "$GOOD{'partners/acme.yaml'}# changed\n");
    (undef, undef, $text) = findings($dir, '--json');
    isnt(decode_json($text)->{revision}, substr($want, 0, 12), 'and changes with every byte');
};

subtest 'what ships is good' => sub {
    my ($code, undef, $err) = ctl_run('lint', root() . '/lua-free-policies');
    is($code, 0) or diag($err);
};

subtest '10,000 partners and 1,000 routes' => sub {
    my $dir = policies();
    for my $i (1 .. 1000) {
        spew("$dir/routes/route-$i.yaml", <<"END");
route: route-$i
path: /v1/area-@{[$i % 40]}/route-$i/{id}
methods: {POST: {scope: scope-$i:write}, PUT: {scope: scope-$i:write}}
class: standard
record: event
formats: {json: plain}
deliver: {mode: now, odoo: to-odoo}
limits: {rate: 500/s, burst: 1000}
END
    }
    for my $i (1 .. 10_000) {
        my @routes = map { ($i * 7 + $_) % 1000 + 1 } 0 .. 2;
        spew("$dir/partners/partner-$i.yaml", <<"END");
partner: partner-$i
identities:
  - {issuer: https://id.example.com/, client_id: client-$i-prod}
  - {issuer: https://id.example.com/, client_id: client-$i-batch}
scopes: [@{[join ', ', map { "scope-$_:write" } @routes]}]
timezone: America/Denver
limits: {rate: 50/s, burst: 100, in_flight: 20}
formats: {@{[join ', ', map { "route-$_: {json: plain}" } @routes]}}
END
    }
    my @before = times;
    my $began = time;
    my ($code, $out, $err) = ctl_run('lint', "$dir");
    my $wall = time - $began;
    my @after = times;
    my $cpu = $after[2] + $after[3] - $before[2] - $before[3];

    is($code, 0) or diag(substr $err, 0, 2000);
    like($out, qr/10001 partners, 1001 routes/);
    # CPU time, so that a machine that is busy with other tests does not fail it
    cmp_ok($cpu, '<', 2, 'are loaded in under 2 s');
    note(sprintf '%.2f s CPU, %.2f s on the clock', $cpu, $wall);
};

done_testing();
