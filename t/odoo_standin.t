# The Odoo stand-in answers as the real 17 and 19 servers did: every recorded request whose models it has is
# sent again, and status, media type, shape and the exception's name are compared. The recordings stand
# outside the repository (LGS_SHARED, else ../shared); without them the cases at the end of this file run.
use strict;
use warnings;
use lib 't/lib';
use Logistics::Test;
use Logistics::Process ();
use File::Temp ();
use IO::Socket::INET;

my $shared = $ENV{LGS_SHARED} // root() . '/../shared';
my %uid = (17 => { gateway => 10, clerk => 8, portal => 9 }, 19 => { gateway => 9, clerk => 7, portal => 8 });

# What cannot be replayed, and why.
my @skip = (
    [qr/^proxy-|^web-(?:assets|static|image|content-(?:304|range|download))/, 'files and proxy_mode: not this stand-in\'s work'],
    [qr/^web-upload_attachment|140MB|20MB/, 'bodies that the recordings cut'],
    [qr/^threaded-/, 'Odoo in threaded mode: the stand-in is prefork'],
    [qr/^json1-/, '/json/1 is not a gateway\'s API'],
    [qr/^pg-restarted/, 'a pool of PostgreSQL connections'],
    [qr/^concurrency-serialization-retried-ok/, 'the retries of Odoo itself: 3 s of sleep'],
    [qr/^transport-(?:garbage-request|short-body|stalled|slow|pipelined|long-url|long-header|120-headers|header-30k|expect|chunked|cl-and-te|gzip|body|idle)/,
        'bytes that the recordings do not keep; own cases below'],
    [qr/^web-login-post|^web-session-(?:logout|get_session_info-ok)|^web-dataset-call_kw-(?!no-session)/,
        'need the session of the recording; own cases below'],
    [qr/invalid-utf8|malformed-NaN/, 'bytes that JSON cannot carry here'],
    [qr/other-db-despite-dbfilter/, 'one database'],
    [qr/^gevent-port|^websocket|^longpolling/, 'on another port; own cases below'],
    [qr/^transport-(?:case-path|dot-segments)/, 'recorded on a server that serves two databases'],
    [qr/^jsonrpc-client-disconnect|was-committed|was-rolled-back/, 'reads what an act outside HTTP left'],
);
# Faults to set before a recorded request.
my @faults = (
    [qr/^pgdown-(?:search_read(?:-2)?|authenticate)$/, undef], # the recorded one of db-lost and db-down
    [qr/^pgdown-(?:json2|web-health-db|web-login)/, 'db-down'],
    [qr/^concurrency-serialization-exhausted/, 'serialization'],
    [qr/^limit_time_real-exceeded$/, 'cut-before'],
);

my %count = (replayed => 0, skipped => 0);
for my $version (17, 19) {
    my $file = "$shared/facts/odoo-captures/odoo-$version.jsonl";
    -e $file ? replay($version, $file) : note("no $file: nothing to replay");
}
note("$count{replayed} recorded requests replayed, $count{skipped} skipped");
if (-e "$shared/facts/odoo-captures/odoo-19.jsonl") {
    cmp_ok($count{replayed}, '>=', 120, 'enough recorded requests were replayed');
}
own_cases($_) for 17, 19;
faults_and_workers();
gevent_port();
done_testing();

# ---- the stand-in --------------------------------------------------------------------------------

sub start {
    my ($version, @more) = @_;
    my $dir = File::Temp->newdir('lgs-odoo-XXXXXX', TMPDIR => 1);
    my $self = { dir => $dir, log => "$dir/log", version => $version };

    spew($self->{log}, '');
    $self->{process} = Logistics::Process::spawn(
        name => 'odoo stand-in', stdout => $self->{log}, stderr => $self->{log},
        argv => ['/usr/bin/python3', root() . '/t/odoo/odoo_standin.py', '--version', $version, '--port', 0,
            '--gevent-port', 0, '--control-port', 0, '--db', "$dir/odoo.sqlite", '--stock-delivery', @more]);
    wait_for(sub { $self->{process}->alive || die 'the stand-in left: ' . slurp($self->{log});
                   slurp($self->{log}) =~ /^ready (\d+)/m && ($self->{port} = $1) }, 10, 'the stand-in');
    for my $name (qw(gevent control)) {
        ($self->{$name}) = slurp($self->{log}) =~ /^$name (\d+)/m;
    }
    return $self;
}

