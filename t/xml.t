# XML through the gateway: a partner whose format it is, and documents that mean harm. What is wrong is
# told with line and column of the document as it was sent.
# sanitize: yes
use strict;
use warnings;
use utf8;
use lib 't/lib';
use Logistics::Test;
use Encode qw(encode);

my $PATH = '/v1/forward/tracking-events';
my $up = upstream(sub { return [200, {}, { records => decode_json($_[0]{body}) }] });
my $gw = gateway(forward => $up, policies => {
    'mappings/parcel-xml.yaml' => <<'END',
mapping: parcel-xml
input: {format: xml, schema: parcel-xml, arrays: [Event]}
emit:
  - for_each: /Tracking/Parcel
    vars: {number: /Number, owner: /Owner}
    emit:
      - for_each: /Event
        v: 1
        id: {hash: [$number, /Time], prefix: ev_}
        type: shipment.in_transit
        timing: actual
        occurred: {date: /Time}
        refs: [{t: tracking, v: $number}]
        location: {addr: {city: /City}}
        note: {concat: [$owner, /Text], separator: ': '}
        src: {partner: $partner, format: xml}
END
    'schemas/parcel-xml.json' => encode_json({
        '$schema' => 'https://json-schema.org/draft/2020-12/schema', type => 'object', required => ['Tracking'],
        properties => { Tracking => { type => 'object', required => ['Parcel'] } },
    }),
    'partners/xml-house.yaml' => <<'END' });
partner: xml-house
identities: [{issuer: https://demo.logistics.example/, client_id: xml-house}]
scopes: [tracking:write]
odoo: {scope: all}
limits: {rate: 200/s, burst: 200, in_flight: 10}
formats: {tracking-events-forward: {xml: parcel-xml}}
END
my $token = $gw->token(partner => 'xml-house');

sub post {
    my ($body, $type) = @_;
    return $gw->client->request('POST', $PATH, [bearer($token), 'Content-Type' => $type // 'application/xml'], $body);
}

sub parcel {
    my ($inner) = @_;
    return "<Tracking>\n <Parcel>\n  <Number>S1</Number>\n  $inner\n </Parcel>\n</Tracking>\n";
}

my $event = '<Event><Time>2026-11-20T10:12:00Z</Time><City>Köln</City><Text>on its way</Text></Event>';
my $german = encode('UTF-8', parcel($event));

# What the service behind the gateway got.
sub records {
    my ($answer) = @_;
    is($answer->{status}, 200, 'taken') or diag $answer->{body};
    my $got = $answer->json->{records};
    return ref $got eq 'ARRAY' ? @$got : $got;
}

subtest 'a document is taken' => sub {
    for my $type ('application/xml', 'text/xml; charset=utf-8', 'application/vnd.parcel+xml') {
        my @records = records(post($german, $type));
        is(scalar @records, 1, "$type: one event, though it is a list of one");
        is($records[0]{location}{addr}{city}, 'Köln', 'its text is UTF-8');
        is($records[0]{refs}[0]{v}, 'S1', 'and its number');
    }
    my $latin = encode('ISO-8859-1', qq{<?xml version="1.0" encoding="ISO-8859-1"?>\n} . parcel($event));
    is((records(post($latin)))[0]{location}{addr}{city}, 'Köln', 'ISO-8859-1 is read as what it says');
    my @records = records(post(encode('UTF-8',
        parcel(qq{<Owner since="2001">A &amp; B</Owner>$event<x/>} . $event =~ s/10:12/13:00/r))));
    is(scalar @records, 2, 'events with others between them are one list');
    is($records[0]{note}, 'A & B: on its way', 'the text of an element with attributes');
};

sub is_refused {
    my ($body, $status, $code, $line, $column, $text, $name) = @_;
    my $answer = post($body);
    my $error = $answer->json->{errors}[0];

    is($answer->{status}, $status, "$name: status") or diag $answer->{body};
    is($error->{code}, $code, "$name: code");
    is("$error->{line}:$error->{column}", "$line:$column", "$name: place") or diag $answer->{body};
    like($error->{detail}, $text, "$name: what to do");
    return $error;
}

subtest 'what is wrong is said' => sub {
    is_refused("<Tracking>\n <Parcel>\n </Tracking>", 400, 'xml-syntax', 3, 4,
        qr{^</Tracking> closes <Parcel>, opened at line 2$}, 'a wrong end tag');
    is_refused(substr($german, 0, 60), 400, 'xml-syntax', 4, 18, qr/cut off/, 'half a document');
    is_refused('{"Tracking": 1}', 400, 'xml-syntax', 1, 1, qr/begins with "<", found "\{"/, 'JSON');
    is_refused("\n", 400, 'xml-syntax', 2, 1, qr/without an element/, 'nothing');
    is_refused("<Tracking>\xfc</Tracking>", 400, 'xml-encoding', 1, 11, qr/0xfc .* declare/, 'no UTF-8');
    is_refused(encode('UTF-16', '<Tracking/>'), 400, 'xml-encoding', 1, 1, qr/send it as UTF-8/, 'UTF-16');
    my $error = is_refused(encode('UTF-8', parcel($event =~ s/2026-11-20T10:12:00Z/yesterday/r)), 422, 'mapping-date',
        4, 16, qr/yesterday/, 'no date');
    is($error->{pointer}, '/Tracking/Parcel/Event/0/Time', '... and the way to it');
    is_refused("\n<Tracking>\n</Tracking>", 422, 'type', 2, 11, qr/./, 'the schema sees the tree');
};

subtest 'what means harm is refused' => sub {
    my $entities = join '', map { qq{<!ENTITY l$_ "} . ('&l' . ($_ - 1) . ';') x 10 . '">' } 1 .. 9;
    is_refused(qq{<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY l0 "lol">$entities]><x>&l9;</x>}, 400, 'xml-doctype', 2, 1,
        qr/DOCTYPE/, 'a billion laughs');
    is_refused('<!DOCTYPE x SYSTEM "file:///etc/passwd"><x/>', 400, 'xml-doctype', 1, 1, qr/DOCTYPE/, 'a file');
    is_refused('<!DOCTYPE x [<!ENTITY y SYSTEM "http://127.0.0.1:1/">]><x>&y;</x>', 400, 'xml-doctype', 1, 1,
        qr/DOCTYPE/, 'an address');
    is_refused('<a>' x 200_000, 400, 'max-depth', 1, 193, qr/64 elements/, 'depth');
    is_refused('<a ' . join(' ', map { "a$_=''" } 1 .. 50_000) . '/>', 400, 'max-attributes', 1, 1, qr/256 attributes/,
        'attributes');
    my $answer = post('<a>' . '<b/>' x 1_000_000);
    is($answer->{status}, 413, 'a million elements in 4 MB are more than a request may use');
    is($answer->json->{errors}[0]{code}, 'out-of-memory', '... and that is said');
    is_refused('<a>&#0;</a>', 400, 'xml-syntax', 1, 4, qr/character/, 'a NUL');
    is_refused('<a' . 'b' x 2_000_000, 400, 'xml-syntax', 1, 1, qr/./, 'a name without an end');
};

is(post($german)->{status}, 200, 'and the next document is taken');
is_deeply([$gw->complaints], [], 'the log has no alert');
done_testing;
