# logisticsctl lint: what of EDI would be refused each time, for want of something in another file. Notes, which change no
# exit code, with their places.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use File::Temp ();

my %GOOD = (
    'gateway.yaml' => "environment: production\nodoo: {upstream: odoo, api: json2, database: prod, key: {env: ODOO_KEY}}\n",
    'issuers/idp.yaml' => <<'END_OF_IT',
issuer: https://id.example.com/
audience: [logistics-api]
keys: {file: keys/none-yet.json}
algorithms: [RS256]
END_OF_IT
    'partners/acme.yaml' => <<'END_OF_IT',
partner: acme
identities: [{issuer: https://id.example.com/, client_id: acme}]
scopes: [tracking:write]
edi: {id: ZZ/ACME, ours: ZZ/OURS, advise: true}
formats: {edi: {x12: [in-214]}}
END_OF_IT
    'routes/tracking.yaml' => <<'END_OF_IT',
route: tracking
path: /v1/tracking
methods: {POST: {scope: tracking:write}}
record: event
deliver: {mode: now, odoo: to-odoo}
END_OF_IT
    'routes/other.yaml' => <<'END_OF_IT',
route: other
path: /v1/other
methods: {POST: {scope: other:write}}
record: event
deliver: {mode: now, odoo: to-odoo}
END_OF_IT
    'routes/sent.yaml' => <<'END_OF_IT',
route: sent
path: /v1/sent
methods: {POST: {scope: [sent:write, tracking:write]}}
record: event
formats: {json: canonical}
deliver: {mode: forward, upstream: tms, as: out-214}
END_OF_IT
    'routes/edi.yaml' => <<'END_OF_IT',
route: edi
path: /v1/edi
methods: {POST: {}}
edi:
  sets:
    "214": tracking
    "850": other
formats: {x12: [in-214, in-850]}
as: {x12: out-advice}
END_OF_IT
    (map { ("mappings/in-$_.yaml" => <<"END_OF_IT") } 214, 850, 856),
mapping: in-$_
input: {format: x12, set: "$_"}
output: event
emit: [{type: {const: shipment.delivered}}]
END_OF_IT
    'mappings/out-214.yaml' => <<'END_OF_IT',
mapping: out-214
input: {format: json, schema: canonical/event}
output: {format: x12, set: "214", version: "004010"}
emit: [{segments: [{B10: {"01": {path: /type}}}]}]
END_OF_IT
    'mappings/out-advice.yaml' => <<'END_OF_IT',
mapping: out-advice
input: {format: json}
output: {format: x12, set: "824", version: "004010"}
emit: [{segments: [{BGN: {"01": "11", "02": /id}}]}]
END_OF_IT
    'mappings/to-odoo.yaml' => "mapping: to-odoo\noutput: odoo-operation\nemit:\n  - op: {const: load}\n",
    'schemas/canonical/odoo-operation.json' => "{}\n",
    'schemas/canonical/event.json' => qq({"type": "object", "properties": {"type": {"enum": ["shipment.delivered"]}}}\n),
);

# Notes for %GOOD with edits: file => sub { change $_ }.
sub notes {
    my (%edits) = @_;
    my $dir = File::Temp->newdir;
    for my $name (keys %GOOD) {
        local $_ = $GOOD{$name};
        if ($edits{$name}) {
            $edits{$name}->();
            die "the edit of $name changed nothing" if $_ eq $GOOD{$name};
        }
        write_files($dir, $name => $_);
    }
    my ($rc, undef, $err) = ctl_run('lint', "$dir");
    is($rc, 0, 'notes change no exit code') or diag $err;
    return [split /\n/, $err =~ s{^\Q$dir\E/}{}mgr];
}

my ($acme, $edi) = qw(partners/acme.yaml routes/edi.yaml);

is_deeply(notes(), [], 'a directory in which all is agreed') or diag explain notes();
is_deeply(notes($acme => sub { s/, ours: ZZ\/OURS// }),
    ["$acme:3:10: /scopes/0: note: \"tracking:write\" lets it use route \"sent\", which sends EDI on: without edi.id and "
        . 'edi.ours each request is refused there'], 'who writes to whom');
is_deeply(notes($acme => sub { s/, ours: ZZ\/OURS// }, 'routes/sent.yaml' => sub { s/, tracking:write// }), [],
    'is nothing to a partner that cannot use the route');
is_deeply(notes($edi => sub { s/^as:.*\n//m }),
    ["$acme:4:43: /edi/advise: note: route \"edi\" has no \"as\" that writes advices: what Odoo refuses is told in the "
        . 'acknowledgement alone'], 'advices that nobody writes');
is_deeply(notes($acme => sub { s/\[in-214\]/[in-214, in-856]/ }),
    ["$acme:5:31: /formats/edi/x12/1: note: mapping \"in-856\" reads sets that route \"edi\" does not take: edi.sets of it "
        . 'names none of them'], 'a mapping of a set that is not taken');
is_deeply(notes($acme => sub { s/\[in-214\]/in-850/ }),
    ["$acme:5:22: /formats/edi/x12: note: mapping \"in-850\" reads sets of route \"other\", and the partner has none of its "
        . 'scopes: they are refused'], 'a mapping of a set whose scope the partner has not');
is_deeply(notes($edi => sub { s/, in-850// }),
    ["$edi:7:5: /edi/sets/850: note: no mapping of route \"edi\", of \"other\" or of a partner reads a 850: each is refused"],
    'a set that nobody reads');
is_deeply(notes($edi => sub { s/, in-850// }, $acme => sub { s/\[tracking:write\]/[tracking:write, other:write]/; s/in-214\]/in-214, in-850]/ }),
    [], 'it is read for a partner');

done_testing();