sub stop {
    my ($self) = @_;
    ok($self->{process}->stop, "$self->{version}: ends on SIGTERM");
    is($self->{process}->status, 0, "$self->{version}: with exit code 0");
    unlike(slurp($self->{log}), qr/Traceback/, "$self->{version}: no exception of its own");
    return;
}

# Bytes in, bytes out until the server closes.
sub exchange {
    my ($port, $bytes) = @_;
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $port) or return;
    local $SIG{PIPE} = 'IGNORE';
    utf8::encode($bytes) if utf8::is_utf8($bytes);
    my $all = '';
    my $sent = 0;
    while ($sent < length $bytes) {
        my $n = syswrite $socket, $bytes, length($bytes) - $sent, $sent or last;
        $sent += $n;
    }
    1 while sysread $socket, $all, 65536, length $all;
    return $all;
}

sub control {
    my ($self, %what) = @_;
    my $answer = Logistics::Http->new(port => $self->{control})->request('POST', '/_control', [], encode_json(\%what));
    return $answer->json;
}

sub rpc {
    my ($self, $user, $password, $model, $method, $args, $kwargs) = @_;
    my $body = encode_json({ jsonrpc => '2.0', id => 1, params => { service => 'object', method => 'execute_kw',
        args => ['prod', $uid{ $self->{version} }{$user}, $password, $model, $method, $args, $kwargs // {}] } });
    my $answer = Logistics::Http->new(port => $self->{port})
        ->request('POST', '/jsonrpc', ['Content-Type' => 'application/json'], $body);
    return $answer && $answer->json;
}

sub gw { return rpc($_[0], 'gateway', 'gateway-pw', @_[1 .. $#_]) }

sub web {
    my ($self, $method, $path, $headers, $body) = @_;
    return Logistics::Http->new(port => $self->{port})->request($method, $path, $headers, $body);
}

# ---- replay --------------------------------------------------------------------------------------

sub replay {
    my ($version, $file) = @_;
    my $seed = File::Temp->new(SUFFIX => '.json');
    print $seed encode_json(recorded_state($version));
    $seed->flush;
    my $odoo = start($version, '--database', "gw$version", '--seed', $seed->filename, '--api-key', 'k' x 40,
        '--user-key', 'clerk=clerks', '--user-key', 'admin=admins');
    open my $lines, '<', $file or die "$file: $!";
    my @cases = map { decode_json(s/: NaN\b/: null/gr) } <$lines>;

    # in the order in which they were recorded
    for my $case (@cases) {
        my ($time) = map {/^Date: \w+, \d+ \w+ \d+ (\S+)/ ? $1 : ()} @{ $case->{response}{headers} // [] };
        $case->{at} = $time // '';
    }
    my $n = 0;
    for my $case (@cases) {
        my $id = ref $case->{request}{body} eq 'HASH' ? $case->{request}{body}{id} // 0 : 0;
        $case->{order} = sprintf '%s %d %05d %05d', $case->{at}, $case->{case} =~ /unlink-ok/ ? 1 : 0,
            $id =~ /^\d+$/ ? $id : 0, $n++;
    }
    for my $case (sort { $a->{order} cmp $b->{order} } @cases) {
        my ($why) = map { $case->{case} =~ $_->[0] ? $_->[1] : () } @skip;
        if ($why) {
            $count{skipped}++;
            $count{why}{$why}++;
            next;
        }
        replay_one($odoo, $case);
        $count{replayed}++;
    }
    stop($odoo);
    if ($version == 19) {
        note("skipped $count{why}{$_}: $_") for sort keys %{ $count{why} };
    }
    return;
}

sub replay_one {
    my ($odoo, $case) = @_;
    my ($fault) = map { $case->{case} =~ $_->[0] ? $_->[1] // recorded_loss($case) : () } @faults;
    my $no_email = $case->{case} =~ /user-without-email/;

    control($odoo, fault => $fault, times => 1) if $fault;
    set_email($odoo, 0) if $no_email;
    my $got = shape(exchange($odoo->{port}, request_bytes($case->{request}, key_of($case->{case}))));
    control($odoo, reset => \1) if $fault;
    set_email($odoo, 'gateway@example.com') if $no_email;
    is_deeply($got, recorded_shape($case->{response}), "$odoo->{version} $case->{case}");
    return;
}

sub recorded_loss {
    my ($case) = @_;
    return encode_json($case->{response}{body}) =~ /psycopg2\.DatabaseError/ ? 'db-lost' : 'db-down';
}

# Whose key stood where the recordings have a placeholder.
sub key_of {
    my ($case) = @_;
    return 'nobodys' if $case =~ /wrong-key|password-as-bearer/;
    return 'clerks' if $case =~ /clerk/;
    return 'admins' if $case =~ /json2-unique-violation/;
    return 'k' x 40;
}

sub set_email {
    my ($odoo, $email) = @_;
    my $body = encode_json({ params => { service => 'object', method => 'execute_kw', args => [
        "gw$odoo->{version}", 2, 'admin', 'res.users', 'write',
        [[$uid{ $odoo->{version} }{gateway}], { email => $email || \0 }], {}] } });
    web($odoo, 'POST', '/jsonrpc', ['Content-Type' => 'application/json'], $body);
    return;
}

sub request_bytes {
    my ($request, $key) = @_;
    my $body = $request->{body};

    $body = ref $body ? encode_json($body) : to_bytes($body);
    $body =~ s/<40-hex>/$key/g;
    my @headers = map { s/<(?:api-key|40-hex)>/$key/r } grep { !/^(?:Content-Length|Connection|Expect):/i }
        @{ $request->{headers} };
    push @headers, 'Content-Length: ' . length $body if grep {/^Content-Length:/i} @{ $request->{headers} };
    return join("\r\n", $request->{line}, @headers, 'Connection: close', '', '') . $body;
}

# What is compared of an answer: status, media type, where it redirects to, and the shape of a JSON or XML body.
sub shape {
    my ($bytes) = @_;
    return { closed => 1 } unless length $bytes;
    my ($head, $body) = split /\r\n\r\n/, $bytes, 2;
    my ($status, @headers) = split /\r\n/, $head;

    return of_parts($status, \@headers, $body);
}

sub recorded_shape {
    my ($response) = @_;
    return { closed => 1 } unless ($response->{status} // '') =~ /HTTP/;
    return of_parts($response->{status}, $response->{headers}, $response->{body});
}

sub of_parts {
    my ($line, $headers, $body) = @_;
    my %shape;

    ($shape{status}) = $line =~ m{^HTTP/1\.\d (\d+)};
    for (@$headers) {
        $shape{type} = lc $1 if m{^Content-Type: ([^;]+)}i;
        $shape{location} = $1 if /^Location: (.*)/i;
        $shape{cookie} = join '; ', 'session_id', grep {/HttpOnly|Secure|SameSite/i} split /; */, $1
            if /^Set-Cookie: session_id=([^\r\n]*)/i;
        $shape{authenticate} = $1 if /^WWW-Authenticate: (\w+)/i;
    }
    if (($shape{type} // '') eq 'application/json') {
        my $value = ref $body ? $body : eval { decode_json(to_bytes($body)) };
        $shape{json} = defined $value || !length($body // '') || $body eq 'null' ? json_shape($value) : cut_shape($body);
    } elsif (($shape{type} // '') eq 'text/xml') {
        $shape{xml} = xml_shape($body);
    }
    return \%shape;
}

sub to_bytes {
    my ($text) = @_;
    return '' unless defined $text;
    utf8::encode($text) if utf8::is_utf8($text);
    return $text;
}

sub json_shape {
    my ($value) = @_;

    return kind($value) unless ref $value eq 'HASH';
    if (ref $value->{error} eq 'HASH') {
        my $data = $value->{error}{data};
        return join ' ', 'error', $value->{error}{code}, $data->{name}, argument_kinds($data->{arguments});
    }
    return join ' ', 'error', $value->{name}, argument_kinds($value->{arguments}) if exists $value->{arguments};
    return exists $value->{result} ? 'result ' . kind($value->{result}) : 'no result' if exists $value->{jsonrpc};
    return 'object ' . join ' ', sort keys %$value;
}

sub argument_kinds { return '(' . join(' ', map { kind($_) } @{ $_[0] }) . ')' }

# A body that the recordings cut in the traceback: its exception's name is there.
sub cut_shape {
    my ($text) = @_;
    my ($code) = $text =~ /"code":\s*(\d+)/;
    my ($name) = $text =~ /"name":\s*"([\w.]+)"/;
    return join ' ', 'error', $code // (), $name, '(string)' if $name && $name !~ /Redirect/;
    return join ' ', 'error', $code // (), $name, '(string object string null)' if $name;
    return $text =~ /"result":\s*\[/ ? 'result array' : $text =~ /"result":\s*\{/ ? 'result object' : 'unreadable';
}

sub kind {
    my ($value) = @_;
    return 'null' unless defined $value;
    return 'array' if ref $value eq 'ARRAY';
    return 'object' if ref $value eq 'HASH';
    return $value ? 'true' : 'false' if JSON::PP::is_bool($value);
    return encode_json($value) =~ /^"/ ? 'string' : 'number';
}

sub xml_shape {
    my ($text) = @_;
    return "fault $1" if $text =~ m{<name>faultCode</name>\s*<value><int>(\d+)</int>};
    return "fault $1" if $text =~ m{<name>faultCode</name>\s*<value><string>(\w+)};
    return $text =~ m{<value><(\w+)} ? "value $1" : 'unreadable';
}

# The records that the recorded requests name.
sub recorded_state {
    my ($version) = @_;
    my $is17 = $version == 17;
    my %picking = (picking_type_id => 1, location_id => $is17 ? 4 : 1, location_dest_id => $is17 ? 8 : 5);
    my @pickings = $is17 ? (26, 27, 28) : (50, 51, 52);
    my @bills = $is17 ? (25, 26, 27) : (29, 30, 31);
    my @partners = $is17 ? (46 .. 49, 53, 55, 260) : (47 .. 50, 54, 56, 57, 59, 60, 464, 695);

    return {
        'res.partner' => [map { { id => $_, name => "Recorded $_" } } @partners],
        'stock.picking' => [
            map({ { %picking, id => $_, name => "REC/$_", state => 'draft' } } @pickings),
            { %picking, id => 9, name => 'WH/IN/00002', state => 'assigned' }],
        'stock.move' => [
            { picking_id => $pickings[0], product_id => 15, product_uom_qty => 5 },
            { picking_id => $pickings[2], product_id => 15, product_uom_qty => 5, quantity => 2 }],
        'account.move' => [
            { id => $bills[0], move_type => 'in_invoice', partner_id => 9, ref => 'R', invoice_date => '2026-11-20' },
            { id => $bills[1], move_type => 'in_invoice', partner_id => 9, ref => 'S' },
            { id => $bills[2], move_type => 'in_invoice', partner_id => 9, ref => 'R', invoice_date => '2026-11-20' },
            { id => $is17 ? 30 : 34, move_type => 'in_invoice', partner_id => 9, ref => 'T', invoice_date => '2026-11-20' }],
        'purchase.order' => [{ id => 12, partner_id => 9 }],
        'maintenance.request' => [{ id => $is17 ? 9 : 7, name => 'Recorded', priority => '2' }],
    };
}

# ---- own cases: no recordings needed -------------------------------------------------------------

sub own_cases {
    my ($version) = @_;
    my $odoo = start($version);

    errors_of_both_apis($odoo);
    load_cases($odoo);
    sessions($odoo);
    transport($odoo);
    stop($odoo);
    return;
}

sub errors_of_both_apis {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my $code = $v == 17 ? 200 : 0;
    my @cases = (
        ['read of a missing id', ['res.partner', 'read', [[99999], ['name']]], 'result array'],
        ['write of a missing id', ['res.partner', 'write', [[99999], { phone => '1' }]], "error $code odoo.exceptions.MissingError (string)"],
        ['required field', ['fleet.vehicle', 'create', [{ license_plate => 'X' }]], "error $code odoo.exceptions.ValidationError (string)"],
        ['unknown foreign key', ['res.partner', 'create', [{ name => 'x', country_id => 99999 }]], "error $code odoo.exceptions.ValidationError (string)"],
        ['selection', ['res.partner', 'create', [{ name => 'x', type => 'nosuch' }]], "error $code builtins.ValueError (string)"],
        ['unique', ['maintenance.equipment', 'create', [{ name => 'x', serial_no => 'RT-0007' }]], "error $code odoo.exceptions.ValidationError (string)"],
        ['None', ['res.partner', 'action_archive', [[14]]], 'no result'],
        ['unknown model', ['no.such', 'read', [[1]]], "error $code odoo.exceptions.UserError (string)"],
        ['unknown method', ['res.partner', 'nosuch', [[1]]], "error $code builtins.AttributeError (string)"],
        ['private method', ['res.partner', '_x', [[1]]], "error $code odoo.exceptions.AccessError (string)"],
    );
    is(json_shape(gw($odoo, @{ $_->[1] })), $_->[2], "$v: $_->[0]") for @cases;
    like(gw($odoo, 'fleet.vehicle', 'create', [{}])->{error}{data}{debug}, qr/^Traceback/, "$v: errors carry a traceback");
    is(json_shape(rpc($odoo, 'gateway', 'wrong', 'res.partner', 'read', [[1], ['name']])),
        "error $code odoo.exceptions.AccessDenied (string)", "$v: wrong password");
    is(json_shape(rpc($odoo, 'clerk', 'clerk-pw', 'fleet.vehicle', 'create', [{}])),
        "error $code odoo.exceptions.AccessError (string)", "$v: a clerk creates no vehicle");
    my $j2 = web($odoo, 'POST', '/json/2/res.partner/search_read', ['Content-Type' => 'application/json',
        Authorization => 'bearer gateway-key'], '{"domain":[["id","=",9]],"fields":["name"]}');
    is($j2->{status}, $v == 17 ? 404 : 200, "$v: JSON-2 is there in 19 only");
    is_deeply($j2->json, [{ id => 9, name => 'Acme Corporation' }], '19: its result stands bare') if $v == 19;
    return;
}

sub load_cases {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my @fields = ('id', 'vehicle_id/.id', 'value', 'date');
    my $load = sub { gw($odoo, 'fleet.vehicle.odometer', 'load', [\@fields, $_[0]], { context => { tz => 'UTC' } })->{result} };
    my $count = sub { gw($odoo, 'fleet.vehicle.odometer', 'search_count', [[]])->{result} };
    my $first = $load->([['l.a', 1, '10', '2026-11-20'], ['l.b', '2', '20', '']]);

    is(scalar @{ $first->{ids} }, 2, "$v: load answers ids in the order of the rows");
    is_deeply($load->([['l.a', 1, '11', ''], ['l.b', '2', '20', '']])->{ids}, $first->{ids}, "$v: and the same ones again");
    is($count->(), 2, "$v: nothing was made twice");
    my $bad = $load->([['l.c', '1', '1', ''], ['l.d', '999', '1', ''], ['l.e', '1', 'abc', '']]);
    ok(JSON::PP::is_bool($bad->{ids}) && !$bad->{ids}, "$v: bad rows: ids is false");
    is_deeply([map { [$_->{rows}{from}, $_->{rows}{to}, $_->{record}, $_->{field}, $_->{type}] } @{ $bad->{messages} }],
        [[1, 1, 1, 'vehicle_id', 'error'], [2, 2, 2, 'value', 'error']], "$v: they are named");
    is($count->(), 2, "$v: nothing of the batch was written");
    note_cases($odoo);
    bill_cases($odoo);
    return;
}

sub note_cases {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my @fields = ('id', 'model', 'res_id', 'body', 'message_type', 'subtype_id/id', 'date', 'message_id');
    my $note = sub {
        my ($name, $tz) = @_;
        return gw($odoo, 'mail.message', 'load', [\@fields, [["__logistics__.$name", 'stock.picking', '11', '<p>x</p>',
            'comment', 'mail.mt_note', '2026-11-20 10:11:12', "<$name\@logistics>"]]], { context => { $tz ? (tz => $tz) : () } })->{result};
    };
    my $id = $note->('ev_1', 'UTC')->{ids}[0];
    my $again = $note->('ev_1', 'UTC');

    ok($id, "$v: a note is loaded");
    if ($v == 17) {
        is_deeply($again->{ids}, [$id], '17: the same note again');
    } else {
        is($again->{messages}[0]{message}, "Only administrators can modify 'model' and 'res_id' fields.", '19: refused, it is there');
    }
    $note->('ev_2', undef);
    my $rows = gw($odoo, 'mail.message', 'search_read', [[['message_id', 'in', ['<ev_1@logistics>', '<ev_2@logistics>']]]],
        { fields => ['date', 'subtype_id'], order => 'id' })->{result};
    is_deeply([map { $_->{date} } @$rows], ['2026-11-20 10:11:12', '2026-11-20 09:11:12'], "$v: without tz the time is the user's");
    is_deeply($rows->[0]{subtype_id}, [2, 'Note'], "$v: by external id");
    return;
}

sub bill_cases {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my $total = sub { gw($odoo, 'account.move', 'read', [[$_[0]], ['amount_total']])->{result}[0]{amount_total} };
    my $bill = sub {
        my ($name, $with_ids) = @_;
        my @fields = ('id', 'move_type', 'invoice_date', 'ref', $with_ids ? 'invoice_line_ids/id' : (),
            'invoice_line_ids/name', 'invoice_line_ids/price_unit');
        my $result = gw($odoo, 'account.move', 'load', [\@fields, [
            ["l.$name", 'in_invoice', '2026-11-20', $name, $with_ids ? "l.${name}_1" : (), 'Diesel', '1.50'],
            ['', '', '', '', $with_ids ? "l.${name}_2" : (), 'Toll', '2']]])->{result};
        return $result->{ids}[0];
    };
    my $plain = $bill->('plain', 0);

    $bill->('plain', 0);
    is($total->($plain), 7, "$v: lines without external ids are doubled");
    my $good = $bill->('good', 1);
    is($bill->('good', 1), $good, "$v: the bill is the same");
    is($total->($good), 3.5, "$v: lines with external ids are not doubled");
    is(kind(gw($odoo, 'account.move', 'action_post', [[$good]])->{result}), 'false', "$v: action_post answers false");
    is(json_shape(gw($odoo, 'account.move', 'action_post', [[$good]])), 'error ' . ($v == 17 ? 200 : 0)
        . ' odoo.exceptions.UserError (string)', "$v: a second time it is refused");
    return;
}

sub sessions {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my $home = $v == 17 ? '/web' : '/odoo';
    my $root = web($odoo, 'GET', '/');

    is("$root->{status} " . $root->header('location'), "303 $home", "$v: / leads to the web client, relatively");
    my $login = web($odoo, 'GET', '/web/login');
    my ($sid) = $login->header('set-cookie') =~ /session_id=([^;]+)/;
    is(length $sid, $v == 17 ? 40 : 84, "$v: a session id");
    unlike($login->header('set-cookie'), qr/Secure|SameSite/i, "$v: cookies are not secured by Odoo");
    my ($csrf) = $login->{body} =~ /csrf_token" value="(\w+)"/;
    my @form = ('Content-Type' => 'application/x-www-form-urlencoded', Cookie => "session_id=$sid");
    is(web($odoo, 'POST', '/web/login', \@form, 'login=gateway&password=gateway-pw')->{status}, 400, "$v: no CSRF token");
    is(web($odoo, 'POST', '/web/login', \@form, "csrf_token=$csrf&login=gateway&password=x")->{status}, 200, "$v: wrong password");
    my $in = web($odoo, 'POST', '/web/login', \@form, "csrf_token=$csrf&login=gateway&password=gateway-pw");
    is("$in->{status} " . $in->header('location'), "303 $home", "$v: logged in");
    my ($new) = $in->header('set-cookie') =~ /session_id=([^;]+)/;
    isnt($new, $sid, "$v: the session id is a new one");
    my @json = ('Content-Type' => 'application/json', Cookie => "session_id=$new");
    is(web($odoo, 'POST', '/web/session/get_session_info', \@json, '{"params":{}}')->json->{result}{uid}, $uid{$v}{gateway}, "$v: session info");
    is(json_shape(web($odoo, 'POST', '/web/dataset/call_kw', \@json, encode_json({ params => {
        model => 'res.partner', method => 'write', args => [[99999], { phone => '1' }], kwargs => {} } }))->json),
        'error ' . ($v == 17 ? 200 : 0) . ' odoo.exceptions.MissingError (string)', "$v: call_kw");
    is(web($odoo, 'GET', '/web/session/logout', \@json)->{status}, 303, "$v: logout");
    is(web($odoo, 'POST', '/web/session/get_session_info', \@json, '{"params":{}}')->json->{error}{code}, 100, "$v: is the end of it");
    return;
}

sub transport {
    my ($odoo) = @_;
    my $v = $odoo->{version};
    my $body = '{"params":{"service":"common","method":"version","args":[]},"id":7}';
    my $head = "POST /jsonrpc HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n";
    my $chunked = sprintf "%x\r\n%s\r\n0\r\n\r\n", length $body, $body;
    my $good = "${head}Content-Length: " . length($body) . "\r\n\r\n$body";
    my %cases = (
        'chunked' => ["${head}Transfer-Encoding: chunked\r\n\r\n$chunked", 200],
        'CL and TE: TE wins' => ["${head}Content-Length: 4\r\nTransfer-Encoding: chunked\r\n\r\n$chunked", 200],
        'no length' => ["$head\r\n", 400],
        'pipelined: the second is dropped' => ["$good$good", 200],
        'long URL' => ['GET /' . 'a' x 70000 . " HTTP/1.1\r\nHost: x\r\n\r\n", 414],
        'long header' => ["${head}X-Big: " . 'b' x 70000 . "\r\n\r\n", 431],
        'many headers' => [$head . join('', map {"X-H$_: 1\r\n"} 1 .. 120) . "\r\n", 431],
        'garbage' => ["\x16\x03\x01\r\n\r\n", 400],
    );
    for my $name (sort keys %cases) {
        my $got = exchange($odoo->{port}, $cases{$name}[0]);
        like($got, qr{^HTTP/1\.0 $cases{$name}[1] }, "$v: $name");
        is(() = $got =~ m{^HTTP/}mg, 1, "$v: $name: one answer");
    }
    like(exchange($odoo->{port}, $good), qr/\r\nConnection: close\r\n/, "$v: no keep-alive");
    like(exchange($odoo->{port}, $head . "Expect: 100-continue\r\nContent-Length: " . length($body) . "\r\n\r\n$body"),
        qr{^HTTP/1\.1 100 Continue\r\n\r\nHTTP/1\.0 200 }, "$v: Expect is answered");
    is(json_shape(shape_json(exchange($odoo->{port}, $head . "Content-Length: 500\r\n\r\n$body"))),
        'error ' . ($v == 17 ? 200 : 0) . ' werkzeug.exceptions.ClientDisconnected ()', "$v: a body that stalls is a 200");
    return;
}

sub shape_json { return decode_json((split /\r\n\r\n/, $_[0], 2)[1]) }

# ---- faults, workers, websocket ------------------------------------------------------------------

sub faults_and_workers {
    my $odoo = start(19);
    my $search = sub { gw($odoo, 'res.partner', 'search_count', [[['name', '=', $_[0]]]])->{result} };
    my $create = sub { gw($odoo, 'res.partner', 'create', [{ name => $_[0] }]) };

    control($odoo, fault => 'cut-before', match => 'create');
    is($create->('before'), undef, 'cut-before: no answer');
    is($search->('before'), 0, 'cut-before: nothing done');
    control($odoo, fault => 'cut-after', match => 'res.partner.create');
    is($create->('after'), undef, 'cut-after: no answer');
    is($search->('after'), 1, 'cut-after: done');
    control($odoo, fault => 'serialization', match => 'create', times => 2);
    is(json_shape($create->('busy')), 'error 0 psycopg2.errors.SerializationFailure (string)', 'serialization') for 1 .. 2;
    is(json_shape($create->('busy')), 'result number', 'two times, then no more');
    control($odoo, fault => 'html500', match => 'create');
    is(web($odoo, 'POST', '/json/2/res.partner/create', [], '{}')->{status}, 500, 'html500');
    control($odoo, fault => 'db-down');
    my $down = web($odoo, 'POST', '/json/2/res.partner/read', [], '{}');
    is("$down->{status} " . $down->header('content-type'), '404 text/html; charset=utf-8', 'db-down by JSON-2');
    control($odoo, fault => 'load-serialization', match => 'load');
    like(gw($odoo, 'res.partner', 'load', [['id', 'name'], [['l.p', 'P']]])->{result}{messages}[0]{message},
        qr/^could not serialize/, 'load-serialization');
    is(control($odoo, fault => 'nosuch')->{error} =~ /no fault/, 1, 'unknown faults are refused');
    refusal($odoo);
    hanging_workers($odoo, $create);
    my $calls = Logistics::Http->new(port => $odoo->{control})->request('GET', '/_control/calls')->json;
    is($calls->{count}, 0, 'a reset empties the log');
    $create->('counted');
    is(Logistics::Http->new(port => $odoo->{control})->request('GET', '/_control/calls')->json->{calls}[0]{call},
        'res.partner.create', 'the log names the call');
    stop($odoo);
    return;
}

sub refusal {
    my ($odoo) = @_;
    my $connect = sub { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $odoo->{port}) };

    # a SYN that meets the closing socket may be lost and sent again after a second: no short time here
    control($odoo, fault => 'refuse', ms => 60000);
    ok(wait_for(sub { !$connect->() }, 10, 'a refused connection'), 'refuse: no connection');
    control($odoo, reset => \1);
    ok(wait_for($connect, 10, 'connections again'), 'a reset ends it');
    control($odoo, fault => 'refuse', ms => 1);
    my $over = sub { Logistics::Http->new(port => $odoo->{control})->request('GET', '/_control/calls')->json->{refusals} };
    ok(wait_for(sub { $over->() == 2 }, 10, 'the end of the refusal'), 'and so does time');
    ok($connect->(), 'connections again');
    return;
}

# Two workers that hang: the third request waits, and is answered when they are free.
sub hanging_workers {
    my ($odoo, $create) = @_;
    my $request = "POST /json/2/res.partner/read HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"
        . "Authorization: bearer gateway-key\r\nContent-Length: 11\r\n\r\n{\"ids\":[9]}";
    control($odoo, reset => \1);
    control($odoo, fault => 'hang', times => 2, match => 'res.partner.read');
    my @sockets = map { IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $odoo->{port}) } 1 .. 3;
    my $report = sub { Logistics::Http->new(port => $odoo->{control})->request('GET', '/_control/calls')->json };

    syswrite $_, $request for @sockets[0, 1];
    ok(wait_for(sub { $report->()->{running} == 2 }, 5, 'two hanging calls'), 'both workers hang');
    syswrite $sockets[2], $request;
    is(IO::Select->new($sockets[2])->can_read(0.1) // 0, 0, 'the third request waits');
    control($odoo, reset => \1);
    my $answer = '';
    1 while sysread $sockets[2], $answer, 65536, length $answer;
    like($answer, qr{^HTTP/1\.0 (?:200|403) }, 'and is answered when a worker is free');
    control($odoo, reset => \1);
    return;
}

sub gevent_port {
    my $odoo = start(19);
    my $upgrade = "GET /websocket HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
        . "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n";
    my $socket = IO::Socket::INET->new(PeerAddr => '127.0.0.1', PeerPort => $odoo->{gevent});
    my $got = '';

    syswrite $socket, $upgrade;
    sysread $socket, $got, 4096, length $got until $got =~ /\r\n\r\n/;
    like($got, qr{^HTTP/1\.1 101 .*Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK\+xOo=}s, 'the handshake of RFC 6455');
    syswrite $socket, "\x81\x85\x01\x02\x03\x04" . ('hello' ^ "\x01\x02\x03\x04\x01");
    sysread $socket, $got, 4096;
    is($got, "\x81\x05hello", 'and an echo');
    like(exchange($odoo->{port}, $upgrade), qr{^HTTP/1\.0 500 }, 'not on the HTTP port');
    my $http = Logistics::Http->new(port => $odoo->{gevent});
    is($http->request('GET', '/websocket/health')->{status}, 200, 'health');
    is($http->request('GET', '/websocket')->{status}, 400, 'on the same connection: not an upgrade');
    stop($odoo);
    return;
}
